package agent

import (
	"context"
	"errors"
	"fmt"
	"reflect"
)

// Agent runs a model until it gives an output of type Out. It does not change once it is made and is safe for concurrent
// use.
type Agent[Out any] struct {
	config *config
	output *output
}

// New makes an agent. A string is what the model writes in the end. Any other output is structured: the model gives it as
// the arguments of an output tool, or as [WithOutputMode] says; its schema is made as that of a tool's arguments, see
// [NewTool]. The model may be nil when every run has [UseModel].
//
// What is wrong with the definition (a type without a schema, two tools of one name) is the error of [Agent.Err] and of every
// run.
func New[Out any](model Model, opts ...Option) *Agent[Out] {
	c := &config{model: model, name: "agent", retries: 1}
	for _, option := range opts {
		option(c)
	}
	o := newOutput(reflect.TypeFor[Out](), VariantOf[Out](""), c)
	if _, err := newTools(c.tools, o); err != nil {
		c.err = errors.Join(c.err, err)
	}
	return &Agent[Out]{config: c, output: o}
}

// NewText makes an agent whose output is text.
func NewText(model Model, opts ...Option) *Agent[string] { return New[string](model, opts...) }

// Err tells what is wrong with the definition of the agent, or nil.
func (a *Agent[Out]) Err() error { return a.config.err }

// ValidateOutput returns an agent that also checks outputs, or changes them; a is not changed. By [Retry] the function asks
// the model to try again, any other error ends the run. Several are applied in order.
func (a *Agent[Out]) ValidateOutput(check func(context.Context, Out) (Out, error)) *Agent[Out] {
	o := *a.output
	o.validators = append(o.validators[:len(o.validators):len(o.validators)], func(ctx context.Context, v any) (any, error) {
		out, _ := v.(Out) // false for a nil interface, whose zero value is the same
		return check(ctx, out)
	})
	return &Agent[Out]{config: a.config, output: &o}
}

// Run has a conversation with the model about a prompt, until it gives its output. An empty prompt resumes a [History]. When
// ctx is cancelled the run ends. Run returns when everything that it started has returned, tools included. The error of a run
// that had begun is a *[RunError].
func (a *Agent[Out]) Run(ctx context.Context, prompt string, opts ...RunOption) (*Result[Out], error) {
	return a.RunParts(ctx, textPrompt(prompt), opts...)
}

// RunParts is [Agent.Run] with a prompt of several parts, such as a question and a picture.
func (a *Agent[Out]) RunParts(ctx context.Context, prompt []Content, opts ...RunOption) (*Result[Out], error) {
	r, err := newRun(ctx, a.config, a.output, prompt, opts)
	if err != nil {
		return nil, err
	}
	return resultOf[Out](r, ctx)
}

// resultOf carries out a run.
func resultOf[Out any](r *run, ctx context.Context) (*Result[Out], error) {
	value, err := r.execute(ctx)
	if err != nil {
		return nil, &RunError{Agent: r.config.name, RunID: r.id, Messages: r.messages, Usage: r.meter.total(), Err: err}
	}
	out, _ := value.(Out) // false for a nil interface, whose zero value is the same
	return &Result[Out]{
		Output: out, messages: r.messages, fresh: r.firstNew(), usage: r.meter.total(),
		runID: r.id, conversationID: r.conversation, model: r.model, recorded: r.recorded,
	}, nil
}

func textPrompt(prompt string) []Content {
	if prompt == "" {
		return nil
	}
	return []Content{Text{Text: prompt}}
}

// Result is what a run came to.
type Result[Out any] struct {
	Output Out

	messages              []Message
	fresh                 int
	usage                 Usage
	runID, conversationID string
	model                 Model
	recorded              *InstrumentationSettings
}

// AllMessages returns the whole conversation, the history that was passed in included. It is for the caller to keep; the
// messages in it are not to be changed.
func (r *Result[Out]) AllMessages() []Message { return r.messages[:len(r.messages):len(r.messages)] }

// NewMessages returns the messages of this run.
func (r *Result[Out]) NewMessages() []Message { return r.AllMessages()[r.fresh:] }

// Usage returns what the run used, runs of its tools with [ShareUsage] included.
func (r *Result[Out]) Usage() Usage { return r.usage }

// RunID returns the id of the run, a UUID of version 7.
func (r *Result[Out]) RunID() string { return r.runID }

// ConversationID returns the id of the conversation, which runs with [History] keep.
func (r *Result[Out]) ConversationID() string { return r.conversationID }

// Money is an amount of US dollars, in billionths.
type Money int64

// Dollars returns the amount in dollars.
func (m Money) Dollars() float64 { return float64(m) / 1e9 }

// String returns the amount with six decimals, such as $0.001250.
func (m Money) String() string { return fmt.Sprintf("$%.6f", m.Dollars()) }

// Cost returns what the requests of this run cost by the list prices of their providers, or by [InstrumentationSettings].Pricer;
// runs of its tools are not included. It is false when nobody knows the price of one of them.
func (r *Result[Out]) Cost() (Money, bool) {
	var sum Money
	for _, m := range r.NewMessages() {
		response, ok := m.(*Response)
		if !ok {
			continue
		}
		cost, known := r.recorded.cost(targetOf(r.model), response)
		if !known {
			return 0, false
		}
		sum += Money(cost.NanoUSD)
	}
	return sum, true
}

// definitionError says which agent cannot run.
func (c *config) definitionError() error {
	if c.err == nil {
		return nil
	}
	return fmt.Errorf("agent %s: %w", c.name, c.err)
}
