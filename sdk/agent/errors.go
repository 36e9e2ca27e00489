package agent

import (
	"errors"
	"fmt"
)

// ErrModelRequestsNotAllowed is what models return that would reach a provider while [SetAllowModelRequests] forbids it.
var ErrModelRequestsNotAllowed = errors.New("requests to models are not allowed: use agent.Override with a testmodel or a functionmodel, or agent.SetAllowModelRequests(true)")

// ErrStreamClosed is the error of a [Stream] that was closed, or whose consumer stopped, before the run had its output.
var ErrStreamClosed = errors.New("the stream was closed before the run ended")

// RunError is the error of every run that had begun. What was wrong is in Err; the conversation as far as it went is there
// to look at.
type RunError struct {
	Agent    string // its name
	RunID    string
	Messages []Message // the whole conversation, the history that was passed in included
	Usage    Usage     // of the run
	Err      error
}

// Error names the agent and says what was wrong.
func (e *RunError) Error() string { return fmt.Sprintf("agent %s: %v", e.Agent, e.Err) }

// Unwrap returns what was wrong.
func (e *RunError) Unwrap() error { return e.Err }

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

// UnexpectedBehaviorError says that a model did what it should not, or did not do what it should after as many retries as
// it has.
type UnexpectedBehaviorError struct {
	Message string
	Err     error // what was wrong with the last try, or nil
}

// Error is the message, and what was wrong with the last try.
func (e *UnexpectedBehaviorError) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap returns what was wrong with the last try.
func (e *UnexpectedBehaviorError) Unwrap() error { return e.Err }

// ContentFilterError says that the provider's filter left nothing of a response.
type ContentFilterError struct {
	Response *Response
}

// Error names the model.
func (e *ContentFilterError) Error() string {
	return fmt.Sprintf("model %s: content filter triggered", e.Response.Model)
}

// ToolError is the error of a tool, which ends the run: a tool that wants the model to try again returns [Retry].
type ToolError struct {
	Tool   string // its name
	CallID string
	Err    error // of the tool; a *[PanicError] when it panicked
}

// Error names the tool and says what was wrong.
func (e *ToolError) Error() string { return fmt.Sprintf("tool %s: %v", e.Tool, e.Err) }

// Unwrap returns the tool's own error.
func (e *ToolError) Unwrap() error { return e.Err }

// PanicError is a panic that was caught in a function that a run called: a tool, an output function, a validator,
// instructions, a history processor, a toolset, or a model, except while it streams.
type PanicError struct {
	Value any    // that it panicked with
	Stack []byte // as runtime/debug.Stack gives it
}

// Error is the value; the stack is not part of it.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value when it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// RetryError asks the model to try again; it is made by [Retry] and by arguments that do not keep to their schema.
type RetryError struct {
	Text    string         // why, in words; empty when Invalid says it
	Invalid []InvalidValue // what the schema does not allow
}

// Retry returns an error by which a tool, an output function or a validator asks the model to try again. The text, made as
// by [fmt.Sprintf], tells the model why. A tool may ask as often as [WithRetries] or [MaxRetries] allows; then the run ends
// with an *[UnexpectedBehaviorError].
func Retry(format string, args ...any) error {
	if len(args) == 0 {
		return &RetryError{Text: format}
	}
	return &RetryError{Text: fmt.Sprintf(format, args...)}
}

// Error says why in one line.
func (e *RetryError) Error() string {
	if len(e.Invalid) == 0 {
		return e.Text
	}
	return RetryPrompt{Invalid: e.Invalid}.summary()
}

// retryText is what the model is told, for the span of the call.
func (e *RetryError) retryText() string { return e.prompt(ToolCall{Name: "tool"}).Prompt() }

// retryCause is why, in PydanticAI's words.
func (e *RetryError) retryCause() string {
	if len(e.Invalid) > 0 {
		return "validation_error"
	}
	return "model_retry"
}
