package record

import "strings"

// HotAttributes are the attribute keys that have a column of their own beside the JSON text: reading such a column is
// about 200 times cheaper than reading the JSON. The column is named "_lf_attributes/<key>", is text, and holds what
// attributes->>'key' yields. The key stays in the JSON too. One is more than a copy: operation.cost is also filled where
// the server knows the cost of a model call and the sender did not say it (Record.CostSource).
var HotAttributes = []string{
	"gen_ai.operation.name", "gen_ai.system", "gen_ai.provider.name",
	"gen_ai.request.model", "gen_ai.response.model", "gen_ai.response.id",
	"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "operation.cost",
	"gen_ai.agent.name", "agent_name", "gen_ai.conversation.id", "gen_ai.tool.name", "gen_ai.tool.call.id",
	"user.id", "user_id", "enduser.id", "session.id", "session_id",
	"http.route", "http.method", "http.request.method", "http.status_code", "http.response.status_code",
	"server.address", "db.system", "db.system.name", "db.operation.name",
	"rpc.service", "rpc.method", "messaging.system", "error.type",
	"code.function", "code.filepath",
}

// HotColumn returns the name of the column of a hot attribute.
func HotColumn(key string) string { return "_lf_attributes/" + key }

var hotIndex = func() map[string]uint16 {
	index := make(map[string]uint16, len(HotAttributes))
	for i, key := range HotAttributes {
		index[key] = uint16(i)
	}
	return index
}()

// HotIndex returns the index of key in HotAttributes.
func HotIndex(key string) (i uint16, ok bool) {
	i, ok = hotIndex[key]
	return i, ok
}

// bulky are the attribute keys whose values are large as a rule: conversations, bodies, tool arguments and results.
var bulky = map[string]bool{
	"events": true, "all_messages_events": true, "all_messages": true, "pydantic_ai.all_messages": true,
	"gen_ai.input.messages": true, "gen_ai.output.messages": true, "gen_ai.system_instructions": true,
	"gen_ai.tool.definitions": true, "gen_ai.tool.call.arguments": true, "gen_ai.tool.call.result": true,
	"gen_ai.prompt": true, "gen_ai.completion": true,
	"tool_arguments": true, "tool_response": true, "tools": true, "final_result": true, "model_request_parameters": true,
	"request_data": true, "response_data": true,
	"http.request.body.text": true, "http.response.body.text": true, "http.request.body": true, "http.response.body": true,
	"input.value": true, "output.value": true, "traceloop.entity.input": true, "traceloop.entity.output": true,
	"ai.prompt": true, "ai.prompt.messages": true, "ai.prompt.tools": true, "ai.response.text": true, "ai.response.object": true,
	"ai.response.toolCalls": true, "ai.toolCall.args": true, "ai.toolCall.result": true,
	"logfire.package_versions": true, "exception.logfire.data": true,
}

// bulkyPrefixes are the prefixes of numbered bulky keys such as llm.input_messages.0.message.content.
var bulkyPrefixes = []string{"llm.input_messages.", "llm.output_messages.", "llm.tools.", "gen_ai.prompt.", "gen_ai.completion.", "llm.prompts.", "llm.completions."}

// Bulky tells whether an attribute is stored in the column lf_attributes_large rather than with the others. It
// depends on the key alone, so that SQL over a literal key knows where to read. A hot key is never bulky.
func Bulky(key string) bool {
	if bulky[key] {
		return true
	}
	for _, prefix := range bulkyPrefixes {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}
