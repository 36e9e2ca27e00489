package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/oidc"
)

// SSO is single sign-on: people log in at a provider of OpenID Connect, if an identity there is linked to an account here. Links are
// made by who is logged in, by who comes with an invitation or the set-up link, and for who may join; never because two
// addresses of mail are equal.
type SSO struct {
	Provider *oidc.Provider
	Name     string // as people call the provider
	// Join is the role in the organisation local of who comes without an account and without an invitation, if the provider says that
	// their address of mail is theirs, and it is in one of Domains. Empty lets nobody join.
	Join    meta.Role
	Domains []string // in lower case
}

// PathSSOCallback is where the provider sends browsers back to; it has to be registered there.
const PathSSOCallback = "/auth/oidc/callback"

const (
	pathSSOLogin = "/auth/oidc/login"
	// signOnLife is how long somebody may take at the provider.
	signOnLife = 10 * time.Minute
	// maxReturn is how long the path may be that somebody comes back to: it has to fit into a cookie.
	maxReturn = 1500
)

// signOn is what a browser keeps while its person is at the provider. It holds nothing that the browser did not know, and is believed
// nothing that it cannot prove: forging it needs what it stands for.
type signOn struct {
	Secret     string `json:"secret"`
	ReturnTo   string `json:"return_to"`
	Session    string `json:"session,omitempty"`    // text of the session whose user gets the identity
	Invitation string `json:"invitation,omitempty"` // code that they came with
	SetUp      string `json:"setup,omitempty"`      // code that they came with
	firstPlace        // where they then begin
}

// ssoRoutes are for who logs in at the provider. Browsers follow the first two; they answer with pages.
func (s *server) ssoRoutes(r chi.Router) {
	r.Get(pathSSOLogin, s.beginSSO)
	r.Get(PathSSOCallback, s.finishSSO)
	r.Post("/api/v1/login/oidc", s.prepareSSO)
}

// identityRoutes are those of the identities that people log in with.
func (s *server) identityRoutes(r chi.Router) {
	r.Get("/api/v1/me/identities", s.listIdentities)
	r.Delete("/api/v1/me/identities/{identity_id}", s.unlinkIdentity)
}

// providers tells where people can log in elsewhere.
func (s *server) providers() []map[string]any {
	if s.SSO == nil || s.Local {
		return []map[string]any{}
	}
	return []map[string]any{{"id": "oidc", "name": s.SSO.Name, "url": pathSSOLogin}}
}

// beginSSO serves GET /auth/oidc/login: it sends a browser to the provider.
func (s *server) beginSSO(w http.ResponseWriter, r *http.Request) {
	on := signOn{ReturnTo: r.URL.Query().Get("return_to")}
	address, err := s.leave(w, r, on)
	if err != nil {
		s.failPage(w, r, notLoggedIn, localPath(on.ReturnTo), err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// prepareSSO serves POST /api/v1/login/oidc: the address at the provider for who comes with a secret of theirs, which belongs into no
// URL: a session that shall get an identity, or the code of an invitation or of the set-up link.
func (s *server) prepareSSO(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Link       bool   `json:"link"`
		Invitation string `json:"invitation_code"`
		SetUp      string `json:"setup_code"`
		ReturnTo   string `json:"return_to"`
		firstPlace
	}
	err := decodeBody(r, &body)
	on := signOn{ReturnTo: body.ReturnTo, Invitation: body.Invitation, SetUp: body.SetUp, firstPlace: body.firstPlace}
	if err == nil && s.SSO == nil {
		err = errNoSSO
	}
	if err == nil {
		switch {
		case body.Link:
			on.Session = s.sessionText(r)
			_, err = s.loggedIn(r)
		case body.SetUp != "":
			if err = s.maySetUp(r, body.SetUp); err == nil {
				err = meta.FirstPlace(body.firstPlace).Validate()
			}
		default:
			_, err = s.openInvitation(r, body.Invitation)
		}
	}
	var address string
	if err == nil {
		address, err = s.leave(w, r, on)
	}
	if err != nil {
		s.fail(w, r, s.ssoProblem(r, err))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"url": address})
}

// leave gives the browser what it keeps, and returns where at the provider it goes.
func (s *server) leave(w http.ResponseWriter, r *http.Request, on signOn) (string, error) {
	if s.SSO == nil || s.Local {
		return "", errNoSSO
	}
	on.Secret, on.ReturnTo = oidc.NewSecret(), localPath(on.ReturnTo)
	address, err := s.SSO.Provider.Begin(r.Context(), on.Secret)
	if err == nil {
		s.setSignOn(w, r, &on)
	}
	return address, err
}

// localPath returns a path of this server that somebody asked to come back to, or its front page for everything else.
func localPath(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || len(text) > maxReturn ||
		!strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.ContainsAny(text, "\\\r\n\t") {
		return "/"
	}
	return text
}

// signOnName returns the name of the cookie, which a page of another subdomain cannot set where the browser is at https.
func (s *server) signOnName(r *http.Request) string {
	return strings.TrimSuffix(s.cookieName(r), "session") + "signon"
}

// setSignOn gives the browser what it keeps, or takes it away when it is nil. The cookie comes with the way back from the provider, which
// is another site: SameSite=Strict would hold it back.
func (s *server) setSignOn(w http.ResponseWriter, r *http.Request, on *signOn) {
	cookie := &http.Cookie{Name: s.signOnName(r), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: -1}
	cookie.Secure = s.cookieName(r) == secureCookie
	if on != nil {
		text, err := json.Marshal(on)
		if err != nil {
			panic(err) // it is made of texts
		}
		cookie.Value, cookie.MaxAge = base64.RawURLEncoding.EncodeToString(text), int(signOnLife/time.Second)
	}
	http.SetCookie(w, cookie)
}

// signOn returns what the browser kept; zero when it kept nothing that is whole.
func (s *server) signOn(r *http.Request) (on signOn) {
	cookie, err := r.Cookie(s.signOnName(r))
	if err != nil {
		return on
	}
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || json.Unmarshal(text, &on) != nil {
		return signOn{}
	}
	return on
}

const notLoggedIn = "You are not logged in"

// finishSSO serves GET /auth/oidc/callback: the way back from the provider.
func (s *server) finishSSO(w http.ResponseWriter, r *http.Request) {
	on := s.signOn(r)
	s.setSignOn(w, r, nil)
	user, err := s.signedOn(r, on)
	if err == nil && on.Session == "" {
		_, err = s.openSession(w, r, user)
	}
	if err != nil {
		title := notLoggedIn
		if on.Session != "" && s.SSO != nil {
			title = s.SSO.Name + " is not linked"
		}
		s.failPage(w, r, title, localPath(on.ReturnTo), err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, localPath(on.ReturnTo), http.StatusSeeOther)
}

// signedOn returns who came back from the provider.
func (s *server) signedOn(r *http.Request, on signOn) (meta.User, error) {
	if s.SSO == nil || s.Local {
		return meta.User{}, errNoSSO
	}
	if err := s.guessing(r); err != nil {
		return meta.User{}, err
	}
	who, err := s.SSO.Provider.Finish(r.Context(), on.Secret, r.URL.Query())
	if err != nil {
		s.guessedWrong(r)
		return meta.User{}, err
	}
	user, err := s.userOf(r, on, who)
	if p, refused := errors.AsType[*problem](err); refused && p.status == http.StatusForbidden {
		err = errors.Join(s.tellFailure(r, meta.NormalEmail(who.Email)+" at "+s.SSO.Name), err)
	}
	return user, err
}

// userOf returns the user of an identity, whom it makes or links where the browser has proved that it may.
func (s *server) userOf(r *http.Request, on signOn, who oidc.Identity) (meta.User, error) {
	r = r.WithContext(meta.WithActor(r.Context(), meta.Actor{Address: hostOf(r)}))
	key := meta.IdentityKey{Issuer: who.Issuer, Subject: who.Subject}
	if on.Session != "" {
		return s.link(r, on.Session, key)
	}
	user, err := s.Meta.UserOfIdentity(r.Context(), key)
	switch {
	case errors.Is(err, meta.ErrNotFound):
		return s.newcomerFrom(r, on, who, key)
	case err == nil && !user.DisabledAt.IsZero():
		err = errDisabled
	case err == nil && on.Invitation != "":
		if err = invitationError(s.Meta.JoinByInvitation(r.Context(), on.Invitation, user.ID)); errors.Is(err, meta.ErrExists) {
			err = nil // a member already, who logs in
		}
	}
	return user, err
}

// newcomerFrom makes an account for somebody from the provider who has none.
func (s *server) newcomerFrom(r *http.Request, on signOn, who oidc.Identity, key meta.IdentityKey) (user meta.User, err error) {
	wanted := meta.NewUser{Email: who.Email, Name: newName(who), Identity: key}
	switch {
	case on.SetUp == "" && on.Invitation == "" && !s.mayJoin(who):
		err = s.errUnlinked()
	case who.Email == "":
		err = forbidden("%s does not tell your e-mail address, which an account needs. Ask who runs %[1]s.", s.SSO.Name)
	case on.SetUp != "":
		if err = s.maySetUp(r, on.SetUp); err == nil {
			user, err = s.Meta.CreateFirstUser(r.Context(), wanted, meta.FirstPlace(on.firstPlace))
		}
		if errors.Is(err, meta.ErrExists) {
			err = errSetUp
		}
	case on.Invitation != "":
		user, err = s.Meta.AcceptInvitation(r.Context(), on.Invitation, wanted)
		err = invitationError(err)
	default:
		user, err = s.Meta.CreateMember(r.Context(), s.home(), s.SSO.Join, wanted)
	}
	if errors.Is(err, meta.ErrExists) {
		err = forbidden("%s has an account here already. Log in with its password, then link %s in Settings.", who.Email, s.SSO.Name)
	}
	return user, err
}

// link gives the user of a session an identity.
func (s *server) link(r *http.Request, text string, key meta.IdentityKey) (meta.User, error) {
	_, user, err := s.Meta.LookupSession(r.Context(), text)
	if errors.Is(err, meta.ErrNotFound) {
		return meta.User{}, forbidden("You are logged out. Log in again, then link %s.", s.SSO.Name)
	}
	if err != nil {
		return meta.User{}, err
	}
	ctx := meta.WithActor(r.Context(), meta.Actor{UserID: user.ID, Name: user.Name, Address: hostOf(r)})
	err = s.Meta.LinkIdentity(ctx, user.ID, key)
	if errors.Is(err, meta.ErrExists) {
		err = forbidden("Another account here is linked to who you are at %s.", s.SSO.Name)
	}
	return user, err
}

// mayJoin tells whether the operator lets somebody in whom nobody invited.
func (s *server) mayJoin(who oidc.Identity) bool {
	_, domain, ok := strings.Cut(meta.NormalEmail(who.Email), "@")
	return s.SSO.Join != "" && who.EmailVerified && ok && slices.Contains(s.SSO.Domains, domain)
}

// newName returns what an account is called.
func newName(who oidc.Identity) string {
	const longest = 200
	address, _, _ := strings.Cut(who.Email, "@")
	name := []rune(said(who.Name, address))
	return string(name[:min(len(name), longest)])
}

func invitationError(err error) error {
	if errors.Is(err, meta.ErrNotFound) {
		return errInvitation
	}
	return err
}

var (
	errNoSSO    = notFound("This server has no single sign-on.")
	errDisabled = &problem{status: http.StatusForbidden, detail: "Your account is disabled. Ask an admin."}
)

func forbidden(format string, args ...any) *problem {
	return &problem{status: http.StatusForbidden, detail: fmt.Sprintf(format, args...)}
}

func (s *server) errUnlinked() *problem {
	return forbidden("%s knows you, but no account here is linked to it. If you have an account, log in with its password, then link %[1]s in Settings. "+
		"If you have none, ask an admin for an invitation.", s.SSO.Name)
}

// ssoProblem returns what the person is told of an error on the way to the provider and back. What the operator has to know is logged.
func (s *server) ssoProblem(r *http.Request, err error) error {
	warn := func(reason string) {
		s.log.LogAttrs(r.Context(), slog.LevelWarn, "single sign-on failed", slog.String("reason", reason), slog.String("request_id", requestID(r.Context())), slog.Any("error", err))
	}
	refused, ok := errors.AsType[*oidc.RefusedError](err)
	switch {
	case errors.Is(err, oidc.ErrState):
		return badRequest("This browser did not begin this login, or began it more than %d minutes ago. Begin again, at %s.", signOnLife/time.Minute, s.origin(r))
	case ok && refused.Code == "access_denied":
		return forbidden("%s did not let you in%s", s.SSO.Name, reasonOf(refused))
	case ok && refused.Code == "invalid_grant":
		return forbidden("The login was used already, or took too long. Begin again.")
	case ok:
		warn("the provider refuses")
		return &problem{status: http.StatusBadGateway, detail: fmt.Sprintf("%s refuses this server's request with %s%s", s.SSO.Name, said(refused.Code, "no reason"), reasonOf(refused))}
	case errors.Is(err, oidc.ErrToken):
		warn("the provider's token is not valid")
		return forbidden("What %s says of you cannot be trusted. The server's log tells more under the id %s.", s.SSO.Name, requestID(r.Context()))
	case errors.Is(err, oidc.ErrUnavailable):
		warn("the provider is not available")
		return &problem{status: http.StatusBadGateway, detail: s.SSO.Name + " does not answer. Try again in a moment; with a password you can log in meanwhile.", retryAfter: 5 * time.Second}
	}
	return err
}

// reasonOf returns the end of a sentence.
func reasonOf(e *oidc.RefusedError) string {
	if e.Description == "" {
		return "."
	}
	return ": " + said(e.Description, "")
}

// listIdentities serves GET /api/v1/me/identities.
func (s *server) listIdentities(w http.ResponseWriter, r *http.Request) {
	list, err := s.Meta.Identities(r.Context(), callerOf(r.Context()).user.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for _, i := range list {
		name := i.Issuer
		if s.SSO != nil && i.Issuer == s.SSO.Provider.Issuer() {
			name = s.SSO.Name
		}
		answer = append(answer, map[string]any{"id": i.ID(), "name": name, "issuer": i.Issuer, "created_at": iso(i.CreatedAt)})
	}
	writeJSON(w, http.StatusOK, answer)
}

// unlinkIdentity serves DELETE /api/v1/me/identities/{identity_id}.
func (s *server) unlinkIdentity(w http.ResponseWriter, r *http.Request) {
	err := s.Meta.UnlinkIdentity(r.Context(), callerOf(r.Context()).user.ID, chi.URLParam(r, "identity_id"))
	if errors.Is(err, meta.ErrLastLogin) {
		err = &problem{status: http.StatusConflict, detail: "You have no password, and nothing else to log in with."}
	}
	s.done(w, r, err)
}
