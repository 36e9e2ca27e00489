package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// localToken is the fixed token that Hearth accepts on a loopback address, for SDKs that insist on having one.
const localToken = "pylf_v1_local_00000000000000000000000000000000000000000000"

// patience is how long anything that must happen may take before the test gives up on it. It is no measurement: machines
// are slow and shared, and a test that waits for a signal passes as soon as the signal comes.
const patience = 60 * time.Second

// program is the built program. `make` sets HEARTH_BIN.
func program(t testing.TB) string {
	t.Helper()
	path := os.Getenv("HEARTH_BIN")
	if path == "" {
		path = filepath.Join("..", "bin", "hearth")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: run `make build` first", err)
	}
	return path
}

// hearth is one running process.
type hearth struct {
	url     string // http://127.0.0.1:PORT
	grpc    string // 127.0.0.1:PORT
	dataDir string

	cmd    *exec.Cmd
	log    *logBuffer
	exited chan struct{} // closed when the process has gone
	err    error         // why it went; read after exited is closed
}

// start runs `hearth serve` on free ports and returns when /readyz says so. The process is killed at the end of the test.
func start(t testing.TB, dataDir string, args ...string) *hearth {
	t.Helper()
	h, err := launch(t, dataDir, args...)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.waitReady(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, h.log)
	}
	return h
}

// launch runs `hearth serve` and does not wait for it.
func launch(t testing.TB, dataDir string, args ...string) (*hearth, error) {
	t.Helper()
	return launchWith(t, cleanEnv(), dataDir, args...)
}

func launchWith(t testing.TB, env []string, dataDir string, args ...string) (*hearth, error) {
	t.Helper()
	httpAddr, grpcAddr := freeAddr(t), freeAddr(t)
	h := &hearth{
		url: "http://" + httpAddr, grpc: grpcAddr, dataDir: dataDir,
		log: &logBuffer{}, exited: make(chan struct{}),
	}
	h.cmd = exec.Command(program(t), append([]string{
		"serve", "--listen", httpAddr, "--grpc-listen", grpcAddr, "--data-dir", dataDir,
	}, args...)...)
	h.cmd.Env = env
	h.cmd.Stdout, h.cmd.Stderr = h.log, h.log
	if err := h.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		h.err = h.cmd.Wait()
		close(h.exited)
	}()
	t.Cleanup(h.kill)
	return h, nil
}

// cleanEnv is the environment without settings that would reach the program under test or the clients.
func cleanEnv(extra ...string) []string {
	var env []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "HEARTH_") && !strings.HasPrefix(entry, "OTEL_") && !strings.HasPrefix(entry, "LOGFIRE_") {
			env = append(env, entry)
		}
	}
	return append(env, extra...)
}

func freeAddr(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func (h *hearth) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if resp, err := http.Get(h.url + "/readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-h.exited:
			return fmt.Errorf("hearth ended before it was ready: %w", h.err)
		case <-ctx.Done():
			return errors.New("hearth is not ready")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// kill ends the process as a power cut would, as far as a process can tell.
func (h *hearth) kill() {
	_ = h.cmd.Process.Kill() // it may have gone already
	<-h.exited
}

// terminate asks the process to end.
func (h *hearth) terminate(t testing.TB) {
	t.Helper()
	if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// stop asks the process to end and returns its exit status.
func (h *hearth) stop(t testing.TB) int {
	t.Helper()
	h.terminate(t)
	select {
	case <-h.exited:
	case <-time.After(patience):
		t.Fatalf("still running %s after SIGTERM\n%s", patience, h.log)
	}
	return h.cmd.ProcessState.ExitCode()
}

func (h *hearth) alive() bool {
	select {
	case <-h.exited:
		return false
	default:
		return true
	}
}

// logBuffer keeps what a process printed. Safe for concurrent use.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// answer is what POST /v2/query says.
type answer struct {
	status int
	body   string
	detail string
	rows   []map[string]any
}

// ask runs a statement and returns the answer whatever it is. token may be empty.
func (h *hearth) ask(ctx context.Context, token, sql string) (answer, error) {
	body, err := json.Marshal(map[string]any{"sql": sql, "min_timestamp": "2020-01-01T00:00:00+00:00", "limit": 10000})
	if err != nil {
		return answer{}, err
	}
	status, text, err := h.post(ctx, "/v2/query", "application/json", token, body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: status, body: string(text)}
	var parsed struct {
		Detail any              `json:"detail"`
		Data   []map[string]any `json:"data"`
	}
	if err := json.Unmarshal(text, &parsed); err != nil {
		return a, fmt.Errorf("HTTP %d, not JSON: %.300q", status, text)
	}
	if parsed.Detail != nil {
		a.detail = fmt.Sprint(parsed.Detail)
	}
	a.rows = parsed.Data
	return a, nil
}

func (h *hearth) post(ctx context.Context, path, contentType, token string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", contentType)
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, text, err
}

// rows runs a statement of the local project, which must succeed.
func (h *hearth) rows(t testing.TB, sql string) []map[string]any {
	t.Helper()
	a, err := h.ask(t.Context(), "", sql)
	if err != nil {
		t.Fatalf("%s: %v\n%s", sql, err, tail(h.log.String()))
	}
	if a.status != http.StatusOK {
		t.Fatalf("%s: HTTP %d: %s", sql, a.status, a.body)
	}
	return a.rows
}

// count is the one number that a statement of the local project returns.
func (h *hearth) count(t testing.TB, sql string) int {
	t.Helper()
	rows := h.rows(t, sql)
	if len(rows) != 1 || len(rows[0]) != 1 {
		t.Fatalf("%s: want one number, got %v", sql, rows)
	}
	for _, value := range rows[0] {
		n, ok := value.(float64)
		if !ok {
			t.Fatalf("%s: want a number, got %v", sql, value)
		}
		return int(n)
	}
	return 0
}

// waitCount asks until the statement returns at least want, and fails when it never does. What was acknowledged becomes
// visible to SQL a moment later.
func (h *hearth) waitCount(t testing.TB, want int, sql string) {
	t.Helper()
	got := -1
	if !eventually(t, func() bool { got = h.count(t, sql); return got >= want }) {
		t.Fatalf("%s: want %d, got %d", sql, want, got)
	}
}

// eventually asks until yes, for as long as patience lasts.
func eventually(t testing.TB, yes func() bool) bool {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		if yes() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
		select {
		case <-t.Context().Done():
			return false
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// tail is the end of a long text.
func tail(text string) string {
	const most = 4000
	if len(text) > most {
		return "…" + text[len(text)-most:]
	}
	return text
}
