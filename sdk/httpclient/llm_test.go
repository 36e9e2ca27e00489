package httpclient_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/httpclient"
)

func TestUnderstandLLMPutsTheModelCallAboveTheRequest(t *testing.T) {
	t.Parallel()
	settings := &agent.InstrumentationSettings{}
	r := record(t, func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Traceparent") != "" {
			t.Error("no propagator is set, and still the context went out")
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"model":"gpt-4o-2024-08-06","choices":[{"message":{"role":"assistant","content":"4"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1}}`)
	}, httpclient.UnderstandLLM(settings))
	settings.TracerProvider = r.tracer
	resp, err := r.Post(r.server.URL+"/v1/chat/completions", "application/json", strings.NewReader(`{"model":"gpt-4o","messages":[{"role":"user","content":"2+2?"}]}`))
	read(t, resp, err)
	spans := r.spans.Ended()
	if len(spans) != 2 {
		t.Fatalf("%d spans, want 2", len(spans))
	}
	request, call := spans[0], spans[1]
	diff(t, []string{request.Name(), call.Name()}, []string{"POST", "chat gpt-4o"})
	diff(t, request.Parent().SpanID(), call.SpanContext().SpanID())
	diff(t, call.Status().Code, codes.Unset)
	diff(t, attributesOf(call, "gen_ai.usage."), map[string]any{"gen_ai.usage.input_tokens": int64(9), "gen_ai.usage.output_tokens": int64(1)})
}

func TestUnderstandLLMLeavesOtherRequestsAlone(t *testing.T) {
	t.Parallel()
	r := record(t, answer("text/plain", "hi"), httpclient.UnderstandLLM(nil))
	r.post(t, "text/plain", "hello")
	r.only(t)
}
