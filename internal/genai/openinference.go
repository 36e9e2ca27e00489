package genai

import "strings"

// OpenInference: indexed attributes below llm., retrieval., reranker. and embedding.

func isOpenInference(v *view) bool {
	return v.has("openinference.span.kind") ||
		v.hasPrefix("llm.input_messages.", "llm.output_messages.", "llm.token_count.", "retrieval.documents.", "reranker.", "embedding.embeddings.")
}

func readOpenInference(v *view, r *Record) {
	r.Input = openInferenceMessages(v.flat("llm.input_messages."), RoleUser)
	r.Output = openInferenceMessages(v.flat("llm.output_messages."), RoleAssistant)
	if r.Input == nil {
		for _, prompt := range v.flat("llm.prompts.") {
			r.Input = append(r.Input, messagesOf(prompt["prompt.text"], RoleUser)...)
		}
	}
	if r.Output == nil {
		for _, choice := range v.flat("llm.choices.") {
			r.Output = append(r.Output, messagesOf(choice["completion.text"], RoleAssistant)...)
		}
	}
	switch kindNamed(v.text("openinference.span.kind")) {
	case KindChat, KindAgent:
		if r.Input == nil {
			r.Input = messagesOf(v.json("input.value"), RoleUser)
		}
		if r.Output == nil {
			r.Output = outputOf(v.json("output.value"))
		}
	}
	r.ResponseModel = v.text("llm.response.model_name", "llm.model_name")
	r.RequestModel = v.text("llm.request.model_name", "llm.model_name", "embedding.model_name", "reranker.model_name")
}

func openInferenceMessages(list []object, expected Role) []Message {
	var messages []Message
	for _, o := range list {
		messages = append(messages, openInferenceMessage(o, expected))
	}
	return messages
}

// openInferenceMessage reads the properties of one message. Contents, when there are any, have what content has too.
func openInferenceMessage(o object, expected Role) Message {
	message := object{"role": o["message.role"], "name": o["message.name"], "tool_call_id": o["message.tool_call_id"]}
	if message["role"] == nil {
		message["role"] = string(expected)
	}
	var parts []any
	for _, content := range flatten(o, "message.contents.") {
		parts = append(parts, openInferenceContent(content))
	}
	if parts != nil {
		message["content"] = parts
	} else {
		message["content"] = o["message.content"]
	}
	var calls []any
	for _, call := range flatten(o, "message.tool_calls.") {
		calls = append(calls, object{
			"id": call["tool_call.id"], "name": call["tool_call.function.name"], "arguments": first(call, "tool_call.function.arguments"),
		})
	}
	if calls != nil && !hasCall(parts) {
		message["tool_calls"] = calls
	}
	if name := textOf(o["message.function_call_name"]); name != "" {
		message["function_call"] = object{"name": name, "arguments": o["message.function_call_arguments_json"]}
	}
	return messageOf(message, expected)
}

// hasCall tells whether tool calls stand among the contents already.
func hasCall(parts []any) bool {
	for _, part := range partsOf(parts) {
		if part.Type == PartToolCall {
			return true
		}
	}
	return false
}

// openInferenceContent gives the properties of a content the names that parts have.
func openInferenceContent(o object) object {
	part := object{}
	for key, value := range o {
		name := strings.TrimPrefix(key, "message_content.")
		switch name {
		case "image.image.url", "audio.audio.url":
			name = "url"
		case "audio.audio.mime_type":
			name = "mime_type"
		case "audio.audio.transcript":
			name = "transcript"
		}
		part[name] = value
	}
	return part
}
