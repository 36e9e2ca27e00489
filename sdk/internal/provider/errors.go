package provider

import (
	"fmt"
	"strings"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// maxBody is how much of a provider's answer an error keeps.
const maxBody = 4 << 10

// Refused is a provider's refusal of a request.
func Refused(model string, status int, body string) error {
	if len(body) > maxBody {
		body = strings.ToValidUTF8(body[:maxBody], "")
	}
	return &agent.ModelHTTPError{Status: status, Model: model, Body: body}
}

// Malformed is an answer that is not what the provider promises.
func Malformed(model, format string, args ...any) error {
	return &agent.UnexpectedBehaviorError{Message: fmt.Sprintf("model %s: ", model) + fmt.Sprintf(format, args...)}
}

// Think returns thoughts as text between tags, for a provider that has no place of their own for them.
func Think(text string) string { return "<think>\n" + text + "\n</think>" }
