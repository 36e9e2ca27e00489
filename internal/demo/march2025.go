package demo

import "strings"

// PydanticAI of March 2025 (0.0.36): every message is an event. The events of a request are in one attribute of its span,
// or, with event_mode='logs', log records of their own.

type eventMode int

const (
	inAttribute eventMode = iota
	inLogs
)

// playsOld lets the run happen as PydanticAI told it in March 2025.
func (d *dialogue) playsOld(s *span, mode eventMode) {
	begin := attrs{kv("model_name", d.model.name), kv("agent_name", d.agent.name)}
	s.in(span{scope: pydanticOld, name: "agent run", message: d.agent.name + " run", begin: begin}, func(run *span) {
		history := []message{says("system", d.agent.instructions), says("user", d.ask)}
		var total usage
		for i := range d.turns {
			t := &d.turns[i]
			run.do(span{scope: pydanticOld, name: "preparing model request params", begin: attrs{kv("run_step", i+1)}}, 100_000)
			answer := t.message(run.story.chance)
			u := d.usage(history, answer)
			total.add(u)
			d.chatsOld(run, mode, history, answer, u)
			history = append(history, answer)
			if len(t.calls) > 0 {
				d.usesOld(run, answer)
				history = append(history, answer.results())
				continue
			}
			run.set(attr{"final_result", t.say, `{"type":"object"}`})
		}
		run.set(u2025(total)...)
		run.set(tree("all_messages_events", events2025(history, "")))
	})
}

// u2025 are the attributes of a usage.
func u2025(u usage) attrs {
	return attrs{kv("gen_ai.usage.input_tokens", u.input), kv("gen_ai.usage.output_tokens", u.output)}
}

func (d *dialogue) chatsOld(run *span, mode eventMode, history []message, answer message, u usage) {
	run.in(span{scope: pydanticOld, name: "chat " + d.model.name, begin: d.model.request()}, func(s *span) {
		d.model.overHTTP(s, 200, func(request *span) {
			d.model.wait(request)
			d.model.speak(request, u)
		})
		s.set(kv("gen_ai.response.model", d.model.answers))
		s.set(u2025(u)...)
		choice := events2025([]message{answer}, d.model.provider)[0]
		choice = object{"event.name": "gen_ai.choice", "gen_ai.system": d.model.provider, "index": 0,
			"message": without(choice, "event.name", "gen_ai.system", "gen_ai.message.index")}
		all := append(events2025(history, d.model.provider), choice)
		if mode == inAttribute {
			s.set(tree("events", all))
			return
		}
		for _, one := range all {
			s.lines = append(s.lines, line{at: s.clock, level: levelInfo, scope: pydanticOld, attrs: labelsOf(one),
				body: without(one, "event.name", "gen_ai.system", "gen_ai.message.index")})
		}
	})
}

// labelsOf are the parts of an event that are attributes of its log record.
func labelsOf(event object) (list attrs) {
	for _, key := range []string{"event.name", "gen_ai.system", "gen_ai.message.index"} {
		if value, ok := event[key]; ok {
			list = append(list, kv(key, value))
		}
	}
	return list
}

func without(event object, keys ...string) object {
	rest := object{}
	for key, value := range event {
		rest[key] = value
	}
	for _, key := range keys {
		delete(rest, key)
	}
	return rest
}

// events2025 returns messages as events. System and user prompt are one request and share an index.
func events2025(history []message, provider string) (all []object) {
	index := 0
	for i, m := range history {
		if i > 0 && history[i-1].role != "system" {
			index++
		}
		for _, e := range m.events() {
			e["gen_ai.message.index"] = index
			if provider != "" {
				e["gen_ai.system"] = provider
			}
			all = append(all, e)
		}
	}
	return all
}

// events returns one message as events: results of tools have one each.
func (m message) events() (all []object) {
	if m.role != "assistant" {
		for _, p := range m.parts {
			if p.id != "" {
				all = append(all, object{"event.name": "gen_ai.tool.message", "role": "tool", "content": p.result, "id": p.id, "name": p.tool})
				continue
			}
			all = append(all, object{"event.name": "gen_ai." + m.role + ".message", "role": m.role, "content": p.text})
		}
		return all
	}
	e := object{"event.name": "gen_ai.assistant.message", "role": m.role}
	var calls []object
	for _, p := range m.parts {
		switch {
		case p.call != nil:
			calls = append(calls, object{"id": p.id, "type": "function", "function": object{"name": p.call.tool, "arguments": text(p.call.args)}})
		case p.text != "":
			e["content"] = p.text
		}
	}
	if calls != nil {
		e["tool_calls"] = calls
	}
	return []object{e}
}

// usesOld runs the tools of an answer. They had no spans of their own.
func (d *dialogue) usesOld(run *span, answer message) {
	var names []string
	for _, p := range answer.parts {
		if p.call != nil {
			names = append(names, p.call.tool)
		}
	}
	run.in(span{scope: pydanticOld, name: "running tools", message: "running tools: " + strings.Join(names, ", "), begin: attrs{kv("tools", names)}}, func(s *span) {
		var bodies []func()
		for _, p := range answer.parts {
			if p.call != nil {
				bodies = append(bodies, func() { p.call.does(s) })
			}
		}
		s.together(bodies...)
	})
}
