package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/sdk/query"
)

// cell is one field of a table, ready to print.
type cell struct {
	text string
	null bool
}

// table is an answer as people read it: aligned, numbers to the right, NULL told apart from every text.
type table struct {
	names []string
	right []bool // numbers
	rows  [][]cell
}

func newTable(result *query.Result) *table {
	t := &table{}
	for _, column := range result.Columns {
		t.names = append(t.names, clean(column.Name))
		t.right = append(t.right, isNumber(column.Type))
	}
	for _, row := range result.Rows {
		cells := make([]cell, len(result.Columns))
		for i, column := range result.Columns {
			cells[i] = cellOf(row[column.Name])
		}
		t.rows = append(t.rows, cells)
	}
	return t
}

func isNumber(t query.Type) bool {
	for _, prefix := range []string{"Int", "UInt", "Float", "Decimal"} {
		if strings.HasPrefix(t.Name, prefix) && t.Name != "Interval" {
			return true
		}
	}
	return false
}

// cellOf writes a value. A text that reads NULL is quoted, so that an unquoted NULL is always one.
func cellOf(value any) cell {
	switch v := value.(type) {
	case nil:
		return cell{"NULL", true}
	case string:
		if v == "NULL" {
			return cell{`"NULL"`, false}
		}
		return cell{clean(v), false}
	case time.Time:
		return cell{v.Format("2006-01-02T15:04:05.000000Z"), false}
	case float64:
		return cell{strconv.FormatFloat(v, 'g', -1, 64), false}
	case []any, map[string]any:
		return cell{clean(compactJSON(v)), false}
	}
	return cell{fmt.Sprint(value), false}
}

// compactJSON writes a value that was JSON before.
func compactJSON(v any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(text.String(), "\n")
}

const (
	gutter = "  "
	// minColumn is how narrow a column may get before others do: a word still shows.
	minColumn = 8
)

// print writes the table. On a terminal no line is wider than it; what does not fit ends in an ellipsis.
func (t *table) print(c *console) error {
	widths := t.widths(c.width)
	var out bytes.Buffer
	header := make([]string, len(t.names))
	rule := make([]string, len(t.names))
	for i, name := range t.names {
		header[i] = c.paint(bold, t.pad(i, cut(name, widths[i]), widths[i]))
		rule[i] = strings.Repeat("─", widths[i])
	}
	writeLine(&out, header)
	writeLine(&out, []string{c.paint(dim, strings.Join(rule, gutter))})
	for _, row := range t.rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = t.pad(i, cut(cell.text, widths[i]), widths[i])
			if cell.null {
				cells[i] = c.paint(dim, cells[i])
			}
		}
		writeLine(&out, cells)
	}
	_, err := io.Copy(c.out, &out)
	return err
}

func writeLine(out *bytes.Buffer, cells []string) {
	out.WriteString(strings.TrimRight(strings.Join(cells, gutter), " "))
	out.WriteByte('\n')
}

// pad fills a text up to the width of its column.
func (t *table) pad(column int, text string, width int) string {
	blanks := strings.Repeat(" ", max(0, width-textWidth(text)))
	if t.right[column] {
		return blanks + text
	}
	return text + blanks
}

// widths returns the width of each column. The widest give way first when the line has no room for all.
func (t *table) widths(line int) []int {
	widths := make([]int, len(t.names))
	for i, name := range t.names {
		widths[i] = max(1, textWidth(name))
	}
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], textWidth(cell.text))
		}
	}
	if line > 0 {
		narrow(widths, line-len(gutter)*(len(widths)-1))
	}
	return widths
}

// narrow brings the sum of widths down to room, a step of the widest at a time. It stops at minColumn: of so many columns
// lines wrap, and cutting further would leave nothing to read.
func narrow(widths []int, room int) {
	for excess := sum(widths) - room; excess > 0; excess-- {
		widest := 0
		for i, w := range widths {
			if w >= widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= minColumn {
			return
		}
		// One very wide column would take very many steps: bring it down to the others at once.
		second := minColumn
		for i, w := range widths {
			if i != widest {
				second = max(second, w)
			}
		}
		if step := min(excess, widths[widest]-second); step > 1 {
			widths[widest] -= step
			excess -= step - 1
			continue
		}
		widths[widest]--
	}
}

func sum(list []int) int {
	total := 0
	for _, n := range list {
		total += n
	}
	return total
}
