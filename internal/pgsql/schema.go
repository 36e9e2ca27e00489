package pgsql

import (
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
)

// TypeName returns PostgreSQL's name of a type, as SHOW COLUMNS and the schema endpoint say it. JSON is TEXT there.
func TypeName(t record.Type) string {
	switch t.Kind {
	case record.TypeBool:
		return "BOOLEAN"
	case record.TypeInt16, record.TypeInt32:
		return "INTEGER"
	case record.TypeInt64, record.TypeUint64:
		return "BIGINT"
	case record.TypeFloat64:
		return "DOUBLE PRECISION"
	case record.TypeTimestamp:
		return "TIMESTAMP WITH TIME ZONE"
	case record.TypeDate:
		return "DATE"
	case record.TypeTime:
		return "TIME"
	case record.TypeInterval:
		return "INTERVAL"
	case record.TypeList:
		return TypeName(*t.Elem) + "[]"
	case record.TypeStruct:
		return "STRUCT"
	}
	return "TEXT"
}

// publicTables are the tables that users see, in order.
var publicTables = []*record.Table{record.RecordsTable, record.RecordsAllTable, record.MetricsTable}

// information makes rel one of the information_schema and reports whether there is one of that name.
func (rel *relation) information(name string) bool {
	switch strings.ToLower(name) {
	case "columns":
		rel.textColumns("table_catalog", "table_schema", "table_name", "column_name", "data_type", "is_nullable")
		for _, t := range publicTables {
			for _, c := range t.Public() {
				nullable := "YES"
				if c.NotNull {
					nullable = "NO"
				}
				rel.fixed = append(rel.fixed, []string{"hearth", "public", t.Name, c.Name, TypeName(c.Type), nullable})
			}
		}
	case "tables":
		rel.textColumns("table_catalog", "table_schema", "table_name", "table_type")
		for _, t := range publicTables {
			rel.fixed = append(rel.fixed, []string{"hearth", "public", t.Name, "VIEW"})
		}
	default:
		return false
	}
	return true
}

func (rel *relation) textColumns(names ...string) {
	for _, name := range names {
		rel.cols = append(rel.cols, &relColumn{name: name, ref: name, t: typ{kind: textual}, notNull: true})
	}
}

// show returns the SELECT that answers SHOW TABLES, SHOW COLUMNS FROM t or DESCRIBE t. ok is false for any other
// statement.
func (st *statement) show() (sql string, ok bool, err error) {
	words := make([]string, 0, 8)
	for i := range st.tokens {
		if w := st.word(i); w != ";" || i+1 < len(st.tokens) {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return "", false, nil
	}
	var table int // index of the table's name
	switch first := words[0]; {
	case first == "show" && len(words) == 2 && words[1] == "tables":
		return "SELECT table_name FROM information_schema.tables ORDER BY table_name", true, nil
	case first == "show" && len(words) >= 4 && words[1] == "columns" && (words[2] == "from" || words[2] == "in"):
		table = 3
	case (first == "describe" || first == "desc") && len(words) == 2:
		table = 1
	case first == "describe" && len(words) == 3 && words[1] == "table":
		table = 2
	case first == "show" || first == "describe" || first == "desc":
		return "", true, st.errorAt(st.tokens[0].start, codeSyntax, "this statement is not supported", "there are SHOW TABLES, SHOW COLUMNS FROM table and DESCRIBE table")
	default:
		return "", false, nil
	}
	if len(words) != table+1 {
		return "", true, st.errorAt(st.tokens[table+1].start, codeSyntax, "syntax error at or near \""+words[table+1]+"\"", "")
	}
	t := record.Lookup(strings.ToLower(st.identifier(table)))
	if t == nil {
		return "", true, st.errorAt(st.tokens[table].start, codeUnknownTable, "table \""+st.identifier(table)+"\" does not exist", tablesHint)
	}
	return "SELECT * FROM information_schema.columns WHERE table_name = '" + t.Name + "'", true, nil
}
