package api

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/oidc/oidctest"
)

// resetBy makes a link for somebody as who has the headers, and returns its code.
func (w *world) resetBy(headers []string, u meta.User) string {
	w.t.Helper()
	made := decode[map[string]any](w.t, w.expect(201, "POST", "/api/v1/members/"+u.ID+"/password-reset/", "", headers...))
	page, code, _ := strings.Cut(made["reset_url"].(string), "#")
	if page != ownOrigin+"/auth/reset" || len(code) != 44 || made["email"] != u.Email {
		w.t.Errorf("made %v", made)
	}
	return code
}

func TestAForgottenPasswordIsReset(t *testing.T) {
	t.Parallel()
	const chosen = "a password of their own"
	w := newTown(t, nil)
	ada, eve := w.logIn(), w.person(meta.MemberRole)
	old := w.browser(eve)
	if me := decode[map[string]any](t, w.expect(200, "GET", "/api/v1/me/", "", old...)); me["has_password"] != false {
		t.Errorf("before: %v", me)
	}
	w.expect(409, "PUT", "/api/v1/me/password/", `{"current_password":"","password":"`+chosen+`"}`, old...)
	lost, code := w.resetBy(ada, eve), w.resetBy(ada, eve)
	w.expect(404, "POST", "/api/v1/password-reset/", `{"code":"`+lost+`"}`)
	shown := decode[map[string]any](t, w.expect(200, "POST", "/api/v1/password-reset/", `{"code":"`+code+`"}`))
	if diff := cmp.Diff([]any{"some member", eve.Email, "Ada", nil}, []any{shown["name"], shown["email"], shown["created_by_name"], shown["reset_url"]}); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	use := func(code, password string) string { return `{"code":"` + code + `","password":"` + password + `"}` }
	w.expect(422, "POST", "/api/v1/password-reset/use/", use(code, "short"))
	w.expect(422, "POST", "/api/v1/password-reset/use/", use(code, eve.Email))
	w.expect(404, "POST", "/api/v1/password-reset/use/", use(lost, chosen))
	w.expect(200, "GET", "/api/v1/me/", "", old...)
	rung := w.server.changes.next()
	came := w.expect(200, "POST", "/api/v1/password-reset/use/", use(code, chosen))
	select {
	case <-rung:
	default:
		t.Error("live tails of the sessions that ended go on")
	}
	if me := decode[map[string]any](t, came); me["email"] != eve.Email || me["has_password"] != true {
		t.Errorf("came in as %v", me)
	}
	w.expect(200, "GET", "/api/v1/me/", "", "Cookie", cookie(t, came))
	w.expect(401, "GET", "/api/v1/me/", "", old...)
	w.expect(404, "POST", "/api/v1/password-reset/use/", use(code, chosen))
	w.expect(404, "POST", "/api/v1/password-reset/", `{"code":"`+code+`"}`)
	w.expect(200, "POST", "/api/v1/login/", `{"email":"`+eve.Email+`","password":"`+chosen+`"}`)
	if log := w.log.String(); strings.Contains(log, code) || strings.Contains(log, chosen) {
		t.Error("a secret in the log")
	}
}

func TestWhosePasswordAnAdminResets(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	ada := w.logIn()
	acme, err := w.meta.CreateOrganization(t.Context(), "acme", "")
	if err != nil {
		t.Fatal(err)
	}
	bob, eve := w.personOf(acme.ID, meta.AdminRole), w.person(meta.ReadOnlyRole)
	of := func(u meta.User) string { return "/api/v1/members/" + u.ID + "/password-reset/" }
	inAcme := func(headers []string) []string { return append(headers, "X-Hearth-Organization", "acme") }

	w.expect(404, "POST", of(bob), "", ada...)                    // in another organisation
	w.expect(404, "POST", of(bob), "", inAcme(ada)...)            // which Ada does not see
	w.expect(404, "POST", of(eve), "", inAcme(w.browser(bob))...) // the other way round
	w.expect(404, "POST", "/api/v1/members/nobody/password-reset/", "", ada...)
	code := w.resetBy(ada, eve)
	_, text, err := w.meta.CreateInvitation(t.Context(), meta.NewInvitation{OrganizationID: acme.ID, Role: meta.ReadOnlyRole, ExpiresAt: w.server.Now().Add(meta.MaxInvitation / 2)})
	if err == nil {
		err = w.meta.JoinByInvitation(t.Context(), text, eve.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.expect(404, "POST", "/api/v1/password-reset/", `{"code":"`+code+`"}`) // it would open acme
	for _, admin := range [][]string{ada, inAcme(w.browser(bob))} {
		if got := w.expect(403, "POST", of(eve), "", admin...); !strings.Contains(got.Body.String(), "They are in another organisation, too") {
			t.Errorf("refused with %s", got.Body)
		}
	}
	w.expect(201, "POST", of(eve), "", basic(testPassword)...) // who runs the server

	if err := w.meta.RemoveMember(t.Context(), acme.ID, eve.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.meta.SetUserDisabled(t.Context(), eve.ID, true); err != nil {
		t.Fatal(err)
	}
	w.expect(409, "POST", of(eve), "", ada...)
	me := decode[map[string]any](t, w.expect(200, "GET", "/api/v1/me/", "", ada...))
	w.expect(409, "POST", "/api/v1/members/"+me["user_id"].(string)+"/password-reset/", "", ada...)
	another := w.person(meta.AdminRole) // came by single sign-on, as it were
	w.resetBy(w.browser(another), another)
}

func TestGuessesOfResetsAreThrottled(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	code := w.resetBy(w.logIn(), w.person(meta.MemberRole))
	for i := range maxFailures {
		path := []string{"/api/v1/password-reset/", "/api/v1/password-reset/use/"}[i%2]
		w.expect(404, "POST", path, `{"code":"guess","password":"a password of their own"}`)
	}
	got := w.expect(429, "POST", "/api/v1/password-reset/", `{"code":"`+code+`"}`)
	if got.Header().Get("Retry-After") == "" {
		t.Errorf("%v", got.Header())
	}
	w.expect(429, "POST", "/api/v1/password-reset/use/", `{"code":"`+code+`","password":"a password of their own"}`)
}

func TestEveryEntryNamesWhoDidIt(t *testing.T) {
	t.Parallel()
	w, fake := newSSO(t, func(o *Options) { o.SSO.Join, o.SSO.Domains = meta.ReadOnlyRole, []string{"example.com"} })
	ada := w.logIn()
	made := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/invitations/", `{"role":"member"}`, ada...))
	_, code, _ := strings.Cut(made["invite_url"].(string), "#")
	came := w.expect(201, "POST", "/api/v1/invitation/accept/", `{"code":"`+code+`","email":"eve@example.com","name":"Eve","password":"apples grow on trees"}`)
	eve := decode[map[string]any](t, came)["user_id"].(string)
	code = w.resetBy(ada, meta.User{ID: eve, Email: "eve@example.com"})
	w.expect(200, "POST", "/api/v1/password-reset/use/", `{"code":"`+code+`","password":"a password of their own"}`)
	fake.LogIn(oidctest.Claims{"sub": "1", "email": "joe@example.com", "email_verified": true})
	w.signOn(fake, 303, w.begin())

	list := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/audit-logs/?start_time="+iso(w.server.Now().AddDate(0, 0, -1)), "", ada...))
	var got []string
	for _, e := range slices.Backward(list) {
		if e["ip_address"] == nil || e["action"] == "LOGIN" { // a test's own doing, or of who else
			continue
		}
		name, _ := e["user_name"].(string)
		got = append(got, name+" "+e["action"].(string)+" "+e["resource_type"].(string))
	}
	want := []string{
		"Ada INSERT user", "Ada INSERT member", "Ada INSERT invitation", "Eve INSERT user", "Eve INSERT member", "Eve CLAIM_INVITATION invitation",
		"Ada INSERT password reset", "Eve UPDATE password", "joe INSERT user", "joe INSERT identity", "joe INSERT member",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
