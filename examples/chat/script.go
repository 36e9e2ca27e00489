package main

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/examples/internal/script"
	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

// scriptedModel answers a little slower than one reads, word by word.
func scriptedModel() agent.Model {
	return functionmodel.New(nil, functionmodel.Name("scripted"), functionmodel.Stream(
		func(ctx context.Context, request *agent.Request) iter.Seq2[agent.Delta, error] {
			return func(yield func(agent.Delta, error) bool) {
				for word := range strings.SplitAfterSeq(reply(request), " ") {
					select {
					case <-ctx.Done():
						yield(nil, ctx.Err())
						return
					case <-time.After(30 * time.Millisecond):
					}
					if !yield(agent.TextDelta{Text: word}, nil) {
						return
					}
				}
				yield(agent.ResponseDelta{FinishReason: agent.FinishStop}, nil)
			}
		}))
}

// reply is what the seller says.
func reply(request *agent.Request) string {
	question := strings.ToLower(script.Question(request))
	switch {
	case strings.Contains(question, "green"):
		return "Our Sencha is fresh and grassy: 9 € for 100 g. Shall I put a bag aside?"
	case strings.Contains(question, "black"):
		return "I would take the Assam: strong and malty, 7 € for 100 g. It likes milk."
	case strings.Contains(question, "yes") && len(request.Messages) > 1:
		return "Done: it waits for you until Saturday."
	default:
		return "Welcome! Do you like green tea or black tea?"
	}
}
