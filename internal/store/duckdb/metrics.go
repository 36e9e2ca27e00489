package duckdb

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what the store tells Prometheus.
type metrics struct {
	registerer  prometheus.Registerer
	applied     prometheus.Counter
	checkpoints prometheus.Histogram
	queries     *prometheus.CounterVec
	unsaved     prometheus.GaugeFunc
}

func newMetrics(registerer prometheus.Registerer, s *Store) *metrics {
	m := &metrics{
		registerer: registerer,
		applied:    prometheus.NewCounter(prometheus.CounterOpts{Name: "hearth_store_applied_records_total", Help: "Records and metric points written to day files."}),
		checkpoints: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "hearth_store_checkpoint_seconds", Help: "Time to save a day file.", Buckets: prometheus.ExponentialBuckets(0.01, 2, 12)}),
		queries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hearth_store_queries_total", Help: "Statements run, by how they started."}, []string{"outcome"}),
		unsaved: prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hearth_store_unsaved_records", Help: "Records in memory that a crash would replay from the log."}, func() float64 {
			rows := 0
			s.ledger.dirty(func(u unsaved) bool { rows += u.rows; return false })
			return float64(rows)
		}),
	}
	if registerer != nil {
		registerer.MustRegister(m.applied, m.checkpoints, m.queries, m.unsaved)
	}
	return m
}

// unregister lets another store take the names.
func (m *metrics) unregister() {
	if m.registerer == nil {
		return
	}
	for _, c := range []prometheus.Collector{m.applied, m.checkpoints, m.queries, m.unsaved} {
		m.registerer.Unregister(c)
	}
}
