package otlp

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/sdk/prices"
)

// costPart is what an attribute says about the cost of a model call.
type costPart uint8

const (
	noPart costPart = iota
	reportedCost
	otherCost // a reported cost under another name

	callKind
	provider
	otherProvider
	responseModel
	requestModel
	serviceTier

	inputTokens
	outputTokens
	totalTokens
	cacheRead
	cacheWrite
	cacheWrite5m
	cacheWrite1h
	inputAudio
	outputAudio
	cacheAudioRead
	reasoning

	responseData // JSON text in which Logfire keeps the answer, with what it used

	costParts
)

// costBits are the parts without one of which a record has no cost.
const costBits = 1<<reportedCost | 1<<otherCost | 1<<inputTokens | 1<<outputTokens | 1<<responseData

// partKeys are the keys that say each part, best first.
var partKeys = [costParts][]string{
	reportedCost: {costKey},
	otherCost: {
		"llm.cost.total", "gen_ai.usage.cost", "gen_ai.usage.cost_usd", "gen_ai.usage.total_cost", "gen_ai.cost.total_cost",
		"litellm.cost.total", "llm.usage.total_cost", "cost_usd",
	},
	callKind: {
		"gen_ai.operation.name", "openinference.span.kind", "llm.request.type", "traceloop.span.kind", "langsmith.span.kind",
		"langfuse.observation.type",
	},
	provider:      {"gen_ai.provider.name", "gen_ai.system"},
	otherProvider: {"llm.provider", "llm.system", "ai.model.provider", "langsmith.metadata.ls_provider"},
	responseModel: {"gen_ai.response.model", "llm.response.model_name"},
	requestModel: {
		"gen_ai.request.model", "llm.model_name", "llm.request.model_name", "embedding.model_name", "langsmith.metadata.ls_model_name",
	},
	serviceTier: {"openai.response.service_tier", "gen_ai.openai.response.service_tier"},

	inputTokens:  {"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt", "llm.usage.prompt_tokens"},
	outputTokens: {"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion", "llm.usage.completion_tokens"},
	totalTokens:  {"gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total", "ai.usage.totalTokens"},
	cacheRead: {
		"gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cache_read_tokens",
		"gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cache_read_input_tokens", "gen_ai.usage.details.cached_tokens",
		"llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input",
		"ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens", "gen_ai.usage.input_cached_tokens",
	},
	cacheWrite: {
		"gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
		"gen_ai.usage.cache_write_input_tokens", "gen_ai.usage.cache_write_tokens", "gen_ai.usage.details.cache_write_tokens",
		"gen_ai.usage.details.cache_creation_input_tokens", "llm.token_count.prompt_details.cache_write",
		"ai.usage.inputTokenDetails.cacheWriteTokens",
	},
	cacheWrite5m:   {"anthropic.usage.cache_creation.ephemeral_5m_input_tokens"},
	cacheWrite1h:   {"anthropic.usage.cache_creation.ephemeral_1h_input_tokens"},
	inputAudio:     {"gen_ai.usage.details.input_audio_tokens", "llm.token_count.prompt_details.audio", "gen_ai.usage.audio.input_tokens"},
	outputAudio:    {"gen_ai.usage.details.output_audio_tokens", "llm.token_count.completion_details.audio", "gen_ai.usage.audio.output_tokens"},
	cacheAudioRead: {"gen_ai.usage.details.cache_audio_read_tokens"},
	reasoning: {
		"gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "gen_ai.usage.details.reasoning_tokens",
		"llm.token_count.completion_details.reasoning", "ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens",
	},
	responseData: {"response_data"},
}

// costKey is the attribute that holds what a model call cost, in dollars.
const costKey = "operation.cost"

var costIndex = hotIndex(costKey)
var operationIndex = hotIndex("gen_ai.operation.name")

func hotIndex(key string) uint16 {
	index, ok := record.HotIndex(key)
	if !ok {
		panic(key + " is no hot attribute")
	}
	return index
}

type ranked struct {
	part costPart
	rank uint8
}

var costPartOfKey = func() map[string]ranked {
	of := map[string]ranked{}
	for part, keys := range partKeys {
		for rank, key := range keys {
			of[key] = ranked{costPart(part), uint8(rank)}
		}
	}
	return of
}()

func costPartOf(key string) (costPart, uint8) {
	r := costPartOfKey[key]
	return r.part, r.rank
}

// addPart notes the attribute that was added last.
func (a *attributes) addPart(k *key) {
	bit := uint32(1) << k.part
	if a.parts&bit != 0 && a.list[a.partAt[k.part]].key.rank <= k.rank {
		return
	}
	a.parts |= bit
	a.partAt[k.part] = int32(len(a.list) - 1)
}

// part returns the attribute that says a part; its kind is noValue when there is none.
func (a *attributes) part(p costPart) value {
	if a.parts&(1<<p) == 0 {
		return value{}
	}
	return a.list[a.partAt[p]].value
}

// tokens returns a count, 0 when there is none, and -1 when it is no count.
func (a *attributes) tokens(p costPart) int64 {
	v := a.part(p)
	if v.kind == noValue {
		return 0
	}
	n, ok := intOf(v)
	if !ok || n < 0 || n > math.MaxInt32<<16 {
		return -1
	}
	return n
}

// storeCost fills the hot attribute operation.cost of a model call that was sent without it, and says where a cost comes
// from. Records that are no model calls get none, whatever usage they have: agent runs repeat that of their calls.
func (d *decoding) storeCost(r *record.Record, a *attributes) error {
	isCall := r.Kind != record.KindPendingSpan && a.isModelCall()
	_, sent := hotValue(r, costIndex)
	switch {
	case sent:
		r.CostSource = record.CostReported
	case !isCall:
		return nil
	default:
		if err := d.addCost(r, a); err != nil {
			return err
		}
	}
	if isCall && r.CostSource != record.CostNone {
		d.calls++
	}
	return nil
}

// addCost adds the cost that the sender gave under another name, or else the one that follows from the prices.
func (d *decoding) addCost(r *record.Record, a *attributes) error {
	if v := a.part(otherCost); isPositive(v) {
		text, err := d.asText(v)
		if err != nil {
			return err
		}
		d.setCost(r, text.S, record.CostReported)
		return nil
	}
	if d.prices == nil {
		return nil
	}
	usage, ok := a.usage()
	if a.parts&(1<<inputTokens|1<<outputTokens) == 0 {
		usage, ok = usageOfResponse(a.part(responseData).nonEmptyText())
	}
	if !ok {
		return nil
	}
	call := prices.Call{
		Providers:   [2]string{a.part(provider).nonEmptyText(), a.part(otherProvider).nonEmptyText()},
		Models:      [2]string{a.part(responseModel).nonEmptyText(), a.part(requestModel).nonEmptyText()},
		ServiceTier: a.part(serviceTier).nonEmptyText(),
		Time:        time.Unix(0, r.StartNano),
		Usage:       usage,
	}
	if host := a.text(serverAddress); host != "" && call.Providers == [2]string{} {
		call.URL = "https://" + host
	}
	cost, ok := d.prices.Cost(&call)
	if !ok {
		return nil
	}
	source := record.CostComputed
	if cost.Override {
		source = record.CostOverride
	}
	d.scratch = appendDollars(d.scratch[:0], cost.NanoUSD)
	d.setCost(r, d.arena.text(view(d.scratch)), source)
	return nil
}

// setCost adds the hot attribute. d.hot still holds those of r.
func (d *decoding) setCost(r *record.Record, dollars string, source record.CostSource) {
	at, _ := slices.BinarySearchFunc(d.hot, costIndex, func(h record.HotValue, index uint16) int { return int(h.Index) - int(index) })
	d.hot = slices.Insert(d.hot, at, record.HotValue{Index: costIndex, Value: dollars})
	r.Hot, r.CostSource = d.arena.hotValues(d.hot), source
}

// appendDollars appends nano-dollars as dollars, in as few digits as say it exactly.
func appendDollars(dst []byte, nano int64) []byte {
	const perDollar = 1_000_000_000
	dst = strconv.AppendInt(dst, nano/perDollar, 10)
	fraction := nano % perDollar
	if fraction == 0 {
		return dst
	}
	at := len(dst)
	dst = strconv.AppendInt(dst, perDollar+fraction, 10)
	dst[at] = '.' // in place of the 1 that kept the zeros
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// isPositive tells whether a value is a number above 0. A cost of 0 means that the sender did not know it.
func isPositive(v value) bool {
	switch v.kind {
	case intValue:
		return int64(v.n) > 0
	case doubleValue:
		return v.double() > 0 && !math.IsInf(v.double(), 1)
	case textValue:
		x, err := strconv.ParseFloat(v.text(), 64)
		return err == nil && x > 0 && !math.IsInf(x, 1)
	}
	return false
}

// modelKinds are the kinds of spans that are one call of a model, by all conventions, in lower case.
var modelKinds = map[string]bool{
	"chat": true, "text_completion": true, "completion": true, "generate_content": true, "embeddings": true, "embedding": true,
	"llm": true, "generation": true, "response": true, "responses": true, "rerank": true,
}

// isModelCall tells whether these are the attributes of one call of a model. A span that says what it is is believed;
// else naming a model is enough, which agent runs of PydanticAI do by another key.
func (a *attributes) isModelCall() bool {
	if a.part(responseModel).nonEmptyText() == "" && a.part(requestModel).nonEmptyText() == "" {
		return false
	}
	kind := a.part(callKind).nonEmptyText()
	return kind == "" || isModelKind(kind)
}

func isModelKind(kind string) bool { return modelKinds[kind] || modelKinds[strings.ToLower(kind)] }

// usage returns what a call used. It is not ok if a count is none.
func (a *attributes) usage() (u prices.Usage, ok bool) {
	u = prices.Usage{
		prices.Input: a.tokens(inputTokens), prices.Output: a.tokens(outputTokens),
		prices.CacheRead: a.tokens(cacheRead), prices.CacheWrite: a.tokens(cacheWrite), prices.CacheWrite1h: a.tokens(cacheWrite1h),
		prices.InputAudio: a.tokens(inputAudio), prices.OutputAudio: a.tokens(outputAudio), prices.CacheAudioRead: a.tokens(cacheAudioRead),
		prices.Reasoning: a.tokens(reasoning),
	}
	total, write5m := a.tokens(totalTokens), a.tokens(cacheWrite5m)
	if slices.Min(u[:]) < 0 || total < 0 || write5m < 0 {
		return u, false
	}
	if u[prices.CacheWrite] == 0 {
		u[prices.CacheWrite] = write5m + u[prices.CacheWrite1h]
	}
	// By the conventions input includes what was read from and written to caches. Some senders pass on the counts of
	// providers where it does not, which shows when they add up only so.
	cached := u[prices.CacheRead] + u[prices.CacheWrite]
	if cached > u[prices.Input] || cached > 0 && total == u[prices.Input]+u[prices.Output]+cached {
		u[prices.Input] += cached
	}
	if u[prices.Reasoning] > u[prices.Output] { // it was not counted as output
		u[prices.Output] += u[prices.Reasoning]
	}
	return u, true
}

// usageOfResponse reads the usage of an answer as its provider gave it: OpenAI's counts, of which the cached ones are
// part, or Anthropic's, beside which they stand. It is not ok when there is none.
func usageOfResponse(text string) (u prices.Usage, ok bool) {
	type details struct {
		Cached    int64 `json:"cached_tokens"`
		Reasoning int64 `json:"reasoning_tokens"`
	}
	var response struct {
		Usage struct {
			Input         int64   `json:"input_tokens"`
			Output        int64   `json:"output_tokens"`
			Prompt        int64   `json:"prompt_tokens"`
			Completion    int64   `json:"completion_tokens"`
			CacheRead     int64   `json:"cache_read_input_tokens"`
			CacheWrite    int64   `json:"cache_creation_input_tokens"`
			InputDetails  details `json:"input_tokens_details"`
			OutputDetails details `json:"output_tokens_details"`
			PromptDetails details `json:"prompt_tokens_details"`
			AnswerDetails details `json:"completion_tokens_details"`
		} `json:"usage"`
	}
	if text == "" || json.Unmarshal([]byte(text), &response) != nil {
		return u, false
	}
	r := &response.Usage
	beside := r.CacheRead + r.CacheWrite
	u = prices.Usage{
		prices.Input: max(r.Input, r.Prompt) + beside, prices.Output: max(r.Output, r.Completion),
		prices.CacheRead: r.CacheRead + r.InputDetails.Cached + r.PromptDetails.Cached, prices.CacheWrite: r.CacheWrite,
		prices.Reasoning: r.OutputDetails.Reasoning + r.AnswerDetails.Reasoning,
	}
	return u, slices.Min(u[:]) >= 0 && slices.Max(u[:]) <= math.MaxInt32<<16 && u[prices.Input]+u[prices.Output] > 0
}

func hotValue(r *record.Record, index uint16) (text string, ok bool) {
	for i := range r.Hot {
		if r.Hot[i].Index == index {
			return r.Hot[i].Value, true
		}
	}
	return "", false
}

// maxAncestors is how far up countOnce looks for another span of the same call.
const maxAncestors = 16

// countOnce takes the computed cost from model calls inside model calls, as when a library and the client that it calls
// are both instrumented: sums over a trace must not count a call twice. It sees those that came in the same request.
func (d *decoding) countOnce() {
	records := d.batch.Records
	var computed []int
	for i := range records {
		if s := records[i].CostSource; s == record.CostComputed || s == record.CostOverride {
			computed = append(computed, i)
		}
	}
	if len(computed) == 0 {
		return
	}
	spans := make(map[spanKey]*record.Record, len(records))
	for i := range records {
		if r := &records[i]; r.Kind == record.KindSpan {
			spans[spanKey{r.TraceID, r.SpanID}] = r
		}
	}
	// All are found before any is changed: the middle one of three still covers the innermost.
	inner := slices.DeleteFunc(computed, func(i int) bool { return !insideCall(&records[i], spans) })
	for _, i := range inner {
		r := &records[i]
		r.CostSource = record.CostNone
		r.Hot = slices.DeleteFunc(r.Hot, func(h record.HotValue) bool { return h.Index == costIndex })
	}
}

type spanKey struct{ trace, span string }

// insideCall tells whether a model call with a cost is above r, with nothing between them that makes calls of its own.
func insideCall(r *record.Record, spans map[spanKey]*record.Record) bool {
	above := r
	for range maxAncestors {
		if !above.ParentSpanID.Valid {
			return false
		}
		above = spans[spanKey{above.TraceID, above.ParentSpanID.S}]
		if above == nil || above == r {
			return false
		}
		if operation, says := hotValue(above, operationIndex); says && !isModelKind(operation) {
			return false // an agent or a tool that a call ran
		}
		if above.CostSource != record.CostNone {
			return true
		}
	}
	return false
}

// The parts are bits of a uint32.
const _ = uint(31 - costParts)
