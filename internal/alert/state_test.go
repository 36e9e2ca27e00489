package alert

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// life lets judge see one run after the other. Each step is a run: a number of rows, with a letter behind it for other
// rows of the same number; "x" for a wrong statement, "t" for one that took too long; "z" before it for a snooze, "u" for
// no channel, "s" for silence. It returns of each run what was told and the state after it.
func life(rule meta.NotifyWhen, steps string) string {
	var told []string
	var m Memory
	for i, step := range strings.Fields(steps) {
		at := noon.Add(time.Duration(i) * time.Minute)
		a := &meta.Alert{AlertSpec: meta.AlertSpec{NotifyWhen: rule, Window: time.Minute, Frequency: time.Minute, Active: true}}
		o := outcome{at: at, now: at}
		for step != "" && strings.Contains("zus", step[:1]) {
			switch step[0] {
			case 'z':
				a.SnoozedUntil = at.Add(time.Hour)
			case 'u':
				o.unheard = true
			case 's':
				o.silent = true
			}
			step = step[1:]
		}
		switch step {
		case "x", "t":
			o.failure = &QueryError{Text: "No.", Mistake: step == "x"}
		default:
			o.result = &Result{Print: step}
			_, _ = fmt.Sscanf(step, "%d", &o.result.Total)
		}
		v := judge(a, m, o)
		m = memoryOf(&meta.Alert{Memory: v.memory.bytes()}) // as it is stored and read
		kind := string(v.tell)
		if kind == "" {
			kind = "-"
		}
		told = append(told, kind+"/"+string(m.State))
	}
	return strings.Join(told, " ")
}

func TestWhatIsToldOfEachRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule        meta.NotifyWhen
		steps, want string
	}{
		{meta.HasMatches, "0 1 2 0 1", "-/ok firing/firing firing/firing -/ok firing/firing"},
		{meta.HasMatches, "1 z1 1", "firing/firing -/firing firing/firing"},

		{meta.StartsHavingMatches, "1 2 0 0 3", "firing/firing -/firing -/ok -/ok firing/firing"},
		{meta.StartsHavingMatches, "0 x 1 x 1", "-/ok broken/broken firing/firing broken/broken -/firing"},
		{meta.StartsHavingMatches, "z1 z1 1 1", "-/firing -/firing firing/firing -/firing"}, // told when the snooze is over
		{meta.StartsHavingMatches, "1 z0 z1 1", "firing/firing -/ok -/firing firing/firing"},
		{meta.StartsHavingMatches, "u1 u1 1", "-/firing -/firing firing/firing"}, // a channel that comes later hears of it

		{meta.HasMatchesChanged, "0 1 2 0 0", "-/ok firing/firing -/firing resolved/ok -/ok"},
		{meta.HasMatchesChanged, "1 z0 0", "firing/firing -/ok resolved/ok"},
		{meta.HasMatchesChanged, "z1 z0 0", "-/firing -/ok -/ok"}, // nobody has heard that there was something
		{meta.HasMatchesChanged, "0 x 0", "-/ok broken/broken -/ok"},

		{meta.MatchesChanged, "1 1 1b 1b 0 1", "-/ok -/ok changed/firing -/ok changed/firing changed/firing"},
		{meta.MatchesChanged, "1 z1b 1b 1b", "-/ok -/firing changed/ok -/ok"},
		{meta.MatchesChanged, "1 z1b 1", "-/ok -/firing -/firing"}, // as people know it

		{meta.NoMatches, "3 0 0 2 2", "-/ok firing/firing -/firing resolved/ok -/ok"},
		{meta.NoMatches, "0 1", "firing/firing resolved/ok"},
		{meta.NoMatches, "s0 s0", "firing/firing -/firing"}, // silence is what it is for

		{meta.HasMatches, "s0 0 s0", "-/no_data -/ok -/no_data"},

		{meta.HasMatches, "x x 0 x", "broken/broken -/broken -/ok broken/broken"},       // once, and again after it worked
		{meta.HasMatches, "t t t t 0", "-/broken -/broken broken/broken -/broken -/ok"}, // a busy server is given time
		{meta.HasMatches, "t t 0 t t", "-/broken -/broken -/ok -/broken -/broken"},      // never three in a row
		{meta.HasMatches, "zx x", "-/broken broken/broken"},                             // told when the snooze is over
		{meta.HasMatchesChanged, "0 1 0 1 0", "-/ok firing/firing resolved/ok firing/firing resolved/flapping"},
		{meta.StartsHavingMatches, "0 1 0 1 0 0 0 0 0", "-/ok firing/firing -/ok firing/firing -/flapping -/flapping -/flapping -/flapping -/ok"},
	} {
		if got := life(c.rule, c.steps); got != c.want {
			t.Errorf("%s: %s\n got %s\nwant %s", c.rule, c.steps, got, c.want)
		}
	}
}

func TestHowAnAlertStands(t *testing.T) {
	t.Parallel()
	base := meta.Alert{AlertSpec: meta.AlertSpec{NotifyWhen: meta.HasMatches, Window: 15 * time.Minute, Watermark: 10 * time.Second, Active: true}, UpdatedAt: noon}
	after := func(o outcome) meta.Alert {
		o.at, o.now = noon, noon
		a := base
		v := judge(&a, Memory{}, o)
		a.Memory = v.memory.bytes()
		return a
	}
	firing := after(outcome{result: &Result{Total: 3, Print: "3"}})
	snoozed, off := firing, firing
	snoozed.SnoozedAt, snoozed.SnoozedUntil = noon.Add(-time.Minute), noon.Add(time.Hour)
	off.Active = false
	for _, c := range []struct {
		a      meta.Alert
		state  State
		reason string
	}{
		{base, Pending, "It has not run yet."},
		{off, Pending, "It is switched off."},
		{firing, Firing, "3 rows in 15 minutes until 2026-11-26 11:59:50 UTC."},
		{snoozed, Snoozed, "Snoozed until 2026-11-26 13:00 UTC. 3 rows in 15 minutes until 2026-11-26 11:59:50 UTC."},
		{after(outcome{result: &Result{Print: "0"}}), OK, "No rows in 15 minutes until 2026-11-26 11:59:50 UTC."},
		{after(outcome{result: &Result{Print: "0"}, silent: true}), NoData, "Nothing at all was received in 15 minutes until 2026-11-26 11:59:50 UTC."},
		{after(outcome{failure: &QueryError{Text: "Column x does not exist.", Mistake: true}}), Broken, "The query fails: Column x does not exist."},
	} {
		got := StandingOf(&c.a, noon)
		if got.State != c.state || got.Reason != c.reason || got.Since.IsZero() {
			t.Errorf("%s since %v: %s\nwant %s: %s", got.State, got.Since, got.Reason, c.state, c.reason)
		}
	}
	if got := StandingOf(&firing, noon); !got.HasMatches || got.HasErrors || !got.Fired || got.Rows != 3 || !got.LastRun.Equal(noon) {
		t.Errorf("%+v", got)
	}
	strange := base
	strange.Memory = []byte(`{"state":7}`)
	if got := StandingOf(&strange, noon); got.State != Pending {
		t.Errorf("a memory of another release: %+v", got)
	}
}

// The ten runs in docs/alerts.md are what judge says.
func TestTheRunsOfTheDocumentation(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/alerts.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(text), "    rows   ")
	if !found {
		t.Fatal("docs/alerts.md has no runs")
	}
	block, _, _ = strings.Cut(block, "\n\n")
	lines := strings.Split(block, "\n")
	letters := map[string]string{"-": ".", string(KindFiring): "F", string(KindResolved): "R", string(KindChanged): "C"}
	for _, line := range lines[1:] {
		rule, want, _ := strings.Cut(strings.TrimSpace(line), " ")
		var got []string
		for run := range strings.FieldsSeq(life(meta.NotifyWhen(rule), lines[0])) {
			kind, _, _ := strings.Cut(run, "/")
			got = append(got, letters[kind])
		}
		if want := strings.Join(strings.Fields(want), " "); strings.Join(got, " ") != want {
			t.Errorf("%s tells %s, docs/alerts.md says %s", rule, strings.Join(got, " "), want)
		}
	}
	if len(lines) != 6 {
		t.Errorf("%d lines", len(lines))
	}
}
