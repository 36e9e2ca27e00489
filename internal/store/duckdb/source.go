package duckdb

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
)

// picks are rows that a statement's Pick found: for each lf_file the lf_rows.
type picks map[int64][]int64

// pick runs a statement that yields lf_file and lf_row.
func (c *conn) pick(ctx context.Context, sql string) (picks, error) {
	found := picks{}
	err := c.queryAll(ctx, sql, func(row []any) error {
		file, fileOK := row[0].(int64)
		id, rowOK := row[1].(int64)
		if !fileOK || !rowOK {
			return fmt.Errorf("picked row is (%T, %T), want two integers", row[0], row[1])
		}
		found[file] = append(found[file], id)
		return nil
	})
	return found, err
}

// part is one table of one file that a source reads.
type part struct {
	table string // as it stands after FROM
	id    int64  // lf_file
}

// union returns the text that stands for a source: its parts, one after the other.
//
// Measured on 31 day files (docs/format/day-files.md): UNION ALL costs 0.15 ms of planning for each file when the
// needed columns are named, 0.5 ms when all are. It loses DuckDB's late materialisation, which Bound.Pick replaces.
func union(source pgsql.Source, parts []part, picked picks) string {
	columns := selectList(source)
	var sb strings.Builder
	for _, p := range parts {
		if source.Picked && len(picked[p.id]) == 0 {
			continue
		}
		if sb.Len() > 0 {
			sb.WriteString(" UNION ALL ")
		}
		sb.WriteString("SELECT " + columns)
		if source.RowIDs {
			fmt.Fprintf(&sb, ", %d::BIGINT AS lf_file, rowid AS lf_row", p.id)
		}
		sb.WriteString(" FROM " + p.table)
		if source.Picked {
			// A list in a subquery becomes a semi-join that reads only the vectors it needs: 5 ms for 100 rows. The
			// same list as constants is a filter on every row: 23 ms. As one text it is parsed and planned in no time: as
			// 10 000 constants that takes 45 ms, more than reading the rows.
			sb.WriteString(" WHERE rowid IN (SELECT unnest(string_split('" + join(picked[p.id]) + "', ',')::BIGINT[]))")
		}
	}
	if sb.Len() == 0 {
		return emptySource(source)
	}
	return "(" + sb.String() + ")"
}

func join(ids []int64) string {
	var text []byte
	for i, id := range ids {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, id, 10)
	}
	return string(text)
}

// selectList lists the columns that a source reads by name: files that were made by other versions have them in other
// orders.
func selectList(source pgsql.Source) string {
	names := make([]string, 0, len(source.Columns))
	for _, name := range source.Columns {
		if computed(source.Table, name) {
			names = append(names, pgsql.ValueExpr(pgsql.DuckDB)+" AS "+quote(name))
		} else {
			names = append(names, quote(name))
		}
	}
	if len(names) == 0 {
		return "true" // rows are counted, not read
	}
	return strings.Join(names, ", ")
}

// emptySource has the columns and types of a source, and no rows.
func emptySource(source pgsql.Source) string {
	var nulls []string
	for _, c := range stored(source.Table) {
		nulls = append(nulls, fmt.Sprintf("NULL::%s AS %s", sqlType(c.Type), quote(c.Name)))
	}
	ids := ""
	if source.RowIDs {
		ids = ", NULL::BIGINT AS lf_file, NULL::BIGINT AS lf_row"
	}
	return "(SELECT " + selectList(source) + ids + " FROM (SELECT " + strings.Join(nulls, ", ") + " WHERE false))"
}

// scratchSource is the text for a source of a scratch table: lf_row is the place in the loaded batch.
func scratchSource(source pgsql.Source, table string, picked picks) string {
	if source.Table == record.MetricsTable {
		return emptySource(source)
	}
	if source.Table == record.RecordsTable {
		table = "(SELECT *, rowid FROM " + table + " WHERE kind <> 'pending_span')"
	}
	return union(source, []part{{table: table}}, picked)
}
