package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	logscollector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/hearth-dev/hearth/internal/meta"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(deletionEnv); dir != "" {
		fmt.Fprintln(os.Stderr, deletionChild(dir)) // it returns only when it fails
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// config is one for a server of a test: free ports, a folder of its own, records of any age.
func config(t *testing.T) Config {
	return Config{Listen: "127.0.0.1:0", GRPCListen: "127.0.0.1:0", DataDir: t.TempDir(), Retention: Forever}
}

// open opens a server that ends with the test.
func open(t *testing.T, c Config) *Server {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// client keeps no connections, which goleak would find.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func do(t *testing.T, method, url, body string) (status int, answer string) {
	t.Helper()
	return doAs(t, method, url, body)
}

// doAs is do with headers, which are pairs.
func doAs(t *testing.T, method, url, body string, headers ...string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// logRequest is one log in OTLP/JSON.
func logRequest(message string) string {
	return fmt.Sprintf(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1779889396000000000","body":{"stringValue":%q}}]}]}]}`, message)
}

// messages returns what is stored, as soon as there are so many.
func messages(t *testing.T, s *Server, want int) []string {
	t.Helper()
	for t.Context().Err() == nil {
		status, answer := do(t, http.MethodPost, s.Origin()+"/v2/query",
			`{"sql":"select message from records order by message","min_timestamp":"2020-01-01T00:00:00Z"}`)
		var rows struct{ Data []struct{ Message string } }
		if err := json.Unmarshal([]byte(answer), &rows); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
		if len(rows.Data) < want {
			continue
		}
		var list []string
		for _, row := range rows.Data {
			list = append(list, row.Message)
		}
		return list
	}
	t.Fatal("too few records")
	return nil
}

func TestWhatIsAcknowledgedOverBothPortsIsThereAfterARestart(t *testing.T) {
	t.Parallel()
	c := config(t)
	s := open(t, c)
	if status, answer := do(t, http.MethodPost, s.Origin()+"/v1/logs", logRequest("over HTTP")); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	conn, err := grpc.NewClient(strings.TrimPrefix(s.GRPCOrigin(), "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	log := &logspb.LogRecord{TimeUnixNano: 1779889396000000000, Body: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: "over gRPC"}}}
	request := &logscollector.ExportLogsServiceRequest{ResourceLogs: []*logspb.ResourceLogs{{ScopeLogs: []*logspb.ScopeLogs{{LogRecords: []*logspb.LogRecord{log}}}}}}
	if _, err := logscollector.NewLogsServiceClient(conn).Export(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil { // twice is fine
		t.Fatal(err)
	}
	s = open(t, c)
	if got := messages(t, s, 2); len(got) != 2 || got[0] != "over HTTP" || got[1] != "over gRPC" {
		t.Errorf("messages %q", got)
	}
}

func TestWhatWasRefusedIsToldOfBothPorts(t *testing.T) {
	t.Parallel()
	s := open(t, config(t))
	if status, answer := do(t, http.MethodPost, s.Origin()+"/v1/logs", "no JSON"); status != http.StatusBadRequest {
		t.Fatalf("%d %s", status, answer)
	}
	conn, err := grpc.NewClient(strings.TrimPrefix(s.GRPCOrigin(), "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "pylf_v1_local_0123456789abcdefXYZ")
	if _, err := logscollector.NewLogsServiceClient(conn).Export(ctx, &logscollector.ExportLogsServiceRequest{}); err == nil {
		t.Fatal("an unknown token was taken")
	}
	_, answer := do(t, http.MethodGet, s.Origin()+"/v1/ingest", "")
	var report struct {
		Refused []struct {
			Transport, Reason string
			Status            int
			TokenSuffix       string `json:"token_suffix"`
		} `json:"refused_requests"`
	}
	if err := json.Unmarshal([]byte(answer), &report); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(report.Refused); got != "[{grpc unauthorized 401 XYZ} {http undecodable 400 }]" {
		t.Errorf("refused requests %s", got)
	}
}

func TestRunEndsWithItsContextAndClosesEverything(t *testing.T) {
	t.Parallel()
	c := config(t)
	s := open(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()

	// A tail that is open does not hold the stop up.
	resp, err := client.Get(s.Origin() + "/v1/live")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(resp.Body); err != nil {
		t.Errorf("the tail ended with %v", err)
	}
	if conn, err := net.Dial("tcp", s.httpListener.Addr().String()); err == nil {
		t.Error("somebody still listens")
		conn.Close()
	}
	open(t, c) // the folder is free
}

func TestRunEndsWhenAListenerFails(t *testing.T) {
	t.Parallel()
	s := open(t, config(t))
	if err := s.grpcListener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "gRPC listener") {
		t.Errorf("Run returned %v", err)
	}
}

func TestOneProcessHasAFolder(t *testing.T) {
	t.Parallel()
	c := config(t)
	open(t, c)
	_, err := Open(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) || !strings.Contains(err.Error(), "--data-dir") {
		t.Errorf("second: %v", err)
	}
}

func TestAPortInUseIsToldByItsFlag(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, flag := range []string{"--listen", "--grpc-listen"} {
		c := config(t)
		if flag == "--listen" {
			c.Listen = taken.Addr().String()
		} else {
			c.GRPCListen = taken.Addr().String()
		}
		if _, err := Open(t.Context(), c); err == nil || !strings.HasPrefix(err.Error(), flag+" "+taken.Addr().String()+": the port is in use") {
			t.Errorf("%s: %v", flag, err)
		}
		lock, err := lockFolder(c.DataDir) // what was opened before is closed
		if err != nil {
			t.Fatal(err)
		}
		if err := lock.release(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenTellsWhatItCannotUse(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := config(t)
	c.DataDir = file
	if _, err := Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a file for a folder: %v", err)
	}
}

func TestHowPeopleGetIn(t *testing.T) {
	t.Parallel()
	db, err := meta.Open(t.Context(), filepath.Join(t.TempDir(), "meta.sqlite"), meta.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	const local, others = "127.0.0.1:4318", "0.0.0.0:4318"
	check := func(when, listen, public, password string, wantLocal, wantSetUp bool) {
		t.Helper()
		s := &Server{config: Config{Listen: listen, GRPCListen: off, Password: password, PublicURL: public}, meta: db}
		if err := s.openAccess(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s.Local() != wantLocal || (s.SetUpLink() != "") != wantSetUp {
			t.Errorf("%s, %s as %q, password %q: local %v, set-up link %q", when, listen, public, password, s.Local(), s.SetUpLink())
		}
		if wantSetUp && !regexp.MustCompile(`^`+regexp.QuoteMeta(s.Origin())+`/auth/setup#[A-Z2-7]{26,}$`).MatchString(s.SetUpLink()) {
			t.Errorf("set-up link %q", s.SetUpLink())
		}
	}
	const public = "https://hearth.example.com/"
	check("without people", local, "", "", true, false)
	check("without people", local, "http://localhost:4318", "", true, false)
	check("without people", local, public, "", false, true) // a proxy is in front
	check("without people", others, public, "", false, true)
	check("without people", local, public, "correct horse", false, false)
	check("without people", others, public, "correct horse", false, false)
	if _, err := db.CreateFirstUser(t.Context(), meta.NewUser{Email: "ada@example.com", Name: "Ada"}, meta.FirstPlace{}); err != nil {
		t.Fatal(err)
	}
	for _, listen := range []string{local, others} {
		for _, password := range []string{"", "correct horse"} {
			check("with people", listen, "", password, false, false)
		}
	}
}

func TestAPasswordEndsLocalMode(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Password = "correct horse"
	s := open(t, c)
	for _, path := range []string{"/v1/schemas", "/api/v1/projects/", "/metrics"} {
		if status, answer := do(t, http.MethodGet, s.Origin()+path, ""); status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", path, status, answer)
		}
	}
	if status, answer := do(t, http.MethodPost, s.Origin()+"/v1/logs", logRequest("x")); status != http.StatusUnauthorized || !strings.Contains(answer, "Missing or invalid authorization header") {
		t.Errorf("logs: %d %s", status, answer)
	}
	if status, _ := do(t, http.MethodGet, s.Origin()+"/readyz", ""); status != http.StatusOK {
		t.Errorf("readyz: %d", status)
	}
}

func TestTheLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	c := config(t)
	c.Password = "correct horse"
	c.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := open(t, c)
	do(t, http.MethodPost, s.Origin()+"/v1/logs", logRequest("x"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, event := range []string{"configuration", "ready", "stopped"} {
		if !strings.Contains(log.String(), `"msg":"`+event+`"`) {
			t.Errorf("no event %q", event)
		}
	}
	if strings.Contains(log.String(), "correct horse") {
		t.Error("the password is in the log")
	}
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestHealthTellsWhy(t *testing.T) {
	t.Parallel()
	var broken error
	h := &health{broken: func() error { return broken }}
	check := func(want string) {
		t.Helper()
		if got := strings.Join(h.reasons(), " "); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("reasons %q, want %q", got, want)
		}
	}
	check("starting")
	h.set(ready)
	check("")
	broken = errors.New("the disk is gone")
	check("the disk is gone")
	h.set(stopping)
	check("stopping")
}
