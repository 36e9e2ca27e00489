package duckdb

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

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
