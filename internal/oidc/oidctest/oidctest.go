// Package oidctest is a provider of OpenID Connect for tests, on a loopback address. It is as strict as a real one about what it is
// asked: clients, addresses, codes, PKCE.
package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc/oidctest"
)

// How the client is registered at every Provider.
const (
	ClientID     = "hearth"
	ClientSecret = "the client's secret"
)

// Claims are what a token says.
type Claims = map[string]any

// Provider is a running provider at which one person is logged in.
type Provider struct {
	Issuer      string
	RedirectURL string // the only one that is registered

	t    testing.TB
	keys *ecdsa.PrivateKey

	mu      sync.Mutex // guards the rest
	person  Claims
	info    Claims // of the userinfo endpoint; nil answers 403
	denied  string // the error with which people are sent back
	change  func(Claims)
	forger  *ecdsa.PrivateKey // signs instead
	down    bool
	asked   int // for its description
	granted map[string]url.Values
}

// New starts a provider, which stops at the end of the test.
func New(t testing.TB, redirectURL string) *Provider {
	t.Helper()
	p := &Provider{t: t, RedirectURL: redirectURL, keys: newKey(t), granted: map[string]url.Values{}}
	p.LogIn(Claims{"sub": "248289761001", "name": "Ada Lovelace", "email": "ada@example.com", "email_verified": true})
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.Issuer = server.URL
	return p
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// LogIn says who is logged in at the provider from now on, and what it tells of them.
func (p *Provider) LogIn(person Claims) { p.set(func() { p.person = person }) }

// Info says what the userinfo endpoint answers.
func (p *Provider) Info(info Claims) { p.set(func() { p.info = info }) }

// Deny sends people back with an error; an empty one lets them in again.
func (p *Provider) Deny(code string) { p.set(func() { p.denied = code }) }

// Forge changes the claims of tokens before they are signed; nil leaves them as they should be.
func (p *Provider) Forge(change func(Claims)) { p.set(func() { p.change = change }) }

// Resign signs tokens with a key that is not the provider's.
func (p *Provider) Resign() { p.set(func() { p.forger = newKey(p.t) }) }

// Down says whether the provider answers at all.
func (p *Provider) Down(down bool) { p.set(func() { p.down = down }) }

// Discovered returns how often somebody asked for the provider's description.
func (p *Provider) Discovered() (times int) {
	p.set(func() { times = p.asked })
	return times
}

func (p *Provider) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// Visit is what a browser does at the provider: it goes to an address that Begin returned, and is sent back to the one that is returned.
func (p *Provider) Visit(address string) *url.URL {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = answer.Body.Close()
	back, err := answer.Location()
	if err != nil || answer.StatusCode != http.StatusFound {
		p.t.Fatalf("the provider answers %s: %v", answer.Status, err)
	}
	return back
}

// ServeHTTP answers as the provider.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	switch r.URL.Path {
	case "/authorize":
		p.authorize(w, r)
	case "/token":
		p.token(w, r)
	case "/userinfo":
		p.userInfo(w)
	case "/.well-known/openid-configuration":
		p.asked++
		answer(w, http.StatusOK, Claims{
			"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token",
			"jwks_uri": p.Issuer + "/keys", "userinfo_endpoint": p.Issuer + "/userinfo", "id_token_signing_alg_values_supported": []string{"ES256"},
		})
	default: // the keys
		(&oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: p.keys.Public(), KeyID: "1", Algorithm: "ES256"}}}).ServeHTTP(w, r)
	}
}

// authorize sends the person who is logged in back with a code.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	in := r.URL.Query()
	for name, want := range map[string]string{
		"client_id": ClientID, "redirect_uri": p.RedirectURL, "response_type": "code", "scope": "openid email profile", "code_challenge_method": "S256",
	} {
		if in.Get(name) != want {
			http.Error(w, name+" is "+in.Get(name), http.StatusBadRequest)
			return
		}
	}
	out := url.Values{"state": {in.Get("state")}, "iss": {p.Issuer}}
	if p.denied != "" {
		out.Set("error", p.denied)
		out.Set("error_description", "The <b>person</b> said no.")
	} else {
		code := rand.Text()
		p.granted[code] = in
		out.Set("code", code)
	}
	http.Redirect(w, r, p.RedirectURL+"?"+out.Encode(), http.StatusFound)
}

// token exchanges a code, once.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	} else if unescaped, err := url.QueryUnescape(secret); err == nil {
		secret = unescaped
	}
	if id != ClientID || secret != ClientSecret {
		answer(w, http.StatusUnauthorized, Claims{"error": "invalid_client"})
		return
	}
	asked := p.granted[r.PostFormValue("code")]
	delete(p.granted, r.PostFormValue("code"))
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if asked == nil || r.PostFormValue("redirect_uri") != p.RedirectURL || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(challenge[:]) {
		answer(w, http.StatusBadRequest, Claims{"error": "invalid_grant"})
		return
	}
	claims := Claims{
		"iss": p.Issuer, "aud": ClientID, "nonce": asked.Get("nonce"), "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
	maps.Copy(claims, p.person)
	if p.change != nil {
		p.change(claims)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	key := p.keys
	if p.forger != nil {
		key = p.forger
	}
	answer(w, http.StatusOK, Claims{
		"access_token": "access", "token_type": "Bearer", "expires_in": 3600, "id_token": oidctest.SignIDToken(key, "1", "ES256", string(text)),
	})
}

func (p *Provider) userInfo(w http.ResponseWriter) {
	if p.info == nil {
		answer(w, http.StatusForbidden, Claims{"error": "insufficient_scope"})
		return
	}
	answer(w, http.StatusOK, p.info)
}

func answer(w http.ResponseWriter, status int, body Claims) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has gone needs no answer
}
