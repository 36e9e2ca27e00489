package meta

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// reset makes a reset of eve's password by ada.
func reset(t *testing.T, db *DB, ada, eve User) (PasswordReset, string) {
	t.Helper()
	made, text, err := db.CreatePasswordReset(asUser(t.Context(), ada), NewPasswordReset{UserID: eve.ID, OrganizationID: db.organization.ID, MakerID: ada.ID})
	if err != nil {
		t.Fatal(err)
	}
	return made, text
}

// closed checks that a text sets no password.
func closed(t *testing.T, db *DB, what, text string) {
	t.Helper()
	if r, err := db.LookupPasswordReset(t.Context(), text); !errors.Is(err, ErrNotFound) {
		t.Errorf("%s: looked up %+v, %v", what, r, err)
	}
	if u, err := db.UsePasswordReset(t.Context(), text, "forged"); !errors.Is(err, ErrNotFound) {
		t.Errorf("%s: used by %+v, %v", what, u, err)
	}
}

func TestAPasswordIsResetOnce(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	ada, eve := first(t, db), invited(t, db, "eve@example.com", MemberRole)
	_, adas := session(t, db, ada)
	_, eves := session(t, db, eve)
	_, lost := reset(t, db, ada, eve)
	made, text := reset(t, db, ada, eve)
	closed(t, db, "followed by another", lost)
	want := PasswordReset{User: eve, MadeBy: "Ada", CreatedAt: start, ExpiresAt: start.Add(24 * time.Hour)}
	if diff := cmp.Diff(want, made); diff != "" || len(text) != 44 {
		t.Errorf("text %q (-want +got):\n%s", text, diff)
	}
	if got, err := db.LookupPasswordReset(t.Context(), text); err != nil || got != made {
		t.Errorf("%+v, %v", got, err)
	}
	for _, other := range []string{"", text[1:], text + "x", eve.ID} {
		closed(t, db, other, other)
	}
	c.at = made.ExpiresAt.Add(-time.Microsecond)
	used, err := db.UsePasswordReset(WithActor(t.Context(), Actor{Address: "192.0.2.7"}), text, "another hash")
	if err != nil || used.ID != eve.ID {
		t.Fatalf("%+v, %v", used, err)
	}
	if _, hash, err := db.UserWithEmail(t.Context(), eve.Email); err != nil || hash != "another hash" {
		t.Errorf("%q, %v", hash, err)
	}
	for text, want := range map[string]error{adas: nil, eves: ErrNotFound} {
		if _, _, err := db.LookupSession(t.Context(), text); !errors.Is(err, want) {
			t.Errorf("a session = %v, want %v", err, want)
		}
	}
	closed(t, db, "used", text)

	var told []Event
	for _, e := range entries(t, db, AuditFilter{OrganizationID: db.organization.ID, From: c.at, To: c.at.Add(time.Microsecond)}) {
		told = append(told, e.Event)
		if e.Actor != (Actor{UserID: eve.ID, Name: eve.Name, Address: "192.0.2.7"}) {
			t.Errorf("done by %+v", e.Actor)
		}
	}
	if diff := cmp.Diff([]Event{{Updated, "password", eve.ID, "with a link of Ada"}}, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOnlyOneUsesAPasswordReset(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ada, eve := first(t, db), invited(t, db, "eve@example.com", MemberRole)
	_, text := reset(t, db, ada, eve)
	var wg sync.WaitGroup
	results := make(chan error, 8)
	for range cap(results) {
		wg.Go(func() {
			_, err := db.UsePasswordReset(t.Context(), text, "hash")
			results <- err
		})
	}
	wg.Wait()
	close(results)
	used := 0
	for err := range results {
		switch {
		case err == nil:
			used++
		case !errors.Is(err, ErrNotFound):
			t.Error(err)
		}
	}
	if used != 1 {
		t.Errorf("%d used it", used)
	}
}

func TestPasswordResetsEnd(t *testing.T) {
	t.Parallel()
	for what, end := range map[string]func(*DB, *clock, User) error{
		"a day later": func(_ *DB, c *clock, _ User) error { c.at = c.at.Add(PasswordResetLife); return nil },
		"after the password was changed": func(db *DB, _ *clock, eve User) error {
			return db.SetPassword(t.Context(), eve.ID, "hash", "")
		},
		"of who may not log in": func(db *DB, _ *clock, eve User) error { return db.SetUserDisabled(t.Context(), eve.ID, true) },
		"of who might not log in for a while": func(db *DB, _ *clock, eve User) error {
			return errors.Join(db.SetUserDisabled(t.Context(), eve.ID, true), db.SetUserDisabled(t.Context(), eve.ID, false))
		},
	} {
		db, c := newTest(t)
		ada, eve := first(t, db), invited(t, db, "eve@example.com", MemberRole)
		_, text := reset(t, db, ada, eve)
		if err := end(db, c, eve); err != nil {
			t.Fatal(err)
		}
		closed(t, db, what, text)
	}
}

// An admin who could reset the password of somebody in another organisation would come into it with their account.
func TestNobodyResetsAPasswordAcrossOrganizations(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ada, eve := first(t, db), invited(t, db, "eve@example.com", ReadOnlyRole)
	home, other := db.organization.ID, acme(t, db, "")
	join := func(u User, role Role) {
		t.Helper()
		_, text, err := db.CreateInvitation(t.Context(), NewInvitation{OrganizationID: other.ID, Role: role, ExpiresAt: start.Add(time.Hour)})
		if err == nil {
			err = db.JoinByInvitation(t.Context(), text, u.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	try := func(organization, maker string) error {
		_, _, err := db.CreatePasswordReset(t.Context(), NewPasswordReset{UserID: eve.ID, OrganizationID: organization, MakerID: maker})
		return err
	}
	check := func(what string, got, want error) {
		t.Helper()
		if !errors.Is(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	check("of another organisation", try(other.ID, ada.ID), ErrNotFound)
	_, before := reset(t, db, ada, eve)
	join(eve, ReadOnlyRole)
	closed(t, db, "made before they joined another organisation", before)
	check("of who is in another one, too", try(home, ada.ID), ErrOutOfReach)
	join(ada, MemberRole)
	check("of who is in one where the maker is no admin", try(home, ada.ID), ErrOutOfReach)
	check("by who runs the server", try("", ""), nil)
	if err := db.SetRole(t.Context(), other.ID, ada.ID, AdminRole); err != nil {
		t.Fatal(err)
	}
	check("by an admin of both", try(home, ada.ID), nil)

	_, text := reset(t, db, ada, eve)
	bob := invited(t, db, "bob@example.com", AdminRole)
	if err := db.SetRole(t.Context(), home, ada.ID, MemberRole); err != nil {
		t.Fatal(err)
	}
	closed(t, db, "made by who is no admin any more", text)
	check("by a member", try(home, ada.ID), ErrOutOfReach)
	check("by an admin of the first", try(home, bob.ID), ErrOutOfReach)
	if err := db.RemoveMember(t.Context(), other.ID, eve.ID); err != nil {
		t.Fatal(err)
	}
	check("by the only admin that is left", try(home, bob.ID), nil)

	_, text = reset(t, db, bob, eve)
	if err := errors.Join(db.SetRole(t.Context(), home, ada.ID, AdminRole), db.SetUserDisabled(t.Context(), bob.ID, true)); err != nil {
		t.Fatal(err)
	}
	closed(t, db, "made by who may not log in", text)
	if err := db.SetUserDisabled(t.Context(), eve.ID, true); err != nil {
		t.Fatal(err)
	}
	check("of who may not log in", try(home, ada.ID), ErrDisabled)
	_, _, err := db.CreatePasswordReset(t.Context(), NewPasswordReset{UserID: uuid.NewString()})
	check("of nobody", err, ErrNotFound)
}

func TestWhoHasNoPasswordGetsOneByAReset(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ada := first(t, db)
	joe, err := db.CreateMember(t.Context(), db.organization.ID, MemberRole, NewUser{Email: "joe@example.com", Name: "Joe", Identity: IdentityKey{"https://id.example.com", "1"}})
	if err != nil || joe.HasPassword {
		t.Fatalf("%+v, %v", joe, err)
	}
	_, text := reset(t, db, ada, joe)
	used, err := db.UsePasswordReset(t.Context(), text, "hash")
	if err != nil || !used.HasPassword {
		t.Errorf("%+v, %v", used, err)
	}
	if got, err := db.User(t.Context(), joe.ID); err != nil || got != used {
		t.Errorf("%+v, %v", got, err)
	}
}
