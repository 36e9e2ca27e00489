package genai

import (
	"encoding/json"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/sdk/prices"
)

// Conversation is what was said in a trace, or below one span of it.
type Conversation struct {
	TraceID    string   `json:"trace_id"`
	SpanID     string   `json:"span_id,omitempty"` // the agent's run, the call or the span it is of; empty for a whole trace
	ToolCallID string   `json:"tool_call_id,omitempty"`
	AfterTurns int      `json:"after_turns,omitempty"` // of an agent below: how many turns of the conversation around it come before it
	Kind       Kind     `json:"kind"`
	Agent      AgentRef `json:"agent,omitzero"`

	Start           *time.Time `json:"start,omitempty"`
	DurationSeconds *float64   `json:"duration_seconds,omitempty"`
	Running         bool       `json:"running,omitempty"` // something in it has not ended
	Waiting         []Wait     `json:"waiting,omitempty"` // what has not ended and waits for nothing below it

	ConversationID string `json:"conversation_id,omitempty"`
	SessionID      string `json:"session_id,omitempty"`
	UserID         string `json:"user_id,omitempty"`
	RunID          string `json:"run_id,omitempty"`

	Providers []string `json:"providers"`
	Models    []string `json:"models"`
	System    []Part   `json:"system,omitempty"` // of the first call
	Config

	Turns  []Turn          `json:"turns"`
	Ran    []ToolRun       `json:"ran,omitempty"` // executions of tools that no message tells of, and retrievals, by start
	Tools  []ToolUse       `json:"tools"`
	Agents []*Conversation `json:"agents"` // the agents that ran below, by start

	Usage         Usage `json:"usage,omitzero"` // of all calls, those of agents below too, each counted once
	Cost          *Cost `json:"cost,omitempty"` // of the calls whose cost is known
	Calls         int   `json:"calls"`          // model calls, those of agents below too
	UnpricedCalls int   `json:"unpriced_calls"` // of them, those with tokens but without a cost

	Errors         []Failure `json:"errors"`
	Warnings       []Warning `json:"warnings,omitempty"` // not of the agents below
	Evals          []Eval    `json:"evals,omitempty"`
	Dialects       []string  `json:"dialects"`
	Truncated      bool      `json:"truncated"`       // some content was cut on its way
	ContentMissing bool      `json:"content_missing"` // some content was not captured
}

// Turn is one model call: what its request added to the dialogue, and the answer.
type Turn struct {
	TraceID         string     `json:"trace_id,omitempty"` // where it is another than the conversation's
	SpanID          string     `json:"span_id"`
	Kind            Kind       `json:"kind"`
	Start           *time.Time `json:"start,omitempty"`
	DurationSeconds *float64   `json:"duration_seconds,omitempty"`
	Running         bool       `json:"running,omitempty"`
	Provider        string     `json:"provider,omitempty"`
	RequestModel    string     `json:"request_model,omitempty"`
	ResponseModel   string     `json:"response_model,omitempty"`
	ResponseID      string     `json:"response_id,omitempty"`
	System          []Part     `json:"system,omitempty"`  // when it differs from that of the turn before
	Break           string     `json:"break,omitempty"`   // new_history, history_changed or asked_again: why it does not go on where the turn before ended
	Input           []Message  `json:"input"`             // what is new in the request
	Earlier         int        `json:"earlier,omitempty"` // how many messages Input begins with that were said before: the history handed to the first call
	Output          []Message  `json:"output"`            // one per choice
	Finish          []string   `json:"finish,omitempty"`
	Usage           Usage      `json:"usage,omitzero"`
	UsageScope      UsageScope `json:"usage_scope,omitempty"`
	Cost            *Cost      `json:"cost,omitempty"`
	TTFTSeconds     *float64   `json:"ttft_seconds,omitempty"`
	Error           *Failure   `json:"error,omitempty"`
	Truncated       bool       `json:"truncated,omitempty"`
	ContentMissing  bool       `json:"content_missing,omitempty"`
}

// ToolUse is a tool that was offered to the model, called by it, or both.
type ToolUse struct {
	ToolDef
	Offered bool `json:"offered"`
	Calls   int  `json:"calls"`
	Errors  int  `json:"errors"`
}

// Execution is what came of a tool call.
type Execution struct {
	SpanID          string          `json:"span_id,omitempty"` // empty when only the messages tell of it
	Start           *time.Time      `json:"start,omitempty"`
	DurationSeconds *float64        `json:"duration_seconds,omitempty"`
	Running         bool            `json:"running,omitempty"`
	Result          json.RawMessage `json:"result,omitempty"`
	IsError         bool            `json:"is_error,omitempty"`
	ErrorType       string          `json:"error_type,omitempty"`
	ErrorMessage    string          `json:"error_message,omitempty"`
	Stage           string          `json:"stage,omitempty"`    // where it failed, such as validation
	Deferral        string          `json:"deferral,omitempty"` // why it was put off: CallDeferred, ApprovalRequired
	Agents          []string        `json:"agents,omitempty"`   // span ids of the agents that ran in it
}

// ToolRun is an execution with what was executed. That of a retrieval has documents as its result.
type ToolRun struct {
	Kind   Kind            `json:"kind"` // tool or retrieval
	Name   string          `json:"name,omitempty"`
	CallID string          `json:"call_id,omitempty"`
	Args   json.RawMessage `json:"args,omitempty"`
	// AfterTurns is how many turns come before it.
	AfterTurns int `json:"after_turns,omitempty"`
	Execution
}

// Failure is something that went wrong.
type Failure struct {
	SpanID  string `json:"span_id"`
	Kind    Kind   `json:"kind"`
	Name    string `json:"name,omitempty"`
	Type    string `json:"type,omitempty"`
	Message string `json:"message,omitempty"`
}

// maxNesting is how deep agents are shown inside agents. Deeper ones are told as part of the last one.
const maxNesting = 32

// Build joins the records of one trace into a conversation: of the span spanID and what is below it, or of the whole
// trace when it is empty. A trace whose calls all happen in one agent's run is that run. ok is false when there is no
// such span. A trace without model calls has no turns. table is for calls that the store knows no cost of because nothing but
// the bodies of their requests tells of them; nil leaves them without one.
func Build(sources []Source, spanID string, table *prices.Table) (_ *Conversation, ok bool) {
	t := newTree(sources, table)
	b := &builder{counted: map[string]*node{}}
	if spanID == "" {
		if len(t.roots) == 0 {
			return nil, false
		}
		c := b.whole(t.roots)
		c.TraceID = sources[0].TraceID
		return c, true
	}
	if owner, ok := t.owner[spanID]; ok {
		spanID = owner
	}
	n := t.byID[spanID]
	if n == nil {
		return nil, false
	}
	return b.conversation(n, 0), true
}

// builder builds conversations of one trace.
type builder struct {
	counted map[string]*node // by response id: the call that counts; others with the same id are the same call
}

// whole builds the conversation of a trace.
func (b *builder) whole(roots []*node) *Conversation {
	if lone := loneAgent(roots); lone != nil {
		return b.conversation(lone, 0)
	}
	g := &gathering{builder: b, depth: 0, out: newConversation()}
	for _, root := range roots {
		g.visit(root, nil)
	}
	g.out.Waiting = waitsOf(roots...)
	return g.close(nil)
}

// loneAgent returns the run in which everything happens that is told of models, if there is one such.
func loneAgent(roots []*node) (lone *node) {
	others := 0
	var walk func(n *node)
	walk = func(n *node) {
		switch k := n.kind(); {
		case k == KindAgent:
			if lone != nil {
				others++
			}
			lone = n
			return
		case k.isModelCall() || k == KindTool:
			others++
			return
		}
		for _, child := range n.children {
			walk(child)
		}
	}
	for _, root := range roots {
		walk(root)
	}
	if others > 0 {
		return nil
	}
	return lone
}

func newConversation() *Conversation {
	return &Conversation{
		Kind: KindOther, Providers: []string{}, Models: []string{}, Turns: []Turn{}, Tools: []ToolUse{}, Agents: []*Conversation{},
		Errors: []Failure{}, Dialects: []string{},
	}
}

// conversation builds what happens in and below a node.
func (b *builder) conversation(n *node, depth int) *Conversation {
	g := &gathering{builder: b, depth: depth, out: newConversation()}
	c := g.out
	c.TraceID, c.SpanID, c.Kind = n.source.TraceID, n.source.SpanID, n.kind()
	start, seconds, running := times(n.source)
	c.Start, c.DurationSeconds, c.Running = start, seconds, running
	c.Waiting = waitsOf(n)
	if k := n.kind(); k.isModelCall() || k == KindTool || k == KindRetrieval {
		g.visit(n, nil)
		return g.close(n)
	}
	g.observe(n)
	for _, child := range n.children {
		g.visit(child, nil)
	}
	return g.close(n)
}

// times returns when a record started and how long it took, if it has ended.
func times(s *Source) (start *time.Time, seconds *float64, running bool) {
	if !s.Start.IsZero() {
		at := s.Start.UTC()
		start = &at
	}
	if s.Kind == record.KindPendingSpan {
		return start, nil, true
	}
	if s.Kind == record.KindSpan {
		took := s.End.Sub(s.Start).Seconds()
		seconds = &took
	}
	return start, seconds, false
}
