package cli

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Records come from anywhere, and what they hold is written to a terminal: nothing in them may move its cursor, change
// its colours or reorder what is read.

// clean makes a text safe to print on one line: control and formatting characters become escapes as Go writes them.
func clean(text string) string {
	if strings.IndexFunc(text, unprintable) < 0 {
		return text
	}
	var sb strings.Builder
	for _, r := range text {
		switch {
		case r == '\n':
			sb.WriteString(`\n`)
		case r == '\t':
			sb.WriteString(`\t`)
		case r == '\r':
			sb.WriteString(`\r`)
		case unprintable(r) && r < 0x100:
			fmt.Fprintf(&sb, `\x%02x`, r)
		case unprintable(r):
			fmt.Fprintf(&sb, `\u%04x`, r)
		default:
			sb.WriteRune(r)
		}
	}
	return sb.String()
}

const zeroWidthJoiner = '\u200d' // holds emoji together

func unprintable(r rune) bool {
	return unicode.IsControl(r) || r != zeroWidthJoiner && unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// runeWidth returns how many columns a character takes: 0, 1 or 2.
func runeWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	if r == zeroWidthJoiner || unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

func textWidth(text string) int {
	total := 0
	for _, r := range text {
		total += runeWidth(r)
	}
	return total
}

// cut shortens a text to at most so many columns; the last becomes an ellipsis when something is missing.
func cut(text string, columns int) string {
	if len(text) <= columns || textWidth(text) <= columns {
		return text
	}
	if columns <= 0 {
		return ""
	}
	used := 0
	for i, r := range text {
		if used += runeWidth(r); used > columns-1 {
			return text[:i] + "…"
		}
	}
	return text
}
