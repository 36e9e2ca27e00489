package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// example is a program in examples/, and what is to be seen of it.
type example struct {
	name    string   // its folder
	service string   // the name of its service; empty is name
	args    []string // of the program
	backend string   // the variable that says where to send to; empty is HEARTH_BASE_URL
	prints  []string // among what it prints
	// parallel says that some of it happens at once, so that its records may come in any order.
	parallel bool
	// columns are expressions over a record. want has a line for each record of the service in the order of their start, with
	// their values that are not NULL.
	columns string
	want    string
}

var examples = []example{
	{
		name:    "http-capture",
		prints:  []string{"trace ", "answer:   It is sunny.", "streamed: Clouds, and then some rain."},
		columns: `level_name(level), message, http_response_status_code, ` + answerOf + `, ` + streamOf + `, ` + authorizationOf,
		want: `info | ask about London
info | POST 127.0.0.1/v1/chat/completions | 200 | It is sunny. | [Scrubbed due to 'auth']
info | POST /v1/chat/completions | 200 | [Scrubbed due to 'auth']
info | POST 127.0.0.1/v1/chat/completions | 200 | 6 events | [Scrubbed due to 'auth']
info | POST /v1/chat/completions | 200 | [Scrubbed due to 'auth']`,
	},
	{
		name:    "database",
		prints:  []string{"trace ", "lamp     40", "chair   120"},
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
		prints:  []string{"trace ", "shop SERVING", "nobody NotFound", "shop NOT_SERVING"},
		columns: `level_name(level), message, attributes->>'rpc.response.status_code'`,
		want: `info | is everything well?
info | grpc.health.v1.Health/Check | OK
info | grpc.health.v1.Health/Check | OK
error | grpc.health.v1.Health/Check | NOT_FOUND
info | grpc.health.v1.Health/Check | NOT_FOUND
error | grpc.health.v1.Health/Watch | CANCELLED
info | grpc.health.v1.Health/Watch | CANCELLED`,
	},
	{
		name:     "weather",
		prints:   []string{"trace ", "In London it is sunny at 21 °C, and in Wiltshire it is rainy at 18 °C."},
		parallel: true,
		columns:  agentColumns,
		want: `info | tell the weather
info | weather_agent run | invoke_agent | In London it is sunny at 21 °C, and in Wiltshire it is rainy at 18 °C.
info | chat scripted | chat
info | running tool: get_lat_lng | execute_tool | call_get_lat_lng_1
info | GET 127.0.0.1/latlng ? location='London' | 200
info | running tool: get_lat_lng | execute_tool | call_get_lat_lng_2
info | GET 127.0.0.1/latlng ? location='Wiltshire' | 200
info | chat scripted | chat
info | running tool: get_weather | execute_tool | call_get_weather_1
info | GET 127.0.0.1/weather ? lat='51.5' & lng='-0.12' | 200
info | running tool: get_weather | execute_tool | call_get_weather_2
info | GET 127.0.0.1/weather ? lng='0.1' & lat='51.1' | 200
info | chat scripted | chat`,
	},
	{
		name:    "bank-support",
		prints:  []string{"trace ", "is $123.45.", "block the card: true, risk: 8"},
		columns: agentColumns,
		want: `info | a customer calls
info | support_agent run | invoke_agent | {"support_advice":"Hello John, your current account balance, including pending transactions, is $123.45.","block_card":false,"risk":1}
info | SELECT name FROM customers WHERE id = ?
info | chat scripted | chat
info | running tool: customer_balance | execute_tool | call_customer_balance_1
info | SELECT balance + CASE WHEN ? THEN pending ELSE 0 END FROM customers WHERE id = ?
info | SELECT name FROM customers WHERE id = ?
info | chat scripted | chat
info | support_agent run | invoke_agent | {"support_advice":"I'm sorry to hear that, John. We are blocking your card for now, so that nobody else can pay with it.","block_card":true,"risk":8}
info | SELECT name FROM customers WHERE id = ?
info | chat scripted | chat
info | SELECT name FROM customers WHERE id = ?
info | chat scripted | chat`,
	},
	{
		name:    "slog",
		prints:  []string{"trace ", `level=ERROR msg="payment failed" customer=ada`},
		columns: `level_name(level), message, attributes->>'customer', attributes->>'took', attributes->'basket'->>'items', attributes->>'api_key', exception_message`,
		want: `info | order T-1041
info | order placed | ada | 0.012 | 3
info | pay
debug | asking the bank | ada | [Scrubbed due to 'api_key']
error | payment failed | ada | pay with card 4242: the card was declined
warn | the order waits | ada`,
	},
	{
		name:    "otlp-backend",
		backend: "OTEL_EXPORTER_OTLP_ENDPOINT",
		prints:  []string{`{"roll":2}`},
		columns: agentColumns,
		want: `info | gambler run | invoke_agent | {"roll":2}
info | chat test | chat
info | running tool: roll | execute_tool | pyd_ai_tool_call_id__roll
info | chat test | chat`,
	},
	{
		name:    "otlp-backend",
		service: "otlp-backend-plain",
		args:    []string{"--plain"},
		backend: "OTEL_EXPORTER_OTLP_ENDPOINT",
		prints:  []string{`{"roll":2}`},
		columns: agentColumns,
		want: `info | gambler run | invoke_agent | {"roll":2}
info | chat test | chat
info | running tool: roll | execute_tool | pyd_ai_tool_call_id__roll
info | chat test | chat`,
	},
}

// What is to be seen of agents' runs, model calls and tools.
const agentColumns = `level_name(level), message, http_response_status_code, attributes->>'gen_ai.operation.name', ` +
	`attributes->>'gen_ai.tool.call.id', attributes->>'final_result'`

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
		service := cmp.Or(ex.service, ex.name)
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			printed := ex.run(t, h)
			for _, want := range ex.prints {
				if !strings.Contains(printed, want) {
					t.Errorf("%q is not among what it prints:\n%s", want, printed)
				}
			}
			records := strings.Count(ex.want, "\n") + 1
			h.waitCount(t, records, fmt.Sprintf("select count(*) from records where service_name = '%s'", service))
			var got []string
			for _, row := range h.rows(t, fmt.Sprintf(
				"select concat_ws(' | ', %s) as line from records where service_name = '%s' order by start_timestamp, duration desc", ex.columns, service)) {
				got = append(got, row["line"].(string))
			}
			want := strings.Split(ex.want, "\n")
			if ex.parallel {
				slices.Sort(want)
				slices.Sort(got)
			}
			if d := gocmp.Diff(want, got); d != "" {
				t.Errorf("records (-want +got):\n%s", d)
			}
		})
	}
}

// buildExample builds the example of a name and returns the program's path.
func buildExample(t *testing.T, name string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./"+name)
	build.Dir = filepath.Join("..", "examples")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, text)
	}
	return program
}

// run builds the example, runs it to its end and returns what it prints.
func (ex *example) run(t *testing.T, h *hearth) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), buildExample(t, ex.name), ex.args...)
	cmd.Dir = t.TempDir() // no credentials file lies there
	cmd.Env = cleanEnv(cmp.Or(ex.backend, "HEARTH_BASE_URL") + "=" + h.url)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// TestChatExample talks to the page's server as the page does: one conversation in three requests, a trace each.
func TestChatExample(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	cmd := exec.Command(buildExample(t, "chat"), "--listen", "127.0.0.1:0")
	cmd.Dir, cmd.Env = t.TempDir(), cleanEnv("HEARTH_BASE_URL="+h.url)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have gone
		if err := cmd.Wait(); err != nil {
			t.Errorf("the example's end: %v", err)
		}
	})
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	if page := read(t, http.DefaultClient.Get, address+"/"); !strings.Contains(page, "<title>Tea</title>") {
		t.Fatalf("the page: %s", page)
	}
	for _, talk := range [][2]string{
		{"Hello", "Welcome! Do you like green tea or black tea?"},
		{"Green, please", "Our Sencha is fresh and grassy: 9 € for 100 g. Shall I put a bag aside?"},
		{"Yes", "Done: it waits for you until Saturday."},
	} {
		answer := read(t, func(url string) (*http.Response, error) {
			return http.Post(url, "text/plain", strings.NewReader(talk[0]))
		}, address+"/conversations/tea-1")
		if answer != talk[1] {
			t.Errorf("to %q: %q, want %q", talk[0], answer, talk[1])
		}
	}
	h.waitCount(t, 3, "select count(*) from records where service_name = 'chat' and attributes->>'gen_ai.conversation.id' = 'tea-1' and message = 'tea_seller run'")
	h.waitCount(t, 3, "select count(distinct trace_id) from records where http_route = '/conversations/{id}' and http_response_status_code = 200")
	var conversation struct {
		Runs []struct {
			Turns []struct {
				Input []json.RawMessage `json:"input"`
			} `json:"turns"`
		} `json:"runs"`
	}
	if err := json.Unmarshal([]byte(h.get(t, "/v1/conversation?id=tea-1")), &conversation); err != nil {
		t.Fatal(err)
	}
	if len(conversation.Runs) != 3 {
		t.Fatalf("%d runs in the conversation, want 3", len(conversation.Runs))
	}
	for i, run := range conversation.Runs {
		if len(run.Turns) != 1 || len(run.Turns[0].Input) != 1 {
			t.Errorf("run %d: %+v, want one turn with the message that was new in it", i+1, run.Turns)
		}
	}
}

// read returns the body of the answer to a request.
func read(t *testing.T, request func(url string) (*http.Response, error), url string) string {
	t.Helper()
	resp, err := request(url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return string(body)
}
