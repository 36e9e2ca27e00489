package meta

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRetentionOfAProject(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	project := db.DefaultProject().ID
	check := func(want Retention) {
		t.Helper()
		if got, err := retentionOf(t.Context(), db.read, project); err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
		set := map[string]Retention{}
		if want != (Retention{}) {
			set[project] = want
		}
		all, err := db.Retentions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(set, all); diff != "" {
			t.Errorf("of all projects (-want +got):\n%s", diff)
		}
	}
	set := func(to Retention) {
		t.Helper()
		if err := db.SetRetention(t.Context(), project, to); err != nil {
			t.Fatal(err)
		}
		check(to)
	}
	check(Retention{})
	set(Retention{RecordsDays: 14})
	set(Retention{RecordsDays: 1, MetricsDays: 400})
	if _, err := db.ChangeProjectSettings(t.Context(), project, func(s *ProjectSettings) { s.Repository = "https://forge.example/{file}" }); err != nil {
		t.Fatal(err)
	}
	check(Retention{RecordsDays: 1, MetricsDays: 400}) // other settings leave it
	for field, bad := range map[string]Retention{"records_days": {RecordsDays: -1}, "metrics_days": {MetricsDays: MaxRetentionDays + 1}} {
		var invalid *InvalidError
		if err := db.SetRetention(t.Context(), project, bad); !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	check(Retention{RecordsDays: 1, MetricsDays: 400})
	set(Retention{MetricsDays: 400})
	set(Retention{})
	if settings, err := db.ProjectSettings(t.Context(), project); err != nil || settings.Repository == "" {
		t.Errorf("the retention took %+v away, %v", settings, err)
	}
	if err := db.SetRetention(t.Context(), "00000000-0000-4000-8000-000000000000", Retention{RecordsDays: 1}); err == nil {
		t.Error("a retention was set for a project that is not there")
	}
}
