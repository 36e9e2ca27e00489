// Package board knows what a dashboard is: the definition that people write, import and export, and the dashboards that
// come with Hearth.
//
// A definition is JSON in the shape of Perses as Logfire exports it (docs/dashboards.md). Check looks at what Hearth and
// other readers rely on and leaves the rest alone: kinds of panels that it does not know, and members that it does not
// know, are kept as they are.
package board

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Definition is a checked definition.
type Definition struct {
	Text   string // JSON without insignificant blanks
	Panels int
}

// Error says what is wrong with a definition. It is the user's mistake.
type Error struct {
	Faults []Fault // at least one
}

// Fault is one thing that is wrong, and where.
type Fault struct {
	Path string // such as spec.layouts[0].spec.items[2].content.$ref; empty for the whole
	Msg  string
}

// maxFaults is how many are told at once.
const maxFaults = 20

// Error returns all faults, one after the other.
func (e *Error) Error() string {
	texts := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		texts[i] = f.String()
	}
	return strings.Join(texts, "; ")
}

// String returns the place and what is wrong there.
func (f Fault) String() string {
	if f.Path == "" {
		return "the definition " + f.Msg
	}
	return f.Path + " " + f.Msg
}

// Check reads a definition. The error is an *Error.
func Check(text []byte) (Definition, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return Definition{}, &Error{[]Fault{{Msg: "is not JSON: " + err.Error()}}}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		return Definition{}, &Error{[]Fault{{Msg: "is not JSON: " + err.Error()}}}
	}
	c := &checker{}
	panels := c.dashboard(value{c: c, v: root})
	if len(c.faults) > 0 {
		return Definition{}, &Error{c.faults}
	}
	return Definition{Text: compact.String(), Panels: panels}, nil
}

// checker gathers what is wrong.
type checker struct {
	faults []Fault
}

func (c *checker) fault(path, format string, args ...any) {
	if len(c.faults) < maxFaults {
		c.faults = append(c.faults, Fault{Path: path, Msg: fmt.Sprintf(format, args...)})
	}
}

// value is a JSON value and where it stands. Its methods tell the checker when it is not what it should be, and go on
// with nothing: an absent value is fine for all but the required ones.
type value struct {
	c    *checker
	path string
	v    any  // nil when it is absent or null
	lost bool // what holds it is absent or no object, which has been told
}

func (v value) fault(format string, args ...any) { v.c.fault(v.path, format, args...) }

func (v value) absent() bool { return v.v == nil }

// required tells that a value is missing, where it is.
func (v value) required() value {
	if v.absent() && !v.lost {
		v.fault("is missing")
	}
	return v
}

// object returns the members; of anything else none.
func (v value) object() map[string]any {
	members, ok := v.v.(map[string]any)
	if !ok && !v.absent() {
		v.fault("must be an object")
	}
	return members
}

// get returns a member of an object.
func (v value) get(name string) value {
	path := name
	if v.path != "" {
		path = v.path + "." + name
	}
	members, ok := v.v.(map[string]any)
	return value{c: v.c, path: path, v: members[name], lost: !ok}
}

// list returns the elements.
func (v value) list() []value {
	elements, ok := v.v.([]any)
	if !ok && !v.absent() {
		v.fault("must be a list")
	}
	all := make([]value, len(elements))
	for i, e := range elements {
		all[i] = value{c: v.c, path: fmt.Sprintf("%s[%d]", v.path, i), v: e}
	}
	return all
}

func (v value) text() string {
	text, ok := v.v.(string)
	if !ok && !v.absent() {
		v.fault("must be a text")
	}
	return text
}

func (v value) boolean() {
	if _, ok := v.v.(bool); !ok && !v.absent() {
		v.fault("must be true or false")
	}
}

// integer returns a whole number between two bounds, and whether it is one.
func (v value) integer(least, most int64) (int64, bool) {
	number, ok := v.v.(json.Number)
	n, err := number.Int64()
	if !ok || err != nil || n < least || n > most {
		if !v.absent() {
			v.fault("must be a whole number from %d to %d", least, most)
		}
		return 0, false
	}
	return n, true
}

func (v value) number() {
	if _, ok := v.v.(json.Number); !ok && !v.absent() {
		v.fault("must be a number")
	}
}

// oneOf returns a text that is one of some words.
func (v value) oneOf(words ...string) string {
	text := v.text()
	if text == "" && v.absent() {
		return ""
	}
	for _, word := range words {
		if text == word {
			return text
		}
	}
	if _, ok := v.v.(string); ok {
		v.fault("must be %s, not %q", strings.Join(words, " or "), text)
	}
	return ""
}
