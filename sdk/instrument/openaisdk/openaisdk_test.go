package openaisdk_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/instrument/openaisdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client returns the real client of a server that answers, and the spans that it makes.
func client(t *testing.T, answer http.HandlerFunc) (openai.Client, *tracetest.SpanRecorder) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	spans := tracetest.NewSpanRecorder()
	settings := &agent.InstrumentationSettings{
		Format: agent.FormatMessages, TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
	}
	return openai.NewClient(
		option.WithBaseURL(server.URL+"/v1"), option.WithAPIKey("test"), option.WithHTTPClient(server.Client()),
		option.WithMiddleware(openaisdk.Middleware(settings)),
	), spans
}

func says(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
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

const completion = `{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"finish_reason":"tool_calls",
 "message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}]}}],
 "usage":{"prompt_tokens":50,"completion_tokens":12,"total_tokens":62}}`

func question() openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model: "gpt-4o", Temperature: openai.Float(0.5),
		Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage("Be brief."), openai.UserMessage("Weather in Paris?")},
		Tools: []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{
			Name: "weather", Parameters: openai.FunctionParameters{"type": "object"},
		})},
	}
}

func TestChatCompletion(t *testing.T) {
	t.Parallel()
	c, spans := client(t, says("application/json", completion))
	answer, err := c.Chat.Completions.New(t.Context(), question())
	if err != nil || answer.Choices[0].Message.ToolCalls[0].ID != "call_1" {
		t.Fatal(answer, err)
	}
	name, got := only(t, spans, "gen_ai.provider.name", "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.tool.definitions",
		"gen_ai.usage.input_tokens", "gen_ai.request.temperature", "operation.cost")
	check(t, name, "chat gpt-4o")
	check(t, got, map[string]any{
		"gen_ai.provider.name":       "openai",
		"gen_ai.input.messages":      `[{"role":"system","parts":[{"type":"text","content":"Be brief."}]},{"role":"user","parts":[{"type":"text","content":"Weather in Paris?"}]}]`,
		"gen_ai.output.messages":     `[{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"weather","arguments":"{\"city\":\"Paris\"}"}],"finish_reason":"tool_call"}]`,
		"gen_ai.tool.definitions":    `[{"type":"function","name":"weather","parameters":{"type":"object"}}]`,
		"gen_ai.usage.input_tokens":  int64(50),
		"gen_ai.request.temperature": 0.5,
		"operation.cost":             0.000245,
	})
}

func TestStreamedChatCompletion(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	for _, word := range []string{"It ", "is ", "sunny."} {
		fmt.Fprintf(&body, `data: {"id":"c","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":%q}}]}`+"\n\n", word)
	}
	body.WriteString(`data: {"id":"c","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n")
	for name, want := range map[string]string{"to the end": "It is sunny.", "left early": "It "} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, rest, _ := strings.Cut(body.String(), "\n\n")
			left := make(chan struct{})
			c, spans := client(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = io.WriteString(w, first+"\n\n")
				w.(http.Flusher).Flush()
				if name == "left early" {
					<-left
					return
				}
				_, _ = io.WriteString(w, rest)
			})
			stream := c.Chat.Completions.NewStreaming(t.Context(), question())
			for stream.Next() {
				if name == "left early" {
					close(left)
					break
				}
			}
			if err := stream.Close(); err != nil {
				t.Fatal(err)
			}
			_, got := only(t, spans, "gen_ai.output.messages", "gen_ai.client.operation.time_to_first_chunk")
			if got["gen_ai.client.operation.time_to_first_chunk"] == nil {
				t.Error("no time to the first chunk")
			}
			if said := fmt.Sprint(got["gen_ai.output.messages"]); !strings.Contains(said, `"content":"`+want+`"`) {
				t.Errorf("%s, want %q", said, want)
			}
		})
	}
}

func TestResponse(t *testing.T) {
	t.Parallel()
	c, spans := client(t, says("application/json", `{"id":"resp_1","object":"response","status":"completed","model":"gpt-5-2025-08-07",
		"output":[{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello."}]}],
		"usage":{"input_tokens":8,"output_tokens":3,"output_tokens_details":{"reasoning_tokens":1}}}`))
	answer, err := c.Responses.New(t.Context(), responses.ResponseNewParams{
		Model: "gpt-5", Instructions: openai.String("Greet."), Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Hi")},
	})
	if err != nil || answer.OutputText() != "Hello." {
		t.Fatal(answer, err)
	}
	name, got := only(t, spans, "gen_ai.system_instructions", "gen_ai.output.messages", "gen_ai.response.id", "gen_ai.usage.details.reasoning_tokens")
	check(t, name, "chat gpt-5")
	check(t, got, map[string]any{
		"gen_ai.system_instructions":            `[{"type":"text","content":"Greet."}]`,
		"gen_ai.output.messages":                `[{"role":"assistant","parts":[{"type":"text","content":"Hello."}],"finish_reason":"stop"}]`,
		"gen_ai.response.id":                    "resp_1",
		"gen_ai.usage.details.reasoning_tokens": int64(1),
	})
}

func TestEmbeddings(t *testing.T) {
	t.Parallel()
	c, spans := client(t, says("application/json", `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":2,"total_tokens":2}}`))
	_, err := c.Embeddings.New(t.Context(), openai.EmbeddingNewParams{Model: "text-embedding-3-small", Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("a text")}})
	if err != nil {
		t.Fatal(err)
	}
	name, got := only(t, spans, "inputs", "gen_ai.usage.input_tokens")
	check(t, name, "embeddings text-embedding-3-small")
	check(t, got, map[string]any{"inputs": []string{"a text"}, "gen_ai.usage.input_tokens": int64(2)})
}

func TestEachAttemptIsACall(t *testing.T) {
	t.Parallel()
	attempts := 0
	c, spans := client(t, func(w http.ResponseWriter, r *http.Request) {
		if attempts++; attempts == 1 {
			w.Header().Set("Retry-After-Ms", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"error":{"message":"Overloaded"}}`)
			return
		}
		says("application/json", completion)(w, r)
	})
	if _, err := c.Chat.Completions.New(t.Context(), question()); err != nil {
		t.Fatal(err)
	}
	ended := spans.Ended()
	if len(ended) != 2 {
		t.Fatalf("%d spans, want 2", len(ended))
	}
	check(t, []codes.Code{ended[0].Status().Code, ended[1].Status().Code}, []codes.Code{codes.Error, codes.Unset})
	if !strings.Contains(ended[0].Status().Description, "Overloaded") {
		t.Errorf("the first says %q", ended[0].Status().Description)
	}
	resends := func(span sdktrace.ReadOnlySpan) (n int64) {
		for _, a := range span.Attributes() {
			if a.Key == "http.request.resend_count" {
				n = a.Value.AsInt64()
			}
		}
		return n
	}
	check(t, []int64{resends(ended[0]), resends(ended[1])}, []int64{0, 1})
}
