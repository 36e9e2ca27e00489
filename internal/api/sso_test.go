package api

import (
	"encoding/base64"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/oidc"
	"github.com/hearth-dev/hearth/internal/oidc/oidctest"
)

// newSSO is a town whose people can log in at a provider.
func newSSO(t *testing.T, change func(*Options)) (*world, *oidctest.Provider) {
	t.Helper()
	fake := oidctest.New(t, ownOrigin+PathSSOCallback)
	w := newTown(t, func(o *Options) {
		o.PublicOrigin = ownOrigin
		o.SSO = &SSO{Name: "Keys & Co", Provider: oidc.New(oidc.Options{
			Issuer: fake.Issuer, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, RedirectURL: fake.RedirectURL,
		})}
		if change != nil {
			change(o)
		}
	})
	return w, fake
}

// kept returns what an answer has a browser keep for the way back from the provider, as the next request's header.
func kept(t *testing.T, r *httptest.ResponseRecorder) string {
	t.Helper()
	for _, c := range r.Result().Cookies() {
		if strings.HasSuffix(c.Name, "hearth_signon") && c.MaxAge > 0 {
			return c.Name + "=" + c.Value
		}
	}
	t.Fatalf("the browser keeps nothing: %d %s", r.Code, r.Body)
	return ""
}

// comeBack goes on at the provider, and returns with which address and cookie the browser comes back.
func comeBack(t *testing.T, fake *oidctest.Provider, begun *httptest.ResponseRecorder) (target, cookie string) {
	t.Helper()
	address := begun.Header().Get("Location")
	if address == "" {
		address = decode[map[string]string](t, begun)["url"]
	}
	back := fake.Visit(address)
	return back.RequestURI(), kept(t, begun)
}

// signOn logs somebody in who is logged in at the provider, and expects a status.
func (w *world) signOn(fake *oidctest.Provider, status int, begun *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	w.t.Helper()
	target, cookie := comeBack(w.t, fake, begun)
	return w.expect(status, "GET", target, "", "Cookie", cookie, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate")
}

func (w *world) begin() *httptest.ResponseRecorder {
	w.t.Helper()
	return w.expect(303, "GET", "/auth/oidc/login?return_to=/local/default/live", "")
}

// linked links the identity that is logged in at the provider to the account of a browser.
func (w *world) linked(fake *oidctest.Provider, browser []string) {
	w.t.Helper()
	begun := w.expect(200, "POST", "/api/v1/login/oidc/", `{"link":true,"return_to":"/settings"}`, browser...)
	answer := w.signOn(fake, 303, begun)
	if got := answer.Header().Get("Location"); got != "/settings" {
		w.t.Errorf("linked, and sent to %s", got)
	}
	for _, c := range answer.Result().Cookies() {
		if strings.HasSuffix(c.Name, plainCookie) {
			w.t.Error("linking made a session")
		}
	}
}

func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	w, fake := newSSO(t, nil)
	ways := decode[map[string]any](t, w.expect(200, "GET", "/api/v1/login/", ""))
	if diff := cmp.Diff([]any{map[string]any{"id": "oidc", "name": "Keys & Co", "url": "/auth/oidc/login"}}, ways["providers"]); diff != "" {
		t.Errorf("providers (-want +got):\n%s", diff)
	}
	// The address of mail is Ada's: that alone links nothing.
	page := w.signOn(fake, 403, w.begin())
	if text := page.Body.String(); !strings.Contains(text, "Keys &amp; Co knows you, but no account here is linked to it.") || page.Header().Get("Content-Type") != "text/html; charset=utf-8" ||
		!strings.Contains(page.Header().Get("Content-Security-Policy"), "style-src 'sha256-") {
		t.Errorf("%v %s", page.Header(), text)
	}
	ada := w.logIn()
	w.linked(fake, ada)
	answer := w.signOn(fake, 303, w.begin())
	if got := answer.Header().Get("Location"); got != "/local/default/live" {
		t.Errorf("sent to %s", got)
	}
	browser := []string{"Cookie", cookie(t, answer), "Origin", ownOrigin}
	if me := decode[map[string]any](t, w.expect(200, "GET", "/api/v1/me/", "", browser...)); me["email"] != "ada@example.com" {
		t.Errorf("me: %v", me)
	}

	list := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/me/identities/", "", browser...))
	if len(list) != 1 || list[0]["name"] != "Keys & Co" || list[0]["issuer"] != fake.Issuer {
		t.Fatalf("identities: %v", list)
	}
	eve := w.browser(w.person(meta.MemberRole))
	begun := w.expect(200, "POST", "/api/v1/login/oidc/", `{"link":true,"return_to":"/settings"}`, eve...)
	refusal := w.signOn(fake, 403, begun).Body.String()
	for _, want := range []string{"<h1>Keys &amp; Co is not linked</h1>", "Another account here is linked", `<a href="/settings">`} {
		if !strings.Contains(refusal, want) {
			t.Errorf("%s is not in %s", want, refusal)
		}
	}
	w.expect(204, "DELETE", "/api/v1/me/identities/"+list[0]["id"].(string)+"/", "", eve...)
	w.signOn(fake, 303, w.begin())
	w.expect(204, "DELETE", "/api/v1/me/identities/"+list[0]["id"].(string)+"/", "", browser...)
	w.signOn(fake, 403, w.begin())
	for _, secret := range []string{oidctest.ClientSecret, strings.TrimPrefix(ada[1], plainCookie+"=")} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%q in the log", secret)
		}
	}
}

func TestWhoIsDisabledDoesNotSignOn(t *testing.T) {
	t.Parallel()
	w, fake := newSSO(t, nil)
	member := w.person(meta.MemberRole)
	browser := w.browser(member)
	w.linked(fake, browser)
	begun := w.expect(200, "POST", "/api/v1/login/oidc/", `{"link":true}`, browser...)
	if err := w.meta.SetUserDisabled(t.Context(), member.ID, true); err != nil {
		t.Fatal(err)
	}
	if page := w.signOn(fake, 403, w.begin()); !strings.Contains(page.Body.String(), "Your account is disabled.") || len(page.Result().Cookies()) != 1 {
		t.Errorf("%v %s", page.Header(), page.Body)
	}
	if page := w.signOn(fake, 403, begun); !strings.Contains(page.Body.String(), "You are logged out.") {
		t.Errorf("a link that was begun before: %s", page.Body)
	}
	list := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/audit-logs/?action=FAILED_LOGIN&start_time="+url.QueryEscape(iso(w.server.Now().AddDate(0, 0, -1))), "", basic(testPassword)...))
	if len(list) != 1 || list[0]["detail"] != "ada@example.com at Keys & Co" {
		t.Errorf("told: %v", list)
	}
}

func TestSigningOnWithAnInvitation(t *testing.T) {
	t.Parallel()
	w, fake := newSSO(t, nil)
	ada := w.logIn()
	invite := func(role string) string {
		made := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/invitations/", `{"role":"`+role+`"}`, ada...))
		_, code, _ := strings.Cut(made["invite_url"].(string), "#")
		return code
	}
	begin := func(code string) *httptest.ResponseRecorder {
		return w.expect(200, "POST", "/api/v1/login/oidc/", `{"invitation_code":"`+code+`"}`)
	}
	w.expect(404, "POST", "/api/v1/login/oidc/", `{"invitation_code":"guess"}`)
	code := invite("read-only")
	if page := w.signOn(fake, 403, begin(code)); !strings.Contains(page.Body.String(), "ada@example.com has an account here already.") {
		t.Errorf("with Ada's address: %s", page.Body)
	}
	fake.LogIn(oidctest.Claims{"sub": "9"})
	fake.Info(oidctest.Claims{"sub": "9"})
	if page := w.signOn(fake, 403, begin(code)); !strings.Contains(page.Body.String(), "does not tell your e-mail address") {
		t.Errorf("without an address: %s", page.Body)
	}
	fake.LogIn(oidctest.Claims{"sub": "9", "email": "Eve@example.com"})
	late := begin(code)
	came := w.signOn(fake, 303, begin(code))
	me := decode[map[string]any](t, w.expect(200, "GET", "/api/v1/me/", "", "Cookie", cookie(t, came)))
	if me["name"] != "Eve" || me["email"] != "eve@example.com" || me["organizations"].([]any)[0].(map[string]any)["role"] != "read-only" {
		t.Errorf("me: %v", me)
	}
	if page := w.signOn(fake, 404, late); !strings.Contains(page.Body.String(), "The invitation is used") {
		t.Errorf("with the same invitation: %s", page.Body)
	}
	w.signOn(fake, 303, w.begin())
	again := invite("member")
	w.signOn(fake, 303, begin(again)) // a member already: the invitation stays open
	if err := w.meta.RemoveMember(t.Context(), w.server.home(), me["user_id"].(string)); err != nil {
		t.Fatal(err)
	}
	w.signOn(fake, 303, begin(again))
	if me := decode[map[string]any](t, w.expect(200, "GET", "/api/v1/me/", "", "Cookie", cookie(t, came))); me["organizations"].([]any)[0].(map[string]any)["role"] != "member" {
		t.Errorf("back with another role: %v", me)
	}
	list := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/me/identities/", "", "Cookie", cookie(t, came)))
	w.expect(409, "DELETE", "/api/v1/me/identities/"+list[0]["id"].(string)+"/", "", "Cookie", cookie(t, came), "Origin", ownOrigin)
}

func TestTheFirstPersonSignsOn(t *testing.T) {
	t.Parallel()
	fake := oidctest.New(t, ownOrigin+PathSSOCallback)
	w := newWorld(t, func(o *Options) {
		o.Local, o.SetupCode, o.PublicOrigin = false, setupCode, ownOrigin
		o.SSO = &SSO{Name: "Keys", Provider: oidc.New(oidc.Options{
			Issuer: fake.Issuer, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, RedirectURL: fake.RedirectURL,
		})}
	})
	w.expect(403, "POST", "/api/v1/login/oidc/", `{"setup_code":"guess"}`)
	w.expect(422, "POST", "/api/v1/login/oidc/", `{"setup_code":"`+setupCode+`","organization_name":"auth"}`)
	begin := func() *httptest.ResponseRecorder {
		return w.expect(200, "POST", "/api/v1/login/oidc/", `{"setup_code":"`+setupCode+`","organization_name":"acme","project_name":"shop","return_to":"/acme/shop"}`)
	}
	late := begin()
	came := w.signOn(fake, 303, begin())
	me := decode[map[string]any](t, w.expect(200, "GET", "/api/v1/me/", "", "Cookie", cookie(t, came)))
	if me["name"] != "Ada Lovelace" || me["manages_server"] != true || came.Header().Get("Location") != "/acme/shop" {
		t.Errorf("me: %v, at %s", me, came.Header().Get("Location"))
	}
	if place := decode[map[string]any](t, w.expect(200, "GET", "/v1/read-token-info/", "", "Cookie", cookie(t, came), "X-Hearth-Project", "acme/shop")); place["project_name"] != "shop" {
		t.Errorf("the place: %v", place)
	}
	fake.LogIn(oidctest.Claims{"sub": "9", "email": "eve@example.com"})
	if page := w.signOn(fake, 403, late); !strings.Contains(page.Body.String(), "or it was used") {
		t.Errorf("the second: %s", page.Body)
	}
}

func TestWhoMayJoin(t *testing.T) {
	t.Parallel()
	w, fake := newSSO(t, func(o *Options) { o.SSO.Join, o.SSO.Domains = meta.ReadOnlyRole, []string{"example.com"} })
	for name, c := range map[string]struct {
		person oidctest.Claims
		want   int
	}{
		"of the domain":          {oidctest.Claims{"sub": "1", "email": "Joe@Example.com", "email_verified": true}, 303},
		"not verified":           {oidctest.Claims{"sub": "2", "email": "eve@example.com", "email_verified": false}, 403},
		"of another domain":      {oidctest.Claims{"sub": "3", "email": "eve@example.com.org", "email_verified": true}, 403},
		"of a domain inside":     {oidctest.Claims{"sub": "4", "email": "eve@inner.example.com", "email_verified": true}, 403},
		"with two at signs":      {oidctest.Claims{"sub": "5", "email": "eve@elsewhere.org@example.com", "email_verified": true}, 403},
		"with Ada's address":     {oidctest.Claims{"sub": "6", "email": "ada@example.com", "email_verified": true}, 403},
		"with no mail's address": {oidctest.Claims{"sub": "7", "email": "@example.com", "email_verified": true}, 422},
	} {
		fake.LogIn(c.person)
		target, cookie := comeBack(t, fake, w.begin())
		if got := w.do("GET", target, "", "Cookie", cookie); got.Code != c.want {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	joe, err := w.meta.UserOfIdentity(t.Context(), meta.IdentityKey{Issuer: fake.Issuer, Subject: "1"})
	if err != nil || joe.Email != "joe@example.com" || joe.Name != "Joe" {
		t.Errorf("%+v, %v", joe, err)
	}
	if list, err := w.meta.Memberships(t.Context(), joe.ID); err != nil || len(list) != 1 || list[0].Role != meta.ReadOnlyRole {
		t.Errorf("%v, %v", list, err)
	}
}

func TestWhatGoesWrongAtTheProvider(t *testing.T) {
	t.Parallel()
	w, fake := newSSO(t, nil)
	w.linked(fake, w.logIn())
	for name, c := range map[string]struct {
		spoil  func()
		status int
		want   string
		log    bool // the operator is told, too
	}{
		"the person says no":      {func() { fake.Deny("access_denied") }, 403, "Keys &amp; Co did not let you in: The &lt;b&gt;person&lt;/b&gt; said no.", false},
		"the provider says no":    {func() { fake.Deny("unauthorized_client") }, 502, "refuses this server&#39;s request with unauthorized_client", true},
		"a nonce of another":      {func() { fake.Forge(func(c oidctest.Claims) { c["nonce"] = "x" }) }, 403, "cannot be trusted", true},
		"an audience of another":  {func() { fake.Forge(func(c oidctest.Claims) { c["aud"] = "x" }) }, 403, "cannot be trusted", true},
		"an issuer of another":    {func() { fake.Forge(func(c oidctest.Claims) { c["iss"] = "x" }) }, 403, "cannot be trusted", true},
		"a token that is over":    {func() { fake.Forge(func(c oidctest.Claims) { c["exp"] = 1 }) }, 403, "cannot be trusted", true},
		"a provider that is down": {nil, 502, "Keys &amp; Co does not answer.", true},
	} {
		w.server.gate.succeeded(addressOf(httptest.NewRequest("GET", "/", nil)), 0) // or it is one failure too many
		if c.spoil != nil {
			c.spoil()
		}
		target, cookie := comeBack(t, fake, w.begin())
		fake.Down(c.spoil == nil)
		w.log.Reset()
		page := w.expect(c.status, "GET", target, "", "Cookie", cookie)
		if !strings.Contains(page.Body.String(), c.want) || len(page.Result().Cookies()) != 1 {
			t.Errorf("%s: %v %s", name, page.Result().Cookies(), page.Body)
		}
		if strings.Contains(w.log.String(), "level=WARN") != c.log {
			t.Errorf("%s: log %s", name, &w.log)
		}
		fake.Down(false)
		fake.Deny("")
		fake.Forge(nil)
	}
	w.signOn(fake, 303, w.begin())
}

func TestOnlyTheBrowserThatBeganSignsOn(t *testing.T) {
	t.Parallel()
	w, fake := newSSO(t, nil)
	w.linked(fake, w.logIn())
	target, cookie := comeBack(t, fake, w.begin())
	another := kept(t, w.begin())
	for name, headers := range map[string][]string{
		"no cookie": nil, "another login's": {"Cookie", another}, "no login's": {"Cookie", "hearth_signon=" + base64.RawURLEncoding.EncodeToString([]byte(`{}`))},
		"nonsense": {"Cookie", "hearth_signon=!"},
	} {
		page := w.expect(400, "GET", target, "", headers...)
		if !strings.Contains(page.Body.String(), "Begin again, at "+ownOrigin) {
			t.Errorf("%s: %s", name, page.Body)
		}
	}
	w.expect(303, "GET", target, "", "Cookie", cookie)
	if page := w.expect(403, "GET", target, "", "Cookie", cookie); !strings.Contains(page.Body.String(), "The login was used already") {
		t.Errorf("once more: %s", page.Body)
	}
	for range maxFailures {
		w.do("GET", target, "")
	}
	w.expect(429, "GET", target, "", "Cookie", cookie)
}

func TestSigningOnProvesWhatItStandsFor(t *testing.T) {
	t.Parallel()
	w, fake := newSSO(t, nil)
	ada := w.logIn()
	w.expect(401, "POST", "/api/v1/login/oidc/", `{"link":true}`, "Origin", ownOrigin)
	w.expect(403, "POST", "/api/v1/login/oidc/", `{"link":true}`, ada[:2]...) // no page of ours sent it
	for _, forged := range []string{`,"session":"guess"}`, `,"setup":"guess"}`, `,"invitation":"guess"}`} {
		target, cookie := comeBack(t, fake, w.begin())
		name, value, _ := strings.Cut(cookie, "=")
		text, err := base64.RawURLEncoding.DecodeString(value)
		if err != nil {
			t.Fatal(err)
		}
		value = base64.RawURLEncoding.EncodeToString([]byte(strings.TrimSuffix(string(text), "}") + forged))
		if got := w.do("GET", target, "", "Cookie", name+"="+value); got.Code != 403 && got.Code != 404 {
			t.Errorf("with %s: %d %s", forged, got.Code, got.Body)
		}
	}
}

func TestCookiesOfSigningOn(t *testing.T) {
	t.Parallel()
	w, _ := newSSO(t, func(o *Options) { o.PublicOrigin = "https://hearth.example.com" })
	c := w.begin().Result().Cookies()[0]
	if c.Name != "__Host-hearth_signon" || !c.Secure || !c.HttpOnly || c.SameSite != 2 || c.Path != "/" || c.MaxAge != 600 {
		t.Errorf("%+v", c)
	}
}

func TestWhereOneComesBackTo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"/local/default/live?q=a&b=%2F": "/local/default/live?q=a&b=%2F", "": "/", "local": "/", "//evil.example.com": "/", "/\\evil.example.com": "/",
		"https://evil.example.com/": "/", "/\t/evil.example.com": "/", "javascript:alert(1)": "/", "/%zz": "/", "/" + strings.Repeat("x", maxReturn): "/",
	} {
		if got := localPath(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestServersWithoutSingleSignOn(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	for _, path := range []string{"/auth/oidc/login", "/auth/oidc/callback?code=x&state=y"} {
		if page := w.expect(404, "GET", path, ""); !strings.Contains(page.Body.String(), "This server has no single sign-on.") {
			t.Errorf("%s: %s", path, page.Body)
		}
	}
	w.expect(404, "POST", "/api/v1/login/oidc/", `{}`)
}
