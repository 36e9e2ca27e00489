package agent_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// stored is the conversation of testdata/messages.py.
func stored() []agent.Message {
	at := time.Date(2026, 11, 26, 12, 0, 0, 250e6, time.UTC)
	const run, conversation = "019abc", "019abd"
	return []agent.Message{
		&agent.Input{
			Instructions: "Use tools.", At: at, RunID: run, ConversationID: conversation,
			Parts: []agent.InputPart{
				agent.SystemPrompt{Text: "Be brief.", At: at},
				agent.UserPrompt{Content: []agent.Content{agent.Text{Text: "Weather?"}}, At: at},
				agent.UserPrompt{Content: []agent.Content{
					agent.Text{Text: "See"},
					agent.Media{Kind: agent.Image, URL: "https://example.com/a.png", Type: "image/png"},
					agent.Media{Kind: agent.Audio, URL: "https://example.com/a.mp3", Type: "audio/mpeg"},
					agent.Media{Kind: agent.Video, URL: "https://example.com/a.mp4", Type: "video/mp4"},
					agent.Media{Kind: agent.Document, URL: "https://example.com/a.pdf", Type: "application/pdf"},
					agent.Media{Kind: agent.Image, Data: []byte("\x89PNG\xff"), Type: "image/png"},
				}, At: at},
			},
		},
		&agent.Response{
			At: at, RunID: run, ConversationID: conversation, Model: "gpt-4o-2026", Provider: "openai", ID: "resp_1",
			FinishReason: agent.FinishToolCall, Details: map[string]any{"finish_reason": "tool_calls"},
			Usage: agent.Usage{
				InputTokens: 100, CacheReadTokens: 10, CacheWriteTokens: 5, OutputTokens: 20,
				InputAudioTokens: 3, CacheAudioReadTokens: 2, OutputAudioTokens: 1, ReasoningTokens: 7,
			},
			Parts: []agent.ResponsePart{
				agent.Thinking{Text: "Hm.", ID: "t1", Signature: "sig"},
				agent.Text{Text: "Let me look.", ID: "m1"},
				agent.ToolCall{ID: "1", Name: "weather", Args: json.RawMessage(`"{\"city\": \"Paris\"}"`)},
				agent.ToolCall{ID: "2", Name: "place", Args: json.RawMessage(`{"name":"Pont Neuf"}`)},
				agent.ToolCall{ID: "3", Name: "now"},
				agent.ToolCall{ID: "4", Name: "web_search", Args: json.RawMessage(`{"query":"Paris"}`), Builtin: true},
				agent.ToolReturn{ID: "4", Name: "web_search", Content: json.RawMessage(`{"hits":3}`), At: at},
				agent.Media{Kind: agent.Image, Data: []byte("\x89PNG"), Type: "image/png"},
			},
		},
		&agent.Input{
			At: at, RunID: run, ConversationID: conversation,
			Parts: []agent.InputPart{
				agent.ToolReturn{ID: "1", Name: "weather", Content: json.RawMessage(`{"temp":21}`), At: at},
				agent.ToolReturn{ID: "2", Name: "place", Content: "a bridge", At: at},
				agent.RetryPrompt{ID: "3", Name: "now", Text: "Say when.", At: at},
				agent.RetryPrompt{ID: "5", Name: "weather", At: at, Invalid: []agent.InvalidValue{
					{Type: "missing", Path: []any{"city", 0.0}, Message: "Field required", Input: map[string]any{"a": 1.0}},
				}},
				agent.RetryPrompt{Text: "Please return text.", At: at},
			},
		},
		&agent.Response{At: at, FinishReason: agent.FinishStop, Parts: []agent.ResponsePart{agent.Text{Text: "21 °C <&>"}}},
	}
}

// compact makes JSON comparable.
var compact = cmp.Transformer("compact", func(raw json.RawMessage) string {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return string(raw)
	}
	text, _ := json.Marshal(value)
	return string(text)
})

// The files were written by PydanticAI, by testdata/messages.py.
func TestHistoriesOfPydanticAIAreRead(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"testdata/messages-1.json", "testdata/messages-2.json"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := agent.UnmarshalMessages(data)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if diff := cmp.Diff(stored(), got, compact); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// What PydanticAI 2 writes of retries is read as well: it has other parts for them.
func TestRetriesOfPydanticAI2AreRead(t *testing.T) {
	t.Parallel()
	got, err := agent.UnmarshalMessages([]byte(`[{"kind":"request","parts":[
		{"part_kind":"retry-feedback","content":[{"type":"json_invalid","loc":[],"msg":"Invalid JSON","input":"hello"}],"retry":{"cause":"validation_error"}},
		{"part_kind":"tool-return","tool_name":"t","tool_call_id":"1","content":"give 2","outcome":"retried","retry":{"cause":"model_retry"}}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	want := []agent.Message{&agent.Input{Parts: []agent.InputPart{
		agent.RetryPrompt{Invalid: []agent.InvalidValue{{Type: "json_invalid", Path: []any{}, Message: "Invalid JSON", Input: "hello"}}},
		agent.RetryPrompt{ID: "1", Name: "t", Text: "give 2"},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStoredHistoriesAreReadAsTheyWere(t *testing.T) {
	t.Parallel()
	want := append(stored(), &agent.Input{Parts: []agent.InputPart{
		agent.ToolReturn{ID: "6", Name: "draw", Content: agent.Media{Kind: agent.Image, Data: []byte{1}, Type: "image/png"}},
		agent.ToolReturn{ID: "7", Name: "draw", Content: []agent.Content{agent.Text{Text: "two"}, agent.Media{Kind: agent.Document, FileID: "file_1", Type: "text/plain"}}},
	}}, &agent.Response{Provider: "google", Parts: []agent.ResponsePart{
		agent.Text{Text: "so", Signature: "sig1"},
		agent.ToolCall{ID: "8", Name: "look", Args: json.RawMessage(`"{\"cut o"`), ItemID: "item", Signature: "sig2"},
		agent.Media{Kind: agent.Image, Data: []byte{2}, Type: "image/png", Signature: "sig3"},
	}})
	data, err := agent.MarshalMessages(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := agent.UnmarshalMessages(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, compact); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownPartsAreRefusedWithTheirPlace(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`{}`:                                "messages: ",
		`[{"kind":"request"},{"kind":"?"}]`: `message 1: unknown kind "?"`,
		`[{"kind":"response","parts":[{"part_kind":"speech"}]}]`:                                                `message 0: part 0: unknown kind "speech"`,
		`[{"kind":"request","parts":[{"part_kind":"user-prompt","content":["a",{"kind":"hologram"}]}]}]`:        `message 0: part 0: content 1: unknown kind "hologram"`,
		`[{"kind":"request","parts":[{"part_kind":"user-prompt","content":[{"kind":"binary","data":"%%%"}]}]}]`: `message 0: part 0: content 0: data: illegal base64`,
	} {
		if _, err := agent.UnmarshalMessages([]byte(data)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", data, err, want)
		}
	}
}

func FuzzUnmarshalMessages(f *testing.F) {
	for _, file := range []string{"testdata/messages-1.json", "testdata/messages-2.json"} {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`[{"kind":"request","parts":[{"part_kind":"tool-return","content":{"kind":"binary","data":"AA"}}]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		messages, err := agent.UnmarshalMessages(data)
		if err != nil {
			return
		}
		first, err := agent.MarshalMessages(messages)
		if err != nil {
			t.Fatalf("what was read is not written: %v", err)
		}
		again, err := agent.UnmarshalMessages(first)
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, first)
		}
		second, err := agent.MarshalMessages(again)
		if err != nil || string(first) != string(second) {
			t.Fatalf("written twice: %v\n%s\n%s", err, first, second)
		}
	})
}
