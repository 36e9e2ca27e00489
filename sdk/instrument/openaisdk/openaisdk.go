// Package openaisdk tells of the model calls of OpenAI's own client for Go, github.com/openai/openai-go, of any major version:
//
//	client := openai.NewClient(option.WithMiddleware(openaisdk.Middleware(nil)))
//
// Each call has a span as an instrumented model of package agent has it, with messages, tools, settings, tokens, cost, and for
// streams the time to the first piece of the answer. Chat completions, responses and embeddings are told, of OpenAI, of Azure
// and of every server that the client is pointed at.
package openaisdk

import (
	"net/http"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/llmcall"
)

// Middleware returns a middleware for option.WithMiddleware. Nil settings are the zero settings.
//
// The client calls its middleware once for each attempt, so that a call that is tried again has a span for each attempt;
// http.request.resend_count counts them. Requests are sent as they are: OpenAI tells the usage of a streamed chat completion
// only if stream_options.include_usage asks for it. Calls that package agent records itself, and those of a client over
// [httpclient.UnderstandLLM], are told once.
//
// [httpclient.UnderstandLLM]: https://pkg.go.dev/github.com/hearth-dev/hearth/sdk/httpclient#UnderstandLLM
func Middleware(settings *agent.InstrumentationSettings) func(*http.Request, func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	if settings == nil {
		settings = &agent.InstrumentationSettings{}
	}
	return func(req *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
		return llmcall.Do(settings, req, next)
	}
}
