package httpclient_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/hearth-dev/hearth/sdk/httpclient"
)

// recorded is an instrumented client of a test server, and the spans that it has made.
type recorded struct {
	*http.Client
	server *httptest.Server
	spans  *tracetest.SpanRecorder
	tracer *sdktrace.TracerProvider
}

func record(t *testing.T, handler http.HandlerFunc, opts ...httpclient.Option) *recorded {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	opts = append([]httpclient.Option{httpclient.TracerProvider(provider)}, opts...)
	return &recorded{httpclient.Instrument(server.Client(), opts...), server, spans, provider}
}

// only returns the one span, which must have ended.
func (r *recorded) only(t *testing.T) sdktrace.ReadOnlySpan {
	t.Helper()
	ended := r.spans.Ended()
	if len(ended) != 1 || len(r.spans.Started()) != 1 {
		t.Fatalf("%d spans, %d of them ended; want 1", len(r.spans.Started()), len(ended))
	}
	return ended[0]
}

// attributes returns those of the one span whose names begin with a prefix.
func (r *recorded) attributes(t *testing.T, prefix string) map[string]any {
	t.Helper()
	return attributesOf(r.only(t), prefix)
}

func attributesOf(span sdktrace.ReadOnlySpan, prefixes ...string) map[string]any {
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

func (r *recorded) post(t *testing.T, contentType, body string) string {
	t.Helper()
	resp, err := r.Post(r.server.URL, contentType, strings.NewReader(body))
	return read(t, resp, err)
}

func (r *recorded) get(t *testing.T, path string) string {
	t.Helper()
	resp, err := r.Get(r.server.URL + path)
	return read(t, resp, err)
}

func read(t *testing.T, resp *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func answer(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

func diff(t *testing.T, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestSpanSaysWhatWasAskedAndAnswered(t *testing.T) {
	t.Parallel()
	r := record(t, answer("application/json", `{"id":7}`), httpclient.CaptureAll())
	if got := r.post(t, "application/json", `{"model":"m"}`); got != `{"id":7}` {
		t.Fatalf("caller read %q", got)
	}
	span := r.only(t)
	if span.Name() != "POST" || span.SpanKind() != trace.SpanKindClient || span.Status().Code != codes.Unset {
		t.Errorf("span %q, kind %v, status %v", span.Name(), span.SpanKind(), span.Status())
	}
	host, port := hostPort(t, r.server.URL)
	got := attributesOf(span, "")
	delete(got, "http.response.header.date")
	diff(t, got, map[string]any{
		"http.request.method":                 "POST",
		"url.full":                            r.server.URL,
		"server.address":                      host,
		"server.port":                         port,
		"http.response.status_code":           int64(200),
		"network.protocol.version":            "1.1",
		"http.request.header.content-type":    []string{"application/json"},
		"http.request.body.text":              `{"model":"m"}`,
		"http.request.body.size":              int64(13),
		"http.response.header.content-type":   []string{"application/json"},
		"http.response.header.content-length": []string{"8"},
		"http.response.body.text":             `{"id":7}`,
		"http.response.body.size":             int64(8),
		"logfire.json_schema": `{"type":"object","properties":{"http.request.body.text":{"type":"object"},` +
			`"http.response.body.text":{"type":"object"}}}`,
	})
}

func hostPort(t *testing.T, address string) (string, int64) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var port int64
	if _, err := fmt.Sscan(u.Port(), &port); err != nil {
		t.Fatal(err)
	}
	return u.Hostname(), port
}

func TestNothingIsCapturedUnasked(t *testing.T) {
	t.Parallel()
	r := record(t, answer("text/plain", "hello"))
	r.post(t, "text/plain", "hi")
	got := slices.Sorted(maps.Keys(r.attributes(t, "")))
	diff(t, got, []string{"http.request.method", "http.response.status_code", "network.protocol.version", "server.address", "server.port", "url.full"})
}

func TestBodiesAreCapturedAsText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 20)
	for name, c := range map[string]struct {
		contentType, body string
		want              map[string]any // of http.response.body
	}{
		"JSON":                     {"application/json", `{"a":1}`, map[string]any{"text": `{"a":1}`, "size": int64(7)}},
		"text without a type":      {"", "hello", map[string]any{"text": "hello", "size": int64(5)}},
		"a type of some vendor":    {"application/vnd.x+json; charset=UTF-8", `{}`, map[string]any{"text": `{}`, "size": int64(2)}},
		"a picture that is text":   {"image/svg+xml", "<svg/>", map[string]any{"text": "<svg/>", "size": int64(6)}},
		"a picture":                {"image/png", "plain, but said to be a picture", map[string]any{"size": int64(31)}},
		"bytes":                    {"application/octet-stream", "abc", map[string]any{"size": int64(3)}},
		"bytes that say text":      {"text/plain", "a\xff\xfeb", map[string]any{"size": int64(4)}},
		"text with a NUL":          {"text/plain", "a\x00b", map[string]any{"size": int64(3)}},
		"Latin-1":                  {"text/plain; charset=ISO-8859-1", "caf\xe9", map[string]any{"text": "café", "size": int64(4)}},
		"a charset we do not know": {"text/plain; charset=shift_jis", "abc", map[string]any{"size": int64(3)}},
		"nothing":                  {"text/plain", "", map[string]any{}},
		"longer than the cap":      {"text/plain", "x" + long, map[string]any{"text": "x" + long[:14], "size": int64(41)}}, // 16 bytes would cut an ä
		"as long as the cap":       {"text/plain", long[:16], map[string]any{"text": long[:16], "size": int64(16)}},
		"cut inside itself":        {"text/plain", "abc\xc3", map[string]any{"size": int64(4)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := record(t, answer(c.contentType, c.body), httpclient.CaptureResponseBody(), httpclient.MaxBodyBytes(16))
			if got := r.get(t, "/"); got != c.body {
				t.Errorf("caller read %q, want %q", got, c.body)
			}
			want := map[string]any{}
			for key, value := range c.want {
				want["http.response.body."+key] = value
			}
			diff(t, r.attributes(t, "http.response.body."), want)
			_, cut := r.attributes(t, "")["logfire.truncated"]
			if cut != (len(c.body) > 16 && c.want["text"] != nil) {
				t.Errorf("logfire.truncated is there: %v", cut)
			}
		})
	}
}

func TestRequestBodiesAreCaptured(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body        func() io.Reader
		contentType string
		want        map[string]any // of http.request.body
	}{
		"in memory":                  {func() io.Reader { return strings.NewReader("hello") }, "text/plain", map[string]any{"text": "hello", "size": int64(5)}},
		"of unknown length":          {func() io.Reader { return io.MultiReader(strings.NewReader("hel"), strings.NewReader("lo")) }, "", map[string]any{"text": "hello", "size": int64(5)}},
		"longer than the cap":        {func() io.Reader { return strings.NewReader(strings.Repeat("x", 1000)) }, "", map[string]any{"text": strings.Repeat("x", 64), "size": int64(1000)}},
		"of unknown, greater length": {func() io.Reader { return io.MultiReader(strings.NewReader(strings.Repeat("x", 1000))) }, "", map[string]any{"text": strings.Repeat("x", 64), "size": int64(1000)}},
		"binary":                     {func() io.Reader { return strings.NewReader("\x89PNG\r\n\x1a\n") }, "image/png", map[string]any{"size": int64(8)}},
		"a form": {func() io.Reader { return strings.NewReader("a=1&b=x+y&a=2&password=p") }, "application/x-www-form-urlencoded",
			map[string]any{"form": `{"a":["1","2"],"b":"x y","password":"[Scrubbed due to 'password']"}`, "size": int64(24)}},
		"a form longer than the cap": {func() io.Reader { return strings.NewReader("a=1&b=" + strings.Repeat("%C3%A4", 20)) }, "application/x-www-form-urlencoded",
			map[string]any{"form": `{"a":"1"}`, "size": int64(126)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var arrived []byte
			r := record(t, func(w http.ResponseWriter, r *http.Request) { arrived, _ = io.ReadAll(r.Body) },
				httpclient.CaptureRequestBody(), httpclient.MaxBodyBytes(64))
			resp, err := r.Post(r.server.URL, c.contentType, c.body())
			read(t, resp, err)
			sent, _ := io.ReadAll(c.body())
			if !bytes.Equal(arrived, sent) {
				t.Errorf("server got %q, want %q", arrived, sent)
			}
			want := map[string]any{}
			for key, value := range c.want {
				want["http.request.body."+key] = value
			}
			diff(t, r.attributes(t, "http.request.body."), want)
		})
	}
}

// eventStream sends three events, and ends only when told to.
func eventStream(end <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: {\"n\":%d}\n\n", i)
			w.(http.Flusher).Flush()
		}
		<-end
	}
}

const events = "data: {\"n\":0}\n\ndata: {\"n\":1}\n\ndata: {\"n\":2}\n\n"

// Consumers of event streams stop at the last event, and do not wait for the end.
func TestEventStreamThatIsClosedEarlyIsCaptured(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	defer close(end)
	r := record(t, eventStream(end), httpclient.CaptureAll())
	resp, err := r.Get(r.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(events))
	if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != events {
		t.Fatalf("read %q, %v", got, err)
	}
	if n := len(r.spans.Ended()); n != 0 {
		t.Fatal("the span ended before its stream")
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	diff(t, r.attributes(t, "http.response.body."), map[string]any{"http.response.body.text": events, "http.response.body.size": int64(len(events))})
	if status := r.only(t).Status(); status.Code != codes.Unset {
		t.Errorf("status %v", status)
	}
}

func TestCancelledStreamIsAnErrorWithWhatCame(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	defer close(end)
	r := record(t, eventStream(end), httpclient.CaptureResponseBody())
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := r.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadFull(resp.Body, make([]byte, len(events))); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := resp.Body.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Fatalf("read after cancel: %v", err)
	}
	span := r.only(t)
	diff(t, attributesOf(span, "http.response.body.text", "error.type"), map[string]any{"http.response.body.text": events, "error.type": "canceled"})
	if span.Status().Code != codes.Error || len(span.Events()) != 1 {
		t.Errorf("status %v, events %v", span.Status(), span.Events())
	}
}

func TestRequestWithoutAnswerIsAnErrorWithItsBody(t *testing.T) {
	t.Parallel()
	r := record(t, nil, httpclient.CaptureAll())
	r.server.Close()
	if resp, err := r.Post(r.server.URL, "text/plain", strings.NewReader("hello")); err == nil {
		read(t, resp, err)
		t.Fatal("a closed server answered")
	}
	span := r.only(t)
	diff(t, attributesOf(span, "http.request.body.text", "error.type"), map[string]any{"http.request.body.text": "hello", "error.type": "*net.OpError"})
	if span.Status().Code != codes.Error || len(span.Events()) != 1 || span.Events()[0].Name != "exception" {
		t.Errorf("status %v, events %v", span.Status(), span.Events())
	}
}

func TestStatusFrom400IsAnError(t *testing.T) {
	t.Parallel()
	r := record(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
	r.get(t, "/")
	span := r.only(t)
	diff(t, attributesOf(span, "error.type", "http.response.status_code"), map[string]any{"error.type": "429", "http.response.status_code": int64(429)})
	if span.Status().Code != codes.Error {
		t.Errorf("status %v", span.Status())
	}
}

func TestResponsesWithoutABodyEndTheSpan(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodHead, http.MethodDelete} {
		r := record(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, httpclient.CaptureAll())
		req, err := http.NewRequestWithContext(t.Context(), method, r.server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Do(req); err != nil {
			t.Fatal(err)
		}
		if span := r.only(t); span.Name() != method {
			t.Errorf("span %q", span.Name())
		}
	}
}

func TestGzipIsCapturedAsWhatItHolds(t *testing.T) {
	t.Parallel()
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, _ = io.WriteString(w, strings.Repeat("hello ", 100))
	_ = w.Close()
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(compressed.Bytes())
	}
	for name, c := range map[string]struct {
		ask     string // Accept-Encoding; empty: net/http asks, and takes gzip off
		limit   int
		want    string
		cut     bool
		caller  int
		encoded string
	}{
		"by net/http":        {"", 1 << 20, strings.Repeat("hello ", 100), false, 600, ""},
		"by the caller":      {"gzip", 1 << 20, strings.Repeat("hello ", 100), false, compressed.Len(), "gzip"},
		"more than the cap":  {"gzip", 60, strings.Repeat("hello ", 10), true, compressed.Len(), "gzip"},
		"cut inside of gzip": {"gzip", 20, strings.Repeat("hello ", 100), true, compressed.Len(), "gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := record(t, handler, httpclient.CaptureResponseBody(), httpclient.MaxBodyBytes(c.limit))
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.ask != "" {
				req.Header.Set("Accept-Encoding", c.ask)
			}
			resp, err := r.Do(req)
			if got := read(t, resp, err); len(got) != c.caller || resp.Header.Get("Content-Encoding") != c.encoded {
				t.Errorf("caller read %d bytes, want %d", len(got), c.caller)
			}
			text, _ := r.attributes(t, "")["http.response.body.text"].(string)
			if !strings.HasPrefix(c.want, text) || (!c.cut && text != c.want) || (c.limit >= 60 && text != c.want) {
				t.Errorf("captured %q, want %q", text, c.want)
			}
			if _, cut := r.attributes(t, "")["logfire.truncated"]; text != "" && cut != c.cut {
				t.Errorf("cut: %v, want %v", cut, c.cut)
			}
		})
	}
}

// A connection that the server has closed meanwhile makes net/http send a request again, with a body from GetBody.
func TestBodyThatIsSentAgainIsCapturedOnce(t *testing.T) {
	t.Parallel()
	var failed bool
	base := roundTripper(func(req *http.Request) (*http.Response, error) {
		if !failed { // as net/http does: read some of it, then take a fresh one
			failed = true
			_, _ = io.CopyN(io.Discard, req.Body, 3)
			_ = req.Body.Close()
			body, err := req.GetBody()
			if err != nil {
				return nil, err
			}
			req.Body = body
		}
		return http.DefaultTransport.RoundTrip(req)
	})
	for _, length := range []int64{5, -1} { // known: captured before; unknown: while it is sent
		failed = false
		r := record(t, answer("text/plain", "ok"), httpclient.CaptureRequestBody())
		client := &http.Client{Transport: httpclient.NewTransport(base, httpclient.TracerProvider(r.tracer), httpclient.CaptureRequestBody())}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.server.URL, strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = length
		resp, err := client.Do(req)
		read(t, resp, err)
		diff(t, r.attributes(t, "http.request.body."), map[string]any{"http.request.body.text": "hello", "http.request.body.size": int64(5)})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestProtocolSwitchKeepsItsConnection(t *testing.T) {
	t.Parallel()
	r := record(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		_, _ = rw.WriteString(line)
		_ = rw.Flush()
	}, httpclient.CaptureAll())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "echo")
	resp, err := r.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	conn, ok := resp.Body.(io.ReadWriteCloser)
	if !ok {
		t.Fatalf("body of 101 is a %T", resp.Body)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "ping\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); string(got) != "ping\n" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	diff(t, r.attributes(t, "http.response.status_code"), map[string]any{"http.response.status_code": int64(101)})
}

func TestSecretsAreReplaced(t *testing.T) {
	t.Parallel()
	r := record(t, func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Authorization") != "Bearer s3cret" || req.URL.Query().Get("key") != "s3cret" || req.Header.Get("X-Tenant") != "s3cret" {
			t.Error("what goes to the server was changed")
		}
		w.Header().Set("Set-Cookie", "sid=s3cret")
	}, httpclient.CaptureAll(), httpclient.Redact("X-Tenant"))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.server.URL+"/v1?alt=sse&key=s3cret&Api_Key=s3cret&x-tenant=s3cret#frag", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer s3cret")
	req.Header.Set("X-Tenant", "s3cret")
	req.Header.Set("X-Public", "yes")
	resp, err := r.Do(req)
	read(t, resp, err)
	for key, value := range r.attributes(t, "") {
		if strings.Contains(fmt.Sprint(value), "s3cret") {
			t.Errorf("%s is %v", key, value)
		}
	}
	diff(t, r.attributes(t, "url.full"), map[string]any{"url.full": r.server.URL + "/v1?alt=sse&key=REDACTED&Api_Key=REDACTED&x-tenant=REDACTED"})
	diff(t, r.attributes(t, "http.request.header."), map[string]any{
		"http.request.header.authorization": []string{"[Scrubbed due to 'authorization']"},
		"http.request.header.x-tenant":      []string{"[Scrubbed due to 'x-tenant']"},
		"http.request.header.x-public":      []string{"yes"},
	})
	type note struct {
		Path             []string `json:"path"`
		MatchedSubstring string   `json:"matched_substring"`
	}
	var notes []note
	if err := json.Unmarshal([]byte(r.attributes(t, "logfire.scrubbed")["logfire.scrubbed"].(string)), &notes); err != nil {
		t.Fatal(err)
	}
	diff(t, notes, []note{
		{[]string{"attributes", "url.full"}, "api_key"}, {[]string{"attributes", "url.full"}, "key"}, {[]string{"attributes", "url.full"}, "x-tenant"},
		{[]string{"attributes", "http.request.header.authorization"}, "authorization"},
		{[]string{"attributes", "http.request.header.x-tenant"}, "x-tenant"},
		{[]string{"attributes", "http.response.header.set-cookie"}, "set-cookie"},
	})
}

func TestPasswordInAddressIsReplaced(t *testing.T) {
	t.Parallel()
	r := record(t, answer("text/plain", "ok"))
	resp, err := r.Get(strings.Replace(r.server.URL, "http://", "http://user:pass@", 1))
	read(t, resp, err)
	diff(t, r.attributes(t, "url.full"), map[string]any{"url.full": strings.Replace(r.server.URL, "http://", "http://REDACTED:REDACTED@", 1)})
}

func TestServerGetsTheContextOfTheSpan(t *testing.T) {
	t.Parallel()
	var traceparent string
	handler := func(_ http.ResponseWriter, req *http.Request) { traceparent = req.Header.Get("Traceparent") }
	r := record(t, handler, httpclient.Propagator(propagation.TraceContext{}))
	ctx, parent := r.tracer.Tracer("test").Start(t.Context(), "parent")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := r.Do(req)
	read(t, resp, err)
	span := r.spans.Ended()[0]
	if span.Parent().SpanID() != parent.SpanContext().SpanID() {
		t.Error("the span is not below the one of its context")
	}
	if want := fmt.Sprintf("00-%s-%s-01", span.SpanContext().TraceID(), span.SpanContext().SpanID()); traceparent != want {
		t.Errorf("server got %q, want %q", traceparent, want)
	}
	if len(req.Header) != 0 {
		t.Errorf("the caller's request has got headers: %v", req.Header)
	}

	r = record(t, handler, httpclient.Propagator(propagation.TraceContext{}), httpclient.Propagate(false))
	r.get(t, "/")
	if traceparent != "" {
		t.Errorf("server got %q, though nothing was to be propagated", traceparent)
	}
}

func TestHooksAddToTheSpan(t *testing.T) {
	t.Parallel()
	r := record(t, answer("text/plain", "ok"),
		httpclient.RequestHook(func(span trace.Span, req *http.Request) { span.SetAttributes(attribute.String("path", req.URL.Path)) }),
		httpclient.RequestHook(func(trace.Span, *http.Request) { panic("hook") }),
		httpclient.ResponseHook(func(span trace.Span, resp *http.Response) {
			span.SetAttributes(attribute.String("status", resp.Status))
		}),
	)
	r.get(t, "/items")
	got := r.attributes(t, "")
	if got["path"] != "/items" || got["status"] != "200 OK" {
		t.Errorf("attributes %v", got)
	}
}

func TestFilteredRequestsPass(t *testing.T) {
	t.Parallel()
	r := record(t, answer("text/plain", "ok"), httpclient.CaptureAll(),
		httpclient.Filter(func(req *http.Request) bool { return req.URL.Path != "/health" }))
	if got := r.get(t, "/health"); got != "ok" || len(r.spans.Started()) != 0 {
		t.Errorf("read %q, %d spans", got, len(r.spans.Started()))
	}
	r.get(t, "/other")
	r.only(t)
}

func TestRetriesOfSDKsAreCounted(t *testing.T) {
	t.Parallel()
	r := record(t, answer("text/plain", "ok"))
	req, err := http.NewRequestWithContext(t.Context(), "BREW", r.server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Stainless-Retry-Count", "2")
	resp, err := r.Do(req)
	read(t, resp, err)
	if name := r.only(t).Name(); name != "HTTP" {
		t.Errorf("span %q", name)
	}
	diff(t, r.attributes(t, "http.request."), map[string]any{
		"http.request.resend_count": int64(2), "http.request.method": "_OTHER", "http.request.method_original": "BREW",
	})
}

func TestClientClosesIdleConnections(t *testing.T) {
	t.Parallel()
	idle := make(chan net.Conn, 1)
	server := httptest.NewUnstartedServer(answer("text/plain", "ok"))
	server.Config.ConnState = func(c net.Conn, s http.ConnState) {
		if s == http.StateClosed {
			idle <- c
		}
	}
	server.Start()
	defer server.Close()
	client := httpclient.Instrument(server.Client())
	resp, err := client.Get(server.URL)
	read(t, resp, err)
	client.CloseIdleConnections()
	<-idle
}

func TestInstrumentLeavesTheClientAsItIs(t *testing.T) {
	t.Parallel()
	client := &http.Client{}
	if httpclient.Instrument(client) == client || client.Transport != nil {
		t.Error("the client was changed")
	}
	if http.DefaultClient.Transport != nil || httpclient.Instrument(nil).Transport == nil {
		t.Error("nil is not a copy of the default client")
	}
}

func TestRequestWithoutAddressIsLeftToTheBase(t *testing.T) {
	t.Parallel()
	if _, err := httpclient.NewTransport(nil).RoundTrip(&http.Request{Header: http.Header{}}); err == nil {
		t.Error("no error")
	}
}

// same is a base that answers with the body it is given, and notes the request.
func same(got **http.Request, body io.ReadCloser) roundTripper {
	return func(req *http.Request) (*http.Response, error) {
		*got = req
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: body}, nil
	}
}

func newRequest(t *testing.T, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://h/", body)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestWhereNobodyRecordsRequestAndResponsePassUntouched(t *testing.T) {
	t.Parallel()
	var got *http.Request
	body := io.NopCloser(strings.NewReader("answer"))
	for name, provider := range map[string]trace.TracerProvider{"no-op": noop.NewTracerProvider(), "global": otel.GetTracerProvider()} {
		transport := httpclient.NewTransport(same(&got, body), httpclient.CaptureAll(), httpclient.TracerProvider(provider),
			httpclient.Propagator(propagation.TraceContext{}))
		for range 2 { // the second time the transport knows the provider
			req := newRequest(t, strings.NewReader("question"))
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if got != req || resp.Body != body {
				t.Errorf("%s: request or body was replaced", name)
			}
		}
	}
}

// A provider that was silent is asked again for each request: programs configure after they have made their clients.
func TestProviderThatBeginsToRecordGetsWholeSpans(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	provider := &switched{TracerProvider: noop.NewTracerProvider()}
	var got *http.Request
	transport := httpclient.NewTransport(same(&got, http.NoBody), httpclient.TracerProvider(provider))
	for range 3 {
		if _, err := transport.RoundTrip(newRequest(t, nil)); err != nil {
			t.Fatal(err)
		}
		provider.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	}
	if len(spans.Ended()) != 2 {
		t.Fatalf("%d spans", len(spans.Ended()))
	}
	for _, span := range spans.Ended() {
		diff(t, attributesOf(span, "url.", "http.request.", "server.address"), map[string]any{"url.full": "http://h/", "http.request.method": "POST", "server.address": "h"})
	}
}

// switched is one provider, as the global one of a program is one that is given another to delegate to.
type switched struct{ trace.TracerProvider }

func TestUnsampledRequestsCarryTheirContextAndNothingElse(t *testing.T) {
	t.Parallel()
	var got *http.Request
	body := io.NopCloser(strings.NewReader("answer"))
	never := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))
	transport := httpclient.NewTransport(same(&got, body), httpclient.CaptureAll(), httpclient.TracerProvider(never),
		httpclient.Propagator(propagation.TraceContext{}))
	req := newRequest(t, strings.NewReader("question"))
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(got.Header.Get("Traceparent"), "-00") || len(req.Header) != 0 {
		t.Errorf("server got %v, the caller's request has %v", got.Header, req.Header)
	}
	if resp.Body != body || got.Body != req.Body {
		t.Error("a body was replaced")
	}
}

// Attributes are there when the span starts, for samplers and for those who look while the request runs.
func TestSpanSaysAtItsStartWhereItGoes(t *testing.T) {
	t.Parallel()
	var seen []attribute.KeyValue
	sampler := samplerFunc(func(p sdktrace.SamplingParameters) { seen = p.Attributes })
	var got *http.Request
	transport := httpclient.NewTransport(same(&got, http.NoBody), httpclient.TracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler))))
	if _, err := transport.RoundTrip(newRequest(t, nil)); err != nil {
		t.Fatal(err)
	}
	set := attribute.NewSet(seen...)
	diff(t, set.Encoded(attribute.DefaultEncoder()), "http.request.method=POST,server.address=h,server.port=80,url.full=http://h/")
}

type samplerFunc func(sdktrace.SamplingParameters)

func (f samplerFunc) Description() string { return "test" }
func (f samplerFunc) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	f(p)
	return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
}

// The duration is measured of every request, whether its span is sampled or not.
func TestDurationIsMeasured(t *testing.T) {
	t.Parallel()
	reader := metric.NewManualReader()
	r := record(t, answer("text/plain", "ok"))
	client := httpclient.Instrument(r.server.Client(),
		httpclient.TracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))),
		httpclient.MeterProvider(metric.NewMeterProvider(metric.WithReader(reader))))
	resp, err := client.Get(r.server.URL)
	read(t, resp, err)
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	found := all.ScopeMetrics[0].Metrics[0]
	points := found.Data.(metricdata.Histogram[float64]).DataPoints
	if found.Name != "http.client.request.duration" || found.Unit != "s" || len(points) != 1 || points[0].Count != 1 || points[0].Sum <= 0 {
		t.Fatalf("metric %+v", found)
	}
	host, port := hostPort(t, r.server.URL)
	want := attribute.NewSet(attribute.String("http.request.method", "GET"), attribute.String("server.address", host), attribute.Int64("server.port", port),
		attribute.Int("http.response.status_code", 200), attribute.String("network.protocol.version", "1.1"))
	diff(t, points[0].Attributes.Encoded(attribute.DefaultEncoder()), want.Encoded(attribute.DefaultEncoder()))
}

// otelhttp's transport may stand around ours or below it. It ends its own span before it closes the body that it was given,
// which must not cost what was captured.
func TestCaptureWorksWithOtelhttp(t *testing.T) {
	t.Parallel()
	for name, arrange := range map[string]func(base http.RoundTripper, opts []httpclient.Option, theirs otelhttp.Option) http.RoundTripper{
		"around": func(base http.RoundTripper, opts []httpclient.Option, theirs otelhttp.Option) http.RoundTripper {
			return otelhttp.NewTransport(httpclient.NewTransport(base, opts...), theirs)
		},
		"below": func(base http.RoundTripper, opts []httpclient.Option, theirs otelhttp.Option) http.RoundTripper {
			return httpclient.NewTransport(otelhttp.NewTransport(base, theirs), opts...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			end := make(chan struct{})
			defer close(end)
			r := record(t, eventStream(end))
			client := &http.Client{Transport: arrange(http.DefaultTransport,
				[]httpclient.Option{httpclient.TracerProvider(r.tracer), httpclient.CaptureAll()}, otelhttp.WithTracerProvider(r.tracer))}
			resp, err := client.Get(r.server.URL)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(resp.Body, make([]byte, len(events))); err != nil {
				t.Fatal(err)
			}
			if err := resp.Body.Close(); err != nil {
				t.Fatal(err)
			}
			if len(r.spans.Ended()) != 2 {
				t.Fatalf("%d spans ended", len(r.spans.Ended()))
			}
			captured := map[string]any{}
			for _, span := range r.spans.Ended() {
				maps.Copy(captured, attributesOf(span, "http.response.body.text"))
				if span.SpanContext().TraceID() != r.spans.Ended()[0].SpanContext().TraceID() {
					t.Error("two traces")
				}
			}
			diff(t, captured, map[string]any{"http.response.body.text": events})
		})
	}
}

func TestEventStreamOverHTTP2IsCaptured(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	server := httptest.NewUnstartedServer(eventStream(end))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	defer close(end)
	spans := tracetest.NewSpanRecorder()
	client := httpclient.Instrument(server.Client(), httpclient.CaptureAll(),
		httpclient.TracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))))
	resp, err := client.Post(server.URL, "text/plain", io.MultiReader(strings.NewReader("question")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(resp.Body, make([]byte, len(events))); err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	diff(t, attributesOf(spans.Ended()[0], "network.", "http.request.body.text", "http.response.body.text"), map[string]any{
		"network.protocol.version": "2", "http.request.body.text": "question", "http.response.body.text": events,
	})
}

// Each request of a redirect has a span, with the body that is sent again.
func TestRedirectedRequestsHaveASpanEach(t *testing.T) {
	t.Parallel()
	r := record(t, func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/old" {
			http.Redirect(w, req, "/new", http.StatusTemporaryRedirect)
			return
		}
		_, _ = io.Copy(w, req.Body)
	}, httpclient.CaptureAll())
	resp, err := r.Post(r.server.URL+"/old", "text/plain", strings.NewReader("hello"))
	if got := read(t, resp, err); got != "hello" || resp.Request.URL.Path != "/new" {
		t.Errorf("read %q from %s", got, resp.Request.URL)
	}
	var got []any
	for _, span := range r.spans.Ended() {
		a := attributesOf(span, "")
		got = append(got, a["http.response.status_code"], a["http.request.body.text"])
	}
	diff(t, got, []any{int64(307), "hello", int64(200), "hello"})
}
