package genai

import (
	"encoding/json"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// Source is one record of a trace as a query gives it back. JSON fields hold JSON text; what does not parse is read as
// far as it goes.
type Source struct {
	Kind         record.Kind
	TraceID      string
	SpanID       string
	ParentSpanID string // empty for a root
	Name         string // span_name
	Message      string
	Start, End   time.Time

	Service    string
	Scope      string
	Attributes string // all attributes, bulky ones too: a JSON object
	Events     string // otel_events: a JSON array
	LogBody    string
	Cost       string // operation.cost as the store has it, in USD: computed where nobody reported one
	CostSource string // reported, computed or override; empty without a cost

	Failed           bool // status ERROR
	StatusMessage    string
	ExceptionType    string
	ExceptionMessage string
}

// event is a span event, or a log that belongs to a span.
type event struct {
	name       string
	at         time.Time
	attributes object
	body       any // of a log; nil otherwise
}

// eventOf reads a log as an event.
func eventOf(s *Source) (e event, cut bool) {
	attributes, cut := decodeObject(s.Attributes)
	e = event{name: textOf(attributes["event.name"]), at: s.Start, attributes: attributes}
	if e.name == "" {
		e.name = s.Name
	}
	if s.LogBody != "" {
		body, bodyCut, ok := decodeJSON(s.LogBody)
		if !ok {
			body = s.LogBody
		}
		e.body, cut = body, cut || bodyCut
	}
	return e, cut
}

// spanEvents reads otel_events.
func spanEvents(text string) (events []event, cut bool) {
	if text == "" || text == "[]" {
		return nil, false
	}
	decoded, cut, _ := decodeJSON(text)
	for _, item := range bounded(listOf(decoded)) {
		o, ok := item.(object)
		if !ok {
			continue
		}
		e := event{name: textOf(first(o, "event_name", "name")), attributes: objectOf(o["attributes"])}
		if at, err := time.Parse(time.RFC3339Nano, textOf(first(o, "event_timestamp", "timestamp"))); err == nil {
			e.at = at
		}
		events = append(events, e)
	}
	return events, cut
}

// field returns a value of an event: from its body, or else from its attributes, where span events keep JSON text.
func (e *event) field(name string) any {
	if body, ok := e.body.(object); ok {
		if v, ok := body[name]; ok {
			return v
		}
	}
	v := e.attributes[name]
	if s, ok := v.(string); ok && looksLikeJSON(s) {
		if decoded, _, ok := decodeJSON(s); ok {
			return decoded
		}
	}
	return v
}

// fields returns body and attributes as one object. The body wins.
func (e *event) fields() object {
	o := object{}
	for key := range e.attributes {
		o[key] = e.field(key)
	}
	if body, ok := e.body.(object); ok {
		for key, v := range body {
			o[key] = v
		}
	}
	return o
}

// rawJSON returns v as compact JSON with sorted keys.
func rawJSON(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	text, err := marshal(v)
	if err != nil {
		return nil // values come from decodeJSON, which makes nothing that cannot be written
	}
	return text
}
