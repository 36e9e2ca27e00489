package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"

	"github.com/hearth-dev/hearth/internal/meta"
)

// apiKeyWith returns the text of a new API key, of one project unless that is empty.
func (w *world) apiKeyWith(project string, scopes ...meta.Scope) string {
	w.t.Helper()
	_, text, err := w.meta.CreateKey(w.t.Context(), meta.NewKey{OrganizationID: w.server.home(), ProjectID: project, Name: "key", Scopes: scopes})
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// scopesWithout returns every scope that a key may have, of one project if bound, but some.
func scopesWithout(bound bool, without []meta.Scope) []meta.Scope {
	var list []meta.Scope
	for _, s := range meta.Scopes() {
		fits := bound && !s.Scope.OfOrganization() || !bound && !s.Bound
		if fits && !slices.Contains(without, s.Scope) {
			list = append(list, s.Scope)
		}
	}
	return list
}

// past are tokens that opened something once, by what they are.
func (w *world) past(now *time.Time) map[string]string {
	w.t.Helper()
	ctx, project, home := w.t.Context(), w.meta.DefaultProject().ID, w.server.home()
	texts := map[string]string{}
	make := func(what string, expires time.Time) []func() error {
		var revoke []func() error
		for _, kind := range []meta.Kind{meta.WriteToken, meta.ReadToken} {
			token, text, err := w.meta.CreateToken(ctx, meta.NewToken{ProjectID: project, Kind: kind, ExpiresAt: expires})
			if err != nil {
				w.t.Fatal(err)
			}
			texts[what+" "+string(kind)+" token"] = text
			revoke = append(revoke, func() error { return w.meta.RevokeToken(ctx, project, kind, token.ID) })
		}
		user, text, err := w.meta.CreateToken(ctx, meta.NewToken{Kind: meta.UserToken, Owner: adminPerson, ExpiresAt: expires})
		if err != nil {
			w.t.Fatal(err)
		}
		texts[what+" user token"] = text
		revoke = append(revoke, func() error { return w.meta.RevokeUserToken(ctx, "", user.ID) })
		for place, project := range map[string]string{"project": project, "organisation": ""} {
			key, text, err := w.meta.CreateKey(ctx, meta.NewKey{OrganizationID: home, ProjectID: project, Name: "key", Scopes: scopesWithout(project != "", nil), ExpiresAt: expires})
			if err != nil {
				w.t.Fatal(err)
			}
			texts[what+" API key of the "+place] = text
			revoke = append(revoke, func() error { return w.meta.RevokeKey(ctx, home, key.ID) })
		}
		return revoke
	}
	make("an expired", now.Add(time.Hour))
	for _, revoke := range make("a revoked", time.Time{}) {
		if err := revoke(); err != nil {
			w.t.Fatal(err)
		}
	}
	rotated, text, err := w.meta.CreateToken(ctx, meta.NewToken{ProjectID: project, Kind: meta.ReadToken})
	if err == nil {
		_, _, err = w.meta.RotateToken(ctx, project, meta.ReadToken, rotated.ID, meta.Rotation{})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	texts["a rotated read token"] = text
	*now = now.Add(2 * time.Hour)
	texts["a text that looks like a token"] = "pylf_v1_local_" + strings.Repeat("A", 44)
	texts["a text that looks like an API key"] = "pylf_v2_local_" + home + "_" + strings.Repeat("A", 44)
	return texts
}

// Every route of the router refuses what opens nothing any more, or never did, and every API key that lacks its scope or is of
// another project. Which kinds of tokens each takes is TestWhoMayUseEachRoute; OTLP over gRPC is tested where it is served.
func TestEveryRouteRefusesOtherTokens(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := newWorldAt(t, &now, func(o *Options) { o.Local, o.Gatherer = false, prometheus.NewRegistry() })
	w.server.auth.guesses = nil // all these come from one address
	past := w.past(&now)
	project := w.meta.DefaultProject().ID
	for _, route := range routes(t, w.handler) {
		who := accessOf[route]
		if who == everyone || who == strangers {
			continue
		}
		for what, text := range past {
			if in, status := w.call(route, "Authorization", "Bearer "+text); in {
				t.Errorf("%s with %s: %d", route, what, status)
			}
		}
		scopes := scopesOf[route]
		for _, bound := range []string{"", project} {
			others := w.apiKeyWith(bound, scopesWithout(bound != "", scopes)...)
			got := w.send(route, "Authorization", "Bearer "+others)
			if got.Code != http.StatusForbidden {
				t.Errorf("%s with an API key that lacks the scope: %d %s", route, got.Code, got.Body)
			}
			for _, scope := range scopes {
				if !strings.Contains(got.Body.String(), string(scope)) {
					t.Errorf("%s does not name the scope that the API key lacks: %s", route, got.Body)
				}
			}
		}
		for _, scope := range scopes {
			if !scope.OfOrganization() {
				w.checkKeyOfProject(route, scope)
			}
			if s := info(scope); !s.Bound {
				if in, status := w.call(route, "Authorization", "Bearer "+w.apiKeyWith("", scope)); !in {
					t.Errorf("%s with an API key with %s: %d", route, scope, status)
				}
			}
		}
	}
}

func info(scope meta.Scope) meta.ScopeInfo {
	list := meta.Scopes()
	return list[slices.IndexFunc(list, func(s meta.ScopeInfo) bool { return s.Scope == scope })]
}

// checkKeyOfProject checks that an API key with a scope opens a route for its own project and for no other.
func (w *world) checkKeyOfProject(route string, scope meta.Scope) {
	w.t.Helper()
	own := w.apiKeyWith(w.meta.DefaultProject().ID, scope)
	got := w.send(route, "Authorization", "Bearer "+own)
	forKeys := strings.Contains(route, "/api/v1/api-keys") // which asks what the key itself may give away
	if got.Code == http.StatusUnauthorized || got.Code == http.StatusForbidden && !forKeys {
		w.t.Errorf("%s with an API key of the project with %s: %d %s", route, scope, got.Code, got.Body)
	}
	others := w.apiKeyWith(w.other.ID, scope)
	if strings.Contains(route, "{id}") || strings.Contains(route, "{project}") {
		if got := w.send(route, "Authorization", "Bearer "+others); got.Code != http.StatusNotFound && got.Code != http.StatusForbidden {
			w.t.Errorf("%s with an API key of another project with %s: %d %s", route, scope, got.Code, got.Body)
		}
	}
	if scope == meta.ReadRecords || scope == meta.WriteRecords {
		if in, status := w.call(route, "Authorization", "Bearer "+others, headerProject, "default"); in && route != "POST /mcp" { // its tools are refused
			w.t.Errorf("%s with an API key of another project with %s, which the request does not name: %d", route, scope, status)
		}
	}
}

// A token of one project opens no route for another one.
func TestTokensOfOtherProjectsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	otherWrite := w.token(w.other.ID, meta.WriteToken)
	for _, route := range routes(t, w.handler) {
		who := accessOf[route]
		token := map[access]string{writers: otherWrite, readers: w.otherRead, viewers: w.otherRead}[who]
		if token == "" {
			continue
		}
		headers := []string{"Authorization", token}
		if !strings.Contains(route, "{id}") {
			headers = append(headers, headerProject, "default")
		}
		if in, status := w.call(route, headers...); in {
			t.Errorf("%s with a token of another project: %d", route, status)
		}
	}
}

func TestScopesAndRoutesAgree(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Gatherer = prometheus.NewRegistry() })
	all := routes(t, w.handler)
	used := map[meta.Scope]bool{}
	told := map[string][]meta.Scope{}
	for route, scopes := range scopesOf {
		if !slices.Contains(all, route) {
			t.Errorf("%s is no route", route)
		}
		for _, scope := range scopes {
			used[scope] = true
		}
		told[route] = scopes
	}
	for _, s := range meta.Scopes() {
		if !used[s.Scope] {
			t.Errorf("%s opens nothing", s.Scope)
		}
	}
	var description struct {
		Scopes map[string][]meta.Scope `yaml:"x-scopes"`
	}
	if err := yaml.Unmarshal(openAPI, &description); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(told, description.Scopes); diff != "" {
		t.Errorf("(-routes +described):\n%s", diff)
	}
}

func TestSecretsAreNeverLogged(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := newWorldAt(t, &now, func(o *Options) { o.Local, o.Gatherer = false, prometheus.NewRegistry() })
	secrets := w.past(&now)
	secrets["the API key"], secrets["the user token"] = w.apiKeyWith("", scopesWithout(false, nil)...), w.user(adminPerson)
	secrets["the write token"], secrets["the read token"] = w.write, w.read
	all := routes(t, w.handler)
	for _, text := range secrets {
		for _, route := range all {
			w.call(route, "Authorization", "Bearer "+text)
		}
	}
	log := w.log.String()
	if strings.Count(log, "msg=request ") < len(all)*len(secrets) {
		t.Error("no access log")
	}
	for _, what := range slices.Sorted(maps.Keys(secrets)) {
		if text := secrets[what]; strings.Contains(log, text[len(text)-30:]) {
			t.Errorf("the log holds %s", what)
		}
	}
}
