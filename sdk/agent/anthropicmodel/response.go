package anthropicmodel

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/anthropics/anthropic-sdk-go"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
)

var reasons = map[anthropic.StopReason]agent.FinishReason{
	"end_turn": agent.FinishStop, "stop_sequence": agent.FinishStop, "compaction": agent.FinishStop,
	"max_tokens": agent.FinishLength, "model_context_window_exceeded": agent.FinishLength,
	"tool_use": agent.FinishToolCall, "refusal": agent.FinishContentFilter,
}

func (m *Model) response(message *anthropic.Message) (*agent.Response, error) {
	if message.Role == "" {
		return nil, provider.Malformed(m.name, "the answer is no message")
	}
	var u usage
	u.add(message.Usage.RawJSON())
	r := &agent.Response{
		Usage: u.total(), Model: message.Model, Provider: m.provider, ID: message.ID, At: time.Now(),
		FinishReason: reasons[message.StopReason], Details: details(message.StopReason, message.StopDetails),
	}
	for _, content := range message.Content {
		if part := part(content); part != nil {
			r.Parts = append(r.Parts, part)
		}
	}
	return r, nil
}

// details are the provider's own words about the end.
func details(reason anthropic.StopReason, stop anthropic.RefusalStopDetails) map[string]any {
	details := map[string]any{}
	if reason != "" {
		details["finish_reason"] = string(reason)
	}
	if stop.Explanation != "" {
		details["refusal"] = stop.Explanation
	}
	return details
}

// part returns a block as a part, or nil when it says nothing.
func part(content anthropic.ContentBlockUnion) agent.ResponsePart {
	switch content.Type {
	case "text":
		return agent.Text{Text: content.Text}
	case "thinking":
		return agent.Thinking{Text: content.Thinking, Signature: content.Signature}
	case redacted:
		return agent.Thinking{ID: redacted, Signature: content.Data}
	case "tool_use":
		return agent.ToolCall{ID: content.ID, Name: content.Name, Args: content.Input}
	case "server_tool_use":
		return agent.ToolCall{ID: content.ID, Name: content.Name, Args: content.Input, Builtin: true}
	}
	return builtinResult(content.Type, content.ToolUseID, content.RawJSON())
}

// builtinResult returns the result of a tool that Anthropic ran, as it came, or nil when the block is something else.
func builtinResult(blockType, id, block string) agent.ResponsePart {
	name, ok := strings.CutSuffix(blockType, resultSuffix)
	var result struct{ Content json.RawMessage }
	if !ok || json.Unmarshal([]byte(block), &result) != nil || result.Content == nil {
		return nil
	}
	return agent.ToolReturn{ID: id, Name: name, Content: result.Content}
}

// usage is what the events of a stream have told so far. Later counts replace earlier ones; what is not told again stays.
type usage struct{ details map[string]int64 }

// add takes the usage that an event tells.
func (u *usage) add(raw string) {
	var told struct {
		InputTokens   *int64 `json:"input_tokens"`
		OutputTokens  *int64 `json:"output_tokens"`
		CacheCreation *int64 `json:"cache_creation_input_tokens"`
		CacheRead     *int64 `json:"cache_read_input_tokens"`
		ByDuration    struct {
			Hour int64 `json:"ephemeral_1h_input_tokens"`
		} `json:"cache_creation"`
		Output struct {
			Thinking int64 `json:"thinking_tokens"`
		} `json:"output_tokens_details"`
		Tools struct {
			Searches int64 `json:"web_search_requests"`
		} `json:"server_tool_use"`
	}
	if json.Unmarshal([]byte(raw), &told) != nil {
		return
	}
	if u.details == nil {
		u.details = map[string]int64{}
	}
	for name, count := range map[string]*int64{
		"input_tokens": told.InputTokens, "output_tokens": told.OutputTokens,
		"cache_creation_input_tokens": told.CacheCreation, "cache_read_input_tokens": told.CacheRead,
	} {
		if count != nil {
			u.details[name] = *count
		}
	}
	for name, count := range map[string]int64{
		"ephemeral_1h_input_tokens": told.ByDuration.Hour, "thinking_tokens": told.Output.Thinking,
		"web_search_requests": told.Tools.Searches,
	} {
		if count != 0 {
			u.details[name] = count
		}
	}
}

// total returns what was told. Anthropic counts what is read from and written to caches apart, here it is part of the input.
func (u *usage) total() agent.Usage {
	d := u.details
	read, written := d["cache_read_input_tokens"], d["cache_creation_input_tokens"]
	return agent.Usage{
		InputTokens: d["input_tokens"] + read + written, CacheReadTokens: read, CacheWriteTokens: written,
		CacheWrite1hTokens: min(d["ephemeral_1h_input_tokens"], written),
		OutputTokens:       d["output_tokens"], ReasoningTokens: d["thinking_tokens"], Details: maps.Clone(d),
	}
}
