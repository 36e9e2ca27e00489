package pgsql

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v6"
	"golang.org/x/tools/txtar"
)

// FuzzCompile holds for any text: it is refused with an *Error that points into the text, or rendered to one statement
// that calls only functions that we write.
func FuzzCompile(f *testing.F) {
	for _, attack := range attacks {
		if len(attack) < 1000 {
			f.Add(attack)
		}
	}
	for _, folder := range []string{"render", "errors", "fill"} {
		files, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				f.Fatal(err)
			}
			for _, part := range archive.Files {
				if strings.HasSuffix(part.Name, ".sql") {
					f.Add(string(part.Data))
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, sql string) {
		checkCompiled(t, sql, func() (*Bound, error) {
			return Compile(sql, Options{Limit: 10, Environments: []string{"", "x'y"}, Variables: hostile})
		})
		checkCompiled(t, sql, func() (*Bound, error) { return CompileFilter(sql, []string{"span_id", ColRow}, Options{}) })
	})
}

// hostile are variables of the names that statements of the corpus use.
var hostile = Variables{"v": {Text: `\'; --`}, "l": {List: []string{"'", "$v", "*/"}}, "none": {List: []string{}}, "one": {Text: "$$"}, resolution: {Text: "1 minute"}}

// FuzzFill holds for any statement and any value: a value becomes one string of the filled statement, which the parser
// reads back as it was, and all around it stays as it is.
func FuzzFill(f *testing.F) {
	for _, sql := range []string{
		"SELECT $v", "SELECT * FROM records WHERE a=$v AND b IN ($l, 'x') AND c = ANY(${l})", "SELECT E'a'\n$v", "SELECT U&$v", "SELECT '$v' -- $v\n, $v",
		"SELECT $$ $v $$, x$v, -$v", "SELECT $v::text[1], $l[1]", "SELECT a IN ($none, $l), b IN ($none)",
	} {
		for _, value := range []string{"", "x", "'", "''", `\'`, `\`, "$v", "${l}", "--", "/*", "*/", "$$", "\n", "é", "') OR (true", "\x00", "\xff"} {
			f.Add(sql, value)
		}
	}
	f.Fuzz(func(t *testing.T, sql, value string) {
		o := Options{Variables: Variables{"v": {Text: value}, "l": {List: []string{value, "y"}}, "none": {List: []string{}}}}
		filled, err := Fill(sql, o)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Position < 0 || e.Position > len([]rune(sql))+1 {
				t.Fatalf("%q: %v", sql, err)
			}
			return
		}
		if slices.ContainsFunc(joinedTokens(t, sql), func(word string) bool { return word == "$none" || word == "${none}" }) {
			return // commas and members go
		}
		want := []string{}
		for _, word := range joinedTokens(t, sql) {
			switch word {
			case "$v", "${v}":
				want = append(want, quote(value))
			case "$l", "${l}":
				want = append(want, quote(value), quote("y"))
			default:
				want = append(want, word)
			}
		}
		got := slices.DeleteFunc(joinedTokens(t, filled), func(word string) bool { return slices.Contains(brackets, word) })
		want = slices.DeleteFunc(want, func(word string) bool { return slices.Contains(brackets, word) })
		if !slices.Equal(got, want) {
			t.Fatalf("%q with %q became %q:\n got %q\nwant %q", sql, value, filled, got, want)
		}
	})
}

// brackets are what is written around lists.
var brackets = []string{"ARRAY", "[", "]", ",", "(", ")"}

// joinedTokens returns the words of a statement, comments left out; a variable is one.
func joinedTokens(t *testing.T, sql string) []string {
	t.Helper()
	st, err := scan(sql)
	if err != nil {
		t.Fatalf("%q: %v", sql, err)
	}
	st.joinVariables()
	var words []string
	for _, token := range st.tokens {
		words = append(words, sql[token.start:token.end])
	}
	return words
}

func checkCompiled(t *testing.T, sql string, compile func() (*Bound, error)) {
	bound, err := compile()
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("error is %T: %v", err, err)
		}
		if e.Position < 0 || e.Position > len([]rune(sql))+1 {
			t.Fatalf("position %d of %q", e.Position, sql)
		}
		return
	}
	if len(bound.Columns) == 0 {
		t.Fatalf("no columns: %q", sql)
	}
	checkRendered(t, sql, bound)
	if bound.Pick != nil {
		checkRendered(t, sql, bound.Pick)
	}
}

func checkRendered(t *testing.T, sql string, bound *Bound) {
	t.Helper()
	text := bound.SQL(func(Source) string { return "hole" })
	scanned, err := pg.Scan(text)
	if err != nil {
		t.Fatalf("%q was rendered to what cannot be read: %v: %s", sql, err, text)
	}
	for _, token := range scanned.Tokens {
		switch token.Token {
		case pg.Token_ASCII_59, pg.Token_SQL_COMMENT, pg.Token_C_COMMENT, pg.Token_PARAM:
			t.Fatalf("%q was rendered with %v: %s", sql, token.Token, text)
		}
	}
	for _, name := range called(text) {
		if !writable()[name] {
			t.Fatalf("%q was rendered with a call of %s: %s", sql, name, text)
		}
	}
}

// called returns the words in front of an opening bracket in a rendered text.
func called(text string) []string {
	scanned, err := pg.Scan(text)
	if err != nil {
		return nil
	}
	var names []string
	for i, token := range scanned.Tokens {
		if i == 0 || token.Token != pg.Token_ASCII_40 {
			continue
		}
		if word := text[scanned.Tokens[i-1].Start:scanned.Tokens[i-1].End]; isWord(strings.ToLower(word)) {
			names = append(names, strings.ToLower(word))
		}
	}
	return names
}

// writable are the words that may stand before a bracket in rendered text.
var writable = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for name := range functions {
		words[name] = true
	}
	for _, name := range duckDBNames {
		words[strings.ToLower(name)] = true
	}
	for _, name := range strings.Fields(`
		json_each json_tree materialized and or not in any all as on by over filter then else when case from where having values exists sets rollup cube interval
		union intersect except select with lateral order limit offset qualify is like ilike escape double between
		cast try_cast try decimal lf_values coalesce nullif greatest least array
		json_extract json_extract_string json_exists json_type json_array_length json_keys json_valid json_object json_array to_json
		regexp_extract regexp_extract_all regexp_full_match make_timestamptz list_has_all lf_merge lf_initcap lf_array_except
		lf_array_remove lf_array_replace lf_array_repeat lf_weighted_quantile lf_metric_series lf_metric_sum lf_metric_count lf_metric_avg lf_metric_min
		lf_metric_max lf_metric_merge lf_metric_increase lf_metric_rate lf_metric_quantile grouping xor join strlen distinct`) {
		words[name] = true
	}
	return words
})
