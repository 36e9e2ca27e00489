package limit

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2026, 5, 27, 12, 0, 0, 0, time.UTC)

func TestABucketEmptiesAndFills(t *testing.T) {
	t.Parallel()
	b := New[string](10, 100, 1000)
	now := noon
	check := func(key string, n int, want time.Duration) {
		t.Helper()
		if got := b.Admit(key, n, now); got != want {
			t.Errorf("%s takes %d: wait %v, want %v", key, n, got, want)
		}
	}
	for range 100 {
		check("a", 1, 0)
	}
	check("a", 1, 100*time.Millisecond)
	check("a", 1, 100*time.Millisecond) // what is refused takes nothing
	check("b", 1, 0)                    // another key has a bucket of its own
	now = now.Add(100 * time.Millisecond)
	check("a", 1, 0)
	check("a", 1, 100*time.Millisecond)
	now = now.Add(time.Hour)
	for range 100 {
		check("a", 1, 0)
	}
	check("a", 1, 100*time.Millisecond) // it holds no more than its burst
}

func TestWhatIsTakenTooMuchIsOwed(t *testing.T) {
	t.Parallel()
	b := New[string](10, 100, 1000)
	if wait := b.Admit("a", 250, noon); wait != 0 {
		t.Fatal(wait)
	}
	if wait := b.Admit("a", 1, noon); wait != 15100*time.Millisecond {
		t.Errorf("150 are owed and one is wanted, at 10 a second: wait %v", wait)
	}
	b.Take("a", 50, noon)
	if now := noon.Add(20 * time.Second); b.Admit("a", 1, now) != 100*time.Millisecond || !b.Empty("a", now) {
		t.Error("200 were owed")
	}
	if now := noon.Add(21 * time.Second); b.Empty("a", now) || b.Admit("a", 1, now) != 0 {
		t.Error("the bucket does not fill")
	}
}

func TestNoRateLimitsNothing(t *testing.T) {
	t.Parallel()
	b := New[string](0, 0, 0)
	b.Take("a", 1<<30, noon)
	if wait := b.Admit("a", 1<<30, noon); wait != 0 || b.Empty("a", noon) {
		t.Error(wait)
	}
}

// Nobody fills the memory with keys, and whoever goes on is not forgotten for that.
func TestKeysAreForgotten(t *testing.T) {
	t.Parallel()
	const room = 100
	b := New[string](1, 10, room)
	b.Take("busy", 1000, noon)
	for i := range 10 * room {
		b.Take(fmt.Sprint("stranger ", i), 1000, noon)
		if !b.Empty("busy", noon) {
			t.Fatalf("after %d strangers who is busy has a full bucket", i)
		}
		if kept := len(b.young) + len(b.old); kept > 2*room {
			t.Fatalf("%d keys are kept", kept)
		}
	}
	if b.Empty("stranger 0", noon) {
		t.Error("who came first and never again is remembered")
	}
}

func TestManyTakeAtOnce(t *testing.T) {
	t.Parallel()
	b := New[int](1, 1000, 4)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 1000 {
				b.Take(i, 1, noon)
				b.Admit(j, 1, noon)
			}
		})
	}
	all.Wait()
}

func BenchmarkAdmit(b *testing.B) {
	buckets := New[string](1e12, 1<<40, 10_000)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			buckets.Admit("01980c7e-5d6e-7cc0-a3a4-2f4b6c8d9e0f", 1000, noon)
		}
	})
}
