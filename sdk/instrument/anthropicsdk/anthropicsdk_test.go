package anthropicsdk_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/instrument/anthropicsdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func recorder() (*tracetest.SpanRecorder, *sdktrace.TracerProvider) {
	spans := tracetest.NewSpanRecorder()
	return spans, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
}

// client returns the real client of a server that gives an answer from wire's testdata.
func client(t *testing.T, name, file string, opts ...option.RequestOption) anthropic.Client {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", "wire", "testdata", name, file))
	if err != nil {
		t.Fatal(err)
	}
	contentType := map[string]string{".json": "application/json", ".sse": "text/event-stream"}[filepath.Ext(file)]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return anthropic.NewClient(append(opts,
		option.WithBaseURL(server.URL), option.WithAPIKey("test"), option.WithHTTPClient(server.Client()))...)
}

func question() anthropic.MessageNewParams {
	return anthropic.MessageNewParams{
		Model: "claude-sonnet-4-5", MaxTokens: 256, System: []anthropic.TextBlockParam{{Text: "Be brief."}},
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Weather in Rome?"))},
	}
}

// only returns the name and some attributes of the one span, which must have ended.
func only(t *testing.T, spans *tracetest.SpanRecorder, names ...string) (string, map[string]any) {
	t.Helper()
	if started, ended := len(spans.Started()), len(spans.Ended()); started != 1 || ended != 1 {
		t.Fatalf("%d spans, %d of them ended; want 1", started, ended)
	}
	span := spans.Ended()[0]
	some := map[string]any{}
	for _, a := range span.Attributes() {
		for _, name := range names {
			if string(a.Key) == name {
				some[name] = a.Value.AsInterface()
			}
		}
	}
	return span.Name(), some
}

func check(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMessageIsToldOnce(t *testing.T) {
	t.Parallel()
	spans, provider := recorder()
	settings := &agent.InstrumentationSettings{Format: agent.FormatMessages, TracerProvider: provider}
	c := client(t, "anthropic", "response.json", append(anthropicsdk.Options(settings), option.WithTracerProvider(provider))...)
	if _, err := c.Messages.New(t.Context(), question()); err != nil {
		t.Fatal(err)
	}
	name, got := only(t, spans, "gen_ai.provider.name", "gen_ai.input.messages", "gen_ai.system_instructions", "gen_ai.usage.input_tokens", "gen_ai.response.finish_reasons")
	check(t, name, "chat claude-sonnet-4-5")
	check(t, got, map[string]any{
		"gen_ai.provider.name":           "anthropic",
		"gen_ai.input.messages":          `[{"role":"user","parts":[{"type":"text","content":"Weather in Rome?"}]}]`,
		"gen_ai.system_instructions":     `[{"type":"text","content":"Be brief."}]`,
		"gen_ai.usage.input_tokens":      int64(1420),
		"gen_ai.response.finish_reasons": []string{"stop"},
	})
}

func TestStreamedMessage(t *testing.T) {
	t.Parallel()
	spans, provider := recorder()
	c := client(t, "anthropic-stream", "response.sse", anthropicsdk.Options(&agent.InstrumentationSettings{Format: agent.FormatMessages, TracerProvider: provider})...)
	stream := c.Messages.NewStreaming(t.Context(), question())
	for stream.Next() {
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	_, got := only(t, spans, "gen_ai.output.messages", "gen_ai.usage.output_tokens", "gen_ai.client.operation.time_to_first_chunk")
	if got["gen_ai.client.operation.time_to_first_chunk"] == nil {
		t.Error("no time to the first chunk")
	}
	check(t, got["gen_ai.usage.output_tokens"], any(int64(89)))
	check(t, got["gen_ai.output.messages"], any(`[{"role":"assistant","parts":[{"type":"thinking","content":"They want weather."},{"type":"text","content":"I'll look."},`+
		`{"type":"tool_call","id":"toolu_2","name":"get_weather","arguments":"{\"city\": \"SF\"}"}],"finish_reason":"tool_call"}]`))
}

func TestNativeSpansHoldWhatIsSaidIfAsked(t *testing.T) {
	t.Parallel()
	for _, content := range []bool{true, false} {
		spans, provider := recorder()
		c := client(t, "anthropic", "response.json", append(anthropicsdk.Native(content), option.WithTracerProvider(provider))...)
		if _, err := c.Messages.New(t.Context(), question()); err != nil {
			t.Fatal(err)
		}
		name, got := only(t, spans, "gen_ai.input.messages", "gen_ai.usage.input_tokens")
		check(t, name, "anthropic.messages.create")
		check(t, got["gen_ai.usage.input_tokens"], any(int64(1420)))
		if said := strings.Contains(fmt.Sprint(got["gen_ai.input.messages"]), "Weather in Rome?"); said != content {
			t.Errorf("content is %v, and the messages are %v", content, got["gen_ai.input.messages"])
		}
	}
}
