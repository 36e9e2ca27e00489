package api

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/password"
)

// Cookies of sessions. A browser takes one whose name begins with __Host- only over https, and from this very host.
const (
	plainCookie  = "hearth_session"
	secureCookie = "__Host-hearth_session"
)

// cookieName returns the name of the cookie where the browser is. Where it is at https, one with the plain name is not ours: a
// server of another subdomain can give the browser such a one, and log somebody in as somebody else.
func (s *server) cookieName(r *http.Request) string {
	if strings.HasPrefix(s.origin(r), "https://") {
		return secureCookie
	}
	return plainCookie
}

// sessionText returns what the request's cookie says, or nothing.
func (s *server) sessionText(r *http.Request) string {
	cookie, err := r.Cookie(s.cookieName(r))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// maxBrowser bounds what a browser says of itself. Which one it is stands at the end: Edge and Opera call themselves Chrome first.
const maxBrowser = 200

// setSession gives the browser a session's text, or takes it away when it is empty.
func (s *server) setSession(w http.ResponseWriter, r *http.Request, text string) {
	cookie := &http.Cookie{
		Name: s.cookieName(r), Value: text, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: int(meta.SessionLife / time.Second),
	}
	cookie.Secure = cookie.Name == secureCookie
	if text == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

var (
	errSession = &problem{status: http.StatusUnauthorized, detail: "You are logged out. Log in again."}
	errForeign = &problem{status: http.StatusForbidden, detail: "A page of another origin sent this request. Logged in with a browser, only pages of this server may."}
	errLogin   = &problem{status: http.StatusUnauthorized, detail: "The e-mail address or the password is wrong."}
)

// loggedIn returns whose session the request's cookie is.
func (s *server) loggedIn(r *http.Request) (caller, error) {
	if !s.fromOwnPage(r) {
		return caller{}, errForeign
	}
	session, user, err := s.Meta.LookupSession(r.Context(), s.sessionText(r))
	if err != nil {
		if errors.Is(err, meta.ErrNotFound) {
			err = errSession
		}
		return caller{}, err
	}
	who, err := s.callerFor(r.Context(), user)
	who.session = session
	return who, err
}

// fromOwnPage tells whether a page of this server sent a request. Browsers add their cookies to what other pages send, too;
// SameSite keeps those of other sites out, and this those of other ports and subdomains, also where --cors-origins lists them: that
// opens what a token opens. Over plain http browsers leave Sec-Fetch-Site out, and Origin of what only reads.
func (s *server) fromOwnPage(r *http.Request) bool {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	origin := r.Header.Get("Origin")
	if origin != "" && origin != s.PublicOrigin && !(&guard{}).sameOrigin(origin, r) {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin":
		return true
	case "none": // typed into the address bar
		return reads
	case "":
		return reads || origin != ""
	}
	return false
}

// loginGate compares passwords of people, and throttles guesses.
type loginGate struct {
	hasher *password.Hasher

	mu        sync.Mutex // guards the throttles
	addresses throttle[netip.Addr]
	accounts  throttle[uint16]
}

// The throttle of one account, wherever the guesses come from: it leaves an attacker with many addresses a thousand guesses a
// day. Accounts are counted in as many places as fit in 16 bits, so that no list of them can fill the memory; that two share one
// is rare, and only makes somebody wait who would not have to.
const (
	maxAccountFailures   = 20
	accountFailureWindow = 30 * time.Minute
	accountPlaces        = 1 << 16
)

func newLoginGate(h *password.Hasher) *loginGate {
	return &loginGate{
		hasher: h, addresses: newAddressThrottle(),
		accounts: throttle[uint16]{most: maxAccountFailures, window: accountFailureWindow, room: accountPlaces, counts: map[uint16]*failureCount{}},
	}
}

func accountPlace(email string) uint16 {
	hash := sha256.Sum256([]byte(meta.NormalEmail(email)))
	return binary.BigEndian.Uint16(hash[:])
}

// begin counts an attempt before it is judged, which takes long: many at once must not be more than many one by one. It
// returns how long to wait when it is one too many.
func (g *loginGate) begin(address netip.Addr, account uint16, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if wait := max(g.addresses.wait(address, now), g.accounts.wait(account, now)); wait > 0 {
		return wait
	}
	g.addresses.count(address, now)
	g.accounts.count(account, now)
	return 0
}

// succeeded takes the failures back that led to a right password.
func (g *loginGate) succeeded(address netip.Addr, account uint16) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.addresses.forget(address)
	g.accounts.forget(account)
}

// strangerRoutes are for people whom nobody knows yet.
func (s *server) strangerRoutes(r chi.Router) {
	r.Get("/api/v1/login", s.waysIn)
	r.Post("/api/v1/login", s.login)
	s.ssoRoutes(r)
	r.Post("/api/v1/setup", s.setUp)
	r.Post("/api/v1/invitation", s.showInvitation)
	r.Post("/api/v1/invitation/accept", s.acceptInvitation)
	r.Post("/api/v1/password-reset", s.showReset)
	r.Post("/api/v1/password-reset/use", s.useReset)
}

// meRoutes are what people see and change of themselves.
func (s *server) meRoutes(r chi.Router) {
	r.Get("/api/v1/me", s.me)
	r.Put("/api/v1/me/password", s.changePassword)
	r.Get("/api/v1/me/sessions", s.listSessions)
	r.Delete("/api/v1/me/sessions/{session_id}", s.endSession)
	r.Post("/api/v1/logout", s.logout)
	s.identityRoutes(r)
}

// waysIn serves GET /api/v1/login: how somebody gets in here, for the page that asks.
func (s *server) waysIn(w http.ResponseWriter, r *http.Request) {
	people, err := s.Meta.HasUsers(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"local": s.Local, "people": people, "operator": !s.Local && s.Password != "", "setup": !s.Local && !people,
		"providers": s.providers(),
	})
}

// login serves POST /api/v1/login: a session for who knows the password of an account.
func (s *server) login(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	if err := decodeBody(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	user, err := s.authenticate(r, body.Email, body.Password)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.begin(w, r, user, http.StatusOK)
}

// authenticate returns the user of an address and a password. Which of both is wrong is told neither by the answer nor by
// the time that it takes; nor that the user is disabled.
func (s *server) authenticate(r *http.Request, email, secret string) (meta.User, error) {
	ctx, address, account := r.Context(), addressOf(r), accountPlace(email)
	if wait := s.gate.begin(address, account, s.Now()); wait > 0 {
		return meta.User{}, tooManyGuesses(wait)
	}
	user, hash, err := s.Meta.UserWithEmail(ctx, email)
	if err != nil && !errors.Is(err, meta.ErrNotFound) {
		return meta.User{}, err
	}
	same, weak, err := s.gate.hasher.Compare(ctx, hash, secret)
	switch {
	case err != nil:
		return meta.User{}, err
	case !same || !user.DisabledAt.IsZero():
		if err := s.tellFailure(r, meta.NormalEmail(email)); err != nil {
			return meta.User{}, err
		}
		return meta.User{}, errLogin
	}
	s.gate.succeeded(address, account)
	if weak {
		s.rehash(r, user, hash, secret)
	}
	return user, nil
}

// rehash keeps a stronger hash of a password that was right. What fails is tried again at the next login.
func (s *server) rehash(r *http.Request, u meta.User, was, secret string) {
	is, err := s.gate.hasher.Hash(r.Context(), secret)
	if err == nil {
		err = s.Meta.RehashPassword(r.Context(), u.ID, was, is)
	}
	if err != nil {
		s.log.LogAttrs(r.Context(), slog.LevelWarn, "password not hashed anew", slog.Any("error", err))
	}
}

// begin logs a user in and answers with who they are.
func (s *server) begin(w http.ResponseWriter, r *http.Request, u meta.User, status int) {
	session, err := s.openSession(w, r, u)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	who, err := s.callerFor(r.Context(), u)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	who.session = session
	s.answerMe(w, r, who, status)
}

// openSession logs a user in with the browser that asks.
func (s *server) openSession(w http.ResponseWriter, r *http.Request, u meta.User) (meta.Session, error) {
	session, text, err := s.Meta.CreateSession(r.Context(), meta.NewSession{UserID: u.ID, Client: saidUpTo(maxBrowser, r.UserAgent(), "an unnamed browser"), Address: hostOf(r)})
	if err == nil {
		s.setSession(w, r, text)
	}
	return session, err
}

// logout serves POST /api/v1/logout.
func (s *server) logout(w http.ResponseWriter, r *http.Request) {
	if who := callerOf(r.Context()); who.session.ID != "" {
		if err := s.Meta.EndSession(r.Context(), who.user.ID, who.session.ID); err != nil {
			s.fail(w, r, err)
			return
		}
		s.setSession(w, r, "")
	}
	w.WriteHeader(http.StatusNoContent)
}

// me serves GET /api/v1/me: who asks, and what they may.
func (s *server) me(w http.ResponseWriter, r *http.Request) {
	s.answerMe(w, r, callerOf(r.Context()), http.StatusOK)
}

func (s *server) answerMe(w http.ResponseWriter, r *http.Request, who caller, status int) {
	organizations, err := s.seenOrganizations(r, &who, meta.ReadOnlyRole)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	list := []map[string]any{}
	for _, o := range organizations {
		list = append(list, map[string]any{"id": o.ID, "organization_name": o.Name, "role": who.roleIn(o.ID)})
	}
	body := map[string]any{
		"name": who.name, "user_id": nil, "email": nil, "has_password": who.user.HasPassword, "organizations": list, "manages_server": who.may(meta.AdminRole, s.home()),
	}
	if who.user.ID != "" {
		body["user_id"], body["email"] = who.user.ID, who.user.Email
	}
	writeJSON(w, status, body)
}

// errAccount refuses what only somebody with an account can do.
var errAccount = &problem{status: http.StatusConflict, detail: "This is of people with an account, and you are here without one."}

// errNoPassword refuses who came by single sign-on a password of their own making: with it they would still come in after the
// provider has shut them out. That is for an admin to decide.
var errNoPassword = &problem{status: http.StatusConflict, detail: "You have no password, because you log in elsewhere. With a link that an admin makes you set one."}

// changePassword serves PUT /api/v1/me/password. The other sessions end.
func (s *server) changePassword(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Current string `json:"current_password"`
		New     string `json:"password"`
	}
	who := callerOf(r.Context())
	err := decodeBody(r, &body)
	switch {
	case err != nil:
	case who.user.ID == "":
		err = errAccount
	case !who.user.HasPassword:
		err = errNoPassword
	}
	if err == nil {
		if _, err = s.authenticate(r, who.user.Email, body.Current); errors.Is(err, errLogin) {
			err = &meta.InvalidError{Field: "current_password", Msg: "is wrong"}
		}
	}
	var hash string
	if err == nil {
		hash, err = s.hashChosen(r, body.New, who.user.Name, who.user.Email)
	}
	if err == nil {
		err = s.Meta.SetPassword(r.Context(), who.user.ID, hash, who.session.ID)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// hashChosen returns what is kept of a password that somebody chose, about whom others know something.
func (s *server) hashChosen(r *http.Request, text string, about ...string) (string, error) {
	if err := password.Check(text, about...); err != nil {
		return "", &meta.InvalidError{Field: "password", Msg: err.Error()}
	}
	return s.gate.hasher.Hash(r.Context(), text)
}

// listSessions serves GET /api/v1/me/sessions.
func (s *server) listSessions(w http.ResponseWriter, r *http.Request) {
	who := callerOf(r.Context())
	list, err := s.Meta.Sessions(r.Context(), who.user.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for _, session := range list {
		answer = append(answer, map[string]any{
			"id": session.ID, "client": session.Client, "address": session.Address, "current": session.ID == who.session.ID,
			"created_at": iso(session.CreatedAt), "last_used_at": iso(session.UsedAt), "expires_at": iso(session.ExpiresAt),
		})
	}
	writeJSON(w, http.StatusOK, answer)
}

// endSession serves DELETE /api/v1/me/sessions/{session_id}.
func (s *server) endSession(w http.ResponseWriter, r *http.Request) {
	if err := s.Meta.EndSession(r.Context(), callerOf(r.Context()).user.ID, chi.URLParam(r, "session_id")); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
