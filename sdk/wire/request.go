package wire

import (
	"encoding/json"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// Request is what a body asks for.
type Request struct {
	agent.Request
	Model  string   // that is asked; empty if neither path nor body names it
	Stream bool     // the answer is to be a stream
	Inputs []string // of embeddings: the texts; those that are tokens are left out
}

// ReadRequest reads the body of a request. An error says that it is not one of the endpoint's format.
func (e Endpoint) ReadRequest(body []byte) (*Request, error) {
	var b conversation
	r := &Request{Model: e.Model, Stream: e.Stream}
	if !json.Valid(body) {
		return nil, badBody(e.API, "request", decode(body, &struct{}{}))
	}
	var understood bool
	switch e.API {
	case OpenAIChat:
		understood = readOpenAIChatRequest(body, r, &b)
	case OpenAIResponses:
		understood = readOpenAIResponsesRequest(body, r, &b)
	case OpenAIEmbeddings:
		understood = readEmbeddingsRequest(body, r)
	case AnthropicMessages:
		understood = readAnthropicRequest(body, r, &b)
	case GoogleGenerate:
		understood = readGoogleRequest(body, r, &b)
	case OllamaChat:
		understood = readOllamaRequest(body, r, &b)
	}
	if !understood {
		return nil, badBody(e.API, "request", nil)
	}
	r.Messages = b.messages
	return r, nil
}

// conversation puts messages together: what the application says at once is one input, whatever the roles. It remembers
// the calls of tools by their ids, because not every format names the tool in its result.
type conversation struct {
	messages []agent.Message
	tools    map[string]string
}

func (c *conversation) input(parts ...agent.InputPart) {
	if len(parts) == 0 {
		return
	}
	if n := len(c.messages); n > 0 {
		if last, ok := c.messages[n-1].(*agent.Input); ok {
			last.Parts = append(last.Parts, parts...)
			return
		}
	}
	c.messages = append(c.messages, &agent.Input{Parts: parts})
}

// prompt adds what a user says.
func (c *conversation) prompt(content []agent.Content) {
	if len(content) > 0 {
		c.input(agent.UserPrompt{Content: content})
	}
}

// system adds what a developer says.
func (c *conversation) system(text string) {
	if text != "" {
		c.input(agent.SystemPrompt{Text: text})
	}
}

// result adds the result of a call; the tool's name is that of the call when the format does not give it.
func (c *conversation) result(id, name string, content any) {
	if name == "" {
		name = c.tools[id]
	}
	c.input(agent.ToolReturn{ID: id, Name: name, Content: content})
}

// answer adds what a model said before. Items of one turn that a format keeps apart become one response.
func (c *conversation) answer(parts ...agent.ResponsePart) {
	if len(parts) == 0 {
		return
	}
	for _, part := range parts {
		if call, ok := part.(agent.ToolCall); ok && call.ID != "" {
			if c.tools == nil {
				c.tools = map[string]string{}
			}
			c.tools[call.ID] = call.Name
		}
	}
	if n := len(c.messages); n > 0 {
		if last, ok := c.messages[n-1].(*agent.Response); ok {
			last.Parts = append(last.Parts, parts...)
			return
		}
	}
	c.messages = append(c.messages, &agent.Response{Parts: parts})
}

// texts returns content that is text alone as parts of a prompt.
func texts(list []agent.Content) (joined string) {
	for _, c := range list {
		if t, ok := c.(agent.Text); ok {
			if joined != "" {
				joined += "\n\n"
			}
			joined += t.Text
		}
	}
	return joined
}

// responseParts are contents that a model may have said.
func responseParts(list []agent.Content) (parts []agent.ResponsePart) {
	for _, c := range list {
		if part, ok := c.(agent.ResponsePart); ok {
			parts = append(parts, part)
		}
	}
	return parts
}
