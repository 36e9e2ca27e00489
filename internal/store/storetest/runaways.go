package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/store"
)

// runawayLimit is how long a statement may run on after it was cancelled, on a machine that does other things too.
const runawayLimit = 20 * time.Second

// runaways asks statements that took 16 GB, or minutes beyond their timeout, when they were measured on a bare engine.
// Each must be refused, run into a limit, or end soon after it is cancelled; and the store must answer afterwards.
func runaways(t *testing.T, e Engine) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	s := e.open(t)
	crowd(t, s)
	for name, sql := range map[string]string{
		"cross join":            "SELECT count(*) FROM records a, records b, records c, records d",
		"sorted cross join":     "SELECT a.message || b.message AS m FROM records a, records b, records c ORDER BY m",
		"join explosion":        "SELECT a.message, count(*) FROM records a JOIN records b ON a.level = b.level JOIN records c ON b.level = c.level GROUP BY 1",
		"distinct cross join":   "SELECT count(DISTINCT a.message || b.message || c.message) FROM records a, records b, records c",
		"joined text":           "SELECT length(string_agg(a.message || b.message, ',')) FROM records a, records b, records c",
		"endless recursion":     "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
		"doubling text":         "WITH RECURSIVE r(n, s) AS (SELECT 1, 'x' UNION ALL SELECT n + 1, s || s FROM r WHERE n < 60) SELECT max(length(s)) FROM r",
		"long series":           "SELECT count(*) FROM generate_series(1, 1000000000000) AS g(n)",
		"long list":             "SELECT array_length(generate_series(1, 2000000000), 1)",
		"lists of lists":        "SELECT count(*) FROM records a, records b WHERE array_length(generate_series(1, 100000), 1) > length(a.message || b.message)",
		"long repeat":           "SELECT length(repeat('x', 2000000000))",
		"nested repeat":         "SELECT length(repeat(repeat(repeat('x', 10000), 10000), 10000))",
		"padding":               "SELECT length(rpad('x', 2000000000, 'y'))",
		"edit distance":         "SELECT levenshtein(repeat('a', 200000), repeat('b', 200000))",
		"counted groups":        "SELECT count(*) FROM records WHERE repeat(message, 2000) ~ '((a{0,100}){0,100}){0,10}b'",
		"nested quantifiers":    "SELECT count(*) FROM records WHERE repeat(message, 100) ~ '(a*)*b'",
		"many percentiles":      "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a.duration + b.level + c.level) FROM records a, records b, records c",
		"collected cross join":  "SELECT array_length(array_agg(a.message || b.message || c.message), 1) FROM records a, records b, records c",
		"windows of everything": "SELECT max(n) FROM (SELECT sum(a.level) OVER (ORDER BY a.message ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS n FROM records a, records b, records c) w",
	} {
		t.Run(name, func(t *testing.T) { e.runaway(t, s, sql) })
	}
}

func (e Engine) runaway(t *testing.T, s store.Store, sql string) {
	const timeout = time.Second
	ctx, stop := context.WithTimeout(t.Context(), timeout)
	defer stop()
	started := time.Now()
	err := e.exhaust(ctx, s, sql)
	took := time.Since(started)
	t.Logf("%s after %s: %v", outcome(err), took.Round(time.Millisecond), err)
	if took > timeout+runawayLimit {
		t.Errorf("ran on for %s after %s", took-timeout, timeout)
	}
	if outcome(err) == "failed" {
		t.Errorf("%s\n%v", sql, err)
	}
	if got := e.ask(t, s, "p", "SELECT count(*) FROM records"); got[0][0] != int64(3000) {
		t.Errorf("the store counts %v afterwards", got)
	}
}

// exhaust compiles and runs a statement and reads all its rows.
func (e Engine) exhaust(ctx context.Context, s store.Store, sql string) error {
	q, err := pgsql.Compile(sql, pgsql.Options{Dialect: e.Dialect})
	if err != nil {
		return err
	}
	rows, err := s.Query(ctx, "p", q)
	if err != nil {
		return err
	}
	row := make([]any, len(rows.Columns()))
	for rows.Next(row) {
	}
	return errors.Join(rows.Err(), rows.Close())
}

// outcome says how a runaway ended.
func outcome(err error) string {
	var refused *pgsql.Error
	switch {
	case err == nil:
		return "answered"
	case errors.As(err, &refused):
		return "refused"
	case errors.Is(err, context.DeadlineExceeded):
		return "cancelled"
	case errors.Is(err, store.ErrTooExpensive):
		return "too expensive"
	case errors.Is(err, store.ErrInvalid):
		return "invalid"
	default:
		return "failed"
	}
}
