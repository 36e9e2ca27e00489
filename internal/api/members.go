package api

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
)

// memberRoutes are those of the people of an organisation. Paths and bodies are those of Logfire's REST API.
func (s *server) memberRoutes(r chi.Router) {
	const members, invitations, auditLogs = "/api/v1/members", "/api/v1/invitations", "/api/v1/audit-logs"
	r.Get(members, s.ofOrganization(meta.ReadOnlyRole, s.listMembers))
	r.Patch(members+"/{user_id}", s.ofOrganization(meta.AdminRole, s.changeMember))
	r.Delete(members+"/{user_id}", s.ofOrganization(meta.AdminRole, s.removeMember))
	r.Post(members+"/{user_id}/password-reset", s.ofOrganization(meta.AdminRole, s.createReset))
	r.Get(invitations, s.ofOrganization(meta.AdminRole, s.listInvitations))
	r.Post(invitations, s.ofOrganization(meta.AdminRole, s.createInvitation))
	r.Delete(invitations+"/{invitation_id}", s.ofOrganization(meta.AdminRole, s.revokeInvitation))
	r.Get(auditLogs, s.ofNamed(meta.AdminRole, s.auditLog))
	r.Get(auditLogs+"/{entry_id}", s.ofNamed(meta.AdminRole, s.auditEntry))
	r.Patch("/api/v1/users/{user_id}", s.ofHome(meta.AdminRole, s.changeUser))
}

func (s *server) listMembers(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	list, err := s.Meta.Members(r.Context(), o.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for _, m := range list {
		answer = append(answer, map[string]any{
			"user_id": m.ID, "name": m.Name, "email": m.Email, "role": m.Role, "active": m.DisabledAt.IsZero(),
			"created_at": iso(m.Since), "last_seen_at": isoOrNil(m.SeenAt),
		})
	}
	writeJSON(w, http.StatusOK, answer)
}

// changeMember serves PATCH /api/v1/members/{user_id}: another role.
func (s *server) changeMember(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	var body struct {
		Role meta.Role `json:"role"`
	}
	err := decodeBody(r, &body)
	if err == nil {
		err = s.Meta.SetRole(r.Context(), o.ID, chi.URLParam(r, "user_id"), body.Role)
	}
	s.done(w, r, err)
}

func (s *server) removeMember(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	s.done(w, r, s.Meta.RemoveMember(r.Context(), o.ID, chi.URLParam(r, "user_id")))
}

// changeUser serves PATCH /api/v1/users/{user_id}: whether somebody may log in to this server, whatever organisations they are in.
// Their sessions end with it, and what their programs do in their name.
func (s *server) changeUser(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Active *bool `json:"active"`
	}
	err := decodeBody(r, &body)
	if err == nil && body.Active == nil {
		err = invalid(fieldProblem{Loc: []string{"body", "active"}, Msg: "Field required", Type: "missing"})
	}
	if err == nil {
		err = s.Meta.SetUserDisabled(r.Context(), chi.URLParam(r, "user_id"), !*body.Active)
	}
	s.done(w, r, err)
}

func (s *server) revokeInvitation(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	s.done(w, r, s.Meta.RevokeInvitation(r.Context(), o.ID, chi.URLParam(r, "invitation_id")))
}

// done answers a request that has nothing to tell but that it succeeded.
func (s *server) done(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// Pages of the web app where people come in. The secret stands behind #, where no server and no log sees it.
const (
	pageInvitation = "/auth/invitation"
	// PageSetUp is where somebody makes the first account, with Options.SetupCode behind #.
	PageSetUp = "/auth/setup"
)

// invitationLife is how long an invitation lasts when nobody says otherwise.
const invitationLife = 7 * 24 * time.Hour

func (s *server) invitationBody(i *meta.Invitation) map[string]any {
	body := map[string]any{
		"id": i.ID, "organization_name": i.Organization, "role": i.Role, "description": i.Note, "created_by_name": i.CreatedBy, "open": i.Open(s.Now()),
		"created_at": iso(i.CreatedAt), "expires_at": iso(i.ExpiresAt), "claimed_at": isoOrNil(i.ClaimedAt), "claimed_by": nil, "revoked_at": isoOrNil(i.RevokedAt),
	}
	if i.ClaimedBy != "" {
		body["claimed_by"] = i.ClaimedBy
	}
	return body
}

func (s *server) listInvitations(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	list, err := s.Meta.Invitations(r.Context(), o.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for i := range list {
		answer = append(answer, s.invitationBody(&list[i]))
	}
	writeJSON(w, http.StatusOK, answer)
}

// createInvitation serves POST /api/v1/invitations. The address in the answer is told once.
func (s *server) createInvitation(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	var body struct {
		Role      meta.Role `json:"role"`
		Note      string    `json:"description"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	if err := decodeBody(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	expires := cmp.Or(body.ExpiresAt, s.Now().Add(invitationLife))
	made, text, err := s.Meta.CreateInvitation(r.Context(), meta.NewInvitation{OrganizationID: o.ID, Role: body.Role, Note: body.Note, ExpiresAt: expires})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := s.invitationBody(&made)
	answer["invite_url"] = s.origin(r) + pageInvitation + "#" + text
	writeJSON(w, http.StatusCreated, answer)
}

// newcomer is how somebody makes an account, or sets a password: with the secret of a link.
type newcomer struct {
	Code     string `json:"code"`
	Email    string `json:"email"`
	Name     string `json:"name"`
	Password string `json:"password"`
}

// readNewcomer reads the body of who comes with the secret of a link.
func (s *server) readNewcomer(r *http.Request, into any) error {
	if s.Local {
		return &problem{status: http.StatusConflict, detail: "Hearth runs in local mode, where nobody has an account: start it with HEARTH_PASSWORD, or on an address that others reach."}
	}
	return decodeBody(r, into)
}

// firstPlace is where the first person begins. What is left out is local, or default.
type firstPlace struct {
	Organization string `json:"organization_name,omitempty"`
	Project      string `json:"project_name,omitempty"`
}

// user returns the account to be.
func (s *server) user(r *http.Request, n newcomer) (meta.NewUser, error) {
	hash, err := s.hashChosen(r, n.Password, n.Name, n.Email)
	return meta.NewUser{Email: n.Email, Name: n.Name, PasswordHash: hash}, err
}

var (
	errInvitation = &problem{status: http.StatusNotFound, detail: "The invitation is used, revoked, over, or was never made. Ask for another one."}
	errSetUp      = &problem{status: http.StatusForbidden, detail: "The link is not the one that the server printed when it started last, or it was used."}
)

// guessing counts what may be a guess of the secret of a link, as wrong passwords are.
func (s *server) guessing(r *http.Request) error {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	address := addressOf(r)
	if wait := s.gate.addresses.wait(address, s.Now()); wait > 0 {
		return &problem{status: http.StatusTooManyRequests, detail: "Too many links that lead nowhere. Wait before the next attempt.", retryAfter: wait}
	}
	return nil
}

func (s *server) guessedWrong(r *http.Request) {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	s.gate.addresses.count(addressOf(r), s.Now())
}

// setUp serves POST /api/v1/setup: the first person of this server and where they begin, for who has the link that it printed, or
// the operator's key.
func (s *server) setUp(w http.ResponseWriter, r *http.Request) {
	var n struct {
		newcomer
		firstPlace
	}
	err := s.readNewcomer(r, &n)
	if err == nil {
		err = s.maySetUp(r, n.Code)
	}
	place := meta.FirstPlace(n.firstPlace)
	var wanted meta.NewUser
	if err == nil {
		wanted, err = s.user(r, n.newcomer)
		err = errors.Join(err, place.Validate())
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	ctx := meta.WithActor(r.Context(), meta.Actor{Address: hostOf(r)})
	user, err := s.Meta.CreateFirstUser(ctx, wanted, place)
	if err != nil {
		if errors.Is(err, meta.ErrExists) {
			err = errSetUp
		}
		s.fail(w, r, err)
		return
	}
	s.begin(w, r, user, http.StatusCreated)
}

func (s *server) maySetUp(r *http.Request, code string) error {
	if _, _, basic := r.BasicAuth(); basic {
		return s.password.check(r)
	}
	if err := s.guessing(r); err != nil {
		return err
	}
	got, want := sha256.Sum256([]byte(code)), sha256.Sum256([]byte(s.SetupCode))
	if s.SetupCode == "" || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
		s.guessedWrong(r)
		return errSetUp
	}
	return nil
}

// invitation returns the open invitation that somebody came with.
func (s *server) invitation(r *http.Request) (newcomer, meta.Invitation, error) {
	var n newcomer
	if err := s.readNewcomer(r, &n); err != nil {
		return n, meta.Invitation{}, err
	}
	i, err := s.openInvitation(r, n.Code)
	return n, i, err
}

// openInvitation returns the open invitation of a code, which may be a guess.
func (s *server) openInvitation(r *http.Request, code string) (meta.Invitation, error) {
	if err := s.guessing(r); err != nil {
		return meta.Invitation{}, err
	}
	i, err := s.Meta.LookupInvitation(r.Context(), code)
	if errors.Is(err, meta.ErrNotFound) {
		s.guessedWrong(r)
		err = errInvitation
	}
	return i, err
}

// showInvitation serves POST /api/v1/invitation: what somebody is invited to. The code is in the body, because paths are logged.
func (s *server) showInvitation(w http.ResponseWriter, r *http.Request) {
	_, i, err := s.invitation(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"organization_name": i.Organization, "role": i.Role, "created_by_name": i.CreatedBy, "expires_at": iso(i.ExpiresAt),
	})
}

// acceptInvitation serves POST /api/v1/invitation/accept: who is logged in joins, who is not makes an account.
func (s *server) acceptInvitation(w http.ResponseWriter, r *http.Request) {
	n, _, err := s.invitation(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	ctx := meta.WithActor(r.Context(), meta.Actor{Address: hostOf(r)})
	if s.sessionText(r) != "" && n.Email == "" {
		who, err := s.loggedIn(r)
		if err == nil {
			err = s.Meta.JoinByInvitation(ctx, n.Code, who.user.ID)
		}
		s.done(w, r, err)
		return
	}
	var user meta.User
	wanted, err := s.user(r, n)
	if err == nil {
		user, err = s.Meta.AcceptInvitation(ctx, n.Code, wanted)
	}
	if err != nil {
		if errors.Is(err, meta.ErrExists) {
			err = &problem{status: http.StatusConflict, detail: "Somebody has an account with this address. Log in, then open the invitation again."}
		}
		s.fail(w, r, err)
		return
	}
	s.begin(w, r, user, http.StatusCreated)
}
