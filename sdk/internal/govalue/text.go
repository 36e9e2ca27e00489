package govalue

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

const hex = "0123456789abcdef"

// appendString appends a text as JSON. What is no UTF-8 becomes U+FFFD.
func appendString(b []byte, text string) []byte {
	b = append(b, '"')
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, size := utf8.DecodeRuneInString(text[i:])
			b = utf8.AppendRune(b, r) // RuneError is U+FFFD
			i += size
			continue
		}
		i++
	}
	return append(b, '"')
}

// appendFloat appends a finite number as encoding/json does.
func appendFloat(b []byte, f float64, bits int) []byte {
	if abs := math.Abs(f); abs == 0 || abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(b, f, 'f', -1, bits)
	}
	return strconv.AppendFloat(b, f, 'e', -1, bits)
}

// pythonBytes writes bytes as Python's repr does, without the b and the quotes around them.
func pythonBytes(data []byte) string {
	if len(data) > maxBytes {
		data = append(append(append([]byte{}, data[:maxBytes/2]...), "..."...), data[len(data)-maxBytes/2:]...)
	}
	text := string(data)
	escapeQuote := strings.Contains(text, "'") && strings.Contains(text, `"`)
	var b strings.Builder
	for _, c := range data {
		switch {
		case c == '\\' || c == '\'' && escapeQuote:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c >= 0x7f:
			b.WriteString(`\x`)
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Quote returns a text as JSON.
func Quote(text string) string { return string(appendString(nil, text)) }
