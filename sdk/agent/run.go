package agent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// run is one run of an agent: one goroutine, apart from the calls of tools.
type run struct {
	config       *config
	output       *output
	own          runConfig
	prompt       []Content
	id           string
	conversation string
	model        Model
	settings     Settings
	meter        *meter
	recorded     *InstrumentationSettings // nil when nothing is recorded
	emit         func(Event) bool         // nil when nobody listens; false means that nobody does any more

	messages      []Message
	step          int
	tools         *tools // of this step
	retries       map[string]int
	failed        map[string]bool // tools that asked for a retry in this step
	outputRetries int
}

// newRun prepares a run. Nothing is started.
func newRun(ctx context.Context, c *config, o *output, prompt []Content, opts []RunOption) (*run, error) {
	r := &run{config: c, output: o, prompt: prompt, retries: map[string]int{}, failed: map[string]bool{}}
	for _, option := range opts {
		option(&r.own)
	}
	if err := c.definitionError(); err != nil {
		return nil, err
	}
	if r.model = r.chooseModel(ctx); r.model == nil {
		return nil, fmt.Errorf("agent %s: it has no model, and the run has none either (agent.UseModel)", c.name)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("agent %s: make an id of the run: %w", c.name, err)
	}
	r.id = id.String()
	if r.conversation, err = r.chooseConversation(); err != nil {
		return nil, fmt.Errorf("agent %s: make an id of the conversation: %w", c.name, err)
	}
	if r.recorded = resolve(c.instrumentation, r.model); r.recorded != nil {
		r.model = Instrumented(r.model, r.recorded)
	}
	r.settings = c.settings.With(r.own.settings)
	r.meter = &meter{limits: c.limits}
	if r.own.limits != nil {
		r.meter.limits = *r.own.limits
	}
	if outer, ok := ctx.Value(scopeKey{}).(*scope); ok && r.own.share {
		r.meter.shared = outer.meter
	}
	r.messages = merged(slices.Clone(r.own.history))
	return r, nil
}

func (r *run) chooseModel(ctx context.Context) Model {
	if o := overrideOf(ctx); o.model != nil {
		return o.model
	}
	if r.own.model != nil {
		return r.own.model
	}
	return r.config.model
}

// chooseConversation returns the id that was given, or that of the history, or a new one.
func (r *run) chooseConversation() (string, error) {
	if r.own.conversation != "" {
		return r.own.conversation, nil
	}
	for _, m := range slices.Backward(r.own.history) {
		switch m := m.(type) {
		case *Input:
			if m.ConversationID != "" {
				return m.ConversationID, nil
			}
		case *Response:
			if m.ConversationID != "" {
				return m.ConversationID, nil
			}
		}
	}
	id, err := uuid.NewV7()
	return id.String(), err
}

// execute carries the run out, and records it.
func (r *run) execute(ctx context.Context) (value any, err error) {
	ctx, span := startRun(ctx, r.recorded, runStart{
		agent: r.config.name, description: r.config.description, model: r.model,
		runID: r.id, conversationID: r.conversation, history: len(r.messages),
	})
	if span != nil {
		defer func() {
			span.end(runEnd{err: failure(err), output: result(value, err), messages: r.messages, usage: r.meter.total(), metadata: r.runMetadata()})
		}()
	}
	return r.loop(ctx)
}

// failure returns the error of a run as telemetry sees it: a run whose calls wait has not failed.
func failure(err error) error {
	if _, open := errors.AsType[*DeferredError](err); open {
		return nil
	}
	return err
}

// result returns the output of a run as telemetry sees it: of a run whose calls wait, the calls.
func result(value any, err error) any {
	if waiting, open := errors.AsType[*DeferredError](err); open {
		return waiting.requests()
	}
	return value
}

// loop asks and handles until there is an output.
func (r *run) loop(ctx context.Context) (any, error) {
	now, err := r.begin(ctx)
	for err == nil && !now.done {
		var response *Response
		if response, err = r.ask(ctx, now.next); err == nil {
			now, err = r.handle(ctx, response)
		}
	}
	return now.value, err
}

// begin finds out what the first request is; it may not need one, when the history holds what there is to handle.
func (r *run) begin(ctx context.Context) (outcome, error) {
	if r.own.answers != nil {
		return r.resume(ctx)
	}
	var last Message
	if len(r.messages) > 0 {
		last = r.messages[len(r.messages)-1]
	}
	switch last := last.(type) {
	case *Input:
		if r.prompt == nil {
			r.messages = r.messages[:len(r.messages)-1]
			again := *last
			return outcome{next: &again}, nil
		}
	case *Response:
		open := len(last.ToolCalls()) > 0
		switch {
		case r.prompt != nil && open:
			return outcome{}, errors.New("a new prompt cannot follow a history that ends with open tool calls: run without a prompt to carry them out, or use agent.Resolve")
		case r.prompt == nil && (open || len(r.config.instructions) == 0):
			if err := r.prepareTools(ctx); err != nil {
				return outcome{}, err
			}
			return r.handle(ctx, last)
		}
	}
	first := r.input(r.firstParts())
	if len(r.messages) == 0 && len(first.Parts) == 0 && len(r.config.instructions) == 0 {
		return outcome{}, errors.New("there is nothing to send: no history, no prompt and no instructions")
	}
	return outcome{next: first}, nil
}

func (r *run) firstParts() (parts []InputPart) {
	now := time.Now()
	if len(r.messages) == 0 {
		for _, text := range r.config.systemPrompts {
			parts = append(parts, SystemPrompt{Text: text, At: now})
		}
	}
	if r.prompt != nil {
		parts = append(parts, UserPrompt{Content: r.prompt, At: now})
	}
	return parts
}

func (r *run) input(parts []InputPart) *Input {
	return &Input{Parts: parts, RunID: r.id, ConversationID: r.conversation, At: time.Now()}
}

// tell tells the listener, if there is one.
func (r *run) tell(e Event) error {
	if r.emit != nil && !r.emit(e) {
		return ErrStreamClosed
	}
	return nil
}

// firstNew returns the index of the first message of this run.
func (r *run) firstNew() int {
	for i, m := range r.messages {
		switch m := m.(type) {
		case *Input:
			if m.RunID == r.id {
				return i
			}
		case *Response:
			if m.RunID == r.id {
				return i
			}
		}
	}
	return len(r.messages)
}

// runMetadata returns the metadata of the agent and of the run.
func (r *run) runMetadata() map[string]any {
	if len(r.own.metadata) == 0 {
		return r.config.metadata
	}
	all := maps.Clone(r.config.metadata)
	if all == nil {
		return r.own.metadata
	}
	maps.Copy(all, r.own.metadata)
	return all
}
