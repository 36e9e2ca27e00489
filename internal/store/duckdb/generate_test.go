package duckdb

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// generator makes telemetry that looks like a real system's: traces of several records, a few services, skewed values.
// The same seed gives the same records.
type generator struct {
	rand    *rand.Rand
	now     time.Time
	step    time.Duration // mean time between traces
	seq     uint64
	origins []*record.Origin
	prompts []string
}

func newGenerator(seed uint64, start time.Time, step time.Duration) *generator {
	g := &generator{rand: rand.New(rand.NewPCG(seed, 1)), now: start, step: step}
	for i := range 12 {
		service := fmt.Sprintf("service-%d", i)
		resource, _ := json.Marshal(map[string]any{"service.name": service, "service.version": "1.4.2", "service.instance.id": g.hex(32),
			"telemetry.sdk.name": "opentelemetry", "telemetry.sdk.language": "python", "telemetry.sdk.version": "1.39.0", "process.pid": 4711 + i,
			"host.name": fmt.Sprintf("node-%d.cluster.internal", i%4), "k8s.pod.name": service + "-7c9f8b6d5-x2x4z", "deployment.environment.name": "production"})
		g.origins = append(g.origins, &record.Origin{ServiceName: service, ServiceVersion: record.Some("1.4.2"), ServiceInstanceID: record.Some(g.hex(32)), ProcessPID: int32(4711 + i),
			SDKName: record.Some("opentelemetry"), SDKLanguage: record.Some("python"), SDKVersion: record.Some("1.39.0"), Environment: record.Some("production"),
			Resource: resource, ScopeName: record.Some("opentelemetry.instrumentation.fastapi"), ScopeVersion: record.Some("0.60b0")})
	}
	for range 20 {
		g.prompts = append(g.prompts, g.prose(300))
	}
	return g
}

func (g *generator) hex(digits int) string {
	var sb strings.Builder
	for sb.Len() < digits {
		fmt.Fprintf(&sb, "%016x", g.rand.Uint64())
	}
	return sb.String()[:digits]
}

// prose makes text with about the entropy of English: frequent words come often.
func (g *generator) prose(words int) string {
	var sb strings.Builder
	for range words {
		f := g.rand.Float64()
		n := int(f * f * f * 4000)
		sb.WriteString(word(n))
		sb.WriteByte(' ')
	}
	return sb.String()
}

// word returns the n-th word of a made-up language.
func word(n int) string {
	syllables := []string{"ka", "ro", "ten", "mi", "sol", "ver", "da", "lu", "pen", "or", "is", "an", "the", "to"}
	w := syllables[n%len(syllables)]
	for n /= len(syllables); n > 0; n /= len(syllables) {
		w += syllables[n%len(syllables)]
	}
	return w
}

// batches makes batches of about size records each, n in all.
func (g *generator) batches(project string, n, size int, trace func() []record.Record) []*record.Batch {
	var batches []*record.Batch
	for made := 0; made < n; {
		g.seq++
		b := &record.Batch{Project: project, Seq: g.seq, Digest: record.Digest{byte(g.seq)}}
		for len(b.Records) < min(size, n-made) {
			b.Records = append(b.Records, trace()...)
		}
		made += len(b.Records)
		b.Arrived = g.now.Add(time.Second)
		batches = append(batches, b)
	}
	return batches
}

func (g *generator) advance() time.Time {
	g.now = g.now.Add(time.Duration(g.rand.ExpFloat64() * float64(g.step)))
	return g.now
}

// webTrace makes the spans of one HTTP request: a server span, and what it calls.
func (g *generator) webTrace() []record.Record {
	start := g.advance()
	trace, root := g.hex(32), g.hex(16)
	route := fmt.Sprintf("/api/v1/%s/{id}", word(int(g.rand.ExpFloat64()*10)))
	path := strings.Replace(route, "{id}", fmt.Sprint(g.rand.IntN(100_000)), 1)
	status := 200
	if g.rand.IntN(40) == 0 {
		status = 500
	}
	var records []record.Record
	spans := 3 + g.rand.IntN(6)
	for i := range spans {
		begin := start.Add(time.Duration(i) * time.Millisecond)
		r := record.Record{Kind: record.KindSpan, OTelKind: 3, Level: record.LevelInfo, TraceID: trace, SpanID: g.hex(16), ParentSpanID: record.Some(root),
			StartNano: begin.UnixNano(), EndNano: begin.Add(time.Duration(g.rand.ExpFloat64() * 2e7)).UnixNano(), StatusCode: record.Some("UNSET"), Origin: g.origins[g.rand.IntN(len(g.origins))]}
		if i == 0 {
			g.server(&r, root, route, path, status)
		} else {
			g.statement(&r)
		}
		records = append(records, r)
	}
	return records
}

func (g *generator) server(r *record.Record, id, route, path string, status int) {
	r.OTelKind, r.SpanID, r.ParentSpanID = 2, id, record.Text{}
	r.SpanName, r.Message = "GET "+route, "GET "+path
	r.HTTPMethod, r.HTTPRoute, r.HTTPStatusCode = record.Some("GET"), record.Some(route), int16(status)
	r.URLFull, r.URLPath = record.Some("https://shop.example.com"+path+"?page=2"), record.Some(path)
	r.URLQuery = record.Some("page=2")
	r.Attributes, _ = json.Marshal(map[string]any{"http.request.method": "GET", "http.route": route, "http.response.status_code": status, "url.full": r.URLFull.S, "url.path": path,
		"client.address": fmt.Sprintf("10.0.%d.%d", g.rand.IntN(4), g.rand.IntN(250)), "user_agent.original": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0", "server.address": "shop.example.com",
		"network.protocol.version": "1.1", "user.id": fmt.Sprint(g.rand.IntN(5000))})
	r.Hot = hot(map[string]string{"http.request.method": "GET", "http.route": route, "http.response.status_code": fmt.Sprint(status), "server.address": "shop.example.com"})
	if status == 500 {
		r.Level, r.StatusCode, r.StatusMessage = record.LevelError, record.Some("ERROR"), record.Some("ValueError: bad")
		r.IsException, r.ExceptionType, r.ExceptionMessage = true, record.Some("ValueError"), record.Some("bad "+word(g.rand.IntN(50)))
		r.ExceptionStacktrace = record.Some("Traceback (most recent call last):\n" + strings.Repeat("  File \"/app/main.py\", line 10, in handler\n", 8))
	}
}

func (g *generator) statement(r *record.Record) {
	table := word(g.rand.IntN(30))
	r.SpanName, r.Message = "SELECT "+table, "SELECT * FROM "+table+" WHERE id = ?"
	r.Attributes, _ = json.Marshal(map[string]any{"db.system.name": "postgresql", "db.operation.name": "SELECT", "db.collection.name": table, "db.query.text": r.Message,
		"server.address": "db-1.internal", "server.port": 5432, "thread.id": g.rand.IntN(16), "code.function": "query_" + table})
	r.Hot = hot(map[string]string{"db.system.name": "postgresql", "db.operation.name": "SELECT", "server.address": "db-1.internal", "code.function": "query_" + table})
}

// llmTrace makes an agent run: model calls that each send the whole conversation so far.
func (g *generator) llmTrace() []record.Record {
	start := g.advance()
	trace := g.hex(32)
	conversation := []map[string]any{{"role": "system", "content": g.prompts[g.rand.IntN(len(g.prompts))]}}
	var records []record.Record
	for i := range 3 + g.rand.IntN(5) {
		conversation = append(conversation, map[string]any{"role": "user", "content": g.prose(80 + g.rand.IntN(80))})
		answer := map[string]any{"role": "assistant", "content": g.prose(60 + g.rand.IntN(100))}
		messages, _ := json.Marshal(conversation)
		output, _ := json.Marshal([]any{answer})
		large, _ := json.Marshal(map[string]json.RawMessage{"gen_ai.input.messages": messages, "gen_ai.output.messages": output})
		conversation = append(conversation, answer)
		input := fmt.Sprint(len(messages) / 4)
		begin := start.Add(time.Duration(i) * 2 * time.Second)
		attributes, _ := json.Marshal(map[string]any{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5-mini", "gen_ai.response.model": "gpt-5-mini-2026-08-01",
			"gen_ai.response.id": "chatcmpl-" + g.hex(24), "gen_ai.usage.input_tokens": len(messages) / 4, "gen_ai.usage.output_tokens": len(output) / 4, "gen_ai.request.temperature": 0.2, "operation.cost": 0.00123})
		records = append(records, record.Record{Kind: record.KindSpan, OTelKind: 3, Level: record.LevelInfo, TraceID: trace, SpanID: g.hex(16), ParentSpanID: record.Some(trace[:16]),
			StartNano: begin.UnixNano(), EndNano: begin.Add(time.Duration(g.rand.ExpFloat64() * 3e9)).UnixNano(), SpanName: "chat gpt-5-mini", Message: "chat gpt-5-mini", StatusCode: record.Some("UNSET"),
			Attributes: attributes, LargeAttributes: large, Origin: g.origins[g.rand.IntN(len(g.origins))],
			Hot: hot(map[string]string{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5-mini", "gen_ai.response.model": "gpt-5-mini-2026-08-01",
				"gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": fmt.Sprint(len(output) / 4), "operation.cost": "0.00123"})})
	}
	return records
}

// hot sorts hot attributes as records hold them.
func hot(values map[string]string) []record.HotValue {
	var list []record.HotValue
	for i, key := range record.HotAttributes {
		if value, ok := values[key]; ok {
			list = append(list, record.HotValue{Index: uint16(i), Value: value})
		}
	}
	return list
}
