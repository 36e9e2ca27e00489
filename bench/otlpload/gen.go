package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// refTime is the instant every generated span is laid out against; send moves
// it to the present by adding one delta to every timestamp of a request.
const refTime = uint64(1_577_836_800_000_000_000) // 2020-01-01T00:00:00Z

const (
	us = uint64(1_000)
	ms = uint64(1_000_000)
)

// generator makes deterministic traces. Every random choice comes from r, so
// the same seed and profile always give the same bytes.
type generator struct {
	r        *rand.Rand
	vocab    []string
	zipf     *rand.Zipf
	services int
	prompts  []string // one system prompt a service, as in a real deployment
	tooldefs []string
	run      string
}

func newGenerator(seed uint64, services int, run string) *generator {
	g := &generator{r: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), services: services, run: run}
	g.vocab = strings.Fields(headWords)
	syl := strings.Fields("ba re ti con ment ing ex pro al de com an tion er in per ma su lo ver st ac tra fi po sen cor le mi no ra ta un vi qu or ect ous ive ly")
	seen := map[string]bool{}
	for len(g.vocab) < 4000 {
		var b strings.Builder
		for n := 2 + g.r.IntN(3); n > 0; n-- {
			b.WriteString(syl[g.r.IntN(len(syl))])
		}
		if w := b.String(); !seen[w] {
			seen[w] = true
			g.vocab = append(g.vocab, w)
		}
	}
	g.zipf = rand.NewZipf(g.r, 1.08, 3, uint64(len(g.vocab)-1))
	for range services {
		g.prompts = append(g.prompts, "You are a careful assistant. "+g.text(900+g.r.IntN(500)))
		g.tooldefs = append(g.tooldefs, g.toolDefs())
	}
	return g
}

// text returns about n bytes of word-like prose (zstd-3 takes it down roughly
// threefold, as it does English).
func (g *generator) text(n int) string {
	var b strings.Builder
	b.Grow(n + 16)
	start := true
	for b.Len() < n {
		w := g.vocab[g.zipf.Uint64()]
		if start {
			w = strings.ToUpper(w[:1]) + w[1:]
			start = false
		}
		b.WriteString(w)
		switch g.r.IntN(14) {
		case 0:
			b.WriteString(". ")
			start = true
		case 1:
			b.WriteString(", ")
		default:
			b.WriteByte(' ')
		}
	}
	return strings.TrimRight(b.String(), " ,") + "."
}

func (g *generator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.r.UintN(256))
	}
	return b
}

// uid is a high-cardinality token; the 16 hex digits after "uid_" are rewritten
// for each send (see pool.go), so no two requests carry the same one.
func (g *generator) uid() string { return fmt.Sprintf("uid_%016x", g.r.Uint64()) }

func pick[T any](g *generator, s []T) T { return s[g.r.IntN(len(s))] }

// logn is a long-tailed duration around median.
func (g *generator) logn(median uint64) uint64 {
	x := g.r.NormFloat64() * 0.7
	f := 1 + x + x*x
	if x < 0 {
		f = 1 / (1 - x + x*x)
	}
	return uint64(float64(median)*f) + 1
}

// --- attribute helpers

func str(k, v string) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: k, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: v}}}
}

func num(k string, v int64) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: k, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: v}}}
}

func dbl(k string, v float64) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: k, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: v}}}
}

func boolean(k string, v bool) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: k, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: v}}}
}

func strs(k string, vs ...string) *commonpb.KeyValue {
	a := &commonpb.ArrayValue{}
	for _, v := range vs {
		a.Values = append(a.Values, &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: v}})
	}
	return &commonpb.KeyValue{Key: k, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: a}}}
}

func js(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (g *generator) resource(profile string, svc int) *resourcepb.Resource {
	return &resourcepb.Resource{Attributes: []*commonpb.KeyValue{
		str("service.name", fmt.Sprintf("%s-svc-%02d", profile, svc)),
		str("service.version", fmt.Sprintf("1.%d.0", svc)),
		str("service.instance.id", fmt.Sprintf("%08x-4d3e-4b7a-9f00-%012x", svc*7919, svc)),
		str("deployment.environment.name", "production"),
		str("host.name", fmt.Sprintf("ip-10-0-%d-%d", svc%4, 10+svc)),
		str("telemetry.sdk.language", "python"),
		str("telemetry.sdk.name", "opentelemetry"),
		str("telemetry.sdk.version", "1.39.1"),
		num("process.pid", int64(100+svc)),
		str("process.runtime.name", "cpython"),
		str("process.runtime.version", "3.13.5"),
		str("bench.run", g.run),
	}}
}

// tracer lays out the spans of one trace.
type tracer struct {
	g     *generator
	id    []byte
	spans []*tracepb.Span
}

func (t *tracer) span(parent *tracepb.Span, name string, kind tracepb.Span_SpanKind, start, dur uint64, attrs ...*commonpb.KeyValue) *tracepb.Span {
	s := &tracepb.Span{
		TraceId: t.id, SpanId: t.g.bytes(8), Name: name, Kind: kind,
		StartTimeUnixNano: start, EndTimeUnixNano: start + dur,
		Attributes: attrs, Flags: 0x101, Status: &tracepb.Status{},
	}
	if parent != nil {
		s.ParentSpanId = parent.SpanId
	}
	t.spans = append(t.spans, s)
	return s
}

func (t *tracer) fail(s *tracepb.Span, typ, msg string) {
	var st strings.Builder
	st.WriteString("Traceback (most recent call last):\n")
	for i := range 8 {
		fmt.Fprintf(&st, "  File \"/app/src/%s/%s.py\", line %d, in %s\n    %s\n",
			pick(t.g, modules), pick(t.g, modules), 20+t.g.r.IntN(400), pick(t.g, modules), "return await handler(request, **kwargs)")
		_ = i
	}
	fmt.Fprintf(&st, "%s: %s", typ, msg)
	s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: typ + ": " + msg}
	s.Events = append(s.Events, &tracepb.Span_Event{
		Name: "exception", TimeUnixNano: s.EndTimeUnixNano - us,
		Attributes: []*commonpb.KeyValue{
			str("exception.type", typ), str("exception.message", msg),
			str("exception.stacktrace", st.String()), str("exception.escaped", "False"),
		},
	})
}

var (
	modules   = strings.Fields("orders billing catalog users search checkout inventory agents routes db cache middleware client session auth")
	methods   = strings.Fields("GET GET GET GET POST POST PUT DELETE")
	routes    = strings.Fields("/api/v1/orders /api/v1/orders/{order_id} /api/v1/users/{user_id} /api/v1/search /api/v1/cart/{cart_id}/items /api/v1/checkout /api/v1/products /api/v1/products/{sku} /healthz /api/v1/reports/{report_id}/export")
	tables    = strings.Fields("orders order_items users carts products inventory payments sessions audit_log")
	agentsV   = strings.Fields("support_agent research_agent sql_agent triage_agent billing_agent summarizer planner code_reviewer")
	toolNames = strings.Fields("search_docs get_customer run_sql fetch_url lookup_order calculate_refund send_email create_ticket get_weather list_files")
	agents    = []string{
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
		"Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
		"python-httpx/0.28.1", "okhttp/5.1.0", "curl/8.15.0",
	}
	models = []struct {
		system, host, req, resp string
		in, out                 float64 // USD per million tokens
	}{
		{"openai", "api.openai.com", "gpt-5", "gpt-5-2025-08-07", 1.25, 10},
		{"openai", "api.openai.com", "gpt-5-mini", "gpt-5-mini-2025-08-07", 0.25, 2},
		{"anthropic", "api.anthropic.com", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", 3, 15},
		{"google", "generativelanguage.googleapis.com", "gemini-2.5-flash", "gemini-2.5-flash", 0.3, 2.5},
	}
)

// trace returns the spans of one trace, parents first, and the services they
// belong to (an index into a pair chosen for the request).
func (g *generator) trace(profile string, svc int) []*tracepb.Span {
	if profile == "llm" {
		return g.llmTrace(svc)
	}
	return g.webTrace(svc)
}

// webTrace: one FastAPI-like request: server span, middleware, SQL, cache and
// an outgoing call. About 20 attributes and 700 bytes a span.
func (g *generator) webTrace(svc int) []*tracepb.Span {
	t := &tracer{g: g, id: g.bytes(16)}
	method, route := pick(g, methods), pick(g, routes)
	uid, user := g.uid(), int64(g.r.IntN(20000))
	path := route
	if i := strings.IndexByte(route, '{'); i > 0 {
		path = route[:i] + fmt.Sprint(10000+g.r.IntN(90000)) + route[strings.IndexByte(route, '}')+1:]
	}
	total := g.logn(40*ms) + 2*ms
	start := refTime - total - uint64(g.r.IntN(3000))*ms
	status, failed := int64(200), g.r.IntN(50) == 0
	switch {
	case failed:
		status = 500
	case g.r.IntN(25) == 0:
		status = 404
	}
	code := func(fn string, line int) []*commonpb.KeyValue {
		m := pick(g, modules)
		return []*commonpb.KeyValue{
			str("code.filepath", "src/app/"+m+"/service.py"), str("code.function", fn), num("code.lineno", int64(line)),
			str("thread.name", "MainThread"), num("thread.id", 140234567890), str("logfire.span_type", "span"),
		}
	}
	root := t.span(nil, method+" "+route, tracepb.Span_SPAN_KIND_SERVER, start, total, append(code("handle", 88),
		str("http.request.method", method), str("url.scheme", "https"), str("url.path", path), str("http.route", route),
		num("http.response.status_code", status), str("server.address", "api.example.com"), num("server.port", 443),
		str("client.address", fmt.Sprintf("203.0.%d.%d", g.r.IntN(64), g.r.IntN(256))), str("network.protocol.version", "1.1"),
		str("user_agent.original", pick(g, agents)), str("http.request.id", uid), num("enduser.id", user),
		num("http.response.body.size", int64(200+g.r.IntN(40000))), str("logfire.msg", method+" "+path))...)
	args := t.span(root, "FastAPI arguments", tracepb.Span_SPAN_KIND_INTERNAL, start+200*us, total/2, append(code("solve_dependencies", 571),
		str("http.request.method", method), str("http.route", route), str("http.request.id", uid), num("enduser.id", user),
		str("fastapi.route.name", strings.Trim(strings.ReplaceAll(route, "/", "_"), "_")),
		str("fastapi.route.operation_id", "null"), str("values", js(map[string]any{"user_id": user, "limit": 50, "cursor": uid, "include_deleted": false})),
		str("errors", "[]"), num("fastapi.arguments.count", 4), str("tenant", fmt.Sprintf("tenant-%03d", user%200)),
		str("feature.flags", "new_checkout,fast_search"), str("region", "eu-west-1"), boolean("cache.enabled", true), str("logfire.msg", "FastAPI arguments"))...)
	at := start + 400*us
	for range 3 {
		tbl := pick(g, tables)
		d := g.logn(3 * ms)
		q := "SELECT " + tbl + ".id, " + tbl + ".created_at, " + tbl + ".status, " + tbl + ".total_cents FROM " + tbl + " WHERE " + tbl + ".user_id = %(user_id)s AND " + tbl + ".status = %(status)s ORDER BY " + tbl + ".created_at DESC LIMIT %(limit)s"
		t.span(root, "SELECT "+tbl, tracepb.Span_SPAN_KIND_CLIENT, at, d, append(code("fetch_all", 203),
			str("db.system.name", "postgresql"), str("db.namespace", "shop"), str("db.query.text", q), str("db.operation.name", "SELECT"),
			str("db.collection.name", tbl), str("server.address", "pg-primary.internal"), num("server.port", 5432), str("db.user", "app"),
			num("db.response.returned_rows", int64(g.r.IntN(50))), str("network.peer.address", "10.0.3.17"), str("db.client.connection.pool.name", "main"),
			str("http.request.id", uid), num("enduser.id", user), str("logfire.msg", "SELECT "+tbl))...)
		at += d + 100*us
	}
	t.span(root, "GET cache", tracepb.Span_SPAN_KIND_CLIENT, at, 300*us, append(code("get", 61),
		str("db.system.name", "redis"), num("db.namespace", 0), str("db.operation.name", "GET"), str("db.query.text", "GET cart:"+uid),
		str("server.address", "redis.internal"), num("server.port", 6379), str("network.peer.address", "10.0.3.21"), boolean("cache.hit", g.r.IntN(3) > 0),
		num("db.redis.args_length", 2), str("cache.key.prefix", "cart"), num("cache.ttl", 300), str("http.request.id", uid), num("enduser.id", user), str("logfire.msg", "GET cache"))...)
	call := t.span(root, "POST", tracepb.Span_SPAN_KIND_CLIENT, at+400*us, total/4, append(code("send", 1629),
		str("http.request.method", "POST"), str("url.full", "https://payments.internal/v2/charges/"+uid), str("server.address", "payments.internal"), num("server.port", 443),
		num("http.response.status_code", status), str("network.protocol.version", "1.1"), num("http.request.body.size", int64(300+g.r.IntN(700))),
		num("http.response.body.size", int64(100+g.r.IntN(900))), num("http.request.resend_count", 0), str("peer.service", "payments"),
		str("user_agent.original", "python-httpx/0.28.1"), str("http.request.id", uid), num("enduser.id", user), str("logfire.msg", "POST payments.internal/v2/charges"))...)
	t.span(args, "serialize response", tracepb.Span_SPAN_KIND_INTERNAL, start+total-2*ms, 1*ms, append(code("serialize", 178),
		str("http.route", route), str("http.request.id", uid), num("enduser.id", user), num("items", int64(g.r.IntN(50))),
		dbl("ratio", g.r.Float64()), str("model", "OrderResponse"), str("tenant", fmt.Sprintf("tenant-%03d", user%200)),
		str("format", "json"), boolean("by_alias", true), boolean("exclude_unset", false), strs("warnings"), num("bytes", int64(g.r.IntN(40000))), str("region", "eu-west-1"), str("logfire.msg", "serialize response"))...)
	if failed {
		t.fail(call, "httpx.ReadTimeout", "timed out after 5.0s calling payments.internal")
		t.fail(root, "httpx.ReadTimeout", "timed out after 5.0s calling payments.internal")
	}
	return t.spans
}

type part map[string]any
type message struct {
	Role         string `json:"role"`
	Parts        []part `json:"parts"`
	FinishReason string `json:"finish_reason,omitempty"`
}

func (g *generator) toolDefs() string {
	var defs []map[string]any
	for _, n := range toolNames[:4] {
		defs = append(defs, map[string]any{"type": "function", "name": n, "description": g.text(80), "parameters": map[string]any{
			"type": "object", "required": []string{"query"}, "additionalProperties": false,
			"properties": map[string]any{"query": map[string]any{"type": "string", "description": g.text(40)}, "limit": map[string]any{"type": "integer", "default": 10}},
		}})
	}
	return js(defs)
}

// llmTrace: an HTTP request that runs a PydanticAI-like agent: 1 server span,
// 1 agent run, 3 chats (each with its HTTP client span) and 4 tool calls: 12
// spans, of which the agent run and the 2nd and 3rd chat (1 in 4) carry 4-20 KB
// of messages JSON.
func (g *generator) llmTrace(svc int) []*tracepb.Span {
	t := &tracer{g: g, id: g.bytes(16)}
	m := models[(svc+g.r.IntN(2))%len(models)]
	agent := agentsV[svc%len(agentsV)]
	convo, user := g.uid(), fmt.Sprintf("user-%05d", g.r.IntN(20000))
	at := refTime - uint64(12_000+g.r.IntN(8000))*ms
	begin := at

	root := t.span(nil, "POST /chat", tracepb.Span_SPAN_KIND_SERVER, at, 0,
		str("http.request.method", "POST"), str("url.path", "/chat"), str("http.route", "/chat"), num("http.response.status_code", 200),
		str("server.address", "agents.example.com"), num("server.port", 443), str("user_agent.original", pick(g, agents)),
		str("http.request.id", g.uid()), str("logfire.msg", "POST /chat"), str("logfire.span_type", "span"))
	run := t.span(root, "invoke_agent "+agent, tracepb.Span_SPAN_KIND_INTERNAL, at+2*ms, 0)

	history := []message{{Role: "user", Parts: []part{{"type": "text", "content": g.text(200 + g.r.IntN(700))}}}}
	sys := []part{{"type": "text", "content": g.prompts[svc]}}
	var inTotal, outTotal int64
	var cost float64
	at += 5 * ms
	for turn := range 3 {
		input := js(history)
		out := message{Role: "assistant", FinishReason: "stop"}
		var calls []string
		if turn < 2 {
			out.FinishReason = "tool_call"
			for range 2 {
				id := "call_" + g.uid()
				calls = append(calls, id)
				out.Parts = append(out.Parts, part{"type": "tool_call", "id": id, "name": pick(g, toolNames), "arguments": map[string]any{"query": g.text(30 + g.r.IntN(60)), "limit": 10}})
			}
		} else {
			out.Parts = append(out.Parts, part{"type": "text", "content": g.text(400 + g.r.IntN(1600))})
		}
		outJSON := js([]message{out})
		inTok := int64((len(input) + len(g.prompts[svc]) + len(g.tooldefs[svc])) / 4)
		outTok := int64(len(outJSON)/4) + 20
		c := float64(inTok)*m.in/1e6 + float64(outTok)*m.out/1e6
		inTotal, outTotal, cost = inTotal+inTok, outTotal+outTok, cost+c
		d := g.logn(1800*ms) + 200*ms
		chat := t.span(run, "chat "+m.req, tracepb.Span_SPAN_KIND_CLIENT, at, d,
			str("gen_ai.operation.name", "chat"), str("gen_ai.provider.name", m.system), str("gen_ai.system", m.system),
			str("gen_ai.request.model", m.req), str("gen_ai.response.model", m.resp), str("gen_ai.response.id", "chatcmpl-"+g.uid()),
			str("server.address", m.host), num("server.port", 443), dbl("gen_ai.request.temperature", 0.2), num("gen_ai.request.max_tokens", 4096),
			num("gen_ai.usage.input_tokens", inTok), num("gen_ai.usage.output_tokens", outTok), num("gen_ai.usage.details.cache_read_tokens", inTok/2),
			dbl("operation.cost", c), strs("gen_ai.response.finish_reasons", out.FinishReason), str("gen_ai.agent.name", agent), str("gen_ai.conversation.id", convo),
			str("gen_ai.system_instructions", js(sys)), str("gen_ai.input.messages", input), str("gen_ai.output.messages", outJSON), str("gen_ai.tool.definitions", g.tooldefs[svc]),
			str("model_request_parameters", `{"output_mode":"text","output_object":null,"output_tools":[],"allow_text_output":true,"allow_image_output":false}`),
			str("logfire.json_schema", `{"type":"object","properties":{"gen_ai.input.messages":{"type":"array"},"gen_ai.output.messages":{"type":"array"},"gen_ai.system_instructions":{"type":"array"},"gen_ai.tool.definitions":{"type":"array"},"model_request_parameters":{"type":"object"}}}`),
			str("logfire.msg", "chat "+m.req), str("logfire.span_type", "span"))
		t.span(chat, "POST", tracepb.Span_SPAN_KIND_CLIENT, at+3*ms, d-5*ms,
			str("http.request.method", "POST"), str("url.full", "https://"+m.host+"/v1/chat/completions"), str("server.address", m.host), num("server.port", 443),
			num("http.response.status_code", 200), str("network.protocol.version", "1.1"), num("http.request.body.size", inTok*4), num("http.response.body.size", outTok*4),
			str("http.response.header.x-request-id", g.uid()), str("logfire.msg", "POST "+m.host+"/v1/chat/completions"), str("logfire.span_type", "span"))
		if g.r.IntN(50) == 0 {
			t.fail(chat, "pydantic_ai.exceptions.ModelHTTPError", "status_code: 429, model_name: "+m.req)
		}
		at += d + 2*ms
		history = append(history, out)
		for i, id := range calls {
			name := out.Parts[i]["name"].(string)
			res := map[string]any{"ok": true, "source": name, "rows": g.rows(), "summary": g.text(1000 + g.r.IntN(2600))}
			td := g.logn(150 * ms)
			tool := t.span(run, "execute_tool "+name, tracepb.Span_SPAN_KIND_INTERNAL, at, td,
				str("gen_ai.operation.name", "execute_tool"), str("gen_ai.tool.name", name), str("gen_ai.tool.call.id", id), str("gen_ai.tool.type", "function"),
				str("gen_ai.agent.name", agent), str("gen_ai.conversation.id", convo),
				str("gen_ai.tool.call.arguments", js(out.Parts[i]["arguments"])), str("gen_ai.tool.call.result", js(res)),
				str("logfire.json_schema", `{"type":"object","properties":{"gen_ai.tool.call.arguments":{"type":"object"},"gen_ai.tool.call.result":{"type":"object"}}}`),
				str("logfire.msg", "running tool: "+name), str("logfire.span_type", "span"))
			if g.r.IntN(40) == 0 {
				t.fail(tool, "pydantic_ai.exceptions.ModelRetry", "tool "+name+" asked for a retry")
			}
			history = append(history, message{Role: "user", Parts: []part{{"type": "tool_call_response", "id": id, "name": name, "result": res}}})
			at += td + ms
		}
	}
	// An agent run ends with a short summary: its messages stay under 20 KB.
	run.EndTimeUnixNano = at
	run.Attributes = append(run.Attributes,
		str("gen_ai.operation.name", "invoke_agent"), str("gen_ai.agent.name", agent), str("gen_ai.agent.call.id", g.uid()), str("gen_ai.conversation.id", convo),
		str("model_name", m.req), num("gen_ai.usage.input_tokens", inTotal), num("gen_ai.usage.output_tokens", outTotal), dbl("operation.cost", cost),
		str("user.id", user), str("pydantic_ai.all_messages", js(history)), str("gen_ai.system_instructions", js(sys)),
		str("final_result", history[len(history)-1].Parts[0]["content"].(string)),
		str("logfire.json_schema", `{"type":"object","properties":{"pydantic_ai.all_messages":{"type":"array"},"gen_ai.system_instructions":{"type":"array"},"final_result":{"type":"object"}}}`),
		str("logfire.msg", agent+" run"), str("logfire.span_type", "span"))
	root.EndTimeUnixNano = at + 2*ms
	// Move the trace so that it ended up to 3 s before refTime.
	shift := refTime - uint64(g.r.IntN(3000))*ms - (at + 2*ms - begin) - begin
	for _, s := range t.spans {
		s.StartTimeUnixNano += shift
		s.EndTimeUnixNano += shift
		for _, e := range s.Events {
			e.TimeUnixNano += shift
		}
	}
	return t.spans
}

func (g *generator) rows() []map[string]any {
	var out []map[string]any
	for i := range 3 + g.r.IntN(6) {
		out = append(out, map[string]any{"id": 1000 + g.r.IntN(90000), "rank": i, "score": float64(g.r.IntN(1000)) / 1000, "title": g.text(30), "url": "https://docs.example.com/" + pick(g, g.vocab[:400]) + "/" + pick(g, g.vocab)})
	}
	return out
}

const headWords = `the of and to a in is it you that for was on are with as be at one have this from or had by not but some what there we can out other were all your when use word how said an each she which do their time if will way about many then them would write like so these her long make thing see him two has look more day could go come did my no most number who over know water than call first people may down side been now find any new work part take get place made live where after back little only round man year came show every good me give our under name very through just form sentence great think say help low line differ turn cause much mean before move right boy old too same tell does set three want air well also play small end put home read hand port large spell add even land here must big high such follow act why ask men change went light kind off need house picture try us again animal point mother world near build self earth father head stand own page should country found answer school grow study still learn plant cover food sun four between state keep eye never last let thought city tree cross farm hard start might story saw far sea draw left late run while press close night real life few north open seem together next white children begin got walk example ease paper group always music those both mark often letter until mile river car feet care second book carry took science eat room friend began idea fish mountain stop once base hear horse cut sure watch color face wood main order customer refund invoice account model token agent query database server request response error latency region token payment policy document search result`
