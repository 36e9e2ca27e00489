package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hearth-dev/hearth/internal/record"
)

// parseRecord reads a record. Keys: kind (log), level (info), message, name, trace, span (made from n), parent,
// at (offset from Base), took, tags=a,b, service (test), env, status, exception (type: message), http (status code),
// route, body, events (JSON), attributes as @key=text or @key:=JSON, and cost=SOURCE or, for a
// cost that is in no attribute, cost="SOURCE TEXT".
func parseRecord(t *testing.T, f fields, n int) record.Record {
	t.Helper()
	r := record.Record{Kind: parseKind(t, cmpOr(f.take("kind"), "log")), Level: parseLevel(t, cmpOr(f.take("level"), "info")),
		Message: f.take("message"), TraceID: cmpOr(f.take("trace"), fmt.Sprintf("%032x", n)), SpanID: cmpOr(f.take("span"), fmt.Sprintf("%016x", n)),
		ParentSpanID: f.text("parent"), LogBody: f.text("body"), StatusCode: f.text("status"), HTTPRoute: f.text("route"), HTTPStatusCode: int16(f.int(t, "http"))}
	r.SpanName = cmpOr(f.take("name"), r.Message)
	start := Base.Add(f.duration(t, "at"))
	r.StartNano, r.EndNano = start.UnixNano(), start.Add(f.duration(t, "took")).UnixNano()
	if tags := f.take("tags"); tags != "" {
		r.Tags = strings.Split(tags, ",")
	}
	if exception := f.text("exception"); exception.Valid {
		kind, message, _ := strings.Cut(exception.S, ": ")
		r.IsException, r.ExceptionType, r.ExceptionMessage = true, record.Some(kind), record.Some(message)
	}
	if events := f.take("events"); events != "" {
		r.Events = []byte(events)
	}
	r.Attributes, r.LargeAttributes, r.Hot = f.attributes(t)
	if cost := f.take("cost"); cost != "" {
		addCost(t, &r, cost)
	}
	r.Origin = parseOrigin(f)
	return r
}

// addCost gives a record a cost such as "computed 0.5", or says that the one among its attributes is "reported".
func addCost(t *testing.T, r *record.Record, cost string) {
	t.Helper()
	source, value, _ := strings.Cut(cost, " ")
	for s := record.CostReported; s <= record.CostOverride; s++ {
		if s.String() == source {
			r.CostSource = s
		}
	}
	index, ok := record.HotIndex("operation.cost")
	if !ok || r.CostSource == record.CostNone {
		t.Fatalf("cost %q is none", cost)
	}
	if value == "" {
		return
	}
	r.Hot = append(r.Hot, record.HotValue{Index: index, Value: value})
	slices.SortFunc(r.Hot, func(a, b record.HotValue) int { return int(a.Index) - int(b.Index) })
}

func parseOrigin(f fields) *record.Origin {
	service := cmpOr(f.take("service"), "test")
	return &record.Origin{ServiceName: service, Environment: f.text("env"), Resource: []byte(`{"service.name":"` + service + `"}`)}
}

func parseKind(t *testing.T, name string) record.Kind {
	t.Helper()
	for kind := record.KindSpan; kind <= record.KindAnnotation; kind++ {
		if kind.String() == name {
			return kind
		}
	}
	t.Fatalf("kind %q is unknown", name)
	return 0
}

func parseLevel(t *testing.T, name string) record.Level {
	t.Helper()
	level, ok := record.ParseLevel(name)
	if !ok {
		t.Fatalf("level %q is unknown", name)
	}
	return level
}

// parseMetric reads a data point. Keys: name, type (gauge), unit, temporality, monotonic=true, at, since (offsets from
// Base), value, counts and bounds of an explicit histogram with sum, min and max, scale, zero, offset and counts of an
// exponential one, service, env, and attributes as @key=text.
func parseMetric(t *testing.T, f fields) record.Metric {
	t.Helper()
	m := record.Metric{Name: f.take("name"), Type: parseMetricType(t, cmpOr(f.take("type"), "gauge")), Unit: f.take("unit"), Temporality: f.text("temporality"),
		Monotonic: f.take("monotonic") == "true", RecordedNano: Base.Add(f.duration(t, "at")).UnixNano(), Scalar: f.float(t, "value"),
		Sum: f.float(t, "sum"), Min: f.float(t, "min"), Max: f.float(t, "max")}
	if since := f.time(t, "since"); !since.IsZero() {
		m.StartNano = since.UnixNano()
	}
	var counts []int32
	total := int32(0)
	for _, n := range f.floats(t, "counts") {
		counts = append(counts, int32(n))
		total += int32(n)
	}
	switch m.Type {
	case record.Histogram:
		m.BucketCounts, m.ExplicitBounds = counts, f.floats(t, "bounds")
		m.Count = record.Int{N: total, Valid: true}
	case record.ExponentialHistogram:
		zero := int32(f.int(t, "zero"))
		m.Scale = record.Int{N: int32(f.int(t, "scale")), Valid: true}
		m.ZeroCount, m.ZeroThreshold = record.Int{N: zero, Valid: true}, record.Float{Valid: true}
		m.PositiveOffset, m.PositiveCounts = record.Int{N: int32(f.int(t, "offset")), Valid: true}, counts
		m.Count = record.Int{N: total + zero, Valid: true}
	}
	m.Attributes, _, _ = f.attributes(t)
	m.Origin = parseOrigin(f)
	return m
}

func parseMetricType(t *testing.T, name string) record.MetricType {
	t.Helper()
	for kind := record.Gauge; kind <= record.ExponentialHistogram; kind++ {
		if kind.String() == name {
			return kind
		}
	}
	t.Fatalf("metric type %q is unknown", name)
	return 0
}
