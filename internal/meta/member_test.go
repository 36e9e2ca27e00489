package meta

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func TestRolesIncludeLesserOnes(t *testing.T) {
	t.Parallel()
	ordered := []Role{"", "owner", ReadOnlyRole, MemberRole, AdminRole}
	for i, role := range ordered {
		for j, other := range ordered {
			if want := j >= 2 && i >= j; role.Includes(other) != want {
				t.Errorf("%q includes %q: %v, want %v", role, other, !want, want)
			}
		}
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	ada := first(t, db)
	c.at = start.Add(time.Minute)
	eve := invited(t, db, "eve@example.com", ReadOnlyRole)
	c.at = start.Add(time.Hour)
	session(t, db, eve)
	org := db.organization.ID
	list, err := db.Members(t.Context(), org)
	want := []Member{
		{User: ada, Role: AdminRole, Since: start},
		{User: eve, Role: ReadOnlyRole, Since: start.Add(time.Minute), SeenAt: start.Add(time.Hour)},
	}
	if diff := cmp.Diff(want, list); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if err := db.SetRole(t.Context(), org, eve.ID, MemberRole); err != nil {
		t.Fatal(err)
	}
	if roles, err := db.Memberships(t.Context(), eve.ID); err != nil || len(roles) != 1 || roles[0].Role != MemberRole {
		t.Errorf("%+v, %v", roles, err)
	}
	if err := db.RemoveMember(t.Context(), org, eve.ID); err != nil {
		t.Fatal(err)
	}
	if roles, err := db.Memberships(t.Context(), eve.ID); err != nil || len(roles) != 0 {
		t.Errorf("of who was removed: %+v, %v", roles, err)
	}
	for what, err := range map[string]error{
		"removing again": db.RemoveMember(t.Context(), org, eve.ID), "a role of nobody": db.SetRole(t.Context(), org, uuid.NewString(), AdminRole),
		"a role elsewhere": db.SetRole(t.Context(), uuid.NewString(), ada.ID, MemberRole),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s = %v, want ErrNotFound", what, err)
		}
	}
	err = db.SetRole(t.Context(), org, ada.ID, "owner")
	if e, ok := errors.AsType[*InvalidError](err); !ok || e.Field != "role" {
		t.Errorf("no role = %v", err)
	}
}

func TestAnOrganisationKeepsAnAdmin(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ada, org := first(t, db), db.organization.ID
	attempts := map[string]func() error{
		"demote":  func() error { return db.SetRole(t.Context(), org, ada.ID, MemberRole) },
		"remove":  func() error { return db.RemoveMember(t.Context(), org, ada.ID) },
		"disable": func() error { return db.SetUserDisabled(t.Context(), ada.ID, true) },
	}
	refused := func(when string) {
		t.Helper()
		for what, try := range attempts {
			if err := try(); !errors.Is(err, ErrLastAdmin) {
				t.Errorf("%s, %s = %v, want ErrLastAdmin", when, what, err)
			}
		}
		if list, err := db.Members(t.Context(), org); err != nil || list[0].Role != AdminRole || !list[0].DisabledAt.IsZero() {
			t.Errorf("%s: %+v, %v", when, list, err)
		}
	}
	refused("alone")
	eve := invited(t, db, "eve@example.com", AdminRole)
	if err := db.SetUserDisabled(t.Context(), eve.ID, true); err != nil {
		t.Fatal(err)
	}
	refused("with an admin who may not log in")
	if err := db.SetUserDisabled(t.Context(), eve.ID, false); err != nil {
		t.Fatal(err)
	}
	if err := attempts["demote"](); err != nil {
		t.Errorf("with another admin: %v", err)
	}
}
