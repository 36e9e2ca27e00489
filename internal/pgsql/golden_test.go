package pgsql

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// compiled is the time at which golden statements are compiled.
var compiled = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestRender holds what is rendered for each rewrite. A case is a section name.sql and its answer name.duckdb, in which
// {table …} stands for a hole. A first line "-- options: limit=10 min=… max=… env=a,b tz=…" scopes the statement, and a line
// "-- variables: {…}" gives it variables.
func TestRender(t *testing.T) {
	t.Parallel()
	golden(t, "render", ".duckdb", func(sql string) string {
		b, err := Compile(sql, optionsOf(t, sql))
		if err != nil {
			return "error: " + err.Error() + "\n"
		}
		pick := ""
		if b.Pick != nil {
			pick = "-- pick:\n" + broken(b.Pick.SQL(describeSource)) + "\n-- then:\n"
		}
		return pick + broken(b.SQL(describeSource)) + "\n" + describeColumns(b.Columns) + "\n"
	})
}

// TestErrors holds the position, message, hint and code of mistakes.
func TestErrors(t *testing.T) {
	t.Parallel()
	golden(t, "errors", ".error", func(sql string) string {
		_, err := Compile(sql, optionsOf(t, sql))
		var e *Error
		if !errors.As(err, &e) {
			return fmt.Sprintf("no error: %v\n", err)
		}
		return pointAt(sql, e)
	})
}

// TestFill holds statements with their variables filled in. Wherever that succeeds, the engine gets the same from the
// statement with its variables as from the filled one.
func TestFill(t *testing.T) {
	t.Parallel()
	golden(t, "fill", ".filled", func(sql string) string {
		o := optionsOf(t, sql)
		filled, err := Fill(sql, o)
		var e *Error
		if errors.As(err, &e) {
			return pointAt(sql, e)
		}
		given, err := Compile(sql, o)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			return filled
		}
		o.Variables = nil
		again, err := Compile(filled, o)
		if err != nil {
			t.Errorf("%s: %v", filled, err)
			return filled
		}
		if diff := cmp.Diff(given.SQL(describeSource), again.SQL(describeSource)); diff != "" {
			t.Errorf("%s: with variables and filled in (-given +filled):\n%s", sql, diff)
		}
		return filled
	})
}

func golden(t *testing.T, folder, ext string, answer func(sql string) string) {
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files in testdata/%s: %v", folder, err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, f := range archive.Files {
			want[f.Name] = string(f.Data)
		}
		fresh := &txtar.Archive{Comment: archive.Comment}
		for _, f := range archive.Files {
			name, isCase := strings.CutSuffix(f.Name, ".sql")
			if !isCase {
				continue
			}
			got := answer(string(f.Data))
			fresh.Files = append(fresh.Files, f, txtar.File{Name: name + ext, Data: []byte(got)})
			if diff := cmp.Diff(want[name+ext], got); diff != "" && !*update {
				t.Errorf("%s: %s (-want +got):\n%s", file, name, diff)
			}
		}
		if *update {
			if err := os.WriteFile(file, txtar.Format(fresh), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func optionsOf(t *testing.T, sql string) Options {
	o := Options{Now: compiled}
	line, rest, _ := strings.Cut(sql, "\n")
	for _, one := range []string{line, rest} {
		if text, ok := strings.CutPrefix(one, "-- variables:"); ok {
			text, _, _ = strings.Cut(text, "\n")
			if err := json.Unmarshal([]byte(text), &o.Variables); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
	}
	fields, ok := strings.CutPrefix(line, "-- options:")
	if !ok {
		return o
	}
	for _, field := range strings.Fields(fields) {
		key, value, _ := strings.Cut(field, "=")
		var err error
		switch key {
		case "limit":
			o.Limit, err = strconv.Atoi(value)
		case "min":
			o.MinTime, err = time.Parse(time.RFC3339, value)
		case "max":
			o.MaxTime, err = time.Parse(time.RFC3339, value)
		case "env":
			o.Environments = strings.Split(value, ",")
		case "at":
			o.At, err = time.Parse(time.RFC3339Nano, value)
		case "tz":
			o.Timezone = value
		default:
			t.Fatalf("unknown option %q", key)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func describeSource(s Source) string {
	parts := []string{s.Table.Name}
	if !s.Min.IsZero() {
		parts = append(parts, "min="+s.Min.UTC().Format(time.RFC3339Nano))
	}
	if !s.Max.IsZero() {
		parts = append(parts, "max="+s.Max.UTC().Format(time.RFC3339Nano))
	}
	if s.RowIDs {
		parts = append(parts, "rowids")
	}
	if s.Picked {
		parts = append(parts, "picked")
	}
	return "{" + strings.Join(parts, " ") + "}"
}

func describeColumns(columns []Output) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.Name
		if c.NotNull {
			list[i] += "!"
		}
		if c.JSON {
			list[i] += " json"
		}
	}
	return "-- columns: " + strings.Join(list, " | ")
}

// broken puts the clauses of rendered text on lines of their own.
func broken(sql string) string {
	for _, word := range []string{"FROM", "WHERE", "GROUP BY", "HAVING", "QUALIFY", "ORDER BY", "LIMIT", "UNION", "JOIN"} {
		sql = strings.ReplaceAll(sql, " "+word+" ", "\n"+word+" ")
	}
	return sql
}

// pointAt shows where in the statement an error is.
func pointAt(sql string, e *Error) string {
	var sb strings.Builder
	if e.Position > 0 {
		before := []rune(sql)[:e.Position-1]
		line := strings.Count(string(before), "\n")
		start := strings.LastIndex(string(before), "\n") + 1
		fmt.Fprintf(&sb, "%s\n%s^\n", strings.Split(sql, "\n")[line], strings.Repeat(" ", len([]rune(string(before)[start:]))))
	}
	fmt.Fprintf(&sb, "%s: %s\n", e.Code, e.Message)
	if e.Hint != "" {
		fmt.Fprintf(&sb, "hint: %s\n", e.Hint)
	}
	return sb.String()
}
