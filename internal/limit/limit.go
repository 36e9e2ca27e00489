// Package limit holds callers to rates: each key, such as a token or an address, has a bucket that fills at the same rate.
package limit

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Buckets are the buckets of all keys. A key that is new has a full one. Memory is bounded: of the keys that were not seen for
// longest some are forgotten, which gives them a full bucket again. A nil *Buckets limits nothing. Safe for concurrent use.
type Buckets[K comparable] struct {
	perSecond rate.Limit
	burst     int
	room      int

	mu sync.Mutex // guards the maps
	// young holds the keys that were seen since it was empty. When there are room of them, they become the old ones, and those that
	// were old and not seen since are forgotten.
	young, old map[K]*rate.Limiter
}

// New returns buckets that hold burst and fill at perSecond. Between room and twice as many keys are remembered. It is nil, which
// limits nothing, when perSecond is 0. burst and room must be positive otherwise.
func New[K comparable](perSecond float64, burst, room int) *Buckets[K] {
	if perSecond == 0 {
		return nil
	}
	return &Buckets[K]{perSecond: rate.Limit(perSecond), burst: burst, room: room, young: map[K]*rate.Limiter{}}
}

// Admit takes n from a key's bucket and returns 0, unless the bucket is empty: then it takes nothing and returns how long it takes
// until there is something in it. What is taken may be more than there is: the rest is owed, and the bucket fills from below zero.
func (b *Buckets[K]) Admit(key K, n int, now time.Time) time.Duration {
	if b == nil {
		return 0
	}
	bucket := b.bucket(key)
	if there := bucket.TokensAt(now); there < 1 {
		return time.Duration(math.Ceil((1 - there) / float64(b.perSecond) * float64(time.Second)))
	}
	take(bucket, n, now)
	return 0
}

// Take takes n from a key's bucket, whatever there is in it: what was used and could not be known before.
func (b *Buckets[K]) Take(key K, n int, now time.Time) {
	if b != nil {
		take(b.bucket(key), n, now)
	}
}

// Empty tells whether Admit would refuse the key.
func (b *Buckets[K]) Empty(key K, now time.Time) bool {
	return b != nil && b.bucket(key).TokensAt(now) < 1
}

// take takes n in portions: a limiter gives no more at once than it can hold.
func take(bucket *rate.Limiter, n int, now time.Time) {
	for n > 0 {
		portion := min(n, bucket.Burst())
		bucket.ReserveN(now, portion)
		n -= portion
	}
}

// bucket returns a key's bucket.
func (b *Buckets[K]) bucket(key K) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	if bucket := b.young[key]; bucket != nil {
		return bucket
	}
	bucket := b.old[key]
	if bucket == nil {
		bucket = rate.NewLimiter(b.perSecond, b.burst)
	}
	if len(b.young) >= b.room {
		b.old, b.young = b.young, make(map[K]*rate.Limiter, b.room)
	}
	b.young[key] = bucket
	return bucket
}
