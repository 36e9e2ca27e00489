package hearth

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/exception"
)

// record adds the exception to a span. One that escapes from the span makes it fail.
func (o *OpenSpan) record(e *exception.Exception, escaped bool) {
	if !o.span.IsRecording() {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if escaped {
		o.level = LevelError
		o.span.SetAttributes(attribute.Int(keyLevelNum, int(LevelError)))
	}
	recordException(o.span, e, o.level, escaped, time.Now())
}

// recordException adds the exception to a span that has this level, 0 for none, as Logfire's SDK does: an event, the error
// status where the level says so, and the fingerprint.
func recordException(span trace.Span, e *exception.Exception, level Level, escaped bool, at time.Time) {
	if level >= LevelError {
		e.Fail(span)
	}
	if level == 0 || level >= LevelError {
		e.Print(span)
	}
	e.Record(span, escaped, at)
}
