package api

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
)

// settingRoutes serve what people set for a project. Who may read the project sees it.
func (s *server) settingRoutes(r chi.Router) {
	const settings = "/api/v1/projects/{id}/settings"
	r.Get(settings, s.visiting(s.getSettings))
	r.Put(settings, s.managing(s.changeSettings))
}

func settingsBody(s meta.ProjectSettings) map[string]any {
	body := map[string]any{"repository_url_template": nil}
	if s.Repository != "" {
		body["repository_url_template"] = s.Repository
	}
	return body
}

func (s *server) getSettings(w http.ResponseWriter, r *http.Request, who visitor) {
	settings, err := s.Meta.ProjectSettings(r.Context(), who.project.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, settingsBody(settings))
}

func (s *server) changeSettings(w http.ResponseWriter, r *http.Request, who visitor) {
	var body struct {
		Repository *string `json:"repository_url_template"`
	}
	if err := decodeBody(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	settings, err := s.Meta.ChangeProjectSettings(r.Context(), who.project.ID, func(one *meta.ProjectSettings) {
		if body.Repository != nil {
			one.Repository = *body.Repository
		}
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, settingsBody(settings))
}
