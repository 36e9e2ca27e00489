package httpserver

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/felixge/httpsnoop"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/capture"
	"github.com/hearth-dev/hearth/sdk/internal/exception"
	"github.com/hearth-dev/hearth/sdk/internal/tap"
)

// Handler returns a handler that has next answer requests, and records them. It is safe for concurrent use if next is.
func Handler(next http.Handler, opts ...Option) http.Handler {
	c := config{capture: capture.NewRules()}
	for _, opt := range opts {
		opt(&c)
	}
	recording := otelhttp.NewHandler(&recorder{next: next, rules: &c.capture}, "", c.otel...)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if c.capture.Record(req) {
			recording.ServeHTTP(w, req)
		} else {
			next.ServeHTTP(w, req)
		}
	})
}

// recorder stands inside of otelhttp's handler and adds to its span.
type recorder struct {
	next  http.Handler
	rules *capture.Rules
}

// ServeHTTP implements http.Handler.
func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	span := trace.SpanFromContext(req.Context())
	if !span.IsRecording() {
		r.next.ServeHTTP(w, req)
		return
	}
	x := &exchange{span: span, captured: capture.Exchange{Rules: r.rules}}
	x.begin(req)
	watched := x.watch(w)
	defer func() {
		p := recover()
		x.end(w, req)
		if p != nil {
			x.panicked(p)
			panic(p)
		}
	}()
	r.next.ServeHTTP(watched, req)
}

// exchange is one request and its response.
type exchange struct {
	span     trace.Span
	captured capture.Exchange
}

// begin notes the request. The body is watched in place: the request is otelhttp's copy, and the mux below writes its
// pattern into it.
func (x *exchange) begin(req *http.Request) {
	if query, secrets := x.captured.Rules.Query(req.URL.RawQuery); query != "" {
		x.span.SetAttributes(semconv.URLQuery(query))
		x.captured.Scrubbed(string(semconv.URLQueryKey), secrets...)
	}
	x.captured.Headers(capture.Request, req.Header)
	if x.captured.Rules.RequestBody && req.Body != nil && req.Body != http.NoBody {
		req.Body = tap.Body(req.Body, x.captured.Body(capture.Request, req.Header))
	}
}

// watch returns a writer that shows the response's body as it is written, if that is to be captured.
func (x *exchange) watch(w http.ResponseWriter) http.ResponseWriter {
	if !x.captured.Rules.ResponseBody {
		return w
	}
	headers := w.Header() // asked for once: it is no question to put to net/http while another goroutine writes
	return httpsnoop.Wrap(w, httpsnoop.Hooks{
		Write: func(write httpsnoop.WriteFunc) httpsnoop.WriteFunc {
			return func(p []byte) (int, error) {
				n, err := write(p)
				x.responseBody(headers).Saw(p[:max(n, 0)])
				return n, err
			}
		},
		ReadFrom: func(readFrom httpsnoop.ReadFromFunc) httpsnoop.ReadFromFunc {
			return func(src io.Reader) (int64, error) {
				body := x.responseBody(headers)
				if body.Discards() { // src stays what it is: a file goes to the connection without passing through here
					n, err := readFrom(src)
					body.Passed(n)
					return n, err
				}
				return readFrom(io.TeeReader(src, watcher{body}))
			}
		},
	})
}

// watcher makes a writer of a Body.
type watcher struct{ body *capture.Body }

func (w watcher) Write(p []byte) (int, error) {
	w.body.Saw(p)
	return len(p), nil
}

// responseBody returns what captures the response's body. When it is written, its headers have been set.
func (x *exchange) responseBody(headers http.Header) *capture.Body {
	return x.captured.BodyOnce(capture.Response, headers)
}

// end notes the response.
func (x *exchange) end(w http.ResponseWriter, req *http.Request) {
	x.captured.Headers(capture.Response, w.Header())
	x.captured.Ended(capture.Response)
	x.span.SetAttributes(x.captured.Attributes()...)
	if route := routeOf(req.Pattern); route != "" {
		x.span.SetAttributes(semconv.HTTPRoute(route))
		x.span.SetName(capture.Method(req.Method) + " " + route)
	}
}

// panicked notes why the handler has no response, and ends the span: the SDK's would take the panic that goes on for
// another one.
func (x *exchange) panicked(p any) {
	defer x.span.End()
	if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
		return
	}
	e := exception.OfPanic(p)
	x.span.SetAttributes(semconv.ErrorTypeKey.String(e.Kind))
	e.Fail(x.span)
	e.Print(x.span)
	e.Record(x.span, true, time.Now())
}

// routeOf returns the part of a ServeMux's pattern that says what paths it matches.
func routeOf(pattern string) string {
	if i := strings.IndexByte(pattern, '/'); i >= 0 {
		return pattern[i:]
	}
	return ""
}
