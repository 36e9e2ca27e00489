package ingest

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

func TestTheWindowForgetsInTime(t *testing.T) {
	t.Parallel()
	w := newWindow(30*time.Minute, 1000)
	start := time.Unix(1000, 0)
	id := func(i uint64) identityHash { return identityHash{Hi: i << 56, Lo: i} }
	for i := range uint64(10) { // 0 too, the mark of an empty slot
		expect(t, w.seen(id(i), start), false)
	}
	for minute := range 31 {
		expect(t, w.seen(id(3), start.Add(time.Duration(minute)*time.Minute)), true)
		expect(t, w.seen(id(0), start.Add(time.Duration(minute)*time.Minute)), true)
		w.seen(id(uint64(100+minute)), start.Add(time.Duration(minute)*time.Minute))
	}
	expect(t, w.seen(id(3), start.Add(46*time.Minute)), false)
}

func TestTheWindowIsBounded(t *testing.T) {
	t.Parallel()
	w := newWindow(time.Hour, 3000)
	now := time.Unix(1000, 0)
	source := rand.New(rand.NewPCG(1, 2))
	var last []identityHash
	for range 20_000 {
		id := identityHash{Hi: source.Uint64(), Lo: source.Uint64()}
		expect(t, w.seen(id, now), false)
		last = append(last, id)
	}
	if n := w.len(); n > 3000 || n < 2000 {
		t.Errorf("%d are remembered", n)
	}
	for _, id := range last[len(last)-2000:] {
		if !w.seen(id, now) {
			t.Fatal("one of the last two thirds is forgotten")
		}
	}
}

func TestIdentitiesDiffer(t *testing.T) {
	t.Parallel()
	all := map[identityHash]bool{
		hashRecord("p", "t", "s", record.KindSpan):        true,
		hashRecord("p", "t", "s", record.KindPendingSpan): true,
		hashRecord("p", "t", "sx", record.KindSpan):       true,
		hashRecord("p", "ts", "", record.KindSpan):        true,
		hashRecord("pt", "", "s", record.KindSpan):        true,
		hashMetrics("p", record.Digest{1}):                true,
		hashMetrics("q", record.Digest{1}):                true,
		hashMetrics("p", record.Digest{}):                 true,
	}
	expect(t, len(all), 8)
}

func BenchmarkWindow(b *testing.B) {
	w := newWindow(time.Hour, 4<<20)
	source := rand.New(rand.NewPCG(1, 2))
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		w.seen(identityHash{Hi: source.Uint64(), Lo: source.Uint64()}, now)
	}
}
