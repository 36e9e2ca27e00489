package provider

import (
	"context"
	"iter"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// Allowed passes on what a request is made with, and forbids it where [agent.AllowModelRequests] does. An error in the
// request itself comes first.
func Allowed[P any](params P, err error) (P, error) {
	if err != nil {
		return params, err
	}
	return params, agent.AllowModelRequests()
}

// EventStream is an answer that comes in events, as the SDKs of OpenAI and Anthropic give it.
type EventStream[E any] interface {
	Next() bool
	Current() E
	Err() error
	Close() error
}

// Events asks for an answer in events and returns them, to be read once. A refusal comes before the first event; what breaks
// later is the last element. Both have gone through refused. The request ends when the reader stops.
func Events[P, O, E any, S EventStream[E]](
	ctx context.Context, ask func(context.Context, P, ...O) S, params P, refused func(error) error,
) (iter.Seq2[E, error], error) {
	ctx, cancel := context.WithCancel(ctx)
	stream := ask(ctx, params)
	if err := stream.Err(); err != nil {
		cancel()
		return nil, refused(err)
	}
	return func(yield func(E, error) bool) {
		defer cancel()
		defer stream.Close()
		for stream.Next() {
			if !yield(stream.Current(), nil) {
				return
			}
		}
		if err := stream.Err(); err != nil {
			var none E
			yield(none, refused(err))
		}
	}, nil
}

// Each has read make deltas of each event, until it returns false: then nobody wants more. An error goes to yield. Each
// returns true when the events came to their end.
func Each[E any](events iter.Seq2[E, error], yield func(agent.Delta, error) bool, read func(E) bool) bool {
	for event, err := range events {
		if err != nil {
			yield(nil, err)
			return false
		}
		if !read(event) {
			return false
		}
	}
	return true
}
