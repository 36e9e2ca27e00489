package server

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hearth-dev/hearth/internal/limit"
	"github.com/hearth-dev/hearth/internal/otlp"
)

// limits hold writers to what they may send: each token to bytes a second, each project to bytes a day.
type limits struct {
	rate    *limit.Buckets[string] // of bytes, by token; nil without a limit
	usage   *usage
	now     func() time.Time
	refused *prometheus.CounterVec
}

const (
	// leastCharge is what a request counts at least: each takes its part of a sync, however small it is.
	leastCharge = 1 << 10
	// rateBurst is for how long a token that sent nothing before may send as fast as it can.
	rateBurst = 10 * time.Second
	// rateTokens is how many tokens are remembered at least.
	rateTokens = 10_000
)

func newLimits(bytesPerSecond int64, u *usage, now func() time.Time, registerer prometheus.Registerer) *limits {
	l := &limits{
		rate:  limit.New[string](float64(bytesPerSecond), int(bytesPerSecond)*int(rateBurst/time.Second), rateTokens),
		usage: u, now: now,
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hearth_ingest_limited_total", Help: "Requests that were refused because a token or a project had sent as much as it may.",
		}, []string{"limit"}),
	}
	if registerer != nil {
		registerer.MustRegister(l.refused)
	}
	return l
}

// Admit implements otlp.Limits. The quota goes first: whoever is told to come again would come in vain.
func (l *limits) Admit(w otlp.Writer) error {
	if text := l.usage.exhausted(w.Project); text != "" {
		l.refused.WithLabelValues("quota").Inc()
		return otlp.OverQuota(text)
	}
	if wait := l.rate.Admit(rateKey(w), leastCharge, l.now()); wait > 0 {
		l.refused.WithLabelValues("rate").Inc()
		return otlp.TooFast{Text: fmt.Sprintf("more than --ingest-rate was sent with this token: wait %v and send it again", wait.Round(time.Millisecond)), After: wait}
	}
	return nil
}

// rateKey is whose rate a writer's is. In local mode nobody has a token, and projects stand for them.
func rateKey(w otlp.Writer) string { return w.Token + " " + w.Project }

// Took implements otlp.Limits.
func (l *limits) Took(w otlp.Writer, bytes, records int) {
	l.rate.Take(rateKey(w), bytes-leastCharge, l.now())
	l.usage.add(w.Project, w.Token, int64(bytes), int64(records))
}
