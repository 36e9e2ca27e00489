package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
)

// sdkRoutes are the endpoints with which Logfire's SDK and CLI manage projects and tokens. They name projects by
// organisation and name.
func (s *server) sdkRoutes(r chi.Router) {
	r.Get("/v1/account/me", s.account)
	r.Get("/v1/organizations/available-for-projects", s.organizations)
	r.Get("/v1/writable-projects", s.writableProjects)
	r.Post("/v1/organizations/{org}/projects", s.sdkCreateProject)
	r.Post("/v1/organizations/{org}/projects/{project}/write-tokens", s.sdkCreateWriteToken)
	r.Post("/v1/organizations/{org}/projects/{project}/read-tokens", s.sdkCreateReadToken)
	r.Get("/v1/organizations/{org}/projects/{project}/prompts", s.prompt)
	r.Delete("/api/v1/user-tokens/current", s.revokeOwnToken)
	// What older SDKs call them: up to 4.5, 4.4 and 3.21.
	r.Get("/v1/organizations", s.organizations)
	r.Get("/v1/projects", s.writableProjects)
	r.Post("/v1/projects/{org}", s.sdkCreateProject)
}

// account serves GET /v1/account/me. The default organisation is the one that the caller means who names none.
func (s *server) account(w http.ResponseWriter, r *http.Request) {
	body := map[string]any{"name": callerOf(r.Context()).name}
	home, err := s.organization(r, "", meta.ReadOnlyRole)
	if p, ok := errors.AsType[*problem](err); err != nil && (!ok || p.status != http.StatusNotFound) {
		s.fail(w, r, err)
		return
	}
	if err == nil { // clients take its absence, and no null
		body["default_organization"] = map[string]any{"organization_name": home.Name}
	}
	writeJSON(w, http.StatusOK, body)
}

// organizations serves GET /v1/organizations/available-for-projects: those in which the caller may make projects.
func (s *server) organizations(w http.ResponseWriter, r *http.Request) {
	who := callerOf(r.Context())
	list, err := s.seenOrganizations(r, &who, meta.MemberRole)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for _, o := range list {
		answer = append(answer, map[string]any{"id": o.ID, "organization_name": o.Name, "created_at": iso(o.CreatedAt)})
	}
	writeJSON(w, http.StatusOK, answer)
}

func (s *server) writableProjects(w http.ResponseWriter, r *http.Request) {
	list, err := s.Meta.Projects(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer, who := []map[string]any{}, callerOf(r.Context())
	for _, p := range list {
		if p.ID == meta.ServerProjectID || who.needIn(meta.MemberRole, p) != nil {
			continue // an SDK asks into which project its application shall write
		}
		answer = append(answer, map[string]any{
			"id": p.ID, "organization_name": p.Organization, "project_name": p.Name, "project_url": s.projectURL(r, p),
		})
	}
	writeJSON(w, http.StatusOK, answer)
}

// sdkCreateProject makes a project and a write token for it.
func (s *server) sdkCreateProject(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Name        string `json:"project_name"`
		Description string `json:"description"` // Hearth's own
	}
	if err := decodeBody(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	project, err := s.makeProject(r, meta.NewProject{Organization: chi.URLParam(r, "org"), Name: body.Name, Description: body.Description})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answerCredentials(w, r, project, meta.NewToken{})
}

// sdkCreateWriteToken makes another write token. Logfire's CLI sends no body.
func (s *server) sdkCreateWriteToken(w http.ResponseWriter, r *http.Request) {
	project, err := s.namedProject(r, meta.MemberRole)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	wanted, err := newToken(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answerCredentials(w, r, project, wanted)
}

// answerCredentials makes a write token and answers with what becomes the SDK's credentials file. The SDK takes
// exactly these three keys: one more, and it raises.
func (s *server) answerCredentials(w http.ResponseWriter, r *http.Request, p meta.Project, n meta.NewToken) {
	n.ProjectID, n.Kind = p.ID, meta.WriteToken
	if n.Description == "" {
		n.Description = "Created by the Logfire SDK"
		if who := callerOf(r.Context()); who.token.ID != "" {
			n.Description = "Created from " + who.token.Description
		}
	}
	_, text, err := s.Meta.CreateToken(r.Context(), n)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"project_name": p.Name, "token": text, "project_url": s.projectURL(r, p)})
}

func (s *server) sdkCreateReadToken(w http.ResponseWriter, r *http.Request) {
	project, err := s.namedProject(r, meta.MemberRole)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.createToken(w, r, project, meta.ReadToken, http.StatusOK)
}

// namedProject returns the project that the path names, if who asks has a role in its organisation.
func (s *server) namedProject(r *http.Request, role meta.Role) (meta.Project, error) {
	project, err := s.Meta.ProjectNamed(r.Context(), chi.URLParam(r, "org"), chi.URLParam(r, "project"))
	if err == nil {
		who := callerOf(r.Context())
		err = who.needIn(role, project)
	}
	return project, err
}

// newToken reads what the body says of a token that shall be made. There may be no body.
func newToken(r *http.Request) (meta.NewToken, error) {
	members := map[string]json.RawMessage{}
	if err := decodeBody(r, &members); err != nil {
		return meta.NewToken{}, err
	}
	in := &parameters{where: "body", naive: true, get: func(name string) (json.RawMessage, bool) {
		raw, ok := members[name]
		return raw, ok
	}}
	n := meta.NewToken{Description: in.text("description", false), ExpiresAt: in.timestamp("expires_at", false)}
	if len(in.faults) > 0 {
		return meta.NewToken{}, invalid(in.faults...)
	}
	return n, nil
}

// createToken makes a token as the body says and answers with it and its text, which nobody can ask for again.
func (s *server) createToken(w http.ResponseWriter, r *http.Request, p meta.Project, kind meta.Kind, status int) {
	n, err := newToken(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	n.ProjectID, n.Kind = p.ID, kind
	token, text, err := s.Meta.CreateToken(r.Context(), n)
	s.answerNewToken(w, r, p, status, &token, text, err)
}

// answerNewToken tells a new token with its text.
func (s *server) answerNewToken(w http.ResponseWriter, r *http.Request, p meta.Project, status int, made *meta.Token, text string, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body := tokenBody(made, p, time.Time{})
	body["token"] = text
	writeJSON(w, status, body)
}
