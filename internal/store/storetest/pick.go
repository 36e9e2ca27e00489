package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// picked is a statement that reads only what its Pick finds: the records for which filter holds.
func (e Engine) picked(t *testing.T, sql, filter string) *pgsql.Bound {
	t.Helper()
	pick, err := pgsql.CompileFilter(filter, []string{pgsql.ColFile, pgsql.ColRow}, pgsql.Options{Dialect: e.Dialect})
	if err != nil {
		t.Fatal(err)
	}
	q := *e.compile(t, sql)
	q.Pick = pick
	q.Sources = slices.Clone(q.Sources)
	for i := range q.Sources {
		q.Sources[i].Picked = true
	}
	return &q
}

// pickedRows has rows found first and read afterwards, over days and tables.
func pickedRows(t *testing.T, e Engine) {
	s := e.open(t)
	b := batch("p", 1, "a", "b", "c")
	b.Records[1].Kind = record.KindPendingSpan
	for d := range 5 {
		r := log(fmt.Sprintf("day %d", d), time.Duration(d-10)*24*time.Hour)
		r.Attributes = []byte(fmt.Sprintf(`{"d":%d}`, d))
		b.Records = append(b.Records, r)
	}
	apply(t, s, b)
	x, err := s.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if err := x.Load(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	check := func(q *pgsql.Bound, want ...string) {
		t.Helper()
		for name, run := range map[string]func() (store.Rows, error){
			"store":   func() (store.Rows, error) { return s.Query(t.Context(), "p", q) },
			"scratch": func() (store.Rows, error) { return x.Query(t.Context(), q) },
		} {
			rows, err := run()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var got []string
			for _, row := range readAll(t, rows) {
				got = append(got, formatValue(row[0]))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
	check(e.picked(t, "SELECT message FROM records_all ORDER BY message", "message IN ('b', 'day 3', 'day 1', 'c')"), "b", "c", "day 1", "day 3")
	check(e.picked(t, "SELECT message FROM records_all ORDER BY message", "message = 'nothing'"))
	check(e.picked(t, "SELECT attributes->>'d' FROM records_all ORDER BY start_timestamp", "message LIKE 'day %'"), "0", "1", "2", "3", "4")
	check(e.picked(t, "SELECT count(*) FROM records_all", "level = 'info'"), "8")
	if plan, err := s.Explain(t.Context(), "p", e.picked(t, "SELECT message FROM records_all", "level = 'info'")); err != nil || plan == "" {
		t.Errorf("plan %q, %v", plan, err)
	}
}
