package hearth

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/scrub"
)

// goldenRecord is a record in the form of testdata/records.json.
type goldenRecord struct {
	Name       string         `json:"name"` // with a ? behind when pending
	Parent     string         `json:"parent"`
	Point      bool           `json:"point"` // it takes no time
	Kind       string         `json:"kind"`
	Status     string         `json:"status"`
	Attributes map[string]any `json:"attributes"`
	Events     []goldenEvent  `json:"events"`
}

type goldenEvent struct {
	Name       string         `json:"name"`
	Attributes map[string]any `json:"attributes"`
}

func TestRecordsAreThoseOfThePythonSDK(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile("testdata/records.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []goldenRecord
	if err := json.Unmarshal(golden, &want); err != nil {
		t.Fatal(err)
	}
	for i := range want {
		unpackJSON(want[i].Attributes)
	}
	scrubber, err := scrub.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var records []*record
	p := &pipeline{scrubber: scrubber, resource: resource.Empty(), sinks: []sink{{take: func(r *record) { records = append(records, r) }, pending: true}}}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	makeGoldenSpans(t.Context(), provider.Tracer("shop"))
	if diff := cmp.Diff(want, written(records)); diff != "" {
		t.Errorf("records (-Python +Go):\n%s", diff)
	}
}

// makeGoldenSpans makes the spans of testdata/records.py.
func makeGoldenSpans(ctx context.Context, tracer trace.Tracer) {
	checkout, span := tracer.Start(ctx, "checkout", trace.WithAttributes(attribute.Int("cart", 3), attribute.String("password", "hunter2")))
	_, child := tracer.Start(checkout, "pay")
	child.SetAttributes(attribute.String("provider", "bank"))
	child.AddEvent("asked", trace.WithAttributes(attribute.String("note", "api_key=abc")))
	child.End()
	span.SetAttributes(attribute.Bool("late", true))
	span.End()
	const newStatus, oldStatus = "http.response.status_code", "http.status_code"
	for _, c := range []struct {
		kind   trace.SpanKind
		key    string
		value  int
		status codes.Code
	}{
		{trace.SpanKindInternal, "", 0, codes.Error},
		{trace.SpanKindInternal, keyLevelNum, 13, codes.Error},
		{trace.SpanKindInternal, keyLevelNum, 17, codes.Unset},
		{trace.SpanKindInternal, keyLevelNum, 13, codes.Unset},
		{trace.SpanKindServer, newStatus, 500, codes.Unset},
		{trace.SpanKindServer, newStatus, 404, codes.Unset},
		{trace.SpanKindServer, oldStatus, 503, codes.Unset},
		{trace.SpanKindServer, newStatus, 200, codes.Unset},
		{trace.SpanKindClient, newStatus, 404, codes.Unset},
		{trace.SpanKindClient, newStatus, 302, codes.Unset},
		{trace.SpanKindInternal, newStatus, 500, codes.Unset},
		{trace.SpanKindServer, newStatus, 500, codes.Ok},
	} {
		options := []trace.SpanStartOption{trace.WithSpanKind(c.kind)}
		if c.key != "" {
			options = append(options, trace.WithAttributes(attribute.Int(c.key, c.value)))
		}
		_, span := tracer.Start(ctx, "case", options...)
		span.SetStatus(c.status, "")
		span.End()
	}
}

// written returns records in the form of testdata/records.json.
func written(records []*record) []goldenRecord {
	names := map[string]string{"0000000000000000": ""}
	for _, r := range records {
		name := r.Name()
		if r.spanType() == spanTypePending {
			name += "?"
		}
		names[r.SpanContext().SpanID().String()] = name
	}
	var all []goldenRecord
	for _, r := range records {
		attributes := plainAttributes(r.Attributes())
		if parent, ok := attributes[keyPendingParent].(string); ok {
			attributes[keyPendingParent] = names[parent]
		}
		unpackJSON(attributes)
		events := []goldenEvent{}
		for _, event := range r.Events() {
			events = append(events, goldenEvent{event.Name, plainAttributes(event.Attributes)})
		}
		all = append(all, goldenRecord{
			Name: names[r.SpanContext().SpanID().String()], Parent: names[r.Parent().SpanID().String()],
			Point: r.StartTime().Equal(r.EndTime()), Kind: r.SpanKind().String(), Status: strings.ToLower(r.Status().Code.String()),
			Attributes: attributes, Events: events,
		})
	}
	return all
}

func plainAttributes(attributes []attribute.KeyValue) map[string]any {
	plain := map[string]any{}
	for _, kv := range attributes {
		value := kv.Value.AsInterface()
		if number, ok := value.(int64); ok {
			value = float64(number)
		}
		plain[string(kv.Key)] = value
	}
	return plain
}

// unpackJSON parses the notes of the scrubber: the SDKs space JSON differently.
func unpackJSON(attributes map[string]any) {
	if text, ok := attributes[keyScrubbed].(string); ok {
		var notes any
		if json.Unmarshal([]byte(text), &notes) == nil {
			attributes[keyScrubbed] = notes
		}
	}
}

func TestPendingSpansGoWhenTheirEndIsInTheSameBatch(t *testing.T) {
	t.Parallel()
	var records []*record
	p := &pipeline{resource: resource.Empty(), sinks: []sink{{take: func(r *record) { records = append(records, r) }, pending: true}}}
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p)).Tracer("shop")
	ctx, running := tracer.Start(t.Context(), "running")
	_, over := tracer.Start(ctx, "over")
	over.End()
	var names []string
	for _, span := range withoutAnnounced(records) {
		names = append(names, span.Name()+" "+span.(*record).spanType())
	}
	if diff := cmp.Diff([]string{"running pending_span", "over span"}, names); diff != "" {
		t.Errorf("exported (-want +got):\n%s", diff)
	}
	running.End()
	if got := withoutAnnounced(records[3:]); len(got) != 1 || got[0].SpanContext().SpanID() != running.SpanContext().SpanID() {
		t.Errorf("the next batch has %v, want the end of running", got)
	}
}

// What is written into a span after it was announced does not reach the pending span, and scrubbing leaves the span of
// others alone.
func TestRecordsShareNothingWithTheirSpans(t *testing.T) {
	t.Parallel()
	scrubber, err := scrub.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var records []*record
	p := &pipeline{scrubber: scrubber, resource: resource.Empty(), sinks: []sink{{take: func(r *record) { records = append(records, r) }, pending: true}}}
	var seen []sdktrace.ReadOnlySpan
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p), sdktrace.WithSpanProcessor(onEnd(func(s sdktrace.ReadOnlySpan) { seen = append(seen, s) }))).Tracer("shop")
	_, span := tracer.Start(t.Context(), "a", trace.WithAttributes(attribute.String("x", "1")),
		trace.WithLinks(trace.Link{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}}), Attributes: []attribute.KeyValue{attribute.String("session", "s")}}))
	span.SetAttributes(attribute.String("x", "a secret"))
	span.AddEvent("e", trace.WithAttributes(attribute.String("cookie", "c")))
	span.End()
	if got := text(records[0].Attributes(), "x"); got != "1" {
		t.Errorf("the pending span says x=%s, want 1", got)
	}
	if got := text(records[1].Attributes(), "x"); got != "[Scrubbed due to 'secret']" {
		t.Errorf("the record says x=%s", got)
	}
	if got := text(records[1].Links()[0].Attributes, "session"); got != "[Scrubbed due to 'session']" {
		t.Errorf("the record's link says session=%s", got)
	}
	other := text(seen[0].Attributes(), "x") + text(seen[0].Events()[0].Attributes, "cookie") + text(seen[0].Links()[0].Attributes, "session")
	if other != "a secretcs" {
		t.Errorf("another processor sees %q, want all as it was", other)
	}
}

// onEnd is a span processor that only wants ends.
type onEnd func(sdktrace.ReadOnlySpan)

func (onEnd) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (f onEnd) OnEnd(span sdktrace.ReadOnlySpan)              { f(span) }
func (onEnd) Shutdown(context.Context) error                  { return nil }
func (onEnd) ForceFlush(context.Context) error                { return nil }

func TestAPanicOfAProcessorStaysHere(t *testing.T) {
	t.Parallel()
	took := 0
	p := &pipeline{
		resource: resource.Empty(), processors: []sdktrace.SpanProcessor{onEnd(func(sdktrace.ReadOnlySpan) { panic("no") })},
		sinks: []sink{{take: func(*record) { took++ }}},
	}
	_, span := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p)).Tracer("shop").Start(t.Context(), "a")
	span.End()
	if took != 1 {
		t.Errorf("the record was taken %d times, want once", took)
	}
}
