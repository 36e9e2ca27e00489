package genai

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/record"
)

// One chat with a tool, as each dialect tells it, is one conversation. Two things may differ: the names of the dialects,
// and finish reasons, which PydanticAI's events never had.
func TestSameChatInEveryShape(t *testing.T) {
	t.Parallel()
	var want, wantFile string
	for _, file := range fixtureFiles(t, "same") {
		c, ok := Build(loadSources(t, file), "")
		if !ok {
			t.Fatalf("%s: no conversation", file)
		}
		if len(c.Dialects) == 0 {
			t.Errorf("%s: no dialect", file)
		}
		c.Dialects = nil
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
	}, "")
	if !ok || len(c.Turns) != 4 || count(c.Usage.Input) != 4 || c.Running {
		t.Errorf("%d turns, %+v, running %t", len(c.Turns), c.Usage, c.Running)
	}
	if _, ok := Build(nil, ""); ok {
		t.Error("a conversation of nothing")
	}
	if _, ok := Build([]Source{plain("1", "")}, "2"); ok {
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
	c, _ := Build(sources, "1")
	if len(c.System) != 1 || len(c.Turns) != 1 || len(c.Turns[0].Input) != 1 || c.Turns[0].Input[0].Parts[0].Text != eventUser || len(c.Turns[0].Output) != 1 {
		t.Errorf("got %s", indented(t, c))
	}
}
