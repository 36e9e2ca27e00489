package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// callRequest is a trace in OTLP/JSON: an agent's run with the usage of its two calls, which report no cost, and a call
// that does.
func callRequest() string {
	var spans []string
	span := func(id, parent, attributes string) {
		var list []string
		for pair := range strings.FieldsSeq(attributes) {
			key, value, _ := strings.Cut(pair, "=")
			kind := "stringValue"
			if strings.HasPrefix(key, "gen_ai.usage.") {
				kind = "intValue"
			}
			if key == "operation.cost" {
				list = append(list, fmt.Sprintf(`{"key":%q,"value":{"doubleValue":%s}}`, key, value))
				continue
			}
			list = append(list, fmt.Sprintf(`{"key":%q,"value":{%q:%q}}`, key, kind, value))
		}
		spans = append(spans, fmt.Sprintf(`{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"000000000000000%s","parentSpanId":"%s","name":%q,
			"startTimeUnixNano":"1779889396000000000","endTimeUnixNano":"1779889397000000000","attributes":[%s]}`, id, parent, "span "+id, strings.Join(list, ",")))
	}
	const parent = "0000000000000001"
	span("1", "", "gen_ai.operation.name=invoke_agent gen_ai.request.model=gpt-4o gen_ai.provider.name=openai gen_ai.usage.input_tokens=4000 gen_ai.usage.output_tokens=100")
	span("2", parent, "gen_ai.operation.name=chat gen_ai.request.model=gpt-4o gen_ai.provider.name=openai gen_ai.usage.input_tokens=2000 gen_ai.usage.output_tokens=100")
	span("3", parent, "gen_ai.operation.name=chat gen_ai.request.model=llama3 gen_ai.provider.name=ollama gen_ai.usage.input_tokens=2000")
	span("4", parent, "gen_ai.operation.name=chat gen_ai.request.model=gpt-4o gen_ai.provider.name=openai gen_ai.usage.input_tokens=2000 operation.cost=0.5")
	return `{"resourceSpans":[{"scopeSpans":[{"spans":[` + strings.Join(spans, ",") + `]}]}]}`
}

// rows runs a statement until it answers with so many rows.
func rows(t *testing.T, s *Server, sql string, want int) []map[string]any {
	t.Helper()
	body, err := json.Marshal(map[string]string{"sql": sql, "min_timestamp": "2020-01-01T00:00:00Z"})
	if err != nil {
		t.Fatal(err)
	}
	for t.Context().Err() == nil {
		status, answer := do(t, http.MethodPost, s.Origin()+"/v2/query", string(body))
		var rows struct{ Data []map[string]any }
		if err := json.Unmarshal([]byte(answer), &rows); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
		if len(rows.Data) >= want {
			return rows.Data
		}
	}
	t.Fatal("too few rows")
	return nil
}

func TestModelCallsHaveACostInSQL(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Prices = filepath.Join(t.TempDir(), "prices.json")
	if err := os.WriteFile(c.Prices, []byte(`{"models":[{"provider":"ollama","match":"llama3","prices":{"input_mtok":1}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, c)
	if status, answer := do(t, http.MethodPost, s.Origin()+"/v1/traces", callRequest()); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	want := []map[string]any{
		{"span_id": "0000000000000001", "cost": nil, "_lf_cost_source": nil, "sent": false},
		{"span_id": "0000000000000002", "cost": "0.006", "_lf_cost_source": "computed", "sent": false},
		{"span_id": "0000000000000003", "cost": "0.002", "_lf_cost_source": "override", "sent": false},
		{"span_id": "0000000000000004", "cost": "0.5", "_lf_cost_source": "reported", "sent": true},
	}
	check := func(s *Server) {
		t.Helper()
		got := rows(t, s, `SELECT span_id, attributes->>'operation.cost' AS cost, "_lf_cost_source", attributes::text LIKE '%operation.cost%' AS sent FROM records ORDER BY span_id`, len(want))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("costs (-want +got):\n%s", diff)
		}
		sum := rows(t, s, `SELECT round(sum((attributes->>'operation.cost')::float), 6) AS dollars FROM records GROUP BY trace_id`, 1)
		if sum[0]["dollars"] != 0.508 {
			t.Errorf("the trace cost %v, want 0.508", sum[0]["dollars"])
		}
	}
	check(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c.Prices = "" // a cost is that of the arrival
	check(open(t, c))
}
