package demo

import (
	"fmt"
	"strings"
	"time"
)

func schema(required string, properties object) object {
	return object{"type": "object", "properties": properties, "required": []string{required}, "additionalProperties": false}
}

func described(kind, description string) object {
	return object{"type": kind, "description": description}
}

var (
	searchTeas = tool{"search_teas", "Find teas by taste, origin or kind.", schema("words", object{
		"words": described("string", "what the customer likes"), "limit": described("integer", "most results")})}
	teaDetails = tool{"tea_details", "Everything about one tea.", schema("slug", object{"slug": described("string", "the tea's slug, from search_teas")})}
	waterOf    = tool{"water_hardness", "How hard the tap water of a place is.", schema("city", object{"city": described("string", "name of the city")})}
	orderOf    = tool{"order_state", "Where an order is.", schema("number", object{"number": described("string", "T- and five digits")})}
	refund     = tool{"refund", "Give money back. Needs a reason.", schema("number", object{
		"number": described("string", "the order"), "reason": described("string", "what the customer said")})}
	askPairing = tool{"ask_pairing_expert", "Let the pairing expert choose what goes with a tea.", schema("tea", object{"tea": described("string", "slug of the tea")})}
	pantry     = tool{"list_pantry", "What the shop has beside tea.", schema("kind", object{"kind": described("string", "sweet or savoury")})}

	sommelierAgent = &agent{"sommelier", "Helps customers to find a tea.",
		"You are the sommelier of a small tea shop. Recommend at most two teas, only ones that the tools have found. Say how to brew them. Answer in Markdown, briefly, and never invent prices.",
		[]tool{searchTeas, teaDetails, waterOf}, nil}
	serviceAgent = &agent{"order_service", "Answers questions about orders.",
		"You answer questions about orders of a tea shop. Be friendly and exact. Refund only what is late by more than five days.", []tool{orderOf, refund}, nil}
	giftAgent = &agent{"gift_planner", "Puts gift boxes together.",
		"You put gift boxes together: three teas and something to eat that goes with each. Stay within the budget. Ask the pairing expert for every tea.", []tool{searchTeas, askPairing, orderOf}, nil}
	pairingAgent = &agent{"pairing_expert", "Knows what to eat with which tea.",
		"You choose one thing from the pantry that goes with a tea. Give one sentence of reason.", []tool{pantry}, nil}
	mailAgent = &agent{name: "mail_sorter", instructions: "Sort a customer's mail: order, complaint, praise or spam. Look the order up if there is a number. Answer with one word and a short reason.",
		tools: []tool{orderOf}}
	reviewAgent = &agent{name: "review_moderator", instructions: "Decide if a review of a tea may be shown: yes or no, and why in one sentence. Negative reviews are welcome, insults are not.",
		tools: []tool{teaDetails}}
)

// summary is what search_teas finds.
func (t tea) summary() object {
	return object{"slug": t.slug, "name": t.name, "kind": t.kind, "notes": t.notes, "price_100g": euros(t.cents)}
}

func (t tea) details() object {
	return object{"slug": t.slug, "name": t.name, "origin": t.origin, "kind": t.kind, "notes": t.notes, "price_100g": euros(t.cents),
		"brewing": object{"degrees": t.degrees, "minutes": t.minutes}, "in_stock": true}
}

func (t tea) brewed() string {
	return fmt.Sprintf("**%s** (%s) — %s. Brew it at %d °C for %d minutes; 100 g cost %s.", t.name, t.origin, t.notes, t.degrees, t.minutes, euros(t.cents))
}

// searchCall calls search_teas, which asks the database.
func searchCall(words string, found ...tea) call {
	var list []object
	for _, t := range found {
		list = append(list, t.summary())
	}
	return call{tool: searchTeas.name, args: object{"words": words, "limit": len(found)}, result: list, work: func(s *span) {
		embedder.embeds(s, words)
		s.sql("SELECT tea.slug, tea.name, tea.kind, tea.notes, tea.cents FROM tea WHERE tea.stock_grams > 0 ORDER BY tea.embedding <=> $1 LIMIT $2", 15*time.Millisecond)
	}}
}

func detailsCall(t tea) call {
	return call{tool: teaDetails.name, args: object{"slug": t.slug}, result: t.details(), work: func(s *span) {
		s.sql("SELECT tea.* FROM tea WHERE tea.slug = $1", 3*time.Millisecond)
	}}
}

func waterCall(city string, degrees float64) call {
	answer := object{"city": city, "hardness_dh": degrees, "unit": "°dH"}
	return call{tool: waterOf.name, args: object{"city": city}, result: answer, work: func(s *span) {
		s.calls(exchange{method: "GET", url: "https://water.example/v2/hardness?city=" + city, status: 200, receive: answer,
			headers: attrs{kv("http.response.header.cache-control", []string{"max-age=86400"})}}, func(request *span) { request.work(180 * time.Millisecond) })
	}}
}

// question is what a customer asks the sommelier.
type question struct {
	ask, words, think string
	found             [2]tea
	city              string
	hardness          float64
}

var questions = []question{
	{"I used to drink a lot of espresso. Which tea has some weight to it?", "strong, roasted, full body",
		"The customer comes from espresso: body and roast matter more than flowers. A roasted oolong and an aged pu-erh are the obvious two. I should look at how they are brewed.",
		[2]tea{teas[4], teas[9]}, "Leipzig", 16.5},
	{"Something flowery for the afternoon, not green please. I live in Freiburg.", "flowery, not green",
		"Not green rules out the senchas. Tie Guan Yin is green-ish in leaf but sold as oolong; Darjeeling first flush is safe. Soft water in Freiburg helps both.",
		[2]tea{teas[3], teas[5]}, "Freiburg", 3.8},
	{"What do I give to somebody who must not have caffeine but loves the smell of a fire?", "smoky, no caffeine",
		"Smoke means lapsang, but that is a black tea with caffeine. I must not recommend it. Rooibos is the only one without any. I will say so honestly.",
		[2]tea{teas[11], teas[7]}, "Bremen", 9.2},
	{"Which green tea forgives boiling water? Our office kettle knows nothing else.", "green, robust, hot water",
		"Boiling water ruins gyokuro and longjing. Genmaicha stands 80 to 90 degrees, the rice hides bitterness. Bai mu dan, though white, is patient as well.",
		[2]tea{teas[10], teas[8]}, "Hamburg", 13.1},
}

// chatPage is the request of a browser that starts a run.
func chatPage(st *story, at time.Duration, path string, handle func(*span)) *span {
	return st.arrives(at, page{service: storefront, method: "POST", route: path}, func(s *span) int {
		status := 200
		s.calls(exchange{method: "POST", url: "https://sommelier.teahouse.internal" + path, status: status}, func(request *span) {
			request.asks(page{service: sommelier, method: "POST", route: path}, func(s *span) int {
				handle(s)
				return status
			})
		})
		return status
	})
}

// advice streams an answer. Some customers ask on: another request, with the first run as its history.
func advice(st *story) {
	q := pick(st.chance, questions)
	first := &dialogue{agent: sommelierAgent, model: pick(st.chance, []*model{sonnet, flash, gpt}), ask: q.ask, streamed: true, turns: []turn{
		{think: q.think, say: "Let me look at what we have.", calls: []call{searchCall(q.words, q.found[0], q.found[1]), waterCall(q.city, q.hardness)}},
		{calls: []call{detailsCall(q.found[0])}},
		{say: q.found[0].brewed() + fmt.Sprintf("\n\nYour water in %s has %.1f °dH", q.city, q.hardness) +
			", so:\n\n1. let it boil off for a minute,\n2. warm the pot,\n3. use 3 g for 200 ml.\n\nIf that is too much, try *" + q.found[1].name + "*."},
	}}
	var history []message
	asked := chatPage(st, 0, "/chat", func(s *span) {
		var final string
		final, history = first.plays(s)
		s.say(levelInfo, "answered with {characters} characters", arg("characters", len(final)))
	})
	if !st.once(2) {
		return
	}
	next := &dialogue{agent: sommelierAgent, model: first.model, streamed: true, conversation: first.conversation, before: history,
		ask:   "And how often can I brew the same leaves?",
		turns: []turn{{say: "The " + q.found[0].name + " takes **three** infusions: add a minute each time. The second is the best one."}}}
	chatPage(st, asked.end+st.around(14*time.Second), "/chat", func(s *span) { next.plays(s) })
}

// adviceWithRetry has a tool that refuses its arguments the first time.
func adviceWithRetry(st *story) {
	t := pick(st.chance, teas)
	wrong := strings.ReplaceAll(strings.ToLower(t.name), " ", "_")
	refused := unknownTea(wrong)
	d := &dialogue{agent: sommelierAgent, model: pick(st.chance, []*model{gptMini, mistral}), ask: "How do I brew " + t.name + "?", turns: []turn{
		{calls: []call{{tool: teaDetails.name, args: object{"slug": wrong}, retry: &refused, work: func(s *span) {
			s.sql("SELECT tea.* FROM tea WHERE tea.slug = $1", 3*time.Millisecond)
		}}}},
		{calls: []call{searchCall(t.name, t)}},
		{calls: []call{detailsCall(t)}},
		{say: t.brewed()},
	}}
	chatPage(st, 0, "/ask", func(s *span) { d.plays(s) })
}

func orderStatus(st *story) {
	o := newOrder(st)
	days := 1 + st.IntN(9)
	state := object{"number": o.number, "state": "shipped", "days_late": days, "carrier": "Postbus", "total": euros(o.cents)}
	look := call{tool: orderOf.name, args: object{"number": o.number}, result: state, work: func(s *span) {
		s.calls(exchange{method: "GET", url: "https://orders.teahouse.internal/orders/" + o.number, status: 200, receive: state}, func(request *span) {
			request.asks(page{service: orders, method: "GET", route: "/orders/{number}", path: "/orders/" + o.number}, func(s *span) int {
				s.pgx("SELECT number, state, shipped_at, carrier, cents FROM orders WHERE number = $1", 3*time.Millisecond)
				return 200
			})
		})
	}}
	turns := []turn{{calls: []call{look}}}
	if days > 5 {
		turns = append(turns, turn{think: fmt.Sprintf("%d days late is more than five: the customer gets the money back.", days),
			calls: []call{{tool: refund.name, args: object{"number": o.number, "reason": "not arrived"}, result: object{"refunded": euros(o.cents)}, work: func(s *span) {
				s.sql("INSERT INTO refund (order_number, cents, reason) VALUES ($1, $2, $3)", 4*time.Millisecond)
				s.say(levelWarn, "refund of {amount} for {number}", arg("amount", euros(o.cents)), arg("number", o.number))
			}}}},
			turn{say: "I am sorry, " + o.customer + ": this took too long. You have " + euros(o.cents) + " back, and the parcel is still yours when it comes."})
	} else {
		turns = append(turns, turn{say: fmt.Sprintf("Your order %s left us and is %d day(s) late with Postbus. It should be with you tomorrow, %s.", o.number, days, o.customer)})
	}
	d := &dialogue{agent: serviceAgent, model: haiku, ask: "Where is my order " + o.number + "? — " + o.customer, turns: turns}
	chatPage(st, 0, "/service", func(s *span) { d.plays(s) })
}

// sums is how the gift planner makes sure of its budget.
func sums(chosen []tea, budget int) string {
	thought, total := "Before I promise it, the sum, tea by tea, at 50 g each.\n", 0
	for _, t := range chosen {
		total += t.cents / 2
		thought += fmt.Sprintf("- %s is %s for 100 g, so %s for 50 g. That makes %s so far.\n", t.name, euros(t.cents), euros(t.cents/2), euros(total))
	}
	const snack, ribbon = 420, 90
	all := total + 3*snack + ribbon
	return thought + fmt.Sprintf("Three things from the pantry are about %s each, which is %s, and the ribbon is %s. All together that is %s of %d €: it fits. "+
		"She likes surprises, so I name the teas and what to eat with them, but I do not explain every leaf. I must not put it into the basket before I am asked to; I offer it at the end.",
		euros(snack), euros(3*snack), euros(ribbon), euros(all), budget)
}

// giftBox is a long run in which another agent is asked for each tea.
func giftBox(st *story) {
	budget := 60 + 10*st.IntN(5) // the dearest box costs less
	chosen := []tea{teas[st.IntN(4)], teas[4+st.IntN(4)], teas[8+st.IntN(4)]}
	snacks := []string{"salted caramel", "matcha shortbread", "smoked almonds"}
	var pairings []call
	for i, t := range chosen {
		reason := "Take the " + snacks[i] + ": it picks up the " + strings.Split(t.notes, ",")[0] + " of " + t.name + "."
		pairings = append(pairings, call{tool: askPairing.name, args: object{"tea": t.slug}, result: reason, work: func(s *span) {
			d := &dialogue{agent: pairingAgent, model: haiku, ask: "What goes with " + t.name + " (" + t.notes + ")?", turns: []turn{
				{calls: []call{{tool: pantry.name, args: object{"kind": "sweet"}, result: snacks, work: func(s *span) {
					s.sql("SELECT pantry.name FROM pantry WHERE pantry.kind = $1 AND pantry.stock > 0", 4*time.Millisecond)
				}}}},
				{think: "The tea is " + t.notes + ". Something with salt or fat carries that; plain sugar would cover it.", say: reason},
			}}
			d.plays(s)
		}})
	}
	plan := fmt.Sprintf("# A box for %d €\n\n| tea | with it |\n|---|---|\n", budget)
	for i, t := range chosen {
		plan += "| " + t.name + " | " + snacks[i] + " |\n"
	}
	d := &dialogue{agent: giftAgent, model: opus, ask: fmt.Sprintf("A gift box for my mother, up to %d €. She likes surprises.", budget), turns: []turn{
		{think: fmt.Sprintf("Three teas of different kinds within %d €, 50 g each. I search for one light, one dark and one unusual, then ask the expert about each.", budget),
			calls: []call{searchCall("light and fresh", chosen[0]), searchCall("dark and strong", chosen[1]), searchCall("unusual", chosen[2])}},
		{say: "Three good ones. Now something to eat with each.", calls: pairings},
		{think: sums(chosen, budget), say: plan + "\nAll of it together stays within the budget, the ribbon included. Shall I put it into the basket?"},
	}}
	st.trace(0, span{service: sommelier, scope: logfireSDK, name: "plan gift box for {budget} €",
		message: fmt.Sprintf("plan gift box for %d €", budget), begin: attrs{arg("budget", budget)}, tags: []string{"gift"}}, func(s *span) { d.plays(s) })
}

// overloadedModel is a run that the provider ends.
func overloadedModel(st *story) {
	q := pick(st.chance, questions)
	d := &dialogue{agent: sommelierAgent, model: sonnet, ask: q.ask, turns: []turn{
		{calls: []call{searchCall(q.words, q.found[0], q.found[1])}}, {error: &overloaded}}}
	st.trace(0, page{service: sommelier, method: "POST", route: "/chat"}.span(st), func(s *span) {
		page{service: sommelier, method: "POST", route: "/chat"}.serve(s, func(s *span) int {
			d.plays(s)
			s.records(overloaded, true)
			s.say(levelError, "no answer for the customer: {reason}", arg("reason", "the model is overloaded"))
			return 503
		})
	})
}

// sortMail is a program that has not been touched since March 2025.
func sortMail(st *story) {
	o := newOrder(st)
	d := &dialogue{agent: mailAgent, model: gpt4o, ask: "Subject: " + o.number + "\n\nHello, the " + o.tea.name +
		" smells wonderful, but half of the bag was open. Can I get another one? " + o.customer,
		turns: []turn{{calls: []call{{tool: orderOf.name, args: object{"number": o.number}, result: object{"number": o.number, "state": "delivered"}, work: func(s *span) {
			s.sql("SELECT number, state FROM orders WHERE number = $1", 3*time.Millisecond)
		}}}}, {say: "complaint — the order was delivered with an open bag; the customer wants a replacement."}}}
	st.trace(0, span{service: mailroom, scope: logfireSDK, name: "sort mail from {customer}", message: "sort mail from " + o.customer,
		begin: attrs{arg("customer", o.customer)}}, func(s *span) {
		d.playsOld(s, inAttribute)
		s.say(levelInfo, "mail went to {folder}", arg("folder", "complaints"))
	})
}

// moderateReview is the same with event_mode='logs'.
func moderateReview(st *story) {
	t, customer := pick(st.chance, teas), pick(st.chance, customers)
	d := &dialogue{agent: reviewAgent, model: pick(st.chance, []*model{gptMini, gpt4o}),
		ask: fmt.Sprintf("%s writes about %s: “Not what I expected. I found %s, yes, but it is expensive for what it is.”",
			customer, t.name, strings.Split(t.notes, ",")[0]),
		turns: []turn{{calls: []call{detailsCall(t)}}, {say: "yes — it is critical, but about the tea and its price, and fair."}}}
	st.trace(0, span{service: mailroom, scope: logfireSDK, name: "moderate review of {tea}", message: "moderate review of " + t.name,
		begin: attrs{arg("tea", t.name), arg("stars", 2+st.IntN(3))}}, func(s *span) { d.playsOld(s, inLogs) })
}

// productCopy is a streamed answer as Logfire's instrumentation of the OpenAI client tells it: the span ends when the stream
// opens, a log follows when it is over.
func productCopy(st *story) {
	t := pick(st.chance, teas)
	messages := []object{{"role": "system", "content": "You write two sentences about a tea for the shelf. No exclamation marks."},
		{"role": "user", "content": text(t.details())}}
	request := object{"model": gptMini.name, "messages": messages, "stream": true, "stream_options": object{"include_usage": true}}
	copied := t.name + " from " + t.origin + ": " + t.notes + ". Give it " + fmt.Sprint(t.minutes) + " minutes and a quiet table."
	u := usage{input: len(text(messages)) / 4, output: len(copied) / 4}
	write := span{service: storefront, scope: logfireSDK, name: "write copy for {tea}", message: "write copy for " + t.name,
		begin: attrs{arg("tea", t.name)}}
	st.trace(0, write, func(s *span) {
		begin := append(gptMini.request(), tree("request_data", request), kv("async", true))
		s.in(span{scope: logfireAI, kind: client, name: "Chat Completion with {request_data[model]!r}", message: "Chat Completion with 'gpt-4o-mini'",
			begin: begin, tags: []string{"LLM"}}, func(s *span) {
			gptMini.overHTTP(s, 200, func(request *span) { gptMini.wait(request) })
		})
		opened := s.clock
		gptMini.speak(s, u)
		took := (s.clock - opened).Seconds()
		s.in(span{scope: logfireAI, name: "streaming response from {request_data[model]!r} took {duration:.2f}s", tags: []string{"LLM"}, level: levelInfo,
			message: fmt.Sprintf("streaming response from 'gpt-4o-mini' took %.2fs", took), begin: append(attrs{kv("duration", took), tree("request_data", request),
				kv("gen_ai.response.model", gptMini.answers), tree("response_data", object{"message": object{"role": "assistant", "content": copied},
					"usage": object{"prompt_tokens": u.input, "completion_tokens": u.output, "total_tokens": u.input + u.output}})}, u2025(u)...)},
			func(s *span) { s.log = true })
		s.sql("UPDATE tea SET copy = $2, copy_at = now() WHERE slug = $1", 4*time.Millisecond)
	})
}
