package api

import (
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/password"
)

// cheap makes hashes that cost tests nothing.
var cheap = password.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}

const (
	setupCode  = "the code of the printed link"
	adasSecret = "Ada's long password"
	ownOrigin  = "http://127.0.0.1:4318"
)

// newTown is a public world with one person, Ada, an admin.
func newTown(t *testing.T, change func(*Options)) *world {
	t.Helper()
	w := newWorld(t, func(o *Options) {
		o.Local, o.SetupCode = false, setupCode
		if change != nil {
			change(o)
		}
	})
	w.server.gate.hasher = password.New(cheap)
	w.expect(201, "POST", "/api/v1/setup/", `{"code":"`+setupCode+`","email":"Ada@example.com","name":"Ada","password":"`+adasSecret+`"}`)
	return w
}

// cookie returns the cookie of an answer, as the next request's header.
func cookie(t *testing.T, r *httptest.ResponseRecorder) string {
	t.Helper()
	for _, c := range r.Result().Cookies() {
		if strings.HasSuffix(c.Name, plainCookie) {
			return c.Name + "=" + c.Value
		}
	}
	t.Fatal("no cookie of a session")
	return ""
}

// logIn returns the headers of a browser in which Ada is logged in.
func (w *world) logIn() []string {
	w.t.Helper()
	answer := w.expect(200, "POST", "/api/v1/login/", `{"email":"ada@example.com","password":"`+adasSecret+`"}`)
	return []string{"Cookie", cookie(w.t, answer), "Origin", ownOrigin}
}

// as returns the headers of a browser in which somebody with a role is logged in; without a role they are in no organisation.
func (w *world) as(role meta.Role) []string {
	w.t.Helper()
	return w.browser(w.person(role))
}

// person makes somebody with a role.
func (w *world) person(role meta.Role) meta.User {
	w.t.Helper()
	return w.personOf(w.server.home(), role)
}

// personOf makes somebody with a role in an organisation.
func (w *world) personOf(organizationID string, role meta.Role) meta.User {
	w.t.Helper()
	ctx, home := w.t.Context(), organizationID
	given := role
	if role == "" {
		given = meta.MemberRole
	}
	_, text, err := w.meta.CreateInvitation(ctx, meta.NewInvitation{OrganizationID: home, Role: given, ExpiresAt: time.Now().Add(time.Hour)})
	if err != nil {
		w.t.Fatal(err)
	}
	user, err := w.meta.AcceptInvitation(ctx, text, meta.NewUser{Email: strings.ToLower(text) + "@example.com", Name: "some " + string(given)})
	if err != nil {
		w.t.Fatal(err)
	}
	if role == "" {
		if err := w.meta.RemoveMember(ctx, home, user.ID); err != nil {
			w.t.Fatal(err)
		}
	}
	return user
}

// browser returns the headers of a browser in which a user is logged in.
func (w *world) browser(u meta.User) []string {
	w.t.Helper()
	_, text, err := w.meta.CreateSession(w.t.Context(), meta.NewSession{UserID: u.ID})
	if err != nil {
		w.t.Fatal(err)
	}
	return []string{"Cookie", plainCookie + "=" + text, "Origin", ownOrigin}
}

// anyone is the role of routes that people use who are in no organisation.
const anyone meta.Role = ""

// roleOf says which role a route takes, where that is not read-only for what is read with tokens, too, and member for the rest.
var roleOf = map[string]meta.Role{
	"GET /api/v1/me": anyone, "POST /api/v1/logout": anyone, "PUT /api/v1/me/password": anyone,
	"GET /api/v1/me/identities": anyone, "DELETE /api/v1/me/identities/{identity_id}": anyone,
	"GET /api/v1/me/sessions": anyone, "DELETE /api/v1/me/sessions/{session_id}": anyone,
	// Lists of what the caller sees.
	"GET /v1/account/me": anyone, "GET /v1/organizations/available-for-projects": anyone, "GET /v1/organizations": anyone,
	"GET /v1/writable-projects": anyone, "GET /v1/projects": anyone, "GET /api/v1/projects": anyone,
	"GET /api/v1/organizations": anyone, "GET /api/v1/organizations/{org}": meta.ReadOnlyRole,
	"POST /api/v1/organizations": meta.AdminRole, "PUT /api/v1/organizations/{org}": meta.AdminRole,
	"DELETE /api/v1/organizations/{org}": meta.AdminRole, "PUT /api/v1/projects/{id}": meta.AdminRole, "DELETE /api/v1/projects/{id}": meta.AdminRole,
	"DELETE /api/v1/user-tokens/current": anyone,

	"GET /v1/organizations/{org}/projects/{project}/prompts": meta.ReadOnlyRole, "GET /api/v1/projects/{id}": meta.ReadOnlyRole,
	"GET /api/v1/user-tokens": meta.ReadOnlyRole, "DELETE /api/v1/user-tokens/{token_id}": meta.ReadOnlyRole,
	"GET /api/v1/device-logins/{code}": meta.ReadOnlyRole, "POST /api/v1/device-logins/{code}/approve": meta.ReadOnlyRole,
	"POST /api/v1/device-logins/{code}/refuse": meta.ReadOnlyRole, "GET /api/v1/members": meta.ReadOnlyRole,

	"PUT /api/v1/projects/{id}/retention": meta.AdminRole,
	"POST /api/v1/channels":               meta.AdminRole, "PUT /api/v1/channels/{channel_id}": meta.AdminRole, "DELETE /api/v1/channels/{channel_id}": meta.AdminRole,
	"POST /api/v1/channels/test": meta.AdminRole, "POST /api/v1/channels/{channel_id}/test": meta.AdminRole,
	"PATCH /api/v1/members/{user_id}": meta.AdminRole, "DELETE /api/v1/members/{user_id}": meta.AdminRole,
	"POST /api/v1/members/{user_id}/password-reset": meta.AdminRole,
	"GET /api/v1/invitations":                       meta.AdminRole, "POST /api/v1/invitations": meta.AdminRole, "DELETE /api/v1/invitations/{invitation_id}": meta.AdminRole,
	"GET /api/v1/audit-logs": meta.AdminRole, "GET /api/v1/audit-logs/{entry_id}": meta.AdminRole, "PATCH /api/v1/users/{user_id}": meta.AdminRole, "GET /metrics": meta.AdminRole,
}

func TestWhichRoleEachRouteTakes(t *testing.T) {
	t.Parallel()
	w := newTown(t, func(o *Options) { o.Gatherer = prometheus.NewRegistry() })
	all := routes(t, w.handler)
	for route := range roleOf {
		if _, ok := accessOf[route]; !ok {
			t.Errorf("%s is no route", route)
		}
	}
	for _, route := range all {
		who := accessOf[route]
		if who == everyone || who == strangers {
			continue
		}
		takes, special := roleOf[route]
		switch {
		case special:
		case who == readers || who == viewers || who == agents:
			takes = meta.ReadOnlyRole
		default:
			takes = meta.MemberRole
		}
		for _, role := range []meta.Role{anyone, meta.ReadOnlyRole, meta.MemberRole, meta.AdminRole} {
			want := who != writers && (takes == anyone || role.Includes(takes))
			in, status := w.call(route, w.as(role)...)
			if role == anyone && !want {
				in = status < 400 // of an organisation that is not theirs they are told that nothing is there
			}
			if in != want {
				t.Errorf("%s as %q: status %d, want let in %v", route, role, status, want)
			}
		}
		if in, status := w.call(route, w.as(meta.AdminRole)[:2]...); strings.HasPrefix(route, "GET ") == !in && who != writers {
			t.Errorf("%s with a cookie that no page of ours sent: %d", route, status)
		}
		if in, status := w.call(route, append(w.as(meta.AdminRole)[:2], "Origin", "http://127.0.0.1:9999")...); in {
			t.Errorf("%s with a cookie, from another port: %d", route, status)
		}
		if in, status := w.call(route, append(w.as(meta.AdminRole), "Authorization", "Bearer x")...); in {
			t.Errorf("%s with a cookie, and a token that is none: %d", route, status)
		}
	}
}

func TestTheFirstPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Local, o.Password, o.SetupCode = false, "", setupCode })
	w.server.gate.hasher = password.New(cheap)
	ways := func() map[string]any { return decode[map[string]any](t, w.expect(200, "GET", "/api/v1/login/", "")) }
	if diff := cmp.Diff(map[string]any{"local": false, "people": false, "operator": false, "setup": true, "providers": []any{}}, ways()); diff != "" {
		t.Errorf("ways in (-want +got):\n%s", diff)
	}
	body := func(code, password string) string {
		return `{"code":"` + code + `","email":"ada@example.com","name":"Ada","password":"` + password + `"}`
	}
	w.expect(403, "POST", "/api/v1/setup/", body("guess", adasSecret))
	w.expect(403, "POST", "/api/v1/setup/", body("", adasSecret))
	w.expect(422, "POST", "/api/v1/setup/", body(setupCode, "short"))
	w.expect(422, "POST", "/api/v1/setup/", strings.Replace(body(setupCode, adasSecret), "ada@", "", 1))
	if got := w.expect(422, "POST", "/api/v1/setup/", strings.Replace(body(setupCode, adasSecret), `"ada@example.com"`, "5", 1)); !strings.Contains(got.Body.String(), `"email"]`) {
		t.Errorf("an address that is a number: %s", got.Body)
	}
	made := w.expect(201, "POST", "/api/v1/setup/", body(setupCode, adasSecret))
	me := decode[map[string]any](t, made)
	if me["name"] != "Ada" || me["email"] != "ada@example.com" || me["organizations"].([]any)[0].(map[string]any)["role"] != "admin" {
		t.Errorf("me: %v", me)
	}
	if diff := cmp.Diff(me, decode[map[string]any](t, w.expect(200, "GET", "/api/v1/me/", "", "Cookie", cookie(t, made)))); diff != "" {
		t.Errorf("me (-made +asked):\n%s", diff)
	}
	w.expect(403, "POST", "/api/v1/setup/", body(setupCode, adasSecret))
	if diff := cmp.Diff(map[string]any{"local": false, "people": true, "operator": false, "setup": false, "providers": []any{}}, ways()); diff != "" {
		t.Errorf("ways in (-want +got):\n%s", diff)
	}

	named := newWorld(t, func(o *Options) { o.Local, o.Password, o.SetupCode = false, "", setupCode })
	named.server.gate.hasher = password.New(cheap)
	place := func(organization, project string) string {
		return strings.TrimSuffix(body(setupCode, adasSecret), "}") + `,"organization_name":"` + organization + `","project_name":"` + project + `"}`
	}
	wrong := decode[map[string][]fieldProblem](t, named.expect(422, "POST", "/api/v1/setup/", strings.Replace(place("auth", "My shop"), adasSecret, "short", 1)))
	fields := []string{}
	for _, f := range wrong["detail"] {
		fields = append(fields, strings.Join(f.Loc, "."))
	}
	if diff := cmp.Diff([]string{"body.password", "body.organization_name", "body.project_name"}, fields); diff != "" {
		t.Errorf("what is wrong (-want +got):\n%s", diff)
	}
	ada := []string{"Cookie", cookie(t, named.expect(201, "POST", "/api/v1/setup/", place("acme", "shop")))}
	if got := decode[map[string]any](t, named.expect(200, "GET", "/v1/read-token-info/", "", append(ada, "X-Hearth-Project", "acme/shop")...)); got["project_name"] != "shop" || got["organization_name"] != "acme" {
		t.Errorf("the place: %v", got)
	}
	named.expect(403, "POST", "/api/v1/setup/", place("acme", "shop"))

	withKey := newWorld(t, remote)
	withKey.server.gate.hasher = password.New(cheap)
	withKey.expect(401, "POST", "/api/v1/setup/", body("", adasSecret), basic("guess")...)
	withKey.expect(403, "POST", "/api/v1/setup/", body("", adasSecret))
	withKey.expect(201, "POST", "/api/v1/setup/", body("", adasSecret), basic(testPassword)...)

	local := newWorld(t, func(o *Options) { o.SetupCode = setupCode })
	local.expect(409, "POST", "/api/v1/setup/", body(setupCode, adasSecret))
}

func TestLoggingInAndOut(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	for _, body := range []string{
		`{"email":"ada@example.com","password":"guess"}`, `{"email":"eve@example.com","password":"` + adasSecret + `"}`, `{}`,
	} {
		if got := w.expect(401, "POST", "/api/v1/login/", body); got.Body.String() != `{"detail":"The e-mail address or the password is wrong."}` || len(got.Result().Cookies()) != 0 {
			t.Errorf("%s: %s", body, got.Body)
		}
	}
	ada := w.logIn()
	elsewhere := w.logIn()
	sessions := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/me/sessions/", "", ada...))
	if len(sessions) != 3 { // the first is that of the set-up
		t.Fatalf("sessions: %v", sessions)
	}
	w.expect(204, "POST", "/api/v1/logout/", "", ada...)
	w.expect(401, "GET", "/api/v1/me/", "", ada...)
	w.expect(200, "GET", "/api/v1/me/", "", elsewhere...)
	for _, session := range decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/me/sessions/", "", elsewhere...)) {
		if session["current"] == false {
			w.expect(204, "DELETE", "/api/v1/me/sessions/"+session["id"].(string)+"/", "", elsewhere...)
		}
	}
	if left := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/me/sessions/", "", elsewhere...)); len(left) != 1 || left[0]["current"] != true {
		t.Errorf("left: %v", left)
	}

	third := w.logIn()
	w.expect(422, "PUT", "/api/v1/me/password/", `{"current_password":"guess","password":"another password"}`, third...)
	w.expect(422, "PUT", "/api/v1/me/password/", `{"current_password":"`+adasSecret+`","password":"short"}`, third...)
	w.expect(204, "PUT", "/api/v1/me/password/", `{"current_password":"`+adasSecret+`","password":"another password"}`, third...)
	w.expect(200, "GET", "/api/v1/me/", "", third...)
	w.expect(401, "GET", "/api/v1/me/", "", elsewhere...)
	w.expect(401, "POST", "/api/v1/login/", `{"email":"ada@example.com","password":"`+adasSecret+`"}`)
	w.expect(200, "POST", "/api/v1/login/", `{"email":"ada@example.com","password":"another password"}`)
	w.expect(409, "PUT", "/api/v1/me/password/", `{"current_password":"x","password":"another password"}`, basic(testPassword)...)
	if strings.Contains(w.log.String(), adasSecret) || strings.Contains(w.log.String(), "another password") {
		t.Error("a password in the log")
	}
}

func TestCookiesOfSessions(t *testing.T) {
	t.Parallel()
	for origin, want := range map[string]http.Cookie{
		"":                           {Name: "hearth_session", HttpOnly: true, SameSite: http.SameSiteStrictMode, Path: "/", MaxAge: 2592000},
		"https://hearth.example.com": {Name: "__Host-hearth_session", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode, Path: "/", MaxAge: 2592000},
	} {
		w := newTown(t, func(o *Options) { o.PublicOrigin = origin })
		answer := w.expect(200, "POST", "/api/v1/login/", `{"email":"ada@example.com","password":"`+adasSecret+`"}`)
		got := *answer.Result().Cookies()[0]
		if len(got.Value) != 44 {
			t.Errorf("text %q", got.Value)
		}
		text := got.Name + "=" + got.Value
		got.Value, got.Raw = "", ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", origin, diff)
		}
		headers := []string{"Cookie", text}
		if origin != "" { // as a proxy sends it that does not keep the host
			headers = append(headers, "Origin", origin, "Sec-Fetch-Site", "same-origin")
		} else {
			headers = append(headers, "Origin", ownOrigin)
		}
		out := w.expect(204, "POST", "/api/v1/logout/", "", headers...).Result().Cookies()
		if len(out) != 1 || out[0].Name != want.Name || out[0].MaxAge != -1 {
			t.Errorf("logged out: %v", out)
		}
	}
}

func TestOnlyOurPagesSendCookies(t *testing.T) {
	t.Parallel()
	w := newTown(t, func(o *Options) { o.Origins = []string{"https://listed.example.com"} })
	for _, c := range []struct {
		method, origin, site string
		in                   bool
	}{
		{"GET", "", "", true}, {"GET", "", "same-origin", true}, {"GET", "", "none", true}, {"GET", ownOrigin, "", true},
		{"GET", "", "same-site", false}, {"GET", "", "cross-site", false}, {"GET", "https://listed.example.com", "cross-site", false},
		{"GET", "https://listed.example.com", "", false}, {"GET", "null", "", false},
		{"POST", "", "", false}, {"POST", "", "none", false}, {"POST", "", "same-origin", true}, {"POST", ownOrigin, "", true},
		{"POST", ownOrigin, "same-origin", true}, {"POST", ownOrigin, "same-site", false}, {"POST", "https://listed.example.com", "", false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, ownOrigin+"/api/v1/me", nil)
		for name, value := range map[string]string{"Origin": c.origin, "Sec-Fetch-Site": c.site} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if in := w.server.fromOwnPage(r); in != c.in {
			t.Errorf("%s, origin %q, site %q: let in %v", c.method, c.origin, c.site, in)
		}
	}
}

func TestGuessesOfAccountsAreThrottled(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 27, 0, 0, 0, 0, time.UTC)
	g := newLoginGate(password.New(cheap))
	address := func(i int) (r http.Request) { r.RemoteAddr = "192.0.2." + string(rune('0'+i)) + ":1"; return r }
	begin := func(i int, account string) bool {
		r := address(i)
		return g.begin(addressOf(&r), accountPlace(account), now) == 0
	}
	for i := range maxFailures {
		if !begin(1, string(rune('a'+i))) {
			t.Fatalf("attempt %d is refused", i)
		}
	}
	if begin(1, "ada") {
		t.Error("one too many from an address")
	}
	for i := range maxAccountFailures {
		if !begin(2+i/maxFailures, "ada") {
			t.Fatalf("attempt %d at an account is refused", i)
		}
	}
	if begin(9, " ADA ") {
		t.Error("one too many at an account, from another address")
	}
	r := address(2)
	g.succeeded(addressOf(&r), accountPlace("ada"))
	if !begin(2, "ada") {
		t.Error("after a right password")
	}
}

func TestInvitationsBringPeople(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	ada := w.logIn()
	invite := func(role string) string {
		t.Helper()
		made := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/invitations/", `{"role":"`+role+`","description":"for Eve"}`, ada...))
		page, code, _ := strings.Cut(made["invite_url"].(string), "#")
		if page != ownOrigin+"/auth/invitation" || len(code) != 44 || made["open"] != true || made["created_by_name"] != "Ada" {
			t.Errorf("made %v", made)
		}
		return code
	}
	w.expect(422, "POST", "/api/v1/invitations/", `{"role":"owner"}`, ada...)
	code := invite("read-only")
	if got := decode[map[string]any](t, w.expect(200, "POST", "/api/v1/invitation/", `{"code":"`+code+`"}`)); got["organization_name"] != "local" || got["role"] != "read-only" || got["created_by_name"] != "Ada" {
		t.Errorf("shown: %v", got)
	}
	body := `{"code":"` + code + `","email":"eve@example.com","name":"Eve","password":"Eve's long password"}`
	w.expect(422, "POST", "/api/v1/invitation/accept/", strings.Replace(body, "Eve's long password", "short", 1))
	w.expect(409, "POST", "/api/v1/invitation/accept/", strings.Replace(body, "eve@", "ADA@", 1))
	came := w.expect(201, "POST", "/api/v1/invitation/accept/", body)
	w.expect(404, "POST", "/api/v1/invitation/accept/", body)
	eve := []string{"Cookie", cookie(t, came), "Origin", ownOrigin}
	w.expect(200, "POST", "/v2/query", goodQuery, eve...)
	w.expect(403, "POST", "/api/v1/projects/", `{"project_name":"eves"}`, eve...)

	members := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/members/", "", ada...))
	if len(members) != 2 || members[1]["email"] != "eve@example.com" || members[1]["role"] != "read-only" {
		t.Fatalf("members: %v", members)
	}
	path := "/api/v1/members/" + members[1]["user_id"].(string) + "/"
	w.expect(204, "PATCH", path, `{"role":"member"}`, ada...)
	w.expect(201, "POST", "/api/v1/projects/", `{"project_name":"eves"}`, eve...)
	w.expect(204, "DELETE", path, "", ada...)
	w.expect(404, "POST", "/v2/query", goodQuery, eve...)
	w.expect(200, "GET", "/api/v1/me/", "", eve...)
	w.expect(409, "DELETE", "/api/v1/members/"+members[0]["user_id"].(string)+"/", "", ada...)

	w.expect(204, "POST", "/api/v1/invitation/accept/", `{"code":"`+invite("member")+`"}`, eve...)
	w.expect(200, "POST", "/v2/query", goodQuery, eve...)

	revoked := invite("admin")
	for _, i := range decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/invitations/", "", ada...)) {
		if i["open"] == true {
			w.expect(204, "DELETE", "/api/v1/invitations/"+i["id"].(string)+"/", "", ada...)
		}
	}
	w.expect(404, "POST", "/api/v1/invitation/", `{"code":"`+revoked+`"}`)
	if strings.Contains(w.log.String(), code) {
		t.Error("the code of an invitation in the log")
	}
}

func TestUserTokensActForPeople(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	member := w.person(meta.MemberRole)
	browser := w.browser(member)
	opened := decode[map[string]any](t, w.expect(200, "POST", "/v1/device-auth/new?machine_name=laptop", ""))
	w.expect(200, "POST", "/api/v1/device-logins/"+opened["user_code"].(string)+"/approve/", "", browser...)
	token := decode[map[string]any](t, w.expect(200, "GET", "/v1/device-auth/wait/"+opened["device_code"].(string), ""))["token"].(string)
	if me := decode[map[string]any](t, w.expect(200, "GET", "/v1/account/me", "", "Authorization", token)); me["name"] != "some member" {
		t.Errorf("account: %v", me)
	}
	w.expect(200, "POST", "/v1/organizations/local/projects", `{"project_name":"mine"}`, "Authorization", token)

	ada, other := w.logIn(), w.as(meta.MemberRole)
	list := func(headers []string) []map[string]any {
		return decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/user-tokens/", "", headers...))
	}
	if got := list(other); len(got) != 0 {
		t.Errorf("somebody else sees %v", got)
	}
	got := list(browser)
	if len(got) != 1 || len(list(ada)) != 1 || got[0]["created_by_name"] != "some member" || got[0]["active"] != true {
		t.Errorf("user tokens: %v", got)
	}
	path := "/api/v1/user-tokens/" + got[0]["id"].(string) + "/"
	w.expect(404, "DELETE", path, "", other...)

	if err := w.meta.SetRole(t.Context(), w.server.home(), member.ID, meta.ReadOnlyRole); err != nil {
		t.Fatal(err)
	}
	w.expect(403, "POST", "/v1/organizations/local/projects", `{"project_name":"another"}`, "Authorization", token)
	if err := w.meta.SetUserDisabled(t.Context(), member.ID, true); err != nil {
		t.Fatal(err)
	}
	w.expect(401, "GET", "/v1/account/me", "", "Authorization", token)
	if got := list(ada); got[0]["active"] != false {
		t.Errorf("of who is disabled: %v", got)
	}
	w.expect(204, "DELETE", path, "", ada...)
}

func TestTheAuditLogNamesPeople(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	ada := w.logIn()
	w.expect(401, "POST", "/api/v1/login/", `{"email":"mallory@example.com","password":"guess"}`)
	w.expect(201, "POST", "/api/v1/projects/", `{"project_name":"adas"}`, ada...)
	w.expect(201, "POST", "/api/v1/projects/", `{"project_name":"operators"}`, basic(testPassword)...)
	list := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/audit-logs/?start_time="+time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), "", ada...))
	var got []string
	for _, e := range list[:3] {
		name, _ := e["user_name"].(string)
		if e["organization_name"] != "local" || e["resource_type"] == "project" && e["project_name"] != e["detail"] {
			t.Errorf("entry %v", e)
		}
		one := decode[map[string]any](t, w.expect(200, "GET", "/api/v1/audit-logs/"+e["id"].(string)+"/", "", ada...))
		if patches, ok := one["downgrade_patches"].([]any); !ok || len(patches) != 0 || one["id"] != e["id"] || one["detail"] != e["detail"] {
			t.Errorf("asked for by itself: %v", one)
		}
		got = append(got, strings.Join([]string{name, e["action"].(string), e["resource_type"].(string), e["detail"].(string), e["ip_address"].(string)}, " "))
	}
	want := []string{"admin INSERT project operators 192.0.2.1", "Ada INSERT project adas 192.0.2.1", " FAILED_LOGIN session mallory@example.com 192.0.2.1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.expect(404, "GET", "/api/v1/audit-logs/unknown/", "", ada...)
	for _, query := range []string{"", "?start_time=2026-01-01T00:00:00Z&cursor=x", "?start_time=2026-01-01T00:00:00Z&limit=1001", "?start_time=2026-01-01T00:00:00Z&format=pdf"} {
		w.expect(422, "GET", "/api/v1/audit-logs/"+query, "", ada...)
	}
	w.expect(400, "GET", "/api/v1/audit-logs/?start_time=2026-01-01T00:00:00Z&end_time=2026-06-01T00:00:00Z", "", ada...)
}

func TestTheAuditLogHasPagesAndFiles(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	for _, email := range []string{"=1+1@example.com", `"quoted", and more`, "eve"} {
		w.expect(401, "POST", "/api/v1/login/", `{"email":`+string(appendString(nil, email))+`,"password":"guess"}`)
	}
	ask := basic(testPassword)
	of := "/api/v1/audit-logs/?start_time=" + time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	whole := decode[[]map[string]any](t, w.expect(200, "GET", of, "", ask...))
	var pages []map[string]any
	for target := of + "&limit=2"; target != ""; {
		answer := w.expect(200, "GET", target, "", ask...)
		page := decode[[]map[string]any](t, answer)
		pages = append(pages, page...)
		target = ""
		if link := answer.Header().Get("Link"); link != "" {
			url, rest, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
			if rest != `; rel="next"` || !strings.HasPrefix(url, ownOrigin) || len(page) != 2 {
				t.Fatalf("link %s after %d entries", link, len(page))
			}
			target = strings.TrimPrefix(url, ownOrigin)
		}
	}
	if diff := cmp.Diff(whole, pages); diff != "" || len(whole) < 5 {
		t.Errorf("%d entries (-whole +pages):\n%s", len(whole), diff)
	}

	file := w.expect(200, "GET", of+"&action=FAILED_LOGIN&format=csv&limit=1", "", ask...)
	if got := file.Header().Get("Content-Type") + " " + file.Header().Get("Content-Disposition"); !strings.HasPrefix(got, `text/csv`) || !strings.Contains(got, `attachment; filename="audit-log-`) {
		t.Errorf("headers %s", got)
	}
	rows, err := csv.NewReader(file.Body).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%q, %v", rows, err)
	}
	for i, want := range [][]string{{"created_at", "user_name", "action", "detail"}, {"", "", "FAILED_LOGIN", "eve"}, {"", "", "FAILED_LOGIN", `"quoted", and more`}, {"", "", "FAILED_LOGIN", "'=1+1@example.com"}} {
		if got := []string{rows[i][0], rows[i][1], rows[i][2], rows[i][5]}; !slices.Equal(got[1:], want[1:]) {
			t.Errorf("line %d: %q, want %q", i, got, want)
		}
	}
	lines := strings.Split(strings.TrimSpace(w.expect(200, "GET", of+"&format=ndjson", "", ask...).Body.String()), "\n")
	if len(lines) != len(whole) || !strings.Contains(lines[0], `"detail":"eve"`) {
		t.Errorf("%d lines: %s", len(lines), lines)
	}
	if list := decode[[]map[string]any](t, w.expect(200, "GET", of+"&user=Ada", "", ask...)); len(list) != 3 || list[0]["action"] != "LOGIN" {
		t.Errorf("of Ada: %v", list)
	}
}

func TestWhoIsDisabledIsOut(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	ada := w.logIn()
	member := w.person(meta.MemberRole)
	browser := w.browser(member)
	path := "/api/v1/users/" + member.ID + "/"
	w.expect(422, "PATCH", path, `{}`, ada...)
	w.expect(403, "PATCH", path, `{"active":false}`, browser...)
	w.expect(204, "PATCH", path, `{"active":false}`, ada...)
	w.expect(401, "GET", "/api/v1/me/", "", browser...)
	w.expect(204, "PATCH", path, `{"active":true}`, ada...)
	w.expect(401, "GET", "/api/v1/me/", "", browser...)
	w.expect(200, "GET", "/api/v1/me/", "", w.browser(member)...)
	w.expect(404, "PATCH", "/api/v1/users/nobody/", `{"active":false}`, ada...)
	me := decode[map[string]any](t, w.expect(200, "GET", "/api/v1/me/", "", ada...))
	w.expect(409, "PATCH", "/api/v1/users/"+me["user_id"].(string)+"/", `{"active":false}`, ada...)
}

func TestWhoIsNotLoggedInIsToldSo(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	if got := w.expect(401, "GET", "/api/v1/me/", ""); got.Body.String() != `{"detail":"Nobody is logged in."}` {
		t.Errorf("without anything: %s", got.Body)
	}
	if got := w.expect(401, "GET", "/api/v1/me/", "", basic("guess")...); got.Body.String() != `{"detail":"The password is wrong."}` {
		t.Errorf("with a guess: %s", got.Body)
	}
}

func TestSessionsTellBrowsersApart(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	const edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0"
	for agent, want := range map[string]string{edge: edge, strings.Repeat("x", 300): strings.Repeat("x", 200)} {
		in := w.expect(200, "POST", "/api/v1/login/", `{"email":"ada@example.com","password":"`+adasSecret+`"}`, "User-Agent", agent)
		list := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/me/sessions/", "", "Cookie", cookie(t, in)))
		for _, session := range list {
			if session["current"] == true && session["client"] != want {
				t.Errorf("%s is kept as %s", agent, session["client"])
			}
		}
	}
}
