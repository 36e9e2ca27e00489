package demo

import (
	"fmt"
	"strings"
	"time"
)

// Talks with models that show more than a question and an answer: pictures, structured answers, long ones, many.

var (
	runSQL   = tool{"run_sql", "Run one SELECT on the shop's database.", schema("query", object{"query": described("string", "PostgreSQL")})}
	drawBars = tool{"draw_bars", "Draw a bar chart and look at it.", schema("values", object{
		"labels": object{"type": "array", "items": object{"type": "string"}}, "values": object{"type": "array", "items": object{"type": "integer"}}})}
	askBuyer = tool{"ask_buyer", "Ask the buyer how a harvest looks and what to order.", schema("tea", object{"tea": described("string", "slug of the tea")})}
	harvest  = tool{"harvest_news", "What growers have written lately.", schema("origin", object{"origin": described("string", "region or country")})}
	customer = tool{"find_customer", "Find a customer by the address of a mail.", schema("email", object{"email": described("string", "address")})}

	analystAgent = &agent{name: "sales_analyst", description: "Writes the weekly report.",
		instructions: "You write the weekly report of a tea shop. Look at the numbers before you say anything, draw them, ask the buyer about what runs low. Show the SQL that you used. Markdown, with a table.",
		tools:        []tool{runSQL, drawBars, askBuyer}}
	buyerAgent = &agent{name: "buyer", description: "Knows the growers.",
		instructions: "You buy tea. Say in two sentences how the harvest looks and how many kilograms to order.", tools: []tool{harvest}}
	triageAgent = &agent{name: "mail_triage", description: "Sorts mail into a form.",
		instructions: "Read a customer's mail and fill in the form. urgency is 1 to 5. Never guess an order number.", tools: []tool{customer},
		output: &structure{"Triage", object{"type": "object", "additionalProperties": false,
			"required": []string{"kind", "urgency", "language", "summary", "order"},
			"properties": object{"kind": object{"type": "string", "enum": []string{"order", "complaint", "praise", "question", "spam"}},
				"urgency":  object{"type": "integer", "minimum": 1, "maximum": 5},
				"language": described("string", "ISO 639-1"), "summary": described("string", "one sentence"),
				"order": object{"type": []string{"string", "null"}}, "wants": object{"type": "array", "items": object{"type": "string"}}}}}}
)

// labelPhoto is about a picture that a customer sends: the file itself, or a link to where the shop keeps it.
func labelPhoto(st *story) {
	t := pick(st.chance, []tea{teas[3], teas[7], teas[9]})
	shows := oldTin(pick(st.chance, []uint8{gold, red, wood}))
	if st.once(2) {
		shows = &picture{uri: "https://uploads.teahouse.example/chat/" + st.word(16) + ".jpg"}
	}
	d := &dialogue{agent: sommelierAgent, model: pick(st.chance, []*model{gpt, sonnet}), shows: shows, streamed: true,
		ask: "I found this tin in my grandmother's kitchen. What is in it, and can I still drink it?", turns: []turn{
			{think: "A green tin with a paper label and a leaf on it; two lines of red print, too small to read. The shape is that of the tins of the eighties. I compare it with what we sell.",
				say: "A lovely old tin. Let me see if we still sell this one.", calls: []call{searchCall(t.notes+", old green tin", t)}},
			{calls: []call{detailsCall(t)}},
			{say: "That looks like **" + t.name + "** from " + t.origin + ".\n\n> A tin that has stayed shut and dry is safe for decades, but most of the taste is gone after three years.\n\n" +
				"- **Smell it first.** Musty or fishy means: into the compost.\n- **Look for dust and webs.** Either means the same.\n- **Then try it**: " +
				fmt.Sprintf("%d °C, %d minutes.", t.degrees, t.minutes) + "\n\nA fresh one tastes of *" + t.notes + "*, if you want to compare."}}}
	chatPage(st, 0, "/chat", func(s *span) { d.plays(s) })
}

// lesson is a question of a customer who wants to know everything, with the answer.
type lesson struct {
	ask, think, say string
	cut             bool
}

var lessons = []lesson{
	{ask: "I would like to understand oolong properly. Where do I begin?",
		say: "With the idea that *oolong* is a **range**, not a tea: everything that is oxidised more than green and less than black.\n\n1. **Light** (10–30 %): Tie Guan Yin, flowery.\n2. **Middle** (30–50 %): Dong Ding, nutty and roasted.\n3. **Dark** (60–80 %): Oriental Beauty, honey.\n\nTry one of each, side by side, brewed alike."},
	{ask: "Can you put brewing them into a table? I have a scale and a thermometer.",
		think: "They want numbers. Gongfu and western style differ by a factor of three in leaf. I give both, and keep the table small.",
		say: "| tea | leaf for 150 ml | water | gongfu | western |\n|---|---:|---:|---|---|\n| Tie Guan Yin | 6 g | 95 °C | 20 s, then +5 s | 3 min |\n| Dong Ding | 6 g | 95 °C | 25 s, then +10 s | 4 min |\n| Oriental Beauty | 5 g | 85 °C | 30 s, then +10 s | 3 min |\n\n" +
			"For western style take **a third of the leaf** and the whole time at once."},
	{ask: "I am a programmer. Can you give me that as a little function?",
		say: "Gladly:\n\n```python\nfrom datetime import timedelta\n\nSTEEPS = {  # first infusion, and what each one after it adds\n    \"tie-guan-yin\": (20, 5),\n    \"dong-ding\": (25, 10),\n    \"oriental-beauty\": (30, 10),\n}\n\n\ndef steep(tea: str, infusion: int) -> timedelta:\n    \"\"\"How long the n-th infusion takes, gongfu style.\"\"\"\n    first, more = STEEPS[tea]\n    return timedelta(seconds=first + more * (infusion - 1))\n```\n\n`steep(\"dong-ding\", 3)` is 45 seconds. After the sixth infusion trust your tongue instead."},
	{ask: "Last one: tell me the whole history of the Dong Ding mountain.", cut: true,
		say: "In 1855, so the story goes, Lin Feng-chi came home to Lugu from his examinations in Fujian with thirty-six bushes from the Wuyi mountains. Twelve of them he planted on Dong Ding, the *frozen summit*, which is 740 metres high and has never been frozen: the name is about the feet of those who carried tea down its slopes in winter. Whether any of it is true nobody can say; the first document that names the tea is from 1879, and"},
}

// longTalk is a customer who asks on and on: a request for each question, all of them one conversation.
func longTalk(st *story) {
	m, who := pick(st.chance, []*model{sonnet, gpt}), st.uuid(7)
	var history []message
	at := time.Duration(0)
	for _, l := range lessons {
		d := &dialogue{agent: sommelierAgent, model: m, conversation: who, before: history, ask: l.ask, streamed: true,
			turns: []turn{{think: l.think, say: l.say, cut: l.cut}}}
		page := chatPage(st, at, "/chat", func(s *span) { _, history = d.plays(s) })
		at = page.end + min(st.around(9*time.Second), 18*time.Second)
	}
}

// salesReport is a long run of a slow model, with an agent that it asks, a picture that it looks at, and a table at its end.
func salesReport(st *story) {
	low := teas[st.IntN(4)]
	kinds := []string{"green", "oolong", "black", "dark", "white", "herbal"}
	sold, rows, table := make([]int, len(kinds)), []object{}, ""
	for i, kind := range kinds {
		sold[i] = 400 + st.IntN(4200)
		rows = append(rows, object{"kind": kind, "euros": sold[i], "orders": 10 + sold[i]/40})
		table += fmt.Sprintf("| %s | %d € | %d | %+d %% |\n", kind, sold[i], 10+sold[i]/40, st.IntN(50)-20)
	}
	const query = "SELECT tea.kind, sum(line.cents) / 100 AS euros, count(DISTINCT orders.id) AS orders\nFROM orders JOIN line ON line.order_id = orders.id JOIN tea ON tea.slug = line.slug\nWHERE orders.placed_at > now() - interval '7 days'\nGROUP BY tea.kind ORDER BY euros DESC"
	const stock = "SELECT slug, grams FROM stock WHERE grams < 2000 ORDER BY grams"
	ask := func(sql string, result any) call {
		return call{tool: runSQL.name, args: object{"query": sql}, result: result, work: func(s *span) { s.sql(strings.ReplaceAll(sql, "\n", " "), 90*time.Millisecond) }}
	}
	buyer := &dialogue{agent: buyerAgent, model: sonnet, ask: "How does the harvest of " + low.name + " (" + low.origin + ") look, and how much do we need?", turns: []turn{
		{calls: []call{{tool: harvest.name, args: object{"origin": low.origin}, result: object{"origin": low.origin, "news": "frost in March, first picking ten days late", "price_change": "+8 %"},
			work: func(s *span) {
				s.calls(exchange{method: "GET", url: "https://growers.example/news?origin=" + strings.ReplaceAll(low.origin, " ", "+"), status: 200,
					receive: object{"origin": low.origin, "news": "frost in March, first picking ten days late"}}, func(request *span) { request.work(320 * time.Millisecond) })
			}}}},
		{think: "Late and eight per cent dearer. We sell about four kilograms a week, and the next ship is six weeks away.",
			say: "The first picking of " + low.name + " is ten days late after the frost and costs 8 % more. Order **24 kg** now; the second picking will be cheaper but has less of what people buy it for."}}}
	d := &dialogue{agent: analystAgent, model: opus, ask: "The weekly report, please: what sold, what runs low, what to do.", turns: []turn{
		{think: "First the sales by kind, then what is low on stock. Both at once.", calls: []call{ask(query, rows), ask(stock, []object{{"slug": low.slug, "grams": 1150}})}},
		{say: "Now a picture of it, and a word with the buyer about " + low.name + ".", calls: []call{
			{tool: drawBars.name, args: object{"labels": kinds, "values": sold}, result: "The chart is below.", shows: bars(sold...)},
			{tool: askBuyer.name, args: object{"tea": low.slug}, result: buyer.turns[1].say, work: func(s *span) { buyer.plays(s) }}}},
		{think: "The table first, then what follows from it. I must show the query. The buyer says 24 kg; I repeat the reason, not only the number.",
			say: "# The week in the tea house\n\n| kind | sales | orders | against last week |\n|---|---:|---:|---:|\n" + table +
				"\n## What runs low\n\nOf **" + low.name + "** there are 1.15 kg left, enough for two days. The buyer suggests to order **24 kg** now, at 8 % more than last year, because the frost in March has delayed the first picking.\n\n" +
				"## What to do\n\n1. Order the " + low.name + " today.\n2. Take it off the front page until it is here.\n3. Put the kinds that fell into the newsletter, with a recipe each.\n\nThe numbers come from\n\n```sql\n" + query + "\n```\n"}}}
	st.trace(0, span{service: sommelier, scope: logfireSDK, name: "weekly report {week}", message: "weekly report 22", begin: attrs{arg("week", 22)}, tags: []string{"job"}},
		func(s *span) { d.plays(s) })
}

// triage answers with JSON that fits a schema.
func triage(st *story) {
	o := newOrder(st)
	address := strings.ToLower(o.customer) + "@example.org"
	answer := object{"kind": "complaint", "urgency": 2 + st.IntN(3), "language": "en", "order": o.number, "wants": []string{"replacement", "answer today"},
		"summary": o.customer + " got " + o.tea.name + " in a torn bag and wants it replaced before Saturday."}
	d := &dialogue{agent: triageAgent, model: pick(st.chance, []*model{gpt, flash}), ask: "From: " + address + "\nSubject: torn bag (" + o.number + ")\n\nHi,\n\nthe " + o.tea.name +
		" came in a torn bag, half of it was in the parcel.\nIt is a present for Saturday. Can you send another one?\n\n" + o.customer,
		turns: []turn{{calls: []call{{tool: customer.name, args: object{"email": address}, result: object{"name": o.customer, "orders": 3 + st.IntN(30), "since": "2023-11-02"}, work: func(s *span) {
			s.sql("SELECT name, orders, since FROM customer WHERE email = $1", 3*time.Millisecond)
		}}}}, {say: text(answer)}}}
	st.trace(0, span{service: mailroom, scope: logfireSDK, name: "triage mail of {customer}", message: "triage mail of " + o.customer, begin: attrs{arg("customer", o.customer)}},
		func(s *span) {
			d.plays(s)
			s.say(levelInfo, "mail of {customer} went to {folder}", arg("customer", o.customer), arg("folder", "complaints"))
		})
}
