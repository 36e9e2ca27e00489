package oidc

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/internal/oidc/oidctest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const here = "https://hearth.example.com/auth/oidc/callback"

func provider(t *testing.T) (*oidctest.Provider, *Provider) {
	t.Helper()
	fake := oidctest.New(t, here)
	return fake, New(Options{Issuer: fake.Issuer, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, RedirectURL: here})
}

// logIn goes through a login with one secret.
func logIn(t *testing.T, fake *oidctest.Provider, p *Provider, secret string) (Identity, error) {
	t.Helper()
	address, err := p.Begin(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return p.Finish(t.Context(), secret, fake.Visit(address).Query())
}

func TestWhoSomebodyIs(t *testing.T) {
	t.Parallel()
	fake, p := provider(t)
	for name, c := range map[string]struct {
		person, info oidctest.Claims
		want         Identity
	}{
		"all of it": {
			oidctest.Claims{"sub": "1", "name": "Ada", "email": "Ada@example.com", "email_verified": true}, nil,
			Identity{fake.Issuer, "1", "Ada@example.com", true, "Ada"},
		},
		"a text for true": {
			oidctest.Claims{"sub": "1", "email": "ada@example.com", "email_verified": "true", "preferred_username": "ada"}, nil,
			Identity{fake.Issuer, "1", "ada@example.com", true, "ada"},
		},
		"not verified": {
			oidctest.Claims{"sub": "1", "email": "ada@example.com", "email_verified": "false"}, nil,
			Identity{fake.Issuer, "1", "ada@example.com", false, ""},
		},
		"told apart from the token": {
			oidctest.Claims{"sub": "1"}, oidctest.Claims{"sub": "1", "email": "ada@example.com", "name": "Ada"},
			Identity{fake.Issuer, "1", "ada@example.com", false, "Ada"},
		},
	} {
		fake.LogIn(c.person)
		fake.Info(c.info)
		got, err := logIn(t, fake, p, NewSecret())
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	if n := fake.Discovered(); n != 1 {
		t.Errorf("discovered %d times", n)
	}
}

func TestTokensThatAreRefused(t *testing.T) {
	t.Parallel()
	fake, p := provider(t)
	for name, c := range map[string]struct {
		forge func(oidctest.Claims)
		want  string // part of the error; empty when it is none
	}{
		"nothing forged":          {nil, ""},
		"another nonce":           {func(c oidctest.Claims) { c["nonce"] = derive("another", forNonce) }, "nonce"},
		"no nonce":                {func(c oidctest.Claims) { delete(c, "nonce") }, "nonce"},
		"for somebody else":       {func(c oidctest.Claims) { c["aud"] = "another" }, "audience"},
		"issued to somebody else": {func(c oidctest.Claims) { c["aud"], c["azp"] = []string{oidctest.ClientID, "another"}, "another" }, "issued to"},
		"of another provider":     {func(c oidctest.Claims) { c["iss"] = "https://id.example.com" }, "different provider"},
		"over":                    {func(c oidctest.Claims) { c["exp"] = time.Now().Add(-2 * clockSkew).Unix() }, "expired"},
		"over on a fast clock":    {func(c oidctest.Claims) { c["exp"] = time.Now().Add(-clockSkew / 2).Unix() }, ""},
		"of the future":           {func(c oidctest.Claims) { c["nbf"] = time.Now().Add(time.Hour).Unix() }, "nbf"},
		"of nobody":               {func(c oidctest.Claims) { c["sub"] = "" }, "subject"},
		"of a very long name":     {func(c oidctest.Claims) { c["sub"] = strings.Repeat("x", 256) }, "subject"},
		"about somebody else":     {func(c oidctest.Claims) { delete(c, "email") }, "tells of"},
		"no claims":               {func(c oidctest.Claims) { c["name"] = 7 }, "cannot unmarshal"},
	} {
		fake.Forge(c.forge)
		fake.Info(oidctest.Claims{"sub": "somebody else"})
		_, err := logIn(t, fake, p, NewSecret())
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, ErrToken) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	fake.Forge(nil)
	fake.Resign()
	if _, err := logIn(t, fake, p, NewSecret()); !errors.Is(err, ErrToken) || !strings.Contains(err.Error(), "signature") {
		t.Errorf("signed with another key: %v", err)
	}
}

func TestOnlyTheBrowserThatBeganFinishes(t *testing.T) {
	t.Parallel()
	fake, p := provider(t)
	secret := NewSecret()
	address, err := p.Begin(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(address, secret) {
		t.Errorf("the secret is in %s", address)
	}
	back := fake.Visit(address).Query()
	with := func(name, value string) url.Values {
		changed := url.Values{}
		for key, values := range back {
			changed[key] = values
		}
		changed.Set(name, value)
		return changed
	}
	for name, c := range map[string]struct {
		secret string
		back   url.Values
	}{
		"without a secret": {"", back}, "with another secret": {NewSecret(), back}, "with nothing": {secret, nil},
		"with another state": {secret, with("state", derive("another", forState))}, "of another provider": {secret, with("iss", "https://id.example.com")},
	} {
		if _, err := p.Finish(t.Context(), c.secret, c.back); !errors.Is(err, ErrState) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Finish(t.Context(), secret, back); err != nil {
		t.Errorf("the browser that began: %v", err)
	}
	refused, ok := errors.AsType[*RefusedError](func() error { _, err := p.Finish(t.Context(), secret, back); return err }())
	if !ok || refused.Code != "invalid_grant" {
		t.Errorf("once more with the same code: %v", refused)
	}
}

// A code that was stolen on its way back is worth nothing without the secret, for who has a state of their own, too.
func TestAStolenCodeIsOfNoUse(t *testing.T) {
	t.Parallel()
	fake, p := provider(t)
	begin := func(secret string) url.Values {
		address, err := p.Begin(t.Context(), secret)
		if err != nil {
			t.Fatal(err)
		}
		return fake.Visit(address).Query()
	}
	stolen := begin(NewSecret()).Get("code")
	thief := NewSecret()
	back := begin(thief)
	back.Set("code", stolen)
	if _, err := p.Finish(t.Context(), thief, back); err == nil || err.Error() != "the provider refuses: invalid_grant" {
		t.Errorf("%v", err)
	}
}

func TestWhatTheProviderRefuses(t *testing.T) {
	t.Parallel()
	fake, p := provider(t)
	fake.Deny("access_denied")
	_, err := logIn(t, fake, p, NewSecret())
	want := &RefusedError{"access_denied", "The <b>person</b> said no."}
	if got, _ := errors.AsType[*RefusedError](err); !cmp.Equal(got, want) {
		t.Errorf("%v, want %v", err, want)
	}
	fake.Deny("")
	wrong := New(Options{Issuer: fake.Issuer, ClientID: oidctest.ClientID, ClientSecret: "a guess", RedirectURL: here})
	if _, err := logIn(t, fake, wrong, NewSecret()); err == nil || err.Error() != "the provider refuses: invalid_client" {
		t.Errorf("with a wrong secret: %v", err)
	}
}

func TestAProviderThatIsDownComesBack(t *testing.T) {
	t.Parallel()
	fake := oidctest.New(t, here)
	now := time.Now()
	p := New(Options{
		Issuer: fake.Issuer, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, RedirectURL: here, Now: func() time.Time { return now },
	})
	fake.Down(true)
	if _, err := p.Begin(t.Context(), "x"); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), fake.Issuer) {
		t.Fatalf("down: %v", err)
	}
	fake.Down(false)
	if _, err := p.Begin(t.Context(), "x"); !errors.Is(err, ErrUnavailable) || fake.Discovered() != 0 {
		t.Errorf("asked again at once: %v, %d times", err, fake.Discovered())
	}
	now = now.Add(retryAfter)
	secret := NewSecret()
	address, err := p.Begin(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	back := fake.Visit(address).Query()
	fake.Down(true)
	if _, err := p.Finish(t.Context(), secret, back); !errors.Is(err, ErrUnavailable) {
		t.Errorf("down at the end: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Finish(gone, secret, back); !errors.Is(err, context.Canceled) {
		t.Errorf("of who has gone: %v", err)
	}
}

func TestAnIssuerThatNamesItselfOtherwise(t *testing.T) {
	t.Parallel()
	fake := oidctest.New(t, here)
	p := New(Options{Issuer: fake.Issuer + "/", ClientID: oidctest.ClientID, RedirectURL: here})
	if _, err := p.Begin(t.Context(), "x"); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "did not match the issuer") {
		t.Errorf("%v", err)
	}
}
