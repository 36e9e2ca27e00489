package agent

import (
	"iter"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Not every model names its calls, and results are told apart by the names. They are given before anything is recorded, so
// that the span of a request and those of its tools say the same.

func newCallID() string { return "call_" + strings.ReplaceAll(uuid.NewString(), "-", "") }

// identified returns a response whose calls have ids; the one that it was given is not changed.
func identified(response *Response) *Response {
	unnamed := func(part ResponsePart) bool {
		call, ok := part.(ToolCall)
		return ok && call.ID == ""
	}
	if response == nil || !slices.ContainsFunc(response.Parts, unnamed) {
		return response
	}
	named := *response
	named.Parts = slices.Clone(response.Parts)
	for i, part := range named.Parts {
		if unnamed(part) {
			call, _ := part.(ToolCall)
			call.ID = newCallID()
			named.Parts[i] = call
		}
	}
	return &named
}

// identifiedDeltas gives each call an id with the first piece of it. An id that the model tells later replaces that one.
func identifiedDeltas(deltas iter.Seq2[Delta, error]) iter.Seq2[Delta, error] {
	return func(yield func(Delta, error) bool) {
		begun := map[int]bool{}
		for delta, err := range deltas {
			switch d := delta.(type) {
			case ToolCallDelta:
				if d.ID == "" && !begun[d.Index] {
					d.ID = newCallID()
					delta = d
				}
				begun[d.Index] = true
			case PartDelta:
				if call, ok := d.Part.(ToolCall); ok && call.ID == "" {
					call.ID = newCallID()
					delta = PartDelta{Index: d.Index, Part: call}
				}
			}
			if !yield(delta, err) {
				return
			}
		}
	}
}
