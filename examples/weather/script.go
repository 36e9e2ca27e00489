package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

// scriptedModel does what a real model does with this question: it looks both places up at once, asks for the weather at both,
// and answers from what it was told.
func scriptedModel() agent.Model {
	return functionmodel.New(func(_ context.Context, request *agent.Request) (*agent.Response, error) {
		returns := lastReturns(request.Messages)
		switch {
		case len(returns) == 0:
			return call("get_lat_lng", place{"London"}, place{"Wiltshire"}), nil
		case returns[0].Name == "get_lat_lng":
			return call("get_weather", returns[0].Content, returns[1].Content), nil
		default:
			return say(returns[0].Content, returns[1].Content)
		}
	}, functionmodel.Name("scripted"))
}

// lastReturns are the results of tools that the model is told last.
func lastReturns(messages []agent.Message) (returns []agent.ToolReturn) {
	input, ok := messages[len(messages)-1].(*agent.Input)
	if !ok {
		return nil
	}
	for _, part := range input.Parts {
		if r, ok := part.(agent.ToolReturn); ok {
			returns = append(returns, r)
		}
	}
	return returns
}

// call asks for a tool once for each of the arguments.
func call(tool string, arguments ...any) *agent.Response {
	response := &agent.Response{FinishReason: agent.FinishToolCall}
	for i, in := range arguments {
		args, err := json.Marshal(in)
		if err != nil {
			panic(err) // they are values of this program
		}
		response.Parts = append(response.Parts, agent.ToolCall{ID: fmt.Sprintf("call_%s_%d", tool, i+1), Name: tool, Args: args})
	}
	return response
}

// say answers with the weather in London and in Wiltshire.
func say(london, wiltshire any) (*agent.Response, error) {
	var sentences []string
	for _, is := range []struct {
		place string
		here  any
	}{{"London", london}, {"Wiltshire", wiltshire}} {
		var w weather
		text, err := json.Marshal(is.here)
		if err == nil {
			err = json.Unmarshal(text, &w)
		}
		if err != nil {
			return nil, fmt.Errorf("read the weather in %s: %w", is.place, err)
		}
		sentences = append(sentences, fmt.Sprintf("it is %s in %s at %s", w.Description, is.place, w.Temperature))
	}
	text := strings.Join(sentences, ", and ")
	text = strings.ToUpper(text[:1]) + text[1:] + "."
	return &agent.Response{FinishReason: agent.FinishStop, Parts: []agent.ResponsePart{agent.Text{Text: text}}}, nil
}
