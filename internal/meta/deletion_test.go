package meta

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// furnish gives a project one of everything that a project can have, and returns the texts of its tokens.
func furnish(t *testing.T, db *DB, p Project) []string {
	t.Helper()
	ctx := t.Context()
	var failed []error
	note := func(err error) { failed = append(failed, err) }
	write, writeText := makeToken(t, db, NewToken{ProjectID: p.ID, Kind: WriteToken})
	_, readText := makeToken(t, db, NewToken{ProjectID: p.ID, Kind: ReadToken})
	_, text, err := db.CreateKey(ctx, NewKey{OrganizationID: p.OrganizationID, ProjectID: p.ID, Name: "deploy", Scopes: []Scope{WriteRecords}})
	note(err)
	note(second(db.AddServices(ctx, p.ID, []string{"web"})))
	note(second(db.CreateDashboard(ctx, NewDashboard{ProjectID: p.ID, Slug: "costs", Name: "Costs", Definition: "{}"})))
	note(second(db.CreateSearch(ctx, Search{ProjectID: p.ID, Owner: "local", CreatedBy: "local", Name: "errors", Kind: LiveSearch, Query: "level >= 'error'", Address: "{}"})))
	channel, err := db.CreateChannel(ctx, p.OrganizationID, "hook", ChannelConfig{Type: WebhookChannel, Address: "https://example.com/"}, "ana")
	note(err)
	spec := someAlert("Errors")
	spec.Channels = []string{channel.ID}
	alert, err := db.CreateAlert(ctx, p.ID, spec, "ana")
	note(err)
	run := AlertRun{
		ID: uuid.NewString(), AlertID: alert.ID, ScheduledAt: alert.NextRun, StartedAt: alert.NextRun, FinishedAt: alert.NextRun, Status: RunMatched, Notified: true,
		Deliveries: []Delivery{{ChannelID: channel.ID, Label: "hook", Notice: json.RawMessage(`{}`), CreatedAt: alert.NextRun}},
	}
	note(db.FinishRun(ctx, FinishedRun{Run: run, NextRun: alert.NextRun.Add(time.Hour), Revision: alert.Revision}))
	note(second(db.ChangeProjectSettings(ctx, p.ID, func(s *ProjectSettings) { s.Repository = "https://example.com/{file}" })))
	note(db.AddUsage(ctx, []Usage{{ProjectID: p.ID, Day: "2026-05-27", Bytes: 1, Records: 1}}, []TokenUsage{{TokenID: write.ID, Hour: 1, Records: 1}}))
	if err := errors.Join(failed...); err != nil {
		t.Fatal(err)
	}
	return []string{writeText, readText, text}
}

// counts returns how many rows tables have that a column says to belong to a thing.
func counts(t *testing.T, db *DB, tables []string, column, id string) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, table := range tables {
		var n int
		if err := db.read.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table+" WHERE "+column+" = $1", id).Scan(&n); err != nil {
			t.Fatal(err)
		}
		all[table] = n
	}
	return all
}

func rowsOf(t *testing.T, db *DB, table string) (n int) {
	t.Helper()
	if err := db.read.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestADeletedProjectLeavesNothing(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	shop, err := db.CreateProject(t.Context(), NewProject{Organization: "local", Name: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	kept := furnishedDefault(t, db)
	texts := furnish(t, db, shop)
	for table, n := range counts(t, db, projectTables, "project_id", shop.ID) {
		if n == 0 {
			t.Fatalf("the project has nothing in %s: the test proves nothing", table)
		}
	}
	for _, text := range texts {
		if _, err := db.LookupToken(t.Context(), text); err != nil { // and so into the cache
			t.Fatal(err)
		}
	}
	if err := db.DeleteProject(t.Context(), shop.ID); err != nil {
		t.Fatal(err)
	}

	for table, n := range counts(t, db, projectTables, "project_id", shop.ID) {
		if n != 0 {
			t.Errorf("%d rows left in %s", n, table)
		}
	}
	for table, want := range map[string]int{"token_usage": 0, "alert_channels": 0, "alert_runs": 0, "alert_deliveries": 0, "channels": 1} {
		if n := rowsOf(t, db, table); n != want {
			t.Errorf("%d rows in %s, want %d", n, table, want)
		}
	}
	for _, text := range texts {
		if _, err := db.LookupToken(t.Context(), text); !errors.Is(err, ErrNotFound) {
			t.Errorf("a token of the project = %v, want ErrNotFound", err)
		}
	}
	for what, err := range map[string]error{
		"by id": second(db.Project(t.Context(), shop.ID)), "by name": second(db.ProjectNamed(t.Context(), "local", "shop")), "deleted again": db.DeleteProject(t.Context(), shop.ID),
		"a token for it": third(db.CreateToken(t.Context(), NewToken{ProjectID: shop.ID, Kind: WriteToken})),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s = %v, want ErrNotFound", what, err)
		}
	}
	if _, err := db.LookupToken(t.Context(), kept); err != nil {
		t.Errorf("the token of another project: %v", err)
	}
	if err := db.AddUsage(t.Context(), []Usage{{ProjectID: shop.ID, Day: "2026-05-27", Bytes: 1}}, nil); err != nil {
		t.Errorf("what was counted before it went: %v", err)
	}
	again, err := db.CreateProject(t.Context(), NewProject{Organization: "local", Name: "shop"})
	if err != nil || again.ID == shop.ID {
		t.Errorf("made again: %+v, %v", again, err)
	}
	if ids, err := db.DeletedProjects(t.Context()); err != nil || !slices.Equal(ids, []string{shop.ID}) {
		t.Errorf("deleted projects %q, %v; want %s", ids, err, shop.ID)
	}
}

// furnishedDefault makes a token of the project default.
func furnishedDefault(t *testing.T, db *DB) (text string) {
	t.Helper()
	_, text = makeToken(t, db, NewToken{Kind: WriteToken})
	return text
}

func third[T, U any](_ T, _ U, err error) error { return err }

// A table that somebody adds for what belongs to a project or an organisation is not forgotten when that is deleted.
func TestDeletionKnowsAllTables(t *testing.T) {
	t.Parallel()
	db := openTest(t, filepath.Join(t.TempDir(), "meta.db"), &clock{start})
	for column, known := range map[string][]string{
		"project_id":      append([]string{"audit_log"}, projectTables...),
		"organization_id": append([]string{"audit_log", "projects"}, organizationTables...),
	} {
		rows, err := db.read.QueryContext(t.Context(), `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = $1 WHERE m.type = 'table' ORDER BY m.name`, column)
		if err != nil {
			t.Fatal(err)
		}
		there, err := collect(rows, "tables", func(row scanner) (name string, err error) { return name, row.Scan(&name) })
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(known)
		if diff := cmp.Diff(known, there); diff != "" {
			t.Errorf("tables with %s (-deleted from +there):\n%s", column, diff)
		}
	}
}

func TestWhatEveryServerHasStays(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	own, err := db.ServerProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	name := "another"
	for what, err := range map[string]error{
		"default deleted": db.DeleteProject(t.Context(), db.DefaultProject().ID), "the server's own deleted": db.DeleteProject(t.Context(), own.ID),
		"local deleted": db.DeleteOrganization(t.Context(), db.organization.ID),
	} {
		if !errors.Is(err, ErrPermanent) {
			t.Errorf("%s = %v, want ErrPermanent", what, err)
		}
	}
	for _, id := range []string{db.DefaultProject().ID, own.ID} {
		err := second(db.ChangeProject(t.Context(), id, ProjectChange{Name: &name}))
		if e, ok := errors.AsType[*InvalidError](err); !ok || e.Field != "project_name" {
			t.Errorf("%s renamed = %v, want an InvalidError of project_name", id, err)
		}
	}
	text := "Everything."
	described, err := db.ChangeProject(t.Context(), db.DefaultProject().ID, ProjectChange{Description: &text})
	if got, readErr := db.Project(t.Context(), described.ID); err != nil || readErr != nil || got.Description != text {
		t.Errorf("default with another description: %+v, %v, %v", got, err, readErr)
	}
}

func TestProjectsAreChanged(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	made, err := db.CreateProject(t.Context(), NewProject{Organization: "local", Name: "shop", Description: "sells"})
	if err != nil {
		t.Fatal(err)
	}
	_, text := makeToken(t, db, NewToken{ProjectID: made.ID, Kind: WriteToken})
	if same, err := db.ChangeProject(t.Context(), made.ID, ProjectChange{Name: &made.Name}); err != nil || same != made {
		t.Errorf("changed to the same: %+v, %v", same, err)
	}
	c.at = start.Add(time.Hour)
	name, none := "store", ""
	want := made
	want.Name, want.UpdatedAt = name, c.at
	if got, err := db.ChangeProject(t.Context(), made.ID, ProjectChange{Name: &name}); err != nil || got != want {
		t.Errorf("renamed: %+v, %v; want %+v", got, err, want)
	}
	want.Description = ""
	if got, err := db.ChangeProject(t.Context(), made.ID, ProjectChange{Description: &none}); err != nil || got != want {
		t.Errorf("with no description: %+v, %v; want %+v", got, err, want)
	}
	if got, err := db.ProjectNamed(t.Context(), "local", name); err != nil || got != want {
		t.Errorf("by its new name: %+v, %v; want %+v", got, err, want)
	}
	if token, err := db.LookupToken(t.Context(), text); err != nil || token.ProjectID != made.ID {
		t.Errorf("its token opens %s, %v", token.ProjectID, err)
	}
	long := string(make([]rune, 501))
	taken, bad := "default", "Not A Slug"
	for what, c := range map[string]ProjectChange{"project_name": {Name: &bad}, "description": {Description: &long}} {
		if e, ok := errors.AsType[*InvalidError](second(db.ChangeProject(t.Context(), made.ID, c))); !ok || e.Field != what {
			t.Errorf("bad %s = %v, want an InvalidError of it", what, e)
		}
	}
	if _, err := db.ChangeProject(t.Context(), made.ID, ProjectChange{Name: &taken}); !errors.Is(err, ErrExists) {
		t.Errorf("a name that is taken = %v, want ErrExists", err)
	}
	if _, err := db.ChangeProject(t.Context(), uuid.NewString(), ProjectChange{Name: &name}); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown project = %v, want ErrNotFound", err)
	}
}

func TestAnOrganizationIsDeletedWhenItHasNoProjects(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	ada := first(t, db)
	made := acme(t, db, ada.ID)
	ctx := WithActor(t.Context(), Actor{UserID: ada.ID, Name: "Ada"})
	project, err := db.CreateProject(ctx, NewProject{Organization: "acme", Name: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	furnish(t, db, project)
	_, key, err := db.CreateKey(ctx, NewKey{OrganizationID: made.ID, Name: "all", Scopes: []Scope{ReadProject}})
	if err != nil {
		t.Fatal(err)
	}
	_, invitation, err := db.CreateInvitation(ctx, NewInvitation{OrganizationID: made.ID, Role: MemberRole, ExpiresAt: start.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	err = db.DeleteOrganization(ctx, made.ID)
	if e, ok := errors.AsType[*NotEmptyError](err); !ok || !slices.Equal(e.Projects, []string{"shop"}) {
		t.Fatalf("with a project: %v, want a NotEmptyError that names it", err)
	}
	if _, err := db.LookupToken(ctx, key); err != nil {
		t.Errorf("its key after the refusal: %v", err)
	}
	c.at = start.Add(time.Minute)
	if err := errors.Join(db.DeleteProject(ctx, project.ID), db.DeleteOrganization(ctx, made.ID)); err != nil {
		t.Fatal(err)
	}
	for table, n := range counts(t, db, organizationTables, "organization_id", made.ID) {
		if n != 0 {
			t.Errorf("%d rows left in %s", n, table)
		}
	}
	for what, err := range map[string]error{
		"by name": second(db.Organization(ctx, "acme")), "its key": second(db.LookupToken(ctx, key)), "its invitation": second(db.LookupInvitation(ctx, invitation)),
		"deleted again": db.DeleteOrganization(ctx, made.ID),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s = %v, want ErrNotFound", what, err)
		}
	}
	if roles, err := db.Memberships(ctx, ada.ID); err != nil || len(roles) != 1 || roles[0].OrganizationID != db.organization.ID {
		t.Errorf("roles of its admin: %+v, %v", roles, err)
	}
	list := entries(t, db, AuditFilter{OrganizationID: db.organization.ID, From: c.at, To: c.at.Add(time.Microsecond)})
	if len(list) != 1 || list[0].Action != Deleted || list[0].ResourceType != "organization" || list[0].Detail != "acme" || list[0].Name != "Ada" {
		t.Errorf("audit log of local: %+v", list)
	}
	list = entries(t, db, AuditFilter{OrganizationID: made.ID, From: c.at, To: c.at.Add(time.Microsecond)})
	if len(list) != 1 || list[0].Action != Deleted || list[0].ResourceType != "project" || list[0].Detail != "shop" || list[0].ProjectID != project.ID {
		t.Errorf("audit log of the organisation: %+v", list)
	}
}
