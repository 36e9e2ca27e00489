package agent

import (
	"errors"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/govalue"
)

// recordFailure marks a span with the error that ended what it stands for.
func recordFailure(span trace.Span, err error, says bool) {
	recordException(span, err, says, "False")
	description := ""
	if says {
		description = err.Error()
	}
	span.SetStatus(codes.Error, description)
}

// recordException adds the event of an error to a span. Without content only the error's type is told: its text may quote
// what was said. Escaped is True when the error was handed on to somebody outside of the span, in PydanticAI's spelling.
func recordException(span trace.Span, err error, says bool, escaped string) {
	kind := govalue.TypeOfError(err).String()
	attributes := []attribute.KeyValue{attribute.String("exception.type", kind), attribute.String("exception.escaped", escaped)}
	if says {
		attributes = append(attributes, attribute.String("exception.message", err.Error()))
		if stack := stackOf(err); stack != "" {
			attributes = append(attributes, attribute.String("exception.stacktrace", stack))
		}
	}
	span.AddEvent("exception", trace.WithAttributes(attributes...))
	span.SetAttributes(attribute.String("error.type", kind))
}

const maxCauses = 16 // of an error's tree

// stackOf says what an error wraps and, if it was a panic, where that was. It is empty when there is nothing to say: Go's
// errors know no stack.
func stackOf(err error) string {
	var text strings.Builder
	inner := govalue.Unwrap(err)
	for n := 0; len(inner) > 0 && n < maxCauses; n++ {
		cause := inner[0]
		text.WriteString("\twraps " + govalue.TypeOfError(cause).String() + ": " + cause.Error() + "\n")
		inner = append(govalue.Unwrap(cause), inner[1:]...)
	}
	if panicked, ok := errors.AsType[*PanicError](err); ok {
		text.WriteString("\n" + string(panicked.Stack))
	}
	if text.Len() == 0 {
		return ""
	}
	return govalue.TypeOfError(err).String() + ": " + err.Error() + "\n" + text.String()
}
