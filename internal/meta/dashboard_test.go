package meta

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func newDashboard(project, slug string) NewDashboard {
	return NewDashboard{ProjectID: project, Slug: slug, Name: "Web server", Definition: `{"kind":"Dashboard"}`, Panels: 3, By: "local"}
}

func TestADashboardIsReadAsItWasMade(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	project := db.DefaultProject().ID
	made, err := db.CreateDashboard(t.Context(), newDashboard(project, "web"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{made.ID, "web"} {
		got, err := db.Dashboard(t.Context(), project, name)
		if diff := cmp.Diff(made, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-made +read):\n%s", name, err, diff)
		}
	}
	listed := made
	listed.Definition = ""
	list, err := db.Dashboards(t.Context(), project)
	if diff := cmp.Diff([]Dashboard{listed}, list); diff != "" || err != nil {
		t.Errorf("list: %v (-want +got):\n%s", err, diff)
	}

	other, err := db.CreateProject(t.Context(), NewProject{Organization: "local", Name: "other"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.CreateDashboard(t.Context(), newDashboard(other.ID, "web")); err != nil {
		t.Errorf("the same slug in another project: %v", err)
	}
	if _, err := db.Dashboard(t.Context(), other.ID, made.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("from another project: %v", err)
	}
	if err := db.DeleteDashboard(t.Context(), other.ID, made.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted from another project: %v", err)
	}
	if err := db.DeleteDashboard(t.Context(), project, "web"); err != nil {
		t.Error(err)
	}
	if _, err := db.Dashboard(t.Context(), project, made.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("after it was deleted: %v", err)
	}
}

func TestADashboardIsChangedFromItsNewestVersionOnly(t *testing.T) {
	t.Parallel()
	db, clock := newTest(t)
	project := db.DefaultProject().ID
	made, err := db.CreateDashboard(t.Context(), newDashboard(project, "web"))
	if err != nil {
		t.Fatal(err)
	}
	clock.at = clock.at.Add(time.Hour)
	name, definition := "Web", `{"kind":"Dashboard","spec":{}}`
	changed, err := db.ChangeDashboard(t.Context(), project, made.ID, DashboardChange{Name: &name, Definition: &definition, Panels: 4, By: "ana", Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := made
	want.Name, want.Definition, want.Panels, want.Version, want.UpdatedAt, want.UpdatedBy = name, definition, 4, 2, clock.at, "ana"
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = db.ChangeDashboard(t.Context(), project, made.ID, DashboardChange{Name: &name, By: "ben", Version: 1})
	late, ok := errors.AsType[*ChangedError](err)
	if !ok || late.By != "ana" || late.Version != 2 || !late.At.Equal(clock.at) {
		t.Errorf("from an old version: %v", err)
	}
	if again, err := db.ChangeDashboard(t.Context(), project, "web", DashboardChange{By: "ben"}); err != nil || again.Version != 3 || again.Name != name || again.Definition != definition {
		t.Errorf("from whatever is there: %+v, %v", again, err)
	}
	if _, err := db.ChangeDashboard(t.Context(), project, uuid.NewString(), DashboardChange{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown one: %v", err)
	}
}

func TestDashboardsAreBounded(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	project := db.DefaultProject().ID
	if _, err := db.CreateDashboard(t.Context(), newDashboard(project, "web")); err != nil {
		t.Fatal(err)
	}
	if _, err := db.CreateDashboard(t.Context(), newDashboard(project, "web")); !errors.Is(err, ErrExists) {
		t.Errorf("the same slug: %v", err)
	}
	if _, err := db.CreateDashboard(t.Context(), newDashboard(uuid.NewString(), "web")); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown project: %v", err)
	}
	second, err := db.CreateDashboard(t.Context(), newDashboard(project, "second"))
	if err != nil {
		t.Fatal(err)
	}
	web := "web"
	if _, err := db.ChangeDashboard(t.Context(), project, second.ID, DashboardChange{Slug: &web}); !errors.Is(err, ErrExists) {
		t.Errorf("renamed to a slug that is taken: %v", err)
	}
	for field, spoil := range map[string]func(*NewDashboard){
		"slug":       func(n *NewDashboard) { n.Slug = "Web Server" },
		"name":       func(n *NewDashboard) { n.Name = "" },
		"definition": func(n *NewDashboard) { n.Definition = strings.Repeat(" ", MaxDefinition+1) },
	} {
		bad := newDashboard(project, "third")
		spoil(&bad)
		_, err := db.CreateDashboard(t.Context(), bad)
		if e, ok := errors.AsType[*InvalidError](err); !ok || e.Field != field {
			t.Errorf("a bad %s: %v", field, err)
		}
	}
}

func TestProjectsHaveRoomForSoManyDashboards(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	project := db.DefaultProject().ID
	if _, err := db.CreateDashboard(t.Context(), newDashboard(project, "web")); err != nil {
		t.Fatal(err)
	}
	_, err := db.write.ExecContext(t.Context(), `WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO dashboards SELECT id || i, project_id, slug || i, name, definition, panels, version, created_at, updated_at, created_by, updated_by
		FROM dashboards, n`, MaxDashboards)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.CreateDashboard(t.Context(), newDashboard(project, "more")); err == nil || !strings.Contains(err.Error(), "has 1000 dashboards, and no room for more") {
		t.Errorf("one more: %v", err)
	}
}
