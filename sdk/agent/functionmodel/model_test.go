package functionmodel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

func echo(_ context.Context, req *agent.Request) (*agent.Response, error) {
	prompt := req.Messages[0].(*agent.Input).Parts[0].(agent.UserPrompt).Content[0].(agent.Text).Text
	return &agent.Response{Parts: []agent.ResponsePart{agent.Thinking{Text: "Hm."}, agent.Text{Text: prompt}, agent.ToolCall{ID: "1", Name: "t", Args: json.RawMessage(`{}`)}}}, nil
}

func pieces(context.Context, *agent.Request) iter.Seq2[agent.Delta, error] {
	return func(yield func(agent.Delta, error) bool) {
		_ = yield(agent.TextDelta{Text: "two "}, nil) && yield(agent.TextDelta{Text: "words"}, nil)
	}
}

func request(prompt string) *agent.Request {
	return &agent.Request{Messages: []agent.Message{&agent.Input{Parts: []agent.InputPart{
		agent.UserPrompt{Content: []agent.Content{agent.Text{Text: prompt}}},
	}}}}
}

// collected consumes a stream.
func collected(t *testing.T, m agent.Model, prompt string) *agent.Response {
	t.Helper()
	deltas, err := m.Stream(t.Context(), request(prompt))
	if err != nil {
		t.Fatal(err)
	}
	var c agent.Collector
	for delta, err := range deltas {
		if err != nil {
			t.Fatal(err)
		}
		c.Add(delta)
	}
	return c.Response()
}

func TestAModelIsNamedAfterItsFunctions(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]*functionmodel.Model{
		"function:echo:":       functionmodel.New(echo),
		"function:echo:pieces": functionmodel.New(echo, functionmodel.Stream(pieces)),
		"function::pieces":     functionmodel.New(nil, functionmodel.Stream(pieces)),
		"mine":                 functionmodel.New(echo, functionmodel.Name("mine")),
	} {
		if m.Name() != want || m.Provider() != "function" || m.BaseURL() != "" {
			t.Errorf("%s, %s, %s, want %s", m.Name(), m.Provider(), m.BaseURL(), want)
		}
	}
}

// The numbers are those of pydantic-ai's FunctionModel for the same conversation.
func TestUsageIsEstimated(t *testing.T) {
	t.Parallel()
	response, err := functionmodel.New(echo).Request(t.Context(), request("Where is Paris, please?"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (agent.Usage{InputTokens: 54, OutputTokens: 8}); !cmp.Equal(response.Usage, want) {
		t.Errorf("usage %+v, want %+v", response.Usage, want)
	}
	if got := collected(t, functionmodel.New(nil, functionmodel.Stream(pieces)), "?").Usage; got.InputTokens != 50 || got.OutputTokens != 2 {
		t.Errorf("streamed: %+v", got)
	}
}

func TestAStreamWithoutAFunctionOfItsOwnPlaysTheResponse(t *testing.T) {
	t.Parallel()
	m := functionmodel.New(echo)
	whole, err := m.Request(t.Context(), request("hello"))
	if err != nil {
		t.Fatal(err)
	}
	got := collected(t, m, "hello")
	got.At = whole.At
	if diff := cmp.Diff(whole, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatAModelCannotDoIsAnError(t *testing.T) {
	t.Parallel()
	nothing := functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) { return nil, nil }, functionmodel.Name("empty"))
	if _, err := nothing.Request(t.Context(), request("?")); err == nil || !strings.Contains(err.Error(), "neither a response nor an error") {
		t.Error(err)
	}
	if _, err := functionmodel.New(nil, functionmodel.Stream(pieces)).Request(t.Context(), request("?")); err == nil || !strings.Contains(err.Error(), "no function for requests") {
		t.Error(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := functionmodel.New(echo).Request(cancelled, request("?")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func ExampleNew() {
	model := functionmodel.New(func(_ context.Context, req *agent.Request) (*agent.Response, error) {
		text := fmt.Sprintf("I was asked %d times, with %q.", len(req.Messages), req.Instructions)
		return &agent.Response{Parts: []agent.ResponsePart{agent.Text{Text: text}}}, nil
	})
	result, err := agent.NewText(model, agent.WithInstructions("Be brief.")).Run(context.Background(), "Hello")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Output)
	// Output: I was asked 1 times, with "Be brief.".
}
