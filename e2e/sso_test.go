package e2e

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// identityProvider is a provider of OpenID Connect at which Ada is logged in. It takes the client's secret, and checks PKCE.
type identityProvider struct {
	url string
	key *rsa.PrivateKey

	mu      sync.Mutex // guards granted
	granted map[string]url.Values
}

const clientSecret = "the client's secret"

func newIdentityProvider(t *testing.T) *identityProvider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &identityProvider{key: key, granted: map[string]url.Values{}}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

func (p *identityProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	encode := base64.RawURLEncoding.EncodeToString
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		sendJSON(w, map[string]any{
			"issuer": p.url, "authorization_endpoint": p.url + "/authorize", "token_endpoint": p.url + "/token", "jwks_uri": p.url + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	case "/keys":
		sendJSON(w, map[string]any{"keys": []any{map[string]string{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": encode(p.key.N.Bytes()), "e": encode(big.NewInt(int64(p.key.E)).Bytes()),
		}}})
	case "/authorize":
		code := rand.Text()
		p.granted[code] = r.URL.Query()
		http.Redirect(w, r, r.URL.Query().Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {r.URL.Query().Get("state")}}.Encode(), http.StatusFound)
	case "/token":
		asked := p.granted[r.FormValue("code")]
		delete(p.granted, r.FormValue("code"))
		_, secret, _ := r.BasicAuth()
		secret, _ = url.QueryUnescape(secret)
		challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if asked == nil || secret != clientSecret || asked.Get("code_challenge") != encode(challenge[:]) {
			w.WriteHeader(http.StatusBadRequest)
			sendJSON(w, map[string]string{"error": "invalid_grant"})
			return
		}
		sendJSON(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.sign(map[string]any{
			"iss": p.url, "aud": "hearth", "sub": "1", "nonce": asked.Get("nonce"), "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
			"email": "ada@example.com", "name": "Ada Lovelace",
		})})
	}
}

func (p *identityProvider) sign(claims map[string]any) string {
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err) // they are made of plain values
	}
	signed := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + base64.RawURLEncoding.EncodeToString(text)
	hash := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, hash[:])
	if err != nil {
		panic(err) // the key is long enough
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func sendJSON(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // a client that has gone needs no answer
}

// TestSingleSignOn: a server with a provider is closed, its first account is made by signing on, and whoever signed on is logged in,
// without a secret in the log.
func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	provider := newIdentityProvider(t)
	address := freeAddr(t)
	origin := "http://" + address
	h, err := launchWith(t, cleanEnv("HEARTH_OIDC_CLIENT_SECRET="+clientSecret), t.TempDir(), "--listen", address, "--public-url", origin,
		"--log-level", "debug", "--oidc-issuer", provider.url, "--oidc-client-id", "hearth", "--oidc-name", "Keys")
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
	secrets := []string{clientSecret}
	for _, cookie := range jar.Cookies(here) {
		secrets = append(secrets, cookie.Value)
	}
	for _, secret := range secrets {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
}
