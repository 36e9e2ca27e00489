package openaimodel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/openai/openai-go/v3/responses"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
)

// responsesReasons maps the reason why a response is incomplete, or else its status.
var responsesReasons = map[string]agent.FinishReason{
	"max_output_tokens": agent.FinishLength, "content_filter": agent.FinishContentFilter, "completed": agent.FinishStop,
	"cancelled": agent.FinishError, "failed": agent.FinishError,
}

func (m *Responses) response(r *responses.Response) (*agent.Response, error) {
	if r.Error.Message != "" || r.Error.Code != "" {
		return nil, m.failed(*r)
	}
	out := &agent.Response{
		Usage: responsesUsage(r.Usage), Model: r.Model, Provider: m.provider, ID: r.ID, At: time.Now(), Details: map[string]any{},
	}
	about(*r, "", out.Details)
	out.FinishReason = finished(*r, out.Details)
	for _, item := range r.Output {
		parts, refusal := itemParts(item)
		if refusal != "" {
			out.Parts, out.FinishReason = nil, agent.FinishContentFilter
			delete(out.Details, "finish_reason")
			out.Details["refusal"] = refusal
			return out, nil
		}
		out.Parts = append(out.Parts, parts...)
	}
	return out, nil
}

// about adds to the details what a response says about itself.
func about(r responses.Response, refusal string, details map[string]any) {
	if r.ServiceTier != "" {
		details["service_tier"] = string(r.ServiceTier)
	}
	if refusal != "" {
		details["refusal"] = refusal
	}
}

// finished returns why the model stopped, and adds the provider's own word to the details.
func finished(r responses.Response, details map[string]any) agent.FinishReason {
	reason := r.IncompleteDetails.Reason
	if reason == "" {
		reason = string(r.Status)
	}
	if reason != "" {
		details["finish_reason"] = reason
	}
	return responsesReasons[reason]
}

// failed is the error of a response that ended with one.
func (m *Responses) failed(r responses.Response) error {
	body := r.Error.RawJSON()
	return m.streamError(body, fmt.Errorf("response %s failed: %s: %w", r.ID, r.Error.Code, errors.New(r.Error.Message)))
}

// itemParts returns the parts of an item, or the refusal that it is.
func itemParts(item responses.ResponseOutputItemUnion) (parts []agent.ResponsePart, refusal string) {
	switch item.Type {
	case "message":
		for _, content := range item.Content {
			if content.Type == "refusal" {
				return nil, content.Refusal
			}
			if content.Text != "" {
				parts = append(parts, agent.Text{Text: content.Text, ID: item.ID})
			}
		}
	case "reasoning":
		return reasoningParts(item.AsReasoning()), ""
	case "function_call":
		call := item.AsFunctionCall()
		return []agent.ResponsePart{agent.ToolCall{
			ID: call.CallID, ItemID: call.ID, Name: call.Name, Args: provider.TextArguments(call.Arguments),
		}}, ""
	default:
		if call, ok := builtinCall(item); ok {
			return []agent.ResponsePart{call}, ""
		}
	}
	return parts, ""
}

// reasoningParts returns a part for each summary; the first one holds what the provider wants back. Open models give their
// thoughts themselves instead.
func reasoningParts(item responses.ResponseReasoningItem) []agent.ResponsePart {
	var texts []string
	for _, summary := range item.Summary {
		texts = append(texts, summary.Text)
	}
	if texts == nil {
		for _, content := range item.Content {
			texts = append(texts, content.Text)
		}
	}
	if texts == nil && item.EncryptedContent != "" {
		texts = []string{""}
	}
	parts := make([]agent.ResponsePart, len(texts))
	for i, text := range texts {
		part := agent.Thinking{Text: text, ID: item.ID}
		if i == 0 {
			part.Signature = item.EncryptedContent
		}
		parts[i] = part
	}
	return parts
}

// builtins are the names of the tools that OpenAI runs itself, by the types of their items.
var builtins = map[string]string{
	"web_search_call": "web_search", "file_search_call": "file_search", "code_interpreter_call": "code_execution",
	"image_generation_call": "image_generation", "mcp_call": "mcp_server",
}

// builtinCall returns the call of a tool that the provider ran: what it did is in its arguments.
func builtinCall(item responses.ResponseOutputItemUnion) (agent.ToolCall, bool) {
	name, known := builtins[item.Type]
	if !known {
		return agent.ToolCall{}, false
	}
	return agent.ToolCall{ID: item.ID, ItemID: item.ID, Name: name, Args: compact(item.RawJSON()), Builtin: true}, true
}

// compact returns JSON without the spaces that a server may write.
func compact(text string) json.RawMessage {
	var out bytes.Buffer
	if err := json.Compact(&out, []byte(text)); err != nil { // the SDK has read it already
		return json.RawMessage(text)
	}
	return out.Bytes()
}
