package anthropicmodel

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/modeltest"
	"github.com/hearth-dev/hearth/sdk/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// at returns a model whose requests go to a test's server, without idle connections that outlive it.
func at(t *testing.T, name, url string, opts ...option.RequestOption) *Model {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return New(name, WithBaseURL(url), WithAPIKey("sk-ant-test"), WithHTTPClient(&http.Client{Transport: transport}), WithClientOptions(opts...))
}

func TestRequestsAreWhatTheAPIWants(t *testing.T) {
	t.Parallel()
	conversation := &agent.Request{
		Messages: modeltest.Conversation("anthropic", ""), Instructions: "Be brief.", Tools: modeltest.Tools,
		Output: agent.OutputDefinition{AllowText: true},
	}
	tool := modeltest.Ask("2+2?")
	tool.Settings = agent.Settings{
		MaxTokens: modeltest.Ptr(100), Temperature: modeltest.Ptr(0.5), TopP: modeltest.Ptr(0.9), StopSequences: []string{"END"},
		ParallelToolCalls: modeltest.Ptr(false), ExtraBody: map[string]any{"metadata": map[string]any{"user_id": "u-1"}},
	}
	tool.Output = agent.OutputDefinition{Mode: agent.OutputTool, Tools: []agent.ToolDefinition{
		{Name: "final_result", Description: "The answer.", Schema: modeltest.Output, Strict: true},
	}}
	native := modeltest.Ask("2+2?")
	native.Output = agent.OutputDefinition{Mode: agent.OutputNative, Schema: modeltest.Output}
	thinking := modeltest.Ask("2+2?")
	thinking.Settings.Thinking = "high"
	thinking.Output = tool.Output
	again := modeltest.Ask("Hi")
	again.Messages = append(again.Messages, wholeResponse, &agent.Input{Parts: []agent.InputPart{
		agent.ToolReturn{ID: "toolu_02", Name: "now", Content: agent.Media{Kind: agent.Document, Data: []byte("noon"), Type: "text/plain"}},
		agent.UserPrompt{Content: []agent.Content{
			agent.Media{Kind: agent.Image, FileID: "file_1"}, agent.Media{Kind: agent.Document, FileID: "file_2"},
			agent.Media{Kind: agent.Document, URL: "https://example.com/a.pdf"},
		}},
	}})
	for _, test := range []struct {
		name, model string
		req         *agent.Request
	}{
		{"conversation", "claude-sonnet-4-5", conversation}, {"tool", "claude-sonnet-4-5", tool}, {"native", "claude-sonnet-4-5", native},
		{"budget", "claude-sonnet-4-5", thinking}, {"adaptive", "claude-sonnet-4-6", thinking}, {"again", "claude-sonnet-4-5", again},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := modeltest.Serve(t, modeltest.JSON(modeltest.File(t, "response.json")))
			if _, err := at(t, test.model, server.URL).Request(t.Context(), test.req); err != nil {
				t.Fatal(err)
			}
			got := server.Requests()[0]
			if got.Path != "/v1/messages" || got.Header.Get("X-Api-Key") != "sk-ant-test" {
				t.Error(got.Path, got.Header)
			}
			modeltest.Golden(t, test.name+".request.json", got.Body)
		})
	}
}

// wholeResponse is that of testdata/response.json.
var wholeResponse = &agent.Response{
	Model: "claude-sonnet-4-5-20250929", Provider: "anthropic", ID: "msg_01XFDUDYJgAACzvnptvVoYEL", FinishReason: agent.FinishToolCall,
	Parts: []agent.ResponsePart{
		agent.Thinking{Text: "Paris it is.", Signature: "EqQBCgIYAhIM1gbcDa9GJwZA2b3h"},
		agent.Thinking{ID: "redacted_thinking", Signature: "EmwKAhgBEgy3va3pzix"},
		agent.Text{Text: "Let me look."},
		agent.ToolCall{ID: "srvtoolu_01", Name: "web_search", Args: json.RawMessage(`{"query": "Paris"}`), Builtin: true},
		agent.ToolReturn{ID: "srvtoolu_01", Name: "web_search", Content: json.RawMessage(
			`[{"type": "web_search_result", "url": "https://example.com", "title": "Paris", "encrypted_content": "EqgfCioIARgB", "page_age": "April 30, 2025"}]`)},
		agent.ToolCall{ID: "toolu_01A09q90qw90lq917835lq9", Name: "get_weather", Args: json.RawMessage(`{"lng": 2.35, "lat": 48.85}`)},
		agent.ToolCall{ID: "toolu_02", Name: "now", Args: json.RawMessage(`{}`)},
	},
	Usage: agent.Usage{
		InputTokens: 2772, CacheReadTokens: 2000, CacheWriteTokens: 300, CacheWrite1hTokens: 100, OutputTokens: 189, ReasoningTokens: 60,
		Details: map[string]int64{
			"input_tokens": 472, "output_tokens": 189, "cache_creation_input_tokens": 300, "cache_read_input_tokens": 2000,
			"ephemeral_1h_input_tokens": 100, "thinking_tokens": 60, "web_search_requests": 1,
		},
	},
	Details: map[string]any{"finish_reason": "tool_use"},
}

// inPieces is what a stream makes of a response: arguments are text, and results have no spaces.
func inPieces(t *testing.T, r *agent.Response) *agent.Response {
	t.Helper()
	pieces := *r
	pieces.Parts = nil
	for _, part := range r.Parts {
		switch p := part.(type) {
		case agent.ToolCall:
			if string(p.Args) == "{}" {
				p.Args = nil
			} else {
				text, err := json.Marshal(string(p.Args))
				if err != nil {
					t.Fatal(err)
				}
				p.Args = text
			}
			part = p
		case agent.ToolReturn:
			var content bytes.Buffer
			if err := json.Compact(&content, p.Content.(json.RawMessage)); err != nil {
				t.Fatal(err)
			}
			p.Content = json.RawMessage(content.Bytes())
			part = p
		}
		pieces.Parts = append(pieces.Parts, part)
	}
	return &pieces
}

func TestAResponseIsTheSameWholeAndInPieces(t *testing.T) {
	t.Parallel()
	server := modeltest.Serve(t, modeltest.JSON(modeltest.File(t, "response.json")), modeltest.Events(modeltest.File(t, "stream.txt")))
	model := at(t, "claude-sonnet-4-5", server.URL)
	whole, err := model.Request(t.Context(), modeltest.Ask("Hi"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wholeResponse, modeltest.Timeless(whole)); diff != "" {
		t.Error(diff)
	}
	stream, err := model.Stream(t.Context(), modeltest.Ask("Hi"))
	pieces, err := modeltest.Collect(t, stream, err)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(inPieces(t, wholeResponse), pieces); diff != "" {
		t.Error(diff)
	}
}

func TestEndings(t *testing.T) {
	t.Parallel()
	for stop, want := range map[string]struct {
		reason  agent.FinishReason
		details map[string]any
	}{
		`"end_turn"`:   {agent.FinishStop, map[string]any{"finish_reason": "end_turn"}},
		`"max_tokens"`: {agent.FinishLength, map[string]any{"finish_reason": "max_tokens"}},
		`"pause_turn"`: {"", map[string]any{"finish_reason": "pause_turn"}},
		`"refusal", "stop_details": {"type": "refusal", "category": "cyber", "explanation": "Not this."}`: {
			agent.FinishContentFilter, map[string]any{"finish_reason": "refusal", "refusal": "Not this."},
		},
	} {
		server := modeltest.Serve(t, modeltest.JSON(`{"id": "m", "type": "message", "role": "assistant", "model": "c", "content": [], "usage": {"input_tokens": 1, "output_tokens": 2}, "stop_reason": `+stop+`}`))
		got, err := at(t, "claude-sonnet-4-5", server.URL).Request(t.Context(), modeltest.Ask("Hi"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.details, got.Details); diff != "" || got.FinishReason != want.reason {
			t.Error(stop, got.FinishReason, diff)
		}
	}
}

func TestRefusalsAreModelHTTPErrors(t *testing.T) {
	t.Parallel()
	const overloaded = `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}`
	start := modeltest.Cut(modeltest.File(t, "stream.txt"), "message_start")
	for name, test := range map[string]struct {
		answer modeltest.Answer
		status int
	}{
		"529":                         {modeltest.Answer{Status: 529, Body: overloaded}, 529},
		"429":                         {modeltest.Answer{Status: 429, Body: `{"type":"error","error":{"type":"rate_limit_error","message":"Overloaded?"}}`}, 429},
		"an error inside of a stream": {modeltest.Events(start + "event: error\ndata: " + overloaded + "\n\n"), 529},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := modeltest.Serve(t, test.answer)
			stream, err := at(t, "claude-sonnet-4-5", server.URL, option.WithMaxRetries(0)).Stream(t.Context(), modeltest.Ask("Hi"))
			_, err = modeltest.Collect(t, stream, err)
			refusal, ok := errors.AsType[*agent.ModelHTTPError](err)
			if !ok || refusal.Status != test.status || !strings.Contains(refusal.Body, "Overloaded") || refusal.Model != "claude-sonnet-4-5" {
				t.Errorf("%T %v", err, err)
			}
		})
	}
}

func TestTheSDKsRetriesStayOn(t *testing.T) {
	t.Parallel()
	soon := map[string]string{"Retry-After-Ms": "1"}
	server := modeltest.Serve(t, modeltest.Answer{Status: 529, Header: soon, Body: `{}`}, modeltest.JSON(modeltest.File(t, "response.json")))
	if _, err := at(t, "claude-sonnet-4-5", server.URL).Request(t.Context(), modeltest.Ask("Hi")); err != nil {
		t.Fatal(err)
	}
}

func TestMalformedAnswersAreErrors(t *testing.T) {
	t.Parallel()
	for _, answer := range []modeltest.Answer{
		modeltest.JSON(`{"content": [`), modeltest.JSON(`{}`), {Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>hello</html>"},
	} {
		server := modeltest.Serve(t, answer)
		got, err := at(t, "claude-sonnet-4-5", server.URL).Request(t.Context(), modeltest.Ask("Hi"))
		if err == nil || !strings.Contains(err.Error(), "model claude-sonnet-4-5: ") {
			t.Error(answer.Body, got, err)
		}
	}
	server := modeltest.Serve(t, modeltest.Events(modeltest.Cut(modeltest.File(t, "stream.txt"), "message_start")+"event: message_delta\ndata: {broken\n\n"))
	stream, err := at(t, "claude-sonnet-4-5", server.URL).Stream(t.Context(), modeltest.Ask("Hi"))
	if got, err := modeltest.Collect(t, stream, err); err == nil {
		t.Error(got)
	}
}

func TestAConsumerThatStopsCancelsTheRequest(t *testing.T) {
	t.Parallel()
	answer := modeltest.Events(modeltest.Cut(modeltest.File(t, "stream.txt"), "thinking_delta"))
	answer.Hold = true
	server := modeltest.Serve(t, answer)
	stream, err := at(t, "claude-sonnet-4-5", server.URL).Stream(t.Context(), modeltest.Ask("Hi"))
	if err != nil {
		t.Fatal(err)
	}
	for delta, err := range stream {
		if err != nil {
			t.Fatal(err)
		}
		if thought, ok := delta.(agent.ThinkingDelta); ok && thought.Text != "" {
			break
		}
	}
	<-server.Gone
}

func TestWhatTheAPIDoesNotTakeIsAnErrorBeforeTheRequest(t *testing.T) {
	t.Parallel()
	for _, media := range []agent.Media{
		{Kind: agent.Audio, Data: []byte("x"), Type: "audio/wav"}, {Kind: agent.Video, URL: "https://example.com/a.mp4"},
		{Kind: agent.Document, URL: "https://example.com/a.txt"}, {Kind: agent.Document, Data: []byte("x"), Type: "application/msword"},
	} {
		req := &agent.Request{Messages: []agent.Message{
			&agent.Input{Parts: []agent.InputPart{agent.UserPrompt{Content: []agent.Content{media}}}},
		}}
		if _, err := New("claude-sonnet-4-5").Request(t.Context(), req); err == nil || !strings.Contains(err.Error(), "Anthropic takes no ") {
			t.Error(media, err)
		}
	}
	req := modeltest.Ask("Hi")
	req.Settings.Thinking = "deeply"
	if _, err := New("claude-sonnet-4-5").Request(t.Context(), req); err == nil || !strings.Contains(err.Error(), `"deeply"`) {
		t.Error(err)
	}
}

// The SDK would make spans of its own as soon as there is a global provider; an agent makes them already.
func TestTheSDKMakesNoSpans(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)))
	defer otel.SetTracerProvider(before)
	server := modeltest.Serve(t, modeltest.JSON(modeltest.File(t, "response.json")), modeltest.JSON(modeltest.File(t, "response.json")))
	if _, err := at(t, "claude-sonnet-4-5", server.URL).Request(t.Context(), modeltest.Ask("Hi")); err != nil {
		t.Fatal(err)
	}
	if spans := recorder.Ended(); len(spans) != 0 {
		t.Error(spans)
	}
	if _, err := at(t, "claude-sonnet-4-5", server.URL, option.WithOpenTelemetryTraces(true)).Request(t.Context(), modeltest.Ask("Hi")); err != nil {
		t.Fatal(err)
	}
	if spans := recorder.Ended(); len(spans) != 1 {
		t.Error("the SDK's spans cannot be turned on")
	}
}

// open returns a model that reaches nothing but a client.
func open(client *http.Client) agent.Model {
	return New("claude-sonnet-4-5", WithHTTPClient(client), WithBaseURL("https://api.anthropic.com"), WithAPIKey("sk-ant-test"))
}

func TestAWeatherAgent(t *testing.T) {
	t.Parallel()
	modeltest.Weather(t, open)
}

func TestModelRequestsCanBeForbidden(t *testing.T) { // not parallel: it holds for the whole process
	modeltest.Forbidden(t, open(http.DefaultClient))
}

func TestModelsByName(t *testing.T) { // not parallel: it sets the environment
	t.Setenv("ANTHROPIC_API_KEY", "")
	t.Setenv("ANTHROPIC_AUTH_TOKEN", "")
	if _, err := agent.ModelByName("anthropic:claude-sonnet-4-5"); err == nil || !strings.Contains(err.Error(), "ANTHROPIC_API_KEY is not set") {
		t.Error(err)
	}
	t.Setenv("ANTHROPIC_API_KEY", "sk-ant-test")
	model, err := agent.ModelByName("anthropic:claude-sonnet-4-5")
	if err != nil || model.Name() != "claude-sonnet-4-5" || model.Provider() != "anthropic" {
		t.Error(model, err)
	}
}

func TestTheWireIsReadTheSameWay(t *testing.T) {
	t.Parallel()
	modeltest.SameOnTheWire(t, wire.AnthropicMessages, modeltest.File(t, "response.json"), wholeResponse)
}
