package wire

import (
	"encoding/json"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// openAIChatRequest is the body of a request for a chat completion.
type openAIChatRequest struct {
	Model               string            `json:"model"`
	Stream              bool              `json:"stream"`
	Messages            []json.RawMessage `json:"messages"`
	Tools               []openAITool      `json:"tools"`
	Functions           []openAIFunction  `json:"functions"` // of old
	MaxTokens           *int              `json:"max_tokens"`
	MaxCompletionTokens *int              `json:"max_completion_tokens"`
	Temperature         *float64          `json:"temperature"`
	TopP                *float64          `json:"top_p"`
	Seed                *int              `json:"seed"`
	PresencePenalty     *float64          `json:"presence_penalty"`
	FrequencyPenalty    *float64          `json:"frequency_penalty"`
	Stop                json.RawMessage   `json:"stop"` // a string or a list
	ParallelToolCalls   *bool             `json:"parallel_tool_calls"`
	ReasoningEffort     string            `json:"reasoning_effort"`
	ResponseFormat      struct {
		JSONSchema openAISchema `json:"json_schema"`
	} `json:"response_format"`
}

type openAITool struct {
	Type     string          `json:"type"`
	Function *openAIFunction `json:"function"` // of chat completions
	openAIFunction
}

type openAIFunction struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"`
	Strict      bool            `json:"strict"`
}

type openAISchema struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Schema      json.RawMessage `json:"schema"`
}

// openAIMessage is a message of a request or of a response. Providers that speak as OpenAI does give a model's thoughts in
// reasoning or reasoning_content.
type openAIMessage struct {
	Role             string           `json:"role"`
	Content          json.RawMessage  `json:"content"`
	Refusal          string           `json:"refusal"`
	Reasoning        string           `json:"reasoning"`
	ReasoningContent string           `json:"reasoning_content"`
	ToolCalls        []openAIToolCall `json:"tool_calls"`
	FunctionCall     *openAICall      `json:"function_call"` // of old
	ToolCallID       string           `json:"tool_call_id"`
	Name             string           `json:"name"`
	Audio            *struct {
		ID         string `json:"id"`
		Data       string `json:"data"`
		Transcript string `json:"transcript"`
	} `json:"audio"`
}

type openAIToolCall struct {
	Index    int         `json:"index"` // of streams
	ID       string      `json:"id"`
	Function openAICall  `json:"function"`
	Custom   *customCall `json:"custom"`
}

type openAICall struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"` // a string; some servers give an object
}

// customCall is a call whose input is any text.
type customCall struct {
	Name  string `json:"name"`
	Input string `json:"input"`
}

func readOpenAIChatRequest(body []byte, r *Request, c *conversation) bool {
	var sent openAIChatRequest
	if decode(body, &sent) != nil || sent.Messages == nil {
		return false
	}
	if sent.Model != "" {
		r.Model = sent.Model
	}
	r.Stream = sent.Stream
	for _, text := range sent.Messages {
		readOpenAIMessage(read[openAIMessage](text), c)
	}
	r.Tools = openAITools(sent.Tools)
	for _, f := range sent.Functions {
		r.Tools = append(r.Tools, f.definition())
	}
	r.Output = sent.ResponseFormat.JSONSchema.output()
	r.Settings = agent.Settings{
		MaxTokens: sent.MaxCompletionTokens, Temperature: sent.Temperature, TopP: sent.TopP, Seed: sent.Seed,
		PresencePenalty: sent.PresencePenalty, FrequencyPenalty: sent.FrequencyPenalty, StopSequences: stringsOf(sent.Stop),
		ParallelToolCalls: sent.ParallelToolCalls, Thinking: sent.ReasoningEffort,
	}
	if r.Settings.MaxTokens == nil {
		r.Settings.MaxTokens = sent.MaxTokens
	}
	return true
}

// stringsOf returns a string or a list of them as a list.
func stringsOf(text json.RawMessage) []string {
	if s, ok := textOf(text); ok {
		return []string{s}
	}
	return read[[]string](text)
}

// openAITools returns the functions among the tools. The provider's own tools have no schema and are left out.
func openAITools(tools []openAITool) (definitions []agent.ToolDefinition) {
	for _, tool := range tools {
		f := tool.openAIFunction
		if tool.Function != nil {
			f = *tool.Function
		}
		if tool.Type == "function" && f.Name != "" {
			definitions = append(definitions, f.definition())
		}
	}
	return definitions
}

func (f openAIFunction) definition() agent.ToolDefinition {
	return agent.ToolDefinition{Name: f.Name, Description: f.Description, Schema: argsOf(f.Parameters), Strict: f.Strict}
}

func (s openAISchema) output() (o agent.OutputDefinition) {
	if absent(s.Schema) {
		return o
	}
	return agent.OutputDefinition{Mode: agent.OutputNative, Name: s.Name, Description: s.Description, Schema: argsOf(s.Schema)}
}

func readOpenAIMessage(m openAIMessage, c *conversation) {
	content := openAIContent(m.Content)
	switch m.Role {
	case "system", "developer":
		c.system(texts(content))
	case "assistant":
		c.answer(m.parts()...)
	case "tool", "function":
		c.result(m.ToolCallID, m.Name, toolContent(m.Content, content))
	default:
		c.prompt(content)
	}
}

// toolContent returns a result as a tool gave it: text, or all that was sent if there is more than text.
func toolContent(text json.RawMessage, content []agent.Content) any {
	for _, part := range content {
		if _, ok := part.(agent.Text); !ok {
			return content
		}
	}
	if len(content) > 0 {
		return texts(content)
	}
	return valueOf(text)
}

// parts returns what a model said.
func (m *openAIMessage) parts() (parts []agent.ResponsePart) {
	if thought := m.thought(); thought != "" {
		parts = append(parts, agent.Thinking{Text: thought})
	}
	parts = append(parts, responseParts(openAIContent(m.Content))...)
	if m.Refusal != "" {
		parts = append(parts, agent.Text{Text: m.Refusal})
	}
	if m.Audio != nil {
		if m.Audio.Transcript != "" {
			parts = append(parts, agent.Text{Text: m.Audio.Transcript})
		}
		if m.Audio.Data != "" {
			parts = append(parts, inline("audio/wav", m.Audio.Data))
		}
	}
	for _, call := range m.ToolCalls {
		parts = append(parts, call.part())
	}
	if m.FunctionCall != nil && m.FunctionCall.Name != "" {
		parts = append(parts, openAIToolCall{Function: *m.FunctionCall}.part())
	}
	return parts
}

func (m *openAIMessage) thought() string {
	if m.Reasoning != "" {
		return m.Reasoning
	}
	return m.ReasoningContent
}

func (call openAIToolCall) part() agent.ToolCall {
	if call.Custom != nil {
		return agent.ToolCall{ID: call.ID, Name: call.Custom.Name, Args: quoted(call.Custom.Input)}
	}
	return agent.ToolCall{ID: call.ID, Name: call.Function.Name, Args: argsOf(call.Function.Arguments)}
}

// quoted returns text as a JSON string.
func quoted(text string) json.RawMessage {
	encoded, _ := json.Marshal(text) // a string can always be written
	return encoded
}

// openAIContent reads content: a string or a list of parts, of chat completions or of responses.
func openAIContent(text json.RawMessage) (content []agent.Content) {
	if s, ok := textOf(text); ok {
		if s == "" {
			return nil
		}
		return []agent.Content{agent.Text{Text: s}}
	}
	for _, element := range elements(text) {
		if part := openAIPart(element); part != nil {
			content = append(content, part)
		}
	}
	return content
}

func openAIPart(text json.RawMessage) agent.Content {
	p := read[struct {
		Type       string          `json:"type"`
		Text       string          `json:"text"`
		Refusal    string          `json:"refusal"`
		ImageURL   json.RawMessage `json:"image_url"` // {url}, or a string in responses
		VideoURL   json.RawMessage `json:"video_url"` // of compatible servers
		FileURL    string          `json:"file_url"`
		FileID     string          `json:"file_id"`
		FileData   string          `json:"file_data"`
		InputAudio struct {
			Data   string `json:"data"`
			Format string `json:"format"`
		} `json:"input_audio"`
		File *struct {
			FileID   string `json:"file_id"`
			FileData string `json:"file_data"`
		} `json:"file"`
	}](text)
	switch p.Type {
	case "text", "input_text", "output_text", "summary_text", "reasoning_text":
		return agent.Text{Text: p.Text}
	case "refusal":
		return agent.Text{Text: p.Refusal}
	case "image_url", "input_image":
		if p.FileID != "" {
			return agent.Media{Kind: agent.Image, FileID: p.FileID}
		}
		return media(agent.Image, urlOf(p.ImageURL))
	case "video_url":
		return media(agent.Video, urlOf(p.VideoURL))
	case "input_audio":
		return inline("audio/"+p.InputAudio.Format, p.InputAudio.Data)
	case "file", "input_file":
		if p.File != nil {
			p.FileID, p.FileData = p.File.FileID, p.File.FileData
		}
		switch {
		case p.FileID != "":
			return agent.Media{Kind: agent.Document, FileID: p.FileID}
		case p.FileURL != "":
			return media(agent.Document, p.FileURL)
		}
		return media(agent.Document, p.FileData)
	}
	return nil
}

// urlOf returns {url} or a string.
func urlOf(text json.RawMessage) string {
	if s, ok := textOf(text); ok {
		return s
	}
	return read[struct {
		URL string `json:"url"`
	}](text).URL
}

// openAIChat is a chat completion, or a piece of one.
type openAIChat struct {
	ID          string `json:"id"`
	Model       string `json:"model"`
	ServiceTier string `json:"service_tier"`
	Choices     []struct {
		Index        int           `json:"index"`
		FinishReason string        `json:"finish_reason"`
		Message      openAIMessage `json:"message"`
		Delta        openAIMessage `json:"delta"`
	} `json:"choices"`
	Usage json.RawMessage `json:"usage"`
	XGroq xGroq           `json:"x_groq"`
	Error json.RawMessage `json:"error"`
}

// xGroq is where Groq's streams have their usage.
type xGroq struct {
	Usage json.RawMessage `json:"usage"`
}

func readOpenAIChat(body []byte) *agent.Response {
	var sent openAIChat
	if decode(body, &sent) != nil || sent.Choices == nil {
		return nil
	}
	r := &agent.Response{ID: sent.ID, Model: sent.Model, Usage: openAIUsage(sent.Usage)}
	d := details{}
	d.set("service_tier", sent.ServiceTier)
	for i := range sent.Choices {
		choice := &sent.Choices[i]
		r.Parts = append(r.Parts, choice.Message.parts()...)
		if i == 0 {
			r.FinishReason = finishReason(choice.FinishReason)
			d.set("finish_reason", choice.FinishReason)
		}
		d.refused(r, choice.Message.Refusal)
	}
	r.Details = d
	return r
}

// openAIChatStream puts pieces together. Only the first choice is followed: the pieces of several come mixed.
type openAIChatStream struct {
	collected
	refusal string
}

// Indexes of the parts of a streamed message: what is thought stands before what is said, and calls come last.
const (
	thinkingIndex = 0
	textIndex     = 1
	refusalIndex  = 2
	callIndex     = 3
)

func (s *openAIChatStream) event(_ string, data []byte) {
	var piece openAIChat
	if decode(data, &piece) != nil {
		return
	}
	s.fail(piece.Error)
	about := agent.ResponseDelta{ID: piece.ID, Model: piece.Model}
	for _, text := range []json.RawMessage{piece.XGroq.Usage, piece.Usage} {
		if !absent(text) {
			usage := openAIUsage(text)
			about.Usage = &usage
		}
	}
	d := details{}
	d.set("service_tier", piece.ServiceTier)
	for i := range piece.Choices {
		choice := &piece.Choices[i]
		if choice.Index != 0 {
			continue
		}
		about.FinishReason = finishReason(choice.FinishReason)
		d.set("finish_reason", choice.FinishReason)
		s.message(&choice.Delta)
	}
	about.Details = d
	s.add(about)
}

func (s *openAIChatStream) message(m *openAIMessage) {
	if thought := m.thought(); thought != "" {
		s.add(agent.ThinkingDelta{Index: thinkingIndex, Text: thought})
	}
	if text := texts(openAIContent(m.Content)); text != "" {
		s.add(agent.TextDelta{Index: textIndex, Text: text})
	}
	if m.Audio != nil && m.Audio.Transcript != "" {
		s.add(agent.TextDelta{Index: textIndex, Text: m.Audio.Transcript})
	}
	if m.Refusal != "" {
		s.refusal += m.Refusal
		s.add(agent.TextDelta{Index: refusalIndex, Text: m.Refusal})
	}
	for _, call := range m.ToolCalls {
		s.add(agent.ToolCallDelta{
			Index: callIndex + max(call.Index, 0), ID: call.ID, Name: call.Function.Name, Args: fragment(call.Function.Arguments),
		})
	}
	if f := m.FunctionCall; f != nil {
		s.add(agent.ToolCallDelta{Index: callIndex, Name: f.Name, Args: fragment(f.Arguments)})
	}
}

// fragment returns a piece of arguments: a string is a piece of JSON text, anything else is all of it.
func fragment(text json.RawMessage) string {
	if s, ok := textOf(text); ok {
		return s
	}
	if absent(text) {
		return ""
	}
	return string(text)
}

func (s *openAIChatStream) response() *agent.Response {
	r := s.collected.response()
	if s.refusal != "" {
		s.add(agent.ResponseDelta{FinishReason: agent.FinishContentFilter, Details: details{"refusal": s.refusal}})
		r = s.collected.response()
	}
	return r
}
