// Package identity is a provider of OpenID Connect at which one person is logged in, and has agreed to everything. It takes the client's
// secret, checks PKCE, and signs what it tells: for it, tests of single sign-on need no provider elsewhere. Command serve runs it alone.
package identity

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// How the client is registered at every Provider.
const (
	ClientID     = "hearth"
	ClientSecret = "the client's secret"
)

// Person is somebody whom a Provider knows.
type Person struct {
	Subject string `json:"sub"` // never another person's
	Email   string `json:"email"`
	Name    string `json:"name"`
}

// Provider answers as a provider does. It is safe for concurrent use.
type Provider struct {
	issuer string
	key    *rsa.PrivateKey

	mu      sync.Mutex // guards the rest
	person  *Person    // nil: whoever comes is sent back as one who did not agree
	granted map[string]grant
}

// grant is what a code stands for.
type grant struct {
	asked  url.Values
	person Person
}

// New returns a provider that is reached at a URL, its issuer. Nobody is logged in.
func New(issuer string) (*Provider, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	return &Provider{issuer: issuer, key: key, granted: map[string]grant{}}, nil
}

// LogIn says who is logged in from now on; nil is nobody.
func (p *Provider) LogIn(person *Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person = person
}

// ServeHTTP answers browsers and Hearth. PUT /person does what LogIn does, for a test in another process.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		send(w, http.StatusOK, map[string]any{
			"issuer": p.issuer, "authorization_endpoint": p.issuer + "/authorize", "token_endpoint": p.issuer + "/token", "jwks_uri": p.issuer + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	case "/keys":
		send(w, http.StatusOK, map[string]any{"keys": []any{map[string]string{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": encode(p.key.N.Bytes()), "e": encode(big.NewInt(int64(p.key.E)).Bytes()),
		}}})
	case "/authorize":
		p.authorize(w, r)
	case "/token":
		p.token(w, r)
	case "/person":
		p.putPerson(w, r)
	default:
		http.NotFound(w, r)
	}
}

// authorize sends the browser of the person who is logged in back with a code.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := r.URL.Query()
	back := url.Values{"state": {asked.Get("state")}}
	if p.person == nil {
		back.Set("error", "access_denied")
	} else {
		code := rand.Text()
		p.granted[code] = grant{asked, *p.person}
		back.Set("code", code)
	}
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// token tells who came with a code, once.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	granted, ok := p.granted[r.FormValue("code")]
	delete(p.granted, r.FormValue("code"))
	_, secret, _ := r.BasicAuth()
	secret, _ = url.QueryUnescape(secret)
	challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || secret != ClientSecret || granted.asked.Get("code_challenge") != encode(challenge[:]) {
		send(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	now := time.Now()
	send(w, http.StatusOK, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.sign(map[string]any{
		"iss": p.issuer, "aud": ClientID, "sub": granted.person.Subject, "nonce": granted.asked.Get("nonce"), "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(),
		"email": granted.person.Email, "name": granted.person.Name,
	})})
}

func (p *Provider) putPerson(w http.ResponseWriter, r *http.Request) {
	var person *Person
	if err := json.NewDecoder(r.Body).Decode(&person); err != nil || r.Method != http.MethodPut {
		http.Error(w, "PUT a person, or null", http.StatusBadRequest)
		return
	}
	p.LogIn(person)
	w.WriteHeader(http.StatusNoContent)
}

func (p *Provider) sign(claims map[string]any) string {
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err) // they are made of plain values
	}
	signed := encode([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + encode(text)
	hash := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, hash[:])
	if err != nil {
		panic(err) // the key is long enough
	}
	return signed + "." + encode(signature)
}

func encode(text []byte) string { return base64.RawURLEncoding.EncodeToString(text) }

func send(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has gone needs no answer
}
