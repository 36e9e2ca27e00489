package ingest

import (
	"math/bits"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/hearth-dev/hearth/internal/record"
)

// identityHash stands for one record, or one metrics request, of one project. With 128 bits the odds that any two of
// the 4 Mi that are remembered by default are equal by chance are below 1 in 10^25, so that equal means the same.
type identityHash = xxh3.Uint128

// Bytes that say what kind of thing an identity names; records use their Kind.
const metricsIdentity = 0xff

func hashRecord(project, traceID, spanID string, kind record.Kind) identityHash {
	var buffer [128]byte // on the stack; usual ids take 86
	b := append(buffer[:0], project...)
	b = append(append(b, 0), traceID...)
	b = append(append(b, 0), spanID...)
	return xxh3.Hash128(append(b, 0, byte(kind)))
}

func hashMetrics(project string, digest record.Digest) identityHash {
	var buffer [128]byte
	b := append(buffer[:0], project...)
	b = append(append(b, 0), digest[:]...)
	return xxh3.Hash128(append(b, 0, metricsIdentity))
}

// window remembers identities for at least a given time. It consists of generations: the newest takes what comes, and
// when it has covered half the time or is full, the oldest of three is forgotten. So an identity is remembered for 1
// to 1.5 times the window, or for a shorter time when more than two thirds of the bound arrive within the window.
// It is used by one goroutine at a time.
type window struct {
	half       time.Duration
	most       int           // identities in one generation
	generation [3]generation // newest first
	started    time.Time     // of the newest
}

func newWindow(covers time.Duration, identities int) *window {
	return &window{half: covers / 2, most: max(identities/3, 1)}
}

// seen reports whether the identity is remembered, and remembers it if not.
func (w *window) seen(id identityHash, now time.Time) bool {
	if id == (identityHash{}) {
		id.Lo = 1 // zero marks an empty slot
	}
	if w.generation[0].count >= w.most || now.Sub(w.started) >= w.half {
		w.generation[2], w.generation[1] = w.generation[1], w.generation[0]
		w.generation[0] = generation{}
		w.started = now
	}
	return w.generation[1].has(id) || w.generation[2].has(id) || !w.generation[0].add(id)
}

// len returns how many identities are remembered.
func (w *window) len() (n int) {
	for i := range w.generation {
		n += w.generation[i].count
	}
	return n
}

// generation is a set of identities. It is split into shards by the hash so that growing never copies more than a
// 256th of it at once: Add waits for this.
type generation struct {
	count  int
	shards [256]shard
}

func (g *generation) has(id identityHash) bool {
	return g.shards[id.Hi>>56].has(id)
}

// add reports false if the set holds the identity already.
func (g *generation) add(id identityHash) bool {
	if !g.shards[id.Hi>>56].add(id) {
		return false
	}
	g.count++
	return true
}

// shard is a hash table with open addressing. At most 4 of 5 slots are taken and it grows by half, which makes 20 to
// 30 bytes for an identity.
type shard struct {
	slots []identityHash
	count int
}

// slot returns the index at which the identity is, or would be.
func (s *shard) slot(id identityHash) int {
	high, _ := bits.Mul64(id.Lo, uint64(len(s.slots)))
	i := int(high)
	for s.slots[i] != id && s.slots[i] != (identityHash{}) {
		if i++; i == len(s.slots) {
			i = 0
		}
	}
	return i
}

func (s *shard) has(id identityHash) bool {
	return s.count > 0 && s.slots[s.slot(id)] == id
}

func (s *shard) add(id identityHash) bool {
	if s.has(id) {
		return false
	}
	if (s.count+1)*5 > len(s.slots)*4 {
		s.grow()
	}
	s.slots[s.slot(id)] = id
	s.count++
	return true
}

func (s *shard) grow() {
	old := s.slots
	s.slots = make([]identityHash, max(16, len(old)*3/2))
	for _, id := range old {
		if id != (identityHash{}) {
			s.slots[s.slot(id)] = id
		}
	}
}
