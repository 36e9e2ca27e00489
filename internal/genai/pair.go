package genai

import (
	"iter"
	"time"
)

// reach says which messages of the turns are looked at.
type reach bool

const (
	withHistory  reach = true
	afterHistory reach = false
)

// eachPart yields every part of the turns in order.
func eachPart(c *Conversation, reach reach) iter.Seq[*Part] {
	return func(yield func(*Part) bool) {
		for i := range c.Turns {
			turn := &c.Turns[i]
			input := turn.Input
			if reach == afterHistory {
				input = input[turn.Earlier:]
			}
			for _, messages := range [][]Message{input, turn.Output} {
				for j := range messages {
					for k := range messages[j].Parts {
						if !yield(&messages[j].Parts[k]) {
							return
						}
					}
				}
			}
		}
	}
}

// pairCalls tells every tool call what came of it: the result that the model was shown, and the execution's span. Both
// are found by the call's id, or else by the tool's name in order. Executions without a call are told by themselves.
func pairCalls(c *Conversation, executions []ranTool) {
	var calls []*Part
	var results []*Part
	for part := range eachPart(c, withHistory) {
		switch part.Type {
		case PartToolCall:
			calls = append(calls, part)
		case PartToolResult:
			results = append(results, part)
		}
	}
	matched := pairing(calls, len(results), func(i int) (id, name string) { return results[i].ID, results[i].Name })
	ran := pairing(calls, len(executions), func(i int) (id, name string) {
		if tool := executions[i].record.Tool; tool != nil {
			return tool.CallID, tool.Name
		}
		return "", ""
	})
	told := make([]bool, len(executions))
	for i, call := range calls {
		var execution Execution
		if n, ok := ran[i]; ok {
			execution = executionOf(executions[n].node)
			execution.Agents = agentsBelow(c, executions[n].node)
		}
		if n, ok := matched[i]; ok {
			result := results[n]
			result.Name = firstText(result.Name, call.Name)
			if result.Result != nil {
				execution.Result = result.Result
			}
			execution.IsError = execution.IsError || result.IsError
		} else if _, ok := ran[i]; !ok {
			continue
		}
		call.Execution = &execution
		if n, ok := ran[i]; ok {
			told[n] = true
		}
	}
	for i, n := range executions {
		if !told[i] && n.record.Tool != nil {
			tool := n.record.Tool
			run := ToolRun{Kind: KindTool, Name: tool.Name, CallID: tool.CallID, Args: tool.Args, AfterTurns: n.afterTurns, Execution: executionOf(n.node)}
			run.Agents = agentsBelow(c, n.node)
			c.Ran = append(c.Ran, run)
		}
	}
}

// pairing returns for each call the index of its partner among n others: by id, and then, for those without one, by
// name in order. Nobody is anybody's partner twice.
func pairing(calls []*Part, n int, other func(int) (id, name string)) map[int]int {
	byID, byName := map[string][]int{}, map[string][]int{}
	for i := range n {
		id, name := other(i)
		if id != "" {
			byID[id] = append(byID[id], i)
		} else {
			byName[name] = append(byName[name], i)
		}
	}
	pairs := map[int]int{}
	take := func(call int, from map[string][]int, key string) {
		if _, done := pairs[call]; !done && len(from[key]) > 0 {
			pairs[call] = from[key][0]
			from[key] = from[key][1:]
		}
	}
	for i, call := range calls {
		if call.ID != "" {
			take(i, byID, call.ID)
		}
	}
	for i, call := range calls {
		take(i, byName, call.Name)
	}
	return pairs
}

func executionOf(n *node) Execution {
	start, seconds, running := times(n.source)
	r := n.record
	execution := Execution{SpanID: n.source.SpanID, Start: start, DurationSeconds: seconds, Running: running, ErrorType: r.ErrorType, ErrorMessage: r.ErrorMessage}
	if r.Tool != nil {
		execution.Result, execution.IsError, execution.Stage, execution.Deferral = r.Tool.Result, r.Tool.IsError, r.Tool.Stage, r.Tool.Deferral
	}
	return execution
}

// retrievalOf returns a retrieval with what was found.
func retrievalOf(n *node, afterTurns int) ToolRun {
	r := n.record
	run := ToolRun{Kind: KindRetrieval, Name: n.source.Name, AfterTurns: afterTurns, Execution: executionOf(n)}
	if r.Query != "" {
		run.Args = rawJSON(object{"query": r.Query})
	}
	if text, err := marshal(r.Docs); err == nil && r.Docs != nil {
		run.Result = text
	}
	run.IsError = r.ErrorType != ""
	return run
}

// startOf returns a time that may not be known.
func startOf(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

// agentsBelow returns the span ids of the agents that ran in an execution.
func agentsBelow(c *Conversation, execution *node) []string {
	below := map[string]bool{}
	var walk func(*node)
	walk = func(n *node) {
		if n.kind() == KindAgent {
			below[n.source.SpanID] = true
			return
		}
		for _, child := range n.children {
			walk(child)
		}
	}
	walk(execution)
	var ids []string
	for _, agent := range c.Agents {
		if below[agent.SpanID] {
			ids = append(ids, agent.SpanID)
		}
	}
	return ids
}
