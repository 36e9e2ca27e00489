package api

import (
	"strings"
	"testing"
	"time"
)

const testTrace = "4bf92f3577b34da6a3ce929d0e0e4736"

// traceOf is an answer with one record per row: kind, span, parent, attributes.
func traceOf(records ...[4]string) *table {
	t := &table{}
	for _, c := range sourceColumns {
		t.columns = append(t.columns, column{Name: c.sql})
	}
	start := time.Date(2026, 5, 27, 13, 16, 36, 0, time.UTC)
	for i, r := range records {
		values := map[string]any{
			"kind": r[0], "trace_id": testTrace, "span_id": r[1], "span_name": "chat m", "attributes": r[3],
			"start_timestamp": start.Add(time.Duration(i) * time.Second), "end_timestamp": start.Add(time.Duration(i)*time.Second + time.Millisecond),
		}
		if r[2] != "" {
			values["parent_span_id"] = r[2]
		}
		var row []any
		for _, c := range sourceColumns {
			row = append(row, values[c.sql])
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func TestConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	records := traceOf(
		[4]string{"span", "00000000000000a1", "", `{"gen_ai.operation.name":"invoke_agent","gen_ai.agent.name":"guide"}`},
		[4]string{"span", "00000000000000a2", "00000000000000a1", `{"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.usage.input_tokens":7,
			"gen_ai.input.messages":"[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"<b>hi</b>\"}]}]",
			"gen_ai.output.messages":[{"role":"assistant","parts":[{"type":"text","content":"hello"}]}]}`},
	)
	w.engine.answers = func(q question) (*answer, error) {
		if !strings.Contains(q.sql, "'"+testTrace+"'") {
			return traceOf().answer(), nil
		}
		return records.answer(), nil
	}
	path := "/v1/traces/" + testTrace + "/conversation"
	type body struct {
		SpanID string `json:"span_id"`
		Agent  struct {
			Name string `json:"name"`
		} `json:"agent"`
		Turns []struct {
			SpanID string `json:"span_id"`
			Input  []struct {
				Role  string `json:"role"`
				Parts []struct{ Type, Text string }
			} `json:"input"`
			Output []any `json:"output"`
		} `json:"turns"`
		Usage            struct{ Input int64 } `json:"usage"`
		Records          int                   `json:"records"`
		RecordsTruncated bool                  `json:"records_truncated"`
	}
	got := decode[body](t, w.expect(200, "GET", path, ""))
	if got.SpanID != "00000000000000a1" || got.Agent.Name != "guide" || len(got.Turns) != 1 || got.Usage.Input != 7 || got.Records != 2 || got.RecordsTruncated {
		t.Fatalf("got %+v", got)
	}
	if turn := got.Turns[0]; turn.SpanID != "00000000000000a2" || turn.Input[0].Role != "user" || turn.Input[0].Parts[0].Text != "<b>hi</b>" || len(turn.Output) != 1 {
		t.Errorf("got %+v", turn)
	}
	if one := decode[body](t, w.expect(200, "GET", path+"?span_id=00000000000000A2", "")); one.SpanID != "00000000000000a2" || len(one.Turns) != 1 {
		t.Errorf("got %+v", one)
	}
	w.expect(404, "GET", path+"?span_id=00000000000000a9", "")
	w.expect(404, "GET", "/v1/traces/00000000000000000000000000000001/conversation", "")
	w.expect(422, "GET", path+"?span_id=a9%27--", "")
	w.expect(422, "GET", "/v1/traces/nonsense/conversation", "")
	w.expect(422, "GET", path+"?min_timestamp=yesterday", "")
	if q := w.engine.questions[0]; q.project != w.meta.DefaultProject().ID || q.limit != maxRows {
		t.Errorf("asked %+v", q)
	}
}

func TestConversationNeedsAReadToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	w.engine.answers = func(question) (*answer, error) {
		return traceOf([4]string{"span", "00000000000000a1", "", `{}`}).answer(), nil
	}
	path := "/v1/traces/" + testTrace + "/conversation"
	w.expect(401, "GET", path, "")
	w.expect(401, "GET", path, "", "Authorization", w.write)
	w.expect(200, "GET", path, "", "Authorization", w.read)
	w.expect(200, "GET", path, "", "Authorization", w.otherRead)
	if asked := w.engine.questions[1].project; asked != w.other.ID {
		t.Errorf("the other project's token asked %s", asked)
	}
}

func TestConversationOfTooMuchSaysSo(t *testing.T) {
	t.Parallel()
	records := traceOf([4]string{"span", "00000000000000a1", "", `{"a":1}`}, [4]string{"span", "00000000000000a2", "", `{"a":1}`})
	sources, truncated, err := readSources(records.answer(), len(`{"a":1}`)+1)
	if err != nil || len(sources) != 1 || !truncated {
		t.Errorf("%d sources, truncated %t, %v", len(sources), truncated, err)
	}
}

func TestConversationOverTraces(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.engine.answers = func(q question) (*answer, error) {
		return traceOf([4]string{"span", "00000000000000a1", "", `{"gen_ai.operation.name":"invoke_agent","gen_ai.agent.name":"guide","session.id":"it's one"}`}).answer(), nil
	}
	type body struct {
		ID   string `json:"id"`
		Runs []struct {
			TraceID string `json:"trace_id"`
			SpanID  string `json:"span_id"`
		} `json:"runs"`
		Records int `json:"records"`
	}
	got := decode[body](t, w.expect(200, "GET", "/v1/conversation?id=it%27s+one", ""))
	if got.ID != "it's one" || len(got.Runs) != 1 || got.Runs[0].TraceID != testTrace || got.Runs[0].SpanID != "00000000000000a1" || got.Records != 1 {
		t.Errorf("got %+v", got)
	}
	q := w.engine.questions[0]
	if q.project != w.meta.DefaultProject().ID || q.limit != maxRows || !strings.Contains(q.sql, "attributes->>'session.id' = 'it''s one'") {
		t.Errorf("asked %+v", q)
	}
	w.expect(404, "GET", "/v1/conversation?id=another", "")
	w.expect(422, "GET", "/v1/conversation", "")
	w.expect(422, "GET", "/v1/conversation?id=", "")
	w.expect(422, "GET", "/v1/conversation?id="+strings.Repeat("x", maxIDBytes+1), "")
	w.expect(422, "GET", "/v1/conversation?id=x&max_timestamp=tomorrow", "")
	w.expect(200, "GET", "/v1/conversation?id=it%27s+one", "")
	if w.expect(404, "GET", "/v1/conversation?id=a%2Fb", ""); !strings.Contains(w.engine.questions[len(w.engine.questions)-1].sql, "attributes->>'genkit:sessionId' = 'a'") {
		t.Error("Genkit's session is not looked for")
	}
	w.expect(404, "GET", "/v1/conversation?id=c-1", "")
	asked := w.engine.questions[len(w.engine.questions)-2:]
	if strings.Contains(asked[0].sql, "langfuse") || !strings.Contains(asked[1].sql, "contains(attributes::text, 'c-1') AND (") || strings.Contains(asked[1].sql, "'gen_ai.conversation.id'") {
		t.Errorf("asked %s\nand then %s", asked[0].sql, asked[1].sql)
	}
}

func TestConversationOverTracesNeedsAReadToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	w.engine.answers = func(question) (*answer, error) {
		return traceOf([4]string{"span", "00000000000000a1", "", `{"gen_ai.operation.name":"chat","session.id":"s"}`}).answer(), nil
	}
	w.expect(401, "GET", "/v1/conversation?id=s", "")
	w.expect(401, "GET", "/v1/conversation?id=s", "", "Authorization", w.write)
	w.expect(200, "GET", "/v1/conversation?id=s", "", "Authorization", w.otherRead)
	if asked := w.engine.questions[0].project; asked != w.other.ID {
		t.Errorf("the other project's token asked %s", asked)
	}
}
