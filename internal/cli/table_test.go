package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/sdk/query"
)

func column(name, kind string) query.Column {
	return query.Column{Name: name, Type: query.Type{Name: kind}}
}

func TestTableAlignsAndTellsNullFromText(t *testing.T) {
	t.Parallel()
	result := &query.Result{
		Columns: []query.Column{column("message", "Utf8"), column("n", "Int64"), column("ratio", "Float64"), column("at", "Timestamp"), column("doc", "Utf8")},
		Rows: []map[string]any{
			{"message": "日本", "n": int64(7), "ratio": 0.5, "at": time.Date(2026, 5, 27, 13, 16, 36, 517321000, time.UTC), "doc": map[string]any{"a": json.Number("1"), "b": "<"}},
			{"message": "NULL", "n": nil, "ratio": 12e30, "at": nil, "doc": nil},
			{"message": "two\nlines", "n": int64(123456), "ratio": 3.0, "at": nil, "doc": []any{"x", true}},
		},
	}
	var out bytes.Buffer
	if err := newTable(result).print(&console{out: &out}); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`message          n    ratio  at                           doc`,
		`──────────  ──────  ───────  ───────────────────────────  ───────────────`,
		`日本             7      0.5  2026-05-27T13:16:36.517321Z  {"a":1,"b":"<"}`,
		`"NULL"        NULL  1.2e+31  NULL                         NULL`,
		`two\nlines  123456        3  NULL                         ["x",true]`,
		``,
	}, "\n")
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestTableFitsTheTerminal(t *testing.T) {
	t.Parallel()
	result := &query.Result{
		Columns: []query.Column{column("id", "Utf8"), column("message", "Utf8"), column("attributes", "Utf8")},
		Rows: []map[string]any{
			{"id": "abc", "message": strings.Repeat("m", 50), "attributes": strings.Repeat("a", 500)},
			{"id": "def", "message": "short", "attributes": "{}"},
		},
	}
	var out bytes.Buffer
	if err := newTable(result).print(&console{out: &out, width: 40}); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`id   message            attributes`,
		`───  ─────────────────  ────────────────`,
		`abc  mmmmmmmmmmmmmmmm…  aaaaaaaaaaaaaaa…`,
		`def  short              {}`,
		``,
	}, "\n")
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestTableOfManyColumnsStaysReadable(t *testing.T) {
	t.Parallel()
	table := &table{names: make([]string, 30), right: make([]bool, 30)}
	for i := range table.names {
		table.names[i] = "a column's name"
	}
	for _, w := range table.widths(80) {
		if w != minColumn {
			t.Fatalf("a column of %d", w)
		}
	}
}

func TestTableDimsNull(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	result := &query.Result{Columns: []query.Column{column("a", "Utf8")}, Rows: []map[string]any{{"a": nil}}}
	if err := newTable(result).print(&console{out: &out, colour: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "\x1b[2mNULL\x1b[0m") {
		t.Errorf("printed %q", out.String())
	}
}
