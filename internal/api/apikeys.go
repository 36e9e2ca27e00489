package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
)

// keyRoutes are those of the API keys of an organisation. Paths and bodies are those of Logfire's REST API; scopes and rotate are
// Hearth's own.
func (s *server) keyRoutes(r chi.Router) {
	const keys = "/api/v1/api-keys"
	r.Get(keys, s.ofNamed(meta.MemberRole, s.listKeys))
	r.Post(keys, s.ofNamed(meta.MemberRole, s.createKey))
	r.Get(keys+"/scopes", s.ofOrganization(meta.MemberRole, s.listScopes))
	r.Patch(keys+"/{key_id}", s.ofNamed(meta.MemberRole, s.changeKey))
	r.Delete(keys+"/{key_id}", s.ofOrganization(meta.MemberRole, s.revokeKey))
	r.Post(keys+"/{key_id}/rotate", s.ofNamed(meta.MemberRole, s.rotateKey))
}

// managesKey tells whether a caller of the key's organisation gets to an API key: people do, an API key with a scope that is about
// all of them, and one with its project's scope gets to those of projects that it reaches.
func (c *caller) managesKey(t *meta.Token, all meta.Scope) bool {
	return c.key.ID == "" || c.key.Allows(all) || t.ProjectID != "" && c.reaches(t.ProjectID)
}

// keyBody describes an API key of an organisation. at is when it has to be active to count as such.
func keyBody(t *meta.Token, o named, at time.Time) map[string]any {
	return map[string]any{
		"id": t.ID, "organization_id": t.OrganizationID, "name": t.Name, "description": textOrNil(t.Description), "scopes": t.Scopes,
		"project_id": textOrNil(t.ProjectID), "project_name": textOrNil(o.projects[t.ProjectID]), "all_projects": t.ProjectID == "",
		"created_by": textOrNil(t.CreatedBy), "created_by_name": textOrNil(t.CreatedByName), "created_at": iso(t.CreatedAt),
		"updated_by": nil, "updated_by_name": textOrNil(t.UpdatedByName), "updated_at": isoOrNil(t.UpdatedAt),
		"last_used_at": isoOrNil(t.LastUse.At), "last_used_address": textOrNil(t.LastUse.Address), "last_used_client": textOrNil(t.LastUse.Agent),
		"expires_at": isoOrNil(t.ExpiresAt), "revoked_at": isoOrNil(t.RevokedAt), "active": t.Active(at), "token_prefix": t.Prefix,
		"user_id": nil, "claims": map[string]any{},
	}
}

// named is an organisation, with the names of its projects by their ids.
type named struct {
	meta.Organization
	projects map[string]string
}

// ofNamed is ofOrganization for handlers that call projects by their names.
func (s *server) ofNamed(role meta.Role, next func(http.ResponseWriter, *http.Request, named)) http.HandlerFunc {
	return s.ofOrganization(role, func(w http.ResponseWriter, r *http.Request, o meta.Organization) {
		list, err := s.Meta.Projects(r.Context())
		if err != nil {
			s.fail(w, r, err)
			return
		}
		names := map[string]string{}
		for _, p := range list {
			if p.OrganizationID == o.ID {
				names[p.ID] = p.Name
			}
		}
		next(w, r, named{o, names})
	})
}

// withRevoked reads whether a list shall hold what was revoked, too. Clients of Logfire take what is listed for what is there.
func withRevoked(r *http.Request) (bool, error) {
	in := queryParameters(r.URL.Query())
	revoked := in.boolean("revoked")
	if len(in.faults) > 0 {
		return false, invalid(in.faults...)
	}
	return revoked, nil
}

// listKeys serves GET /api/v1/api-keys.
func (s *server) listKeys(w http.ResponseWriter, r *http.Request, o named) {
	revoked, err := withRevoked(r)
	var list []meta.Token
	if err == nil {
		list, err = s.Meta.Keys(r.Context(), o.ID)
	}
	var sent map[string]*meta.Hourly
	if err == nil {
		sent, err = s.Meta.UsageOfKeys(r.Context(), o.ID)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer, who := []map[string]any{}, callerOf(r.Context())
	for i := range list {
		if t := &list[i]; (revoked || t.RevokedAt.IsZero()) && who.managesKey(t, meta.ReadKey) {
			body := keyBody(t, o, s.Now())
			if t.Allows(meta.WriteRecords) {
				tellRecords(body, sent[t.ID])
			}
			answer = append(answer, body)
		}
	}
	writeJSON(w, http.StatusOK, answer)
}

// listScopes serves GET /api/v1/api-keys/scopes: what the caller may give to an API key.
func (s *server) listScopes(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	answer, who := []map[string]any{}, callerOf(r.Context())
	for _, one := range meta.Scopes() {
		if who.gives(o.ID, one) {
			answer = append(answer, map[string]any{
				"scope": one.Scope, "description": one.About, "of_organization": one.Scope.OfOrganization(), "needs_project": one.Bound,
			})
		}
	}
	writeJSON(w, http.StatusOK, answer)
}

// newKey reads the body of a key that shall be made.
func newKey(r *http.Request, o named) (meta.NewKey, error) {
	in, err := bodyParameters(r)
	if err != nil {
		return meta.NewKey{}, err
	}
	in.naive = true
	n := meta.NewKey{
		OrganizationID: o.ID, ProjectID: in.text("project_id", false), Name: in.text("name", true), Description: in.text("description", false),
		ExpiresAt: in.timestamp("expires_at", false),
	}
	in.decode("scopes", &n.Scopes, true, "list_type", "a list of strings")
	in.refuseClaims()
	if len(in.faults) > 0 {
		return meta.NewKey{}, invalid(in.faults...)
	}
	return n, nil
}

// refuseClaims refuses settings of scopes: none of those that Hearth knows has any.
func (p *parameters) refuseClaims() {
	var claims map[string]json.RawMessage
	if p.decode("claims", &claims, false, "dict_type", "an object") && len(claims) > 0 {
		p.fault("claims", "value_error", "no scope here has settings")
	}
}

// createKey serves POST /api/v1/api-keys. The text in the answer is told once.
func (s *server) createKey(w http.ResponseWriter, r *http.Request, o named) {
	n, err := newKey(r, o)
	if err == nil {
		who := callerOf(r.Context())
		if !who.managesKey(&meta.Token{ProjectID: n.ProjectID}, meta.CreateKey) {
			err = &problem{status: http.StatusForbidden, detail: lackOf([]meta.Scope{meta.CreateKey})}
		} else {
			err = who.mayGive(o.ID, n.Scopes)
		}
	}
	var made meta.Token
	var text string
	if err == nil {
		made, text, err = s.Meta.CreateKey(r.Context(), n)
	}
	s.answerNewKey(w, r, o, &made, text, err)
}

func (s *server) answerNewKey(w http.ResponseWriter, r *http.Request, o named, made *meta.Token, text string, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]any{"api_key": keyBody(made, o, s.Now()), "token": text})
}

// key returns the API key that the path names, if the caller may change it: who could have made it may.
func (s *server) key(r *http.Request, organizationID string) (meta.Token, error) {
	t, err := s.Meta.Key(r.Context(), organizationID, chi.URLParam(r, "key_id"))
	if err != nil {
		return meta.Token{}, err
	}
	who := callerOf(r.Context())
	if !who.managesKey(&t, meta.WriteKey) {
		return meta.Token{}, meta.ErrNotFound
	}
	return t, who.mayGive(organizationID, t.Scopes)
}

// keyChange reads what shall change. A body that changes nothing is refused, as Logfire does.
func keyChange(r *http.Request) (c meta.KeyChange, _ error) {
	in, err := bodyParameters(r)
	if err != nil {
		return c, err
	}
	if _, ok := in.get("name"); ok {
		name := in.text("name", true)
		c.Name = &name
	}
	if _, ok := in.get("description"); ok {
		description := in.text("description", false)
		c.Description = &description
	}
	in.refuseClaims()
	if c == (meta.KeyChange{}) && len(in.faults) == 0 {
		in.fault("name", "missing", "Nothing to change: give a name or a description")
	}
	if len(in.faults) > 0 {
		return c, invalid(in.faults...)
	}
	return c, nil
}

// changeKey serves PATCH /api/v1/api-keys/{key_id}.
func (s *server) changeKey(w http.ResponseWriter, r *http.Request, o named) {
	t, err := s.key(r, o.ID)
	var change meta.KeyChange
	if err == nil {
		change, err = keyChange(r)
	}
	if err == nil {
		t, err = s.Meta.ChangeKey(r.Context(), o.ID, t.ID, change)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, keyBody(&t, o, s.Now()))
}

// rotateKey serves POST /api/v1/api-keys/{key_id}/rotate. The text in the answer is told once.
func (s *server) rotateKey(w http.ResponseWriter, r *http.Request, o named) {
	t, err := s.key(r, o.ID)
	var rotation meta.Rotation
	if err == nil {
		rotation, err = rotationOf(r)
	}
	var next meta.Token
	var text string
	if err == nil {
		next, text, err = s.Meta.RotateKey(r.Context(), o.ID, t.ID, rotation)
	}
	s.answerNewKey(w, r, o, &next, text, err)
}

func (s *server) revokeKey(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	t, err := s.key(r, o.ID)
	if err == nil {
		err = s.Meta.RevokeKey(r.Context(), o.ID, t.ID)
	}
	s.done(w, r, err)
}
