package api

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

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

func TestWhoAsksBehindProxies(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32")}
	for _, c := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"no proxy", "192.0.2.1:1", nil, "192.0.2.1:1"},
		{"somebody who says so", "192.0.2.1:1", []string{"198.51.100.1"}, "192.0.2.1:1"},
		{"a proxy", "10.1.2.3:1", []string{"192.0.2.1"}, "192.0.2.1"},
		{"a proxy over IPv6", "[::ffff:10.1.2.3]:1", []string{"2001:db8::1"}, "2001:db8::1"},
		{"two proxies", "127.0.0.1:1", []string{"192.0.2.1, 10.9.9.9"}, "192.0.2.1"},
		{"two headers", "127.0.0.1:1", []string{"192.0.2.1", "10.9.9.9"}, "192.0.2.1"},
		{"what the caller said before", "10.1.2.3:1", []string{"203.0.113.9, 192.0.2.1"}, "192.0.2.1"},
		{"with a port", "10.1.2.3:1", []string{"192.0.2.1:4711"}, "192.0.2.1:4711"},
		{"a proxy that asks itself", "10.1.2.3:1", nil, "10.1.2.3:1"},
		{"nonsense", "10.1.2.3:1", []string{"unknown"}, "10.1.2.3:1"},
	} {
		var got string
		s := &server{Options: Options{Proxies: proxies}}
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.RemoteAddr = c.remote
		r.Header["X-Forwarded-For"] = c.forwarded
		s.behindProxies(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestQuestionsAMinute(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 27, 0, 0, 0, 0, time.UTC)
	w := newWorld(t, func(o *Options) {
		o.Local, o.QueryRate, o.Now = false, 2, func() time.Time { return now }
	})
	ask := func(status int, headers ...string) *httptest.ResponseRecorder {
		t.Helper()
		return w.expect(status, "POST", "/v2/query", goodQuery, headers...)
	}
	ask(200, "Authorization", w.read)
	w.expect(200, "GET", "/v1/query?sql=SELECT+1", "", "Authorization", "Bearer "+w.read) // the same token
	if got := ask(429, "Authorization", w.read); got.Header().Get("Retry-After") != "30" || !strings.Contains(got.Body.String(), "2 questions a minute") {
		t.Errorf("%v %s", got.Header(), got.Body)
	}
	ask(200, "Authorization", w.otherRead)
	ada := w.as(meta.ReadOnlyRole)
	ada = append(ada, "Sec-Fetch-Site", "same-origin")
	ask(200, ada...)
	ask(200, ada...)
	ask(429, ada...)
	bob := append(w.as(meta.ReadOnlyRole), "Sec-Fetch-Site", "same-origin")
	ask(200, bob...)
	w.expect(200, "GET", "/v1/ingest", "", "Authorization", w.read) // asks no question
	now = now.Add(30 * time.Second)
	ask(200, "Authorization", w.read)
	ask(429, "Authorization", w.read)
}
