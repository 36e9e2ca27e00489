package vitals

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	colmetricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"
)

var start = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// world is a registry with one metric of each kind.
type world struct {
	t         *testing.T
	meter     *Meter
	taken     *prometheus.CounterVec
	queue     prometheus.Gauge
	took      prometheus.Histogram
	collector *prometheus.Registry
}

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, collector: prometheus.NewRegistry(),
		taken: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hearth_taken_bytes_total", Help: "What was taken."}, []string{"signal"}),
		queue: prometheus.NewGauge(prometheus.GaugeOpts{Name: "hearth_queue_bytes"}),
		took:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "hearth_took_seconds", Buckets: []float64{1, 2, 4}}),
	}
	w.collector.MustRegister(w.taken, w.queue, w.took,
		prometheus.NewGauge(prometheus.GaugeOpts{Name: "go_threads"}), prometheus.NewGauge(prometheus.GaugeOpts{Name: "go_goroutines"}),
		prometheus.NewGauge(prometheus.GaugeOpts{Name: "hearth_build_info"}), prometheus.NewSummary(prometheus.SummaryOpts{Name: "hearth_summary"}))
	w.meter = New(Options{Gatherer: w.collector, Version: "v1", Start: start})
	return w
}

// ask returns the metrics of a request by name.
func (w *world) ask(after time.Duration) map[string]*metricspb.Metric {
	w.t.Helper()
	body, err := w.meter.Request(start.Add(after))
	if err != nil {
		w.t.Fatal(err)
	}
	var request colmetricspb.ExportMetricsServiceRequest
	if err := proto.Unmarshal(body, &request); err != nil {
		w.t.Fatal(err)
	}
	byName := map[string]*metricspb.Metric{}
	for _, m := range request.ResourceMetrics[0].ScopeMetrics[0].Metrics {
		byName[m.Name] = m
	}
	return byName
}

func expect[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCountersTellWhatTheyGrewBy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.taken.WithLabelValues("logs").Add(5)
	w.taken.WithLabelValues("traces").Add(7)
	first := w.ask(time.Second)["hearth_taken_bytes_total"]
	expect(t, first.Unit, "By")
	expect(t, first.Description, "What was taken.")
	expect(t, first.GetSum().AggregationTemporality, metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA)
	expect(t, len(first.GetSum().DataPoints), 2)
	w.meter.Told()

	w.taken.WithLabelValues("traces").Add(2)
	points := w.ask(2 * time.Second)["hearth_taken_bytes_total"].GetSum().DataPoints
	expect(t, len(points), 1) // of what did not change there is nothing to tell
	expect(t, points[0].GetAsDouble(), 2.0)
	expect(t, points[0].Attributes[0].Value.GetStringValue(), "traces")
	expect(t, points[0].StartTimeUnixNano, nano(start.Add(time.Second)))
	expect(t, points[0].TimeUnixNano, nano(start.Add(2*time.Second)))
	w.meter.Told()
	if w.ask(3 * time.Second)["hearth_taken_bytes_total"] != nil {
		t.Error("a counter that stood still was told of")
	}
}

func TestWhatDidNotArriveIsPartOfTheNextRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.taken.WithLabelValues("logs").Add(5)
	w.took.Observe(3)
	w.ask(time.Second) // and it gets lost
	w.taken.WithLabelValues("logs").Add(1)
	w.took.Observe(3)
	second := w.ask(2 * time.Second)
	expect(t, second["hearth_taken_bytes_total"].GetSum().DataPoints[0].GetAsDouble(), 6.0)
	expect(t, second["hearth_took_seconds"].GetHistogram().DataPoints[0].Count, uint64(2))
	expect(t, second["hearth_took_seconds"].GetHistogram().DataPoints[0].StartTimeUnixNano, nano(start))
}

func TestHistogramsTellNewObservationsBetweenBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, v := range []float64{0.5, 1, 1.5, 9} {
		w.took.Observe(v)
	}
	point := w.ask(time.Second)["hearth_took_seconds"].GetHistogram().DataPoints[0]
	expect(t, point.ExplicitBounds, []float64{1, 2, 4})
	expect(t, point.BucketCounts, []uint64{2, 1, 0, 1})
	expect(t, point.GetSum(), 12.0)
	w.meter.Told()
	w.took.Observe(3)
	w.took.Observe(8)
	point = w.ask(2 * time.Second)["hearth_took_seconds"].GetHistogram().DataPoints[0]
	expect(t, point.BucketCounts, []uint64{0, 0, 1, 1})
	expect(t, point.Count, uint64(2))
	expect(t, point.GetSum(), 11.0)
}

func TestGaugesAreAlwaysTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 {
		metrics := w.ask(time.Second)
		w.meter.Told()
		expect(t, metrics["hearth_queue_bytes"].GetGauge().DataPoints[0].GetAsDouble(), 0.0)
		for name, want := range map[string]bool{"go_goroutines": true, "go_threads": false, "hearth_build_info": false, "hearth_summary": false} {
			expect(t, metrics[name] != nil, want)
		}
	}
}
