package wire

import (
	"encoding/json"
	"strings"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// anthropicRequest is the body of a request for a message.
type anthropicRequest struct {
	Model    string          `json:"model"`
	Stream   bool            `json:"stream"`
	System   json.RawMessage `json:"system"` // a string or blocks
	Messages []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"` // a string or blocks
	} `json:"messages"`
	Tools []struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		InputSchema json.RawMessage `json:"input_schema"`
		Strict      bool            `json:"strict"`
	} `json:"tools"`
	ToolChoice struct {
		DisableParallel *bool `json:"disable_parallel_tool_use"`
	} `json:"tool_choice"`
	MaxTokens     *int     `json:"max_tokens"`
	Temperature   *float64 `json:"temperature"`
	TopP          *float64 `json:"top_p"`
	StopSequences []string `json:"stop_sequences"`
	OutputConfig  struct {
		Effort string       `json:"effort"`
		Format openAISchema `json:"format"`
	} `json:"output_config"`
	OutputFormat openAISchema `json:"output_format"` // of the beta
}

// anthropicBlock is a piece of content.
type anthropicBlock struct {
	Type      string          `json:"type"`
	Text      string          `json:"text"`
	Thinking  string          `json:"thinking"`
	Signature string          `json:"signature"`
	Data      string          `json:"data"` // of redacted_thinking
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input"`
	ToolUseID string          `json:"tool_use_id"`
	Content   json.RawMessage `json:"content"` // of results, and of documents that are given as blocks
	Source    anthropicSource `json:"source"`
	FileID    string          `json:"file_id"` // of container_upload
}

// anthropicSource is where an image or a document comes from.
type anthropicSource struct {
	Type      string          `json:"type"` // base64, url, file, text or content
	MediaType string          `json:"media_type"`
	Data      string          `json:"data"`
	URL       string          `json:"url"`
	FileID    string          `json:"file_id"`
	Content   json.RawMessage `json:"content"`
}

func readAnthropicRequest(body []byte, r *Request, c *conversation) bool {
	var sent anthropicRequest
	if decode(body, &sent) != nil || sent.Messages == nil {
		return false
	}
	if sent.Model != "" {
		r.Model = sent.Model
	}
	r.Stream = r.Stream || sent.Stream
	r.Instructions = texts(anthropicContent(sent.System))
	for _, m := range sent.Messages {
		switch m.Role {
		case "assistant":
			c.answer(anthropicParts(m.Content)...)
		case "system":
			c.system(texts(anthropicContent(m.Content)))
		default:
			readAnthropicUser(m.Content, c)
		}
	}
	for _, tool := range sent.Tools {
		if !absent(tool.InputSchema) {
			r.Tools = append(r.Tools, agent.ToolDefinition{
				Name: tool.Name, Description: tool.Description, Schema: argsOf(tool.InputSchema), Strict: tool.Strict,
			})
		}
	}
	r.Output = sent.OutputConfig.Format.output()
	if r.Output.Schema == nil {
		r.Output = sent.OutputFormat.output()
	}
	r.Settings = agent.Settings{
		MaxTokens: sent.MaxTokens, Temperature: sent.Temperature, TopP: sent.TopP, StopSequences: sent.StopSequences,
		Thinking: sent.OutputConfig.Effort,
	}
	if disabled := sent.ToolChoice.DisableParallel; disabled != nil {
		parallel := !*disabled
		r.Settings.ParallelToolCalls = &parallel
	}
	return true
}

// readAnthropicUser reads what the application says: results of tools stand among the user's words.
func readAnthropicUser(text json.RawMessage, c *conversation) {
	if _, isText := textOf(text); isText {
		c.prompt(anthropicContent(text))
		return
	}
	var said []agent.Content
	for _, element := range elements(text) {
		block := read[anthropicBlock](element)
		if block.Type != "tool_result" {
			if part := block.content(); part != nil {
				said = append(said, part)
			}
			continue
		}
		c.prompt(said)
		said = nil
		c.result(block.ToolUseID, "", toolContent(block.Content, anthropicContent(block.Content)))
	}
	c.prompt(said)
}

// anthropicContent reads a string or blocks as what a user or a developer says.
func anthropicContent(text json.RawMessage) (content []agent.Content) {
	if s, ok := textOf(text); ok {
		if s == "" {
			return nil
		}
		return []agent.Content{agent.Text{Text: s}}
	}
	for _, element := range elements(text) {
		block := read[anthropicBlock](element)
		if part := block.content(); part != nil {
			content = append(content, part)
		}
	}
	return content
}

func (b *anthropicBlock) content() agent.Content {
	switch b.Type {
	case "text":
		return agent.Text{Text: b.Text}
	case "image":
		return b.Source.media(agent.Image)
	case "document":
		switch b.Source.Type {
		case "text":
			return agent.Text{Text: b.Source.Data}
		case "content":
			return agent.Text{Text: texts(anthropicContent(b.Source.Content))}
		}
		return b.Source.media(agent.Document)
	case "search_result":
		return agent.Text{Text: texts(anthropicContent(b.Content))}
	case "container_upload":
		return agent.Media{Kind: agent.Document, FileID: b.FileID}
	}
	return nil
}

func (s *anthropicSource) media(kind agent.MediaKind) agent.Media {
	switch s.Type {
	case "url":
		return media(kind, s.URL)
	case "file":
		return agent.Media{Kind: kind, FileID: s.FileID}
	}
	m := inline(s.MediaType, s.Data)
	m.Kind = kind
	return m
}

// anthropicParts reads a string or blocks as what a model says.
func anthropicParts(text json.RawMessage) (parts []agent.ResponsePart) {
	if _, isText := textOf(text); isText {
		return responseParts(anthropicContent(text))
	}
	for _, element := range elements(text) {
		block := read[anthropicBlock](element)
		if part := block.part(); part != nil {
			parts = append(parts, part)
		}
	}
	return parts
}

func (b *anthropicBlock) part() agent.ResponsePart {
	switch {
	case b.Type == "text":
		return agent.Text{Text: b.Text}
	case b.Type == "thinking":
		return agent.Thinking{Text: b.Thinking, Signature: b.Signature}
	case b.Type == "redacted_thinking":
		return agent.Thinking{ID: "redacted_thinking", Signature: b.Data}
	case b.Type == "tool_use":
		return agent.ToolCall{ID: b.ID, Name: b.Name, Args: argsOf(b.Input)}
	case b.builtin():
		return agent.ToolCall{ID: b.ID, Name: b.Name, Args: argsOf(b.Input), Builtin: true}
	case strings.HasSuffix(b.Type, "_tool_result"):
		return agent.ToolReturn{ID: b.ToolUseID, Name: strings.TrimSuffix(b.Type, "_tool_result"), Content: valueOf(b.Content)}
	}
	return nil
}

// builtin tells whether the block is the call of a tool that the provider runs.
func (b *anthropicBlock) builtin() bool {
	return b.Type == "server_tool_use" || b.Type == "mcp_tool_use"
}

// anthropicMessage is a response.
type anthropicMessage struct {
	Type       string          `json:"type"`
	ID         string          `json:"id"`
	Model      string          `json:"model"`
	Content    json.RawMessage `json:"content"`
	StopReason string          `json:"stop_reason"`
	Usage      anthropicUsage  `json:"usage"`
}

func readAnthropic(body []byte) *agent.Response {
	var sent anthropicMessage
	if decode(body, &sent) != nil || sent.Content == nil {
		return nil
	}
	d := details{}
	d.set("finish_reason", sent.StopReason)
	return &agent.Response{
		Parts: anthropicParts(sent.Content), ID: sent.ID, Model: sent.Model, FinishReason: finishReason(sent.StopReason),
		Usage: sent.Usage.usage(), Details: d,
	}
}

// anthropicStream follows the events from message_start to message_stop.
type anthropicStream struct {
	collected
	usage anthropicUsage
}

func (s *anthropicStream) event(_ string, data []byte) {
	var e struct {
		Type    string           `json:"type"`
		Index   int              `json:"index"`
		Message anthropicMessage `json:"message"`
		Block   anthropicBlock   `json:"content_block"`
		Delta   struct {
			Type        string `json:"type"`
			Text        string `json:"text"`
			Thinking    string `json:"thinking"`
			Signature   string `json:"signature"`
			PartialJSON string `json:"partial_json"`
			StopReason  string `json:"stop_reason"`
		} `json:"delta"`
		Usage anthropicUsage  `json:"usage"`
		Error json.RawMessage `json:"error"`
	}
	if decode(data, &e) != nil {
		return
	}
	switch e.Type {
	case "message_start":
		s.usage.update(e.Message.Usage)
		s.about(agent.ResponseDelta{ID: e.Message.ID, Model: e.Message.Model})
	case "content_block_start":
		s.start(e.Index, &e.Block)
	case "content_block_delta":
		switch e.Delta.Type {
		case "text_delta":
			s.add(agent.TextDelta{Index: e.Index, Text: e.Delta.Text})
		case "thinking_delta":
			s.add(agent.ThinkingDelta{Index: e.Index, Text: e.Delta.Thinking})
		case "signature_delta":
			s.add(agent.ThinkingDelta{Index: e.Index, Signature: e.Delta.Signature})
		case "input_json_delta":
			s.add(agent.ToolCallDelta{Index: e.Index, Args: e.Delta.PartialJSON})
		}
	case "message_delta":
		s.usage.update(e.Usage)
		d := details{}
		d.set("finish_reason", e.Delta.StopReason)
		s.about(agent.ResponseDelta{FinishReason: finishReason(e.Delta.StopReason), Details: d})
	case "error":
		s.fail(e.Error)
	}
}

func (s *anthropicStream) about(d agent.ResponseDelta) {
	usage := s.usage.usage()
	d.Usage = &usage
	s.add(d)
}

// start begins a block. The input of a call is empty here, and comes in pieces.
func (s *anthropicStream) start(index int, b *anthropicBlock) {
	switch {
	case b.Type == "text":
		s.add(agent.TextDelta{Index: index, Text: b.Text})
	case b.Type == "thinking":
		s.add(agent.ThinkingDelta{Index: index, Text: b.Thinking, Signature: b.Signature})
	case b.Type == "tool_use" || b.builtin():
		d := agent.ToolCallDelta{Index: index, ID: b.ID, Name: b.Name, Builtin: b.builtin()}
		if input := string(b.Input); input != "{}" && !absent(b.Input) {
			d.Args = input
		}
		s.add(d)
	default:
		if part := b.part(); part != nil {
			s.add(agent.PartDelta{Index: index, Part: part})
		}
	}
}
