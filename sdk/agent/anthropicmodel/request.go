package anthropicmodel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/packages/param"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
	"github.com/hearth-dev/hearth/sdk/internal/schema"
)

// defaultMaxTokens is the limit of an answer when none is set.
const defaultMaxTokens = 4096

// thinksByBudget knows the models whose thinking has a budget. All newer ones decide themselves, and take an effort.
var thinksByBudget = regexp.MustCompile(`^claude-(3-|(opus|sonnet|haiku)-4-(0|1|5|2\d{7}))`)

// budgets are the tokens that a model may think for, by [agent.Settings].Thinking.
var budgets = map[string]int64{"minimal": 1024, "low": 2048, "medium": 10000, "high": 16384, "xhigh": 32768}

// params returns the request as the API wants it.
func (m *Model) params(req *agent.Request) (anthropic.MessageNewParams, error) {
	s := req.Settings
	p := anthropic.MessageNewParams{
		Model: m.name, MaxTokens: defaultMaxTokens, StopSequences: s.StopSequences,
		Temperature: optional(s.Temperature), TopP: optional(s.TopP),
	}
	if err := m.think(&p, s.Thinking); err != nil {
		return p, err
	}
	if s.MaxTokens != nil {
		p.MaxTokens = int64(*s.MaxTokens)
	}
	var err error
	if p.System, p.Messages, err = m.messages(req); err != nil {
		return p, err
	}
	if err := m.tools(&p, req); err != nil {
		return p, err
	}
	if err := format(&p, req.Output); err != nil {
		return p, err
	}
	if len(s.ExtraBody) > 0 {
		p.SetExtraFields(s.ExtraBody)
	}
	return p, nil
}

func optional(setting *float64) param.Opt[float64] {
	if setting == nil {
		return param.Opt[float64]{}
	}
	return param.NewOpt(*setting)
}

func (m *Model) think(p *anthropic.MessageNewParams, effort string) error {
	switch {
	case effort == "":
	case !thinksByBudget.MatchString(m.name):
		p.Thinking.OfAdaptive = &anthropic.ThinkingConfigAdaptiveParam{}
		p.OutputConfig.Effort = anthropic.OutputConfigEffort(effort)
	default:
		budget, known := budgets[effort]
		if !known {
			return fmt.Errorf("model %s: thinking %q is not known (minimal, low, medium, high or xhigh)", m.name, effort)
		}
		p.Thinking = anthropic.ThinkingConfigParamOfEnabled(budget)
		p.MaxTokens = budget + defaultMaxTokens
	}
	return nil
}

func (m *Model) tools(p *anthropic.MessageNewParams, req *agent.Request) error {
	tools, must := provider.Tools(req)
	for _, tool := range tools {
		converted, err := toolParam(tool)
		if err != nil {
			return fmt.Errorf("tool %s: %w", tool.Name, err)
		}
		p.Tools = append(p.Tools, anthropic.ToolUnionParam{OfTool: converted})
	}
	if len(tools) == 0 {
		return nil
	}
	var alone param.Opt[bool]
	if parallel := req.Settings.ParallelToolCalls; parallel != nil {
		alone = param.NewOpt(!*parallel)
	}
	// A model that thinks cannot be forced to call a tool.
	if must && req.Settings.Thinking == "" {
		p.ToolChoice.OfAny = &anthropic.ToolChoiceAnyParam{DisableParallelToolUse: alone}
	} else {
		p.ToolChoice.OfAuto = &anthropic.ToolChoiceAutoParam{DisableParallelToolUse: alone}
	}
	return nil
}

func toolParam(tool agent.ToolDefinition) (*anthropic.ToolParam, error) {
	input := tool.Schema
	if len(bytes.TrimSpace(input)) == 0 {
		input = json.RawMessage(`{"type":"object","properties":{}}`)
	}
	converted := &anthropic.ToolParam{Name: tool.Name, Description: param.NewOpt(tool.Description)}
	if tool.Strict {
		strict, err := schema.Anthropic(input)
		if err != nil {
			return nil, err
		}
		input = strict
		converted.Strict = param.NewOpt(true)
	}
	converted.InputSchema = param.Override[anthropic.ToolInputSchemaParam](input) // a map would lose the order of the properties
	return converted, nil
}

// format asks for JSON where the provider's structured output is wanted.
func format(p *anthropic.MessageNewParams, output agent.OutputDefinition) error {
	if output.Mode != agent.OutputNative {
		return nil
	}
	object, err := schema.Anthropic(output.Schema)
	if err != nil {
		return fmt.Errorf("output %s: %w", output.Name, err)
	}
	p.OutputConfig.Format.SetExtraFields(map[string]any{"schema": object})
	return nil
}
