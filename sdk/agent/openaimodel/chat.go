package openaimodel

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
	"github.com/hearth-dev/hearth/sdk/internal/schema"
)

// Chat is a model behind the chat completions API. It is safe for concurrent use.
type Chat struct{ endpoint }

var _ agent.Model = (*Chat)(nil)

// New returns a model that is asked by chat completions.
//
// [agent.Settings].Thinking is the reasoning effort. A setting without a field in [agent.Settings] is given in ExtraBody
// under the API's name, for example max_tokens for servers that do not know max_completion_tokens.
func New(name string, opts ...Option) *Chat { return &Chat{newEndpoint(name, opts)} }

// Request asks for a response.
func (m *Chat) Request(ctx context.Context, req *agent.Request) (*agent.Response, error) {
	params, err := provider.Allowed(m.params(req))
	if err != nil {
		return nil, err
	}
	completion, err := m.client.Chat.Completions.New(ctx, params)
	if err != nil {
		return nil, m.refused(err)
	}
	return m.response(completion)
}

// Stream asks for a response piece by piece.
func (m *Chat) Stream(ctx context.Context, req *agent.Request) (iter.Seq2[agent.Delta, error], error) {
	params, err := provider.Allowed(m.params(req))
	if err != nil {
		return nil, err
	}
	params.StreamOptions.IncludeUsage = param.NewOpt(true)
	chunks, err := provider.Events(ctx, m.client.Chat.Completions.NewStreaming, params, m.refused)
	if err != nil {
		return nil, err
	}
	return func(yield func(agent.Delta, error) bool) {
		deltas := chatDeltas{model: m, yield: yield}
		if provider.Each(chunks, yield, deltas.chunk) {
			deltas.end()
		}
	}, nil
}

// params returns the request as the API wants it.
func (m *Chat) params(req *agent.Request) (openai.ChatCompletionNewParams, error) {
	s := req.Settings
	p := openai.ChatCompletionNewParams{
		Model:               m.name,
		MaxCompletionTokens: optional[int, int64](s.MaxTokens),
		Temperature:         optional[float64, float64](s.Temperature),
		TopP:                optional[float64, float64](s.TopP),
		Seed:                optional[int, int64](s.Seed),
		PresencePenalty:     optional[float64, float64](s.PresencePenalty),
		FrequencyPenalty:    optional[float64, float64](s.FrequencyPenalty),
		ReasoningEffort:     shared.ReasoningEffort(s.Thinking),
		Stop:                openai.ChatCompletionNewParamsStopUnion{OfStringArray: s.StopSequences},
	}
	var err error
	if p.Messages, err = m.messages(req); err != nil {
		return p, err
	}
	if err := m.tools(&p, req); err != nil {
		return p, err
	}
	if p.ResponseFormat, err = m.format(req.Output); err != nil {
		return p, err
	}
	if len(s.ExtraBody) > 0 {
		p.SetExtraFields(s.ExtraBody)
	}
	return p, nil
}

// optional is a setting in the SDK's form.
func optional[In int | float64, Out int64 | float64](setting *In) param.Opt[Out] {
	if setting == nil {
		return param.Opt[Out]{}
	}
	return param.NewOpt(Out(*setting))
}

func (m *Chat) tools(p *openai.ChatCompletionNewParams, req *agent.Request) error {
	tools, must := provider.Tools(req)
	for _, tool := range tools {
		function, err := chatFunction(tool)
		if err != nil {
			return err
		}
		p.Tools = append(p.Tools, openai.ChatCompletionToolUnionParam{
			OfFunction: &openai.ChatCompletionFunctionToolParam{Function: function},
		})
	}
	if len(tools) == 0 {
		return nil
	}
	choice := "auto"
	if must {
		choice = "required"
	}
	p.ToolChoice = openai.ChatCompletionToolChoiceOptionUnionParam{OfAuto: param.NewOpt(choice)}
	if parallel := req.Settings.ParallelToolCalls; parallel != nil {
		p.ParallelToolCalls = param.NewOpt(*parallel)
	}
	return nil
}

// chatFunction describes a tool. Strict mode is asked for where the schema fits it as it is.
func chatFunction(tool agent.ToolDefinition) (shared.FunctionDefinitionParam, error) {
	parameters, strict, err := toolSchema(tool)
	if err != nil {
		return shared.FunctionDefinitionParam{}, err
	}
	function := shared.FunctionDefinitionParam{Name: tool.Name, Description: param.NewOpt(tool.Description)}
	if strict {
		function.Strict = param.NewOpt(true)
	}
	function.SetExtraFields(map[string]any{"parameters": parameters}) // a map would lose the order of the properties
	return function, nil
}

// format asks for JSON where the output is to be JSON.
func (m *Chat) format(output agent.OutputDefinition) (openai.ChatCompletionNewParamsResponseFormatUnion, error) {
	var format openai.ChatCompletionNewParamsResponseFormatUnion
	switch output.Mode {
	case agent.OutputNative:
		object, strict, err := outputSchema(output)
		if err != nil {
			return format, err
		}
		format.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
				Name: outputName(output), Schema: object, Strict: param.NewOpt(strict), Description: nonEmpty(output.Description),
			},
		}
	case agent.OutputPrompted:
		format.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	}
	return format, nil
}

// toolSchema returns the schema of a tool's arguments and whether strict mode is to be used.
func toolSchema(tool agent.ToolDefinition) (json.RawMessage, bool, error) {
	out, strict, err := schema.OpenAI(tool.Schema, tool.Strict)
	if err != nil {
		return nil, false, toolError(tool.Name, err)
	}
	return out, strict, nil
}

func nonEmpty(text string) param.Opt[string] {
	if text == "" {
		return param.Opt[string]{}
	}
	return param.NewOpt(text)
}
