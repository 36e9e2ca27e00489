package pgsql

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// Variables are values that a statement calls $name or ${name}.
//
// Between text and meaning stands the tokenizer: a name inside a string, a comment or a dollar-quoted text is left alone,
// and a value becomes exactly one literal, whatever it holds. Error positions are those of the statement with the names.
//
// Some are built in. Options give $__from and $__to in milliseconds since 1970, $__from_iso_string, $__to_iso_string,
// $__range_s, $__range_ms and $__range, which is an interval, from MinTime and MaxTime; and $__envs from Environments,
// unless there is a value of that name. The value of resolution is not a text but an interval, such as 1 minute.
type Variables map[string]Value

// Value is what a variable stands for: a list of texts when List is not nil, else a text.
type Value struct {
	Text string
	List []string
}

// UnmarshalJSON reads a text or a list of texts.
func (v *Value) UnmarshalJSON(text []byte) error {
	*v = Value{}
	if json.Unmarshal(text, &v.Text) == nil {
		return nil
	}
	var list []*string
	if err := json.Unmarshal(text, &list); err != nil || slices.Contains(list, nil) {
		return errors.New("a variable is a text or a list of texts")
	}
	v.List = make([]string, len(list))
	for i, one := range list {
		v.List[i] = *one
	}
	return nil
}

const (
	// maxFilled bounds what values add to a statement, in bytes: a name of two letters may stand for all of them.
	maxFilled = 256 << 10
	// maxValues is how many values a list may have: as many as an answer has rows.
	maxValues = 10_000
)

const (
	resolution = "resolution"
	// oldResolution is how dashboards of 2024 wrote $resolution, as a string.
	oldResolution = `'%time_bucket_duration%'`

	codeUnknownVariable = "42P02"
)

// variable is $name or ${name} at the start of a text.
var variable = regexp.MustCompile(`^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_-]*)\})`)

// Fill returns a statement with literals in the place of its variables, as Compile reads it. The error is an *Error.
func Fill(sql string, o Options) (string, error) {
	st, err := scan(sql)
	if err != nil {
		return "", err
	}
	if err := st.fill(o); err != nil {
		return "", err
	}
	st.apply()
	return st.sent, nil
}

// fill makes an edit for each variable.
func (st *statement) fill(o Options) error {
	if strings.IndexByte(st.text, '$') < 0 && !strings.Contains(st.text, oldResolution) {
		return nil // nearly every statement
	}
	st.joinVariables()
	f := filler{st: st, o: o, emptied: map[int]bool{}}
	for i, t := range st.tokens {
		name := t.variable
		if name == "" && st.text[t.start:t.end] == oldResolution && o.Variables[resolution].Text != "" {
			name = resolution
		}
		if name == "" {
			continue
		}
		if err := f.fill(i, name); err != nil {
			return err
		}
	}
	return nil
}

// joinVariables makes one token of those that spell a variable.
func (st *statement) joinVariables() {
	joined := st.tokens[:0:0]
	for i := 0; i < len(st.tokens); i++ {
		t := st.tokens[i]
		if t.word == "$" {
			if name, last := st.variableAt(i); name != "" {
				t = token{start: t.start, end: st.tokens[last].end, kind: pg.Token_PARAM, variable: name}
				t.word = st.text[t.start:t.end]
				i = last
			}
		}
		joined = append(joined, t)
	}
	st.tokens = joined
}

// variableAt returns the name of the variable that begins at token i and the index of its last token.
func (st *statement) variableAt(i int) (name string, last int) {
	match := variable.FindStringSubmatch(st.text[st.tokens[i].start:])
	if match == nil {
		return "", i
	}
	end := st.tokens[i].start + len(match[0])
	for last = i; last < len(st.tokens) && st.tokens[last].end < end; last++ {
	}
	if last == len(st.tokens) || st.tokens[last].end != end {
		return "", i // the name goes on into something else, such as $e'text'
	}
	return match[1] + match[2], last
}

// filler puts values into a statement.
type filler struct {
	st      *statement
	o       Options
	bytes   int          // what was put in
	emptied map[int]bool // tokens that open an IN (…) whose empty lists have been taken out
}

// fill puts the value of a variable in the place of token i.
func (f *filler) fill(i int, name string) error {
	value, err := f.value(i, name)
	if err != nil {
		return err
	}
	open := -1
	if value.list != nil {
		open = f.st.memberOf(i)
	}
	switch {
	case open >= 0 && len(value.list) == 0:
		return f.emptyIn(open)
	case open >= 0:
		return f.put(i, strings.Join(value.list, ", "))
	case value.list != nil && f.st.word(i+1) == "[":
		return f.put(i, "("+value.text()+")")
	}
	return f.put(i, value.text())
}

// put replaces token i.
func (f *filler) put(i int, literal string) error {
	t := f.st.tokens[i]
	if f.bytes += len(literal); f.bytes > maxFilled {
		return f.fail(i, codeTooComplex, "", "the values of variables are longer than %d KiB in all", maxFilled>>10)
	}
	// Strings with nothing but a line's end between them are one, read by the rules of the first: after E'…' a backslash
	// of the value would mean something.
	if f.st.isString(i-1) || f.st.isString(i+1) {
		return f.fail(i, codeSyntax, "put || between them", "a text and another beside it are no expression")
	}
	if i > 0 && f.st.tokens[i-1].end == t.start && touches(f.st.text[t.start-1]) {
		literal = " " + literal
	}
	if t.end < len(f.st.text) && touches(f.st.text[t.end]) {
		literal += " "
	}
	f.st.edit(t.start, t.end-t.start, literal)
	return nil
}

// isString tells whether token i is a string of any kind, or a variable.
func (st *statement) isString(i int) bool {
	if i < 0 || i >= len(st.tokens) {
		return false
	}
	t := st.tokens[i]
	return t.variable != "" || slices.Contains([]pg.Token{pg.Token_SCONST, pg.Token_USCONST, pg.Token_BCONST, pg.Token_XCONST}, t.kind)
}

// touches tells whether a character and a literal beside it could be read as one, such as U& and 'text'.
func touches(c byte) bool { return !strings.ContainsRune(" \t\r\n\f()[],;:=<>+*/", rune(c)) }

// filled is a value as SQL: one literal, or the literals of a list.
type filled struct {
	one  string
	list []string // not nil for a list
}

func (v filled) text() string {
	if v.list == nil {
		return v.one
	}
	if len(v.list) == 0 {
		return "ARRAY[]::text[]"
	}
	return "ARRAY[" + strings.Join(v.list, ", ") + "]"
}

// value returns the value of a variable that is written at token i.
func (f *filler) value(i int, name string) (filled, error) {
	if name == resolution {
		return f.resolution(i)
	}
	if one, known := f.builtin(name); known {
		return one, nil
	}
	value, known := f.o.Variables[name]
	if !known && name == "__envs" && f.o.Environments != nil {
		value, known = Value{List: f.o.Environments}, true
	}
	if !known {
		return filled{}, f.unknown(i, name)
	}
	for _, text := range append([]string{value.Text}, value.List...) {
		if strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) {
			return filled{}, f.fail(i, "22021", "", "the value of $%s is not valid UTF-8 text", name)
		}
	}
	if value.List == nil {
		return filled{one: quote(value.Text)}, nil
	}
	if len(value.List) > maxValues {
		return filled{}, f.fail(i, codeLimit, "", "$%s has more than %d values", name, maxValues)
	}
	list := make([]string, len(value.List))
	for i, text := range value.List {
		list[i] = quote(text)
	}
	return filled{list: list}, nil
}

func (f *filler) fail(i int, code, hint, format string, args ...any) *Error {
	return f.st.errorAt(f.st.tokens[i].start, code, fmt.Sprintf(format, args...), hint)
}

// resolution returns the width of a chart's steps as an interval. After the word INTERVAL a string is enough.
func (f *filler) resolution(i int) (filled, error) {
	text := f.o.Variables[resolution].Text
	if text == "" {
		return filled{}, f.fail(i, codeUnknownVariable, "send it with the statement, such as 1 minute", "$resolution has no value")
	}
	length, ok := parseInterval(text)
	if !ok || length.months < 0 || length.days < 0 || length.rest < 0 || length == (span{}) {
		return filled{}, f.fail(i, codeInvalid, "write it as 30 seconds, 1 minute or 1 day", "$resolution is %q, which is no interval", text)
	}
	if f.st.word(i-1) == "interval" {
		return filled{one: quote(text)}, nil
	}
	return filled{one: "INTERVAL " + quote(text)}, nil
}

// builtin returns what the time range says.
func (f *filler) builtin(name string) (filled, bool) {
	from, to := f.o.MinTime, f.o.MaxTime
	if to.IsZero() {
		to = f.o.now()
	}
	if from.IsZero() {
		from = time.Unix(0, 0)
	}
	length := max(0, to.Sub(from))
	switch name {
	case "__from":
		return number(from.UnixMilli()), true
	case "__to":
		return number(to.UnixMilli()), true
	case "__from_iso_string":
		return filled{one: quote(isoString(from))}, true
	case "__to_iso_string":
		return filled{one: quote(isoString(to))}, true
	case "__range":
		return filled{one: "INTERVAL " + quote(intervalText(length))}, true
	case "__range_ms":
		return number(length.Milliseconds()), true
	case "__range_s":
		return number(int64(length.Seconds())), true
	}
	return filled{}, false
}

// number writes a number. A minus in front of another would begin a comment.
func number(n int64) filled {
	text := strconv.FormatInt(n, 10)
	if n < 0 {
		text = "(" + text + ")"
	}
	return filled{one: text}
}

// intervalText writes a length in units that have no calendar.
func intervalText(d time.Duration) string {
	hours, rest := d/time.Hour, d%time.Hour
	switch {
	case rest == 0:
		return fmt.Sprintf("%d hours", hours)
	case hours == 0:
		return fmt.Sprintf("%d milliseconds", rest.Milliseconds())
	}
	return fmt.Sprintf("%d hours %d milliseconds", hours, rest.Milliseconds())
}

func isoString(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

var builtinNames = []string{resolution, "__from", "__to", "__from_iso_string", "__to_iso_string", "__range", "__range_s", "__range_ms"}

func (f *filler) unknown(i int, name string) *Error {
	names := slices.Sorted(maps.Keys(f.o.Variables))
	hint := "values are sent with the statement, as variables"
	if best := closest(name, append(names, builtinNames...)); best != "" {
		hint = "did you mean $" + best + "?"
	} else if len(names) > 0 {
		hint = "there are $" + strings.Join(names, ", $")
	}
	return f.fail(i, codeUnknownVariable, hint, "there is no variable $%s", name)
}

// memberOf returns the token that opens IN (…) when token i is one whole member of it, and -1 otherwise.
func (st *statement) memberOf(i int) int {
	before, after := st.word(i-1), st.word(i+1)
	if before != "(" && before != "," || after != ")" && after != "," {
		return -1
	}
	depth := 0
	for at := i - 1; at > 0; at-- {
		switch st.word(at) {
		case ")", "]":
			depth++
		case "(", "[":
			if depth == 0 {
				if st.word(at) == "(" && st.word(at-1) == "in" {
					return at
				}
				return -1
			}
			depth--
		}
	}
	return -1
}

// emptyIn takes empty lists out of an IN (…), with a comma each. When nothing else is in it, a query without rows takes
// their place: nothing is IN it, and everything NOT IN it.
func (f *filler) emptyIn(open int) error {
	if f.emptied[open] {
		return nil
	}
	f.emptied[open] = true
	members, end := f.st.members(open)
	empty := func(m [2]int) bool {
		if m[0] != m[1] || f.st.tokens[m[0]].variable == "" {
			return false
		}
		value, err := f.value(m[0], f.st.tokens[m[0]].variable)
		return err == nil && value.list != nil && len(value.list) == 0
	}
	first := slices.IndexFunc(members, func(m [2]int) bool { return !empty(m) })
	if first < 0 {
		start := f.st.tokens[open].end
		f.st.edit(start, f.st.tokens[end].start-start, "SELECT NULL AS nothing WHERE false")
		return nil
	}
	for n, m := range members {
		switch {
		case !empty(m):
		case n < first:
			f.cut(m[0], m[1]+1)
		default:
			f.cut(m[0]-1, m[1])
		}
	}
	return nil
}

// cut takes tokens away.
func (f *filler) cut(from, to int) {
	start := f.st.tokens[from].start
	f.st.edit(start, f.st.tokens[to].end-start, "")
}

// members returns the first and the last token of each member between the bracket at token open and the one that closes
// it, which is end.
func (st *statement) members(open int) (members [][2]int, end int) {
	depth, start := 0, open+1
	for end = start; end < len(st.tokens); end++ {
		switch st.word(end) {
		case "(", "[":
			depth++
		case ")", "]":
			if depth == 0 {
				return append(members, [2]int{start, end - 1}), end
			}
			depth--
		case ",":
			if depth == 0 {
				members = append(members, [2]int{start, end - 1})
				start = end + 1
			}
		}
	}
	return append(members, [2]int{start, end - 1}), end - 1
}
