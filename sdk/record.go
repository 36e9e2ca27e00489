package hearth

import (
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/scrub"
)

// record is a span as it is exported: what OpenTelemetry's SDK recorded, with parts of it replaced. It does not change.
type record struct {
	sdktrace.ReadOnlySpan
	name       string
	context    trace.SpanContext
	parent     trace.SpanContext
	start      time.Time
	end        time.Time
	attributes []attribute.KeyValue
	events     []sdktrace.Event
	links      []sdktrace.Link
	status     sdktrace.Status
	resource   *resource.Resource
	size       int // about how many bytes it takes
}

func (r *record) Name() string                     { return r.name }
func (r *record) SpanContext() trace.SpanContext   { return r.context }
func (r *record) Parent() trace.SpanContext        { return r.parent }
func (r *record) StartTime() time.Time             { return r.start }
func (r *record) EndTime() time.Time               { return r.end }
func (r *record) Attributes() []attribute.KeyValue { return r.attributes }
func (r *record) Events() []sdktrace.Event         { return r.events }
func (r *record) Links() []sdktrace.Link           { return r.links }
func (r *record) Status() sdktrace.Status          { return r.status }
func (r *record) Resource() *resource.Resource     { return r.resource }

// spanType returns the kind of record that Hearth will take it for: one of the span types, or what another SDK says.
func (r *record) spanType() string { return text(r.attributes, keySpanType) }

// level returns the record's level, or that of records that do not say.
func (r *record) level() Level {
	if value, ok := find(r.attributes, keyLevelNum); ok && value.Type() == attribute.INT64 {
		return Level(value.AsInt64())
	}
	return LevelInfo
}

// copyOf takes what a span says now.
func copyOf(span sdktrace.ReadOnlySpan, resource *resource.Resource) *record {
	own := span.Attributes()
	attributes := append(make([]attribute.KeyValue, 0, len(own)+3), own...) // the kind, the level, and what was scrubbed
	return &record{
		ReadOnlySpan: span, name: span.Name(), context: span.SpanContext(), parent: span.Parent(),
		start: span.StartTime(), end: span.EndTime(), attributes: attributes, events: slices.Clone(span.Events()), links: slices.Clone(span.Links()),
		status: span.Status(), resource: resource,
	}
}

// finish makes the record of a span that has ended.
func (p *pipeline) finish(span sdktrace.ReadOnlySpan) *record {
	r := copyOf(span, p.resource)
	if _, ok := find(r.attributes, keySpanType); !ok {
		r.attributes = append(r.attributes, attribute.String(keySpanType, spanTypeSpan))
	}
	setErrorLevelAndStatus(r)
	p.scrub(r)
	r.size = sizeOf(r)
	return r
}

// announce makes the pending span of a span that has just started: a copy with an id of its own below the span, which
// tells of the real parent in an attribute. See records.md, section 4.
func (p *pipeline) announce(span sdktrace.ReadOnlySpan) *record {
	r := copyOf(span, p.resource)
	r.attributes = without(r.attributes, keySpanType)
	r.attributes = append(r.attributes,
		attribute.String(keySpanType, spanTypePending),
		attribute.String(keyPendingParent, r.parent.SpanID().String()),
	)
	r.parent = r.context
	r.context = r.context.WithSpanID(randomSpanID())
	r.end = r.start
	setErrorLevelAndStatus(r)
	p.scrub(r)
	r.size = sizeOf(r)
	return r
}

// setErrorLevelAndStatus lets failed records be found by either their level or their status, as Logfire's SDK does.
func setErrorLevelAndStatus(r *record) {
	level, hasLevel := find(r.attributes, keyLevelNum)
	switch r.status.Code {
	case codes.Error:
		if !hasLevel {
			r.attributes = append(r.attributes, attribute.Int(keyLevelNum, int(LevelError)))
		}
	case codes.Unset:
		if !hasLevel {
			setLevelOfHTTP(r)
		} else if level.AsInt64() >= int64(LevelError) {
			r.status.Code = codes.Error
		}
	}
}

func setLevelOfHTTP(r *record) {
	status, ok := find(r.attributes, "http.response.status_code")
	if !ok {
		if status, ok = find(r.attributes, "http.status_code"); !ok {
			return
		}
	}
	code, kind := status.AsInt64(), r.SpanKind()
	switch {
	case kind == trace.SpanKindServer && code >= 500, kind == trace.SpanKindClient && code >= 400:
		r.status.Code = codes.Error
		r.attributes = append(r.attributes, attribute.Int(keyLevelNum, int(LevelError)))
	case kind == trace.SpanKindServer && code >= 400:
		r.attributes = append(r.attributes, attribute.Int(keyLevelNum, int(LevelWarn)))
	}
}

// scrub redacts what is sensitive. Names of spans and events are general and are left alone.
func (p *pipeline) scrub(r *record) {
	if p.scrubber == nil {
		return
	}
	pass := p.scrubber.Pass()
	r.attributes = pass.Attributes([]any{"attributes"}, r.attributes)
	for i := range r.events {
		r.events[i].Attributes = pass.Attributes([]any{"otel_events", i, "attributes"}, r.events[i].Attributes)
	}
	for i := range r.links {
		r.links[i].Attributes = pass.Attributes([]any{"links", i, "attributes"}, r.links[i].Attributes)
	}
	r.attributes = scrub.Annotate(r.attributes, pass.Notes)
}

// find returns the value of an attribute.
func find(attributes []attribute.KeyValue, key attribute.Key) (attribute.Value, bool) {
	for _, kv := range attributes {
		if kv.Key == key {
			return kv.Value, true
		}
	}
	return attribute.Value{}, false
}

// text returns the value of an attribute that is a text; empty when there is none.
func text(attributes []attribute.KeyValue, key attribute.Key) string {
	if value, ok := find(attributes, key); ok && value.Type() == attribute.STRING {
		return value.AsString()
	}
	return ""
}

// without returns the attributes but for one. The given slice is changed.
func without(attributes []attribute.KeyValue, key attribute.Key) []attribute.KeyValue {
	return slices.DeleteFunc(attributes, func(kv attribute.KeyValue) bool { return kv.Key == key })
}

// sizeOf estimates how many bytes a record takes in a request.
func sizeOf(r *record) int {
	size := 200 + len(r.name) + sizeOfAttributes(r.attributes)
	for _, event := range r.events {
		size += 20 + len(event.Name) + sizeOfAttributes(event.Attributes)
	}
	for _, link := range r.links {
		size += 50 + sizeOfAttributes(link.Attributes)
	}
	return size
}

func sizeOfAttributes(attributes []attribute.KeyValue) int {
	size := 0
	for _, kv := range attributes {
		size += 10 + len(kv.Key) + sizeOfValue(kv.Value)
	}
	return size
}

func sizeOfValue(value attribute.Value) int {
	switch value.Type() {
	case attribute.STRING:
		return len(value.AsString())
	case attribute.BYTESLICE:
		return len(value.AsByteSlice())
	case attribute.STRINGSLICE:
		size := 0
		for _, element := range value.AsStringSlice() {
			size += 5 + len(element)
		}
		return size
	case attribute.SLICE:
		size := 0
		for _, element := range value.AsSlice() {
			size += 5 + sizeOfValue(element)
		}
		return size
	case attribute.MAP:
		return sizeOfAttributes(value.AsMap())
	}
	return 10
}
