package meta

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func TestAPIKeyLifeCycle(t *testing.T) {
	t.Parallel()
	db, clock := newTest(t)
	org, project := db.organization.ID, db.DefaultProject().ID
	ctx := WithActor(t.Context(), Actor{UserID: "1", Name: "ada"})
	made, text, err := db.CreateKey(ctx, NewKey{
		OrganizationID: org, ProjectID: project, Name: " deploy ", Description: "of the shop",
		Scopes: []Scope{WriteRecords, ReadProject, ReadProject}, ExpiresAt: start.Add(48 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Token{
		ID: made.ID, ProjectID: project, OrganizationID: org, Kind: APIKey, Scopes: []Scope{ReadProject, WriteRecords}, Prefix: text[:len(text)-39],
		Name: "deploy", Description: "of the shop", CreatedBy: "1", CreatedByName: "ada", CreatedAt: start, ExpiresAt: start.Add(48 * time.Hour),
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("(-want +made):\n%s", diff)
	}
	if !regexp.MustCompile(`^pylf_v2_local_` + org + `_[a-zA-Z0-9]{44}$`).MatchString(text) {
		t.Errorf("text %q", text)
	}
	found, err := db.LookupToken(ctx, text)
	found.LastUse = Use{} // a shared database may tell it already
	if diff := cmp.Diff(made, found); err != nil || diff != "" {
		t.Errorf("%v (-made +found):\n%s", err, diff)
	}
	if !found.Allows(ReadProject) || found.Allows(ReadRecords) {
		t.Errorf("allows %v", found.Scopes)
	}
	if list, err := db.Tokens(ctx, project, WriteToken); err != nil || len(list) != 0 {
		t.Errorf("among the write tokens of the project: %v, %v", list, err)
	}

	clock.at = start.Add(time.Hour)
	name, none := "renamed", ""
	changed, err := db.ChangeKey(WithActor(ctx, Actor{Name: "eve"}), org, made.ID, KeyChange{Name: &name, Description: &none})
	want = made
	want.Name, want.Description, want.UpdatedByName, want.UpdatedAt = name, none, "eve", clock.at
	changed.LastUse = Use{} // it may be told already
	if diff := cmp.Diff(want, changed); err != nil || diff != "" {
		t.Errorf("%v (-want +changed):\n%s", err, diff)
	}
	if found, err := db.LookupToken(ctx, text); err != nil || found.Name != name {
		t.Errorf("looked up after the change: %+v, %v", found, err)
	}
	next, nextText, err := db.RotateKey(ctx, org, made.ID, Rotation{})
	if err != nil || next.Name != name || !cmp.Equal(next.Scopes, made.Scopes) || !next.ExpiresAt.Equal(clock.at.Add(48*time.Hour)) || !strings.HasPrefix(nextText, "pylf_v2_local_"+org) {
		t.Errorf("rotated: %+v, %v", next, err)
	}
	if opens(t, db, text) || !opens(t, db, nextText) {
		t.Error("after the rotation")
	}
	if list, err := db.Keys(ctx, org); err != nil || len(list) != 2 || list[0].ID != next.ID || list[1].ID != made.ID {
		t.Errorf("keys %+v, %v", list, err)
	}
	if err := db.RevokeKey(ctx, org, next.ID); err != nil || opens(t, db, nextText) {
		t.Errorf("after the revocation: %v", err)
	}
	if _, err := db.ChangeKey(ctx, org, next.ID, KeyChange{Name: &name}); !errors.Is(err, ErrNotFound) {
		t.Errorf("changing a revoked one = %v", err)
	}
	if got, err := db.Key(ctx, org, next.ID); err != nil || got.RevokedAt.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAPIKeysAreOfOneOrganization(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ctx, org, name := t.Context(), db.organization.ID, "x"
	made, text, err := db.CreateKey(ctx, NewKey{OrganizationID: org, Name: "all", Scopes: []Scope{ReadAuditLog}})
	if err != nil || made.ProjectID != "" {
		t.Fatal(made, err)
	}
	elsewhere := uuid.NewString()
	_, changeErr := db.ChangeKey(ctx, elsewhere, made.ID, KeyChange{Name: &name})
	_, _, rotateErr := db.RotateKey(ctx, elsewhere, made.ID, Rotation{})
	_, keyErr := db.Key(ctx, elsewhere, made.ID)
	for what, err := range map[string]error{
		"change": changeErr, "rotate": rotateErr, "look at": keyErr, "revoke": db.RevokeKey(ctx, elsewhere, made.ID),
		"revoke as a write token": db.RevokeToken(ctx, db.DefaultProject().ID, WriteToken, made.ID),
		"revoke as a user token":  db.RevokeUserToken(ctx, "", made.ID),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s = %v, want ErrNotFound", what, err)
		}
	}
	if !opens(t, db, text) {
		t.Error("the key was revoked")
	}
}

func TestCreateKeyChecks(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	project := db.DefaultProject().ID
	for _, c := range []struct {
		field  string
		change func(*NewKey)
	}{
		{"name", func(n *NewKey) { n.Name = "  " }},
		{"name", func(n *NewKey) { n.Name = strings.Repeat("ä", 101) }},
		{"description", func(n *NewKey) { n.Description = strings.Repeat("ä", 501) }},
		{"expires_at", func(n *NewKey) { n.ExpiresAt = start }},
		{"scopes", func(n *NewKey) { n.Scopes = nil }},
		{"scopes", func(n *NewKey) { n.Scopes = []Scope{"project:read project:write"} }},
		{"scopes", func(n *NewKey) { n.ProjectID, n.Scopes = project, []Scope{ReadProject, ReadMember} }},
		{"project_id", func(n *NewKey) { n.Scopes = []Scope{ReadRecords} }},
		{"project_id", func(n *NewKey) { n.Scopes = []Scope{WriteRecords} }},
		{"project_id", func(n *NewKey) { n.ProjectID = uuid.NewString() }},
		{"project_id", func(n *NewKey) { n.OrganizationID, n.ProjectID = uuid.NewString(), project }},
	} {
		n := NewKey{OrganizationID: db.organization.ID, Name: "key", Scopes: []Scope{ReadProject}}
		c.change(&n)
		_, _, err := db.CreateKey(t.Context(), n)
		var invalid *InvalidError
		if !errors.As(err, &invalid) || invalid.Field != c.field {
			t.Errorf("%+v = %v, want an InvalidError of %s", n, err, c.field)
		}
	}
}

func TestScopesAreNamedAsInLogfire(t *testing.T) {
	t.Parallel()
	seen := map[Scope]bool{}
	for _, s := range Scopes() {
		if !regexp.MustCompile(`^(organization|project):[a-z_]+$`).MatchString(string(s.Scope)) || seen[s.Scope] || s.About == "" || s.Role.validate() != nil {
			t.Errorf("%+v", s)
		}
		seen[s.Scope] = true
	}
}
