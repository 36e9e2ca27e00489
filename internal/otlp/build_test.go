package otlp

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// arrived is the clock of the tests; start is a minute before.
var (
	arrived = time.Date(2026, 5, 27, 13, 16, 36, 517321000, time.UTC)
	start   = uint64(arrived.Add(-time.Minute).UnixNano())
)

const (
	oneSecond = uint64(time.Second)
	oneMilli  = uint64(time.Millisecond)
)

func anyText(s string) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: s}}
}

func anyInt(n int64) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: n}}
}

func anyDouble(x float64) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: x}}
}

func anyBool(b bool) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: b}}
}

func anyBytes(b []byte) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_BytesValue{BytesValue: b}}
}

func anyArray(values ...*commonpb.AnyValue) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: &commonpb.ArrayValue{Values: values}}}
}

func anyObject(properties ...*commonpb.KeyValue) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_KvlistValue{KvlistValue: &commonpb.KeyValueList{Values: properties}}}
}

func anyTexts(texts ...string) *commonpb.AnyValue {
	var values []*commonpb.AnyValue
	for _, text := range texts {
		values = append(values, anyText(text))
	}
	return anyArray(values...)
}

func kv(key string, v *commonpb.AnyValue) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: v}
}

func text(key, s string) *commonpb.KeyValue         { return kv(key, anyText(s)) }
func number(key string, n int64) *commonpb.KeyValue { return kv(key, anyInt(n)) }

// testSpan returns a span of one second with these attributes.
func testSpan(name string, attributes ...*commonpb.KeyValue) *tracepb.Span {
	return &tracepb.Span{
		TraceId: bytes.Repeat([]byte{0xaa}, 16), SpanId: bytes.Repeat([]byte{0x11}, 8), Name: name,
		Kind: tracepb.Span_SPAN_KIND_INTERNAL, StartTimeUnixNano: start, EndTimeUnixNano: start + oneSecond, Attributes: attributes,
	}
}

// tracesOf returns a request of one resource and scope.
func tracesOf(spans ...*tracepb.Span) *tracepb.TracesData {
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource:   &resourcepb.Resource{Attributes: []*commonpb.KeyValue{text("service.name", "api")}},
		ScopeSpans: []*tracepb.ScopeSpans{{Scope: &commonpb.InstrumentationScope{Name: "test"}, Spans: spans}},
	}}}
}

func marshal(t testing.TB, m proto.Message) []byte {
	t.Helper()
	body, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func requestOf(t testing.TB, signal record.Signal, m proto.Message) *record.Request {
	t.Helper()
	return &record.Request{Project: "p", Arrived: arrived, Signal: signal, Encoding: record.Protobuf, Body: marshal(t, m)}
}

// decodeOne maps the only span of a request.
func decodeSpans(t testing.TB, spans ...*tracepb.Span) []record.Record {
	t.Helper()
	batch, refused, err := NewDecoder(nil).Decode(requestOf(t, record.Traces, tracesOf(spans...)))
	if err != nil || refused != nil {
		t.Fatalf("Decode: %v, refused %+v", err, refused)
	}
	return batch.Records
}

// webSpans returns n spans as a web application sends them: about 20 attributes and 790 bytes each.
func webSpans(n int) []*tracepb.Span {
	spans := make([]*tracepb.Span, n)
	for i := range spans {
		table := []string{"orders", "users", "carts"}[i%3]
		statement := fmt.Sprintf("SELECT %[1]s.id, %[1]s.created_at, %[1]s.status FROM %[1]s WHERE %[1]s.user_id = %%(user_id)s ORDER BY %[1]s.created_at DESC", table)
		s := testSpan("SELECT "+table,
			text("code.filepath", "src/app/"+table+"/service.py"), text("code.function", "fetch_all"), number("code.lineno", 203),
			text("thread.name", "MainThread"), number("thread.id", 140234567890), text("logfire.span_type", "span"),
			text("db.system.name", "postgresql"), text("db.namespace", "shop"), text("db.query.text", statement),
			text("db.operation.name", "SELECT"), text("db.collection.name", table), text("server.address", "pg-primary.internal"),
			number("server.port", 5432), text("db.user", "app"), number("db.response.returned_rows", int64(i%50)),
			text("network.peer.address", "10.0.3.17"), text("db.client.connection.pool.name", "main"),
			text("http.request.id", fmt.Sprintf("uid_%016x", i)), number("enduser.id", int64(i*7919%20000)), text("logfire.msg", "SELECT "+table))
		s.Kind = tracepb.Span_SPAN_KIND_CLIENT
		s.TraceId = []byte(fmt.Sprintf("trace%011d", i/7))
		s.SpanId = []byte(fmt.Sprintf("s%07d", i))
		s.ParentSpanId = []byte(fmt.Sprintf("s%07d", i/7*7))
		s.StartTimeUnixNano += uint64(i) * oneMilli
		s.EndTimeUnixNano = s.StartTimeUnixNano + 3*oneMilli
		s.Status = &tracepb.Status{}
		spans[i] = s
	}
	return spans
}

// logsOf returns a request of one scope.
func logsOf(logs ...*logspb.LogRecord) *logspb.LogsData {
	return &logspb.LogsData{ResourceLogs: []*logspb.ResourceLogs{{ScopeLogs: []*logspb.ScopeLogs{{LogRecords: logs}}}}}
}
