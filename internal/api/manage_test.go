package api

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/hearth-dev/hearth/internal/meta"
)

var tokenShape = regexp.MustCompile(`^pylf_v1_local_[a-zA-Z0-9]{44}$`)

// The life of a token as the CLI lives it: make, use, list, revoke.
func TestTokenLifeCycleOverREST(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	admin := basic(testPassword)
	project := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/projects/", `{"project_name":"demo","description":"for show"}`, admin...))
	base := "/api/v1/projects/" + project["id"].(string)
	if diff := cmp.Diff(project, decode[map[string]any](t, w.expect(200, "GET", base+"/", "", admin...))); diff != "" {
		t.Errorf("project (-made +read):\n%s", diff)
	}
	for segment, use := range map[string]string{"write-tokens": "/v1/traces", "read-tokens": "/v2/query"} {
		tokens := base + "/" + segment + "/"
		made := decode[map[string]any](t, w.expect(201, "POST", tokens, `{"description":"laptop","expires_at":"2099-12-31T23:59:59+00:00"}`, admin...))
		if got, want := slices.Sorted(maps.Keys(made)), []string{"created_at", "description", "expires_at", "id", "project_id", "token"}; !slices.Equal(got, want) {
			t.Errorf("%s: keys %v, want %v", segment, got, want)
		}
		text := made["token"].(string)
		if !tokenShape.MatchString(text) || made["expires_at"] != "2099-12-31T23:59:59.000000Z" {
			t.Errorf("%s: %v", segment, made)
		}
		w.expect(200, "POST", use, goodQuery, "Authorization", text)

		listed := w.expect(200, "GET", tokens, "", admin...)
		if strings.Contains(listed.Body.String(), text) {
			t.Errorf("%s: the list tells the token", segment)
		}
		list := decode[[]map[string]any](t, listed)
		if len(list) != 1 || list[0]["active"] != true || list[0]["token_prefix"] != text[:19] || list[0]["project_name"] != "demo" || list[0]["description"] != "laptop" {
			t.Errorf("%s: list %v", segment, list)
		}

		other := map[string]string{"write-tokens": "read-tokens", "read-tokens": "write-tokens"}[segment]
		id := made["id"].(string)
		w.expect(404, "DELETE", base+"/"+other+"/"+id+"/", "", admin...)
		w.expect(404, "DELETE", "/api/v1/projects/"+w.other.ID+"/"+segment+"/"+id+"/", "", admin...)
		w.expect(200, "POST", use, goodQuery, "Authorization", text)
		w.expect(204, "DELETE", tokens+id+"/", "", admin...)
		w.expect(401, "POST", use, goodQuery, "Authorization", text)
		if list := decode[[]map[string]any](t, w.expect(200, "GET", tokens, "", admin...)); len(list) != 0 { // Terraform makes anew what is not there
			t.Errorf("%s: list after the revocation %v", segment, list)
		}
		if list := decode[[]map[string]any](t, w.expect(200, "GET", tokens+"?revoked=true", "", admin...)); len(list) != 1 || list[0]["active"] != false || list[0]["revoked_at"] == nil {
			t.Errorf("%s: list with what was revoked %v", segment, list)
		}
		w.expect(422, "GET", tokens+"?revoked=perhaps", "", admin...)
		w.expect(201, "POST", tokens, "", admin...) // the body is optional
	}
}

func TestProjectsOverREST(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	list := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/projects/", ""))
	var names []string
	for _, p := range list {
		names = append(names, p["organization_name"].(string)+"/"+p["project_name"].(string))
		if _, err := uuid.Parse(p["id"].(string)); err != nil || p["visibility"] != "public" || p["description"] != nil {
			t.Errorf("project %v", p)
		}
	}
	if want := []string{"local/default", "local/other"}; !slices.Equal(names, want) {
		t.Errorf("projects %v, want %v", names, want)
	}
	w.expect(409, "POST", "/api/v1/projects/", `{"project_name":"other"}`)
	w.expect(201, "POST", "/api/v1/projects/", `{"project_name":"third","organization_name":"local"}`)
	w.expect(404, "POST", "/api/v1/projects/", `{"project_name":"third","organization_name":"nobody"}`)
	for _, body := range []string{`{"project_name":"Not A Slug"}`, `{}`, `{"project_name":7}`, `{"project_name":"ok","description":["x"]}`, `{`} {
		got := w.expect(422, "POST", "/api/v1/projects/", body)
		if detail := decode[struct{ Detail []fieldProblem }](t, got).Detail; len(detail) != 1 || detail[0].Loc[0] != "body" {
			t.Errorf("%s = %s", body, got.Body)
		}
	}
	unknown := "/api/v1/projects/" + uuid.NewString() + "/"
	w.expect(404, "GET", unknown, "")
	w.expect(404, "POST", unknown+"write-tokens/", "")
	w.expect(404, "GET", unknown+"read-tokens/", "")
	tokens := "/api/v1/projects/" + w.other.ID + "/read-tokens/"
	w.expect(422, "POST", tokens, `{"expires_at":"2001-01-01T00:00:00Z"}`)
	w.expect(422, "POST", tokens, `{"expires_at":"soon"}`)
	w.expect(422, "POST", tokens, `{"description":"`+strings.Repeat("x", 501)+`"}`)
	w.expect(201, "POST", tokens, `{"expires_at":null}`)
}

// What the official SDK does when it is configured for the first time (logfire-protocol.md, 3.3 to 3.6).
func TestControlPlaneOfTheSDK(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	user := []string{"Authorization", "pylf_v1_local_some-user-token"} // of the device flow; local mode does not mind
	me := decode[map[string]any](t, w.expect(200, "GET", "/v1/account/me", "", user...))
	if me["name"] == "" || me["default_organization"].(map[string]any)["organization_name"] != "local" {
		t.Errorf("account %v", me)
	}
	for _, path := range []string{"/v1/organizations/available-for-projects/", "/v1/organizations/"} {
		if list := decode[[]map[string]any](t, w.expect(200, "GET", path, "", user...)); len(list) != 1 || list[0]["organization_name"] != "local" {
			t.Errorf("%s = %v", path, list)
		}
	}
	for _, path := range []string{"/v1/writable-projects/", "/v1/projects/"} {
		if list := decode[[]map[string]any](t, w.expect(200, "GET", path, "", user...)); len(list) != 2 || list[0]["organization_name"] != "local" || list[0]["project_name"] != "default" {
			t.Errorf("%s = %v", path, list)
		}
	}
	credentials := func(method, path, body, name string) string {
		t.Helper()
		made := decode[map[string]string](t, w.expect(200, method, path, body, user...))
		if want := map[string]string{"project_name": name, "token": made["token"], "project_url": "http://127.0.0.1:4318/local/" + name}; !maps.Equal(made, want) {
			t.Errorf("%s = %v; the SDK takes exactly %v", path, made, want)
		}
		return made["token"]
	}
	token := credentials("POST", "/v1/organizations/local/projects", `{"project_name":"my-app"}`, "my-app")
	if info := decode[map[string]any](t, w.expect(200, "GET", "/v1/info", "", "Authorization", token)); info["project_name"] != "my-app" {
		t.Errorf("the new token opens %v", info)
	}
	credentials("POST", "/v1/projects/local", `{"project_name":"old-app"}`, "old-app")
	if again := credentials("POST", "/v1/organizations/local/projects/my-app/write-tokens/", "", "my-app"); again == token {
		t.Error("the same token twice")
	}
	w.expect(200, "POST", "/v1/organizations/local/projects/my-app/write-tokens", `{"description":"nightly","expires_at":"2099-01-01T00:00:00Z"}`)
	w.expect(422, "POST", "/v1/organizations/local/projects/my-app/write-tokens", `{"expires_at":"2001-01-01T00:00:00Z"}`)
	w.expect(409, "POST", "/v1/organizations/local/projects", `{"project_name":"my-app"}`)
	bad := decode[struct{ Detail []fieldProblem }](t, w.expect(422, "POST", "/v1/organizations/local/projects", `{"project_name":"My App"}`))
	if len(bad.Detail) != 1 || !slices.Equal(bad.Detail[0].Loc, []string{"body", "project_name"}) || bad.Detail[0].Msg == "" {
		t.Errorf("bad name = %+v", bad)
	}
	w.expect(404, "POST", "/v1/organizations/nobody/projects", `{"project_name":"my-app"}`)
	w.expect(404, "POST", "/v1/organizations/local/projects/nobody/write-tokens/", "")
	made := decode[map[string]any](t, w.expect(200, "POST", "/v1/organizations/local/projects/my-app/read-tokens",
		`{"description":"Created by Logfire CLI","expires_at":"2099-01-01T00:00:00.123456+00:00"}`, user...))
	info := decode[map[string]any](t, w.expect(200, "GET", "/v1/read-token-info", "", "Authorization", made["token"].(string)))
	if info["project_name"] != "my-app" || info["organization_name"] != "local" || info["expires_at"] != "2099-01-01T00:00:00.123456Z" {
		t.Errorf("read token info %v", info)
	}
	list, err := w.meta.Tokens(t.Context(), info["project_id"].(string), meta.ReadToken)
	if err != nil || len(list) != 1 || list[0].Description != "Created by Logfire CLI" {
		t.Errorf("read tokens %+v, %v", list, err)
	}
}

// A browser answers a challenge with a dialog of its own; a page that asks for the password itself wants none.
func TestScriptsOfPagesGetNoChallenge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	for _, c := range []struct {
		headers []string
		want    string
	}{
		{nil, `Basic realm="Hearth", charset="UTF-8"`},
		{[]string{"X-Requested-With", "XMLHttpRequest"}, ""},
		{append(basic("wrong"), "X-Requested-With", "XMLHttpRequest"), ""},
		{basic("wrong"), `Basic realm="Hearth", charset="UTF-8"`},
	} {
		got := w.expect(401, "GET", "/api/v1/projects/", "", c.headers...).Header().Get("WWW-Authenticate")
		if got != c.want {
			t.Errorf("%v: challenge %q, want %q", c.headers, got, c.want)
		}
	}
}

// Lists tell what was sent with each write token and API key; read tokens send nothing.
func TestListsTellWhatWasSentWithTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 27, 13, 43, 0, 0, time.UTC)
	w := newWorldAt(t, &now, nil)
	project := w.meta.DefaultProject().ID
	busy, _, err := w.meta.CreateToken(t.Context(), meta.NewToken{ProjectID: project, Kind: meta.WriteToken, Description: "busy"})
	if err != nil {
		t.Fatal(err)
	}
	w.makeKey(`{"name":"reader","project_id":"` + project + `","scopes":["project:read_otlp"]}`)
	key, _ := w.makeKey(`{"name":"sender","project_id":"` + project + `","scopes":["project:write_otlp"]}`)
	hour := meta.HourOf(now)
	err = w.meta.AddUsage(t.Context(), nil, []meta.TokenUsage{
		{TokenID: busy.ID, Hour: hour - 24, Records: 12_000}, {TokenID: busy.ID, Hour: hour, Records: 340}, {TokenID: key, Hour: hour - 1, Records: 7},
	})
	if err != nil {
		t.Fatal(err)
	}
	type item struct {
		ID          string  `json:"id"`
		Description *string `json:"description"`
		Records     *int64  `json:"records_24h"`
		ByHour      []int64 `json:"records_by_hour"`
	}
	tokens := "/api/v1/projects/" + project + "/"
	for _, one := range decode[[]item](t, w.expect(200, "GET", tokens+"write-tokens/", "")) {
		want, hours := int64(0), make([]int64, 25)
		if one.ID == busy.ID {
			want, hours[0], hours[24] = 12_340, 12_000, 340
		}
		if one.Records == nil || *one.Records != want || !slices.Equal(one.ByHour, hours) {
			t.Errorf("write token %+v, want %d, %v", one, want, hours)
		}
	}
	for _, one := range decode[[]item](t, w.expect(200, "GET", keysPath, "")) {
		if sends := one.ID == key; sends != (one.Records != nil) || sends && (*one.Records != 7 || one.ByHour[23] != 7) {
			t.Errorf("API key %+v", one)
		}
	}
	if read := decode[[]item](t, w.expect(200, "GET", tokens+"read-tokens/", "")); len(read) != 1 || read[0].Records != nil || read[0].ByHour != nil {
		t.Errorf("read tokens %+v", read)
	}
}

// What the Terraform provider does with a project.
func TestProjectsAreChangedAndDeletedOverREST(t *testing.T) {
	t.Parallel()
	told := 0
	w := newTown(t, func(o *Options) { o.Deleted = func() { told++ } })
	ada, member := w.logIn(), w.as(meta.MemberRole)
	made := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/projects/", `{"project_name":"demo","description":"for show","visibility":"public"}`, ada...))
	id := made["id"].(string)
	path := "/api/v1/projects/" + id + "/"
	change := func(body string) map[string]any {
		t.Helper()
		got := decode[map[string]any](t, w.expect(200, "PUT", path, body, ada...))
		if diff := cmp.Diff(got, decode[map[string]any](t, w.expect(200, "GET", path, "", ada...))); diff != "" {
			t.Errorf("(-changed +read):\n%s", diff)
		}
		if got["id"] != id {
			t.Errorf("another id: %v", got)
		}
		return got
	}
	if got := change(`{"project_name":"show"}`); got["project_name"] != "show" || got["description"] != "for show" {
		t.Errorf("renamed: %v", got)
	}
	if got := change(`{"description":"all of it","visibility":"public"}`); got["project_name"] != "show" || got["description"] != "all of it" {
		t.Errorf("described: %v", got)
	}
	if got := change(`{"description":null,"visibility":null}`); got["description"] != nil {
		t.Errorf("with no description: %v", got)
	}
	change(`{}`)
	w.expect(409, "PUT", path, `{"project_name":"other"}`, ada...)
	for _, body := range []string{`{"project_name":"Not A Slug"}`, `{"project_name":null}`, `{"project_name":7}`, `{"visibility":"private"}`, `{`} {
		w.expect(422, "PUT", path, body, ada...)
	}
	w.expect(422, "POST", "/api/v1/projects/", `{"project_name":"secret","visibility":"private"}`, ada...)

	write, read := w.token(id, meta.WriteToken), w.token(id, meta.ReadToken)
	key := w.apiKeyWith(id, meta.WriteProject, meta.ReadProject)
	foreign := w.apiKeyWith(w.other.ID, meta.WriteProject, meta.ReadProject)
	w.expect(200, "POST", "/v1/traces", "", "Authorization", write)
	w.expect(200, "POST", "/v2/query", goodQuery, "Authorization", read)
	w.expect(403, "PUT", path, `{}`, member...)
	w.expect(403, "DELETE", path, "", member...)
	w.expect(404, "DELETE", path, "", "Authorization", "Bearer "+foreign)
	w.expect(404, "DELETE", "/api/v1/projects/"+uuid.NewString()+"/", "", ada...)
	w.expect(403, "DELETE", path, "", "Authorization", "Bearer "+w.apiKeyWith(id, meta.ReadProject))
	w.expect(409, "DELETE", "/api/v1/projects/"+w.meta.DefaultProject().ID+"/", "", ada...)
	if told != 0 {
		t.Errorf("told %d times of what was refused", told)
	}
	w.expect(200, "GET", path, "", "Authorization", "Bearer "+key)
	w.expect(204, "DELETE", path, "", "Authorization", "Bearer "+key)
	if told != 1 {
		t.Errorf("told %d times, want once", told)
	}
	w.expect(401, "POST", "/v1/traces", "", "Authorization", write)
	w.expect(401, "POST", "/v2/query", goodQuery, "Authorization", read)
	w.expect(401, "GET", path, "", "Authorization", "Bearer "+key)
	w.expect(404, "GET", path, "", ada...)
	w.expect(404, "DELETE", path, "", ada...)
	if list := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/projects/", "", ada...)); len(list) != 2 {
		t.Errorf("projects %v", list)
	}
	w.expect(201, "POST", "/api/v1/projects/", `{"project_name":"show"}`, ada...)
}

func TestOrganizationsAreDeletedOverREST(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	ada := w.logIn()
	made := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/organizations/", `{"organization_name":"acme"}`, ada...))
	member := w.browser(w.personOf(made["id"].(string), meta.MemberRole))
	shop := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/projects/", `{"project_name":"shop","organization_name":"acme"}`, ada...))
	w.expect(201, "POST", "/api/v1/projects/", `{"project_name":"till","organization_name":"acme"}`, ada...)
	if got := w.expect(409, "DELETE", "/api/v1/organizations/acme/", "", ada...).Body.String(); !strings.Contains(got, "shop, till") {
		t.Errorf("the refusal does not name the projects: %s", got)
	}
	till, err := w.meta.ProjectNamed(t.Context(), "acme", "till")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{shop["id"].(string), till.ID} {
		w.expect(204, "DELETE", "/api/v1/projects/"+id+"/", "", ada...)
	}
	w.expect(403, "DELETE", "/api/v1/organizations/acme/", "", member...)
	w.expect(404, "DELETE", "/api/v1/organizations/acme/", "", w.browser(w.person(meta.AdminRole))...)
	w.expect(409, "DELETE", "/api/v1/organizations/local/", "", ada...)
	w.expect(204, "DELETE", "/api/v1/organizations/acme/", "", ada...)
	w.expect(404, "DELETE", "/api/v1/organizations/acme/", "", ada...)
	if list := decode[[]any](t, w.expect(200, "GET", "/api/v1/organizations/", "", member...)); len(list) != 0 {
		t.Errorf("who was its member is in %v", list)
	}
}
