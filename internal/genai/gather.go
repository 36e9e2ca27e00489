package genai

import (
	"slices"

	"github.com/hearth-dev/hearth/internal/record"
)

// gathering collects one conversation.
type gathering struct {
	*builder
	depth  int
	out    *Conversation
	thread thread
	system []Part
	tools  []ranTool // executions, by start
	found  []ToolRun // retrievals, by start
	asides []Turn    // calls that say nothing; shown where nothing else is
	defs   []ToolDef
	leaves bool // some call's usage was counted
}

// ranTool is a tool's execution, and how many turns came before it.
type ranTool struct {
	*node
	afterTurns int
}

// visit takes a node and what is below it. tool is the execution that it happens in.
func (g *gathering) visit(n *node, tool *node) {
	switch kind := n.kind(); {
	case kind == KindAgent && g.depth < maxNesting:
		g.nested(n, tool)
		return
	case kind == KindTool && !sameTool(tool, n):
		g.tools = append(g.tools, ranTool{n, len(g.out.Turns)})
		tool = n
	case kind == KindRetrieval:
		g.found = bounded(append(g.found, retrievalOf(n, len(g.out.Turns))))
	case kind.isModelCall():
		g.call(n)
		for _, child := range n.children {
			g.insideCall(n, child, tool)
		}
		return
	case n.source.Kind == record.KindLog && n.record != nil && len(n.record.Input)+len(n.record.Output) > 0:
		g.out.Turns = append(g.out.Turns, g.turn(n, n.record)) // command-line agents log what was said by itself
	}
	g.observe(n)
	for _, child := range n.children {
		g.visit(child, tool)
	}
}

// sameTool tells whether an execution below another is the same one, told by those who carry it: both sides of MCP.
func sameTool(tool, n *node) bool {
	return tool != nil && tool.record.Tool != nil && n.record.Tool != nil && n.record.Tool.CallID == "" && tool.record.Tool.Name == n.record.Tool.Name
}

// insideCall takes what is below a model call: other records of the same call, which its turn has taken in already, and
// what ran in it.
func (g *gathering) insideCall(call, n, tool *node) {
	switch k := n.kind(); {
	case k == KindTool || k == KindAgent:
		g.visit(n, tool)
		return
	case k.isModelCall():
		g.out.Dialects = addMissing(g.out.Dialects, n.record.Dialects...)
		if failure := failureOf(n); failure != nil && failureOf(call) == nil {
			g.out.Errors = append(g.out.Errors, *failure)
		}
	default:
		g.observe(n)
	}
	for _, child := range n.children {
		g.insideCall(call, child, tool)
	}
}

// nested builds an agent's run as a conversation of its own.
func (g *gathering) nested(n *node, tool *node) {
	c := g.conversation(n, g.depth+1)
	c.AfterTurns = len(g.out.Turns)
	if tool != nil && tool.record.Tool != nil {
		c.ToolCallID = tool.record.Tool.CallID
	}
	g.out.Agents = append(g.out.Agents, c)
	g.count(c.Usage, c.Cost, c.Calls, c.UnpricedCalls)
	g.out.Truncated, g.out.ContentMissing = g.out.Truncated || c.Truncated, g.out.ContentMissing || c.ContentMissing
	g.out.Running = g.out.Running || c.Running
}

// observe notes what every record tells: who, errors, tools, dialects.
func (g *gathering) observe(n *node) {
	r, c := n.record, g.out
	if r == nil {
		return
	}
	c.Agent.Name = firstText(c.Agent.Name, r.Agent.Name)
	if n.kind() == KindAgent || c.Agent == (AgentRef{}) {
		c.Agent = r.Agent
	}
	c.ConversationID, c.SessionID = firstText(c.ConversationID, r.ConversationID), firstText(c.SessionID, r.SessionID)
	c.UserID, c.RunID = firstText(c.UserID, r.UserID), firstText(c.RunID, r.RunID)
	c.Truncated, c.ContentMissing = c.Truncated || r.Truncated, c.ContentMissing || r.ContentMissing
	c.Running = c.Running || n.source.Kind == record.KindPendingSpan
	c.Evals = bounded(append(c.Evals, r.Evals...))
	c.Dialects = addMissing(c.Dialects, r.Dialects...)
	c.learn(r)
	g.defs = bounded(append(g.defs, r.Tools...))
	if failure := failureOf(n); failure != nil {
		c.Errors = append(c.Errors, *failure)
	}
}

func failureOf(n *node) *Failure {
	r := n.record
	if r == nil {
		return nil
	}
	if r.ErrorType == "" && r.ErrorMessage == "" {
		return nil
	}
	failure := &Failure{SpanID: n.source.SpanID, Kind: r.Kind, Name: n.source.Name, Type: r.ErrorType, Message: r.ErrorMessage}
	if r.Tool != nil && r.Tool.Name != "" {
		failure.Name = r.Tool.Name
	}
	return failure
}

func addMissing(list []string, items ...string) []string {
	for _, item := range items {
		if item != "" && !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

// call takes a model call as a turn. A call that several instrumentations tell of is one.
func (g *gathering) call(n *node) {
	r, inner := foldCall(n)
	g.observe(&node{source: n.source, record: r})
	if id := r.ResponseID; id != "" {
		if counted := g.counted[id]; counted != nil && counted != n {
			return
		}
		g.counted[id] = n
	}
	for _, below := range inner {
		if id := below.record.ResponseID; id != "" {
			g.counted[id] = n
		}
	}
	c := g.out
	c.Providers = addMissing(c.Providers, r.Provider)
	c.Models = addMissing(c.Models, firstText(r.ResponseModel, r.RequestModel))
	g.countCall(r)
	if r.Kind != KindChat && r.Kind != KindCompletion && len(r.Input)+len(r.Output) == 0 {
		g.asides = bounded(append(g.asides, aside(n, r)))
		return
	}
	c.Turns = append(c.Turns, g.turn(n, r))
}

// turnOf returns what a record tells of a call, all but what it was asked.
func turnOf(n *node, r *Record) Turn {
	start, seconds, running := times(n.source)
	return Turn{
		SpanID: n.source.SpanID, Kind: r.Kind, Start: start, DurationSeconds: seconds, Running: running,
		Provider: r.Provider, RequestModel: r.RequestModel, ResponseModel: r.ResponseModel, ResponseID: r.ResponseID,
		Input: []Message{}, Output: orEmpty(r.Output), Finish: r.Finish, Usage: r.Usage, UsageScope: r.UsageScope, Cost: r.Cost, TTFTSeconds: r.TTFTSeconds,
		Error: failureOf(&node{source: n.source, record: r}), Truncated: r.Truncated, ContentMissing: r.ContentMissing,
	}
}

// aside returns the turn of a call that says nothing: an embedding and the like.
func aside(n *node, r *Record) Turn {
	turn := turnOf(n, r)
	if r.Embeddings != nil && len(r.Embeddings.Inputs) > 0 {
		m := Message{Role: RoleUser}
		for _, text := range r.Embeddings.Inputs {
			m.Parts = append(m.Parts, Part{Type: PartText, Text: text})
		}
		turn.Input = append(turn.Input, m)
	}
	return turn
}

func (g *gathering) turn(n *node, r *Record) Turn {
	turn := turnOf(n, r)
	added, why := g.thread.add(r.Input, r.Output)
	turn.Input, turn.Break = orEmpty(added), why
	if len(g.out.Turns) == 0 || why == breakNew || why == breakChanged {
		turn.Earlier = saidBefore(added)
	}
	if !sameParts(g.system, r.System) && len(r.System) > 0 {
		if g.system == nil {
			g.out.System = r.System
		} else {
			turn.System = r.System
		}
		g.system = r.System
	}
	return turn
}

func orEmpty(messages []Message) []Message {
	if messages == nil {
		return []Message{}
	}
	return messages
}

func sameParts(a, b []Part) bool {
	return slices.EqualFunc(a, b, func(a, b Part) bool { return hashOf(RoleSystem, a) == hashOf(RoleSystem, b) })
}

// foldCall joins a call with the calls below it, which tell of the same one in other words: what the outermost does not
// say is taken from them. Usage is that of the innermost where there are several.
func foldCall(n *node) (r *Record, inner []*node) {
	whole := *n.record
	leaves := leavesOf(n)
	if len(leaves) == 1 && leaves[0] == n {
		return &whole, nil
	}
	if len(leaves) > 1 && !(allHTTP(leaves) && !whole.Usage.none()) {
		whole.Usage, whole.Cost = Usage{}, nil
		for _, leaf := range leaves {
			whole.Usage.add(leaf.record.Usage)
			whole.Cost = sumCost(whole.Cost, leaf.record.Cost)
		}
		whole.Cost = firstCost(n.record.Cost, whole.Cost)
		whole.UsageScope = ScopeLeaf
	}
	scope := whole.UsageScope
	for _, leaf := range leaves {
		before := whole.ContentMissing
		merge(&whole, leaf.record)
		whole.ContentMissing = before && leaf.record.ContentMissing
	}
	if whole.UsageScope = scope; !whole.Usage.none() && scope == ScopeNone {
		whole.UsageScope = ScopeLeaf
	}
	return &whole, leaves
}

// allHTTP tells whether calls are known by the bodies of their requests alone: those are attempts at the call above them.
func allHTTP(calls []*node) bool {
	return !slices.ContainsFunc(calls, func(n *node) bool { return n.record.Dialects[0] != httpDialect })
}

// leavesOf returns the innermost calls below a call, itself when there are none. An agent's run below it is another
// matter.
func leavesOf(n *node) []*node {
	var leaves []*node
	var walk func(*node)
	walk = func(below *node) {
		if below.kind() == KindAgent || below.kind() == KindTool {
			return
		}
		if below.kind().isModelCall() {
			leaves = append(leaves, leavesOf(below)...)
			return
		}
		for _, child := range below.children {
			walk(child)
		}
	}
	for _, child := range n.children {
		walk(child)
	}
	if len(leaves) == 0 {
		return []*node{n}
	}
	return leaves
}

// countCall adds a call to the sums. Only leaf usage is added.
func (g *gathering) countCall(r *Record) {
	usage, unpriced := r.Usage, 0
	if r.UsageScope != ScopeLeaf {
		usage = Usage{}
	}
	if r.Cost == nil && !usage.none() {
		unpriced = 1
	}
	g.count(usage, r.Cost, 1, unpriced)
}

func (g *gathering) count(usage Usage, cost *Cost, calls, unpriced int) {
	if !usage.none() {
		g.leaves = true
	}
	g.out.Usage.add(usage)
	g.out.Cost = sumCost(g.out.Cost, cost)
	g.out.Calls += calls
	g.out.UnpricedCalls += unpriced
}

// close ends the conversation of a node, nil for a whole trace.
func (g *gathering) close(n *node) *Conversation {
	c := g.out
	if n != nil && n.record != nil && !n.kind().isModelCall() {
		g.fromRun(n)
	}
	if len(c.Turns)+len(c.Agents) == 0 {
		c.Turns = append(c.Turns, g.asides...)
	}
	pairCalls(c, g.tools)
	c.Ran = append(c.Ran, g.found...)
	slices.SortStableFunc(c.Ran, func(a, b ToolRun) int { return startOf(a.Start).Compare(startOf(b.Start)) })
	c.Tools = toolUses(c, g.defs)
	c.Warnings = warningsOf(c)
	return c
}

// fromRun takes from a run's own record what its calls do not tell: the sums when no call has any, the messages when no
// call shows any, or what came after the last call, and where its own messages begin.
func (g *gathering) fromRun(n *node) {
	r, c := n.record, g.out
	if !g.leaves && !r.Usage.none() {
		c.Usage = r.Usage
	}
	if c.Cost == nil {
		c.Cost = r.Cost
	}
	if c.System == nil {
		c.System = r.System
	}
	g.messagesOfRun(n)
	if len(c.Turns) > 0 && r.history > 0 {
		c.Turns[0].Earlier = handedOver(c.Turns[0].Input, r.history)
	}
}

// messagesOfRun adds the messages of a run that its calls do not tell.
func (g *gathering) messagesOfRun(n *node) {
	r, c := n.record, g.out
	if n.kind() != KindAgent && len(c.Turns) > 0 || len(r.Input)+len(r.Output) == 0 {
		return
	}
	shown := slices.ContainsFunc(c.Turns, func(t Turn) bool { return !t.silent() })
	switch {
	case len(c.Turns) == 0:
		turn := turnOf(n, r)
		turn.Input, turn.Earlier = orEmpty(r.Input), saidBefore(r.Input)
		turn.Usage, turn.UsageScope, turn.Cost, turn.Error = Usage{}, "", nil, nil // they are the run's
		c.Turns = append(c.Turns, turn)
		c.Models = addMissing(c.Models, firstText(r.ResponseModel, r.RequestModel))
		c.Providers = addMissing(c.Providers, r.Provider)
	case !shown:
		c.Turns[0].Input, c.Turns[0].Earlier = orEmpty(r.Input), saidBefore(r.Input)
		c.Turns[len(c.Turns)-1].Output = orEmpty(r.Output)
	default:
		whole := append(flat(r.Input), flat(r.Output)...)
		if mine, theirs := commonPrefix(g.thread.said, whole); mine == len(g.thread.said) && theirs < len(whole) {
			g.goesOn(n, assembled(whole[theirs:]))
		}
	}
}

// silent tells whether nothing is known of what was said in a turn: the provider refused the request, or it goes on.
func (t *Turn) silent() bool { return len(t.Input)+len(t.Output) == 0 }

// goesOn adds what a run tells beyond its calls: to the last of them when that is silent, or else as a turn of the run.
func (g *gathering) goesOn(n *node, rest []Message) {
	c := g.out
	if last := &c.Turns[len(c.Turns)-1]; last.silent() {
		input, output := splitHistory(rest)
		last.Input, last.Output = orEmpty(input), orEmpty(output)
		return
	}
	c.Turns = append(c.Turns, Turn{SpanID: n.source.SpanID, Kind: n.kind(), Input: rest, Output: []Message{}})
}
