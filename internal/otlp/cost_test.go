package otlp

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/sdk/prices"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// testPrices has prices that do not change with the data: of house/model a dollar for a million tokens of input, ten for
// output, a tenth for what was read from a cache, two for what was written to one.
func testPrices(t testing.TB) *prices.Table {
	t.Helper()
	file := filepath.Join(t.TempDir(), "prices.json")
	text := `{"models": [{"provider": "house", "match": {"starts_with": "model"},
		"prices": {"input_mtok": 1, "output_mtok": 10, "cache_read_mtok": 0.1, "cache_write_mtok": 2}}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := prices.Open(prices.Options{File: file})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func decodeWithPrices(t *testing.T, table *prices.Table, spans ...*tracepb.Span) []record.Record {
	t.Helper()
	batch, _, err := NewDecoder(table).Decode(requestOf(t, record.Traces, tracesOf(spans...)))
	if err != nil {
		t.Fatal(err)
	}
	return batch.Records
}

// costOf returns what attributes->>'operation.cost' yields, and its source.
func costOf(r *record.Record) string {
	cost, ok := hotValue(r, costIndex)
	if !ok {
		return r.CostSource.String()
	}
	return cost + " " + r.CostSource.String()
}

// call returns the attributes of a call of house/model with 1000 tokens of input and 100 of output, which costs 0.002.
func call(more ...*commonpb.KeyValue) []*commonpb.KeyValue {
	return append([]*commonpb.KeyValue{text("gen_ai.operation.name", "chat"), text("gen_ai.provider.name", "house"), text("gen_ai.request.model", "model"),
		number("gen_ai.usage.input_tokens", 1000), number("gen_ai.usage.output_tokens", 100)}, more...)
}

func TestModelCallsGetTheCostThatTheyDidNotReport(t *testing.T) {
	t.Parallel()
	table := testPrices(t)
	check := func(what, want string, attributes ...*commonpb.KeyValue) {
		t.Helper()
		r := decodeWithPrices(t, table, testSpan("chat model", attributes...))[0]
		if got := costOf(&r); got != want {
			t.Errorf("%s: cost %q, want %q", what, got, want)
		}
	}
	check("an own price", "0.002 override", call()...)
	check("the embedded price", "0.0035 computed", text("gen_ai.operation.name", "chat"), text("gen_ai.system", "openai"), text("gen_ai.request.model", "gpt-4o"),
		number("gen_ai.usage.input_tokens", 1000), number("gen_ai.usage.output_tokens", 100))
	check("reported", "0.7 reported", call(kv("operation.cost", anyDouble(0.7)))...)
	check("reported as nothing", "0 reported", call(number("operation.cost", 0))...)
	check("reported under another name", "0.25 reported", call(kv("gen_ai.usage.cost", anyDouble(0.25)))...)
	check("reported by others as 0, which is not known", "0.002 override", call(kv("gen_ai.usage.cost", anyDouble(0)))...)
	check("counts as text", "0.002 override", text("gen_ai.provider.name", "house"), text("gen_ai.request.model", "model"),
		text("gen_ai.usage.input_tokens", "1000"), kv("gen_ai.usage.output_tokens", anyDouble(100)))
	check("OpenInference", "0.002 override", text("openinference.span.kind", "LLM"), text("llm.provider", "house"), text("llm.model_name", "model"),
		number("llm.token_count.prompt", 1000), number("llm.token_count.completion", 100))
	check("Traceloop", "0.002 override", text("llm.request.type", "chat"), text("gen_ai.system", "House"), text("gen_ai.response.model", "model-7"),
		text("gen_ai.request.model", "x"), number("gen_ai.usage.prompt_tokens", 1000), number("gen_ai.usage.completion_tokens", 100))
	check("a framework for a provider", "0.002 override", text("gen_ai.system", "langchain"), text("langsmith.metadata.ls_provider", "house"),
		text("langsmith.span.kind", "llm"), text("gen_ai.request.model", "model"), number("gen_ai.usage.input_tokens", 1000), number("gen_ai.usage.output_tokens", 100))
	check("by where it went", "0.0025 computed", text("server.address", "api.openai.com"), text("gen_ai.request.model", "gpt-4o"), number("gen_ai.usage.input_tokens", 1000))

	check("input with what was cached", "0.00163 override", call(number("gen_ai.usage.cache_read.input_tokens", 700), number("gen_ai.usage.cache_creation.input_tokens", 260))...)
	check("input without what was cached", "0.0022 override", call(number("gen_ai.usage.cache_read_input_tokens", 2000))...)
	check("the same, as the total tells", "0.00205 override", call(number("gen_ai.usage.cache_read_input_tokens", 500), number("gen_ai.usage.total_tokens", 1600))...)
	check("the better of two names", "0.00182 override", call(number("gen_ai.usage.details.cache_read_tokens", 1), number("gen_ai.usage.cache_read.input_tokens", 200))...)
	check("caches by the time they are kept", "0.0021 override", call(number("anthropic.usage.cache_creation.ephemeral_5m_input_tokens", 60), number("anthropic.usage.cache_creation.ephemeral_1h_input_tokens", 40))...)
	check("thought that is not counted as output", "0.004 override", call(number("gen_ai.usage.details.reasoning_tokens", 200))...)
	check("thought that is", "0.002 override", call(number("gen_ai.usage.details.reasoning_tokens", 90))...)

	check("no price", "", text("gen_ai.provider.name", "house"), text("gen_ai.request.model", "other"), number("gen_ai.usage.input_tokens", 1000))
	logfire := func(usage string) []*commonpb.KeyValue {
		return []*commonpb.KeyValue{text("gen_ai.response.model", "model"), text("gen_ai.system", "house"), text("response_data", `{"message":{"content":"hi"},"usage":`+usage+`}`)}
	}
	check("Logfire's answer of OpenAI", "0.002 override", logfire(`{"prompt_tokens":1000,"completion_tokens":100}`)...)
	check("Logfire's answer of Anthropic", "0.002 override", logfire(`{"input_tokens":1000,"output_tokens":100}`)...)
	check("Logfire's answer without usage", "", logfire(`null`)...)
	check("Logfire's answer with usage that is none", "", logfire(`{"prompt_tokens":-1,"completion_tokens":"many"}`)...)
	check("no usage", "", text("gen_ai.operation.name", "chat"), text("gen_ai.provider.name", "house"), text("gen_ai.request.model", "model"))
	check("no model", "", text("gen_ai.operation.name", "chat"), text("gen_ai.provider.name", "house"), number("gen_ai.usage.input_tokens", 1000))
	check("usage that is none", "", text("gen_ai.provider.name", "house"), text("gen_ai.request.model", "model"), number("gen_ai.usage.input_tokens", -5))
	check("usage that is a word", "", text("gen_ai.provider.name", "house"), text("gen_ai.request.model", "model"), text("gen_ai.usage.input_tokens", "many"))
}

func TestTheAttributesStayAsSent(t *testing.T) {
	t.Parallel()
	r := decodeWithPrices(t, testPrices(t), testSpan("chat model", call(text("user.id", "u"))...))[0]
	if bytes.Contains(r.Attributes, []byte("operation.cost")) {
		t.Errorf("the computed cost stands among the attributes: %s", r.Attributes)
	}
	for i := range r.Hot[1:] {
		if r.Hot[i].Index >= r.Hot[i+1].Index {
			t.Errorf("hot values are out of order: %v", r.Hot)
		}
	}
	if plain := decodeWithPrices(t, nil, testSpan("chat model", call(text("user.id", "u"))...))[0]; len(plain.Hot) != len(r.Hot)-1 || plain.CostSource != record.CostNone {
		t.Errorf("without prices: %v, %v", plain.Hot, plain.CostSource)
	}
}

// Sums over a trace must not count a call twice: what repeats the usage of calls has no cost of its own.
func TestAggregatesGetNoCost(t *testing.T) {
	t.Parallel()
	table := testPrices(t)
	usage := []*commonpb.KeyValue{number("gen_ai.usage.input_tokens", 1000), number("gen_ai.usage.output_tokens", 100)}
	check := func(what string, attributes ...*commonpb.KeyValue) {
		t.Helper()
		r := decodeWithPrices(t, table, testSpan(what, append(attributes, usage...)...))[0]
		if got := costOf(&r); got != "" {
			t.Errorf("%s costs %s", what, got)
		}
	}
	check("agent run of PydanticAI 0", text("model_name", "model"), text("agent_name", "a"), text("gen_ai.system", "house"))
	check("agent run", text("gen_ai.operation.name", "invoke_agent"), text("gen_ai.provider.name", "house"), text("gen_ai.request.model", "model"))
	check("step", text("gen_ai.operation.name", "agent_step"), text("gen_ai.provider.name", "house"), text("gen_ai.request.model", "model"))
	check("chain", text("openinference.span.kind", "CHAIN"), text("llm.provider", "house"), text("llm.model_name", "model"))
	check("workflow", text("traceloop.span.kind", "workflow"), text("gen_ai.system", "house"), text("gen_ai.request.model", "model"))
	check("pending", text("logfire.span_type", "pending_span"), text("gen_ai.operation.name", "chat"), text("gen_ai.system", "house"), text("gen_ai.request.model", "model"))
}

func TestACallInsideACallCostsNothingMore(t *testing.T) {
	t.Parallel()
	table := testPrices(t)
	span := func(id, parent byte, attributes ...*commonpb.KeyValue) *tracepb.Span {
		s := testSpan("s", attributes...)
		s.SpanId = bytes.Repeat([]byte{id}, 8)
		if parent != 0 {
			s.ParentSpanId = bytes.Repeat([]byte{parent}, 8)
		}
		return s
	}
	check := func(what string, want []string, spans ...*tracepb.Span) {
		t.Helper()
		var got []string
		for _, r := range decodeWithPrices(t, table, spans...) {
			got = append(got, costOf(&r))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	const one = "0.002 override"
	tool := []*commonpb.KeyValue{text("gen_ai.operation.name", "execute_tool")}
	check("side by side", []string{one, one}, span(1, 9, call()...), span(2, 9, call()...))
	check("library and client, children first", []string{"", one}, span(2, 1, call()...), span(1, 0, call()...))
	check("three, with another span between", []string{one, "", "", ""}, span(1, 0, call()...), span(2, 1), span(3, 2, call()...), span(4, 3, call()...))
	check("below a reported cost", []string{"0.5 reported", ""}, span(1, 0, call(kv("operation.cost", anyDouble(0.5)))...), span(2, 1, call()...))
	check("a tool that calls a model", []string{one, "", one}, span(1, 0, call()...), span(2, 1, tool...), span(3, 2, call()...))
	check("below a call without a cost", []string{"", one, one}, span(1, 0, text("gen_ai.operation.name", "chat"), text("gen_ai.request.model", "model")), span(2, 1, call()...), span(3, 1, call()...))
	check("each other's parents", []string{"", ""}, span(1, 2, call()...), span(2, 1, call()...))
	own := span(1, 1, call()...)
	check("its own parent", []string{one, one}, own, span(2, 9, call()...))
}

func TestACostIsThatOfTheSpansTime(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "prices.json")
	day := time.Unix(0, int64(start)).UTC().Format(time.DateOnly)
	text := `{"models": [{"match": "model", "prices": [{"prices": {"input_mtok": 1}}, {"constraint": {"start_date": "` + day + `"}, "prices": {"input_mtok": 3}}]}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := prices.Open(prices.Options{File: file})
	if err != nil {
		t.Fatal(err)
	}
	early := testSpan("a", call()...)
	early.StartTimeUnixNano -= uint64(24 * time.Hour)
	records := decodeWithPrices(t, table, early, testSpan("b", call()...))
	if a, b := costOf(&records[0]), costOf(&records[1]); a != "0.001 override" || b != "0.003 override" {
		t.Errorf("costs %q and %q", a, b)
	}
}

func TestAReplayGivesTheSameCosts(t *testing.T) {
	t.Parallel()
	spans := []*tracepb.Span{testSpan("one", call()...), testSpan("two", call(text("gen_ai.response.model", "model-2"))...)}
	spans[1].SpanId[0]++
	req := requestOf(t, record.Traces, tracesOf(spans...))
	first, _, err := NewDecoder(testPrices(t)).Decode(req)
	if err != nil {
		t.Fatal(err)
	}
	later := NewDecoder(testPrices(t))
	for range 2 { // the second time from what is remembered
		again, _, err := later.Decode(req)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("the batch differs (-first +again):\n%s", diff)
		}
	}
}

func TestDollarsAreWrittenExactly(t *testing.T) {
	t.Parallel()
	for nano, want := range map[int64]string{0: "0", 1: "0.000000001", 1_000_000_000: "1", 1_500_000_000: "1.5", 20: "0.00000002", 123_000_000_456: "123.000000456", 100_000_000: "0.1"} {
		if got := string(appendDollars([]byte("x"), nano)); got != "x"+want {
			t.Errorf("%d: %s, want x%s", nano, got, want)
		}
	}
}

// A key that means a part of a cost means one, and nothing else to the mapping: add looks for one or the other.
func TestEachKeySaysOnePartOfACost(t *testing.T) {
	t.Parallel()
	n := 0
	for part, keys := range partKeys {
		n += len(keys)
		for _, key := range keys {
			if classOf[key] != ordinary {
				t.Errorf("%s has a class too", key)
			}
		}
		if part > 0 && len(keys) == 0 {
			t.Errorf("part %d has no key", part)
		}
	}
	if n != len(costPartOfKey) {
		t.Errorf("%d keys, %d of them different", n, len(costPartOfKey))
	}
}
