// Package estimate guesses the usage of conversations with models that have none of their own, in the way of PydanticAI's
// test doubles, so that both give the same numbers.
package estimate

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// overhead is about what real providers count for a request besides its texts.
const overhead = 50

// Usage estimates a request with the messages and its response, which may be nil.
func Usage(messages []agent.Message, response *agent.Response) agent.Usage {
	u := agent.Usage{InputTokens: overhead}
	for _, message := range messages {
		switch m := message.(type) {
		case *agent.Input:
			u.InputTokens += input(m)
		case *agent.Response:
			u.OutputTokens += output(m)
		}
	}
	if response != nil {
		u.OutputTokens += output(response)
	}
	return u
}

// Delta estimates the tokens of a piece of a response.
func Delta(d agent.Delta) int64 {
	switch d := d.(type) {
	case agent.TextDelta:
		return Text(d.Text)
	case agent.ThinkingDelta:
		return Text(d.Text)
	case agent.ToolCallDelta:
		return Text(d.Args)
	case agent.PartDelta:
		return output(&agent.Response{Parts: []agent.ResponsePart{d.Part}})
	default:
		return 0
	}
}

func input(in *agent.Input) (n int64) {
	for _, part := range in.Parts {
		switch p := part.(type) {
		case agent.SystemPrompt:
			n += Text(p.Text)
		case agent.UserPrompt:
			for _, c := range p.Content {
				switch c := c.(type) {
				case agent.Text:
					n += Text(c.Text)
				case agent.Media:
					n += int64(len(c.Data))
				}
			}
		case agent.ToolReturn:
			n += Text(p.ModelText())
		case agent.RetryPrompt:
			n += Text(p.Prompt())
		}
	}
	return n
}

func output(r *agent.Response) (n int64) {
	for _, part := range r.Parts {
		switch p := part.(type) {
		case agent.Text:
			n += Text(p.Text)
		case agent.Thinking:
			n += Text(p.Text)
		case agent.ToolCall:
			n += 1 + Text(args(p.Args))
		case agent.ToolReturn:
			n += Text(p.ModelText())
		case agent.Media:
			n += int64(len(p.Data))
		}
	}
	return n
}

// args returns the arguments as text, whether they are an object or a string that holds one.
func args(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

var separator = regexp.MustCompile(`[\s",.:]+`)

// Text estimates the tokens of a text: its words.
func Text(text string) int64 {
	if text == "" {
		return 0
	}
	return int64(len(separator.Split(strings.TrimSpace(text), -1)))
}
