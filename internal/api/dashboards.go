package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/board"
	"github.com/hearth-dev/hearth/internal/meta"
)

// dashboardRoutes serve the dashboards of a project, as Logfire's REST API does. Where Logfire takes an id, a slug is taken too.
func (s *server) dashboardRoutes(r chi.Router) {
	const dashboards = "/api/v1/projects/{id}/dashboards"
	r.Get(dashboards, s.visiting(s.listDashboards))
	r.Post(dashboards, s.managing(s.createDashboard))
	r.Get(dashboards+"/{dashboard_id}", s.visiting(s.getDashboard))
	r.Put(dashboards+"/{dashboard_id}", s.managing(s.changeDashboard))
	r.Delete(dashboards+"/{dashboard_id}", s.managing(s.deleteDashboard))
}

func dashboardBody(d *meta.Dashboard) map[string]any {
	return map[string]any{
		"id": d.ID, "project_id": d.ProjectID, "dashboard_name": d.Name, "dashboard_slug": d.Slug, "version": d.Version,
		"created_at": iso(d.CreatedAt), "updated_at": iso(d.UpdatedAt), "created_by_name": d.CreatedBy, "updated_by_name": d.UpdatedBy,
		"panels": d.Panels, "builtin": false,
	}
}

// builtinBy is who made the dashboards that come with Hearth.
const builtinBy = "Hearth"

// builtinBody describes a dashboard that comes with Hearth as if it were made with the project.
func builtinBody(b *board.Builtin, p meta.Project) map[string]any {
	body := dashboardBody(&meta.Dashboard{
		ID: b.ID, ProjectID: p.ID, Name: b.Name, Slug: b.Slug, Version: 1, Panels: b.Panels,
		CreatedAt: p.CreatedAt, UpdatedAt: p.CreatedAt, CreatedBy: builtinBy, UpdatedBy: builtinBy,
	})
	body["builtin"] = true
	return body
}

// listDashboards lists those that come with Hearth first, then the project's own. Definitions are not part of the list.
func (s *server) listDashboards(w http.ResponseWriter, r *http.Request, who visitor) {
	list, err := s.Meta.Dashboards(r.Context(), who.project.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for _, b := range board.Builtins(who.project.Name) {
		answer = append(answer, builtinBody(&b, who.project))
	}
	for i := range list {
		answer = append(answer, dashboardBody(&list[i]))
	}
	writeJSON(w, http.StatusOK, answer)
}

// getDashboard answers with the definition as dashboard, which is all that Logfire tells, and with what the list says.
func (s *server) getDashboard(w http.ResponseWriter, r *http.Request, who visitor) {
	name := chi.URLParam(r, "dashboard_id")
	d, err := s.Meta.Dashboard(r.Context(), who.project.ID, name)
	body, definition := dashboardBody(&d), d.Definition
	if errors.Is(err, meta.ErrNotFound) {
		if b, ok := board.BuiltinNamed(who.project.Name, name); ok {
			body, definition, err = builtinBody(&b, who.project), b.Text, nil
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body["dashboard"] = json.RawMessage(definition)
	writeJSON(w, http.StatusOK, body)
}

func (s *server) createDashboard(w http.ResponseWriter, r *http.Request, who visitor) {
	var body struct {
		Name       string          `json:"name"`
		Slug       string          `json:"slug"`
		Definition json.RawMessage `json:"definition"`
	}
	if err := decodeBody(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	definition, err := board.Check(body.Definition)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if err := freeOfBuiltins(who.project.Name, body.Slug); err != nil {
		s.fail(w, r, err)
		return
	}
	d, err := s.Meta.CreateDashboard(r.Context(), meta.NewDashboard{
		ProjectID: who.project.ID, Slug: body.Slug, Name: body.Name, Definition: definition.Text, Panels: definition.Panels, By: who.name,
	})
	s.answerDashboard(w, r, &d, taken(err, body.Slug))
}

// freeOfBuiltins refuses the slugs of dashboards that come with Hearth.
func freeOfBuiltins(project, slug string) error {
	if b, ok := board.BuiltinNamed(project, slug); ok {
		return &problem{status: http.StatusConflict, detail: "The slug " + b.Slug + " is that of a dashboard that comes with Hearth."}
	}
	return nil
}

// changeDashboard changes what the body names. With a version, only when that is still the newest.
func (s *server) changeDashboard(w http.ResponseWriter, r *http.Request, who visitor) {
	var body struct {
		Name       *string         `json:"name"`
		Slug       *string         `json:"slug"`
		Definition json.RawMessage `json:"definition"`
		Version    int             `json:"version"`
	}
	if err := decodeBody(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	change := meta.DashboardChange{Slug: body.Slug, Name: body.Name, By: who.name, Version: body.Version}
	if len(body.Definition) > 0 && string(body.Definition) != "null" {
		definition, err := board.Check(body.Definition)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		change.Definition, change.Panels = &definition.Text, definition.Panels
	}
	slug := ""
	if body.Slug != nil {
		slug = *body.Slug
		if err := freeOfBuiltins(who.project.Name, slug); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	name := chi.URLParam(r, "dashboard_id")
	d, err := s.Meta.ChangeDashboard(r.Context(), who.project.ID, name, change)
	s.answerDashboard(w, r, &d, builtin(taken(err, slug), who.project.Name, name))
}

// answerDashboard answers with what was made of a dashboard.
func (s *server) answerDashboard(w http.ResponseWriter, r *http.Request, d *meta.Dashboard, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body := dashboardBody(d)
	body["definition"] = json.RawMessage(d.Definition)
	writeJSON(w, http.StatusOK, body)
}

// builtin tells that a dashboard comes with Hearth, where meta only knows that it has none of that name.
func builtin(err error, project, name string) error {
	if errors.Is(err, meta.ErrNotFound) {
		if b, ok := board.BuiltinNamed(project, name); ok {
			return &problem{status: http.StatusConflict, detail: b.Name + " comes with Hearth and cannot be changed. Duplicate it."}
		}
	}
	return err
}

func (s *server) deleteDashboard(w http.ResponseWriter, r *http.Request, who visitor) {
	name := chi.URLParam(r, "dashboard_id")
	if err := s.Meta.DeleteDashboard(r.Context(), who.project.ID, name); err != nil {
		s.fail(w, r, builtin(err, who.project.Name, name))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
