package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// browser is one in which a person is logged in.
type browser struct {
	h      *hearth
	origin string // of the pages, as the server knows it
	cookie string
}

// do sends what a page of the server would send. more are names and values of headers.
func (b *browser) do(t *testing.T, method, path, body string, more ...string) (status int, answer string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	resp := b.send(ctx, t, method, path, body, more...)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func (b *browser) send(ctx context.Context, t *testing.T, method, path, body string, more ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, b.h.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Origin": b.origin, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json", "Cookie": b.cookie} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	for i := 0; i < len(more); i += 2 {
		req.Header.Set(more[i], more[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range resp.Cookies() {
		b.cookie = cookie.Name + "=" + cookie.Value
	}
	return resp
}

// programLogin lets a program in, in the name of who is logged in, and returns what it got: a user token.
func (b *browser) programLogin(t *testing.T) string {
	t.Helper()
	stranger := &browser{h: b.h}
	opened := get[object](t, stranger, 200, "POST", "/v1/device-auth/new/?machine_name=laptop", "")
	page, err := url.Parse(opened["frontend_auth_url"].(string))
	if err != nil {
		t.Fatal(err)
	}
	get[object](t, b, 200, "POST", "/api/v1/device-logins/"+page.Query().Get("code")+"/approve/", "")
	return get[object](t, stranger, 200, "GET", "/v1/device-auth/wait/"+opened["device_code"].(string), "")["token"].(string)
}

// tool calls a tool as a coding agent does, with a token and nothing else.
func (h *hearth) tool(t *testing.T, token, name, arguments string) string {
	t.Helper()
	call := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":{%s}}}`, name, arguments)
	status, answer := (&browser{h: h}).do(t, "POST", "/mcp", call, "Authorization", token, "Accept", "application/json, text/event-stream", "Mcp-Protocol-Version", "2025-06-18")
	if status != http.StatusOK {
		t.Fatalf("tool %s: HTTP %d: %s", name, status, answer)
	}
	return answer
}

// get decodes what must be a success.
func get[T any](t *testing.T, b *browser, want int, method, path, body string, more ...string) (value T) {
	t.Helper()
	status, answer := b.do(t, method, path, body, more...)
	if status != want {
		t.Fatalf("%s %s: HTTP %d, want %d: %s", method, path, status, want, answer)
	}
	if err := json.Unmarshal([]byte(answer), &value); err != nil {
		t.Fatalf("%s %s: %v: %s", method, path, err, answer)
	}
	return value
}

type object = map[string]any

// TestTheSetUpKeepsWhatLocalModeGathered starts a server that was used in local mode for others to reach it: what was sent then is there
// under the names that the set-up page offers, and beside those that somebody chooses.
func TestTheSetUpKeepsWhatLocalModeGathered(t *testing.T) {
	t.Parallel()
	const origin = "https://hearth.example.com"
	for name, place := range map[string]string{
		"with the names that are there": `"organization_name":"local","project_name":"default"`,
		"with others":                   `"organization_name":"acme","project_name":"shop"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			h := start(t, folder)
			h.sendSpans(t, "", spansRequest("shop", 1, 3, time.Now()))
			h.waitCount(t, 3, "SELECT count(*) AS n FROM records")
			if status := h.stop(t); status != 0 {
				t.Fatalf("exit status %d", status)
			}
			h = start(t, folder, "--public-url", origin)
			code := h.printed(t, regexp.MustCompile(`Set-up +https://hearth\.example\.com/auth/setup#(\w+)`))
			ada := &browser{h: h, origin: origin}
			get[object](t, ada, 201, "POST", "/api/v1/setup/", fmt.Sprintf(`{"code":%q,"email":"ada@example.com","name":"Ada","password":"correct horse battery",%s}`, code, place))
			const question = `{"sql":"select count(*) as n from records","min_timestamp":"2020-01-01T00:00:00Z"}`
			if status, answer := ada.do(t, "POST", "/v2/query", question, "X-Hearth-Project", "local/default"); status != 200 || !strings.Contains(answer, `[{"n":3}]`) {
				t.Errorf("what was sent before: HTTP %d %s", status, answer)
			}
		})
	}
}

// TestOneOrganizationCannotSeeAnother puts two people into two organisations of one server, each with a project that has the same
// name, and lets one look for what the other has: by name, by id, through every door.
func TestOneOrganizationCannotSeeAnother(t *testing.T) {
	t.Parallel()
	const origin = "https://hearth.example.com"
	h := start(t, t.TempDir(), "--public-url", origin)
	code := h.printed(t, regexp.MustCompile(`Set-up +https://hearth\.example\.com/auth/setup#(\w+)`))
	ada, eve := &browser{h: h, origin: origin}, &browser{h: h, origin: origin}
	get[object](t, ada, 201, "POST", "/api/v1/setup/", fmt.Sprintf(`{"code":%q,"email":"ada@example.com","name":"Ada","password":"correct horse battery"}`, code))
	get[object](t, ada, 201, "POST", "/api/v1/organizations/", `{"organization_name":"acme"}`)
	invited := get[object](t, ada, 201, "POST", "/api/v1/invitations/?organization=acme", `{"role":"admin"}`)
	_, code, _ = strings.Cut(invited["invite_url"].(string), "#")
	get[object](t, eve, 201, "POST", "/api/v1/invitation/accept/", fmt.Sprintf(`{"code":%q,"email":"eve@example.com","name":"Eve","password":"apples grow on trees"}`, code))

	// Each has a project, records, a dashboard, a search and a channel.
	ids, tokens, channels := map[string]string{}, map[string]string{}, map[string]string{}
	for i, organization := range []string{"local", "acme"} {
		who := []*browser{ada, eve}[i]
		project := get[object](t, who, 201, "POST", "/api/v1/projects/", fmt.Sprintf(`{"organization_name":%q,"project_name":"shop"}`, organization))
		id := project["id"].(string)
		ids[organization] = id
		tokens[organization] = get[object](t, who, 201, "POST", "/api/v1/projects/"+id+"/write-tokens/", `{}`)["token"].(string)
		get[object](t, who, 200, "POST", "/api/v1/projects/"+id+"/dashboards/", fmt.Sprintf(`{"name":"Board of %s","slug":"board-%s","definition":{"kind":"Dashboard","spec":{"panels":{},"layouts":[]}}}`, organization, organization))
		channels[organization] = get[object](t, who, 201, "POST", "/api/v1/channels/", fmt.Sprintf(`{"label":"hook of %s","config":{"type":"webhook","url":"http://127.0.0.1:1/"}}`, organization))["id"].(string)
		h.sendSpans(t, tokens[organization], spansRequest("secret-of-"+organization, uint64(i), 3, time.Now()))
	}
	const question = `{"sql":"select service_name, count(*) as n from records group by 1","min_timestamp":"2020-01-01T00:00:00Z"}`
	for who, organization := range map[*browser]string{ada: "local", eve: "acme"} {
		var answer string
		seen := eventually(t, func() bool {
			_, answer = who.do(t, "POST", "/v2/query", question, "X-Hearth-Project", organization+"/shop")
			return strings.Contains(answer, "secret-of-"+organization)
		})
		if !seen || strings.Count(answer, "secret-of-") != 1 {
			t.Errorf("%s sees %s", organization, answer)
		}
		if _, byName := who.do(t, "POST", "/v2/query", question, "X-Hearth-Project", "shop"); byName != answer { // each has their own
			t.Errorf("%s by the name alone: %s, by both: %s", organization, byName, answer)
		}
	}

	// Eve looks for what Ada has. An organisation that is nowhere gets the same answers.
	login := eve.programLogin(t)
	for _, door := range []struct {
		method, path, body string
		more               []string
	}{
		{"POST", "/v2/query", question, []string{"X-Hearth-Project", "{org}/shop"}},
		{"POST", "/v2/query", question, []string{"X-Hearth-Project", "{id}"}},
		{"GET", "/v1/query?sql=select+1&project={id}", "", nil},
		{"GET", "/v1/live?q=true", "", []string{"X-Hearth-Project", "{org}/shop"}},
		{"GET", "/v1/schemas", "", []string{"X-Hearth-Project", "{org}/shop"}},
		{"GET", "/v1/services", "", []string{"X-Hearth-Project", "{id}"}},
		{"GET", "/v1/ingest", "", []string{"X-Hearth-Project", "{id}"}},
		{"GET", "/v1/read-token-info", "", []string{"X-Hearth-Project", "{id}"}},
		{"GET", "/v1/traces/00000000000000000000000000000001/conversation", "", []string{"X-Hearth-Project", "{id}"}},
		{"GET", "/api/v1/organizations/{org}/", "", nil},
		{"PUT", "/api/v1/organizations/{org}/", `{"organization_name":"mine"}`, nil},
		{"GET", "/api/v1/projects/{id}/", "", nil},
		{"POST", "/api/v1/projects/", `{"organization_name":"{org}","project_name":"mine"}`, nil},
		{"GET", "/api/v1/projects/{id}/dashboards/", "", nil},
		{"GET", "/api/v1/projects/{id}/dashboards/board-local/", "", nil},
		{"GET", "/api/v1/projects/{id}/searches/", "", nil},
		{"GET", "/api/v1/projects/{id}/settings/", "", nil},
		{"GET", "/api/v1/projects/{id}/alerts/", "", nil},
		{"GET", "/api/v1/projects/{id}/read-tokens/", "", nil},
		{"POST", "/api/v1/projects/{id}/read-tokens/", `{}`, nil},
		{"GET", "/api/v1/channels/{channel}/", "", nil},
		{"DELETE", "/api/v1/channels/{channel}/", "", nil},
		{"GET", "/api/v1/members/?organization={org}", "", nil},
		{"POST", "/api/v1/invitations/?organization={org}", `{"role":"admin"}`, nil},
		{"GET", "/api/v1/audit-logs/?organization={org}&start_time=" + time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), "", nil},
		{"POST", "/v1/organizations/{org}/projects/shop/write-tokens/", "", []string{"Authorization", login}},
		{"POST", "/v1/organizations/{org}/projects/shop/read-tokens", "", []string{"Authorization", login}},
		{"GET", "/v1/organizations/{org}/projects/shop/prompts", "", []string{"Authorization", login}},
		{"POST", "/v1/organizations/{org}/projects", `{"project_name":"mine"}`, []string{"Authorization", login}},
	} {
		knock := func(organization, id, channel string) (int, string) {
			fill := strings.NewReplacer("{org}", organization, "{id}", id, "{channel}", channel).Replace // a token has no braces
			more := make([]string, len(door.more))
			for i := range more {
				more[i] = fill(door.more[i])
			}
			return eve.do(t, door.method, fill(door.path), fill(door.body), more...)
		}
		const nowhere = "00000000-0000-4000-8000-000000000000"
		status, answer := knock("local", ids["local"], channels["local"])
		missing, empty := knock("nowhere", nowhere, nowhere)
		same := strings.NewReplacer("nowhere", "local", nowhere, ids["local"]).Replace(empty)
		if status != http.StatusNotFound || missing != status || answer != same {
			t.Errorf("%s %s: HTTP %d %s; of what is nowhere: %d %s", door.method, door.path, status, answer, missing, empty)
		}
	}

	// Lists hold what is hers.
	for _, path := range []string{"/api/v1/projects/", "/api/v1/organizations/", "/api/v1/channels/", "/api/v1/members/", "/api/v1/me/", "/v1/writable-projects/", "/v1/organizations/available-for-projects/"} {
		status, answer := eve.do(t, "GET", path, "")
		for _, secret := range []string{`"local"`, ids["local"], channels["local"], "of local"} {
			if status != http.StatusOK || strings.Contains(answer, secret) {
				t.Errorf("%s tells of %s: HTTP %d %s", path, secret, status, answer)
			}
		}
	}
	if answer := h.tool(t, login, "project_list", ""); !strings.Contains(answer, ids["acme"]) || strings.Contains(answer, ids["local"]) {
		t.Errorf("an agent with a login of Eve's is told of %s", answer)
	}
	reading := get[object](t, eve, 201, "POST", "/api/v1/projects/"+ids["acme"]+"/read-tokens/", `{}`)["token"].(string)
	if answer := h.tool(t, reading, "query_run", `"query":"select 1","project":"local/shop"`); !strings.Contains(answer, "belongs to the project shop, not to local/shop") {
		t.Errorf("an agent with a token of acme asks local: %s", answer)
	}
}
