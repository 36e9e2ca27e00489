package e2e

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"testing"
	"time"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Requests made by hand, for tests that must know each id that they have sent.

const protobufType = "application/x-protobuf"

func text(key, value string) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
}

func from(service string) *resource.Resource {
	return &resource.Resource{Attributes: []*common.KeyValue{text("service.name", service)}}
}

// traceID is the id of trace n of a service; spanID that of its span i.
func traceID(n uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, 0xe2e), n+1)
}

func spanID(n uint64, i int) []byte {
	return binary.BigEndian.AppendUint64(nil, (n+1)<<16|uint64(i+1))
}

// spansRequest is one trace of spans, all at the time given.
func spansRequest(service string, n uint64, spans int, at time.Time) []byte {
	list := make([]*trace.Span, spans)
	for i := range list {
		list[i] = &trace.Span{
			TraceId: traceID(n), SpanId: spanID(n, i), Name: fmt.Sprintf("step %d", i), Kind: trace.Span_SPAN_KIND_INTERNAL,
			StartTimeUnixNano: uint64(at.UnixNano()), EndTimeUnixNano: uint64(at.Add(time.Millisecond).UnixNano()),
			Attributes: []*common.KeyValue{text("batch", fmt.Sprint(n)), text("note", "the quick brown fox jumps over the lazy dog")},
		}
		if i > 0 {
			list[i].ParentSpanId = spanID(n, 0)
		}
	}
	return marshal(&coltrace.ExportTraceServiceRequest{ResourceSpans: []*trace.ResourceSpans{{
		Resource:   from(service),
		ScopeSpans: []*trace.ScopeSpans{{Scope: &common.InstrumentationScope{Name: "e2e"}, Spans: list}},
	}}})
}

// logsRequest is log records without ids of their own: Hearth mints them.
func logsRequest(service string, n uint64, records int, at time.Time) []byte {
	list := make([]*logs.LogRecord, records)
	for i := range list {
		list[i] = &logs.LogRecord{
			TimeUnixNano: uint64(at.UnixNano()), SeverityNumber: logs.SeverityNumber_SEVERITY_NUMBER_INFO, TraceId: traceID(n),
			Body:       &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: fmt.Sprintf("line %d", i)}},
			Attributes: []*common.KeyValue{text("batch", fmt.Sprint(n))},
		}
	}
	return marshal(&collogs.ExportLogsServiceRequest{ResourceLogs: []*logs.ResourceLogs{{
		Resource: from(service), ScopeLogs: []*logs.ScopeLogs{{LogRecords: list}},
	}}})
}

// metricsRequest is one gauge with a point for each number from 0.
func metricsRequest(service string, n uint64, points int, at time.Time) []byte {
	list := make([]*metrics.NumberDataPoint, points)
	for i := range list {
		list[i] = &metrics.NumberDataPoint{
			TimeUnixNano: uint64(at.UnixNano()), Value: &metrics.NumberDataPoint_AsDouble{AsDouble: float64(i)},
			Attributes: []*common.KeyValue{text("batch", fmt.Sprint(n))},
		}
	}
	return marshal(&colmetrics.ExportMetricsServiceRequest{ResourceMetrics: []*metrics.ResourceMetrics{{
		Resource: from(service),
		ScopeMetrics: []*metrics.ScopeMetrics{{Metrics: []*metrics.Metric{{
			Name: "level", Data: &metrics.Metric_Gauge{Gauge: &metrics.Gauge{DataPoints: list}},
		}}}},
	}}})
}

func marshal(message proto.Message) []byte {
	body, err := proto.Marshal(message)
	if err != nil {
		panic(err) // we made the message
	}
	return body
}

// sendSpans sends one trace that must be taken whole, and returns the answer.
func (h *hearth) sendSpans(t testing.TB, token string, body []byte) *coltrace.ExportTraceServiceResponse {
	t.Helper()
	status, text, err := h.post(t.Context(), "/v1/traces", protobufType, token, body)
	if err != nil {
		t.Fatal(err)
	}
	if status != http.StatusOK {
		t.Fatalf("POST /v1/traces: HTTP %d: %s", status, text)
	}
	var resp coltrace.ExportTraceServiceResponse
	if err := proto.Unmarshal(text, &resp); err != nil {
		t.Fatal(err)
	}
	return &resp
}

// acked tells whether a request was acknowledged in full.
func (h *hearth) acked(ctx context.Context, path string, body []byte) bool {
	status, _, err := h.post(ctx, path, protobufType, "", body)
	return err == nil && status == http.StatusOK
}
