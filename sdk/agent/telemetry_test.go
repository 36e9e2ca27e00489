package agent

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	otelembedded "go.opentelemetry.io/otel/trace/embedded"

	"github.com/hearth-dev/hearth/sdk/prices"
)

// parrot is a model that gives the same answer always.
type parrot struct{ answer Response }

func (parrot) Name() string     { return "parrot" }
func (parrot) Provider() string { return "test" }
func (parrot) BaseURL() string  { return "http://127.0.0.1:8080/v1" }

func (m parrot) Request(ctx context.Context, _ *Request) (*Response, error) {
	return &m.answer, ctx.Err()
}

func (m parrot) Stream(context.Context, *Request) (iter.Seq2[Delta, error], error) {
	return func(yield func(Delta, error) bool) {
		for i, part := range m.answer.Parts {
			if !yield(PartDelta{i, part}, nil) {
				return
			}
		}
	}, nil
}

var hello = parrot{Response{Parts: []ResponsePart{Text{Text: "Hello."}}, Usage: Usage{InputTokens: 5, OutputTokens: 2}}}

func prompt(text string) *Input {
	return &Input{Parts: []InputPart{UserPrompt{Content: []Content{Text{Text: text}}}}}
}

func question() *Request { return &Request{Messages: []Message{prompt("Say hello.")}} }

// recorded returns settings, and what their spans are.
func recorded() (*InstrumentationSettings, *tracetest.InMemoryExporter) {
	exporter := tracetest.NewInMemoryExporter()
	return &InstrumentationSettings{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))}, exporter
}

// valueOf returns an attribute of a span.
func valueOf(span tracetest.SpanStub, key attribute.Key) (attribute.Value, bool) {
	for _, kv := range span.Attributes {
		if kv.Key == key {
			return kv.Value, true
		}
	}
	return attribute.Value{}, false
}

func TestOffCostsNothing(t *testing.T) { // not parallel: allocations are counted
	ctx := t.Context()
	request := &Request{}
	response := &Response{}
	allocations := testing.AllocsPerRun(100, func() {
		ctx, run := startRun(ctx, nil, runStart{agent: "a"})
		ctx, asked := StartRequest(ctx, nil, Target{Name: "m"}, request)
		asked.FirstChunk()
		asked.End(response, nil)
		_, tool := startTool(ctx, nil, toolStart{name: "t"})
		tool.end(nil, nil)
		run.end(runEnd{messages: request.Messages})
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestWhoseSettingsCount(t *testing.T) { // not parallel: InstrumentAll is for the whole process
	t.Cleanup(InstrumentAllOff)
	models, own, all := &InstrumentationSettings{}, &InstrumentationSettings{}, &InstrumentationSettings{}
	wrapped := Instrumented(hello, models)
	said := instrumentation{chosen: true, settings: own}
	off := instrumentation{chosen: true}
	check := func(what string, want, got *InstrumentationSettings) {
		t.Helper()
		if want != got {
			t.Errorf("%s: %p, want %p", what, got, want)
		}
	}
	check("nobody says anything", nil, resolve(instrumentation{}, hello))
	InstrumentAll(all)
	check("everywhere", all, resolve(instrumentation{}, hello))
	check("the agent says it", own, resolve(said, hello))
	check("the agent is off", nil, resolve(off, hello))
	check("the model is instrumented", models, resolve(off, wrapped))
	check("the model inside of another is", models, resolve(off, wrapper{wrapped}))
	InstrumentAll()
	if got := resolve(instrumentation{}, hello); got == nil || got == all {
		t.Errorf("InstrumentAll without settings: %p", got)
	}
	InstrumentAllOff()
	check("off again", nil, resolve(instrumentation{}, hello))
	if Instrumented(wrapped, own) != wrapped {
		t.Error("a model is instrumented twice")
	}
}

type wrapper struct{ Model }

func (w wrapper) Unwrap() Model { return w.Model }

func TestGlobalProvidersAreThoseOfTheMoment(t *testing.T) { // not parallel: they are the process's
	before := otel.GetTracerProvider()
	t.Cleanup(func() { otel.SetTracerProvider(before) })
	model := Instrumented(hello, nil)
	for _, name := range []string{"the first", "the second"} {
		exporter := tracetest.NewInMemoryExporter()
		otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)))
		for range 2 {
			if _, err := model.Request(t.Context(), question()); err != nil {
				t.Fatal(err)
			}
		}
		if spans := len(exporter.GetSpans()); spans != 2 {
			t.Errorf("%s provider has %d spans", name, spans)
		}
	}
}

func TestProvidersThatCannotBeComparedAreUsed(t *testing.T) {
	t.Parallel()
	exporter := tracetest.NewInMemoryExporter()
	provider := incomparable{sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)), nil}
	model := Instrumented(hello, &InstrumentationSettings{TracerProvider: provider})
	for range 2 {
		if _, err := model.Request(t.Context(), question()); err != nil {
			t.Fatal(err)
		}
	}
	if spans := len(exporter.GetSpans()); spans != 2 {
		t.Errorf("%d spans", spans)
	}
}

type incomparable struct {
	trace.TracerProvider
	_ func()
}

// explosives panics wherever it is called.
type explosives struct{ otelembedded.TracerProvider }

func (explosives) Tracer(string, ...trace.TracerOption) trace.Tracer { panic("bang") }

// explosiveSpan is a span that panics when it is told something, and when it ends.
type explosiveSpan struct{ trace.Span }

func (explosiveSpan) IsRecording() bool                     { return true }
func (explosiveSpan) SetAttributes(...attribute.KeyValue)   { panic("bang") }
func (explosiveSpan) AddEvent(string, ...trace.EventOption) { panic("bang") }
func (explosiveSpan) SetStatus(codes.Code, string)          { panic("bang") }
func (explosiveSpan) End(...trace.SpanEndOption)            { panic("bang") }

type explosiveTracers struct{ otelembedded.TracerProvider }

func (explosiveTracers) Tracer(string, ...trace.TracerOption) trace.Tracer { return explosiveTracer{} }

type explosiveTracer struct{ otelembedded.Tracer }

func (explosiveTracer) Start(ctx context.Context, _ string, _ ...trace.SpanStartOption) (context.Context, trace.Span) {
	return ctx, explosiveSpan{trace.SpanFromContext(ctx)}
}

// silentHandler takes what otel.Handle is told.
type silentHandler struct {
	mu   sync.Mutex // guards said
	said []string
}

func (h *silentHandler) Handle(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.said = append(h.said, err.Error())
}

func TestThePanicsOfTelemetryStayWithIt(t *testing.T) { // not parallel: the error handler is the process's
	handler := &silentHandler{}
	otel.SetErrorHandler(handler)
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })
	bang := func(*prices.Call) (prices.Cost, bool) { panic("bang") }
	quiet, _ := recorded()
	for name, settings := range map[string]*InstrumentationSettings{
		"the provider panics": {TracerProvider: explosives{}},
		"the spans panic":     {TracerProvider: explosiveTracers{}},
		"the pricer panics":   {TracerProvider: quiet.TracerProvider, Pricer: bang},
	} {
		handler.said = nil
		ask := func(context.Context, struct{}) (string, error) { return "", errors.New("no") }
		call := Response{Parts: []ResponsePart{ToolCall{ID: "1", Name: "ask", Args: []byte(`{}`)}}}
		a := NewText(parrot{call}, WithTools(NewTool("ask", "", ask)), WithInstrumentation(settings))
		if _, err := a.Run(t.Context(), "Hello?"); err == nil || !strings.Contains(err.Error(), "tool ask: no") {
			t.Errorf("%s: the run's error is %v", name, err)
		}
		if len(handler.said) == 0 || !strings.Contains(handler.said[0], "panic: bang") {
			t.Errorf("%s: the handler was told %q", name, handler.said)
		}
	}
}

// The want is what PydanticAI 1.107 makes of the same parts; what its provider ran is not there.
func TestEventsAreSilentAboutWhatTheProviderRan(t *testing.T) {
	t.Parallel()
	s := &InstrumentationSettings{}
	events := s.events(&Response{Parts: []ResponsePart{
		Text{Text: "a"},
		ToolCall{ID: "c1", Name: "web_search", Args: []byte(`{"q":"x"}`), Builtin: true},
		ToolReturn{ID: "c1", Name: "web_search", Content: "found"},
		ToolCall{ID: "c2", Name: "f", Args: []byte(`{"a":1}`)},
	}})
	want := `{"role":"assistant","content":"a","tool_calls":[{"id":"c2","type":"function","function":{"name":"f","arguments":{"a":1}}}]}`
	if len(events) != 1 || string(appendJSON(nil, events[0].body)) != want {
		t.Errorf("got %s, want one event: %s", appendJSON(nil, events), want)
	}
}

func TestBaggageOnlyOnRequest(t *testing.T) {
	t.Parallel()
	for _, wanted := range []bool{false, true} {
		settings, _ := recorded()
		settings.PropagateBaggage = wanted
		ctx, run := startRun(t.Context(), settings, runStart{agent: "Ada & co", runID: "run_1", conversationID: "c,1"})
		run.end(runEnd{})
		bag := baggage.FromContext(ctx)
		if !wanted {
			if bag.Len() != 0 {
				t.Errorf("baggage: %s", bag)
			}
			continue
		}
		for key, want := range map[string]string{"gen_ai.agent.name": "Ada & co", "gen_ai.agent.call.id": "run_1", "gen_ai.conversation.id": "c,1"} {
			if got := bag.Member(key).Value(); got != want {
				t.Errorf("%s: %q, want %q", key, got, want)
			}
		}
	}
}

func TestAStreamThatNobodyReadsEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ended := make(chan sdktrace.ReadOnlySpan, 1)
	settings := &InstrumentationSettings{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(onEnd{ended}))}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := Instrumented(hello, settings).Stream(ctx, question()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
		t.Fatal("the span ended before its context")
	default:
	}
	cancel()
	if span := <-ended; span.Status().Code != codes.Error {
		t.Errorf("status %v", span.Status())
	}
}

// onEnd sends spans that end.
type onEnd struct{ ended chan sdktrace.ReadOnlySpan }

func (onEnd) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (p onEnd) OnEnd(span sdktrace.ReadOnlySpan)              { p.ended <- span }
func (onEnd) Shutdown(context.Context) error                  { return nil }
func (onEnd) ForceFlush(context.Context) error                { return nil }

// counted counts how often it is written.
type counted struct{ times *int }

func (c counted) MarshalJSON() ([]byte, error) {
	*c.times++
	return []byte(`"counted"`), nil
}

func TestARunWritesEachMessageOnce(t *testing.T) {
	t.Parallel()
	settings, exporter := recorded()
	times := 0
	ctx, run := startRun(t.Context(), settings, runStart{agent: "a"})
	messages := []Message{&Input{Parts: []InputPart{ToolReturn{ID: "1", Name: "t", Content: counted{&times}}}}}
	for i := range 10 {
		_, asked := StartRequest(ctx, settings, Target{Name: "m"}, &Request{Messages: messages})
		asked.End(&hello.answer, nil)
		messages = append(messages, &hello.answer, prompt(fmt.Sprint(i)))
	}
	run.end(runEnd{messages: messages})
	if times != 1 {
		t.Errorf("written %d times", times)
	}
	for _, span := range exporter.GetSpans() {
		text, ok := valueOf(span, "events")
		if all, isRun := valueOf(span, "all_messages_events"); isRun {
			text, ok = all, true
		}
		if !ok || strings.Count(text.AsString(), `"counted"`) != 1 {
			t.Errorf("%s: %s", span.Name, text.AsString())
		}
	}
}

func TestWhatIsNotSampledIsMeasuredAndNotWritten(t *testing.T) {
	t.Parallel()
	reader := metric.NewManualReader()
	times := 0
	settings := &InstrumentationSettings{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())),
		MeterProvider:  metric.NewMeterProvider(metric.WithReader(reader)),
	}
	request := &Request{Messages: []Message{&Input{Parts: []InputPart{ToolReturn{Content: counted{&times}}}}}}
	if _, err := Instrumented(hello, settings).Request(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.ScopeMetrics) != 1 || len(all.ScopeMetrics[0].Metrics) != 1 || all.ScopeMetrics[0].Metrics[0].Name != "gen_ai.client.token.usage" {
		t.Errorf("metrics: %+v", all.ScopeMetrics)
	}
	if times != 0 {
		t.Errorf("messages were written %d times", times)
	}
}

func TestRequestsInsideOfToolsAreNotTheRunsOwn(t *testing.T) {
	t.Parallel()
	settings, exporter := recorded()
	settings.Format = FormatMessages
	ctx, run := startRun(t.Context(), settings, runStart{agent: "outer"})
	_, own := StartRequest(ctx, settings, Target{Name: "own"}, &Request{Messages: question().Messages, Instructions: "Be brief."})
	own.End(&Response{Usage: Usage{InputTokens: 10}}, nil)
	ctx, tool := startTool(ctx, settings, toolStart{name: "t", id: "1"})
	_, foreign := StartRequest(ctx, settings, Target{Name: "foreign"}, &Request{Instructions: "Be long."})
	foreign.End(&Response{Usage: Usage{InputTokens: 1000}}, nil)
	tool.end("done", nil)
	run.end(runEnd{output: "done"})

	spans := exporter.GetSpans()
	last := spans[len(spans)-1]
	if tokens, _ := valueOf(last, "gen_ai.aggregated_usage.input_tokens"); tokens.AsInt64() != 10 {
		t.Errorf("the run used %d tokens", tokens.AsInt64())
	}
	if text, _ := valueOf(last, "gen_ai.system_instructions"); text.AsString() != `[{"type":"text","content":"Be brief."}]` {
		t.Errorf("the run's instructions: %s", text.AsString())
	}
	if _, varied := valueOf(last, "pydantic_ai.variable_instructions"); varied {
		t.Error("the run's instructions changed")
	}
	for _, span := range spans {
		if name, _ := valueOf(span, "gen_ai.agent.name"); name.AsString() != "outer" {
			t.Errorf("%s: agent %q", span.Name, name.AsString())
		}
	}
}

func TestARequestOfAnotherKindHasNoMessages(t *testing.T) {
	t.Parallel()
	settings, exporter := recorded()
	_, asked := StartRequest(t.Context(), settings, Target{Operation: "embeddings", Provider: "openai", Name: "text-embedding-3-small"}, nil)
	asked.End(&Response{Usage: Usage{InputTokens: 1_000_000}}, nil)
	asked.End(nil, errors.New("a second end counts for nothing"))
	spans := exporter.GetSpans()
	if len(spans) != 1 || spans[0].Name != "embeddings text-embedding-3-small" || spans[0].Status.Code != codes.Unset {
		t.Fatalf("spans: %+v", spans)
	}
	if cost, _ := valueOf(spans[0], "operation.cost"); cost.AsFloat64() != 0.02 {
		t.Errorf("cost %v", cost.AsFloat64())
	}
	for _, key := range []attribute.Key{"events", "model_request_parameters", "gen_ai.tool.definitions"} {
		if value, has := valueOf(spans[0], key); has {
			t.Errorf("%s: %s", key, value.AsString())
		}
	}
}

func TestARequestMayBeToldOfFromManyGoroutines(t *testing.T) {
	t.Parallel()
	settings, exporter := recorded()
	ctx, asked := StartRequest(t.Context(), settings, Target{Name: "m"}, question())
	var group sync.WaitGroup
	for range 8 {
		group.Go(asked.FirstChunk)
		group.Go(func() { AnsweredBy(ctx, hello) })
		group.Go(func() { asked.End(&hello.answer, nil) })
	}
	group.Wait()
	if spans := exporter.GetSpans(); len(spans) != 1 {
		t.Errorf("%d spans", len(spans))
	}
}

// The hundredth request of a conversation, as a step of a run and by itself: a run has written the messages before it already.
func BenchmarkRequestOfALongConversation(b *testing.B) {
	embeddedPrices() // reading them is not what is measured
	settings := &InstrumentationSettings{TracerProvider: sdktrace.NewTracerProvider()}
	var messages []Message
	for i := range 100 {
		messages = append(messages, prompt(strings.Repeat("What is it like in Paris? ", 40)+fmt.Sprint(i)), &hello.answer)
	}
	request := &Request{Messages: append(messages, prompt("And now?"))}
	inRun, run := startRun(b.Context(), settings, runStart{agent: "a"})
	defer run.end(runEnd{})
	for name, ctx := range map[string]context.Context{"in a run": inRun, "by itself": b.Context()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, asked := StartRequest(ctx, settings, Target{Name: "m"}, request)
				asked.End(&hello.answer, nil)
			}
		})
	}
}
