package api

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/hearth-dev/hearth/internal/meta"
)

// acme makes a second organisation, with a project.
func (w *world) acme(project string) (meta.Organization, meta.Project) {
	w.t.Helper()
	o, err := w.meta.CreateOrganization(w.t.Context(), "acme", "")
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := w.meta.CreateProject(w.t.Context(), meta.NewProject{Organization: o.ID, Name: project})
	if err != nil {
		w.t.Fatal(err)
	}
	return o, p
}

func TestOrganizationsAreMadeAndRenamed(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	ada := w.logIn()
	made := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/organizations/", `{"organization_name":"acme"}`, ada...))
	id := made["id"].(string)
	if made["organization_name"] != "acme" || made["role"] != "admin" {
		t.Errorf("made %v", made)
	}
	w.expect(409, "POST", "/api/v1/organizations/", `{"organization_name":"acme"}`, ada...)
	if got := w.expect(422, "POST", "/api/v1/organizations/", `{"organization_name":"auth"}`, ada...).Body.String(); !strings.Contains(got, "addresses of the server") {
		t.Errorf("a reserved name: %s", got)
	}
	for _, path := range []string{"acme", id} {
		if got := decode[map[string]any](t, w.expect(200, "GET", "/api/v1/organizations/"+path+"/", "", ada...)); !cmp.Equal(got, made) {
			t.Errorf("%s: %v", path, got)
		}
	}
	names := func(path, key string, headers ...string) (names []string) {
		t.Helper()
		for _, o := range decode[[]map[string]any](t, w.expect(200, "GET", path, "", headers...)) {
			names = append(names, o[key].(string))
		}
		return names
	}
	if got := names("/api/v1/organizations/", "organization_name", ada...); !slices.Equal(got, []string{"acme", "local"}) {
		t.Errorf("organisations: %q", got)
	}
	w.expect(201, "POST", "/api/v1/projects/", `{"project_name":"shop","organization_name":"acme"}`, ada...)
	w.expect(200, "POST", "/v1/organizations/acme/projects", `{"project_name":"till"}`, ada...)
	w.expect(422, "PUT", "/api/v1/organizations/local/", `{"organization_name":"home"}`, ada...)
	w.expect(409, "PUT", "/api/v1/organizations/acme/", `{"organization_name":"local"}`, ada...)
	w.expect(200, "PUT", "/api/v1/organizations/acme/", `{"organization_name":"ajax"}`, ada...)
	w.expect(404, "GET", "/api/v1/organizations/acme/", "", ada...)
	if got := names("/v1/organizations/available-for-projects/", "organization_name", ada...); !slices.Equal(got, []string{"ajax", "local"}) {
		t.Errorf("for projects: %q", got)
	}
	if got := names("/v1/writable-projects/", "project_url", ada...); !slices.Equal(got, []string{ownOrigin + "/ajax/shop", ownOrigin + "/ajax/till", ownOrigin + "/local/default", ownOrigin + "/local/other"}) {
		t.Errorf("projects: %q", got)
	}

	// Who manages the server makes organisations, and nobody else; who makes one is its admin, and only they rename it.
	boss, member := w.browser(w.person(meta.AdminRole)), w.as(meta.MemberRole)
	w.expect(403, "POST", "/api/v1/organizations/", `{"organization_name":"club"}`, member...)
	w.expect(404, "POST", "/api/v1/organizations/", `{"organization_name":"club"}`, w.browser(w.personOf(id, meta.AdminRole))...)
	w.expect(404, "PUT", "/api/v1/organizations/ajax/", `{"organization_name":"club"}`, boss...)
	w.expect(403, "PUT", "/api/v1/organizations/ajax/", `{"organization_name":"club"}`, w.browser(w.personOf(id, meta.MemberRole))...)
	w.expect(201, "POST", "/api/v1/organizations/", `{"organization_name":"club"}`, basic(testPassword)...)
}

// In local mode there can be several organisations, too, and everybody sees all.
func TestOrganizationsWithoutPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.expect(201, "POST", "/api/v1/organizations/", `{"organization_name":"acme"}`)
	shop := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/projects/", `{"project_name":"default","organization_name":"acme"}`))
	for _, selected := range []string{"acme/default", shop["id"].(string)} {
		if got := w.expect(200, "POST", "/v2/query", goodQuery, headerProject, selected).Header().Get("X-Logfire-Context"); got != "acme/default" {
			t.Errorf("%s is %s", selected, got)
		}
		if got := w.expect(200, "POST", "/v1/traces", "", headerProject, selected).Header().Get("X-Project-Id"); got != shop["id"] {
			t.Errorf("telemetry for %s goes to %s", selected, got)
		}
	}
	if got := w.expect(200, "POST", "/v2/query", goodQuery, headerProject, "default").Header().Get("X-Logfire-Context"); got != "local/default" {
		t.Errorf("a name alone is %s", got)
	}
	for _, selected := range []string{"nowhere/default", "acme/nothing", uuid.NewString(), "acme/", "/default", "a/b/c"} {
		w.expect(404, "POST", "/v2/query", goodQuery, headerProject, selected)
	}
	// A token names its own project by whatever it is called.
	token := w.token(shop["id"].(string), meta.ReadToken)
	for selected, want := range map[string]int{"default": 200, "acme/default": 200, shop["id"].(string): 200, "local/default": 403} {
		w.expect(want, "POST", "/v2/query", goodQuery, "Authorization", token, headerProject, selected)
	}
}

// Each organisation has its people, its channels and its log.
func TestWhichOrganizationARequestMeans(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	other, shop := w.acme("shop")
	ada, eve := w.logIn(), w.browser(w.personOf(other.ID, meta.AdminRole))
	both := w.personOf(other.ID, meta.MemberRole)
	if err := w.meta.RemoveMember(t.Context(), other.ID, both.ID); err != nil {
		t.Fatal(err)
	}
	me := func(headers ...string) any {
		t.Helper()
		return decode[map[string]any](t, w.expect(200, "GET", "/v1/account/me", "", headers...))["default_organization"]
	}
	for _, c := range []struct {
		headers []string
		want    any
	}{{ada, map[string]any{"organization_name": "local"}}, {eve, map[string]any{"organization_name": "acme"}}, {w.browser(both), nil}} {
		if diff := cmp.Diff(c.want, me(c.headers...)); diff != "" {
			t.Errorf("default (-want +got):\n%s", diff)
		}
	}
	members := func(headers ...string) int {
		t.Helper()
		return len(decode[[]any](t, w.expect(200, "GET", "/api/v1/members/", "", headers...)))
	}
	for _, c := range []struct {
		more []string
		want int
	}{
		{nil, 1}, {[]string{headerOrganization, "acme"}, 1}, {[]string{headerOrganization, other.ID}, 1},
	} {
		if got := members(append(slices.Clone(eve), c.more...)...); got != c.want {
			t.Errorf("eve with %q sees %d members", c.more, got)
		}
	}
	w.expect(404, "GET", "/api/v1/members/?organization=local", "", eve...)
	w.expect(404, "GET", "/api/v1/members/?organization=acme", "", ada...)
	w.expect(404, "GET", "/api/v1/members/", "", w.browser(both)...)
	if got := w.expect(200, "GET", "/v1/read-token-info", "", eve...).Body.String(); !strings.Contains(got, shop.ID) {
		t.Errorf("without a project eve is in %s", got)
	}

	invited := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/invitations/", `{"role":"member"}`, eve...))
	if invited["organization_name"] != "acme" {
		t.Errorf("invited to %v", invited)
	}
	_, code, _ := strings.Cut(invited["invite_url"].(string), "#")
	w.expect(204, "POST", "/api/v1/invitation/accept/", `{"code":"`+code+`"}`, ada...) // an admin of local joins as a member
	if got := members(append(slices.Clone(ada), headerOrganization, "acme")...); got != 2 {
		t.Errorf("ada sees %d members of acme", got)
	}
	w.expect(403, "POST", "/api/v1/invitations/?organization=acme", `{"role":"member"}`, ada...)

	hook := `{"label":"hook","config":{"type":"webhook","url":"http://127.0.0.1:1/"}}`
	ours := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/channels/", hook, ada...))["id"].(string)
	theirs := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/channels/", hook, eve...))["id"].(string)
	w.expect(404, "GET", "/api/v1/channels/"+ours+"/", "", eve...)
	w.expect(404, "PUT", "/api/v1/channels/"+ours+"/", `{"label":"x"}`, eve...)
	w.expect(404, "POST", "/api/v1/channels/"+ours+"/test/", `{}`, eve...)
	w.expect(404, "GET", "/api/v1/channels/"+theirs+"/", "", ada...)
	w.expect(200, "GET", "/api/v1/channels/"+theirs+"/?organization=acme", "", ada...)
	alert := func(channel string) string {
		return `{"name":"Errors","query":"SELECT 1","time_window":"PT5M","frequency":"PT5M","notify_when":"has_matches","channel_ids":["` + channel + `"]}`
	}
	if refused := w.expect(422, "POST", "/api/v1/projects/"+shop.ID+"/alerts/", alert(ours), eve...).Body.String(); !strings.Contains(refused, "there is no channel "+ours) {
		t.Errorf("an alert that tells another organisation's channel: %s", refused)
	}
	w.expect(201, "POST", "/api/v1/projects/"+shop.ID+"/alerts/", alert(theirs), eve...)
	since := "/api/v1/audit-logs/?start_time=" + time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	if log := w.expect(200, "GET", since, "", eve...).Body.String(); strings.Contains(log, ours) || !strings.Contains(log, theirs) {
		t.Errorf("the log of acme: %s", log)
	}
	if log := w.expect(200, "GET", since, "", ada...).Body.String(); !strings.Contains(log, ours) || strings.Contains(log, theirs) {
		t.Errorf("the log of local: %s", log)
	}
}

// placeholders are the parameters of paths.
var placeholders = regexp.MustCompile(`\{\w+\}`)

// TestOrganizationsAreWalls asks every route for what is in another organisation, and for what is nowhere: the answers are the
// same, but for the name that was asked for.
func TestOrganizationsAreWalls(t *testing.T) {
	t.Parallel()
	w := newTown(t, func(o *Options) { o.Gatherer = prometheus.NewRegistry() })
	other, shop := w.acme("shop")
	eve := w.personOf(other.ID, meta.AdminRole)
	_, login, err := w.meta.CreateToken(t.Context(), meta.NewToken{Kind: meta.UserToken, Owner: eve.Owner()})
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{w.server.home(), w.meta.DefaultProject().ID, "ada@example.com", "Ada", w.other.ID}
	ask := func(route, organization, project string, headers []string) (int, string) {
		method, path, _ := strings.Cut(route, " ")
		byID := map[string]string{"local": w.meta.DefaultProject().ID}[organization]
		if byID == "" {
			byID = uuid.NewString()
		}
		path = strings.NewReplacer("{org}", organization, "{project}", project, "{id}", byID).Replace(path)
		path = placeholders.ReplaceAllString(path, "unknown")
		if path == "/v1/query" {
			path += "?sql=SELECT+1"
		}
		body := ""
		if method == http.MethodPost {
			body = goodQuery
		}
		more := []string{headerProject, organization + "/" + project, headerOrganization, organization}
		answer := w.do(method, path, body, append(slices.Clone(headers), more...)...)
		return answer.Code, strings.ReplaceAll(answer.Body.String(), organization+"/", "ORG/")
	}
	for caller, headers := range map[string][]string{"a browser": w.browser(eve), "a user token": {"Authorization", "Bearer " + login}} {
		for _, route := range routes(t, w.handler) {
			if who := accessOf[route]; who == strangers || who == everyone || route == "POST /api/v1/logout" || route == "DELETE /api/v1/user-tokens/current" {
				continue
			}
			status, text := ask(route, "local", "default", headers)
			missing, empty := ask(route, "nowhere", "default", headers)
			empty = strings.ReplaceAll(empty, "organisation nowhere", "organisation local")
			if status != missing || text != empty {
				t.Errorf("%s by %s tells what is there from what is not:\n%d %s\n%d %s", route, caller, status, text, missing, empty)
			}
			for _, secret := range secrets {
				if strings.Contains(text, secret) {
					t.Errorf("%s by %s tells of %s: %s", route, caller, secret, text)
				}
			}
			if _, own := ask(route, "acme", shop.Name, headers); strings.Contains(own, w.server.home()) {
				t.Errorf("%s by %s tells of local: %s", route, caller, own)
			}
		}
	}
	if questions := w.engine.questions; len(questions) == 0 || slices.ContainsFunc(questions, func(q question) bool { return q.project != shop.ID }) {
		t.Errorf("%d questions, of which some are about another project: %+v", len(questions), questions)
	}
}

// No organisation can have a name with which a path of the server begins.
func TestPathsOfTheServerAreNoOrganizations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Gatherer = prometheus.NewRegistry() })
	first := map[string]bool{}
	for _, path := range append(slices.Clone(apiPrefixes), pageLogin, pageInvitation, PageSetUp) {
		first[strings.Split(path, "/")[1]] = true
	}
	for _, route := range routes(t, w.handler) {
		_, path, _ := strings.Cut(route, " ")
		first[strings.Split(path, "/")[1]] = true
	}
	for name := range first {
		if name != ".well-known" { // no name has a dot
			w.expect(422, "POST", "/api/v1/organizations/", `{"organization_name":"`+name+`"}`)
		}
	}
}
