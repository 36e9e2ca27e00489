package httpclient

import (
	"net/http"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/llmcall"
)

// UnderstandLLM has requests to models of OpenAI, Anthropic, Google, Ollama, and of all who speak as one of them does,
// recorded as model calls too: above the span of the request there is a span as an instrumented model of package agent has
// it, with the messages, tools, settings, tokens and cost, and for streams the time to the first piece of the answer. Bodies
// need not be captured for it. Calls that package agent records itself are not told twice.
//
// It is for clients of model providers that have no instrumentation, and for frameworks above them: what they send is what
// is told. Each attempt of a client that tries again is a call; http.request.resend_count counts them where the client
// tells. Nil settings are the zero settings.
func UnderstandLLM(settings *agent.InstrumentationSettings) Option {
	if settings == nil {
		settings = &agent.InstrumentationSettings{}
	}
	return func(c *config) {
		c.around = append(c.around, func(base http.RoundTripper) http.RoundTripper {
			return understanding{base, settings}
		})
	}
}

type understanding struct {
	base     http.RoundTripper
	settings *agent.InstrumentationSettings
}

// RoundTrip implements http.RoundTripper.
func (u understanding) RoundTrip(req *http.Request) (*http.Response, error) {
	return llmcall.Do(u.settings, req, u.base.RoundTrip)
}
