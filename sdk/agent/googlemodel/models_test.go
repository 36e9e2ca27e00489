package googlemodel

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/modeltest"
	"github.com/hearth-dev/hearth/sdk/wire"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("go.opencensus.io/stats/view.(*worker).start"))
}

// at returns a model whose requests go to a test's server, without idle connections that outlive it.
func at(t *testing.T, name, url string) *Model {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return New(name, WithBaseURL(url), WithAPIKey("test-key"), WithHTTPClient(&http.Client{Transport: transport}))
}

func TestRequestsAreWhatTheAPIWants(t *testing.T) {
	t.Parallel()
	conversation := &agent.Request{
		Messages: modeltest.Conversation("google-gla", "c2lnMg=="), Instructions: "Be brief.", Tools: modeltest.Tools,
		Output: agent.OutputDefinition{AllowText: true},
	}
	tool := modeltest.Ask("2+2?")
	tool.Settings = agent.Settings{
		MaxTokens: modeltest.Ptr(100), Temperature: modeltest.Ptr(0.5), TopP: modeltest.Ptr(0.75), Seed: modeltest.Ptr(7),
		PresencePenalty: modeltest.Ptr(0.25), FrequencyPenalty: modeltest.Ptr(0.5), StopSequences: []string{"END"}, Thinking: "low",
		ExtraBody: map[string]any{"labels": map[string]any{"team": "a"}},
	}
	tool.Output = agent.OutputDefinition{Mode: agent.OutputTool, Tools: []agent.ToolDefinition{
		{Name: "final_result", Description: "The answer.", Schema: modeltest.Output},
	}}
	native := modeltest.Ask("2+2?")
	native.Output = agent.OutputDefinition{Mode: agent.OutputNative, Name: "Answer", Description: "A number.", Schema: modeltest.Output}
	prompted := modeltest.Ask("2+2?")
	prompted.Output = agent.OutputDefinition{Mode: agent.OutputPrompted, Schema: modeltest.Output}
	resumed := &agent.Request{Messages: []agent.Message{
		&agent.Response{Provider: "google", Parts: []agent.ResponsePart{agent.Media{Kind: agent.Image, Data: []byte("png"), Type: "image/png", Signature: "c2ln"}}},
		&agent.Input{Parts: []agent.InputPart{agent.ToolReturn{ID: "c1", Name: "list", Content: []int{1, 2}}, agent.ToolReturn{ID: "c2", Name: "none"}}},
	}}
	picture := &agent.Request{Messages: []agent.Message{&agent.Input{Parts: []agent.InputPart{
		agent.ToolReturn{ID: "c1", Name: "draw", Content: agent.Media{Kind: agent.Image, Data: []byte("png"), Type: "image/png"}},
		agent.UserPrompt{Content: []agent.Content{agent.Media{Kind: agent.Video, FileID: "https://generativelanguage.googleapis.com/v1beta/files/f1", Type: "video/mp4"}}},
	}}}}
	for _, test := range []struct {
		name, model string
		req         *agent.Request
	}{
		{"conversation", "gemini-2.5-flash", conversation}, {"tool", "gemini-2.5-flash", tool}, {"tool3", "gemini-3-flash-preview", tool},
		{"native", "gemini-2.5-flash", native}, {"prompted", "gemini-2.5-flash-image", prompted}, {"resumed", "gemini-2.5-flash", resumed},
		{"picture", "gemini-3-flash-preview", picture},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := modeltest.Serve(t, modeltest.JSON(modeltest.File(t, "response.json")))
			if _, err := at(t, test.model, server.URL).Request(t.Context(), test.req); err != nil {
				t.Fatal(err)
			}
			got := server.Requests()[0]
			if got.Path != "/v1beta/models/"+test.model+":generateContent" || got.Header.Get("X-Goog-Api-Key") != "test-key" {
				t.Error(got.Path, got.Header)
			}
			modeltest.Golden(t, test.name+".request.json", got.Body)
		})
	}
}

// wholeResponse is that of testdata/response.json, and of the stream beside it.
var wholeResponse = &agent.Response{
	Model: "gemini-2.5-flash", Provider: "google", ID: "qKk5aMqJH7CT-8YPvN6q2Ac", FinishReason: agent.FinishStop,
	Parts: []agent.ResponsePart{
		agent.Thinking{Text: "**Where**\nParis, it seems."},
		agent.Text{Text: "Let me look."},
		agent.ToolCall{ID: "made", Name: "get_weather", Args: json.RawMessage(`{"lat":48.85,"lng":2.35}`), Signature: "Q2lRQjBlMks="},
		agent.ToolCall{ID: "fc-2", Name: "now", Args: json.RawMessage(`{}`)},
		agent.Media{Kind: agent.Image, Data: []byte{0x89, 'P', 'N', 'G'}, Type: "image/png"},
	},
	Usage: agent.Usage{
		InputTokens: 1130, CacheReadTokens: 1024, InputAudioTokens: 300, CacheAudioReadTokens: 200, OutputTokens: 127, ReasoningTokens: 86,
		Details: map[string]int64{
			"cached_content_tokens": 1024, "thoughts_tokens": 86, "tool_use_prompt_tokens": 10, "text_prompt_tokens": 820,
			"audio_prompt_tokens": 300, "text_cache_tokens": 824, "audio_cache_tokens": 200, "text_candidates_tokens": 41,
		},
	},
	Details: map[string]any{"finish_reason": "STOP"},
}

func TestAResponseIsTheSameWholeAndInPieces(t *testing.T) {
	t.Parallel()
	server := modeltest.Serve(t, modeltest.JSON(modeltest.File(t, "response.json")), modeltest.Events(modeltest.File(t, "stream.txt")))
	model := at(t, "gemini-2.5-flash", server.URL)
	whole, err := model.Request(t.Context(), modeltest.Ask("Hi"))
	if err != nil {
		t.Fatal(err)
	}
	named(t, whole)
	if diff := cmp.Diff(wholeResponse, modeltest.Timeless(whole)); diff != "" {
		t.Error(diff)
	}
	stream, err := model.Stream(t.Context(), modeltest.Ask("Hi"))
	pieces, err := modeltest.Collect(t, stream, err)
	if err != nil {
		t.Fatal(err)
	}
	named(t, pieces)
	if diff := cmp.Diff(wholeResponse, pieces); diff != "" {
		t.Error(diff)
	}
}

// named checks that a call has an id though Gemini gave none, and gives it a known one.
func named(t *testing.T, r *agent.Response) {
	t.Helper()
	for i, part := range r.Parts {
		if call, ok := part.(agent.ToolCall); ok && call.Name == "get_weather" {
			if !strings.HasPrefix(call.ID, "call_") || len(call.ID) != len("call_")+32 {
				t.Errorf("its id is %q", call.ID)
			}
			call.ID = "made"
			r.Parts[i] = call
		}
	}
}

func TestEndings(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]struct {
		reason  agent.FinishReason
		details map[string]any
	}{
		`{"candidates": [{"finishReason": "MAX_TOKENS"}]}`:              {agent.FinishLength, map[string]any{"finish_reason": "MAX_TOKENS"}},
		`{"candidates": [{"finishReason": "SAFETY"}]}`:                  {agent.FinishContentFilter, map[string]any{"finish_reason": "SAFETY"}},
		`{"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]}`: {agent.FinishError, map[string]any{"finish_reason": "MALFORMED_FUNCTION_CALL"}},
		`{"candidates": [{"finishReason": "OTHER"}]}`:                   {"", map[string]any{"finish_reason": "OTHER"}},
		`{"promptFeedback": {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": "No."}}`: {
			agent.FinishContentFilter, map[string]any{"block_reason": "PROHIBITED_CONTENT", "block_reason_message": "No."},
		},
	} {
		server := modeltest.Serve(t, modeltest.JSON(body), modeltest.Events("data: "+body+"\r\n\r\n"))
		model := at(t, "gemini-2.5-flash", server.URL)
		got, err := model.Request(t.Context(), modeltest.Ask("Hi"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.details, got.Details); diff != "" || got.FinishReason != want.reason || got.Model != "gemini-2.5-flash" {
			t.Error(body, got, diff)
		}
		stream, err := model.Stream(t.Context(), modeltest.Ask("Hi"))
		pieces, err := modeltest.Collect(t, stream, err)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(modeltest.Timeless(got), pieces); diff != "" {
			t.Error(diff)
		}
	}
}

func TestRefusalsAreModelHTTPErrors(t *testing.T) {
	t.Parallel()
	const exhausted = `{"error": {"code": 429, "message": "Resource has been exhausted", "status": "RESOURCE_EXHAUSTED"}}`
	server := modeltest.Serve(t, modeltest.Answer{Status: 429, Body: exhausted}, modeltest.Answer{Status: 429, Body: exhausted},
		modeltest.Events(modeltest.Cut(strings.ReplaceAll(modeltest.File(t, "stream.txt"), "\r\n", "\n"), "Let me")+"data: "+exhausted+"\n\n"))
	model := at(t, "gemini-2.5-flash", server.URL)
	_, whole := model.Request(t.Context(), modeltest.Ask("Hi"))
	_, before := model.Stream(t.Context(), modeltest.Ask("Hi"))
	stream, err := model.Stream(t.Context(), modeltest.Ask("Hi"))
	_, inside := modeltest.Collect(t, stream, err)
	for name, err := range map[string]error{"whole": whole, "before a stream": before, "inside of a stream": inside} {
		refusal, ok := errors.AsType[*agent.ModelHTTPError](err)
		if !ok || refusal.Status != 429 || !strings.Contains(refusal.Body, "exhausted") || refusal.Model != "gemini-2.5-flash" {
			t.Errorf("%s: %T %v", name, err, err)
		}
	}
}

func TestMalformedAnswersAreErrors(t *testing.T) {
	t.Parallel()
	for _, answer := range []modeltest.Answer{
		modeltest.JSON(`{"candidates": [`), modeltest.JSON(`{}`), {Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>hello</html>"},
	} {
		server := modeltest.Serve(t, answer)
		got, err := at(t, "gemini-2.5-flash", server.URL).Request(t.Context(), modeltest.Ask("Hi"))
		if err == nil || !strings.Contains(err.Error(), "model gemini-2.5-flash: ") {
			t.Error(answer.Body, got, err)
		}
	}
	server := modeltest.Serve(t, modeltest.Events("data: {broken\r\n\r\n"))
	stream, err := at(t, "gemini-2.5-flash", server.URL).Stream(t.Context(), modeltest.Ask("Hi"))
	if got, err := modeltest.Collect(t, stream, err); err == nil {
		t.Error(got)
	}
}

func TestAConsumerThatStopsCancelsTheRequest(t *testing.T) {
	t.Parallel()
	answer := modeltest.Events(modeltest.Cut(strings.ReplaceAll(modeltest.File(t, "stream.txt"), "\r\n", "\n"), "Let me"))
	answer.Hold = true
	server := modeltest.Serve(t, answer)
	stream, err := at(t, "gemini-2.5-flash", server.URL).Stream(t.Context(), modeltest.Ask("Hi"))
	if err != nil {
		t.Fatal(err)
	}
	for delta, err := range stream {
		if err != nil {
			t.Fatal(err)
		}
		if _, text := delta.(agent.TextDelta); text {
			break
		}
	}
	<-server.Gone
}

func TestWhereRequestsGo(t *testing.T) {
	t.Parallel()
	for want, model := range map[string]*Model{
		"google https://generativelanguage.googleapis.com/":            New("m"),
		"google http://localhost/":                                     New("m", WithBaseURL("http://localhost/")),
		"google-cloud https://europe-west1-aiplatform.googleapis.com/": New("m", WithVertex("p", "europe-west1")),
		"google-cloud https://aiplatform.googleapis.com/":              New("m", WithVertex("p", "")),
	} {
		if got := model.Provider() + " " + model.BaseURL(); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

func TestWrongThinkingIsAnErrorBeforeTheRequest(t *testing.T) {
	t.Parallel()
	req := modeltest.Ask("Hi")
	req.Settings.Thinking = "deeply"
	if _, err := New("gemini-2.5-flash").Request(t.Context(), req); err == nil || !strings.Contains(err.Error(), `"deeply"`) {
		t.Error(err)
	}
}

// open returns a model that reaches nothing but a client.
func open(client *http.Client) agent.Model {
	return New("gemini-2.5-flash", WithHTTPClient(client), WithAPIKey("test-key"), WithBaseURL("https://generativelanguage.googleapis.com/"))
}

func TestAWeatherAgent(t *testing.T) {
	t.Parallel()
	modeltest.Weather(t, open)
}

func TestModelRequestsCanBeForbidden(t *testing.T) { // not parallel: it holds for the whole process
	modeltest.Forbidden(t, open(http.DefaultClient))
}

func TestModelsByName(t *testing.T) { // not parallel: it sets the environment
	for _, name := range []string{"GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_CLOUD_PROJECT"} {
		t.Setenv(name, "")
	}
	for _, name := range []string{"google:gemini-2.5-flash", "google-vertex:gemini-2.5-flash"} {
		if _, err := agent.ModelByName(name); err == nil || !strings.Contains(err.Error(), "set") {
			t.Error(name, err)
		}
	}
	t.Setenv("GEMINI_API_KEY", "test-key")
	t.Setenv("GOOGLE_CLOUD_PROJECT", "shop")
	for name, provider := range map[string]string{
		"google:m": "google", "google-gla:m": "google", "google-cloud:m": "google-cloud", "google-vertex:m": "google-cloud",
	} {
		if model, err := agent.ModelByName(name); err != nil || model.Provider() != provider || model.Name() != "m" {
			t.Error(name, model, err)
		}
	}
}

func TestTheWireIsReadTheSameWay(t *testing.T) {
	t.Parallel()
	modeltest.SameOnTheWire(t, wire.GoogleGenerate, modeltest.File(t, "response.json"), wholeResponse)
}
