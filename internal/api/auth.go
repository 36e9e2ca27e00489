package api

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/hearth-dev/hearth/internal/limit"
	"github.com/hearth-dev/hearth/internal/meta"
)

// LocalToken stands for no token in local mode: official SDKs insist on having one. It opens nothing otherwise.
const LocalToken = "pylf_v1_local_00000000000000000000000000000000000000000000"

// anonymousTokenID is the id that clients see where no token is at work. Some clients insist on a UUID.
const anonymousTokenID = "00000000-0000-0000-0000-000000000000"

// headerProject names a project where no token does: as organisation/name, as its name alone, or by its id. The parameter
// project does the same.
const headerProject = "X-Hearth-Project"

// AuthError means that nobody is let in by an Authorization header. Its text may be sent to the client.
type AuthError struct {
	text string
	// Forbidden tells that the header holds an API key that is known, and lacks a scope.
	Forbidden bool
}

// Error returns the text for the client.
func (e *AuthError) Error() string { return e.text }

// What an Authorization header can do wrong. The texts are those of Logfire's ingest.
var (
	ErrNoToken      = &AuthError{text: "Missing or invalid authorization header"}
	ErrUnknownToken = &AuthError{text: "Unknown token"}
	ErrUserToken    = &AuthError{text: "This is a user token: it makes projects and tokens, and neither writes nor reads. Sending takes a write token, querying a read token."}
)

// Unknown tokens from one address: so many a second are looked up, and so many more at once. Nobody guesses a token; the limit
// keeps whoever tries from keeping the database busy. Exporters whose token was revoked stay far below it.
const (
	guessesPerSecond = 10
	guessesAtOnce    = 1000
)

// Throttled is the error of a caller who did something too often, and may do it again After so long.
type Throttled struct {
	Text  string // for the caller
	After time.Duration
}

// Error returns the text for the caller.
func (t *Throttled) Error() string { return t.Text }

// Auth tells which project an Authorization header opens.
type Auth struct {
	db      *meta.DB
	local   bool
	now     func() time.Time
	guesses *limit.Buckets[netip.Addr]
}

// NewAuth returns an Auth over the tokens of db. In local mode, no token or LocalToken opens the project default, or
// the one that the request names.
func NewAuth(db *meta.DB, local bool) *Auth {
	return &Auth{db: db, local: local, now: time.Now, guesses: limit.New[netip.Addr](guessesPerSecond, guessesAtOnce, maxAddresses)}
}

// principal is who asks: a token and its project.
type principal struct {
	project meta.Project
	token   meta.Token // of an anonymous caller: only the id
	asker   string     // who shares the places for questions with others: a token or a person; empty where everybody is one
}

// expiry returns when the token expires, or nil.
func (p *principal) expiry() *string { return isoOrNil(p.token.ExpiresAt) }

// Writer is who writes: a token and the project that it opens, by their ids.
type Writer struct{ ProjectID, TokenID string }

// Writer returns who may write with an Authorization header that came from an address, with or without a port. An *AuthError
// means nobody, a *Throttled that nobody was asked; every other error is one of ours.
func (a *Auth) Writer(ctx context.Context, authorization, remote string) (Writer, error) {
	token, anonymous, err := a.token(ctx, authorization, meta.WriteToken, networkOf(remote))
	if err != nil {
		return Writer{}, err
	}
	selected := selectedProject(ctx)
	if !anonymous && selected == "" {
		return Writer{token.ProjectID, token.ID}, nil // the hot path: no project needs to be read
	}
	project, err := a.project(ctx, token, anonymous, selected)
	if p, ok := errors.AsType[*problem](err); ok {
		return Writer{}, &AuthError{text: p.detail}
	}
	return Writer{project.ID, token.ID}, err
}

// principal returns who asks with this request, which takes a token of one kind.
func (a *Auth) principal(r *http.Request, kind meta.Kind) (principal, error) {
	token, anonymous, err := a.token(r.Context(), r.Header.Get("Authorization"), kind, addressOf(r))
	if err != nil {
		if e, ok := errors.AsType[*AuthError](err); ok {
			err = unauthorized(e)
		}
		return principal{}, err
	}
	project, err := a.project(r.Context(), token, anonymous, selectedProject(r.Context()))
	return principal{project: project, token: token}, err
}

func unauthorized(e *AuthError) *problem {
	detail := e.text
	if errors.Is(e, ErrUnknownToken) {
		detail = "Invalid token"
	}
	if e.Forbidden {
		return &problem{status: http.StatusForbidden, detail: detail}
	}
	return &problem{status: http.StatusUnauthorized, detail: detail, challenge: "Bearer"}
}

// scopeFor says which scope makes an API key, which then is of one project, as good as a token of a kind.
var scopeFor = map[meta.Kind]meta.Scope{meta.WriteToken: meta.WriteRecords, meta.ReadToken: meta.ReadRecords}

// token returns the active token of a header, or says that the caller is anonymous and may be.
func (a *Auth) token(ctx context.Context, authorization string, kind meta.Kind, from netip.Addr) (_ meta.Token, anonymous bool, _ error) {
	text, ok := bearer(authorization)
	switch {
	case !ok || text == "" && !a.local:
		return meta.Token{}, false, ErrNoToken
	case a.local && (text == "" || text == LocalToken):
		return meta.Token{ID: anonymousTokenID}, true, nil
	}
	token, err := a.lookup(ctx, text, from)
	switch {
	case err == nil && token.Kind == meta.UserToken:
		err = ErrUserToken
	case err == nil && token.Kind == meta.APIKey:
		if scope := scopeFor[kind]; !token.Allows(scope) {
			err = &AuthError{text: lackOf([]meta.Scope{scope}), Forbidden: true}
		}
	case errors.Is(err, meta.ErrNotFound) || err == nil && token.Kind != kind:
		err = ErrUnknownToken
	}
	return token, false, err
}

// lookup is meta.DB's LookupToken for what may be guesses. An address from which too many came gets a *Throttled, except for tokens
// that were right not long ago: others may share the address.
func (a *Auth) lookup(ctx context.Context, text string, from netip.Addr) (meta.Token, error) {
	if a.guesses.Empty(from, a.now()) && !a.db.Recognises(text) {
		return meta.Token{}, &Throttled{"Too many unknown tokens came from this address. Wait before the next attempt.", time.Second}
	}
	token, err := a.db.LookupToken(ctx, text)
	if errors.Is(err, meta.ErrNotFound) {
		a.guesses.Take(from, 1, a.now())
	}
	return token, err
}

// project returns the project of a token. An anonymous caller gets the project of the name that was selected, or the
// default; a token may only select its own.
func (a *Auth) project(ctx context.Context, token meta.Token, anonymous bool, selected string) (meta.Project, error) {
	if anonymous {
		if selected == "" {
			return a.db.DefaultProject(), nil
		}
		return a.selected(ctx, meta.LocalOrganization, selected)
	}
	project, err := a.db.Project(ctx, token.ProjectID)
	if err == nil && !slices.Contains([]string{"", project.Name, project.Organization + "/" + project.Name, project.ID}, selected) {
		err = &problem{status: http.StatusForbidden, detail: "The token belongs to the project " + project.Name + ", not to " + selected + "."}
	}
	return project, err
}

// selected returns the project that a text names, as headerProject says; a name alone is one of the organisation home, which
// goes by its name or its id.
func (a *Auth) selected(ctx context.Context, home, text string) (meta.Project, error) {
	name := text
	if organization, rest, ok := strings.Cut(text, "/"); ok {
		home, name = organization, rest
	}
	project, err := a.db.ProjectNamed(ctx, home, name)
	if errors.Is(err, meta.ErrNotFound) && uuid.Validate(text) == nil {
		project, err = a.db.Project(ctx, text)
	}
	if errors.Is(err, meta.ErrNotFound) {
		err = noProject(text)
	}
	return project, err
}

// noProject is what is told of a project that is not there, or that the caller does not see.
func noProject(text string) *problem { return notFound("There is no project " + text + ".") }

// bearer returns the token in an Authorization header: bare or after the word bearer, in any case. ok is false for
// another scheme.
func bearer(authorization string) (token string, ok bool) {
	token = strings.TrimSpace(authorization)
	const scheme = "bearer"
	if len(token) >= len(scheme) && strings.EqualFold(token[:len(scheme)], scheme) &&
		(len(token) == len(scheme) || token[len(scheme)] == ' ') {
		token = strings.TrimSpace(token[len(scheme):])
	}
	return token, !strings.ContainsAny(token, " \t")
}

type selectedProjectKey struct{}

// selectProject remembers the project that a request names, for whoever authorises it.
func selectProject(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.Header.Get(headerProject)
		if name == "" && r.URL.RawQuery != "" {
			name = r.URL.Query().Get("project")
		}
		if name != "" {
			r = r.WithContext(WithProject(r.Context(), name))
		}
		next.ServeHTTP(w, r)
	})
}

// WithProject returns a context in which an anonymous caller means that project. HTTP requests get it from
// their header or parameter; it is exported for gRPC.
func WithProject(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, selectedProjectKey{}, name)
}

func selectedProject(ctx context.Context) string {
	name, _ := ctx.Value(selectedProjectKey{}).(string)
	return name
}

// isoOrNil writes a time as clients of every language read it, or nil for the zero time.
func isoOrNil(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := iso(t)
	return &text
}

// iso writes a time with exactly six decimals: Python 3.10 reads no other number of them but three.
func iso(t time.Time) string { return t.UTC().Format(timestampLayout) }
