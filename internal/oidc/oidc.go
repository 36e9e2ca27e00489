// Package oidc asks a provider of OpenID Connect who somebody is: by the authorization code flow (OpenID Connect Core 1.0, section
// 3.1) with PKCE (RFC 7636).
//
// A login begins with a secret that only one browser keeps. The state, the nonce and the verifier of PKCE are computed from it,
// so that nothing has to be remembered here: any server that knows the provider can finish what another began, and whoever
// lacks the secret can finish nothing. That a code works once is the provider's to see to (RFC 6749, section 4.1.2).
package oidc

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Options say which provider, and who asks it. All texts but the secret are required.
type Options struct {
	Issuer       string // the provider's URL, exactly as its tokens name it
	ClientID     string // as which this server is registered there
	ClientSecret string // empty for a client without one
	RedirectURL  string // where the provider sends browsers back to, exactly as it is registered there

	Now       func() time.Time  // nil is time.Now
	Transport http.RoundTripper // nil is http.DefaultTransport
}

const (
	// patience is how long the provider may take for one answer.
	patience = 10 * time.Second
	// maxAnswer is how long an answer of the provider may be, in bytes.
	maxAnswer = 1 << 20
	// clockSkew is how far the provider's clock may be behind or ahead.
	clockSkew = time.Minute
	// retryAfter is how long a provider that could not be discovered is left alone.
	retryAfter = 5 * time.Second
)

// Provider is one provider. It is discovered when it is first needed, and again while that fails: one that is down keeps nothing
// else from working. It is safe for concurrent use.
type Provider struct {
	options Options
	client  *http.Client

	turn     chan struct{} // held by who discovers; guards the rest
	found    *oidc.Provider
	failed   error // of the last discovery
	failedAt time.Time
}

// New returns a provider without asking it anything.
func New(o Options) *Provider {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	return &Provider{
		options: o, turn: make(chan struct{}, 1),
		client: &http.Client{Timeout: patience, Transport: bounded{o.Transport}},
	}
}

// Issuer returns the provider's URL, with which its subjects are named.
func (p *Provider) Issuer() string { return p.options.Issuer }

// Identity is who somebody is, in the words of the provider. Issuer and Subject together name one person for ever; the rest may change,
// and may be empty.
type Identity struct {
	Issuer        string
	Subject       string
	Email         string
	EmailVerified bool // the provider says that the address is theirs
	Name          string
}

var (
	// ErrState means that what came back does not belong to the secret: another browser began, or an earlier login of this one.
	ErrState = errors.New("the answer belongs to another login")
	// ErrUnavailable means that the provider does not answer, or not as a provider does.
	ErrUnavailable = errors.New("the provider is not available")
	// ErrToken means that what the provider says of the person cannot be trusted.
	ErrToken = errors.New("the provider's token is not valid")
)

// RefusedError means that the provider, or the person there, said no. Its texts are the provider's, of any length.
type RefusedError struct {
	Code        string // such as access_denied (RFC 6749, section 4.1.2.1; OpenID Connect Core, section 3.1.2.6)
	Description string // may be empty
}

// Error returns both texts.
func (e *RefusedError) Error() string {
	return strings.TrimSuffix("the provider refuses: "+e.Code+": "+e.Description, ": ")
}

// NewSecret returns the secret of one login.
func NewSecret() string { return rand.Text() }

// derive returns what stands for a secret in public: it tells nothing of the secret, nor of what is derived for another purpose.
func derive(secret, purpose string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(purpose)) // never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// What is derived from a secret.
const (
	forState    = "state"
	forNonce    = "nonce"
	forVerifier = "code_verifier"
)

// Begin returns the address at the provider where the browser that keeps the secret logs in. The error is ErrUnavailable, or that of ctx.
func (p *Provider) Begin(ctx context.Context, secret string) (string, error) {
	provider, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return p.config(provider).AuthCodeURL(derive(secret, forState), oidc.Nonce(derive(secret, forNonce)), oauth2.S256ChallengeOption(derive(secret, forVerifier))), nil
}

// Finish returns who came back with the parameters that the provider added to Options.RedirectURL, in the browser that keeps the
// secret. The error is ErrState, a *RefusedError, ErrToken, ErrUnavailable, or that of ctx.
func (p *Provider) Finish(ctx context.Context, secret string, back url.Values) (Identity, error) {
	if secret == "" || subtle.ConstantTimeCompare([]byte(back.Get("state")), []byte(derive(secret, forState))) != 1 {
		return Identity{}, ErrState
	}
	if issuer := back.Get("iss"); issuer != "" && issuer != p.options.Issuer { // RFC 9207
		return Identity{}, fmt.Errorf("%w: it is of the issuer %q", ErrState, issuer)
	}
	if code := back.Get("error"); code != "" {
		return Identity{}, &RefusedError{code, back.Get("error_description")}
	}
	provider, err := p.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.config(provider).Exchange(ctx, back.Get("code"), oauth2.VerifierOption(derive(secret, forVerifier)))
	if err != nil {
		return Identity{}, exchangeError(ctx, err)
	}
	return p.identity(ctx, provider, token, derive(secret, forNonce))
}

func exchangeError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.ErrorCode != "" {
		return &RefusedError{refused.ErrorCode, refused.ErrorDescription}
	}
	return fmt.Errorf("%w: exchange the code: %s", ErrUnavailable, short(err))
}

func (p *Provider) config(provider *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.options.ClientID, ClientSecret: p.options.ClientSecret, Endpoint: provider.Endpoint(), RedirectURL: p.options.RedirectURL,
		Scopes: []string{oidc.ScopeOpenID, oidc.ScopeEmail, oidc.ScopeProfile},
	}
}

// claims are what a token, or the provider's answer about a person, may tell of them.
type claims struct {
	AuthorizedParty   string `json:"azp"`
	Email             string `json:"email"`
	EmailVerified     any    `json:"email_verified"` // some write true as a text
	Name              string `json:"name"`
	PreferredUsername string `json:"preferred_username"`
}

// identity checks the token as OpenID Connect Core says in section 3.1.3.7, and returns whom it is of.
func (p *Provider) identity(ctx context.Context, provider *oidc.Provider, token *oauth2.Token, nonce string) (Identity, error) {
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return Identity{}, fmt.Errorf("%w: there is none", ErrToken)
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: p.options.ClientID, Now: func() time.Time { return p.options.Now().Add(-clockSkew) }})
	id, err := verifier.Verify(ctx, raw)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %s", ErrToken, short(err))
	}
	var c claims
	if err := id.Claims(&c); err != nil {
		return Identity{}, fmt.Errorf("%w: %s", ErrToken, short(err))
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1:
		return Identity{}, fmt.Errorf("%w: its nonce is of another login", ErrToken)
	case c.AuthorizedParty != "" && c.AuthorizedParty != p.options.ClientID:
		return Identity{}, fmt.Errorf("%w: it was issued to %q", ErrToken, c.AuthorizedParty)
	case id.Subject == "" || len(id.Subject) > maxSubject:
		return Identity{}, fmt.Errorf("%w: its subject has %d bytes", ErrToken, len(id.Subject))
	}
	if c.Email == "" && provider.UserInfoEndpoint() != "" {
		if c, err = p.userInfo(ctx, provider, token, id.Subject); err != nil {
			return Identity{}, err
		}
	}
	name := c.Name
	if name == "" {
		name = c.PreferredUsername
	}
	return Identity{p.options.Issuer, id.Subject, c.Email, c.EmailVerified == true || c.EmailVerified == "true", name}, nil
}

// maxSubject is the length of the longest subject (OpenID Connect Core, section 2).
const maxSubject = 255

// userInfo asks the provider for what its token leaves out.
func (p *Provider) userInfo(ctx context.Context, provider *oidc.Provider, token *oauth2.Token, subject string) (c claims, _ error) {
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return c, fmt.Errorf("%w: ask who it is: %s", ErrUnavailable, short(err))
	}
	if info.Subject != subject {
		return c, fmt.Errorf("%w: it is of %q, the provider tells of %q", ErrToken, subject, info.Subject)
	}
	if err := info.Claims(&c); err != nil {
		return c, fmt.Errorf("%w: %s", ErrToken, short(err))
	}
	return c, nil
}

// discover returns the provider as it describes itself.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.found != nil {
		return p.found, nil
	}
	if p.failed != nil && p.options.Now().Sub(p.failedAt) < retryAfter {
		return nil, p.failed
	}
	// One who gives up must not make it fail for those who wait.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.options.Issuer)
	if err == nil && (found.Endpoint().AuthURL == "" || found.Endpoint().TokenURL == "") {
		err = errors.New("its description names no authorization_endpoint or no token_endpoint")
	}
	if err != nil {
		p.failed, p.failedAt = fmt.Errorf("%w: discover %s: %s", ErrUnavailable, p.options.Issuer, short(err)), p.options.Now()
		return nil, p.failed
	}
	p.found = found
	return found, nil
}

// short returns the text of an error that may hold a whole answer of the provider.
func short(err error) string {
	const most = 300
	text := strings.ToValidUTF8(err.Error(), "�")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// bounded ends answers that are too long.
type bounded struct{ http.RoundTripper }

// RoundTrip sends a request.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	return answer, err
}
