package anthropicmodel

import (
	"encoding/json"

	"github.com/anthropics/anthropic-sdk-go"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// deltas turns the events of a stream into deltas. Blocks have the indexes of their parts.
type deltas struct {
	model *Model
	yield func(agent.Delta, error) bool
	usage usage
}

// event passes on what an event holds, and returns false when the consumer wants no more.
func (d *deltas) event(e anthropic.MessageStreamEventUnion) bool {
	switch e.Type {
	case "message_start":
		d.usage.add(e.Message.Usage.RawJSON())
		total := d.usage.total()
		return d.yield(agent.ResponseDelta{Model: e.Message.Model, Provider: d.model.provider, ID: e.Message.ID, Usage: &total}, nil)
	case "message_delta":
		d.usage.add(e.Usage.RawJSON())
		total := d.usage.total()
		return d.yield(agent.ResponseDelta{
			FinishReason: reasons[e.Delta.StopReason], Usage: &total, Details: details(e.Delta.StopReason, e.Delta.StopDetails),
		}, nil)
	case "content_block_start":
		return d.begin(int(e.Index), e.ContentBlock)
	case "content_block_delta":
		return d.delta(int(e.Index), e.Delta)
	}
	return true
}

func (d *deltas) begin(index int, content anthropic.ContentBlockStartEventContentBlockUnion) bool {
	switch content.Type {
	case "text":
		return content.Text == "" || d.yield(agent.TextDelta{Index: index, Text: content.Text}, nil)
	case "thinking":
		return d.yield(agent.ThinkingDelta{Index: index, Text: content.Thinking, Signature: content.Signature}, nil)
	case redacted:
		return d.yield(agent.PartDelta{Index: index, Part: agent.Thinking{ID: redacted, Signature: content.Data}}, nil)
	case "tool_use", "server_tool_use":
		return d.yield(agent.ToolCallDelta{
			Index: index, ID: content.ID, Name: content.Name, Args: wholeInput(content), Builtin: content.Type != "tool_use",
		}, nil)
	}
	if part := builtinResult(content.Type, content.ToolUseID, content.RawJSON()); part != nil {
		return d.yield(agent.PartDelta{Index: index, Part: part}, nil)
	}
	return true
}

// wholeInput returns arguments that come with the beginning of a block, and not in pieces.
func wholeInput(content anthropic.ContentBlockStartEventContentBlockUnion) string {
	input := content.JSON.Input.Raw()
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(input), &fields) != nil || len(fields) == 0 {
		return ""
	}
	return input
}

func (d *deltas) delta(index int, delta anthropic.MessageStreamEventUnionDelta) bool {
	switch delta.Type {
	case "text_delta":
		return d.yield(agent.TextDelta{Index: index, Text: delta.Text}, nil)
	case "thinking_delta":
		return d.yield(agent.ThinkingDelta{Index: index, Text: delta.Thinking}, nil)
	case "signature_delta":
		return d.yield(agent.ThinkingDelta{Index: index, Signature: delta.Signature}, nil)
	case "input_json_delta":
		return d.yield(agent.ToolCallDelta{Index: index, Args: delta.PartialJSON}, nil)
	}
	return true
}
