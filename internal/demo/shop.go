package demo

import (
	"fmt"
	"net/url"
	"time"
)

func home(st *story) {
	st.arrives(0, page{service: storefront, method: "GET", route: "/"}, func(s *span) int {
		s.cached("page:home", func() {
			s.sql("SELECT tea.id, tea.slug, tea.name, tea.cents FROM tea WHERE tea.featured ORDER BY tea.position LIMIT 12", 4*time.Millisecond)
		})
		s.do(span{scope: logfireSDK, name: "render {template}", message: "render home.html", begin: attrs{arg("template", "home.html")}}, 6*time.Millisecond)
		return 200
	})
}

func teaPage(st *story) {
	t := pick(st.chance, teas)
	st.arrives(0, page{service: storefront, method: "GET", route: "/teas/{slug}", path: "/teas/" + t.slug}, func(s *span) int {
		s.do(span{scope: fastapi, name: "FastAPI arguments", message: "FastAPI arguments", level: levelDebug, begin: attrs{
			arg("values", object{"slug": t.slug}), arg("errors", []string{})}}, 300*time.Microsecond)
		s.cached("tea:"+t.slug, func() {
			s.sql("SELECT tea.* FROM tea WHERE tea.slug = $1", 3*time.Millisecond)
			s.sql("SELECT review.stars, count(*) AS n FROM review JOIN tea ON tea.id = review.tea_id WHERE tea.slug = $1 GROUP BY review.stars", 9*time.Millisecond)
		})
		s.do(span{scope: logfireSDK, name: "render {template}", message: "render tea.html", begin: attrs{arg("template", "tea.html")}}, 8*time.Millisecond)
		return 200
	})
}

func search(st *story) {
	words := pick(st.chance, searches)
	st.arrives(0, page{service: storefront, method: "GET", route: "/search", query: "q=" + url.QueryEscape(words)}, func(s *span) int {
		embedder.embeds(s, words)
		rows := s.sql("SELECT tea.slug, tea.embedding <=> $1 AS distance FROM tea WHERE tea.stock_grams > 0 ORDER BY distance LIMIT 10", 18*time.Millisecond)
		if slow := rows.end - rows.start; slow > 25*time.Millisecond {
			s.say(levelNotice, "slow search: {milliseconds} ms for {words}", arg("milliseconds", int(slow.Milliseconds())), arg("words", words))
		}
		return 200
	})
}

func addToBasket(st *story) {
	t, grams := pick(st.chance, teas), 50*(1+st.IntN(6))
	line := object{"slug": t.slug, "grams": grams}
	st.arrives(0, page{service: storefront, method: "POST", route: "/basket/items", more: attrs{
		kv("http.request.header.content-type", []string{"application/json"}), attr{"http.request.body.text", text(line), `{"type":"object"}`}}}, func(s *span) int {
		s.sql("SELECT tea.id, tea.stock_grams, tea.cents FROM tea WHERE tea.slug = $1", 3*time.Millisecond)
		if st.once(9) {
			s.say(levelWarn, "only {left} g of {tea} left", arg("left", 10*st.IntN(5)), arg("tea", t.name))
			return 409
		}
		s.sql("INSERT INTO basket_item (basket_id, tea_id, grams) VALUES ($1, $2, $3) "+
			"ON CONFLICT (basket_id, tea_id) DO UPDATE SET grams = basket_item.grams + excluded.grams", 5*time.Millisecond)
		s.say(levelInfo, "{grams} g of {tea} in the basket", arg("grams", grams), arg("tea", t.name), arg("price", euros(t.cents*grams/100)))
		s.measure(basketItems, 1)
		return 201
	})
}

// order is what a customer buys.
type order struct {
	number, customer string
	tea              tea
	grams, cents     int
}

func newOrder(st *story) order {
	o := order{number: fmt.Sprintf("T-%05d", 10000+st.IntN(90000)), customer: pick(st.chance, customers),
		tea: pick(st.chance, teas), grams: 50 * (1 + st.IntN(8))}
	o.cents = o.tea.cents * o.grams / 100
	return o
}

// argument is the order as an argument of a span of Logfire's SDK, with the type that Python has for it.
func (o order) argument() attr {
	return attr{"order", object{"number": o.number, "customer": o.customer, "cents": o.cents, "lines": []object{{"slug": o.tea.slug, "grams": o.grams}}},
		`{"type":"object","title":"Order","x-python-datatype":"PydanticModel","properties":{"lines":{"type":"array","items":{"type":"object","title":"Line","x-python-datatype":"dataclass"}}}}`}
}

func (o order) charge() exchange {
	return exchange{method: "POST", url: "https://payments.teahouse.internal/v1/charges", secret: true,
		send: object{"amount": o.cents, "currency": "EUR", "order": o.number, "card": object{"brand": "visa", "last4": "4242"}}}
}

func checkout(st *story) {
	o := newOrder(st)
	var queued *span
	placed := st.arrives(0, page{service: storefront, method: "POST", route: "/checkout"}, func(s *span) int {
		s.in(span{scope: logfireSDK, name: "checkout of {customer}", message: "checkout of " + o.customer, begin: attrs{arg("customer", o.customer), o.argument()},
			tags: []string{"checkout"}}, func(s *span) {
			charge := o.charge()
			charge.status, charge.receive = 201, object{"id": "ch_" + st.word(14), "status": "succeeded", "amount": o.cents, "currency": "EUR"}
			s.calls(charge, func(request *span) {
				request.asks(page{service: payments, method: "POST", route: "/v1/charges"}, func(s *span) int { return o.pays(s, true) })
			})
			s.calls(exchange{method: "POST", url: "https://orders.teahouse.internal/orders", status: 201,
				send:    object{"number": o.number, "customer": o.customer, "lines": []object{{"slug": o.tea.slug, "grams": o.grams}}},
				receive: object{"number": o.number, "state": "paid", "ships": "tomorrow"}, headers: attrs{kv("http.response.header.location", []string{"/orders/" + o.number})}},
				func(request *span) {
					request.asks(page{service: orders, method: "POST", route: "/orders"}, func(s *span) int {
						queued = o.places(s)
						return 201
					})
				})
			s.say(levelInfo, "order {number} over {price} placed", arg("number", o.number), arg("price", euros(o.cents)))
		})
		s.measure(revenue, float64(o.cents)/100)
		s.measure(ordersPlaced, 1, kv("outcome", "paid"))
		s.measure(basketItems, -1)
		return 201
	})
	o.packs(st, placed.end+st.around(400*time.Millisecond), queued)
}

// pays is what the payment service does.
func (o order) pays(s *span, accepted bool) int {
	risk := s.story.IntN(40)
	s.in(span{scope: nodePayment, name: "charge card", begin: attrs{kv("order.number", o.number), kv("amount", o.cents)}}, func(s *span) {
		s.do(span{scope: nodePayment, name: "risk score", begin: attrs{kv("risk.score", risk)}}, 12*time.Millisecond)
		s.do(span{scope: nodeHTTP, kind: client, name: "POST", begin: attrs{kv("http.request.method", "POST"), kv("url.full", "https://acquirer.example/authorisations"),
			kv("server.address", "acquirer.example"), kv("http.response.status_code", 200)}}, 160*time.Millisecond)
		s.measure(charges, 1, kv("accepted", accepted))
		s.happens("card.authorised", kv("accepted", accepted), kv("acquirer.code", map[bool]string{true: "00", false: "51"}[accepted]))
		level, words := levelInfo, "card authorised"
		if !accepted {
			level, words = levelWarn, "card declined: insufficient funds"
		}
		s.write(level, words, kv("order.number", o.number), kv("amount", o.cents))
	})
	if !accepted {
		return 402
	}
	return 201
}

// places is what the order service does. It returns the span that puts the order into the queue.
func (o order) places(s *span) (queued *span) {
	s.in(span{scope: slogBridge, name: "checkout.Place"}, func(s *span) {
		s.write(levelDebug, "begin transaction", kv("order", o.number))
		s.pgx("INSERT INTO orders (number, customer, cents, state) VALUES ($1, $2, $3, 'paid') RETURNING id", 4*time.Millisecond)
		s.pgx("INSERT INTO order_lines (order_id, slug, grams) SELECT $1, slug, grams FROM unnest($2::text[], $3::int[]) AS line (slug, grams)", 5*time.Millisecond)
		s.pgx("UPDATE stock SET grams = grams - $2 WHERE slug = $1 AND grams >= $2", 3*time.Millisecond)
		s.write(levelInfo, "order placed", kv("order", o.number), kv("cents", o.cents), kv("duration_ms", int((s.clock-s.start).Milliseconds())))
		queued = s.do(span{scope: slogBridge, kind: producer, name: "orders publish", begin: attrs{kv("messaging.system", "kafka"),
			kv("messaging.destination.name", "orders"), kv("messaging.operation.type", "send")}}, 2*time.Millisecond)
	})
	return queued
}

// packs is what the warehouse does when it finds the order in the queue: a trace of its own, linked with the order's.
func (o order) packs(st *story, at time.Duration, queued *span) {
	process := span{service: warehouse, scope: kafka, kind: consumer, name: "orders process", message: "orders process", links: []*span{queued},
		begin: attrs{kv("messaging.system", "kafka"), kv("messaging.destination.name", "orders"), kv("messaging.operation.type", "process"),
			kv("messaging.kafka.offset", 4000+st.IntN(9000))}}
	st.trace(at, process, func(s *span) {
		s.in(span{scope: logfireSDK, name: "pack {number}", message: "pack " + o.number, begin: attrs{arg("number", o.number), o.argument()}}, func(s *span) {
			s.sql("SELECT shelf, grams FROM shelf WHERE slug = $1 ORDER BY best_before", 3*time.Millisecond)
			s.do(span{scope: logfireSDK, name: "print label", message: "print label"}, 900*time.Millisecond)
			s.say(levelInfo, "parcel {number} is ready", arg("number", o.number), arg("weight", o.grams+180))
		})
		s.measure(stock, float64(20+st.IntN(400))/10, kv("tea", o.tea.slug))
	})
}

func declinedCard(st *story) {
	o := newOrder(st)
	st.arrives(0, page{service: storefront, method: "POST", route: "/checkout"}, func(s *span) int {
		charge := o.charge()
		charge.status = 402
		s.calls(charge, func(request *span) {
			request.asks(page{service: payments, method: "POST", route: "/v1/charges"}, func(s *span) int { return o.pays(s, false) })
		})
		s.say(levelWarn, "card of {customer} declined", arg("customer", o.customer), arg("reason", "insufficient funds"))
		s.measure(ordersPlaced, 1, kv("outcome", "declined"))
		return 402
	})
}

func gatewayDown(st *story) {
	o := newOrder(st)
	st.arrives(0, page{service: storefront, method: "POST", route: "/checkout"}, func(s *span) int {
		s.in(span{scope: logfireSDK, name: "checkout of {customer}", message: "checkout of " + o.customer, begin: attrs{arg("customer", o.customer), o.argument()},
			tags: []string{"checkout"}}, func(s *span) {
			s.calls(o.charge(), func(request *span) {
				request.clock += 10 * time.Second // the client's patience, to the millisecond
				request.fails(gatewayTimeout)
			})
			s.fails(gatewayTimeout)
		})
		s.records(gatewayTimeout, true)
		s.say(levelError, "order {number} is lost: the payment service does not answer", arg("number", o.number))
		s.measure(ordersPlaced, 1, kv("outcome", "failed"))
		return 500
	})
}

func notFound(st *story) {
	path := pick(st.chance, paths)
	st.arrives(0, page{service: storefront, method: "GET", route: "/{path}", path: path}, func(s *span) int {
		s.work(2 * time.Millisecond)
		return 404
	})
}

func health(st *story) {
	st.arrives(0, page{service: orders, method: "GET", route: "/healthz"}, func(s *span) int {
		s.write(levelTrace, "health asked", kv("probe", "kubelet"))
		s.pgx("SELECT 1", 700*time.Microsecond)
		return 200
	})
}

func restock(st *story) {
	st.trace(0, span{service: warehouse, scope: logfireSDK, name: "restock {shelves} shelves", message: "restock 6 shelves", tags: []string{"job", "nightly"},
		begin: attrs{arg("shelves", 6)}}, func(s *span) {
		for range 6 {
			t := pick(st.chance, teas)
			s.in(span{scope: logfireSDK, name: "count {tea}", message: "count " + t.name, begin: attrs{arg("tea", t.name)}}, func(s *span) {
				s.say(levelTrace, "scale says {grams} g", arg("grams", 100*(1+st.IntN(90))))
				s.sql("UPDATE shelf SET grams = $2, counted_at = now() WHERE slug = $1", 4*time.Millisecond)
				s.work(5 * time.Second)
				if st.once(5) {
					s.say(levelWarn, "{tea} is {grams} g short", arg("tea", t.name), arg("grams", 50+st.IntN(300)))
				}
				s.measure(stock, float64(50+st.IntN(900))/10, kv("tea", t.slug))
			})
		}
		s.say(levelNotice, "restocking is done, {orders} orders to growers", arg("orders", 1+st.IntN(3)))
	})
}

func newsletter(st *story) {
	st.trace(0, span{service: warehouse, scope: logfireSDK, name: "send newsletter {issue}", message: "send newsletter spring-teas", tags: []string{"job", "mail"},
		begin: attrs{arg("issue", "spring-teas")}}, func(s *span) {
		s.sql("SELECT customer.email FROM customer WHERE customer.newsletter AND NOT customer.bounced", 40*time.Millisecond)
		s.in(span{scope: logfireSDK, name: "batch {n}", message: "batch 1", begin: attrs{arg("n", 1)}}, func(s *span) { s.work(3 * time.Second) })
		s.in(span{scope: logfireSDK, name: "batch {n}", message: "batch 2", begin: attrs{arg("n", 2)}}, func(s *span) {
			s.work(1200 * time.Millisecond)
			s.fails(mailGone)
		})
		s.say(levelFatal, "newsletter stopped after {sent} of {all} letters", arg("sent", 1200), arg("all", 4310))
		s.fails(mailGone)
	})
}

// importCatalogue is what a process did that then died.
func importCatalogue(st *story) {
	st.trace(0, span{service: warehouse, scope: logfireSDK, name: "import catalogue of {grower}", message: "import catalogue of Obubu", tags: []string{"job"},
		begin: attrs{arg("grower", "Obubu")}, unfinished: true}, func(s *span) {
		s.sql("SELECT max(imported_at) FROM catalogue", 5*time.Millisecond)
		s.in(span{scope: logfireSDK, name: "parse {pages} pages", message: "parse 312 pages", begin: attrs{arg("pages", 312)}, unfinished: true}, func(s *span) {
			s.work(8 * time.Second)
			s.say(levelWarn, "memory is at {percent} %", arg("percent", 97))
		})
	})
}
