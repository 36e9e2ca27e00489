package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
	"github.com/hearth-dev/hearth/sdk/agent/testmodel"
)

// textTool is a tool without arguments.
func textTool(name string, call func(context.Context) (string, error), opts ...agent.ToolOption) agent.Tool {
	return agent.NewTool(name, "", func(ctx context.Context, _ struct{}) (string, error) { return call(ctx) }, opts...)
}

// returning is a tool that returns a text.
func returning(name, text string, opts ...agent.ToolOption) agent.Tool {
	return textTool(name, func(context.Context) (string, error) { return text, nil }, opts...)
}

func TestCallsAreCarriedOutAtTheSameTimeAndAnsweredInOrder(t *testing.T) {
	t.Parallel()
	second := make(chan struct{})
	a := agent.NewText(
		newScript(calls(call("1", "first", ""), call("2", "nope", "{}"), call("3", "second", "")), says("done")),
		agent.WithTools(
			textTool("first", func(ctx context.Context) (string, error) { // it ends only when the other runs
				select {
				case <-second:
					return "1st", nil
				case <-ctx.Done():
					return "", ctx.Err()
				}
			}),
			textTool("second", func(context.Context) (string, error) { close(second); return "2nd", nil }),
		))
	result, err := a.Run(t.Context(), "go")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "conversation", `
user: [{go  }]
calls: 1 first 
calls: 2 nope {}
calls: 3 second 
1 first returned: 1st
2 nope retry: Unknown tool name: 'nope'. Available tools: 'first', 'second'

Fix the errors and try again.
3 second returned: 2nd
says: done`, transcript(result.AllMessages()))
}

func TestASequentialToolRunsAlone(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	running, order := 0, ""
	tool := func(name string, opts ...agent.ToolOption) agent.Tool {
		return textTool(name, func(context.Context) (string, error) {
			mu.Lock()
			running++
			order += name
			alone := running == 1
			mu.Unlock()
			runtime.Gosched()
			mu.Lock()
			defer mu.Unlock()
			running--
			if !alone {
				return "", errors.New("another tool is running")
			}
			return name, nil
		}, opts...)
	}
	a := agent.NewText(
		newScript(calls(call("1", "a", ""), call("2", "b", ""), call("3", "c", "")), says("done")),
		agent.WithTools(tool("a"), tool("b", agent.Sequential()), tool("c")))
	if _, err := a.Run(t.Context(), "go"); err != nil || order != "abc" {
		t.Errorf("order %q, %v", order, err)
	}
}

func TestAToolMayAskAgainAsOftenAsItsRetries(t *testing.T) {
	t.Parallel()
	moody := func(opts ...agent.ToolOption) agent.Tool {
		return agent.NewTool("moody", "", func(_ context.Context, p place) (string, error) {
			if p.City == "Rome" {
				return "", agent.Retry("not %s", p.City)
			}
			return "yes", nil
		}, opts...)
	}
	rome, paris := calls(call("1", "moody", `{"city":"Rome"}`)), calls(call("1", "moody", `{"city":"Paris"}`))
	for _, c := range []struct {
		what      string
		responses [][]agent.ResponsePart
		options   []agent.ToolOption
		want      string // of the error
	}{
		{"once is allowed", [][]agent.ResponsePart{rome, paris, says("done")}, nil, ""},
		{"a success in between starts anew", [][]agent.ResponsePart{rome, paris, rome, paris, says("done")}, nil, ""},
		{"twice is too often", [][]agent.ResponsePart{rome, rome}, nil, "Tool 'moody' exceeded max retries count of 1: not Rome"},
		{"twice by its own limit", [][]agent.ResponsePart{rome, rome, paris, says("done")}, []agent.ToolOption{agent.MaxRetries(2)}, ""},
		{"never", [][]agent.ResponsePart{rome}, []agent.ToolOption{agent.MaxRetries(0)}, "Tool 'moody' exceeded max retries count of 0: not Rome"},
		{"invalid arguments count too", [][]agent.ResponsePart{calls(call("1", "moody", `{"city":1}`)), rome}, nil, "Tool 'moody' exceeded max retries count of 1: not Rome"},
		{"an unknown tool", [][]agent.ResponsePart{calls(call("1", "x", "")), calls(call("1", "x", ""))}, nil, "Tool 'x' exceeded max retries count of 1: Unknown tool name: 'x'. Available tools: 'moody'"},
	} {
		_, err := agent.NewText(newScript(c.responses...), agent.WithTools(moody(c.options...))).Run(t.Context(), "go")
		checkError(t, c.what, err, "agent agent: ", c.want)
		if _, unexpected := errors.AsType[*agent.UnexpectedBehaviorError](err); c.want != "" && !unexpected {
			t.Errorf("%s: error of type %T", c.what, errors.Unwrap(err))
		}
	}
}

// checkError compares an error with a text; an empty one stands for no error.
func checkError(t *testing.T, what string, err error, prefix, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case want != "" && (err == nil || err.Error() != prefix+want):
		t.Errorf("%s: error %v\nwant %s", what, err, prefix+want)
	}
}

func TestTheOutputMayBeAskedForAsOftenAsItsRetries(t *testing.T) {
	t.Parallel()
	wrong, right := calls(call("1", "final_result", `{}`)), calls(call("1", "final_result", `{"city":"Paris"}`))
	for _, c := range []struct {
		what      string
		responses [][]agent.ResponsePart
		options   []agent.Option
		want      string
	}{
		{"once", [][]agent.ResponsePart{wrong, right}, nil, ""},
		{"twice", [][]agent.ResponsePart{wrong, wrong}, nil, "Exceeded maximum output retries (1): city: Field required"},
		{"twice by an option", [][]agent.ResponsePart{wrong, wrong, right}, []agent.Option{agent.WithOutputRetries(2)}, ""},
		{"no text", [][]agent.ResponsePart{says("hi"), says("hi")}, []agent.Option{agent.WithOutputMode(agent.OutputTool)}, "Exceeded maximum output retries (1)"},
		{"text that is the output", [][]agent.ResponsePart{says(`{"city":"Paris"}`)}, nil, ""},
		{"nothing at all", [][]agent.ResponsePart{{}, {agent.Thinking{Text: "hm"}}}, nil, "Exceeded maximum output retries (1)"},
	} {
		result, err := agent.New[place](newScript(c.responses...), c.options...).Run(t.Context(), "go")
		checkError(t, c.what, err, "agent agent: ", c.want)
		if err == nil && result.Output.City != "Paris" {
			t.Errorf("%s: output %+v", c.what, result.Output)
		}
	}
}

func TestWhatBecomesOfCallsBesideTheOutput(t *testing.T) {
	t.Parallel()
	responses := calls(
		call("1", "tool", ""), call("2", "final_result", `{"city":"Paris"}`), call("3", "final_result", `{"city":"Rome"}`), call("4", "final_result", `{}`))
	for strategy, want := range map[agent.EndStrategy]string{
		agent.EndEarly: `
2 final_result returned: Final result processed.
3 final_result returned: Output tool not used - a final result was already processed.
4 final_result returned: Output tool not used - a final result was already processed.
1 tool returned: Tool not executed - a final result was already processed.`,
		agent.EndGraceful: `
2 final_result returned: Final result processed.
3 final_result returned: Output tool not used - a final result was already processed.
4 final_result returned: Output tool not used - a final result was already processed.
1 tool returned: executed`,
		agent.EndExhaustive: `
2 final_result returned: Final result processed.
3 final_result returned: Final result processed.
4 final_result returned: Output tool not used - output failed validation.
1 tool returned: executed`,
	} {
		result, err := agent.New[place](newScript(responses), agent.WithTools(returning("tool", "executed")), agent.WithEndStrategy(strategy)).Run(t.Context(), "go")
		if err != nil || result.Output.City != "Paris" {
			t.Fatalf("strategy %d: %+v, %v", strategy, result, err)
		}
		expect(t, fmt.Sprintf("strategy %d", strategy), want, transcript(result.AllMessages()[2:]))
	}
}

func TestAnErrorOfAToolEndsTheRunAndTheOtherTools(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	started, cancelled := make(chan struct{}), make(chan struct{})
	a := agent.NewText(
		newScript(calls(call("1", "bad", ""), call("2", "slow", ""))), agent.WithName("trouble"),
		agent.WithTools(
			textTool("bad", func(context.Context) (string, error) { <-started; return "", broken }),
			textTool("slow", func(ctx context.Context) (string, error) {
				close(started)
				<-ctx.Done()
				close(cancelled)
				return "", ctx.Err()
			}),
		))
	_, err := a.Run(t.Context(), "go")
	<-cancelled
	if !errors.Is(err, broken) || err.Error() != "agent trouble: tool bad: broken" {
		t.Errorf("error %v", err)
	}
	failed, ok := errors.AsType[*agent.RunError](err)
	if !ok || len(failed.Messages) != 2 || failed.Usage.Requests != 1 || failed.RunID == "" {
		t.Errorf("%+v", failed)
	}
}

func TestAPanicIsAnErrorOfTheTool(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2} { // alone, and beside another
		responses := make([]agent.ToolCall, n)
		for i := range responses {
			responses[i] = call(fmt.Sprint(i), "mad", "")
		}
		a := agent.NewText(newScript(calls(responses...)), agent.WithTools(textTool("mad", func(context.Context) (string, error) { panic("no!") })))
		_, err := a.Run(t.Context(), "go")
		mad, ok := errors.AsType[*agent.PanicError](err)
		if !ok || err.Error() != "agent agent: tool mad: panic: no!" || !strings.Contains(string(mad.Stack), "run_test.go") {
			t.Errorf("error %v, stack %s", err, mad.Stack)
		}
	}
}

func TestPanicsOfOtherFunctionsAreErrorsOfTheRun(t *testing.T) {
	t.Parallel()
	mad := functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) { panic("no!") })
	for want, a := range map[string]*agent.Agent[string]{
		"instructions: panic: no!": agent.NewText(newScript(), agent.WithInstructionsFunc(func(context.Context) (string, error) { panic("no!") })),
		"history processor: panic: no!": agent.NewText(newScript(), agent.WithHistoryProcessor(
			func(context.Context, []agent.Message) ([]agent.Message, error) { panic("no!") })),
		"toolset: panic: no!": agent.NewText(newScript(), agent.WithToolsets(madSet{})),
		"panic: no!":          agent.NewText(mad),
	} {
		_, err := a.Run(t.Context(), "go")
		checkError(t, want, err, "agent agent: ", want)
	}
}

type madSet struct{}

func (madSet) Tools(context.Context) ([]agent.Tool, error) { panic("no!") }

func TestAToolThatEndsItsGoroutineIsAnError(t *testing.T) {
	t.Parallel()
	gone := textTool("gone", func(context.Context) (string, error) { runtime.Goexit(); return "", nil })
	_, err := agent.NewText(newScript(calls(call("1", "gone", ""), call("2", "gone", ""))), agent.WithTools(gone)).Run(t.Context(), "go")
	checkError(t, "goexit", err, "agent agent: ", "tool gone: the function ended its goroutine")
}

func TestCancellationReachesToolsAndModels(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	waits := textTool("waits", func(ctx context.Context) (string, error) { cancel(); <-ctx.Done(); return "", ctx.Err() })
	_, err := agent.NewText(newScript(calls(call("1", "waits", ""))), agent.WithTools(waits)).Run(ctx, "go")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("tool: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	model := functionmodel.New(func(ctx context.Context, _ *agent.Request) (*agent.Response, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	})
	if _, err = agent.NewText(model).Run(ctx, "go"); !errors.Is(err, context.Canceled) {
		t.Errorf("model: %v", err)
	}
	if _, err = agent.NewText(newScript()).Run(ctx, "go"); !errors.Is(err, context.Canceled) {
		t.Errorf("before the first request: %v", err)
	}
}

func TestLimitsEndRuns(t *testing.T) {
	t.Parallel()
	usage := agent.Usage{InputTokens: 60, OutputTokens: 30}
	model := priced{functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) {
		return &agent.Response{Usage: usage, Parts: calls(call("", "t", ""), call("", "t", ""))}, nil
	}, functionmodel.Name("gpt-4o"))}
	a := agent.NewText(model, agent.WithTools(returning("t", "ok")))
	for _, c := range []struct {
		limits agent.UsageLimits
		want   string
	}{
		{agent.UsageLimits{}, "The next request would exceed the request_limit of 50"},
		{agent.UsageLimits{Requests: 2}, "The next request would exceed the request_limit of 2"},
		{agent.UsageLimits{Requests: agent.NoLimit, TotalTokens: 9000}, "Exceeded the total_tokens_limit of 9000 (total_tokens=9090)"},
		{agent.UsageLimits{ToolCalls: 3}, "The next tool call(s) would exceed the tool_calls_limit of 3 (tool_calls=4)."},
		{agent.UsageLimits{InputTokens: 100}, "Exceeded the input_tokens_limit of 100 (input_tokens=120)"},
		{agent.UsageLimits{RequestInputTokens: 59}, "Exceeded the per_request_input_tokens_limit of 59 (request_input_tokens=60)"},
		{agent.UsageLimits{Cost: 1_000_000}, "Exceeded the cost_limit of $0.001000 (cost=$0.001350)"},
		{agent.UsageLimits{OutputTokens: 29}, "Exceeded the output_tokens_limit of 29 (output_tokens=30)"},
	} {
		_, err := a.Run(t.Context(), "go", agent.Limits(c.limits))
		checkError(t, fmt.Sprintf("%+v", c.limits), err, "agent agent: ", c.want)
		if _, ok := errors.AsType[*agent.UsageLimitError](err); !ok {
			t.Errorf("error of type %T", errors.Unwrap(err))
		}
	}
}

func TestACostLimitNeedsPrices(t *testing.T) {
	t.Parallel()
	_, err := agent.NewText(functionmodel.Text("hi")).Run(t.Context(), "go", agent.Limits(agent.UsageLimits{Cost: 1}))
	checkError(t, "no price", err, "agent agent: ", "The cost_limit cannot be held: nobody knows the price of function:text:")
}

func TestAnAgentRunsManyTimesAtOnce(t *testing.T) {
	t.Parallel()
	a := agent.New[place](testmodel.New(), agent.WithTools(weatherTool()), agent.WithInstructions("Be brief."))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if result, err := a.Run(t.Context(), "go"); err != nil || result.Output.City != "a" {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
	group.Wait()
}

func TestAToolsAgentSharesTheUsageAndLimitsOfItsCaller(t *testing.T) {
	t.Parallel()
	inner := agent.NewText(functionmodel.Text("inner"), agent.WithName("inner"))
	var usageInside agent.Usage
	outer := func(limits agent.UsageLimits, opts ...agent.RunOption) (*agent.Result[string], error) {
		ask := agent.NewTool("ask", "", func(ctx context.Context, p place) (string, error) {
			result, err := inner.Run(ctx, p.City, opts...)
			if err != nil {
				return "", err
			}
			usageInside = result.Usage()
			return result.Output, nil
		})
		model := newScript(calls(call("1", "ask", `{"city":"Paris"}`)), says("done"))
		return agent.NewText(model, agent.WithTools(ask)).Run(t.Context(), "go", agent.Limits(limits))
	}
	result, err := outer(agent.UsageLimits{}, agent.ShareUsage())
	if err != nil || result.Usage().Requests != 3 || usageInside.Requests != 1 {
		t.Errorf("shared: %+v, inside %+v, %v", result, usageInside, err)
	}
	if result, err = outer(agent.UsageLimits{}); err != nil || result.Usage().Requests != 2 {
		t.Errorf("not shared: %+v, %v", result, err)
	}
	_, err = outer(agent.UsageLimits{Requests: 1}, agent.ShareUsage())
	checkError(t, "limit", err, "agent agent: ", "tool ask: agent inner: The next request would exceed the request_limit of 1")
}

func TestToolsKnowTheirRun(t *testing.T) {
	t.Parallel()
	var infos []agent.RunInfo
	curious := textTool("curious", func(ctx context.Context) (string, error) {
		info, ok := agent.Info(ctx)
		if !ok {
			return "", errors.New("no info")
		}
		infos = append(infos, info)
		if info.Retry == 0 {
			return "", agent.Retry("once more")
		}
		return "ok", nil
	}, agent.MaxRetries(3))
	result, err := agent.NewText(newScript(calls(call("c1", "curious", "")), calls(call("c2", "curious", "")), says("done")),
		agent.WithTools(curious), agent.WithName("spy")).Run(t.Context(), "go", agent.ConversationID("talk"))
	if err != nil {
		t.Fatal(err)
	}
	for i, info := range infos {
		if info.RunID != result.RunID() || info.ConversationID != "talk" || info.AgentName != "spy" || info.Step != i+1 ||
			info.Retry != i || info.MaxRetries != 3 || info.ToolName != "curious" || info.ToolCallID != fmt.Sprintf("c%d", i+1) ||
			info.Usage.Requests != i+1 || len(info.Messages) != 2*(i+1) {
			t.Errorf("call %d: %+v", i, info)
		}
	}
	if _, ok := agent.Info(t.Context()); ok {
		t.Error("there is a run outside of one")
	}
}

func TestConversationsGoOn(t *testing.T) {
	t.Parallel()
	a := agent.NewText(newScript(says("one"), says("two")), agent.WithSystemPrompt("Be brief."), agent.WithInstructions("Count."))
	first, err := a.Run(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	second, err := a.Run(t.Context(), "2", agent.History(first.AllMessages()))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "all messages", `
system: Be brief.
user: [{1  }]
says: one
user: [{2  }]
says: two`, transcript(second.AllMessages()))
	expect(t, "new messages", "user: [{2  }]\nsays: two", transcript(second.NewMessages()))
	if first.ConversationID() == "" || second.ConversationID() != first.ConversationID() {
		t.Errorf("conversations %q and %q", first.ConversationID(), second.ConversationID())
	}
	if first.RunID() == second.RunID() || first.RunID()[14] != '7' {
		t.Errorf("runs %q and %q", first.RunID(), second.RunID())
	}
	if in := second.NewMessages()[0].(*agent.Input); in.Instructions != "Count." || in.RunID != second.RunID() || in.At.IsZero() {
		t.Errorf("%+v", in)
	}
}

func TestAHistoryIsResumedWithoutAPrompt(t *testing.T) {
	t.Parallel()
	prompt := &agent.Input{Parts: []agent.InputPart{agent.UserPrompt{Content: []agent.Content{agent.Text{Text: "hi"}}}}}
	open := &agent.Response{Parts: calls(call("1", "t", ""))}
	tools := agent.WithTools(returning("t", "ok"))

	asked, err := agent.NewText(newScript(says("hello"))).Run(t.Context(), "", agent.History([]agent.Message{prompt}))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "an input is sent again", "user: [{hi  }]\nsays: hello", transcript(asked.AllMessages()))
	expect(t, "an input that was there is not new", "says: hello", transcript(asked.NewMessages()))

	carried, err := agent.NewText(newScript(says("hello")), tools).Run(t.Context(), "", agent.History([]agent.Message{prompt, open}))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "open calls are carried out", "1 t returned: ok\nsays: hello", transcript(carried.NewMessages()))

	answered, err := agent.NewText(newScript()).Run(t.Context(), "", agent.History([]agent.Message{prompt, &agent.Response{Parts: says("bye")}}))
	if err != nil || answered.Output != "bye" {
		t.Errorf("an answer is the output: %+v, %v", answered, err)
	}

	_, err = agent.NewText(newScript(), tools).Run(t.Context(), "new", agent.History([]agent.Message{prompt, open}))
	checkError(t, "a prompt after open calls", err, "agent agent: ", "a new prompt cannot follow a history that ends with open tool calls: run without a prompt to carry them out, or use agent.Resolve")
	_, err = agent.NewText(newScript()).Run(t.Context(), "")
	checkError(t, "nothing", err, "agent agent: ", "there is nothing to send: no history, no prompt and no instructions")
}

func TestInstructionsAreMadeForEachRequest(t *testing.T) {
	t.Parallel()
	model := newScript(calls(call("1", "t", "")), says("done"))
	a := agent.NewText(model, agent.WithTools(returning("t", "ok")), agent.WithInstructions("Fixed."),
		agent.WithInstructionsFunc(func(ctx context.Context) (string, error) {
			info, _ := agent.Info(ctx)
			return fmt.Sprintf("Step %d.", info.Step), nil
		}),
		agent.WithInstructionsFunc(func(context.Context) (string, error) { return "", nil }))
	if _, err := a.Run(t.Context(), "go"); err != nil {
		t.Fatal(err)
	}
	for i, req := range model.requests {
		if want := fmt.Sprintf("Fixed.\n\nStep %d.", i+1); req.Instructions != want {
			t.Errorf("request %d: %q", i, req.Instructions)
		}
	}
	broken := agent.WithInstructionsFunc(func(context.Context) (string, error) { return "", errors.New("broken") })
	_, err := agent.NewText(newScript(), broken).Run(t.Context(), "go")
	checkError(t, "an error", err, "agent agent: ", "instructions: broken")
}

func TestHistoryProcessorsChangeTheConversation(t *testing.T) {
	t.Parallel()
	last := func(_ context.Context, messages []agent.Message) ([]agent.Message, error) {
		return messages[len(messages)-1:], nil
	}
	none := func(context.Context, []agent.Message) ([]agent.Message, error) { return nil, nil }
	model := newScript(says("two"))
	result, err := agent.NewText(model, agent.WithHistoryProcessor(last)).Run(t.Context(), "2", agent.History([]agent.Message{
		&agent.Input{Parts: []agent.InputPart{agent.UserPrompt{Content: []agent.Content{agent.Text{Text: "1"}}}}}, &agent.Response{Parts: says("one")},
	}))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "request", "user: [{2  }]", transcript(model.requests[0].Messages))
	expect(t, "new messages", "user: [{2  }]\nsays: two", transcript(result.NewMessages()))
	_, err = agent.NewText(model, agent.WithHistoryProcessor(none)).Run(t.Context(), "3")
	checkError(t, "nothing left", err, "agent agent: ", "history processor: it left nothing of the conversation")
}

func TestOpenCallsWaitForTheApplication(t *testing.T) {
	t.Parallel()
	tools := agent.WithTools(
		returning("delete", "deleted", agent.RequireApproval()),
		agent.NewTool("pay", "", func(ctx context.Context, in struct {
			Amount int `json:"amount"`
		}) (string, error) {
			if info, _ := agent.Info(ctx); in.Amount > 10 && !info.Approved {
				return "", agent.NeedsApproval(map[string]int{"amount": in.Amount})
			}
			return fmt.Sprint("paid ", in.Amount), nil
		}),
		textTool("survey", func(context.Context) (string, error) { return "", agent.Deferred(nil) }),
		returning("now", "noon"),
	)
	open := calls(call("1", "delete", ""), call("2", "pay", `{"amount":5}`), call("3", "pay", `{"amount":50}`), call("4", "survey", ""), call("5", "now", ""), call("6", "delete", ""))
	a := agent.NewText(newScript(open, says("done")), tools)
	_, err := a.Run(t.Context(), "go")
	waiting, ok := errors.AsType[*agent.DeferredError](err)
	if !ok {
		t.Fatal(err)
	}
	var got []string
	for _, call := range waiting.Open {
		got = append(got, fmt.Sprintln(call.ID, call.Name, call.Approval, call.Meta))
	}
	if diff := cmp.Diff([]string{"1 delete true <nil>\n", "3 pay true map[amount:50]\n", "4 survey false <nil>\n", "6 delete true <nil>\n"}, got); diff != "" {
		t.Errorf("open calls (-want +got):\n%s", diff)
	}
	result, err := a.Run(t.Context(), "and then?", agent.History(waiting.Messages), agent.Resolve(map[string]agent.Resolution{
		"1": agent.Approve(), "3": agent.ApproveWith(json.RawMessage(`{"amount":40}`)), "4": agent.Return(map[string]int{"votes": 3}), "6": agent.Deny(""),
	}))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "conversation", `
2 pay returned: paid 5
5 now returned: noon
1 delete returned: deleted
3 pay returned: paid 40
4 survey returned: {"votes":3}
6 delete returned: The tool call was denied.
user: [{and then?  }]
says: done`, transcript(result.AllMessages()[2:]))

	_, err = a.Run(t.Context(), "", agent.History(waiting.Messages), agent.Resolve(map[string]agent.Resolution{"1": agent.Approve()}))
	checkError(t, "not all", err, "agent agent: ", "call 3 of tool pay is not resolved")
	_, err = a.Run(t.Context(), "", agent.History(waiting.Messages), agent.Resolve(map[string]agent.Resolution{
		"1": agent.Approve(), "2": agent.Approve(), "3": agent.Approve(), "4": agent.Approve(), "6": agent.Approve()}))
	checkError(t, "too many", err, "agent agent: ", "call 2 is resolved, but is not open in the history")
	_, err = a.Run(t.Context(), "", agent.Resolve(map[string]agent.Resolution{}))
	checkError(t, "no history", err, "agent agent: ", "calls are resolved, but the history has no response")
}

type success struct {
	Value int `json:"value"`
}

type refusal struct {
	Why string `json:"why"`
}

func TestOneOfSeveralOutputs(t *testing.T) {
	t.Parallel()
	double := agent.VariantFunc("double", "Twice the value", func(_ context.Context, in success) (success, error) {
		if in.Value < 0 {
			return success{}, agent.Retry("not below zero")
		}
		return success{in.Value * 2}, nil
	})
	run := func(parts ...[]agent.ResponsePart) (any, *script) {
		model := newScript(parts...)
		result, err := agent.New[any](model, agent.WithVariants(agent.VariantOf[success](""), agent.VariantOf[refusal]("It cannot be done"),
			agent.VariantOf[[]string](""), double, agent.VariantOf[string](""))).Run(t.Context(), "go")
		if err != nil {
			t.Fatal(err)
		}
		return result.Output, model
	}
	for _, c := range []struct {
		responses [][]agent.ResponsePart
		want      any
	}{
		{[][]agent.ResponsePart{calls(call("1", "final_result_success", `{"value":1}`))}, success{1}},
		{[][]agent.ResponsePart{calls(call("1", "final_result_refusal", `{"why":"no"}`))}, refusal{"no"}},
		{[][]agent.ResponsePart{calls(call("1", "final_result_slice", `{"response":["a"]}`))}, []string{"a"}},
		{[][]agent.ResponsePart{calls(call("1", "final_result_double", `{"value":-1}`)), calls(call("1", "final_result_double", `{"value":2}`))}, success{4}},
		{[][]agent.ResponsePart{says("just text")}, "just text"},
	} {
		got, model := run(c.responses...)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Error(diff)
		}
		definition := model.requests[0].Output
		var tools []string
		for _, tool := range definition.Tools {
			tools = append(tools, tool.Name+": "+tool.Description)
		}
		want := []string{
			"final_result_success: success: The final response which ends this conversation", "final_result_refusal: It cannot be done",
			"final_result_slice: slice: The final response which ends this conversation", "final_result_double: Twice the value",
		}
		if diff := cmp.Diff(want, tools); diff != "" || !definition.AllowText {
			t.Error(diff)
		}
	}
}

func TestOutputByTheProviderOrByInstructions(t *testing.T) {
	t.Parallel()
	for _, mode := range []agent.OutputMode{agent.OutputNative, agent.OutputPrompted} {
		model := newScript(says(`{}`), says("```json\n{\"city\":\"Paris\"}\n```"))
		result, err := agent.New[place](model, agent.WithOutputMode(mode), agent.WithInstructions("Be brief.")).Run(t.Context(), "go")
		if err != nil || result.Output.City != "Paris" {
			t.Fatalf("%s: %+v, %v", mode, result, err)
		}
		req := model.requests[0]
		if req.Output.Mode != mode || req.Output.Name != "place" || !json.Valid(req.Output.Schema) || len(req.Output.Tools) > 0 {
			t.Errorf("%s: %+v", mode, req.Output)
		}
		asks := strings.Contains(req.Instructions, "Always respond with a JSON object that's compatible with this schema:\n\n{")
		if !strings.HasPrefix(req.Instructions, "Be brief.") || asks != (mode == agent.OutputPrompted) {
			t.Errorf("%s: instructions %q", mode, req.Instructions)
		}
		if in := result.AllMessages()[0].(*agent.Input); in.Instructions != "Be brief." {
			t.Errorf("%s: the history keeps %q", mode, in.Instructions)
		}
	}
}

func TestValidatorsCheckAndChangeOutputs(t *testing.T) {
	t.Parallel()
	plain := agent.NewText(newScript(says("no"), says("yes")))
	strict := plain.ValidateOutput(func(_ context.Context, text string) (string, error) {
		if text == "no" {
			return "", agent.Retry("say yes")
		}
		return text + "!", nil
	}).ValidateOutput(func(_ context.Context, text string) (string, error) { return text + "?", nil })
	result, err := strict.Run(t.Context(), "go")
	if err != nil || result.Output != "yes!?" {
		t.Fatalf("%+v, %v", result, err)
	}
	expect(t, "conversation", `
user: [{go  }]
says: no
retry: Validation feedback:
say yes

Fix the errors and try again.
says: yes`, transcript(result.AllMessages()))

	broken := agent.NewText(functionmodel.Text("no")).ValidateOutput(func(context.Context, string) (string, error) { panic("broken") })
	_, err = broken.Run(t.Context(), "go")
	checkError(t, "a panic", err, "agent agent: ", "output: panic: broken")
}

func TestResponsesThatAreCutOffOrFilteredAreErrors(t *testing.T) {
	t.Parallel()
	most := 10
	run := func(response *agent.Response) error {
		model := functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) { return response, nil }, functionmodel.Name("m"))
		_, err := agent.New[place](model, agent.WithSettings(agent.Settings{MaxTokens: &most}), agent.WithRetries(0)).Run(t.Context(), "go")
		return err
	}
	err := run(&agent.Response{FinishReason: agent.FinishLength, Parts: []agent.ResponsePart{agent.Thinking{Text: "hm"}}})
	checkError(t, "thinking", err, "agent agent: ", "Model token limit (10) exceeded before any response was generated. Increase the `max_tokens` model setting, or simplify the prompt to result in a shorter response that will fit within the limit.")
	err = run(&agent.Response{FinishReason: agent.FinishLength, Parts: calls(call("1", "final_result", `"{\"cit"`))})
	checkError(t, "a call", err, "agent agent: ", "Model token limit (10) exceeded while generating a tool call, resulting in incomplete arguments. Increase the `max_tokens` model setting, or simplify the prompt to result in a shorter response that will fit within the limit.")
	err = run(&agent.Response{FinishReason: agent.FinishContentFilter})
	if filtered, ok := errors.AsType[*agent.ContentFilterError](err); !ok || filtered.Response == nil {
		t.Errorf("error %v", err)
	}
	checkError(t, "filtered", err, "agent agent: ", "model m: content filter triggered")
}

func TestATextBeforeAToolOfTheProviderIsNotTheOutput(t *testing.T) {
	t.Parallel()
	search := agent.ToolCall{ID: "1", Name: "web_search", Builtin: true}
	for _, c := range []struct {
		parts []agent.ResponsePart
		want  string
	}{
		{[]agent.ResponsePart{agent.Text{Text: "let me see"}, search, agent.ToolReturn{ID: "1"}, agent.Text{Text: "21"}, agent.Text{Text: " °C"}}, "21 °C"},
		{[]agent.ResponsePart{agent.Text{Text: "21 °C"}, search, agent.ToolReturn{ID: "1"}}, "21 °C"},
	} {
		result, err := agent.NewText(newScript(c.parts)).Run(t.Context(), "go")
		if err != nil || result.Output != c.want {
			t.Errorf("%+v, %v, want %q", result, err, c.want)
		}
	}
}

func TestDefinitionsThatCannotWorkAreErrorsOfTheAgent(t *testing.T) {
	t.Parallel()
	type tree struct {
		Children []tree `json:"children"`
	}
	type tagged struct {
		N []string `json:"n" llm:"least=1"`
	}
	model := functionmodel.Text("hi")
	recursive := func(context.Context, tree) (string, error) { return "", nil }
	schema := json.RawMessage(`{"type":"object","properties":{"children":{"type":"array","items":{"$ref":"#"}}},"required":["children"]}`)
	for _, c := range []struct {
		what string
		err  error
		want string
	}{
		{"fine", agent.NewText(model, agent.WithTools(weatherTool())).Err(), ""},
		{"two tools", agent.NewText(model, agent.WithTools(weatherTool(), weatherTool())).Err(), `tool "weather": there are two of this name`},
		{"the output tool", agent.New[place](model, agent.WithTools(returning("final_result", ""))).Err(), `tool "final_result": the output tool has this name (agent.WithOutputName)`},
		{"another output tool", agent.New[place](model, agent.WithTools(returning("final_result", "")), agent.WithOutputName("answer", "")).Err(), ""},
		{"a name", agent.NewText(model, agent.WithTools(returning("what?", ""))).Err(), `tool "what?": the name must be 1 to 64 letters, digits, _ or -`},
		{"arguments", agent.NewText(model, agent.WithTools(agent.NewTool("t", "", func(context.Context, int) (int, error) { return 0, nil }))).Err(), `tool "t": arguments of type int: a struct or a map is needed, because arguments have names`},
		{"a type in itself", agent.NewText(model, agent.WithTools(agent.NewTool("t", "", recursive))).Err(), `tool "t": the schema of agent_test.tree: ForType(agent_test.tree): computing element schema: cycle detected for type agent_test.tree (agent.WithSchema gives a schema by hand)`},
		{"by hand", agent.NewText(model, agent.WithTools(agent.NewTool("t", "", recursive, agent.WithSchema(schema)))).Err(), ""},
		{"a tag", agent.New[tagged](model).Err(), `the output: the schema of agent_test.tagged: field N: tag llm: "least=1": the words are enum, min and max`},
		{"a variant", agent.New[fmt.Stringer](model, agent.WithVariants(agent.VariantOf[place](""))).Err(), `the output: agent_test.place is not assignable to fmt.Stringer`},
		{"text that is none", agent.New[place](model, agent.WithOutputMode(agent.OutputText)).Err(), `the output: agent_test.place is not text`},
	} {
		checkError(t, c.what, c.err, "", c.want)
	}
	_, err := agent.NewText(model, agent.WithName("twice"), agent.WithTools(weatherTool(), weatherTool())).Run(t.Context(), "go")
	checkError(t, "a run", err, "agent twice: ", `tool "weather": there are two of this name`)
	_, err = agent.NewText(nil).Run(t.Context(), "go")
	checkError(t, "no model", err, "agent agent: ", "it has no model, and the run has none either (agent.UseModel)")
}

// outside is a tool that was not made by NewTool.
type outside struct{ calls int }

func (*outside) Definition() agent.ToolDefinition {
	return agent.ToolDefinition{Name: "outside", Schema: json.RawMessage(`{}`)}
}

func (o *outside) Call(_ context.Context, args json.RawMessage) (any, error) {
	o.calls++
	if string(args) == `{"n":0}` {
		return nil, agent.Retry("not 0")
	}
	return args, nil
}

type set []agent.Tool

func (s set) Tools(context.Context) ([]agent.Tool, error) {
	if s == nil {
		return nil, errors.New("the server is away")
	}
	return s, nil
}

func TestToolsetsGiveTools(t *testing.T) {
	t.Parallel()
	tool := &outside{}
	model := newScript(calls(call("1", "outside", `{"n":0}`)), calls(call("2", "outside", `{"n":1}`)), says("done"))
	result, err := agent.NewText(model, agent.WithToolsets(set{tool})).Run(t.Context(), "go")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "conversation", `
1 outside retry: not 0

Fix the errors and try again.
calls: 2 outside {"n":1}
2 outside returned: {"n":1}
says: done`, transcript(result.AllMessages()[2:]))

	careful := agent.NewText(newScript(calls(call("1", "outside", `{}`))), agent.WithToolsets(set{agent.Adjust(tool, agent.RequireApproval(), agent.Strict())}))
	_, err = careful.Run(t.Context(), "go")
	if waiting, ok := errors.AsType[*agent.DeferredError](err); !ok || len(waiting.Open) != 1 || tool.calls != 2 {
		t.Errorf("%v, %d calls", err, tool.calls)
	}
	_, err = agent.NewText(newScript(), agent.WithToolsets(set(nil))).Run(t.Context(), "go")
	checkError(t, "an error", err, "agent agent: ", "toolset: the server is away")
}

func TestTheModelOfAnAgentIsReplaced(t *testing.T) {
	t.Parallel()
	a := agent.NewText(functionmodel.Text("agent's"))
	output := func(ctx context.Context, opts ...agent.RunOption) string {
		result, err := a.Run(ctx, "go", opts...)
		if err != nil {
			t.Fatal(err)
		}
		return result.Output
	}
	run := agent.UseModel(functionmodel.Text("run's"))
	override := agent.Override(t.Context(), agent.OverrideModel(functionmodel.Text("test's")))
	if got := output(t.Context()) + ", " + output(t.Context(), run) + ", " + output(override, run); got != "agent's, run's, test's" {
		t.Error(got)
	}
}

func TestSettingsOfTheRunGoFirst(t *testing.T) {
	t.Parallel()
	model := newScript(says("done"))
	cool, warm, seed := 0.1, 0.9, 7
	a := agent.NewText(model, agent.WithSettings(agent.Settings{Temperature: &cool, Seed: &seed, ExtraBody: map[string]any{"a": 1, "b": 1}}))
	if _, err := a.Run(t.Context(), "go", agent.RunSettings(agent.Settings{Temperature: &warm, ExtraBody: map[string]any{"b": 2}})); err != nil {
		t.Fatal(err)
	}
	want := agent.Settings{Temperature: &warm, Seed: &seed, ExtraBody: map[string]any{"a": 1, "b": 2}}
	if diff := cmp.Diff(want, model.requests[0].Settings); diff != "" {
		t.Error(diff)
	}
}

func TestCostIsThatOfEveryRequest(t *testing.T) {
	t.Parallel()
	n := 0
	model := priced{functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) {
		n++
		if n == 1 {
			return &agent.Response{Parts: calls(call("1", "t", "")), Usage: agent.Usage{InputTokens: 1000, OutputTokens: 100}}, nil
		}
		return &agent.Response{Parts: says("done"), Usage: agent.Usage{InputTokens: 1000}}, nil
	}, functionmodel.Name("gpt-4o"))}
	result, err := agent.NewText(model, agent.WithTools(returning("t", "ok"))).Run(t.Context(), "go")
	if err != nil {
		t.Fatal(err)
	}
	cost, ok := result.Cost() // $2.50 for a million tokens in, $10 for a million out
	if !ok || cost.String() != "$0.006000" {
		t.Errorf("%v, %v", cost, ok)
	}
	unknown, err := agent.NewText(functionmodel.Text("hi")).Run(t.Context(), "go")
	if err != nil {
		t.Fatal(err)
	}
	if cost, ok := unknown.Cost(); ok {
		t.Errorf("a model without a price costs %v", cost)
	}
}

// priced answers as OpenAI would.
type priced struct{ *functionmodel.Model }

func (m priced) Request(ctx context.Context, req *agent.Request) (*agent.Response, error) {
	response, err := m.Model.Request(ctx, req)
	if err == nil {
		response.Provider = "openai"
	}
	return response, err
}

// It changes what holds for the whole process, so it is not parallel to others.
func TestModelRequestsCanBeForbidden(t *testing.T) {
	if before := agent.SetAllowModelRequests(false); !before || !errors.Is(agent.AllowModelRequests(), agent.ErrModelRequestsNotAllowed) {
		t.Error("they are allowed")
	}
	if before := agent.SetAllowModelRequests(true); before || agent.AllowModelRequests() != nil {
		t.Error("they are not allowed again")
	}
}

func init() {
	agent.Register("shop", func(name string) (agent.Model, error) {
		if name == "" {
			return nil, errors.New("which model?")
		}
		return functionmodel.Text(name), nil
	})
}

func TestModelsAreKnownByName(t *testing.T) {
	t.Parallel()
	if model, err := agent.ModelByName("shop:corner:2"); err != nil || model == nil {
		t.Errorf("%v, %v", model, err)
	}
	_, err := agent.ModelByName("shop")
	checkError(t, "an error of the provider", err, "", `model "shop": which model?`)
	if _, err = agent.ModelByName("nobody:x"); err == nil || !strings.HasPrefix(err.Error(), `model "nobody:x": provider "nobody" is not registered (registered: shop`) {
		t.Errorf("error %v", err)
	}
}
