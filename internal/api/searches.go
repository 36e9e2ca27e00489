package api

import (
	"encoding/json"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
)

// searchRoutes serve the searches that people keep. Whoever may read a project may keep searches of it.
func (s *server) searchRoutes(r chi.Router) {
	const searches = "/api/v1/projects/{id}/searches"
	r.Get(searches, s.visiting(s.listSearches))
	r.Post(searches, s.visiting(s.createSearch))
	r.Put(searches+"/{search_id}", s.visiting(s.changeSearch))
	r.Delete(searches+"/{search_id}", s.visiting(s.deleteSearch))
}

func searchBody(one *meta.Search, who visitor) map[string]any {
	return map[string]any{
		"id": one.ID, "project_id": one.ProjectID, "name": one.Name, "kind": one.Kind, "query": one.Query, "shared": one.Shared,
		"address": json.RawMessage(one.Address), "created_at": iso(one.CreatedAt), "updated_at": iso(one.UpdatedAt), "created_by_name": one.CreatedBy,
		"mine": one.Owner == who.owner, "may_change": one.Owner == who.owner || who.manages,
	}
}

func (s *server) listSearches(w http.ResponseWriter, r *http.Request, who visitor) {
	list, err := s.Meta.Searches(r.Context(), who.project.ID, who.person())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for i := range list {
		answer = append(answer, searchBody(&list[i], who))
	}
	writeJSON(w, http.StatusOK, answer)
}

// searchChange is what a body says of a search.
type searchChange struct {
	Name    *string          `json:"name"`
	Kind    *meta.SearchKind `json:"kind"`
	Query   *string          `json:"query"`
	Shared  *bool            `json:"shared"`
	Address *json.RawMessage `json:"address"`
}

func readSearchChange(r *http.Request) (meta.SearchChange, error) {
	var body searchChange
	if err := decodeBody(r, &body); err != nil {
		return meta.SearchChange{}, err
	}
	change := meta.SearchChange{Name: body.Name, Kind: body.Kind, Query: body.Query, Shared: body.Shared}
	if body.Address != nil {
		text, err := compactObject(*body.Address)
		if err != nil {
			return meta.SearchChange{}, err
		}
		change.Address = &text
	}
	return change, nil
}

// compactObject returns a JSON object without insignificant blanks.
func compactObject(text json.RawMessage) (string, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return "", invalid(fieldProblem{Loc: []string{"body", "address"}, Msg: "Input should be a valid object", Type: "dict_type"})
	}
	compact, err := json.Marshal(members)
	return string(compact), err
}

func (s *server) createSearch(w http.ResponseWriter, r *http.Request, who visitor) {
	change, err := readSearchChange(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	made := meta.Search{ProjectID: who.project.ID, Owner: who.owner, CreatedBy: who.name, Address: "{}"}
	made.Apply(change)
	made, err = s.Meta.CreateSearch(r.Context(), made)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, searchBody(&made, who))
}

func (s *server) changeSearch(w http.ResponseWriter, r *http.Request, who visitor) {
	change, err := readSearchChange(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	changed, err := s.Meta.ChangeSearch(r.Context(), who.project.ID, who.person(), chi.URLParam(r, "search_id"), change)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, searchBody(&changed, who))
}

func (s *server) deleteSearch(w http.ResponseWriter, r *http.Request, who visitor) {
	if err := s.Meta.DeleteSearch(r.Context(), who.project.ID, who.person(), chi.URLParam(r, "search_id")); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
