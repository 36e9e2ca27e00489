package openaimodel

import (
	"errors"
	"fmt"

	"github.com/openai/openai-go/v3/responses"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// place is where a piece belongs: an item, and the content or the summary in it.
type place struct {
	item  string
	index int64
}

// responsesDeltas turns the events of a stream into deltas.
type responsesDeltas struct {
	model   *Responses
	yield   func(agent.Delta, error) bool
	parts   map[place]int   // indexes of parts
	args    map[string]bool // items whose arguments came in pieces
	refusal string          // as far as it has come
}

// event passes on what an event holds, and returns false when there is no more to come.
func (d *responsesDeltas) event(e responses.ResponseStreamEventUnion) bool {
	switch e.Type {
	case "response.created":
		return d.yield(agent.ResponseDelta{Model: e.Response.Model, Provider: d.model.provider, ID: e.Response.ID}, nil)
	case "response.output_item.added":
		return d.added(e.Item)
	case "response.output_item.done":
		return d.done(e.Item)
	case "response.output_text.delta":
		return d.yield(agent.TextDelta{Index: d.at(e.ItemID, e.ContentIndex), ID: e.ItemID, Text: e.Delta}, nil)
	case "response.reasoning_summary_text.delta":
		return d.yield(agent.ThinkingDelta{Index: d.at(e.ItemID, e.SummaryIndex), ID: e.ItemID, Text: e.Delta}, nil)
	case "response.reasoning_text.delta":
		return d.yield(agent.ThinkingDelta{Index: d.at(e.ItemID, e.ContentIndex), ID: e.ItemID, Text: e.Delta}, nil)
	case "response.function_call_arguments.delta":
		d.args[e.ItemID] = true
		return d.yield(agent.ToolCallDelta{Index: d.at(e.ItemID, 0), Args: e.Delta}, nil)
	case "response.refusal.delta":
		d.refusal += e.Delta
	case "response.completed", "response.incomplete", "response.failed":
		return d.ended(e.Response)
	case "error":
		return d.yield(nil, d.model.streamError(e.RawJSON(), fmt.Errorf("%s: %w", e.Code, errors.New(e.Message))))
	}
	return true
}

// at returns the index of the part at a place.
func (d *responsesDeltas) at(item string, index int64) int {
	p := place{item, index}
	if _, known := d.parts[p]; !known {
		d.parts[p] = len(d.parts)
	}
	return d.parts[p]
}

func (d *responsesDeltas) added(item responses.ResponseOutputItemUnion) bool {
	if item.Type != "function_call" {
		return true
	}
	call := item.AsFunctionCall()
	d.args[call.ID] = call.Arguments != ""
	return d.yield(agent.ToolCallDelta{
		Index: d.at(call.ID, 0), ID: call.CallID, ItemID: call.ID, Name: call.Name, Args: call.Arguments,
	}, nil)
}

// done passes on what an item holds that did not come in pieces.
func (d *responsesDeltas) done(item responses.ResponseOutputItemUnion) bool {
	switch item.Type {
	case "function_call":
		if call := item.AsFunctionCall(); !d.args[call.ID] && call.Arguments != "" {
			return d.yield(agent.ToolCallDelta{
				Index: d.at(call.ID, 0), ID: call.CallID, ItemID: call.ID, Name: call.Name, Args: call.Arguments,
			}, nil)
		}
	case "reasoning":
		if item.EncryptedContent != "" {
			return d.yield(agent.ThinkingDelta{Index: d.at(item.ID, 0), ID: item.ID, Signature: item.EncryptedContent}, nil)
		}
	default:
		if call, ok := builtinCall(item); ok {
			return d.yield(agent.PartDelta{Index: d.at(item.ID, 0), Part: call}, nil)
		}
	}
	return true
}

func (d *responsesDeltas) ended(r responses.Response) bool {
	usage := responsesUsage(r.Usage)
	end := agent.ResponseDelta{Model: r.Model, Provider: d.model.provider, ID: r.ID, Usage: &usage, Details: map[string]any{}}
	about(r, d.refusal, end.Details)
	if d.refusal != "" {
		end.FinishReason = agent.FinishContentFilter
	} else {
		end.FinishReason = finished(r, end.Details)
	}
	if !d.yield(end, nil) {
		return false
	}
	if r.Error.Message != "" || r.Error.Code != "" {
		return d.yield(nil, d.model.failed(r))
	}
	return true
}
