package httpclient

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/capture"
	"github.com/hearth-dev/hearth/sdk/internal/tap"
	"github.com/hearth-dev/hearth/sdk/internal/version"
)

// scopeName is the instrumentation scope of spans and metrics.
const scopeName = "github.com/hearth-dev/hearth/sdk/httpclient"

// durationBuckets are those of the conventions, in seconds.
var durationBuckets = metric.WithExplicitBucketBoundaries(
	0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)

var scopeVersion = trace.WithInstrumentationVersion(version.SDK())

// recorder makes the spans.
type recorder struct {
	base     http.RoundTripper
	config   config
	duration metric.Float64Histogram
	silent   silentProvider
}

func newRecorder(base http.RoundTripper, c config) *recorder {
	duration, err := httpconv.NewClientRequestDuration(c.meters.Meter(scopeName, metric.WithInstrumentationVersion(version.SDK())), durationBuckets)
	if err != nil {
		otel.Handle(err)
	}
	return &recorder{base: base, config: c, duration: duration.Inst()}
}

// RoundTrip implements http.RoundTripper.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	ctx, span := r.begin(req)
	out := r.outgoing(ctx, span, req)
	if !span.IsRecording() && !r.duration.Enabled(ctx) {
		return r.base.RoundTrip(out)
	}
	x := &exchange{
		recorder: r, ctx: ctx, span: span, start: start, metric: metricAttributes(req), captured: capture.Exchange{Rules: &r.config.capture},
	}
	resp, err := r.base.RoundTrip(x.send(req, out))
	switch {
	case err != nil:
		x.end(err)
	case resp != nil: // nil without an error is a mistake in base, which net/http reports
		x.receive(req, resp)
	default:
		x.end(nil)
	}
	return resp, err
}

// begin starts the span. What is known of the request is there from the start, for samplers and for those who look while it
// runs; only where a provider has been silent so far, it is not worked out before somebody asks.
func (r *recorder) begin(req *http.Request) (context.Context, trace.Span) {
	tracers := r.config.tracers
	if tracers == nil {
		tracers = otel.GetTracerProvider()
	}
	tracer := tracers.Tracer(scopeName, scopeVersion)
	if r.silent.is(tracers) {
		ctx, span := tracer.Start(req.Context(), capture.Method(req.Method), clientKind)
		if span.IsRecording() {
			r.silent.forget()
			span.SetAttributes(r.startAttributes(req)...)
		}
		return ctx, span
	}
	ctx, span := tracer.Start(req.Context(), capture.Method(req.Method), clientKind, trace.WithAttributes(r.startAttributes(req)...))
	if !span.SpanContext().IsValid() {
		r.silent.remember(tracers)
	}
	return ctx, span
}

var clientKind = trace.WithSpanKind(trace.SpanKindClient)

// outgoing returns the request that goes to the server: with the span's context in its own and in its headers. While there is
// nothing to tell, it is the request itself.
func (r *recorder) outgoing(ctx context.Context, span trace.Span, req *http.Request) *http.Request {
	if span.SpanContext().IsValid() {
		req = req.WithContext(ctx)
	}
	if !r.config.propagate {
		return req
	}
	propagator := r.config.propagator
	if propagator == nil {
		propagator = otel.GetTextMapPropagator()
	}
	carrier := headers{request: req}
	propagator.Inject(ctx, &carrier)
	return carrier.request
}

// exchange is one request and its response. It is over when the response's body is.
type exchange struct {
	*recorder
	ctx      context.Context
	span     trace.Span
	start    time.Time
	metric   []attribute.KeyValue
	captured capture.Exchange
	response *capture.Body // nil: not captured
	over     sync.Once
}

// send captures what is asked for of the request, and returns the one to send instead of out.
func (x *exchange) send(req, out *http.Request) *http.Request {
	if !x.span.IsRecording() {
		return out
	}
	_, secrets := x.config.capture.URL(req.URL)
	x.captured.Scrubbed("url.full", secrets...)
	x.captured.Headers(capture.Request, req.Header)
	x.span.SetAttributes(resends(req)...)
	for _, hook := range x.config.requestHooks {
		guarded(func() { hook(x.span, req) })
	}
	if x.config.capture.RequestBody && req.Body != nil && req.Body != http.NoBody {
		return x.captureRequestBody(out)
	}
	return out
}

// captureRequestBody captures a copy of the body if there may be one, and otherwise the body as it is sent.
func (x *exchange) captureRequestBody(out *http.Request) *http.Request {
	if out.GetBody != nil && out.ContentLength > 0 {
		body := x.captured.Body(capture.Request, out.Header)
		if err := body.Fill(out.GetBody, out.ContentLength); err == nil {
			return out
		}
	}
	watched := out.WithContext(out.Context()) // a copy: the request is the caller's
	watched.Body = tap.Body(out.Body, x.captured.Body(capture.Request, out.Header))
	if out.GetBody != nil {
		watched.GetBody = func() (io.ReadCloser, error) {
			body, err := out.GetBody()
			if err != nil {
				return nil, err
			}
			return tap.Body(body, x.captured.Body(capture.Request, out.Header)), nil
		}
	}
	return watched
}

// receive captures what is asked for of the response, and sees to it that the exchange ends with its body.
func (x *exchange) receive(req *http.Request, resp *http.Response) {
	resp.Request = req
	x.answered(resp)
	if x.span.IsRecording() {
		x.captured.Headers(capture.Response, resp.Header)
		for _, hook := range x.config.responseHooks {
			guarded(func() { hook(x.span, resp) })
		}
	}
	if resp.Body == nil || resp.Body == http.NoBody || resp.StatusCode == http.StatusSwitchingProtocols {
		x.end(nil)
		return
	}
	if x.config.capture.ResponseBody && x.span.IsRecording() {
		x.response = x.captured.Body(capture.Response, resp.Header)
	}
	resp.Body = tap.Body(resp.Body, x)
}

// Saw is told of each read of the response's body.
func (x *exchange) Saw(p []byte) {
	if x.response != nil {
		x.response.Saw(p)
	}
}

// Ended is told of the end of the response's body.
func (x *exchange) Ended(err error) {
	if x.response != nil {
		x.response.Ended(err)
	}
	if err == tap.ErrClosed { //nolint:errorlint // it comes from the tap itself, unwrapped
		err = nil
	}
	x.end(err)
}

// end ends the span with what was captured, and measures the exchange, once. err is why there is no response, or not all of it.
func (x *exchange) end(err error) {
	x.over.Do(func() {
		if err != nil {
			x.failed(err)
		}
		if x.span.IsRecording() {
			x.span.SetAttributes(x.captured.Attributes()...)
		}
		x.span.End()
		if x.duration.Enabled(x.ctx) {
			x.duration.Record(x.ctx, time.Since(x.start).Seconds(), metric.WithAttributes(x.metric...))
		}
	})
}

// failed notes an error that is no answer of the server.
func (x *exchange) failed(err error) {
	kind := errorType(err)
	x.metric = append(x.metric, kind)
	x.span.SetAttributes(kind)
	x.span.RecordError(err)
	x.span.SetStatus(codes.Error, err.Error())
}

// guarded calls a function of the user, whose panics must not reach the caller of the client.
func guarded(hook func()) {
	defer func() {
		if p := recover(); p != nil {
			otel.Handle(fmt.Errorf("hook of httpclient: panic: %v", p))
		}
	}()
	hook()
}
