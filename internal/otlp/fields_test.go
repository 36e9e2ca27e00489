package otlp

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hearth-dev/hearth/internal/record"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// lost lists the fields that do not reach a batch, with the reason. Whoever adds one must have a better reason than
// that no column exists: Extra is there for that.
var lost = map[protoreflect.FullName]string{
	"opentelemetry.proto.common.v1.AnyValue.string_value_strindex": "an index into the dictionary of a profile; other signals have none",
	"opentelemetry.proto.common.v1.KeyValue.key_strindex":          "an index into the dictionary of a profile; other signals have none",
	"opentelemetry.proto.metrics.v1.Metric.summary":                "summaries are refused, and the refusal is recorded",
}

// TestEveryFieldReachesTheBatch changes each field of each message of the protocol, one at a time, in a request that
// has everything, and demands that the batch changes. Fields of the protocol that the requests do not reach fail too.
func TestEveryFieldReachesTheBatch(t *testing.T) {
	t.Parallel()
	visited := map[protoreflect.FullName]bool{}
	check := func(signal record.Signal, base proto.Message) {
		t.Helper()
		want := comparable(t, signal, base)
		eachLeaf(base, nil, visited, func(changed proto.Message, fd protoreflect.FieldDescriptor) {
			if lost[fd.FullName()] != "" {
				return
			}
			if cmp.Equal(want, comparable(t, signal, changed)) {
				t.Errorf("%s: changing it does not change the batch", fd.FullName())
			}
		})
	}
	check(record.Traces, fullTraces())
	check(record.Logs, fullLogs())
	for _, data := range fullMetricData() {
		check(record.Metrics, fullMetrics(data))
	}
	for _, root := range []proto.Message{&tracepb.TracesData{}, &logspb.LogsData{}, &metricspb.MetricsData{}} {
		eachField(root.ProtoReflect().Descriptor(), map[protoreflect.FullName]bool{}, func(fd protoreflect.FieldDescriptor) {
			if !visited[fd.FullName()] && lost[fd.FullName()] == "" {
				t.Errorf("%s is in the protocol but not in the requests of this test", fd.FullName())
			}
		})
	}
}

// comparable returns the batch of a request without what depends on the bytes of the request as such.
func comparable(t *testing.T, signal record.Signal, m proto.Message) *record.Batch {
	t.Helper()
	batch, _, err := NewDecoder(nil).Decode(requestOf(t, signal, m))
	if err != nil {
		t.Fatal(err)
	}
	batch.Digest, batch.Bytes = record.Digest{}, 0
	if signal == record.Logs {
		for i := range batch.Records {
			batch.Records[i].SpanID = ""
		}
	}
	return batch
}

// eachField calls visit for every field below a message, but not inside a summary.
func eachField(d protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool, visit func(protoreflect.FieldDescriptor)) {
	if seen[d.FullName()] {
		return
	}
	seen[d.FullName()] = true
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		visit(fd)
		if fd.Message() != nil && lost[fd.FullName()] == "" {
			eachField(fd.Message(), seen, visit)
		}
	}
}

// eachLeaf calls visit with a copy of root for each scalar field below the message at path that has it changed.
func eachLeaf(root proto.Message, path []protoreflect.FieldDescriptor, visited map[protoreflect.FullName]bool, visit func(proto.Message, protoreflect.FieldDescriptor)) {
	m := at(root, path)
	for i := range m.Descriptor().Fields().Len() {
		fd := m.Descriptor().Fields().Get(i)
		if fd.Message() != nil {
			if m.Has(fd) {
				visited[fd.FullName()] = true
				eachLeaf(root, append(path[:len(path):len(path)], fd), visited, visit)
			}
			continue
		}
		visited[fd.FullName()] = true
		changed := proto.Clone(root)
		parent := at(changed, path)
		if fd.IsList() {
			list := parent.Mutable(fd).List()
			list.Set(0, different(fd, list.Get(0)))
		} else {
			parent.Set(fd, different(fd, parent.Get(fd)))
		}
		visit(changed, fd)
	}
}

// at returns the message below root at path, the first one where there are several.
func at(root proto.Message, path []protoreflect.FieldDescriptor) protoreflect.Message {
	m := root.ProtoReflect()
	for _, fd := range path {
		if fd.IsList() {
			m = m.Get(fd).List().Get(0).Message()
		} else {
			m = m.Get(fd).Message()
		}
	}
	return m
}

// different returns a legal value that is not v.
func different(fd protoreflect.FieldDescriptor, v protoreflect.Value) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(v.String() + "x")
	case protoreflect.BytesKind:
		changed := bytes.Clone(v.Bytes())
		if len(changed) == 0 {
			changed = []byte("x")
		}
		changed[len(changed)-1] ^= 0x40
		return protoreflect.ValueOfBytes(changed)
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(!v.Bool())
	case protoreflect.EnumKind:
		values := fd.Enum().Values()
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber((int(v.Enum()) + 1) % values.Len()))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(v.Float() + 1.5)
	case protoreflect.Int32Kind, protoreflect.Sint32Kind:
		return protoreflect.ValueOfInt32(int32(v.Int()) + 2)
	case protoreflect.Int64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(v.Int() + 2)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(v.Uint()) + 2)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(v.Uint() + 2)
	}
	panic(fmt.Sprintf("%s: kind %s is new here", fd.FullName(), fd.Kind()))
}

// everyValue returns attributes of every kind of value.
func everyValue() []*commonpb.KeyValue {
	return []*commonpb.KeyValue{
		text("text", "a"), number("int", 1), kv("double", anyDouble(1.5)), kv("bool", anyBool(false)), kv("bytes", anyBytes([]byte("ab"))),
		kv("array", anyArray(anyText("a"))), kv("object", anyObject(text("inner", "a"))),
	}
}

// first puts the attribute at index i first, since eachLeaf looks at the first element of a list.
func first(attributes []*commonpb.KeyValue, i int) []*commonpb.KeyValue {
	return append([]*commonpb.KeyValue{attributes[i]}, append(attributes[:i:i], attributes[i+1:]...)...)
}

func fullResource() *resourcepb.Resource {
	return &resourcepb.Resource{
		Attributes: first(everyValue(), 6), DroppedAttributesCount: 1,
		EntityRefs: []*commonpb.EntityRef{{SchemaUrl: "s", Type: "service", IdKeys: []string{"a"}, DescriptionKeys: []string{"b"}}},
	}
}

func fullScope() *commonpb.InstrumentationScope {
	return &commonpb.InstrumentationScope{Name: "n", Version: "1", Attributes: first(everyValue(), 5), DroppedAttributesCount: 1}
}

func id(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }

func fullTraces() *tracepb.TracesData {
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource: fullResource(), SchemaUrl: "r",
		ScopeSpans: []*tracepb.ScopeSpans{{Scope: fullScope(), SchemaUrl: "s", Spans: []*tracepb.Span{{
			TraceId: id(1, 16), SpanId: id(2, 8), ParentSpanId: id(3, 8), TraceState: "a=b", Flags: 1, Name: "n", Kind: 1,
			StartTimeUnixNano: start, EndTimeUnixNano: start + 1, Attributes: everyValue(),
			DroppedAttributesCount: 1, DroppedEventsCount: 1, DroppedLinksCount: 1,
			Events: []*tracepb.Span_Event{{TimeUnixNano: start, Name: "e", Attributes: everyValue(), DroppedAttributesCount: 1}},
			Links:  []*tracepb.Span_Link{{TraceId: id(4, 16), SpanId: id(5, 8), TraceState: "c=d", Attributes: everyValue(), DroppedAttributesCount: 1, Flags: 1}},
			Status: &tracepb.Status{Code: 1, Message: "m"},
		}}}},
	}}}
}

func fullLogs() *logspb.LogsData {
	return &logspb.LogsData{ResourceLogs: []*logspb.ResourceLogs{{
		Resource: fullResource(), SchemaUrl: "r",
		ScopeLogs: []*logspb.ScopeLogs{{Scope: fullScope(), SchemaUrl: "s", LogRecords: []*logspb.LogRecord{{
			TimeUnixNano: start, ObservedTimeUnixNano: start + 1, SeverityNumber: 9, SeverityText: "INFO", Body: anyText("b"),
			Attributes: everyValue(), DroppedAttributesCount: 1, Flags: 1, TraceId: id(1, 16), SpanId: id(2, 8), EventName: "e",
		}}}},
	}}}
}

func fullMetrics(m *metricspb.Metric) *metricspb.MetricsData {
	m.Name, m.Description, m.Unit, m.Metadata = "n", "d", "u", everyValue()
	return &metricspb.MetricsData{ResourceMetrics: []*metricspb.ResourceMetrics{{
		Resource: fullResource(), SchemaUrl: "r",
		ScopeMetrics: []*metricspb.ScopeMetrics{{Scope: fullScope(), SchemaUrl: "s", Metrics: []*metricspb.Metric{m}}},
	}}}
}

func fullMetricData() []*metricspb.Metric {
	exemplars := func() []*metricspb.Exemplar {
		return []*metricspb.Exemplar{{FilteredAttributes: everyValue(), TimeUnixNano: start, TraceId: id(1, 16), SpanId: id(2, 8), Value: &metricspb.Exemplar_AsDouble{AsDouble: 1}}}
	}
	numbers := func() []*metricspb.NumberDataPoint {
		return []*metricspb.NumberDataPoint{{
			Attributes: everyValue(), StartTimeUnixNano: start, TimeUnixNano: start + 1, Value: &metricspb.NumberDataPoint_AsDouble{AsDouble: 1}, Exemplars: exemplars(), Flags: 0,
		}}
	}
	buckets := func() *metricspb.ExponentialHistogramDataPoint_Buckets {
		return &metricspb.ExponentialHistogramDataPoint_Buckets{Offset: 1, BucketCounts: []uint64{1, 2}}
	}
	one := proto.Float64(1)
	return []*metricspb.Metric{
		{Data: &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{DataPoints: numbers()}}},
		{Data: &metricspb.Metric_Sum{Sum: &metricspb.Sum{DataPoints: numbers(), AggregationTemporality: 1, IsMonotonic: true}}},
		{Data: &metricspb.Metric_Histogram{Histogram: &metricspb.Histogram{AggregationTemporality: 1, DataPoints: []*metricspb.HistogramDataPoint{{
			Attributes: everyValue(), StartTimeUnixNano: start, TimeUnixNano: start + 1, Count: 3, Sum: one, Min: one, Max: one,
			BucketCounts: []uint64{1, 2}, ExplicitBounds: []float64{5}, Exemplars: exemplars(),
		}}}}},
		{Data: &metricspb.Metric_ExponentialHistogram{ExponentialHistogram: &metricspb.ExponentialHistogram{AggregationTemporality: 1, DataPoints: []*metricspb.ExponentialHistogramDataPoint{{
			Attributes: everyValue(), StartTimeUnixNano: start, TimeUnixNano: start + 1, Count: 3, Sum: one, Min: one, Max: one,
			Scale: 1, ZeroCount: 1, ZeroThreshold: 1, Positive: buckets(), Negative: buckets(), Exemplars: exemplars(),
		}}}}},
	}
}
