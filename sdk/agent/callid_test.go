package agent_test

import (
	"context"
	"encoding/json"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

// A model that does not name its calls still has the spans of requests and of tools tell of the same ones, whole or streamed.
func TestCallsWithoutIDsAreNamedBeforeTheyAreRecorded(t *testing.T) {
	t.Parallel()
	model := functionmodel.New(func(_ context.Context, request *agent.Request) (*agent.Response, error) {
		if len(request.Messages) > 1 {
			return &agent.Response{Parts: []agent.ResponsePart{agent.Text{Text: "Done."}}}, nil
		}
		return &agent.Response{Parts: []agent.ResponsePart{agent.ToolCall{Name: "look", Args: json.RawMessage(`{}`)}}}, nil
	})
	look := agent.NewTool("look", "Look.", func(context.Context, struct{}) (string, error) { return "seen", nil })
	for name, run := range map[string]func(*agent.Agent[string]) error{
		"whole":    func(a *agent.Agent[string]) error { _, err := a.Run(t.Context(), "Look."); return err },
		"streamed": func(a *agent.Agent[string]) error { _, err := a.Stream(t.Context(), "Look.").Result(); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorder := tracetest.NewInMemoryExporter()
			provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(recorder))
			a := agent.NewText(model, agent.WithTools(look), agent.WithInstrumentation(&agent.InstrumentationSettings{TracerProvider: provider}))
			if err := run(a); err != nil {
				t.Fatal(err)
			}
			asked, carriedOut := "", ""
			for _, span := range recorder.GetSpans() {
				values := attribute.NewSet(span.Attributes...)
				if id, ok := values.Value("gen_ai.tool.call.id"); ok {
					carriedOut = id.AsString()
				}
				if events, ok := values.Value("events"); ok && asked == "" {
					asked = firstCall(t, events.AsString())
				}
			}
			if asked == "" || asked != carriedOut {
				t.Errorf("the request's span tells of call %q, the tool's of %q", asked, carriedOut)
			}
		})
	}
}

// firstCall is the id of the first call among the events of a request.
func firstCall(t *testing.T, events string) string {
	var all []struct {
		Message struct {
			Calls []struct {
				ID string `json:"id"`
			} `json:"tool_calls"`
		} `json:"message"`
	}
	if err := json.Unmarshal([]byte(events), &all); err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		for _, call := range e.Message.Calls {
			return call.ID
		}
	}
	return ""
}
