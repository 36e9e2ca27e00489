package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

// script is a model that answers with one response after the other, and remembers what it was asked.
type script struct {
	*functionmodel.Model
	requests []*agent.Request
}

func newScript(responses ...[]agent.ResponsePart) *script {
	s := &script{}
	s.Model = functionmodel.New(func(_ context.Context, req *agent.Request) (*agent.Response, error) {
		s.requests = append(s.requests, req)
		if len(s.requests) > len(responses) {
			return nil, fmt.Errorf("request %d was not expected", len(s.requests))
		}
		return &agent.Response{Parts: responses[len(s.requests)-1]}, nil
	}, functionmodel.Name("script"))
	return s
}

func says(text string) []agent.ResponsePart { return []agent.ResponsePart{agent.Text{Text: text}} }

func calls(calls ...agent.ToolCall) []agent.ResponsePart {
	parts := make([]agent.ResponsePart, len(calls))
	for i, call := range calls {
		parts[i] = call
	}
	return parts
}

func call(id, name, args string) agent.ToolCall {
	return agent.ToolCall{ID: id, Name: name, Args: json.RawMessage(args)}
}

// transcript tells a conversation, one line for each part.
func transcript(messages []agent.Message) string {
	var lines []string
	for _, m := range messages {
		switch m := m.(type) {
		case *agent.Input:
			for _, part := range m.Parts {
				lines = append(lines, inputLine(part))
			}
		case *agent.Response:
			for _, part := range m.Parts {
				lines = append(lines, responseLine(part))
			}
		}
	}
	return strings.Join(lines, "\n")
}

func inputLine(part agent.InputPart) string {
	switch part := part.(type) {
	case agent.SystemPrompt:
		return "system: " + part.Text
	case agent.UserPrompt:
		return fmt.Sprintf("user: %v", part.Content)
	case agent.ToolReturn:
		return fmt.Sprintf("%s %s returned: %s", part.ID, part.Name, part.ModelText())
	case agent.RetryPrompt:
		return strings.TrimSpace(part.ID + " " + part.Name + " retry: " + part.Prompt())
	}
	return "?"
}

func responseLine(part agent.ResponsePart) string {
	switch part := part.(type) {
	case agent.Text:
		return "says: " + part.Text
	case agent.ToolCall:
		return fmt.Sprintf("calls: %s %s %s", part.ID, part.Name, part.Args)
	}
	return fmt.Sprintf("%T", part)
}

func expect(t *testing.T, what, want, got string) {
	t.Helper()
	if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

type place struct {
	City string `json:"city"`
}

func weatherTool() agent.Tool {
	return agent.NewTool("weather", "Weather of a city", func(_ context.Context, p place) (string, error) {
		return "rain in " + p.City, nil
	})
}

func TestARunCallsToolsUntilTheModelAnswers(t *testing.T) {
	t.Parallel()
	model := newScript(calls(call("1", "weather", `{"city":"Paris"}`)), says("Take an umbrella."))
	a := agent.NewText(model, agent.WithSystemPrompt("Be brief."), agent.WithInstructions("Use tools."), agent.WithTools(weatherTool()))
	result, err := a.Run(t.Context(), "Umbrella in Paris?")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "conversation", `
system: Be brief.
user: [{Umbrella in Paris?  }]
calls: 1 weather {"city":"Paris"}
1 weather returned: rain in Paris
says: Take an umbrella.`, transcript(result.AllMessages()))
	if result.Output != "Take an umbrella." {
		t.Errorf("output %q", result.Output)
	}
	if u := result.Usage(); u.Requests != 2 || u.ToolCalls != 1 || u.InputTokens == 0 || u.OutputTokens == 0 {
		t.Errorf("usage %+v", u)
	}
	for i, req := range model.requests {
		if req.Instructions != "Use tools." {
			t.Errorf("request %d: instructions %q", i, req.Instructions)
		}
	}
	if model.requests[0].Tools[0].Name != "weather" {
		t.Errorf("tools %+v", model.requests[0].Tools)
	}
}

func TestStructuredOutputComesByATool(t *testing.T) {
	t.Parallel()
	type weather struct {
		City    string  `json:"city"`
		Degrees float64 `json:"degrees"`
	}
	model := newScript(says("It is 21."), calls(call("1", "final_result", `{"city":"Paris"}`)), calls(call("2", "final_result", `{"city":"Paris","degrees":21}`)))
	result, err := agent.New[weather](model, agent.WithRetries(2), agent.WithOutputMode(agent.OutputTool)).Run(t.Context(), "Weather?")
	if err != nil {
		t.Fatal(err)
	}
	if want := (weather{"Paris", 21}); result.Output != want {
		t.Errorf("output %+v, want %+v", result.Output, want)
	}
	expect(t, "conversation", `
user: [{Weather?  }]
says: It is 21.
retry: Validation feedback:
Please include your response in a tool call.

Fix the errors and try again.
calls: 1 final_result {"city":"Paris"}
1 final_result retry: 1 validation error:
`+"```json"+`
[
  {
    "type": "missing",
    "loc": [
      "degrees"
    ],
    "msg": "Field required",
    "input": {
      "city": "Paris"
    }
  }
]
`+"```"+`

Fix the errors and try again.
calls: 2 final_result {"city":"Paris","degrees":21}
2 final_result returned: Final result processed.`, transcript(result.AllMessages()))
}
