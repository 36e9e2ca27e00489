package agent

import (
	"context"
	"iter"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// spoken is a model that gives the same answer always.
type spokenModel struct{ answer Response }

func (spokenModel) Name() string     { return "parrot" }
func (spokenModel) Provider() string { return "test" }
func (spokenModel) BaseURL() string  { return "http://127.0.0.1:8080/v1" }

func (m spokenModel) Request(context.Context, *Request) (*Response, error) { return &m.answer, nil }

func (m spokenModel) Stream(context.Context, *Request) (iter.Seq2[Delta, error], error) {
	return func(yield func(Delta, error) bool) {
		for i, part := range m.answer.Parts {
			if !yield(PartDelta{i, part}, nil) {
				return
			}
		}
	}, nil
}

func TestInstrumentedModelRecordsEachRequest(t *testing.T) {
	t.Parallel()
	exporter := tracetest.NewInMemoryExporter()
	settings := &InstrumentationSettings{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))}
	model := Instrumented(spokenModel{Response{Parts: []ResponsePart{Text{Text: "Hello."}}}}, settings)
	request := &Request{Messages: []Message{&Input{Parts: []InputPart{UserPrompt{Content: []Content{Text{Text: "Say hello."}}}}}}}
	if _, err := model.Request(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	spans := exporter.GetSpans()
	if len(spans) != 1 || spans[0].Name != "chat parrot" {
		t.Fatalf("spans: %v", spans)
	}
	const want = `[{"content":"Say hello.","role":"user","gen_ai.system":"test","gen_ai.message.index":0,"event.name":"gen_ai.user.message"},` +
		`{"index":0,"message":{"role":"assistant","content":"Hello."},"gen_ai.system":"test","event.name":"gen_ai.choice"}]`
	for _, kv := range spans[0].Attributes {
		if kv == attribute.String("events", want) {
			return
		}
	}
	t.Errorf("attributes: %v", spans[0].Attributes)
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
