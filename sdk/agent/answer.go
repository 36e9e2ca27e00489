package agent

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// outcome is where the handling of a response leads: to an output, or to another request.
type outcome struct {
	done  bool
	value any
	next  *Input
}

// handle does what a response asks for.
func (r *run) handle(ctx context.Context, response *Response) (outcome, error) {
	if calls := response.ToolCalls(); len(calls) > 0 {
		return r.handleCalls(ctx, calls, nil)
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
