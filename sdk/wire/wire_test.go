package wire

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/sdk/agent"
)

func TestEndpointOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		url  string
		want string // provider, format, base, model; empty: no endpoint
	}{
		{"https://api.openai.com/v1/chat/completions", "openai openai.chat https://api.openai.com/v1"},
		{"https://api.openai.com/v1/responses", "openai openai.responses https://api.openai.com/v1"},
		{"https://api.openai.com/v1/responses/resp_1/cancel", ""},
		{"https://api.openai.com/v1/embeddings", "openai openai.embeddings https://api.openai.com/v1"},
		{"https://api.openai.com/v1/models", ""},
		{"https://me.openai.azure.com/openai/deployments/fast/chat/completions?api-version=1", "azure openai.chat https://me.openai.azure.com/openai/deployments/fast fast"},
		{"https://me.openai.azure.com/openai/deployments/emb/embeddings", "azure openai.embeddings https://me.openai.azure.com/openai/deployments/emb emb"},
		{"https://me.openai.azure.com/openai/responses?api-version=1", "azure openai.responses https://me.openai.azure.com/openai"},
		{"https://me.openai.azure.com/openai/v1/chat/completions", "azure openai.chat https://me.openai.azure.com/openai/v1"},
		{"https://api.groq.com/openai/v1/chat/completions", "groq openai.chat https://api.groq.com/openai/v1"},
		{"https://openrouter.ai/api/v1/chat/completions", "openrouter openai.chat https://openrouter.ai/api/v1"},
		{"https://api.deepseek.com/responses", "deepseek openai.responses https://api.deepseek.com"},
		{"https://survey.example.com/responses", ""},
		{"http://localhost:8000/v1/chat/completions", "openai openai.chat http://localhost:8000/v1"},
		{"http://localhost:11434/v1/chat/completions", "ollama openai.chat http://localhost:11434/v1"},
		{"http://localhost:11434/api/chat", "ollama ollama.chat http://localhost:11434"},
		{"https://api.anthropic.com/v1/messages?beta=true", "anthropic anthropic.messages https://api.anthropic.com"},
		{"https://api.anthropic.com/v1/messages/count_tokens", ""},
		{"https://x.services.ai.azure.com/anthropic/v1/messages", "azure anthropic.messages https://x.services.ai.azure.com/anthropic"},
		{"https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent", "google google.generate https://generativelanguage.googleapis.com/v1beta gemini-2.5-pro"},
		{"https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:countTokens", ""},
		{"https://generativelanguage.googleapis.com/v1beta/openai/embeddings", "google openai.embeddings https://generativelanguage.googleapis.com/v1beta/openai"},
		{"https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/google/models/gemini-2.5-pro:streamGenerateContent", "google-cloud google.generate https://us-east5-aiplatform.googleapis.com/v1 gemini-2.5-pro stream"},
		{"https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict", "google-cloud anthropic.messages https://us-east5-aiplatform.googleapis.com/v1 claude-sonnet-4-5@20250929 stream"},
		{"https://us-east5-aiplatform.googleapis.com/v1/messages", "google-cloud anthropic.messages https://us-east5-aiplatform.googleapis.com"},
		{"https://bedrock-runtime.us-east-1.amazonaws.com/v1/messages", "bedrock anthropic.messages https://bedrock-runtime.us-east-1.amazonaws.com"},
		{"https://bedrock-runtime.eu-central-1.amazonaws.com/model/eu.anthropic.claude-haiku-4-5-20251001-v1:0/invoke", "bedrock anthropic.messages https://bedrock-runtime.eu-central-1.amazonaws.com eu.anthropic.claude-haiku-4-5-20251001-v1:0"},
		{"https://bedrock-runtime.eu-central-1.amazonaws.com/model/amazon.nova-lite-v1:0/invoke", ""},
		{"https://example.com/", ""},
	} {
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if e, ok := EndpointOf("POST", u); ok {
			got = strings.TrimSpace(fmt.Sprintf("%s %s %s %s", e.Provider, e.API, e.BaseURL, e.Model))
			if e.Stream {
				got += " stream"
			}
		}
		if got != tt.want {
			t.Errorf("%s is %q, want %q", tt.url, got, tt.want)
		}
		if _, ok := EndpointOf("GET", u); ok {
			t.Errorf("GET %s is an endpoint", tt.url)
		}
	}
}

func TestReadErrorUnderstandsEveryProvider(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]*Error{
		`{"error":{"message":"Incorrect API key","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`: {Type: "invalid_request_error", Code: "invalid_api_key", Message: "Incorrect API key"},
		`{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"},"request_id":"req_1"}`:                {Type: "rate_limit_error", Message: "Slow down"},
		`{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED"}}`:                                {Type: "RESOURCE_EXHAUSTED", Message: "Quota exceeded"},
		`[{"error":{"code":400,"message":"Bad","status":"INVALID_ARGUMENT"}}]`:                                           {Type: "INVALID_ARGUMENT", Message: "Bad"},
		`{"error":"model \"x\" not found"}`: {Message: `model "x" not found`},
		`{"detail":"Not Found"}`:            {Message: "Not Found"},
		`{"message":"Unauthorized"}`:        {Message: "Unauthorized"},
		`"busy"`:                            {Message: "busy"},
		`<html>502</html>`:                  nil,
		``:                                  nil,
		`{}`:                                nil,
	} {
		if diff := cmp.Diff(want, ReadError([]byte(body))); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}

func TestBodiesOfSomethingElseAreRefused(t *testing.T) {
	t.Parallel()
	for _, api := range []API{OpenAIChat, OpenAIResponses, OpenAIEmbeddings, AnthropicMessages, GoogleGenerate, OllamaChat} {
		e := Endpoint{API: api}
		for _, body := range []string{"", "hello", `{"text":"hi"}`, `[]`, `null`, `{"messages":`} {
			if r, err := e.ReadRequest([]byte(body)); err == nil {
				t.Errorf("%s: %q is a request: %+v", api, body, r)
			}
			if r, err := e.ReadResponse([]byte(body)); err == nil {
				t.Errorf("%s: %q is a response: %+v", api, body, r)
			}
		}
	}
}

func TestStreamHoldsNoMoreThanItSays(t *testing.T) {
	t.Parallel()
	s := Endpoint{API: OpenAIChat}.NewStream()
	text := strings.Repeat("x", 1<<20)
	piece := `data: {"choices":[{"index":0,"delta":{"content":"` + text + `"}}]}` + "\n\n"
	for range 2 * MaxStreamContent / len(text) {
		write(t, s, piece)
	}
	write(t, s, "data: "+strings.Repeat("y", MaxStreamEvent+1)+"\n\n")
	write(t, s, `data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}`+"\n\n")
	r := s.Response()
	if said := r.Parts[0].(agent.Text); len(said.Text) > MaxStreamContent || len(said.Text) < MaxStreamContent-2*len(text) {
		t.Errorf("holds %d bytes", len(said.Text))
	}
	if !s.Truncated() || r.Usage.OutputTokens != 4 {
		t.Errorf("truncated is %v, usage %+v", s.Truncated(), r.Usage)
	}
}

func TestStreamStartsWithTheAnswer(t *testing.T) {
	t.Parallel()
	s := Endpoint{API: AnthropicMessages}.NewStream()
	write(t, s, `data: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":1}}}`+"\n\n"+"event: ping\ndata: {\"type\":\"ping\"}\n\n")
	if s.Started() {
		t.Error("started before anything was said")
	}
	write(t, s, `data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`+"\n\n")
	if !s.Started() {
		t.Error("not started although the answer has")
	}
}

func write(t *testing.T, s *Stream, text string) {
	t.Helper()
	if n, err := s.Write([]byte(text)); n != len(text) || err != nil {
		t.Fatalf("wrote %d of %d: %v", n, len(text), err)
	}
}

// Bodies come from anywhere: reading them must not fail, and a stream is the same however it is cut.
func FuzzExchange(f *testing.F) {
	for _, x := range exchanges(f) {
		f.Add(string(x.endpoint.API), x.request, x.response, uint8(3))
	}
	f.Add("openai.chat", []byte(`{"messages":[{"role":1,"content":{"type":[]}}]}`), []byte("data: {}\r\rdata\n\n"), uint8(1))
	f.Fuzz(func(t *testing.T, api string, request, response []byte, size uint8) {
		e := Endpoint{API: API(api)}
		if r, err := e.ReadRequest(request); err == nil && r == nil {
			t.Error("neither a request nor an error")
		}
		if r, err := e.ReadResponse(response); err == nil && r == nil {
			t.Error("neither a response nor an error")
		}
		ReadError(response)
		whole, pieces := e.NewStream(), e.NewStream()
		write(t, whole, string(response))
		for rest := string(response); rest != ""; {
			n := min(len(rest), int(size)+1)
			write(t, pieces, rest[:n])
			rest = rest[n:]
		}
		if diff := cmp.Diff(ended(t, whole), ended(t, pieces)); diff != "" {
			t.Error(diff)
		}
	})
}

func ended(t *testing.T, s *Stream) *agent.Response {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r := s.Response()
	r.At = time.Time{}
	return r
}

// One answer of two thousand pieces, as a body of 400 kB.
func BenchmarkStream(b *testing.B) {
	piece := `data: {"id":"chatcmpl-9","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}],"usage":null}` + "\n\n"
	body := []byte(strings.Repeat(piece, 2000))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		s := Endpoint{API: OpenAIChat}.NewStream()
		if _, err := s.Write(body); err != nil {
			b.Fatal(err)
		}
		s.Response()
	}
}
