package api

import (
	"errors"
	"fmt"
	"io"
	"strconv"
)

// flushBytes is how much an encoder gathers before it writes.
const flushBytes = 32 << 10

// object returns a function that appends a row as an object. Columns of the same name appear as often as they are.
func object(columns []column) func(dst []byte, row []any) ([]byte, error) {
	keys := make([][]byte, len(columns))
	for i, c := range columns {
		keys[i] = append(appendString(nil, c.Name), ':')
	}
	return func(dst []byte, row []any) ([]byte, error) {
		dst = append(dst, '{')
		for i := range columns {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, keys[i]...)
			var err error
			if dst, err = appendJSON(dst, columns[i].Type, row[i]); err != nil {
				return nil, fmt.Errorf("column %s: %w", columns[i].Name, err)
			}
		}
		return append(dst, '}'), nil
	}
}

// writeObjects writes the rows as objects with commas between them, after what buf holds, and returns what is still
// to be written.
func writeObjects(w io.Writer, buf []byte, a *answer) ([]byte, error) {
	appendRow := object(a.columns)
	row := make([]any, len(a.columns))
	for first := true; a.next(row); first = false {
		if !first {
			buf = append(buf, ',')
		}
		var err error
		if buf, err = appendRow(buf, row); err != nil {
			return nil, err
		}
		if len(buf) >= flushBytes {
			if _, err := w.Write(buf); err != nil {
				return nil, err
			}
			buf = buf[:0]
		}
	}
	return buf, a.err()
}

// encodeV2 writes {"schema":{…},"data":[{…}]} and, when asked, the plans.
func encodeV2(w io.Writer, a *answer) error {
	buf := append([]byte(nil), `{"schema":{"fields":`...)
	buf = v2Keys.appendFields(buf, a.columns)
	buf = append(buf, `,"metadata":{}},`...)
	if a.plan != "" {
		buf = appendPlans(buf, a.plan)
		buf = append(buf, `,"physical_plan_with_metrics":null,`...)
	}
	buf = append(buf, `"data":[`...)
	buf, err := writeObjects(w, buf, a)
	if err != nil {
		return err
	}
	_, err = w.Write(append(buf, "]}"...))
	return err
}

// appendPlans appends the plan under the two names that clients read. The engine gives one text.
func appendPlans(dst []byte, plan string) []byte {
	dst = append(dst, `"logical_plan":`...)
	dst = appendString(dst, plan)
	dst = append(dst, `,"physical_plan":`...)
	return appendString(dst, plan)
}

// encodeV1Rows writes {"columns":[…],"rows":[{…}]}.
func encodeV1Rows(w io.Writer, a *answer) error {
	buf := append([]byte(nil), `{"columns":`...)
	buf = v1Keys.appendFields(buf, a.columns)
	buf = append(buf, `,"rows":[`...)
	buf, err := writeObjects(w, buf, a)
	if err != nil {
		return err
	}
	_, err = w.Write(append(buf, "]}"...))
	return err
}

// maxColumnarBytes bounds an answer by columns, which has to be gathered whole.
const maxColumnarBytes = 128 << 20

var errTooLargeByColumns = badRequest(
	"The answer is larger than %d MiB, too large to be written column by column. Ask for rows: json_rows=true.", maxColumnarBytes>>20)

// encodeV1Columns writes {"columns":[{…,"values":[…]}]}.
func encodeV1Columns(w io.Writer, a *answer) error {
	values := make([][]byte, len(a.columns))
	row := make([]any, len(a.columns))
	for first := true; a.next(row); first = false {
		size := 0
		for i, c := range a.columns {
			if !first {
				values[i] = append(values[i], ',')
			}
			var err error
			if values[i], err = appendJSON(values[i], c.Type, row[i]); err != nil {
				return fmt.Errorf("column %s: %w", c.Name, err)
			}
			size += len(values[i])
		}
		if size > maxColumnarBytes {
			return errTooLargeByColumns
		}
	}
	if err := a.err(); err != nil {
		return err
	}
	buf := append([]byte(nil), `{"columns":[`...)
	for i, c := range a.columns {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = v1Keys.appendField(buf, c.Name, c.Type, !c.NotNull)
		buf = append(buf[:len(buf)-1], `,"values":[`...)
		if _, err := w.Write(buf); err != nil {
			return err
		}
		if _, err := w.Write(values[i]); err != nil {
			return err
		}
		buf = append(buf[:0], "]}"...)
	}
	_, err := w.Write(append(buf, "]}"...))
	return err
}

// rowsPerLine is how many rows a line of NDJSON holds at most; flushBytes ends it sooner.
const rowsPerLine = 100

// encodeNDJSON writes one JSON object a line: the schema, the plan when asked, rows, and the end. An error after the
// first rows are out is a line too.
func encodeNDJSON(w io.Writer, a *answer) error {
	buf := append([]byte(nil), `{"type":"schema","schema":{"fields":`...)
	buf = v2Keys.appendFields(buf, a.columns)
	buf = append(buf, "}}\n"...)
	if a.plan != "" {
		buf = append(buf, `{"type":"explain",`...)
		buf = appendPlans(buf, a.plan)
		buf = append(buf, "}\n"...)
	}
	if _, err := w.Write(buf); err != nil {
		return err
	}
	rows, err := writeLines(w, a)
	if err != nil {
		return err
	}
	buf = append(buf[:0], `{"type":"end","row_count":`...)
	buf = strconv.AppendInt(buf, int64(rows), 10)
	if a.plan != "" {
		buf = append(buf, `,"physical_plan_with_metrics":null`...)
	}
	_, err = w.Write(append(buf, "}\n"...))
	return err
}

// writeLines writes the rows as lines of type data.
func writeLines(w io.Writer, a *answer) (rows int, err error) {
	const start, end = `{"type":"data","rows":[`, "]}\n"
	appendRow := object(a.columns)
	row := make([]any, len(a.columns))
	buf := append([]byte(nil), start...)
	inLine := 0
	for a.next(row) {
		if inLine > 0 {
			buf = append(buf, ',')
		}
		if buf, err = appendRow(buf, row); err != nil {
			return rows, err
		}
		rows++
		if inLine++; inLine == rowsPerLine || len(buf) >= flushBytes {
			if _, err := w.Write(append(buf, end...)); err != nil {
				return rows, err
			}
			buf = append(buf[:0], start...)
			inLine = 0
		}
	}
	if inLine > 0 {
		_, err = w.Write(append(buf, end...))
	}
	return rows, errors.Join(err, a.err())
}

// errorLine is the line that tells of an error in NDJSON.
func errorLine(message string) []byte {
	buf := append([]byte(nil), `{"type":"error","message":`...)
	buf = appendString(buf, message)
	return append(buf, "}\n"...)
}
