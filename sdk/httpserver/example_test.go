package httpserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/hearth-dev/hearth/sdk/httpserver"
)

// A server whose requests are recorded with their bodies, but for those of health checks. Programs that have called
// hearth.Configure, or have set OpenTelemetry's global provider otherwise, need no TracerProvider option.
func ExampleHandler() {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"id":%q}`, r.PathValue("id"))
	})
	handler := httpserver.Handler(mux,
		httpserver.CaptureAll(),
		httpserver.Filter(func(r *http.Request) bool { return r.URL.Path != "/health" }),
		httpserver.TracerProvider(provider),
	)

	for _, path := range []string{"/items/42", "/health"} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	for _, span := range spans.Ended() {
		fmt.Println(span.Name())
		for _, a := range span.Attributes() {
			switch a.Key {
			case "url.path", "http.route", "http.response.body.text":
				fmt.Println(a.Key, a.Value.String())
			}
		}
	}
	// Output:
	// GET /items/{id}
	// url.path /items/42
	// http.response.body.text {"id":"42"}
	// http.route /items/{id}
}
