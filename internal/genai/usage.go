package genai

import (
	"math"
	"slices"
	"strings"
)

// usageKeys are the attributes that count tokens, in order of preference. What stands for {} is the prefix of semconv's
// usage: gen_ai.usage, or gen_ai.aggregated_usage of a run.
var usageKeys = []struct {
	field func(*Usage) **int64
	keys  []string
}{
	{func(u *Usage) **int64 { return &u.Input }, []string{
		"{}.input_tokens", "{}.prompt_tokens", "llm.token_count.prompt", "llm.usage.prompt_tokens", "ai.usage.inputTokens", "ai.usage.promptTokens",
	}},
	{func(u *Usage) **int64 { return &u.Output }, []string{
		"{}.output_tokens", "{}.completion_tokens", "llm.token_count.completion", "llm.usage.completion_tokens", "ai.usage.outputTokens", "ai.usage.completionTokens",
	}},
	{func(u *Usage) **int64 { return &u.Total }, []string{
		"{}.total_tokens", "llm.usage.total_tokens", "llm.token_count.total", "ai.usage.totalTokens", "ai.usage.tokens",
	}},
	{func(u *Usage) **int64 { return &u.CacheRead }, []string{
		"{}.cache_read.input_tokens", "{}.cache_read_input_tokens", "{}.cache_read_tokens", "{}.details.cache_read_tokens",
		"{}.details.cache_read_input_tokens", "{}.details.cached_tokens", "llm.token_count.prompt_details.cache_read",
		"llm.token_count.prompt_details.cache_input", "ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens", "{}.input_cached_tokens",
	}},
	{func(u *Usage) **int64 { return &u.CacheWrite }, []string{
		"{}.cache_write.input_tokens", "{}.cache_creation.input_tokens", "{}.cache_creation_input_tokens", "{}.cache_write_input_tokens",
		"{}.cache_write_tokens", "{}.details.cache_write_tokens", "{}.details.cache_creation_input_tokens",
		"llm.token_count.prompt_details.cache_write", "ai.usage.inputTokenDetails.cacheWriteTokens",
	}},
	{func(u *Usage) **int64 { return &u.CacheWrite5m }, []string{"anthropic.usage.cache_creation.ephemeral_5m_input_tokens"}},
	{func(u *Usage) **int64 { return &u.CacheWrite1h }, []string{"anthropic.usage.cache_creation.ephemeral_1h_input_tokens"}},
	{func(u *Usage) **int64 { return &u.Reasoning }, []string{
		"{}.reasoning.output_tokens", "{}.reasoning_tokens", "{}.details.reasoning_tokens", "llm.token_count.completion_details.reasoning",
		"ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens",
	}},
	{func(u *Usage) **int64 { return &u.InputAudio }, []string{"{}.details.input_audio_tokens", "llm.token_count.prompt_details.audio", "{}.audio.input_tokens"}},
	{func(u *Usage) **int64 { return &u.OutputAudio }, []string{"{}.details.output_audio_tokens", "llm.token_count.completion_details.audio", "{}.audio.output_tokens"}},
	{func(u *Usage) **int64 { return &u.InputImage }, []string{"{}.image.input_tokens"}},
	{func(u *Usage) **int64 { return &u.OutputImage }, []string{"{}.image.output_tokens"}},
	{func(u *Usage) **int64 { return &u.CacheReadAudio }, []string{"{}.details.cache_audio_read_tokens"}},
	{func(u *Usage) **int64 { return &u.AcceptedPrediction }, []string{"{}.details.accepted_prediction_tokens"}},
	{func(u *Usage) **int64 { return &u.RejectedPrediction }, []string{"{}.details.rejected_prediction_tokens"}},
	{func(u *Usage) **int64 { return &u.ToolUsePrompt }, []string{"{}.details.tool_use_prompt_tokens"}},
	{func(u *Usage) **int64 { return &u.Requests }, []string{"{}.requests"}},
}

// usageFrom reads the attributes that count tokens under one prefix.
func usageFrom(attributes object, prefix string) (u Usage) {
	for _, row := range usageKeys {
		for _, key := range row.keys {
			if n := countOf(attributes[strings.Replace(key, "{}", prefix, 1)]); n != nil {
				*row.field(&u) = n
				break
			}
		}
	}
	return u
}

// named are the details that have a field of their own, or repeat one.
var named = func() map[string]bool {
	names := map[string]bool{"input_tokens": true, "output_tokens": true, "total_tokens": true}
	for _, row := range usageKeys {
		for _, key := range row.keys {
			if name, ok := strings.CutPrefix(key, "{}.details."); ok {
				names[name] = true
			}
		}
	}
	return names
}()

// otherDetails returns what a provider counts beyond the fields of Usage, by the names that it has for it.
func otherDetails(details object) (other map[string]int64) {
	for name, value := range details {
		n := countOf(value)
		if n == nil || named[name] || len(other) == maxOtherDetails {
			continue
		}
		if other == nil {
			other = map[string]int64{}
		}
		other[name] = *n
	}
	return other
}

// maxOtherDetails bounds the details of one call: providers have a handful.
const maxOtherDetails = 64

// rawUsageKeys are the paths in the usage objects of providers, in order of preference.
var rawUsageKeys = []struct {
	field func(*Usage) **int64
	paths []string
}{
	{func(u *Usage) **int64 { return &u.Input }, []string{
		"input_tokens", "prompt_tokens", "inputTokens", "promptTokens", "prompt_token_count", "promptTokenCount", "input_token_count",
	}},
	{func(u *Usage) **int64 { return &u.Output }, []string{
		"output_tokens", "completion_tokens", "outputTokens", "completionTokens", "candidates_token_count", "candidatesTokenCount", "output_token_count",
	}},
	{func(u *Usage) **int64 { return &u.Total }, []string{"total_tokens", "totalTokens", "total_token_count", "totalTokenCount"}},
	{func(u *Usage) **int64 { return &u.CacheRead }, []string{
		"prompt_tokens_details/cached_tokens", "input_tokens_details/cached_tokens", "input_token_details/cache_read", "cache_read_input_tokens",
		"cacheReadInputTokens", "cached_content_token_count", "cachedContentTokenCount", "cachedContentTokens", "cached_token_count", "cache_read_tokens",
	}},
	{func(u *Usage) **int64 { return &u.CacheWrite }, []string{
		"cache_creation_input_tokens", "cacheWriteInputTokens", "cacheCreationInputTokens", "input_token_details/cache_creation", "cache_creation_tokens",
	}},
	{func(u *Usage) **int64 { return &u.CacheWrite5m }, []string{"cache_creation/ephemeral_5m_input_tokens"}},
	{func(u *Usage) **int64 { return &u.CacheWrite1h }, []string{"cache_creation/ephemeral_1h_input_tokens"}},
	{func(u *Usage) **int64 { return &u.Reasoning }, []string{
		"completion_tokens_details/reasoning_tokens", "output_tokens_details/reasoning_tokens", "output_token_details/reasoning",
		"thoughts_token_count", "thoughtsTokenCount", "thoughtsTokens", "reasoning_token_count",
	}},
	{func(u *Usage) **int64 { return &u.InputAudio }, []string{"prompt_tokens_details/audio_tokens"}},
	{func(u *Usage) **int64 { return &u.OutputAudio }, []string{"completion_tokens_details/audio_tokens"}},
	{func(u *Usage) **int64 { return &u.AcceptedPrediction }, []string{"completion_tokens_details/accepted_prediction_tokens"}},
	{func(u *Usage) **int64 { return &u.RejectedPrediction }, []string{"completion_tokens_details/rejected_prediction_tokens"}},
	{func(u *Usage) **int64 { return &u.ToolUsePrompt }, []string{"tool_use_prompt_token_count", "toolUsePromptTokenCount", "tool_token_count"}},
}

// rawUsage reads a provider's usage object. outside tells that its input does not hold the cached tokens, as Anthropic
// and Bedrock count. Gemini's candidates do not hold the thoughts: they are added here.
func rawUsage(o object) (u Usage, outside bool) {
	if o == nil {
		return u, false
	}
	for _, row := range rawUsageKeys {
		for _, path := range row.paths {
			if n := countOf(at(o, strings.Split(path, "/")...)); n != nil {
				*row.field(&u) = n
				break
			}
		}
	}
	if first(o, "candidates_token_count", "candidatesTokenCount", "thoughtsTokens") != nil {
		u.Output = plus(u.Output, u.Reasoning)
	}
	outside = first(o, "cache_read_input_tokens", "cache_creation_input_tokens", "cacheReadInputTokens", "cacheWriteInputTokens") != nil &&
		first(o, "prompt_tokens", "total_tokens") == nil
	return u, outside
}

// none tells whether nothing was reported.
func (u *Usage) none() bool {
	for _, row := range usageKeys {
		if *row.field(u) != nil {
			return false
		}
	}
	return len(u.Other) == 0
}

// fill takes what is not known here from other.
func (u *Usage) fill(other Usage) {
	for _, row := range usageKeys {
		if mine := row.field(u); *mine == nil {
			*mine = *row.field(&other)
		}
	}
	if u.Other == nil {
		u.Other = other.Other
	}
}

// add adds other. What only one of both knows stays known.
func (u *Usage) add(other Usage) {
	for _, row := range usageKeys {
		mine := row.field(u)
		*mine = plus(*mine, *row.field(&other))
	}
	for name, n := range other.Other {
		if u.Other == nil {
			u.Other = map[string]int64{}
		}
		u.Other[name] = saturating(u.Other[name], n)
	}
}

// plus adds counts of which either may be unknown.
func plus(a, b *int64) *int64 {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	sum := saturating(*a, *b)
	return &sum
}

func saturating(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func count(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// settle does the arithmetic: cached tokens become part of the input where the dialect keeps them apart or the numbers
// say that they are, and a missing total is the sum.
func (u *Usage) settle(outside bool, provider string) {
	if u.CacheWrite == nil {
		u.CacheWrite = plus(u.CacheWrite5m, u.CacheWrite1h)
	}
	cached := saturating(count(u.CacheRead), count(u.CacheWrite))
	if u.Input != nil && cached > 0 && !outside {
		// Nobody can send fewer tokens than came from the cache.
		outside = cached > *u.Input
		apart := slices.Contains([]string{"anthropic", "aws-bedrock"}, provider)
		if u.Total != nil && apart && *u.Total == saturating(saturating(*u.Input, count(u.Output)), cached) {
			outside = true
		}
	}
	if outside && cached > 0 {
		u.Input = plus(u.Input, &cached)
	}
	if u.Total == nil || *u.Total < saturating(count(u.Input), count(u.Output)) {
		u.Total = plus(u.Input, u.Output)
	}
}
