package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/hearth-dev/hearth/e2e/identity"
)

// newIdentityProvider starts a provider at which Ada is logged in, and returns its issuer.
func newIdentityProvider(t *testing.T) (issuer string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	issuer = "http://" + server.Listener.Addr().String()
	provider, err := identity.New(issuer)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = provider
	server.Start()
	t.Cleanup(server.Close)
	provider.LogIn(&identity.Person{Subject: "1", Email: "ada@example.com", Name: "Ada Lovelace"})
	return issuer
}

// TestSingleSignOn: a server with a provider is closed, its first account is made by signing on, and whoever signed on is logged in,
// without a secret in the log.
func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	issuer := newIdentityProvider(t)
	address := freeAddr(t)
	origin := "http://" + address
	h, err := launchWith(t, cleanEnv("HEARTH_OIDC_CLIENT_SECRET="+identity.ClientSecret), t.TempDir(), "--listen", address, "--public-url", origin,
		"--log-level", "debug", "--oidc-issuer", issuer, "--oidc-client-id", identity.ClientID, "--oidc-name", "Keys")
	if err != nil {
		t.Fatal(err)
	}
	h.url = origin // the last --listen counts
	if err := h.waitReady(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, h.log)
	}
	code := h.printed(t, regexp.MustCompile(`Set-up +\S+/auth/setup#(\w+)`))

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	// do asks with the browser; from tells which page does, and is empty where somebody follows a link.
	do := func(method, target, body, from string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if from != "" {
			r.Header.Set("Origin", from)
		}
		answer, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer, string(text)
	}
	visit := func(target string) (*http.Response, string) { return do(http.MethodGet, target, "", "") }
	send := func(method, path, body string) (*http.Response, string) { return do(method, h.url+path, body, h.url) }

	if answer, page := visit(h.url + "/auth/oidc/login"); answer.StatusCode != http.StatusForbidden || !strings.Contains(page, "Keys knows you, but no account here is linked to it.") {
		t.Errorf("without an account: HTTP %d %s", answer.StatusCode, page)
	}
	_, text := send(http.MethodPost, "/api/v1/login/oidc/", `{"setup_code":"`+code+`","return_to":"/local/default/live"}`)
	var away struct{ URL string }
	if err := json.Unmarshal([]byte(text), &away); err != nil || away.URL == "" {
		t.Fatalf("%v: %s", err, text)
	}
	if answer, page := visit(away.URL); answer.StatusCode != http.StatusOK || answer.Request.URL.Path != "/local/default/live" {
		t.Fatalf("signed on, and came to %s: HTTP %d %s", answer.Request.URL, answer.StatusCode, page)
	}
	me := func() string {
		t.Helper()
		_, text := send(http.MethodGet, "/api/v1/me/", "")
		return text
	}
	if text := me(); !strings.Contains(text, `"email":"ada@example.com"`) || !strings.Contains(text, `"role":"admin"`) {
		t.Errorf("me: %s", text)
	}
	if answer, text := send(http.MethodPost, "/api/v1/logout/", ""); answer.StatusCode != http.StatusNoContent {
		t.Fatalf("logout: %s", text)
	}
	if text := me(); !strings.Contains(text, "detail") {
		t.Errorf("after logging out: %s", text)
	}
	if answer, page := visit(h.url + "/auth/oidc/login?return_to=https://evil.example.com/"); answer.StatusCode != http.StatusOK || answer.Request.URL.String() != h.url+"/" {
		t.Errorf("signed on again, and came to %s: HTTP %d %s", answer.Request.URL, answer.StatusCode, page)
	}
	if text := me(); !strings.Contains(text, `"email":"ada@example.com"`) {
		t.Errorf("me: %s", text)
	}
	here, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{identity.ClientSecret}
	for _, cookie := range jar.Cookies(here) {
		secrets = append(secrets, cookie.Value)
	}
	for _, secret := range secrets {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
}
