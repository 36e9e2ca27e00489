package alert

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hearth-dev/hearth/internal/meta"
)

// Preview is what an alert that need not be saved would do.
type Preview struct {
	Result *Result // of a run now
	Total  int
	// Runs are what its runs of the last day would have met, the oldest first: those that previewWithin left time for, and
	// at least the newest.
	Runs []PreviewRun
	// What would be told: of a run now if that would tell something, else of the newest run that would have. As mail, and as
	// the body of a webhook of each format. MessageAt is that run's time; zero where no run would have told anything, so
	// that the message is but an example.
	MessageAt time.Time
	Message   Message
	Payloads  map[meta.WebhookFormat][]byte
}

// PreviewRun is a run that would have been.
type PreviewRun struct {
	At    time.Time
	Rows  int
	Fires bool // whether somebody would have been told

	kind Kind // of what
}

// Bounds of the runs of a preview.
const (
	previewSpan   = 24 * time.Hour
	previewWithin = 4 * time.Second
	previewAtOnce = 2 // of the questions that a project may ask at once
)

// Preview asks what an alert would ask now, and what it would have asked over the last day. A *QueryError means that the
// statement has no answer.
func (s *Service) Preview(ctx context.Context, p meta.Project, id string, spec meta.AlertSpec) (*Preview, error) {
	now := s.now()
	result, err := gather(ctx, s.ask, question(p.ID, &spec, now))
	if err != nil {
		return nil, errAsk(err)
	}
	runs, err := s.rehearse(ctx, p, &spec, now)
	if err != nil {
		return nil, err
	}
	a := &meta.Alert{ID: id, ProjectID: p.ID, AlertSpec: spec}
	o, kind, at, err := s.example(ctx, a, outcome{at: now, now: now, result: result}, runs)
	if err != nil {
		return nil, errAsk(err)
	}
	n, origin := notice(a, p, o, &verdict{tell: kind}), s.origin()
	preview := &Preview{Result: result, Total: result.Total, Runs: runs, MessageAt: at, Message: Compose(n, origin), Payloads: map[meta.WebhookFormat][]byte{}}
	for _, format := range []meta.WebhookFormat{meta.FormatRaw, meta.FormatSlackBlocks, meta.FormatSlackLegacy} {
		preview.Payloads[format] = Payload(format, n, origin)
	}
	return preview, nil
}

// example picks the run whose message a preview shows, and asks for its rows again.
func (s *Service) example(ctx context.Context, a *meta.Alert, present outcome, runs []PreviewRun) (o outcome, kind Kind, at time.Time, err error) {
	kind = KindFiring
	if a.NotifyWhen == meta.MatchesChanged {
		kind = KindChanged
	}
	if a.NotifyWhen != meta.MatchesChanged && holds(a.NotifyWhen, present.result.Total, false) {
		return present, kind, present.at, nil
	}
	for _, run := range slices.Backward(runs) {
		if run.kind == kind {
			result, err := gather(ctx, s.ask, question(a.ProjectID, &a.AlertSpec, run.At))
			return outcome{at: run.At, now: run.At, result: result}, kind, run.At, err
		}
	}
	return present, kind, time.Time{}, nil
}

// rehearse asks for the runs of the last day, from the newest back, as long as there is time, and lets judge say of each
// what it says of real ones.
func (s *Service) rehearse(ctx context.Context, p meta.Project, spec *meta.AlertSpec, now time.Time) ([]PreviewRun, error) {
	slots := []time.Time{}
	for at := meta.LastSlot(now, spec.Frequency); now.Sub(at) < previewSpan; at = at.Add(-spec.Frequency) {
		slots = append(slots, at)
	}
	results := make([]*Result, len(slots))
	ctx, cancel := context.WithTimeout(ctx, previewWithin)
	defer cancel()
	group, asking := errgroup.WithContext(ctx)
	group.SetLimit(previewAtOnce)
	for i, at := range slots {
		if asking.Err() != nil {
			break
		}
		group.Go(func() error {
			result, err := gather(asking, s.ask, question(p.ID, spec, at))
			if err == nil {
				results[i] = &Result{Total: result.Total, Print: result.Print} // the rows of a day would be too many
			}
			return err
		})
	}
	if err := group.Wait(); err != nil && !endsEarly(ctx, err) {
		return nil, errAsk(err)
	}
	if until := slices.Index(results, nil); until >= 0 { // runs that are compared are neighbours
		slots, results = slots[:until], results[:until]
	}
	slices.Reverse(slots)
	slices.Reverse(results)
	return judged(spec, slots, results), nil
}

// endsEarly tells whether a question failed for want of time or of room, so that what has come is the answer.
func endsEarly(ctx context.Context, err error) bool {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return true
	}
	failure, ok := errors.AsType[*QueryError](err)
	return ok && !failure.Mistake
}

func judged(spec *meta.AlertSpec, slots []time.Time, results []*Result) []PreviewRun {
	a := &meta.Alert{AlertSpec: *spec}
	runs := make([]PreviewRun, len(slots))
	var m Memory
	for i, at := range slots {
		v := judge(a, m, outcome{at: at, now: at, result: results[i]})
		m = v.memory
		runs[i] = PreviewRun{At: at, Rows: results[i].Total, Fires: v.tell != "", kind: v.tell}
	}
	return runs
}
