package openaimodel

import (
	"context"
	"iter"
	"regexp"
	"strings"

	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
)

// Responses is a model behind the Responses API. It is safe for concurrent use.
type Responses struct{ endpoint }

var _ agent.Model = (*Responses)(nil)

// NewResponses returns a model that is asked through the Responses API.
//
// Requests do not rely on what the provider stores: the whole conversation is sent each time, with the reasoning of
// reasoning models in encrypted form. [agent.Settings].Thinking is the reasoning effort; summaries of the reasoning are
// asked for by ExtraBody: {"reasoning": {"effort": "medium", "summary": "auto"}}. The API has no seed, no penalties and no
// stop sequences: those settings are left out.
func NewResponses(name string, opts ...Option) *Responses { return &Responses{newEndpoint(name, opts)} }

// Request asks for a response.
func (m *Responses) Request(ctx context.Context, req *agent.Request) (*agent.Response, error) {
	params, err := provider.Allowed(m.params(req))
	if err != nil {
		return nil, err
	}
	response, err := m.client.Responses.New(ctx, params)
	if err != nil {
		return nil, m.refused(err)
	}
	return m.response(response)
}

// Stream asks for a response piece by piece.
func (m *Responses) Stream(ctx context.Context, req *agent.Request) (iter.Seq2[agent.Delta, error], error) {
	params, err := provider.Allowed(m.params(req))
	if err != nil {
		return nil, err
	}
	events, err := provider.Events(ctx, m.client.Responses.NewStreaming, params, m.refused)
	if err != nil {
		return nil, err
	}
	return func(yield func(agent.Delta, error) bool) {
		deltas := responsesDeltas{model: m, yield: yield, parts: map[place]int{}, args: map[string]bool{}}
		provider.Each(events, yield, deltas.event)
	}, nil
}

// reasoningModel knows the models that reason, by their names: only they take and give encrypted reasoning.
var reasoningModel = regexp.MustCompile(`^(o[134]|gpt-5|gpt-6)`)

func (m *Responses) reasons() bool {
	return reasoningModel.MatchString(m.name) && !strings.HasPrefix(m.name, "gpt-5-chat")
}

// params returns the request as the API wants it.
func (m *Responses) params(req *agent.Request) (responses.ResponseNewParams, error) {
	s := req.Settings
	p := responses.ResponseNewParams{
		Model:           m.name,
		Instructions:    nonEmpty(req.Instructions),
		MaxOutputTokens: optional[int, int64](s.MaxTokens),
		Temperature:     optional[float64, float64](s.Temperature),
		TopP:            optional[float64, float64](s.TopP),
		Reasoning:       shared.ReasoningParam{Effort: shared.ReasoningEffort(s.Thinking)},
	}
	if m.reasons() {
		p.Include = []responses.ResponseIncludable{responses.ResponseIncludableReasoningEncryptedContent}
	}
	input, err := m.input(req)
	if err != nil {
		return p, err
	}
	p.Input = responses.ResponseNewParamsInputUnion{OfInputItemList: input}
	if err := m.tools(&p, req); err != nil {
		return p, err
	}
	if err := m.format(&p, req.Output); err != nil {
		return p, err
	}
	if len(s.ExtraBody) > 0 {
		p.SetExtraFields(s.ExtraBody)
	}
	return p, nil
}

func (m *Responses) tools(p *responses.ResponseNewParams, req *agent.Request) error {
	tools, must := provider.Tools(req)
	for _, tool := range tools {
		parameters, strict, err := toolSchema(tool)
		if err != nil {
			return err
		}
		function := responses.FunctionToolParam{
			Name: tool.Name, Description: nonEmpty(tool.Description), Strict: param.NewOpt(strict),
		}
		function.SetExtraFields(map[string]any{"parameters": parameters}) // a map would lose the order of the properties
		p.Tools = append(p.Tools, responses.ToolUnionParam{OfFunction: &function})
	}
	if len(tools) == 0 {
		return nil
	}
	choice := responses.ToolChoiceOptionsAuto
	if must {
		choice = responses.ToolChoiceOptionsRequired
	}
	p.ToolChoice = responses.ResponseNewParamsToolChoiceUnion{OfToolChoiceMode: param.NewOpt(choice)}
	if parallel := req.Settings.ParallelToolCalls; parallel != nil {
		p.ParallelToolCalls = param.NewOpt(*parallel)
	}
	return nil
}

// format asks for JSON where the output is to be JSON. OpenAI looks for the word JSON in the input, not in the
// instructions, which therefore move there.
func (m *Responses) format(p *responses.ResponseNewParams, output agent.OutputDefinition) error {
	switch output.Mode {
	case agent.OutputNative:
		object, strict, err := outputSchema(output)
		if err != nil {
			return err
		}
		format := responses.ResponseFormatTextJSONSchemaConfigParam{
			Name: outputName(output), Strict: param.NewOpt(strict), Description: nonEmpty(output.Description),
		}
		format.SetExtraFields(map[string]any{"schema": object})
		p.Text.Format.OfJSONSchema = &format
	case agent.OutputPrompted:
		p.Text.Format.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
		if p.Instructions.Valid() {
			p.Input.OfInputItemList = insertSystem(p.Input.OfInputItemList, p.Instructions.Value)
			p.Instructions = param.Opt[string]{}
		}
	}
	return nil
}

// insertSystem puts a message of the system behind those that begin a conversation.
func insertSystem(items []inputItem, text string) []inputItem {
	systems := 0
	for systems < len(items) && items[systems].OfMessage != nil && items[systems].OfMessage.Role == responses.EasyInputMessageRoleSystem {
		systems++
	}
	head := append(items[:systems:systems], said(responses.EasyInputMessageRoleSystem, text))
	return append(head, items[systems:]...)
}
