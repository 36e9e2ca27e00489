package meta

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// keep keeps a search of somebody.
func keep(t *testing.T, db *DB, owner, name string, shared bool) Search {
	t.Helper()
	made, err := db.CreateSearch(t.Context(), Search{
		ProjectID: db.DefaultProject().ID, Owner: owner, CreatedBy: owner, Name: name, Kind: LiveSearch, Query: "level >= 'error'", Shared: shared, Address: `{"since":"1h"}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestSearchesAreSeenByTheirOwnersUnlessShared(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	project := db.DefaultProject().ID
	private, shared, mine := keep(t, db, "token:a", "b private", false), keep(t, db, "token:a", "c shared", true), keep(t, db, "token:b", "a mine", false)
	for owner, want := range map[string][]Search{"token:a": {private, shared}, "token:b": {mine, shared}, "admin": {shared}} {
		got, err := db.Searches(t.Context(), project, Person{Owner: owner, Manages: owner == "admin"})
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", owner, err, diff)
		}
	}
	other, err := db.CreateProject(t.Context(), NewProject{Organization: "local", Name: "other"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := db.Searches(t.Context(), other.ID, Person{Owner: "token:a"}); err != nil || len(got) != 0 {
		t.Errorf("in another project: %v, %v", got, err)
	}
}

func TestSearchesAreChangedByTheirOwners(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	project := db.DefaultProject().ID
	private, shared := keep(t, db, "token:a", "private", false), keep(t, db, "token:a", "shared", true)
	a, b, admin := Person{Owner: "token:a"}, Person{Owner: "token:b"}, Person{Owner: "admin", Manages: true}
	name, explore := "renamed", ExploreSearch
	got, err := db.ChangeSearch(t.Context(), project, a, private.ID, SearchChange{Name: &name, Kind: &explore})
	want := private
	want.Name, want.Kind = name, explore
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("by its owner: %v (-want +got):\n%s", err, diff)
	}
	for _, c := range []struct {
		who  Person
		id   string
		want error
	}{
		{b, private.ID, ErrNotFound}, {admin, private.ID, ErrNotFound}, {b, shared.ID, ErrForbidden}, {a, uuid.NewString(), ErrNotFound},
	} {
		if _, err := db.ChangeSearch(t.Context(), project, c.who, c.id, SearchChange{Name: &name}); !errors.Is(err, c.want) {
			t.Errorf("%s changes: %v, want %v", c.who.Owner, err, c.want)
		}
		if err := db.DeleteSearch(t.Context(), project, c.who, c.id); !errors.Is(err, c.want) {
			t.Errorf("%s deletes: %v, want %v", c.who.Owner, err, c.want)
		}
	}
	for who, id := range map[Person]string{admin: shared.ID, a: private.ID} {
		if err := db.DeleteSearch(t.Context(), project, who, id); err != nil {
			t.Errorf("%s deletes: %v", who.Owner, err)
		}
	}
	if left, err := db.Searches(t.Context(), project, a); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestSearchesAreBounded(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	good := Search{ProjectID: db.DefaultProject().ID, Owner: "local", Name: "n", Kind: LiveSearch, Address: "{}"}
	for field, spoil := range map[string]func(*Search){
		"name":    func(s *Search) { s.Name = strings.Repeat("x", 201) },
		"kind":    func(s *Search) { s.Kind = "dashboard" },
		"query":   func(s *Search) { s.Query = strings.Repeat("x", maxSearchQuery+1) },
		"address": func(s *Search) { s.Address = strings.Repeat("x", maxSearchAddress+1) },
	} {
		bad := good
		spoil(&bad)
		_, err := db.CreateSearch(t.Context(), bad)
		if e, ok := errors.AsType[*InvalidError](err); !ok || e.Field != field {
			t.Errorf("a bad %s: %v", field, err)
		}
	}
	good.ProjectID = uuid.NewString()
	if _, err := db.CreateSearch(t.Context(), good); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown project: %v", err)
	}
}

func TestNobodyKeepsMoreSearchesThanTheirShare(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	first := keep(t, db, "token:a", "first", false)
	_, err := db.write.ExecContext(t.Context(), `WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO searches SELECT id || i, project_id, owner, name, kind, query, shared, address, created_at, updated_at, created_by FROM searches, n`, MaxSearches)
	if err != nil {
		t.Fatal(err)
	}
	first.Name = "one more"
	if _, err := db.CreateSearch(t.Context(), first); err == nil || !strings.Contains(err.Error(), "one more than the 500 searches") {
		t.Errorf("one more: %v", err)
	}
	keep(t, db, "token:b", "of another", false)
}
