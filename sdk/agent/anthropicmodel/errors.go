package anthropicmodel

import (
	"errors"
	"fmt"

	"github.com/anthropics/anthropic-sdk-go"

	"github.com/hearth-dev/hearth/sdk/internal/provider"
)

// statuses are the statuses of errors by their types; an error inside of a stream has the type only. See
// https://platform.claude.com/docs/en/api/errors#http-errors.
var statuses = map[string]int{
	"invalid_request_error": 400, "authentication_error": 401, "billing_error": 402, "permission_error": 403,
	"not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "api_error": 500, "timeout_error": 504,
	"overloaded_error": 529,
}

// refused turns an error of the SDK into ours: a refusal keeps its status and body, everything else is wrapped.
func (m *Model) refused(err error) error {
	refusal, ok := errors.AsType[*anthropic.Error](err)
	if !ok {
		return fmt.Errorf("model %s: %w", m.name, err)
	}
	status := refusal.StatusCode
	if status < 400 {
		status = statuses[string(refusal.Type())]
	}
	if status == 0 {
		return fmt.Errorf("model %s: %w", m.name, err)
	}
	return provider.Refused(m.name, status, refusal.RawJSON())
}
