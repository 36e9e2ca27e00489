package agent

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCollectorPutsPiecesTogether(t *testing.T) {
	t.Parallel()
	var c Collector
	for _, d := range []Delta{
		ResponseDelta{Model: "m-2026", Provider: "test"},
		ThinkingDelta{Index: 0, Text: "Hm"},
		TextDelta{Index: 1, Text: "Let me "},
		ToolCallDelta{Index: 2, ID: "call_1", Name: "weather", ItemID: "fc_1", Signature: "c"},
		ToolCallDelta{Index: 2, Args: `{"city":`},
		TextDelta{Index: 1, Text: "look.", ID: "msg_1", Signature: "t"},
		ToolCallDelta{Index: 2, Args: `"Paris"}`},
		ThinkingDelta{Index: 0, Text: ".", Signature: "s"},
		PartDelta{Index: 3, Part: Media{Kind: Image, URL: "https://example.com/a.png"}},
		ResponseDelta{Details: map[string]any{"service_tier": "default"}},
		ResponseDelta{
			ID: "resp_1", FinishReason: FinishToolCall, Usage: &Usage{InputTokens: 7, OutputTokens: 3},
			Details: map[string]any{"finish_reason": "tool_calls"},
		},
	} {
		c.Add(d)
	}
	got := c.Response()
	got.At = time.Time{}
	want := &Response{
		Parts: []ResponsePart{
			Thinking{Text: "Hm.", Signature: "s"},
			Text{Text: "Let me look.", ID: "msg_1", Signature: "t"},
			ToolCall{ID: "call_1", Name: "weather", Args: []byte(`"{\"city\":\"Paris\"}"`), ItemID: "fc_1", Signature: "c"},
			Media{Kind: Image, URL: "https://example.com/a.png"},
		},
		Usage: Usage{InputTokens: 7, OutputTokens: 3}, Model: "m-2026", Provider: "test", ID: "resp_1", FinishReason: FinishToolCall,
		Details: map[string]any{"service_tier": "default", "finish_reason": "tool_calls"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
