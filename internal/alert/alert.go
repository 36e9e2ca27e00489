package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/hearth-dev/hearth/internal/meta"
)

// Options are what a Service needs. Meta, Ask and Origin are required.
type Options struct {
	Meta   *meta.DB
	Ask    Asker
	Origin func() string // where people reach the server, such as http://127.0.0.1:4318

	Mail    *Mail  // nil: channels of mail fail
	Version string // of the server; receivers see it

	Sender     Sender                // nil sends for real
	Registerer prometheus.Registerer // takes the service's metrics; nil takes none
	Logger     *slog.Logger          // nil discards
	Now        func() time.Time      // nil is time.Now
}

// Service runs alerts and delivers what they have to tell, while Run does. All methods are safe for concurrent use.
type Service struct {
	meta     *meta.DB
	ask      Asker
	origin   func() string
	sender   Sender
	webhooks *webhooks
	log      *slog.Logger
	metrics  *metrics
	now      func() time.Time
	began    time.Time

	wake chan struct{} // holds one: something has changed that the loop sleeps on
}

// New returns a service that does nothing yet.
func New(o Options) *Service {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{
		meta: o.Meta, ask: o.Ask, origin: o.Origin, sender: o.Sender, webhooks: newWebhooks(o.Version, o.Now),
		log: o.Logger, metrics: newMetrics(o.Registerer), now: o.Now, began: o.Now(), wake: make(chan struct{}, 1),
	}
	if s.sender == nil {
		s.sender = &senders{webhooks: s.webhooks, mail: o.Mail, origin: o.Origin}
	}
	return s
}

// DefaultWatermark is how long an alert waits for what comes late, where nobody says otherwise. It is Logfire's.
const DefaultWatermark = 10 * time.Second

// Wake makes Run look at the alerts anew. Whoever changed one calls it.
func (s *Service) Wake() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Check tells whether a statement can be asked at all, with a *QueryError if it cannot.
func (s *Service) Check(ctx context.Context, project meta.Project, spec *meta.AlertSpec) error {
	return s.ask.Check(ctx, question(project.ID, spec, s.now()))
}

// question is what an alert asks at a time.
func question(project string, spec *meta.AlertSpec, at time.Time) Question {
	to := at.Add(-spec.Watermark)
	return Question{Project: project, SQL: spec.Query, From: to.Add(-spec.Window), To: to, At: at, Environments: spec.Environments}
}

// Test sends one message to a channel, saved or not, and waits for what becomes of it. The error is a *SendError, or
// ctx's.
func (s *Service) Test(ctx context.Context, c *meta.Channel) error {
	now := s.now()
	label := c.Label
	if label == "" {
		label = string(c.Config.Type)
	}
	return s.sender.Send(ctx, c, uuid.NewString(), &Notice{
		Kind: KindTest, AlertName: label, Sentence: "This is a test: messages of alerts arrive here.", ScheduledAt: now, From: now, To: now,
	})
}

// notice is what a run has to tell.
func notice(a *meta.Alert, p meta.Project, o outcome, v *verdict) *Notice {
	q := question(p.ID, &a.AlertSpec, o.at)
	n := &Notice{
		Kind: v.tell, AlertID: a.ID, AlertName: a.Name, Description: a.Description, Organization: p.Organization, Project: p.Name,
		Environments: a.Environments, ScheduledAt: o.at, From: q.From, To: q.To,
	}
	if o.result != nil {
		n.Rows, n.Result = o.result.Total, o.result.cut()
	}
	n.Sentence = sentence(a, n, v)
	return n
}

// sentence says what has happened.
func sentence(a *meta.Alert, n *Notice, v *verdict) string {
	met := countOf(n.Rows) + " in " + spanOf(a.Window) + " until " + clock(n.To)
	switch n.Kind {
	case KindBroken:
		return v.memory.Reason + " Nothing more is told until it works again."
	case KindResolved:
		if a.NotifyWhen == meta.NoMatches {
			return "There are rows again: " + met + "."
		}
		return "It is over: " + met + "."
	case KindChanged:
		return "The rows have changed: " + met + "."
	}
	return capital(met) + "."
}

// errAsk wraps an error of a question that is no *QueryError.
func errAsk(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*QueryError](err); ok {
		return err
	}
	return fmt.Errorf("ask: %w", err)
}
