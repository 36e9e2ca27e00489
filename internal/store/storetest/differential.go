package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// pickedLikePlain has the same random statements answered with and without finding their rows first.
func pickedLikePlain(t *testing.T, e Engine) {
	s := e.open(t)
	g := &pickGenerator{rand.New(rand.NewPCG(7, 7))}
	g.fill(t, s)
	for range 200 {
		q := g.statement()
		e.comparePicked(t, s, q)
		if t.Failed() {
			return
		}
	}
}

// pickStatement is a statement that finds its rows first, in parts.
type pickStatement struct {
	table, where string
	keys         []string // of ORDER BY
	unique       bool     // no two rows tie
	limit        int
	offset       int
	options      pgsql.Options
}

// sql writes the statement with a limit. Of the answer's columns the first is unique and the last are the keys.
func (q pickStatement) sql(limit string) string {
	var sb strings.Builder
	sb.WriteString("SELECT span_id, attributes, otel_events, tags")
	for i, key := range q.keys {
		expression, _, _ := strings.Cut(key, " /")
		fmt.Fprintf(&sb, ", %s AS k%d", expression, i)
	}
	sb.WriteString(" FROM " + q.table + q.where)
	for i, key := range q.keys {
		sb.WriteString([]string{" ORDER BY ", ", "}[min(i, 1)])
		expression, direction, _ := strings.Cut(key, " /")
		forms := []string{fmt.Sprintf("k%d", i), fmt.Sprint(5 + i), expression}
		if expression == "'constant'" {
			forms = forms[:2]
		}
		sb.WriteString(forms[(i+q.limit)%len(forms)] + direction)
	}
	sb.WriteString(limit)
	return sb.String()
}

// comparePicked asks a statement in both ways. Rows that tie may be chosen and sorted in any way, by their keys alike.
func (e Engine) comparePicked(t *testing.T, s store.Store, q pickStatement) {
	t.Helper()
	q.options.Dialect = e.Dialect
	run := func(limit string, finds bool) [][]string {
		b, err := pgsql.Compile(q.sql(limit), q.options)
		if err != nil {
			t.Fatal(err)
		}
		if (b.Pick != nil) != finds {
			t.Fatalf("%s\nfinds its rows first: %v, want %v", q.sql(limit), !finds, finds)
		}
		rows, err := s.Query(t.Context(), "p", b)
		if err != nil {
			t.Fatalf("%s\n%v", q.sql(limit), err)
		}
		var all [][]string
		for _, row := range readAll(t, rows) {
			var values []string
			for _, value := range row {
				values = append(values, formatValue(value))
			}
			all = append(all, values)
		}
		return all
	}
	picked := run(fmt.Sprintf(" LIMIT %d OFFSET %d", q.limit, q.offset), true)
	plain := run(fmt.Sprintf(" LIMIT %d + 0 OFFSET %d", q.limit, q.offset), false) // a computed limit is not known
	if q.unique {
		if diff := cmp.Diff(plain, picked); diff != "" {
			t.Errorf("%s\n(-plain +picked):\n%s", q.sql(""), diff)
		}
		return
	}
	keys := func(rows [][]string) (keys [][]string) {
		for _, row := range rows {
			keys = append(keys, row[4:])
		}
		return keys
	}
	if diff := cmp.Diff(keys(plain), keys(picked)); diff != "" {
		t.Errorf("%s\nkeys (-plain +picked):\n%s", q.sql(""), diff)
	}
	every := map[string][]string{}
	for _, row := range run("", false) {
		every[row[0]] = row
	}
	for _, row := range picked {
		if diff := cmp.Diff(every[row[0]], row); diff != "" {
			t.Errorf("%s\nrow (-plain +picked):\n%s", q.sql(""), diff)
		}
		delete(every, row[0]) // none comes twice
	}
}

// pickGenerator makes records in which much is equal or missing, and statements that sort them.
type pickGenerator struct{ *rand.Rand }

func (g pickGenerator) fill(t *testing.T, s store.Store) {
	t.Helper()
	n := 0
	for seq := range uint64(6) {
		b := &record.Batch{Project: "p", Seq: seq + 1, Arrived: Base}
		for range 40 {
			n++
			r := log(one(g, "a", "b", "c"), time.Duration(g.IntN(12)-60)*6*time.Hour)
			r.SpanID = fmt.Sprintf("%016x", n)
			r.Kind = one(g, record.KindLog, record.KindSpan, record.KindSpan, record.KindPendingSpan)
			r.Level = one(g, record.LevelInfo, record.LevelWarn, record.LevelError)
			r.EndNano += g.Int64N(4) * 1e9
			r.LogBody = one(g, record.Text{}, record.Some("x"), record.Some("y"))
			r.Attributes = one(g, nil, []byte(`{"n":1}`), []byte(`{"n":2,"s":"x"}`), []byte(`{"n":null}`), []byte(`{"n":10}`))
			r.LargeAttributes = one(g, nil, []byte(`{"gen_ai.input.messages":[1]}`))
			r.Tags = one(g, nil, []string{"t"}, []string{"t", "u"})
			r.Origin = one(g, origin, &record.Origin{ServiceName: "live", Environment: record.Some("production")})
			b.Records = append(b.Records, r)
		}
		apply(t, s, b)
	}
}

func (g pickGenerator) statement() pickStatement {
	q := pickStatement{
		table:  one(g, "records", "records_all"),
		where:  one(g, "", " WHERE level >= 'warn'", " WHERE message = 'a'", " WHERE log_body IS NULL AND attributes ? 'n'", " WHERE span_id IN (SELECT span_id FROM records WHERE is_exception OR duration > 1)", " WHERE message = 'none'"),
		limit:  one(g, 1, 5, 20, 100, 1000),
		offset: one(g, 0, 0, 3, 30),
	}
	expressions := []string{"start_timestamp", "duration", "log_body", "attributes->'n'", "attributes->>'s'", "(attributes->>'n')::int", "level", "kind", "upper(message)",
		"-level", "tags", "coalesce(log_body, message)", "start_timestamp > '2026-03-01'", "deployment_environment", "'constant'", "start_timestamp - interval '1 day'"}
	g.Shuffle(len(expressions), func(i, j int) { expressions[i], expressions[j] = expressions[j], expressions[i] })
	for _, expression := range expressions[:g.IntN(4)] {
		q.keys = append(q.keys, expression+one(g, " /", " / DESC", " / NULLS FIRST", " / DESC NULLS LAST", " / ASC NULLS LAST"))
	}
	if q.unique = g.IntN(2) == 0; q.unique {
		q.keys = append(q.keys, one(g, "span_id /", "span_id / DESC"))
	}
	q.options.Environments = one(g, nil, nil, []string{"production"}, []string{"production", ""})
	if g.IntN(3) == 0 {
		q.options.MinTime = Base.Add(-time.Duration(g.IntN(400)) * time.Hour)
	}
	return q
}

// one returns one of several values.
func one[T any](g pickGenerator, values ...T) T { return values[g.IntN(len(values))] }
