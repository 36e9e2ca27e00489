package llmcall

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// caller sends requests through Do, and has the spans that it has made.
type caller struct {
	settings *agent.InstrumentationSettings
	spans    *tracetest.SpanRecorder
}

func newCaller() *caller {
	spans := tracetest.NewSpanRecorder()
	return &caller{&agent.InstrumentationSettings{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))}, spans}
}

func (c *caller) do(req *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	return Do(c.settings, req, next)
}

// only returns the one span's name, attributes and status; the span must have ended.
func (c *caller) only(t *testing.T) (name string, attributes map[string]any, status sdktrace.Status) {
	t.Helper()
	if started, ended := len(c.spans.Started()), len(c.spans.Ended()); started != 1 || ended != 1 {
		t.Fatalf("%d spans, %d of them ended; want 1", started, ended)
	}
	span := c.spans.Ended()[0]
	attributes = map[string]any{}
	for _, a := range span.Attributes() {
		attributes[string(a.Key)] = a.Value.AsInterface()
	}
	return span.Name(), attributes, span.Status()
}

func post(t *testing.T, url, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// answering is a next that answers all requests alike.
func answering(status int, contentType, body string) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		_, err := io.Copy(io.Discard, req.Body)
		return w.Result(), err
	}
}

// recorded returns an exchange from wire's testdata.
func recorded(t *testing.T, name, response string) (url, request, answer string) {
	t.Helper()
	var texts []string
	for _, file := range []string{"url", "request.json", response} {
		text, err := os.ReadFile(filepath.Join("..", "..", "wire", "testdata", name, file))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return strings.TrimSpace(texts[0]), texts[1], texts[2]
}

func some(attributes map[string]any, names ...string) map[string]any {
	chosen := map[string]any{}
	for _, name := range names {
		if value, ok := attributes[name]; ok {
			chosen[name] = value
		}
	}
	return chosen
}

func check(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func readAll(t *testing.T, resp *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestAnswerIsTold(t *testing.T) {
	t.Parallel()
	url, request, answer := recorded(t, "anthropic", "response.json")
	c := newCaller()
	resp, err := c.do(post(t, url, request), answering(200, "application/json", answer))
	check(t, readAll(t, resp, err), answer)
	name, attributes, status := c.only(t)
	check(t, name, "chat claude-sonnet-4-5")
	check(t, status.Code, codes.Unset)
	check(t, some(attributes, "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model", "gen_ai.response.id", "server.address",
		"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.cache_read.input_tokens", "gen_ai.request.max_tokens",
		"gen_ai.response.finish_reasons", "gen_ai.client.operation.time_to_first_chunk", "http.request.resend_count"), map[string]any{
		"gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5", "gen_ai.response.model": "claude-sonnet-4-5-20250929",
		"gen_ai.response.id": "msg_01XFDUDYJgAACzvnptvVoYEL", "server.address": "api.anthropic.com", "gen_ai.usage.input_tokens": int64(1420),
		"gen_ai.usage.output_tokens": int64(80), "gen_ai.usage.cache_read.input_tokens": int64(1000), "gen_ai.request.max_tokens": int64(2048),
		"gen_ai.response.finish_reasons": []string{"stop"},
	})
	for _, said := range []string{"You are terse.", "Weather in Paris?", "21 degrees", "24 degrees."} {
		if !strings.Contains(attributes["events"].(string), said) {
			t.Errorf("events do not hold %q: %s", said, attributes["events"])
		}
	}
	if attributes["operation.cost"] == nil {
		t.Error("no cost")
	}
}

func TestStreamIsTold(t *testing.T) {
	t.Parallel()
	url, request, answer := recorded(t, "openai-chat-stream", "response.sse")
	c := newCaller()
	resp, err := c.do(post(t, url, request), answering(200, "text/event-stream; charset=utf-8", answer))
	check(t, readAll(t, resp, err), answer)
	_, attributes, _ := c.only(t)
	check(t, some(attributes, "gen_ai.usage.output_tokens", "gen_ai.response.finish_reasons"), map[string]any{
		"gen_ai.usage.output_tokens": int64(41), "gen_ai.response.finish_reasons": []string{"tool_call"},
	})
	if attributes["gen_ai.client.operation.time_to_first_chunk"] == nil {
		t.Error("no time to the first chunk")
	}
	if events := attributes["events"].(string); !strings.Contains(events, "Let me look.") || !strings.Contains(events, "call_2") {
		t.Error(events)
	}
}

func TestStreamThatIsLeftEarlyTellsWhatHadArrived(t *testing.T) {
	t.Parallel()
	url, request, answer := recorded(t, "anthropic-stream", "response.sse")
	c := newCaller()
	body, w := io.Pipe()
	resp, err := c.do(post(t, url, request), func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	upTo := strings.Index(answer, `{"type": "text_delta", "text": " look."}`)
	if upTo < 0 {
		t.Fatal("the recording has changed")
	}
	go func() { _, _ = io.WriteString(w, answer[:upTo]) }()
	if _, err := io.ReadFull(resp.Body, make([]byte, upTo)); err != nil {
		t.Fatal(err)
	}
	if n := len(c.spans.Ended()); n != 0 {
		t.Fatalf("%d spans ended while the stream goes on", n)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	_, attributes, status := c.only(t)
	check(t, status.Code, codes.Unset)
	if events := attributes["events"].(string); !strings.Contains(events, "I'll") || !strings.Contains(events, "They want weather.") {
		t.Error(events)
	}
}

func TestStreamThatBreaksOffIsAnError(t *testing.T) {
	t.Parallel()
	url, request, answer := recorded(t, "anthropic-stream-overloaded", "response.sse")
	for _, tt := range []struct {
		body io.Reader
		want string
	}{
		{strings.NewReader(answer), "overloaded_error: Overloaded"},
		{io.MultiReader(strings.NewReader(answer[:strings.Index(answer, "event: error")]), failed{errors.New("connection reset")}), "connection reset"},
	} {
		c := newCaller()
		resp, err := c.do(post(t, url, request), func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: io.NopCloser(tt.body)}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		_, attributes, status := c.only(t)
		check(t, status, sdktrace.Status{Code: codes.Error, Description: tt.want})
		if events := attributes["events"].(string); !strings.Contains(events, "Hel") {
			t.Error(events)
		}
	}
}

func TestRefusalIsAnError(t *testing.T) {
	t.Parallel()
	url, request, _ := recorded(t, "openai-chat", "response.json")
	refusal := `{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}`
	c := newCaller()
	req := post(t, url, request)
	req.Header.Set("X-Stainless-Retry-Count", "2")
	resp, err := c.do(req, answering(429, "application/json", refusal))
	check(t, readAll(t, resp, err), refusal)
	_, attributes, status := c.only(t)
	check(t, status.Code, codes.Error)
	check(t, attributes["http.request.resend_count"], any(int64(2)))
	if !strings.Contains(status.Description, "429") || !strings.Contains(status.Description, "Rate limit reached") {
		t.Errorf("says %q", status.Description)
	}
}

func TestRequestThatFailsIsAnError(t *testing.T) {
	t.Parallel()
	url, request, _ := recorded(t, "openai-chat", "response.json")
	c := newCaller()
	broken := errors.New("no route to host")
	_, err := c.do(post(t, url, request), func(*http.Request) (*http.Response, error) { return nil, broken })
	if err != broken { //nolint:errorlint // it must be passed on as it is
		t.Errorf("caller got %v", err)
	}
	_, _, status := c.only(t)
	check(t, status, sdktrace.Status{Code: codes.Error, Description: "no route to host"})
}

func TestEmbeddingsAreTold(t *testing.T) {
	t.Parallel()
	url, request, answer := recorded(t, "embeddings", "response.json")
	c := newCaller()
	resp, err := c.do(post(t, url, request), answering(200, "application/json", answer))
	readAll(t, resp, err)
	name, attributes, _ := c.only(t)
	check(t, name, "embeddings text-embedding-3-small")
	check(t, some(attributes, "inputs", "inputs_count", "events", "gen_ai.usage.input_tokens", "gen_ai.operation.name"), map[string]any{
		"inputs": []string{"a text", "another"}, "inputs_count": int64(2), "gen_ai.usage.input_tokens": int64(5), "gen_ai.operation.name": "embeddings",
	})
}

func TestWithoutContentNothingIsSaid(t *testing.T) {
	t.Parallel()
	for name, contentType := range map[string]string{"embeddings": "application/json", "openai-chat-stream": "text/event-stream"} {
		response := map[string]string{"application/json": "response.json", "text/event-stream": "response.sse"}[contentType]
		url, request, answer := recorded(t, name, response)
		c := newCaller()
		c.settings.Content = agent.ContentNone
		resp, err := c.do(post(t, url, request), answering(200, contentType, answer))
		readAll(t, resp, err)
		_, attributes, _ := c.only(t)
		for key, value := range attributes {
			if text, _ := value.(string); strings.Contains(text, "Let me look") || strings.Contains(text, "Weather in Paris") || key == "inputs" {
				t.Errorf("%s holds %v", key, value)
			}
		}
	}
}

func TestOtherRequestsPassAsTheyAre(t *testing.T) {
	t.Parallel()
	c := newCaller()
	inRequest, span := agent.StartRequest(t.Context(), c.settings, agent.Target{Provider: "openai", Name: "gpt-4o"}, nil)
	defer span.End(nil, nil)
	url, request, _ := recorded(t, "openai-chat", "response.json")
	get := httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	for _, req := range []*http.Request{
		get, post(t, "https://example.com/api", request), post(t, url, `{"hello":"world"}`), post(t, url, "no JSON"),
		post(t, url, request).WithContext(inRequest),
	} {
		var sent *http.Request
		_, err := c.do(req, func(out *http.Request) (*http.Response, error) { sent = out; return nil, errors.New("not sent") })
		if sent != req || err == nil {
			t.Errorf("%s %s: %v was sent, and the caller got %v", req.Method, req.URL, sent, err)
		}
	}
	if n := len(c.spans.Started()); n != 1 {
		t.Errorf("%d spans, want the one of this test", n)
	}
}

// onlyOnce is a body that cannot be had again.
type onlyOnce struct {
	io.Reader
	closed bool
}

func (o *onlyOnce) Close() error { o.closed = true; return nil }

func TestBodyThatCannotBeHadAgainIsSentWhole(t *testing.T) {
	t.Parallel()
	url, request, answer := recorded(t, "openai-chat", "response.json")
	tooLarge := strings.Repeat(" ", maxRequest) + request
	unreadable := errors.New("disk error")
	for _, tt := range []struct {
		body  io.Reader
		want  string
		err   error
		spans int
	}{
		{strings.NewReader(request), request, nil, 1},
		{strings.NewReader(tooLarge), tooLarge, nil, 0},
		{io.MultiReader(strings.NewReader("{"), failed{unreadable}), "{", unreadable, 0},
	} {
		c := newCaller()
		body := &onlyOnce{Reader: tt.body}
		req := post(t, url, "")
		req.Body, req.GetBody = body, nil
		resp, err := c.do(req, func(out *http.Request) (*http.Response, error) {
			var sent bytes.Buffer
			_, err := sent.ReadFrom(out.Body)
			if sent.String() != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("%d bytes were sent and the error was %v, want %d and %v", sent.Len(), err, len(tt.want), tt.err)
			}
			_ = out.Body.Close()
			return answering(200, "application/json", answer)(httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", nil))
		})
		readAll(t, resp, err)
		if !body.closed {
			t.Error("the body was not closed")
		}
		check(t, len(c.spans.Ended()), tt.spans)
	}
}
