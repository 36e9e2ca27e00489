package otlp

import (
	"encoding/base64"
	"errors"
	"math"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// appendString appends s as a JSON string. Bytes that are no UTF-8 become U+FFFD. Nothing else is escaped than JSON
// demands, so that a search in the text of attributes finds what people see.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for {
		plain := plainPrefix(s)
		dst = append(dst, s[:plain]...)
		if plain == len(s) {
			return append(dst, '"')
		}
		s = s[plain:]
		if c := s[0]; c < utf8.RuneSelf {
			dst, s = appendEscaped(dst, c), s[1:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, "\uFFFD"...)
		} else {
			dst = append(dst, s[:size]...)
		}
		s = s[size:]
	}
}

// plainPrefix returns how many bytes at the front of s are ASCII and stand for themselves in a JSON string. It looks
// at eight bytes at a time: attributes are mostly ASCII, and this is the innermost loop of ingest.
func plainPrefix(s string) int {
	const (
		ones = 0x0101010101010101
		tops = 0x8080808080808080
	)
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := load64(s[i : i+8])
		quote, backslash := w^('"'*ones), w^('\\'*ones)
		special := w | (w - 0x20*ones) | (quote - ones) | (backslash - ones)
		if special &= tops; special != 0 {
			// A borrow can mark a byte too many but only after a true one, so the first mark is exact.
			return i + bits.TrailingZeros64(special)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return i
		}
	}
	return i
}

// load64 is written so that the compiler makes one load of it.
func load64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendDouble appends f so that it reads back as the same double: whole numbers keep a ".0", as in Python and
// serde. JSON has no NaN and no infinities: they are texts.
func appendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'g', -1, 64)
	for _, c := range dst[start:] {
		if c == '.' || c == 'e' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// appendValue appends an attribute value as JSON. Bytes become base64 text. The lists inside v are decoded here, so
// this is where damage in them is found.
func appendValue(dst []byte, v value, cuts *cutter) ([]byte, error) {
	return appendNested(dst, v, cuts, 0)
}

func appendNested(dst []byte, v value, cuts *cutter, depth int) ([]byte, error) {
	if depth > maxDepth {
		return dst, errDepth
	}
	switch v.kind {
	case textValue:
		return appendString(dst, cuts.text(v.text())), nil
	case boolValue:
		return strconv.AppendBool(dst, v.n != 0), nil
	case intValue:
		return strconv.AppendInt(dst, int64(v.n), 10), nil
	case doubleValue:
		return appendDouble(dst, v.double()), nil
	case bytesValue:
		return appendBytes(dst, v.b, cuts), nil
	case arrayValue:
		return appendArray(dst, v.b, cuts, depth)
	case objectValue:
		return appendObject(dst, v.b, cuts, depth)
	}
	return append(dst, "null"...), nil
}

func appendBytes(dst, b []byte, cuts *cutter) []byte {
	dst = append(dst, '"')
	if cuts != nil && len(b) > keptText {
		dst = append(dst, cuts.text(base64.StdEncoding.EncodeToString(b))...)
	} else {
		dst = base64.StdEncoding.AppendEncode(dst, b)
	}
	return append(dst, '"')
}

func appendArray(dst, message []byte, cuts *cutter, depth int) ([]byte, error) {
	dst = append(dst, '[')
	elements := 0
	f := walk(message)
	for f.next() {
		if f.num != 1 {
			continue
		}
		v, err := readValue(f.bytes())
		if err != nil {
			return dst, err
		}
		if elements++; cuts.beyond(elements, keptElements) {
			continue
		}
		if elements > 1 {
			dst = append(dst, ',')
		}
		if dst, err = appendNested(dst, v, cuts, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), f.err
}

func appendObject(dst, message []byte, cuts *cutter, depth int) ([]byte, error) {
	dst = append(dst, '{')
	properties := 0
	f := walk(message)
	for f.next() {
		if f.num != 1 {
			continue
		}
		key, v, err := readKeyValue(f.bytes())
		if err != nil {
			return dst, err
		}
		if properties++; cuts.beyond(properties, keptProperties) {
			continue
		}
		if properties > 1 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, view(key)), ':')
		if dst, err = appendNested(dst, v, cuts, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), f.err
}

var errJSON = errors.New("not valid JSON")

// appendCompact appends the JSON text src without the white space between its tokens and the escapes that it could do
// without. Half surrogates become U+FFFD: engines refuse them, and with them the whole row.
func appendCompact(dst []byte, src string) ([]byte, error) {
	c := compactor{dst: dst, src: src}
	c.space()
	if !c.value(0) {
		return dst, errJSON
	}
	if c.space(); c.at != len(c.src) {
		return dst, errJSON
	}
	return c.dst, nil
}

type compactor struct {
	dst []byte
	src string
	at  int
}

func (c *compactor) space() {
	for c.at < len(c.src) && (c.src[c.at] == ' ' || c.src[c.at] == '\n' || c.src[c.at] == '\r' || c.src[c.at] == '\t') {
		c.at++
	}
}

func (c *compactor) byte() byte {
	if c.at == len(c.src) {
		return 0
	}
	return c.src[c.at]
}

// take copies the next byte if it is b.
func (c *compactor) take(b byte) bool {
	if c.byte() != b || c.at == len(c.src) {
		return false
	}
	c.dst = append(c.dst, b)
	c.at++
	return true
}

// maxJSONDepth bounds the recursion over JSON inside attributes. Deeper text stays text.
const maxJSONDepth = 200

func (c *compactor) value(depth int) bool {
	if depth > maxJSONDepth {
		return false
	}
	switch b := c.byte(); b {
	case '{':
		return c.list('{', '}', depth)
	case '[':
		return c.list('[', ']', depth)
	case '"':
		return c.string()
	case 't':
		return c.word("true")
	case 'f':
		return c.word("false")
	case 'n':
		return c.word("null")
	default:
		return c.number()
	}
}

func (c *compactor) word(w string) bool {
	if len(c.src)-c.at < len(w) || c.src[c.at:c.at+len(w)] != w {
		return false
	}
	c.dst = append(c.dst, w...)
	c.at += len(w)
	return true
}

// list copies an array or an object.
func (c *compactor) list(open, end byte, depth int) bool {
	c.take(open)
	if c.space(); c.take(end) {
		return true
	}
	for {
		c.space()
		if open == '{' {
			if !c.string() {
				return false
			}
			if c.space(); !c.take(':') {
				return false
			}
			c.space()
		}
		if !c.value(depth + 1) {
			return false
		}
		if c.space(); c.take(end) {
			return true
		}
		if !c.take(',') {
			return false
		}
	}
}

func (c *compactor) digits() bool {
	start := c.at
	for c.at < len(c.src) && c.src[c.at]-'0' < 10 {
		c.at++
	}
	return c.at > start
}

func (c *compactor) number() bool {
	start := c.at
	if c.byte() == '-' {
		c.at++
	}
	if c.byte() == '0' {
		c.at++
	} else if !c.digits() {
		return false
	}
	if c.byte() == '.' {
		if c.at++; !c.digits() {
			return false
		}
	}
	if b := c.byte(); b == 'e' || b == 'E' {
		c.at++
		if b := c.byte(); b == '+' || b == '-' {
			c.at++
		}
		if !c.digits() {
			return false
		}
	}
	c.dst = append(c.dst, c.src[start:c.at]...)
	return true
}

func (c *compactor) string() bool {
	if !c.take('"') {
		return false
	}
	for {
		plain := plainPrefix(c.src[c.at:])
		c.dst = append(c.dst, c.src[c.at:c.at+plain]...)
		c.at += plain
		switch b := c.byte(); {
		case c.at == len(c.src) || b < 0x20:
			return false
		case b == '"':
			return c.take('"')
		case b == '\\':
			if !c.escape() {
				return false
			}
		default:
			c.rune()
		}
	}
}

func (c *compactor) rune() {
	r, size := utf8.DecodeRuneInString(c.src[c.at:])
	if r == utf8.RuneError && size == 1 {
		c.dst = append(c.dst, "\uFFFD"...)
	} else {
		c.dst = append(c.dst, c.src[c.at:c.at+size]...)
	}
	c.at += size
}

// escape copies an escape sequence, or the character it stands for where JSON needs no escape: some encoders escape
// everything but ASCII, which nobody could search.
func (c *compactor) escape() bool {
	if c.at+1 == len(c.src) {
		return false
	}
	switch c.src[c.at+1] {
	case '"', '\\', 'b', 'f', 'n', 'r', 't':
		c.dst = append(c.dst, c.src[c.at:c.at+2]...)
	case '/':
		c.dst = append(c.dst, '/')
	case 'u':
		char, size, ok := unescapeUnicode(c.src, c.at)
		if !ok {
			return false
		}
		if char < utf8.RuneSelf && (char < 0x20 || char == '"' || char == '\\') {
			c.dst = appendEscaped(c.dst, byte(char))
		} else {
			c.dst = utf8.AppendRune(c.dst, char)
		}
		c.at += size
		return true
	default:
		return false
	}
	c.at += 2
	return true
}

// unescapeUnicode reads the \uXXXX at s[at:], or two of them that make one character. Half a pair is U+FFFD.
func unescapeUnicode(s string, at int) (char rune, size int, ok bool) {
	first, ok := hex4(s, at+2)
	if !ok {
		return 0, 0, false
	}
	if !utf16.IsSurrogate(first) {
		return first, 6, true
	}
	if at+8 <= len(s) && s[at+6:at+8] == `\u` {
		if second, ok := hex4(s, at+8); ok {
			if pair := utf16.DecodeRune(first, second); pair != utf8.RuneError {
				return pair, 12, true
			}
		}
	}
	return utf8.RuneError, 6, true
}

func hex4(s string, at int) (rune, bool) {
	if at+4 > len(s) {
		return 0, false
	}
	n := rune(0)
	for _, c := range []byte(s[at : at+4]) {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			n = n<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}
