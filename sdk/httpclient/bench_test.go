package httpclient_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/hearth-dev/hearth/sdk/httpclient"
)

// BenchmarkRoundTrip measures what a transport adds to a base that answers at once: "off" with no provider, as in a program
// that has not configured any, "unsampled" with one that records nothing, "on" with a span that is thrown away.
func BenchmarkRoundTrip(b *testing.B) {
	canned := roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
	})
	unsampled := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))
	on := sdktrace.NewTracerProvider()
	for name, rt := range map[string]http.RoundTripper{
		"bare":      canned,
		"off":       httpclient.NewTransport(canned, httpclient.CaptureAll()),
		"unsampled": httpclient.NewTransport(canned, httpclient.CaptureAll(), httpclient.TracerProvider(unsampled)),
		"on":        httpclient.NewTransport(canned, httpclient.TracerProvider(on)),
		"capture":   httpclient.NewTransport(canned, httpclient.CaptureAll(), httpclient.TracerProvider(on)),
	} {
		b.Run(name, func(b *testing.B) {
			req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "https://api.example.com/v1/chat/completions", strings.NewReader(`{"model":"m"}`))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				resp, err := rt.RoundTrip(req)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
}
