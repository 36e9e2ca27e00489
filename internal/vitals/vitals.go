// Package vitals turns what the server tells Prometheus of itself into OTLP metrics, so that a Hearth can be looked at
// with a Hearth. The Prometheus registry is the one place where things are counted; this package only translates.
//
// Counters and histograms become deltas: what happened since the last request. A series without a change is left out, so
// that a server at rest writes little, and sums over any stretch of time need no knowledge of restarts. Gauges are
// always there.
package vitals

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	colmetricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/proto"
)

// Service is the service.name of what a Meter makes.
const Service = "hearth"

// Options of a Meter. All but Version are needed.
type Options struct {
	Gatherer prometheus.Gatherer
	Version  string    // of the server
	Start    time.Time // when the first stretch of time begins
}

// Meter makes requests, each of which tells what happened since the one before. It is for one goroutine.
type Meter struct {
	gatherer prometheus.Gatherer
	resource *resourcepb.Resource
	scope    *commonpb.InstrumentationScope

	told, next turn // what was told up to now, and with the request that was made last
}

// turn is what a request tells up to a moment.
type turn struct {
	at      time.Time
	numbers map[string]float64        // of each counter, by its series
	counts  map[string]*dto.Histogram // of each histogram
}

// New returns a Meter.
func New(o Options) *Meter {
	return &Meter{
		gatherer: o.Gatherer,
		resource: &resourcepb.Resource{Attributes: []*commonpb.KeyValue{
			text("service.name", Service), text("service.version", o.Version), text("service.instance.id", uuid.NewString()),
		}},
		scope: &commonpb.InstrumentationScope{Name: "hearth", Version: o.Version},
		told:  turn{at: o.Start},
	}
}

// Request returns an ExportMetricsServiceRequest in protobuf: gauges as they are, and what happened between the last
// request that was Told and now.
func (m *Meter) Request(now time.Time) ([]byte, error) {
	families, err := m.gatherer.Gather()
	if err != nil {
		return nil, fmt.Errorf("gather the server's own metrics: %w", err)
	}
	m.next = turn{at: now, numbers: map[string]float64{}, counts: map[string]*dto.Histogram{}}
	var metrics []*metricspb.Metric
	for _, family := range families {
		if !wanted(family.GetName()) {
			continue
		}
		if metric := m.translate(family); metric != nil {
			metrics = append(metrics, metric)
		}
	}
	return proto.Marshal(&colmetricspb.ExportMetricsServiceRequest{ResourceMetrics: []*metricspb.ResourceMetrics{{
		Resource:     m.resource,
		ScopeMetrics: []*metricspb.ScopeMetrics{{Scope: m.scope, Metrics: metrics}},
	}}})
}

// Told says that the last request has arrived: the next one begins where it ended.
func (m *Meter) Told() { m.told = m.next }

// ofGo are the few of the Go runtime's own metrics that tell something to who runs a Hearth. /metrics has all of them.
var ofGo = []string{"go_goroutines", "go_memstats_heap_inuse_bytes"}

// constant are gauges that never change; the resource says the same.
var constant = []string{"hearth_build_info", "process_start_time_seconds", "process_virtual_memory_max_bytes"}

func wanted(name string) bool {
	if strings.HasPrefix(name, "go_") {
		return slices.Contains(ofGo, name)
	}
	return !slices.Contains(constant, name)
}

// translate returns a family as a metric, or nil when there is nothing to tell of it.
func (m *Meter) translate(family *dto.MetricFamily) *metricspb.Metric {
	metric := &metricspb.Metric{Name: family.GetName(), Description: family.GetHelp(), Unit: unitOf(family.GetName())}
	switch family.GetType() {
	case dto.MetricType_COUNTER:
		points := each(family, m.counted)
		metric.Data = &metricspb.Metric_Sum{Sum: &metricspb.Sum{DataPoints: points, IsMonotonic: true, AggregationTemporality: delta}}
		return unlessEmpty(metric, points)
	case dto.MetricType_GAUGE:
		points := each(family, m.measured)
		metric.Data = &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{DataPoints: points}}
		return unlessEmpty(metric, points)
	case dto.MetricType_HISTOGRAM:
		points := each(family, m.observed)
		metric.Data = &metricspb.Metric_Histogram{Histogram: &metricspb.Histogram{DataPoints: points, AggregationTemporality: delta}}
		return unlessEmpty(metric, points)
	}
	return nil // the server has no others but the Go runtime's summary
}

const delta = metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA

func each[P any](family *dto.MetricFamily, point func(series string, of *dto.Metric) *P) (points []*P) {
	for _, one := range family.GetMetric() {
		if p := point(seriesOf(family.GetName(), one.GetLabel()), one); p != nil {
			points = append(points, p)
		}
	}
	return points
}

func unlessEmpty[P any](metric *metricspb.Metric, points []*P) *metricspb.Metric {
	if len(points) == 0 {
		return nil
	}
	return metric
}

// seriesOf names a series of this process. Prometheus sorts the labels.
func seriesOf(name string, labels []*dto.LabelPair) string {
	var sb strings.Builder
	sb.WriteString(name)
	for _, l := range labels {
		sb.WriteString("\x00" + l.GetName() + "\x00" + l.GetValue())
	}
	return sb.String()
}

// counted is a counter's point: what it grew by.
func (m *Meter) counted(series string, of *dto.Metric) *metricspb.NumberDataPoint {
	value := of.GetCounter().GetValue()
	m.next.numbers[series] = value
	if value == m.told.numbers[series] {
		return nil
	}
	return &metricspb.NumberDataPoint{
		Attributes: attributes(of), StartTimeUnixNano: nano(m.told.at), TimeUnixNano: nano(m.next.at),
		Value: &metricspb.NumberDataPoint_AsDouble{AsDouble: value - m.told.numbers[series]},
	}
}

func (m *Meter) measured(_ string, of *dto.Metric) *metricspb.NumberDataPoint {
	return &metricspb.NumberDataPoint{
		Attributes: attributes(of), TimeUnixNano: nano(m.next.at),
		Value: &metricspb.NumberDataPoint_AsDouble{AsDouble: of.GetGauge().GetValue()},
	}
}

// observed is a histogram's point: the observations since the last request.
func (m *Meter) observed(series string, of *dto.Metric) *metricspb.HistogramDataPoint {
	now, before := of.GetHistogram(), m.told.counts[series]
	m.next.counts[series] = now
	if now.GetSampleCount() == before.GetSampleCount() {
		return nil
	}
	point := &metricspb.HistogramDataPoint{
		Attributes: attributes(of), StartTimeUnixNano: nano(m.told.at), TimeUnixNano: nano(m.next.at),
		Count: now.GetSampleCount() - before.GetSampleCount(), Sum: proto.Float64(now.GetSampleSum() - before.GetSampleSum()),
	}
	// Prometheus counts up to each bound; OTLP counts between bounds, and has a last bucket without one.
	below := uint64(0)
	for i, bucket := range now.GetBucket() {
		upTo := bucket.GetCumulativeCount()
		if before != nil {
			upTo -= before.GetBucket()[i].GetCumulativeCount()
		}
		point.ExplicitBounds = append(point.ExplicitBounds, bucket.GetUpperBound())
		point.BucketCounts = append(point.BucketCounts, upTo-below)
		below = upTo
	}
	point.BucketCounts = append(point.BucketCounts, point.Count-below)
	return point
}

// unitOf reads the unit from a name, where Prometheus' conventions put it.
func unitOf(name string) string {
	name = strings.TrimSuffix(name, "_total")
	switch {
	case strings.HasSuffix(name, "_seconds"):
		return "s"
	case strings.HasSuffix(name, "_bytes"):
		return "By"
	}
	return ""
}

func attributes(of *dto.Metric) (list []*commonpb.KeyValue) {
	for _, l := range of.GetLabel() {
		list = append(list, text(l.GetName(), l.GetValue()))
	}
	return list
}

func text(key, value string) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: value}}}
}

func nano(t time.Time) uint64 { return uint64(t.UnixNano()) }
