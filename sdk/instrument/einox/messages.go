package einox

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/cloudwego/eino/callbacks"
	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/components/tool"
	"github.com/cloudwego/eino/schema"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// requestOf returns what a chat model is asked.
func requestOf(asked *model.CallbackInput) *agent.Request {
	if asked == nil {
		return nil
	}
	r := &agent.Request{}
	for _, m := range asked.Messages {
		if m != nil {
			r.Messages = addMessage(r.Messages, m)
		}
	}
	for _, t := range asked.Tools {
		if t != nil {
			r.Tools = append(r.Tools, definitionOf(t))
		}
	}
	if c := asked.Config; c != nil {
		r.Settings = settingsOf(c)
	}
	return r
}

// settingsOf returns the settings that are not zero, which in Eino are not set.
func settingsOf(c *model.Config) (s agent.Settings) {
	if c.MaxTokens != 0 {
		s.MaxTokens = &c.MaxTokens
	}
	if c.Temperature != 0 {
		temperature := float64(c.Temperature)
		s.Temperature = &temperature
	}
	if c.TopP != 0 {
		topP := float64(c.TopP)
		s.TopP = &topP
	}
	s.StopSequences = c.Stop
	return s
}

func definitionOf(t *schema.ToolInfo) agent.ToolDefinition {
	d := agent.ToolDefinition{Name: t.Name, Description: t.Desc}
	if t.ParamsOneOf == nil {
		return d
	}
	if parameters, err := t.ToJSONSchema(); err == nil && parameters != nil {
		d.Schema, _ = json.Marshal(parameters) // a schema that cannot be written is left out
	}
	return d
}

// addMessage adds a message; what the application says at once is one input.
func addMessage(messages []agent.Message, m *schema.Message) []agent.Message {
	if m.Role == schema.Assistant {
		return append(messages, &agent.Response{Parts: partsOf(m)})
	}
	part := inputOf(m)
	if n := len(messages); n > 0 {
		if last, ok := messages[n-1].(*agent.Input); ok {
			last.Parts = append(last.Parts, part)
			return messages
		}
	}
	return append(messages, &agent.Input{Parts: []agent.InputPart{part}})
}

func inputOf(m *schema.Message) agent.InputPart {
	switch m.Role {
	case schema.System:
		return agent.SystemPrompt{Text: m.Content}
	case schema.Tool:
		return agent.ToolReturn{ID: m.ToolCallID, Name: m.ToolName, Content: m.Content}
	}
	var content []agent.Content
	for _, p := range m.UserInputMultiContent {
		content = append(content, contentOf(p))
	}
	for _, p := range m.MultiContent {
		content = append(content, oldContentOf(p))
	}
	if len(content) == 0 {
		content = append(content, agent.Text{Text: m.Content})
	}
	return agent.UserPrompt{Content: content}
}

func contentOf(p schema.MessageInputPart) agent.Content {
	switch {
	case p.Image != nil:
		return mediaOf(agent.Image, p.Image.MessagePartCommon)
	case p.Audio != nil:
		return mediaOf(agent.Audio, p.Audio.MessagePartCommon)
	case p.Video != nil:
		return mediaOf(agent.Video, p.Video.MessagePartCommon)
	case p.File != nil:
		return mediaOf(agent.Document, p.File.MessagePartCommon)
	}
	return agent.Text{Text: p.Text}
}

// oldContentOf reads the form that Eino has deprecated, and programs still use.
func oldContentOf(p schema.ChatMessagePart) agent.Content { //nolint:staticcheck // SA1019: it is what programs still send
	switch {
	case p.ImageURL != nil:
		return mediaAt(agent.Image, p.ImageURL.URL, p.ImageURL.MIMEType)
	case p.AudioURL != nil:
		return mediaAt(agent.Audio, p.AudioURL.URL, p.AudioURL.MIMEType)
	case p.VideoURL != nil:
		return mediaAt(agent.Video, p.VideoURL.URL, p.VideoURL.MIMEType)
	case p.FileURL != nil:
		return mediaAt(agent.Document, p.FileURL.URL, p.FileURL.MIMEType)
	}
	return agent.Text{Text: p.Text}
}

func mediaOf(kind agent.MediaKind, p schema.MessagePartCommon) agent.Media {
	if p.Base64Data != nil {
		return embedded(kind, *p.Base64Data, p.MIMEType)
	}
	if p.URL != nil {
		return mediaAt(kind, *p.URL, p.MIMEType)
	}
	return agent.Media{Kind: kind, Type: p.MIMEType}
}

// mediaAt returns what a URL leads to; a data: URL holds it itself.
func mediaAt(kind agent.MediaKind, url, mediaType string) agent.Media {
	if rest, ok := strings.CutPrefix(url, "data:"); ok {
		head, data, _ := strings.Cut(rest, ",")
		if said, isBase64 := strings.CutSuffix(head, ";base64"); isBase64 {
			return embedded(kind, data, said)
		}
	}
	return agent.Media{Kind: kind, URL: url, Type: mediaType}
}

func embedded(kind agent.MediaKind, text, mediaType string) agent.Media {
	data, _ := base64.StdEncoding.DecodeString(text) // what is wrong is left out
	return agent.Media{Kind: kind, Data: data, Type: mediaType}
}

// partsOf returns what a model said.
func partsOf(m *schema.Message) (parts []agent.ResponsePart) {
	if m.ReasoningContent != "" {
		parts = append(parts, agent.Thinking{Text: m.ReasoningContent})
	}
	if m.Content != "" {
		parts = append(parts, agent.Text{Text: m.Content})
	}
	for _, p := range m.AssistantGenMultiContent {
		switch {
		case p.Image != nil:
			parts = append(parts, mediaOf(agent.Image, p.Image.MessagePartCommon))
		case p.Audio != nil:
			parts = append(parts, mediaOf(agent.Audio, p.Audio.MessagePartCommon))
		case p.Video != nil:
			parts = append(parts, mediaOf(agent.Video, p.Video.MessagePartCommon))
		case p.Text != "" && p.Text != m.Content:
			parts = append(parts, agent.Text{Text: p.Text})
		}
	}
	for _, call := range m.ToolCalls {
		parts = append(parts, agent.ToolCall{ID: call.ID, Name: call.Function.Name, Args: quoted(call.Function.Arguments)})
	}
	return parts
}

// quoted returns arguments, which Eino has as text, as a JSON string; none are none.
func quoted(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	encoded, _ := json.Marshal(text) // a string can always be written
	return encoded
}

// responseOf returns what a chat model answered.
func responseOf(answer *model.CallbackOutput) *agent.Response {
	r := &agent.Response{}
	if answer.Config != nil {
		r.Model = answer.Config.Model
	}
	if u := answer.TokenUsage; u != nil {
		r.Usage = agent.Usage{
			InputTokens: int64(u.PromptTokens), CacheReadTokens: int64(u.PromptTokenDetails.CachedTokens),
			OutputTokens: int64(u.CompletionTokens), ReasoningTokens: int64(u.CompletionTokensDetails.ReasoningTokens),
		}
	}
	m := answer.Message
	if m == nil {
		return r
	}
	r.Parts = partsOf(m)
	if meta := m.ResponseMeta; meta != nil {
		r.FinishReason = finishes[meta.FinishReason]
		if u := meta.Usage; u != nil && answer.TokenUsage == nil {
			r.Usage = agent.Usage{
				InputTokens: int64(u.PromptTokens), CacheReadTokens: int64(u.PromptTokenDetails.CachedTokens),
				OutputTokens: int64(u.CompletionTokens), ReasoningTokens: int64(u.CompletionTokensDetails.ReasoningTokens),
			}
		}
	}
	return r
}

// finishes are why models stop, in the words of Eino's implementations, which are the providers'.
var finishes = map[string]agent.FinishReason{
	"stop": agent.FinishStop, "end_turn": agent.FinishStop, "stop_sequence": agent.FinishStop, "STOP": agent.FinishStop,
	"length": agent.FinishLength, "max_tokens": agent.FinishLength, "MAX_TOKENS": agent.FinishLength,
	"tool_calls": agent.FinishToolCall, "tool_use": agent.FinishToolCall, "function_call": agent.FinishToolCall,
	"content_filter": agent.FinishContentFilter, "refusal": agent.FinishContentFilter, "SAFETY": agent.FinishContentFilter,
}

// resultOf returns what a tool returned: text, or structured content.
func resultOf(came *tool.CallbackOutput) any {
	if came.ToolOutput != nil {
		return came.ToolOutput
	}
	return came.Response
}

// streamed is what has come of a stream.
type streamed struct {
	messages []*schema.Message
	last     model.CallbackOutput // of what the pieces tell besides the message, the latest
	text     strings.Builder      // of a tool
}

func (s *streamed) add(piece callbacks.CallbackOutput) {
	if answer := model.ConvCallbackOutput(piece); answer != nil {
		if answer.Message != nil {
			s.messages = append(s.messages, answer.Message)
		}
		if answer.Config != nil {
			s.last.Config = answer.Config
		}
		if answer.TokenUsage != nil {
			s.last.TokenUsage = answer.TokenUsage
		}
		return
	}
	if came := tool.ConvCallbackOutput(piece); came != nil {
		s.text.WriteString(came.Response)
	}
}

func (s *streamed) response() *agent.Response {
	if whole, err := schema.ConcatMessages(s.messages); err == nil {
		s.last.Message = whole
	}
	return responseOf(&s.last)
}

func (s *streamed) result() any { return s.text.String() }
