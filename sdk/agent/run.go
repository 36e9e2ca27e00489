package agent

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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

// outcome is where the handling of a response leads: to an output, or to another request.
type outcome struct {
	done  bool
	value any
	next  *Input
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

// ask sends the conversation with another input, and returns the answer.
func (r *run) ask(ctx context.Context, input *Input) (*Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.step++
	r.countRetries()
	if err := r.prepareTools(ctx); err != nil {
		return nil, err
	}
	instructions, err := r.instructions(ctx)
	if err != nil {
		return nil, err
	}
	input.Instructions = instructions
	r.messages = append(r.messages, input)
	if err := r.processHistory(ctx); err != nil {
		return nil, err
	}
	if err := r.meter.beforeRequest(); err != nil {
		return nil, err
	}
	response, err := r.request(ctx, &Request{
		Messages:     merged(r.messages[:len(r.messages):len(r.messages)]),
		Instructions: joined(instructions, r.output.instructions()),
		Settings:     r.settings, Tools: r.tools.definitions, Output: r.output.definition,
	})
	if err != nil {
		return nil, err
	}
	response = r.stamped(response)
	if err := r.count(response); err != nil {
		return nil, err
	}
	r.messages = append(r.messages, response)
	return response, nil
}

// count counts what a response used, against the limits.
func (r *run) count(response *Response) error {
	r.meter.add(response.Usage.Add(Usage{Requests: 1}))
	if err := r.meter.afterResponse(response.Usage); err != nil || !r.meter.countsCost() {
		return err
	}
	cost, known := r.recorded.cost(targetOf(r.model), response)
	if !known {
		return exceeded("The cost_limit cannot be held: nobody knows the price of %s", response.Model)
	}
	return r.meter.charge(Money(cost.NanoUSD))
}

// stamped returns a response with what the run knows about it; the model may keep its own.
func (r *run) stamped(response *Response) *Response {
	stamped := *response
	stamped.RunID, stamped.ConversationID = r.id, r.conversation
	if stamped.At.IsZero() {
		stamped.At = time.Now()
	}
	copied := false
	for i, part := range stamped.Parts {
		if call, ok := part.(ToolCall); ok && call.ID == "" {
			if !copied {
				stamped.Parts, copied = slices.Clone(stamped.Parts), true
			}
			call.ID = "call_" + strings.ReplaceAll(uuid.NewString(), "-", "")
			stamped.Parts[i] = call
		}
	}
	return &stamped
}

// instructions returns those of the next request.
func (r *run) instructions(ctx context.Context) (string, error) {
	if len(r.config.instructions) == 0 {
		return "", nil
	}
	ctx = r.scoped(ctx)
	texts := make([]string, 0, len(r.config.instructions))
	for _, instructions := range r.config.instructions {
		text, err := instructions(ctx)
		if err != nil {
			return "", fmt.Errorf("instructions: %w", err)
		}
		texts = append(texts, text)
	}
	return joined(texts...), nil
}

// joined joins texts by blank lines; empty ones are left out.
func joined(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), "\n\n")
}

func (r *run) processHistory(ctx context.Context) error {
	for _, process := range r.config.processors {
		messages, err := process(r.scoped(ctx), r.messages[:len(r.messages):len(r.messages)])
		if err != nil {
			return fmt.Errorf("history processor: %w", err)
		}
		if len(messages) == 0 {
			return errors.New("history processor: it left nothing of the conversation")
		}
		if _, ok := messages[len(messages)-1].(*Input); !ok {
			return errors.New("history processor: the conversation does not end with an input")
		}
		r.messages = slices.Clone(messages)
	}
	return nil
}

// request asks the model, in one piece or in many.
func (r *run) request(ctx context.Context, req *Request) (*Response, error) {
	if r.emit != nil {
		return r.requestStream(ctx, req)
	}
	response, err := r.model.Request(ctx, req)
	if err == nil && response == nil {
		err = errors.New("the model returned neither a response nor an error")
	}
	return response, err
}

// handle does what a response asks for.
func (r *run) handle(ctx context.Context, response *Response) (outcome, error) {
	if calls := response.ToolCalls(); len(calls) > 0 {
		return r.handleCalls(ctx, response, calls, nil)
	}
	text := answer(response)
	if text == "" && thinkingOnly(response) {
		switch response.FinishReason {
		case FinishLength:
			return outcome{}, &UnexpectedBehaviorError{Message: fmt.Sprintf("Model token limit (%s) exceeded before any response was generated. Increase the `max_tokens` model setting, or simplify the prompt to result in a shorter response that will fit within the limit.", r.tokenLimit())}
		case FinishContentFilter:
			return outcome{}, &ContentFilterError{Response: response}
		}
	}
	if text != "" && r.output.takesText() {
		return r.handleText(ctx, text)
	}
	return r.again(RetryPrompt{Text: r.noOutput()}, nil)
}

// answer returns the text that may be the output: what comes before a tool of the provider's is thinking aloud, unless nothing
// follows.
func answer(response *Response) string {
	var text, before string
	for _, part := range response.Parts {
		switch part := part.(type) {
		case Text:
			text += part.Text
		case ToolCall:
			if text != "" {
				before = text
			}
			text = ""
		}
	}
	if text == "" {
		return before
	}
	return text
}

// thinkingOnly tells whether a response has nothing but thinking and empty text.
func thinkingOnly(response *Response) bool {
	return !slices.ContainsFunc(response.Parts, func(part ResponsePart) bool {
		text, isText := part.(Text)
		_, isThinking := part.(Thinking)
		return !isThinking && (!isText || text.Text != "")
	})
}

func (r *run) tokenLimit() string {
	if r.settings.MaxTokens == nil {
		return "provider default"
	}
	return fmt.Sprint(*r.settings.MaxTokens)
}

// noOutput tells the model what it may answer.
func (r *run) noOutput() string {
	var ways []string
	if r.output.takesText() {
		ways = append(ways, "return text")
	}
	if len(r.output.byTool) > 0 {
		ways = append(ways, "include your response in a tool call")
	} else if len(r.tools.definitions) > 0 {
		ways = append(ways, "call a tool")
	}
	return "Please " + strings.Join(ways, " or ") + "."
}

// handleText makes the output of a text.
func (r *run) handleText(ctx context.Context, text string) (outcome, error) {
	scoped := r.scoped(ctx)
	value, err := func() (any, error) {
		produce, err := r.output.fromText(text)
		if err != nil {
			return nil, err
		}
		return r.produce(scoped, r.output.structured, ToolCall{}, produce)
	}()
	var retry *RetryError
	if errors.As(err, &retry) {
		return r.again(retry.prompt(ToolCall{}), err)
	}
	if err != nil {
		return outcome{}, err
	}
	return outcome{done: true, value: value}, r.tell(FinalResultEvent{})
}

// produce makes an output and validates it.
func (r *run) produce(ctx context.Context, v *Variant, call ToolCall, make func(context.Context) (any, error)) (any, error) {
	value, err := r.makeOutput(ctx, v, call, make)
	if err != nil {
		return nil, outputError(err)
	}
	for _, validate := range r.output.validators {
		if value, err = caught(ctx, func(ctx context.Context) (any, error) { return validate(ctx, value) }); err != nil {
			return nil, outputError(err)
		}
	}
	return value, nil
}

// makeOutput makes an output. A function of the application that makes it is recorded as a tool is.
func (r *run) makeOutput(ctx context.Context, v *Variant, call ToolCall, make func(context.Context) (any, error)) (value any, err error) {
	if v == nil || !v.function {
		return caught(ctx, make)
	}
	ctx, span := startTool(ctx, r.recorded, toolStart{name: cmp.Or(call.Name, v.name), id: call.ID, args: call.Args, output: true})
	defer func() { span.end(value, err) }()
	return caught(ctx, make)
}

// outputError says what failed, except that a wish for a retry stays as it is.
func outputError(err error) error {
	var retry *RetryError
	if errors.As(err, &retry) {
		return retry
	}
	return fmt.Errorf("output: %w", err)
}

func (e *RetryError) prompt(call ToolCall) RetryPrompt {
	return RetryPrompt{ID: call.ID, Name: call.Name, Text: e.Text, Invalid: e.Invalid, At: time.Now()}
}

// again asks for the output once more, as often as it may be asked for.
func (r *run) again(prompt RetryPrompt, cause error) (outcome, error) {
	r.outputRetries++
	if r.outputRetries > r.maxOutputRetries() {
		return outcome{}, r.tooManyOutputRetries(cause)
	}
	prompt.At = time.Now()
	return outcome{next: r.input([]InputPart{prompt})}, nil
}

func (r *run) maxOutputRetries() int {
	if r.config.outputRetries != nil {
		return *r.config.outputRetries
	}
	return r.config.retries
}

func (r *run) tooManyOutputRetries(cause error) error {
	if err := r.cutOff(); err != nil {
		return err
	}
	return &UnexpectedBehaviorError{Message: fmt.Sprintf("Exceeded maximum output retries (%d)", r.maxOutputRetries()), Err: cause}
}

// cutOff tells whether the last response ended in the middle of a call, because of the limit of tokens.
func (r *run) cutOff() error {
	last, ok := r.messages[len(r.messages)-1].(*Response)
	if !ok || last.FinishReason != FinishLength || len(last.Parts) == 0 {
		return nil
	}
	call, ok := last.Parts[len(last.Parts)-1].(ToolCall)
	if !ok {
		return nil
	}
	if args, err := arguments(call.Args); err == nil && json.Valid(args) && bytes.HasPrefix(args, []byte("{")) {
		return nil
	}
	return &UnexpectedBehaviorError{Message: fmt.Sprintf("Model token limit (%s) exceeded while generating a tool call, resulting in incomplete arguments. Increase the `max_tokens` model setting, or simplify the prompt to result in a shorter response that will fit within the limit.", r.tokenLimit())}
}

// countRetries counts, at the start of a step, the tools that failed in the one before; who did not fail starts anew.
func (r *run) countRetries() {
	retries := make(map[string]int, len(r.failed))
	for name := range r.failed {
		retries[name] = r.retries[name] + 1
	}
	r.retries = retries
	clear(r.failed)
}

// noteFailure counts that a tool asked for a retry in this step, which it may do so often.
func (r *run) noteFailure(name string, maxRetries int, cause error) error {
	if r.retries[name] >= maxRetries {
		if err := r.cutOff(); err != nil {
			return err
		}
		return &UnexpectedBehaviorError{Message: fmt.Sprintf("Tool '%s' exceeded max retries count of %d", name, maxRetries), Err: cause}
	}
	r.failed[name] = true
	return nil
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
