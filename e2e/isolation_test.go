package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestOneProjectCannotSeeAnother gives each of two projects tokens and a secret, and lets each ask for the other's.
func TestOneProjectCannotSeeAnother(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	type project struct{ name, id, write, read string }
	projects := []*project{{name: "east"}, {name: "west"}}
	for i, p := range projects {
		h.run(t, "projects", "new", p.name)
		p.write = h.newToken(t, p.name, "write")
		p.read = h.newToken(t, p.name, "read")
		h.sendSpans(t, p.write, spansRequest("secret-of-"+p.name, uint64(i), requestSize, time.Now()))
	}
	h.sendSpans(t, "", spansRequest("secret-of-default", 9, requestSize, time.Now()))

	for _, p := range projects {
		var a answer
		seen := eventually(t, func() bool {
			var err error
			if a, err = h.ask(t.Context(), p.read, "select service_name, count(*) as n from records_all group by 1"); err != nil {
				t.Fatal(err)
			}
			return len(a.rows) > 0
		})
		if !seen {
			t.Fatalf("%s sees nothing: HTTP %d: %s", p.name, a.status, a.body)
		}
		if len(a.rows) != 1 || a.rows[0]["service_name"] != "secret-of-"+p.name || a.rows[0]["n"] != float64(requestSize) {
			t.Errorf("%s sees %v", p.name, a.rows)
		}
		p.id = h.projectID(t, p.read)
	}
	h.waitCount(t, requestSize, "select count(*) from records where service_name = 'secret-of-default'")
	if got := h.count(t, "select count(*) from records_all where service_name <> 'secret-of-default'"); got != 0 {
		t.Errorf("without a token, %d records of other projects are visible", got)
	}

	// Ways around a filter, if it were one.
	east, west := projects[0], projects[1]
	for _, sql := range []string{
		"select * from records where project_id = '" + west.id + "'",
		"select * from records where true or project_id = '" + west.id + "'",
		"select * from records where 1 = 1) or (1 = 1",
		"select * from records where service_name = 'secret-of-west' -- ",
		"select * from records where service_name = 'secret-of-west' /*",
		"select * from records union all select * from records_all",
		"select * from records_full r where exists (select 1 from records_all a where a.service_name = 'secret-of-west')",
		"with records as (select * from records_all) select * from records",
		`select * from "` + west.id + `".records`,
		`select * from "` + west.id + `"`,
		"select * from west.records",
		"select m.service_name from metrics m full join records_all r on true",
	} {
		a, err := h.ask(t.Context(), east.read, sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if strings.Contains(a.body, "secret-of-west") && a.status == http.StatusOK {
			t.Errorf("%s: shows the other project: %.300s", sql, a.body)
		}
		if a.status >= 500 {
			t.Errorf("%s: HTTP %d: %.300s", sql, a.status, a.body)
		}
	}
}

// TestTokensOpenOnlyWhatTheyAreFor tries each kind of token on each kind of endpoint.
func TestTokensOpenOnlyWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	h.run(t, "projects", "new", "teahouse")
	write, read := h.newToken(t, "teahouse", "write"), h.newToken(t, "teahouse", "read")
	const unknown = "pylf_v1_local_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
	spans := spansRequest("tokens", 1, 1, time.Now())
	question := []byte(`{"sql": "select 1 as one", "min_timestamp": "2020-01-01T00:00:00Z"}`)

	for _, c := range []struct {
		path, contentType string
		body              []byte
		token             string
		want              int
	}{
		{"/v1/traces", protobufType, spans, write, http.StatusOK},
		{"/v1/traces", protobufType, spans, "Bearer " + write, http.StatusOK},
		{"/v1/traces", protobufType, spans, "bearer " + write, http.StatusOK},
		{"/v1/traces", protobufType, spans, "", http.StatusOK},
		{"/v1/traces", protobufType, spans, localToken, http.StatusOK},
		{"/v1/traces", protobufType, spans, read, http.StatusUnauthorized},
		{"/v1/traces", protobufType, spans, unknown, http.StatusUnauthorized},
		{"/v2/query", "application/json", question, read, http.StatusOK},
		{"/v2/query", "application/json", question, "Bearer " + read, http.StatusOK},
		{"/v2/query", "application/json", question, "", http.StatusOK},
		{"/v2/query", "application/json", question, localToken, http.StatusOK},
		{"/v2/query", "application/json", question, write, http.StatusUnauthorized},
		{"/v2/query", "application/json", question, unknown, http.StatusUnauthorized},
	} {
		status, answer, err := h.post(t.Context(), c.path, c.contentType, c.token, c.body)
		if err != nil {
			t.Fatal(err)
		}
		if status != c.want {
			t.Errorf("%s with %.12s…: HTTP %d, want %d: %s", c.path, c.token, status, c.want, answer)
		}
		if c.path == "/v2/query" && status >= 400 {
			var detail struct{ Detail any }
			if json.Unmarshal(answer, &detail) != nil || detail.Detail == nil {
				t.Errorf("%s with %.12s…: no detail: %s", c.path, c.token, answer)
			}
		}
	}
}

// TestAPublicNameOpensWithTheSetUpLink: reached by others, Hearth lets nobody in but who has the link that it printed. With an
// account it stays closed, also on a loopback address.
func TestAPublicNameOpensWithTheSetUpLink(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	h := start(t, folder, "--public-url", "https://hearth.example.com")
	refused := func() {
		t.Helper()
		if status, answer, err := h.post(t.Context(), "/v2/query", "application/json", "", []byte(`{"sql":"SELECT 1"}`)); err != nil || status != http.StatusUnauthorized {
			t.Errorf("a query of nobody: HTTP %d %s, %v", status, answer, err)
		}
	}
	refused()
	code := h.printed(t, regexp.MustCompile(`Set-up +https://hearth\.example\.com/auth/setup#(\w+)`))
	account := func(code string) []byte {
		return fmt.Appendf(nil, `{"code":%q,"email":"ada@example.com","name":"Ada","password":"correct horse battery"}`, code)
	}
	for _, step := range []struct {
		code string
		want int
	}{{"guess", http.StatusForbidden}, {code, http.StatusCreated}, {code, http.StatusForbidden}} {
		if status, answer, err := h.post(t.Context(), "/api/v1/setup/", "application/json", "", account(step.code)); err != nil || status != step.want {
			t.Errorf("set up: HTTP %d %s, %v, want %d", status, answer, err, step.want)
		}
	}
	refused()
	if status := h.stop(t); status != 0 {
		t.Fatalf("exit status %d", status)
	}
	h = start(t, folder)
	refused()
	if strings.Contains(h.log.String(), "/auth/setup") {
		t.Errorf("a set-up link where there is an account:\n%s", h.log)
	}
	if status, answer, err := h.post(t.Context(), "/api/v1/login/", "application/json", "", account("")); err != nil || status != http.StatusOK {
		t.Errorf("log in: HTTP %d %s, %v", status, answer, err)
	}
}

// printed waits until the server has printed something, and returns the group of the expression.
func (h *hearth) printed(t *testing.T, what *regexp.Regexp) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		if found := what.FindStringSubmatch(h.log.String()); found != nil {
			return found[1]
		}
		select {
		case <-ctx.Done():
			t.Fatalf("nothing like %s in:\n%s", what, h.log)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// run runs a command of the CLI against this server; it must succeed.
func (h *hearth) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t), args...)
	cmd.Dir, cmd.Env = t.TempDir(), cleanEnv("HEARTH_BASE_URL="+h.url)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("hearth %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// projectID is the id of the project that a read token belongs to.
func (h *hearth) projectID(t *testing.T, token string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/v1/read-token-info", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var info struct {
		ID string `json:"project_id"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&info); err != nil || info.ID == "" {
		t.Fatalf("GET /v1/read-token-info: HTTP %d: %v, id %q", resp.StatusCode, err, info.ID)
	}
	return info.ID
}

var tokenText = regexp.MustCompile(`pylf_v1_local_[A-Za-z0-9]{44}`)

func (h *hearth) newToken(t *testing.T, project, kind string) string {
	t.Helper()
	out := h.run(t, "tokens", "create", "--project", project, "--kind", kind)
	tokens := tokenText.FindAllString(out, -1)
	if len(tokens) != 1 {
		t.Fatalf("want one token, got:\n%s", out)
	}
	return tokens[0]
}
