package api

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
)

const projects = "/api/v1/projects"

// visibleToAll is the visibility of every project: whoever is in its organisation sees it.
const visibleToAll = "public"

// projectRoutes are the public REST API under /api/v1/projects. It names projects by id.
func (s *server) projectRoutes(r chi.Router) {
	r.Get(projects, s.listProjects)
	r.Post(projects, s.createProject)
	r.Get(projects+"/{id}", s.ofProject(meta.ReadOnlyRole, s.getProject))
	r.Put(projects+"/{id}", s.ofProject(meta.AdminRole, s.changeProject))
	r.Delete(projects+"/{id}", s.ofProject(meta.AdminRole, s.deleteProject))
}

// tokenRoutes are those of the tokens of a project.
func (s *server) tokenRoutes(r chi.Router) {
	for segment, kind := range map[string]meta.Kind{"write-tokens": meta.WriteToken, "read-tokens": meta.ReadToken} {
		r.Get(projects+"/{id}/"+segment, s.ofProject(meta.MemberRole, func(w http.ResponseWriter, r *http.Request, p meta.Project) {
			s.listTokens(w, r, p, kind)
		}))
		r.Post(projects+"/{id}/"+segment, s.ofProject(meta.MemberRole, func(w http.ResponseWriter, r *http.Request, p meta.Project) {
			s.createToken(w, r, p, kind, http.StatusCreated)
		}))
		one := projects + "/{id}/" + segment + "/{token_id}"
		r.Delete(one, s.ofProject(meta.MemberRole, func(w http.ResponseWriter, r *http.Request, p meta.Project) {
			s.done(w, r, s.Meta.RevokeToken(r.Context(), p.ID, kind, chi.URLParam(r, "token_id")))
		}))
		r.Post(one+"/rotate", s.ofProject(meta.MemberRole, func(w http.ResponseWriter, r *http.Request, p meta.Project) {
			s.rotateToken(w, r, p, kind)
		}))
		r.Patch(one+"/expire", s.ofProject(meta.MemberRole, func(w http.ResponseWriter, r *http.Request, p meta.Project) {
			s.done(w, r, s.Meta.ExpireToken(r.Context(), p.ID, kind, chi.URLParam(r, "token_id")))
		}))
	}
}

// ofProject hands the project of the path to a handler, if who asks has a role in its organisation.
func (s *server) ofProject(role meta.Role, next func(http.ResponseWriter, *http.Request, meta.Project)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		project, err := s.Meta.Project(r.Context(), chi.URLParam(r, "id"))
		if err == nil {
			who := callerOf(r.Context())
			err = who.needIn(role, project)
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		next(w, r, project)
	}
}

func projectBody(p meta.Project) map[string]any {
	body := map[string]any{
		"id": p.ID, "project_name": p.Name, "organization_name": p.Organization, "description": nil, "visibility": visibleToAll,
		"created_at": iso(p.CreatedAt), "updated_at": iso(p.UpdatedAt),
	}
	if p.Description != "" {
		body["description"] = p.Description
	}
	return body
}

func (s *server) listProjects(w http.ResponseWriter, r *http.Request) {
	list, err := s.Meta.Projects(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer, who := []map[string]any{}, callerOf(r.Context())
	for _, p := range list {
		if who.sees(p.OrganizationID) && who.reaches(p.ID) {
			answer = append(answer, projectBody(p))
		}
	}
	writeJSON(w, http.StatusOK, answer)
}

func (s *server) createProject(w http.ResponseWriter, r *http.Request) {
	wanted, err := newProject(r)
	var project meta.Project
	if err == nil {
		project, err = s.makeProject(r, wanted)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, projectBody(project))
}

func newProject(r *http.Request) (n meta.NewProject, _ error) {
	in, err := bodyParameters(r)
	if err != nil {
		return n, err
	}
	n = meta.NewProject{Organization: in.text("organization_name", false), Name: in.text("project_name", false), Description: in.text("description", false)}
	in.visibility()
	if len(in.faults) > 0 {
		return n, invalid(in.faults...)
	}
	return n, nil
}

// makeProject makes a project for who may in its organisation. With no organisation it is the caller's.
func (s *server) makeProject(r *http.Request, n meta.NewProject) (meta.Project, error) {
	organization, err := s.organization(r, n.Organization, meta.MemberRole)
	if err != nil {
		return meta.Project{}, err
	}
	n.Organization = organization.ID
	return s.Meta.CreateProject(r.Context(), n)
}

func (s *server) getProject(w http.ResponseWriter, _ *http.Request, p meta.Project) {
	writeJSON(w, http.StatusOK, projectBody(p))
}

// changeProject serves PUT /api/v1/projects/{id}. What the body does not name stays.
func (s *server) changeProject(w http.ResponseWriter, r *http.Request, p meta.Project) {
	change, err := projectChange(r)
	if err == nil {
		p, err = s.Meta.ChangeProject(r.Context(), p.ID, change)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, projectBody(p))
}

func projectChange(r *http.Request) (c meta.ProjectChange, _ error) {
	in, err := bodyParameters(r)
	if err != nil {
		return c, err
	}
	if _, ok := in.get("project_name"); ok {
		name := in.text("project_name", true)
		c.Name = &name
	}
	if _, ok := in.get("description"); ok {
		description := in.text("description", false)
		c.Description = &description
	}
	in.visibility()
	if len(in.faults) > 0 {
		return c, invalid(in.faults...)
	}
	return c, nil
}

// visibility reads whom a project is for. There is one answer: whoever is in an organisation sees its projects.
func (p *parameters) visibility() {
	if text := p.text("visibility", false); text != "" && text != visibleToAll {
		p.fault("visibility", "enum", "Input should be 'public': everybody in an organisation sees its projects")
	}
}

// deleteProject serves DELETE /api/v1/projects/{id}. Nobody sees the project when it answers; its records go meanwhile.
func (s *server) deleteProject(w http.ResponseWriter, r *http.Request, p meta.Project) {
	err := s.Meta.DeleteProject(r.Context(), p.ID)
	if err == nil {
		s.Deleted()
	}
	s.done(w, r, err)
}

// tokenBody describes a token. at is when it has to be active to count as such; zero leaves what only lists tell out.
func tokenBody(t *meta.Token, p meta.Project, at time.Time) map[string]any {
	body := map[string]any{
		"id": t.ID, "project_id": t.ProjectID, "description": nil,
		"created_at": iso(t.CreatedAt), "expires_at": isoOrNil(t.ExpiresAt),
	}
	if t.Description != "" {
		body["description"] = t.Description
	}
	if !at.IsZero() {
		body["project_name"] = p.Name
		body["created_by_name"] = textOrNil(t.CreatedByName)
		body["token_prefix"] = t.Prefix
		body["active"] = t.Active(at)
		body["last_used_at"], body["last_used_address"], body["last_used_client"] = isoOrNil(t.LastUse.At), textOrNil(t.LastUse.Address), textOrNil(t.LastUse.Agent)
		body["revoked_at"] = isoOrNil(t.RevokedAt)
	}
	return body
}

// tellRecords adds to what is told of a token what was sent with it; nil is nothing.
func tellRecords(body map[string]any, sent *meta.Hourly) {
	if sent == nil {
		sent = &meta.Hourly{}
	}
	body["records_24h"], body["records_by_hour"] = sent.Total(), sent
}

func (s *server) listTokens(w http.ResponseWriter, r *http.Request, p meta.Project, kind meta.Kind) {
	revoked, err := withRevoked(r)
	var list []meta.Token
	if err == nil {
		list, err = s.Meta.Tokens(r.Context(), p.ID, kind)
	}
	var sent map[string]*meta.Hourly
	if err == nil && kind == meta.WriteToken {
		sent, err = s.Meta.UsageOfTokens(r.Context(), p.ID)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for i := range list {
		if t := &list[i]; revoked || t.RevokedAt.IsZero() {
			body := tokenBody(t, p, s.Now())
			if kind == meta.WriteToken {
				tellRecords(body, sent[t.ID])
			}
			answer = append(answer, body)
		}
	}
	writeJSON(w, http.StatusOK, answer)
}

// rotateToken makes a token that takes the place of the one that the path names.
func (s *server) rotateToken(w http.ResponseWriter, r *http.Request, p meta.Project, kind meta.Kind) {
	rotation, err := rotationOf(r)
	var next meta.Token
	var text string
	if err == nil {
		next, text, err = s.Meta.RotateToken(r.Context(), p.ID, kind, chi.URLParam(r, "token_id"), rotation)
	}
	s.answerNewToken(w, r, p, http.StatusCreated, &next, text, err)
}

// rotationOf reads the body of a rotation. Without one the old token ends at once, as Logfire's does.
func rotationOf(r *http.Request) (meta.Rotation, error) {
	in, err := bodyParameters(r)
	if err != nil {
		return meta.Rotation{}, err
	}
	in.naive = true
	hours := 0
	in.decode("keep_old_hours", &hours, false, "int_type", "a valid integer")
	rotation := meta.Rotation{ExpiresAt: in.timestamp("expires_at", false)}
	if most := int(meta.MaxKeepOld / time.Hour); hours < 0 || hours > most { // before it becomes a duration, which could overflow
		in.fault("keep_old_hours", "value_error", "must be from 0 to %d", most)
	}
	if len(in.faults) > 0 {
		return meta.Rotation{}, invalid(in.faults...)
	}
	rotation.KeepOld = time.Duration(hours) * time.Hour
	return rotation, nil
}
