package demo

import (
	"fmt"
	"strings"
	"time"
)

// Programs that tell of their models with other SDKs than PydanticAI's. None of them says what a call cost.

// vercelText is the content of a message that is text.
func vercelText(words string) []object { return []object{{"type": "text", "text": words}} }

// assistantChat is the assistant in the corner of the shop's pages: Vercel's AI SDK, version 5, in Node.
func assistantChat(st *story) {
	t := pick(st.chance, teas)
	const system = "You are the assistant in the corner of a tea shop's page. One or two sentences."
	asked := fmt.Sprintf("do you have %s and is it in stock?", t.name)
	callID := "call_" + st.word(24)
	args := object{"words": t.name}
	found := []object{t.summary()}
	answer := fmt.Sprintf("Yes: **%s** is in stock, %s for 100 g. Shall I put it into your basket?", t.name, euros(t.cents))
	functions := []string{text(object{"type": "function", "name": searchTeas.name, "description": searchTeas.description, "inputSchema": searchTeas.parameters})}

	messages := []object{{"role": "system", "content": system}, {"role": "user", "content": vercelText(asked)}}
	after := append(append([]object{}, messages...),
		object{"role": "assistant", "content": []object{{"type": "tool-call", "toolCallId": callID, "toolName": searchTeas.name, "input": args}}},
		object{"role": "tool", "content": []object{{"type": "tool-result", "toolCallId": callID, "toolName": searchTeas.name, "output": object{"type": "json", "value": found}}}})

	session := "s_" + st.word(10)
	named := func(operation string) attrs {
		return attrs{kv("operation.name", operation+" shop-assistant"), kv("resource.name", "shop-assistant"), kv("ai.operationId", operation),
			kv("ai.telemetry.functionId", "shop-assistant"), kv("ai.telemetry.metadata.sessionId", session),
			kv("ai.model.provider", "openai.responses"), kv("ai.model.id", gptMini.name), kv("ai.settings.maxRetries", 2)}
	}
	step := func(s *span, messages []object, u usage, answers ...attr) {
		begin := append(named("ai.streamText.doStream"), kv("ai.prompt.messages", messages), kv("ai.prompt.tools", functions), kv("ai.prompt.toolChoice", `{"type":"auto"}`),
			kv("gen_ai.system", "openai.responses"), kv("gen_ai.request.model", gptMini.name))
		s.in(span{scope: vercelAI, name: "ai.streamText.doStream", begin: begin}, func(s *span) {
			var first time.Duration
			s.in(span{scope: nodeHTTP, kind: client, name: "POST", begin: attrs{kv("http.request.method", "POST"), kv("url.full", "https://api.openai.com/v1/responses"),
				kv("server.address", gptMini.host), kv("http.response.status_code", 200)}}, func(s *span) { first = gptMini.wait(s) })
			s.happens("ai.stream.firstChunk", kv("ai.response.msToFirstChunk", int(first.Milliseconds())))
			gptMini.speak(s, u)
			s.happens("ai.stream.finish")
			s.set(kv("ai.response.msToFirstChunk", int(first.Milliseconds())), kv("ai.response.id", "resp_"+st.word(24)), kv("ai.response.model", gptMini.answers),
				kv("gen_ai.response.model", gptMini.answers), kv("ai.usage.inputTokens", u.input), kv("ai.usage.outputTokens", u.output),
				kv("gen_ai.usage.input_tokens", u.input), kv("gen_ai.usage.output_tokens", u.output))
			s.set(answers...)
		})
	}
	st.arrives(0, page{service: assistant, method: "POST", route: "/api/assistant"}, func(s *span) int {
		begin := append(named("ai.streamText"), kv("ai.prompt", object{"system": system, "messages": []object{{"role": "user", "content": vercelText(asked)}}}))
		s.in(span{scope: vercelAI, name: "ai.streamText", begin: begin}, func(run *span) {
			one, two := usage{input: 180 + len(asked)/4, output: 18}, usage{input: 260 + len(text(found))/4, output: 4 + len(answer)/4}
			step(run, messages, one, kv("ai.response.finishReason", "tool-calls"),
				kv("ai.response.toolCalls", []object{{"toolCallId": callID, "toolName": searchTeas.name, "input": text(args)}}))
			run.in(span{scope: vercelAI, name: "ai.toolCall", begin: attrs{kv("operation.name", "ai.toolCall shop-assistant"), kv("ai.operationId", "ai.toolCall"),
				kv("ai.toolCall.name", searchTeas.name), kv("ai.toolCall.id", callID), kv("ai.toolCall.args", text(args))}}, func(s *span) {
				s.in(span{scope: nodeHTTP, kind: client, name: "GET", begin: attrs{kv("http.request.method", "GET"), kv("server.address", "shop.teahouse.internal"),
					kv("url.full", "https://shop.teahouse.internal/search?q="+t.slug)}}, func(request *span) {
					request.asks(page{service: storefront, method: "GET", route: "/search", query: "q=" + t.slug}, func(s *span) int {
						s.sql("SELECT tea.slug, tea.name, tea.cents FROM tea WHERE tea.name ILIKE $1 LIMIT 10", 5*time.Millisecond)
						return 200
					})
					request.set(kv("http.response.status_code", 200))
				})
				s.set(kv("ai.toolCall.result", text(found)))
			})
			step(run, after, two, kv("ai.response.finishReason", "stop"), kv("ai.response.text", answer))
			run.set(kv("ai.response.finishReason", "stop"), kv("ai.response.text", answer), kv("ai.usage.inputTokens", one.input+two.input), kv("ai.usage.outputTokens", one.output+two.output))
		})
		return 200
	})
}

// faq are the pages of the help desk.
var faq = []struct{ id, title, content string }{
	{"returns-2", "Returns", "You may send back unopened tea within 30 days. Opened bags cannot be sold again, but we refund the first one of every kind."},
	{"shipping-1", "Shipping", "Orders before noon leave the same day. Within the EU a parcel takes two to five days; above 49 € it costs nothing."},
	{"storage-4", "How to keep tea", "Dark, dry, closed, and away from the spices. Not in the fridge, except matcha."},
}

// deskQuestions are what customers ask, with the pages that are found, the best first.
var deskQuestions = []struct {
	ask, answer string
	finds       []int
}{
	{"Can I send back a tea that I have opened?", "Opened bags cannot be sold again. **We do refund the first opened bag of every kind**, so write us your order number. [returns-2]", []int{0, 2, 1}},
	{"How long does a parcel to Lisbon take?", "Two to five days within the EU, and nothing to pay above 49 €. [shipping-1]", []int{1, 0, 2}},
	{"Where do I keep my matcha in summer?", "In the fridge, tightly closed: matcha is the one exception. Everything else stays dark and dry outside of it. [storage-4]", []int{2, 0, 1}},
}

// helpDesk answers from the shop's own pages: LangChain, as OpenInference tells it.
func helpDesk(st *story) {
	asked := pick(st.chance, deskQuestions)
	question, answer := asked.ask, asked.answer
	const system = "Answer the customer from the context alone, and name the page in brackets. If the context does not say it, say so."
	session := kv("session.id", "desk-"+st.word(8))
	prompt := "Context:\n"
	var documents attrs
	for i, page := range asked.finds {
		f := faq[page]
		key := fmt.Sprintf("retrieval.documents.%d.document.", i)
		documents = append(documents, kv(key+"id", f.id), kv(key+"content", f.content), kv(key+"score", 0.91-0.13*float64(i)), kv(key+"metadata", object{"title": f.title}))
		prompt += "[" + f.id + "] " + f.content + "\n"
	}
	prompt += "\nQuestion: " + question
	st.arrives(0, page{service: helpdesk, method: "POST", route: "/answer"}, func(s *span) int {
		s.in(span{scope: langChain, name: "RetrievalQA", begin: attrs{kv("openinference.span.kind", "CHAIN"), session, kv("input.value", object{"query": question}), kv("input.mime_type", "application/json")}}, func(chain *span) {
			chain.in(span{scope: langChain, name: "VectorStoreRetriever", begin: attrs{kv("openinference.span.kind", "RETRIEVER"), session, kv("input.value", question)}}, func(s *span) {
				s.sql("SELECT id, content, embedding <=> $1 AS distance FROM faq ORDER BY distance LIMIT 3", 12*time.Millisecond)
				s.set(documents...)
			})
			model := &model{"mistral", "mistral-small-latest", "mistral-small-2506", "api.mistral.ai", "/v1/chat/completions", 0.1, 0.3, 140}
			begin := attrs{kv("openinference.span.kind", "LLM"), session, kv("llm.provider", "mistralai"), kv("llm.model_name", model.name),
				kv("llm.invocation_parameters", object{"temperature": 0.1, "max_tokens": 400}),
				kv("llm.input_messages.0.message.role", "system"), kv("llm.input_messages.0.message.content", system),
				kv("llm.input_messages.1.message.role", "user"), kv("llm.input_messages.1.message.content", prompt)}
			chain.in(span{scope: langChain, name: "ChatMistralAI", begin: begin}, func(s *span) {
				u := usage{input: (len(system) + len(prompt)) / 4, output: len(answer) / 4}
				model.overHTTP(s, 200, func(request *span) {
					model.wait(request)
					model.speak(request, u)
				})
				s.set(kv("llm.output_messages.0.message.role", "assistant"), kv("llm.output_messages.0.message.content", answer), kv("llm.finish_reason", "stop"),
					kv("llm.token_count.prompt", u.input), kv("llm.token_count.completion", u.output), kv("llm.token_count.total", u.input+u.output))
			})
			chain.set(kv("output.value", answer))
		})
		return 200
	})
}

// translation is a workflow of OpenLLMetry.
func translation(st *story) {
	t := pick(st.chance, teas)
	language, line := "German", t.name+" aus "+t.origin+": ein Tee, der nichts beweisen muss. "+fmt.Sprint(t.minutes)+" Minuten ziehen lassen."
	if st.once(2) {
		language, line = "French", t.name+" de "+t.origin+" : un thé qui n'a rien à prouver. Laissez infuser "+fmt.Sprint(t.minutes)+" minutes."
	}
	source := t.name + " from " + t.origin + ": a tea that has nothing to prove. Give it " + fmt.Sprint(t.minutes) + " minutes."
	association := kv("traceloop.association.properties.tea", t.slug)
	entity := func(kind, name string) attrs {
		return attrs{kv("traceloop.span.kind", kind), kv("traceloop.entity.name", name), kv("traceloop.workflow.name", "translate_product"), association}
	}
	st.trace(0, span{service: helpdesk, scope: traceloop, name: "translate_product.workflow", begin: entity("workflow", "translate_product")}, func(s *span) {
		s.set(kv("traceloop.entity.input", object{"args": []string{}, "kwargs": object{"slug": t.slug, "language": language}}))
		s.in(span{scope: traceloop, name: "translate.task", begin: entity("task", "translate")}, func(s *span) {
			system := "Translate into " + language + ". Keep names of teas and places. Answer with the translation alone."
			u := usage{input: (len(system) + len(source)) / 4, output: len(line) / 4}
			begin := append(attrs{kv("gen_ai.system", "MistralAI"), kv("llm.request.type", "chat"), kv("gen_ai.request.model", mistral.name), kv("llm.is_streaming", false),
				kv("gen_ai.request.temperature", 0.3), kv("gen_ai.prompt.0.role", "system"), kv("gen_ai.prompt.0.content", system),
				kv("gen_ai.prompt.1.role", "user"), kv("gen_ai.prompt.1.content", source), association}, kv("traceloop.workflow.name", "translate_product"))
			s.in(span{scope: mistralLLM, kind: client, name: "mistralai.chat", begin: begin}, func(s *span) {
				mistral.wait(s)
				mistral.speak(s, u)
				s.set(kv("gen_ai.response.model", mistral.answers), kv("gen_ai.completion.0.role", "assistant"), kv("gen_ai.completion.0.content", line),
					kv("gen_ai.completion.0.finish_reason", "stop"), kv("gen_ai.usage.prompt_tokens", u.input), kv("gen_ai.usage.completion_tokens", u.output),
					kv("llm.usage.total_tokens", u.input+u.output))
			})
		})
		s.set(kv("traceloop.entity.output", line))
	})
}

// addressCheck is a Go service that uses Anthropic's SDK, with its own telemetry. Most of the long instructions come out of
// the cache.
func addressCheck(st *story) {
	o := newOrder(st)
	const system = "You check addresses of parcels. Answer ok, or say in one sentence what is missing."
	address := o.customer + "\n12 Rua da Rosa\nLisbon"
	answer := "The postal code is missing: Rua da Rosa in Lisbon is 1200."
	instructions := []object{{"type": "text", "content": system}}
	input := []object{{"role": "user", "parts": []object{{"type": "text", "content": address}}}}
	output := []object{{"role": "assistant", "parts": []object{{"type": "text", "content": answer}}}}
	st.arrives(0, page{service: orders, method: "POST", route: "/orders/{number}/address", path: "/orders/" + o.number + "/address"}, func(s *span) int {
		s.write(levelInfo, "address is looked at", kv("order", o.number))
		u := usage{input: 2300 + len(address)/4, output: len(answer) / 4}
		begin := attrs{kv("gen_ai.operation.name", "chat"), kv("gen_ai.provider.name", "anthropic"), kv("gen_ai.request.model", haiku.name), kv("gen_ai.request.max_tokens", 200),
			kv("server.address", haiku.host), kv("gen_ai.system_instructions", instructions), kv("gen_ai.input.messages", input)}
		s.in(span{scope: anthropicSDK, kind: client, name: "anthropic.messages.create", begin: begin}, func(s *span) {
			haiku.wait(s)
			haiku.speak(s, u)
			s.set(kv("gen_ai.response.model", haiku.answers), kv("gen_ai.response.id", "msg_"+st.word(22)), kv("anthropic.message.stop_reason", "end_turn"),
				kv("gen_ai.output.messages", output), kv("gen_ai.usage.input_tokens", u.input), kv("gen_ai.usage.output_tokens", u.output),
				kv("gen_ai.usage.cache_read.input_tokens", 2240), kv("anthropic.request.id", "req_"+st.word(20)))
		})
		s.write(levelWarn, "address is not complete", kv("order", o.number), kv("reason", strings.TrimSuffix(answer, ".")))
		return 422
	})
}
