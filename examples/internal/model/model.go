// Package model chooses the model of an example.
package model

import (
	"github.com/hearth-dev/hearth/sdk/agent"
	_ "github.com/hearth-dev/hearth/sdk/agent/anthropicmodel" // anthropic:
	_ "github.com/hearth-dev/hearth/sdk/agent/googlemodel"    // google:
	_ "github.com/hearth-dev/hearth/sdk/agent/openaimodel"    // openai: and openai-responses:
)

// Named returns the real model of a name, such as openai:gpt-4o, or the scripted one when there is none.
func Named(name string, scripted agent.Model) (agent.Model, error) {
	if name == "" {
		return scripted, nil
	}
	return agent.ModelByName(name)
}
