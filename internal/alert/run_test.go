package alert

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

func TestAnAlertRunsAtFullMultiplesOfItsFrequency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		time.Sleep(90 * time.Second) // the bubble begins at midnight
		a := r.alert(func(a *meta.AlertSpec) { a.Environments = []string{"prod"} })
		s := r.run()
		s.Wake()
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		defer r.stop()
		runs := r.runs(a.ID)
		if len(runs) != 3 {
			t.Fatalf("%d runs", len(runs))
		}
		for i, run := range runs {
			if at := run.ScheduledAt; at.Second() != 0 || !run.StartedAt.Equal(at) || run.Status != meta.RunMatched || run.Rows != 1 || run.Changed {
				t.Errorf("run %d: %+v", i, run)
			}
		}
		q := r.ask.asked[0]
		if want := time.Date(2000, 1, 1, 0, 1, 50, 0, time.UTC); !q.To.Equal(want) || q.To.Sub(q.From) != 5*time.Minute || q.Environments[0] != "prod" || q.Project != a.ProjectID {
			t.Errorf("asked %+v", q)
		}
		now := r.read(a.ID)
		if got := StandingOf(&now, time.Now()); got.State != Firing || got.Fired {
			t.Errorf("without a channel nobody is told: %+v", got)
		}
		if string(runs[0].Result) != `{"columns":[{"name":"n","type":"BIGINT"}],"rows":[[0]]}` {
			t.Errorf("result %s", runs[0].Result)
		}
	})
}

func TestARestartRunsTheLastSlotAndRecordsWhatWasMissed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		a := r.alert(func(a *meta.AlertSpec) { a.Channels = []string{r.channel("hook")} })
		r.run()
		time.Sleep(90 * time.Second)
		synctest.Wait()
		r.restart(10 * time.Minute)
		synctest.Wait()
		defer r.stop()
		runs := r.runs(a.ID)
		if len(runs) != 3 {
			t.Fatalf("%d runs: %+v", len(runs), runs)
		}
		late, missed := runs[0], runs[1]
		if late.Status != meta.RunMatched || late.ScheduledAt.Minute() != 11 || late.StartedAt.Sub(late.ScheduledAt) != 30*time.Second {
			t.Errorf("the late run: %+v", late)
		}
		if missed.Status != meta.RunMissed || missed.Missed != 9 || missed.ScheduledAt.Minute() != 2 || missed.Error != "Hearth was not running. 9 runs did not take place." || !missed.StartedAt.IsZero() {
			t.Errorf("the missed runs: %+v", missed)
		}
		if got := len(r.sender.all()); got != 2 {
			t.Errorf("%d messages", got)
		}
	})
}

func TestASlowQueryMissesRunsButNeverOverlaps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		asking := 0
		r.ask.answers(func(ctx context.Context, _ Question) (int, error) {
			asking++
			if asking > 1 {
				t.Error("two runs at once")
			}
			rest(ctx, 150*time.Second)
			asking--
			return 1, ctx.Err()
		})
		a := r.alert(nil)
		r.run()
		time.Sleep(6*time.Minute + time.Second)
		synctest.Wait()
		r.stop()
		r.db = openMeta(t, r.path)
		var story []string
		for _, run := range r.runs(a.ID) {
			story = append(story, fmt.Sprintf("%d %s %d", run.ScheduledAt.Minute(), run.Status, run.Missed))
		}
		if got := strings.Join(story, ", "); got != "3 matched 0, 2 missed 1, 1 matched 0" {
			t.Errorf("runs: %s", got) // the third one began at minute 6 and was cut off, so that it is still due
		}
		if next := r.read(a.ID).NextRun; next.Minute() != 4 {
			t.Errorf("the next run is due at %v", next)
		}
		_ = r.db.Close()
	})
}

func TestDeliveriesAreTriedAgainAcrossARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sender.refuses = func(n int, c *meta.Channel) error {
			if c.Label == "broken" && n < 6 {
				return &SendError{Text: "the receiver answered 503"}
			}
			return nil
		}
		a := r.alert(func(a *meta.AlertSpec) {
			a.NotifyWhen = meta.StartsHavingMatches
			a.Channels = []string{r.channel("fine"), r.channel("broken")}
		})
		r.run()
		time.Sleep(75 * time.Second) // at 1:00 it fires, at 1:10 the broken channel is tried again
		synctest.Wait()
		tried := func() (times []string) {
			for _, got := range r.sender.all() {
				times = append(times, got.channel+" "+got.at.Format("4:05"))
			}
			return times
		}
		if got := strings.Join(tried(), ", "); got != "fine 1:00, broken 1:00, broken 1:10" && got != "broken 1:00, fine 1:00, broken 1:10" {
			t.Errorf("attempts: %s", got)
		}
		d := r.runs(a.ID)[0].Deliveries
		if len(d) != 2 || d[0].Status != meta.Delivered || d[1].Status != meta.DeliveryPending || d[1].Attempts != 2 || d[1].Error != "the receiver answered 503" {
			t.Errorf("deliveries %+v", d)
		}
		r.restart(0)
		time.Sleep(13 * time.Minute)
		synctest.Wait()
		defer r.stop()
		if got := strings.Join(tried()[3:], ", "); got != "broken 1:40, broken 3:40, broken 13:40" {
			t.Errorf("attempts after the restart: %s", got)
		}
		runs := r.runs(a.ID)
		last := runs[len(runs)-1].Deliveries[1]
		if last.Status != meta.Delivered || last.Attempts != 5 || last.Error != "" {
			t.Errorf("in the end: %+v", last)
		}
		if all := r.sender.all(); all[1].delivery != all[len(all)-1].delivery && all[0].delivery != all[len(all)-1].delivery {
			t.Error("a repeat has another id")
		}
	})
}

// A delivery may end between the moment that it is read as due and the moment that it would be started.
func TestWhatEndsDuringALookIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	c := newCrew(New(Options{}), 2)
	var done atomic.Int32
	do := func() error { done.Add(1); return nil }
	c.look()
	c.start(t.Context(), "one", "delivery", do)
	c.working.Wait()
	c.start(t.Context(), "one", "delivery", do)
	c.working.Wait()
	if n := done.Load(); n != 1 {
		t.Errorf("done %d times in one look", n)
	}
	c.look()
	c.start(t.Context(), "one", "delivery", do)
	c.working.Wait()
	if n := done.Load(); n != 2 {
		t.Errorf("done %d times in two looks", n)
	}
}

func TestMessagesOfOneAlertKeepTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.ask.answers(func(context.Context, Question) (int, error) { return 1, nil })
		r.sender.refuses = func(n int, _ *meta.Channel) error {
			if n < 4 {
				return &SendError{Text: "busy", After: time.Minute}
			}
			return nil
		}
		r.alert(func(a *meta.AlertSpec) {
			a.NotifyWhen, a.Channels = meta.HasMatchesChanged, []string{r.channel("hook")}
		})
		r.run()
		time.Sleep(90 * time.Second)
		synctest.Wait()
		r.ask.answers(func(context.Context, Question) (int, error) { return 0, nil })
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		defer r.stop()
		var story []string
		for _, got := range r.sender.all() {
			story = append(story, string(got.notice.Kind)+" "+got.at.Format("4:05"))
		}
		if got := strings.Join(story, ", "); got != "firing 1:00, firing 2:00, firing 3:00, firing 5:00, resolved 5:00" {
			t.Errorf("messages: %s", got)
		}
	})
}

func TestDeliveriesAreGivenUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err      error
		attempts int
	}{
		"a refusal that will not change": {&SendError{Text: "410 Gone", Final: true}, 1},
		"a receiver that never answers":  {&SendError{Text: "no answer"}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.sender.refuses = func(int, *meta.Channel) error { return c.err }
				a := r.alert(func(a *meta.AlertSpec) {
					a.NotifyWhen, a.Channels = meta.StartsHavingMatches, []string{r.channel("hook")}
				})
				r.run()
				time.Sleep(2 * time.Hour)
				synctest.Wait()
				defer r.stop()
				runs, err := r.db.AlertRuns(t.Context(), a.ID, time.Time{}, 1000)
				if err != nil {
					t.Fatal(err)
				}
				d := runs[len(runs)-1].Deliveries[0]
				if d.Status != meta.DeliveryFailed || d.Attempts != c.attempts || !d.NextAttempt.IsZero() || d.Error != c.err.Error() {
					t.Errorf("%+v", d)
				}
			})
		})
	}
}

func TestAnAlertThatChangesBeginsAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		hook := r.channel("hook")
		a := r.alert(func(a *meta.AlertSpec) { a.NotifyWhen, a.Channels = meta.StartsHavingMatches, []string{hook} })
		s := r.run()
		defer r.stop()
		change := func(f func(*meta.AlertSpec)) {
			if _, err := r.db.UpdateAlert(t.Context(), a.ProjectID, a.ID, "bo", f); err != nil {
				t.Fatal(err)
			}
			s.Wake()
		}
		time.Sleep(90 * time.Second)
		change(func(a *meta.AlertSpec) { a.Name = "Another name" })
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := len(r.sender.all()); got != 1 {
			t.Errorf("%d messages after another name", got)
		}
		change(func(a *meta.AlertSpec) { a.Query = "SELECT 2" })
		if now := r.read(a.ID); StandingOf(&now, time.Now()).State != Pending {
			t.Error("it is not pending")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := len(r.sender.all()); got != 2 {
			t.Errorf("%d messages after another query", got)
		}
		change(func(a *meta.AlertSpec) { a.Active = false })
		time.Sleep(10 * time.Minute)
		change(func(a *meta.AlertSpec) { a.Active = true })
		time.Sleep(time.Minute)
		synctest.Wait()
		runs := r.runs(a.ID)
		if len(runs) != 4 || runs[0].Status != meta.RunMatched {
			t.Errorf("%d runs; what is switched off misses none", len(runs))
		}
	})
}

func TestChannelsThatHaveGoneAreToldOf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sender.refuses = func(int, *meta.Channel) error { return &SendError{Text: "busy"} }
		hook, off := r.channel("hook"), r.channel("off")
		a := r.alert(func(a *meta.AlertSpec) { a.NotifyWhen, a.Channels = meta.StartsHavingMatches, []string{hook, off} })
		r.run()
		defer r.stop()
		time.Sleep(61 * time.Second)
		synctest.Wait()
		no := false
		if _, err := r.db.UpdateChannel(t.Context(), r.db.DefaultProject().OrganizationID, off, meta.ChannelChange{Active: &no}); err != nil {
			t.Fatal(err)
		}
		if err := r.db.DeleteChannel(t.Context(), r.db.DefaultProject().OrganizationID, hook); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		runs := r.runs(a.ID)
		d := runs[len(runs)-1].Deliveries
		if d[0].Status != meta.DeliveryFailed || d[0].Error != "the channel was removed" || d[1].Status != meta.DeliveryFailed || d[1].Error != "the channel was switched off" {
			t.Errorf("%+v", d)
		}
	})
}

func TestABrokenQueryIsARunToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.ask.answers(func(context.Context, Question) (int, error) {
			return 0, &QueryError{Text: "Column x does not exist.", Mistake: true}
		})
		a := r.alert(func(a *meta.AlertSpec) { a.Channels = []string{r.channel("hook")} })
		r.run()
		defer r.stop()
		time.Sleep(150 * time.Second)
		synctest.Wait()
		runs := r.runs(a.ID)
		if len(runs) != 2 || runs[0].Status != meta.RunFailed || runs[0].Error != "Column x does not exist." || runs[0].Notified || !runs[1].Notified {
			t.Errorf("%+v", runs)
		}
		got := r.sender.all()
		if len(got) != 1 || got[0].notice.Sentence != "The query fails: Column x does not exist. Nothing more is told until it works again." {
			t.Errorf("told %+v", got)
		}
	})
}

func TestThatNothingAtAllArrivesIsAStateOfItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.ask.answers(func(context.Context, Question) (int, error) { return 0, nil })
		a := r.alert(nil)
		r.run()
		defer r.stop()
		time.Sleep(61 * time.Second)
		synctest.Wait()
		silent := r.read(a.ID)
		if got := StandingOf(&silent, time.Now()); got.State != NoData {
			t.Errorf("%+v", got)
		}
		r.ask.answers(func(_ context.Context, q Question) (int, error) {
			if strings.Contains(q.SQL, "metrics") {
				return 1, nil
			}
			return 0, nil
		})
		time.Sleep(time.Minute)
		synctest.Wait()
		heard := r.read(a.ID)
		if got := StandingOf(&heard, time.Now()); got.State != OK {
			t.Errorf("%+v", got)
		}
	})
}

func TestPreviewSaysWhichRunsWouldHaveTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer func() { _ = r.db.Close() }()
		time.Sleep(48 * time.Hour)
		began := time.Now()
		r.ask.answers(func(ctx context.Context, q Question) (int, error) {
			if hours := began.Sub(q.To).Hours(); hours > 6 && hours < 12 {
				return 3, nil
			}
			return 0, nil
		})
		s := New(Options{Meta: r.db, Ask: r.ask, Sender: r.sender, Origin: func() string { return "http://hearth.test" }})
		spec := meta.AlertSpec{Name: "x", Query: "SELECT 1", Window: time.Hour, Frequency: time.Hour, NotifyWhen: meta.HasMatchesChanged}
		p, err := s.Preview(t.Context(), r.db.DefaultProject(), "", spec)
		if err != nil {
			t.Fatal(err)
		}
		fires := 0
		for _, run := range p.Runs {
			if run.Fires {
				fires++
			}
		}
		if len(p.Runs) != 24 || fires != 2 || !p.Runs[0].At.Before(p.Runs[1].At) {
			t.Errorf("%d runs, %d told: %+v", len(p.Runs), fires, p.Runs)
		}
		// Now there is nothing to tell: the message is that of the run that began to fire.
		if p.Total != 0 || began.Sub(p.MessageAt) != 11*time.Hour || !strings.HasPrefix(p.Message.Text, "3 rows in 1 hour until ") {
			t.Errorf("%d rows; the message of %v: %s", p.Total, p.MessageAt, p.Message.Text)
		}

		for rule, want := range map[meta.NotifyWhen]time.Duration{meta.HasMatches: 7 * time.Hour, meta.MatchesChanged: 6 * time.Hour, meta.NoMatches: 0} {
			other := spec
			other.NotifyWhen = rule
			if p, err := s.Preview(t.Context(), r.db.DefaultProject(), "", other); err != nil || began.Sub(p.MessageAt) != want {
				t.Errorf("%s: the message of %v, %v", rule, p.MessageAt, err)
			}
		}
		never := spec
		never.NotifyWhen, never.Window = meta.HasMatches, 2*time.Hour
		r.ask.answers(func(context.Context, Question) (int, error) { return 0, nil })
		if p, err := s.Preview(t.Context(), r.db.DefaultProject(), "", never); err != nil || !p.MessageAt.IsZero() || p.Message.Subject == "" {
			t.Errorf("an example: %+v, %v", p, err)
		}

		// There is time for some questions only: the newest are answered.
		r.ask.answers(func(ctx context.Context, q Question) (int, error) {
			rest(ctx, time.Second)
			if ctx.Err() != nil {
				return 0, &QueryError{Text: "Too slow."}
			}
			return 1, nil
		})
		p, err = s.Preview(t.Context(), r.db.DefaultProject(), "", spec)
		if err != nil || len(p.Runs) < 4 || len(p.Runs) > 9 || !p.Runs[len(p.Runs)-1].At.Equal(began.Truncate(time.Hour)) {
			t.Errorf("%d runs, %v", len(p.Runs), err)
		}
	})
}
