package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/otlp"
)

// noon is a time of the clocks that tests move.
var noon = time.Date(2026, 5, 27, 12, 0, 0, 0, time.UTC)

// book is a usageBook that a test breaks.
type book struct {
	*meta.DB
	err error
}

func (b *book) AddUsage(ctx context.Context, projects []meta.Usage, tokens []meta.TokenUsage) error {
	if b.err != nil {
		return b.err
	}
	return b.DB.AddUsage(ctx, projects, tokens)
}

func openBook(t *testing.T, now func() time.Time) *book {
	t.Helper()
	db, err := meta.Open(t.Context(), filepath.Join(t.TempDir(), "meta.sqlite"), meta.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &book{DB: db}
}

func TestAQuotaOutlivesARestartAndEndsWithTheDay(t *testing.T) {
	t.Parallel()
	now := noon
	clock := func() time.Time { return now }
	b := openBook(t, clock)
	project := b.DefaultProject().ID
	token, _, err := b.CreateToken(t.Context(), meta.NewToken{ProjectID: project, Kind: meta.WriteToken})
	if err != nil {
		t.Fatal(err)
	}
	restart := func() *usage {
		u, err := openUsage(t.Context(), 1000, b, clock, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	check := func(when string, u *usage, want int64) {
		t.Helper()
		if got := u.today(project); got != want {
			t.Errorf("%s: %d bytes, want %d", when, got, want)
		}
		if full := u.exhausted(project) != ""; full != (want >= 1000) {
			t.Errorf("%s: exhausted %v", when, full)
		}
	}
	save := func(u *usage) {
		t.Helper()
		if err := u.save(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	u := restart()
	check("at first", u, 0)
	u.add(project, token.ID, 600, 6)
	check("counted", u, 600)
	save(u)
	check("written", u, 600)
	u.add(project, token.ID, 300, 3)
	check("some written, some not", u, 900)

	other := restart() // on the same database
	check("another server", other, 600)
	other.add(project, token.ID, 50, 0)
	save(other)
	b.err = errors.New("the disk is full")
	if err := u.save(t.Context()); !errors.Is(err, b.err) {
		t.Errorf("saved: %v", err)
	}
	check("not written", u, 900)
	u.add(project, token.ID, 100, 1)
	b.err = nil
	save(u)
	check("written at last, with the other server's", u, 1050)
	check("after a restart", restart(), 1050)

	now = now.Add(12 * time.Hour)
	check("the next day", u, 0)
	u.add(project, token.ID, 1, 1)
	check("the next day", u, 1)
	save(u)
	list, err := b.UsageSince(t.Context(), project, "2026-05-27")
	if got := fmt.Sprint(list); err != nil || got != fmt.Sprintf("[{%[1]s 2026-05-27 1050 10} {%[1]s 2026-05-28 1 1}]", project) {
		t.Errorf("%s, %v", got, err)
	}
	byToken, err := b.UsageOfTokens(t.Context(), project)
	want := meta.Hourly{meta.UsageHours - 1: 1, meta.UsageHours - 13: 10} // now, and twelve hours ago
	if got := byToken[token.ID]; err != nil || got == nil || *got != want {
		t.Errorf("the token: %v, %v; want %v", got, err, want)
	}
}

func TestLimitsOfTokensAndProjects(t *testing.T) {
	t.Parallel()
	now := noon
	clock := func() time.Time { return now }
	b := openBook(t, clock)
	u, err := openUsage(t.Context(), 1<<20, b, clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	l := newLimits(10<<10, u, clock, prometheus.NewRegistry())
	busy, calm := otlp.Writer{Project: "p", Token: "busy"}, otlp.Writer{Project: "p", Token: "calm"}
	if err := l.Admit(busy); err != nil {
		t.Fatal(err)
	}
	l.Took(busy, 130<<10, 100) // 13 seconds' worth, of which 10 may come at once
	var fast otlp.TooFast
	if err := l.Admit(busy); !errors.As(err, &fast) || fast.After < 3*time.Second || fast.After > 3001*time.Millisecond || !strings.Contains(fast.Text, "--ingest-rate") {
		t.Errorf("too much: %#v", err)
	}
	if err := l.Admit(calm); err != nil {
		t.Errorf("another token: %v", err)
	}
	now = now.Add(3001 * time.Millisecond)
	if err := l.Admit(busy); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	l.Took(calm, 1<<20, 1)
	now = now.Add(time.Hour)
	var quota otlp.OverQuota
	if err := l.Admit(busy); !errors.As(err, &quota) || quota != "Token has been blocked due usage limit: the project has received the 1 MiB that it may in a day (--daily-quota), and takes more from 00:00 UTC on" {
		t.Errorf("over the quota: %v", err)
	}
	if err := l.Admit(otlp.Writer{Project: "other", Token: "busy"}); err != nil {
		t.Errorf("another project: %v", err)
	}
	for name, want := range map[string]float64{"rate": 1, "quota": 1} {
		if got := testutil.ToFloat64(l.refused.WithLabelValues(name)); got != want {
			t.Errorf("%s: %v refusals counted, want %v", name, got, want)
		}
	}
}

// What the flags promise, over the wire.
func TestLimitsByFlag(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.DailyQuota, c.QueryRate = 1, 3
	s := open(t, c)
	if status, answer := do(t, http.MethodPost, s.Origin()+"/v1/logs", logRequest("the first")); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	if status, answer := do(t, http.MethodPost, s.Origin()+"/v1/logs", logRequest("one too many")); status != http.StatusPaymentRequired || !strings.Contains(answer, "--daily-quota") {
		t.Errorf("%d %s", status, answer)
	}
	if status, answer := do(t, http.MethodGet, s.Origin()+"/v1/info", ""); status != http.StatusPaymentRequired || !strings.HasPrefix(answer, `{"detail":"Token has been blocked due usage limit`) {
		t.Errorf("%d %s", status, answer)
	}
	const query = `{"sql":"select 1","min_timestamp":"2020-01-01T00:00:00Z"}`
	for range c.QueryRate {
		if status, answer := do(t, http.MethodPost, s.Origin()+"/v2/query", query); status != http.StatusOK {
			t.Errorf("%d %s", status, answer)
		}
	}
	if status, answer := do(t, http.MethodPost, s.Origin()+"/v2/query", query); status != http.StatusTooManyRequests || !strings.Contains(answer, "3 questions a minute") {
		t.Errorf("%d %s", status, answer)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, c)
	if status, _ := do(t, http.MethodPost, s.Origin()+"/v1/logs", logRequest("after a restart")); status != http.StatusPaymentRequired {
		t.Errorf("a restart forgot what was sent: %d", status)
	}
}

func TestBytesForPeople(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{1: "1 bytes", 1536: "1536 bytes", 3 << 10: "3 KiB", 1 << 30: "1 GiB", 20 << 40: "20 TiB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func BenchmarkLimits(b *testing.B) {
	var log bytes.Buffer
	u := &usage{quota: 1 << 60, now: time.Now, log: slog.New(slog.NewTextHandler(&log, nil)), pending: newTallies()}
	l := newLimits(1<<40, u, time.Now, nil)
	w := otlp.Writer{Project: "01980c7e-5d6e-7cc0-a3a4-2f4b6c8d9e0f", Token: "01980c7e-5d6e-7cc0-a3a4-2f4b6c8d9e0f"}
	for b.Loop() {
		if err := l.Admit(w); err != nil {
			b.Fatal(err)
		}
		l.Took(w, 10_000, 100)
	}
}
