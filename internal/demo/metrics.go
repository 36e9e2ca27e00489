package demo

import (
	"math"
	"slices"
	"strings"
	"time"

	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
)

// metric is what is measured.
type metric struct {
	name, unit, description string
	scope                   scope
	shape                   shape
}

type shape int

const (
	counter     shape = iota
	gauge             // the last value
	exponential       // a histogram with exponential buckets
	explicit          // a histogram with the buckets of tokens
)

var (
	requestDuration = &metric{"http.server.request.duration", "s", "Duration of HTTP server requests.", fastapi, exponential}
	tokenUsage      = &metric{"gen_ai.client.token.usage", "{token}", "Measures number of input and output tokens used", pydanticAI, explicit}
	firstChunk      = &metric{"gen_ai.client.operation.time_to_first_chunk", "s", "Time until the first chunk of a streamed answer.", pydanticAI, exponential}
	ordersPlaced    = &metric{"shop.orders", "{order}", "Orders placed, by what became of them.", shopMeter, counter}
	revenue         = &metric{"shop.revenue", "EUR", "What was paid.", shopMeter, counter}
	stock           = &metric{"shop.stock", "kg", "Tea in the warehouse.", shopMeter, gauge}
)

// tokenBounds are the upper bounds of tokenUsage's buckets.
var tokenBounds = []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864}

// meters adds up measurements between two collections.
type meters struct {
	since  time.Time
	series map[seriesKey]*series
}

type seriesKey struct {
	service *service
	metric  *metric
	labels  string
}

// series is what one metric of one service measured with the same labels.
type series struct {
	labels   attrs
	count    uint64
	sum      float64
	min, max float64
	last     float64
	buckets  map[int]uint64 // by index; which one is the shape's affair
}

func newMeters(since time.Time) *meters {
	return &meters{since: since, series: map[seriesKey]*series{}}
}

func (m *meters) add(s *service, one measurement) {
	key := seriesKey{s, one.metric, text(objectOf(one.attrs))}
	got := m.series[key]
	if got == nil {
		got = &series{labels: one.attrs, min: one.value, max: one.value, buckets: map[int]uint64{}}
		m.series[key] = got
	}
	got.count++
	got.sum += one.value
	got.last, got.min, got.max = one.value, min(got.min, one.value), max(got.max, one.value)
	switch one.metric.shape {
	case exponential:
		got.buckets[exponentialBucket(one.value)]++
	case explicit:
		bucket, _ := slices.BinarySearch(tokenBounds, one.value)
		got.buckets[bucket]++
	}
}

func objectOf(list attrs) object {
	o := object{}
	for _, a := range list {
		o[a.key] = a.value
	}
	return o
}

// exponentialScale gives eight buckets to each doubling: five digits of range fit the usual 160.
const exponentialScale = 3

func exponentialBucket(value float64) int {
	return int(math.Ceil(math.Ldexp(math.Log2(max(value, 1e-6)), exponentialScale))) - 1
}

// collect returns what was measured since the last collection, in a stable order, and how many points that is.
func (m *meters) collect(r *resources, now time.Time) (list []*metricspb.ResourceMetrics, points int) {
	keys := make([]seriesKey, 0, len(m.series))
	for key := range m.series {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b seriesKey) int {
		return strings.Compare(a.service.name+"\x00"+a.metric.scope.name+"\x00"+a.metric.name+"\x00"+a.labels,
			b.service.name+"\x00"+b.metric.scope.name+"\x00"+b.metric.name+"\x00"+b.labels)
	})
	var service *metricspb.ResourceMetrics
	var library *metricspb.ScopeMetrics
	var one *metricspb.Metric
	var before seriesKey
	for _, key := range keys {
		if before.service != key.service {
			service = &metricspb.ResourceMetrics{Resource: r.of(key.service)}
			list = append(list, service)
		}
		if before.service != key.service || before.metric.scope != key.metric.scope {
			library = &metricspb.ScopeMetrics{Scope: key.metric.scope.encode()}
			service.ScopeMetrics = append(service.ScopeMetrics, library)
		}
		if before.service != key.service || before.metric != key.metric {
			one = key.metric.encode()
			library.Metrics = append(library.Metrics, one)
		}
		m.series[key].addTo(one, uint64(m.since.UnixNano()), uint64(now.UnixNano()))
		before = key
	}
	m.since, m.series = now, map[seriesKey]*series{}
	return list, len(keys)
}

func (m *metric) encode() *metricspb.Metric {
	const delta = metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA
	one := &metricspb.Metric{Name: m.name, Unit: m.unit, Description: m.description}
	switch m.shape {
	case counter:
		one.Data = &metricspb.Metric_Sum{Sum: &metricspb.Sum{AggregationTemporality: delta, IsMonotonic: true}}
	case gauge:
		one.Data = &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{}}
	case exponential:
		one.Data = &metricspb.Metric_ExponentialHistogram{ExponentialHistogram: &metricspb.ExponentialHistogram{AggregationTemporality: delta}}
	case explicit:
		one.Data = &metricspb.Metric_Histogram{Histogram: &metricspb.Histogram{AggregationTemporality: delta}}
	}
	return one
}

// addTo adds the series to its metric as a point.
func (s *series) addTo(m *metricspb.Metric, since, now uint64) {
	switch data := m.Data.(type) {
	case *metricspb.Metric_Sum:
		data.Sum.DataPoints = append(data.Sum.DataPoints, &metricspb.NumberDataPoint{Attributes: s.labels.encode(),
			StartTimeUnixNano: since, TimeUnixNano: now, Value: &metricspb.NumberDataPoint_AsDouble{AsDouble: s.sum}})
	case *metricspb.Metric_Gauge:
		data.Gauge.DataPoints = append(data.Gauge.DataPoints, &metricspb.NumberDataPoint{Attributes: s.labels.encode(),
			TimeUnixNano: now, Value: &metricspb.NumberDataPoint_AsDouble{AsDouble: s.last}})
	case *metricspb.Metric_Histogram:
		counts := make([]uint64, len(tokenBounds)+1)
		for bucket, n := range s.buckets {
			counts[bucket] = n
		}
		data.Histogram.DataPoints = append(data.Histogram.DataPoints, &metricspb.HistogramDataPoint{Attributes: s.labels.encode(),
			StartTimeUnixNano: since, TimeUnixNano: now, Count: s.count, Sum: &s.sum, Min: &s.min, Max: &s.max,
			ExplicitBounds: tokenBounds, BucketCounts: counts})
	case *metricspb.Metric_ExponentialHistogram:
		first, last := exponentialBucket(s.min), exponentialBucket(s.max)
		counts := make([]uint64, last-first+1)
		for bucket, n := range s.buckets {
			counts[bucket-first] = n
		}
		data.ExponentialHistogram.DataPoints = append(data.ExponentialHistogram.DataPoints, &metricspb.ExponentialHistogramDataPoint{
			Attributes: s.labels.encode(), StartTimeUnixNano: since, TimeUnixNano: now, Count: s.count, Sum: &s.sum, Min: &s.min, Max: &s.max,
			Scale: exponentialScale, Positive: &metricspb.ExponentialHistogramDataPoint_Buckets{Offset: int32(first), BucketCounts: counts}})
	}
}
