package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hearth-dev/hearth/examples/internal/script"
	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

// scriptedModel does what a real model does with the question about London and Wiltshire: it looks both places up at once, asks
// for the weather at both, and answers from what it was told.
func scriptedModel() agent.Model {
	return functionmodel.New(func(_ context.Context, request *agent.Request) (*agent.Response, error) {
		returns := script.Returns(request)
		switch {
		case len(returns) == 0:
			return script.Call("get_lat_lng", place{"London"}, place{"Wiltshire"}), nil
		case returns[0].Name == "get_lat_lng":
			return script.Call("get_weather", returns[0].Content, returns[1].Content), nil
		default:
			london, err := read(returns[0].Content)
			if err != nil {
				return nil, err
			}
			wiltshire, err := read(returns[1].Content)
			if err != nil {
				return nil, err
			}
			return script.Say("In London it is %s at %s, and in Wiltshire it is %s at %s.",
				london.Description, london.Temperature, wiltshire.Description, wiltshire.Temperature), nil
		}
	}, functionmodel.Name("scripted"))
}

// read reads the result of get_weather as a model does: from its JSON.
func read(result any) (w weather, err error) {
	text, err := json.Marshal(result)
	if err == nil {
		err = json.Unmarshal(text, &w)
	}
	if err != nil {
		return w, fmt.Errorf("read the weather: %w", err)
	}
	return w, nil
}
