package api

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/meta"
)

const keysPath = "/api/v1/api-keys/"

// makeKey makes an API key over REST and returns its id and the headers of who asks with it.
func (w *world) makeKey(body string, headers ...string) (id string, asWhom []string) {
	w.t.Helper()
	made := decode[struct {
		Key   map[string]any `json:"api_key"`
		Token string         `json:"token"`
	}](w.t, w.expect(201, "POST", keysPath, body, headers...))
	return made.Key["id"].(string), []string{"Authorization", "Bearer " + made.Token}
}

func names(list []map[string]any) []string {
	var all []string
	for _, one := range list {
		all = append(all, one["name"].(string))
	}
	slices.Sort(all)
	return all
}

// The life of an API key as Terraform's provider lives it (its client: internal/client/api_keys.go).
func TestAPIKeyLifeCycleOverREST(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	ada, project := w.logIn(), w.meta.DefaultProject().ID
	answer := w.expect(201, "POST", keysPath, `{"name":"terraform","scopes":["organization:create_api_key","organization:read_api_key","organization:write_api_key",
		"project:write_token","project:read"],"expires_at":"2099-12-31T23:59:59Z"}`, ada...)
	made := decode[map[string]any](t, answer)
	text := made["token"].(string)
	if !regexp.MustCompile(`^pylf_v2_local_[-0-9a-f]{36}_[a-zA-Z0-9]{44}$`).MatchString(text) {
		t.Errorf("token %s", text)
	}
	key := made["api_key"].(map[string]any)
	for name, want := range map[string]any{
		"name": "terraform", "description": nil, "project_id": nil, "project_name": nil, "all_projects": true, "created_by_name": "Ada", "active": true,
		"expires_at": "2099-12-31T23:59:59.000000Z", "user_id": nil, "updated_at": nil, "updated_by": nil, "last_used_at": nil, "token_prefix": text[:len(text)-39],
	} {
		if got, ok := key[name]; !ok || got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	wantScopes := []any{"organization:create_api_key", "organization:read_api_key", "organization:write_api_key", "project:read", "project:write_token"}
	if diff := cmp.Diff(wantScopes, key["scopes"]); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}

	terraform := []string{"Authorization", "Bearer " + text, "User-Agent", "terraform-provider-logfire/0.1.21"}
	id, _ := w.makeKey(`{"name":"deploy","scopes":["project:write_token"],"project_id":"`+project+`","description":"of the shop"}`, terraform...)
	list := decode[[]map[string]any](t, w.expect(200, "GET", keysPath, "", terraform...))
	if diff := cmp.Diff([]string{"deploy", "terraform"}, names(list)); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	for _, one := range list {
		if one["id"] == id && (one["created_by_name"] != "terraform" || one["created_by"] != nil || one["project_name"] != "default" || one["all_projects"] != false) {
			t.Errorf("made by a key: %v", one)
		}
	}
	changed := decode[map[string]any](t, w.expect(200, "PATCH", keysPath+id+"/", `{"name":"deploy shop","description":null}`, terraform...))
	if changed["name"] != "deploy shop" || changed["description"] != nil || changed["updated_at"] == nil || changed["updated_by_name"] != "terraform" || changed["token"] != nil {
		t.Errorf("changed: %v", changed)
	}
	for _, body := range []string{"", "{}", `{"name":null}`, `{"name":""}`, `{"claims":{"project:gateway_proxy":{}}}`, `{"name":7}`} {
		w.expect(422, "PATCH", keysPath+id+"/", body, terraform...)
	}
	w.expect(204, "DELETE", keysPath+id+"/", "", terraform...)
	if left := names(decode[[]map[string]any](t, w.expect(200, "GET", keysPath, "", terraform...))); !slices.Equal(left, []string{"terraform"}) {
		t.Errorf("left: %v", left)
	}
	if all := names(decode[[]map[string]any](t, w.expect(200, "GET", keysPath+"?revoked=true", "", terraform...))); len(all) != 2 {
		t.Errorf("with what was revoked: %v", all)
	}
	w.expect(404, "PATCH", keysPath+id+"/", `{"name":"x"}`, terraform...)

	token := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/projects/"+project+"/write-tokens/", "", terraform...))
	tokens := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/projects/"+project+"/write-tokens/", "", terraform...))
	if tokens[0]["id"] != token["id"] || tokens[0]["created_by_name"] != "terraform" {
		t.Errorf("write tokens: %v", tokens)
	}
}

func TestAPIKeysThatCannotBeMade(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	ada, project := w.logIn(), w.meta.DefaultProject().ID
	for _, body := range []string{
		``, `{"name":"x"}`, `{"scopes":["project:read"]}`, `{"name":"","scopes":["project:read"]}`, `{"name":"x","scopes":[]}`, `{"name":"x","scopes":"project:read"}`,
		`{"name":"x","scopes":["project:gateway_proxy"]}`, `{"name":"x","scopes":["project:read_otlp"]}`,
		`{"name":"x","scopes":["organization:auditlog"],"project_id":"` + project + `"}`, `{"name":"x","scopes":["project:read"],"project_id":"unknown"}`,
		`{"name":"x","scopes":["project:read"],"expires_at":"2001-01-01T00:00:00Z"}`, `{"name":"x","scopes":["project:read"],"claims":{"project:gateway_proxy":{}}}`,
	} {
		got := w.expect(422, "POST", keysPath, body, ada...)
		if detail := decode[struct{ Detail []fieldProblem }](t, got).Detail; len(detail) == 0 || detail[0].Loc[0] != "body" {
			t.Errorf("%s = %s", body, got.Body)
		}
	}
	w.makeKey(`{"name":"x","scopes":["project:read"],"claims":{},"description":null,"project_id":null,"expires_at":null}`, ada...)
}

// Nobody gives away, or takes, what they may not do themselves.
func TestAPIKeysAreNoLadder(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	ada, member, project := w.logIn(), w.as(meta.MemberRole), w.meta.DefaultProject().ID
	audit, _ := w.makeKey(`{"name":"audit","scopes":["organization:auditlog"]}`, ada...)
	w.expect(403, "POST", keysPath, `{"name":"audit","scopes":["project:read","organization:auditlog"]}`, member...)
	w.expect(403, "DELETE", keysPath+audit+"/", "", member...)
	w.expect(403, "POST", keysPath+audit+"/rotate/", "", member...)
	mine, _ := w.makeKey(`{"name":"mine","scopes":["project:read"]}`, member...)
	w.expect(204, "DELETE", keysPath+mine+"/", "", w.as(meta.MemberRole)...)

	_, maker := w.makeKey(`{"name":"maker","scopes":["organization:create_api_key","organization:write_api_key","project:read"]}`, ada...)
	if got := w.expect(403, "POST", keysPath, `{"name":"more","scopes":["project:read","project:write_token"]}`, maker...); !strings.Contains(got.Body.String(), "project:write_token") {
		t.Errorf("refusal %s", got.Body)
	}
	less, _ := w.makeKey(`{"name":"less","scopes":["project:read"]}`, maker...)
	w.expect(403, "POST", keysPath+audit+"/rotate/", "", maker...)
	w.expect(201, "POST", keysPath+less+"/rotate/", "", maker...)

	for who, headers := range map[string][]string{"ada": ada, "a member": member} {
		scopes := decode[[]map[string]any](t, w.expect(200, "GET", keysPath+"scopes/", "", headers...))
		audits := slices.ContainsFunc(scopes, func(s map[string]any) bool { return s["scope"] == "organization:auditlog" })
		if audits != (who == "ada") || len(scopes) == 0 {
			t.Errorf("%s may give %v", who, scopes)
		}
	}
	if scopes := decode[[]map[string]any](t, w.expect(200, "GET", keysPath+"scopes/", "", maker...)); len(scopes) != 3 {
		t.Errorf("the key may give %v", scopes)
	}

	_, ofProject := w.makeKey(`{"name":"of the project","scopes":["project:read_api_key","project:write_api_key","project:read"],"project_id":"`+project+`"}`, ada...)
	other, _ := w.makeKey(`{"name":"of another","scopes":["project:read"],"project_id":"`+w.other.ID+`"}`, ada...)
	own, _ := w.makeKey(`{"name":"own","scopes":["project:read"],"project_id":"`+project+`"}`, ofProject...)
	if got := names(decode[[]map[string]any](t, w.expect(200, "GET", keysPath, "", ofProject...))); !slices.Equal(got, []string{"of the project", "own"}) {
		t.Errorf("an API key of a project sees %v", got)
	}
	w.expect(403, "POST", keysPath, `{"name":"all","scopes":["project:read"]}`, ofProject...)
	w.expect(403, "POST", keysPath, `{"name":"all","scopes":["project:read"],"project_id":"`+w.other.ID+`"}`, ofProject...)
	w.expect(404, "DELETE", keysPath+other+"/", "", ofProject...)
	w.expect(404, "DELETE", keysPath+less+"/", "", ofProject...)
	w.expect(204, "DELETE", keysPath+own+"/", "", ofProject...)
}

func TestAPIKeysSeeTheirOrganizationAlone(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	acme, err := w.meta.CreateOrganization(t.Context(), "acme", "")
	if err != nil {
		t.Fatal(err)
	}
	shop, err := w.meta.CreateProject(t.Context(), meta.NewProject{Organization: "acme", Name: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	operator := basic(testPassword)
	all := `{"name":"all","scopes":["project:read","organization:create_project","organization:read_member","project:write_token","organization:read_api_key"]}`
	made := decode[map[string]any](t, w.expect(201, "POST", keysPath+"?organization=acme", all, operator...))
	key := []string{"Authorization", "Bearer " + made["token"].(string)}
	if made["api_key"].(map[string]any)["organization_id"] != acme.ID {
		t.Errorf("made %v", made)
	}
	projects := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/projects/", "", key...))
	if len(projects) != 1 || projects[0]["project_name"] != "shop" {
		t.Errorf("projects %v", projects)
	}
	w.expect(404, "GET", "/api/v1/projects/"+w.other.ID+"/", "", key...)
	w.expect(201, "POST", "/api/v1/projects/"+shop.ID+"/write-tokens/", "", key...)
	w.expect(404, "POST", "/api/v1/projects/"+w.other.ID+"/write-tokens/", "", key...)
	w.expect(404, "GET", "/api/v1/members/", "", append(key, headerOrganization, "local")...)
	if members := decode[[]map[string]any](t, w.expect(200, "GET", "/api/v1/members/", "", key...)); len(members) != 0 {
		t.Errorf("members of local: %v", members)
	}
	project := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/projects/", `{"project_name":"till"}`, key...))
	if project["organization_name"] != "acme" {
		t.Errorf("the organisation is implied by the key: %v", project)
	}
	w.expect(404, "POST", "/api/v1/projects/", `{"project_name":"till","organization_name":"local"}`, key...)
}

func TestRotationOverREST(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := newWorldAt(t, &now, remote)
	admin, base := basic(testPassword), "/api/v1/projects/"+w.meta.DefaultProject().ID
	for segment, use := range map[string]string{"write-tokens": "/v1/traces", "read-tokens": "/v2/query"} {
		tokens := base + "/" + segment + "/"
		old := decode[map[string]any](t, w.expect(201, "POST", tokens, `{"description":"laptop"}`, admin...))
		rotate := tokens + old["id"].(string) + "/rotate/"
		for _, body := range []string{`{"keep_old_hours":-1}`, `{"keep_old_hours":721}`, `{"keep_old_hours":99999999999}`, `{"keep_old_hours":"1"}`, `{"expires_at":"2001-01-01T00:00:00Z"}`} {
			w.expect(422, "POST", rotate, body, admin...)
		}
		next := decode[map[string]any](t, w.expect(201, "POST", rotate, `{"keep_old_hours":2}`, admin...))
		if got, want := slices.Sorted(maps.Keys(next)), slices.Sorted(maps.Keys(old)); !slices.Equal(got, want) || next["description"] != "laptop" {
			t.Errorf("%s: next %v, want the keys %v", segment, next, want)
		}
		for _, token := range []map[string]any{old, next} {
			w.expect(200, "POST", use, goodQuery, "Authorization", token["token"].(string))
		}
		now = now.Add(2 * time.Hour)
		w.expect(401, "POST", use, goodQuery, "Authorization", old["token"].(string))
		w.expect(404, "POST", rotate, "", admin...)
		last := decode[map[string]any](t, w.expect(201, "POST", tokens+next["id"].(string)+"/rotate/", "", admin...))
		w.expect(401, "POST", use, goodQuery, "Authorization", next["token"].(string))
		w.expect(204, "PATCH", tokens+last["id"].(string)+"/expire/", "", admin...)
		w.expect(401, "POST", use, goodQuery, "Authorization", last["token"].(string))
		w.expect(404, "PATCH", tokens+"unknown/expire/", "", admin...)
	}
}

func TestTokensTellWhoUsesThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	w.expect(200, "POST", "/v1/traces", "x", "Authorization", w.write, "User-Agent", "logfire/5.4.0")
	w.expect(200, "POST", "/v2/query", goodQuery, "Authorization", "Bearer "+w.read, "User-Agent", "OTel-OTLP-Exporter-Python/1.38")
	if err := w.meta.Close(); err != nil { // writes what is pending
		t.Fatal(err)
	}
	db, err := meta.Open(t.Context(), w.place, meta.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for kind, agent := range map[meta.Kind]string{meta.WriteToken: "logfire/5.4.0", meta.ReadToken: "OTel-OTLP-Exporter-Python/1.38"} {
		list, err := db.Tokens(t.Context(), db.DefaultProject().ID, kind)
		if err != nil || len(list) != 1 || list[0].LastUse.Address != "192.0.2.1" || list[0].LastUse.Agent != agent || list[0].LastUse.At.IsZero() {
			t.Errorf("%s: %+v, %v", kind, list, err)
		}
	}
}

func TestAgentsAskWithAPIKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	project := w.meta.DefaultProject().ID
	full := w.agent("Bearer "+w.apiKeyWith(project, meta.ReadProject, meta.ReadRecords, meta.ReadDashboard), "")
	full.expect("Project local/default", "query_run", map[string]any{"query": "SELECT 1"})
	full.expect(`"project_name":"default"`, "project_list", nil)
	full.expect(`"dashboard_slug":"overview"`, "dashboard_list", nil)
	full.expect("error: ", "query_run", map[string]any{"query": "SELECT 1", "project": "other"})
	all := w.agent("Bearer "+w.apiKeyWith("", meta.ReadProject), "")
	all.expect(`"project_name":"other"`, "project_list", nil)
	all.expect("project:read_otlp", "query_run", map[string]any{"query": "SELECT 1"})
	records := w.agent("Bearer "+w.apiKeyWith(project, meta.ReadRecords), "")
	records.expect(`"project_name":"default"`, "project_list", nil)
	records.expect("project:read_dashboard", "dashboard_list", nil)
	got := w.expect(http.StatusForbidden, "POST", "/mcp", "{}", "Authorization", "Bearer "+w.apiKeyWith("", meta.ReadMember))
	if !strings.Contains(got.Body.String(), "project:read") {
		t.Errorf("refusal %s", got.Body)
	}
}
