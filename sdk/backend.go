package hearth

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/hearth-dev/hearth/sdk/internal/deliver"
)

// metricPatience is how long one collection of metrics is tried to be sent. What is measured meanwhile adds up and is
// in the next.
const metricPatience = time.Hour

// serverDecides has exporters send requests however large: what the server finds too large goes in halves, and the exporters'
// own bound would drop it whole.
const serverDecides = 0

// backend is one receiver of telemetry: what waits for it, how it is sent, and what became of it. Parts of it are nil
// when a signal is not sent there.
type backend struct {
	spans     *deliver.Batcher[*record]
	logs      *deliver.Batcher[sdklog.Record]
	metrics   sdkmetric.Reader
	transport *deliver.Transport // nil for an exporter of the user's
	pending   bool               // gets pending spans
	closers   []func(context.Context) error

	spanCount, logCount, metricCount deliver.Count
	reporter                         deliver.Reporter
}

// openDestination starts to send to a project of Hearth or Logfire.
func openDestination(ctx context.Context, d destination, pending, metrics bool) (_ *backend, err error) {
	b := &backend{pending: pending}
	defer func() { err = b.abandonAfter(ctx, err) }()
	b.transport = deliver.NewTransport(nil, deliver.AttemptTimeout, &b.reporter)
	headers := map[string]string{"User-Agent": userAgent()}
	if d.token != "" {
		headers["Authorization"] = d.token
	}
	client := b.transport.Client()
	spans, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(d.url("/v1/traces")), otlptracehttp.WithHeaders(headers),
		otlptracehttp.WithHTTPClient(client), otlptracehttp.WithTLSClientConfig(nil), otlptracehttp.WithEncoding(otlptracehttp.EncodingProtobuf),
		otlptracehttp.WithMaxRequestSize(serverDecides), otlptracehttp.WithCompression(otlptracehttp.GzipCompression), otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}))
	if err != nil {
		return nil, fmt.Errorf("exporter of spans to %s: %w", d.base, err)
	}
	b.sendSpans(spans)
	logs, err := otlploghttp.New(ctx, otlploghttp.WithEndpointURL(d.url("/v1/logs")), otlploghttp.WithHeaders(headers),
		otlploghttp.WithHTTPClient(client), otlploghttp.WithTLSClientConfig(nil),
		otlploghttp.WithMaxRequestSize(serverDecides), otlploghttp.WithCompression(otlploghttp.GzipCompression), otlploghttp.WithRetry(otlploghttp.RetryConfig{}))
	if err != nil {
		return nil, fmt.Errorf("exporter of logs to %s: %w", d.base, err)
	}
	b.sendLogs(logs)
	if !metrics {
		return b, nil
	}
	exporter, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(d.url("/v1/metrics")), otlpmetrichttp.WithHeaders(headers),
		otlpmetrichttp.WithHTTPClient(client), otlpmetrichttp.WithTLSClientConfig(nil), otlpmetrichttp.WithTemporalitySelector(temporality),
		otlpmetrichttp.WithAggregationSelector(aggregation),
		otlpmetrichttp.WithCompression(otlpmetrichttp.GzipCompression), otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{}))
	if err != nil {
		return nil, fmt.Errorf("exporter of metrics to %s: %w", d.base, err)
	}
	b.sendMetrics(exporter)
	return b, nil
}

// openOTLP starts to send where OpenTelemetry's own variables say. The exporters read them; only what an HTTP client
// needs is read here.
func openOTLP(ctx context.Context, signals otlpSignals, metrics bool, get func(string) string) (_ *backend, err error) {
	transport, timeout, err := otlpTransport(get)
	if err != nil {
		return nil, err
	}
	b := &backend{}
	defer func() { err = b.abandonAfter(ctx, err) }()
	b.transport = deliver.NewTransport(transport, timeout, &b.reporter)
	client := b.transport.Client()
	if signals.traces {
		spans, err := otlptracehttp.New(ctx, otlptracehttp.WithHTTPClient(client), otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}))
		if err != nil {
			return nil, fmt.Errorf("OTLP exporter of spans: %w", err)
		}
		b.sendSpans(spans)
	}
	if signals.logs {
		logs, err := otlploghttp.New(ctx, otlploghttp.WithHTTPClient(client), otlploghttp.WithRetry(otlploghttp.RetryConfig{}))
		if err != nil {
			return nil, fmt.Errorf("OTLP exporter of logs: %w", err)
		}
		b.sendLogs(logs)
	}
	if signals.metrics && metrics {
		exporter, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithHTTPClient(client), otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{}))
		if err != nil {
			return nil, fmt.Errorf("OTLP exporter of metrics: %w", err)
		}
		b.sendMetrics(exporter)
	}
	return b, nil
}

// otlpTransport makes the HTTP transport that OpenTelemetry's variables ask for, and the time for one attempt; nil when
// they ask for nothing special.
func otlpTransport(get func(string) string) (*http.Transport, time.Duration, error) {
	timeout := deliver.AttemptTimeout
	if text := get("OTEL_EXPORTER_OTLP_TIMEOUT"); text != "" {
		milliseconds, err := strconv.Atoi(text)
		if err != nil || milliseconds <= 0 {
			return nil, 0, fmt.Errorf("OTEL_EXPORTER_OTLP_TIMEOUT=%q: want milliseconds", text)
		}
		timeout = time.Duration(milliseconds) * time.Millisecond
	}
	authority, certificate, key := get("OTEL_EXPORTER_OTLP_CERTIFICATE"), get("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"), get("OTEL_EXPORTER_OTLP_CLIENT_KEY")
	if authority == "" && certificate == "" && key == "" {
		return nil, timeout, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if authority != "" {
		pem, err := os.ReadFile(authority)
		if err != nil {
			return nil, 0, fmt.Errorf("OTEL_EXPORTER_OTLP_CERTIFICATE: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, 0, fmt.Errorf("OTEL_EXPORTER_OTLP_CERTIFICATE: %s holds no certificate", authority)
		}
	}
	if certificate != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return nil, 0, fmt.Errorf("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and _KEY: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	dialer := &net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, TLSClientConfig: config,
		ForceAttemptHTTP2: true, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second,
	}, timeout, nil
}

func (d destination) url(path string) string {
	return d.base.ResolveReference(&url.URL{Path: path}).String()
}

func userAgent() string { return "hearth-sdk-go/" + Version() }

// sendSpans starts to send spans with an exporter, which is shut down with the backend.
func (b *backend) sendSpans(exporter sdktrace.SpanExporter) {
	b.spans = deliver.NewBatcher(deliver.Options[*record]{
		Noun: "spans", Count: &b.spanCount, Reporter: &b.reporter, Size: func(r *record) int { return r.size },
		Dispensable: func(r *record) bool { return r.spanType() == spanTypePending },
		StandIn:     standIn,
		Send: func(ctx context.Context, batch []*record) error {
			return exporter.ExportSpans(ctx, withoutAnnounced(batch))
		},
	})
	b.closers = append(b.closers, exporter.Shutdown)
}

// sendLogs starts to send log records with an exporter, which is shut down with the backend.
func (b *backend) sendLogs(exporter sdklog.Exporter) {
	b.logs = deliver.NewBatcher(deliver.Options[sdklog.Record]{
		Noun: "log records", Count: &b.logCount, Reporter: &b.reporter, Size: sizeOfLog, Send: exporter.Export,
	})
	b.closers = append(b.closers, exporter.Shutdown)
}

// sendMetrics starts to send metrics with an exporter every minute, or as OTEL_METRIC_EXPORT_INTERVAL says. The reader
// belongs to the meter provider.
func (b *backend) sendMetrics(exporter sdkmetric.Exporter) {
	b.metrics = sdkmetric.NewPeriodicReader(countingExporter{exporter, &b.metricCount}, sdkmetric.WithTimeout(metricPatience))
}

// countingExporter counts the data points that an exporter sends.
type countingExporter struct {
	sdkmetric.Exporter
	count *deliver.Count
}

func (e countingExporter) Export(ctx context.Context, metrics *metricdata.ResourceMetrics) error {
	points := pointsIn(metrics)
	if points == 0 {
		return nil
	}
	e.count.Queued.Add(points)
	ctx, outcome := deliver.WithOutcome(ctx)
	err := e.Exporter.Export(ctx, metrics)
	dropped := outcome.Dropped(points, err)
	e.count.Queued.Add(-points)
	e.count.Sent.Add(points - dropped)
	e.count.Dropped.Add(dropped)
	return err
}

func pointsIn(metrics *metricdata.ResourceMetrics) (points int64) {
	for _, scope := range metrics.ScopeMetrics {
		for _, m := range scope.Metrics {
			points += int64(pointsOf(m.Data))
		}
	}
	return points
}

func pointsOf(data metricdata.Aggregation) int {
	switch data := data.(type) {
	case metricdata.Gauge[int64]:
		return len(data.DataPoints)
	case metricdata.Gauge[float64]:
		return len(data.DataPoints)
	case metricdata.Sum[int64]:
		return len(data.DataPoints)
	case metricdata.Sum[float64]:
		return len(data.DataPoints)
	case metricdata.Histogram[int64]:
		return len(data.DataPoints)
	case metricdata.Histogram[float64]:
		return len(data.DataPoints)
	case metricdata.ExponentialHistogram[int64]:
		return len(data.DataPoints)
	case metricdata.ExponentialHistogram[float64]:
		return len(data.DataPoints)
	case metricdata.Summary:
		return len(data.DataPoints)
	}
	return 0
}

// temporality is that of Logfire's SDK: what adds up is sent as what came on top, what goes up and down as it is.
func temporality(kind sdkmetric.InstrumentKind) metricdata.Temporality {
	switch kind {
	case sdkmetric.InstrumentKindCounter, sdkmetric.InstrumentKindHistogram, sdkmetric.InstrumentKindObservableCounter:
		return metricdata.DeltaTemporality
	}
	return metricdata.CumulativeTemporality
}

// aggregation is that of Logfire's SDK: histograms fit their buckets to what is measured.
func aggregation(kind sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	if kind == sdkmetric.InstrumentKindHistogram {
		return sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}
	}
	return sdkmetric.DefaultAggregationSelector(kind)
}

// views are those of Logfire's SDK: no metrics about OpenTelemetry itself, and few attributes on how many requests run.
func views() []sdkmetric.View {
	return []sdkmetric.View{
		sdkmetric.NewView(sdkmetric.Instrument{Name: "otel.sdk.*"}, sdkmetric.Stream{Aggregation: sdkmetric.AggregationDrop{}}),
		sdkmetric.NewView(sdkmetric.Instrument{Name: "http.server.active_requests", Kind: sdkmetric.InstrumentKindUpDownCounter},
			sdkmetric.Stream{AttributeFilter: attribute.NewAllowKeysFilter(
				"url.scheme", "http.scheme", "http.flavor", "http.method", "http.request.method")}),
	}
}

// flush sends what waits.
func (b *backend) flush(ctx context.Context) error {
	return atOnce(ctx, b.flushers()...)
}

func (b *backend) flushers() (flushers []func(context.Context) error) {
	if b.spans != nil {
		flushers = append(flushers, b.spans.Flush)
	}
	if b.logs != nil {
		flushers = append(flushers, b.logs.Flush)
	}
	return flushers
}

// hurry lets nothing wait for a server that is away any longer.
func (b *backend) hurry() {
	if b.transport != nil {
		b.transport.Hurry()
	}
}

// close sends what waits and ends the exporters. The metrics are closed by the meter provider.
func (b *backend) close(ctx context.Context) error {
	var ends []func(context.Context) error
	if b.spans != nil {
		ends = append(ends, b.spans.Shutdown)
	}
	if b.logs != nil {
		ends = append(ends, b.logs.Shutdown)
	}
	err := errors.Join(atOnce(ctx, ends...), atOnce(ctx, b.closers...))
	if b.transport != nil {
		b.transport.Close()
	}
	return err
}

// abandonAfter ends a backend that could not be opened wholly, and returns why.
func (b *backend) abandonAfter(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(err, b.abandon(ctx))
}

// abandon ends a backend whose metrics no meter provider has.
func (b *backend) abandon(ctx context.Context) error {
	b.hurry()
	err := b.close(ctx)
	if b.metrics != nil {
		err = errors.Join(err, b.metrics.Shutdown(ctx))
	}
	return err
}

// atOnce calls functions at the same time and returns their errors.
func atOnce(ctx context.Context, functions ...func(context.Context) error) error {
	errs := make([]error, len(functions))
	var all sync.WaitGroup
	for i, function := range functions {
		all.Go(func() { errs[i] = function(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
}
