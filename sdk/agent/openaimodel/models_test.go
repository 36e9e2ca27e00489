package openaimodel

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3/option"
	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/modeltest"
	"github.com/hearth-dev/hearth/sdk/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// at returns options that send requests to a test's server, without idle connections that outlive it.
func at(t *testing.T, url string) []Option {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return []Option{WithBaseURL(url), WithAPIKey("sk-test"), WithHTTPClient(&http.Client{Transport: transport})}
}

// requests are the shapes that a request can have; each is a golden file per API.
func requests(provider, signature string) map[string]*agent.Request {
	settings := agent.Settings{
		MaxTokens: modeltest.Ptr(100), Temperature: modeltest.Ptr(0.5), TopP: modeltest.Ptr(0.9), Seed: modeltest.Ptr(7),
		PresencePenalty: modeltest.Ptr(0.1), FrequencyPenalty: modeltest.Ptr(0.2), StopSequences: []string{"END"},
		ParallelToolCalls: modeltest.Ptr(false), Thinking: "high",
		ExtraBody: map[string]any{"user": "u-1", "metadata": map[string]any{"a": "b"}},
	}
	conversation := &agent.Request{
		Messages: modeltest.Conversation(provider, signature), Instructions: "Be brief.", Tools: modeltest.Tools,
		Output: agent.OutputDefinition{AllowText: true},
	}
	tool := modeltest.Ask("2+2?")
	tool.Settings = settings
	tool.Output = agent.OutputDefinition{Mode: agent.OutputTool, Tools: []agent.ToolDefinition{
		{Name: "final_result", Description: "The answer.", Schema: modeltest.Output, Strict: true},
	}}
	native := modeltest.Ask("2+2?")
	native.Output = agent.OutputDefinition{Mode: agent.OutputNative, Name: "Answer", Description: "A number.", Schema: modeltest.Output}
	prompted := modeltest.Ask("2+2?")
	prompted.Instructions = "Answer with JSON."
	prompted.Output = agent.OutputDefinition{Mode: agent.OutputPrompted, Schema: modeltest.Output}
	return map[string]*agent.Request{"conversation": conversation, "tool": tool, "native": native, "prompted": prompted}
}

func TestRequestsAreWhatTheAPIWants(t *testing.T) {
	t.Parallel()
	for name, req := range requests("openai", `{"google":{"thought_signature":"c2ln"}}`) {
		t.Run("chat "+name, func(t *testing.T) {
			t.Parallel()
			server := modeltest.Serve(t, modeltest.JSON(modeltest.File(t, "chat_tools.response.json")))
			if _, err := New("gpt-4o", at(t, server.URL)...).Request(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			got := server.Requests()[0]
			if got.Path != "/chat/completions" || got.Header.Get("Authorization") != "Bearer sk-test" {
				t.Error(got.Path, got.Header)
			}
			modeltest.Golden(t, "chat_"+name+".request.json", got.Body)
		})
		for _, model := range []string{"gpt-4o", "o4-mini"} {
			t.Run("responses "+model+" "+name, func(t *testing.T) {
				t.Parallel()
				server := modeltest.Serve(t, modeltest.JSON(modeltest.File(t, "responses.response.json")))
				if _, err := NewResponses(model, at(t, server.URL)...).Request(t.Context(), req); err != nil {
					t.Fatal(err)
				}
				got := server.Requests()[0]
				if got.Path != "/responses" {
					t.Error(got.Path)
				}
				modeltest.Golden(t, "responses_"+model+"_"+name+".request.json", got.Body)
			})
		}
	}
}

// chatResponse is that of testdata/chat_tools.response.json.
var chatResponse = &agent.Response{
	Model: "gpt-4o-2024-08-06", Provider: "openai", ID: "chatcmpl-BgP9aJ0kB2Yq4V7nX3Lw8Zt1Rc5Hd", FinishReason: agent.FinishToolCall,
	Parts: []agent.ResponsePart{
		agent.ToolCall{ID: "call_Vf6aFQ1", Name: "get_weather", Args: json.RawMessage(`"{\"lng\": 2.35, \"lat\": 48.85}"`)},
		agent.ToolCall{ID: "call_Vf6aFQ2", Name: "now"},
	},
	Usage: agent.Usage{
		InputTokens: 1164, CacheReadTokens: 1024, InputAudioTokens: 7, OutputTokens: 51, ReasoningTokens: 12, OutputAudioTokens: 3,
		Details: map[string]int64{
			"reasoning_tokens": 12, "audio_tokens": 3, "accepted_prediction_tokens": 2, "rejected_prediction_tokens": 0,
		},
	},
	Details: map[string]any{"finish_reason": "tool_calls", "service_tier": "default"},
}

func TestChatResponse(t *testing.T) {
	t.Parallel()
	const usage = `"usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}`
	small := func(response agent.Response) *agent.Response {
		response.Model, response.Provider, response.ID = "m", "openai", "c1"
		response.Usage = agent.Usage{InputTokens: 3, OutputTokens: 2}
		return &response
	}
	for name, test := range map[string]struct {
		body string
		want *agent.Response
	}{
		"calls of tools": {modeltest.File(t, "chat_tools.response.json"), chatResponse},
		"a refusal": {
			`{"id": "c1", "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": null, "refusal": "I'm sorry, I can't."}, "finish_reason": "stop"}], ` + usage + `}`,
			small(agent.Response{FinishReason: agent.FinishContentFilter, Details: map[string]any{"refusal": "I'm sorry, I can't."}}),
		},
		"thoughts in a field, as DeepSeek gives them": {
			`{"id": "c1", "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi", "reasoning_content": "Greet."}, "finish_reason": "length"}], ` + usage + `}`,
			small(agent.Response{
				FinishReason: agent.FinishLength, Details: map[string]any{"finish_reason": "length"},
				Parts: []agent.ResponsePart{agent.Thinking{ID: "reasoning_content", Text: "Greet."}, agent.Text{Text: "Hi"}},
			}),
		},
		"thoughts between tags, and no finish reason": {
			`{"id": "c1", "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": "<think>Greet.</think>Hi <think>open"}}], ` + usage + `}`,
			small(agent.Response{
				FinishReason: agent.FinishStop, Details: map[string]any{},
				Parts: []agent.ResponsePart{agent.Thinking{ID: "content", Text: "Greet."}, agent.Text{Text: "Hi "}, agent.Text{Text: "open"}},
			}),
		},
		"content as a list of parts": {
			`{"id": "c1", "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": [{"type": "text", "text": "Hi"}, {"type": "reference"}, {"type": "text", "text": "!"}]}, "finish_reason": "guardrail_intervened"}], ` + usage + `}`,
			small(agent.Response{Details: map[string]any{"finish_reason": "guardrail_intervened"}, Parts: []agent.ResponsePart{agent.Text{Text: "Hi!"}}}),
		},
		"sound": {
			`{"id": "c1", "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": null, "audio": {"id": "a1", "expires_at": 1, "data": "UklGRg==", "transcript": "Hi"}}, "finish_reason": "stop"}], ` + usage + `}`,
			small(agent.Response{
				FinishReason: agent.FinishStop, Details: map[string]any{"finish_reason": "stop"},
				Parts: []agent.ResponsePart{agent.Text{Text: "Hi"}, agent.Media{Kind: agent.Audio, Data: []byte("RIFF"), Type: "audio/wav"}},
			}),
		},
		"a call that Gemini signed": {
			`{"id": "c1", "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": null, "tool_calls": [{"id": "f", "type": "function", "function": {"name": "now", "arguments": "{}"}, "extra_content": {"google": {"thought_signature": "c2ln"}}}]}, "finish_reason": "tool_calls"}], ` + usage + `}`,
			small(agent.Response{
				FinishReason: agent.FinishToolCall, Details: map[string]any{"finish_reason": "tool_calls"},
				Parts: []agent.ResponsePart{agent.ToolCall{
					ID: "f", Name: "now", Args: json.RawMessage(`"{}"`), Signature: `{"google": {"thought_signature": "c2ln"}}`,
				}},
			}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := modeltest.Serve(t, modeltest.JSON(test.body))
			got, err := New("gpt-4o", at(t, server.URL)...).Request(t.Context(), modeltest.Ask("Hi"))
			if err != nil {
				t.Fatal(err)
			}
			if got.At.IsZero() {
				t.Error("it has no time")
			}
			if diff := cmp.Diff(test.want, modeltest.Timeless(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestChatStream(t *testing.T) {
	t.Parallel()
	const refused = `data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"role":"assistant","refusal":"I'm "},"finish_reason":null}]}

data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"refusal":"sorry."},"finish_reason":null}]}

data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: [DONE]

`
	const tagged = `data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"<think>"}}]}

data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"Hm"}}]}

data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"</think>"}}]}

data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"Hi"}}]}

data: [DONE]

`
	for name, test := range map[string]struct {
		body string
		want *agent.Response
	}{
		"text and calls": {modeltest.File(t, "chat_stream.txt"), &agent.Response{
			Model: "gpt-4o-2024-08-06", Provider: "openai", ID: "chatcmpl-B1", FinishReason: agent.FinishToolCall,
			Parts: []agent.ResponsePart{
				agent.Text{Text: "Let me look."},
				agent.ToolCall{ID: "call_1", Name: "get_weather", Args: json.RawMessage(`"{\"lng\":2.35}"`)},
				agent.ToolCall{ID: "call_2", Name: "now", Args: json.RawMessage(`"{}"`)},
			},
			Usage: agent.Usage{InputTokens: 86, CacheReadTokens: 64, OutputTokens: 31, Details: map[string]int64{
				"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
			}},
			Details: map[string]any{"finish_reason": "tool_calls", "service_tier": "default"},
		}},
		"thoughts in a field": {modeltest.File(t, "chat_stream_reasoning.txt"), &agent.Response{
			Model: "deepseek-reasoner", Provider: "openai", ID: "c1", FinishReason: agent.FinishStop,
			Parts: []agent.ResponsePart{agent.Thinking{ID: "reasoning_content", Text: "The user greets."}, agent.Text{Text: "Hello!"}},
			Usage: agent.Usage{InputTokens: 6, OutputTokens: 212, ReasoningTokens: 198, Details: map[string]int64{
				"reasoning_tokens": 198, "prompt_cache_hit_tokens": 0, "prompt_cache_miss_tokens": 6,
			}},
			Details: map[string]any{"finish_reason": "stop"},
		}},
		"a refusal": {refused, &agent.Response{
			Model: "m", Provider: "openai", ID: "c1", FinishReason: agent.FinishContentFilter,
			Details: map[string]any{"refusal": "I'm sorry."},
		}},
		"thoughts between tags, and no finish reason": {tagged, &agent.Response{
			Model: "m", Provider: "openai", ID: "c1", FinishReason: agent.FinishStop,
			Parts: []agent.ResponsePart{agent.Thinking{ID: "content", Text: "Hm"}, agent.Text{Text: "Hi"}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := modeltest.Serve(t, modeltest.Events(test.body))
			stream, err := New("gpt-4o", at(t, server.URL)...).Stream(t.Context(), modeltest.Ask("Hi"))
			got, err := modeltest.Collect(t, stream, err)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if body := string(server.Requests()[0].Body); !strings.Contains(body, `"stream_options":{"include_usage":true}`) {
				t.Error(body)
			}
		})
	}
}

// responsesResponse is that of testdata/responses.response.json, and of the stream beside it.
var responsesResponse = &agent.Response{
	Model: "o4-mini-2025-04-16", Provider: "openai", ID: "resp_685e1f0a2f6c81", FinishReason: agent.FinishStop,
	Parts: []agent.ResponsePart{
		agent.Thinking{ID: "rs_685e1f0a9d", Text: "**Where?**", Signature: "gAAAAABoXh8L"},
		agent.Thinking{ID: "rs_685e1f0a9d", Text: "Paris, it seems."},
		agent.Text{ID: "msg_685e1f0b77", Text: "Let me look."},
		agent.ToolCall{
			ID: "ws_685e1f0b90", ItemID: "ws_685e1f0b90", Name: "web_search", Builtin: true,
			Args: json.RawMessage(`{"id":"ws_685e1f0b90","type":"web_search_call","status":"completed","action":{"type":"search","query":"Paris"}}`),
		},
		agent.ToolCall{ID: "call_gQ7", ItemID: "fc_685e1f0c12", Name: "get_weather", Args: json.RawMessage(`"{\"lng\":2.35,\"lat\":48.85}"`)},
	},
	Usage: agent.Usage{
		InputTokens: 1203, CacheReadTokens: 1024, CacheWriteTokens: 100, OutputTokens: 288, ReasoningTokens: 256,
		Details: map[string]int64{"reasoning_tokens": 256},
	},
	Details: map[string]any{"finish_reason": "completed", "service_tier": "default"},
}

func TestResponsesResponse(t *testing.T) {
	t.Parallel()
	t.Run("whole", func(t *testing.T) {
		t.Parallel()
		server := modeltest.Serve(t, modeltest.JSON(modeltest.File(t, "responses.response.json")))
		got, err := NewResponses("o4-mini", at(t, server.URL)...).Request(t.Context(), modeltest.Ask("Hi"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(responsesResponse, modeltest.Timeless(got)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("in pieces", func(t *testing.T) {
		t.Parallel()
		server := modeltest.Serve(t, modeltest.Events(modeltest.File(t, "responses_stream.txt")))
		stream, err := NewResponses("o4-mini", at(t, server.URL)...).Stream(t.Context(), modeltest.Ask("Hi"))
		got, err := modeltest.Collect(t, stream, err)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(responsesResponse, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestResponsesEndings(t *testing.T) {
	t.Parallel()
	const head = `"id": "r1", "object": "response", "model": "m", "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5, "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}`
	for name, test := range map[string]struct {
		body   string
		reason agent.FinishReason
		detail map[string]any
	}{
		"cut off": {
			`{` + head + `, "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": []}`,
			agent.FinishLength, map[string]any{"finish_reason": "max_output_tokens"},
		},
		"filtered": {
			`{` + head + `, "status": "incomplete", "incomplete_details": {"reason": "content_filter"}, "output": []}`,
			agent.FinishContentFilter, map[string]any{"finish_reason": "content_filter"},
		},
		"refused": {
			`{` + head + `, "status": "completed", "output": [{"id": "m1", "type": "message", "role": "assistant", "status": "completed", "content": [{"type": "refusal", "refusal": "No."}]}]}`,
			agent.FinishContentFilter, map[string]any{"refusal": "No."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stream := "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r1\",\"model\":\"m\"}}\n\n"
			if strings.Contains(test.body, "refusal") {
				stream += "event: response.refusal.delta\ndata: {\"type\":\"response.refusal.delta\",\"item_id\":\"m1\",\"delta\":\"No.\"}\n\n"
			}
			ending := "response.incomplete"
			if strings.Contains(test.body, `"completed", "output"`) {
				ending = "response.completed"
			}
			stream += "event: " + ending + "\ndata: {\"type\":\"" + ending + "\",\"response\":" + test.body + "}\n\n"
			server := modeltest.Serve(t, modeltest.JSON(test.body), modeltest.Events(stream))
			model := NewResponses("gpt-4o", at(t, server.URL)...)
			whole, err := model.Request(t.Context(), modeltest.Ask("Hi"))
			if err != nil {
				t.Fatal(err)
			}
			deltas, err := model.Stream(t.Context(), modeltest.Ask("Hi"))
			pieces, err := modeltest.Collect(t, deltas, err)
			if err != nil {
				t.Fatal(err)
			}
			if whole.FinishReason != test.reason || len(whole.Parts) > 0 || whole.Usage.InputTokens != 3 {
				t.Errorf("%+v", whole)
			}
			if diff := cmp.Diff(test.detail, whole.Details); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(modeltest.Timeless(whole), pieces); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRefusalsAreModelHTTPErrors(t *testing.T) {
	t.Parallel()
	const limited = `{"error": {"message": "Rate limit reached", "type": "requests", "param": null, "code": "rate_limit_exceeded"}}`
	failed := `{"id": "r1", "model": "m", "status": "failed", "error": {"code": "server_error", "message": "Oh no"}, "output": []}`
	for name, test := range map[string]struct {
		answer modeltest.Answer
		status int
		text   string
	}{
		"429":                           {modeltest.Answer{Status: 429, Body: limited}, 429, "Rate limit reached"},
		"400 of a gateway":              {modeltest.Answer{Status: 400, Body: `<html>no</html>`}, 400, ""},
		"an error inside of a stream":   {modeltest.Events("data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[]}\n\ndata: " + limited + "\n\n"), 429, "Rate limit reached"},
		"a failed response":             {modeltest.JSON(failed), 500, "Oh no"},
		"a failed response in pieces":   {modeltest.Events("event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":" + failed + "}\n\n"), 500, "Oh no"},
		"an error event of Responses":   {modeltest.Events("event: error\ndata: {\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"Slow down\",\"param\":null,\"sequence_number\":1}\n\n"), 429, "Slow down"},
		"a status of a gateway as code": {modeltest.Events("data: {\"error\":{\"code\":502,\"message\":\"Upstream\"}}\n\n"), 502, "Upstream"},
	} {
		for api, model := range map[string]func(...Option) agent.Model{
			"chat":      func(opts ...Option) agent.Model { return New("gpt-4o", opts...) },
			"responses": func(opts ...Option) agent.Model { return NewResponses("gpt-4o", opts...) },
		} {
			if (api == "chat") == (strings.Contains(name, "esponse") || strings.Contains(name, "Responses")) {
				continue
			}
			t.Run(api+" "+name, func(t *testing.T) {
				t.Parallel()
				server := modeltest.Serve(t, test.answer)
				m := model(append(at(t, server.URL), WithClientOptions(option.WithMaxRetries(0)))...)
				var err error
				if test.answer.Header["Content-Type"] == "text/event-stream" {
					stream, failed := m.Stream(t.Context(), modeltest.Ask("Hi"))
					_, err = modeltest.Collect(t, stream, failed)
				} else {
					_, err = m.Request(t.Context(), modeltest.Ask("Hi"))
				}
				refusal, ok := errors.AsType[*agent.ModelHTTPError](err)
				if !ok || refusal.Status != test.status || !strings.Contains(refusal.Body, test.text) || refusal.Model != "gpt-4o" {
					t.Errorf("%T %v", err, err)
				}
			})
		}
	}
}

func TestMalformedAnswersAreErrors(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]modeltest.Answer{
		"no JSON":    modeltest.JSON(`{"choices": [`),
		"a page":     {Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>hello</html>"},
		"no choices": modeltest.JSON(`{"id": "c", "model": "m", "choices": []}`),
		"bad sound":  modeltest.JSON(`{"id": "c", "model": "m", "choices": [{"message": {"audio": {"data": "%%"}}}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := modeltest.Serve(t, answer)
			got, err := New("gpt-4o", at(t, server.URL)...).Request(t.Context(), modeltest.Ask("Hi"))
			if err == nil || !strings.Contains(err.Error(), "model gpt-4o: ") {
				t.Error(got, err)
			}
		})
	}
}

func TestTheSDKsRetriesStayOn(t *testing.T) {
	t.Parallel()
	soon := map[string]string{"Retry-After-Ms": "1"}
	server := modeltest.Serve(t, modeltest.Answer{Status: 429, Header: soon, Body: `{}`}, modeltest.Answer{Status: 500, Header: soon, Body: `{}`},
		modeltest.JSON(modeltest.File(t, "chat_tools.response.json")))
	if _, err := New("gpt-4o", at(t, server.URL)...).Request(t.Context(), modeltest.Ask("Hi")); err != nil {
		t.Fatal(err)
	}
	if n := len(server.Requests()); n != 3 {
		t.Errorf("%d requests", n)
	}
}

func TestAConsumerThatStopsCancelsTheRequest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		model func(...Option) agent.Model
		body  string
	}{
		"chat": {
			func(opts ...Option) agent.Model { return New("gpt-4o", opts...) },
			modeltest.Cut(modeltest.File(t, "chat_stream.txt"), "Let me"),
		},
		"responses": {
			func(opts ...Option) agent.Model { return NewResponses("o4-mini", opts...) },
			modeltest.Cut(modeltest.File(t, "responses_stream.txt"), "reasoning_summary_text.delta"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := modeltest.Events(test.body)
			answer.Hold = true
			server := modeltest.Serve(t, answer)
			stream, err := test.model(at(t, server.URL)...).Stream(t.Context(), modeltest.Ask("Hi"))
			if err != nil {
				t.Fatal(err)
			}
			for delta, err := range stream {
				if err != nil {
					t.Fatal(err)
				}
				if _, about := delta.(agent.ResponseDelta); !about {
					break
				}
			}
			<-server.Gone
		})
	}
}

func TestACancelledContextEndsAStream(t *testing.T) {
	t.Parallel()
	answer := modeltest.Events(modeltest.Cut(modeltest.File(t, "chat_stream.txt"), "Let me"))
	answer.Hold = true
	server := modeltest.Serve(t, answer)
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := New("gpt-4o", at(t, server.URL)...).Stream(ctx, modeltest.Ask("Hi"))
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for delta, err := range stream {
		if text, ok := delta.(agent.TextDelta); ok && text.Text == "Let me " {
			cancel()
		}
		last = err
	}
	cancel()
	if !errors.Is(last, context.Canceled) {
		t.Error(last)
	}
	<-server.Gone
}

func TestWhatAnAPIDoesNotTakeIsAnErrorBeforeTheRequest(t *testing.T) {
	t.Parallel()
	chat, responses := New("gpt-4o"), NewResponses("gpt-4o")
	for _, test := range []struct {
		model agent.Model
		media agent.Media
		want  string
	}{
		{chat, agent.Media{Kind: agent.Audio, URL: "https://example.com/a.mp3"}, "takes no audio by URL (audio/mpeg)"},
		{chat, agent.Media{Kind: agent.Document, URL: "https://example.com/a.pdf"}, "takes no document by URL"},
		{chat, agent.Media{Kind: agent.Image, FileID: "file-1"}, "takes no image by file id"},
		{chat, agent.Media{Kind: agent.Video, Data: []byte("x"), Type: "video/mp4"}, "takes no video by content"},
		{responses, agent.Media{Kind: agent.Audio, Data: []byte("x"), Type: "audio/wav"}, "takes no audio by content"},
	} {
		req := &agent.Request{Messages: []agent.Message{
			&agent.Input{Parts: []agent.InputPart{agent.UserPrompt{Content: []agent.Content{test.media}}}},
		}}
		if _, err := test.model.Request(t.Context(), req); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v", test.media, err)
		}
	}
	strict := &agent.Request{Tools: []agent.ToolDefinition{{Name: "t", Strict: true, Schema: json.RawMessage(`{"type":"object","properties":{"l":{"type":"array"}}}`)}}}
	if _, err := chat.Request(t.Context(), strict); err == nil || !strings.Contains(err.Error(), "tool t: strict mode") {
		t.Error(err)
	}
}

func TestMediaOfBothAPIs(t *testing.T) {
	t.Parallel()
	req := &agent.Request{Messages: []agent.Message{&agent.Input{Parts: []agent.InputPart{agent.UserPrompt{Content: []agent.Content{
		agent.Media{Kind: agent.Document, Data: []byte("a,b"), Type: "text/csv"},
		agent.Media{Kind: agent.Document, FileID: "file-1"},
	}}}}}}
	sound := agent.Media{Kind: agent.Audio, Data: []byte("RIFF"), Type: "audio/x-wav"}
	chat, err := New("m").user(append([]agent.Content{sound}, req.Messages[0].(*agent.Input).Parts[0].(agent.UserPrompt).Content...))
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(chat)
	if err != nil {
		t.Fatal(err)
	}
	modeltest.Golden(t, "chat_media.request.json", encoded)
	responses, err := NewResponses("m").inputs(req.Messages[0].(*agent.Input))
	if err != nil {
		t.Fatal(err)
	}
	if encoded, err = json.Marshal(responses); err != nil {
		t.Fatal(err)
	}
	modeltest.Golden(t, "responses_media.request.json", encoded)
}

// open returns a model that reaches nothing but a client.
func open(client *http.Client) agent.Model {
	return New("gpt-4o", WithHTTPClient(client), WithBaseURL("https://api.openai.com/v1"), WithAPIKey("sk-test"))
}

func TestAWeatherAgent(t *testing.T) {
	t.Parallel()
	modeltest.Weather(t, open)
}

func TestModelRequestsCanBeForbidden(t *testing.T) { // not parallel: it holds for the whole process
	modeltest.Forbidden(t, open(http.DefaultClient))
	modeltest.Forbidden(t, NewResponses("gpt-4o"))
}

func TestModelsByName(t *testing.T) { // not parallel: it sets the environment
	t.Setenv("OPENAI_BASE_URL", "")
	t.Setenv("OPENAI_API_KEY", "")
	if _, err := agent.ModelByName("openai:gpt-4o"); err == nil || !strings.Contains(err.Error(), "OPENAI_API_KEY is not set") {
		t.Error(err)
	}
	t.Setenv("OPENAI_API_KEY", "sk-test")
	for name, responses := range map[string]bool{"openai:gpt-4o": false, "openai-chat:gpt-4o": false, "openai-responses:gpt-4o": true} {
		model, err := agent.ModelByName(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := model.(*Responses); ok != responses || model.Name() != "gpt-4o" || model.BaseURL() != "https://api.openai.com/v1/" {
			t.Errorf("%s is %T %s at %s", name, model, model.Name(), model.BaseURL())
		}
	}
}

func TestTheWireIsReadTheSameWay(t *testing.T) {
	t.Parallel()
	modeltest.SameOnTheWire(t, wire.OpenAIChat, modeltest.File(t, "chat_tools.response.json"), chatResponse)
	modeltest.SameOnTheWire(t, wire.OpenAIResponses, modeltest.File(t, "responses.response.json"), responsesResponse)
}
