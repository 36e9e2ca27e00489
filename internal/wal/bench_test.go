package wal

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// BenchmarkAppend has 16 clients append requests of 10 or 200 records at 700 bytes (web) or 3 KB (llm) each, one at a
// time, as OTLP exporters do.
func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct{ records, recordBytes int }{{10, 700}, {200, 700}, {200, 3000}} {
		b.Run(fmt.Sprintf("records=%d/bytes=%d", c.records, c.recordBytes), func(b *testing.B) {
			l, err := Open(Options{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			body := make([]byte, c.records*c.recordBytes)
			_, _ = rand.Read(body)
			b.SetBytes(int64(len(body)))
			took := appendFrom(b, l, 16, body)
			slices.Sort(took)
			b.ReportMetric(float64(b.N*c.records)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// appendFrom appends body b.N times from several clients and returns how long each took.
func appendFrom(b *testing.B, l *Log, clients int, body []byte) []time.Duration {
	took := make([]time.Duration, b.N)
	next := make(chan int)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := range next {
				began := time.Now()
				seq, err := l.Append(context.Background(), body)
				if err != nil {
					b.Error(err)
				}
				took[i] = time.Since(began)
				if seq%1000 == 0 {
					_ = l.Truncate(seq - 500)
				}
			}
		})
	}
	b.ResetTimer()
	for i := range b.N {
		next <- i
	}
	close(next)
	wg.Wait()
	b.StopTimer()
	return took
}
