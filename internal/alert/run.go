package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/hearth-dev/hearth/internal/meta"
)

// How much is done at once. What is due beyond that waits for its turn: its times do not move.
const (
	runsAtOnce       = 4
	deliveriesAtOnce = 4
)

const (
	// lookWithin bounds the sleep between two looks, because clocks are set and machines are suspended.
	lookWithin = 30 * time.Second
	// holdFor is how long something rests whose outcome could not be stored: the disk is full, say.
	holdFor = 10 * time.Second
)

// Run runs alerts and delivers messages until ctx ends. When it returns, nothing of it runs: what was under way is still
// due. It is called once.
func (s *Service) Run(ctx context.Context) {
	defer s.webhooks.close()
	runs, deliveries := newCrew(s, runsAtOnce), newCrew(s, deliveriesAtOnce)
	defer runs.working.Wait()
	defer deliveries.working.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
		wait, err := s.look(ctx, runs, deliveries)
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "alerts cannot be read; the next try is soon", "error", err, "after", holdFor.String())
			wait = holdFor
		}
		timer.Reset(wait)
	}
}

// look starts what is due and returns how long nothing else will be. What ends wakes the loop.
func (s *Service) look(ctx context.Context, runs, deliveries *crew) (time.Duration, error) {
	now := s.now()
	runs.look()
	deliveries.look()
	alerts, err := s.meta.DueAlerts(ctx, now)
	if err != nil {
		return 0, err
	}
	for _, a := range alerts {
		runs.start(ctx, a.ID, "run", func() error { return s.perform(ctx, a) })
	}
	due, err := s.meta.DueDeliveries(ctx, now, 4*deliveriesAtOnce)
	if err != nil {
		return 0, err
	}
	for _, d := range due {
		deliveries.start(ctx, d.ID, "delivery", func() error { return s.deliver(ctx, d) })
	}
	next, err := s.meta.NextAlertWork(ctx, now)
	if err != nil {
		return 0, err
	}
	if next.IsZero() {
		return lookWithin, nil
	}
	return min(next.Sub(now), lookWithin), nil
}

// crew does a bounded number of things at once, each of them once.
type crew struct {
	service *Service
	most    int
	working sync.WaitGroup

	mu    sync.Mutex // guards busy and ended
	busy  map[string]bool
	ended map[string]bool // since the last look
}

func newCrew(s *Service, most int) *crew {
	return &crew{service: s, most: most, busy: map[string]bool{}, ended: map[string]bool{}}
}

// look is called before what is due is read. What ends after it may have been read as still due.
func (c *crew) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.ended)
}

// start does something in the background, unless it is being done, has ended since the last look, or all hands are busy.
// An error is ctx's or one of ours: what it concerns (a run, a delivery) rests for holdFor.
func (c *crew) start(ctx context.Context, id, what string, do func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[id] || c.ended[id] || len(c.busy) >= c.most {
		return
	}
	c.busy[id] = true
	c.working.Go(func() {
		if err := do(); err != nil && ctx.Err() == nil {
			c.service.log.ErrorContext(ctx, "work of alerts failed; it is tried again", "what", what, "id", id, "error", err, "after", holdFor.String())
			rest(ctx, holdFor)
		}
		c.mu.Lock()
		delete(c.busy, id)
		c.ended[id] = true
		c.mu.Unlock()
		c.service.Wake()
	})
}

func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// perform is one run of an alert that is due: the latest one, as the ones before it were missed. An error means that it
// is still due.
func (s *Service) perform(ctx context.Context, a meta.Alert) error {
	project, err := s.meta.Project(ctx, a.ProjectID)
	if err != nil {
		return err
	}
	channels, err := s.channelsOf(ctx, &a)
	if err != nil {
		return err
	}
	o := outcome{now: s.now(), unheard: len(channels) == 0}
	o.at = meta.LastSlot(o.now, a.Frequency)
	if err := s.meet(ctx, &a, &o); err != nil {
		return err
	}
	v := judge(&a, memoryOf(&a), o)
	run := runOf(&a, &o, &v)
	run.FinishedAt = s.now()
	if v.tell != "" {
		run.Deliveries = deliveriesOf(channels, notice(&a, project, o, &v), run.FinishedAt)
	}
	err = s.meta.FinishRun(ctx, meta.FinishedRun{
		Run: run, Missed: s.missed(&a, o.at), NextRun: o.at.Add(a.Frequency), Revision: a.Revision, Memory: v.memory.bytes(),
	})
	if errors.Is(err, meta.ErrNotFound) { // removed while it ran
		return nil
	}
	if err == nil {
		s.metrics.runs.WithLabelValues(string(run.Status)).Inc()
	}
	return err
}

// channelsOf returns the channels of an alert that take messages.
func (s *Service) channelsOf(ctx context.Context, a *meta.Alert) ([]meta.Channel, error) {
	var of []meta.Channel
	for _, id := range a.Channels {
		c, err := s.meta.Channel(ctx, id)
		if errors.Is(err, meta.ErrNotFound) { // removed since the alert was read
			continue
		}
		if err != nil {
			return nil, err
		}
		if c.Active {
			of = append(of, c)
		}
	}
	return of, nil
}

// meet asks what the alert asks. That the statement has no answer is an outcome too; an error means that ctx has ended.
func (s *Service) meet(ctx context.Context, a *meta.Alert, o *outcome) error {
	q := question(a.ProjectID, &a.AlertSpec, o.at)
	result, err := gather(ctx, s.ask, q)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		o.result = result
		o.silent = result.Total == 0 && s.silent(ctx, q)
		return nil
	}
	failure, ok := errors.AsType[*QueryError](err)
	if !ok {
		s.log.ErrorContext(ctx, "the query of an alert failed", "alert_id", a.ID, "error", err)
		failure = &QueryError{Text: "Internal error. The server's log tells more.", Cause: err}
	}
	o.failure = failure
	return nil
}

// silent tells whether nothing at all was received in the window of a question.
func (s *Service) silent(ctx context.Context, q Question) bool {
	for _, table := range []string{"records_all", "metrics"} {
		q.SQL = "SELECT 1 FROM " + table + " LIMIT 1"
		result, err := gather(ctx, s.ask, q)
		if err != nil || result.Total > 0 {
			return false
		}
	}
	return true
}

func runOf(a *meta.Alert, o *outcome, v *verdict) meta.AlertRun {
	run := meta.AlertRun{
		ID: uuid.NewString(), AlertID: a.ID, ScheduledAt: o.at, StartedAt: o.now, Status: meta.RunOK,
		Changed: v.changed, Notified: v.tell != "", Error: v.memory.Error,
	}
	switch {
	case o.failure != nil:
		run.Status = meta.RunFailed
	case o.result.Total > 0:
		run.Status, run.Rows, run.Result = meta.RunMatched, o.result.Total, o.result.bytes()
	}
	return run
}

func (r *Result) bytes() json.RawMessage {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // its values are JSON
	}
	return text
}

func deliveriesOf(channels []meta.Channel, n *Notice, at time.Time) []meta.Delivery {
	text, err := json.Marshal(n)
	if err != nil {
		panic(err) // its values are JSON
	}
	all := make([]meta.Delivery, len(channels))
	for i, c := range channels {
		all[i] = meta.Delivery{ChannelID: c.ID, Label: c.Label, Notice: text, CreatedAt: at}
	}
	return all
}

// missed returns the runs that were due before one and did not take place, as one entry, or nil.
func (s *Service) missed(a *meta.Alert, at time.Time) *meta.AlertRun {
	n := int(at.Sub(a.NextRun) / a.Frequency)
	if n <= 0 {
		return nil
	}
	why := "Earlier runs took too long."
	if a.NextRun.Before(s.began) {
		why = "Hearth was not running."
	}
	return &meta.AlertRun{
		ID: uuid.NewString(), AlertID: a.ID, ScheduledAt: a.NextRun, Status: meta.RunMissed, Missed: n,
		Error: fmt.Sprintf("%s %s did not take place.", why, capital(plural(n, "run"))),
	}
}

// deliver makes one attempt of a delivery that is due. An error means that what became of it is not stored.
func (s *Service) deliver(ctx context.Context, d meta.Delivery) error {
	kind, err := s.attempt(ctx, &d)
	if ctx.Err() != nil {
		return ctx.Err() // nobody knows whether it arrived; it is sent again under the same id
	}
	d = after(d, err, s.now())
	if err != nil {
		s.log.WarnContext(ctx, "a message was not delivered", "alert_id", d.AlertID, "channel", d.Label, "attempts", d.Attempts,
			"given_up", d.Status == meta.DeliveryFailed, "error", err)
	}
	s.metrics.deliveries.WithLabelValues(kind, string(d.Status)).Inc()
	return s.meta.NoteDelivery(ctx, d)
}

func (s *Service) attempt(ctx context.Context, d *meta.Delivery) (kind string, err error) {
	c, err := s.meta.Channel(ctx, d.ChannelID)
	switch {
	case errors.Is(err, meta.ErrNotFound):
		return "none", &SendError{Text: "the channel was removed", Final: true}
	case err != nil:
		return "none", err
	case !c.Active:
		return string(c.Config.Type), &SendError{Text: "the channel was switched off", Final: true}
	}
	var n Notice
	if err := json.Unmarshal(d.Notice, &n); err != nil {
		return string(c.Config.Type), &SendError{Text: "the message was written by another release", Final: true}
	}
	return string(c.Config.Type), s.sender.Send(ctx, &c, d.ID, &n)
}
