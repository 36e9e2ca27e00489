package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/hearth-dev/hearth/internal/meta"
)

// developer is who makes projects and tokens for what they develop: everyone in local mode, who knows the password, and who
// logged in with the device flow.
type developer struct {
	name  string     // as people call them
	token meta.Token // that they logged in with; without an id for who did not
}

type developerKey struct{}

// developerOf returns who asks with a request that passed develop.
func developerOf(ctx context.Context) developer {
	who, _ := ctx.Value(developerKey{}).(developer)
	return who
}

// develop lets developers in.
func (s *server) develop(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := s.developer(r)
		if err != nil {
			s.fail(w, r, unchallenged(r, err))
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), developerKey{}, who)))
	})
}

func (s *server) developer(r *http.Request) (developer, error) {
	text, ok := bearer(r.Header.Get("Authorization"))
	if ok && text != "" {
		token, err := s.Meta.LookupToken(r.Context(), text)
		switch {
		case err == nil && s.works(&token):
			return developer{name: token.Owner, token: token}, nil
		case err != nil && !errors.Is(err, meta.ErrNotFound):
			return developer{}, err
		case !s.Local:
			return developer{}, errUserToken
		}
	}
	if !s.Local {
		if err := s.password.check(r); err != nil {
			return developer{}, err
		}
	}
	return developer{name: s.manager()}, nil
}

var errUserToken = &problem{
	status: http.StatusUnauthorized, challenge: "Bearer",
	detail: "The user token is unknown, expired or revoked, or no user token: log in again, with hearth auth or logfire auth.",
}

// works tells whether a token lets a person in. What anybody on this machine got in local mode, without a password, opens
// nothing once there is one.
func (s *server) works(t *meta.Token) bool {
	return t.Kind == meta.UserToken && t.Active(s.Now()) && (s.Local || t.Owner != localPerson)
}
