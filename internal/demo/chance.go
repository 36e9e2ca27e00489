package demo

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// chance makes every choice of a demo. The same seed makes the same ones.
type chance struct{ *rand.Rand }

func newChance(seed, stream uint64) chance { return chance{rand.New(rand.NewPCG(seed, stream))} }

// around returns a duration with a long tail, half of the time below the median.
func (c chance) around(median time.Duration) time.Duration {
	return time.Duration(float64(median) * math.Exp(0.35*c.NormFloat64()))
}

// once tells yes in one of n cases.
func (c chance) once(n int) bool { return c.IntN(n) == 0 }

func (c chance) traceID() (id [16]byte) {
	binary.BigEndian.PutUint64(id[:], c.Uint64())
	binary.BigEndian.PutUint64(id[8:], c.Uint64()|1)
	return id
}

func (c chance) spanID() (id [8]byte) {
	binary.BigEndian.PutUint64(id[:], c.Uint64()|1) // never zero
	return id
}

// word returns n characters of what an opaque id is made of.
func (c chance) word(n int) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[c.IntN(len(letters))]
	}
	return string(b)
}

func (c chance) uuid(version byte) string {
	id := c.traceID()
	id[6] = id[6]&0x0f | version<<4
	id[8] = id[8]&0x3f | 0x80
	s := hex.EncodeToString(id[:])
	return fmt.Sprintf("%s-%s-%s-%s-%s", s[:8], s[8:12], s[12:16], s[16:20], s[20:])
}

func pick[T any](c chance, list []T) T { return list[c.IntN(len(list))] }
