package agent

// Event is something that happens in a run: [PartStartEvent], [PartDeltaEvent], [PartEndEvent], [ToolCallEvent],
// [ToolResultEvent] or [FinalResultEvent].
type Event interface{ event() }

// PartStartEvent says that a part of a response begins. Index numbers the parts of the response, as in [Delta].
type PartStartEvent struct {
	Index int
	Part  ResponsePart // what is known of it
}

// PartDeltaEvent adds to a part that has begun.
type PartDeltaEvent struct{ Delta Delta }

// PartEndEvent says that a part is whole: the next one begins, or the response ends.
type PartEndEvent struct {
	Index int
	Part  ResponsePart
}

// ToolCallEvent says that a call is about to be carried out, or, when its arguments are not valid, that it is not.
type ToolCallEvent struct {
	Call  ToolCall
	Valid bool
}

// ToolResultEvent says how a call ended. The events of calls that are carried out at the same time come in the order in
// which they end.
type ToolResultEvent struct {
	Result InputPart // a [ToolReturn] or a [RetryPrompt]
}

// FinalResultEvent says that the output is there. Tool and CallID are of the output tool's call, if it was made by one.
type FinalResultEvent struct{ Tool, CallID string }

func (PartStartEvent) event()   {}
func (PartDeltaEvent) event()   {}
func (PartEndEvent) event()     {}
func (ToolCallEvent) event()    {}
func (ToolResultEvent) event()  {}
func (FinalResultEvent) event() {}
