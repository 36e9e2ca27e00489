package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sink takes batches and remembers when they came.
type sink struct {
	mu      sync.Mutex
	start   time.Time
	batches [][]int
	at      []time.Duration
	answer  func(ctx context.Context, batch []int) error
}

func (s *sink) send(ctx context.Context, batch []int) error {
	s.mu.Lock()
	s.batches = append(s.batches, slices.Clone(batch))
	s.at = append(s.at, time.Since(s.start))
	s.mu.Unlock()
	if s.answer != nil {
		return s.answer(ctx, batch)
	}
	return nil
}

func newBatcher(s *sink, size func(int) int) (*Batcher[int], *Count) {
	s.start = time.Now()
	count := &Count{}
	if size == nil {
		size = func(int) int { return 1 }
	}
	return NewBatcher(Options[int]{Noun: "numbers", Send: s.send, Size: size, Count: count, Reporter: &Reporter{}}), count
}

func TestTheFirstItemsGoSoonAndLaterOnesGather(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{}
		b, count := newBatcher(s, nil)
		for i := range 3 {
			b.Add(i)
		}
		time.Sleep(time.Second)
		for i := range 10 {
			b.Add(3 + i)
		}
		time.Sleep(time.Second)
		if err := b.Shutdown(t.Context()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if got, want := fmt.Sprint(s.at), fmt.Sprint([]time.Duration{firstDelay, time.Second + laterDelay}); got != want {
			t.Errorf("batches came at %s, want %s", got, want)
		}
		if count.Sent.Load() != 13 || count.Queued.Load() != 0 || count.Dropped.Load() != 0 {
			t.Errorf("sent %d, queued %d, dropped %d", count.Sent.Load(), count.Queued.Load(), count.Dropped.Load())
		}
	})
}

func TestAFullBatchGoesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{}
		b, _ := newBatcher(s, nil)
		for i := range batchItems + 1 {
			b.Add(i)
		}
		synctest.Wait()
		if len(s.batches) != 1 || len(s.batches[0]) != batchItems || s.at[0] != 0 {
			t.Errorf("%d batches at %v, want one full one at once", len(s.batches), s.at)
		}
		if err := b.Flush(t.Context()); err != nil {
			t.Errorf("flush: %v", err)
		}
		if len(s.batches) != 2 || s.at[1] != 0 {
			t.Errorf("%d batches at %v, want the rest at the flush", len(s.batches), s.at)
		}
		_ = b.Shutdown(t.Context())
	})
}

func TestBatchesAreBoundedInBytes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{}
		b, _ := newBatcher(s, func(size int) int { return size })
		for _, size := range []int{batchBytes / 2, batchBytes/2 + 1, 3 * batchBytes, 1} {
			b.Add(size)
		}
		_ = b.Shutdown(t.Context())
		want := [][]int{{batchBytes / 2}, {batchBytes/2 + 1}, {3 * batchBytes}, {1}}
		if fmt.Sprint(s.batches) != fmt.Sprint(want) {
			t.Errorf("batches of %v bytes, want %v", s.batches, want)
		}
	})
}

func TestWhatFindsNoRoomIsDroppedAndCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := &sink{answer: func(context.Context, []int) error { <-release; return nil }}
		b, count := newBatcher(s, nil)
		b.Add(0)
		time.Sleep(time.Second) // it is being sent now and stays so
		for i := range waitingItems + 5 {
			b.Add(i)
		}
		if count.Dropped.Load() != 5 || count.Queued.Load() != waitingItems+1 {
			t.Errorf("dropped %d, queued %d; want 5 and %d", count.Dropped.Load(), count.Queued.Load(), waitingItems+1)
		}
		close(release)
		if err := b.Shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), "5 numbers were dropped") {
			t.Errorf("shutdown: %v, want that 5 were dropped", err)
		}
		if count.Sent.Load() != waitingItems+1 {
			t.Errorf("sent %d, want %d", count.Sent.Load(), waitingItems+1)
		}
		b.Add(1)
		if count.Dropped.Load() != 6 {
			t.Errorf("dropped %d after one came late, want 6", count.Dropped.Load())
		}
	})
}

func TestDispensableItemsLeaveRoomForOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := &sink{answer: func(context.Context, []int) error { <-release; return nil }}
		count := &Count{}
		b := NewBatcher(Options[int]{
			Noun: "numbers", Send: s.send, Size: func(int) int { return 1 }, Dispensable: func(n int) bool { return n < 0 },
			Count: count, Reporter: &Reporter{},
		})
		b.Add(0)
		time.Sleep(time.Second) // it is being sent now and stays so
		for range waitingItems {
			b.Add(-1)
		}
		for range waitingItems / 2 {
			b.Add(1)
		}
		if count.Dropped.Load() != 0 || count.Queued.Load() != waitingItems+1 {
			t.Errorf("dropped %d, queued %d; want none and %d", count.Dropped.Load(), count.Queued.Load(), waitingItems+1)
		}
		b.Add(-1)
		b.Add(1)
		if count.Dropped.Load() != 1 {
			t.Errorf("dropped %d in the full queue, want the one that counts", count.Dropped.Load())
		}
		close(release)
		_ = b.Shutdown(t.Context())
	})
}

func TestTheQueueIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := &sink{answer: func(context.Context, []int) error { <-release; return nil }}
		b, count := newBatcher(s, func(size int) int { return size })
		b.Add(1)
		time.Sleep(time.Second)
		b.Add(2 * waitingBytes) // alone it fits, however large
		b.Add(1)
		if count.Dropped.Load() != 1 {
			t.Errorf("dropped %d, want 1", count.Dropped.Load())
		}
		close(release)
		_ = b.Shutdown(t.Context())
	})
}

func TestShutdownGivesUpWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{answer: func(ctx context.Context, _ []int) error { <-ctx.Done(); return ctx.Err() }}
		b, count := newBatcher(s, nil)
		for i := range 3 * batchItems {
			b.Add(i)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { _ = b.Shutdown(ctx) })
		}
		both.Wait()
		if took := time.Since(s.start); took != 3*time.Second {
			t.Errorf("took %v, want 3s", took)
		}
		if count.Dropped.Load() != 3*batchItems || count.Queued.Load() != 0 {
			t.Errorf("dropped %d, queued %d", count.Dropped.Load(), count.Queued.Load())
		}
	})
}

func TestFlushEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := &sink{answer: func(context.Context, []int) error { <-release; return nil }}
		b, _ := newBatcher(s, nil)
		b.Add(1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "1 numbers") {
			t.Errorf("flush: %v, want that 1 is not sent", err)
		}
		close(release)
		_ = b.Shutdown(t.Context())
		if err := b.Flush(t.Context()); err != nil {
			t.Errorf("flush after shutdown: %v", err)
		}
	})
}

func TestARefusedOrPanickingSendLosesItsBatchOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{answer: func(_ context.Context, batch []int) error {
			switch batch[0] {
			case 1:
				return errors.New("401 Unauthorized")
			case 2:
				panic("no")
			}
			return nil
		}}
		b, count := newBatcher(s, nil)
		for i := range 4 {
			b.Add(i)
			err := b.Flush(t.Context())
			if refused := i == 1 || i == 2; (err != nil) != refused {
				t.Errorf("flush of %d: %v", i, err)
			}
		}
		if count.Sent.Load() != 2 || count.Dropped.Load() != 2 {
			t.Errorf("sent %d, dropped %d; want 2 and 2", count.Sent.Load(), count.Dropped.Load())
		}
		_ = b.Shutdown(t.Context())
	})
}

func TestReporterTellsOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var r Reporter
		var told []bool
		for _, kind := range []string{"full", "full", "refused"} {
			told = append(told, r.due(kind))
		}
		time.Sleep(quiet)
		told = append(told, r.due("full"))
		if want := []bool{true, false, true, true}; !slices.Equal(told, want) {
			t.Errorf("told %v, want %v", told, want)
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	batcher := NewBatcher(Options[int]{
		Noun: "numbers", Send: func(context.Context, []int) error { return nil }, Size: func(int) int { return 100 },
		Count: &Count{}, Reporter: &Reporter{},
	})
	b.ReportAllocs()
	for b.Loop() {
		batcher.Add(1)
	}
	_ = batcher.Shutdown(context.Background())
}
