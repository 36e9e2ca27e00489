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
	// cumulative points hold everything since the process began, as SDKs other than Logfire's send; the others what was since
	// the last collection.
	cumulative bool
	bounds     []float64 // of explicit histograms: the upper bounds of their buckets
}

type shape int

const (
	counter     shape = iota
	upDown            // a sum that falls too
	gauge             // the last value
	exponential       // a histogram with exponential buckets
	explicit          // a histogram with bounds
)

var (
	requestDuration = &metric{name: "http.server.request.duration", unit: "s", description: "Duration of HTTP server requests.", scope: fastapi, shape: exponential}
	tokenUsage      = &metric{name: "gen_ai.client.token.usage", unit: "{token}", description: "Measures number of input and output tokens used", scope: pydanticAI, shape: explicit,
		bounds: []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864}}
	firstChunk   = &metric{name: "gen_ai.client.operation.time_to_first_chunk", unit: "s", description: "Time until the first chunk of a streamed answer.", scope: pydanticAI, shape: exponential}
	ordersPlaced = &metric{name: "shop.orders", unit: "{order}", description: "Orders placed, by what became of them.", scope: shopMeter, shape: counter}
	revenue      = &metric{name: "shop.revenue", unit: "EUR", description: "What was paid.", scope: shopMeter, shape: counter}
	stock        = &metric{name: "shop.stock", unit: "kg", description: "Tea in the warehouse.", scope: shopMeter, shape: gauge}
	basketItems  = &metric{name: "shop.basket.items", unit: "{item}", description: "Teas in open baskets.", scope: shopMeter, shape: upDown, cumulative: true}
	charges      = &metric{name: "payments.charges", unit: "{charge}", description: "Charges tried, by whether the bank accepted them.", scope: nodePayment, shape: counter, cumulative: true}
	queryLength  = &metric{name: "db.client.operation.duration", unit: "s", description: "Duration of database client operations.", scope: otelpgx, shape: explicit, cumulative: true,
		bounds: []float64{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10}}
)

// meters adds up measurements between two collections.
type meters struct {
	since  time.Time              // of the last collection
	began  time.Time              // when all processes began
	again  map[*service]time.Time // when they began again
	series map[seriesKey]*series
}

type seriesKey struct {
	service *service
	metric  *metric
	labels  string
}

// series is what one metric of one service measured with the same labels.
type series struct {
	metric    *metric
	labels    attrs
	count     uint64
	sum       float64
	min, max  float64
	last      float64
	buckets   map[int]uint64 // by index; which one is the shape's affair
	exemplars []*metricspb.Exemplar
}

func newMeters(since time.Time) *meters {
	return &meters{since: since, began: since, again: map[*service]time.Time{}, series: map[seriesKey]*series{}}
}

// restart begins the cumulative series of a service anew, as a new process does.
func (m *meters) restart(s *service, now time.Time) {
	for key := range m.series {
		if key.service == s {
			delete(m.series, key)
		}
	}
	m.again[s] = now
}

// add counts what a span measured until its end.
func (m *meters) add(s *span, one measurement, end time.Time) {
	key := seriesKey{s.service, one.metric, text(objectOf(one.attrs))}
	got := m.series[key]
	if got == nil {
		got = &series{metric: one.metric, labels: one.attrs, min: one.value, max: one.value, buckets: map[int]uint64{}}
		m.series[key] = got
	}
	got.count++
	got.sum += one.value
	got.last, got.min, got.max = one.value, min(got.min, one.value), max(got.max, one.value)
	switch one.metric.shape {
	case exponential:
		got.buckets[exponentialBucket(one.value)]++
	case explicit:
		bucket, _ := slices.BinarySearch(one.metric.bounds, one.value)
		got.buckets[bucket]++
	default:
		return
	}
	got.keep(&metricspb.Exemplar{TimeUnixNano: uint64(end.UnixNano()), Value: &metricspb.Exemplar_AsDouble{AsDouble: one.value},
		TraceId: s.traceID[:], SpanId: s.id[:]})
}

// keep holds the first exemplar since the last collection, and the largest.
func (s *series) keep(e *metricspb.Exemplar) {
	switch {
	case len(s.exemplars) < 2:
		s.exemplars = append(s.exemplars, e)
	case e.GetAsDouble() > s.exemplars[1].GetAsDouble():
		s.exemplars[1] = e
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
		m.series[key].addTo(one, uint64(m.start(key).UnixNano()), uint64(now.UnixNano()))
		before = key
	}
	m.since = now
	for key, s := range m.series {
		s.exemplars = nil
		if !key.metric.cumulative {
			delete(m.series, key)
		}
	}
	return list, len(keys)
}

// start is the begin of the time that a series' next point covers.
func (m *meters) start(key seriesKey) time.Time {
	if !key.metric.cumulative {
		return m.since
	}
	if again, ok := m.again[key.service]; ok {
		return again
	}
	return m.began
}

func (m *metric) encode() *metricspb.Metric {
	temporality := metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA
	if m.cumulative {
		temporality = metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE
	}
	one := &metricspb.Metric{Name: m.name, Unit: m.unit, Description: m.description}
	switch m.shape {
	case counter, upDown:
		one.Data = &metricspb.Metric_Sum{Sum: &metricspb.Sum{AggregationTemporality: temporality, IsMonotonic: m.shape == counter}}
	case gauge:
		one.Data = &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{}}
	case exponential:
		one.Data = &metricspb.Metric_ExponentialHistogram{ExponentialHistogram: &metricspb.ExponentialHistogram{AggregationTemporality: temporality}}
	case explicit:
		one.Data = &metricspb.Metric_Histogram{Histogram: &metricspb.Histogram{AggregationTemporality: temporality}}
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
		counts := make([]uint64, len(s.metric.bounds)+1)
		for bucket, n := range s.buckets {
			counts[bucket] = n
		}
		data.Histogram.DataPoints = append(data.Histogram.DataPoints, &metricspb.HistogramDataPoint{Attributes: s.labels.encode(),
			StartTimeUnixNano: since, TimeUnixNano: now, Count: s.count, Sum: &s.sum, Min: &s.min, Max: &s.max,
			ExplicitBounds: s.metric.bounds, BucketCounts: counts, Exemplars: s.exemplars})
	case *metricspb.Metric_ExponentialHistogram:
		first, last := exponentialBucket(s.min), exponentialBucket(s.max)
		counts := make([]uint64, last-first+1)
		for bucket, n := range s.buckets {
			counts[bucket-first] = n
		}
		data.ExponentialHistogram.DataPoints = append(data.ExponentialHistogram.DataPoints, &metricspb.ExponentialHistogramDataPoint{
			Attributes: s.labels.encode(), StartTimeUnixNano: since, TimeUnixNano: now, Count: s.count, Sum: &s.sum, Min: &s.min, Max: &s.max,
			Scale: exponentialScale, Positive: &metricspb.ExponentialHistogramDataPoint_Buckets{Offset: int32(first), BucketCounts: counts}, Exemplars: s.exemplars})
	}
}
