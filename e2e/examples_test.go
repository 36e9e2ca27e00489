package e2e

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// example is a program in examples/, and what is to be seen of it.
type example struct {
	name   string   // its folder, and the name of its service
	env    []string // beside HEARTH_BASE_URL
	prints []string // among what it prints
	// columns are expressions over a record. want has a line for each record of the service in the order of their start, with
	// their values that are not NULL.
	columns string
	want    string
}

var examples = []example{
	{
		name:    "http-capture",
		prints:  []string{"answer:   It is sunny.", "streamed: Clouds, and then some rain."},
		columns: `level_name(level), message, http_response_status_code, ` + answerOf + `, ` + streamOf + `, ` + authorizationOf,
		want: `info | ask about London
info | POST 127.0.0.1/v1/chat/completions | 200 | It is sunny. | [Scrubbed due to 'auth']
info | POST /v1/chat/completions | 200 | [Scrubbed due to 'auth']
info | POST 127.0.0.1/v1/chat/completions | 200 | 6 events | [Scrubbed due to 'auth']
info | POST /v1/chat/completions | 200 | [Scrubbed due to 'auth']`,
	},
	{
		name:    "database",
		prints:  []string{"lamp     40", "chair   120"},
		columns: `level_name(level), message, exception_message`,
		want: `info | stock the shop
info | CREATE TABLE items (name TEXT PRIMARY KEY, price INTEGER NOT NULL)
info | sql.conn.begin_tx
info | INSERT INTO items (name, price) VALUES (?, ?)
info | INSERT INTO items (name, price) VALUES (?, ?)
info | sql.tx.commit
info | sql.conn.begin_tx
error | INSERT INTO items (name, price) VALUES (?, ?) | constraint failed: UNIQUE constraint failed: items.name (1555)
info | sql.tx.rollback
info | SELECT name, price FROM items WHERE price < ? ORDER BY price`,
	},
	{
		name:    "grpc",
		prints:  []string{"shop SERVING", "nobody NotFound", "shop NOT_SERVING"},
		columns: `level_name(level), message, attributes->>'rpc.response.status_code'`,
		want: `info | is everything well?
info | grpc.health.v1.Health/Check | OK
info | grpc.health.v1.Health/Check | OK
error | grpc.health.v1.Health/Check | NOT_FOUND
info | grpc.health.v1.Health/Check | NOT_FOUND
error | grpc.health.v1.Health/Watch | CANCELLED
info | grpc.health.v1.Health/Watch | CANCELLED`,
	},
}

// What a client with httpclient.CaptureAll has of a model's answer.
const (
	answerOf        = `attributes->'http.response.body.text'->'choices'->0->'message'->>'content'`
	streamOf        = `nullif(array_length(string_to_array(attributes->>'http.response.body.text', 'data: '), 1) - 1, 0) || ' events'`
	authorizationOf = `attributes->'http.request.header.authorization'->>0`
)

// TestExamplesShowWhatTheySay runs each example as its comment says, against one server, and looks at its records.
func TestExamplesShowWhatTheySay(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	for _, ex := range examples {
		t.Run(ex.name, func(t *testing.T) {
			t.Parallel()
			printed := ex.run(t, h)
			for _, want := range append(ex.prints, "trace ") {
				if !strings.Contains(printed, want) {
					t.Errorf("%q is not among what it prints:\n%s", want, printed)
				}
			}
			records := strings.Count(ex.want, "\n") + 1
			h.waitCount(t, records, fmt.Sprintf("select count(*) from records where service_name = '%s'", ex.name))
			var got []string
			for _, row := range h.rows(t, fmt.Sprintf(
				"select concat_ws(' | ', %s) as line from records where service_name = '%s' order by start_timestamp, duration desc", ex.columns, ex.name)) {
				got = append(got, row["line"].(string))
			}
			if d := cmp.Diff(strings.Split(ex.want, "\n"), got); d != "" {
				t.Errorf("records (-want +got):\n%s", d)
			}
		})
	}
}

// run builds the example, runs it to its end and returns what it prints.
func (ex *example) run(t *testing.T, h *hearth) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), ex.name)
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./"+ex.name)
	build.Dir = filepath.Join("..", "examples")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, text)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Dir = t.TempDir() // no credentials file lies there
	cmd.Env = cleanEnv(append(ex.env, "HEARTH_BASE_URL="+h.url)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout.String(), stderr.String())
	}
	return stdout.String()
}
