package meta

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
)

// maxCachedTokens bounds the cache; with more tokens in use than that, some look-ups read the file.
const maxCachedTokens = 10_000

// tokenCache holds the tokens that were looked up. Texts that open nothing are not cached, so that nobody can fill it
// with guesses. Where other servers share the database it answers nothing, so that what they revoke is refused here at once.
// Reading it takes no lock: every request that is sent does.
type tokenCache struct {
	shared bool

	entries sync.Map // of tokenHash to *cachedToken
	// generation counts the drops: what was read from the file before a drop must not be cached after it.
	generation atomic.Uint64

	mu    sync.Mutex // held while entries or the generation change; guards the field below
	count int        // of the entries
}

type cachedToken struct {
	storedToken
	usedMicros *atomic.Int64 // when its use was last noted
}

// get returns the entry or nil, and the generation to hand to put.
func (c *tokenCache) get(hash tokenHash) (*cachedToken, uint64) {
	generation := c.generation.Load() // first: a drop after it is noticed by put
	if c.shared {
		return nil, generation
	}
	return c.find(hash), generation
}

func (c *tokenCache) find(hash tokenHash) *cachedToken {
	found, _ := c.entries.Load(hash)
	entry, _ := found.(*cachedToken)
	return entry
}

// has tells whether the token was looked up, here or where other servers share the database.
func (c *tokenCache) has(hash tokenHash) bool { return c.find(hash) != nil }

// put caches a token that was read in a generation, unless something was dropped since, and returns its entry.
func (c *tokenCache) put(t storedToken, generation uint64) *cachedToken {
	entry := &cachedToken{storedToken: t, usedMicros: new(atomic.Int64)}
	if !t.LastUse.At.IsZero() {
		entry.usedMicros.Store(t.LastUse.At.UnixMicro())
	}
	if other := c.find(t.hash); other != nil && c.shared {
		entry.usedMicros = other.usedMicros // sharing it keeps one note of use a minute
		return entry
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.find(t.hash); other != nil && !c.shared { // another look-up was faster
		return other
	}
	if c.generation.Load() != generation {
		return entry
	}
	if c.count >= maxCachedTokens {
		c.entries.Range(func(victim, _ any) bool { // any one: their order is that of hashes
			c.remove(victim)
			return false
		})
	}
	if _, replaced := c.entries.Swap(t.hash, entry); !replaced {
		c.count++
	}
	return entry
}

func (c *tokenCache) drop(hash tokenHash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation.Add(1)
	c.remove(hash)
}

// remove is for who holds mu.
func (c *tokenCache) remove(hash any) {
	if _, was := c.entries.LoadAndDelete(hash); was {
		c.count--
	}
}

// noteEvery is how often a token's last use is written.
const noteEvery = time.Minute

// use tells whether this use is to be noted: the first one in a minute is.
func (t *cachedToken) use(now time.Time) bool {
	last := t.usedMicros.Load()
	return now.UnixMicro()-last >= noteEvery.Microseconds() && t.usedMicros.CompareAndSwap(last, now.UnixMicro())
}

// usesWriter writes when tokens were last used, away from the requests that use them. It holds at most one use per
// token, so it is bounded by the tokens that exist.
type usesWriter struct {
	db   *DB
	wake chan struct{} // holds one: more would say nothing new
	done chan struct{}
	wg   sync.WaitGroup

	mu      sync.Mutex // guards pending
	pending map[string]Use
}

func (w *usesWriter) start(db *DB) {
	w.db = db
	w.wake = make(chan struct{}, 1)
	w.done = make(chan struct{})
	w.pending = map[string]Use{}
	w.wg.Go(w.run)
}

// stop writes what is pending and waits.
func (w *usesWriter) stop() {
	close(w.done)
	w.wg.Wait()
}

func (w *usesWriter) note(tokenID string, use Use) {
	use.Address, use.Agent = shortened(printable(use.Address)), shortened(printable(use.Agent))
	w.mu.Lock()
	w.pending[tokenID] = use
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// printable takes out what no person can read, and what PostgreSQL would not keep.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
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

// flush writes the pending uses. What cannot be written is lost: the next use in a minute's time notes it again.
func (w *usesWriter) flush() {
	w.mu.Lock()
	pending := w.pending
	w.pending = map[string]Use{}
	w.mu.Unlock()
	if len(pending) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := w.db.inTx(ctx, func(tx *sql.Tx) error {
		for id, use := range pending {
			_, err := tx.ExecContext(ctx, `UPDATE tokens SET last_used_at = $1, used_address = $2, used_client = $3 WHERE id = $4`,
				micros(use.At), use.Address, use.Agent, id)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.db.log.Warn("last use of tokens not written", "tokens", len(pending), "error", err)
	}
}
