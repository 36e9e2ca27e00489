package openaimodel

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"github.com/hearth-dev/hearth/sdk/internal/provider"
)

// refused turns an error of the SDK into ours: a refusal keeps its status and body, everything else is wrapped.
func (e *endpoint) refused(err error) error {
	if refusal, ok := errors.AsType[*openai.Error](err); ok {
		return provider.Refused(e.name, refusal.StatusCode, refusal.RawJSON())
	}
	if broken, ok := errors.AsType[*ssestream.StreamError](err); ok {
		return e.streamError(string(broken.Event.Data), broken)
	}
	return fmt.Errorf("model %s: %w", e.name, err)
}

// streamError is an error that arrives inside of a stream, after the status 200. It gets the status that the same error
// has before a stream begins, where its code or type tells.
func (e *endpoint) streamError(body string, err error) error {
	if status := statusIn(body); status != 0 {
		return provider.Refused(e.name, status, body)
	}
	return fmt.Errorf("model %s: %w", e.name, err)
}

// statuses are the statuses of OpenAI's errors by their codes and types, see
// https://platform.openai.com/docs/guides/error-codes.
var statuses = map[string]int{
	"invalid_request_error": 400, "context_length_exceeded": 400, "invalid_api_key": 401, "authentication_error": 401,
	"permission_error": 403, "model_not_found": 404, "not_found_error": 404, "rate_limit_exceeded": 429,
	"rate_limit_error": 429, "insufficient_quota": 429, "too_many_requests": 429, "server_error": 500,
	"internal_server_error": 500, "api_error": 500, "overloaded_error": 503, "server_overloaded": 503,
	"service_unavailable": 503, "timeout": 504,
}

// statusIn finds a status in the body of an error, or 0. Gateways give the status itself as the code.
func statusIn(body string) int {
	type known struct{ Code, Type any }
	var event struct {
		known
		Error known
	}
	if json.Unmarshal([]byte(body), &event) != nil {
		return 0
	}
	for _, word := range []any{event.Error.Code, event.Error.Type, event.Code, event.Type} {
		text := fmt.Sprint(word)
		if status := statuses[text]; status != 0 {
			return status
		}
		if status, err := strconv.Atoi(text); err == nil && status >= 400 && status < 600 {
			return status
		}
	}
	return 0
}
