package agent

import (
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// recordException adds the event of an error to a span. Without content only the error's type is told: its text may quote
// what was said. escaped is whether the error went on beyond the span.
func recordException(span trace.Span, err error, says, escaped bool) {
	kind := errorType(err)
	attributes := []attribute.KeyValue{attribute.String("exception.type", kind)}
	if says {
		attributes = append(attributes, attribute.String("exception.message", err.Error()))
	}
	if escaped {
		attributes = append(attributes, attribute.String("exception.escaped", "True")) // PydanticAI's spelling
	} else {
		attributes = append(attributes, attribute.String("exception.escaped", "False"))
	}
	span.AddEvent("exception", trace.WithAttributes(attributes...))
	span.SetAttributes(attribute.String("error.type", kind))
}

// errorType is the type of the first error in a chain that is more than a text around another.
func errorType(err error) string {
	for {
		kind := fmt.Sprintf("%T", err)
		switch wrapped := err.(type) { //nolint:errorlint // the chain is walked here
		case interface{ Unwrap() error }:
			if inner := wrapped.Unwrap(); inner != nil && kind == "*fmt.wrapError" {
				err = inner
				continue
			}
		}
		return kind
	}
}
