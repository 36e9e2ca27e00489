// Package scrub finds what should not leave the process, such as passwords and tokens, in attributes and redacts it. It
// does what logfire/_internal/scrubbing.py of Logfire's Python SDK 5.4 does, over OpenTelemetry's attribute values.
package scrub

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
)

// Key is the attribute that tells what was scrubbed: a JSON array of Notes.
const Key = "logfire.scrubbed"

// Match is something that looks sensitive.
type Match struct {
	// Path leads to the value: keys (string) and indices (int), beginning with attributes, otel_events, links, log_body
	// or message.
	Path []any
	// Value is what would be redacted: a string, or whatever stands under a key that matched. In JSON texts, objects
	// and arrays are their JSON text as json.RawMessage and numbers are json.Number.
	Value any
	// Matched is the part of the text or of the key that matched a pattern.
	Matched string
}

// Note tells of one value that was redacted.
type Note struct {
	Path    []any  `json:"path"`
	Matched string `json:"matched_substring"`
}

// Scrubber redacts. It is safe for concurrent use.
type Scrubber struct {
	patterns patterns
	callback func(Match) (any, bool)
}

// New returns a scrubber of the default patterns and the extra ones, which are regular expressions of package regexp
// that are matched without regard to case. The callback, which may be nil, is asked before a value is redacted: when it
// returns true its value stands instead. It must be safe for concurrent use.
func New(extra []string, callback func(Match) (any, bool)) (*Scrubber, error) {
	patterns, err := compile(extra)
	if err != nil {
		return nil, err
	}
	return &Scrubber{patterns: patterns, callback: callback}, nil
}

// Pass scrubs the parts of one record and collects what it did. The zero value is of no use: see Scrubber.Pass.
type Pass struct {
	scrubber *Scrubber
	// Notes tells what was redacted, in the order in which it was found.
	Notes []Note
	// Changed tells whether anything differs from what was given: redacted, or replaced by the callback.
	Changed bool
}

// Pass begins the scrubbing of one record.
func (s *Scrubber) Pass() *Pass { return &Pass{scrubber: s} }

// Attributes returns the attributes with everything sensitive redacted. The given slice is not changed; it is returned
// when nothing was found.
func (p *Pass) Attributes(path []any, attributes []attribute.KeyValue) []attribute.KeyValue {
	var scrubbed []attribute.KeyValue
	for i, kv := range attributes {
		value, changed := p.member(path, string(kv.Key), kv.Value)
		if !changed {
			continue
		}
		if scrubbed == nil {
			scrubbed = slices.Clone(attributes)
		}
		scrubbed[i].Value = value
	}
	if scrubbed == nil {
		return attributes
	}
	return scrubbed
}

// member scrubs a value that stands under a key.
func (p *Pass) member(path []any, key string, value attribute.Value) (_ attribute.Value, changed bool) {
	if safe[key] {
		return value, false
	}
	if start, end, found := p.scrubber.patterns.find(key); found {
		return p.redactMember(join(path, key), value, key[start:end])
	}
	if isPlain(value) {
		return value, false
	}
	return p.Value(join(path, key), value)
}

// redactMember redacts what stands under a key that matched. A list stays a list.
func (p *Pass) redactMember(path []any, value attribute.Value, matched string) (attribute.Value, bool) {
	replacement, changed := p.redact(Match{Path: path, Value: value.AsInterface(), Matched: matched})
	if !changed {
		return value, false
	}
	text, isText := replacement.(string)
	if isText && isList(value) {
		return attribute.StringSliceValue([]string{text}), true
	}
	return attributeOf(replacement), true
}

// Value returns the value with everything sensitive in it redacted, and whether it differs.
func (p *Pass) Value(path []any, value attribute.Value) (_ attribute.Value, changed bool) {
	switch value.Type() {
	case attribute.STRING:
		replacement, changed := p.text(path, value.AsString())
		if !changed {
			return value, false
		}
		return attributeOf(replacement), true
	case attribute.BYTESLICE:
		return p.bytes(path, value)
	case attribute.STRINGSLICE:
		return p.texts(path, value)
	case attribute.SLICE:
		return p.list(path, value)
	case attribute.MAP:
		members := value.AsMap()
		scrubbed := p.Attributes(path, members)
		if len(members) == 0 || &scrubbed[0] == &members[0] {
			return value, false
		}
		return attribute.MapValue(scrubbed...), true
	}
	return value, false
}

// bytes scrubs text that is sent as bytes.
func (p *Pass) bytes(path []any, value attribute.Value) (attribute.Value, bool) {
	raw := value.AsByteSlice()
	if !utf8.Valid(raw) {
		return value, false
	}
	replacement, changed := p.text(path, string(raw))
	if !changed {
		return value, false
	}
	return attributeOf(replacement), true
}

func (p *Pass) texts(path []any, value attribute.Value) (_ attribute.Value, changed bool) {
	texts := value.AsStringSlice()
	for i, text := range texts {
		replacement, differs := p.text(join(path, i), text)
		if differs {
			texts[i] = stringOf(replacement)
			changed = true
		}
	}
	if !changed {
		return value, false
	}
	return attribute.StringSliceValue(texts), true
}

func (p *Pass) list(path []any, value attribute.Value) (_ attribute.Value, changed bool) {
	values := value.AsSlice()
	for i, element := range values {
		replacement, differs := p.Value(join(path, i), element)
		if differs {
			values[i] = replacement
			changed = true
		}
	}
	if !changed {
		return value, false
	}
	return attribute.SliceValue(values...), true
}

// Field scrubs the text that a message shows for a field. The field's name does not count, as it does for an attribute:
// who wrote {password} into a template expects the value there.
func (p *Pass) Field(name, text string) string {
	if safe[name] {
		return text
	}
	if replacement, changed := p.text([]any{"message", name}, text); changed {
		return stringOf(replacement)
	}
	return text
}

// text scrubs a text; one that is JSON is scrubbed inside and stays JSON.
func (p *Pass) text(path []any, text string) (_ any, changed bool) {
	start, end, found := p.scrubber.patterns.find(text)
	if !found || (start == 0 && end == len(text)) {
		return text, false // a text that is nothing but the word, such as "password", gives nothing away
	}
	document, err := parseJSON(text)
	if err != nil {
		return p.redact(Match{Path: path, Value: text, Matched: text[start:end]})
	}
	scrubbed, changed := p.document(path, document)
	if !changed {
		return text, false
	}
	return string(appendJSON(nil, scrubbed)), true
}

// document scrubs a parsed JSON value.
func (p *Pass) document(path []any, value any) (_ any, changed bool) {
	switch value := value.(type) {
	case string:
		return p.text(path, value)
	case []any:
		for i, element := range value {
			var differs bool
			value[i], differs = p.document(join(path, i), element)
			changed = changed || differs
		}
		return value, changed
	case object:
		for i, m := range value {
			var differs bool
			value[i].value, differs = p.documentMember(path, m)
			changed = changed || differs
		}
		return value, changed
	}
	return value, false
}

func (p *Pass) documentMember(path []any, m member) (_ any, changed bool) {
	if safe[m.key] {
		return m.value, false
	}
	start, end, found := p.scrubber.patterns.find(m.key)
	if !found {
		return p.document(join(path, m.key), m.value)
	}
	replacement, changed := p.redact(Match{Path: join(path, m.key), Value: exposed(m.value), Matched: m.key[start:end]})
	if !changed {
		return m.value, false
	}
	_, wasList := m.value.([]any)
	if text, isText := replacement.(string); isText && wasList {
		return []any{text}, true
	}
	return replacement, true
}

// redact returns what stands in place of a match. The callback may say that the value itself does: changed is false.
func (p *Pass) redact(match Match) (replacement any, changed bool) {
	if p.scrubber.callback != nil {
		if instead, keep := p.scrubber.callback(match); keep {
			if same(instead, match.Value) {
				return match.Value, false
			}
			p.Changed = true
			return instead, true
		}
	}
	p.Changed = true
	p.Notes = append(p.Notes, Note{Path: match.Path, Matched: match.Matched})
	return "[Scrubbed due to " + quote(match.Matched) + "]", true
}

// Annotate adds what was scrubbed to the attributes. Earlier notes in them stay. The given slice may be changed.
func Annotate(attributes []attribute.KeyValue, notes []Note) []attribute.KeyValue {
	if len(notes) == 0 {
		return attributes
	}
	for i, kv := range attributes {
		if kv.Key == Key {
			var earlier []Note
			if json.Unmarshal([]byte(kv.Value.AsString()), &earlier) == nil {
				notes = append(earlier, notes...)
			}
			attributes[i].Value = NotesValue(notes)
			return attributes
		}
	}
	return append(attributes, attribute.KeyValue{Key: Key, Value: NotesValue(notes)})
}

// NotesValue returns the value of the attribute Key.
func NotesValue(notes []Note) attribute.Value {
	text, err := json.Marshal(notes)
	if err != nil { // paths are strings and ints
		return attribute.StringValue("[]")
	}
	return attribute.StringValue(string(text))
}

// join returns a path that is one step longer and shares nothing with the given one.
func join(path []any, step any) []any {
	return append(path[:len(path):len(path)], step)
}

// isPlain tells whether a value is neither text nor contains any.
func isPlain(value attribute.Value) bool {
	switch value.Type() {
	case attribute.STRING, attribute.BYTESLICE, attribute.STRINGSLICE, attribute.SLICE, attribute.MAP:
		return false
	}
	return true
}

func isList(value attribute.Value) bool {
	switch value.Type() {
	case attribute.BOOLSLICE, attribute.INT64SLICE, attribute.FLOAT64SLICE, attribute.STRINGSLICE, attribute.SLICE, attribute.BYTESLICE:
		return true
	}
	return false
}

// attributeOf returns the attribute value of what a callback returned; what OpenTelemetry has no type for becomes JSON.
func attributeOf(replacement any) attribute.Value {
	switch value := replacement.(type) {
	case attribute.Value:
		return value
	case string:
		return attribute.StringValue(value)
	case bool:
		return attribute.BoolValue(value)
	case int:
		return attribute.IntValue(value)
	case int64:
		return attribute.Int64Value(value)
	case float64:
		return attribute.Float64Value(value)
	case []string:
		return attribute.StringSliceValue(value)
	case []int64:
		return attribute.Int64SliceValue(value)
	case []float64:
		return attribute.Float64SliceValue(value)
	case []bool:
		return attribute.BoolSliceValue(value)
	case []byte:
		return attribute.ByteSliceValue(value)
	}
	return attribute.StringValue(string(appendJSON(nil, replacement)))
}

func stringOf(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return string(appendJSON(nil, value))
}

// same tells whether a callback returned what it was given. Values that cannot be compared differ.
func same(a, b any) (equal bool) {
	defer func() {
		if recover() != nil { // comparing slices or maps panics
			equal = false
		}
	}()
	return a == b
}

// quote writes text as Python's repr does, as far as what matches can need it.
func quote(text string) string {
	mark := "'"
	if strings.Contains(text, "'") && !strings.Contains(text, `"`) {
		mark = `"`
	}
	var b strings.Builder
	b.WriteString(mark)
	for _, r := range text {
		switch {
		case string(r) == mark || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString(mark)
	return b.String()
}
