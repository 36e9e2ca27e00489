package httpclient_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/httpclient"
)

// printer prints what spans say of their requests.
type printer struct{}

func (printer) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (printer) Shutdown(context.Context) error                  { return nil }
func (printer) ForceFlush(context.Context) error                { return nil }
func (printer) OnEnd(span sdktrace.ReadOnlySpan) {
	fmt.Println(span.Name())
	for _, a := range span.Attributes() {
		switch a.Key {
		case "http.request.header.authorization", "http.request.body.text", "http.response.body.text", "http.response.status_code":
			fmt.Println(a.Key, a.Value.String())
		}
	}
}

// A client with everything that it sends and gets in its spans. Programs that have called hearth.Configure, or have set
// OpenTelemetry's global provider otherwise, need no TracerProvider option.
func ExampleInstrument() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"Hi!"}}]}`)
	}))
	defer server.Close()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(printer{}))

	client := httpclient.Instrument(server.Client(), httpclient.CaptureAll(), httpclient.TracerProvider(provider))
	req, err := http.NewRequest(http.MethodPost, server.URL+"/v1/chat/completions", strings.NewReader(`{"model":"gpt-4o"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Authorization", "Bearer sk-secret")
	resp, err := client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err != nil {
		fmt.Println(err)
	}
	// Output:
	// POST
	// http.response.status_code 200
	// http.request.header.authorization ["[Scrubbed due to 'authorization']"]
	// http.request.body.text {"model":"gpt-4o"}
	// http.response.body.text {"choices":[{"message":{"content":"Hi!"}}]}
}

// Headers alone, and only of requests to one host; the tenant's name is nobody's business.
func ExampleNewTransport() {
	transport := httpclient.NewTransport(http.DefaultTransport,
		httpclient.CaptureHeaders(),
		httpclient.Redact("X-Tenant"),
		httpclient.Filter(func(req *http.Request) bool { return req.URL.Hostname() == "api.openai.com" }),
		httpclient.RequestHook(func(span trace.Span, _ *http.Request) { span.SetName("ask the model") }),
	)
	client := &http.Client{Transport: transport}
	fmt.Println(client.Transport != nil)
	// Output: true
}
