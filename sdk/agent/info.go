package agent

import "context"

// RunInfo tells a tool, an output function, a validator, instructions or a history processor about the run that it is part
// of.
type RunInfo struct {
	RunID          string
	ConversationID string
	AgentName      string
	Step           int       // requests that the run has made, the current one included: 1 in the first
	Usage          Usage     // so far
	Messages       []Message // so far; not to be changed
	ToolName       string    // of a tool's or output tool's call
	ToolCallID     string    // of a tool's or output tool's call
	Retry          int       // how often in a row the tool, or in the run the output, was tried before
	MaxRetries     int       // how often it may be tried again
	Approved       bool      // the call waited for approval, and got it
}

// scope is what a context knows of a run.
type scope struct {
	info  RunInfo
	meter *meter
}

type scopeKey struct{}

// Info returns what a run's functions may know about it. It is false outside of a run.
func Info(ctx context.Context) (RunInfo, bool) {
	s, ok := ctx.Value(scopeKey{}).(*scope)
	if !ok {
		return RunInfo{}, false
	}
	info := s.info
	info.Usage = s.meter.total()
	return info, true
}

// scoped returns a context for functions of the application that are called now.
func (r *run) scoped(ctx context.Context) context.Context {
	return r.scopedCall(ctx, ToolCall{}, r.outputRetries, r.maxOutputRetries(), false)
}

// scopedCall returns a context for the function of a call.
func (r *run) scopedCall(ctx context.Context, call ToolCall, retry, maxRetries int, approved bool) context.Context {
	return context.WithValue(ctx, scopeKey{}, &scope{meter: r.meter, info: RunInfo{
		RunID: r.id, ConversationID: r.conversation, AgentName: r.config.name, Step: r.step,
		Messages: r.messages[:len(r.messages):len(r.messages)],
		ToolName: call.Name, ToolCallID: call.ID, Retry: retry, MaxRetries: maxRetries, Approved: approved,
	}})
}
