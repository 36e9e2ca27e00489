package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the goldens in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(homeless{m}, map[string]func(){
		"hearth":  func() { os.Exit(Main("v0.0.0-test")) },
		"approve": func() { decide("approve") }, "refuse": func() { decide("refuse") }, "agent": agent,
	})
}

// homeless runs tests without the logins of whoever runs them. The commands of scripts have the home that a script gives them.
type homeless struct{ *testing.M }

func (m homeless) Run() int {
	if err := os.Setenv("HOME", "/no-home"); err != nil {
		panic(err)
	}
	return m.M.Run()
}

// decide is the person who approves or refuses a login: the scripts name it as the browser. It presses the button of the page
// whose address it gets, with the password in $PERSON_KNOWS.
func decide(decision string) {
	page, err := url.Parse(os.Args[1])
	if err != nil {
		panic(err)
	}
	target := page.Scheme + "://" + page.Host + "/api/v1/device-logins/" + page.Query().Get("code") + "/" + decision + "/"
	req, err := http.NewRequest(http.MethodPost, target, nil)
	if err != nil {
		panic(err)
	}
	if password := os.Getenv("PERSON_KNOWS"); password != "" {
		req.SetBasicAuth("person", password)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil || page.Path != "/auth/device" || resp.StatusCode != http.StatusOK {
		panic(fmt.Sprint(page, resp, err))
	}
}

// agent is a coding agent that starts `hearth mcp`: the scripts name it with a tool, its arguments in JSON, and the command's own
// arguments. It prints what the tool tells, and ends with status 1 when that is an error.
func agent() {
	ctx := context.Background()
	program := exec.Command("hearth", append([]string{"mcp"}, os.Args[3:]...)...)
	program.Stderr = os.Stderr
	session, err := mcp.NewClient(&mcp.Implementation{Name: "agent"}, nil).Connect(ctx, &mcp.CommandTransport{Command: program}, nil)
	if err != nil {
		panic(err)
	}
	result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: os.Args[1], Arguments: json.RawMessage(os.Args[2])})
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Content[0].(*mcp.TextContent).Text)
	if err := session.Close(); err != nil {
		panic(err)
	}
	if result.IsError {
		os.Exit(1)
	}
}

// TestScripts runs the real commands against real servers. Beside testscript's own commands the scripts have:
//
//	serve [args]         start `hearth serve` on free ports with the data folder $WORK/data, and wait until it is ready; its
//	                     lines are in the file serve.out, its host and port in $ADDRESS
//	sigterm              end the server with SIGTERM; it must exit with status 0
//	sigkill              end the server with SIGKILL
//	post signal file     send a file as OTLP/JSON, with $TOKEN if set
//	rows N sql           wait until a query has so many rows
//	tail file [args]     start `hearth tail` and wait until it follows; its lines go to the file
//	lines file N         wait until the file of a tail has so many lines
//	follows              wait until the server has a tail
//	get path             write what GET answers, status first, to the file answer
//	come link body       send JSON from a file with the secret of the link in another file, as the page does to which the link leads; the
//	                     answer is in the file answer, status first
//	token VAR file       set a variable to the token in a file
//	credential VAR file  the same of a file of credentials, in JSON
//	login VAR file       the same of a file of logins, in TOML, with one login
//	tokenid VAR project description, keyid VAR name   set a variable to the id of a token, of an API key
//	mode MODE file       check who may read a file
//	revoke project kind  revoke all of a project's tokens of a kind with `hearth tokens revoke`; of the project - all user tokens
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Deadline:           time.Now().Add(6 * patience), // of all scripts: a server that should not have started never ends
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, "HEARTH_GRPC_LISTEN=127.0.0.1:0", "HEARTH_LISTEN=127.0.0.1:0", "TZ=UTC", "TOKEN=")
			s := &session{env: env.Vars, dir: env.WorkDir}
			env.Values[sessionKey{}] = s
			env.Defer(s.end)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"serve": scripted((*session).serve), "sigterm": scripted((*session).sigterm), "sigkill": scripted((*session).sigkill),
			"post": scripted((*session).post), "rows": scripted((*session).rows), "get": scripted((*session).get), "come": scripted((*session).come),
			"tail": scripted((*session).tail), "lines": scripted((*session).lines), "follows": scripted((*session).follows),
			"token": scripted((*session).token), "revoke": scripted((*session).revoke), "tokenid": scripted((*session).tokenID), "keyid": scripted((*session).keyID), "mode": scripted((*session).mode),
			"credential": scripted((*session).quotedToken), "login": scripted((*session).quotedToken),
		},
	})
}

// patience is how long a script waits for anything. Nothing takes so long unless it is broken.
const patience = time.Minute

type sessionKey struct{}

// session is what a script has running.
type session struct {
	ts     *testscript.TestScript
	env    []string
	dir    string
	url    string
	server *process
	tails  []*process
}

func scripted(run func(*session, []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		s := ts.Value(sessionKey{}).(*session)
		s.ts = ts
		if err := run(s, args); (err != nil) != neg {
			ts.Fatalf("%v", err)
		}
	}
}

// process is a program in the background.
type process struct {
	cmd    *exec.Cmd
	out    output
	err    output
	exited chan struct{}
	file   string // of a tail: what its lines are called in the script
}

// output is what a process has printed so far. Safe for concurrent use.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start runs hearth in the background, in the environment of the script.
func (s *session) start(args ...string) (*process, error) {
	program, err := exec.LookPath("hearth") // testscript.Main puts it into the path
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(program, args...), exited: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = s.dir, &p.out, &p.err
	for _, entry := range s.env {
		name, _, _ := strings.Cut(entry, "=")
		p.cmd.Env = append(p.cmd.Env, name+"="+s.ts.Getenv(name))
	}
	for _, name := range []string{"HEARTH_PASSWORD", "HEARTH_BASE_URL", "HEARTH_TOKEN", "HEARTH_READ_TOKEN", "HEARTH_API_KEY", "HEARTH_PROJECT", "HEARTH_RETENTION", "HEARTH_CONFIG"} {
		if value := s.ts.Getenv(name); value != "" {
			p.cmd.Env = append(p.cmd.Env, name+"="+value)
		}
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // ProcessState has the status
		close(p.exited)
	}()
	return p, nil
}

// signal ends a process and returns its exit status.
func (p *process) signal(sig os.Signal) (int, error) {
	if err := p.cmd.Process.Signal(sig); err != nil {
		return 0, err
	}
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(patience):
		return 0, fmt.Errorf("still running %v after %v\n%s", patience, sig, &p.err)
	}
}

// end leaves nothing running behind a script.
func (s *session) end() {
	for _, p := range append(s.tails, s.server) {
		if p != nil {
			_ = p.cmd.Process.Kill() // it may have gone already
			<-p.exited
		}
	}
}

// wait asks until the answer is nil, or a process that it takes has ended.
func (s *session) wait(p *process, ask func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("it ended: %w\n%s", err, &p.err)
		case <-ctx.Done():
			return fmt.Errorf("%w\n%s", err, &p.err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

var uiLine = regexp.MustCompile(`(?m)^UI +(\S+)$`)

func (s *session) serve(args []string) error {
	p, err := s.start(append([]string{"serve", "--data-dir", filepath.Join(s.dir, "data")}, args...)...)
	if err != nil {
		return err
	}
	s.server = p
	err = s.wait(p, func(context.Context) error {
		if strings.Count(p.out.String(), "\n") < 5 {
			return fmt.Errorf("has printed %q", &p.out)
		}
		return nil
	})
	if err != nil {
		return err
	}
	found := uiLine.FindStringSubmatch(p.out.String())
	if found == nil {
		return fmt.Errorf("no address in %q", &p.out)
	}
	s.url = found[1]
	s.ts.Setenv("HEARTH_BASE_URL", s.url)
	s.ts.Setenv("ADDRESS", strings.TrimPrefix(s.url, "http://"))
	if err := s.write("serve.out", p.out.String()); err != nil {
		return err
	}
	return s.wait(p, func(ctx context.Context) error {
		status, body, err := s.request(ctx, http.MethodGet, "/readyz", nil)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("not ready: %s", body)
		}
		return err
	})
}

func (s *session) sigterm([]string) error {
	status, err := s.server.signal(syscall.SIGTERM)
	if err == nil && status != 0 {
		err = fmt.Errorf("exit status %d\n%s", status, &s.server.err)
	}
	return err
}

func (s *session) sigkill([]string) error {
	_, err := s.server.signal(syscall.SIGKILL)
	return err
}

// request asks the server as a program would that is no hearth.
func (s *session) request(ctx context.Context, method, path string, body io.Reader) (status int, answer string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	if token := s.ts.Getenv("TOKEN"); token != "" {
		req.Header.Set("Authorization", strings.TrimSpace(token))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

func (s *session) post(args []string) error {
	status, answer, err := s.request(context.Background(), http.MethodPost, "/v1/"+args[0], strings.NewReader(s.ts.ReadFile(args[1])))
	if err == nil && (status != http.StatusOK || answer != "{}") {
		err = fmt.Errorf("post: %d %s", status, answer)
	}
	return err
}

func (s *session) get(args []string) error {
	status, answer, err := s.request(context.Background(), http.MethodGet, args[0], nil)
	if err != nil {
		return err
	}
	return s.write("answer", fmt.Sprintf("%d %s\n", status, answer))
}

// comings are where the pages send what somebody tells who opened a link.
var comings = map[string]string{"/auth/setup": "/api/v1/setup/", "/auth/reset": "/api/v1/password-reset/use/"}

var linkText = regexp.MustCompile(`http://[^/]+(/auth/\w+)#(\S+)`)

func (s *session) come(args []string) error {
	link := linkText.FindStringSubmatch(s.ts.ReadFile(args[0]))
	if link == nil {
		return fmt.Errorf("%s holds no link", args[0])
	}
	body := strings.Replace(s.ts.ReadFile(args[1]), "{", `{"code": "`+link[2]+`", `, 1)
	status, answer, err := s.request(context.Background(), http.MethodPost, comings[link[1]], strings.NewReader(body))
	if err != nil {
		return err
	}
	return s.write("answer", fmt.Sprintf("%d %s\n", status, answer))
}

func (s *session) rows(args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	return s.wait(s.server, func(context.Context) error {
		out, err := s.run("query", "--json", "--since", "0", args[1])
		if got := strings.Count(out, "\n"); err == nil && got != want {
			err = fmt.Errorf("%d rows, want %d: %s", got, want, out)
		}
		return err
	})
}

func (s *session) tail(args []string) error {
	p, err := s.start(append([]string{"tail"}, args[1:]...)...)
	if err != nil {
		return err
	}
	s.tails = append(s.tails, p)
	p.file = args[0]
	return s.follows(nil)
}

func (s *session) follows([]string) error {
	return s.wait(s.server, func(ctx context.Context) error {
		_, metrics, err := s.request(ctx, http.MethodGet, "/metrics", nil)
		if err == nil && !strings.Contains(metrics, fmt.Sprintf("\nhearth_tails %d\n", len(s.tails))) {
			err = fmt.Errorf("%d tails are not open", len(s.tails))
		}
		return err
	})
}

func (s *session) lines(args []string) error {
	want, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	for _, p := range s.tails {
		if p.file != args[0] {
			continue
		}
		err := s.wait(p, func(context.Context) error {
			if got := strings.Count(p.out.String(), "\n"); got < want {
				return fmt.Errorf("%d lines, want %d:\n%s", got, want, &p.out)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return s.write(args[0], p.out.String())
	}
	return fmt.Errorf("no tail writes %s", args[0])
}

func (s *session) token(args []string) error {
	s.ts.Setenv(args[0], strings.TrimSpace(s.ts.ReadFile(args[1])))
	return nil
}

var quoted = regexp.MustCompile(`token"? ?[=:] "([^"]+)"`)

func (s *session) quotedToken(args []string) error {
	found := quoted.FindStringSubmatch(s.ts.ReadFile(args[1]))
	if found == nil {
		return fmt.Errorf("%s holds no token", args[1])
	}
	s.ts.Setenv(args[0], found[1])
	return nil
}

func (s *session) mode(args []string) error {
	info, err := os.Stat(s.ts.MkAbs(args[1]))
	if err == nil && fmt.Sprintf("%#o", info.Mode().Perm()) != args[0] {
		err = fmt.Errorf("%s has the mode %#o, want %s", args[1], info.Mode().Perm(), args[0])
	}
	return err
}

func (s *session) revoke(args []string) error {
	owner := []string{"--project", args[0]}
	if args[0] == "-" {
		owner = []string{"--user"}
	}
	listed, err := s.run(append([]string{"tokens", "list", "--json"}, owner...)...)
	if err != nil {
		return err
	}
	for line := range strings.Lines(listed) {
		var token struct{ ID, Kind string }
		if err := json.Unmarshal([]byte(line), &token); err != nil {
			return err
		}
		if token.Kind != args[1] {
			continue
		}
		if _, err := s.run(append([]string{"tokens", "revoke", token.ID}, owner...)...); err != nil {
			return err
		}
	}
	return nil
}

// tokenID puts the id of the newest token of a project with a description into a variable.
func (s *session) tokenID(args []string) error {
	listed, err := s.run("tokens", "list", "--json", "--project", args[1])
	if err != nil {
		return err
	}
	for line := range strings.Lines(listed) {
		var token struct{ ID, Description string }
		if err := json.Unmarshal([]byte(line), &token); err != nil {
			return err
		}
		if token.Description == args[2] {
			s.ts.Setenv(args[0], token.ID)
			return nil
		}
	}
	return fmt.Errorf("project %s has no token %q", args[1], args[2])
}

// keyID puts the id of the API key of a name into a variable.
func (s *session) keyID(args []string) error {
	listed, err := s.run("keys", "list", "--json")
	if err != nil {
		return err
	}
	for line := range strings.Lines(listed) {
		var key struct{ ID, Name string }
		if err := json.Unmarshal([]byte(line), &key); err != nil {
			return err
		}
		if key.Name == args[1] {
			s.ts.Setenv(args[0], key.ID)
			return nil
		}
	}
	return fmt.Errorf("there is no API key %q", args[1])
}

// run runs hearth to its end and returns what it printed.
func (s *session) run(args ...string) (string, error) {
	p, err := s.start(args...)
	if err != nil {
		return "", err
	}
	<-p.exited
	if status := p.cmd.ProcessState.ExitCode(); status != 0 {
		return "", fmt.Errorf("hearth %s: exit status %d: %s", strings.Join(args, " "), status, &p.err)
	}
	return p.out.String(), nil
}

func (s *session) write(name, text string) error {
	return os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600)
}
