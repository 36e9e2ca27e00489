package genai

import (
	"slices"
	"strings"
)

// messagesOf reads any value as messages: a list of them, one, an object that holds them, or bare text, which the role
// that is expected here says. It goes no deeper than dialects do.
func messagesOf(v any, expected Role) []Message { return readMessages(v, expected, 4) }

func readMessages(v any, expected Role, depth int) []Message {
	if depth == 0 {
		return []Message{{Role: expected, Parts: []Part{{Type: PartJSON, Raw: rawJSON(v)}}}}
	}
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if v == "" {
			return nil
		}
		return []Message{{Role: expected, Parts: partsOf(v)}}
	case []any:
		var messages []Message
		for _, item := range bounded(v) {
			messages = append(messages, readMessages(item, expected, depth-1)...)
		}
		return bounded(messages)
	case object:
		for _, name := range []string{"messages", "contents"} {
			if list, ok := v[name].([]any); ok {
				return append(systemOf(v, depth), readMessages(list, expected, depth-1)...)
			}
		}
		return []Message{messageOf(v, expected)}
	}
	return []Message{{Role: expected, Parts: partsOf(v)}}
}

// systemOf reads instructions that stand beside a list of messages.
func systemOf(o object, depth int) []Message {
	system := first(o, "system", "system_instruction", "systemInstruction", "instructions")
	if system == nil || depth <= 1 {
		return nil
	}
	if content := objectOf(system); content["parts"] != nil {
		system = content["parts"]
	}
	return []Message{{Role: RoleSystem, Parts: partsOf(system)}}
}

// messageOf reads one message, or a lone part such as the items of OpenAI's Responses API.
func messageOf(o object, expected Role) Message {
	if inner := objectOf(first(o, "kwargs", "data")); inner != nil && first(o, "role", "content", "parts") == nil {
		return langChainMessage(o, inner, expected) // LangChain's constructor
	}
	if o["role"] == nil && o["parts"] == nil && (typeOf(o) != "" && typeOf(o) != "message" || o["content"] == nil) {
		if role, isType := roles[strings.ToLower(typeOf(o))]; !isType || o["content"] == nil {
			return lonePart(o, expected)
		} else {
			expected = role
		}
	}
	m := Message{Role: roleOf(textOf(o["role"]), expected), Finish: finishOf(textOf(first(o, "finish_reason", "finishReason")))}
	if name := textOf(o["name"]); m.Role != RoleTool {
		m.Name = name
	}
	m.Parts = append(m.Parts, thoughtsOf(o)...)
	m.Parts = append(m.Parts, contentOf(o, m.Role)...)
	if textOf(o["role"]) == roleThinking {
		for i := range m.Parts {
			m.Parts[i].Type = PartThinking
		}
	}
	m.Parts = append(m.Parts, extrasOf(o)...)
	m.Parts = bounded(m.Parts)
	return m
}

// lonePart reads a part that stands where a message should.
func lonePart(o object, expected Role) Message {
	m := Message{Role: expected, Parts: onePart(o)}
	for _, part := range m.Parts {
		switch part.Type {
		case PartToolCall, PartThinking:
			m.Role = RoleAssistant
		case PartToolResult:
			m.Role = RoleTool
		}
	}
	return m
}

// contentOf reads the content of a message. That of a tool is a result unless its parts say so themselves.
func contentOf(o object, role Role) []Part {
	if parts := o["parts"]; parts != nil {
		return partsOf(parts)
	}
	content, captured := o["content"]
	if role != RoleTool {
		return partsOf(content)
	}
	parts := partsOf(content)
	for _, part := range parts {
		if part.Type == PartToolResult {
			return parts
		}
	}
	result := resultPart(object{
		"id": first(o, "tool_call_id", "toolCallId", "call_id", "id"), "name": o["name"], "content": content,
		"is_error": first(o, "is_error", "isError"), "status": o["status"],
	})
	if captured && content == nil {
		result.Result, result.Missing = []byte("null"), false
	}
	return []Part{result}
}

// thoughtsOf reads the fields of a message that hold thinking.
func thoughtsOf(o object) []Part {
	if blocks := listOf(o["thinking_blocks"]); len(blocks) > 0 {
		return partsOf(blocks)
	}
	for _, name := range []string{"reasoning_content", "reasoning", "thinking"} {
		if s, ok := o[name].(string); ok && s != "" {
			return []Part{{Type: PartThinking, Text: s}}
		}
	}
	return nil
}

// extrasOf reads what stands beside the content: refusals and tool calls.
func extrasOf(o object) []Part {
	var parts []Part
	if s, ok := o["refusal"].(string); ok && s != "" {
		parts = append(parts, Part{Type: PartRefusal, Text: s})
	}
	calls, _ := unwrapped(first(o, "tool_calls", "toolCalls"))
	for _, item := range bounded(listOf(calls)) {
		if call := objectOf(item); call != nil {
			parts = append(parts, callPart(call))
		}
	}
	if call := objectOf(o["function_call"]); call != nil && calls == nil {
		parts = append(parts, callPart(call))
	}
	return parts
}

// langChainMessage reads {"lc":1,"type":"constructor","id":[…,"HumanMessage"],"kwargs":{…}} and {"type":"human","data":{…}}.
func langChainMessage(o, inner object, expected Role) Message {
	kind := textOf(inner["type"])
	if kind == "" {
		kind = textOf(o["type"])
	}
	if path := listOf(o["id"]); len(path) > 0 && textOf(path[len(path)-1]) != "" {
		class := strings.TrimSuffix(strings.TrimSuffix(textOf(path[len(path)-1]), "Chunk"), "Message")
		if _, known := roles[strings.ToLower(class)]; known {
			kind = class
		}
	}
	message := object{"role": kind}
	for _, name := range []string{"content", "tool_calls", "tool_call_id", "name", "status"} {
		if v, ok := inner[name]; ok {
			message[name] = v
		}
	}
	if role := textOf(inner["role"]); strings.EqualFold(kind, "generic") || strings.EqualFold(kind, "chat") {
		message["role"] = role
	}
	return messageOf(message, expected)
}

// settle brings messages into the canonical order: results that stand among a user's parts become a tool's message at
// their place, neighbours of the same side become one message, and empty ones go.
func settle(messages []Message) []Message {
	var settled []Message
	for _, m := range messages {
		for _, part := range ranByProvider(m) {
			role := m.Role
			if part.Type == PartToolResult && !part.ServerSide && (role == RoleUser || role == RoleAssistant || role == RoleSystem) {
				role = RoleTool
			}
			if part.Type == PartToolCall && role == RoleUser {
				role = RoleAssistant
			}
			settled = appendPart(settled, Message{Role: role, Name: m.Name, Finish: m.Finish}, part)
		}
	}
	return settled
}

// ranByProvider returns a message's parts. Where a model's message holds a call together with its result, the provider ran the
// tool, whether the SDK says so or not.
func ranByProvider(m Message) []Part {
	if m.Role != RoleAssistant {
		return m.Parts
	}
	calls, results := map[string]bool{}, map[string]bool{}
	for _, part := range m.Parts {
		switch part.Type {
		case PartToolCall:
			calls[part.ID] = part.ID != ""
		case PartToolResult:
			results[part.ID] = true
		}
	}
	parts := slices.Clone(m.Parts)
	for i := range parts {
		if part := &parts[i]; part.Type == PartToolCall || part.Type == PartToolResult {
			part.ServerSide = part.ServerSide || calls[part.ID] && results[part.ID]
		}
	}
	return parts
}

// appendPart adds a part to the last message when that is said by the same side, and else a new message.
func appendPart(messages []Message, head Message, part Part) []Message {
	if n := len(messages); n > 0 && messages[n-1].Role == head.Role && messages[n-1].Name == head.Name {
		last := &messages[n-1]
		last.Parts = append(last.Parts, part)
		if last.Finish == "" {
			last.Finish = head.Finish
		}
		return messages
	}
	head.Parts = []Part{part}
	return append(messages, head)
}

// missing tells whether the content of any part was not captured.
func missing(messages []Message) bool {
	for _, m := range messages {
		for i := range m.Parts {
			if m.Parts[i].Missing {
				return true
			}
		}
	}
	return false
}
