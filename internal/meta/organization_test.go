package meta

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// acme makes a second organisation.
func acme(t *testing.T, db *DB, adminID string) Organization {
	t.Helper()
	o, err := db.CreateOrganization(t.Context(), "acme", adminID)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOrganizations(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	ada := first(t, db)
	c.at = start.Add(time.Minute)
	made := acme(t, db, ada.ID)
	if diff := cmp.Diff(Organization{ID: made.ID, Name: "acme", CreatedAt: c.at}, made); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	for _, wanted := range []string{made.ID, "acme"} {
		if got, err := db.Organization(t.Context(), wanted); err != nil || got != made {
			t.Errorf("%s is %+v, %v", wanted, got, err)
		}
	}
	roles, err := db.Memberships(t.Context(), ada.ID)
	if diff := cmp.Diff([]Membership{{made.ID, "acme", AdminRole}, {db.organization.ID, "local", AdminRole}}, roles); err != nil || diff != "" {
		t.Errorf("%v: roles (-want +got):\n%s", err, diff)
	}
	empty, err := db.CreateOrganization(t.Context(), "empty", "")
	if list, listErr := db.Members(t.Context(), empty.ID); err != nil || listErr != nil || len(list) != 0 {
		t.Errorf("members of an organisation of nobody: %+v, %v, %v", list, err, listErr)
	}

	project, err := db.CreateProject(t.Context(), NewProject{Organization: made.ID, Name: "default"})
	if err != nil || project.Organization != "acme" || project.OrganizationID != made.ID {
		t.Fatalf("%+v, %v", project, err)
	}
	renamed, err := db.RenameOrganization(t.Context(), made.ID, "ajax")
	if err != nil || renamed != (Organization{ID: made.ID, Name: "ajax", CreatedAt: made.CreatedAt}) {
		t.Errorf("renamed: %+v, %v", renamed, err)
	}
	if again, err := db.RenameOrganization(t.Context(), made.ID, "ajax"); err != nil || again != renamed {
		t.Errorf("renamed to the same: %+v, %v", again, err)
	}
	for _, organization := range []string{"ajax", made.ID} {
		if got, err := db.ProjectNamed(t.Context(), organization, "default"); err != nil || got.ID != project.ID || got.Organization != "ajax" {
			t.Errorf("the project of %s: %+v, %v", organization, got, err)
		}
	}
	list, err := db.Organizations(t.Context())
	names := []string{}
	for _, o := range list {
		names = append(names, o.Name)
	}
	if err != nil || !slices.Equal(names, []string{"ajax", "empty", "local"}) {
		t.Errorf("all: %q, %v", names, err)
	}
	for what, err := range map[string]error{
		"the old name": second(db.Organization(t.Context(), "acme")), "an unknown id": second(db.RenameOrganization(t.Context(), uuid.NewString(), "x2")),
		"an unknown admin": second(db.CreateOrganization(t.Context(), "other", uuid.NewString())), "the project's old name": second(db.ProjectNamed(t.Context(), "acme", "default")),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s = %v, want ErrNotFound", what, err)
		}
	}
	for what, err := range map[string]error{
		"made twice": second(db.CreateOrganization(t.Context(), "ajax", "")), "renamed to another's": second(db.RenameOrganization(t.Context(), made.ID, "local")),
	} {
		if !errors.Is(err, ErrExists) {
			t.Errorf("%s = %v, want ErrExists", what, err)
		}
	}
}

func TestNamesThatNoOrganizationHas(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	made := acme(t, db, "")
	for _, name := range []string{"", "x", "Acme", "a--b", "-a", "a_b", "ac/me", "auth", "api", "v1", "assets", "metrics", "settings", uuid.NewString()} {
		for what, err := range map[string]error{
			"made": second(db.CreateOrganization(t.Context(), name, "")), "renamed": second(db.RenameOrganization(t.Context(), made.ID, name)),
		} {
			if refused, ok := errors.AsType[*InvalidError](err); !ok || refused.Field != "organization_name" {
				t.Errorf("%q %s = %v, want an InvalidError of organization_name", name, what, err)
			}
		}
	}
	if _, err := db.RenameOrganization(t.Context(), db.organization.ID, "home"); err == nil {
		t.Error("local is renamed")
	} else if _, ok := errors.AsType[*InvalidError](err); !ok {
		t.Errorf("local renamed = %v, want an InvalidError", err)
	}
	if _, err := db.CreateProject(t.Context(), NewProject{Organization: "acme", Name: uuid.NewString()}); err == nil {
		t.Error("a project has the name of an id")
	}
}

// Who comes first has what was made while there was nobody.
func TestTheFirstUserGetsAllOrganizations(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	made := acme(t, db, "")
	ada := first(t, db)
	roles, err := db.Memberships(t.Context(), ada.ID)
	if diff := cmp.Diff([]Membership{{made.ID, "acme", AdminRole}, {db.organization.ID, "local", AdminRole}}, roles); err != nil || diff != "" {
		t.Errorf("%v: roles (-want +got):\n%s", err, diff)
	}
}

func TestChannelsAreOfOneOrganization(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	other := acme(t, db, "")
	home, config := db.organization.ID, ChannelConfig{Type: WebhookChannel, Address: "https://example.com/"}
	ours, err := db.CreateChannel(t.Context(), home, "hook", config, "ana")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := db.CreateChannel(t.Context(), other.ID, "hook", config, "bo") // the label is free there
	if err != nil {
		t.Fatal(err)
	}
	for organization, want := range map[string]Channel{home: ours, other.ID: theirs} {
		list, err := db.Channels(t.Context(), organization)
		if diff := cmp.Diff([]Channel{want}, list); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	off := false
	for what, err := range map[string]error{
		"made in nowhere": second(db.CreateChannel(t.Context(), uuid.NewString(), "x", config, "")),
		"changed":         second(db.UpdateChannel(t.Context(), home, theirs.ID, ChannelChange{Active: &off})),
		"deleted":         db.DeleteChannel(t.Context(), home, theirs.ID),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("another organisation's is %s = %v, want ErrNotFound", what, err)
		}
	}

	project, err := db.CreateProject(t.Context(), NewProject{Organization: "acme", Name: "default"})
	if err != nil {
		t.Fatal(err)
	}
	spec := someAlert("Errors")
	spec.Channels = []string{theirs.ID}
	made, err := db.CreateAlert(t.Context(), project.ID, spec, "bo")
	if err != nil || !slices.Equal(made.Channels, spec.Channels) {
		t.Fatalf("%+v, %v", made, err)
	}
	spec.Name, spec.Channels = "Others", []string{theirs.ID, ours.ID}
	for what, err := range map[string]error{
		"made":    second(db.CreateAlert(t.Context(), project.ID, spec, "bo")),
		"changed": second(db.UpdateAlert(t.Context(), project.ID, made.ID, "bo", func(a *AlertSpec) { a.Channels = []string{ours.ID} })),
	} {
		if refused, ok := errors.AsType[*InvalidError](err); !ok || refused.Error() != "channel_ids: there is no channel "+ours.ID {
			t.Errorf("an alert that tells another organisation's channel is %s: %v", what, err)
		}
	}
}

// What concerns the whole server is told to the admins of local; those of another organisation hear what their own people did.
func TestTheAuditLogsOfOrganizationsAreApart(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ada := first(t, db)
	other := acme(t, db, "")
	_, text, err := db.CreateInvitation(t.Context(), NewInvitation{OrganizationID: other.ID, Role: AdminRole, ExpiresAt: db.now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	eve, err := db.AcceptInvitation(t.Context(), text, NewUser{Email: "eve@example.com", Name: "Eve"})
	if err != nil {
		t.Fatal(err)
	}
	session(t, db, ada)
	session(t, db, eve)
	told := func(organization string) []string {
		list := []string{}
		for _, e := range entries(t, db, AuditFilter{OrganizationID: organization, From: start, To: start.Add(time.Hour)}) {
			list = append(list, e.Name+" "+string(e.Action)+" "+e.ResourceType)
		}
		slices.Sort(list)
		return list
	}
	want := []string{" INSERT invitation", " INSERT organization", "Eve CLAIM_INVITATION invitation", "Eve INSERT member", "Eve INSERT user", "Eve LOGIN session"}
	if diff := cmp.Diff(want, told(other.ID)); diff != "" {
		t.Errorf("acme (-want +got):\n%s", diff)
	}
	want = []string{"Ada INSERT member", "Ada INSERT user", "Ada LOGIN session", "Eve INSERT user", "Eve LOGIN session"}
	if diff := cmp.Diff(want, told(db.organization.ID)); diff != "" {
		t.Errorf("local (-want +got):\n%s", diff)
	}
}
