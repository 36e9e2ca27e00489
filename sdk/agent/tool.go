package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
)

// Tool is a function that a model may call. Implementations are safe for concurrent use.
type Tool interface {
	// Definition tells the model about the tool. It is the same each time.
	Definition() ToolDefinition
	// Call carries out a call. Args are those of [ToolCall]. The result is a string, or a value that encoding/json can
	// write. Errors made by [Retry], [Deferred] and [NeedsApproval] mean what they say; any other ends the run.
	Call(ctx context.Context, args json.RawMessage) (any, error)
}

// Toolset is a source of tools, such as an MCP server.
type Toolset interface {
	// Tools returns the tools as they are now. A run asks before each of its requests.
	Tools(ctx context.Context) ([]Tool, error)
}

// ToolOption sets how a run uses a tool.
type ToolOption func(*toolSettings)

type toolSettings struct {
	retries    *int // nil: the agent's
	sequential bool
	approval   bool
	strict     bool
	schema     json.RawMessage
}

// MaxRetries sets how often in a row the tool may ask the model to try again, in place of the agent's [WithRetries].
func MaxRetries(n int) ToolOption { return func(s *toolSettings) { s.retries = &n } }

// Sequential keeps the tool from running at the same time as others: when a model calls it, all calls of that response are
// carried out one after the other, in order.
func Sequential() ToolOption { return func(s *toolSettings) { s.sequential = true } }

// RequireApproval makes every call of the tool wait for approval, as if the tool began with [NeedsApproval].
func RequireApproval() ToolOption { return func(s *toolSettings) { s.approval = true } }

// Strict sets [ToolDefinition].Strict.
func Strict() ToolOption { return func(s *toolSettings) { s.strict = true } }

// WithSchema gives the JSON Schema of the arguments by hand, for types whose schema cannot be made by itself: those that
// contain themselves, interfaces, unions. It must be that of an object.
func WithSchema(schema json.RawMessage) ToolOption {
	return func(s *toolSettings) { s.schema = schema }
}

func newToolSettings(opts []ToolOption) (s toolSettings) {
	for _, option := range opts {
		option(&s)
	}
	return s
}

// preparer is a tool that can tell whether arguments are valid before anything is carried out.
type preparer interface {
	prepare(args json.RawMessage) (func(context.Context) (any, error), error)
}

// configured is a tool that has settings, and perhaps a mistake in its definition.
type configured interface {
	configuration() (toolSettings, error)
}

// function is a tool made of a Go function.
type function[In, Out any] struct {
	definition ToolDefinition
	settings   toolSettings
	schema     *schema
	call       func(context.Context, In) (Out, error)
	err        error // of the definition
}

var toolName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// NewTool makes a tool of a function. In is a struct, or a map with string keys: each exported field is an argument. The
// schema that models see is made of In:
//
//   - the tag json names an argument, and omitempty or omitzero makes it optional; a pointer may be null,
//   - the tag jsonschema or description describes it,
//   - the tag llm bounds it: `llm:"enum=celsius|fahrenheit"`, `llm:"min=1,max=10"` (of a number's value, a string's length,
//     an array's items).
//
// Arguments that do not keep to the schema do not reach the function: the model is told what is wrong, and tries again. The
// result is a string, or is sent to the model as JSON. A panic is a *[PanicError].
//
// What is wrong with the definition (a name that providers do not take, a type without a schema) is the error of every run
// of an agent with the tool.
func NewTool[In, Out any](name, description string, call func(context.Context, In) (Out, error), opts ...ToolOption) Tool {
	t := &function[In, Out]{call: call, settings: newToolSettings(opts)}
	t.definition = ToolDefinition{Name: name, Description: description, Strict: t.settings.strict}
	if t.schema, t.err = argumentSchema(reflect.TypeFor[In](), t.settings.schema); t.err == nil {
		t.definition.Schema = t.schema.text
	}
	if !toolName.MatchString(name) {
		t.err = fmt.Errorf("the name must be 1 to 64 letters, digits, _ or -")
	}
	return t
}

// argumentSchema returns the schema of a type, or the one that was written by hand.
func argumentSchema(t reflect.Type, byHand json.RawMessage) (s *schema, err error) {
	if byHand != nil {
		s, err = parseSchema(byHand)
	} else if s, err = schemaOf(t); err != nil {
		err = fmt.Errorf("%w (agent.WithSchema gives a schema by hand)", err)
	}
	if err == nil && !s.isObject() {
		err = fmt.Errorf("arguments of type %s: a struct or a map is needed, because arguments have names", t)
	}
	return s, err
}

// Definition returns what models are told.
func (t *function[In, Out]) Definition() ToolDefinition { return t.definition }

// Call checks and decodes the arguments and calls the function.
func (t *function[In, Out]) Call(ctx context.Context, args json.RawMessage) (any, error) {
	call, err := t.prepare(args)
	if err != nil {
		return nil, err
	}
	return call(ctx)
}

func (t *function[In, Out]) prepare(args json.RawMessage) (func(context.Context) (any, error), error) {
	if t.err != nil {
		return nil, t.err
	}
	text, err := arguments(args)
	if err != nil {
		return nil, err
	}
	var in In
	if err := t.schema.decode(text, &in); err != nil {
		return nil, err
	}
	return func(ctx context.Context) (any, error) { return t.call(ctx, in) }, nil
}

func (t *function[In, Out]) configuration() (toolSettings, error) { return t.settings, t.err }

// adjusted is a tool of somebody else with settings of ours.
type adjusted struct {
	Tool
	settings toolSettings
}

// Adjust returns a tool with options, for tools that were not made by [NewTool]: those of a toolset, for example. Options
// that are not given are as before.
func Adjust(tool Tool, opts ...ToolOption) Tool {
	before, _ := configurationOf(tool)
	for _, option := range opts {
		option(&before)
	}
	return &adjusted{Tool: tool, settings: before}
}

// Definition returns what models are told, with the options that concern them.
func (a *adjusted) Definition() ToolDefinition {
	d := a.Tool.Definition()
	d.Strict = d.Strict || a.settings.strict
	if a.settings.schema != nil {
		d.Schema = a.settings.schema
	}
	return d
}

func (a *adjusted) prepare(args json.RawMessage) (func(context.Context) (any, error), error) {
	return prepare(a.Tool, args)
}

func (a *adjusted) configuration() (toolSettings, error) {
	_, err := configurationOf(a.Tool)
	return a.settings, err
}

func configurationOf(t Tool) (toolSettings, error) {
	if c, ok := t.(configured); ok {
		return c.configuration()
	}
	return toolSettings{}, nil
}

// prepare checks the arguments of a call as far as the tool can, and returns the call.
func prepare(t Tool, args json.RawMessage) (func(context.Context) (any, error), error) {
	if p, ok := t.(preparer); ok {
		return p.prepare(args)
	}
	return func(ctx context.Context) (any, error) { return t.Call(ctx, args) }, nil
}
