package api

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
)

// headerOrganization names the organisation that a request is about, by its name or its id, where the path names none. The
// parameter organization does the same.
const headerOrganization = "X-Hearth-Organization"

// organizationRoutes are those of the organisations themselves. What belongs to one is served by other routes.
func (s *server) organizationRoutes(r chi.Router) {
	const organizations = "/api/v1/organizations"
	r.Get(organizations, s.listOrganizations)
	r.Post(organizations, s.ofHome(meta.AdminRole, s.createOrganization))
	r.Get(organizations+"/{org}", s.getOrganization)
	r.Put(organizations+"/{org}", s.renameOrganization)
	r.Delete(organizations+"/{org}", s.deleteOrganization)
}

// home returns the id of the organisation local, whose admins manage the server.
func (s *server) home() string { return s.Meta.DefaultProject().OrganizationID }

// homeOf returns the id of the organisation that a caller means who names none: local, or else the first that they are in.
// It is empty for who is in none.
func (s *server) homeOf(who *caller) string {
	if who.sees(s.home()) {
		return s.home()
	}
	return who.first
}

// ofHome lets in who has a role in the organisation local, to which belongs what belongs to no other.
func (s *server) ofHome(role meta.Role, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := callerOf(r.Context())
		if err := who.need(role, s.home()); err != nil {
			s.fail(w, r, err)
			return
		}
		next(w, r)
	}
}

// ofAny lets in who is in some organisation, whatever their role.
func (s *server) ofAny(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := callerOf(r.Context())
		if s.homeOf(&who) == "" {
			s.fail(w, r, notFound("Not Found"))
			return
		}
		next(w, r)
	}
}

// organizationHandler serves a request about an organisation in which the caller has the role that it takes.
type organizationHandler func(http.ResponseWriter, *http.Request, meta.Organization)

// ofOrganization lets in who has a role in the organisation that the request names.
func (s *server) ofOrganization(role meta.Role, next organizationHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		wanted := cmp.Or(r.Header.Get(headerOrganization), r.URL.Query().Get("organization"))
		organization, err := s.organization(r, wanted, role)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		next(w, r, organization)
	}
}

// organization returns the organisation of a name or an id, or the one that the caller means with neither, if they have a role
// there. Who does not see it is told what they would be told if it were not there.
func (s *server) organization(r *http.Request, nameOrID string, role meta.Role) (meta.Organization, error) {
	who := callerOf(r.Context())
	wanted := cmp.Or(nameOrID, s.homeOf(&who))
	organization, err := s.Meta.Organization(r.Context(), wanted)
	if errors.Is(err, meta.ErrNotFound) || err == nil && !who.sees(organization.ID) {
		if wanted == "" {
			return meta.Organization{}, notFound("You are in no organisation.")
		}
		return meta.Organization{}, notFound("There is no organisation " + wanted + ".")
	}
	if err == nil {
		err = who.need(role, organization.ID)
	}
	return organization, err
}

// roleIn returns the role of a caller in an organisation.
func (c *caller) roleIn(organizationID string) meta.Role {
	if c.everything {
		return meta.AdminRole
	}
	return c.roles[organizationID]
}

func organizationBody(o meta.Organization, role meta.Role) map[string]any {
	return map[string]any{"id": o.ID, "organization_name": o.Name, "role": role, "created_at": iso(o.CreatedAt)}
}

// seenOrganizations returns the organisations in which a caller has a role, by name.
func (s *server) seenOrganizations(r *http.Request, who *caller, role meta.Role) ([]meta.Organization, error) {
	list, err := s.Meta.Organizations(r.Context())
	seen := []meta.Organization{}
	for _, o := range list {
		if who.may(role, o.ID) {
			seen = append(seen, o)
		}
	}
	return seen, err
}

// listOrganizations serves GET /api/v1/organizations: those that the caller is in.
func (s *server) listOrganizations(w http.ResponseWriter, r *http.Request) {
	who := callerOf(r.Context())
	list, err := s.seenOrganizations(r, &who, meta.ReadOnlyRole)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for _, o := range list {
		answer = append(answer, organizationBody(o, who.roleIn(o.ID)))
	}
	writeJSON(w, http.StatusOK, answer)
}

// organizationName reads what an organisation shall be called.
func organizationName(r *http.Request) (string, error) {
	var body struct {
		Name string `json:"organization_name"`
	}
	err := decodeBody(r, &body)
	return body.Name, err
}

// createOrganization serves POST /api/v1/organizations. Who has an account becomes its admin.
func (s *server) createOrganization(w http.ResponseWriter, r *http.Request) {
	who := callerOf(r.Context())
	var made meta.Organization
	name, err := organizationName(r)
	if err == nil {
		made, err = s.Meta.CreateOrganization(r.Context(), name, who.user.ID)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, organizationBody(made, meta.AdminRole))
}

func (s *server) getOrganization(w http.ResponseWriter, r *http.Request) {
	organization, err := s.organization(r, chi.URLParam(r, "org"), meta.ReadOnlyRole)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	who := callerOf(r.Context())
	writeJSON(w, http.StatusOK, organizationBody(organization, who.roleIn(organization.ID)))
}

// renameOrganization serves PUT /api/v1/organizations/{org}.
func (s *server) renameOrganization(w http.ResponseWriter, r *http.Request) {
	organization, err := s.organization(r, chi.URLParam(r, "org"), meta.AdminRole)
	var name string
	if err == nil {
		name, err = organizationName(r)
	}
	if err == nil {
		organization, err = s.Meta.RenameOrganization(r.Context(), organization.ID, name)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, organizationBody(organization, meta.AdminRole))
}

// deleteOrganization serves DELETE /api/v1/organizations/{org}.
func (s *server) deleteOrganization(w http.ResponseWriter, r *http.Request) {
	organization, err := s.organization(r, chi.URLParam(r, "org"), meta.AdminRole)
	if err == nil {
		err = s.Meta.DeleteOrganization(r.Context(), organization.ID)
	}
	s.done(w, r, err)
}
