//go:build unix

package duckdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
)

var benchDay = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// cpu returns the CPU time of the process: wall time says little on a shared machine.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func rawBytes(batches []*record.Batch) (n, bytes int) {
	for _, b := range batches {
		for i := range b.Records {
			n++
			bytes += 400 + recordLayout.bytes(&b.Records[i])
		}
	}
	return n, bytes
}

func diskBytes(tb testing.TB, dir string) int64 {
	tb.Helper()
	var total int64
	files, err := filepath.Glob(filepath.Join(dir, projectsDir, "*", "*"+daySuffix))
	if err != nil {
		tb.Fatal(err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			tb.Fatal(err)
		}
		total += info.Size()
	}
	return total
}

// benchmarkApply writes records as ingest does, 5000 at a time, checkpoints included.
func benchmarkApply(b *testing.B, records int, trace func(*generator) []record.Record) {
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		s, err := Open(b.Context(), Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		g := newGenerator(1, benchDay.Add(time.Hour), 5*time.Millisecond)
		batches := g.batches("bench", records, 250, func() []record.Record { return trace(g) })
		n, raw := rawBytes(batches)
		b.StartTimer()
		before := cpu()
		for len(batches) > 0 {
			k := min(20, len(batches))
			if err := s.Apply(b.Context(), batches[:k]); err != nil {
				b.Fatal(err)
			}
			batches = batches[k:]
		}
		applied := cpu()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(applied-before)/1e3/float64(n), "apply-cpu-µs/row")
		b.ReportMetric(float64(cpu()-before)/1e3/float64(n), "cpu-µs/row")
		b.ReportMetric(float64(diskBytes(b, dir))/float64(n), "disk-B/row")
		b.ReportMetric(float64(raw)/float64(n), "raw-B/row")
	}
}

func BenchmarkApplyWeb(b *testing.B) { benchmarkApply(b, 300_000, (*generator).webTrace) }

func BenchmarkApplyLLM(b *testing.B) { benchmarkApply(b, 60_000, (*generator).llmTrace) }

// benchDays fills a store with days of 30 000 records each, one LLM trace in eight, and returns the id of a trace.
func benchDays(b *testing.B, days int) (s *Store, traceID string) {
	b.Helper()
	s, err := Open(b.Context(), Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	g := newGenerator(1, benchDay, 24*time.Second)
	day := g.batches("bench", 30_000, 30_000, func() []record.Record {
		if g.rand.IntN(8) == 0 {
			return g.llmTrace()
		}
		return g.webTrace()
	})[0]
	for d := range days {
		batch := *day
		batch.Seq, batch.Records = uint64(d+1), slices.Clone(day.Records)
		for i := range batch.Records {
			r := &batch.Records[i]
			r.StartNano, r.EndNano = r.StartNano+int64(d)*dayNanos, r.EndNano+int64(d)*dayNanos
			r.TraceID = fmt.Sprintf("%02x", d) + r.TraceID[2:]
		}
		if err := s.Apply(b.Context(), []*record.Batch{&batch}); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Sync(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s, fmt.Sprintf("%02x", days-1) + day.Records[15_000].TraceID[2:]
}

// BenchmarkQuery asks statements over the last 1, 7 and 31 days of 31.
func BenchmarkQuery(b *testing.B) {
	const days = 31
	s, trace := benchDays(b, days)
	for _, bench := range []struct{ name, sql string }{
		{"Count", "SELECT count(*) FROM records"},
		// A computed limit, such as 100 + 0, makes it one statement.
		{"LatestWide", "SELECT * FROM records WHERE service_name = 'service-3' ORDER BY start_timestamp DESC LIMIT 100"},
		{"LatestWideAtOnce", "SELECT * FROM records WHERE service_name = 'service-3' ORDER BY start_timestamp DESC LIMIT 100 + 0"},
		{"SlowestWide", "SELECT * FROM records ORDER BY duration DESC LIMIT 100"},
		{"SlowestWideAtOnce", "SELECT * FROM records ORDER BY duration DESC LIMIT 100 + 0"},
		{"ErrorsWide", "SELECT * FROM records WHERE level >= 'error' LIMIT 100"},
		{"ErrorsWideAtOnce", "SELECT * FROM records WHERE level >= 'error' LIMIT 100 + 0"},
		{"TraceWide", "SELECT * FROM records_all WHERE trace_id = '" + trace + "'"},
		{"TraceWideAtOnce", "SELECT * FROM records_all WHERE trace_id = '" + trace + "' LIMIT 100 + 0"},
		{"GroupByHot", "SELECT attributes->>'gen_ai.request.model' AS model, count(*) FROM records GROUP BY model"},
		{"GroupByJSON", "SELECT attributes->>'thread.id' AS thread, count(*) FROM records GROUP BY thread"},
	} {
		for _, last := range []int{1, 7, days} {
			q, err := pgsql.Compile(bench.sql, pgsql.Options{Dialect: pgsql.DuckDB, Limit: 10_000, MinTime: benchDay.AddDate(0, 0, days-last)})
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%s/%ddays", bench.name, last), func(b *testing.B) { benchmarkQuery(b, s, q) })
		}
	}
}

func benchmarkQuery(b *testing.B, s *Store, q *pgsql.Bound) {
	before, n := cpu(), 0
	for b.Loop() {
		rows, err := s.Query(b.Context(), "bench", q)
		if err != nil {
			b.Fatal(err)
		}
		row := make([]any, len(rows.Columns()))
		for n = 0; rows.Next(row); n++ {
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpu()-before)/1e6/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(n), "rows")
}
