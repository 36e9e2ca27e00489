package genai

// PydanticAI: pydantic-ai-telemetry.md. A chat span holds the whole history of its request; a run span that of the run.

// isPydantic tells whether PydanticAI made the record, or Hearth's own agents, which say the same.
func (v *view) isPydantic() bool {
	return v.scoped("pydantic-ai", "github.com/hearth-dev/hearth/sdk/agent")
}

func isPydanticMessages(v *view) bool {
	return v.has("pydantic_ai.all_messages") || v.isPydantic() && v.has("gen_ai.input.messages", "gen_ai.output.messages")
}

func readPydanticMessages(v *view, r *Record) {
	r.System = partsOf(v.json("gen_ai.system_instructions"))
	if all := v.json("pydantic_ai.all_messages"); all != nil {
		r.Input, r.Output = splitHistory(messagesOf(all, RoleUser))
		finalResult(v, r)
		r.history = int(min(count(countOf(v.get("pydantic_ai.new_message_index"))), maxElements))
		return
	}
	r.Input = messagesOf(v.json("gen_ai.input.messages"), RoleUser)
	r.Output = messagesOf(v.json("gen_ai.output.messages"), RoleAssistant)
}

func isPydanticEvents(v *view) bool {
	return v.isPydantic() && v.has("events") || v.has("all_messages_events")
}

func readPydanticEvents(v *view, r *Record) {
	if v.has("all_messages_events") {
		input, _ := eventMessages(eventObjects(v.jsonList("all_messages_events")), true)
		r.Input, r.Output = splitHistory(input)
		finalResult(v, r)
		return
	}
	r.Input, r.Output = eventMessages(eventObjects(v.jsonList("events")), true)
}

// splitHistory takes the last answer of a history for the output. A history that does not end with one has none.
func splitHistory(history []Message) (input, output []Message) {
	from := len(history)
	for from > 0 && history[from-1].Role == RoleAssistant {
		from--
	}
	return history[:from], joined(history[from:])
}

// finalResult takes the result of a run for its output when the messages do not end with one.
func finalResult(v *view, r *Record) {
	if result := v.json("final_result"); result != nil && len(r.Output) == 0 && len(r.Input) == 0 {
		r.Output = []Message{{Role: RoleAssistant, Parts: partsOf(result)}}
	}
}
