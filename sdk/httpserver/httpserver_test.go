package httpserver_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/httpclient"
	"github.com/hearth-dev/hearth/sdk/httpserver"
)

// served is a server whose requests are recorded.
type served struct {
	*httptest.Server
	spans *tracetest.SpanRecorder
	ended <-chan sdktrace.ReadOnlySpan
}

// signal sends each span that ends.
type signal struct {
	sdktrace.SpanProcessor
	ended chan sdktrace.ReadOnlySpan
}

func (s signal) OnEnd(span sdktrace.ReadOnlySpan) {
	s.SpanProcessor.OnEnd(span)
	s.ended <- span
}

func serve(t *testing.T, handler http.Handler, opts ...httpserver.Option) *served {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	ended := make(chan sdktrace.ReadOnlySpan, 16)
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(signal{spans, ended}))
	server := httptest.NewUnstartedServer(httpserver.Handler(handler, append([]httpserver.Option{httpserver.TracerProvider(provider)}, opts...)...))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return &served{server, spans, ended}
}

// attributes returns those of a span whose names begin with one of the prefixes.
func attributes(span sdktrace.ReadOnlySpan, prefixes ...string) map[string]any {
	all := map[string]any{}
	for _, a := range span.Attributes() {
		for _, prefix := range prefixes {
			if strings.HasPrefix(string(a.Key), prefix) {
				all[string(a.Key)] = a.Value.AsInterface()
			}
		}
	}
	return all
}

func diff(t *testing.T, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func (s *served) do(t *testing.T, method, path, contentType, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer s3cret")
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func mux(pattern string, handler http.HandlerFunc) http.Handler {
	m := http.NewServeMux()
	m.HandleFunc(pattern, handler)
	return m
}

func TestSpanIsNamedAfterItsRoute(t *testing.T) {
	t.Parallel()
	s := serve(t, mux("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.PathValue("id")) }))
	if got := s.do(t, http.MethodGet, "/items/42?page=2&access_token=s3cret", "", ""); got != "42" {
		t.Fatalf("got %q", got)
	}
	span := <-s.ended
	if span.Name() != "GET /items/{id}" || span.SpanKind() != trace.SpanKindServer || span.Status().Code != codes.Unset {
		t.Errorf("span %q, kind %v, status %v", span.Name(), span.SpanKind(), span.Status())
	}
	diff(t, attributes(span, "http.", "url.", "logfire."), map[string]any{
		"http.request.method": "GET", "http.route": "/items/{id}", "http.response.status_code": int64(200),
		"http.response.body.size": int64(2), "url.scheme": "http", "url.path": "/items/42", "url.query": "page=2&access_token=REDACTED",
		"logfire.scrubbed": `[{"path":["attributes","url.query"],"matched_substring":"access_token"}]`,
	})
}

func TestHeadersAndBodiesAreCaptured(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(w http.ResponseWriter, body string){
		"Write":       func(w http.ResponseWriter, body string) { _, _ = w.Write([]byte(body)) },
		"WriteString": func(w http.ResponseWriter, body string) { _, _ = io.WriteString(w, body) },
		"ReadFrom": func(w http.ResponseWriter, body string) {
			_, _ = w.(io.ReaderFrom).ReadFrom(io.LimitReader(strings.NewReader(body), 100))
		},
		"after WriteHeader": func(w http.ResponseWriter, body string) { w.WriteHeader(http.StatusOK); fmt.Fprint(w, body) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, mux("POST /echo", func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Set-Cookie", "sid=s3cret")
				write(w, `{"got":`+string(body)+`}`)
			}), httpserver.CaptureAll(), httpserver.Redact("X-Tenant"))
			if got := s.do(t, http.MethodPost, "/echo", "application/json", `{"a":1}`); got != `{"got":{"a":1}}` {
				t.Fatalf("got %q", got)
			}
			span := <-s.ended
			got := attributes(span, "http.request.header.", "http.response.header.", "http.request.body.", "http.response.body.", "logfire.json_schema")
			delete(got, "http.request.header.user-agent")
			diff(t, got, map[string]any{
				"http.request.header.content-type":    []string{"application/json"},
				"http.request.header.content-length":  []string{"7"},
				"http.request.header.accept-encoding": []string{"gzip"},
				"http.request.header.authorization":   []string{"[Scrubbed due to 'authorization']"},
				"http.request.body.text":              `{"a":1}`,
				"http.request.body.size":              int64(7),
				"http.response.header.content-type":   []string{"application/json"},
				"http.response.header.set-cookie":     []string{"[Scrubbed due to 'set-cookie']"},
				"http.response.body.text":             `{"got":{"a":1}}`,
				"http.response.body.size":             int64(15),
				"logfire.json_schema": `{"type":"object","properties":{"http.request.body.text":{"type":"object"},` +
					`"http.response.body.text":{"type":"object"}}}`,
			})
		})
	}
}

// A picture is sent as the server would, without its bytes passing through the capture.
func TestFilesOfBytesAreOnlyCounted(t *testing.T) {
	t.Parallel()
	picture := bytes.Repeat([]byte{0x89}, 5000)
	file := filepath.Join(t.TempDir(), "picture.png")
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, mux("/", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) }), httpserver.CaptureAll())
	if got := s.do(t, http.MethodGet, "/", "", ""); got != string(picture) {
		t.Errorf("got %d bytes", len(got))
	}
	diff(t, attributes(<-s.ended, "http.response.body."), map[string]any{"http.response.body.size": int64(5000)})
}

func TestPanicIsRecordedAndGoesOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value  any
		kind   string
		events int
		status codes.Code
	}{
		"text":       {"out of coffee", "panic", 1, codes.Error},
		"error":      {errors.New("out of coffee"), "*errors.errorString", 1, codes.Error},
		"an abandon": {http.ErrAbortHandler, "", 0, codes.Unset},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			passed := make(chan any, 1)
			spans := tracetest.NewSpanRecorder()
			handler := httpserver.Handler(mux("GET /brew", func(http.ResponseWriter, *http.Request) { panic(c.value) }),
				httpserver.TracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))))
			func() {
				defer func() { passed <- recover() }()
				handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/brew", nil))
			}()
			if p := <-passed; p != c.value {
				t.Errorf("the panic went on as %v", p)
			}
			if len(spans.Ended()) != 1 {
				t.Fatalf("%d spans ended", len(spans.Ended()))
			}
			span := spans.Ended()[0]
			if span.Name() != "GET /brew" || span.Status().Code != c.status || len(span.Events()) != c.events {
				t.Fatalf("span %q, status %v, events %v", span.Name(), span.Status(), span.Events())
			}
			for _, event := range span.Events() {
				said := map[string]string{}
				for _, a := range event.Attributes {
					said[string(a.Key)] = a.Value.String()
				}
				if said["exception.message"] != "out of coffee" || said["exception.type"] != c.kind ||
					!strings.Contains(said["exception.stacktrace"], "\n\ngithub.com/hearth-dev/hearth/sdk/httpserver_test.TestPanicIsRecordedAndGoesOn") {
					t.Errorf("exception %v", said)
				}
				if attributes(span, "")["logfire.exception.fingerprint"] == nil {
					t.Error("no fingerprint")
				}
			}
		})
	}
}

func TestEventStreamFlows(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	s := serve(t, mux("GET /events", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			if i == 0 {
				w.(http.Flusher).Flush()
			} else if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			<-next // goes on only when the client has the event
		}
	}), httpserver.CaptureAll())
	resp, err := s.Client().Get(s.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for i := range 3 {
		if !lines.Scan() || lines.Text() != fmt.Sprintf("data: %d", i) || !lines.Scan() {
			t.Fatalf("got %q, %v", lines.Text(), lines.Err())
		}
		next <- struct{}{}
	}
	diff(t, attributes(<-s.ended, "http.response.body.text"), map[string]any{"http.response.body.text": "data: 0\n\ndata: 1\n\ndata: 2\n\n"})
}

func TestConnectionCanBeTakenOver(t *testing.T) {
	t.Parallel()
	s := serve(t, mux("GET /socket", func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
		_ = rw.Flush()
	}), httpserver.CaptureAll())
	if got := s.do(t, http.MethodGet, "/socket", "", ""); got != "hi" {
		t.Errorf("got %q", got)
	}
	<-s.ended
}

func TestFilteredRequestsPass(t *testing.T) {
	t.Parallel()
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "ok") }),
		httpserver.CaptureAll(), httpserver.Filter(func(r *http.Request) bool { return r.URL.Path != "/health" }))
	if got := s.do(t, http.MethodGet, "/health", "", ""); got != "ok" || len(s.spans.Started()) != 0 {
		t.Errorf("got %q, %d spans", got, len(s.spans.Started()))
	}
	s.do(t, http.MethodGet, "/other", "", "")
	if span := <-s.ended; span.Name() != "GET" {
		t.Errorf("span %q", span.Name())
	}
}

func TestHandlerReadsTheBodyUnchanged(t *testing.T) {
	t.Parallel()
	sent := strings.Repeat("x", 3000) + "\xff"
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first := make([]byte, 10)
		if _, err := io.ReadFull(r.Body, first); err != nil {
			t.Error(err)
		}
		rest, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, string(first)+string(rest))
	}), httpserver.CaptureAll(), httpserver.MaxBodyBytes(16))
	if got := s.do(t, http.MethodPost, "/", "text/plain", sent); got != sent {
		t.Errorf("got %d bytes, want %d", len(got), len(sent))
	}
	diff(t, attributes(<-s.ended, "http.request.body.", "logfire.truncated"), map[string]any{
		"http.request.body.text": strings.Repeat("x", 16), "http.request.body.size": int64(3001),
		"logfire.truncated": []string{"http.request.body.text", "http.response.body.text"},
	})
}

// Client and server are in one trace: the client's span is the parent of the server's.
func TestClientAndServerShareATrace(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	ended := make(chan sdktrace.ReadOnlySpan, 2)
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(signal{spans, ended}))
	context := propagation.TraceContext{}
	server := httptest.NewServer(httpserver.Handler(http.NotFoundHandler(), httpserver.TracerProvider(provider), httpserver.Propagator(context)))
	defer server.Close()
	client := httpclient.Instrument(server.Client(), httpclient.TracerProvider(provider), httpclient.Propagator(context))
	resp, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	var inner, outer sdktrace.ReadOnlySpan
	for range 2 {
		if span := <-ended; span.SpanKind() == trace.SpanKindServer {
			inner = span
		} else {
			outer = span
		}
	}
	if inner.Parent().SpanID() != outer.SpanContext().SpanID() || inner.Status().Code != codes.Unset || outer.Status().Code != codes.Error {
		t.Errorf("server's span %v below %v", inner.Parent(), outer.SpanContext())
	}
}

// A handler may leave goroutines behind that go on writing, though it should not.
func TestWritesFromSeveralGoroutines(t *testing.T) {
	t.Parallel()
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var writers sync.WaitGroup
		for range 4 {
			writers.Go(func() { fmt.Fprint(w, "abcd") })
		}
		writers.Wait()
	}), httpserver.CaptureAll())
	s.do(t, http.MethodGet, "/", "", "")
	diff(t, attributes(<-s.ended, "http.response.body.text"), map[string]any{"http.response.body.text": strings.Repeat("abcd", 4)})
}
