package googlemodel

import (
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/genai"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
	"github.com/hearth-dev/hearth/sdk/internal/schema"
)

// budgets are the tokens that a model may think for, by [agent.Settings].Thinking. 128 is the least that Gemini 2.5 Pro
// takes, 24576 the most that Flash does.
var budgets = map[string]int32{"minimal": 128, "low": 2048, "medium": 8192, "high": 24576, "xhigh": 24576}

// gemini3 tells whether the model is of the third generation or later, as far as its name says.
func (m *Model) gemini3() bool { return strings.Contains(m.name, "gemini-3") }

// params returns the request as the SDK wants it.
func (m *Model) params(req *agent.Request) ([]*genai.Content, *genai.GenerateContentConfig, error) {
	s := req.Settings
	config := &genai.GenerateContentConfig{
		Temperature: number[float32](s.Temperature), TopP: number[float32](s.TopP), Seed: number[int32](s.Seed),
		PresencePenalty: number[float32](s.PresencePenalty), FrequencyPenalty: number[float32](s.FrequencyPenalty),
		StopSequences: s.StopSequences, ResponseModalities: []string{string(genai.ModalityText)},
	}
	if s.MaxTokens != nil {
		config.MaxOutputTokens = int32(*s.MaxTokens)
	}
	if strings.Contains(m.name, "image") {
		config.ResponseModalities = append(config.ResponseModalities, string(genai.ModalityImage))
	}
	if len(s.ExtraBody) > 0 {
		config.HTTPOptions = &genai.HTTPOptions{ExtraBody: s.ExtraBody}
	}
	var err error
	if config.ThinkingConfig, err = m.think(s.Thinking); err != nil {
		return nil, nil, err
	}
	if err := tools(config, req); err != nil {
		return nil, nil, err
	}
	if err := format(config, req.Output); err != nil {
		return nil, nil, err
	}
	contents, err := m.contents(req, config)
	return contents, config, err
}

// number is a setting in the SDK's type.
func number[Out float32 | int32, In int | float64](setting *In) *Out {
	if setting == nil {
		return nil
	}
	converted := Out(*setting)
	return &converted
}

func (m *Model) think(effort string) (*genai.ThinkingConfig, error) {
	if effort == "" {
		return nil, nil
	}
	budget, known := budgets[effort]
	if !known {
		return nil, fmt.Errorf("model %s: thinking %q is not known (minimal, low, medium, high or xhigh)", m.name, effort)
	}
	if !m.gemini3() {
		return &genai.ThinkingConfig{IncludeThoughts: true, ThinkingBudget: &budget}, nil
	}
	level := genai.ThinkingLevel(strings.ToUpper(effort))
	if effort == "xhigh" { // there is no higher one
		level = genai.ThinkingLevelHigh
	}
	return &genai.ThinkingConfig{IncludeThoughts: true, ThinkingLevel: level}, nil
}

func tools(config *genai.GenerateContentConfig, req *agent.Request) error {
	tools, must := provider.Tools(req)
	for _, tool := range tools {
		parameters, err := schema.Google(tool.Schema, false)
		if err != nil {
			return fmt.Errorf("tool %s: %w", tool.Name, err)
		}
		config.Tools = append(config.Tools, &genai.Tool{FunctionDeclarations: []*genai.FunctionDeclaration{
			{Name: tool.Name, Description: tool.Description, ParametersJsonSchema: parameters},
		}})
	}
	if len(tools) == 0 {
		return nil
	}
	mode := genai.FunctionCallingConfigModeAuto
	if must {
		mode = genai.FunctionCallingConfigModeAny
	}
	config.ToolConfig = &genai.ToolConfig{FunctionCallingConfig: &genai.FunctionCallingConfig{Mode: mode}}
	return nil
}

// format asks for JSON where the output is to be JSON. With tools the API does not take it without a schema.
func format(config *genai.GenerateContentConfig, output agent.OutputDefinition) error {
	switch {
	case output.Mode == agent.OutputNative:
		object, err := outputSchema(output)
		if err != nil {
			return fmt.Errorf("output %s: %w", output.Name, err)
		}
		config.ResponseMIMEType, config.ResponseJsonSchema = "application/json", object
	case output.Mode == agent.OutputPrompted && len(config.Tools) == 0:
		config.ResponseMIMEType = "application/json"
	}
	return nil
}

// outputSchema returns the schema of structured output, which also holds the name and the description.
func outputSchema(output agent.OutputDefinition) (map[string]any, error) {
	raw, err := schema.Google(output.Schema, true)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, err
	}
	if output.Name != "" {
		object["title"] = output.Name
	}
	if output.Description != "" {
		object["description"] = output.Description
	}
	return object, nil
}
