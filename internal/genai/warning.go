package genai

import "slices"

// Warning is something that a reader of a conversation should know: that it is not whole, or that a call did not do what
// was meant, without having failed.
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	SpanID  string `json:"span_id,omitempty"` // the call; empty when it is of the whole
}

// The codes of warnings.
const (
	warnTruncated    = "truncated"
	warnMissing      = "content_missing"
	warnUnpriced     = "unpriced"
	warnLength       = "answer_cut"
	warnFiltered     = "answer_filtered"
	warnArguments    = "invalid_arguments"
	warnUnknownTool  = "unknown_tool"
	warnAskedAgain   = "asked_again"
	warnHistoryShift = "history_changed"
)

// warningsOf lists the warnings of a conversation: those of the whole, then those of its turns in order.
func warningsOf(c *Conversation) []Warning {
	var warnings []Warning
	warn := func(holds bool, spanID, code, message string) {
		if holds {
			warnings = append(warnings, Warning{Code: code, Message: message, SpanID: spanID})
		}
	}
	warn(c.Truncated, "", warnTruncated, "Some content was cut on its way here.")
	warn(c.ContentMissing, "", warnMissing, "Some content was not recorded. Content capture may be off.")
	warn(c.UnpricedCalls > 0, "", warnUnpriced, "Some calls have no known price: the cost lacks them.")
	offered := map[string]bool{}
	for _, tool := range c.Tools {
		if tool.Offered {
			offered[tool.Name] = true
		}
	}
	for i := range c.Turns {
		turn := &c.Turns[i]
		warn(turn.Break == breakAgain, turn.SpanID, warnAskedAgain, "The same was asked before: a retry, or one of several tries.")
		warn(turn.Break == breakChanged, turn.SpanID, warnHistoryShift, "The history is not what was said before: it was shortened or edited.")
		warn(slices.Contains(turn.Finish, "length"), turn.SpanID, warnLength, "The answer was cut at the limit of tokens.")
		warn(slices.Contains(turn.Finish, "content_filter"), turn.SpanID, warnFiltered, "The answer was stopped by a filter or refused.")
		for _, message := range turn.Output {
			for _, part := range message.Parts {
				if part.Type != PartToolCall {
					continue
				}
				warn(part.ArgsRaw != "", turn.SpanID, warnArguments, "The arguments for "+part.Name+" are not valid JSON.")
				unknown := len(offered) > 0 && !offered[part.Name] && !part.ServerSide
				warn(unknown, turn.SpanID, warnUnknownTool, "The model called "+part.Name+", which it was not offered.")
			}
		}
	}
	return bounded(warnings)
}
