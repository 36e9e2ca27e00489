package wire

import (
	"encoding/json"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// ollamaRequest is the body of a request of Ollama's own API.
type ollamaRequest struct {
	Model    string          `json:"model"`
	Messages []ollamaMessage `json:"messages"`
	Stream   *bool           `json:"stream"` // unless it is false, the answer is a stream
	Tools    []openAITool    `json:"tools"`
	Format   json.RawMessage `json:"format"` // "json" or a schema
	Think    json.RawMessage `json:"think"`  // true, or a level
	Options  struct {
		NumPredict       *int            `json:"num_predict"`
		Temperature      *float64        `json:"temperature"`
		TopP             *float64        `json:"top_p"`
		Seed             *int            `json:"seed"`
		PresencePenalty  *float64        `json:"presence_penalty"`
		FrequencyPenalty *float64        `json:"frequency_penalty"`
		Stop             json.RawMessage `json:"stop"`
	} `json:"options"`
}

type ollamaMessage struct {
	Role      string           `json:"role"`
	Content   string           `json:"content"`
	Thinking  string           `json:"thinking"`
	Images    []string         `json:"images"` // base64
	ToolCalls []openAIToolCall `json:"tool_calls"`
	ToolName  string           `json:"tool_name"`
	ToolID    string           `json:"tool_call_id"`
}

func readOllamaRequest(body []byte, r *Request, c *conversation) bool {
	var sent ollamaRequest
	if decode(body, &sent) != nil || sent.Messages == nil || sent.Model == "" {
		return false
	}
	r.Model, r.Stream = sent.Model, sent.Stream == nil || *sent.Stream
	for i := range sent.Messages {
		m := &sent.Messages[i]
		switch m.Role {
		case "system":
			c.system(m.Content)
		case "assistant":
			c.answer(m.parts()...)
		case "tool":
			c.result(m.ToolID, m.ToolName, m.Content)
		default:
			c.prompt(m.content())
		}
	}
	r.Tools = openAITools(sent.Tools)
	if len(sent.Format) > 0 && sent.Format[0] == '{' {
		r.Output = openAISchema{Schema: sent.Format}.output()
	}
	o := &sent.Options
	r.Settings = agent.Settings{
		MaxTokens: o.NumPredict, Temperature: o.Temperature, TopP: o.TopP, Seed: o.Seed, PresencePenalty: o.PresencePenalty,
		FrequencyPenalty: o.FrequencyPenalty, StopSequences: stringsOf(o.Stop),
	}
	r.Settings.Thinking, _ = textOf(sent.Think)
	return true
}

func (m *ollamaMessage) content() (content []agent.Content) {
	if m.Content != "" {
		content = append(content, agent.Text{Text: m.Content})
	}
	for _, image := range m.Images {
		content = append(content, inline("image/png", image)) // Ollama does not say of what type it is
	}
	return content
}

func (m *ollamaMessage) parts() (parts []agent.ResponsePart) {
	if m.Thinking != "" {
		parts = append(parts, agent.Thinking{Text: m.Thinking})
	}
	parts = append(parts, responseParts(m.content())...)
	for _, call := range m.ToolCalls {
		parts = append(parts, call.part())
	}
	return parts
}

// ollamaChat is a response, or a piece of one.
type ollamaChat struct {
	Model       string          `json:"model"`
	Message     *ollamaMessage  `json:"message"`
	Done        bool            `json:"done"`
	DoneReason  string          `json:"done_reason"`
	PromptCount int64           `json:"prompt_eval_count"`
	EvalCount   int64           `json:"eval_count"`
	Error       json.RawMessage `json:"error"`
}

func readOllama(body []byte) *agent.Response {
	var sent ollamaChat
	if decode(body, &sent) != nil || sent.Message == nil {
		return nil
	}
	var stream ollamaStream
	stream.piece(&sent)
	return stream.response()
}

// ollamaStream puts pieces together: texts are pieces, calls come whole.
type ollamaStream struct {
	collected
	calls int
}

func (s *ollamaStream) event(_ string, data []byte) {
	var piece ollamaChat
	if decode(data, &piece) == nil {
		s.piece(&piece)
	}
}

func (s *ollamaStream) piece(piece *ollamaChat) {
	s.fail(piece.Error)
	if m := piece.Message; m != nil {
		if m.Thinking != "" {
			s.add(agent.ThinkingDelta{Index: thinkingIndex, Text: m.Thinking})
		}
		if m.Content != "" {
			s.add(agent.TextDelta{Index: textIndex, Text: m.Content})
		}
		for _, call := range m.ToolCalls {
			s.add(agent.PartDelta{Index: callIndex + s.calls, Part: call.part()})
			s.calls++
		}
	}
	about := agent.ResponseDelta{Model: piece.Model, FinishReason: finishReason(piece.DoneReason)}
	d := details{}
	d.set("finish_reason", piece.DoneReason)
	about.Details = d
	if piece.Done {
		about.Usage = &agent.Usage{InputTokens: piece.PromptCount, OutputTokens: piece.EvalCount}
	}
	s.add(about)
}
