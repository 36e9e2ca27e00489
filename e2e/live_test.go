package e2e

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
)

// say sends one log record.
func (h *hearth) say(t *testing.T, severity logs.SeverityNumber, message string) {
	t.Helper()
	body := marshal(&collogs.ExportLogsServiceRequest{ResourceLogs: []*logs.ResourceLogs{{
		Resource: from("live"),
		ScopeLogs: []*logs.ScopeLogs{{LogRecords: []*logs.LogRecord{{
			TimeUnixNano: uint64(time.Now().UnixNano()), SeverityNumber: severity,
			Body: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: message}},
		}}}},
	}}})
	if !h.acked(t.Context(), "/v1/logs", body) {
		t.Fatalf("%q was not acknowledged", message)
	}
}

// liveStream is an open GET /v1/live.
type liveStream struct {
	lines  *bufio.Scanner
	lastID string
	close  func()
}

// watch opens a live tail. It returns when the server has answered: what is sent from then on must arrive.
func (h *hearth) watch(t *testing.T, filter, lastID string) *liveStream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/v1/live?q="+url.QueryEscape(filter), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET /v1/live: HTTP %d", resp.StatusCode)
	}
	s := &liveStream{lines: bufio.NewScanner(resp.Body), close: func() { cancel(); resp.Body.Close() }}
	s.lines.Buffer(nil, 1<<20)
	t.Cleanup(s.close)
	return s
}

// until reads until a line holds the text, and returns what came before it and the line.
func (s *liveStream) until(t *testing.T, text string) string {
	t.Helper()
	var seen strings.Builder
	for s.lines.Scan() {
		line := s.lines.Text()
		seen.WriteString(line + "\n")
		if id, ok := strings.CutPrefix(line, "id:"); ok {
			s.lastID = strings.TrimSpace(id)
		}
		if strings.Contains(line, text) {
			return seen.String()
		}
	}
	t.Fatalf("the stream ended (%v) before %q came; it said:\n%s", s.lines.Err(), text, seen.String())
	return ""
}

// TestLiveTail watches with a filter, is cut off, and goes on where it was.
func TestLiveTail(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	stream := h.watch(t, "level >= 'warn'", "")
	h.say(t, logs.SeverityNumber_SEVERITY_NUMBER_INFO, "quiet word")
	h.say(t, logs.SeverityNumber_SEVERITY_NUMBER_ERROR, "first alarm")
	if seen := stream.until(t, "first alarm"); strings.Contains(seen, "quiet word") {
		t.Errorf("the filter let a record through:\n%s", seen)
	}
	// The id of an event may stand before or after its data: one more makes sure that the first's has been read.
	h.say(t, logs.SeverityNumber_SEVERITY_NUMBER_WARN, "second alarm")
	stream.until(t, "second alarm")
	if stream.lastID == "" {
		t.Fatal("events carry no id to resume from")
	}
	stream.close()

	h.say(t, logs.SeverityNumber_SEVERITY_NUMBER_ERROR, "alarm in between")
	again := h.watch(t, "level >= 'warn'", stream.lastID)
	if seen := again.until(t, "alarm in between"); strings.Contains(seen, "first alarm") {
		t.Errorf("what was seen before the cursor came again:\n%s", seen)
	}

	resp, err := http.Get(h.url + "/v1/live?q=" + url.QueryEscape("mesage = 'x'"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest && resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a wrong filter: HTTP %d", resp.StatusCode)
	}
}

// TestTailCommandFollows runs `hearth tail`, which needs no terminal.
func TestTailCommandFollows(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	cmd := exec.CommandContext(t.Context(), program(t), "tail", "level >= 'warn'")
	cmd.Env = cleanEnv("HEARTH_BASE_URL=" + h.url)
	out := &logBuffer{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	// The command says nothing when it is connected, so that pipes get records only: repeat until it hears.
	if !eventually(t, func() bool {
		h.say(t, logs.SeverityNumber_SEVERITY_NUMBER_ERROR, "alarm")
		h.say(t, logs.SeverityNumber_SEVERITY_NUMBER_INFO, "quiet word")
		return strings.Contains(out.String(), "alarm")
	}) {
		t.Fatalf("hearth tail printed:\n%s", out)
	}
	if strings.Contains(out.String(), "quiet word") {
		t.Errorf("the filter let a record through:\n%s", out)
	}
}
