package otlp

import "unicode/utf8"

// Limits on what one record holds; see records.md §15 for where they come from.
const (
	maxName      = 512      // bytes of names, of the message and of what the service calls itself
	maxException = 32_000   // bytes of exception columns and of the status message
	maxRecord    = 10 << 20 // bytes of a record's attributes, events and links; the body of a log has as much again

	// What a value is cut to when a record exceeds maxRecord.
	keptText       = 32_000
	keptElements   = 64
	keptProperties = 1024
)

// Limits on how many parts a request has. Parts may be as short as two bytes on the wire and take hundreds in memory, so
// the limit on bytes alone would not bound memory. SDKs send some hundred records at once, collectors some thousand.
const (
	maxParts      = 200_000 // records, data points, events, links and exemplars of a request
	maxAttributes = 1 << 16 // attributes of one record
	maxBuckets    = 1 << 16 // buckets of one histogram; SDKs use at most 160
	maxSchemas    = 8 << 20 // bytes of all JSON schemas of a request; attributes of further ones stay text
)

// tooMany is the error of a request that has too many parts. It counts as too large.
type tooMany string

func (e tooMany) Error() string        { return string(e) }
func (e tooMany) Is(target error) bool { return target == errTooLarge }

var (
	errTooManyParts      error = tooMany("request has more than 200000 records, data points, events and links")
	errTooManyAttributes error = tooMany("record has more than 65536 attributes")
	errTooManyBuckets    error = tooMany("histogram has more than 65536 buckets")
)

// part counts a part of the request.
func (d *decoding) part() error {
	if d.parts++; d.parts > maxParts {
		return errTooManyParts
	}
	return nil
}

// collect appends the next part of the request to parts.
func (d *decoding) collect(parts [][]byte, f *fields) [][]byte {
	part := f.bytes()
	if f.err == nil {
		f.err = d.part()
	}
	return append(parts, part)
}

// attribute appends an attribute's message to those of the same list.
func (f *fields) attribute(list [][]byte) [][]byte {
	if len(list) == maxAttributes {
		f.err = errTooManyAttributes
		return list
	}
	return append(list, f.bytes())
}

// cut returns the longest prefix of s that has at most limit bytes and ends between characters.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// cutMiddle returns s with its middle replaced by "..." so that at most limit bytes stay.
func cutMiddle(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	half := (limit - len("...")) / 2
	tail := len(s) - half
	for tail < len(s) && !utf8.RuneStart(s[tail]) {
		tail++
	}
	return cut(s, half) + "..." + s[tail:]
}

// cutter shortens values while they are written, because their record is too large otherwise, and counts what it cut.
// A nil cutter leaves everything whole.
type cutter struct{ cuts int }

// text returns s, shortened to what is kept of a text.
func (c *cutter) text(s string) string {
	if c == nil || len(s) <= keptText {
		return s
	}
	c.cuts++
	return cutMiddle(s, keptText)
}

// beyond tells whether the n-th element of a list, counted from 1, is to be left out.
func (c *cutter) beyond(n, kept int) bool {
	if c == nil || n <= kept {
		return false
	}
	c.cuts++
	return true
}
