package duckdb

import (
	"io/fs"
	"math"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what the store tells Prometheus.
type metrics struct {
	registerer  prometheus.Registerer
	applied     prometheus.Counter
	checkpoints prometheus.Histogram
	queries     *prometheus.CounterVec
	unsaved     prometheus.GaugeFunc
	disk        prometheus.GaugeFunc
	free        prometheus.GaugeFunc
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
		disk: prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hearth_store_disk_bytes", Help: "Size of all projects' files."}, func() float64 {
			return float64(filesIn(filepath.Join(s.options.Dir, projectsDir)))
		}),
		free: prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hearth_disk_free_bytes", Help: "Room that is left on the disk of the data folder."}, func() float64 {
			free, err := s.freeDisk(s.options.Dir)
			if err != nil {
				return math.NaN()
			}
			return float64(free)
		}),
	}
	if registerer != nil {
		registerer.MustRegister(m.collectors()...)
	}
	return m
}

func (m *metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.applied, m.checkpoints, m.queries, m.unsaved, m.disk, m.free}
}

// filesIn returns the size of all files in a folder. One that goes away meanwhile does not count.
func filesIn(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				bytes += info.Size()
			}
		}
		return nil
	})
	return bytes
}

// unregister lets another store take the names.
func (m *metrics) unregister() {
	if m.registerer == nil {
		return
	}
	for _, c := range m.collectors() {
		m.registerer.Unregister(c)
	}
}
