package agent

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/hearth-dev/hearth/sdk/prices"
)

// histograms are the metrics of requests, named and bucketed as OpenTelemetry's conventions advise.
type histograms struct {
	tokens     metric.Int64Histogram
	cost       metric.Float64Histogram
	firstChunk metric.Float64Histogram
}

func newHistograms(meter metric.Meter) *histograms {
	var h histograms
	var err error
	if h.tokens, err = meter.Int64Histogram("gen_ai.client.token.usage", metric.WithUnit("{token}"),
		metric.WithDescription("Measures number of input and output tokens used"),
		metric.WithExplicitBucketBoundaries(1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864),
	); err != nil {
		otel.Handle(err)
	}
	if h.cost, err = meter.Float64Histogram("operation.cost", metric.WithUnit("{USD}"),
		metric.WithDescription("Monetary cost"),
	); err != nil {
		otel.Handle(err)
	}
	if h.firstChunk, err = meter.Float64Histogram("gen_ai.client.operation.time_to_first_chunk", metric.WithUnit("s"),
		metric.WithDescription("Time from issuing a streaming request to the first chunk being surfaced to the consumer"),
		metric.WithExplicitBucketBoundaries(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92),
	); err != nil {
		otel.Handle(err)
	}
	return &h
}

// measure records what a request used, cost (in dollars, nil if unknown) and how long its first chunk took (in seconds,
// nil if it was not streamed).
func (h *histograms) measure(ctx context.Context, u Usage, cost, firstChunk *float64, labels []attribute.KeyValue) {
	if u.InputTokens > 0 {
		h.tokens.Record(ctx, u.InputTokens, metric.WithAttributes(labels...), metric.WithAttributes(attribute.String("gen_ai.token.type", "input")))
	}
	if u.OutputTokens > 0 {
		h.tokens.Record(ctx, u.OutputTokens, metric.WithAttributes(labels...), metric.WithAttributes(attribute.String("gen_ai.token.type", "output")))
	}
	if cost != nil {
		h.cost.Record(ctx, *cost, metric.WithAttributes(labels...))
	}
	if firstChunk != nil {
		h.firstChunk.Record(ctx, *firstChunk, metric.WithAttributes(labels...))
	}
}

// readPrices has the embedded prices read in the background, which takes some 20 ms. The first request calls it when it
// starts, so that it need not wait when it ends.
var readPrices = sync.OnceFunc(func() { go embeddedPrices() })

// embeddedPrices are nil when they cannot be read, which otel.Handle is told once.
var embeddedPrices = sync.OnceValue(func() *prices.Table {
	table, err := prices.Open(prices.Options{})
	if err != nil {
		otel.Handle(err)
	}
	return table
})

// price returns what a response cost in dollars, or nil if nobody knows.
func (s *InstrumentationSettings) price(target Target, resp *Response) *float64 {
	cost, ok := s.cost(target, resp)
	if !ok {
		return nil
	}
	dollars := float64(cost.NanoUSD) / 1e9
	return &dollars
}

// cost asks what a response cost. Settings may be nil.
func (s *InstrumentationSettings) cost(target Target, resp *Response) (prices.Cost, bool) {
	call := &prices.Call{
		Providers: [2]string{resp.Provider, target.Provider}, URL: target.BaseURL,
		Models: [2]string{resp.Model, target.Name}, Time: resp.At, Usage: priced(resp.Usage),
	}
	if s != nil && s.Pricer != nil {
		return s.Pricer(call)
	}
	table := embeddedPrices()
	if table == nil {
		return prices.Cost{}, false
	}
	return table.Cost(call)
}

// priced is a usage as prices are asked for.
func priced(u Usage) prices.Usage {
	return prices.Usage{
		prices.Input: u.InputTokens, prices.CacheRead: u.CacheReadTokens, prices.CacheWrite: u.CacheWriteTokens,
		prices.CacheWrite1h: u.CacheWrite1hTokens, prices.InputAudio: u.InputAudioTokens, prices.CacheAudioRead: u.CacheAudioReadTokens,
		prices.Output: u.OutputTokens, prices.Reasoning: u.ReasoningTokens, prices.OutputAudio: u.OutputAudioTokens,
	}
}

// usageAttributes are a usage under a prefix, as PydanticAI names its parts. What is zero is left out, except among the
// provider's own counts.
func usageAttributes(prefix string, u Usage) []attribute.KeyValue {
	var attributes []attribute.KeyValue
	add := func(key string, n int64) {
		if n != 0 {
			attributes = append(attributes, attribute.Int64(prefix+key, n))
		}
	}
	add("input_tokens", u.InputTokens)
	add("output_tokens", u.OutputTokens)
	add("cache_creation.input_tokens", u.CacheWriteTokens)
	add("cache_read.input_tokens", u.CacheReadTokens)
	add("details.cache_write_tokens", u.CacheWriteTokens)
	add("details.cache_write_1h_tokens", u.CacheWrite1hTokens)
	add("details.cache_read_tokens", u.CacheReadTokens)
	add("details.input_audio_tokens", u.InputAudioTokens)
	add("details.cache_audio_read_tokens", u.CacheAudioReadTokens)
	add("details.output_audio_tokens", u.OutputAudioTokens)
	add("details.reasoning_tokens", u.ReasoningTokens)
	for name, n := range u.Details {
		if name == "input_tokens" || name == "output_tokens" {
			continue // they are said already, and who adds up details would count them twice
		}
		attributes = append(attributes, attribute.Int64(prefix+"details."+name, n))
	}
	return attributes
}
