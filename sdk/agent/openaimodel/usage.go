package openaimodel

import (
	"encoding/json"
	"maps"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// chatUsage returns what a completion used. Details are the API's further counts, as PydanticAI names them: those of the
// output have no prefix.
func chatUsage(u openai.CompletionUsage) agent.Usage {
	details := counts(u.RawJSON())
	for _, total := range []string{"prompt_tokens", "completion_tokens", "total_tokens"} {
		delete(details, total)
	}
	maps.Copy(details, counts(u.CompletionTokensDetails.RawJSON()))
	return agent.Usage{
		InputTokens:       u.PromptTokens,
		CacheReadTokens:   u.PromptTokensDetails.CachedTokens,
		CacheWriteTokens:  counts(u.PromptTokensDetails.RawJSON())["cache_write_tokens"],
		InputAudioTokens:  u.PromptTokensDetails.AudioTokens,
		OutputTokens:      u.CompletionTokens,
		ReasoningTokens:   u.CompletionTokensDetails.ReasoningTokens,
		OutputAudioTokens: u.CompletionTokensDetails.AudioTokens,
		Details:           orNil(details),
	}
}

// responsesUsage returns what a response used.
func responsesUsage(u responses.ResponseUsage) agent.Usage {
	details := counts(u.RawJSON())
	for _, total := range []string{"input_tokens", "output_tokens", "total_tokens"} {
		delete(details, total)
	}
	if u.JSON.InputTokens.Valid() {
		details["reasoning_tokens"] = u.OutputTokensDetails.ReasoningTokens
	}
	return agent.Usage{
		InputTokens:      u.InputTokens,
		CacheReadTokens:  u.InputTokensDetails.CachedTokens,
		CacheWriteTokens: counts(u.InputTokensDetails.RawJSON())["cache_write_tokens"],
		OutputTokens:     u.OutputTokens,
		ReasoningTokens:  u.OutputTokensDetails.ReasoningTokens,
		Details:          orNil(details),
	}
}

// counts returns the whole numbers that stand directly in an object.
func counts(object string) map[string]int64 {
	found := map[string]int64{}
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(object), &fields) != nil {
		return found
	}
	for name, raw := range fields {
		var n *int64
		if json.Unmarshal(raw, &n) == nil && n != nil {
			found[name] = *n
		}
	}
	return found
}

func orNil(details map[string]int64) map[string]int64 {
	if len(details) == 0 {
		return nil
	}
	return details
}
