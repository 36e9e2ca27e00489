package meta

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func someAlert(name string) AlertSpec {
	return AlertSpec{
		Name: name, Query: "SELECT 1", Window: time.Hour, Frequency: 5 * time.Minute, Watermark: 10 * time.Second, NotifyWhen: HasMatches, Active: true,
	}
}

func newAlert(t *testing.T, db *DB, name string) Alert {
	t.Helper()
	a, err := db.CreateAlert(t.Context(), db.DefaultProject().ID, someAlert(name), "ana")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newHook(t *testing.T, db *DB, label string) Channel {
	t.Helper()
	c, err := db.CreateChannel(t.Context(), db.DefaultProject().OrganizationID, label, ChannelConfig{Type: WebhookChannel, Address: "https://example.com/" + label}, "ana")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSlotsCountFromMidnight(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 26, 14, 7, 31, 5, time.UTC)
	for _, c := range []struct {
		frequency  time.Duration
		last, next string
	}{
		{time.Minute, "14:07:00", "14:08:00"}, {5 * time.Minute, "14:05:00", "14:10:00"}, {time.Hour, "14:00:00", "15:00:00"},
		{6 * time.Hour, "12:00:00", "18:00:00"}, {24 * time.Hour, "00:00:00", "00:00:00"}, {time.Second, "14:07:31", "14:07:32"},
	} {
		last, next := LastSlot(at, c.frequency), NextSlot(at, c.frequency)
		if last.Format(time.TimeOnly) != c.last || next.Format(time.TimeOnly) != c.next || next.Sub(last) != c.frequency {
			t.Errorf("%v: %v, %v", c.frequency, last, next)
		}
		if LastSlot(next, c.frequency) != next || LastSlot(last, c.frequency) != last {
			t.Errorf("%v: a slot is not its own", c.frequency)
		}
	}
	odd := 7 * time.Minute // no divisor of a day: the distance counts
	for slot, n := LastSlot(at, odd), 0; n < 500; n++ {
		next := NextSlot(slot, odd)
		if next.Sub(slot) != odd {
			t.Fatalf("from %v to %v", slot, next)
		}
		slot = next
	}
}

func TestAlertsAreKeptAsTheyWereMade(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	one, two := newHook(t, db, "one"), newHook(t, db, "two")
	spec := someAlert("  Errors ")
	spec.Environments, spec.Channels, spec.Description = []string{"prod", ""}, []string{two.ID, one.ID, two.ID}, "**näher**"
	made, err := db.CreateAlert(t.Context(), db.DefaultProject().ID, spec, "ana")
	if err != nil {
		t.Fatal(err)
	}
	got, err := db.Alert(t.Context(), made.ProjectID, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	made.Channels = []string{two.ID, one.ID}
	made.Memory = []byte{}
	if diff := cmp.Diff(made, got); diff != "" || got.Name != "Errors" {
		t.Errorf("(-made +read):\n%s", diff)
	}
	if list, err := db.Alerts(t.Context(), made.ProjectID); err != nil || len(list) != 1 || cmp.Diff(got, list[0]) != "" {
		t.Errorf("list %+v, %v", list, err)
	}
	c.at = c.at.Add(time.Hour)
	changed, err := db.UpdateAlert(t.Context(), made.ProjectID, made.ID, "bo", func(a *AlertSpec) { a.Description, a.Channels = "", nil })
	if err != nil || changed.Revision != 1 || !changed.NextRun.Equal(made.NextRun) || changed.UpdatedBy != "bo" || changed.CreatedBy != "ana" {
		t.Errorf("a new description: %+v, %v", changed, err)
	}
	changed, err = db.UpdateAlert(t.Context(), made.ProjectID, made.ID, "bo", func(a *AlertSpec) { a.Frequency = time.Hour })
	if err != nil || changed.Revision != 2 || !changed.NextRun.Equal(NextSlot(c.at, time.Hour)) {
		t.Errorf("a new frequency: %+v, %v", changed, err)
	}
	newAlert(t, db, "Other")
	for name, err := range map[string]error{
		"made twice":      second(db.CreateAlert(t.Context(), made.ProjectID, someAlert("Errors"), "")),
		"renamed":         second(db.UpdateAlert(t.Context(), made.ProjectID, made.ID, "", func(a *AlertSpec) { a.Name = "Other" })),
		"a channel twice": second(db.CreateChannel(t.Context(), db.DefaultProject().OrganizationID, "one", one.Config, "")),
		"a label": second(db.UpdateChannel(t.Context(), db.DefaultProject().OrganizationID, two.ID, ChannelChange{Label: func() *string {
			label := "one"
			return &label
		}()})),
	} {
		if !errors.Is(err, ErrExists) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"of another project": second(db.Alert(t.Context(), uuid.NewString(), made.ID)),
		"made in nowhere":    second(db.CreateAlert(t.Context(), uuid.NewString(), someAlert("x"), "")),
		"removed":            errors.Join(db.DeleteAlert(t.Context(), made.ProjectID, made.ID), db.DeleteAlert(t.Context(), made.ProjectID, made.ID)),
		"snoozed":            second(db.SnoozeAlert(t.Context(), made.ProjectID, made.ID, c.at.Add(time.Hour))),
		"no channel":         db.DeleteChannel(t.Context(), db.DefaultProject().OrganizationID, made.ID),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestRunsAreKeptUpToABound(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	a := newAlert(t, db, "Errors")
	hook := newHook(t, db, "hook")
	for i := range MaxRuns + 5 {
		at := a.NextRun.Add(time.Duration(i) * a.Frequency)
		f := FinishedRun{
			Run: AlertRun{
				ID: uuid.NewString(), AlertID: a.ID, ScheduledAt: at, StartedAt: at, FinishedAt: at, Status: RunMatched, Rows: i, Notified: true,
				Result:     json.RawMessage(`{"rows":[]}`),
				Deliveries: []Delivery{{ChannelID: hook.ID, Label: hook.Label, Notice: json.RawMessage(`{}`), CreatedAt: at}},
			},
			NextRun: at.Add(a.Frequency), Revision: a.Revision, Memory: fmt.Appendf(nil, `{"n":%d}`, i),
		}
		if err := db.FinishRun(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	all, err := db.AlertRuns(t.Context(), a.ID, time.Time{}, 2*MaxRuns)
	if err != nil || len(all) != MaxRuns || all[0].Rows != MaxRuns+4 || len(all[0].Deliveries) != 1 || string(all[0].Result) != `{"rows":[]}` {
		t.Errorf("%d runs, the newest %+v: %v", len(all), all[0], err)
	}
	if all[MaxResults-1].Result == nil || all[MaxResults].Result != nil {
		t.Error("the rows are kept of other runs than the newest")
	}
	page, err := db.AlertRuns(t.Context(), a.ID, all[9].ScheduledAt, 3)
	if diff := cmp.Diff(all[10:13], page); diff != "" || err != nil {
		t.Errorf("a page (-want +got), %v:\n%s", err, diff)
	}
	recent, err := db.RecentRuns(t.Context(), a.ProjectID, 2)
	if err != nil || len(recent[a.ID]) != 2 || recent[a.ID][0].ID != all[0].ID || recent[a.ID][0].Result != nil {
		t.Errorf("recent %+v, %v", recent, err)
	}
	now, err := db.Alert(t.Context(), a.ProjectID, a.ID)
	if err != nil || string(now.Memory) != fmt.Sprintf(`{"n":%d}`, MaxRuns+4) || !now.NextRun.Equal(all[0].ScheduledAt.Add(a.Frequency)) {
		t.Errorf("the alert is %+v, %v", now, err)
	}
	due, err := db.DueDeliveries(t.Context(), all[0].ScheduledAt, 10)
	if err != nil || len(due) != 1 || due[0].RunID != all[MaxRuns-1].ID {
		t.Errorf("the oldest delivery alone is due: %+v, %v", due, err)
	}
	done := due[0]
	done.Status, done.Attempts, done.AttemptedAt, done.NextAttempt = Delivered, 1, all[0].ScheduledAt, time.Time{}
	if err := db.NoteDelivery(t.Context(), done); err != nil {
		t.Fatal(err)
	}
	if due, err = db.DueDeliveries(t.Context(), all[0].ScheduledAt, 10); err != nil || len(due) != 1 || due[0].RunID != all[MaxRuns-2].ID {
		t.Errorf("after it the next one is due: %+v, %v", due, err)
	}
	oldest, err := db.AlertRuns(t.Context(), a.ID, all[MaxRuns-2].ScheduledAt, 1)
	if err != nil || len(oldest) != 1 || oldest[0].Deliveries[0].Status != Delivered || len(oldest[0].Deliveries[0].Notice) != 0 {
		t.Errorf("what was delivered: %+v, %v", oldest, err)
	}
	if err := db.DeleteAlert(t.Context(), a.ProjectID, a.ID); err != nil {
		t.Fatal(err)
	}
	if left, err := db.DueDeliveries(t.Context(), all[0].ScheduledAt, 10); err != nil || len(left) != 0 {
		t.Errorf("after the alert has gone: %+v, %v", left, err)
	}
	if err := db.FinishRun(t.Context(), FinishedRun{Run: AlertRun{ID: uuid.NewString(), AlertID: a.ID}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a run of nothing: %v", err)
	}
}

// A run of an alert that was changed meanwhile has happened, but says nothing of the alert as it is now.
func TestARunOfAnOlderRevisionIsOnlyHistory(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	a := newAlert(t, db, "Errors")
	now, err := db.UpdateAlert(t.Context(), a.ProjectID, a.ID, "", func(a *AlertSpec) { a.Query = "SELECT 2" })
	if err != nil {
		t.Fatal(err)
	}
	run := AlertRun{ID: uuid.NewString(), AlertID: a.ID, ScheduledAt: a.NextRun, Status: RunMatched, Notified: true, Deliveries: []Delivery{{ChannelID: "x", Notice: json.RawMessage(`{}`)}}}
	err = db.FinishRun(t.Context(), FinishedRun{Run: run, Missed: &AlertRun{ID: uuid.NewString(), AlertID: a.ID, ScheduledAt: a.NextRun.Add(-time.Hour), Status: RunMissed, Missed: 3},
		NextRun: a.NextRun.Add(time.Hour), Revision: a.Revision, Memory: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	after, err := db.Alert(t.Context(), a.ProjectID, a.ID)
	if diff := cmp.Diff(now, after, cmp.FilterValues(func(a, b []byte) bool { return len(a) == 0 && len(b) == 0 }, cmp.Ignore())); diff != "" || err != nil {
		t.Errorf("the alert has changed (-before +after), %v:\n%s", err, diff)
	}
	runs, err := db.AlertRuns(t.Context(), a.ID, time.Time{}, 10)
	if err != nil || len(runs) != 2 || runs[0].Notified || len(runs[0].Deliveries) != 0 || runs[1].Missed != 3 {
		t.Errorf("runs %+v, %v", runs, err)
	}
}

func TestSnoozeEnds(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	a := newAlert(t, db, "Errors")
	until := c.at.Add(time.Hour)
	snoozed, err := db.SnoozeAlert(t.Context(), a.ProjectID, a.ID, until)
	if err != nil || !snoozed.Snoozed(c.at) || snoozed.Snoozed(until) || !snoozed.SnoozedAt.Equal(c.at) {
		t.Errorf("%+v, %v", snoozed, err)
	}
	for _, end := range []time.Time{{}, c.at.Add(-time.Hour), c.at} {
		if awake, err := db.SnoozeAlert(t.Context(), a.ProjectID, a.ID, end); err != nil || awake.Snoozed(c.at) || !awake.SnoozedUntil.IsZero() {
			t.Errorf("until %v: %+v, %v", end, awake, err)
		}
	}
}

func TestNextAlertWork(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	check := func(want time.Time) {
		t.Helper()
		if got, err := db.NextAlertWork(t.Context(), c.at); err != nil || !got.Equal(want) {
			t.Errorf("next %v, %v, want %v", got, err, want)
		}
	}
	check(time.Time{})
	a := newAlert(t, db, "Errors")
	check(a.NextRun)
	if due, err := db.DueAlerts(t.Context(), a.NextRun.Add(-time.Microsecond)); err != nil || len(due) != 0 {
		t.Errorf("due too early: %v, %v", due, err)
	}
	if due, err := db.DueAlerts(t.Context(), a.NextRun); err != nil || len(due) != 1 {
		t.Errorf("not due: %v, %v", due, err)
	}
	c.at = a.NextRun
	check(time.Time{}) // what is due is not next
}

func TestChannelsAreChecked(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	for _, c := range []struct {
		label  string
		config ChannelConfig
		field  string
	}{
		{"", ChannelConfig{Type: EmailChannel, Address: "a@b.c"}, "label"},
		{"two\nlines", ChannelConfig{Type: EmailChannel, Address: "a@b.c"}, "label"},
		{"x", ChannelConfig{Type: "pigeon"}, "config.type"},
		{"x", ChannelConfig{Type: WebhookChannel, Address: "file:///etc/passwd"}, "config.url"},
		{"x", ChannelConfig{Type: WebhookChannel, Address: "http://:80/"}, "config.url"},
		{"x", ChannelConfig{Type: EmailChannel, Address: "a@b.c\r\nSubject: x"}, "config.email"},
		{"x", ChannelConfig{Type: EmailChannel, Address: strings.Repeat("a@b.c,", 21) + "a@b.c"}, "config.email"},
	} {
		_, err := db.CreateChannel(t.Context(), db.DefaultProject().OrganizationID, c.label, c.config, "")
		if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != c.field {
			t.Errorf("%q %+v: %v, want a fault of %s", c.label, c.config, err, c.field)
		}
	}
	c, err := db.CreateChannel(t.Context(), db.DefaultProject().OrganizationID, "x", ChannelConfig{Type: EmailChannel, Format: FormatRaw, Address: `"Ana, of course" <ana@example.com> , bo@example.com`}, "")
	if err != nil || c.Config.Address != "ana@example.com, bo@example.com" || c.Config.Format != "" || c.Secret != "" {
		t.Errorf("%+v, %v", c, err)
	}
}
