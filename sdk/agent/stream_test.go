package agent_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

// streamed is a model that streams the deltas of one request after the other. Open counts the streams that are not ended.
type streamed struct {
	*functionmodel.Model
	open int
}

func newStreamed(requests ...[]agent.Delta) *streamed {
	s, n := &streamed{}, 0
	s.Model = functionmodel.New(nil, functionmodel.Name("streamed"), functionmodel.Stream(func(context.Context, *agent.Request) iter.Seq2[agent.Delta, error] {
		deltas := requests[n]
		n++
		return func(yield func(agent.Delta, error) bool) {
			s.open++
			defer func() { s.open-- }()
			for _, d := range deltas {
				if !yield(d, nil) {
					return
				}
			}
		}
	}))
	return s
}

func weatherDeltas() *streamed {
	return newStreamed(
		[]agent.Delta{
			agent.TextDelta{Index: 0, Text: "Let me "}, agent.TextDelta{Index: 0, Text: "look."},
			agent.ToolCallDelta{Index: 1, ID: "1", Name: "weather", Args: `{"city":`}, agent.ToolCallDelta{Index: 1, Args: `"Paris"}`},
		},
		[]agent.Delta{agent.ThinkingDelta{Index: 0, Text: "Hm."}, agent.TextDelta{Index: 1, Text: "Take "}, agent.TextDelta{Index: 1, Text: "an umbrella."}},
	)
}

func eventLine(e agent.Event) string {
	switch e := e.(type) {
	case agent.PartStartEvent:
		return fmt.Sprintf("start %d %s", e.Index, responseLine(e.Part))
	case agent.PartDeltaEvent:
		return fmt.Sprintf("delta %+v", e.Delta)
	case agent.PartEndEvent:
		return fmt.Sprintf("end %d %s", e.Index, responseLine(e.Part))
	case agent.ToolCallEvent:
		return fmt.Sprintf("call %s valid %v", e.Call.Name, e.Valid)
	case agent.ToolResultEvent:
		return "result " + inputLine(e.Result)
	case agent.FinalResultEvent:
		return fmt.Sprintf("final %q %q", e.Tool, e.CallID)
	}
	return "?"
}

func TestAStreamTellsWhatHappens(t *testing.T) {
	t.Parallel()
	s := agent.NewText(weatherDeltas(), agent.WithTools(weatherTool())).Stream(t.Context(), "Umbrella?")
	defer s.Close()
	var lines []string
	for event, err := range s.Events() {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, eventLine(event))
	}
	expect(t, "events", `
start 0 says: Let me 
delta {Index:0 Text:look. ID: Signature:}
end 0 says: Let me look.
start 1 calls: 1 weather "{\"city\":"
delta {Index:1 ID: Name: Args:"Paris"} Builtin:false ItemID: Signature:}
end 1 calls: 1 weather "{\"city\":\"Paris\"}"
call weather valid true
result 1 weather returned: rain in Paris
start 0 agent.Thinking
end 0 agent.Thinking
start 1 says: Take 
delta {Index:1 Text:an umbrella. ID: Signature:}
end 1 says: Take an umbrella.
final "" ""`, strings.Join(lines, "\n"))
	result, err := s.Result()
	if err != nil || result.Output != "Take an umbrella." || result.Usage().Requests != 2 || result.Usage().OutputTokens == 0 {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestAStreamedRunComesToTheSameAsAnother(t *testing.T) {
	t.Parallel()
	model := func() agent.Model {
		return newScript(calls(call("1", "weather", `{"city":1}`)), calls(call("1", "weather", `{"city":"Rome"}`)), calls(call("2", "final_result", `{"city":"Rome"}`)))
	}
	a := agent.New[place](nil, agent.WithTools(weatherTool()))
	whole, err := a.Run(t.Context(), "go", agent.UseModel(model()))
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := a.Stream(t.Context(), "go", agent.UseModel(model())).Result()
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "conversation", transcript(whole.AllMessages()), transcript(pieces.AllMessages()))
	if whole.Output != pieces.Output || !cmp.Equal(whole.Usage(), pieces.Usage()) {
		t.Errorf("%+v\n%+v", whole, pieces)
	}
}

func TestTextComesAsItIsSaid(t *testing.T) {
	t.Parallel()
	s := agent.NewText(weatherDeltas(), agent.WithTools(weatherTool())).Stream(t.Context(), "Umbrella?")
	var pieces []string
	for text, err := range s.Text() {
		if err != nil {
			t.Fatal(err)
		}
		pieces = append(pieces, text)
	}
	if diff := cmp.Diff([]string{"Let me ", "look.", "Take ", "an umbrella."}, pieces); diff != "" {
		t.Error(diff)
	}
}

func TestAConsumerMayStopAtAnyEvent(t *testing.T) {
	t.Parallel()
	for stop := range 14 {
		model := weatherDeltas()
		s := agent.NewText(model, agent.WithTools(weatherTool())).Stream(t.Context(), "Umbrella?")
		n := 0
		for _, err := range s.Events() {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n > stop {
				break
			}
		}
		if model.open != 0 {
			t.Errorf("stopped after %d events: %d requests are open", stop, model.open)
		}
		_, err := s.Result()
		if !errors.Is(err, agent.ErrStreamClosed) {
			t.Errorf("stopped after %d events: %v", stop, err)
		}
		for text, err := range s.Text() {
			if text != "" || !errors.Is(err, agent.ErrStreamClosed) {
				t.Errorf("it goes on with %q, %v", text, err)
			}
		}
	}
}

func TestWhatHadArrivedStaysInTheConversation(t *testing.T) {
	t.Parallel()
	model := newStreamed([]agent.Delta{
		agent.TextDelta{Index: 0, Text: "Let me "}, agent.TextDelta{Index: 0, Text: "look."}, agent.ToolCallDelta{Index: 1, ID: "1", Name: "weather", Args: `{"ci`},
	}, []agent.Delta{agent.TextDelta{Text: "Sorry."}})
	a := agent.NewText(model, agent.WithTools(weatherTool()))
	s := a.Stream(t.Context(), "Umbrella?")
	for event := range s.Events() {
		if start, ok := event.(agent.PartStartEvent); ok && start.Index == 1 {
			break
		}
	}
	_, err := s.Result()
	stopped, ok := errors.AsType[*agent.RunError](err)
	if !ok {
		t.Fatal(err)
	}
	expect(t, "conversation", "user: [{Umbrella?  }]\nsays: Let me look.", transcript(stopped.Messages))
	if stopped.Usage.Requests != 1 || stopped.Usage.OutputTokens == 0 {
		t.Errorf("usage %+v", stopped.Usage)
	}
	result, err := a.Stream(t.Context(), "Never mind.", agent.History(stopped.Messages)).Result()
	if err != nil || result.Output != "Sorry." {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestAStreamIsClosedBeforeDuringAndAfter(t *testing.T) {
	t.Parallel()
	model := weatherDeltas()
	a := agent.NewText(model, agent.WithTools(weatherTool()))
	unused := a.Stream(t.Context(), "go")
	unused.Close()
	unused.Close()
	if _, err := unused.Result(); !errors.Is(err, agent.ErrStreamClosed) {
		t.Errorf("before: %v", err)
	}
	during := a.Stream(t.Context(), "go")
	var last error
	for _, err := range during.Events() {
		during.Close()
		last = err
	}
	if !errors.Is(last, agent.ErrStreamClosed) || model.open != 0 {
		t.Errorf("during: %v", last)
	}
	after := agent.NewText(functionmodel.Text("hi")).Stream(t.Context(), "go")
	if _, err := after.Result(); err != nil {
		t.Fatal(err)
	}
	after.Close()
	if result, err := after.Result(); err != nil || result.Output != "hi" {
		t.Errorf("after: %+v, %v", result, err)
	}
}

func TestErrorsAreTheLastThingInAStream(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	model := functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) { return nil, broken })
	for what, s := range map[string]*agent.Stream[string]{
		"a model":      agent.NewText(model).Stream(t.Context(), "go"),
		"a definition": agent.NewText(nil).Stream(t.Context(), "go"),
	} {
		var got []error
		for event, err := range s.Events() {
			if event != nil {
				t.Errorf("%s: event %T", what, event)
			}
			got = append(got, err)
		}
		_, err := s.Result()
		if len(got) != 1 || got[0] == nil || got[0] != err { //nolint:errorlint // the same error
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
}

func TestAStreamIsConsumedOnce(t *testing.T) {
	t.Parallel()
	s := agent.NewText(functionmodel.Text("hi")).Stream(t.Context(), "go")
	for range s.Events() {
		if _, err := s.Result(); err == nil {
			t.Error("there is a result before the end")
		}
	}
	for _, err := range s.Events() {
		if err == nil {
			t.Error("it is consumed twice")
		}
	}
}

func TestCancellationEndsAStream(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := agent.NewText(weatherDeltas(), agent.WithTools(weatherTool())).Stream(ctx, "go")
	var last error
	for _, err := range s.Events() {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Error(last)
	}
}

func TestAStreamTellsWhichCallsAreNotValid(t *testing.T) {
	t.Parallel()
	model := newScript(calls(call("1", "weather", `{}`), call("2", "nope", `{}`), call("3", "weather", `{"city":"Rome"}`)), says("done"))
	var lines []string
	for event, err := range agent.NewText(model, agent.WithTools(weatherTool())).Stream(t.Context(), "go").Events() {
		if err != nil {
			t.Fatal(err)
		}
		if called, ok := event.(agent.ToolCallEvent); ok {
			lines = append(lines, called.Call.ID+" "+eventLine(called))
		}
	}
	expect(t, "calls", "1 call weather valid false\n2 call nope valid false\n3 call weather valid true", strings.Join(lines, "\n"))
}
