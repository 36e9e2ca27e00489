package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hearth-dev/hearth/internal/meta"
)

// Answers of every kind: pages, assets, data, refusals of every gate, and errors of ours.
func TestEveryAnswerHasTheHeadersThatKeepBrowsersSafe(t *testing.T) {
	t.Parallel()
	const origin = "https://hearth.example.com"
	w := newWorld(t, func(o *Options) {
		o.Local, o.PublicOrigin, o.Origins, o.Gatherer = false, origin, []string{"https://app.example.com"}, prometheus.NewRegistry()
		o.UI = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/panic" {
				panic("broken")
			}
		})
	})
	for _, c := range []struct {
		status         int
		method, target string
		headers        []string
	}{
		{200, "GET", "/", nil},
		{200, "GET", "/assets/app.js", nil},
		{500, "GET", "/panic", nil},
		{200, "GET", "/healthz", nil},
		{200, "POST", "/v2/query", []string{"Authorization", w.read}},
		{401, "POST", "/v2/query", nil},
		{401, "GET", "/metrics", nil},
		{403, "POST", "/v2/query", []string{"Origin", "https://evil.example"}},
		{404, "GET", "/v1/nothing", nil},
		{404, "POST", "/nothing", nil},
		{405, "DELETE", "/v2/query", nil},
		{422, "GET", "/v1/query", []string{"Authorization", w.read}},
		{204, "OPTIONS", "/v1/traces", []string{"Origin", "https://app.example.com", "Access-Control-Request-Method", "POST"}},
		{200, "POST", "/v1/traces", []string{"Authorization", w.write}},
		{401, "POST", "/v1/traces", nil},
	} {
		header := w.expect(c.status, c.method, c.target, goodQuery, c.headers...).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cross-Origin-Resource-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q, want %q", c.method, c.target, name, got, want)
			}
		}
		if cached := header.Get("Cache-Control"); isAPI(c.target) && cached != "no-store" {
			t.Errorf("%s %s may be cached: %q", c.method, c.target, cached)
		}
		if header.Get("Server") != "" {
			t.Errorf("%s %s tells what serves it: %v", c.method, c.target, header)
		}
	}
}

func TestStrictTransportIsSentWhereNobodyElseSharesTheName(t *testing.T) {
	t.Parallel()
	for origin, want := range map[string]string{
		"https://hearth.example.com": "max-age=31536000", "https://hearth.example.com:443": "max-age=31536000",
		"": "", "http://hearth.example.com": "", "https://nas.example.com:4318": "", "https://localhost": "", "https://127.0.0.1": "", "https://[::1]": "",
	} {
		if got := strictTransport(origin); got != want {
			t.Errorf("%q: %q, want %q", origin, got, want)
		}
	}
}

// A server of another subdomain can set cookies for the whole domain, but none whose name begins with __Host-.
func TestPlainCookiesOpenNothingAtHTTPS(t *testing.T) {
	t.Parallel()
	const origin = "https://hearth.example.com"
	w := newTown(t, func(o *Options) { o.PublicOrigin = origin })
	_, text, err := w.meta.CreateSession(t.Context(), meta.NewSession{UserID: w.person(meta.MemberRole).ID})
	if err != nil {
		t.Fatal(err)
	}
	headers := func(name string) []string { return []string{"Origin", origin, "Cookie", name + "=" + text} }
	w.expect(200, "GET", "/api/v1/me", "", headers(secureCookie)...)
	w.expect(401, "GET", "/api/v1/me", "", headers(plainCookie)...)
	w.expect(200, "GET", "/api/v1/me", "", "Origin", origin, "Cookie", plainCookie+"=forged; "+secureCookie+"="+text)
}

// Texts of tokens, passwords and cookies reach no log, whatever is logged.
func TestSecretsAreNotLogged(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	w.expect(200, "POST", "/v2/query", goodQuery, "Authorization", w.read)
	w.expect(401, "POST", "/v2/query", goodQuery, "Authorization", "Bearer pylf_v1_local_unknowntoken")
	w.expect(401, "GET", "/api/v1/me", "", basic("a wrong password")...)
	w.expect(200, "GET", "/api/v1/me", "", basic(testPassword)...)
	answer := w.expect(200, "POST", "/api/v1/login", `{"email":"ada@example.com","password":"`+adasSecret+`"}`)
	w.expect(401, "POST", "/api/v1/login", `{"email":"ada@example.com","password":"guessed secret"}`)
	w.expect(200, "GET", "/api/v1/me", "", "Cookie", cookie(t, answer))
	_, session, _ := strings.Cut(cookie(t, answer), "=")
	logged := w.log.String()
	if !strings.Contains(logged, "path=/api/v1/login") {
		t.Fatalf("the log has no requests: %s", logged)
	}
	for _, secret := range []string{w.read, "unknowntoken", "a wrong password", testPassword, adasSecret, "guessed secret", session} {
		if strings.Contains(logged, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
