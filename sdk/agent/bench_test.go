package agent_test

import (
	"context"
	"encoding/json"
	"testing"

	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

// canned is a model that costs nothing: it asks for the weather once, then answers.
type canned struct{ *functionmodel.Model }

var (
	askWeather = &agent.Response{Parts: calls(call("1", "weather", `{"city":"Paris"}`)), Usage: agent.Usage{InputTokens: 50, OutputTokens: 10}}
	sayDone    = &agent.Response{Parts: says("Rain."), Usage: agent.Usage{InputTokens: 80, OutputTokens: 5}}
)

func (canned) Request(_ context.Context, req *agent.Request) (*agent.Response, error) {
	if len(req.Messages) == 1 {
		return askWeather, nil
	}
	return sayDone, nil
}

var model = canned{functionmodel.Text("")}

// bare is the loop that one writes by hand for one tool.
func bare(ctx context.Context, prompt string) (string, error) {
	messages := []agent.Message{&agent.Input{Parts: []agent.InputPart{agent.UserPrompt{Content: []agent.Content{agent.Text{Text: prompt}}}}}}
	for {
		response, err := model.Request(ctx, &agent.Request{Messages: messages})
		if err != nil {
			return "", err
		}
		messages = append(messages, response)
		called := response.ToolCalls()
		if len(called) == 0 {
			return response.Text(), nil
		}
		answer := &agent.Input{}
		for _, call := range called {
			var p place
			if err := json.Unmarshal(call.Args, &p); err != nil {
				return "", err
			}
			answer.Parts = append(answer.Parts, agent.ToolReturn{ID: call.ID, Name: call.Name, Content: "rain in " + p.City})
		}
		messages = append(messages, answer)
	}
}

// A run of two requests and a tool call: by hand, by an agent that is not recorded, and by one that is. The model answers at
// once; a real one takes a second.
func BenchmarkRun(b *testing.B) {
	ctx := b.Context()
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := bare(ctx, "go"); err != nil {
				b.Fatal(err)
			}
		}
	})
	recorded := &agent.InstrumentationSettings{TracerProvider: trace.NewTracerProvider()} // spans are made and thrown away
	for name, settings := range map[string]*agent.InstrumentationSettings{"agent": nil, "agent recorded": recorded} {
		a := agent.NewText(model, agent.WithTools(weatherTool()), agent.WithInstrumentation(settings))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Run(ctx, "go"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
