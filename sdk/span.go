package hearth

import (
	"context"
	"log/slog"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/hearth-dev/hearth/sdk/internal/exception"
)

// OpenSpan is a span that Span began and whose End is to come. All its methods are safe for concurrent use, do nothing
// after End, and do nothing on a nil OpenSpan: that is what Span returns where nothing is configured.
type OpenSpan struct {
	span trace.Span

	mu        sync.Mutex // guards what follows
	arguments []argument // with the schemas that logfire.json_schema names at the end
	level     Level
	tags      []string
	changed   bool // arguments were set that the schema of the beginning does not have
	ended     bool
}

// Span begins a span and returns it with a context that carries it: what is made with that context stands below it.
//
//	ctx, span := hearth.Span(ctx, "bake {loaves} loaves", hearth.Attr("loaves", 12))
//	defer span.End()
//
// The template is the span's name, constant for all spans of a kind. In its message the fields in braces are filled
// with the attributes of their names: {loaves}; {loaves=} shows the name too; {price:.2f} formats as package fmt does;
// {order.number} is an attribute of that name, or number in the group order; {{ and }} are braces. Of a value a message
// shows 128 characters. A template whose fields cannot be filled is the message itself, and the attribute
// hearth.template_problem says why.
//
// Attributes are those of log/slog, made by Attr or by slog.String, slog.Any and so on. AtLevel, Tags, SpanName,
// SpanKind and Links among them are instructions for the span.
//
// Only Configure makes Span record: a tracer provider that other code has set is not used, as in Logfire's SDK, so that
// a library may use this package and leave to the program whether anything is recorded. The span is an ordinary
// OpenTelemetry one, child of the one in ctx whoever made that, and parent of those that other instrumentation makes
// with the context returned. Where nothing is configured, and below the minimum level, ctx and nil are returned.
func Span(ctx context.Context, template string, attrs ...slog.Attr) (context.Context, *OpenSpan) {
	if s := current.Load(); s != nil {
		return s.begin(ctx, template, attrs)
	}
	return ctx, nil
}

func (s *state) begin(ctx context.Context, template string, attrs []slog.Attr) (context.Context, *OpenSpan) {
	if level := askedLevel(attrs); level != 0 && level < s.minLevel {
		return ctx, nil
	}
	var d draft
	d.add(attrs)
	d.say(template, s.scrubber)
	if d.name == "" {
		d.name = template
	}
	ctx, span := s.tracer.Start(ctx, d.name,
		trace.WithAttributes(d.attributes(ctx, spanTypeSpan, callerOf(1))...),
		trace.WithSpanKind(d.kind), trace.WithLinks(d.links...))
	return ctx, &OpenSpan{span: span, arguments: d.arguments, level: d.level, tags: d.tags}
}

// recording tells whether anything that is said about the span is kept.
func (o *OpenSpan) recording() bool { return o != nil && o.span.IsRecording() }

// Set sets attributes of the span, in the place of former ones of their names. Its message stays as it is. Of the
// instructions AtLevel, Tags, SpanName and Links do what they say, and SpanKind comes too late.
func (o *OpenSpan) Set(attrs ...slog.Attr) {
	if o.recording() {
		o.set(attrs)
	}
}

func (o *OpenSpan) set(attrs []slog.Attr) {
	var d draft
	d.add(attrs)
	o.mu.Lock()
	defer o.mu.Unlock()
	merged := draft{arguments: o.arguments}
	out := make([]attribute.KeyValue, 0, len(d.arguments))
	for _, arg := range d.arguments {
		merged.put(arg)
		out = append(out, attribute.KeyValue{Key: attribute.Key(arg.key), Value: arg.encoded.Value})
	}
	if len(d.arguments) > 0 {
		o.arguments, o.changed = merged.arguments, true
	}
	if d.level != 0 {
		o.level = d.level
		out = append(out, attribute.Int(keyLevelNum, int(d.level)))
	}
	if len(d.tags) > 0 {
		o.tags = joinTags(o.tags, d.tags)
		out = append(out, attribute.StringSlice(keyTags, o.tags))
	}
	o.span.SetAttributes(out...)
	if d.name != "" {
		o.span.SetName(d.name)
	}
	for _, link := range d.links {
		o.span.AddLink(link)
	}
}

// SetMessage replaces the span's message. It is shown as it is; the name and the template stay.
func (o *OpenSpan) SetMessage(message string) {
	if o.recording() {
		o.span.SetAttributes(attribute.String(keyMessage, message))
	}
}

// SetLevel sets the span's level.
func (o *OpenSpan) SetLevel(level Level) {
	if o.recording() {
		o.set([]slog.Attr{AtLevel(level)})
	}
}

// RecordError notes that err happened in the span, which copes with it: the exception with the stack of the call is
// shown with the span, whose level stays as it is. A nil err is none. See EndErr for the errors that a span ends with.
func (o *OpenSpan) RecordError(err error) {
	if err != nil && o.recording() {
		o.record(exception.OfError(err), false)
	}
}

// End ends the span. Deferred by itself, as in
//
//	defer span.End()
//
// it records a panic that passes through, as an error that the span fails with, and lets it go on. Where nothing is
// configured End does not touch panics. A span ends once: a second End does nothing.
func (o *OpenSpan) End() {
	if o == nil {
		return
	}
	if r := recover(); r != nil {
		o.record(exception.OfPanic(r), true)
		o.finish()
		panic(r)
	}
	o.finish()
}

// EndErr ends the span as End does and says whether the function that made it failed: if *err is not nil the span gets
// level error, the status error and the exception.
//
//	func bake(ctx context.Context) (err error) {
//		ctx, span := hearth.Span(ctx, "bake")
//		defer span.EndErr(&err)
//
// err may be nil, and is not changed.
func (o *OpenSpan) EndErr(err *error) {
	if o == nil {
		return
	}
	if r := recover(); r != nil {
		o.record(exception.OfPanic(r), true)
		o.finish()
		panic(r)
	}
	if err != nil && *err != nil {
		o.record(exception.OfError(*err), true)
	}
	o.finish()
}

// finish sends the span. Attributes that were set after its beginning are in its schema from here on.
func (o *OpenSpan) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return
	}
	o.ended = true
	if o.changed && o.span.IsRecording() {
		o.span.SetAttributes(attribute.String(keyJSONSchema, schemaOf(o.arguments)))
	}
	o.span.End()
}

// OTel returns the span as OpenTelemetry's, for what this package has no method for, such as AddEvent and SpanContext.
// Of a nil OpenSpan it is one that does nothing. End the OpenSpan, not this.
func (o *OpenSpan) OTel() trace.Span {
	if o == nil {
		return noop.Span{}
	}
	return o.span
}
