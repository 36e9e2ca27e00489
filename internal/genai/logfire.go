package genai

import "strings"

// Logfire's integrations of OpenAI, Anthropic and others: request_data and response_data, the bodies as JSON.

// isLogfireSDK asks for more than the two keys: they are names that any web application may use.
func isLogfireSDK(v *view) bool {
	if v.scoped("logfire.openai", "logfire.anthropic", "logfire.claude_agent_sdk") {
		return true
	}
	if !v.has("request_data", "response_data") {
		return false
	}
	return v.hasPrefix("gen_ai.", "llm.") || textOf(v.object("request_data")["model"]) != ""
}

func readLogfireSDK(v *view, r *Record) {
	request, response := v.object("request_data"), v.object("response_data")
	r.System = partsOf(first(request, "system", "instructions"))
	r.Input = messagesOf(first(request, "messages", "input", "prompt", "contents"), RoleUser)
	r.Output = logfireOutput(response)
	if v.has("events") && r.Output == nil {
		r.Input, r.Output = eventMessages(eventObjects(v.jsonList("events")), true)
	}
	if v.scoped("logfire.openai_agents") && len(r.Output) == 0 {
		r.Input, r.Output = splitHistory(r.Input)
	}
	r.RequestModel = textOf(request["model"])
	r.pairKey = string(rawJSON(request))
	r.Tools = toolDefsOf(listOf(request["tools"]))
	if stream, ok := boolOf(request["stream"]); ok {
		r.Stream = &stream
	}
	if reason := textOf(first(response, "finish_reason")); reason != "" {
		r.Finish = []string{finishOf(reason)}
	}
	r.Params = requestParams(request)
	if told := usageFrom(v.attributes, "gen_ai.usage"); told.none() {
		r.Usage, r.outside = rawUsage(objectOf(response["usage"]))
	}
	if v.scoped("logfire.") && v.text("gen_ai.system", "gen_ai.provider.name") == "" && r.RequestModel != "" {
		r.Provider = logfireProvider(v)
	}
	if v.text("gen_ai.operation.name") == "" && (request != nil || response != nil) && !v.scoped("logfire.openai_agents", "logfire.claude_agent_sdk") {
		r.Kind = logfireKind(request, response)
	}
}

// logfireOutput reads response_data. Anthropic's tool calls have one layer too many: {"input": …}.
func logfireOutput(response object) []Message {
	for _, name := range []string{"message", "text", "combined_chunk_content"} {
		content := response[name]
		if content == nil {
			continue
		}
		messages := messagesOf(content, RoleAssistant)
		for i := range messages {
			for j := range messages[i].Parts {
				unwrapInput(&messages[i].Parts[j], objectOf(content))
			}
		}
		return messages
	}
	return nil
}

// unwrapInput takes the layer off, when the call has no type, which those of OpenAI have.
func unwrapInput(part *Part, message object) {
	if part.Type != PartToolCall {
		return
	}
	for _, item := range listOf(message["tool_calls"]) {
		call := objectOf(item)
		if call["type"] != nil || textOf(call["id"]) != part.ID {
			continue
		}
		decoded, _, _ := decodeJSON(string(part.Args))
		if inner, ok := objectOf(decoded)["input"]; ok && len(objectOf(decoded)) == 1 {
			part.Args = rawJSON(inner)
		}
	}
}

func logfireKind(request, response object) Kind {
	switch {
	case first(request, "messages", "contents") != nil, first(response, "message", "combined_chunk_content") != nil:
		return KindChat
	case response["images"] != nil:
		return KindImage
	case request["prompt"] != nil:
		return KindCompletion
	}
	return ""
}

// logfireProvider is the provider whose client is instrumented.
func logfireProvider(v *view) string {
	_, name, _ := strings.Cut(v.Scope, ".")
	return canonicalProvider(name)
}

// requestNames are the settings in a request's body, by their canonical names.
var requestNames = map[string][]string{
	"temperature": {"temperature"}, "top_p": {"top_p", "topP"}, "top_k": {"top_k", "topK"},
	"max_tokens": {"max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"}, "seed": {"seed"},
	"stop": {"stop", "stop_sequences", "stopSequences"}, "frequency_penalty": {"frequency_penalty"}, "presence_penalty": {"presence_penalty"},
	"reasoning_level": {"reasoning_effort"},
}

// requestParams reads the settings of a request's body.
func requestParams(request object) map[string]any {
	set := map[string]any{}
	for name, keys := range requestNames {
		if value := first(request, keys...); value != nil {
			set[name] = value
		}
	}
	if len(set) == 0 {
		return nil
	}
	return set
}
