package meta

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"time"
)

// maxCachedTokens bounds the cache; with more tokens in use than that, some look-ups read the file.
const maxCachedTokens = 10_000

// tokenCache holds the tokens that were looked up. Texts that open nothing are not cached, so that nobody can fill it
// with guesses. Where other servers share the database it answers nothing, so that what they revoke is refused here at once.
type tokenCache struct {
	shared bool

	mu      sync.RWMutex // guards the fields below
	entries map[tokenHash]*cachedToken
	// generation counts the drops: what was read from the file before a drop must not be cached after it.
	generation uint64
}

type cachedToken struct {
	storedToken
	usedMicros *atomic.Int64 // when its use was last noted
}

func (c *tokenCache) init(shared bool) {
	c.shared, c.entries = shared, map[tokenHash]*cachedToken{}
}

// get returns the entry or nil, and the generation to hand to put.
func (c *tokenCache) get(hash tokenHash) (*cachedToken, uint64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.shared {
		return nil, c.generation
	}
	return c.entries[hash], c.generation
}

// put caches a token that was read in a generation, unless something was dropped since, and returns its entry.
func (c *tokenCache) put(t storedToken, generation uint64) *cachedToken {
	entry := &cachedToken{storedToken: t, usedMicros: new(atomic.Int64)}
	if !t.LastUsedAt.IsZero() {
		entry.usedMicros.Store(t.LastUsedAt.UnixMicro())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.entries[t.hash]; other != nil { // another look-up was faster
		if !c.shared {
			return other
		}
		entry.usedMicros = other.usedMicros // sharing it keeps one note of use a minute
	}
	if c.generation != generation {
		return entry
	}
	if len(c.entries) >= maxCachedTokens {
		for victim := range c.entries { // any one: map order is random enough
			delete(c.entries, victim)
			break
		}
	}
	c.entries[t.hash] = entry
	return entry
}

func (c *tokenCache) drop(hash tokenHash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, hash)
	c.generation++
}

// noteEvery is how often a token's last use is written.
const noteEvery = time.Minute

// use tells whether this use is to be noted: the first one in a minute is.
func (t *cachedToken) use(now time.Time) bool {
	last := t.usedMicros.Load()
	return now.UnixMicro()-last >= noteEvery.Microseconds() && t.usedMicros.CompareAndSwap(last, now.UnixMicro())
}

// usesWriter writes when tokens were last used, away from the requests that use them. It holds at most one time per
// token, so it is bounded by the tokens that exist.
type usesWriter struct {
	db   *DB
	wake chan struct{} // holds one: more would say nothing new
	done chan struct{}
	wg   sync.WaitGroup

	mu      sync.Mutex // guards pending
	pending map[string]time.Time
}

func (w *usesWriter) start(db *DB) {
	w.db = db
	w.wake = make(chan struct{}, 1)
	w.done = make(chan struct{})
	w.pending = map[string]time.Time{}
	w.wg.Go(w.run)
}

// stop writes what is pending and waits.
func (w *usesWriter) stop() {
	close(w.done)
	w.wg.Wait()
}

func (w *usesWriter) note(tokenID string, at time.Time) {
	w.mu.Lock()
	w.pending[tokenID] = at
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *usesWriter) run() {
	for {
		select {
		case <-w.wake:
			w.flush()
		case <-w.done:
			w.flush()
			return
		}
	}
}

// flush writes the pending times. What cannot be written is lost: the next use in a minute's time notes it again.
func (w *usesWriter) flush() {
	w.mu.Lock()
	pending := w.pending
	w.pending = map[string]time.Time{}
	w.mu.Unlock()
	if len(pending) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := w.db.inTx(ctx, func(tx *sql.Tx) error {
		for id, at := range pending {
			if _, err := tx.ExecContext(ctx, `UPDATE tokens SET last_used_at = $1 WHERE id = $2`, micros(at), id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.db.log.Warn("last use of tokens not written", "tokens", len(pending), "error", err)
	}
}
