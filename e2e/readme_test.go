package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of a document.
type block struct {
	line     int
	language string
	text     string
	env      []string // from a comment before it: <!-- run with: A=1 B=2 -->
	skip     string   // from a comment before it: <!-- not run: why -->
}

var (
	fence   = regexp.MustCompile("^```([a-z]*)$")
	notRun  = regexp.MustCompile(`^<!-- not run: (.+) -->$`)
	runWith = regexp.MustCompile(`^<!-- run with: (.+) -->$`)
)

// documentBlocks returns the fenced blocks in order.
func documentBlocks(t *testing.T, path string) []block {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	var next block
	inside := false
	for i, line := range strings.Split(string(text), "\n") {
		switch m := fence.FindStringSubmatch(line); {
		case inside && line == "```":
			blocks, next, inside = append(blocks, next), block{}, false
		case inside:
			next.text += line + "\n"
		case m != nil:
			next.line, next.language, inside = i+2, m[1], true
		case notRun.MatchString(line):
			next.skip = notRun.FindStringSubmatch(line)[1]
		case runWith.MatchString(line):
			next.env = strings.Fields(runWith.FindStringSubmatch(line)[1])
		case line != "":
			next = block{} // a comment counts for the block right after it
		}
	}
	return blocks
}

// runBlocks runs what a document tells its reader to type, in order, against one server, and counts the blocks by language.
// Every block in `sh`, `python` and `go` is run unless the comment before it says why not. Only the address is replaced.
func runBlocks(t *testing.T, h *hearth, document string) (ran map[string]int) {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	ran = map[string]int{}
	credentials := t.TempDir()
	for _, b := range documentBlocks(t, filepath.Join(root, document)) {
		if b.skip != "" {
			t.Logf("%s:%d: not run: %s", document, b.line, b.skip)
			continue
		}
		address := strings.NewReplacer("http://127.0.0.1:4318", h.url, "127.0.0.1:4318", strings.TrimPrefix(h.url, "http://"),
			"127.0.0.1:4317", h.grpc)
		text := address.Replace(b.text)
		var cmd *exec.Cmd
		switch b.language {
		case "sh":
			cmd = exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", text)
			cmd.Dir = root
		case "python":
			cmd = exec.CommandContext(t.Context(), filepath.Join(root, ".venv", "newest", "bin", "python"), write(t, "main.py", text))
			cmd.Dir = t.TempDir() // a Logfire SDK would find settings of ours
		case "go":
			cmd = exec.CommandContext(t.Context(), "go", "run", write(t, "main.go", text))
			cmd.Dir = filepath.Join(root, "examples") // for its modules
		default:
			continue
		}
		// Commands that connect a folder with a project must not do it to this one.
		cmd.Env = cleanEnv("HEARTH_BASE_URL="+h.url, "LOGFIRE_CREDENTIALS_DIR="+credentials, "OPENAI_API_KEY=none")
		for _, setting := range b.env {
			cmd.Env = append(cmd.Env, address.Replace(setting))
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s:%d (%s): %v\n%s\n--- output:\n%s", document, b.line, b.language, err, text, out)
			continue
		}
		t.Logf("%s:%d (%s): %s", document, b.line, b.language, tail(string(out)))
		ran[b.language]++
	}
	return ran
}

// TestReadmeCommandsWork runs what the README tells a newcomer to type.
func TestReadmeCommandsWork(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	ran := runBlocks(t, h, "README.md")
	for _, language := range []string{"sh", "python", "go"} {
		if ran[language] == 0 {
			t.Errorf("no block in %s ran", language)
		}
	}

	// What they sent has arrived.
	for _, want := range []struct{ what, where string }{
		{"curl's span", "trace_id = '5b8efff798038103d269b633813fc60c'"},
		{"Logfire's span", "span_name = 'serving {customer}' and message = 'serving Ada'"},
		{"Logfire's log", "kind = 'log' and message = 'tea is ready'"},
		{"PydanticAI's run", "otel_scope_name = 'pydantic-ai' and attributes->>'gen_ai.tool.name' = 'kettle_temperature'"},
		{"Go's span", "span_name = 'serve {customer}' and message = 'serve Ada' and telemetry_sdk_language = 'go'"},
		{"Go's agent", "message = 'waiter run' and telemetry_sdk_language = 'go'"},
	} {
		t.Run(want.what, func(t *testing.T) {
			h.waitCount(t, 1, "select count(*) from records where "+want.where)
		})
	}
}

// TestGuideCommandsWork does what the guide for Go tells its reader to do.
func TestGuideCommandsWork(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	ran := runBlocks(t, h, "docs/debugging-and-monitoring.md")
	if ran["sh"] != 3 || ran["go"] != 3 {
		t.Errorf("blocks that ran: %v", ran)
	}
	for _, where := range []string{
		"service_name = 'teahouse' and message = 'waiter run'",
		"service_name = 'teahouse' and kind = 'log' and span_name = 'looking at {kettle}'",
		"service_name = 'weather' and message = 'weather_agent run'",
		"service_name = 'otlp-backend' and message = 'gambler run'",
	} {
		h.waitCount(t, 1, "select count(*) from records where "+where)
	}
}

// write makes a file in a folder of its own.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
