package wire

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// openAIResponsesRequest is the body of a request for a response.
type openAIResponsesRequest struct {
	Model             string          `json:"model"`
	Stream            bool            `json:"stream"`
	Instructions      json.RawMessage `json:"instructions"` // a string
	Input             json.RawMessage `json:"input"`        // a string or items
	Prompt            json.RawMessage `json:"prompt"`       // a stored prompt, in place of an input
	Tools             []openAITool    `json:"tools"`
	MaxOutputTokens   *int            `json:"max_output_tokens"`
	Temperature       *float64        `json:"temperature"`
	TopP              *float64        `json:"top_p"`
	ParallelToolCalls *bool           `json:"parallel_tool_calls"`
	Reasoning         struct {
		Effort string `json:"effort"`
	} `json:"reasoning"`
	Text struct {
		Format openAISchema `json:"format"`
	} `json:"text"`
}

// openAIItem is an item of an input or of an output.
type openAIItem struct {
	Type             string          `json:"type"`
	ID               string          `json:"id"`
	Role             string          `json:"role"`
	Content          json.RawMessage `json:"content"` // a string or parts
	CallID           string          `json:"call_id"`
	Name             string          `json:"name"`
	Arguments        json.RawMessage `json:"arguments"` // a string
	Input            string          `json:"input"`     // of custom tools
	Output           json.RawMessage `json:"output"`
	Summary          json.RawMessage `json:"summary"`
	EncryptedContent string          `json:"encrypted_content"`
	Result           string          `json:"result"` // of an image
	OutputFormat     string          `json:"output_format"`
	ServerLabel      string          `json:"server_label"`
	Error            json.RawMessage `json:"error"`
}

func readOpenAIResponsesRequest(body []byte, r *Request, c *conversation) bool {
	var sent openAIResponsesRequest
	if decode(body, &sent) != nil || absent(sent.Input) && absent(sent.Prompt) {
		return false
	}
	r.Model, r.Stream = sent.Model, sent.Stream
	r.Instructions, _ = textOf(sent.Instructions)
	if text, ok := textOf(sent.Input); ok {
		c.prompt([]agent.Content{agent.Text{Text: text}})
	}
	for _, element := range elements(sent.Input) {
		readOpenAIItem(element, c)
	}
	r.Tools = openAITools(sent.Tools)
	r.Output = sent.Text.Format.output()
	r.Settings = agent.Settings{
		MaxTokens: sent.MaxOutputTokens, Temperature: sent.Temperature, TopP: sent.TopP,
		ParallelToolCalls: sent.ParallelToolCalls, Thinking: sent.Reasoning.Effort,
	}
	return true
}

// readOpenAIItem reads an item of an input: what the application says, or what the model said before.
func readOpenAIItem(text json.RawMessage, c *conversation) {
	item := read[openAIItem](text)
	switch {
	case strings.HasSuffix(item.Type, "_call_output"):
		c.result(item.CallID, "", toolContent(item.Output, openAIContent(item.Output)))
	case item.Type != "" && item.Type != "message", item.Role == "assistant":
		c.answer(item.parts(text)...)
	default:
		content := openAIContent(item.Content)
		if item.Role == "system" || item.Role == "developer" {
			c.system(texts(content))
			return
		}
		c.prompt(content)
	}
}

// parts returns what an item of the model says. text is the item itself.
func (i *openAIItem) parts(text json.RawMessage) []agent.ResponsePart {
	switch i.Type {
	case "message", "":
		parts := responseParts(openAIContent(i.Content))
		for n, part := range parts {
			if said, ok := part.(agent.Text); ok {
				said.ID = i.ID
				parts[n] = said
			}
		}
		return parts
	case "reasoning":
		thought := texts(openAIContent(i.Summary))
		if thought == "" {
			thought = texts(openAIContent(i.Content))
		}
		return []agent.ResponsePart{agent.Thinking{Text: thought, ID: i.ID, Signature: i.EncryptedContent}}
	case "function_call":
		return []agent.ResponsePart{agent.ToolCall{ID: i.CallID, Name: i.Name, Args: argsOf(i.Arguments), ItemID: i.ID}}
	case "custom_tool_call":
		return []agent.ResponsePart{agent.ToolCall{ID: i.CallID, Name: i.Name, Args: quoted(i.Input), ItemID: i.ID}}
	case "mcp_call":
		call := agent.ToolCall{ID: i.ID, Name: i.Name, Args: argsOf(i.Arguments), Builtin: true}
		result := i.Output
		if absent(result) {
			result = i.Error
		}
		return withResult(call, valueOf(result))
	case "image_generation_call":
		call := agent.ToolCall{ID: i.ID, Name: "image_generation", Builtin: true}
		if i.Result == "" {
			return []agent.ResponsePart{call}
		}
		format := i.OutputFormat
		if format == "" {
			format = "png"
		}
		return []agent.ResponsePart{call, inline("image/"+format, i.Result)}
	}
	if name, ok := strings.CutSuffix(i.Type, "_call"); ok {
		return i.builtin(name, text)
	}
	return nil
}

// builtin reads the call of a tool that the provider runs: what it found is in a field, everything else says what it was
// asked.
func (i *openAIItem) builtin(name string, text json.RawMessage) []agent.ResponsePart {
	if name == "code_interpreter" {
		name = "code_execution"
	}
	call := agent.ToolCall{ID: i.ID, Name: name, Builtin: true}
	asked := map[string]json.RawMessage{}
	var found any
	for field, value := range read[map[string]json.RawMessage](text) {
		switch {
		case field == "results" || field == "outputs" || field == "output":
			found = valueOf(value)
		case !slices.Contains([]string{"id", "type", "status", "call_id"}, field) && !absent(value):
			asked[field] = value
		}
	}
	if len(asked) > 0 {
		call.Args, _ = json.Marshal(asked) // it was read from JSON
	}
	return withResult(call, found)
}

func withResult(call agent.ToolCall, result any) []agent.ResponsePart {
	if result == nil {
		return []agent.ResponsePart{call}
	}
	return []agent.ResponsePart{call, agent.ToolReturn{ID: call.ID, Name: call.Name, Content: result}}
}

// openAIResponse is a response, whole or as far as it is made.
type openAIResponse struct {
	ID                string            `json:"id"`
	Model             string            `json:"model"`
	Status            string            `json:"status"`
	ServiceTier       string            `json:"service_tier"`
	Output            []json.RawMessage `json:"output"`
	Usage             json.RawMessage   `json:"usage"`
	Error             json.RawMessage   `json:"error"`
	IncompleteDetails struct {
		Reason string `json:"reason"`
	} `json:"incomplete_details"`
}

func readOpenAIResponse(body []byte) *agent.Response {
	var sent openAIResponse
	if decode(body, &sent) != nil || sent.Output == nil {
		return nil
	}
	return sent.response()
}

func (o *openAIResponse) response() *agent.Response {
	r := &agent.Response{ID: o.ID, Model: o.Model, Usage: openAIUsage(o.Usage)}
	for _, text := range o.Output {
		item := read[openAIItem](text)
		r.Parts = append(r.Parts, item.parts(text)...)
	}
	o.about(r)
	return r
}

// about notes why the response ended.
func (o *openAIResponse) about(r *agent.Response) {
	d := details{}
	reason := o.Status
	if o.IncompleteDetails.Reason != "" {
		reason = o.IncompleteDetails.Reason
	}
	if reason != "in_progress" && reason != "queued" {
		r.FinishReason = finishReason(reason)
		d.set("finish_reason", reason)
	}
	d.set("service_tier", o.ServiceTier)
	if refusal := refusalOf(o.Output); refusal != "" {
		d.refused(r, refusal)
	}
	r.Details = d
}

// refusalOf returns the refusals in the messages of an output.
func refusalOf(output []json.RawMessage) (refusal string) {
	for _, text := range output {
		for _, part := range elements(read[openAIItem](text).Content) {
			refusal += read[struct {
				Refusal string `json:"refusal"`
			}](part).Refusal
		}
	}
	return refusal
}

// openAIResponsesStream follows the events from response.created to response.completed, which holds all there was. Until
// then it keeps the items that are done, and of the others their pieces.
type openAIResponsesStream struct {
	collected
	items []*openAIStreamItem // by output_index, as they began
	whole openAIResponse
}

// openAIStreamItem is an item of a stream.
type openAIStreamItem struct {
	index int
	text  json.RawMessage // as it began, or is when it is done
	done  bool
	said  []byte // pieces of text, of a thought or of arguments
}

func (s *openAIResponsesStream) event(_ string, data []byte) {
	var e struct {
		Type     string          `json:"type"`
		Index    int             `json:"output_index"`
		Item     json.RawMessage `json:"item"`
		Delta    json.RawMessage `json:"delta"`
		Response *openAIResponse `json:"response"`
		Error    json.RawMessage `json:"error"`
	}
	if decode(data, &e) != nil {
		return
	}
	if e.Response != nil {
		s.whole = *e.Response
		s.fail(e.Response.Error)
	}
	delta, _ := textOf(e.Delta)
	switch e.Type {
	case "response.output_item.added", "response.output_item.done":
		s.item(e.Index, e.Item, e.Type == "response.output_item.done")
	case "response.reasoning_summary_part.added":
		if item := s.at(e.Index); len(item.said) > 0 {
			s.say(e.Index, "\n\n")
		}
	case "response.output_text.delta", "response.refusal.delta", "response.function_call_arguments.delta", "response.custom_tool_call_input.delta",
		"response.mcp_call_arguments.delta", "response.reasoning_summary_text.delta", "response.reasoning_text.delta":
		s.say(e.Index, delta)
	case "error":
		s.fail(data)
	}
	s.fail(e.Error)
}

// at returns the item with an index. Items arrive in order, so that it is one of the last.
func (s *openAIResponsesStream) at(index int) *openAIStreamItem {
	for i := len(s.items) - 1; i >= 0; i-- {
		if s.items[i].index == index {
			return s.items[i]
		}
	}
	item := &openAIStreamItem{index: index}
	if s.room(itemOverhead) {
		s.items = append(s.items, item)
	}
	return item
}

// itemOverhead is counted for each item, so that no number of empty ones takes memory without end.
const itemOverhead = 256

func (s *openAIResponsesStream) item(index int, text json.RawMessage, done bool) {
	item := s.at(index)
	s.started = true
	if s.room(len(text)) {
		item.text, item.done = slices.Clone(text), done
	}
}

func (s *openAIResponsesStream) say(index int, delta string) {
	s.started = true
	if item := s.at(index); s.room(len(delta) + partOverhead) {
		item.said = append(item.said, delta...)
	}
}

func (s *openAIResponsesStream) response() *agent.Response {
	if len(s.whole.Output) > 0 {
		return s.whole.response()
	}
	r := &agent.Response{ID: s.whole.ID, Model: s.whole.Model, Usage: openAIUsage(s.whole.Usage)}
	var done []json.RawMessage
	for _, item := range s.items {
		r.Parts = append(r.Parts, item.parts()...)
		if item.done {
			done = append(done, item.text)
		}
	}
	s.whole.about(r)
	details(r.Details).refused(r, refusalOf(done))
	return r
}

// parts returns what the item says so far.
func (i *openAIStreamItem) parts() []agent.ResponsePart {
	item := read[openAIItem](i.text)
	said := string(i.said)
	switch {
	case i.done || said == "":
		if !i.done && (item.Type == "message" || item.Type == "reasoning") {
			return nil // it has begun, and said nothing yet
		}
		return item.parts(i.text)
	case item.Type == "reasoning":
		return []agent.ResponsePart{agent.Thinking{Text: said, ID: item.ID}}
	case item.Type == "function_call" || item.Type == "custom_tool_call":
		return []agent.ResponsePart{agent.ToolCall{ID: item.CallID, Name: item.Name, Args: quoted(said), ItemID: item.ID}}
	case item.Type == "mcp_call":
		return []agent.ResponsePart{agent.ToolCall{ID: item.ID, Name: item.Name, Args: quoted(said), Builtin: true}}
	}
	return []agent.ResponsePart{agent.Text{Text: said, ID: item.ID}}
}
