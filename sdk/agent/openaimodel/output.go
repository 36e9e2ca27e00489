package openaimodel

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/schema"
)

// outputName is the name of the object that is asked for.
func outputName(output agent.OutputDefinition) string { return cmp.Or(output.Name, "final_result") }

// outputSchema returns the schema of structured output, and whether strict mode is to be used.
func outputSchema(output agent.OutputDefinition) (json.RawMessage, bool, error) {
	object, strict, err := schema.OpenAI(output.Schema, false)
	if err != nil {
		return nil, false, fmt.Errorf("output %s: %w", outputName(output), err)
	}
	return object, strict, nil
}

func toolError(name string, err error) error { return fmt.Errorf("tool %s: %w", name, err) }
