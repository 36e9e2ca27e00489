package duckdb

import (
	"fmt"
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
)

// formatVersion is the version of the day file's layout; see docs/format/day-files.md.
const formatVersion = 1

// Tables of a day file.
const (
	recordsTable  = "records"
	pendingTable  = "pending"
	metricsTable  = "metrics"
	requestsTable = "requests" // one row for each metrics request
	appliedTable  = "applied"  // one row for each transaction: the highest Seq that it brought
	metaTable     = "meta"     // one row
)

// requestColumns are the columns of the table requests.
var requestColumns = []record.Column{
	{Name: record.ColCreated, Type: record.Timestamp},
	{Name: "digest", Type: record.TextType}, // 32 hex digits
}

// stored returns the columns of a table that are on disk: all but the computed ones.
func stored(t *record.Table) []record.Column {
	columns := make([]record.Column, 0, len(t.Columns))
	for _, c := range t.Columns {
		if !computed(t, c.Name) {
			columns = append(columns, c)
		}
	}
	return columns
}

func computed(t *record.Table, column string) bool {
	return t == record.MetricsTable && column == record.ColValue
}

// createTable writes the statement that makes a table. Columns are nullable whatever the catalogue says: a row that
// broke its promise would otherwise stop its whole batch, and the write-ahead log behind it, for ever.
func createTable(name string, columns []record.Column) string {
	var sb strings.Builder
	fmt.Fprintf(&sb, "CREATE TABLE %s (", name)
	for i, c := range columns {
		if i > 0 {
			sb.WriteString(", ")
		}
		sb.WriteString(columnDefinition(c))
	}
	sb.WriteString(")")
	return sb.String()
}

func columnDefinition(c record.Column) string {
	definition := quote(c.Name) + " " + sqlType(c.Type)
	if c.Zstd {
		// Without this, text whose mean length is below zstd_min_string_length (4096) is stored uncompressed: 3725
		// against 490 bytes per record.
		definition += " USING COMPRESSION zstd"
	}
	return definition
}

func sqlType(t record.Type) string {
	switch t.Kind {
	case record.TypeBool:
		return "BOOLEAN"
	case record.TypeInt16:
		return "SMALLINT"
	case record.TypeInt32:
		return "INTEGER"
	case record.TypeInt64:
		return "BIGINT"
	case record.TypeFloat64:
		return "DOUBLE"
	case record.TypeText:
		return "VARCHAR"
	case record.TypeJSON:
		return "JSON"
	case record.TypeTimestamp:
		return "TIMESTAMPTZ"
	case record.TypeList:
		return sqlType(*t.Elem) + "[]"
	default:
		panic(fmt.Sprintf("no column type for kind %d in the catalogue", t.Kind))
	}
}
