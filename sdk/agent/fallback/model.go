// Package fallback is a model that asks one model after the other until one answers.
package fallback

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"strings"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// Model is the model. It does not change and is safe for concurrent use.
type Model struct {
	models  []agent.Model
	on      func(error) bool
	refused func(*agent.Response) bool
}

// New makes a model that asks the first one, and the others in order when it fails: when the provider refuses (an
// *[agent.ModelHTTPError]) or cannot be reached (a [net.Error]). Other errors are errors of the request.
func New(first agent.Model, others ...agent.Model) *Model {
	return &Model{models: append([]agent.Model{first}, others...), on: unavailable}
}

func unavailable(err error) bool {
	_, refused := errors.AsType[*agent.ModelHTTPError](err)
	_, unreachable := errors.AsType[net.Error](err)
	return refused || unreachable
}

// On returns a model that asks the next one when the function says so of an error; m is not changed.
func (m *Model) On(next func(error) bool) *Model {
	other := *m
	other.on = next
	return &other
}

// Refuse returns a model that also asks the next one when the function says so of a response; m is not changed. Responses
// that are streamed are not asked about: what has been passed on cannot be taken back.
func (m *Model) Refuse(next func(*agent.Response) bool) *Model {
	other := *m
	other.refused = next
	return &other
}

// errRefused stands for a response that was not acceptable.
var errRefused = errors.New("the response was refused")

// Name returns the names of the models: fallback:first,second.
func (m *Model) Name() string { return "fallback:" + m.each(agent.Model.Name) }

// Provider returns the providers of the models: fallback:first,second.
func (m *Model) Provider() string { return "fallback:" + m.each(agent.Model.Provider) }

// BaseURL returns that of the first model.
func (m *Model) BaseURL() string { return m.models[0].BaseURL() }

func (m *Model) each(text func(agent.Model) string) string {
	texts := make([]string, len(m.models))
	for i, model := range m.models {
		texts[i] = text(model)
	}
	return strings.Join(texts, ",")
}

// Request asks the models. When none answers the error joins those of all.
func (m *Model) Request(ctx context.Context, req *agent.Request) (*agent.Response, error) {
	var failures []error
	for _, model := range m.models {
		response, err := model.Request(ctx, req)
		if err == nil && m.refused != nil && m.refused(response) {
			err = errRefused
		} else if err == nil {
			agent.AnsweredBy(ctx, model)
			return response, nil
		} else if !m.next(ctx, err) {
			return nil, err
		}
		failures = append(failures, fmt.Errorf("%s: %w", model.Name(), err))
	}
	return nil, errors.Join(failures...)
}

// next tells whether an error is one after which the next model is asked.
func (m *Model) next(ctx context.Context, err error) bool { return ctx.Err() == nil && m.on(err) }

// Stream asks the models when the sequence is consumed. The next one is asked only as long as nothing has arrived.
func (m *Model) Stream(ctx context.Context, req *agent.Request) (iter.Seq2[agent.Delta, error], error) {
	return func(yield func(agent.Delta, error) bool) {
		var failures []error
		for _, model := range m.models {
			err := m.pass(ctx, model, req, yield)
			if err == nil {
				return
			}
			if !m.next(ctx, err) {
				yield(nil, err)
				return
			}
			failures = append(failures, fmt.Errorf("%s: %w", model.Name(), err))
		}
		yield(nil, errors.Join(failures...))
	}, nil
}

// pass passes the stream of one model on. The error is one that came before any part; later ones are passed on. What is told
// about the response as a whole waits for the first part: it would be wrong of another model's response.
func (m *Model) pass(ctx context.Context, model agent.Model, req *agent.Request, yield func(agent.Delta, error) bool) error {
	deltas, err := model.Stream(ctx, req)
	if err != nil {
		return err
	}
	begun := false
	var waiting []agent.Delta
	begin := func() bool {
		begun = true
		agent.AnsweredBy(ctx, model)
		for _, delta := range waiting {
			if !yield(delta, nil) {
				return false
			}
		}
		return true
	}
	for delta, err := range deltas {
		if _, whole := delta.(agent.ResponseDelta); !begun {
			if err != nil {
				return err
			}
			if whole {
				waiting = append(waiting, delta)
				continue
			}
			if !begin() {
				return nil
			}
		}
		if !yield(delta, err) {
			return nil
		}
	}
	if !begun {
		begin() // the response has no parts
	}
	return nil
}
