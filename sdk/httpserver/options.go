package httpserver

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/capture"
)

// Option says what to record of requests.
type Option func(*config)

type config struct {
	capture capture.Rules
	otel    []otelhttp.Option
}

// CaptureAll captures the headers and the bodies of requests and of responses.
func CaptureAll() Option { return func(c *config) { c.capture.All() } }

// CaptureHeaders captures the headers of requests and of responses.
func CaptureHeaders() Option { return func(c *config) { c.capture.Headers = true } }

// CaptureRequestBody captures the bodies of requests that are text, while the handler reads them.
func CaptureRequestBody() Option { return func(c *config) { c.capture.RequestBody = true } }

// CaptureResponseBody captures the bodies of responses that are text, while the handler writes them.
func CaptureResponseBody() Option { return func(c *config) { c.capture.ResponseBody = true } }

// MaxBodyBytes sets how many bytes of a body are captured, which is also how much memory one takes; the default is 1 MiB.
// A longer one is cut between characters, its size is recorded all the same, and logfire.truncated names it. Of n < 1,
// nothing but the size is recorded.
func MaxBodyBytes(n int) Option { return func(c *config) { c.capture.MaxBody = n } }

// Redact adds names of headers, and of parameters in the query of the URL and in forms, whose values are secret. Case does
// not matter.
func Redact(names ...string) Option { return func(c *config) { c.capture.Redact(names...) } }

// Filter has requests for which keep returns false pass without a span, such as those of health checks. With several filters,
// each must keep a request.
func Filter(keep func(*http.Request) bool) Option {
	return func(c *config) { c.capture.Filter(keep) }
}

// TracerProvider sets where spans go; the default is OpenTelemetry's global provider.
func TracerProvider(p trace.TracerProvider) Option {
	return func(c *config) { c.otel = append(c.otel, otelhttp.WithTracerProvider(p)) }
}

// MeterProvider sets where metrics go; the default is OpenTelemetry's global provider.
func MeterProvider(p metric.MeterProvider) Option {
	return func(c *config) { c.otel = append(c.otel, otelhttp.WithMeterProvider(p)) }
}

// Propagator sets how the context of the caller's span is read from the headers of requests; the default is OpenTelemetry's
// global propagator.
func Propagator(p propagation.TextMapPropagator) Option {
	return func(c *config) { c.otel = append(c.otel, otelhttp.WithPropagators(p)) }
}
