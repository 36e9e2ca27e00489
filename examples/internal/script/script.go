// Package script helps to write models that follow a script.
package script

import (
	"encoding/json"
	"fmt"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// Returns are the results of tools that a model is told last, in the order of its calls.
func Returns(request *agent.Request) (returns []agent.ToolReturn) {
	for _, part := range last(request).Parts {
		if r, ok := part.(agent.ToolReturn); ok {
			returns = append(returns, r)
		}
	}
	return returns
}

// Question is what the user said last.
func Question(request *agent.Request) (question string) {
	for _, message := range request.Messages {
		input, ok := message.(*agent.Input)
		if !ok {
			continue
		}
		for _, part := range input.Parts {
			if prompt, ok := part.(agent.UserPrompt); ok {
				question = text(prompt)
			}
		}
	}
	return question
}

func text(prompt agent.UserPrompt) (text string) {
	for _, content := range prompt.Content {
		if piece, ok := content.(agent.Text); ok {
			text += piece.Text
		}
	}
	return text
}

func last(request *agent.Request) *agent.Input {
	input, ok := request.Messages[len(request.Messages)-1].(*agent.Input)
	if !ok {
		panic("the last message of a request is an input")
	}
	return input
}

// Call asks for a tool once for each of the arguments, which encoding/json can write.
func Call(tool string, arguments ...any) *agent.Response {
	response := &agent.Response{FinishReason: agent.FinishToolCall}
	for i, in := range arguments {
		args, err := json.Marshal(in)
		if err != nil {
			panic(err)
		}
		response.Parts = append(response.Parts, agent.ToolCall{ID: fmt.Sprintf("call_%s_%d", tool, i+1), Name: tool, Args: args})
	}
	return response
}

// Say is an answer in words.
func Say(format string, args ...any) *agent.Response {
	return &agent.Response{FinishReason: agent.FinishStop, Parts: []agent.ResponsePart{agent.Text{Text: fmt.Sprintf(format, args...)}}}
}
