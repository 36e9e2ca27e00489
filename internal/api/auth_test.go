package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hearth-dev/hearth/internal/meta"
)

// access is who may use a route.
type access string

const (
	everyone access = "everyone"
	writers  access = "write tokens"
	readers  access = "read tokens"
	managers access = "the password"
	viewers  access = "read tokens and the password"
	// developers are who logged in, too.
	developers access = "user tokens and the password"
	agents     access = "read tokens, user tokens and the password"
	// strangers are who has a secret in the body: passwords of people, codes of links.
	strangers access = "who knows a secret"
)

// accessOf says who may use each route. A route that is missing fails the test.
var accessOf = map[string]access{
	"POST /v1/traces": writers, "POST /v1/logs": writers, "POST /v1/metrics": writers, "GET /v1/info": writers,
	"POST /v2/query": readers, "GET /v1/query": readers, "POST /v1/render": readers, "GET /v1/schemas": readers, "GET /v1/live": readers,
	"POST /mcp":        agents,
	"GET /v1/services": readers, "GET /v1/ingest": viewers, "GET /v1/version": viewers,
	"GET /v1/traces/{trace_id}/conversation": readers, "GET /v1/conversation": readers,
	"GET /v1/read-token-info": readers, "GET /api/read-token-info": readers,
	"POST /v1/device-auth/new": everyone, "GET /v1/device-auth/wait/{code}": everyone,
	"GET /v1/account/me": developers, "GET /v1/organizations/available-for-projects": developers, "GET /v1/organizations": developers,
	"GET /v1/writable-projects": developers, "GET /v1/projects": developers,
	"POST /v1/organizations/{org}/projects": developers, "POST /v1/projects/{org}": developers,
	"POST /v1/organizations/{org}/projects/{project}/write-tokens": developers,
	"POST /v1/organizations/{org}/projects/{project}/read-tokens":  developers,
	"GET /v1/organizations/{org}/projects/{project}/prompts":       developers,
	"DELETE /api/v1/user-tokens/current":                           developers,
	"GET /api/v1/projects":                                         developers, "POST /api/v1/projects": developers, "GET /api/v1/projects/{id}": developers,
	"PUT /api/v1/projects/{id}": developers, "DELETE /api/v1/projects/{id}": developers, "DELETE /api/v1/organizations/{org}": developers,
	"GET /api/v1/organizations": developers, "POST /api/v1/organizations": developers,
	"GET /api/v1/organizations/{org}": developers, "PUT /api/v1/organizations/{org}": developers,
	"GET /api/v1/user-tokens": managers, "DELETE /api/v1/user-tokens/{token_id}": managers,
	"GET /api/v1/device-logins/{code}":          managers,
	"POST /api/v1/device-logins/{code}/approve": managers, "POST /api/v1/device-logins/{code}/refuse": managers,
	"GET /api/v1/projects/{id}/write-tokens": managers, "POST /api/v1/projects/{id}/write-tokens": managers,
	"GET /api/v1/projects/{id}/read-tokens": managers, "POST /api/v1/projects/{id}/read-tokens": managers,
	"POST /api/v1/projects/{id}/write-tokens/{token_id}/rotate": managers, "POST /api/v1/projects/{id}/read-tokens/{token_id}/rotate": managers,
	"PATCH /api/v1/projects/{id}/write-tokens/{token_id}/expire": managers, "PATCH /api/v1/projects/{id}/read-tokens/{token_id}/expire": managers,
	"GET /api/v1/api-keys": managers, "POST /api/v1/api-keys": managers, "GET /api/v1/api-keys/scopes": managers,
	"PATCH /api/v1/api-keys/{key_id}": managers, "DELETE /api/v1/api-keys/{key_id}": managers, "POST /api/v1/api-keys/{key_id}/rotate": managers,
	"DELETE /api/v1/projects/{id}/write-tokens/{token_id}": managers,
	"DELETE /api/v1/projects/{id}/read-tokens/{token_id}":  managers,
	"GET /api/v1/projects/{id}/dashboards":                 viewers, "POST /api/v1/projects/{id}/dashboards": managers,
	"GET /api/v1/projects/{id}/dashboards/{dashboard_id}":    viewers,
	"PUT /api/v1/projects/{id}/dashboards/{dashboard_id}":    managers,
	"DELETE /api/v1/projects/{id}/dashboards/{dashboard_id}": managers,
	"GET /api/v1/projects/{id}/settings":                     viewers, "PUT /api/v1/projects/{id}/settings": managers,
	"GET /api/v1/projects/{id}/retention": viewers, "PUT /api/v1/projects/{id}/retention": managers,
	"GET /api/v1/projects/{id}/searches": viewers, "POST /api/v1/projects/{id}/searches": viewers,
	"PUT /api/v1/projects/{id}/searches/{search_id}":    viewers,
	"DELETE /api/v1/projects/{id}/searches/{search_id}": viewers,
	"GET /api/v1/alert-templates":                       viewers,
	"GET /api/v1/projects/{id}/alerts":                  viewers, "POST /api/v1/projects/{id}/alerts": managers,
	"POST /api/v1/projects/{id}/alerts/preview":          viewers,
	"GET /api/v1/projects/{id}/alerts/{alert_id}":        viewers,
	"PUT /api/v1/projects/{id}/alerts/{alert_id}":        managers,
	"DELETE /api/v1/projects/{id}/alerts/{alert_id}":     managers,
	"GET /api/v1/projects/{id}/alerts/{alert_id}/runs":   viewers,
	"PUT /api/v1/projects/{id}/alerts/{alert_id}/snooze": managers,
	"GET /api/v1/channels":                               managers, "POST /api/v1/channels": managers,
	"GET /api/v1/channels/{channel_id}": managers, "PUT /api/v1/channels/{channel_id}": managers,
	"DELETE /api/v1/channels/{channel_id}": managers, "POST /api/v1/channels/{channel_id}/test": managers,
	"POST /api/v1/channels/test": managers,
	"GET /metrics":               managers,
	"GET /api/v1/login":          everyone, "POST /api/v1/login": strangers, "POST /api/v1/setup": strangers,
	"GET /auth/oidc/login": everyone, "GET /auth/oidc/callback": everyone, "POST /api/v1/login/oidc": strangers,
	"GET /api/v1/me/identities": managers, "DELETE /api/v1/me/identities/{identity_id}": managers,
	"POST /api/v1/invitation": strangers, "POST /api/v1/invitation/accept": strangers,
	"POST /api/v1/password-reset": strangers, "POST /api/v1/password-reset/use": strangers, "POST /api/v1/members/{user_id}/password-reset": managers,
	"GET /api/v1/me": managers, "POST /api/v1/logout": managers, "PUT /api/v1/me/password": managers,
	"GET /api/v1/me/sessions": managers, "DELETE /api/v1/me/sessions/{session_id}": managers,
	"GET /api/v1/members": managers, "PATCH /api/v1/members/{user_id}": managers, "DELETE /api/v1/members/{user_id}": managers,
	"GET /api/v1/invitations": managers, "POST /api/v1/invitations": managers, "DELETE /api/v1/invitations/{invitation_id}": managers,
	"GET /api/v1/audit-logs/{entry_id}": managers, "GET /api/v1/audit-logs": managers, "PATCH /api/v1/users/{user_id}": managers,
	"GET /api/openapi.yaml": everyone, "GET /healthz": everyone, "GET /readyz": everyone,
}

// call uses a route in a way that succeeds for who may use it, and returns whether it let the caller in.
func (w *world) call(route string, headers ...string) (in bool, status int) {
	w.t.Helper()
	status = w.send(route, headers...).Code
	return status != http.StatusUnauthorized && status != http.StatusForbidden, status
}

// send uses a route in a way that succeeds for who may use it.
func (w *world) send(route string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	method, path, _ := strings.Cut(route, " ")
	path = strings.NewReplacer("{org}", "local", "{project}", "default", "{id}", w.meta.DefaultProject().ID, "{token_id}", "unknown",
		"{dashboard_id}", "unknown", "{search_id}", "unknown", "{alert_id}", "unknown", "{channel_id}", "unknown", "{code}", "unknown",
		"{session_id}", "unknown", "{identity_id}", "unknown", "{user_id}", "unknown", "{key_id}", "unknown", "{entry_id}", "unknown", "{invitation_id}", "unknown").Replace(path)
	body := ""
	if method == http.MethodPost {
		body = goodQuery
	}
	if path == "/v1/query" {
		path += "?sql=SELECT+1"
	}
	return w.do(method, path, body, headers...)
}

func TestWhoMayUseEachRoute(t *testing.T) {
	t.Parallel()
	withMetrics := func(local bool) func(*Options) {
		return func(o *Options) { o.Local, o.Gatherer = local, prometheus.NewRegistry() }
	}
	public, local := newWorld(t, withMetrics(false)), newWorld(t, withMetrics(true))
	for _, route := range routes(t, public.handler) {
		who, ok := accessOf[route]
		if !ok {
			t.Errorf("%s: nobody says who may use it", route)
			continue
		}
		if who == strangers {
			if _, status := public.call(route); status < 400 {
				t.Errorf("%s lets somebody in who knows nothing: %d", route, status)
			}
			continue
		}
		check := func(w *world, mode, caller string, want bool, headers ...string) {
			if in, status := w.call(route, headers...); in != want {
				t.Errorf("%s mode, %s as %s: status %d, want let in %v", mode, route, caller, status, want)
			}
		}
		everyone, password := who == everyone, who == managers || who == viewers || who == developers || who == agents
		check(public, "public", "a user token", everyone || who == developers || who == agents, "Authorization", public.user("admin"))
		check(public, "public", "a bearer user token", everyone || who == developers || who == agents, "Authorization", "Bearer "+public.user("admin"))
		check(public, "public", "a user token of local mode", everyone, "Authorization", public.user("local"))
		check(public, "public", "nobody", everyone)
		check(public, "public", "a write token", everyone || who == writers, "Authorization", public.write)
		check(public, "public", "a bearer write token", everyone || who == writers, "Authorization", "Bearer "+public.write)
		check(public, "public", "a read token", everyone || who == readers || who == viewers || who == agents, "Authorization", public.read)
		check(public, "public", "a lower-case bearer read token", everyone || who == readers || who == viewers || who == agents, "Authorization", "bearer  "+public.read+" ")
		check(public, "public", "the local token", everyone, "Authorization", LocalToken)
		check(public, "public", "the password", everyone || password, basic(testPassword)...)
		check(public, "public", "a wrong password", everyone, basic("guess")...)
		check(local, "local", "nobody", true)
		check(local, "local", "the local token", true, "Authorization", LocalToken)
		check(local, "local", "an empty bearer token", true, "Authorization", "Bearer ")
		open := everyone || who == managers || who == developers || who == agents
		check(local, "local", "a user token", open, "Authorization", local.user("local"))
		check(local, "local", "an unknown token", open, "Authorization", local.read+"x")
		check(local, "local", "a write token", open || who == writers, "Authorization", local.write)
		check(local, "local", "a read token", open || who == readers || who == viewers || who == agents, "Authorization", local.read)
		check(local, "local", "Basic", open, basic(testPassword)...)
	}
}

// basic returns the header of HTTP Basic for a password.
func basic(password string) []string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth("anyone", password)
	return []string{"Authorization", r.Header.Get("Authorization")}
}

func TestTextsOfRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	for _, c := range []struct{ path, header, want string }{
		{"/v1/traces", "", "Missing or invalid authorization header\n"},
		{"/v1/traces", "Digest username=x", "Missing or invalid authorization header\n"},
		{"/v1/traces", w.read, "Unknown token\n"},
		{"/v2/query", "", `{"detail":"Missing or invalid authorization header"}`},
		{"/v2/query", w.write, `{"detail":"Invalid token"}`},
		{"/v1/traces", w.user("admin"), ErrUserToken.Error() + "\n"},
		{"/v2/query", w.user("admin"), `{"detail":"` + ErrUserToken.Error() + `"}`},
	} {
		if got := w.expect(401, "POST", c.path, goodQuery, "Authorization", c.header); got.Body.String() != c.want {
			t.Errorf("%s with %q = %q, want %q", c.path, c.header, got.Body, c.want)
		}
	}
	if got := w.expect(401, "GET", "/api/v1/projects", ""); !strings.HasPrefix(got.Header().Get("WWW-Authenticate"), "Basic ") {
		t.Errorf("no challenge: %v", got.Header())
	}
}

func TestLocalModeSelectsProjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	project := func(headers ...string) string {
		t.Helper()
		return w.expect(200, "POST", "/v2/query", goodQuery, headers...).Header().Get("X-Logfire-Context")
	}
	if got := project(); got != "local/default" {
		t.Errorf("without a name: %s", got)
	}
	if got := project("X-Hearth-Project", "other"); got != "local/other" {
		t.Errorf("by header: %s", got)
	}
	if got := project("X-Hearth-Project", "other", "Authorization", LocalToken); got != "local/other" {
		t.Errorf("by header with the local token: %s", got)
	}
	if got := project("Authorization", w.otherRead); got != "local/other" {
		t.Errorf("by token: %s", got)
	}
	if got := project("Authorization", w.otherRead, "X-Hearth-Project", "other"); got != "local/other" {
		t.Errorf("by token and header: %s", got)
	}
	if got := w.expect(200, "GET", "/v1/query?sql=SELECT+1&project=other", "").Header().Get("X-Logfire-Context"); got != "local/other" {
		t.Errorf("by parameter: %s", got)
	}
	w.expect(404, "POST", "/v2/query", goodQuery, "X-Hearth-Project", "nobody")
	w.expect(403, "POST", "/v2/query", goodQuery, "Authorization", w.otherRead, "X-Hearth-Project", "default")
	if got := w.expect(200, "POST", "/v1/traces", "", "X-Hearth-Project", "other"); got.Header().Get("X-Project-Id") != w.other.ID {
		t.Errorf("telemetry goes to %s", got.Header().Get("X-Project-Id"))
	}
	if got := w.expect(401, "POST", "/v1/traces", "", "X-Hearth-Project", "nobody"); got.Body.String() != "There is no project nobody.\n" {
		t.Errorf("unknown project: %s", got.Body)
	}
	w.expect(401, "POST", "/v1/traces", "", "Authorization", w.write, "X-Hearth-Project", "other")
}

func TestWhoWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	public, local := NewAuth(w.meta, false), NewAuth(w.meta, true)
	byDefault := w.meta.DefaultProject().ID
	for _, c := range []struct {
		auth   *Auth
		header string
		want   string
		err    error
	}{
		{public, w.write, byDefault, nil},
		{public, "BEARER " + w.write, byDefault, nil},
		{public, "", "", ErrNoToken},
		{public, "Bearer", "", ErrNoToken},
		{public, "two words", "", ErrNoToken},
		{public, LocalToken, "", ErrUnknownToken},
		{public, w.read, "", ErrUnknownToken},
		{public, "bearerless", "", ErrUnknownToken},
		{local, "", byDefault, nil},
		{local, LocalToken, byDefault, nil},
		{local, w.read, "", ErrUnknownToken},
	} {
		who, err := c.auth.Writer(t.Context(), c.header, "192.0.2.1:4711")
		if got := who.ProjectID; got != c.want || err != nil != (c.err != nil) || c.err != nil && err.Error() != c.err.Error() {
			t.Errorf("local %v, header %q: %q, %v; want %q, %v", c.auth.local, c.header, who, err, c.want, c.err)
		}
		if _, refused := errors.AsType[*AuthError](err); refused != (err != nil) {
			t.Errorf("%v is no AuthError", err)
		}
	}
	got, err := local.Writer(WithProject(t.Context(), "other"), "", "")
	if got != (Writer{w.other.ID, anonymousTokenID}) || err != nil {
		t.Errorf("selected: %+v, %v", got, err)
	}
	if err := w.meta.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = public.Writer(t.Context(), w.write+"x", "")
	if _, refused := errors.AsType[*AuthError](err); err == nil || refused {
		t.Errorf("a broken database = %v, want an error that is no refusal", err)
	}
}

// An address that guesses is refused without a look at the database; but not those who share it and have a token.
func TestGuessesOfTokensAreThrottled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	now := time.Now()
	w.server.auth.now = func() time.Time { return now }
	const query = "/v2/query"
	attempt := func(remote, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), "POST", query, strings.NewReader(goodQuery))
		r.RemoteAddr = remote
		r.Header.Set("Authorization", token)
		answer := httptest.NewRecorder()
		w.handler.ServeHTTP(answer, r)
		return answer
	}
	if got := attempt("192.0.2.1:1", w.read); got.Code != 200 {
		t.Fatal(got.Code, got.Body)
	}
	for i := range guessesAtOnce {
		if got := attempt("192.0.2.1:1", fmt.Sprint("guess", i)); got.Code != 401 {
			t.Fatalf("guess %d: %d %s", i, got.Code, got.Body)
		}
	}
	for _, c := range []struct {
		name, remote, token string
		want                int
	}{
		{"another guess", "192.0.2.1:2", "guess", 429},
		{"a token that was right before", "192.0.2.1:2", w.read, 200},
		{"a right token that nobody used yet", "192.0.2.1:2", w.otherRead, 429},
		{"the same one from elsewhere", "192.0.2.2:1", w.otherRead, 200},
		{"and now from here", "192.0.2.1:2", w.otherRead, 200},
		{"no token", "192.0.2.1:2", "", 401},
	} {
		got := attempt(c.remote, c.token)
		if got.Code != c.want || (got.Header().Get("Retry-After") == "1") != (c.want == 429) {
			t.Errorf("%s: %d %v, want %d", c.name, got.Code, got.Header(), c.want)
		}
	}
	now = now.Add(time.Second)
	if got := attempt("192.0.2.1:2", "guess"); got.Code != 401 {
		t.Errorf("a second later: %d", got.Code)
	}
}

func TestExpiredAndRevokedTokensAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	w.expect(200, "POST", "/v2/query", goodQuery, "Authorization", w.read)
	list, err := w.meta.Tokens(t.Context(), w.meta.DefaultProject().ID, meta.ReadToken)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	w.expect(204, "DELETE", "/api/v1/projects/"+list[0].ProjectID+"/read-tokens/"+list[0].ID+"/", "", basic(testPassword)...)
	w.expect(401, "POST", "/v2/query", goodQuery, "Authorization", w.read)
}

func TestWrongPasswordsAreThrottled(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 27, 0, 0, 0, 0, time.UTC)
	gate := newPasswordGate(testPassword, func() time.Time { return now })
	attempt := func(address, password string) int {
		r := &http.Request{Header: http.Header{}, RemoteAddr: address}
		if password != "" {
			r.SetBasicAuth("x", password)
		}
		err := gate.check(r)
		if p, ok := errors.AsType[*problem](err); ok {
			return p.status
		}
		return 200
	}
	for i := range maxFailures {
		if got := attempt("192.0.2.1:1000", fmt.Sprint("guess", i)); got != 401 {
			t.Fatalf("guess %d = %d, want 401", i, got)
		}
		if got := attempt("192.0.2.1:1000", ""); got != 401 {
			t.Fatalf("no password = %d, want 401", got)
		}
	}
	for _, c := range []struct {
		address, password string
		want              int
	}{
		{"192.0.2.1:2000", testPassword, 429}, // or the throttle would only slow wrong guesses down
		{"[::ffff:192.0.2.1]:1000", testPassword, 429},
		{"192.0.2.2:1000", testPassword, 200},
		{"[2001:db8::1]:1000", "guess", 401},
	} {
		if got := attempt(c.address, c.password); got != c.want {
			t.Errorf("%s = %d, want %d", c.address, got, c.want)
		}
	}
	now = now.Add(failureWindow)
	if got := attempt("192.0.2.1:1000", testPassword); got != 200 {
		t.Errorf("after the window = %d, want 200", got)
	}
	for range maxFailures {
		attempt("[2001:db8::1:2:3:4]:1000", "guess")
	}
	if got := attempt("[2001:db8::9]:1000", testPassword); got != 429 {
		t.Errorf("the same /64 = %d, want 429", got)
	}
}

func TestThrottleHasBoundedMemory(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 27, 0, 0, 0, 0, time.UTC)
	gate := newPasswordGate(testPassword, func() time.Time { return now })
	attempt := func(i int, password string) error {
		r := &http.Request{Header: http.Header{}, RemoteAddr: fmt.Sprintf("10.%d.%d.%d:1", i>>16&255, i>>8&255, i&255)}
		r.SetBasicAuth("x", password)
		return gate.check(r)
	}
	for i := range maxAddresses + 100 {
		_ = attempt(i, "guess")
	}
	if len(gate.failures.counts) != maxAddresses {
		t.Errorf("%d addresses are remembered, want %d", len(gate.failures.counts), maxAddresses)
	}
	now = now.Add(failureWindow)
	if err := attempt(maxAddresses+50, testPassword); err != nil {
		t.Errorf("after the window: %v", err)
	}
	if len(gate.failures.counts) != 0 {
		t.Errorf("%d addresses are still remembered", len(gate.failures.counts))
	}
}

func TestEmptyPasswordLetsNobodyIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Local, o.Password = false, "" })
	w.expect(401, "GET", "/api/v1/projects/", "", basic("")...)
}
