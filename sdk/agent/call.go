package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

// What the history says of calls whose result is not that of their tool.
const (
	resultProcessed = "Final result processed."
	outputNotUsed   = "Output tool not used - a final result was already processed."
	outputInvalid   = "Output tool not used - output failed validation."
	outputFailed    = "Output tool not used - output function execution failed."
	notExecuted     = "Tool not executed - a final result was already processed."
)

// batch is the handling of the calls of one response: first the outputs, one after the other, then the functions.
type batch struct {
	*run
	parts []InputPart
	final *finalResult
}

// finalResult is the output, and the call that gave it.
type finalResult struct {
	value any
	call  ToolCall
}

// handleCalls does what calls of the last response ask for. Answers, when not nil, are those to calls that waited.
func (r *run) handleCalls(ctx context.Context, calls []ToolCall, answers map[string]Resolution) (outcome, error) {
	b := &batch{run: r}
	var functions []ToolCall
	for _, call := range calls {
		v := r.output.byTool[call.Name]
		if v == nil {
			functions = append(functions, call)
		} else if err := b.outputCall(ctx, call, v); err != nil {
			return outcome{}, err
		}
	}
	open, err := b.functions(ctx, functions, answers)
	if err != nil {
		return outcome{}, err
	}
	switch {
	case b.final != nil:
		r.messages = append(r.messages, r.input(b.parts))
		return outcome{done: true, value: b.final.value}, r.tell(FinalResultEvent{Tool: b.final.call.Name, CallID: b.final.call.ID})
	case len(open) > 0:
		if len(b.parts) > 0 {
			r.messages = append(r.messages, r.input(b.parts))
		}
		return outcome{}, &DeferredError{Open: open, Messages: r.messages}
	case answers != nil && r.prompt != nil:
		b.parts = append(b.parts, UserPrompt{Content: r.prompt, At: time.Now()})
	}
	return outcome{next: r.input(b.parts)}, nil
}

// outputCall handles a call of an output tool.
func (b *batch) outputCall(ctx context.Context, call ToolCall, v *Variant) error {
	if b.final != nil && b.config.endStrategy != EndExhaustive {
		return b.answerOutput(call, ToolReturn{Content: outputNotUsed}, false)
	}
	args, err := arguments(call.Args)
	var produce func(context.Context) (any, error)
	if err == nil {
		produce, err = v.decode(args)
	}
	if err != nil {
		return b.outputRefused(call, err, outputInvalid, false)
	}
	scoped := b.scopedCall(ctx, call, b.outputRetries, b.maxOutputRetries(), false)
	value, err := b.produce(scoped, v, call, produce)
	if err != nil {
		return b.outputRefused(call, err, outputFailed, true)
	}
	if b.final == nil {
		b.final = &finalResult{value: value, call: call}
	}
	return b.answerOutput(call, ToolReturn{Content: resultProcessed}, true)
}

// outputRefused handles an output that was not acceptable: when there is one already, it does not matter.
func (b *batch) outputRefused(call ToolCall, err error, unused string, valid bool) error {
	var retry *RetryError
	if !errors.As(err, &retry) {
		return err
	}
	if b.final != nil {
		return b.answerOutput(call, ToolReturn{Content: unused}, valid)
	}
	if b.retries[call.Name] >= b.maxOutputRetries() {
		return b.tooManyOutputRetries(err)
	}
	b.failed[call.Name] = true
	b.outputRetries++
	return b.answerOutput(call, retry.prompt(call), valid)
}

func (b *batch) answerOutput(call ToolCall, part InputPart, valid bool) error {
	if returned, ok := part.(ToolReturn); ok {
		part = returned.of(call)
	}
	b.parts = append(b.parts, part)
	if err := b.tell(ToolCallEvent{Call: call, Valid: valid}); err != nil {
		return err
	}
	return b.tell(ToolResultEvent{Result: part})
}

// of returns the result as that of a call.
func (t ToolReturn) of(call ToolCall) ToolReturn {
	t.ID, t.Name, t.At = call.ID, call.Name, time.Now()
	return t
}

// pending is a call of a function on its way.
type pending struct {
	call     ToolCall
	settings toolSettings
	invoke   func(context.Context) (any, error) // nil when the result is known
	approved bool
	refused  bool // its arguments are not valid, or there is no such tool
	result   any
	err      error
	answer   InputPart     // nil while it waits
	open     *DeferredCall // not nil when the run ends with it
}

// functions handles the calls of functions; it returns those that wait.
func (b *batch) functions(ctx context.Context, calls []ToolCall, answers map[string]Resolution) ([]DeferredCall, error) {
	if b.final != nil && b.config.endStrategy == EndEarly {
		for _, call := range calls {
			b.parts = append(b.parts, ToolReturn{Content: notExecuted}.of(call))
		}
		return nil, nil
	}
	if len(calls) == 0 {
		return nil, nil
	}
	if err := b.meter.beforeTools(len(calls)); err != nil {
		return nil, err
	}
	batch := make([]*pending, len(calls))
	for i, call := range calls {
		p, err := b.prepareCall(ctx, call, answers)
		if err != nil {
			return nil, err
		}
		batch[i] = p
		if err := b.tell(ToolCallEvent{Call: p.call, Valid: !p.refused}); err != nil {
			return nil, err
		}
	}
	if err := b.carryOut(ctx, batch); err != nil {
		return nil, err
	}
	return b.collect(batch), nil
}

// collect puts the answers into the order of the calls.
func (b *batch) collect(batch []*pending) (open []DeferredCall) {
	for _, p := range batch {
		switch {
		case p.open != nil && b.final != nil:
			b.parts = append(b.parts, ToolReturn{Content: notExecuted}.of(p.call))
		case p.open != nil:
			open = append(open, *p.open)
		default:
			b.parts = append(b.parts, p.answer)
		}
	}
	return open
}

// prepareCall finds the tool and checks the arguments.
func (b *batch) prepareCall(ctx context.Context, call ToolCall, answers map[string]Resolution) (*pending, error) {
	p := &pending{call: call}
	if answered, ok := answers[call.ID]; ok {
		if p.resolve(answered); p.answer != nil {
			return p, nil
		}
	}
	tool := b.tools.byName[call.Name]
	err := error(nil)
	if tool == nil {
		err = b.tools.unknown(call.Name)
	} else {
		p.settings, _ = configurationOf(tool)
		p.invoke, err = prepare(tool, p.call.Args)
	}
	if err != nil {
		_, span := startTool(b.callContext(ctx, p), b.recorded, toolStart{
			name: p.call.Name, id: p.call.ID, args: p.call.Args, invalid: true, unknown: tool == nil,
		})
		span.end(nil, err)
		p.refused = true
		return p, b.settle(p, nil, err)
	}
	if p.settings.approval && !p.approved {
		p.open = &DeferredCall{ToolCall: call, Approval: true}
	}
	return p, nil
}

// resolve applies an answer that came from outside.
func (p *pending) resolve(answer Resolution) {
	switch answer.kind {
	case resolvedByApproval:
		p.approved = true
		if answer.args != nil {
			p.call.Args = answer.args
		}
	case resolvedByRetry:
		p.answer = (&RetryError{Text: answer.text}).prompt(p.call)
	case resolvedByDenial, resolvedByValue:
		p.answer = ToolReturn{Content: answer.value}.of(p.call)
	}
}

// maxRetries returns how often a tool may ask for a retry.
func (r *run) maxRetries(s toolSettings) int {
	if s.retries != nil {
		return *s.retries
	}
	return r.config.retries
}

// carryOut makes the calls, at the same time unless a tool wants to be alone, and waits for all of them. The first error
// cancels the others.
func (b *batch) carryOut(ctx context.Context, batch []*pending) error {
	var calls []*pending
	alone := false
	for _, p := range batch {
		if p.answer != nil {
			if err := b.tell(ToolResultEvent{Result: p.answer}); err != nil {
				return err
			}
		} else if p.open == nil {
			calls = append(calls, p)
			alone = alone || p.settings.sequential
		}
	}
	if alone || len(calls) == 1 {
		return b.oneByOne(ctx, calls)
	}
	return b.together(ctx, calls)
}

func (b *batch) oneByOne(ctx context.Context, calls []*pending) error {
	for _, p := range calls {
		if err := ctx.Err(); err != nil {
			return err
		}
		result, err := b.call(b.callContext(ctx, p), p)
		if err := b.finish(p, result, err); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) together(ctx context.Context, calls []*pending) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan *pending, len(calls))
	for _, p := range calls {
		ctx := b.callContext(ctx, p)
		p.err = errors.New("the function ended its goroutine")
		go func() {
			defer func() { done <- p }()
			p.result, p.err = b.call(ctx, p)
		}()
	}
	var first error
	for range calls {
		p := <-done
		if first != nil {
			continue
		}
		if first = b.finish(p, p.result, p.err); first != nil {
			cancel()
		}
	}
	return first
}

func (b *batch) callContext(ctx context.Context, p *pending) context.Context {
	return b.scopedCall(ctx, p.call, b.retries[p.call.Name], b.maxRetries(p.settings), p.approved)
}

// call makes a call. It touches nothing of the run: several are made at the same time.
func (b *batch) call(ctx context.Context, p *pending) (result any, err error) {
	ctx, span := startTool(ctx, b.recorded, toolStart{name: p.call.Name, id: p.call.ID, args: p.call.Args})
	defer func() { span.end(result, err) }()
	return caught(ctx, p.invoke)
}

// finish takes the result of a call that was made.
func (b *batch) finish(p *pending, result any, err error) error {
	if err == nil {
		b.meter.add(Usage{ToolCalls: 1})
	}
	if err := b.settle(p, result, err); err != nil || p.open != nil {
		return err
	}
	return b.tell(ToolResultEvent{Result: p.answer})
}

// settle turns the result of a call into what the model is told, or into an open call. An error ends the run.
func (b *batch) settle(p *pending, result any, err error) error {
	var retry *RetryError
	var deferred *deferral
	switch {
	case err == nil:
		content, err := frozen(result)
		if err != nil {
			return &ToolError{Tool: p.call.Name, CallID: p.call.ID, Err: err}
		}
		p.answer = ToolReturn{Content: content}.of(p.call)
	case errors.As(err, &retry):
		p.answer = retry.prompt(p.call)
		return b.noteFailure(p.call.Name, b.maxRetries(p.settings), err)
	case errors.As(err, &deferred):
		p.open = &DeferredCall{ToolCall: p.call, Approval: deferred.approval, Meta: deferred.meta}
	default:
		return &ToolError{Tool: p.call.Name, CallID: p.call.ID, Err: err}
	}
	return nil
}

// frozen returns a result as the conversation keeps it: what is not a text or media is its JSON, which does not change when
// the tool changes the value later, and is not written anew for each request.
func frozen(result any) (any, error) {
	switch result := result.(type) {
	case string, Media, []Content, json.RawMessage:
		return result, nil
	}
	text, err := marshalPlain(result)
	if err != nil {
		return nil, fmt.Errorf("the result: %w", err)
	}
	return json.RawMessage(text), nil
}

// caught calls a function that is not ours; its panics are errors.
func caught[T any](ctx context.Context, call func(context.Context) (T, error)) (result T, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return call(ctx)
}

// resume handles the last response of the history with answers to its open calls.
func (r *run) resume(ctx context.Context) (outcome, error) {
	i := len(r.messages) - 1
	settled := map[string]bool{}
	for ; i >= 0; i-- {
		input, ok := r.messages[i].(*Input)
		if !ok {
			break
		}
		for _, id := range input.answered() {
			settled[id] = true
		}
	}
	if i < 0 {
		return outcome{}, errors.New("calls are resolved, but the history has no response")
	}
	response := r.messages[i].(*Response)
	open := slices.DeleteFunc(response.ToolCalls(), func(call ToolCall) bool { return settled[call.ID] })
	if err := checkAnswers(open, r.own.answers); err != nil {
		return outcome{}, err
	}
	if err := r.prepareTools(ctx); err != nil {
		return outcome{}, err
	}
	return r.handleCalls(ctx, open, r.own.answers)
}

// answered returns the ids of the calls that an input answers.
func (in *Input) answered() (ids []string) {
	for _, part := range in.Parts {
		switch part := part.(type) {
		case ToolReturn:
			ids = append(ids, part.ID)
		case RetryPrompt:
			ids = append(ids, part.ID)
		}
	}
	return ids
}

func checkAnswers(open []ToolCall, answers map[string]Resolution) error {
	known := map[string]bool{}
	for _, call := range open {
		known[call.ID] = true
		if _, ok := answers[call.ID]; !ok {
			return fmt.Errorf("call %s of tool %s is not resolved", call.ID, call.Name)
		}
	}
	for _, id := range sortedKeys(answers) {
		if !known[id] {
			return fmt.Errorf("call %s is resolved, but is not open in the history", id)
		}
	}
	return nil
}
