package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/device"
	"github.com/hearth-dev/hearth/internal/meta"
)

const (
	pathNewLogin  = "/v1/device-auth/new"
	pathWaitLogin = "/v1/device-auth/wait/{code}"
	pathLogin     = "/api/v1/device-logins/{code}"
	// pageLogin is the page of the web app where a person approves a login. No organisation may have the name auth.
	pageLogin = "/auth/device"
)

const (
	// loginHold is how long a request waits for a decision. Clients give up after 15 seconds, and come again at once after
	// an answer.
	loginHold = 10 * time.Second
	// loginLife is how long a user token works.
	loginLife = 90 * 24 * time.Hour
	// maxMachine bounds what a program says about itself.
	maxMachine = 100
)

// programLoginRoutes are for programs that nobody knows yet.
func (s *server) programLoginRoutes(r chi.Router) {
	r.Post(pathNewLogin, s.openLogin)
	r.Get(pathWaitLogin, s.awaitLogin)
}

// loginRoutes are for people who decide on logins, and end them.
func (s *server) loginRoutes(r chi.Router) {
	r.Get(pathLogin, s.ofAny(s.getLogin))
	r.Post(pathLogin+"/approve", s.ofAny(s.approveLogin))
	r.Post(pathLogin+"/refuse", s.ofAny(s.refuseLogin))
	r.Get("/api/v1/user-tokens", s.ofAny(s.listUserTokens))
	r.Delete("/api/v1/user-tokens/{token_id}", s.ofAny(s.revokeUserToken))
}

// openLogin serves POST /v1/device-auth/new: the program gets a code to wait with, and the address of the page where a
// person approves.
func (s *server) openLogin(w http.ResponseWriter, r *http.Request) {
	deviceCode, login, err := s.logins.Open(device.Request{
		Machine: said(r.URL.Query().Get("machine_name"), "an unnamed machine"), Client: said(r.UserAgent(), "an unnamed program"),
		Address: hostOf(r), Source: addressOf(r).String(),
	})
	if err != nil {
		s.fail(w, r, loginProblem(err))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"device_code": deviceCode, "frontend_auth_url": s.origin(r) + pageLogin + "?" + url.Values{"code": {login.Code}}.Encode(),
		"user_code": login.Code, "expires_in": int(device.Life.Seconds()),
	})
}

// said returns what somebody says about themselves, short and printable.
func said(text, otherwise string) string { return saidUpTo(maxMachine, text, otherwise) }

// saidUpTo is said with another bound, in characters.
func saidUpTo(most int, text, otherwise string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	runes := []rune(strings.TrimSpace(text))
	if len(runes) == 0 {
		return otherwise
	}
	return string(runes[:min(len(runes), most)])
}

// awaitLogin serves GET /v1/device-auth/wait/{code}: null while nobody has decided, then the user token, once.
func (s *server) awaitLogin(w http.ResponseWriter, r *http.Request) {
	approval, ok, err := s.logins.Wait(r.Context(), chi.URLParam(r, "code"), s.loginHold)
	if err != nil {
		s.fail(w, r, loginProblem(err))
		return
	}
	if !ok {
		writeJSON(w, http.StatusOK, nil)
		return
	}
	name, err := s.nameOf(r.Context(), approval.Owner)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	userID, _ := meta.UserIDOf(approval.Owner)
	ctx := meta.WithActor(r.Context(), meta.Actor{UserID: userID, Name: name, Address: hostOf(r)})
	token, text, err := s.Meta.CreateToken(ctx, meta.NewToken{
		Kind: meta.UserToken, Owner: approval.Owner, Description: approval.Machine, ExpiresAt: s.Now().Add(loginLife),
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"token": text, "expiration": iso(token.ExpiresAt)})
}

// loginProblem maps the errors of logins to what the client is told.
func loginProblem(err error) error {
	if busy, ok := errors.AsType[*device.BusyError](err); ok {
		return &problem{status: http.StatusTooManyRequests, detail: "Too many logins are open. Wait before the next one.", retryAfter: busy.After}
	}
	switch {
	case errors.Is(err, device.ErrUnknown):
		return notFound("There is no such login: it is over, or was never opened.")
	case errors.Is(err, device.ErrRefused):
		return &problem{status: http.StatusForbidden, detail: "The login was refused."}
	case errors.Is(err, device.ErrWaiting):
		return &problem{status: http.StatusTooManyRequests, detail: "Too many requests wait for this login.", retryAfter: loginHold}
	}
	return err
}

func loginBody(l device.Login) map[string]any {
	return map[string]any{
		"code": l.Code, "state": string(l.State), "machine_name": l.Machine, "client": l.Client, "address": l.Address,
		"created_at": iso(l.OpenedAt), "expires_at": iso(l.ExpiresAt), "token_lifetime_days": int(loginLife / (24 * time.Hour)),
	}
}

func (s *server) getLogin(w http.ResponseWriter, r *http.Request) {
	s.answerLogin(w, r, s.logins.Login)
}

// approveLogin lets the program act in the name of the person who asks.
func (s *server) approveLogin(w http.ResponseWriter, r *http.Request) {
	s.answerLogin(w, r, func(code string) (device.Login, error) {
		login, err := s.logins.Approve(code, callerOf(r.Context()).owner)
		s.noteDecision(r, login, err)
		return login, err
	})
}

func (s *server) refuseLogin(w http.ResponseWriter, r *http.Request) {
	s.answerLogin(w, r, func(code string) (device.Login, error) {
		login, err := s.logins.Refuse(code)
		s.noteDecision(r, login, err)
		return login, err
	})
}

func (s *server) noteDecision(r *http.Request, login device.Login, err error) {
	if err == nil {
		s.log.LogAttrs(r.Context(), slog.LevelInfo, "login decided", slog.String("state", string(login.State)), slog.String("by", callerOf(r.Context()).owner),
			slog.String("machine", login.Machine), slog.String("address", login.Address))
	}
}

// answerLogin answers with what became of the login that the path names.
func (s *server) answerLogin(w http.ResponseWriter, r *http.Request, do func(code string) (device.Login, error)) {
	login, err := do(chi.URLParam(r, "code"))
	if err != nil {
		s.fail(w, r, loginProblem(err))
		return
	}
	writeJSON(w, http.StatusOK, loginBody(login))
}

// listUserTokens serves GET /api/v1/user-tokens: the logins that were approved: of all, to who manages the server, else one's own.
func (s *server) listUserTokens(w http.ResponseWriter, r *http.Request) {
	list, err := s.Meta.UserTokens(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer, who := []map[string]any{}, callerOf(r.Context())
	for i := range list {
		t := &list[i]
		if t.Owner != who.owner && !who.may(meta.AdminRole, s.home()) {
			continue
		}
		name, err := s.nameOf(r.Context(), t.Owner)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		_, refusal := s.bearing(r.Context(), t)
		if refusal != nil && !errors.Is(refusal, meta.ErrNotFound) {
			s.fail(w, r, refusal)
			return
		}
		answer = append(answer, map[string]any{
			"id": t.ID, "description": t.Description, "created_by_name": name, "token_prefix": t.Prefix, "active": refusal == nil,
			"created_at": iso(t.CreatedAt), "expires_at": isoOrNil(t.ExpiresAt), "last_used_at": isoOrNil(t.LastUse.At),
			"last_used_address": textOrNil(t.LastUse.Address), "last_used_client": textOrNil(t.LastUse.Agent), "revoked_at": isoOrNil(t.RevokedAt),
		})
	}
	writeJSON(w, http.StatusOK, answer)
}

// nameOf returns how people call an owner.
func (s *server) nameOf(ctx context.Context, owner string) (string, error) {
	id, ok := meta.UserIDOf(owner)
	if !ok {
		return owner, nil
	}
	user, err := s.Meta.User(ctx, id)
	return user.Name, err
}

// revokeUserToken serves DELETE /api/v1/user-tokens/{token_id}: who manages the server ends everybody's logins, others their own.
func (s *server) revokeUserToken(w http.ResponseWriter, r *http.Request) {
	who := callerOf(r.Context())
	owner := who.owner
	if who.may(meta.AdminRole, s.home()) {
		owner = ""
	}
	s.done(w, r, s.Meta.RevokeUserToken(r.Context(), owner, chi.URLParam(r, "token_id")))
}

// revokeOwnToken serves DELETE /api/v1/user-tokens/current: who logs out ends the token that they ask with.
func (s *server) revokeOwnToken(w http.ResponseWriter, r *http.Request) {
	who := callerOf(r.Context())
	s.done(w, r, s.Meta.RevokeUserToken(r.Context(), who.owner, who.token.ID))
}
