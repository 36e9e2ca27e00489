package genai

import (
	"slices"
	"strings"
)

// Names of events, on spans and as logs.
const (
	eventSystem     = "gen_ai.system.message"
	eventUser       = "gen_ai.user.message"
	eventAssistant  = "gen_ai.assistant.message"
	eventTool       = "gen_ai.tool.message"
	eventChoice     = "gen_ai.choice"
	eventPrompt     = "gen_ai.content.prompt"
	eventCompletion = "gen_ai.content.completion"
	eventDetails    = "gen_ai.client.inference.operation.details"
	eventEvaluation = "gen_ai.evaluation.result"
)

// messageEvents are the roles of the events that hold messages of the input.
var messageEvents = map[string]Role{
	eventSystem: RoleSystem, eventUser: RoleUser, eventAssistant: RoleAssistant, eventTool: RoleTool,
}

// isMessageEvent tells whether an event of that name belongs to the call that it happened in.
func isMessageEvent(name string) bool {
	return messageEvents[name] != "" || slices.Contains([]string{eventChoice, eventPrompt, eventCompletion, eventDetails, eventEvaluation}, name)
}

// Messages in attributes, from semconv 1.37 on.

func isSemconvMessages(v *view) bool {
	return v.has("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions") ||
		slices.ContainsFunc(v.events, func(e event) bool { return e.name == eventDetails })
}

func readSemconvMessages(v *view, r *Record) {
	r.System = partsOf(v.json("gen_ai.system_instructions"))
	r.Input = messagesOf(v.json("gen_ai.input.messages"), RoleUser)
	r.Output = messagesOf(v.json("gen_ai.output.messages"), RoleAssistant)
}

// Messages as events, semconv 1.28 to 1.36.

func isSemconvEvents(v *view) bool {
	return v.has("events") && v.hasPrefix("gen_ai.") || slices.ContainsFunc(v.events, func(e event) bool { return messageEvents[e.name] != "" || e.name == eventChoice })
}

func readSemconvEvents(v *view, r *Record) {
	var all []object
	for i := range v.events {
		if e := &v.events[i]; messageEvents[e.name] != "" || e.name == eventChoice {
			o := e.fields()
			o["event.name"] = e.name
			all = append(all, o)
		}
	}
	if len(all) == 0 {
		all = eventObjects(v.jsonList("events"))
	}
	r.Input, r.Output = eventMessages(all, v.isPydantic())
}

func eventObjects(list []any) []object {
	var all []object
	for _, item := range list {
		if o := objectOf(item); o != nil {
			all = append(all, o)
		}
	}
	return all
}

// eventMessages reads events in order. pieces says that choices of one index are pieces of one answer, as PydanticAI
// sends them, and no alternatives.
func eventMessages(all []object, pieces bool) (input, output []Message) {
	for _, o := range all {
		name := textOf(o["event.name"])
		if name == eventChoice || name == "" && o["message"] != nil {
			output = append(output, choiceMessage(o))
			continue
		}
		role, known := messageEvents[name]
		if !known {
			role = roleOf(textOf(o["role"]), RoleUser)
		}
		body := object{}
		for key, v := range o {
			if !strings.HasPrefix(key, "gen_ai.") && key != "event.name" {
				body[key] = v
			}
		}
		if name == "gen_ai.unknown" {
			body = object{"role": o["role"], "content": first(o, "data", "content")}
		}
		input = append(input, eventMessage(body, role))
	}
	if pieces {
		output = joined(output)
	}
	return input, output
}

// eventMessage reads the body of an event. No content at all means that it was not captured.
func eventMessage(body object, role Role) Message {
	m := messageOf(withRole(body, role), role)
	if len(m.Parts) == 0 && body["content"] == nil {
		m.Parts = []Part{{Type: PartText, Missing: true}}
	}
	return m
}

// withRole gives a body the role of its event when it has none: without, it may be taken for a part.
func withRole(body object, role Role) object {
	if textOf(body["role"]) != "" {
		return body
	}
	with := object{"role": string(role)}
	for key, v := range body {
		if key != "role" {
			with[key] = v
		}
	}
	return with
}

func choiceMessage(o object) Message {
	body, isObject := o["message"].(object)
	if !isObject {
		body = object{"content": o["message"]}
	}
	if calls := o["tool_calls"]; calls != nil && body["tool_calls"] == nil {
		with := object{"tool_calls": calls}
		for key, v := range body {
			with[key] = v
		}
		body = with
	}
	m := eventMessage(body, RoleAssistant)
	m.Finish = firstText(finishOf(textOf(o["finish_reason"])), m.Finish)
	return m
}

// joined makes one message of the pieces of an answer.
func joined(pieces []Message) []Message {
	if len(pieces) < 2 {
		return pieces
	}
	whole := pieces[0]
	for _, piece := range pieces[1:] {
		whole.Parts = append(whole.Parts, piece.Parts...)
		whole.Finish = firstText(whole.Finish, piece.Finish)
	}
	return []Message{whole}
}

// Content events and plain attributes, before semconv 1.28.

func isContentEvents(v *view) bool {
	return v.has("gen_ai.prompt", "gen_ai.completion") ||
		slices.ContainsFunc(v.events, func(e event) bool { return e.name == eventPrompt || e.name == eventCompletion })
}

func readContentEvents(v *view, r *Record) {
	for i := range v.events {
		switch e := &v.events[i]; e.name {
		case eventPrompt:
			r.Input = append(r.Input, messagesOf(e.field("gen_ai.prompt"), RoleUser)...)
		case eventCompletion:
			r.Output = append(r.Output, outputOf(e.field("gen_ai.completion"))...)
		}
	}
	if r.Input == nil {
		r.Input = messagesOf(v.json("gen_ai.prompt"), RoleUser)
	}
	if r.Output == nil {
		r.Output = outputOf(v.json("gen_ai.completion"))
	}
}

// outputOf reads what a model answered: a provider's response, a message, a list of them, or text.
func outputOf(v any) []Message {
	o := objectOf(v)
	if o == nil {
		return messagesOf(v, RoleAssistant)
	}
	if choices := listOf(o["choices"]); choices != nil { // OpenAI
		return eachOutput(choices)
	}
	if candidates := listOf(o["candidates"]); candidates != nil { // Gemini, Genkit
		return eachOutput(candidates)
	}
	if generations := listOf(o["generations"]); generations != nil { // LangChain
		if inner := listOf(firstElement(generations)); inner != nil {
			generations = inner
		}
		return eachOutput(generations)
	}
	if items := listOf(o["output"]); items != nil { // OpenAI's responses
		return joined(messagesOf(items, RoleAssistant))
	}
	for _, name := range []string{"message", "messages", "output", "content"} {
		if inner, ok := o[name].(object); ok {
			m := messagesOf(inner, RoleAssistant)
			if name == "output" {
				m = messagesOf(first(inner, "message"), RoleAssistant) // Bedrock
			}
			if len(m) > 0 {
				m[0].Finish = firstText(m[0].Finish, finishOf(textOf(first(o, "finish_reason", "finishReason", "stop_reason", "stopReason"))))
			}
			return m
		}
	}
	m := messagesOf(o, RoleAssistant)
	if len(m) > 0 {
		m[0].Finish = firstText(m[0].Finish, finishOf(textOf(first(o, "stop_reason", "stopReason", "finishReason"))))
	}
	return m
}

func firstElement(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// eachOutput reads choices, candidates and generations: each holds a message, or is one, or is text.
func eachOutput(list []any) []Message {
	var output []Message
	for _, item := range bounded(list) {
		o := objectOf(item)
		if o == nil {
			output = append(output, messagesOf(item, RoleAssistant)...)
			continue
		}
		content := first(o, "message", "content", "text")
		m := messagesOf(content, RoleAssistant)
		if inner := objectOf(content); inner == nil && listOf(content) != nil {
			m = []Message{{Role: RoleAssistant, Parts: partsOf(content)}}
		}
		if len(m) > 0 {
			m[0].Finish = firstText(m[0].Finish, finishOf(textOf(first(o, "finish_reason", "finishReason"))))
		}
		output = append(output, m...)
	}
	return output
}
