package alert

import "github.com/prometheus/client_golang/prometheus"

// metrics are what /metrics tells of alerts.
type metrics struct {
	runs       *prometheus.CounterVec
	deliveries *prometheus.CounterVec
}

func newMetrics(registerer prometheus.Registerer) *metrics {
	m := &metrics{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hearth_alert_runs_total", Help: "Runs of alerts, by how they ended: ok, matched or error.",
		}, []string{"status"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hearth_alert_delivery_attempts_total", Help: "Attempts to deliver messages of alerts, by the channel's type and by what became of them: delivered, pending (tried again) or failed (given up).",
		}, []string{"channel", "status"}),
	}
	if registerer != nil {
		registerer.MustRegister(m.runs, m.deliveries)
	}
	return m
}
