package agent

import (
	"fmt"
	"sync"
)

// NoLimit stands for a limit that is lifted.
const NoLimit = -1

// DefaultRequestLimit is how many requests a run may make when its limits do not say.
const DefaultRequestLimit = 50

// UsageLimits bound what a run may use. In each field 0 means the default, [NoLimit] that there is no limit. Requests and
// tool calls are checked before they are made, tokens before each request and after each response.
type UsageLimits struct {
	Requests     int   // default [DefaultRequestLimit]
	ToolCalls    int   // default none; calls that succeeded
	InputTokens  int64 // default none
	OutputTokens int64 // default none
	TotalTokens  int64 // default none
	Cost         Money // default none; by the prices of [Result.Cost], and an error when a response has none

	// RequestInputTokens bounds the input of each single request: how large the conversation may become. Default none.
	RequestInputTokens int64
}

// UsageLimitError says which limit a run would exceed or has exceeded.
type UsageLimitError struct{ Message string }

// Error is the message.
func (e *UsageLimitError) Error() string { return e.Message }

func exceeded(format string, args ...any) error {
	return &UsageLimitError{Message: fmt.Sprintf(format, args...)}
}

// meter counts what a run uses against its limits, and against those of the run that it shares its usage with. It is safe
// for concurrent use: several tools of a run may run agents of their own.
type meter struct {
	limits UsageLimits
	shared *meter // nil when the run counts for itself alone

	mu    sync.Mutex // guards what follows
	usage Usage
	cost  Money // counted when a limit asks for it
}

// total returns the usage so far, with a copy of the details.
func (m *meter) total() Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Usage{}.Add(m.usage)
}

func (m *meter) add(u Usage) {
	for ; m != nil; m = m.shared {
		m.mu.Lock()
		m.usage = m.usage.Add(u)
		m.mu.Unlock()
	}
}

// countsCost tells whether somebody wants to know costs.
func (m *meter) countsCost() bool {
	for ; m != nil; m = m.shared {
		if m.limits.Cost > 0 {
			return true
		}
	}
	return false
}

// charge adds the cost of a response, and tells whether it is within the limits.
func (m *meter) charge(cost Money) error {
	for ; m != nil; m = m.shared {
		m.mu.Lock()
		m.cost += cost
		sum := m.cost
		m.mu.Unlock()
		if limit := m.limits.Cost; limit > 0 && sum > limit {
			return exceeded("Exceeded the cost_limit of %s (cost=%s)", limit, sum)
		}
	}
	return nil
}

// beforeRequest tells whether one more request may be made.
func (m *meter) beforeRequest() error {
	for ; m != nil; m = m.shared {
		l, u := m.limits, m.total()
		requests := l.Requests
		if requests == 0 {
			requests = DefaultRequestLimit
		}
		switch {
		case requests > 0 && u.Requests >= requests:
			return exceeded("The next request would exceed the request_limit of %d", requests)
		case l.InputTokens > 0 && u.InputTokens > l.InputTokens:
			return exceeded("The next request would exceed the input_tokens_limit of %d (input_tokens=%d)", l.InputTokens, u.InputTokens)
		case l.TotalTokens > 0 && u.TotalTokens() > l.TotalTokens:
			return exceeded("The next request would exceed the total_tokens_limit of %d (total_tokens=%d)", l.TotalTokens, u.TotalTokens())
		}
	}
	return nil
}

// afterResponse tells whether the tokens are within the limits, those of a response alone included.
func (m *meter) afterResponse(response Usage) error {
	for ; m != nil; m = m.shared {
		l, u := m.limits, m.total()
		switch {
		case l.RequestInputTokens > 0 && response.InputTokens > l.RequestInputTokens:
			return exceeded("Exceeded the per_request_input_tokens_limit of %d (request_input_tokens=%d)", l.RequestInputTokens, response.InputTokens)
		case l.InputTokens > 0 && u.InputTokens > l.InputTokens:
			return exceeded("Exceeded the input_tokens_limit of %d (input_tokens=%d)", l.InputTokens, u.InputTokens)
		case l.OutputTokens > 0 && u.OutputTokens > l.OutputTokens:
			return exceeded("Exceeded the output_tokens_limit of %d (output_tokens=%d)", l.OutputTokens, u.OutputTokens)
		case l.TotalTokens > 0 && u.TotalTokens() > l.TotalTokens:
			return exceeded("Exceeded the total_tokens_limit of %d (total_tokens=%d)", l.TotalTokens, u.TotalTokens())
		}
	}
	return nil
}

// beforeTools tells whether n more tool calls may be carried out.
func (m *meter) beforeTools(n int) error {
	for ; m != nil; m = m.shared {
		l, calls := m.limits.ToolCalls, m.total().ToolCalls+n
		if l > 0 && calls > l {
			return exceeded("The next tool call(s) would exceed the tool_calls_limit of %d (tool_calls=%d).", l, calls)
		}
	}
	return nil
}
