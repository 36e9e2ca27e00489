package otlp

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// door is an Authenticator with one token.
type door struct{}

const token = "pylf_v1_local_abc"

func (door) Writer(_ context.Context, authorization, _ string) (Writer, error) {
	switch strings.TrimPrefix(authorization, "Bearer ") {
	case token:
		return Writer{Project: "project", Token: "the token's id"}, nil
	case "":
		return Writer{}, ErrNoToken
	case "broken":
		return Writer{}, errors.New("the token store is gone")
	}
	return Writer{}, ErrUnknownToken
}

// shelf is a Sink that keeps everything, or fails.
type shelf struct {
	mu      sync.Mutex // guards what follows
	last    record.Request
	batches []*record.Batch
	bodies  [][]byte
	err     error
}

func (s *shelf) Add(_ context.Context, req *record.Request, batch *record.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.last = *req
	s.batches = append(s.batches, batch)
	s.bodies = append(s.bodies, bytes.Clone(req.Body))
	return nil
}

// post returns a request that the handler takes.
func post(path string, body []byte, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	r.Header.Set("Authorization", token)
	r.Header.Set("Content-Type", "application/x-protobuf")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func serve(s Sink, o Options, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	NewHandler(NewDecoder(nil), door{}, s, o).ServeHTTP(w, r)
	return w.Result()
}

// The log keeps the bounds with the request: a replay under other settings must not refuse what was acknowledged.
func TestARequestCarriesTheBoundsThatItWasJudgedBy(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	span := testSpan("old")
	span.StartTimeUnixNano = uint64(time.Now().Add(-2 * time.Hour).UnixNano())
	span.EndTimeUnixNano = span.StartTimeUnixNano
	body := requestOf(t, record.Traces, tracesOf(span)).Body
	maxAge := func(project string, signal record.Signal) time.Duration {
		if project != "project" || signal != record.Traces {
			t.Errorf("the age of %v of project %s is asked for", signal, project)
		}
		return 3 * time.Hour
	}
	if r := serve(s, Options{MaxAge: maxAge, MaxAhead: time.Minute}, post("/v1/traces", body)); r.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", r.StatusCode, textOf(t, r))
	}
	if s.last.MaxAge != 3*time.Hour || s.last.MaxAhead != time.Minute {
		t.Errorf("the sink got bounds %v and %v", s.last.MaxAge, s.last.MaxAhead)
	}
	again, refused, err := NewDecoder(nil).Decode(&record.Request{Project: s.last.Project, Arrived: s.last.Arrived, Signal: s.last.Signal, Encoding: s.last.Encoding, Body: body, MaxAge: s.last.MaxAge, MaxAhead: s.last.MaxAhead})
	if err != nil || refused != nil || len(again.Records) != 1 {
		t.Errorf("the replay differs: %v %v %d records", err, refused, len(again.Records))
	}
}

func textOf(t *testing.T, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// freshSpan returns a span of now, within any bounds.
func freshSpan(name string) *tracepb.Span {
	s := testSpan(name)
	s.StartTimeUnixNano = uint64(time.Now().UnixNano())
	s.EndTimeUnixNano = s.StartTimeUnixNano
	return s
}

func TestHandlerTakesEveryFormOfARequest(t *testing.T) {
	t.Parallel()
	body := marshal(t, tracesOf(freshSpan("x")))
	asJSON := otlpJSON(t, body, &tracepb.TracesData{})
	check := func(what string, r *http.Request, wantType, wantBody string) {
		t.Helper()
		s := &shelf{}
		response := serve(s, Options{}, r)
		if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != wantType || textOf(t, response) != wantBody {
			t.Errorf("%s: %s %q %q", what, response.Status, response.Header.Get("Content-Type"), textOf(t, response))
		}
		if len(s.batches) != 1 || s.batches[0].Project != "project" || s.batches[0].Records[0].SpanName != "x" {
			t.Errorf("%s: the sink got %+v", what, s.batches)
		}
	}
	const protobuf = "application/x-protobuf"
	check("protobuf", post("/v1/traces", body), protobuf, "")
	check("slash at the end", post("/v1/traces/", body), protobuf, "")
	check("parameters", post("/v1/traces", body, "Content-Type", "application/x-protobuf; charset=utf-8"), protobuf, "")
	check("bearer", post("/v1/traces", body, "Authorization", "Bearer "+token), protobuf, "")
	check("identity", post("/v1/traces", body, "Content-Encoding", "identity"), protobuf, "")
	check("json", post("/v1/traces", asJSON, "Content-Type", "application/json"), "application/json", "{}")
	check("json in upper case", post("/v1/traces", asJSON, "Content-Type", "Application/JSON"), "application/json", "{}")
	for encoding, compressed := range compressions(t, body) {
		header, _, _ := strings.Cut(encoding, " ")
		check(encoding, post("/v1/traces", compressed, "Content-Encoding", header), protobuf, "")
	}
}

// compressions returns body in each form; the name is the Content-Encoding and what else there is to say.
func compressions(t testing.TB, body []byte) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	write := func(name string, w io.WriteCloser, to *bytes.Buffer) {
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		all[name] = to.Bytes()
	}
	var gz, zl, fl, zs bytes.Buffer
	write("gzip", gzip.NewWriter(&gz), &gz)
	write("deflate as zlib", zlib.NewWriter(&zl), &zl)
	raw, err := flate.NewWriter(&fl, 6)
	if err != nil {
		t.Fatal(err)
	}
	write("deflate bare", raw, &fl)
	z, err := zstd.NewWriter(&zs)
	if err != nil {
		t.Fatal(err)
	}
	write("zstd", z, &zs)
	return all
}

func TestHandlerRefusesWithLogfiresTexts(t *testing.T) {
	t.Parallel()
	body := marshal(t, tracesOf(freshSpan("x")))
	check := func(what string, r *http.Request, wantStatus int, wantText string) {
		t.Helper()
		s := &shelf{}
		response := serve(s, Options{}, r)
		text := textOf(t, response)
		if response.StatusCode != wantStatus || !strings.HasPrefix(text, wantText) {
			t.Errorf("%s: %s %q, want %d %q", what, response.Status, text, wantStatus, wantText)
		}
		if kind := response.Header.Get("Content-Type"); kind != "text/plain; charset=utf-8" && wantStatus != http.StatusNotFound {
			t.Errorf("%s: content type %q", what, kind)
		}
		if len(s.batches) != 0 {
			t.Errorf("%s: the sink got something", what)
		}
	}
	get := post("/v1/traces", nil)
	get.Method = http.MethodGet
	check("GET", get, 405, "use POST")
	check("other path", post("/v1/profiles", body), 404, `{"detail":"Not Found"}`)
	check("no token", post("/v1/traces", body, "Authorization", ""), 401, "Missing or invalid authorization header")
	check("unknown token", post("/v1/traces", body, "Authorization", "x"), 401, "Unknown token")
	check("token store gone", post("/v1/traces", body, "Authorization", "broken"), 503, "cannot take the request now")
	check("no content type", post("/v1/traces", body, "Content-Type", ""), 415, "unsupported content type")
	check("other content type", post("/v1/traces", body, "Content-Type", "text/plain"), 415, "unsupported content type")
	check("other encoding", post("/v1/traces", body, "Content-Encoding", "br"), 415, "unsupported content encoding")
	check("damaged protobuf", post("/v1/traces", body[:len(body)-3]), 400, "decode OTLP traces")
	check("damaged json", post("/v1/traces", []byte("{"), "Content-Type", "application/json"), 400, "decode OTLP traces in JSON")
	check("damaged gzip", post("/v1/traces", body, "Content-Encoding", "gzip"), 400, "read request body")
	check("damaged zstd", post("/v1/traces", body, "Content-Encoding", "zstd"), 400, "read request body")
	check("empty deflate", post("/v1/traces", nil, "Content-Encoding", "deflate"), 400, "read request body")
	huge := post("/v1/traces", body)
	huge.ContentLength = maxRequest + 1
	check("announced as too large", huge, 413, "Failed to buffer the request body: length limit exceeded")
}

func TestEmptyRequestIsFine(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	if response := serve(s, Options{}, post("/v1/metrics", nil)); response.StatusCode != http.StatusOK || len(s.batches) != 0 {
		t.Errorf("status %s, %d batches; want 200 and nothing stored", response.Status, len(s.batches))
	}
}

// endless gives zeros for ever and counts how many were read.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.read += int64(len(p))
	return len(p), nil
}

func TestBodiesBeyondTheLimitAreStoppedEarly(t *testing.T) {
	t.Parallel()
	check := func(what string, body io.Reader, encoding string) {
		t.Helper()
		r := post("/v1/traces", nil, "Content-Encoding", encoding)
		r.Body, r.ContentLength = io.NopCloser(body), -1
		response := serve(&shelf{}, Options{}, r)
		if text := textOf(t, response); response.StatusCode != http.StatusRequestEntityTooLarge || text != "Failed to buffer the request body: length limit exceeded" {
			t.Errorf("%s: %s %q", what, response.Status, text)
		}
	}
	plain := &endless{}
	check("plain", plain, "")
	if plain.read > maxRequest+maxRequest/4 {
		t.Errorf("%d bytes were read of a body without end", plain.read)
	}
	for encoding, bomb := range compressions(t, make([]byte, maxRequest+1)) {
		header, _, _ := strings.Cut(encoding, " ")
		check(encoding, bytes.NewReader(bomb), header)
	}
}

func TestManySmallPartsAreTooLarge(t *testing.T) {
	t.Parallel()
	logs := bytes.Repeat([]byte{0x12, 0}, maxParts+1) // empty records, two bytes each
	scope := appendBytesField(nil, 2, string(logs))
	body := appendBytesField(nil, 1, string(scope))
	if response := serve(&shelf{}, Options{}, post("/v1/logs", body)); response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %s, want 413", response.Status)
	}
}

func TestPartialSuccessNamesWhatWasRefused(t *testing.T) {
	t.Parallel()
	bad := freshSpan("bad")
	bad.TraceId = nil
	body := marshal(t, tracesOf(freshSpan("good"), bad))
	registry := prometheus.NewRegistry()
	options := Options{Registerer: registry}
	s := &shelf{}
	response := serve(s, options, post("/v1/traces", otlpJSON(t, body, &tracepb.TracesData{}), "Content-Type", "application/json"))
	want := `{"partialSuccess":{"errorMessage":"1 span refused: trace id or span id is missing, zero or of the wrong length","rejectedSpans":"1"}}`
	if got := textOf(t, response); response.StatusCode != http.StatusOK || got != want {
		t.Errorf("%s %s, want %s", response.Status, got, want)
	}
	response = serve(s, options, post("/v1/traces", body))
	refused, message := partialSuccess(t, []byte(textOf(t, response)))
	if refused != 1 || !strings.HasPrefix(message, "1 span refused") {
		t.Errorf("partial success %d %q", refused, message)
	}
	if len(s.batches) != 2 || len(s.batches[0].Records) != 2 || s.batches[0].Records[1].SpanName != "hearth ingest error" {
		t.Error("the refusal is not recorded")
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := family.GetName()
			for _, label := range metric.GetLabel() {
				name += " " + label.GetValue()
			}
			counted[name] = metric.GetCounter().GetValue()
		}
	}
	delete(counted, "hearth_ingest_bytes_total traces")
	wantCounted := map[string]float64{"hearth_ingest_refused_total missing_id traces": 2, "hearth_ingest_requests_total traces 200 http": 2}
	if diff := cmp.Diff(wantCounted, counted); diff != "" {
		t.Errorf("metrics differ (-want +got):\n%s", diff)
	}
}

// partialSuccess reads an ExportTraceServiceResponse.
func partialSuccess(t *testing.T, body []byte) (rejected int64, message string) {
	t.Helper()
	f := walk(body)
	for f.next() {
		partial := walk(f.bytes())
		for partial.next() {
			switch partial.num {
			case 1:
				rejected = int64(partial.uint())
			case 2:
				message = partial.text()
			}
		}
	}
	if f.err != nil {
		t.Fatal(f.err)
	}
	return rejected, message
}

func TestRequestOfWhichNothingIsTakenFailsForGood(t *testing.T) {
	t.Parallel()
	bad := freshSpan("bad")
	bad.SpanId = nil
	s := &shelf{}
	response := serve(s, Options{}, post("/v1/traces", marshal(t, tracesOf(bad))))
	if text := textOf(t, response); response.StatusCode != http.StatusBadRequest || !strings.HasPrefix(text, "1 span refused: trace id") {
		t.Errorf("%s %q, want 400 and the reason", response.Status, text)
	}
	if len(s.batches) != 1 || s.batches[0].Records[0].SpanName != "hearth ingest error" {
		t.Error("the refusal is not recorded")
	}
}

func TestBusySinkAsksToComeBack(t *testing.T) {
	t.Parallel()
	body := marshal(t, tracesOf(freshSpan("x")))
	check := func(err error, wantAfter, wantText string) {
		t.Helper()
		response := serve(&shelf{err: err}, Options{}, post("/v1/traces", body))
		text := textOf(t, response)
		if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != wantAfter || text != wantText {
			t.Errorf("%v: %s, Retry-After %q, %q", err, response.Status, response.Header.Get("Retry-After"), text)
		}
	}
	check(busy{"queue is full", 2500 * time.Millisecond}, "3", "queue is full")
	check(busy{"queue is full", 0}, "1", "queue is full")
	check(errors.New("disk on fire"), "10", "cannot take the request now")
}

func TestRequestsBeyondTheMemoryAreSentAway(t *testing.T) {
	t.Parallel()
	h := NewHandler(NewDecoder(nil), door{}, &shelf{}, Options{})
	h.memory = newMemory(firstBuffer + 1000)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, post("/v1/traces", make([]byte, 2*firstBuffer)))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d, want 503 with Retry-After", w.Code)
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, post("/v1/traces", marshal(t, tracesOf(freshSpan("x")))))
	if w.Code != http.StatusOK {
		t.Errorf("status %d after the memory was given back, want 200", w.Code)
	}
}

func TestBatchesShareNoMemoryWithBodies(t *testing.T) {
	t.Parallel()
	for _, encoding := range []record.Encoding{record.Protobuf, record.JSON} {
		req := requestOf(t, record.Traces, fullTraces())
		if encoding == record.JSON {
			req.Encoding, req.Body = encoding, otlpJSON(t, req.Body, &tracepb.TracesData{})
		}
		decoder := NewDecoder(nil)
		want, _, err := decoder.Decode(req)
		if err != nil {
			t.Fatal(err)
		}
		again := *req
		again.Body = bytes.Clone(req.Body)
		got, _, err := decoder.Decode(&again)
		if err != nil {
			t.Fatal(err)
		}
		for i := range again.Body {
			again.Body[i] = 'X'
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("encoding %d: the batch changed with the body (-want +got):\n%s", encoding, diff)
		}
	}
}
