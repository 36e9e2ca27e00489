package api

import (
	"strings"
	"testing"
)

func TestGuardOfLocalMode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) {
		o.Hosts, o.Origins, o.PublicOrigin = []string{"Dev.Box"}, []string{"http://localhost:5173", "https://app.example.com:443"}, "https://hearth.example.com"
	})
	const query, page = "/v2/query", "/"
	for _, c := range []struct {
		name    string
		path    string
		status  int
		headers []string
	}{
		{"curl", query, 200, nil},
		{"localhost", query, 200, []string{"Host", "localhost:4318"}},
		{"localhost without a port", query, 200, []string{"Host", "LOCALHOST"}},
		{"a name below localhost", query, 200, []string{"Host", "hearth.localhost:4318"}},
		{"IPv6", query, 200, []string{"Host", "[::1]:4318"}},
		{"another loopback address", query, 200, []string{"Host", "127.0.0.2:4318"}},
		{"a listed host", query, 200, []string{"Host", "dev.box:4318"}},
		{"the public host", query, 200, []string{"Host", "hearth.example.com"}},
		{"a rebound name", query, 403, []string{"Host", "evil.example:4318"}},
		{"a rebound name for the page", page, 403, []string{"Host", "evil.example:4318"}},
		{"a name that looks local", query, 403, []string{"Host", "localhost.evil.example"}},
		{"a name that looks like an address", query, 403, []string{"Host", "127.0.0.1.evil.example"}},
		{"an address of the network", query, 403, []string{"Host", "192.168.1.2:4318"}},

		{"our page", query, 200, []string{"Origin", "http://127.0.0.1:4318", "Sec-Fetch-Site", "same-origin"}},
		{"our page by name", query, 200, []string{"Host", "localhost:4318", "Origin", "http://localhost:4318"}},
		{"our page behind TLS", query, 200, []string{"Host", "hearth.example.com", "Origin", "https://hearth.example.com"}},
		{"a listed origin", query, 200, []string{"Origin", "http://localhost:5173", "Sec-Fetch-Site", "same-site"}},
		{"a listed origin with the scheme's port", query, 200, []string{"Origin", "https://app.example.com", "Sec-Fetch-Site", "cross-site"}},
		{"another port of this machine", query, 403, []string{"Origin", "http://127.0.0.1:3000", "Sec-Fetch-Site", "same-site"}},
		{"another scheme of a listed origin", query, 403, []string{"Origin", "https://localhost:5173"}},
		{"another site", query, 403, []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}},
		{"a sandboxed page", query, 403, []string{"Origin", "null"}},
		{"an image of another site", query, 403, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}},
		{"a form of another site", query, 403, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}},
		{"typed into the address bar", page, 200, []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}},
		{"a link to a page", page, 200, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}},
		{"a page as an image", page, 403, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}},
	} {
		method := "POST"
		if c.path == page {
			method = "GET"
		}
		got := w.do(method, c.path, goodQuery, c.headers...)
		if got.Code != c.status {
			t.Errorf("%s = %d %s, want %d", c.name, got.Code, got.Body, c.status)
		}
		if c.status == 403 && got.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: a refused origin may read the answer", c.name)
		}
	}
	w.expect(403, "GET", "/v1/live", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate")
	w.expect(403, "DELETE", "/api/v1/projects/x/read-tokens/y", "", "Origin", "https://evil.example")
	w.expect(403, "POST", "/v1/traces", "", "Origin", "https://evil.example")
	got := w.expect(403, "POST", query, goodQuery, "Host", "evil.example")
	if !strings.Contains(got.Body.String(), "--allowed-hosts") {
		t.Errorf("the refusal does not say what to do: %s", got.Body)
	}
}

func TestGuardOfPasswordMode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	w.expect(200, "POST", "/v2/query", goodQuery, "Authorization", w.read, "Host", "any.example")
	w.expect(200, "POST", "/v2/query", goodQuery, "Authorization", w.read, "Host", "any.example:8443", "Origin", "https://any.example:8443")
	w.expect(403, "GET", "/api/v1/projects/", "", append(basic(testPassword), "Origin", "https://evil.example")...)
	w.expect(403, "GET", "/api/v1/projects/", "", append(basic(testPassword), "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors")...)
}

func TestListedOriginsMayReadAnswers(t *testing.T) {
	t.Parallel()
	const origin = "https://app.example.com"
	w := newWorld(t, func(o *Options) { o.Origins = []string{origin + "/"} })
	preflight := []string{"Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization"}
	for _, path := range []string{"/v1/traces", "/v1/logs/", "/v2/query", "/api/v1/projects/", "/v1/anything"} {
		got := w.expect(204, "OPTIONS", path, "", preflight...)
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "*", "Access-Control-Max-Age": "1728000",
		} {
			if got.Header().Get(name) != want {
				t.Errorf("%s of %s = %q, want %q", name, path, got.Header().Get(name), want)
			}
		}
		if allowed := got.Header().Get("Access-Control-Allow-Headers"); !strings.HasPrefix(allowed, "Authorization,Content-type,X-Logfire-Context") {
			t.Errorf("allowed headers %q", allowed)
		}
		if got.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Error("credentials of other sites' users must not be used")
		}
	}
	got := w.expect(200, "POST", "/v1/traces", "", "Origin", origin)
	if got.Header().Get("Access-Control-Allow-Origin") != origin || !strings.Contains(strings.Join(got.Header().Values("Vary"), ","), "Origin") {
		t.Errorf("headers %v", got.Header())
	}
	w.expect(403, "OPTIONS", "/v1/traces", "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")
}
