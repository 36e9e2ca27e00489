package hearth_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	hearth "github.com/hearth-dev/hearth/sdk"
)

// Configure changes what belongs to the whole process: the tests of this file do not run in parallel.

// configured configures the package for one test and returns the function that ends it.
func configured(t *testing.T, options ...hearth.Option) (shutdown func(context.Context) error) {
	t.Helper()
	shutdown, err := hearth.Configure(t.Context(), append(options, hearth.WithCredentialsDir(t.TempDir()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shutdown(context.Background()) })
	return shutdown
}

// server is a Hearth that remembers what it is sent.
type server struct {
	*httptest.Server
	status  func(path string, request int) int // of the answers; nil is always 200
	mu      sync.Mutex
	calls   []call
	arrived chan struct{} // gets one for each request
}

// call is a request.
type call struct {
	path, token, encoding, agent string
	body                         []byte
}

func serve(t *testing.T) *server {
	t.Helper()
	s := &server{arrived: make(chan struct{}, 1000)}
	s.Server = httptest.NewServer(s.handler(t))
	t.Cleanup(s.Close)
	return s
}

// serveTLS is serve over TLS, with a certificate that nobody trusts without being told to.
func serveTLS(t *testing.T) *server {
	t.Helper()
	s := &server{arrived: make(chan struct{}, 1000)}
	s.Server = httptest.NewTLSServer(s.handler(t))
	t.Cleanup(s.Close)
	return s
}

func (s *server) handler(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			unzipped, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Errorf("%s: %v", r.URL.Path, err)
				return
			}
			body = unzipped
		}
		raw, err := io.ReadAll(body)
		if err != nil {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		s.mu.Lock()
		s.calls = append(s.calls, call{r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Content-Encoding"), r.UserAgent(), raw})
		number := len(s.calls)
		s.mu.Unlock()
		status := http.StatusOK
		if s.status != nil {
			status = s.status(r.URL.Path, number)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(status)
		if r.URL.Path == "/v1/info" && status == http.StatusOK {
			_, _ = fmt.Fprintf(w, `{"project_name": "shop", "project_url": "http://%s/acme/shop"}`, r.Host)
		} else if status != http.StatusOK {
			_, _ = io.WriteString(w, `{"detail": "Unknown token"}`)
		}
		s.arrived <- struct{}{}
	}
}

func (s *server) to(path string) []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.calls), func(c call) bool { return c.path != path })
}

// wait returns when a path has been asked for.
func (s *server) wait(t *testing.T, path string) {
	t.Helper()
	for len(s.to(path)) == 0 {
		select {
		case <-s.arrived:
		case <-t.Context().Done():
			t.Fatalf("nobody asks for %s", path)
		}
	}
}

// spans returns the spans of all requests, with their kind behind the name.
func (s *server) spans(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, span := range s.traces(t) {
		names = append(names, span.GetName()+" "+attributeOf(span, "logfire.span_type"))
	}
	return names
}

// span returns the span of a name, nil when none was sent.
func (s *server) span(t *testing.T, name string) *tracepb.Span {
	t.Helper()
	for _, span := range s.traces(t) {
		if span.GetName() == name {
			return span
		}
	}
	return nil
}

func (s *server) traces(t *testing.T) (spans []*tracepb.Span) {
	t.Helper()
	for _, c := range s.to("/v1/traces") {
		var request collectortrace.ExportTraceServiceRequest
		if err := proto.Unmarshal(c.body, &request); err != nil {
			t.Fatal(err)
		}
		for _, resource := range request.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				spans = append(spans, scope.GetSpans()...)
			}
		}
	}
	return spans
}

func attributeOf(span *tracepb.Span, key string) string {
	for _, kv := range span.GetAttributes() {
		if kv.GetKey() == key {
			return kv.GetValue().GetStringValue()
		}
	}
	return ""
}

// errorsOf collects what is told through otel.Handle during a test.
func errorsOf(t *testing.T) func() string {
	t.Helper()
	var mu sync.Mutex
	var told []string
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, err.Error())
	}))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { fmt.Println(err) })) })
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(told, "\n")
	}
}

// notices is a writer that several goroutines may use.
type notices struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *notices) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.Write(p)
}

func (n *notices) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.String()
}

func TestEverySignalIsSentToEveryProject(t *testing.T) {
	s, said := serve(t), &notices{}
	shutdown := configured(t, hearth.WithToken("pylf_v1_local_a", "pylf_v1_local_b"), hearth.WithBaseURL(s.URL), hearth.WithNotices(said))
	ctx, span := otel.Tracer("shop").Start(t.Context(), "checkout")
	var r log.Record
	r.SetBody(attribute.StringValue("paid"))
	otel.Logger("shop").Emit(ctx, r)
	counter, err := otel.Meter("shop").Int64Counter("orders")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(ctx, 1)
	if err := hearth.Flush(t.Context()); err != nil {
		t.Errorf("flush: %v", err)
	}
	if got, want := s.spans(t), []string{"checkout pending_span", "checkout pending_span"}; !slices.Equal(got, want) {
		t.Errorf("while the span runs the server has %q, want %q", got, want)
	}
	if got, want := hearth.Stats(), (hearth.Statistics{Spans: hearth.SignalStatistics{Sent: 2}, Logs: hearth.SignalStatistics{Sent: 2}, Metrics: hearth.SignalStatistics{Sent: 2}}); got != want {
		t.Errorf("statistics %+v, want %+v", got, want)
	}
	s.wait(t, "/v1/info")
	span.End()
	if err := shutdown(t.Context()); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if got := s.spans(t); len(got) != 4 || got[3] != "checkout span" {
		t.Errorf("the server has %q, want the ends, too", got)
	}
	for _, path := range []string{"/v1/traces", "/v1/logs", "/v1/metrics"} {
		tokens := map[string]bool{}
		for _, c := range s.to(path) {
			tokens[c.token] = true
			if c.encoding != "gzip" || !strings.HasPrefix(c.agent, "hearth-sdk-go/") {
				t.Errorf("%s: encoding %q, user agent %q", path, c.encoding, c.agent)
			}
		}
		if !tokens["pylf_v1_local_a"] || !tokens["pylf_v1_local_b"] || len(tokens) != 2 {
			t.Errorf("%s came with the tokens %v, want both", path, tokens)
		}
	}
	if got := (hearth.Stats()); got != (hearth.Statistics{}) {
		t.Errorf("statistics after the shutdown: %+v", got)
	}
}

func TestTheProjectIsShown(t *testing.T) {
	s, said := serve(t), &notices{}
	shutdown := configured(t, hearth.WithBaseURL(s.URL), hearth.WithNotices(said))
	s.wait(t, "/v1/info")
	if err := shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	// The shutdown may overtake the answer; then nothing is shown, and nothing is wrong.
	if got, want := said.String(), "hearth: project "+s.URL+"/acme/shop\n"; got != want && got != "" {
		t.Errorf("shown %q, want %q", got, want)
	}
	if calls := s.to("/v1/info"); len(calls) != 1 || calls[0].token != "" {
		t.Errorf("asked %v, want once without a token", calls)
	}
}

func TestNothingIsSentWithoutAToken(t *testing.T) {
	said := &notices{}
	configured(t, hearth.WithNotices(said), hearth.WithBaseURL("https://hearth.example.com"))
	if !strings.Contains(said.String(), "nothing is sent: there is no token") {
		t.Errorf("shown %q, want that nothing is sent", said)
	}
	_, span := otel.Tracer("shop").Start(t.Context(), "checkout")
	span.End()
	if got := hearth.Stats(); got != (hearth.Statistics{}) {
		t.Errorf("statistics %+v", got)
	}
}

func TestARefusedTokenIsTold(t *testing.T) {
	s, told := serve(t), errorsOf(t)
	s.status = func(string, int) int { return http.StatusUnauthorized }
	shutdown := configured(t, hearth.WithToken("pylf_v1_local_a"), hearth.WithBaseURL(s.URL), hearth.WithNotices(nil), hearth.WithPendingSpans(false))
	s.wait(t, "/v1/info")
	_, span := otel.Tracer("shop").Start(t.Context(), "checkout")
	span.End()
	if err := hearth.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("flush: %v, want the refusal", err)
	}
	if got := hearth.Stats().Spans; got.Sent != 0 || got.Dropped != 1 {
		t.Errorf("statistics %+v, want the span dropped", got)
	}
	if err := shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), "1 spans were dropped") {
		t.Errorf("shutdown: %v, want how many were dropped", err)
	}
	if !strings.Contains(told(), "1 of 1 spans dropped") || !strings.Contains(told(), "Unknown token") {
		t.Errorf("told %q, want how many were dropped and why", told())
	}
	if got := len(s.to("/v1/traces")); got != 1 {
		t.Errorf("%d requests, want one: a refusal is final", got)
	}
}

func TestABusyServerIsSentToAgain(t *testing.T) {
	s, told := serve(t), errorsOf(t)
	refused := 0
	s.status = func(path string, _ int) int {
		if path == "/v1/traces" && refused == 0 {
			refused++
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	}
	configured(t, hearth.WithBaseURL(s.URL), hearth.WithNotices(nil), hearth.WithPendingSpans(false))
	_, span := otel.Tracer("shop").Start(t.Context(), "checkout")
	span.End()
	if err := hearth.Flush(t.Context()); err != nil {
		t.Errorf("flush: %v", err)
	}
	if calls := s.to("/v1/traces"); len(calls) != 2 || !bytes.Equal(calls[0].body, calls[1].body) {
		t.Errorf("%d requests, want two that are the same", len(calls))
	}
	if got := hearth.Stats().Spans; got.Sent != 1 || got.Dropped != 0 {
		t.Errorf("statistics %+v", got)
	}
	if !strings.Contains(told(), "trying again: 503") {
		t.Errorf("told %q, want that it is tried again", told())
	}
}

// A span that no request has room for leaves a log in its place, as with Logfire's SDK.
func TestASpanThatIsTooLargeLeavesAStandIn(t *testing.T) {
	s, told := serve(t), errorsOf(t)
	s.status = func(_ string, request int) int {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.calls[request-1].body) > 10_000 {
			return http.StatusRequestEntityTooLarge
		}
		return http.StatusOK
	}
	shutdown := configured(t, hearth.WithBaseURL(s.URL), hearth.WithNotices(nil))
	ctx, outer := hearth.Span(t.Context(), "checkout")
	_, inner := hearth.Span(ctx, "read a book", hearth.Attr("text", strings.Repeat("word ", 4000)))
	inner.End()
	outer.End()
	if err := hearth.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), "413") {
		t.Errorf("flush: %v, want that a span was too large", err)
	}
	standIn := s.span(t, "Failed to export span that was too large")
	if standIn == nil {
		t.Fatalf("sent %v, and no stand-in", s.spans(t))
	}
	id, parent := inner.OTel().SpanContext().SpanID(), outer.OTel().SpanContext().SpanID()
	if !bytes.Equal(standIn.GetSpanId(), id[:]) || !bytes.Equal(standIn.GetParentSpanId(), parent[:]) || standIn.GetStartTimeUnixNano() != standIn.GetEndTimeUnixNano() {
		t.Errorf("the stand-in is %x below %x from %d to %d", standIn.GetSpanId(), standIn.GetParentSpanId(), standIn.GetStartTimeUnixNano(), standIn.GetEndTimeUnixNano())
	}
	said := map[string]string{}
	for _, kv := range standIn.GetAttributes() {
		said[kv.GetKey()] = fmt.Sprint(kv.GetValue().GetStringValue(), kv.GetValue().GetIntValue())
	}
	for key, want := range map[string]string{
		"logfire.span_type": "log0", "logfire.level_num": "17", "span_name": "read a book0", "code.function": "sdk_test.TestASpanThatIsTooLargeLeavesAStandIn0",
		"num_events": "0",
	} {
		if said[key] != want {
			t.Errorf("%s is %q, want %q", key, said[key], want)
		}
	}
	if !strings.HasSuffix(said["logfire.msg"], " bytes: read a book0") {
		t.Errorf("the message is %q", said["logfire.msg"])
	}
	if got := hearth.Stats().Spans; got.Dropped == 0 || got.Queued != 0 {
		t.Errorf("statistics %+v, want the span dropped", got)
	}
	if err := shutdown(t.Context()); err == nil || !strings.Contains(told(), "413") {
		t.Errorf("shutdown: %v, told %q; want that a span was dropped", err, told())
	}
}

func TestAnEndingProgramDoesNotWaitForAServerThatIsAway(t *testing.T) {
	s := serve(t)
	url := s.URL
	s.Close()
	errorsOf(t)
	shutdown := configured(t, hearth.WithToken("pylf_v1_local_a"), hearth.WithBaseURL(url), hearth.WithNotices(nil))
	_, span := otel.Tracer("shop").Start(t.Context(), "checkout")
	span.End()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := shutdown(ctx)
	if err == nil || !strings.Contains(err.Error(), "2 spans were dropped") || ctx.Err() != nil {
		t.Errorf("shutdown: %v, context: %v; want that two were dropped, long before the context ends", err, ctx.Err())
	}
}

func TestOpenTelemetrysVariablesLeadToAnyBackend(t *testing.T) {
	s := serve(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", s.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=key")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", s.URL+"/own/traces")
	t.Setenv("OTEL_LOGS_EXPORTER", "none")
	said := &notices{}
	shutdown := configured(t, hearth.WithNotices(said))
	_, span := otel.Tracer("shop").Start(t.Context(), "checkout")
	span.End()
	counter, err := otel.Meter("shop").Int64Counter("orders")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 1)
	if err := shutdown(t.Context()); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if calls := s.to("/own/traces"); len(calls) != 1 || calls[0].token != "key" {
		t.Errorf("spans came as %v", calls)
	} else {
		var request collectortrace.ExportTraceServiceRequest
		if err := proto.Unmarshal(calls[0].body, &request); err != nil || len(request.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans()) != 1 {
			t.Errorf("other backends get %v, %v; want the span, and no pending span", &request, err)
		}
	}
	if len(s.to("/v1/metrics")) != 1 || len(s.to("/v1/logs")) != 0 || len(s.to("/v1/info")) != 0 {
		t.Errorf("metrics %d, logs %d, info %d; want 1, 0, 0", len(s.to("/v1/metrics")), len(s.to("/v1/logs")), len(s.to("/v1/info")))
	}
	if said.String() != "" {
		t.Errorf("shown %q", said)
	}
}

func TestOpenTelemetrysVariablesSayWhomToTrust(t *testing.T) {
	s := serveTLS(t)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", s.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", authority)
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "20000")
	shutdown := configured(t)
	_, span := otel.Tracer("shop").Start(t.Context(), "checkout")
	span.End()
	if err := shutdown(t.Context()); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if got := s.spans(t); !slices.Equal(got, []string{"checkout span"}) {
		t.Errorf("sent %q", got)
	}
	for variable, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_TIMEOUT": "soon", "OTEL_EXPORTER_OTLP_CERTIFICATE": authority + "?", "OTEL_EXPORTER_OTLP_CLIENT_KEY": authority,
	} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, value)
			if _, err := hearth.Configure(t.Context(), hearth.WithCredentialsDir(t.TempDir())); err == nil || !strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_") {
				t.Errorf("error %v, want one that tells of %s", err, variable)
			}
		})
	}
}

func TestTheGlobalProviderCanBeFlushed(t *testing.T) {
	s := serve(t)
	configured(t, hearth.WithBaseURL(s.URL), hearth.WithNotices(nil))
	_, span := otel.Tracer("shop").Start(t.Context(), "checkout")
	span.End()
	provider, ok := otel.GetTracerProvider().(*sdktrace.TracerProvider)
	if !ok {
		t.Fatalf("the global provider is a %T, want OpenTelemetry's own", otel.GetTracerProvider())
	}
	if err := provider.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	if got := s.spans(t); len(got) == 0 || got[len(got)-1] != "checkout span" {
		t.Errorf("sent %q, want the span", got)
	}
}

func TestMetricsAreThoseOfLogfiresSDK(t *testing.T) {
	s := serve(t)
	reader := sdkmetric.NewManualReader()
	shutdown := configured(t, hearth.WithBaseURL(s.URL), hearth.WithNotices(nil), hearth.WithMetricReader(reader))
	meter := otel.Meter("shop")
	counter, err1 := meter.Int64Counter("orders")
	histogram, err2 := meter.Float64Histogram("latency")
	upDown, err3 := meter.Int64UpDownCounter("http.server.active_requests")
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		counter.Add(t.Context(), 3)
		histogram.Record(t.Context(), 0.25)
		upDown.Add(t.Context(), 1, withAttributes("http.request.method", "GET", "client.address", "10.0.0.1"))
		if err := hearth.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	var got []string
	for _, c := range s.to("/v1/metrics") {
		var request collectormetrics.ExportMetricsServiceRequest
		if err := proto.Unmarshal(c.body, &request); err != nil {
			t.Fatal(err)
		}
		for _, m := range request.GetResourceMetrics()[0].GetScopeMetrics()[0].GetMetrics() {
			switch {
			case m.GetSum() != nil:
				p := m.GetSum().GetDataPoints()[0]
				got = append(got, fmt.Sprint(m.GetName(), " ", m.GetSum().GetAggregationTemporality(), " ", p.GetAsInt(), " ", len(p.GetAttributes())))
			case m.GetExponentialHistogram() != nil:
				h := m.GetExponentialHistogram()
				got = append(got, fmt.Sprint(m.GetName(), " ", h.GetAggregationTemporality(), " ", h.GetDataPoints()[0].GetCount(), " exponential"))
			default:
				got = append(got, m.GetName())
			}
		}
	}
	const delta, cumulative = "AGGREGATION_TEMPORALITY_DELTA", "AGGREGATION_TEMPORALITY_CUMULATIVE"
	want := []string{
		"orders " + delta + " 3 0", "latency " + delta + " 1 exponential", "http.server.active_requests " + cumulative + " 1 1",
		"orders " + delta + " 3 0", "latency " + delta + " 1 exponential", "http.server.active_requests " + cumulative + " 2 1",
		"http.server.active_requests " + cumulative + " 2 1", // at the shutdown nothing was added, but this is a level
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	if err := reader.Collect(t.Context(), &metricdata.ResourceMetrics{}); !errors.Is(err, sdkmetric.ErrReaderShutdown) {
		t.Errorf("the user's reader: %v, want that it is shut down", err)
	}
}

func TestASecondConfigureReplacesTheFirst(t *testing.T) {
	first, second := tracetest.NewInMemoryExporter(), tracetest.NewInMemoryExporter()
	logs := &logCollector{}
	endFirst := configured(t, hearth.WithSpanProcessor(sdktrace.NewSimpleSpanProcessor(first)), hearth.WithServiceName("first"))
	tracer, logger := otel.Tracer("library"), otel.Logger("library")
	_, running := tracer.Start(t.Context(), "running")
	_, before := tracer.Start(t.Context(), "before")
	before.End()
	if got := namesOf(first); got != "before of first" {
		t.Errorf("the first has %q", got)
	}
	endSecond := configured(t, hearth.WithSpanProcessor(sdktrace.NewSimpleSpanProcessor(second)), hearth.WithLogProcessor(logs), hearth.WithServiceName("second"))
	_, after := tracer.Start(t.Context(), "after")
	after.End()
	running.End()
	var r log.Record
	r.SetBody(attribute.StringValue("my password"))
	logger.Emit(t.Context(), r)
	if err := endFirst(t.Context()); err != nil {
		t.Errorf("the end of the first: %v", err)
	}
	_, last := hearth.Span(t.Context(), "last")
	last.End()
	if got := namesOf(second); got != "after of second, running of second, last of second" {
		t.Errorf("the second has %q", got)
	}
	if got := logs.bodies; len(got) != 1 || got[0] != "[Scrubbed due to 'password']" {
		t.Errorf("the second has the logs %q", got)
	}
	if err := endSecond(t.Context()); err != nil {
		t.Errorf("the end of the second: %v", err)
	}
	_, off := tracer.Start(t.Context(), "off")
	if off.IsRecording() || logger.Enabled(t.Context(), log.EnabledParameters{}) {
		t.Error("after the shutdown something is still recorded")
	}
}

// namesOf returns the spans of an exporter with their services. The shutdown of an exporter forgets them.
func namesOf(exporter *tracetest.InMemoryExporter) string {
	var names []string
	for _, span := range exporter.GetSpans() {
		service, _ := span.Resource.Set().Value("service.name")
		names = append(names, span.Name+" of "+service.AsString())
	}
	return strings.Join(names, ", ")
}

// logCollector is a log processor that remembers bodies.
type logCollector struct{ bodies []string }

func (c *logCollector) OnEmit(_ context.Context, r *sdklog.Record) error {
	c.bodies = append(c.bodies, r.Body().AsString())
	return nil
}
func (c *logCollector) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }
func (c *logCollector) Shutdown(context.Context) error                         { return nil }
func (c *logCollector) ForceFlush(context.Context) error                       { return nil }

func TestWithoutGlobalLeavesOthersAlone(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	mine := sdktrace.NewTracerProvider()
	otel.SetTracerProvider(mine)
	otel.SetTextMapPropagator(propagation.Baggage{})
	configured(t, hearth.WithSpanProcessor(sdktrace.NewSimpleSpanProcessor(exporter)), hearth.WithoutGlobal(), hearth.WithServiceName("own"))
	if otel.GetTracerProvider() != trace.TracerProvider(mine) || len(otel.GetTextMapPropagator().Fields()) != 1 {
		t.Error("the global provider or propagator is another")
	}
	_, span := hearth.Span(t.Context(), "own")
	span.End()
	if got := namesOf(exporter); got != "own of own" {
		t.Errorf("exported %q", got)
	}
}

func TestTheUsersExportersGetEverythingButPendingSpans(t *testing.T) {
	s, exporter := serve(t), &keeper{}
	shutdown := configured(t, hearth.WithBaseURL(s.URL), hearth.WithNotices(nil), hearth.WithSpanExporter(exporter),
		hearth.WithScrubbing(hearth.ScrubbingOptions{ExtraPatterns: []string{"planet"}, Callback: func(m hearth.ScrubMatch) (any, bool) {
			return m.Value, m.Path[len(m.Path)-1] == "password_hint"
		}}))
	_, span := otel.Tracer("shop").Start(t.Context(), "a", trace.WithAttributes(
		attribute.String("planet", "Mars"), attribute.String("password_hint", "cat"), attribute.String("password", "Tom")))
	span.End()
	if err := shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	got := map[string]string{}
	for _, kv := range exporter.spans[0].Attributes() {
		got[string(kv.Key)] = kv.Value.String()
	}
	want := map[string]string{
		"planet": "[Scrubbed due to 'planet']", "password_hint": "cat", "password": "[Scrubbed due to 'password']", "logfire.span_type": "span",
		"logfire.scrubbed": `[{"path":["attributes","planet"],"matched_substring":"planet"},{"path":["attributes","password"],"matched_substring":"password"}]`,
	}
	if diff := cmp.Diff(want, got); diff != "" || len(exporter.spans) != 1 || !exporter.closed {
		t.Errorf("%d spans, closed: %v; attributes (-want +got):\n%s", len(exporter.spans), exporter.closed, diff)
	}
}

// keeper is an exporter that keeps what it is given.
type keeper struct {
	spans  []sdktrace.ReadOnlySpan
	closed bool
}

func (k *keeper) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	k.spans = append(k.spans, spans...)
	return nil
}

func (k *keeper) Shutdown(context.Context) error {
	k.closed = true
	return nil
}

func TestConfigureRefusesWhatIsWrong(t *testing.T) {
	for want, option := range map[string]hearth.Option{
		"set HEARTH_BASE_URL": hearth.WithToken("pylf_v1_local_a"),
		"scrubbing pattern 1": hearth.WithScrubbing(hearth.ScrubbingOptions{ExtraPatterns: []string{"("}}),
		"background rate":     hearth.WithTailSampling(hearth.LevelOrDuration(2)),
		"sample rate 2":       hearth.WithSampleRate(2),
	} {
		if _, err := hearth.Configure(t.Context(), option, hearth.WithCredentialsDir(t.TempDir())); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that tells of %q", err, want)
		}
	}
	t.Run("OTEL_EXPORTER_OTLP_TIMEOUT", func(t *testing.T) { // what was opened before it is closed again: see TestMain
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
		t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")
		if _, err := hearth.Configure(t.Context(), hearth.WithBaseURL("http://127.0.0.1:1"), hearth.WithCredentialsDir(t.TempDir())); err == nil {
			t.Error("a wrong time is taken")
		}
	})
	t.Setenv("OTEL_SDK_DISABLED", "true")
	configured(t, hearth.WithToken("pylf_v1_local_a"))
	if ctx, _ := hearth.Span(t.Context(), "off"); trace.SpanContextFromContext(ctx).IsValid() {
		t.Error("a span is made although the SDK is disabled")
	}
}

// Whatever is called at the same time: nothing is lost but what ends after its state did, nothing panics, nothing stays.
func TestConfigureIsSafeForConcurrentUse(t *testing.T) {
	s := serve(t)
	errorsOf(t)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 5 {
				options := []hearth.Option{hearth.WithBaseURL(s.URL), hearth.WithNotices(nil), hearth.WithCredentialsDir(t.TempDir()), hearth.WithTailSampling(hearth.LevelOrDuration(1))}
				if i == 0 {
					options = append(options, hearth.WithoutGlobal())
				}
				shutdown, err := hearth.Configure(t.Context(), options...)
				if err != nil {
					t.Error(err)
					return
				}
				_, span := otel.Tracer("shop").Start(t.Context(), "global")
				hearth.Info(t.Context(), "own")
				span.End()
				_ = hearth.Flush(t.Context())
				hearth.Stats()
				_ = shutdown(t.Context())
			}
		})
	}
	all.Wait()
	if hearth.Stats() != (hearth.Statistics{}) {
		t.Errorf("statistics %+v after all is shut down", hearth.Stats())
	}
}

func TestLogsBelowTheMinimumAreNotSent(t *testing.T) {
	s := serve(t)
	shutdown := configured(t, hearth.WithBaseURL(s.URL), hearth.WithNotices(nil), hearth.WithMinLevel(hearth.LevelWarn))
	logger := otel.Logger("shop")
	for _, severity := range []log.Severity{log.SeverityInfo, log.SeverityWarn, log.SeverityUndefined} {
		var r log.Record
		r.SetSeverity(severity)
		r.SetBody(attribute.StringValue(severity.String()))
		logger.Emit(t.Context(), r)
	}
	if logger.Enabled(t.Context(), log.EnabledParameters{Severity: log.SeverityInfo}) {
		t.Error("info is enabled")
	}
	if err := shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	var bodies []string
	for _, c := range s.to("/v1/logs") {
		var request collectorlogs.ExportLogsServiceRequest
		if err := proto.Unmarshal(c.body, &request); err != nil {
			t.Fatal(err)
		}
		for _, r := range request.GetResourceLogs()[0].GetScopeLogs()[0].GetLogRecords() {
			bodies = append(bodies, r.GetBody().GetStringValue())
		}
	}
	if want := []string{"WARN", "UNDEFINED"}; !slices.Equal(bodies, want) {
		t.Errorf("sent %q, want %q", bodies, want)
	}
}

func withAttributes(pairs ...string) metric.MeasurementOption {
	var attributes []attribute.KeyValue
	for pair := range slices.Chunk(pairs, 2) {
		attributes = append(attributes, attribute.String(pair[0], pair[1]))
	}
	return metric.WithAttributes(attributes...)
}
