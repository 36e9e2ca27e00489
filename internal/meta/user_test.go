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

// first makes the first user of a database, an admin.
func first(t *testing.T, db *DB) User {
	t.Helper()
	u, err := db.CreateFirstUser(t.Context(), NewUser{Email: "ada@example.com", Name: "Ada", PasswordHash: "hash of Ada's"}, FirstPlace{})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// invited makes a user who came by an invitation.
func invited(t *testing.T, db *DB, email string, role Role) User {
	t.Helper()
	_, text, err := db.CreateInvitation(t.Context(), NewInvitation{OrganizationID: db.organization.ID, Role: role, ExpiresAt: db.now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	u, err := db.AcceptInvitation(t.Context(), text, NewUser{Email: email, Name: email, PasswordHash: "hash"})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestTheFirstUserIsAnAdmin(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	if has, err := db.HasUsers(t.Context()); has || err != nil {
		t.Errorf("users of a new database: %v, %v", has, err)
	}
	ada, err := db.CreateFirstUser(t.Context(), NewUser{Email: " Ada@Example.COM ", Name: " Ada ", PasswordHash: "hash"}, FirstPlace{})
	want := User{ID: ada.ID, Email: "ada@example.com", Name: "Ada", HasPassword: true, CreatedAt: start, UpdatedAt: start}
	if diff := cmp.Diff(want, ada); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if has, err := db.HasUsers(t.Context()); !has || err != nil {
		t.Errorf("users: %v, %v", has, err)
	}
	roles, err := db.Memberships(t.Context(), ada.ID)
	if diff := cmp.Diff([]Membership{{db.organization.ID, "local", AdminRole}}, roles); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	got, hash, err := db.UserWithEmail(t.Context(), "ADA@example.com")
	if diff := cmp.Diff(ada, got); err != nil || diff != "" || hash != "hash" {
		t.Errorf("by address: %q, %v (-want +got):\n%s", hash, err, diff)
	}
	if got, err := db.User(t.Context(), ada.ID); err != nil || got != ada {
		t.Errorf("by id: %+v, %v", got, err)
	}
	if id, ok := UserIDOf(ada.Owner()); !ok || id != ada.ID {
		t.Errorf("the owner %s is %q, %v", ada.Owner(), id, ok)
	}
	if _, ok := UserIDOf("token:" + ada.ID); ok {
		t.Error("a token is no user")
	}
	if _, err := db.CreateFirstUser(t.Context(), NewUser{Email: "eve@example.com", Name: "Eve"}, FirstPlace{}); !errors.Is(err, ErrExists) {
		t.Errorf("a second first user = %v, want ErrExists", err)
	}
	if _, err := db.User(t.Context(), uuid.NewString()); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown id = %v", err)
	}
	if _, _, err := db.UserWithEmail(t.Context(), "eve@example.com"); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown address = %v", err)
	}
}

// TestWhereTheFirstUserBegins: what they name is made if it is not there; what is there keeps its id, and so all that it holds.
func TestWhereTheFirstUserBegins(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before        []NewProject // made while there was nobody
		place         FirstPlace
		organizations []string
		projects      []string
	}{
		"nothing is named":         {nil, FirstPlace{}, []string{"local"}, []string{"local/default"}},
		"both are new":             {nil, FirstPlace{"acme", "shop"}, []string{"acme", "local"}, []string{"acme/shop", "local/default"}},
		"the project is new":       {nil, FirstPlace{Project: "shop"}, []string{"local"}, []string{"local/default", "local/shop"}},
		"the organisation is new":  {nil, FirstPlace{Organization: "acme"}, []string{"acme", "local"}, []string{"acme/default", "local/default"}},
		"both are there":           {[]NewProject{{Organization: "acme", Name: "shop"}}, FirstPlace{"acme", "shop"}, []string{"acme", "local"}, []string{"acme/shop", "local/default"}},
		"another one was there":    {[]NewProject{{Organization: "ajax", Name: "mill"}}, FirstPlace{"acme", "shop"}, []string{"acme", "ajax", "local"}, []string{"acme/shop", "ajax/mill", "local/default"}},
		"the organisation is used": {[]NewProject{{Organization: "acme", Name: "mill"}}, FirstPlace{"acme", "shop"}, []string{"acme", "local"}, []string{"acme/mill", "acme/shop", "local/default"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, _ := newTest(t)
			was := map[string]string{"local/default": db.DefaultProject().ID}
			for _, n := range c.before {
				if _, err := db.CreateOrganization(t.Context(), n.Organization, ""); err != nil {
					t.Fatal(err)
				}
				p, err := db.CreateProject(t.Context(), n)
				if err != nil {
					t.Fatal(err)
				}
				was[n.Organization+"/"+n.Name] = p.ID
			}
			ada, err := db.CreateFirstUser(t.Context(), NewUser{Email: "ada@example.com", Name: "Ada"}, c.place)
			if err != nil {
				t.Fatal(err)
			}
			memberships, err := db.Memberships(t.Context(), ada.ID)
			organizations := []string{}
			for _, m := range memberships {
				organizations = append(organizations, m.Organization)
				if m.Role != AdminRole {
					t.Errorf("in %s: %s", m.Organization, m.Role)
				}
			}
			if diff := cmp.Diff(c.organizations, organizations); err != nil || diff != "" {
				t.Errorf("organisations: %v (-want +got):\n%s", err, diff)
			}
			list, err := db.Projects(t.Context())
			projects := []string{}
			for _, p := range list {
				place := p.Organization + "/" + p.Name
				projects = append(projects, place)
				if id, there := was[place]; there && id != p.ID {
					t.Errorf("%s had the id %s, and has %s", place, id, p.ID)
				}
			}
			if diff := cmp.Diff(c.projects, projects); err != nil || diff != "" {
				t.Errorf("projects: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestTheFirstUserIsMadeWithTheirPlaceOrNotAtAll: names that are wrong are told all at once, and leave nothing behind.
func TestTheFirstUserIsMadeWithTheirPlaceOrNotAtAll(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	_, err := db.CreateFirstUser(t.Context(), NewUser{Email: "ada", Name: "Ada"}, FirstPlace{"auth", "My shop"})
	for _, field := range []string{"email: ", "organization_name: ", "project_name: "} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not tell of %s", err, field)
		}
	}
	for _, place := range []FirstPlace{{"auth", "shop"}, {"acme", "My shop"}, {db.organization.ID, "shop"}} {
		if _, err := db.CreateFirstUser(t.Context(), NewUser{Email: "ada@example.com", Name: "Ada"}, place); err == nil {
			t.Errorf("%+v was made", place)
		}
	}
	if has, err := db.HasUsers(t.Context()); has || err != nil {
		t.Errorf("there are people: %v, %v", has, err)
	}
	if list, err := db.Projects(t.Context()); len(list) != 1 || err != nil {
		t.Errorf("projects: %v, %v", list, err)
	}
	if list, err := db.Organizations(t.Context()); len(list) != 1 || err != nil {
		t.Errorf("organisations: %v, %v", list, err)
	}
}

func TestOnlyOneIsTheFirstUser(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	var wg sync.WaitGroup
	results := make(chan error, 8)
	for i := range cap(results) {
		wg.Go(func() {
			_, err := db.CreateFirstUser(t.Context(), NewUser{Email: string(rune('a'+i)) + "@example.com", Name: "x"}, FirstPlace{})
			results <- err
		})
	}
	wg.Wait()
	close(results)
	made := 0
	for err := range results {
		switch {
		case err == nil:
			made++
		case !errors.Is(err, ErrExists):
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("%d were the first", made)
	}
}

func TestUsersAreChecked(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	for _, c := range []struct{ email, name, field string }{
		{"", "Ada", "email"}, {"ada", "Ada", "email"}, {"Ada <ada@example.com>", "Ada", "email"}, {"ada@example.com, eve@example.com", "Ada", "email"},
		{strings.Repeat("a", 250) + "@x.de", "Ada", "email"}, {"ada@example.com", " ", "name"}, {"ada@example.com", strings.Repeat("a", 201), "name"},
	} {
		_, err := db.CreateFirstUser(t.Context(), NewUser{Email: c.email, Name: c.name}, FirstPlace{})
		if e, ok := errors.AsType[*InvalidError](err); !ok || e.Field != c.field {
			t.Errorf("%q, %q: %v, want an InvalidError of %s", c.email, c.name, err, c.field)
		}
	}
}

func TestANewPasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ada, eve := first(t, db), invited(t, db, "eve@example.com", MemberRole)
	kept, keptText := session(t, db, ada)
	_, other := session(t, db, ada)
	_, eves := session(t, db, eve)
	if err := db.SetPassword(t.Context(), ada.ID, "another hash", kept.ID); err != nil {
		t.Fatal(err)
	}
	if _, hash, err := db.UserWithEmail(t.Context(), ada.Email); err != nil || hash != "another hash" {
		t.Errorf("%q, %v", hash, err)
	}
	for text, want := range map[string]error{keptText: nil, other: ErrNotFound, eves: nil} {
		if _, _, err := db.LookupSession(t.Context(), text); !errors.Is(err, want) {
			t.Errorf("a session = %v, want %v", err, want)
		}
	}
	if err := db.SetPassword(t.Context(), uuid.NewString(), "hash", ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("of nobody = %v", err)
	}
}

func TestRehashingLosesNoNewPassword(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ada := first(t, db)
	for _, c := range []struct{ was, want string }{{"hash of Ada's", "raised"}, {"hash of Ada's", "raised"}} {
		if err := db.RehashPassword(t.Context(), ada.ID, c.was, c.want); err != nil {
			t.Fatal(err)
		}
		if err := db.RehashPassword(t.Context(), ada.ID, "of a moment ago", "lost"); err != nil {
			t.Fatal(err)
		}
		if _, hash, err := db.UserWithEmail(t.Context(), ada.Email); err != nil || hash != c.want {
			t.Errorf("%q, %v, want %q", hash, err, c.want)
		}
	}
}

func TestDisabledUsersAreOutAtOnce(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	first(t, db)
	eve := invited(t, db, "eve@example.com", AdminRole)
	_, text := session(t, db, eve)
	if err := db.SetUserDisabled(t.Context(), eve.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.LookupSession(t.Context(), text); !errors.Is(err, ErrNotFound) {
		t.Errorf("the session = %v", err)
	}
	if _, _, err := db.CreateSession(t.Context(), NewSession{UserID: eve.ID}); !errors.Is(err, ErrDisabled) {
		t.Errorf("a new session = %v", err)
	}
	if got, err := db.User(t.Context(), eve.ID); err != nil || !got.DisabledAt.Equal(start) {
		t.Errorf("%+v, %v", got, err)
	}
	if err := db.SetUserDisabled(t.Context(), eve.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.LookupSession(t.Context(), text); !errors.Is(err, ErrNotFound) {
		t.Errorf("the session of before = %v", err)
	}
	session(t, db, eve)
	if err := db.SetUserDisabled(t.Context(), uuid.NewString(), true); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody = %v", err)
	}
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ada, eve := first(t, db), invited(t, db, "eve@example.com", MemberRole)
	if _, err := db.UserOfIdentity(t.Context(), IdentityKey{"https://id.example.com", "1"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("before = %v", err)
	}
	for range 2 {
		if err := db.LinkIdentity(t.Context(), ada.ID, IdentityKey{"https://id.example.com", "1"}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := db.UserOfIdentity(t.Context(), IdentityKey{"https://id.example.com", "1"}); err != nil || got.ID != ada.ID {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := db.UserOfIdentity(t.Context(), IdentityKey{"https://other.example.com", "1"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("the same subject elsewhere = %v", err)
	}
	if err := db.LinkIdentity(t.Context(), eve.ID, IdentityKey{"https://id.example.com", "1"}); !errors.Is(err, ErrExists) {
		t.Errorf("somebody else's = %v", err)
	}
	if err := db.LinkIdentity(t.Context(), uuid.NewString(), IdentityKey{"https://id.example.com", "2"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("of nobody = %v", err)
	}
}

func TestUsersAreMadeWithAnIdentity(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	key := func(subject string) IdentityKey { return IdentityKey{"https://id.example.com", subject} }
	ada, err := db.CreateFirstUser(t.Context(), NewUser{Email: "ada@example.com", Name: "Ada", Identity: key("1")}, FirstPlace{})
	if err != nil {
		t.Fatal(err)
	}
	joe, err := db.CreateMember(t.Context(), db.organization.ID, MemberRole, NewUser{Email: "joe@example.com", Name: "Joe", PasswordHash: "hash", Identity: key("2")})
	if err != nil {
		t.Fatal(err)
	}
	for subject, want := range map[string]User{"1": ada, "2": joe} {
		if got, err := db.UserOfIdentity(t.Context(), key(subject)); err != nil || got.ID != want.ID {
			t.Errorf("%s is %+v, %v", subject, got, err)
		}
	}
	if got, err := db.Memberships(t.Context(), joe.ID); err != nil || len(got) != 1 || got[0].Role != MemberRole {
		t.Errorf("%+v, %v", got, err)
	}
	for what, n := range map[string]NewUser{
		"an address that is taken": {Email: "ada@example.com", Name: "Eve", Identity: key("3")}, "an identity that is taken": {Email: "eve@example.com", Name: "Eve", Identity: key("1")},
	} {
		if _, err := db.CreateMember(t.Context(), db.organization.ID, MemberRole, n); !errors.Is(err, ErrExists) {
			t.Errorf("%s = %v", what, err)
		}
	}
	if _, err := db.CreateMember(t.Context(), db.organization.ID, "owner", NewUser{Email: "eve@example.com", Name: "Eve"}); err == nil {
		t.Error("a role that is none")
	}
	if _, _, err := db.UserWithEmail(t.Context(), "eve@example.com"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Eve is there: %v", err)
	}

	if err := db.UnlinkIdentity(t.Context(), ada.ID, key("1").ID()); !errors.Is(err, ErrLastLogin) {
		t.Errorf("the only thing to log in with = %v", err)
	}
	if err := db.UnlinkIdentity(t.Context(), ada.ID, key("2").ID()); err != nil {
		t.Errorf("somebody else's = %v", err)
	}
	if err := db.LinkIdentity(t.Context(), ada.ID, key("4")); err != nil {
		t.Fatal(err)
	}
	for _, unlink := range []struct{ user, subject string }{{ada.ID, "1"}, {joe.ID, "2"}} {
		if err := db.UnlinkIdentity(t.Context(), unlink.user, key(unlink.subject).ID()); err != nil {
			t.Errorf("with another thing to log in with: %v", err)
		}
	}
	if got, err := db.Identities(t.Context(), ada.ID); err != nil || len(got) != 1 || got[0].IdentityKey != key("4") || !got[0].CreatedAt.Equal(start) {
		t.Errorf("%+v, %v", got, err)
	}
}
