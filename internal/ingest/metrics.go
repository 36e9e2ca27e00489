package ingest

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what the pipeline tells of itself.
type metrics struct {
	records      *prometheus.CounterVec // by signal
	duplicates   *prometheus.CounterVec // by signal
	refused      *prometheus.CounterVec // by reason
	quarantined  prometheus.Counter
	applyRetries prometheus.Counter
	queueBytes   prometheus.GaugeFunc
	ack          prometheus.Histogram
	visible      prometheus.Histogram
	apply        prometheus.Histogram
	commit       prometheus.Histogram
	commitSize   prometheus.Histogram
	logBytes     prometheus.GaugeFunc
	logSegments  prometheus.GaugeFunc
	logTorn      prometheus.GaugeFunc
}

func newMetrics(p *Pipeline) *metrics {
	counter := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Name: "hearth_" + name, Help: help}
	}
	histogram := func(name, help string, first float64, count int) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "hearth_" + name, Help: help, Buckets: prometheus.ExponentialBuckets(first, 2, count),
		})
	}
	gauge := func(name, help string, value func() float64) prometheus.GaugeFunc {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hearth_" + name, Help: help}, value)
	}
	return &metrics{
		records:      prometheus.NewCounterVec(counter("ingest_records_total", "Records and metric points that were made durable, without repeats."), []string{"signal"}),
		duplicates:   prometheus.NewCounterVec(counter("ingest_duplicates_total", "Records and metric points that were dropped as repeats."), []string{"signal"}),
		refused:      prometheus.NewCounterVec(counter("ingest_unavailable_total", "Requests that were told to retry."), []string{"reason"}),
		quarantined:  prometheus.NewCounter(counter("ingest_quarantined_total", "Requests that the store refused, kept as files in quarantine.")),
		applyRetries: prometheus.NewCounter(counter("ingest_apply_retries_total", "Attempts to apply that failed and were repeated.")),
		queueBytes:   gauge("ingest_queue_bytes", "Memory of batches between admission and the store.", func() float64 { return float64(p.queued.Load()) }),
		ack:          histogram("ingest_ack_seconds", "Time from a decoded request to its acknowledgement.", 0.0005, 16),
		visible:      histogram("ingest_visible_seconds", "Time from the arrival of a request until queries see it.", 0.016, 14),
		apply:        histogram("ingest_apply_seconds", "Time that the store took to apply a portion.", 0.002, 14),
		commit:       histogram("wal_commit_seconds", "Time to write and sync a group of log entries.", 0.00025, 16),
		commitSize:   histogram("wal_commit_entries", "Log entries that shared one sync.", 1, 10),
		logBytes:     gauge("wal_bytes", "Size of the write-ahead log.", func() float64 { return float64(p.log.Stats().Bytes) }),
		logSegments:  gauge("wal_segments", "Segments of the write-ahead log.", func() float64 { return float64(p.log.Stats().Segments) }),
		logTorn:      gauge("wal_torn_bytes", "Bytes of a torn tail that were cut off when the log was opened.", func() float64 { return float64(p.log.Stats().TornBytes) }),
	}
}

// committed is called by the log after each commit.
func (m *metrics) committed(entries int, _ int64, took time.Duration) {
	m.commit.Observe(took.Seconds())
	m.commitSize.Observe(float64(entries))
}

// register registers all of them. r may be nil.
func (m *metrics) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	var errs []error
	for _, c := range []prometheus.Collector{
		m.records, m.duplicates, m.refused, m.quarantined, m.applyRetries, m.queueBytes,
		m.ack, m.visible, m.apply, m.commit, m.commitSize, m.logBytes, m.logSegments, m.logTorn,
	} {
		errs = append(errs, r.Register(c))
	}
	return errors.Join(errs...)
}
