package e2e

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// exporters are the three of one protocol of OpenTelemetry's Go SDK, which knows of Hearth only where it is.
type exporters struct {
	spans   trace.SpanExporter
	logs    sdklog.Exporter
	metrics metric.Exporter
}

func httpExporters(ctx context.Context, h *hearth) (e exporters, err error) {
	endpoint := h.url[len("http://"):]
	var errs [3]error
	e.spans, errs[0] = otlptracehttp.New(ctx, otlptracehttp.WithInsecure(), otlptracehttp.WithEndpoint(endpoint))
	e.logs, errs[1] = otlploghttp.New(ctx, otlploghttp.WithInsecure(), otlploghttp.WithEndpoint(endpoint))
	e.metrics, errs[2] = otlpmetrichttp.New(ctx, otlpmetrichttp.WithInsecure(), otlpmetrichttp.WithEndpoint(endpoint),
		otlpmetrichttp.WithCompression(otlpmetrichttp.GzipCompression))
	return e, errors.Join(errs[:]...)
}

func grpcExporters(ctx context.Context, h *hearth) (e exporters, err error) {
	var errs [3]error
	e.spans, errs[0] = otlptracegrpc.New(ctx, otlptracegrpc.WithInsecure(), otlptracegrpc.WithEndpoint(h.grpc))
	e.logs, errs[1] = otlploggrpc.New(ctx, otlploggrpc.WithInsecure(), otlploggrpc.WithEndpoint(h.grpc))
	e.metrics, errs[2] = otlpmetricgrpc.New(ctx, otlpmetricgrpc.WithInsecure(), otlpmetricgrpc.WithEndpoint(h.grpc),
		otlpmetricgrpc.WithCompressor("gzip"))
	return e, errors.Join(errs[:]...)
}

func TestOpenTelemetryGoSDK(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	for protocol, open := range map[string]func(context.Context, *hearth) (exporters, error){
		"http": httpExporters, "grpc": grpcExporters,
	} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			service := "go-" + protocol
			e, err := open(t.Context(), h)
			if err != nil {
				t.Fatal(err)
			}
			traceID := tellStory(t, service, e)
			checkStory(t, h, service, traceID)
		})
	}
}

// tellStory sends a failing request with a child, an event, a link, a log and metrics, and returns its trace id.
func tellStory(t *testing.T, service string, e exporters) string {
	t.Helper()
	ctx := t.Context()
	from := resource.NewSchemaless(attribute.String("service.name", service), attribute.String("service.version", "1.2.3"),
		attribute.String("deployment.environment.name", "e2e"))
	spans := trace.NewTracerProvider(trace.WithBatcher(e.spans), trace.WithResource(from))
	logs := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(e.logs)), sdklog.WithResource(from))
	metrics := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(e.metrics)), metric.WithResource(from))

	earlier := oteltrace.NewSpanContext(oteltrace.SpanContextConfig{TraceID: oteltrace.TraceID{1}, SpanID: oteltrace.SpanID{2}})
	ctx, root := spans.Tracer("shop", oteltrace.WithInstrumentationVersion("0.1")).Start(ctx, "GET /tea",
		oteltrace.WithSpanKind(oteltrace.SpanKindServer), oteltrace.WithLinks(oteltrace.Link{SpanContext: earlier}))
	root.SetAttributes(attribute.Int("http.response.status_code", 500), attribute.StringSlice("leaves", []string{"a", "b"}))
	root.AddEvent("kettle on", oteltrace.WithAttributes(attribute.Float64("celsius", 96.5)))
	root.RecordError(fmt.Errorf("kettle: %w", errors.New("no water")))
	root.SetStatus(codes.Error, "no water")
	_, child := spans.Tracer("shop").Start(ctx, "boil")
	child.End()

	var record log.Record
	record.SetTimestamp(time.Now())
	record.SetSeverity(log.SeverityWarn)
	record.SetBody(attribute.StringValue("the kettle is empty"))
	record.AddAttributes(attribute.Int("millilitres", 0))
	logs.Logger("shop").Emit(ctx, record)
	root.End()

	meter := metrics.Meter("shop")
	cups, err := meter.Int64Counter("cups")
	if err != nil {
		t.Fatal(err)
	}
	cups.Add(ctx, 3)
	wait, err := meter.Float64Histogram("wait")
	if err != nil {
		t.Fatal(err)
	}
	wait.Record(ctx, 12.5)

	err = errors.Join(spans.Shutdown(t.Context()), logs.Shutdown(t.Context()), metrics.Shutdown(t.Context()))
	if err != nil {
		t.Fatalf("the SDK could not send: %v", err)
	}
	return root.SpanContext().TraceID().String()
}

func checkStory(t *testing.T, h *hearth, service, traceID string) {
	t.Helper()
	h.waitCount(t, 4, "select count(*) from records where trace_id = '"+traceID+"'")
	got := h.rows(t, `select kind, span_name, message, level_name(level) as level, service_version, deployment_environment,
		is_exception, exception_message, otel_status_code, otel_scope_name, parent_span_id is null as root
		from records where service_name = '`+service+`' order by start_timestamp, span_name`)
	row := func(kind, name, level, status string, exception, root bool) map[string]any {
		r := map[string]any{
			"kind": kind, "span_name": name, "message": name, "level": level, "service_version": "1.2.3",
			"deployment_environment": "e2e", "is_exception": exception, "exception_message": nil,
			"otel_status_code": nil, "otel_scope_name": "shop", "root": root,
		}
		if exception {
			r["exception_message"] = "kettle: no water"
		}
		if status != "" {
			r["otel_status_code"] = status
		}
		return r
	}
	want := []map[string]any{
		row("span", "GET /tea", "error", "ERROR", true, true),
		row("span_event", "kettle on", "info", "", false, false),
		row("span", "boil", "info", "UNSET", false, false),
		row("log", "the kettle is empty", "warn", "", false, false),
	}
	// Whether an event carries its span's status is not specified.
	for _, r := range got {
		if r["kind"] == "span_event" {
			r["otel_status_code"] = nil
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}

	inside := h.rows(t, `select attributes->>'leaves' as leaves, http_response_status_code as status,
		otel_events->0->>'event_name' as event, otel_links->0->'context'->>'trace_id' as linked
		from records where kind = 'span' and span_name = 'GET /tea' and service_name = '`+service+`'`)
	wantInside := []map[string]any{{
		"leaves": `["a","b"]`, "status": 500.0, "event": "kettle on", "linked": "01000000000000000000000000000000",
	}}
	if diff := cmp.Diff(wantInside, inside); diff != "" {
		t.Errorf("attributes, events, links (-want +got):\n%s", diff)
	}

	h.waitCount(t, 2, "select count(*) from metrics where service_name = '"+service+"'")
	metrics := h.rows(t, `select metric_name, metric_type, scalar_value, histogram_count, histogram_sum
		from metrics where service_name = '`+service+`' order by metric_name`)
	wantMetrics := []map[string]any{
		{"metric_name": "cups", "metric_type": "sum", "scalar_value": 3.0, "histogram_count": nil, "histogram_sum": nil},
		{"metric_name": "wait", "metric_type": "histogram", "scalar_value": nil, "histogram_count": 1.0, "histogram_sum": 12.5},
	}
	if diff := cmp.Diff(wantMetrics, metrics); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}
