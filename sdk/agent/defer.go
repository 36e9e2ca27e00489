package agent

import (
	"encoding/json"
	"fmt"
	"strings"
)

// deferral is a call whose answer comes from outside of the run.
type deferral struct {
	approval bool
	meta     any
}

// deferral tells the span of the call, in PydanticAI's words.
func (d *deferral) deferral() (name string, metadata any) {
	if d.approval {
		return "ApprovalRequired", d.meta
	}
	return "CallDeferred", d.meta
}

func (d *deferral) Error() string {
	if d.approval {
		return "the call needs approval"
	}
	return "the call is answered outside of the run"
}

// Deferred returns an error by which a tool says that its result comes later, from outside: the run ends with a
// *[DeferredError] that holds the open calls. Meta tells the application what it wants to know; nil is fine.
func Deferred(meta any) error { return &deferral{meta: meta} }

// NeedsApproval returns an error by which a tool says that somebody must allow the call first; see [Deferred]. When the tool
// is called again with approval, [RunInfo].Approved is true.
func NeedsApproval(meta any) error { return &deferral{approval: true, meta: meta} }

// DeferredError ends a run that cannot go on by itself: calls wait for approval, or for results from outside. It is found
// with [errors.As]. The run is continued by a new one with [History] of Messages and [Resolve] of every open call.
type DeferredError struct {
	Open     []DeferredCall
	Messages []Message // the whole conversation, results of the other calls of the last response included
}

// DeferredCall is a call that waits.
type DeferredCall struct {
	ToolCall
	Approval bool // it waits for approval; otherwise for a result
	Meta     any  // as the tool gave it
}

// Error names the tools whose calls wait.
func (e *DeferredError) Error() string {
	names := make([]string, len(e.Open))
	for i, call := range e.Open {
		names[i] = call.Name
	}
	return fmt.Sprintf("%d open calls wait for approval or results: %s", len(e.Open), strings.Join(names, ", "))
}

// requests returns the open calls for telemetry, in the shape of PydanticAI's DeferredToolRequests.
func (e *DeferredError) requests() any {
	type request struct {
		Name string `json:"tool_name"`
		Args any    `json:"args"`
		ID   string `json:"tool_call_id"`
		Kind string `json:"part_kind"`
	}
	waiting := struct {
		Calls     []request      `json:"calls"`
		Approvals []request      `json:"approvals"`
		Metadata  map[string]any `json:"metadata"`
	}{[]request{}, []request{}, map[string]any{}}
	for _, call := range e.Open {
		r := request{Name: call.Name, Args: call.Args, ID: call.ID, Kind: "tool-call"}
		if call.Approval {
			waiting.Approvals = append(waiting.Approvals, r)
		} else {
			waiting.Calls = append(waiting.Calls, r)
		}
		if call.Meta != nil {
			waiting.Metadata[call.ID] = call.Meta
		}
	}
	return waiting
}

// Resolution answers an open call.
type Resolution struct {
	kind  resolutionKind
	args  json.RawMessage
	value any
	text  string
}

type resolutionKind int

const (
	resolvedByApproval resolutionKind = iota
	resolvedByDenial
	resolvedByValue
	resolvedByRetry
)

// Approve lets the tool be called.
func Approve() Resolution { return Resolution{kind: resolvedByApproval} }

// ApproveWith lets the tool be called with other arguments.
func ApproveWith(args json.RawMessage) Resolution {
	return Resolution{kind: resolvedByApproval, args: args}
}

// Deny tells the model that the call was not allowed. An empty reason is "The tool call was denied."
func Deny(reason string) Resolution {
	if reason == "" {
		reason = "The tool call was denied."
	}
	return Resolution{kind: resolvedByDenial, value: reason}
}

// Return answers a call with a result from outside: a string, or a value that encoding/json can write.
func Return(value any) Resolution { return Resolution{kind: resolvedByValue, value: value} }

// AskAgain answers a call by asking the model to try again.
func AskAgain(why string) Resolution { return Resolution{kind: resolvedByRetry, text: why} }

// Resolve answers the open calls of the history, by their ids; see [DeferredError]. Calls that stay open are an error of the
// run.
func Resolve(answers map[string]Resolution) RunOption {
	return func(c *runConfig) { c.answers = answers }
}
