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
		if err := db.AddUsage(ctx, more); err != nil {
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

func TestDaysAreThoseOfUTC(t *testing.T) {
	t.Parallel()
	if got := DayOf(time.Date(2026, 5, 27, 23, 30, 0, 0, time.FixedZone("west", -3600))); got != "2026-05-28" {
		t.Error(got)
	}
}
