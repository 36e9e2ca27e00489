package wire

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
)

// Error is what a provider says when it does not answer.
type Error struct {
	Type    string // the provider's word for it, such as invalid_request_error, rate_limit_error or RESOURCE_EXHAUSTED
	Code    string // a further word, such as context_length_exceeded, or empty
	Message string // in words for people, cut at 4 KiB
}

// Error returns the provider's word, if it has one, and its message.
func (e *Error) Error() string {
	word := cmp.Or(e.Type, e.Code)
	if word == "" {
		return e.Message
	}
	return fmt.Sprintf("%s: %s", word, e.Message)
}

// maxErrorMessage is how much of a provider's message is kept.
const maxErrorMessage = 4 << 10

// ReadError reads the body of a response that refuses a request. It is nil if the body says nothing.
func ReadError(body []byte) *Error {
	elements := elements(body)
	if len(elements) > 0 { // Google's streams
		body = elements[0]
	}
	sent := read[struct {
		Error json.RawMessage `json:"error"`
	}](body)
	if !absent(sent.Error) {
		return errorOf(sent.Error)
	}
	e := errorOf(body)
	if e.Message == "" {
		return nil
	}
	return e
}

// errorOf reads an error by itself: a text, or an object.
func errorOf(text json.RawMessage) *Error {
	if message, ok := textOf(text); ok {
		return &Error{Message: cut(message)}
	}
	sent := read[struct {
		Type    string          `json:"type"`
		Status  string          `json:"status"` // Google
		Code    json.RawMessage `json:"code"`   // a word, or a number
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"` // of servers in Python
	}](text)
	e := &Error{Type: sent.Type, Message: cut(sent.Message)}
	if e.Type == "" || e.Type == "error" {
		e.Type = sent.Status
	}
	if code, ok := textOf(sent.Code); ok {
		e.Code = code
	}
	if e.Message == "" {
		e.Message, _ = textOf(sent.Detail)
		e.Message = cut(e.Message)
	}
	return e
}

// cut returns as much of a message as is kept.
func cut(message string) string {
	if len(message) <= maxErrorMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxErrorMessage], "")
}
