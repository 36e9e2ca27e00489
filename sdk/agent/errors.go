package agent

import "fmt"

// ModelHTTPError is a provider's refusal of a request.
type ModelHTTPError struct {
	Status int    // of HTTP
	Model  string // that was asked
	Body   string // the provider's answer, cut at 4 KiB
}

// Error names the status, the model and what the provider said.
func (e *ModelHTTPError) Error() string {
	return fmt.Sprintf("model %s: status %d: %s", e.Model, e.Status, e.Body)
}
