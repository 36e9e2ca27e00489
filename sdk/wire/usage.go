package wire

import (
	"encoding/json"
	"strings"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// openAIUsage reads the usage object of OpenAI, of chat completions, of embeddings or of responses. The details are those
// that PydanticAI keeps.
func openAIUsage(text json.RawMessage) (u agent.Usage) {
	if absent(text) {
		return u
	}
	sent := read[struct {
		Prompt          int64         `json:"prompt_tokens"`
		Completion      int64         `json:"completion_tokens"`
		Input           int64         `json:"input_tokens"`
		Output          int64         `json:"output_tokens"`
		PromptDetails   openAIDetails `json:"prompt_tokens_details"`
		InputDetails    openAIDetails `json:"input_tokens_details"`
		OutputDetails   openAIDetails `json:"output_tokens_details"`
		CompletionParts openAIDetails `json:"completion_tokens_details"`
	}](text)
	in, out := sent.PromptDetails, sent.CompletionParts
	in.add(sent.InputDetails)
	out.add(sent.OutputDetails)
	u = agent.Usage{
		InputTokens: sent.Prompt + sent.Input, CacheReadTokens: in.Cached, CacheWriteTokens: in.CacheWrite, InputAudioTokens: in.Audio,
		OutputTokens: sent.Completion + sent.Output, ReasoningTokens: out.Reasoning, OutputAudioTokens: out.Audio,
	}
	all := read[map[string]json.RawMessage](text)
	for name, value := range all {
		switch name {
		case "prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens":
		default:
			countInto(&u, name, value)
		}
	}
	for name, value := range read[map[string]json.RawMessage](all["completion_tokens_details"]) {
		countInto(&u, name, value)
	}
	if sent.Input+sent.Output > 0 {
		setDetail(&u, "reasoning_tokens", out.Reasoning)
	}
	return u
}

type openAIDetails struct {
	Cached     int64 `json:"cached_tokens"`
	CacheWrite int64 `json:"cache_write_tokens"`
	Audio      int64 `json:"audio_tokens"`
	Reasoning  int64 `json:"reasoning_tokens"`
}

func (d *openAIDetails) add(o openAIDetails) {
	d.Cached, d.CacheWrite, d.Audio, d.Reasoning = d.Cached+o.Cached, d.CacheWrite+o.CacheWrite, d.Audio+o.Audio, d.Reasoning+o.Reasoning
}

// countInto adds a detail if it is a whole number.
func countInto(u *agent.Usage, name string, value json.RawMessage) {
	var n int64
	if absent(value) || json.Unmarshal(value, &n) != nil {
		return
	}
	setDetail(u, name, n)
}

func setDetail(u *agent.Usage, name string, n int64) {
	if u.Details == nil {
		u.Details = map[string]int64{}
	}
	u.Details[name] = n
}

// anthropicUsage is what Anthropic counts. Its input does not hold what the cache does.
type anthropicUsage struct {
	Input         *int64 `json:"input_tokens"`
	Output        *int64 `json:"output_tokens"`
	CacheWrite    *int64 `json:"cache_creation_input_tokens"`
	CacheRead     *int64 `json:"cache_read_input_tokens"`
	CacheCreation *struct {
		OneHour int64 `json:"ephemeral_1h_input_tokens"`
	} `json:"cache_creation"`
	OutputDetails *struct {
		Thinking int64 `json:"thinking_tokens"`
	} `json:"output_tokens_details"`
	ServerTools *struct {
		WebSearches int64 `json:"web_search_requests"`
	} `json:"server_tool_use"`
}

// update takes what a later event of a stream says: its counts are those of the whole message so far.
func (a *anthropicUsage) update(later anthropicUsage) {
	for _, field := range []struct{ mine, theirs **int64 }{
		{&a.Input, &later.Input}, {&a.Output, &later.Output}, {&a.CacheWrite, &later.CacheWrite}, {&a.CacheRead, &later.CacheRead},
	} {
		if *field.theirs != nil {
			*field.mine = *field.theirs
		}
	}
	if later.CacheCreation != nil {
		a.CacheCreation = later.CacheCreation
	}
	if later.OutputDetails != nil {
		a.OutputDetails = later.OutputDetails
	}
	if later.ServerTools != nil {
		a.ServerTools = later.ServerTools
	}
}

func (a *anthropicUsage) usage() (u agent.Usage) {
	for _, count := range []struct {
		name  string
		value *int64
		into  []*int64
	}{
		{"input_tokens", a.Input, []*int64{&u.InputTokens}},
		{"output_tokens", a.Output, []*int64{&u.OutputTokens}},
		{"cache_creation_input_tokens", a.CacheWrite, []*int64{&u.InputTokens, &u.CacheWriteTokens}},
		{"cache_read_input_tokens", a.CacheRead, []*int64{&u.InputTokens, &u.CacheReadTokens}},
	} {
		if count.value == nil {
			continue
		}
		setDetail(&u, count.name, *count.value)
		for _, into := range count.into {
			*into += *count.value
		}
	}
	if a.CacheCreation != nil && a.CacheCreation.OneHour > 0 {
		u.CacheWrite1hTokens = a.CacheCreation.OneHour
		setDetail(&u, "ephemeral_1h_input_tokens", a.CacheCreation.OneHour)
	}
	if a.OutputDetails != nil && a.OutputDetails.Thinking > 0 {
		u.ReasoningTokens = a.OutputDetails.Thinking
		setDetail(&u, "thinking_tokens", a.OutputDetails.Thinking)
	}
	if a.ServerTools != nil && a.ServerTools.WebSearches > 0 {
		setDetail(&u, "web_search_requests", a.ServerTools.WebSearches)
	}
	return u
}

// googleUsage is what Google counts. Its candidates do not hold the thoughts.
type googleUsage struct {
	Prompt       int64         `json:"promptTokenCount"`
	Candidates   int64         `json:"candidatesTokenCount"`
	Cached       int64         `json:"cachedContentTokenCount"`
	Thoughts     int64         `json:"thoughtsTokenCount"`
	ToolUse      int64         `json:"toolUsePromptTokenCount"`
	PromptParts  []googleCount `json:"promptTokensDetails"`
	CacheParts   []googleCount `json:"cacheTokensDetails"`
	AnswerParts  []googleCount `json:"candidatesTokensDetails"`
	ToolUseParts []googleCount `json:"toolUsePromptTokensDetails"`
}

type googleCount struct {
	Modality string `json:"modality"`
	Count    int64  `json:"tokenCount"`
}

// update takes the counts of a later piece of a stream, which are those of all so far. What it leaves out stays.
func (g *googleUsage) update(later googleUsage) {
	for _, field := range []struct{ mine, theirs *int64 }{
		{&g.Prompt, &later.Prompt}, {&g.Candidates, &later.Candidates}, {&g.Cached, &later.Cached}, {&g.Thoughts, &later.Thoughts},
		{&g.ToolUse, &later.ToolUse},
	} {
		if *field.theirs != 0 {
			*field.mine = *field.theirs
		}
	}
	for _, field := range []struct{ mine, theirs *[]googleCount }{
		{&g.PromptParts, &later.PromptParts}, {&g.CacheParts, &later.CacheParts}, {&g.AnswerParts, &later.AnswerParts},
		{&g.ToolUseParts, &later.ToolUseParts},
	} {
		if *field.theirs != nil {
			*field.mine = *field.theirs
		}
	}
}

func (g *googleUsage) usage() agent.Usage {
	u := agent.Usage{
		InputTokens: g.Prompt + g.ToolUse, CacheReadTokens: g.Cached, OutputTokens: g.Candidates + g.Thoughts, ReasoningTokens: g.Thoughts,
	}
	for _, count := range []struct {
		name string
		n    int64
	}{{"cached_content_tokens", g.Cached}, {"thoughts_tokens", g.Thoughts}, {"tool_use_prompt_tokens", g.ToolUse}} {
		if count.n > 0 {
			setDetail(&u, count.name, count.n)
		}
	}
	for _, part := range []struct {
		name   string
		counts []googleCount
		audio  *int64
	}{
		{"prompt", g.PromptParts, &u.InputAudioTokens},
		{"cache", g.CacheParts, &u.CacheAudioReadTokens},
		{"candidates", g.AnswerParts, &u.OutputAudioTokens},
		{"tool_use_prompt", g.ToolUseParts, &u.InputAudioTokens},
	} {
		for _, count := range part.counts {
			if count.Modality == "" || count.Count <= 0 {
				continue
			}
			setDetail(&u, strings.ToLower(count.Modality)+"_"+part.name+"_tokens", count.Count)
			if count.Modality == "AUDIO" {
				*part.audio += count.Count
			}
		}
	}
	return u
}
