package genai

import "slices"

// Dialects with a handful of keys of their own.

func isStrands(v *view) bool {
	return v.scoped("strands") || v.text("gen_ai.system", "gen_ai.provider.name") == "strands-agents"
}

// readStrands reads events whose content is JSON of Bedrock's blocks. Its input does not hold the cached tokens.
func readStrands(v *view, r *Record) {
	for i := range v.events {
		e := &v.events[i]
		if role := messageEvents[e.name]; role != "" {
			r.Input = append(r.Input, Message{Role: role, Parts: partsOf(e.field("content"))})
		}
		if e.name == eventChoice {
			if m := (Message{Role: RoleAssistant, Parts: partsOf(e.field("message")), Finish: finishOf(textOf(e.field("finish_reason")))}); m.Parts != nil {
				r.Output = append(r.Output, m)
			}
			if result := e.field("tool.result"); result != nil {
				r.Output = append(r.Output, Message{Role: RoleTool, Parts: partsOf(result)})
			}
		}
	}
	r.Usage = usageFrom(v.attributes, "gen_ai.usage")
	r.outside = r.Usage.CacheRead != nil || r.Usage.CacheWrite != nil
}

func isLiveKit(v *view) bool { return v.hasPrefix("lk.") }

func readLiveKit(v *view, r *Record) {
	context := v.json("lk.chat_ctx")
	if items := objectOf(context)["items"]; items != nil {
		context = items
	}
	r.Input = messagesOf(context, RoleUser)
	if r.Input == nil {
		r.Input = messagesOf(v.get("lk.user_input", "lk.user_transcript", "lk.input_text"), RoleUser)
	}
	r.Output = messagesOf(v.get("lk.response.text"), RoleAssistant)
}

func isOpenLIT(v *view) bool {
	return v.has("gen_ai.usage.cost", "gen_ai.response.tool_calls") || v.hasPrefix("gen_ai.sdk")
}

// readOpenLIT adds the tool calls that stand beside the answer.
func readOpenLIT(v *view, r *Record) {
	calls := v.jsonList("gen_ai.response.tool_calls")
	if len(calls) == 0 {
		return
	}
	readContentEvents(v, r)
	message := Message{Role: RoleAssistant, Parts: extrasOf(object{"tool_calls": calls})}
	r.Output = joined(append(slices.Clone(r.Output), message))
}

func isLiteLLM(v *view) bool {
	return v.hasPrefix("litellm.", "metadata.user_api_key_") || v.has("hidden_params")
}

// readLiteLLM tells when an answer came out of a cache, and costs nothing.
func readLiteLLM(v *view, r *Record) {
	if hidden := v.object("hidden_params"); textOf(hidden["cache_key"]) != "" {
		var nothing Money
		r.Cost = &Cost{Total: &nothing, Source: "reported"}
	}
}

func isFlue(v *view) bool { return v.hasPrefix("flue.") }

func readFlue(v *view, r *Record) {
	r.Input = messagesOf(v.json("flue.turn.input", "flue.task.prompt", "flue.workflow.payload"), RoleUser)
	r.Output = outputOf(v.json("flue.turn.output", "flue.task.result", "flue.workflow.result", "flue.operation.result"))
}
