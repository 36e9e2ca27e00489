package cli

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// runCommand runs a command line in this process.
func runCommand(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(t.Context(), "v1", args, &console{in: strings.NewReader(""), out: &out, err: &err})
	return status, out.String(), err.String()
}

func TestExitStatusTellsWhoseMistakeItWas(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + closed.Addr().String()
	closed.Close()
	for _, c := range []struct {
		args   string
		status int
		stderr string
	}{
		{"", exitOK, ""},
		{"--help", exitOK, ""},
		{"query --help", exitOK, ""},
		{"version", exitOK, ""},
		{"nonsense", exitUsage, "try: hearth --help"},
		{"query", exitUsage, "try: hearth query --help"},
		{"query --limit many x", exitUsage, "--limit"},
		{"query --limit 0 x", exitUsage, "--limit 0"},
		{"query --limit 10001 x", exitUsage, "--limit 10001"},
		{"query --json --csv x", exitUsage, "--json and --csv can't be used together"},
		{"query -", exitUsage, "the statement is empty"},
		{"query --since 1y x", exitUsage, "is no duration"},
		{"tokens new --project x", exitUsage, "--kind"},
		{"tokens list", exitUsage, "--project"},
		{"tokens list --project x --user", exitUsage, "--user"},
		{"projects new", exitUsage, "which name"},
		{"serve --listen nonsense", exitUsage, "HOST:PORT"},
		{"serve --log-level loud", exitUsage, "loud"},
		{"query --base-url " + nobody + " x", exitError, "no Hearth answers at " + nobody},
		{"tail --base-url " + nobody, exitError, "no Hearth answers at " + nobody},
		{"projects list --base-url " + nobody, exitError, "no Hearth answers at " + nobody},
		{"projects list --base-url nonsense", exitError, "nonsense"},
		{"query --base-url nonsense x", exitError, "base URL"},
	} {
		status, _, stderr := runCommand(t, strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(stderr, c.stderr) || c.status == exitOK && stderr != "" {
			t.Errorf("hearth %s: exit status %d, want %d; stderr: %s", c.args, status, c.status, stderr)
		}
	}
}

func TestAServerThatIsNoHearthIsToldApart(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, "<html>Welcome</html>")
	}))
	t.Cleanup(other.Close)
	for _, args := range [][]string{{"query", "select 1"}, {"projects", "list"}, {"projects", "new", "tea"}, {"projects", "use"}, {"auth"}, {"whoami"}} {
		status, _, stderr := runCommand(t, append(args, "--base-url", other.URL)...)
		if status != exitError || !strings.Contains(stderr, "is it a Hearth?") {
			t.Errorf("%v: exit status %d; stderr: %s", args, status, stderr)
		}
	}
}

// closedPipe is a reader that has gone, such as head.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestAReaderThatHasEnoughIsNoError(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"type":"data","rows":[{"a":1}]}`)
	}))
	t.Cleanup(server.Close)
	var stderr bytes.Buffer
	status := run(t.Context(), "v1", []string{"query", "--json", "--base-url", server.URL, "x"}, &console{out: closedPipe{}, err: &stderr})
	if status != exitOK || stderr.Len() > 0 {
		t.Errorf("exit status %d; stderr: %s", status, &stderr)
	}
}

func TestCompletionOffersWhatMayStandNext(t *testing.T) {
	t.Parallel()
	for words, want := range map[string][]string{
		"t":                                 {"tail", "tokens"},
		"projects|":                         {"new", "use", "list", "rename", "delete"},
		"auth|":                             {"login", "logout"},
		"tokens|":                           {"new", "list", "rotate", "revoke"},
		"tokens|create|--kind|":             {"write", "read"},
		"tokens|create|--kind|w":            {"write"},
		"tokens|create|--project|tail|--ki": {"--kind"},
		"serve|--log-f":                     {"--log-format"},
		"query|--base-url|http://x|--js":    {"--json"},
		"query|--json|--cs":                 {"--csv"},
		"completion|":                       {"bash", "zsh", "fish"},
		"serve|--data-dir|":                 nil, // the shell offers files
		"nonsense|x":                        nil,
	} {
		args := append([]string{"__complete"}, strings.Split(words, "|")...)
		status, stdout, stderr := runCommand(t, args...)
		var got []string
		for line := range strings.Lines(stdout) {
			word, _, _ := strings.Cut(line, "\t")
			got = append(got, strings.TrimSuffix(word, "\n"))
		}
		if diff := cmp.Diff(want, got); status != exitOK || diff != "" {
			t.Errorf("%s: exit status %d, %s\n%s", words, status, stderr, diff)
		}
	}
	if _, stdout, _ := runCommand(t, "__complete"); !strings.Contains(stdout, "serve\t") || strings.Contains(stdout, "__complete") {
		t.Errorf("without words: %s", stdout)
	}
}
