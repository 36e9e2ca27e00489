package provider

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// Tools returns the tools that a model may call, output tools last, and whether it must call one: it must when only an
// output tool can end the conversation.
func Tools(req *agent.Request) (tools []agent.ToolDefinition, must bool) {
	tools = req.Tools
	if req.Output.Mode == agent.OutputTool {
		tools = slices.Concat(tools, req.Output.Tools)
		must = !req.Output.AllowText
	}
	return tools, must && len(tools) > 0
}

// invalidJSON is the key under which arguments go back to a model that are no object, where only an object will do.
const invalidJSON = "INVALID_JSON"

// ArgumentsText returns the arguments of a call as the text of an object, or as whatever text the provider gave.
func ArgumentsText(args json.RawMessage) string {
	text := string(args)
	var inner string
	if json.Unmarshal(args, &inner) == nil { // null leaves it empty
		text = inner
	}
	if strings.TrimSpace(text) == "" {
		return "{}"
	}
	return text
}

// ArgumentsObject returns the arguments of a call as an object. A text that is none is held under the key INVALID_JSON.
func ArgumentsObject(args json.RawMessage) json.RawMessage {
	text := ArgumentsText(args)
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &object) == nil && object != nil {
		return json.RawMessage(text)
	}
	return encode(map[string]string{invalidJSON: text})
}

// TextArguments returns the text that a provider gave as [agent.ToolCall].Args, or nil for an empty one.
func TextArguments(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return encode(text)
}

// encode is marshal of what always has a JSON form.
func encode(value any) json.RawMessage {
	encoded, err := marshal(value)
	if err != nil {
		return nil
	}
	return encoded
}

// marshal is json.Marshal without the escapes that are for HTML.
func marshal(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// CallID returns the id of a call, or a new one when the provider gave none: what is told of the response is to name the
// call by the id that its result will have.
func CallID(id string) string {
	if id == "" {
		return "call_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	}
	return id
}
