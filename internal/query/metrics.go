package query

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hearth-dev/hearth/internal/pgsql"
)

// metrics are what the engine tells of itself.
type metrics struct {
	seconds *prometheus.HistogramVec // by outcome
	gaps    *prometheus.CounterVec   // records that tails did not get, by reason
	gauges  []prometheus.Collector
}

func newMetrics(e *Engine) *metrics {
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	return &metrics{
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "hearth_query_seconds", Help: "Time from a question to the end of its answer, waiting included.",
			Buckets: prometheus.ExponentialBuckets(0.002, 2, 15),
		}, []string{"outcome"}),
		gaps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hearth_tail_missed_records_total", Help: "Records that live tails were told to have missed.",
		}, []string{"reason"}),
		gauges: []prometheus.Collector{
			gauge("hearth_query_running", "Queries that run.", func() int { n, _ := e.gate.counts(); return n }),
			gauge("hearth_query_waiting", "Queries that wait for their turn.", func() int { _, n := e.gate.counts(); return n }),
			gauge("hearth_tails", "Live tails that are open.", e.openTails),
		},
	}
}

// observe counts a query that ended.
func (m *metrics) observe(began time.Time, err error) {
	m.seconds.WithLabelValues(outcome(err)).Observe(time.Since(began).Seconds())
}

// missed counts what a tail did not get.
func (m *metrics) missed(g Gap) {
	reason := g.Reason
	if strings.HasPrefix(reason, reasonFilter) {
		reason = "the filter failed"
	}
	m.gaps.WithLabelValues(reason).Add(float64(g.Records))
}

func outcome(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "cancelled"
	case errors.Is(err, ErrInvalid), errors.As(err, new(*pgsql.Error)):
		return "invalid"
	case errors.Is(err, ErrTimeout):
		return "timeout"
	case errors.Is(err, ErrTooExpensive):
		return "too_expensive"
	case errors.As(err, new(*Busy)):
		return "busy"
	case errors.Is(err, ErrUnavailable):
		return "unavailable"
	}
	return "failed"
}

// register registers all of them. r may be nil.
func (m *metrics) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	errs := []error{r.Register(m.seconds), r.Register(m.gaps)}
	for _, g := range m.gauges {
		errs = append(errs, r.Register(g))
	}
	return errors.Join(errs...)
}
