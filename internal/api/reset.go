package api

import (
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
)

// PageReset is the page of the web app where somebody sets a password who cannot log in. The secret stands behind #.
const PageReset = "/auth/reset"

var (
	errReset     = &problem{status: http.StatusNotFound, detail: "The link was used, is over, was followed by another, or was never made. Ask for another one."}
	errOwnReset  = &problem{status: http.StatusConflict, detail: "Your own password you change in Settings › Me. If you do not know it, another admin makes the link, or hearth people reset on the server."}
	errCannotLog = &problem{status: http.StatusConflict, detail: "They may not log in. Let them log in again first."}
	errReach     = &problem{status: http.StatusForbidden, detail: "They are in another organisation, too, where you are no admin: logged in as them, one would be in there. " +
		"Somebody who is an admin of all their organisations makes the link, or hearth people reset on the server."}
)

// createReset serves POST /api/v1/members/{user_id}/password-reset: a link with which a member sets a password. The address in the answer
// is told once.
func (s *server) createReset(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	who := callerOf(r.Context())
	n := meta.NewPasswordReset{UserID: chi.URLParam(r, "user_id"), OrganizationID: o.ID, MakerID: who.user.ID}
	if n.UserID == who.user.ID && who.user.HasPassword {
		s.fail(w, r, errOwnReset) // or a session that somebody left open would be worth a password
		return
	}
	made, text, err := s.Meta.CreatePasswordReset(r.Context(), n)
	switch {
	case errors.Is(err, meta.ErrOutOfReach):
		err = errReach
	case errors.Is(err, meta.ErrDisabled):
		err = errCannotLog
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := resetBody(&made)
	answer["reset_url"] = s.origin(r) + PageReset + "#" + text
	writeJSON(w, http.StatusCreated, answer)
}

func resetBody(r *meta.PasswordReset) map[string]any {
	return map[string]any{
		"name": r.User.Name, "email": r.User.Email, "created_by_name": r.MadeBy, "created_at": iso(r.CreatedAt), "expires_at": iso(r.ExpiresAt),
	}
}

// openReset returns the reset of a code, which may be a guess.
func (s *server) openReset(r *http.Request, code string) (meta.PasswordReset, error) {
	if err := s.guessing(r); err != nil {
		return meta.PasswordReset{}, err
	}
	reset, err := s.Meta.LookupPasswordReset(r.Context(), code)
	if errors.Is(err, meta.ErrNotFound) {
		s.guessedWrong(r)
		err = errReset
	}
	return reset, err
}

// showReset serves POST /api/v1/password-reset: whose password a link sets. The code is in the body, because paths are logged.
func (s *server) showReset(w http.ResponseWriter, r *http.Request) {
	var n newcomer
	err := s.readNewcomer(r, &n)
	var reset meta.PasswordReset
	if err == nil {
		reset, err = s.openReset(r, n.Code)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, resetBody(&reset))
}

// useReset serves POST /api/v1/password-reset/use: another password for who has the link, who is logged in with it, and nowhere else.
func (s *server) useReset(w http.ResponseWriter, r *http.Request) {
	var n newcomer
	err := s.readNewcomer(r, &n)
	var user meta.User
	if err == nil {
		user, err = s.reset(r, n)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.gate.succeeded(addressOf(r), accountPlace(user.Email)) // who guessed in vain need not wait
	s.changes.ring()                                         // their sessions have ended
	s.begin(w, r, user, http.StatusOK)
}

// reset sets the password of who came with the code of a link.
func (s *server) reset(r *http.Request, n newcomer) (meta.User, error) {
	reset, err := s.openReset(r, n.Code)
	if err != nil {
		return meta.User{}, err
	}
	hash, err := s.hashChosen(r, n.Password, reset.User.Name, reset.User.Email)
	if err != nil {
		return meta.User{}, err
	}
	user, err := s.Meta.UsePasswordReset(meta.WithActor(r.Context(), meta.Actor{Address: hostOf(r)}), n.Code, hash)
	if errors.Is(err, meta.ErrNotFound) { // somebody else was faster
		err = errReset
	}
	return user, err
}
