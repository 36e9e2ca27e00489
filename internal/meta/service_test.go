package meta

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestServicesKeepTheHueThatTheyGotFirst(t *testing.T) {
	t.Parallel()
	c := &clock{start}
	path := newPlace(t)
	db := openTest(t, path, c)
	project := db.DefaultProject().ID
	check := func(names []string, want ...Service) {
		t.Helper()
		got, err := db.AddServices(t.Context(), project, names)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after %q (-want +got):\n%s", names, diff)
		}
	}
	check([]string{"shop", "api"}, Service{"shop", 1}, Service{"api", 2})
	check([]string{"cron", "shop", "cron"}, Service{"shop", 1}, Service{"api", 2}, Service{"cron", 3})

	other, err := db.CreateProject(t.Context(), NewProject{Organization: "local", Name: "other"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := db.AddServices(t.Context(), other.ID, []string{"api"}); err != nil || got[0] != (Service{"api", 1}) {
		t.Errorf("another project begins anew: %v, %v", got, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := openTest(t, path, c).Services(t.Context(), project)
	if diff := cmp.Diff([]Service{{"shop", 1}, {"api", 2}, {"cron", 3}}, got); diff != "" || err != nil {
		t.Errorf("after a restart: %v (-want +got):\n%s", err, diff)
	}
}

func TestServicesBeyondTheBoundAreNotRemembered(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	var names []string
	for i := range MaxServices + 5 {
		names = append(names, fmt.Sprintf("service %d", i))
	}
	got, err := db.AddServices(t.Context(), db.DefaultProject().ID, names)
	if err != nil || len(got) != MaxServices || got[Hues] != (Service{"service 20", 1}) {
		t.Errorf("%d services remembered, number %d is %v: %v", len(got), Hues, got[Hues], err)
	}
}
