package otlp

import (
	"strings"
	"unicode/utf8"

	"github.com/hearth-dev/hearth/internal/record"
)

// Sizes of an arena's chunks in bytes.
const (
	minChunk = 1 << 10
	maxChunk = 256 << 10
)

// arena is the memory of one batch: a few large chunks instead of one allocation per text. What it returned is never
// written again, so texts may share the chunk. A chunk lives as long as anything in it is used, which is right for a
// batch, whose records come and go together.
type arena struct {
	chunk []byte
	bytes int // of all chunks
	hot   []record.HotValue
}

// reset prepares for a batch whose content takes about want bytes.
func (a *arena) reset(want int) {
	*a = arena{}
	a.grow(min(max(want, minChunk), maxChunk))
}

func (a *arena) grow(size int) {
	a.chunk = make([]byte, 0, size)
	a.bytes += size
}

// reserve returns n bytes to write to.
func (a *arena) reserve(n int) []byte {
	if n > cap(a.chunk)-len(a.chunk) {
		if n > maxChunk/4 { // of its own, so that the rest of the chunk is not wasted
			a.bytes += n
			return make([]byte, n)
		}
		a.grow(min(max(2*cap(a.chunk), n), maxChunk))
	}
	end := len(a.chunk) + n
	a.chunk = a.chunk[:end]
	return a.chunk[end-n : end : end]
}

// clone returns a copy of b in the arena, nil for nothing.
func (a *arena) clone(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	kept := a.reserve(len(b))
	copy(kept, b)
	return kept
}

// text returns a copy of s in the arena, its UTF-8 repaired.
func (a *arena) text(s string) string {
	if s == "" {
		return ""
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	kept := a.reserve(len(s))
	copy(kept, s)
	return view(kept)
}

// capped is text for a column that holds at most limit bytes.
func (a *arena) capped(s string, limit int) string {
	if len(s) > limit {
		s = cut(strings.ToValidUTF8(s[:min(len(s), 2*limit)], "\uFFFD"), limit)
	}
	return a.text(s)
}

const hexDigits = "0123456789abcdef"

// hex returns id in lower-case hex digits.
func (a *arena) hex(id []byte) string {
	kept := a.reserve(2 * len(id))
	for i, b := range id {
		kept[2*i], kept[2*i+1] = hexDigits[b>>4], hexDigits[b&15]
	}
	return view(kept)
}

// hotValues returns a copy of values in the arena, nil for none.
func (a *arena) hotValues(values []record.HotValue) []record.HotValue {
	if len(values) == 0 {
		return nil
	}
	if len(values) > cap(a.hot)-len(a.hot) {
		a.hot = make([]record.HotValue, 0, max(len(values), min(2*cap(a.hot)+8, 512)))
		a.bytes += cap(a.hot) * hotValueSize
	}
	start := len(a.hot)
	a.hot = append(a.hot, values...)
	return a.hot[start:len(a.hot):len(a.hot)]
}
