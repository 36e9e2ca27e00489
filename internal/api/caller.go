package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/hearth-dev/hearth/internal/meta"
)

// caller is a person who asks, or who acts for all of them: everyone in local mode, and who knows the operator's key; or a
// program with an API key.
type caller struct {
	name  string // as people call them
	owner string // whose private things they see, as meta.Search.Owner
	// everything tells that no role is asked for.
	everything bool
	user       meta.User            // zero for who has no account
	roles      map[string]meta.Role // of the user, by the organisation's id
	first      string               // the id of the first organisation by name that the user is in; empty for none
	session    meta.Session         // that they are logged in with; zero for who is not
	token      meta.Token           // that they logged in with, by the device flow; zero for who did not
	key        meta.Token           // the API key that a program asks with; zero for people
}

// Names of those who have none of their own.
const (
	localPerson = "local" // everyone in local mode
	adminPerson = "admin" // who knows the operator's key
)

// may tells whether the caller may do in an organisation what a role may.
func (c *caller) may(role meta.Role, organizationID string) bool {
	return c.everything || c.roles[organizationID].Includes(role)
}

// sees tells whether the caller may know that an organisation is there.
func (c *caller) sees(organizationID string) bool { return c.may(meta.ReadOnlyRole, organizationID) }

// need returns why the caller may not do in an organisation what a role may, or nil. Of an organisation that they are not in,
// nobody learns that it is there.
func (c *caller) need(role meta.Role, organizationID string) error {
	switch {
	case c.may(role, organizationID):
		return nil
	case !c.sees(organizationID):
		return notFound("Not Found")
	}
	return &problem{status: http.StatusForbidden, detail: fmt.Sprintf("This takes the role %s; yours is %s.", role, c.roles[organizationID])}
}

type callerKey struct{}

// callerOf returns who asks with a request that passed people or develop.
func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// people lets people in: who logged in with a browser, and who needs no account. What they may is asked by each route.
func (s *server) people(next http.Handler) http.Handler {
	return s.identified(next, s.person)
}

// develop lets people in, also with the user tokens that programs got in their names.
func (s *server) develop(next http.Handler) http.Handler {
	return s.identified(next, s.developer)
}

func (s *server) identified(next http.Handler, identify func(*http.Request) (caller, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := identify(r)
		if err != nil {
			s.fail(w, r, unchallenged(r, err))
			return
		}
		next.ServeHTTP(w, r.WithContext(who.acting(r)))
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			s.changes.ring() // perhaps somebody was logged out or removed, or a token revoked
		}
	})
}

// acting returns the request's context for what the caller does: the audit log tells whose it was.
func (c *caller) acting(r *http.Request) context.Context {
	actor := meta.Actor{UserID: c.user.ID, Name: c.name, Address: hostOf(r)}
	return meta.WithActor(context.WithValue(r.Context(), callerKey{}, *c), actor)
}

// hostOf returns the address that a request came from.
func hostOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// person returns who asks with a browser, or without an account. A header that says who asks wins over a cookie, which is sent
// with everything.
func (s *server) person(r *http.Request) (caller, error) {
	if key, ok := s.apiKey(r); ok {
		return s.holding(r, &key)
	}
	switch {
	case s.Local:
		return caller{name: localPerson, owner: localPerson, everything: true}, nil
	case r.Header.Get("Authorization") == "" && s.sessionText(r) != "":
		return s.loggedIn(r)
	}
	if err := s.password.check(r); err != nil {
		return caller{}, err
	}
	return caller{name: adminPerson, owner: adminPerson, everything: true}, nil
}

// developer returns who makes projects and tokens for what they develop.
func (s *server) developer(r *http.Request) (caller, error) {
	text, ok := bearer(r.Header.Get("Authorization"))
	if !ok || text == "" {
		return s.person(r)
	}
	token, err := s.auth.lookup(r.Context(), text, addressOf(r))
	if err == nil && token.Kind == meta.APIKey {
		return s.holding(r, &token)
	}
	if err == nil {
		if who, err := s.bearing(r.Context(), &token); !errors.Is(err, meta.ErrNotFound) {
			return who, err
		}
	} else if !errors.Is(err, meta.ErrNotFound) {
		return caller{}, err
	}
	if s.Local {
		return s.person(r)
	}
	return caller{}, errUserToken
}

var errUserToken = &problem{
	status: http.StatusUnauthorized, challenge: "Bearer",
	detail: "The user token is unknown, expired or revoked, or no user token: log in again, with hearth auth or logfire auth.",
}

// bearing returns in whose name somebody acts with a token, or meta.ErrNotFound for one that lets nobody in. What anybody on
// this machine got in local mode, without a password, opens nothing once there is one.
func (s *server) bearing(ctx context.Context, t *meta.Token) (caller, error) {
	switch {
	case t.Kind != meta.UserToken || !t.Active(s.Now()):
		return caller{}, meta.ErrNotFound
	case s.Local, t.Owner == adminPerson:
		return caller{name: t.Owner, owner: t.Owner, everything: true, token: *t}, nil
	}
	id, ok := meta.UserIDOf(t.Owner)
	if !ok {
		return caller{}, meta.ErrNotFound
	}
	user, err := s.Meta.User(ctx, id)
	if err == nil && !user.DisabledAt.IsZero() {
		err = meta.ErrNotFound
	}
	if err != nil {
		return caller{}, err
	}
	who, err := s.callerFor(ctx, user)
	who.token = *t
	return who, err
}

// callerFor returns a user with the roles that they have now.
func (s *server) callerFor(ctx context.Context, u meta.User) (caller, error) {
	list, err := s.Meta.Memberships(ctx, u.ID)
	if err != nil {
		return caller{}, err
	}
	roles := map[string]meta.Role{}
	for _, m := range list {
		roles[m.OrganizationID] = m.Role
	}
	who := caller{name: u.Name, owner: u.Owner(), user: u, roles: roles}
	if len(list) > 0 {
		who.first = list[0].OrganizationID
	}
	return who, nil
}
