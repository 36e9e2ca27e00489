package pgsql

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/record"
)

func compileText(t *testing.T, sql string, o Options) string {
	t.Helper()
	b, err := Compile(sql, o)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return b.SQL(describeSource)
}

func TestTypeName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"trace_id": "TEXT", "tags": "TEXT[]", "duration": "DOUBLE PRECISION", "level": "INTEGER", "is_exception": "BOOLEAN",
		"start_timestamp": "TIMESTAMP WITH TIME ZONE", "attributes": "TEXT",
	} {
		if got := TypeName(record.RecordsTable.Column(name).Type); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// A Bound is shared by the runs of a statement: filling its holes must not change it.
func TestBoundIsRenderedTheSameEachTime(t *testing.T) {
	t.Parallel()
	b, err := Compile("SELECT a.message FROM records a JOIN metrics m ON true", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if first, second := b.SQL(describeSource), b.SQL(describeSource); first != second {
		t.Errorf("rendered differently:\n%s\n%s", first, second)
	}
	if len(b.Sources) != 2 || b.Sources[0].Table != record.RecordsTable || b.Sources[1].Table != record.MetricsTable {
		t.Errorf("sources: %v", b.Sources)
	}
}

func TestTimezone(t *testing.T) {
	t.Parallel()
	b, err := Compile("SELECT 1", Options{})
	if err != nil || b.Timezone != "UTC" {
		t.Errorf("got %q, %v; want UTC", b.Timezone, err)
	}
	_, err = Compile("SELECT 1", Options{Timezone: "Mars/Olympus"})
	var e *Error
	if !errors.As(err, &e) || e.Code != codeInvalid {
		t.Errorf("unknown zone: got %v", err)
	}
}

// Positions must refer to the user's text, whatever was inserted before.
func TestPositionsAreThoseOfTheText(t *testing.T) {
	t.Parallel()
	for _, before := range []string{
		"", "é ", "/* ž */ ", "TRY_CAST(message AS int), ", "[1, 2], ", "interval 5 minutes, ", "message AS 'm', ",
		"array_sort(tags)[1:2], ", "count(*) OVER (PARTITION BY [level]), ",
	} {
		sql := "SELECT " + before + "nope FROM records QUALIFY true"
		if before == "é " {
			sql = "SELECT 'é', nope FROM records"
		}
		_, err := Compile(sql, Options{})
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%s: %v", sql, err)
		}
		if want := len([]rune(sql[:strings.Index(sql, "nope")])) + 1; e.Position != want {
			t.Errorf("%s: position %d, want %d (%v)", sql, e.Position, want, e)
		}
	}
}

func TestIntervals(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]span{
		"5 minutes":       {rest: 5 * time.Minute},
		"5m":              {rest: 5 * time.Minute},
		"1 day 2 hours":   {days: 1, rest: 2 * time.Hour},
		"1.5 hours":       {rest: 90 * time.Minute},
		"1.5 days":        {days: 1, rest: 12 * time.Hour},
		"-1 week":         {days: -7},
		"2 years 1 month": {months: 25},
		"01:30:15":        {rest: time.Hour + 30*time.Minute + 15*time.Second},
		"3 days ago":      {days: -3},
		"500 ms":          {rest: 500 * time.Millisecond},
	} {
		got, ok := parseInterval(text)
		if !ok || got != want {
			t.Errorf("%q: got %v %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "5", "minutes", "5 parsecs", "1 day x", "99999999999 hours", "1 day; DROP"} {
		if got, ok := parseInterval(text); ok {
			t.Errorf("%q: read as %v", text, got)
		}
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	check := func(filter, want string) {
		t.Helper()
		b, err := CompileFilter(filter, []string{"span_id"}, Options{})
		if err != nil {
			t.Errorf("%q: %v", filter, err)
			return
		}
		got := strings.TrimPrefix(b.SQL(describeSource), `SELECT "records_all"."span_id" FROM {records_all} AS "records_all"`)
		if got != want {
			t.Errorf("%q: got %s, want %s", filter, got, want)
		}
	}
	check("", "")
	check(" -- everything", "")
	check("level >= 'error' -- bad ones", ` WHERE ("records_all"."level" >= 17)`)
	check("is_exception;", ` WHERE "records_all"."is_exception"`)
	check("(level > 9) OR (message LIKE '%)%')", ` WHERE (("records_all"."level" > 9) OR ("records_all"."message" LIKE '%)%'))`)
	check("attributes->>'user.id' = ANY(['a', 'b'])", ` WHERE ("records_all"."_lf_attributes/user.id" IN ('a', 'b'))`)
	check(`"_lf_cost_source" = 'computed'`, ` WHERE ("records_all"."lf_cost_source" = 'computed')`)
	check("SELECT span_id FROM records WHERE is_exception",
		` WHERE ("records_all"."span_id" IN (SELECT "records"."span_id" FROM {records} AS "records" WHERE "records"."is_exception"))`)
	check("SELECT message, span_id FROM records",
		` WHERE ("records_all"."span_id" IN (SELECT "spans"."span_id" FROM (SELECT "records"."message", "records"."span_id" FROM {records} AS "records") AS "spans"))`)
}

func TestFilterSelectsHiddenColumnsAndRowIDs(t *testing.T) {
	t.Parallel()
	b, err := CompileFilter("true", []string{"message", record.HotColumn("user.id"), record.ColCostSource, "tags", ColRow}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !b.Sources[0].RowIDs {
		t.Error("the source is not asked for row ids")
	}
	want := []Output{{Name: "message", NotNull: true}, {Name: "_lf_attributes/user.id"}, {Name: "lf_cost_source"}, {Name: "tags", NotNull: true}, {Name: "lf_row"}}
	if diff := cmp.Diff(want, b.Columns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if _, err := CompileFilter("true", []string{"nope"}, Options{}); err == nil {
		t.Error("an unknown column was selected")
	}
}

func TestFilterErrorsPointIntoTheFilter(t *testing.T) {
	t.Parallel()
	for filter, want := range map[string]int{
		"nope = 1":                  1,
		"level > 1 AND nope":        15,
		"level > 1 AND AND true":    15,
		"is_exception) OR (true":    13,
		"true; SELECT 1":            5,
		"message = 'ž' AND [nope]":  20,
		"SELECT nope FROM records":  8,
		"TRY_CAST(nope AS int) = 1": 10,
	} {
		_, err := CompileFilter(filter, []string{"span_id"}, Options{})
		var e *Error
		if !errors.As(err, &e) || e.Position != want {
			t.Errorf("%s: got %v at %d, want position %d", filter, err, e.Position, want)
		}
	}
}

// Of each table what is read anywhere is named, and nothing else: the store has no other columns to offer.
func TestSourcesNameWhatIsRead(t *testing.T) {
	t.Parallel()
	check := func(sql string, o Options, want ...string) {
		t.Helper()
		b, err := Compile(sql, o)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range b.Sources {
			got = append(got, strings.Join(s.Columns, " "))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
	check("SELECT count(*) FROM records", Options{}, "")
	check("SELECT count(*) FROM records", Options{MinTime: compiled, Environments: []string{"production"}}, "start_timestamp deployment_environment")
	check("SELECT count(*) FROM metrics", Options{MinTime: compiled}, "recorded_timestamp")
	check("SELECT message FROM records WHERE level > 9 GROUP BY message, span_id HAVING max(duration) > 1 ORDER BY min(end_timestamp)", Options{},
		"end_timestamp duration span_id level message")
	check("SELECT attributes FROM records", Options{}, "attributes lf_attributes_large")
	check("SELECT attributes->>'user.id', attributes->>'gen_ai.input.messages' FROM records", Options{}, "lf_attributes_large _lf_attributes/user.id")
	check("SELECT a.message, (SELECT max(level) FROM records c WHERE c.trace_id = b.trace_id) FROM records a JOIN records b USING (span_id)", Options{},
		"trace_id level", "span_id message", "trace_id span_id")
	check("SELECT x.message FROM (SELECT message, tags AS t FROM records) x, unnest(x.t) u", Options{}, "message tags")
	check("SELECT metric_sum(value) FROM metrics", Options{}, "value")
	b, err := Compile("SELECT * FROM records ORDER BY duration DESC LIMIT 5", Options{MinTime: compiled})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"start_timestamp", "duration"}, b.Pick.Sources[0].Columns); diff != "" {
		t.Errorf("what finds the rows reads (-want +got):\n%s", diff)
	}
	if got, want := len(b.Sources[0].Columns), len(record.RecordsTable.Public())+1; got != want {
		t.Errorf("a whole record is read from %d columns, want %d", got, want)
	}
}

// What a statement says of time narrows what is read, and never more than the statement itself does.
func TestBoundsAreNeverTooNarrow(t *testing.T) {
	t.Parallel()
	b, err := Compile("SELECT 1 FROM records WHERE start_timestamp >= '2026-02-01T00:00:00Z' AND start_timestamp <= '2026-02-02T00:00:00Z'", Options{
		MinTime: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), MaxTime: time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := b.Sources[0]
	if want := time.Date(2026, 1, 31, 23, 59, 59, 999999000, time.UTC); !s.Min.Equal(want) {
		t.Errorf("min %v, want %v", s.Min, want)
	}
	if want := time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC); !s.Max.Equal(want) {
		t.Errorf("max %v, want %v", s.Max, want)
	}
	for _, where := range []string{
		"NOT (start_timestamp > '2026-02-01')", "start_timestamp > '2026-02-01' OR is_exception", "start_timestamp <> '2026-02-01'",
		"start_timestamp > end_timestamp", "start_timestamp IS NOT NULL", "CASE WHEN start_timestamp > '2026-02-01' THEN true END",
		"end_timestamp > '2026-02-01'", "EXISTS (SELECT 1 WHERE records.start_timestamp > '2026-02-01')",
	} {
		b, err := Compile("SELECT 1 FROM records WHERE "+where, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s := b.Sources[0]; !s.Min.IsZero() || !s.Max.IsZero() {
			t.Errorf("%s: narrowed to %v, %v", where, s.Min, s.Max)
		}
	}
}

func TestStringsAreQuoted(t *testing.T) {
	t.Parallel()
	got := compileText(t, `SELECT 'it''s', E'a\'b', $$c'd$$, "quoted""name" FROM (SELECT 1 AS "quoted""name") x`, Options{})
	for _, want := range []string{"'it''s'", "'a''b'", "'c''d'", `"quoted""name"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
}

func TestPreludeDefinesEveryMacroThatIsRendered(t *testing.T) {
	t.Parallel()
	prelude := strings.Join(Prelude(DuckDB), "\n")
	native := []string{"lf_metric_increase", "lf_metric_rate", "lf_metric_quantile", "lf_metric_merge"} // package points of store/duckdb
	for _, sql := range []string{
		"SELECT attributes, initcap(message), array_except(tags, tags), array_remove_all(tags, 'x'), array_replace(tags, 'x', 'y'), array_repeat(1, 2) FROM records",
		"SELECT metric_series(value), metric_sum(value), metric_avg(value), metric_count(value), metric_min(value), metric_max(value) FROM metrics",
		"SELECT metric_quantile(0.5, value), metric_rate(value, recorded_timestamp), metric_increase(value, recorded_timestamp) FROM metrics",
		"SELECT approx_percentile_cont_with_weight(duration, level, 0.5) FROM records",
		"SELECT metric_sum(m) FROM (SELECT metric_merge(value) AS m FROM metrics) x",
	} {
		for _, name := range called(compileText(t, sql, Options{})) {
			if strings.HasPrefix(name, "lf_") && !slices.Contains(native, name) && !strings.Contains(prelude, "MACRO "+name+"(") {
				t.Errorf("%s is called and not defined", name)
			}
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	for name, sql := range map[string]string{
		"count":   "SELECT count(*) FROM records",
		"latest":  "SELECT * FROM records WHERE level >= 'error' ORDER BY start_timestamp DESC LIMIT 100",
		"model":   "SELECT time_bucket('1 minute', start_timestamp) AS x, attributes->>'gen_ai.request.model' AS model, sum((attributes->'operation.cost')::numeric) FROM records WHERE attributes ? 'gen_ai.request.model' GROUP BY x, model ORDER BY x",
		"through": "WITH s AS (SELECT *, duration * 1000 AS ms FROM records) SELECT s.attributes->>'order.id', max(ms) FROM s JOIN records r ON r.trace_id = s.trace_id GROUP BY 1 HAVING max(ms) > 5 ORDER BY 2 DESC LIMIT 10",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Compile(sql, Options{Limit: 100}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
