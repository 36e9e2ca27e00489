package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

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
	stamped := *identified(response)
	stamped.RunID, stamped.ConversationID = r.id, r.conversation
	if stamped.At.IsZero() {
		stamped.At = time.Now()
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
		text, err := caught(ctx, instructions)
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
		messages, err := caught(r.scoped(ctx), func(ctx context.Context) ([]Message, error) {
			return process(ctx, r.messages[:len(r.messages):len(r.messages)])
		})
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
	response, err := caught(ctx, func(ctx context.Context) (*Response, error) { return r.model.Request(ctx, req) })
	if err == nil && response == nil {
		err = errors.New("the model returned neither a response nor an error")
	}
	return response, err
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
