package hearth

import (
	"fmt"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// The most runes of a name and of a place in the source that a stand-in holds.
const (
	standInNameRunes  = 1000
	standInPlaceRunes = 300
)

// standIn makes the log of level error that goes in the place of a span too large for a server: in its trace, with its id
// and at its end, it says which span is missing, and how much it held. It is that of Logfire's SDK. A pending span has
// none, since its span will come.
func standIn(r *record) (*record, bool) {
	if r.spanType() == spanTypePending {
		return nil, false
	}
	name := shorten(r.name, standInNameRunes)
	attributes := []attribute.KeyValue{
		attribute.String(keySpanType, spanTypeLog),
		attribute.Int(keyLevelNum, int(LevelError)),
		attribute.String(keyMessage, fmt.Sprintf("Failed to export a span of about %d bytes: %s", r.size, name)),
		attribute.Int("size", r.size),
		attribute.String("span_name", name),
		attribute.Int("num_attributes", len(r.attributes)),
		attribute.Int("num_events", len(r.events)),
		attribute.Int("num_links", len(r.links)),
		attribute.Int("num_event_attributes", attributesOfEvents(r.events)),
		attribute.Int("num_link_attributes", attributesOfLinks(r.links)),
	}
	return &record{
		ReadOnlySpan: r.ReadOnlySpan, name: "Failed to export span that was too large", context: r.context, parent: r.parent,
		start: r.end, end: r.end, attributes: append(attributes, placeOf(r)...), status: sdktrace.Status{Code: codes.Error}, resource: r.resource,
	}, true
}

// placeOf returns what a record says about where in the source it was made.
func placeOf(r *record) (place []attribute.KeyValue) {
	for _, key := range []attribute.Key{keyFile, keyFunction} {
		if value := text(r.attributes, key); value != "" {
			place = append(place, key.String(shorten(value, standInPlaceRunes)))
		}
	}
	if line, ok := find(r.attributes, keyLine); ok && line.Type() == attribute.INT64 {
		place = append(place, attribute.KeyValue{Key: keyLine, Value: line})
	}
	return place
}

func attributesOfEvents(events []sdktrace.Event) (n int) {
	for _, event := range events {
		n += len(event.Attributes)
	}
	return n
}

func attributesOfLinks(links []sdktrace.Link) (n int) {
	for _, link := range links {
		n += len(link.Attributes)
	}
	return n
}

// shorten leaves the middle out of a text that is longer than a number of runes.
func shorten(text string, most int) string {
	const gap = "..."
	if len(text) <= most || utf8.RuneCountInString(text) <= most {
		return text
	}
	runes := []rune(text)
	half := (most - len(gap)) / 2
	return string(runes[:half]) + gap + string(runes[len(runes)-half:])
}
