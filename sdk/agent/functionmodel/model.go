// Package functionmodel is a model that is a function of the application, for tests: it sees the whole request and answers
// what it likes. Nothing reaches a provider.
package functionmodel

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"strings"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/internal/estimate"
)

// Func answers a request. It may be called from several goroutines at once.
type Func func(ctx context.Context, req *agent.Request) (*agent.Response, error)

// StreamFunc answers a request piece by piece.
type StreamFunc func(ctx context.Context, req *agent.Request) iter.Seq2[agent.Delta, error]

// Model is the model. It is safe for concurrent use when its functions are.
type Model struct {
	function Func
	stream   StreamFunc
	name     string
}

// Option changes a model.
type Option func(*Model)

// Name names the model, in place of the names of its functions.
func Name(name string) Option { return func(m *Model) { m.name = name } }

// Stream sets the function that answers streamed requests. Without it a stream is what the other function answers, in one
// piece for each part.
func Stream(fn StreamFunc) Option { return func(m *Model) { m.stream = fn } }

// New makes a model of a function. Fn may be nil when the model is only streamed.
func New(fn Func, opts ...Option) *Model {
	m := &Model{function: fn}
	for _, option := range opts {
		option(m)
	}
	if m.name == "" {
		m.name = fmt.Sprintf("function:%s:%s", nameOf(fn), nameOf(m.stream))
	}
	return m
}

// Text makes a model that always answers with a text.
func Text(text string) *Model {
	return New(func(context.Context, *agent.Request) (*agent.Response, error) {
		return &agent.Response{Parts: []agent.ResponsePart{agent.Text{Text: text}}}, nil
	}, Name("function:text:"))
}

// nameOf returns the last part of a function's name, as Go names it.
func nameOf(fn any) string {
	v := reflect.ValueOf(fn)
	if v.IsNil() {
		return ""
	}
	name := runtime.FuncForPC(v.Pointer()).Name()
	return name[strings.LastIndexByte(name, '.')+1:]
}

// Name returns the model's name: function:f:s with the names of its functions, unless it was given one.
func (m *Model) Name() string { return m.name }

// Provider returns "function".
func (m *Model) Provider() string { return "function" }

// BaseURL returns an empty string.
func (m *Model) BaseURL() string { return "" }

// Request calls the function. What the response does not tell is filled in: the model, the provider, and a usage that is
// estimated from the length of the texts.
func (m *Model) Request(ctx context.Context, req *agent.Request) (*agent.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if m.function == nil {
		return nil, fmt.Errorf("model %s: it has no function for requests that are not streamed", m.name)
	}
	answer, err := m.function(ctx, req)
	if err != nil {
		return nil, err
	}
	if answer == nil {
		return nil, fmt.Errorf("model %s: the function returned neither a response nor an error", m.name)
	}
	response := *answer
	response.Model, response.Provider = m.name, m.Provider()
	if response.Usage.TotalTokens() == 0 {
		response.Usage = estimate.Usage(req.Messages, &response)
	}
	return &response, nil
}

// Stream calls the function for streams, or plays what the other function answers.
func (m *Model) Stream(ctx context.Context, req *agent.Request) (iter.Seq2[agent.Delta, error], error) {
	if m.stream == nil {
		response, err := m.Request(ctx, req)
		if err != nil {
			return nil, err
		}
		return agent.Deltas(response), nil
	}
	return func(yield func(agent.Delta, error) bool) {
		usage := estimate.Usage(nil, nil)
		if !yield(agent.ResponseDelta{Model: m.name, Provider: m.Provider(), Usage: &usage}, nil) {
			return
		}
		for delta, err := range m.stream(ctx, req) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if told, ok := delta.(agent.ResponseDelta); ok && told.Usage != nil {
				usage = *told.Usage
			} else if tokens := estimate.Delta(delta); tokens > 0 {
				usage.OutputTokens += tokens
				now := usage
				if !yield(agent.ResponseDelta{Usage: &now}, nil) {
					return
				}
			}
			if !yield(delta, nil) {
				return
			}
		}
	}, nil
}
