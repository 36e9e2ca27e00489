package api

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/device"
)

// opened is the answer to a program that opens a login.
type opened struct {
	DeviceCode string `json:"device_code"`
	Page       string `json:"frontend_auth_url"`
	UserCode   string `json:"user_code"`
	ExpiresIn  int    `json:"expires_in"`
}

func (w *world) openLogin(machine string, headers ...string) opened {
	w.t.Helper()
	target := "/v1/device-auth/new/?" + url.Values{"machine_name": {machine}}.Encode()
	return decode[opened](w.t, w.expect(200, "POST", target, "", headers...))
}

func (w *world) await(status int, o opened) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.expect(status, "GET", "/v1/device-auth/wait/"+o.DeviceCode, "")
}

// hasty makes a world whose server keeps nobody waiting.
func hasty(t *testing.T, change func(*Options)) *world {
	w := newWorld(t, change)
	w.server.loginHold = 0
	return w
}

// A program logs in as Logfire's CLI does (logfire-protocol.md, 3.1), and uses what it gets (3.3 to 3.6).
func TestAProgramLogsIn(t *testing.T) {
	t.Parallel()
	w := hasty(t, func(o *Options) { o.Local, o.PublicOrigin = false, "https://hearth.example.com" })
	admin := basic(testPassword)
	o := w.openLogin("ada's laptop", "User-Agent", "logfire/5.4.0")
	page, err := url.Parse(o.Page)
	if err != nil || page.Scheme+"://"+page.Host+page.Path != "https://hearth.example.com/auth/device" || page.Query().Get("code") != o.UserCode || o.ExpiresIn != 600 {
		t.Errorf("opened %+v", o)
	}
	if strings.Contains(o.Page, o.DeviceCode) {
		t.Error("the address of the page gives the program's code away")
	}
	if got := w.await(200, o); got.Body.String() != "null" || got.Header().Get("Content-Type") != "application/json" {
		t.Errorf("while nobody has decided: %q", got.Body)
	}
	login := "/api/v1/device-logins/" + o.UserCode
	seen := decode[map[string]any](t, w.expect(200, "GET", login+"/", "", admin...))
	if seen["machine_name"] != "ada's laptop" || seen["client"] != "logfire/5.4.0" || seen["address"] != "192.0.2.1" || seen["state"] != "pending" || seen["code"] != o.UserCode {
		t.Errorf("the page sees %v", seen)
	}
	w.expect(401, "POST", login+"/approve/", "")
	if approved := decode[map[string]any](t, w.expect(200, "POST", login+"/approve/", "", admin...)); approved["state"] != "approved" {
		t.Errorf("approved %v", approved)
	}
	got := decode[map[string]string](t, w.await(200, o))
	if want := []string{"expiration", "token"}; !slices.Equal(slices.Sorted(maps.Keys(got)), want) || !tokenShape.MatchString(got["token"]) {
		t.Errorf("delivered %v", got)
	}
	// What Python 3.10 reads: no offset, and three or six digits, or none.
	if expires, err := time.Parse("2006-01-02T15:04:05.000000Z", got["expiration"]); err != nil || time.Until(expires).Round(time.Hour) != loginLife {
		t.Errorf("expiration %q", got["expiration"])
	}
	w.await(404, o)
	w.expect(404, "GET", login, "", admin...)

	user := []string{"Authorization", got["token"]}
	if me := decode[map[string]any](t, w.expect(200, "GET", "/v1/account/me", "", user...)); me["name"] != "admin" {
		t.Errorf("account %v", me)
	}
	made := decode[map[string]string](t, w.expect(200, "POST", "/v1/organizations/local/projects", `{"project_name":"tea","description":"leaves"}`, user...))
	if want := []string{"project_name", "project_url", "token"}; !slices.Equal(slices.Sorted(maps.Keys(made)), want) {
		t.Errorf("made %v; the SDK takes exactly %v", made, want)
	}
	project, err := w.meta.ProjectNamed(t.Context(), "local", "tea")
	if err != nil || project.Description != "leaves" {
		t.Errorf("project %+v, %v", project, err)
	}
	if tokens, err := w.meta.Tokens(t.Context(), project.ID, "write"); err != nil || len(tokens) != 1 || tokens[0].Description != "Created from ada's laptop" {
		t.Errorf("write tokens %+v, %v", tokens, err)
	}
	w.expect(200, "POST", "/v1/traces", "", "Authorization", made["token"])
	if strings.Contains(w.log.String(), got["token"]) || strings.Contains(w.log.String(), o.DeviceCode) {
		t.Error("the log tells secrets")
	}
}

func TestUserTokensAreListedAndRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	admin := basic(testPassword)
	ada, bob := w.user("admin"), w.user("admin")
	w.user("local")
	listed := w.expect(200, "GET", "/api/v1/user-tokens/", "", admin...)
	if strings.Contains(listed.Body.String(), ada) {
		t.Error("the list tells a token")
	}
	active := map[any]any{}
	for _, token := range decode[[]map[string]any](t, listed) {
		active[token["token_prefix"]] = token["active"]
		if token["description"] != "laptop" || token["created_by_name"] == "" || token["revoked_at"] != nil {
			t.Errorf("listed %v", token)
		}
		if token["token_prefix"] == ada[:19] {
			w.expect(204, "DELETE", "/api/v1/user-tokens/"+token["id"].(string)+"/", "", admin...)
		}
	}
	if len(active) != 3 || active[ada[:19]] != true {
		t.Errorf("active %v; one of local mode opens nothing", active)
	}
	got := w.expect(401, "GET", "/v1/account/me", "", "Authorization", ada)
	if !strings.Contains(got.Body.String(), "hearth auth") || got.Header().Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("revoked: %s %v", got.Body, got.Header())
	}
	w.expect(404, "DELETE", "/api/v1/user-tokens/unknown", "", admin...)

	w.expect(204, "DELETE", "/api/v1/user-tokens/current/", "", "Authorization", bob)
	w.expect(401, "GET", "/v1/account/me", "", "Authorization", bob)
	w.expect(404, "DELETE", "/api/v1/user-tokens/current/", "", admin...) // who asks with the password has none
}

func TestARefusedProgramIsToldSo(t *testing.T) {
	t.Parallel()
	w := hasty(t, nil)
	o := w.openLogin("laptop")
	if refused := decode[map[string]any](t, w.expect(200, "POST", "/api/v1/device-logins/"+o.UserCode+"/refuse", "")); refused["state"] != "refused" {
		t.Errorf("refused %v", refused)
	}
	for range 2 {
		if got := w.await(403, o); got.Body.String() != `{"detail":"The login was refused."}` {
			t.Errorf("told %s", got.Body)
		}
	}
	w.expect(403, "POST", "/api/v1/device-logins/"+o.UserCode+"/approve", "")
	w.expect(404, "POST", "/api/v1/device-logins/BBBB-BBBB/approve", "")
	if list, err := w.meta.UserTokens(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("user tokens %v, %v", list, err)
	}
}

func TestOneAddressOpensFewLogins(t *testing.T) {
	t.Parallel()
	w := hasty(t, remote)
	for range 20 {
		w.openLogin("laptop")
	}
	got := w.expect(429, "POST", "/v1/device-auth/new/", "")
	if after := got.Header().Get("Retry-After"); !regexp.MustCompile(`^(600|59\d)$`).MatchString(after) {
		t.Errorf("Retry-After %q", after)
	}
}

func TestWhatAProgramSaysOfItselfIsBounded(t *testing.T) {
	t.Parallel()
	w := hasty(t, nil)
	for _, c := range []struct{ said, want string }{
		{"", "an unnamed machine"}, {"\x1b[2J\u202eevil\n", "[2Jevil"}, {strings.Repeat("é", 300), strings.Repeat("é", 100)}, {" Büro ", "Büro"},
	} {
		o := w.openLogin(c.said)
		if seen := decode[map[string]any](t, w.expect(200, "GET", "/api/v1/device-logins/"+o.UserCode, "")); seen["machine_name"] != c.want {
			t.Errorf("%q = %q, want %q", c.said, seen["machine_name"], c.want)
		}
	}
}

// Web pages of others neither open logins nor approve them.
func TestOtherWebPagesMayNotDecideOnLogins(t *testing.T) {
	t.Parallel()
	w := hasty(t, nil)
	o := w.openLogin("laptop")
	foreign := []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}
	for _, path := range []string{"/v1/device-auth/new", "/api/v1/device-logins/" + o.UserCode + "/approve", "/api/v1/device-logins/" + o.UserCode + "/refuse"} {
		w.expect(403, "POST", path, "", foreign...)
		w.expect(403, "POST", path, "", "Sec-Fetch-Site", "same-site")
	}
	if got := w.await(200, o); got.Body.String() != "null" {
		t.Errorf("decided: %s", got.Body)
	}
}

// The program waits about ten seconds for each answer; the decision ends the wait at once.
func TestAWaitingProgramIsHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{Options: Options{Now: time.Now}, logins: device.New(nil, nil), loginHold: loginHold}
		code, _, err := s.logins.Open(device.Request{Machine: "laptop"})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		recorder := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		s.awaitLogin(recorder, withParam(r, "code", code))
		if held := time.Since(began); held != 10*time.Second || recorder.Body.String() != "null" {
			t.Errorf("after %v: %s", held, recorder.Body)
		}
	})
}

func withParam(r *http.Request, name, value string) *http.Request {
	routing := chi.NewRouteContext()
	routing.URLParams.Add(name, value)
	return r.WithContext(context.WithValue(r.Context(), chi.RouteCtxKey, routing))
}
