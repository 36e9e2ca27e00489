package genai

// OpenLLMetry (Traceloop): indexed attributes below gen_ai.prompt and gen_ai.completion, entities for everything else.

func isTraceloop(v *view) bool {
	return v.hasPrefix("traceloop.", "llm.request.functions.") || v.has("llm.request.type") ||
		len(v.flat("gen_ai.prompt.")) > 0 || len(v.flat("gen_ai.completion.")) > 0
}

func readTraceloop(v *view, r *Record) {
	r.Input = traceloopMessages(v.flat("gen_ai.prompt."), RoleUser)
	r.Output = joinThinking(traceloopMessages(v.flat("gen_ai.completion."), RoleAssistant))
	switch kindNamed(v.text("traceloop.span.kind")) {
	case KindAgent:
		r.Agent.Name = v.text("traceloop.entity.name")
		if r.Input == nil && r.Output == nil {
			r.Input = messagesOf(v.json("traceloop.entity.input"), RoleUser)
			r.Output = outputOf(v.json("traceloop.entity.output"))
		}
	case KindTool:
		r.Tool = toolExec(v)
	}
}

// traceloopMessages reads messages. Content is text, or JSON of blocks; the legacy form for Anthropic has one property
// user.
func traceloopMessages(list []object, expected Role) []Message {
	var messages []Message
	for _, o := range list {
		message := object{"role": o["role"], "tool_call_id": o["tool_call_id"], "refusal": o["refusal"], "finish_reason": o["finish_reason"], "name": o["name"]}
		if message["role"] == nil {
			message["role"] = string(expected)
		}
		content := first(o, "content", "user")
		if decoded, _ := unwrapped(content); listOf(decoded) != nil && isBlocks(listOf(decoded)) {
			content = decoded
		}
		message["content"] = content
		var calls []any
		for _, call := range flatten(o, "tool_calls.") {
			calls = append(calls, call)
		}
		if calls != nil {
			message["tool_calls"] = calls
		}
		messages = append(messages, messageOf(message, expected))
	}
	return messages
}

// isBlocks tells whether a list holds parts, rather than being JSON that somebody said.
func isBlocks(list []any) bool {
	for _, item := range list {
		if _, known := knownPart(objectOf(item)); !known {
			return false
		}
	}
	return len(list) > 0
}

// joinThinking gives the thoughts that stand as an answer of their own to the answer that follows.
func joinThinking(output []Message) []Message {
	var joined []Message
	for _, m := range output {
		if n := len(joined); n > 0 && onlyThinking(joined[n-1]) {
			m.Parts = append(joined[n-1].Parts, m.Parts...)
			joined = joined[:n-1]
		}
		joined = append(joined, m)
	}
	return joined
}

func onlyThinking(m Message) bool {
	for _, part := range m.Parts {
		if part.Type != PartThinking {
			return false
		}
	}
	return len(m.Parts) > 0
}
