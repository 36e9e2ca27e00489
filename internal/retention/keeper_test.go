package retention

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/store"
)

// book is what people set, in memory.
type book struct {
	mu  sync.Mutex // guards what follows
	ids []string
	set map[string]meta.Retention
	err error
}

func (b *book) Projects(context.Context) (list []meta.Project, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range b.ids {
		list = append(list, meta.Project{ID: id})
	}
	return list, b.err
}

func (b *book) Retentions(context.Context) (map[string]meta.Retention, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	set := map[string]meta.Retention{}
	for id, one := range b.set {
		set[id] = one
	}
	return set, b.err
}

func (b *book) SetRetention(_ context.Context, id string, to meta.Retention) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.set[id] = to
	return b.err
}

// shelf is a store of which every project holds the same days.
type shelf struct {
	held    []store.DayStats
	expired chan string
	failing string // the project whose days cannot be deleted
}

func (s *shelf) Expire(_ context.Context, project string, before store.Cutoffs) (int, error) {
	s.expired <- fmt.Sprintf("%s %s %s", project, age(before.Records), age(before.Metrics))
	if project == s.failing {
		return 0, errors.New("no disk")
	}
	return 1, nil
}

// age says how long ago a cutoff is.
func age(cutoff time.Time) string {
	if cutoff.IsZero() {
		return "never"
	}
	return fmt.Sprintf("%gd", DaysOf(time.Since(cutoff)))
}

func (s *shelf) Stats(context.Context, string) ([]store.DayStats, error) { return s.held, nil }

func (s *shelf) Sizes(context.Context, string) (sizes []store.DaySize, err error) {
	for _, d := range s.held {
		sizes = append(sizes, d.DaySize)
	}
	return sizes, nil
}

// take returns what was expired since the last time.
func (s *shelf) take() string {
	var all []string
	for len(s.expired) > 0 {
		all = append(all, <-s.expired)
	}
	return strings.Join(all, "; ")
}

func TestEveryProjectIsLookedAtEveryHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer // read when nobody writes
		b := &book{ids: []string{"a", "b"}, set: map[string]meta.Retention{"b": {RecordsDays: 7}}}
		s := &shelf{expired: make(chan string, 9), failing: "a"}
		k, err := New(t.Context(), Options{Book: b, Store: s, Longest: 30 * day, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { k.Run(ctx); close(done) }()
		check := func(when, want string) {
			t.Helper()
			synctest.Wait()
			if got := s.take(); got != want {
				t.Errorf("%s: %q, want %q", when, got, want)
			}
		}
		check("at the start", "a 30d 30d; b 7d 30d") // the failure of one keeps the other not from it
		time.Sleep(every - time.Second)              // of the bubble's own clock
		check("before an hour is over", "")
		if err := b.SetRetention(t.Context(), "a", meta.Retention{MetricsDays: 2}); err != nil { // as another server would
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		check("an hour later", "a 30d 2d; b 7d 30d")
		b.mu.Lock()
		b.err = errors.New("no database")
		b.mu.Unlock()
		time.Sleep(every)
		check("without a database", "")
		cancel()
		<-done
		for _, want := range []string{"no disk", "project=a", "no database"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %q: %s", want, &log)
			}
		}
	})
}

func TestChangingDeletesAtOnceWhatThePreviewSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		today := time.Now().UTC().Truncate(day)
		s := &shelf{expired: make(chan string, 9), held: []store.DayStats{
			{DaySize: store.DaySize{Day: today.AddDate(0, 0, -20), RecordBytes: 100, MetricBytes: 10}, Records: 5, Metrics: 3},
			{DaySize: store.DaySize{Day: today, RecordBytes: 200, MetricBytes: 20}, Records: 6, Metrics: 4},
		}}
		b := &book{ids: []string{"a"}, set: map[string]meta.Retention{}}
		k, err := New(t.Context(), Options{Book: b, Store: s, Longest: 30 * day})
		if err != nil {
			t.Fatal(err)
		}
		to := meta.Retention{RecordsDays: 7}
		want := Loss{Days: 1, Records: 5, Bytes: 100, LastRecords: today.AddDate(0, 0, -20)}
		if got, err := k.Preview(t.Context(), "a", to); err != nil || got != want {
			t.Errorf("preview %+v, %v; want %+v", got, err, want)
		}
		set := func(want meta.Retention) {
			t.Helper()
			if got, err := k.Set(t.Context(), "a"); err != nil || got != want {
				t.Errorf("%+v is set, %v; want %+v", got, err, want)
			}
		}
		if got := s.take(); got != "" {
			t.Errorf("the preview deleted %q", got)
		}
		set(meta.Retention{})
		if got, err := k.Change(t.Context(), "a", to); err != nil || got != want {
			t.Errorf("change %+v, %v; want %+v", got, err, want)
		}
		if got := s.take(); got != "a 7d 30d" || k.Keep("a") != (Keep{7 * day, 30 * day}) {
			t.Errorf("the change deleted %q, and keeps %+v", got, k.Keep("a"))
		}
		for field, bad := range map[string]meta.Retention{
			"records_days": {RecordsDays: 31}, "metrics_days": {RecordsDays: 30, MetricsDays: 1 << 40},
		} {
			_, preview := k.Preview(t.Context(), "a", bad)
			_, change := k.Change(t.Context(), "a", bad)
			for _, err := range []error{preview, change} {
				if invalid, ok := errors.AsType[*meta.InvalidError](err); !ok || invalid.Field != field {
					t.Errorf("%+v: %v", bad, err)
				}
			}
		}
		set(to)
		if got := s.take(); got != "" {
			t.Errorf("what was refused deleted %q", got)
		}
		b.err = errors.New("no database")
		if _, err := k.Change(t.Context(), "a", meta.Retention{}); !errors.Is(err, b.err) || s.take() != "" {
			t.Errorf("without a database: %v", err)
		}
	})
}

func TestOutlooksOfAProjectAndOfTheServer(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	for days := 9; days >= 0; days-- {
		s.held = append(s.held, store.DayStats{DaySize: store.DaySize{Day: ago(days), RecordBytes: 100, MetricBytes: 10}, Records: 1, Metrics: 1})
	}
	b := &book{ids: []string{"a", "b"}, set: map[string]meta.Retention{"a": {RecordsDays: 9, MetricsDays: 9}}}
	free := int64(5000)
	k, err := New(t.Context(), Options{Book: b, Store: s, Free: func() (int64, error) { return free, nil }, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	check := func(project string, want Outlook) {
		t.Helper()
		if got, err := k.Outlook(t.Context(), project); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", project, got, err, want)
		}
	}
	check("a", Outlook{Bytes: 1100, Growth: 110, Settles: true, SettlesAt: 1100, SettlesIn: 10})
	check("b", Outlook{Bytes: 1100, Growth: 110})
	want := Outlook{Bytes: 2200, Growth: 220, Full: true, FullIn: 45}
	if got, left, err := k.ServerOutlook(t.Context()); err != nil || got != want || left != free {
		t.Errorf("the server: %+v, %d bytes, %v; want %+v", got, left, err, want)
	}
	if held, err := k.Held(t.Context(), "a"); err != nil || len(held) != 10 {
		t.Errorf("held: %d days, %v", len(held), err)
	}
}
