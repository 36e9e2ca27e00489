package api

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
)

// visitor is who asks for things that people made in a project: dashboards, searches.
type visitor struct {
	caller
	project meta.Project
	manages bool // may change what belongs to the whole project
}

func (v *visitor) person() meta.Person { return meta.Person{Owner: v.owner, Manages: v.manages} }

// visiting lets in whoever may read the project that the path names by its id: its people, and its read tokens.
func (s *server) visiting(next func(http.ResponseWriter, *http.Request, visitor)) http.HandlerFunc {
	return s.visit(s.visitor, next)
}

// managing lets in whoever may change what belongs to the whole project that the path names.
func (s *server) managing(next func(http.ResponseWriter, *http.Request, visitor)) http.HandlerFunc {
	return s.withRole(meta.MemberRole, next)
}

// administering lets in the admins of the project that the path names.
func (s *server) administering(next func(http.ResponseWriter, *http.Request, visitor)) http.HandlerFunc {
	return s.withRole(meta.AdminRole, next)
}

func (s *server) withRole(role meta.Role, next func(http.ResponseWriter, *http.Request, visitor)) http.HandlerFunc {
	return s.visit(func(r *http.Request, projectID string) (visitor, error) {
		who, err := s.person(r)
		if err != nil {
			return visitor{}, err
		}
		return s.visitorFor(r, who, projectID, role)
	}, next)
}

func (s *server) visit(identify func(*http.Request, string) (visitor, error), next func(http.ResponseWriter, *http.Request, visitor)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := identify(r, chi.URLParam(r, "id"))
		if err != nil {
			s.fail(w, r, unchallenged(r, err))
			return
		}
		next(w, r.WithContext(who.acting(r)), who)
	}
}

// visitorFor returns a caller as the visitor of a project, in whose organisation they need a role.
func (s *server) visitorFor(r *http.Request, who caller, projectID string, role meta.Role) (visitor, error) {
	project, err := s.Meta.Project(r.Context(), projectID)
	if err == nil {
		err = who.needIn(role, project)
	}
	manages := who.may(meta.MemberRole, project.OrganizationID)
	if who.key.ID != "" {
		manages = who.key.Allows(meta.WriteProject)
	}
	return visitor{caller: who, project: project, manages: manages}, err
}

func (s *server) visitor(r *http.Request, projectID string) (visitor, error) {
	if _, key := s.apiKey(r); key || s.asPerson(r) {
		who, err := s.person(r)
		if err != nil {
			return visitor{}, err
		}
		return s.visitorFor(r, who, projectID, meta.ReadOnlyRole)
	}
	who, err := s.auth.principal(r, meta.ReadToken)
	if err != nil {
		return visitor{}, err
	}
	if who.token.ID == anonymousTokenID { // the path names the project, whatever the header says
		return s.visitorFor(r, caller{name: localPerson, owner: localPerson, everything: true}, projectID, meta.ReadOnlyRole)
	}
	if who.project.ID != projectID {
		return visitor{}, &problem{status: http.StatusForbidden, detail: "The token belongs to the project " + who.project.Name + "."}
	}
	v := visitor{caller: caller{owner: "token:" + who.token.ID, name: who.token.Prefix}, project: who.project, manages: s.Local}
	if who.token.Description != "" {
		v.name = who.token.Description
	}
	if s.Local {
		v.owner, v.name = localPerson, localPerson
	}
	return v, nil
}

// asPerson tells whether a request to a route that tokens open, too, comes from a person: with the operator's key, or with a
// session and without a token.
func (s *server) asPerson(r *http.Request) bool {
	if s.Local {
		return false
	}
	_, _, basic := r.BasicAuth()
	return basic || r.Header.Get("Authorization") == "" && s.sessionText(r) != ""
}

// reader returns who queries a project: a read token, or a person who is logged in with a browser and selects it. Whoever asked
// too much of late gets a *Throttled.
func (s *server) reader(r *http.Request) (principal, error) {
	if _, _, basic := r.BasicAuth(); basic || !s.asPerson(r) {
		who, err := s.auth.principal(r, meta.ReadToken)
		if err == nil {
			err = s.mayAsk(who.token.ID)
		}
		if who.token.ID != anonymousTokenID {
			who.asker = who.token.ID
		}
		return who, err
	}
	who, err := s.person(r)
	if err == nil {
		err = s.mayAsk(who.owner)
	}
	if err != nil {
		return principal{}, err
	}
	project, err := s.selected(r, &who)
	return principal{project: project, token: meta.Token{ID: anonymousTokenID}, asker: who.user.ID}, err
}

// mayAsk counts a question of a token or a person.
func (s *server) mayAsk(who string) error {
	if wait := s.asked.Admit(who, 1, s.Now()); wait > 0 {
		return &Throttled{"More than " + strconv.Itoa(s.QueryRate) + " questions a minute were asked. Wait before the next one.", wait}
	}
	return nil
}

// viewer returns the project that a request is about, and whether who asks may manage the server. Who needs no token may look at
// any project that they select.
func (s *server) viewer(r *http.Request) (_ meta.Project, manages bool, _ error) {
	if !s.asPerson(r) {
		who, err := s.auth.principal(r, meta.ReadToken)
		return who.project, s.Local, err
	}
	who, err := s.person(r)
	if err != nil {
		return meta.Project{}, false, err
	}
	project, err := s.selected(r, &who)
	return project, who.may(meta.AdminRole, s.home()), err
}

// selected returns the project that a person's request names, or the one that they mean with none: default, or else the first
// that they see.
func (s *server) selected(r *http.Request, who *caller) (meta.Project, error) {
	text, byDefault := selectedProject(r.Context()), s.Meta.DefaultProject()
	switch {
	case text != "":
		project, err := s.auth.selected(r.Context(), s.homeOf(who), text)
		if err == nil && !who.sees(project.OrganizationID) {
			err = noProject(text)
		}
		return project, err
	case who.sees(byDefault.OrganizationID):
		return byDefault, nil
	}
	list, err := s.Meta.Projects(r.Context())
	if err != nil {
		return meta.Project{}, err
	}
	if i := slices.IndexFunc(list, func(p meta.Project) bool { return who.sees(p.OrganizationID) }); i >= 0 {
		return list[i], nil
	}
	return meta.Project{}, notFound("There is no project that you may see.")
}

// taken tells that a slug is taken, where meta only knows that something is.
func taken(err error, slug string) error {
	if errors.Is(err, meta.ErrExists) {
		return &problem{status: http.StatusConflict, detail: "The slug " + slug + " is already taken."}
	}
	return err
}
