// Package anthropicsdk tells of the model calls of Anthropic's own client for Go, github.com/anthropics/anthropic-sdk-go:
//
//	client := anthropic.NewClient(anthropicsdk.Options(nil)...)
//
// There are two ways, of which a client needs one. [Options] gives each call a span as an instrumented model of package agent
// has it, as the other packages beside this one do. [Native] has the client's own instrumentation tell what is said too; it
// tells of the client's tool runners as well. Hearth reads both.
package anthropicsdk

import (
	"net/http"

	"github.com/anthropics/anthropic-sdk-go/option"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/llmcall"
)

// Options returns options for a client: its own spans are off, and each call of a model has one with messages, tools,
// settings, tokens, cost, and for streams the time to the first piece of the answer. Nil settings are the zero settings.
//
// The client tries failed calls again; each attempt has a span, and http.request.resend_count counts them. Calls that
// package agent records itself are not told twice. Of streams from Amazon Bedrock, which are in a format of its own, only the
// request is told.
func Options(settings *agent.InstrumentationSettings) []option.RequestOption {
	if settings == nil {
		settings = &agent.InstrumentationSettings{}
	}
	return []option.RequestOption{
		option.WithoutOpenTelemetry(),
		option.WithMiddleware(func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			return llmcall.Do(settings, req, next)
		}),
	}
}

// Native returns options for a client that turn its own spans on, whatever the environment says. With content they hold
// what is asked and answered.
func Native(content bool) []option.RequestOption {
	mode := option.OpenTelemetryContentModeMetadataOnly
	if content {
		mode = option.OpenTelemetryContentModeContent
	}
	return []option.RequestOption{option.WithOpenTelemetryTraces(true), option.WithOpenTelemetryTracesContentMode(mode)}
}
