package demo

// PydanticAI's newest format: version 5 of its messages, as of pydantic-ai 2.33.

// newest returns the message in the newest format.
func (m message) newest() object {
	parts := []object{}
	for _, p := range m.parts {
		switch {
		case p.picture != nil:
			parts = append(parts, p.picture.newest())
		case p.call != nil:
			parts = append(parts, object{"type": "tool_call", "id": p.id, "name": p.call.tool, "arguments": p.call.args})
		case p.id != "":
			parts = append(parts, object{"type": "tool_call_response", "id": p.id, "name": p.tool, "result": p.result})
		case p.think != "":
			parts = append(parts, object{"type": "thinking", "content": p.think})
		default:
			parts = append(parts, object{"type": "text", "content": p.text})
		}
	}
	return object{"role": m.role, "parts": parts}
}

func newestAll(list []message) []object {
	var all []object
	for _, m := range list {
		all = append(all, m.newest())
	}
	return all
}

// identity are the attributes that every span of a run has.
type identity attrs

// plays lets the run happen as the newest PydanticAI tells it. It returns the last answer, and all messages, with which
// another run can go on.
func (d *dialogue) plays(s *span) (final string, all []message) {
	if d.conversation == "" {
		d.conversation = s.story.uuid(7)
	}
	who := identity{kv("gen_ai.agent.name", d.agent.name), kv("gen_ai.agent.call.id", s.story.uuid(7)), kv("gen_ai.conversation.id", d.conversation)}
	begin := append(attrs{kv("model_name", d.model.name), kv("agent_name", d.agent.name), kv("gen_ai.operation.name", "invoke_agent"),
		kv("gen_ai.agent.description", d.agent.description)}, who...)
	s.in(span{scope: pydanticAI, name: "invoke_agent " + d.agent.name, message: d.agent.name + " run", begin: begin}, func(run *span) {
		history := append(append([]message{}, d.before...), d.question())
		var total usage
		for i := range d.turns {
			t := &d.turns[i]
			if t.error != nil {
				d.fails(run, who, *t.error)
				break
			}
			answer := t.message(run.story.chance)
			total.add(d.chats(run, who, history, t, answer))
			history = append(history, answer)
			if len(t.calls) > 0 {
				d.uses(run, who, answer)
				history = append(history, answer.results())
				continue
			}
			final = t.say
			run.set(attr{"final_result", final, `{"type":"object"}`})
		}
		all = history
		run.set(tree("pydantic_ai.all_messages", newestAll(history)), tree("gen_ai.system_instructions", d.instructions()))
		run.set(total.attrs("gen_ai.aggregated_usage.")...)
		if len(d.before) > 0 {
			run.set(kv("pydantic_ai.new_message_index", len(d.before))) // one of PydanticAI's messages for each of ours
		}
	})
	return final, all
}

func (d *dialogue) instructions() []object {
	return []object{{"type": "text", "content": d.agent.instructions}}
}

func (u usage) attrs(prefix string) attrs {
	list := attrs{kv(prefix+"input_tokens", u.input), kv(prefix+"output_tokens", u.output)}
	if u.thinking > 0 {
		list = append(list, kv(prefix+"details.reasoning_tokens", u.thinking))
	}
	return list
}

// request is the span of a request to the model.
func (d *dialogue) request(who identity) span {
	begin := append(d.model.request(), kv("gen_ai.provider.name", d.model.provider),
		tree("gen_ai.tool.definitions", d.agent.definitions()),
		tree("model_request_parameters", d.agent.parameters()))
	return span{scope: pydanticAI, kind: client, name: "chat " + d.model.name, begin: append(begin, who...)}
}

func (a *agent) definitions() []object {
	all := []object{}
	for _, t := range a.tools {
		all = append(all, object{"type": "function", "name": t.name, "description": t.description, "parameters": t.parameters})
	}
	return all
}

// parameters are what PydanticAI asks of every model in the same words.
func (a *agent) parameters() object {
	if a.output == nil {
		return object{"function_tools": a.definitions(), "output_mode": "text", "allow_text_output": true}
	}
	return object{"function_tools": a.definitions(), "output_mode": "native", "allow_text_output": false,
		"output_object": object{"name": a.output.name, "json_schema": a.output.schema, "strict": true}}
}

// chats is one request to the model.
func (d *dialogue) chats(run *span, who identity, history []message, t *turn, answer message) usage {
	u := d.usage(history, answer)
	run.in(d.request(who), func(s *span) {
		if d.streamed {
			var first float64
			d.model.overHTTP(s, 200, func(request *span) { first = d.model.wait(request).Seconds() })
			d.model.speak(s, u)
			s.set(kv("gen_ai.client.operation.time_to_first_chunk", first))
			s.measure(firstChunk, first, d.labels()...)
		} else {
			d.model.overHTTP(s, 200, func(request *span) {
				d.model.wait(request)
				d.model.speak(request, u)
			})
		}
		output := answer.newest()
		output["finish_reason"] = t.finish()
		s.set(tree("gen_ai.input.messages", newestAll(history)), tree("gen_ai.output.messages", []object{output}),
			tree("gen_ai.system_instructions", d.instructions()), kv("gen_ai.response.model", d.model.answers),
			kv("gen_ai.response.id", "msg_"+s.story.word(22)), kv("gen_ai.response.finish_reasons", []string{t.finish()}),
			kv("operation.cost", d.model.cost(u)))
		s.set(u.attrs("gen_ai.usage.")...)
		s.measure(tokenUsage, float64(u.input), append(d.labels(), kv("gen_ai.token.type", "input"))...)
		s.measure(tokenUsage, float64(u.output), append(d.labels(), kv("gen_ai.token.type", "output"))...)
	})
	return u
}

// labels are those of the metrics of a request.
func (d *dialogue) labels() attrs {
	return attrs{kv("gen_ai.provider.name", d.model.provider), kv("gen_ai.system", d.model.provider), kv("gen_ai.operation.name", "chat"),
		kv("gen_ai.request.model", d.model.name), kv("gen_ai.response.model", d.model.answers)}
}

// fails is a request to the model that the provider refuses.
func (d *dialogue) fails(run *span, who identity, e exception) {
	run.in(d.request(who), func(s *span) {
		d.model.overHTTP(s, 529, func(request *span) { d.model.wait(request) })
		s.fails(e)
	})
	run.fails(e)
}

// uses lets the tools run that an answer calls, all at once.
func (d *dialogue) uses(run *span, who identity, answer message) {
	var bodies []func()
	for _, p := range answer.parts {
		if p.call == nil {
			continue
		}
		begin := append(attrs{kv("gen_ai.operation.name", "execute_tool"), kv("gen_ai.tool.name", p.call.tool), kv("gen_ai.tool.call.id", p.id),
			tree("gen_ai.tool.call.arguments", p.call.args)}, who...)
		bodies = append(bodies, func() {
			run.in(span{scope: pydanticAI, name: "execute_tool " + p.call.tool, message: "running tool: " + p.call.tool, begin: begin}, func(s *span) {
				p.call.does(s)
				s.set(tree("gen_ai.tool.call.result", p.call.answer()))
				if p.call.retry != nil {
					s.fails(*p.call.retry)
				}
			})
		})
	}
	run.together(bodies...)
}
