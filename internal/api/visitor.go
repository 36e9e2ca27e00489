package api

import (
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
)

// visitor is who asks for things that people made in a project: dashboards, searches.
type visitor struct {
	project meta.Project
	manages bool   // may change what belongs to the whole project
	owner   string // whose private things they see, as meta.Search.Owner
	name    string // as people call them
}

// Names of those who have none of their own.
const (
	localPerson = "local" // everyone in local mode
	adminPerson = "admin" // who knows the password
)

// manager is who manages the server, as people call them.
func (s *server) manager() string {
	if s.Local {
		return localPerson
	}
	return adminPerson
}

func (v *visitor) person() meta.Person { return meta.Person{Owner: v.owner, Manages: v.manages} }

// visiting lets in whoever may read the project that the path names by its id: everyone in local mode, its read tokens,
// and who knows the password.
func (s *server) visiting(next func(http.ResponseWriter, *http.Request, visitor)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := s.visitor(r, chi.URLParam(r, "id"))
		if err != nil {
			s.fail(w, r, err)
			return
		}
		next(w, r, who)
	}
}

// managing lets in whoever may change what belongs to the whole project that the path names: everyone in local mode, else
// who knows the password.
func (s *server) managing(next func(http.ResponseWriter, *http.Request, visitor)) http.HandlerFunc {
	who := visitor{manages: true, owner: s.manager(), name: s.manager()}
	return s.manage(s.ofProject(func(w http.ResponseWriter, r *http.Request, p meta.Project) {
		who := who
		who.project = p
		next(w, r, who)
	})).ServeHTTP
}

func (s *server) visitor(r *http.Request, projectID string) (visitor, error) {
	if _, _, basic := r.BasicAuth(); basic && !s.Local {
		if err := s.password.check(r); err != nil {
			return visitor{}, err
		}
		project, err := s.Meta.Project(r.Context(), projectID)
		return visitor{project: project, manages: true, owner: adminPerson, name: adminPerson}, err
	}
	who, err := s.auth.principal(r, meta.ReadToken)
	if err != nil {
		return visitor{}, err
	}
	if who.token.ID == anonymousTokenID { // the path names the project, whatever the header says
		project, err := s.Meta.Project(r.Context(), projectID)
		return visitor{project: project, manages: true, owner: localPerson, name: localPerson}, err
	}
	if who.project.ID != projectID {
		return visitor{}, &problem{status: http.StatusForbidden, detail: "The token belongs to the project " + who.project.Name + "."}
	}
	v := visitor{project: who.project, manages: s.Local, owner: "token:" + who.token.ID, name: who.token.Prefix}
	if who.token.Description != "" {
		v.name = who.token.Description
	}
	if s.Local {
		v.owner, v.name = localPerson, localPerson
	}
	return v, nil
}

// taken tells that a slug is taken, where meta only knows that something is.
func taken(err error, slug string) error {
	if errors.Is(err, meta.ErrExists) {
		return &problem{status: http.StatusConflict, detail: "The slug " + slug + " is already taken."}
	}
	return err
}
