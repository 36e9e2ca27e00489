package duckdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// benchmarkQuery asks a statement over days of 30 000 records each, one LLM trace in eight.
func benchmarkQuery(b *testing.B, days int, sql func(traceID string) string) {
	s, err := Open(b.Context(), Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var trace string
	for d := range days {
		g := newGenerator(uint64(d+1), benchDay.AddDate(0, 0, d), 12*time.Second)
		g.seq = uint64(d * 1000)
		batches := g.batches("bench", 30_000, 1000, func() []record.Record {
			if g.rand.IntN(8) == 0 {
				return g.llmTrace()
			}
			return g.webTrace()
		})
		if err := s.Apply(b.Context(), batches); err != nil {
			b.Fatal(err)
		}
		if d == days/2 {
			trace = batches[15].Records[500].TraceID
		}
	}
	if err := s.Sync(b.Context()); err != nil {
		b.Fatal(err)
	}
	q, err := pgsql.Compile(sql(trace), pgsql.Options{Dialect: pgsql.DuckDB, Limit: 10_000})
	if err != nil {
		b.Fatal(err)
	}
	before, n := cpu(), 0
	for b.Loop() {
		rows, err := s.Query(b.Context(), "bench", q)
		if err != nil {
			b.Fatal(err)
		}
		row := make([]any, len(rows.Columns()))
		n = 0
		for rows.Next(row) {
			n++
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpu()-before)/1e6/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(n), "rows")
}

func BenchmarkQuery(b *testing.B) {
	for name, sql := range map[string]func(string) string{
		"Count": func(string) string { return "SELECT count(*) FROM records" },
		"LatestWide": func(string) string {
			return "SELECT * FROM records WHERE service_name = 'service-3' ORDER BY start_timestamp DESC LIMIT 100"
		},
		"SlowestWide": func(string) string {
			return "SELECT * FROM records ORDER BY duration DESC LIMIT 20"
		},
		"TraceWide": func(id string) string { return "SELECT * FROM records_all WHERE trace_id = '" + id + "'" },
		"GroupByHot": func(string) string {
			return "SELECT attributes->>'gen_ai.request.model' AS model, count(*) FROM records GROUP BY model"
		},
		"GroupByJSON": func(string) string {
			return "SELECT attributes->>'thread.id' AS thread, count(*) FROM records GROUP BY thread"
		},
	} {
		for _, days := range []int{1, 7, 31} {
			b.Run(fmt.Sprintf("%s/%ddays", name, days), func(b *testing.B) { benchmarkQuery(b, days, sql) })
		}
	}
}
