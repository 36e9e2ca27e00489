package alert

import (
	"context"
	"encoding/json"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/internal/meta"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeAsker answers with as many rows as the test says, and remembers what it was asked.
type fakeAsker struct {
	mu     sync.Mutex // guards asked and answer
	asked  []Question
	answer func(ctx context.Context, q Question) (rows int, err error)
}

// answers replaces what the asker answers from now on.
func (a *fakeAsker) answers(answer func(ctx context.Context, q Question) (rows int, err error)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer = answer
}

func (a *fakeAsker) Ask(ctx context.Context, q Question, columns func([]Column), row func([]json.RawMessage)) error {
	a.mu.Lock()
	a.asked = append(a.asked, q)
	answer := a.answer
	a.mu.Unlock()
	n, err := answer(ctx, q)
	if err != nil {
		return err
	}
	columns([]Column{{Name: "n", Type: "BIGINT"}})
	for i := range n {
		row([]json.RawMessage{json.RawMessage([]byte{'0' + byte(i%10)})})
	}
	return nil
}

func (a *fakeAsker) Check(context.Context, Question) error { return nil }

// sent is what a fakeSender was given.
type sent struct {
	at       time.Time
	channel  string // label
	delivery string
	notice   Notice
}

// fakeSender takes messages, or refuses them as the test says.
type fakeSender struct {
	mu      sync.Mutex // guards got
	got     []sent
	refuses func(n int, c *meta.Channel) error // the n-th attempt, from 1
}

func (s *fakeSender) Send(_ context.Context, c *meta.Channel, delivery string, n *Notice) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, sent{time.Now(), c.Label, delivery, *n})
	if s.refuses != nil {
		return s.refuses(len(s.got), c)
	}
	return nil
}

func (s *fakeSender) all() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]sent(nil), s.got...)
}

func openMeta(t *testing.T, path string) *meta.DB {
	t.Helper()
	db, err := meta.Open(t.Context(), path, meta.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// rig is a service with what it needs, on a clock that moves when everything waits (testing/synctest).
type rig struct {
	t      *testing.T
	path   string
	db     *meta.DB
	ask    *fakeAsker
	sender *fakeSender
	stop   func() // ends the service and closes the database
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, path: filepath.Join(t.TempDir(), "meta.db"), ask: &fakeAsker{}, sender: &fakeSender{}}
	r.ask.answers(func(context.Context, Question) (int, error) { return 1, nil })
	r.db = openMeta(t, r.path)
	return r
}

// run starts the service.
func (r *rig) run() *Service {
	s := New(Options{Meta: r.db, Ask: r.ask, Sender: r.sender, Origin: func() string { return "http://hearth.test" }})
	ctx, cancel := context.WithCancel(r.t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.Run(ctx) })
	r.stop = func() {
		cancel()
		running.Wait()
		if err := r.db.Close(); err != nil {
			r.t.Error(err)
		}
	}
	return s
}

// restart is what a crash and a later start leave: the database.
func (r *rig) restart(after time.Duration) *Service {
	r.stop()
	time.Sleep(after) // the bubble's clock: nothing waits
	r.db = openMeta(r.t, r.path)
	return r.run()
}

func (r *rig) channel(label string) string {
	r.t.Helper()
	c, err := r.db.CreateChannel(r.t.Context(), r.db.DefaultProject().OrganizationID, label, meta.ChannelConfig{Type: meta.WebhookChannel, Address: "http://127.0.0.1:1/"}, "ana")
	if err != nil {
		r.t.Fatal(err)
	}
	return c.ID
}

func (r *rig) alert(change func(*meta.AlertSpec)) meta.Alert {
	r.t.Helper()
	spec := meta.AlertSpec{
		Name: "Any exception", Query: "SELECT 1", Window: 5 * time.Minute, Frequency: time.Minute, Watermark: 10 * time.Second,
		NotifyWhen: meta.HasMatches, Active: true,
	}
	if change != nil {
		change(&spec)
	}
	a, err := r.db.CreateAlert(r.t.Context(), r.db.DefaultProject().ID, spec, "ana")
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

func (r *rig) read(id string) meta.Alert {
	r.t.Helper()
	a, err := r.db.Alert(r.t.Context(), r.db.DefaultProject().ID, id)
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

func (r *rig) runs(id string) []meta.AlertRun {
	r.t.Helper()
	runs, err := r.db.AlertRuns(r.t.Context(), id, time.Time{}, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	return runs
}

// scriptedAsker answers with one column of these values.
type scriptedAsker struct {
	fakeAsker

	rows []string
}

func (a *scriptedAsker) Ask(_ context.Context, _ Question, columns func([]Column), row func([]json.RawMessage)) error {
	columns([]Column{{Name: "a", Type: "TEXT"}})
	text := []json.RawMessage{nil}
	for _, value := range a.rows {
		text[0] = append(text[0][:0], value...) // the place is used again, as the real one does
		row(text)
	}
	return nil
}
