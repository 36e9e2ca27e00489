package genai

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of the JSON that is read. What is deeper is taken as text; what is longer is cut.
const (
	maxJSONBytes = 16 << 20
	maxJSONDepth = 200
	maxElements  = 1 << 16 // of one list of messages, parts, tools, events or indexed attributes
)

// object is a decoded JSON object. Numbers in it are json.Number.
type object = map[string]any

// decodeJSON decodes one JSON text. Text that ends too early is read as far as it goes, and cut is true. ok is false for
// what is no JSON at all or is too deep.
func decodeJSON(text string) (v any, cut, ok bool) {
	if len(text) > maxJSONBytes {
		text, cut = text[:maxJSONBytes], true
	}
	shape := scanJSON(text)
	if shape.tooDeep {
		return nil, cut, false
	}
	if !cut {
		if v, ok := unmarshal(text); ok {
			return v, false, true
		}
	}
	if !looksLikeJSON(text) || shape.balanced() {
		return nil, cut, false
	}
	for _, mended := range shape.mend(text) {
		if v, ok := unmarshal(mended); ok {
			return v, true, true
		}
	}
	return nil, cut, false
}

// decodeObject decodes a JSON object; anything else is an empty one.
func decodeObject(text string) (o object, cut bool) {
	v, cut, _ := decodeJSON(text)
	return objectOf(v), cut
}

func unmarshal(text string) (any, bool) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, false
	}
	// One value and nothing after it.
	rest := text[decoder.InputOffset():]
	return v, strings.TrimLeft(rest, " \t\r\n") == ""
}

// looksLikeJSON tells whether text begins as an object, a list or a string does.
func looksLikeJSON(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")
	return text != "" && (text[0] == '{' || text[0] == '[' || text[0] == '"')
}

// jsonShape is where a JSON text stands when it ends.
type jsonShape struct {
	open      []byte // the closers of what is open, outermost first
	inString  bool
	escaped   bool // the text ends inside an escape
	tooDeep   bool
	safe      int    // the last place where a value may be left out
	safeOpen  []byte // what is open there
	unmatched bool
}

// scanJSON follows the brackets and strings of text.
func scanJSON(text string) jsonShape {
	var s jsonShape
	for i := 0; i < len(text) && !s.tooDeep; i++ {
		c := text[i]
		switch {
		case s.escaped:
			s.escaped = false
		case s.inString:
			s.escaped, s.inString = c == '\\', c != '"'
		case c == '"':
			s.inString = true
		case c == '{':
			s.push('}', i+1)
		case c == '[':
			s.push(']', i+1)
		case c == '}' || c == ']':
			s.pop(c)
		case c == ',':
			s.mark(i)
		}
	}
	return s
}

func (s *jsonShape) push(closer byte, next int) {
	s.open = append(s.open, closer)
	s.tooDeep = len(s.open) > maxJSONDepth
	s.mark(next)
}

func (s *jsonShape) pop(closer byte) {
	if len(s.open) == 0 || s.open[len(s.open)-1] != closer {
		s.unmatched = true
		return
	}
	s.open = s.open[:len(s.open)-1]
}

func (s *jsonShape) mark(at int) { s.safe, s.safeOpen = at, append(s.safeOpen[:0], s.open...) }

// balanced tells whether nothing is open at the end: such a text was not cut, it is wrong.
func (s *jsonShape) balanced() bool { return s.unmatched || len(s.open) == 0 && !s.inString }

// mend returns texts that may be what the cut one began as, the most complete first.
func (s *jsonShape) mend(text string) []string {
	var texts []string
	closers := reversed(s.open)
	if s.inString {
		whole := cutEscape(text)
		texts = append(texts, whole+`"`+closers, whole+`":null`+closers)
	} else {
		texts = append(texts, text+closers, text+"null"+closers)
	}
	if len(s.safeOpen) > 0 {
		texts = append(texts, text[:s.safe]+reversed(s.safeOpen))
	}
	return texts
}

// cutEscape cuts an escape or a character that the end of text left incomplete.
func cutEscape(text string) string {
	from := max(len(text)-5, 0)
	if i := strings.LastIndexByte(text[from:], '\\'); i >= 0 {
		at, before := from+i, 0
		for at-before > 0 && text[at-before-1] == '\\' {
			before++
		}
		rest := text[at:]
		if before%2 == 0 && (len(rest) == 1 || rest[1] == 'u' && len(rest) < 6) {
			text = text[:at]
		}
	}
	for i := 0; i < utf8.UTFMax && text != ""; i++ {
		if r, size := utf8.DecodeLastRuneInString(text); r != utf8.RuneError || size > 1 {
			break
		}
		text = text[:len(text)-1]
	}
	return text
}

func reversed(closers []byte) string {
	out := make([]byte, len(closers))
	for i, c := range closers {
		out[len(out)-1-i] = c
	}
	return string(out)
}

// unwrapped decodes JSON that stands in a string, twice at most: some SDKs encode what is encoded already.
func unwrapped(v any) (_ any, cut bool) {
	for range 2 {
		s, ok := v.(string)
		if !ok || !looksLikeJSON(s) {
			return v, cut
		}
		decoded, cutHere, ok := decodeJSON(s)
		if !ok {
			return v, cut
		}
		v, cut = decoded, cut || cutHere
	}
	return v, cut
}

// marshal is json.Marshal that leaves <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// objectOf returns v as an object; one without properties when it is none.
func objectOf(v any) object {
	o, _ := v.(object)
	return o
}

// listOf returns v as a list. A lone value that is no list is nil.
func listOf(v any) []any {
	l, _ := v.([]any)
	return l
}

// tooLong tells whether v is, or holds in a property, a list of which bounded leaves something out.
func tooLong(v any) bool {
	for _, inner := range objectOf(v) {
		if len(listOf(inner)) > maxElements {
			return true
		}
	}
	return len(listOf(v)) > maxElements
}

// bounded returns the first elements of a list.
func bounded[T any](l []T) []T { return l[:min(len(l), maxElements)] }

// textOf returns strings as they are, and numbers and booleans as they are written. A list of one is its element: some
// SDKs send ids so. Everything else is empty.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		if len(v) == 1 {
			if _, nested := v[0].([]any); !nested {
				return textOf(v[0])
			}
		}
	}
	return ""
}

// numberOf returns numbers, and strings that hold one.
func numberOf(v any) (float64, bool) {
	text := strings.TrimSpace(textOf(v))
	if _, isBool := v.(bool); isBool || text == "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != f || f > 1e18 || f < -1e18 {
		return 0, false
	}
	return f, true
}

// countOf returns a number of tokens. Negative numbers are none.
func countOf(v any) *int64 {
	f, ok := numberOf(v)
	if !ok || f < 0 {
		return nil
	}
	n := int64(f)
	return &n
}

// boolOf returns booleans, and strings that say one.
func boolOf(v any) (value, ok bool) {
	value, err := strconv.ParseBool(textOf(v))
	return value, err == nil
}

// first returns the first of the properties that is there and not null.
func first(o object, names ...string) any {
	for _, name := range names {
		if v := o[name]; v != nil {
			return v
		}
	}
	return nil
}

// at follows a path of properties.
func at(o object, path ...string) any {
	var v any = o
	for _, name := range path {
		v = objectOf(v)[name]
	}
	return v
}
