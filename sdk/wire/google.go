package wire

import (
	"encoding/json"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// googleRequest is the body of generateContent. Google reads names in snake_case too.
type googleRequest struct {
	Contents        []googleContent        `json:"contents"`
	System          googleContent          `json:"systemInstruction"`
	SystemSnake     googleContent          `json:"system_instruction"`
	Tools           []googleTool           `json:"tools"`
	Generation      googleGenerationConfig `json:"generationConfig"`
	GenerationSnake googleGenerationConfig `json:"generation_config"`
}

type googleTool struct {
	Functions      []googleFunction `json:"functionDeclarations"`
	FunctionsSnake []googleFunction `json:"function_declarations"`
}

type googleFunction struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"`
	Schema      json.RawMessage `json:"parametersJsonSchema"`
}

type googleGenerationConfig struct {
	MaxOutputTokens    *int            `json:"maxOutputTokens"`
	Temperature        *float64        `json:"temperature"`
	TopP               *float64        `json:"topP"`
	Seed               *int            `json:"seed"`
	PresencePenalty    *float64        `json:"presencePenalty"`
	FrequencyPenalty   *float64        `json:"frequencyPenalty"`
	StopSequences      []string        `json:"stopSequences"`
	ResponseSchema     json.RawMessage `json:"responseSchema"`
	ResponseJSONSchema json.RawMessage `json:"responseJsonSchema"`
	Thinking           struct {
		Level string `json:"thinkingLevel"`
	} `json:"thinkingConfig"`
}

// googleContent is a message.
type googleContent struct {
	Role  string       `json:"role"`
	Parts []googlePart `json:"parts"`
}

type googlePart struct {
	Text             string          `json:"text"`
	Thought          bool            `json:"thought"`
	ThoughtSignature string          `json:"thoughtSignature"`
	InlineData       *googleData     `json:"inlineData"`
	FileData         *googleData     `json:"fileData"`
	FunctionCall     *googleCall     `json:"functionCall"`
	FunctionResponse *googleCall     `json:"functionResponse"`
	ExecutableCode   json.RawMessage `json:"executableCode"`
	CodeResult       json.RawMessage `json:"codeExecutionResult"`
}

type googleData struct {
	MimeType string `json:"mimeType"`
	Data     string `json:"data"`
	FileURI  string `json:"fileUri"`
}

type googleCall struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Args     json.RawMessage `json:"args"`
	Response json.RawMessage `json:"response"`
}

func readGoogleRequest(body []byte, r *Request, c *conversation) bool {
	var sent googleRequest
	if decode(body, &sent) != nil || sent.Contents == nil {
		return false
	}
	for _, system := range []googleContent{sent.System, sent.SystemSnake} {
		if r.Instructions == "" {
			r.Instructions = texts(system.said())
		}
	}
	for _, content := range sent.Contents {
		if content.Role == "model" {
			c.answer(content.parts()...)
			continue
		}
		c.google(content)
	}
	for _, tool := range sent.Tools {
		for _, f := range append(tool.Functions, tool.FunctionsSnake...) {
			schema := f.Schema
			if absent(schema) {
				schema = f.Parameters
			}
			r.Tools = append(r.Tools, agent.ToolDefinition{Name: f.Name, Description: f.Description, Schema: argsOf(schema)})
		}
	}
	g := sent.Generation
	if g.empty() {
		g = sent.GenerationSnake
	}
	g.into(r)
	return true
}

func (g *googleGenerationConfig) empty() bool {
	return g.MaxOutputTokens == nil && g.Temperature == nil && g.TopP == nil && g.Seed == nil && g.StopSequences == nil &&
		absent(g.ResponseSchema) && absent(g.ResponseJSONSchema)
}

func (g *googleGenerationConfig) into(r *Request) {
	schema := g.ResponseJSONSchema
	if absent(schema) {
		schema = g.ResponseSchema
	}
	r.Output = openAISchema{Schema: schema}.output()
	r.Settings = agent.Settings{
		MaxTokens: g.MaxOutputTokens, Temperature: g.Temperature, TopP: g.TopP, Seed: g.Seed,
		PresencePenalty: g.PresencePenalty, FrequencyPenalty: g.FrequencyPenalty, StopSequences: g.StopSequences,
		Thinking: g.Thinking.Level,
	}
}

// google reads what the application says: results of functions stand among the user's words.
func (c *conversation) google(content googleContent) {
	var said []agent.Content
	for _, part := range content.Parts {
		if f := part.FunctionResponse; f != nil {
			c.prompt(said)
			said = nil
			c.result(f.ID, f.Name, valueOf(f.Response))
			continue
		}
		if piece := part.said(); piece != nil {
			said = append(said, piece)
		}
	}
	c.prompt(said)
}

func (g *googleContent) said() (content []agent.Content) {
	for _, part := range g.Parts {
		if piece := part.said(); piece != nil {
			content = append(content, piece)
		}
	}
	return content
}

func (g *googleContent) parts() (parts []agent.ResponsePart) {
	for _, p := range g.Parts {
		if part := p.part(); part != nil {
			parts = append(parts, part)
		}
	}
	return parts
}

// said reads text and media.
func (p *googlePart) said() agent.Content {
	switch {
	case p.InlineData != nil:
		return inline(p.InlineData.MimeType, p.InlineData.Data)
	case p.FileData != nil:
		return agent.Media{Kind: kindOfType(p.FileData.MimeType), URL: p.FileData.FileURI, Type: p.FileData.MimeType}
	case p.Text != "":
		return agent.Text{Text: p.Text}
	}
	return nil
}

// part reads what a model says.
func (p *googlePart) part() agent.ResponsePart {
	switch {
	case p.FunctionCall != nil:
		return agent.ToolCall{
			ID: p.FunctionCall.ID, Name: p.FunctionCall.Name, Args: argsOf(p.FunctionCall.Args), Signature: p.ThoughtSignature,
		}
	case !absent(p.ExecutableCode):
		return agent.ToolCall{Name: codeExecution, Args: argsOf(p.ExecutableCode), Builtin: true}
	case !absent(p.CodeResult):
		return agent.ToolReturn{Name: codeExecution, Content: valueOf(p.CodeResult)}
	case p.Thought:
		return agent.Thinking{Text: p.Text, Signature: p.ThoughtSignature}
	}
	switch said := p.said().(type) {
	case agent.Text:
		said.Signature = p.ThoughtSignature
		return said
	case agent.Media:
		said.Signature = p.ThoughtSignature
		return said
	}
	return nil
}

// codeExecution is PydanticAI's name of the tool.
const codeExecution = "code_execution"

// googleResponse is a response, or a piece of one.
type googleResponse struct {
	ResponseID   string `json:"responseId"`
	ModelVersion string `json:"modelVersion"`
	Candidates   []struct {
		Content      googleContent `json:"content"`
		FinishReason string        `json:"finishReason"`
	} `json:"candidates"`
	Feedback struct {
		BlockReason string `json:"blockReason"`
	} `json:"promptFeedback"`
	Usage *googleUsage    `json:"usageMetadata"`
	Error json.RawMessage `json:"error"`
}

func readGoogle(body []byte) *agent.Response {
	var stream googleStream
	var sent googleResponse
	if decode(body, &sent) != nil || sent.Candidates == nil && sent.Usage == nil && sent.Feedback.BlockReason == "" {
		return nil
	}
	stream.piece(&sent)
	return stream.response()
}

// googleStream puts pieces together, each of which is a response with some of the parts.
type googleStream struct {
	collected
	usage googleUsage
	next  int                // index of the next part
	last  agent.ResponsePart // the part to which text may be added
}

func (s *googleStream) event(_ string, data []byte) {
	var piece googleResponse
	if decode(data, &piece) == nil {
		s.piece(&piece)
	}
}

func (s *googleStream) piece(piece *googleResponse) {
	s.fail(piece.Error)
	about := agent.ResponseDelta{ID: piece.ResponseID, Model: piece.ModelVersion}
	d := details{}
	if len(piece.Candidates) > 0 {
		candidate := &piece.Candidates[0]
		for _, part := range candidate.Content.Parts {
			s.part(&part)
		}
		about.FinishReason = finishReason(candidate.FinishReason)
		d.set("finish_reason", candidate.FinishReason)
	}
	if reason := piece.Feedback.BlockReason; reason != "" {
		about.FinishReason = agent.FinishContentFilter
		d.set("block_reason", reason)
	}
	if piece.Usage != nil {
		s.usage.update(*piece.Usage)
		usage := s.usage.usage()
		about.Usage = &usage
	}
	about.Details = d
	s.add(about)
}

// part adds text to the part before if that is of the same kind: pieces of one text arrive as parts.
func (s *googleStream) part(p *googlePart) {
	switch part := p.part().(type) {
	case nil:
		if p.ThoughtSignature != "" && s.next > 0 {
			s.sign(p.ThoughtSignature)
		}
	case agent.Text:
		if _, more := s.last.(agent.Text); !more {
			s.begin(part)
		}
		s.add(agent.TextDelta{Index: s.next - 1, Text: part.Text, Signature: part.Signature})
	case agent.Thinking:
		if _, more := s.last.(agent.Thinking); !more {
			s.begin(part)
		}
		s.add(agent.ThinkingDelta{Index: s.next - 1, Text: part.Text, Signature: part.Signature})
	default:
		s.begin(part)
		s.add(agent.PartDelta{Index: s.next - 1, Part: part})
	}
}

func (s *googleStream) begin(part agent.ResponsePart) {
	s.next++
	s.last = part
}

// sign adds a signature that comes by itself, behind the part that it is of.
func (s *googleStream) sign(signature string) {
	switch s.last.(type) {
	case agent.Text:
		s.add(agent.TextDelta{Index: s.next - 1, Signature: signature})
	case agent.Thinking:
		s.add(agent.ThinkingDelta{Index: s.next - 1, Signature: signature})
	}
}
