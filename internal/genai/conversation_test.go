package genai

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/sdk/prices"
)

// One chat with a tool, as each dialect tells it, is one conversation. Three things may differ: the names of the dialects,
// finish reasons, which PydanticAI's events never had, and settings that only some dialects know.
func TestSameChatInEveryShape(t *testing.T) {
	t.Parallel()
	var want, wantFile string
	for _, file := range fixtureFiles(t, "same") {
		c, ok := Build(loadSources(t, file), "", nil)
		if !ok {
			t.Fatalf("%s: no conversation", file)
		}
		if len(c.Dialects) == 0 {
			t.Errorf("%s: no dialect", file)
		}
		c.Dialects, c.Config = nil, Config{Params: c.Params}
		for i := range c.Turns {
			c.Turns[i].Finish = nil
			for j := range c.Turns[i].Output {
				c.Turns[i].Output[j].Finish = ""
			}
			for j := range c.Turns[i].Input {
				c.Turns[i].Input[j].Finish = ""
			}
		}
		got := indented(t, c)
		if want == "" {
			want, wantFile = got, file
			golden(t, filepath.Join("testdata", "same.golden"), got)
		}
		if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s and %s tell different conversations:\n%s", wantFile, file, diff)
		}
	}
}

func say(role Role, texts ...string) []Message {
	var messages []Message
	for i, s := range texts {
		if i > 0 {
			role = map[Role]Role{RoleUser: RoleAssistant, RoleAssistant: RoleUser}[role]
		}
		messages = append(messages, Message{Role: role, Parts: []Part{{Type: PartText, Text: s}}})
	}
	return messages
}

func TestThreadShowsOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	var thread thread
	check := func(input, output, added []Message, why string) {
		t.Helper()
		got, gotWhy := thread.add(input, output)
		if diff := cmp.Diff(added, got); diff != "" || gotWhy != why {
			t.Errorf("break %q, want %q:\n%s", gotWhy, why, diff)
		}
	}
	thinking := []Message{{Role: RoleAssistant, Parts: []Part{{Type: PartThinking, Text: "hm"}, {Type: PartText, Text: "b"}}}}
	check(say(RoleUser, "a"), thinking, say(RoleUser, "a"), "")
	check(say(RoleUser, "a", "b", "c"), say(RoleAssistant, "d"), say(RoleUser, "c"), "") // without the thought
	check(nil, say(RoleAssistant, "e"), nil, "")
	check(say(RoleUser, "a", "b", "c", "otherwise", "f"), say(RoleAssistant, "g"), say(RoleAssistant, "otherwise", "f"), breakChanged)
	check(say(RoleUser, "a", "b", "c", "otherwise", "f"), say(RoleAssistant, "h"), nil, breakAgain)
	check(say(RoleUser, "a", "b", "c", "otherwise", "f", "H, said otherwise", "i"), say(RoleAssistant, "j"), say(RoleUser, "i"), "")
	check(say(RoleUser, "a", "summary"), nil, say(RoleAssistant, "summary"), breakChanged)
	check(say(RoleUser, "x"), nil, say(RoleUser, "x"), breakNew)
}

// Records that point at each other, that have no parent, or that come twice are shown once each.
func TestTreeOfBrokenTraces(t *testing.T) {
	t.Parallel()
	chat := func(kind record.Kind, id, parent string) Source {
		return Source{Kind: kind, SpanID: id, ParentSpanID: parent, Attributes: `{"gen_ai.operation.name":"chat","gen_ai.usage.input_tokens":1,
			"gen_ai.input.messages":[{"role":"user","parts":[{"type":"text","content":"` + id + `"}]}]}`}
	}
	plain := func(id, parent string) Source { return Source{Kind: record.KindSpan, SpanID: id, ParentSpanID: parent} }
	c, ok := Build([]Source{
		plain("1", "2"), plain("2", "3"), plain("3", "1"), chat(record.KindSpan, "4", "2"),
		chat(record.KindSpan, "5", "5"), chat(record.KindSpan, "6", "gone"),
		chat(record.KindPendingSpan, "7", "1"), chat(record.KindSpan, "7", "1"), chat(record.KindSpan, "7", "1"),
	}, "", nil)
	if !ok || len(c.Turns) != 4 || count(c.Usage.Input) != 4 || c.Running {
		t.Errorf("%d turns, %+v, running %t", len(c.Turns), c.Usage, c.Running)
	}
	if _, ok := Build(nil, "", nil); ok {
		t.Error("a conversation of nothing")
	}
	if _, ok := Build([]Source{plain("1", "")}, "2", nil); ok {
		t.Error("a conversation of a span that is not there")
	}
}

// Logs of one moment have no order in the store.
func TestLogsOfOneMomentAreInOrder(t *testing.T) {
	t.Parallel()
	sources := []Source{{Kind: record.KindSpan, SpanID: "1", Scope: "pydantic-ai", Attributes: `{"gen_ai.operation.name":"chat"}`}}
	for i, name := range []string{eventChoice, eventUser, eventSystem} {
		sources = append(sources, Source{
			Kind: record.KindLog, SpanID: "l" + string(rune('0'+i)), ParentSpanID: "1", Name: name,
			Attributes: `{"event.name":"` + name + `"}`, LogBody: `{"content":"` + name + `","message":{"content":"done"}}`,
		})
	}
	c, _ := Build(sources, "1", nil)
	if len(c.System) != 1 || len(c.Turns) != 1 || len(c.Turns[0].Input) != 1 || c.Turns[0].Input[0].Parts[0].Text != eventUser || len(c.Turns[0].Output) != 1 {
		t.Errorf("got %s", indented(t, c))
	}
}

// chatOf is a model call with those messages in its request, and the answer.
func chatOf(t *testing.T, id, parent string, input []Message, answer, more string) Source {
	t.Helper()
	messages := func(list []Message) string {
		var out []map[string]any
		for _, m := range list {
			var parts []map[string]any
			for _, p := range m.Parts {
				parts = append(parts, map[string]any{"type": string(p.Type), "content": p.Text, "id": p.ID, "name": p.Name, "arguments": p.Args, "result": p.Result})
			}
			out = append(out, map[string]any{"role": m.Role, "parts": parts})
		}
		text, err := marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	return Source{Kind: record.KindSpan, SpanID: id, ParentSpanID: parent, Name: "chat m", Attributes: `{"gen_ai.operation.name":"chat","gen_ai.request.model":"m",
		"gen_ai.input.messages":` + messages(input) + `,"gen_ai.output.messages":` + messages(say(RoleAssistant, answer)) + more + `}`}
}

// A call by itself shows its whole request; what was said before the last question is told apart.
func TestEarlierMessagesOfACall(t *testing.T) {
	t.Parallel()
	check := func(input []Message, want int) {
		t.Helper()
		c, _ := Build([]Source{chatOf(t, "1", "", input, "z", "")}, "1", nil)
		if got := c.Turns[0].Earlier; got != want || len(c.Turns[0].Input) != len(input) {
			t.Errorf("%d of %d messages are earlier, want %d", got, len(c.Turns[0].Input), want)
		}
	}
	check(say(RoleUser, "a"), 0)
	check(say(RoleUser, "a", "b", "c", "d", "e"), 4)
	check(say(RoleUser, "a", "b"), 0)                                                                                                        // the end of a tool's use
	check(append(say(RoleUser, "a", "b", "c", "d"), Message{Role: RoleTool, Parts: []Part{{Type: PartToolResult, Result: []byte("1")}}}), 2) // in the middle of it
}

// A run that goes on with an old history says where its own messages begin; they may be no question.
func TestARunBeginsAfterItsHistory(t *testing.T) {
	t.Parallel()
	const run = `{"gen_ai.operation.name":"invoke_agent","agent_name":"a","pydantic_ai.all_messages":"[]","pydantic_ai.new_message_index":`
	history := say(RoleUser, "a", "b", "c", "d")
	check := func(handed string, input []Message, want int) {
		t.Helper()
		c, _ := Build([]Source{
			{Kind: record.KindSpan, SpanID: "1", Attributes: run + handed + "}"},
			chatOf(t, "2", "1", input, "z", ""), chatOf(t, "3", "1", append(append([]Message{}, input...), say(RoleAssistant, "z", "y")...), "x", ""),
		}, "", nil)
		if len(c.Turns) != 2 || c.Turns[0].Earlier != want || c.Turns[1].Earlier != 0 {
			t.Errorf("handed %s: %s", handed, indented(t, c.Turns))
		}
	}
	check("4", append(history, say(RoleUser, "e")...), 4)
	check("2", append(history, say(RoleUser, "e")...), 2) // the run asked twice
	check("9", append(history, say(RoleUser, "e")...), 4) // it cannot be: as without
	approved := Message{Role: RoleTool, Parts: []Part{{Type: PartToolResult, Result: []byte("true")}}}
	check("4", append(history, approved), 4)
}

// What a run waits for is the innermost thing of models that has not ended.
func TestWaiting(t *testing.T) {
	t.Parallel()
	pending := func(id, parent, attributes string) Source {
		return Source{Kind: record.KindPendingSpan, SpanID: id, ParentSpanID: parent, Attributes: attributes, Start: time.Unix(int64(len(id)), 0)}
	}
	agent := pending("1", "", `{"gen_ai.operation.name":"invoke_agent","gen_ai.agent.name":"guide"}`)
	check := func(want string, sources ...Source) {
		t.Helper()
		c, _ := Build(append([]Source{agent}, sources...), "", nil)
		var got []string
		for _, w := range c.Waiting {
			got = append(got, string(w.Kind)+" "+w.Name+" "+w.SpanID)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("waits for %q, want %q", got, want)
		}
	}
	chat := pending("12", "1", `{"gen_ai.operation.name":"chat","gen_ai.request.model":"m"}`)
	check("agent guide 1")
	check("chat m 12", chat)
	check("chat m 12", chat, pending("123", "12", `{"http.request.method":"POST"}`))
	tool := pending("13", "1", `{"gen_ai.operation.name":"execute_tool","gen_ai.tool.name":"look"}`)
	check("chat m 12, tool look 13", chat, tool)
	check("chat m 12, agent helper 134", chat, tool, pending("134", "13", `{"gen_ai.operation.name":"invoke_agent","gen_ai.agent.name":"helper"}`))
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	call := func(name, args string) Source {
		return Source{Kind: record.KindSpan, SpanID: "1", Attributes: `{"gen_ai.operation.name":"chat","gen_ai.tool.definitions":[{"type":"function","name":"look"}],
			"gen_ai.input.messages":[{"role":"user","parts":[{"type":"text","content":"a"}]}],
			"gen_ai.output.messages":[{"role":"assistant","parts":[{"type":"tool_call","id":"1","name":"` + name + `","arguments":"` + args + `"}]}]}`}
	}
	for _, c := range []struct {
		source Source
		want   []string
	}{
		{call("look", "{}"), nil},
		{call("listen", "{}"), []string{warnUnknownTool}},
		{call("look", "{bad"), []string{warnArguments}},
		{chatOf(t, "1", "", say(RoleUser, "a"), "b", `,"gen_ai.response.finish_reasons":["max_tokens"]`), []string{warnLength}},
		{chatOf(t, "1", "", say(RoleUser, "a"), "b", `,"gen_ai.response.finish_reasons":["refusal"]`), []string{warnFiltered}},
		{chatOf(t, "1", "", say(RoleUser, "a"), "b", `,"gen_ai.usage.input_tokens":3`), []string{warnUnpriced}},
		{chatOf(t, "1", "", nil, "b", `,"logfire.truncated":true`), []string{warnTruncated}},
	} {
		built, _ := Build([]Source{c.source}, "", nil)
		var got []string
		for _, w := range built.Warnings {
			got = append(got, w.Code)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", c.source.Attributes, diff)
		}
	}
}

// Agents and tools below say at which point they ran.
func TestWhereAgentsRan(t *testing.T) {
	t.Parallel()
	at := func(s Source, second int64) Source { s.Start = time.Unix(second, 0); s.End = s.Start; return s }
	c, _ := Build([]Source{
		{Kind: record.KindSpan, SpanID: "1", Attributes: `{"gen_ai.operation.name":"invoke_agent","gen_ai.agent.name":"boss"}`},
		at(chatOf(t, "2", "1", say(RoleUser, "a"), "b", ""), 2),
		at(Source{Kind: record.KindSpan, SpanID: "3", ParentSpanID: "1", Attributes: `{"gen_ai.operation.name":"execute_tool","gen_ai.tool.name":"look","pydantic_ai.tool.failure_stage":"validation"}`}, 3),
		at(Source{Kind: record.KindSpan, SpanID: "4", ParentSpanID: "1", Attributes: `{"gen_ai.operation.name":"invoke_agent","gen_ai.agent.name":"helper"}`}, 4),
		at(chatOf(t, "5", "1", say(RoleUser, "a", "b", "c"), "d", ""), 5),
	}, "", nil)
	if len(c.Agents) != 1 || c.Agents[0].AfterTurns != 1 || len(c.Ran) != 1 || c.Ran[0].AfterTurns != 1 || c.Ran[0].Stage != "validation" {
		t.Errorf("got %s", indented(t, c))
	}
}

// A request that the provider refused says nothing of what was asked; the run, which tells of its messages at its end, does.
func TestWhatARefusedRequestAsked(t *testing.T) {
	t.Parallel()
	call := `{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"look","arguments":"{}"}]}`
	result := `{"role":"user","parts":[{"type":"tool_call_response","id":"c1","name":"look","result":"sun"}]}`
	user := `{"role":"user","parts":[{"type":"text","content":"a"}]}`
	at := func(s Source, second int64) Source { s.Start = time.Unix(second, 0); s.End = s.Start; return s }
	sources := []Source{
		{Kind: record.KindSpan, SpanID: "1", Failed: true, Attributes: `{"gen_ai.operation.name":"invoke_agent","agent_name":"a","pydantic_ai.all_messages":[` + user + `,` + call + `,` + result + `]}`},
		at(Source{Kind: record.KindSpan, SpanID: "2", ParentSpanID: "1", Attributes: `{"gen_ai.operation.name":"chat","gen_ai.input.messages":[` + user + `],"gen_ai.output.messages":[` + call + `]}`}, 1),
		at(Source{Kind: record.KindSpan, SpanID: "3", ParentSpanID: "1", Failed: true, ExceptionType: "Overloaded", Attributes: `{"gen_ai.operation.name":"chat"}`}, 2),
	}
	c, _ := Build(sources, "", nil)
	if len(c.Turns) != 2 || c.Turns[1].SpanID != "3" || c.Turns[1].Error == nil || len(c.Turns[1].Input) != 1 || c.Turns[1].Input[0].Role != RoleTool || len(c.Turns[1].Output) != 0 {
		t.Errorf("got %s", indented(t, c.Turns))
	}
}

// Embeddings are shown where nothing else was said, and do not stand between what was.
func TestEmbeddingsBesideADialogue(t *testing.T) {
	t.Parallel()
	embedding := Source{Kind: record.KindSpan, SpanID: "1", Attributes: `{"gen_ai.operation.name":"embeddings","gen_ai.request.model":"e","inputs":["smoky"],"inputs_count":1,"gen_ai.usage.input_tokens":2}`}
	alone, _ := Build([]Source{embedding}, "", nil)
	if len(alone.Turns) != 1 || alone.Turns[0].Kind != KindEmbeddings || alone.Turns[0].Input[0].Parts[0].Text != "smoky" || alone.Calls != 1 || alone.ContentMissing {
		t.Errorf("alone: %s", indented(t, alone))
	}
	beside, _ := Build([]Source{embedding, chatOf(t, "2", "", say(RoleUser, "a"), "b", "")}, "", nil)
	if len(beside.Turns) != 1 || beside.Turns[0].Kind != KindChat || beside.Calls != 2 {
		t.Errorf("beside: %s", indented(t, beside))
	}
}

// What a retrieval found stands where it ran, and is no tool.
func TestRetrievals(t *testing.T) {
	t.Parallel()
	at := func(s Source, second int64) Source { s.Start = time.Unix(second, 0); s.End = s.Start; return s }
	c, _ := Build([]Source{
		at(chatOf(t, "1", "", say(RoleUser, "a"), "b", ""), 1),
		at(Source{Kind: record.KindSpan, SpanID: "2", Name: "search", Attributes: `{"openinference.span.kind":"RETRIEVER","input.value":"tea?",
			"retrieval.documents.0.document.content":"leaf","retrieval.documents.0.document.score":0.5}`}, 2),
	}, "", nil)
	if len(c.Ran) != 1 || len(c.Tools) != 0 {
		t.Fatalf("got %s", indented(t, c))
	}
	run := c.Ran[0]
	if run.Kind != KindRetrieval || run.AfterTurns != 1 || string(run.Args) != `{"query":"tea?"}` || string(run.Result) != `[{"content":"leaf","score":0.5}]` || run.SpanID != "2" {
		t.Errorf("got %s", indented(t, run))
	}
}

// The requests below a model call are attempts at it, and what their bodies tell fills in what the call does not.
func TestBodiesBelowACallAreNotCounted(t *testing.T) {
	t.Parallel()
	attempt := func(id, answer string) Source {
		return Source{Kind: record.KindSpan, SpanID: id, ParentSpanID: "1", Name: "POST", Attributes: `{"http.request.method":"POST","url.full":"https://api.openai.com/v1/chat/completions",
			"http.request.body.text":{"model":"gpt-4o","messages":[{"role":"user","content":"a"}]}` + answer + `}`}
	}
	refusal := `,"http.response.status_code":503,"http.response.body.text":{"error":{"message":"Overloaded","type":"server_error"}}`
	answer := `,"http.response.body.text":{"model":"gpt-4o-2024-08-06","choices":[{"message":{"role":"assistant","content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3}}`
	silent := Source{Kind: record.KindSpan, SpanID: "1", Name: "chat gpt-4o", Attributes: `{"gen_ai.operation.name":"chat","gen_ai.request.model":"gpt-4o"}`}
	told := silent
	told.Attributes = `{"gen_ai.operation.name":"chat","gen_ai.request.model":"gpt-4o","gen_ai.usage.input_tokens":7,"gen_ai.usage.output_tokens":3,"operation.cost":0.5}`
	for name, sources := range map[string][]Source{
		"one attempt":                  {told, attempt("2", answer)},
		"two attempts":                 {told, attempt("2", refusal), attempt("3", answer)},
		"two attempts without answers": {told, attempt("2", ""), attempt("3", "")},
		"a call that counts nothing":   {silent, attempt("2", refusal), attempt("3", answer)},
		"no call above":                {attempt("3", answer)},
	} {
		c, _ := Build(sources, "", nil)
		if c.Calls != 1 || len(c.Turns) != 1 || count(c.Usage.Input) != 7 || count(c.Usage.Output) != 3 {
			t.Errorf("%s: %d calls, usage %s", name, c.Calls, indented(t, c.Usage))
		}
		if cost := c.Cost; strings.Contains(sources[0].Attributes, "operation.cost") && (cost == nil || *cost.Total != 5e8) {
			t.Errorf("%s: cost %s", name, indented(t, cost))
		}
		if turn := c.Turns[0]; len(turn.Input) != 1 || name != "two attempts without answers" && (len(turn.Output) != 1 || turn.Output[0].Parts[0].Text != "b") {
			t.Errorf("%s: %s", name, indented(t, turn))
		}
	}
}

// A path that models have may be of something else.
func TestBodiesOfOtherRequestsAreNoConversation(t *testing.T) {
	t.Parallel()
	for _, attributes := range []string{
		`{"http.request.method":"POST","url.full":"https://sms.example.com/v1/messages","http.request.body.text":{"to":"+49","text":"hi"}}`,
		`{"http.request.method":"POST","url.full":"https://api.openai.com/v1/chat/completions"}`,
		`{"http.request.method":"GET","url.full":"https://api.openai.com/v1/chat/completions","http.request.body.text":{"messages":[]}}`,
	} {
		if r, ok := Read(&Source{Kind: record.KindSpan, SpanID: "1", Attributes: attributes}); ok {
			t.Errorf("%s is read as %s", attributes, indented(t, r))
		}
	}
}

// A call that nothing tells of but the bodies of its request costs what its answer says it used.
func TestCallsKnownByTheirBodiesHaveACost(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "prices.json")
	if err := os.WriteFile(file, []byte(`{"models": [{"provider": "openai", "match": "gpt-4o-2024-11-20", "prices": {"input_mtok": 1}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := prices.Open(prices.Options{File: file})
	if err != nil {
		t.Fatal(err)
	}
	call := func(id, more, asked, model, usage string) Source {
		return Source{Kind: record.KindSpan, TraceID: "t", SpanID: id, Start: time.Date(2026, 5, 27, 13, 0, 0, 0, time.UTC), Attributes: `{` + more +
			`"http.request.method":"POST","url.full":"https://api.openai.com/v1/chat/completions",
			"http.request.body.text":"{\"model\":\"` + asked + `\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
			"http.response.body.text":"{\"id\":\"` + id + `\",\"object\":\"chat.completion\",\"model\":\"` + model + `\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\",\"content\":\"ho\"}}]` + usage + `}"}`}
	}
	used := `,\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":100,\"total_tokens\":1100,\"prompt_tokens_details\":{\"cached_tokens\":400}}`
	sources := []Source{
		call("1", "", "gpt-4o", "gpt-4o-2024-08-06", used), // 600 at 2.50 $, 400 at 1.25 $ and 100 at 10 $ for a million
		call("2", "", "gpt-4o", "gpt-4o-2024-11-20", used), // the operator's price
		call("3", "", "house-model", "house-model", used),  // nobody knows
		call("4", "", "gpt-4o", "gpt-4o-2024-08-06", ""),   // no usage
		call("5", `"operation.cost":0.5,`, "gpt-4o", "gpt-4o-2024-08-06", used),
	}
	c, _ := Build(sources, "", table)
	want := map[string]string{"1": "3000000 computed", "2": "1000000 override", "5": "500000000 reported"}
	got := map[string]string{}
	for _, turn := range c.Turns {
		if turn.Cost != nil {
			got[turn.SpanID] = fmt.Sprint(*turn.Cost.Total, " ", turn.Cost.Source)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c.Cost == nil || *c.Cost.Total != 504000000 || c.UnpricedCalls != 1 || c.Calls != 5 {
		t.Errorf("cost %v, %d of %d calls unpriced", c.Cost, c.UnpricedCalls, c.Calls)
	}
	if without, _ := Build(sources[:1], "", nil); without.Cost != nil || without.UnpricedCalls != 1 {
		t.Errorf("cost %v without prices", without.Cost)
	}
}
