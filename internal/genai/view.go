package genai

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
)

// view is a Source made ready for reading: attributes decoded, with typed getters that forgive what SDKs do.
type view struct {
	*Source
	attributes object
	events     []event // span events and the message logs below, in order
	cut        bool    // some JSON was cut

}

func newView(s *Source, logs []*Source) *view {
	v := &view{Source: s}
	v.attributes, v.cut = decodeObject(s.Attributes)
	if v.attributes == nil {
		v.attributes = object{}
	}
	var cut bool
	v.events, cut = spanEvents(s.Events)
	v.cut = v.cut || cut
	for _, log := range logs {
		e, cut := eventOf(log)
		v.events, v.cut = append(v.events, e), v.cut || cut
	}
	if s.Kind == record.KindLog {
		if e, _ := eventOf(s); isMessageEvent(e.name) {
			v.events = append(v.events, e) // a message that belongs to no span
		}
	}
	v.cut = v.cut || len(v.events) > maxElements
	v.events = bounded(v.events)
	slices.SortStableFunc(v.events, compareEvents)
	v.cut = v.cut || v.has("logfire.truncated")
	if cut, _ := boolOf(v.get("anthropic.content.truncated")); cut {
		v.cut = true
	}
	v.absorbDetails()
	return v
}

// compareEvents orders by the index that the SDK gave, then by time. Choices, which have none, come last. Logs of one
// moment come from the store in any order: then instructions go before what is said.
func compareEvents(a, b event) int {
	index := func(e event) float64 {
		if e.name == eventChoice {
			return 1e9
		}
		n, _ := numberOf(first(e.attributes, "gen_ai.message.index"))
		return n
	}
	rank := func(e event) int {
		if e.name == eventSystem {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(index(a), index(b)), a.at.Compare(b.at), cmp.Compare(rank(a), rank(b)))
}

// absorbDetails makes the fields of an operation's details event attributes of the span, as if it had them.
func (v *view) absorbDetails() {
	for i := range v.events {
		if e := &v.events[i]; e.name == eventDetails {
			for key, value := range e.fields() {
				if _, has := v.attributes[key]; !has {
					v.attributes[key] = value
				}
			}
		}
	}
}

// get returns the first of the attributes that is there, or nil.
func (v *view) get(keys ...string) any { return first(v.attributes, keys...) }

func (v *view) has(keys ...string) bool {
	for _, key := range keys {
		if _, ok := v.attributes[key]; ok {
			return true
		}
	}
	return false
}

// text returns the first of the attributes whose text is not empty.
func (v *view) text(keys ...string) string {
	for _, key := range keys {
		if s := textOf(v.attributes[key]); s != "" {
			return s
		}
	}
	return ""
}

// json returns the first of the attributes that is there: decoded when it is JSON text, an object or a list; the text
// itself otherwise.
func (v *view) json(keys ...string) any {
	for _, key := range keys {
		raw := v.attributes[key]
		if raw == nil {
			continue
		}
		decoded, cut := unwrapped(raw)
		v.cut = v.cut || cut || tooLong(decoded)
		if s, ok := decoded.(string); ok && looksLikeJSON(s) {
			v.cut = v.cut || !strings.HasSuffix(s, "}") && !strings.HasSuffix(s, "]")
		}
		return decoded
	}
	return nil
}

// object is json for objects.
func (v *view) object(keys ...string) object { return objectOf(v.json(keys...)) }

// jsonList is json for lists, whose elements may be JSON texts again. A lone object is a list of one.
func (v *view) jsonList(keys ...string) []any {
	decoded := v.json(keys...)
	if o, ok := decoded.(object); ok {
		return []any{o}
	}
	list := bounded(listOf(decoded))
	out := make([]any, len(list))
	for i, item := range list {
		out[i], _ = unwrapped(item)
	}
	return out
}

// texts returns a list of strings: a list, JSON text of one, or text split at commas.
func (v *view) texts(keys ...string) []string {
	decoded := v.json(keys...)
	var out []string
	if s, ok := decoded.(string); ok {
		for part := range strings.SplitSeq(s, ",") {
			if part = strings.TrimSpace(part); part != "" && len(out) < maxElements {
				out = append(out, part)
			}
		}
		return out
	}
	for _, item := range bounded(listOf(decoded)) {
		if s := textOf(item); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// hasPrefix tells whether any attribute's key begins so.
func (v *view) hasPrefix(prefixes ...string) bool {
	for key := range v.attributes {
		for _, prefix := range prefixes {
			if strings.HasPrefix(key, prefix) {
				return true
			}
		}
	}
	return false
}

// below returns the attributes whose keys begin with prefix, by the rest of the key.
func (v *view) below(prefix string) object {
	var o object
	for key, value := range v.attributes {
		if rest, ok := strings.CutPrefix(key, prefix); ok && rest != "" {
			if o == nil {
				o = object{}
			}
			o[rest] = value
		}
	}
	return o
}

// flat turns prefix.N.rest into a list ordered by N; each element has its properties by the rest of the key. Gaps in
// the numbers do not matter.
func (v *view) flat(prefix string) []object {
	list := flatten(v.attributes, prefix)
	v.cut = v.cut || len(list) > maxElements
	return bounded(list)
}

// flatten is flat for any object with dotted keys.
func flatten(o object, prefix string) []object {
	elements := map[int]object{}
	for key, value := range o {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok {
			continue
		}
		number, rest, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 {
			continue
		}
		if elements[n] == nil {
			elements[n] = object{}
		}
		elements[n][rest] = value
	}
	list := make([]object, 0, len(elements))
	for _, n := range slices.Sorted(maps.Keys(elements)) {
		list = append(list, elements[n])
	}
	return list
}
