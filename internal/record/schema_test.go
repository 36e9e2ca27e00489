package record

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/schema.md")

const schemaPath = "../../docs/schema.md"

func TestSchemaDocumentSaysWhatTheCatalogueSays(t *testing.T) {
	t.Parallel()
	want := schemaDocument()
	if *update {
		if err := os.WriteFile(schemaPath, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/schema.md is not what the catalogue says; run go test ./internal/record -update")
	}
}

func schemaDocument() string {
	var sb strings.Builder
	sb.WriteString("# Tables\n\nGenerated from the catalogue in `internal/record` (`go test ./internal/record -update`).\n")
	for _, table := range []*Table{RecordsTable, MetricsTable} {
		fmt.Fprintf(&sb, "\n## %s\n\n%s", table.Name, table.Description)
		if table == RecordsTable {
			fmt.Fprintf(&sb, " `%s` has the same columns. %s Its older name `records_full` works too.", RecordsAllTable.Name, RecordsAllTable.Description)
		}
		fmt.Fprintf(&sb, " `min_timestamp` and `max_timestamp` bound `%s`.\n\n| column | type | null | meaning |\n|---|---|---|---|\n", table.TimeColumn)
		for _, c := range table.Public() {
			null := "yes"
			if c.NotNull {
				null = "no"
			}
			fmt.Fprintf(&sb, "| `%s` | %s | %s | %s |\n", c.Name, typeWord(c.Type), null, c.Description)
		}
	}
	sb.WriteString("\n## Attributes that are quick to ask for\n\nEvery attribute is read with `attributes->>'key'`. These keys have a column of their own underneath:\n\n")
	for _, key := range HotAttributes {
		fmt.Fprintf(&sb, "- `%s`\n", key)
	}
	return sb.String()
}

func typeWord(t Type) string {
	switch t.Kind {
	case TypeBool:
		return "boolean"
	case TypeInt16, TypeInt32, TypeInt64:
		return "integer"
	case TypeFloat64:
		return "double precision"
	case TypeJSON:
		return "JSON"
	case TypeTimestamp:
		return "timestamp with time zone"
	case TypeList:
		return typeWord(*t.Elem) + "[]"
	case TypeStruct:
		return "for the `metric_` functions"
	default:
		return "text"
	}
}
