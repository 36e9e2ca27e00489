package meta

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUsageAddsUp(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ctx, first := t.Context(), db.DefaultProject().ID
	project, err := db.CreateProject(ctx, NewProject{Organization: LocalOrganization, Name: "second"})
	if err != nil {
		t.Fatal(err)
	}
	second := project.ID
	for _, more := range [][]Usage{
		{{first, "2026-05-27", 1000, 10}, {second, "2026-05-27", 1, 1}, {first, "2026-05-28", 5, 0}},
		{{first, "2026-05-27", 1 << 40, 7}, {"no project", "2026-05-27", 9, 9}},
		nil,
	} {
		if err := db.AddUsage(ctx, more, nil); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, got []Usage, err error, want ...Usage) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		byProject := func(list []Usage) map[string]Usage {
			m := map[string]Usage{}
			for _, u := range list {
				m[u.ProjectID+u.Day] = u
			}
			return m
		}
		if diff := cmp.Diff(byProject(want), byProject(got)); diff != "" || len(got) != len(want) {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	got, err := db.UsageOn(ctx, "2026-05-27")
	check("on a day", got, err, Usage{first, "2026-05-27", 1<<40 + 1000, 17}, Usage{second, "2026-05-27", 1, 1})
	got, err = db.UsageSince(ctx, first, "2026-05-28")
	check("since the second day", got, err, Usage{first, "2026-05-28", 5, 0})
	got, err = db.UsageSince(ctx, first, "2026-01-01")
	check("since ever", got, err, Usage{first, "2026-05-27", 1<<40 + 1000, 17}, Usage{first, "2026-05-28", 5, 0})
	if len(got) == 2 && got[0].Day > got[1].Day {
		t.Error("the oldest day is not the first")
	}
}

func TestUsageOfTokensGoesWithTheirProject(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	ctx := t.Context()
	project, err := db.CreateProject(ctx, NewProject{Organization: LocalOrganization, Name: "gone"})
	if err != nil {
		t.Fatal(err)
	}
	token, _ := makeToken(t, db, NewToken{ProjectID: project.ID, Kind: WriteToken})
	sent := []TokenUsage{{token.ID, HourOf(c.at), 1}}
	if err := db.AddUsage(ctx, []Usage{{project.ID, DayOf(c.at), 1, 1}}, sent); err != nil {
		t.Fatal(err)
	}
	if err := db.DeleteProject(ctx, project.ID); err != nil {
		t.Fatal(err)
	}
	if err := db.AddUsage(ctx, []Usage{{project.ID, DayOf(c.at), 1, 1}}, sent); err != nil { // what was counted meanwhile
		t.Fatal(err)
	}
	var left int
	if err := db.read.QueryRowContext(ctx, "SELECT count(*) FROM token_usage").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows are left, %v", left, err)
	}
}

func TestDaysAreThoseOfUTC(t *testing.T) {
	t.Parallel()
	if got := DayOf(time.Date(2026, 5, 27, 23, 30, 0, 0, time.FixedZone("west", -3600))); got != "2026-05-28" {
		t.Error(got)
	}
}

func TestUsageOfTokensIsThatOfTheLastHours(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	ctx, project := t.Context(), db.DefaultProject()
	busy, _ := makeToken(t, db, NewToken{Kind: WriteToken, Description: "busy"})
	idle, _ := makeToken(t, db, NewToken{Kind: WriteToken, Description: "idle"})
	key, _, err := db.CreateKey(ctx, NewKey{OrganizationID: project.OrganizationID, Name: "sender", ProjectID: project.ID, Scopes: []Scope{WriteRecords}})
	if err != nil {
		t.Fatal(err)
	}
	add := func(more ...TokenUsage) {
		t.Helper()
		if err := db.AddUsage(ctx, nil, more); err != nil {
			t.Fatal(err)
		}
	}
	check := func(when, id string, want map[int]int64) {
		t.Helper()
		list, err := db.UsageOfTokens(ctx, project.ID)
		if err != nil {
			t.Fatal(err)
		}
		var hours *Hourly
		var total int64
		if len(want) > 0 {
			hours = &Hourly{}
		}
		for ago, n := range want {
			hours[UsageHours-1-ago] = n
			total += n
		}
		if diff := cmp.Diff(hours, list[id]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
		if got := list[id]; got != nil && got.Total() != total {
			t.Errorf("%s: %d in all, want %d", when, got.Total(), total)
		}
	}
	now := HourOf(c.at)
	add(TokenUsage{busy.ID, now, 3}, TokenUsage{busy.ID, now - 1, 10}, TokenUsage{key.ID, now, 7}, TokenUsage{"no token", now, 1})
	add(TokenUsage{busy.ID, now, 4}, TokenUsage{busy.ID, now - 24, 100})
	check("added up", busy.ID, map[int]int64{0: 7, 1: 10, 24: 100})
	check("never used", idle.ID, nil)
	keys, err := db.UsageOfKeys(ctx, project.OrganizationID)
	if got := keys[key.ID]; err != nil || len(keys) != 1 || got == nil || got.Total() != 7 {
		t.Errorf("API keys: %v, %v", keys, err)
	}

	c.at = c.at.Add(time.Hour)
	check("an hour later", busy.ID, map[int]int64{1: 7, 2: 10})
	add(TokenUsage{busy.ID, now + 1, 1}, TokenUsage{busy.ID, now - 24, 1000}) // the second, in the first's place, is too late
	check("in the place of an hour that is over", busy.ID, map[int]int64{0: 1, 1: 7, 2: 10})
	add(TokenUsage{busy.ID, now + 2, 5}) // of a server whose clock is ahead
	check("from the future", busy.ID, map[int]int64{0: 6, 1: 7, 2: 10})
	c.at = c.at.Add(25 * time.Hour)
	check("a day later", busy.ID, map[int]int64{24: 5})
}
