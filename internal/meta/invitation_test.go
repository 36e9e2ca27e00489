package meta

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func invite(t *testing.T, db *DB, role Role) (Invitation, string) {
	t.Helper()
	ctx := WithActor(t.Context(), Actor{Name: "Ada"})
	i, text, err := db.CreateInvitation(ctx, NewInvitation{OrganizationID: db.organization.ID, Role: role, Note: "for Eve", ExpiresAt: db.now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	return i, text
}

func TestAnInvitationLetsOnePersonIn(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	org := db.organization.ID
	made, text := invite(t, db, MemberRole)
	want := Invitation{
		ID: made.ID, OrganizationID: org, Organization: "local", Role: MemberRole, Note: "for Eve", CreatedBy: "Ada", CreatedAt: start, ExpiresAt: start.Add(time.Hour),
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, err := db.LookupInvitation(t.Context(), text); err != nil || got != made {
		t.Errorf("%+v, %v", got, err)
	}
	c.at = start.Add(time.Minute)
	eve, err := db.AcceptInvitation(t.Context(), text, NewUser{Email: "Eve@example.com", Name: "Eve", PasswordHash: "hash"})
	if err != nil || eve.Email != "eve@example.com" {
		t.Fatalf("%+v, %v", eve, err)
	}
	if roles, err := db.Memberships(t.Context(), eve.ID); err != nil || len(roles) != 1 || roles[0].Role != MemberRole {
		t.Errorf("%+v, %v", roles, err)
	}
	want.ClaimedAt, want.ClaimedBy = c.at, "eve@example.com"
	list, err := db.Invitations(t.Context(), org)
	if diff := cmp.Diff([]Invitation{want}, list); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := db.AcceptInvitation(t.Context(), text, NewUser{Email: "mallory@example.com", Name: "Mallory"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a second person = %v", err)
	}
	if _, err := db.LookupInvitation(t.Context(), text); !errors.Is(err, ErrNotFound) {
		t.Errorf("looking again = %v", err)
	}
}

func TestOnlyOneComesWithAnInvitation(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	_, text := invite(t, db, MemberRole)
	var wg sync.WaitGroup
	results := make(chan error, 8)
	for i := range cap(results) {
		wg.Go(func() {
			_, err := db.AcceptInvitation(t.Context(), text, NewUser{Email: string(rune('a'+i)) + "@example.com", Name: "x"})
			results <- err
		})
	}
	wg.Wait()
	close(results)
	came := 0
	for err := range results {
		switch {
		case err == nil:
			came++
		case !errors.Is(err, ErrNotFound):
			t.Error(err)
		}
	}
	if list, err := db.Members(t.Context(), db.organization.ID); came != 1 || err != nil || len(list) != 1 {
		t.Errorf("%d came: %+v, %v", came, list, err)
	}
}

func TestUsersJoinByInvitation(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ada, eve := first(t, db), invited(t, db, "eve@example.com", MemberRole)
	if err := db.RemoveMember(t.Context(), db.organization.ID, eve.ID); err != nil {
		t.Fatal(err)
	}
	_, text := invite(t, db, ReadOnlyRole)
	if err := db.JoinByInvitation(t.Context(), text, ada.ID); !errors.Is(err, ErrExists) {
		t.Errorf("a member = %v, want ErrExists", err)
	}
	if err := db.JoinByInvitation(t.Context(), text, uuid.NewString()); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody = %v", err)
	}
	if _, err := db.AcceptInvitation(t.Context(), text, NewUser{Email: eve.Email, Name: "Not Eve"}); !errors.Is(err, ErrExists) {
		t.Errorf("as a new person with the address of another = %v, want ErrExists", err)
	}
	if err := db.JoinByInvitation(t.Context(), text, eve.ID); err != nil {
		t.Fatal(err)
	}
	if roles, err := db.Memberships(t.Context(), eve.ID); err != nil || len(roles) != 1 || roles[0].Role != ReadOnlyRole {
		t.Errorf("%+v, %v", roles, err)
	}
}

func TestInvitationsClose(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	org := db.organization.ID
	revoked, revokedText := invite(t, db, AdminRole)
	if err := db.RevokeInvitation(t.Context(), uuid.NewString(), revoked.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoke elsewhere = %v", err)
	}
	for range 2 {
		if err := db.RevokeInvitation(t.Context(), org, revoked.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, late := invite(t, db, AdminRole)
	c.at = start.Add(time.Hour)
	for _, text := range []string{revokedText, late, "", "x"} {
		if _, err := db.LookupInvitation(t.Context(), text); !errors.Is(err, ErrNotFound) {
			t.Errorf("look up = %v", err)
		}
		if _, err := db.AcceptInvitation(t.Context(), text, NewUser{Email: "eve@example.com", Name: "Eve"}); !errors.Is(err, ErrNotFound) {
			t.Errorf("accept = %v", err)
		}
	}
}

func TestInvitationsAreChecked(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	good := NewInvitation{OrganizationID: db.organization.ID, Role: MemberRole, ExpiresAt: start.Add(MaxInvitation)}
	if _, _, err := db.CreateInvitation(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*NewInvitation){
		"role":       func(n *NewInvitation) { n.Role = "owner" },
		"note":       func(n *NewInvitation) { n.Note = strings.Repeat("x", 501) },
		"expires_at": func(n *NewInvitation) { n.ExpiresAt = n.ExpiresAt.Add(1) },
	} {
		bad := good
		spoil(&bad)
		_, _, err := db.CreateInvitation(t.Context(), bad)
		if e, ok := errors.AsType[*InvalidError](err); !ok || e.Field != field {
			t.Errorf("a bad %s: %v", field, err)
		}
	}
	good.ExpiresAt = start
	if _, _, err := db.CreateInvitation(t.Context(), good); err == nil {
		t.Error("an expiry now is taken")
	}
	good.ExpiresAt, good.OrganizationID = start.Add(time.Hour), uuid.NewString()
	if _, _, err := db.CreateInvitation(t.Context(), good); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown organisation = %v", err)
	}
}
