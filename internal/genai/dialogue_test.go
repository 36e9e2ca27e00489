package genai

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/record"
)

// runOf is an agent's run in a trace of its own with one call.
func runOf(t *testing.T, trace, conversation string, second int64, input []Message, answer string) []Source {
	t.Helper()
	run := Source{Kind: record.KindSpan, SpanID: trace + "1", Attributes: `{"gen_ai.operation.name":"invoke_agent","gen_ai.agent.name":"guide","gen_ai.conversation.id":"` + conversation + `"}`}
	call := chatOf(t, trace+"2", trace+"1", input, answer, `,"gen_ai.usage.input_tokens":5,"gen_ai.usage.output_tokens":1`)
	sources := []Source{{Kind: record.KindSpan, SpanID: trace + "0", Name: "POST /chat"}, run, call}
	sources[1].ParentSpanID = trace + "0"
	for i := range sources {
		sources[i].TraceID, sources[i].Start, sources[i].End = trace, time.Unix(second, 0), time.Unix(second+1, 0)
	}
	return sources
}

// told is what each run's first turn adds, with its break.
func told(d *Dialogue) (lines []string) {
	for _, run := range d.Runs {
		line := run.Turns[0].Break + ":"
		for _, m := range run.Turns[0].Input {
			line += " " + m.Parts[0].Text
		}
		lines = append(lines, line)
	}
	return lines
}

// A conversation that goes on in the next trace is told once.
func TestAConversationOverTraces(t *testing.T) {
	t.Parallel()
	sources := runOf(t, "b", "c1", 20, say(RoleUser, "a", "b", "c"), "d")
	sources = append(sources, runOf(t, "a", "c1", 10, say(RoleUser, "a"), "b")...)
	sources = append(sources, runOf(t, "c", "c1", 30, say(RoleUser, "summary", "ok", "e"), "f")...)
	sources = append(sources, runOf(t, "d", "c1", 40, say(RoleUser, "summary", "ok", "e", "f", "g"), "h")...)
	sources = append(sources, runOf(t, "e", "c2", 15, say(RoleUser, "x"), "y")...)
	d, ok := Join(sources, "c1", nil)
	if !ok {
		t.Fatal("not found")
	}
	if diff := cmp.Diff([]string{": a", ": c", "new_history: summary ok e", ": g"}, told(d)); diff != "" {
		t.Error(diff)
	}
	if d.Runs[2].Turns[0].Earlier != 2 || d.Runs[1].Turns[0].Earlier != 0 {
		t.Errorf("earlier: %s", indented(t, d.Runs))
	}
	if d.Calls != 4 || count(d.Usage.Input) != 20 || *d.DurationSeconds != 31 || d.Start.Unix() != 10 || d.Runs[1].TraceID != "b" || d.Runs[1].SpanID != "b1" {
		t.Errorf("got %s", indented(t, d))
	}
	if _, ok := Join(sources, "c3", nil); ok {
		t.Error("found what is not there")
	}
}

// A run without a history that asks the same again shows what it asks.
func TestTheSameQuestionInAnotherRun(t *testing.T) {
	t.Parallel()
	sources := append(runOf(t, "a", "c1", 10, say(RoleUser, "a"), "b"), runOf(t, "b", "c1", 20, say(RoleUser, "a"), "b")...)
	d, _ := Join(sources, "c1", nil)
	if diff := cmp.Diff([]string{": a", "asked_again: a"}, told(d)); diff != "" {
		t.Error(diff)
	}
}

// Codex writes logs without a trace, which Hearth gives one of its own each.
func TestLogsWithoutATraceAreOneRun(t *testing.T) {
	t.Parallel()
	sources := loadSources(t, "testdata/dialects/codex_without_trace.json")
	for i := range sources {
		sources[i].TraceID = strings.Repeat("a", i+1)
	}
	d, ok := Join(sources, "cx-1", nil)
	if !ok || len(d.Runs) != 1 {
		t.Fatalf("%t %s", ok, indented(t, d))
	}
	run := d.Runs[0]
	if len(run.Turns) != 3 || run.Turns[1].TraceID != "aa" || len(run.Ran) != 1 || d.Calls != 2 || len(run.Errors) != 1 {
		t.Errorf("got %s", indented(t, run))
	}
}

// Calls that stand in the history are not the run's.
func TestToolCallsOfTheHistoryAreNotCounted(t *testing.T) {
	t.Parallel()
	history := append(say(RoleUser, "a"), Message{Role: RoleAssistant, Parts: []Part{{Type: PartToolCall, ID: "1", Name: "look", Args: []byte("{}")}}},
		Message{Role: RoleTool, Parts: []Part{{Type: PartToolResult, ID: "1", Result: []byte("1")}}})
	c, _ := Build([]Source{chatOf(t, "1", "", append(append(history, say(RoleAssistant, "b")...), say(RoleUser, "c")...), "d", "")}, "", nil)
	if len(c.Tools) != 0 || c.Turns[0].Earlier != 4 {
		t.Errorf("got %s", indented(t, c))
	}
}
