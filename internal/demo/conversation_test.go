package demo

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"

	"github.com/hearth-dev/hearth/internal/genai"
	"github.com/hearth-dev/hearth/internal/record"
)

// sources returns a story as records, as far as conversations need them.
func sources(t *testing.T, st *story) []genai.Source {
	t.Helper()
	var all []genai.Source
	for _, s := range st.seen {
		source := genai.Source{Kind: record.KindSpan, TraceID: fmt.Sprintf("%x", s.traceID), SpanID: fmt.Sprintf("%x", s.id), Name: s.name, Scope: s.scope.name,
			Service: s.service.name, Start: zero.Add(s.start), End: zero.Add(s.end), Attributes: plain(t, s.final(zero).Attributes), Failed: s.failed, StatusMessage: s.failure}
		if s.log {
			source.Kind = record.KindLog
		}
		if s.parent != nil {
			source.ParentSpanID = fmt.Sprintf("%x", s.parent.id)
		}
		all = append(all, source)
		for i, l := range s.lines {
			out := s.record(l, zero)
			all = append(all, genai.Source{Kind: record.KindLog, TraceID: source.TraceID, SpanID: fmt.Sprintf("%s-%d", source.SpanID, i), ParentSpanID: source.SpanID,
				Scope: l.scope.name, Start: zero.Add(l.at), End: zero.Add(l.at), Attributes: plain(t, out.Attributes), LogBody: asJSON(t, valueOf(out.Body))})
		}
	}
	return all
}

func plain(t *testing.T, list []*commonpb.KeyValue) string {
	t.Helper()
	o := object{}
	for _, a := range list {
		o[a.Key] = valueOf(a.Value)
	}
	return asJSON(t, o)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func valueOf(v *commonpb.AnyValue) any {
	switch v := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return v.StringValue
	case *commonpb.AnyValue_IntValue:
		return v.IntValue
	case *commonpb.AnyValue_DoubleValue:
		return v.DoubleValue
	case *commonpb.AnyValue_BoolValue:
		return v.BoolValue
	case *commonpb.AnyValue_ArrayValue:
		list := []any{}
		for _, one := range v.ArrayValue.Values {
			list = append(list, valueOf(one))
		}
		return list
	case *commonpb.AnyValue_KvlistValue:
		o := object{}
		for _, one := range v.KvlistValue.Values {
			o[one.Key] = valueOf(one.Value)
		}
		return o
	}
	return nil
}

// all yields a conversation and those below it.
func all(c *genai.Conversation, visit func(*genai.Conversation)) {
	visit(c)
	for _, agent := range c.Agents {
		all(agent, visit)
	}
}

// What the demo's programs say of their models is read whole: every turn asks and, but for the one that the provider
// refuses, answers; tool calls have their results; nothing is missing or unknown.
func TestEveryConversationIsWhole(t *testing.T) {
	t.Parallel()
	every(t, func(t *testing.T, st *story) {
		traces := map[string][]genai.Source{}
		for _, s := range sources(t, st) {
			traces[s.TraceID] = append(traces[s.TraceID], s)
		}
		for _, trace := range traces {
			whole, ok := genai.Build(trace, "", nil)
			if !ok {
				t.Fatal("no conversation")
			}
			if told := len(whole.Turns) + len(whole.Agents); (told > 0) != (whole.Calls > 0) {
				t.Errorf("%d calls, but %d turns and agents", whole.Calls, told)
			}
			all(whole, func(c *genai.Conversation) { checkTurns(t, c) })
		}
	})
}

func checkTurns(t *testing.T, c *genai.Conversation) {
	t.Helper()
	if c.Truncated || c.ContentMissing {
		t.Errorf("%s: cut %t, missing %t", c.SpanID, c.Truncated, c.ContentMissing)
	}
	for i := range c.Turns {
		turn := &c.Turns[i]
		if len(turn.Input) == 0 || len(turn.Output) == 0 && turn.Error == nil && turn.Kind != genai.KindEmbeddings {
			t.Errorf("turn %d of %s %s: %d messages in, %d out", i, c.SpanID, c.Agent.Name, len(turn.Input), len(turn.Output))
		}
		if turn.Break != "" {
			t.Errorf("turn %d of %s does not go on: %s", i, c.SpanID, turn.Break)
		}
		for _, m := range append(append([]genai.Message{}, turn.Input...), turn.Output...) {
			for _, p := range m.Parts {
				if p.Type == genai.PartUnknown || p.Type == genai.PartJSON || p.Missing {
					t.Errorf("turn %d of %s has a part %+v", i, c.SpanID, p)
				}
				if p.Type == genai.PartToolCall && p.Execution == nil {
					t.Errorf("nothing came of %s in %s", p.Name, c.SpanID)
				}
			}
		}
	}
	for _, w := range c.Warnings {
		if w.Code != "unpriced" && w.Code != "answer_cut" {
			t.Errorf("%s: %s", c.SpanID, w.Message)
		}
	}
}

// The customer who asks on and on has one conversation, of which every request tells its own question.
func TestALongTalkIsOneConversation(t *testing.T) {
	t.Parallel()
	st := newDeck(1).play(scenario{build: longTalk})
	records := sources(t, st)
	id := fmt.Sprint(st.conversation())
	d, ok := genai.Join(records, id, nil)
	if !ok || len(d.Runs) != len(lessons) {
		t.Fatalf("%t %+v", ok, d)
	}
	for i, run := range d.Runs {
		if turn := run.Turns[0]; turn.Break != "" || turn.Earlier != 0 || len(turn.Input) != 1 || turn.Input[0].Parts[0].Text != lessons[i].ask {
			t.Errorf("run %d begins with %+v", i, turn.Input)
		}
	}
	if d.Runs[3].Turns[0].Finish[0] != "length" || *d.DurationSeconds > (2*time.Minute).Seconds() {
		t.Errorf("got %+v", d.Runs[3].Turns[0])
	}
}

// conversation returns the id of the story's conversation.
func (st *story) conversation() any {
	for _, s := range st.seen {
		if id := s.get("gen_ai.conversation.id"); id != nil {
			return id
		}
	}
	return nil
}
