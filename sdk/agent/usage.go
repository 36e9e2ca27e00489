package agent

import "maps"

// Usage counts tokens, of one response or of a whole run. Totals include their parts: InputTokens holds what was read from
// and written to caches, OutputTokens what was spent on thinking.
type Usage struct {
	Requests  int // to models; 0 in a response
	ToolCalls int // that were carried out; 0 in a response

	InputTokens          int64
	CacheReadTokens      int64
	CacheWriteTokens     int64
	CacheWrite1hTokens   int64 // of CacheWriteTokens, those kept for an hour
	InputAudioTokens     int64
	CacheAudioReadTokens int64
	OutputTokens         int64
	ReasoningTokens      int64
	OutputAudioTokens    int64

	// Details are the provider's further counts under its own names.
	Details map[string]int64
}

// TotalTokens returns the input and output tokens together.
func (u Usage) TotalTokens() int64 { return u.InputTokens + u.OutputTokens }

// Add returns the sum of both; neither is changed.
func (u Usage) Add(v Usage) Usage {
	sum := Usage{
		Requests: u.Requests + v.Requests, ToolCalls: u.ToolCalls + v.ToolCalls,
		InputTokens: u.InputTokens + v.InputTokens, CacheReadTokens: u.CacheReadTokens + v.CacheReadTokens,
		CacheWriteTokens: u.CacheWriteTokens + v.CacheWriteTokens, CacheWrite1hTokens: u.CacheWrite1hTokens + v.CacheWrite1hTokens,
		InputAudioTokens: u.InputAudioTokens + v.InputAudioTokens, CacheAudioReadTokens: u.CacheAudioReadTokens + v.CacheAudioReadTokens,
		OutputTokens: u.OutputTokens + v.OutputTokens, ReasoningTokens: u.ReasoningTokens + v.ReasoningTokens,
		OutputAudioTokens: u.OutputAudioTokens + v.OutputAudioTokens,
	}
	if len(u.Details)+len(v.Details) > 0 {
		sum.Details = maps.Clone(u.Details)
		if sum.Details == nil {
			sum.Details = map[string]int64{}
		}
		for name, n := range v.Details {
			sum.Details[name] += n
		}
	}
	return sum
}
