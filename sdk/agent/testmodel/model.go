// Package testmodel is a model for tests that needs no script: it calls every tool once with arguments made from its schema,
// and then answers. What it says is the same each time. Importing the package makes [agent.ModelByName] know "test".
package testmodel

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/internal/estimate"
)

func init() {
	agent.Register("test", func(name string) (agent.Model, error) {
		if name == "" {
			return New(), nil
		}
		return New(Name(name)), nil
	})
}

// Model is the model. It is safe for concurrent use.
type Model struct {
	name  string
	tools []string // nil: all
	text  *string
	args  json.RawMessage // of the output tool; nil: made from its schema
	seed  int
	err   error // of the options

	mu   sync.Mutex // guards what follows
	last *agent.Request
}

// Option changes a model.
type Option func(*Model)

// Name names the model; the default is "test".
func Name(name string) Option { return func(m *Model) { m.name = name } }

// CallTools makes the model call these tools only; without names, none.
func CallTools(names ...string) Option {
	return func(m *Model) { m.tools = append([]string{}, names...) }
}

// OutputText is what the model answers in the end.
func OutputText(text string) Option { return func(m *Model) { m.text = &text } }

// OutputArgs are the arguments with which the model calls the output tool: a value that encoding/json can write. Of an output
// that is no object it is the value itself.
func OutputArgs(args any) Option {
	return func(m *Model) {
		if m.args, m.err = json.Marshal(args); m.err != nil {
			m.err = fmt.Errorf("testmodel.OutputArgs: %w", m.err)
		}
	}
}

// Seed changes what is made from schemas, and which of several output tools is called.
func Seed(n uint) Option { return func(m *Model) { m.seed = int(n) } }

// New makes a model.
func New(opts ...Option) *Model {
	m := &Model{name: "test"}
	for _, option := range opts {
		option(m)
	}
	return m
}

// Name returns the model's name.
func (m *Model) Name() string { return m.name }

// Provider returns "test".
func (m *Model) Provider() string { return "test" }

// BaseURL returns an empty string.
func (m *Model) BaseURL() string { return "" }

// LastRequest returns the last request, or nil: a test sees from it what tools and outputs a model would have been offered.
func (m *Model) LastRequest() *agent.Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last
}

// Request answers. The usage is estimated from the length of the texts.
func (m *Model) Request(ctx context.Context, req *agent.Request) (*agent.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	m.last = req
	m.mu.Unlock()
	parts, err := m.answer(req)
	if err != nil {
		return nil, err
	}
	response := &agent.Response{Parts: parts, Model: m.name, Provider: m.Provider()}
	response.Usage = estimate.Usage(req.Messages, response)
	return response, nil
}

// Stream answers word by word.
func (m *Model) Stream(ctx context.Context, req *agent.Request) (iter.Seq2[agent.Delta, error], error) {
	response, err := m.Request(ctx, req)
	if err != nil {
		return nil, err
	}
	return func(yield func(agent.Delta, error) bool) {
		for delta, err := range agent.Deltas(response) {
			if err != nil {
				yield(nil, err)
				return
			}
			text, isText := delta.(agent.TextDelta)
			if !isText {
				if !yield(delta, nil) {
					return
				}
				continue
			}
			for _, word := range words(text.Text) {
				if err := ctx.Err(); err != nil {
					yield(nil, err)
					return
				}
				if !yield(agent.TextDelta{Index: text.Index, Text: word}, nil) {
					return
				}
			}
		}
	}, nil
}

// words cuts a text after its spaces; one that has none, in the middle.
func words(text string) []string {
	if cut := strings.SplitAfter(text, " "); len(cut) > 1 {
		return cut
	}
	if runes := []rune(text); len(runes) > 2 {
		half := len(runes) / 2
		return []string{string(runes[:half]), string(runes[half:])}
	}
	return []string{text}
}

func (m *Model) answer(req *agent.Request) ([]agent.ResponsePart, error) {
	if m.err != nil {
		return nil, m.err
	}
	tools, err := m.chosen(req.Tools)
	if err != nil {
		return nil, err
	}
	if len(tools) > 0 && !answered(req.Messages) {
		return m.calls(tools)
	}
	if names := toRetry(req.Messages); len(names) > 0 {
		return m.again(req, tools, names)
	}
	switch {
	case m.text != nil && !req.Output.AllowText:
		return nil, fmt.Errorf("testmodel.OutputText: the agent does not allow plain text as its output")
	case m.text != nil:
		return text(*m.text), nil
	case m.args != nil && len(req.Output.Tools) == 0:
		return m.structured(req)
	case m.args == nil && req.Output.AllowText:
		return m.plain(req)
	default:
		return m.output(req.Output.Tools[m.seed%len(req.Output.Tools)])
	}
}

func text(text string) []agent.ResponsePart { return []agent.ResponsePart{agent.Text{Text: text}} }

// chosen returns the tools that the model calls.
func (m *Model) chosen(all []agent.ToolDefinition) ([]agent.ToolDefinition, error) {
	if m.tools == nil {
		return all, nil
	}
	var chosen []agent.ToolDefinition
	for _, name := range m.tools {
		i := slices.IndexFunc(all, func(d agent.ToolDefinition) bool { return d.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("testmodel.CallTools: the agent has no tool %q", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

func answered(messages []agent.Message) bool {
	return slices.ContainsFunc(messages, func(m agent.Message) bool { _, is := m.(*agent.Response); return is })
}

// toRetry returns the tools that the last input asks to be called again.
func toRetry(messages []agent.Message) (names []string) {
	input, ok := messages[len(messages)-1].(*agent.Input)
	if !ok {
		return nil
	}
	for _, part := range input.Parts {
		if retry, ok := part.(agent.RetryPrompt); ok && retry.Name != "" {
			names = append(names, retry.Name)
		}
	}
	return names
}

func (m *Model) calls(tools []agent.ToolDefinition) (parts []agent.ResponsePart, err error) {
	for _, tool := range tools {
		args, err := generate(tool.Schema, m.seed)
		if err != nil {
			return nil, fmt.Errorf("testmodel: tool %s: %w", tool.Name, err)
		}
		parts = append(parts, callOf(tool.Name, args))
	}
	return parts, nil
}

func callOf(tool string, args json.RawMessage) agent.ToolCall {
	return agent.ToolCall{ID: "pyd_ai_tool_call_id__" + tool, Name: tool, Args: args}
}

// again calls the tools that asked for it.
func (m *Model) again(req *agent.Request, tools []agent.ToolDefinition, names []string) (parts []agent.ResponsePart, err error) {
	called := slices.DeleteFunc(slices.Clone(tools), func(d agent.ToolDefinition) bool { return !slices.Contains(names, d.Name) })
	if parts, err = m.calls(called); err != nil {
		return nil, err
	}
	for _, tool := range req.Output.Tools {
		if slices.Contains(names, tool.Name) {
			output, err := m.output(tool)
			if err != nil {
				return nil, err
			}
			parts = append(parts, output...)
		}
	}
	return parts, nil
}

// output calls an output tool.
func (m *Model) output(tool agent.ToolDefinition) ([]agent.ResponsePart, error) {
	args, err := m.outputArgs(tool.Schema)
	if err != nil {
		return nil, fmt.Errorf("testmodel: output tool %s: %w", tool.Name, err)
	}
	return []agent.ResponsePart{callOf(tool.Name, args)}, nil
}

// structured answers with JSON, in the modes native and prompted.
func (m *Model) structured(req *agent.Request) ([]agent.ResponsePart, error) {
	if req.Output.Schema == nil {
		return nil, fmt.Errorf("testmodel.OutputArgs: the agent's output is text")
	}
	args, err := m.outputArgs(req.Output.Schema)
	if err != nil {
		return nil, fmt.Errorf("testmodel: output: %w", err)
	}
	return text(string(args)), nil
}

// outputArgs returns what was given, or what the schema makes. A value where an object is wanted goes into its only property.
func (m *Model) outputArgs(schema json.RawMessage) (json.RawMessage, error) {
	if m.args == nil {
		return generate(schema, m.seed)
	}
	if bytes.HasPrefix(m.args, []byte("{")) {
		return m.args, nil
	}
	return json.Marshal(map[string]json.RawMessage{"response": m.args})
}

// plain answers with what the tools returned, or with JSON when the output has a schema.
func (m *Model) plain(req *agent.Request) ([]agent.ResponsePart, error) {
	if req.Output.Schema != nil {
		return m.structured(req)
	}
	var results ordered
	for _, message := range req.Messages {
		input, ok := message.(*agent.Input)
		if !ok {
			continue
		}
		for _, part := range input.Parts {
			if returned, ok := part.(agent.ToolReturn); ok {
				if err := results.set(returned.Name, returned.Content); err != nil {
					return nil, fmt.Errorf("testmodel: the result of %s: %w", returned.Name, err)
				}
			}
		}
	}
	if len(results.names) == 0 {
		return text("success (no tool calls)"), nil
	}
	return text(results.String()), nil
}

// ordered is a JSON object whose properties stay in the order in which they came.
type ordered struct {
	names  []string
	values map[string]json.RawMessage
}

func (o *ordered) set(name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if o.values == nil {
		o.values = map[string]json.RawMessage{}
	}
	if _, known := o.values[name]; !known {
		o.names = append(o.names, name)
	}
	o.values[name] = text
	return nil
}

func (o *ordered) String() string {
	var text strings.Builder
	for i, name := range o.names {
		fmt.Fprintf(&text, "%s%q:%s", []string{"{", ","}[min(i, 1)], name, o.values[name])
	}
	return text.String() + "}"
}
