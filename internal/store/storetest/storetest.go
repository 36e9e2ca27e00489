// Package storetest is what every engine behind package store must pass: scripts that say what statements answer, and
// tests of what the interface promises besides.
//
// A script is a txtar file under testdata: sections of records and metrics go in, queries are asked, and the rows or
// the error that come out are compared. Script says how each section is written.
package storetest

import (
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// Engine is an engine under test.
type Engine struct {
	Dialect pgsql.Dialect
	// Open opens a store in a directory; opening again after Close finds what was there. The test closes it.
	Open func(t testing.TB, dir string) store.Store
}

// Run tests an engine.
func Run(t *testing.T, e Engine) {
	t.Run("scripts", func(t *testing.T) { t.Parallel(); runScripts(t, e) })
	for name, test := range map[string]func(*testing.T, Engine){
		"exactly once":            exactlyOnce,
		"restart":                 restart,
		"out of order batches":    outOfOrder,
		"durable":                 durable,
		"identities":              identities,
		"expire":                  expire,
		"expire by signal":        expireBySignal,
		"expire under a reader":   expireUnderReader,
		"drop":                    drop,
		"drop under a reader":     dropUnderReader,
		"drop while it is used":   dropWhileUsed,
		"save under a reader":     saveUnderReader,
		"stats":                   stats,
		"projects are apart":      projectsAreApart,
		"unknown project":         unknownProject,
		"cancel":                  cancel,
		"close cancels":           closeCancels,
		"closed":                  closed,
		"concurrent":              concurrent,
		"rows stop at the limit":  rowsStopAtTheLimit,
		"row values stay":         rowValuesStay,
		"explain":                 explain,
		"time zone of each query": timezones,
		"scratch":                 scratch,
		"runaways":                runaways,
		"picked rows":             pickedRows,
		"picked like plain":       pickedLikePlain,
		"metric functions":        metricFunctions,
		"batches are not changed": batchesAreNotChanged,
		"many days":               manyDays,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, e) })
	}
}

// Base is the time that tests count from: noon of a day in the past.
var Base = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// open opens a store in a directory of its own.
func (e Engine) open(t testing.TB) store.Store { return e.openIn(t, t.TempDir()) }

func (e Engine) openIn(t testing.TB, dir string) store.Store {
	t.Helper()
	s := e.Open(t, dir)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (e Engine) compile(t testing.TB, sql string) *pgsql.Bound {
	t.Helper()
	q, err := pgsql.Compile(sql, pgsql.Options{Dialect: e.Dialect})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return q
}

// ask runs a statement and returns all rows.
func (e Engine) ask(t testing.TB, s store.Store, project, sql string) [][]any {
	t.Helper()
	rows, err := s.Query(t.Context(), project, e.compile(t, sql))
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return readAll(t, rows)
}

func readAll(t testing.TB, rows store.Rows) (all [][]any) {
	t.Helper()
	for {
		row := make([]any, len(rows.Columns()))
		if !rows.Next(row) {
			break
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Error(err)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	return all
}

func apply(t testing.TB, s store.Store, batches ...*record.Batch) {
	t.Helper()
	if err := s.Apply(t.Context(), batches); err != nil {
		t.Fatal(err)
	}
}

var origin = &record.Origin{ServiceName: "test", Resource: []byte(`{"service.name":"test"}`)}

// log makes a log record whose message is text, at Base plus an offset.
func log(text string, after time.Duration) record.Record {
	at := Base.Add(after).UnixNano()
	return record.Record{Kind: record.KindLog, Level: record.LevelInfo, TraceID: "0af7651916cd43dd8448eb211c80319c", SpanID: "b7ad6b7169203331",
		StartNano: at, EndNano: at, SpanName: text, Message: text, Origin: origin}
}

// batch makes a batch of logs, one for each message, a second apart from Base on.
func batch(project string, seq uint64, messages ...string) *record.Batch {
	b := &record.Batch{Project: project, Seq: seq, Arrived: Base.Add(time.Duration(seq) * time.Minute)}
	for i, message := range messages {
		b.Records = append(b.Records, log(message, time.Duration(i)*time.Second))
	}
	return b
}
