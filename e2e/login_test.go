package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const loginPassword = "correct horse battery"

var loginPage = regexp.MustCompile(`http://\S+/auth/device\?code=\S+`)

// TestADeveloperLogsInAndSends takes a developer who knows no password from `hearth auth` to spans of Hearth's Go SDK, which is
// told nothing, in a project of their own. e2e/python/test_cli.py does it with Logfire's CLI and Python SDK.
func TestADeveloperLogsInAndSends(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), "--password", loginPassword)
	home, work := t.TempDir(), t.TempDir()
	app := filepath.Join(t.TempDir(), "app")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", app, "./firstrun").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	command := func(program string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir, cmd.Env = work, cleanEnv("HOME="+home, "HEARTH_BASE_URL="+h.url)
		return cmd
	}
	run := func(program string, args ...string) string {
		t.Helper()
		out, err := command(program, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", filepath.Base(program), strings.Join(args, " "), err, out)
		}
		return string(out)
	}

	logIn(t, command(program(t), "auth", "--no-browser"))
	if out := run(program(t), "whoami"); !strings.Contains(out, "admin (logged in until ") {
		t.Errorf("whoami: %s", out)
	}
	run(program(t), "projects", "new", "teahouse")
	run(app)

	token, err := command(program(t), "tokens", "create", "--project", "teahouse", "--kind", "read").Output()
	if err != nil {
		t.Fatal(err)
	}
	h.waitRows(t, strings.TrimSpace(string(token)), "select message from records where service_name = 'first-run' order by message",
		[]map[string]any{{"message": "brew tea"}, {"message": "tea is ready"}})
}

// logIn runs a command that logs in, and approves on the page that it names, as a person does who knows the password.
func logIn(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if page := loginPage.FindString(lines.Text()); page != "" {
			approve(t.Context(), t, page)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, &said)
	}
}

func approve(ctx context.Context, t *testing.T, page string) {
	t.Helper()
	u, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	target := "http://" + u.Host + "/api/v1/device-logins/" + u.Query().Get("code") + "/approve/"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("person", loginPassword)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var login struct{ State string }
	if err := json.NewDecoder(resp.Body).Decode(&login); err != nil || login.State != "approved" {
		t.Errorf("approved: status %d, state %q, %v", resp.StatusCode, login.State, err)
	}
}
