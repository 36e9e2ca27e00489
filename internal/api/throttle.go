package api

import "time"

// throttle slows guessing down: after most failures with one key within window, every attempt with that key waits until
// the window is over. Whoever has it guards it with a mutex.
type throttle[K comparable] struct {
	most   int
	window time.Duration
	// room bounds the memory. When so many keys failed within a window, all others wait too.
	room   int
	counts map[K]*failureCount
}

type failureCount struct {
	n     int
	until time.Time // end of the window
}

// wait returns how long a key has to wait, and forgets windows that are over when there are too many.
func (t *throttle[K]) wait(key K, now time.Time) time.Duration {
	if count := t.counts[key]; count != nil {
		if left := count.until.Sub(now); left <= 0 {
			delete(t.counts, key)
		} else if count.n >= t.most {
			return left
		}
		return 0
	}
	if len(t.counts) < t.room {
		return 0
	}
	for other, count := range t.counts {
		if !now.Before(count.until) {
			delete(t.counts, other)
		}
	}
	if len(t.counts) < t.room {
		return 0
	}
	return t.window
}

// count counts a failure, or an attempt that may become one.
func (t *throttle[K]) count(key K, now time.Time) {
	count := t.counts[key]
	if count == nil {
		count = &failureCount{until: now.Add(t.window)}
		t.counts[key] = count
	}
	count.n++
}

// forget takes all failures with a key back.
func (t *throttle[K]) forget(key K) { delete(t.counts, key) }
