package einox_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/cloudwego/eino/callbacks"
	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/components/tool"
	"github.com/cloudwego/eino/components/tool/utils"
	"github.com/cloudwego/eino/compose"
	einoagent "github.com/cloudwego/eino/flow/agent"
	"github.com/cloudwego/eino/flow/agent/react"
	"github.com/cloudwego/eino/schema"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/instrument/einox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scripted is a chat model that gives prepared answers, one after the other. It calls the callbacks itself, as Eino's
// implementations do, and so tells of its configuration and of tokens.
type scripted struct {
	next    *atomic.Int32
	answers [][]*schema.Message // each as its pieces
	tools   []*schema.ToolInfo
	fails   error
}

func newScripted(answers ...[]*schema.Message) *scripted {
	return &scripted{next: &atomic.Int32{}, answers: answers}
}

func (s *scripted) GetType() string          { return "OpenAI" }
func (s *scripted) IsCallbacksEnabled() bool { return true }

func (s *scripted) WithTools(tools []*schema.ToolInfo) (model.ToolCallingChatModel, error) {
	with := *s
	with.tools = tools
	return &with, nil
}

func (s *scripted) begin(ctx context.Context, input []*schema.Message) (context.Context, []*schema.Message) {
	ctx = callbacks.EnsureRunInfo(ctx, s.GetType(), "ChatModel")
	ctx = callbacks.OnStart(ctx, &model.CallbackInput{Messages: input, Tools: s.tools, Config: &model.Config{Model: "gpt-4o", Temperature: 0.5}})
	return ctx, s.answers[s.next.Add(1)-1]
}

var usage = &model.TokenUsage{PromptTokens: 20, CompletionTokens: 5, PromptTokenDetails: model.PromptTokenDetails{CachedTokens: 8}}

func (s *scripted) Generate(ctx context.Context, input []*schema.Message, _ ...model.Option) (*schema.Message, error) {
	ctx, pieces := s.begin(ctx, input)
	if s.fails != nil {
		callbacks.OnError(ctx, s.fails)
		return nil, s.fails
	}
	whole, err := schema.ConcatMessages(pieces)
	callbacks.OnEnd(ctx, &model.CallbackOutput{Message: whole, TokenUsage: usage, Config: &model.Config{Model: "gpt-4o-2024-08-06"}})
	return whole, err
}

func (s *scripted) Stream(ctx context.Context, input []*schema.Message, _ ...model.Option) (*schema.StreamReader[*schema.Message], error) {
	ctx, pieces := s.begin(ctx, input)
	outputs := make([]*model.CallbackOutput, len(pieces))
	for i, piece := range pieces {
		outputs[i] = &model.CallbackOutput{Message: piece}
	}
	outputs[len(outputs)-1].TokenUsage = usage
	_, stream := callbacks.OnEndWithStreamOutput(ctx, schema.StreamReaderFromArray(outputs))
	return schema.StreamReaderWithConvert(stream, func(o *model.CallbackOutput) (*schema.Message, error) { return o.Message, nil }), nil
}

func says(pieces ...string) []*schema.Message {
	var messages []*schema.Message
	for _, text := range pieces {
		messages = append(messages, schema.AssistantMessage(text, nil))
	}
	messages[len(messages)-1].ResponseMeta = &schema.ResponseMeta{FinishReason: "stop"}
	return messages
}

func calls(name, arguments string) []*schema.Message {
	m := schema.AssistantMessage("", []schema.ToolCall{{ID: "call_1", Type: "function", Function: schema.FunctionCall{Name: name, Arguments: arguments}}})
	m.ResponseMeta = &schema.ResponseMeta{FinishReason: "tool_calls"}
	return []*schema.Message{m}
}

// signalled is told of each span that ends.
type signalled struct {
	*tracetest.SpanRecorder
	ended chan struct{}
}

func (s signalled) OnEnd(span sdktrace.ReadOnlySpan) {
	s.SpanRecorder.OnEnd(span)
	s.ended <- struct{}{}
}

func instrumented() (callbacks.Handler, signalled) {
	spans := signalled{tracetest.NewSpanRecorder(), make(chan struct{}, 64)}
	return einox.Handler(&agent.InstrumentationSettings{
		Format: agent.FormatMessages, TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
	}), spans
}

func attributesOf(span sdktrace.ReadOnlySpan, names ...string) map[string]any {
	some := map[string]any{}
	for _, a := range span.Attributes() {
		for _, name := range names {
			if string(a.Key) == name {
				some[name] = a.Value.AsInterface()
			}
		}
	}
	return some
}

func check(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

type place struct {
	City string `json:"city"`
}

// assistant is an agent with a tool, as Eino makes it.
func assistant(t *testing.T, m model.ToolCallingChatModel) *react.Agent {
	t.Helper()
	weather, err := utils.InferTool("weather", "Weather in a city", func(_ context.Context, in place) (string, error) {
		if in.City == "Atlantis" {
			return "", errors.New("no such city")
		}
		return "21 degrees in " + in.City, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	made, err := react.NewAgent(t.Context(), &react.AgentConfig{
		ToolCallingModel: m, ToolsConfig: compose.ToolsNodeConfig{Tools: []tool.BaseTool{weather}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

var question = []*schema.Message{schema.SystemMessage("Be brief."), schema.UserMessage("Weather in Paris?")}

func TestRunOfAnAgentIsOneTree(t *testing.T) {
	t.Parallel()
	handler, spans := instrumented()
	a := assistant(t, newScripted(calls("weather", `{"city":"Paris"}`), says("Mild.")))
	answer, err := a.Generate(t.Context(), question, einoagent.WithComposeOptions(compose.WithCallbacks(handler)))
	if err != nil || answer.Content != "Mild." {
		t.Fatal(answer, err)
	}
	var names []string
	byID := map[string]string{}
	for _, s := range spans.Ended() {
		byID[s.SpanContext().SpanID().String()] = s.Name()
	}
	for _, s := range spans.Ended() {
		names = append(names, byID[s.Parent().SpanID().String()]+" > "+s.Name())
	}
	check(t, names, []string{
		"Graph ReActAgent > chat gpt-4o", "Graph ReActAgent > execute_tool weather", "Graph ReActAgent > chat gpt-4o", " > Graph ReActAgent",
	})
	ended := spans.Ended()
	check(t, attributesOf(ended[0], "gen_ai.provider.name", "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.usage.input_tokens",
		"gen_ai.usage.cache_read.input_tokens", "gen_ai.response.model", "gen_ai.request.temperature"), map[string]any{
		"gen_ai.provider.name":                 "openai",
		"gen_ai.input.messages":                `[{"role":"system","parts":[{"type":"text","content":"Be brief."}]},{"role":"user","parts":[{"type":"text","content":"Weather in Paris?"}]}]`,
		"gen_ai.output.messages":               `[{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"weather","arguments":"{\"city\":\"Paris\"}"}],"finish_reason":"tool_call"}]`,
		"gen_ai.usage.input_tokens":            int64(20),
		"gen_ai.usage.cache_read.input_tokens": int64(8),
		"gen_ai.response.model":                "gpt-4o-2024-08-06",
		"gen_ai.request.temperature":           0.5,
	})
	check(t, attributesOf(ended[1], "gen_ai.tool.call.id", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result"), map[string]any{
		"gen_ai.tool.call.id": "call_1", "gen_ai.tool.call.arguments": `{"city":"Paris"}`, "gen_ai.tool.call.result": "21 degrees in Paris",
	})
	if tools := attributesOf(ended[0], "gen_ai.tool.definitions")["gen_ai.tool.definitions"]; tools == nil {
		t.Error("no tool definitions")
	}
}

func TestStreamIsToldWhetherItIsReadOrNot(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{true, false} {
		handler, spans := instrumented()
		a := assistant(t, newScripted(says("It ", "is ", "mild.")))
		stream, err := a.Stream(t.Context(), question, einoagent.WithComposeOptions(compose.WithCallbacks(handler)))
		if err != nil {
			t.Fatal(err)
		}
		for piece, err := stream.Recv(); err == nil && whole; piece, err = stream.Recv() {
			_ = piece
		}
		stream.Close()
		for range 2 { // the call and the graph
			<-spans.ended
		}
		for _, s := range spans.Ended() {
			if s.Name() != "chat gpt-4o" {
				continue
			}
			got := attributesOf(s, "gen_ai.output.messages", "gen_ai.usage.output_tokens")
			check(t, got, map[string]any{
				"gen_ai.output.messages":     `[{"role":"assistant","parts":[{"type":"text","content":"It is mild."}],"finish_reason":"stop"}]`,
				"gen_ai.usage.output_tokens": int64(5),
			})
			if attributesOf(s, "gen_ai.client.operation.time_to_first_chunk")["gen_ai.client.operation.time_to_first_chunk"] == nil {
				t.Error("no time to the first chunk")
			}
		}
	}
}

func TestFailuresAreErrors(t *testing.T) {
	t.Parallel()
	broken := newScripted(says("never said"))
	broken.fails = errors.New("the provider is down")
	for name, m := range map[string]*scripted{"chat gpt-4o": broken, "execute_tool weather": newScripted(calls("weather", `{"city":"Atlantis"}`))} {
		handler, spans := instrumented()
		if _, err := assistant(t, m).Generate(t.Context(), question, einoagent.WithComposeOptions(compose.WithCallbacks(handler))); err == nil {
			t.Fatal("no error")
		}
		failed := map[string]bool{}
		for _, s := range spans.Ended() {
			failed[s.Name()] = s.Status().Code == codes.Error
		}
		if !failed[name] || !failed["Graph ReActAgent"] {
			t.Errorf("failed are %v, want %s and the graph", failed, name)
		}
	}
}
