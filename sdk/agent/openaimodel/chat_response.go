package openaimodel

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/respjson"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
)

var chatReasons = map[string]agent.FinishReason{
	"stop": agent.FinishStop, "length": agent.FinishLength, "content_filter": agent.FinishContentFilter,
	"tool_calls": agent.FinishToolCall, "function_call": agent.FinishToolCall,
}

// response reads a completion. Servers other than OpenAI's may leave out why the model stopped: it is taken for "stop".
func (m *Chat) response(c *openai.ChatCompletion) (*agent.Response, error) {
	if len(c.Choices) == 0 {
		return nil, provider.Malformed(m.name, "the completion has no choices")
	}
	choice := c.Choices[0]
	r := &agent.Response{
		Usage: chatUsage(c.Usage), Model: c.Model, Provider: m.provider, ID: c.ID, At: time.Now(),
		FinishReason: agent.FinishStop, Details: map[string]any{},
	}
	if c.ServiceTier != "" {
		r.Details["service_tier"] = string(c.ServiceTier)
	}
	if refusal := choice.Message.Refusal; refusal != "" {
		r.FinishReason = agent.FinishContentFilter
		r.Details["refusal"] = refusal
		return r, nil
	}
	if choice.FinishReason != "" {
		r.FinishReason = chatReasons[choice.FinishReason]
		r.Details["finish_reason"] = choice.FinishReason
	}
	var err error
	r.Parts, err = m.parts(choice.Message)
	return r, err
}

func (m *Chat) parts(message openai.ChatCompletionMessage) ([]agent.ResponsePart, error) {
	var parts []agent.ResponsePart
	if field, text := reasoning(message.JSON.ExtraFields); text != "" {
		parts = append(parts, agent.Thinking{ID: field, Text: text})
	}
	parts = append(parts, splitThoughts(content(message.JSON.Content, message.Content))...)
	if audio := message.Audio; audio.Data != "" {
		data, err := base64.StdEncoding.DecodeString(audio.Data)
		if err != nil {
			return nil, provider.Malformed(m.name, "its audio is not base64: %v", err)
		}
		parts = append(parts, agent.Text{Text: audio.Transcript}, agent.Media{Kind: agent.Audio, Data: data, Type: "audio/wav"})
	}
	for _, call := range message.ToolCalls {
		if call.Type == "custom" {
			return nil, provider.Malformed(m.name, "it calls the custom tool %s, which was not offered", call.Custom.Name)
		}
		parts = append(parts, agent.ToolCall{
			ID: call.ID, Name: call.Function.Name, Args: provider.TextArguments(call.Function.Arguments),
			Signature: signature(call.RawJSON()),
		})
	}
	return parts, nil
}

// reasoning returns what a model thought, and the field that says it: DeepSeek and Moonshot use reasoning_content, Ollama,
// OpenRouter and newer versions of vLLM use reasoning.
func reasoning(extra map[string]respjson.Field) (field, text string) {
	for _, field := range []string{"reasoning", "reasoning_content"} {
		if json.Unmarshal([]byte(extra[field].Raw()), &text) == nil && text != "" {
			return field, text
		}
	}
	return "", ""
}

// content returns the text of a message. Some servers give a list of parts where the API has a string.
func content(raw respjson.Field, text string) string {
	if !strings.HasPrefix(raw.Raw(), "[") {
		return text
	}
	var parts []struct{ Type, Text string }
	if json.Unmarshal([]byte(raw.Raw()), &parts) != nil {
		return text
	}
	var all strings.Builder
	for _, part := range parts {
		if part.Type == "text" {
			all.WriteString(part.Text)
		}
	}
	return all.String()
}

const (
	thinkStart = "<think>"
	thinkEnd   = "</think>"
)

// splitThoughts splits text in which a model writes its thoughts between tags.
func splitThoughts(text string) []agent.ResponsePart {
	var parts []agent.ResponsePart
	add := func(text string) {
		if text != "" {
			parts = append(parts, agent.Text{Text: text})
		}
	}
	for {
		before, rest, found := strings.Cut(text, thinkStart)
		add(before)
		if !found {
			return parts
		}
		thought, after, closed := strings.Cut(rest, thinkEnd)
		if !closed {
			add(rest)
			return parts
		}
		parts = append(parts, agent.Thinking{ID: "content", Text: thought})
		text = after
	}
}

// signature returns what a call carries for Gemini's sake, or "".
func signature(call string) string {
	var fields map[string]json.RawMessage
	if !strings.Contains(call, extraContent) || json.Unmarshal([]byte(call), &fields) != nil {
		return ""
	}
	return string(fields[extraContent])
}
