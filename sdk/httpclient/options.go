package httpclient

import (
	"net/http"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/capture"
)

// Option says what to record of requests.
type Option func(*config)

type config struct {
	capture       capture.Rules
	requestHooks  []func(trace.Span, *http.Request)
	responseHooks []func(trace.Span, *http.Response)
	tracers       trace.TracerProvider
	meters        metric.MeterProvider
	propagator    propagation.TextMapPropagator
	propagate     bool
	// around are put around the transport that makes the spans, the first one innermost. Requests that a filter leaves out
	// do not come to them.
	around []func(http.RoundTripper) http.RoundTripper
}

func newConfig(opts []Option) config {
	c := config{capture: capture.NewRules(), propagate: true}
	for _, opt := range opts {
		opt(&c)
	}
	if c.meters == nil {
		c.meters = otel.GetMeterProvider()
	}
	return c
}

// CaptureAll captures the headers and the bodies of requests and of responses.
func CaptureAll() Option { return func(c *config) { c.capture.All() } }

// CaptureHeaders captures the headers of requests and of responses.
func CaptureHeaders() Option { return func(c *config) { c.capture.Headers = true } }

// CaptureRequestBody captures the bodies of requests that are text. A body with a GetBody function, which net/http sets for
// bodies in memory, is captured before it is sent, and so also when sending fails; others while they are sent.
func CaptureRequestBody() Option { return func(c *config) { c.capture.RequestBody = true } }

// CaptureResponseBody captures the bodies of responses that are text, while the caller reads them.
func CaptureResponseBody() Option { return func(c *config) { c.capture.ResponseBody = true } }

// MaxBodyBytes sets how many bytes of a body are captured, which is also how much memory one takes; the default is 1 MiB.
// A longer one is cut between characters, its size is recorded all the same, and logfire.truncated names it. Of n < 1,
// nothing but the size is recorded.
func MaxBodyBytes(n int) Option { return func(c *config) { c.capture.MaxBody = n } }

// Redact adds names of headers, and of parameters in the query of the URL and in forms, whose values are secret. Case does
// not matter.
func Redact(names ...string) Option { return func(c *config) { c.capture.Redact(names...) } }

// RequestHook has fn called with the span of each request that is recorded, before it is sent. fn may add to the span; it
// must not change the request nor read its body. A panic in it is reported to OpenTelemetry's error handler.
func RequestHook(fn func(trace.Span, *http.Request)) Option {
	return func(c *config) { c.requestHooks = append(c.requestHooks, fn) }
}

// ResponseHook has fn called with the span of each request that is recorded, when the headers of its response have come. fn
// may add to the span; it must not change the response nor read its body. A panic in it is reported to OpenTelemetry's
// error handler.
func ResponseHook(fn func(trace.Span, *http.Response)) Option {
	return func(c *config) { c.responseHooks = append(c.responseHooks, fn) } //nolint:bodyclose // the body is the caller's
}

// Filter has requests for which keep returns false pass without a span. With several filters, each must keep a request.
func Filter(keep func(*http.Request) bool) Option {
	return func(c *config) { c.capture.Filter(keep) }
}

// Propagate sets whether requests carry the context of their span to the server (traceparent, and what else the propagator
// knows), so that the server's spans become part of the same trace. The default is true.
func Propagate(on bool) Option { return func(c *config) { c.propagate = on } }

// TracerProvider sets where spans go; the default is OpenTelemetry's global provider at the time of each request.
func TracerProvider(p trace.TracerProvider) Option { return func(c *config) { c.tracers = p } }

// MeterProvider sets where the metric http.client.request.duration goes; the default is OpenTelemetry's global provider.
func MeterProvider(p metric.MeterProvider) Option { return func(c *config) { c.meters = p } }

// Propagator sets how context is written into the headers of requests; the default is OpenTelemetry's global propagator.
func Propagator(p propagation.TextMapPropagator) Option {
	return func(c *config) { c.propagator = p }
}
