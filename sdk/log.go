package hearth

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/exception"
)

// Trace logs what only a close look needs. As all functions of its kind it makes a record without a duration, below the
// span in ctx, that is shown at once; see Span for the template and the attributes. Nothing is kept where nothing is
// configured, or below the minimum level.
func Trace(ctx context.Context, template string, attrs ...slog.Attr) {
	if s := current.Load(); s != nil {
		s.log(ctx, LevelTrace, template, attrs)
	}
}

// Debug logs at LevelDebug; see Trace.
func Debug(ctx context.Context, template string, attrs ...slog.Attr) {
	if s := current.Load(); s != nil {
		s.log(ctx, LevelDebug, template, attrs)
	}
}

// Info logs at LevelInfo; see Trace.
func Info(ctx context.Context, template string, attrs ...slog.Attr) {
	if s := current.Load(); s != nil {
		s.log(ctx, LevelInfo, template, attrs)
	}
}

// Notice logs at LevelNotice; see Trace.
func Notice(ctx context.Context, template string, attrs ...slog.Attr) {
	if s := current.Load(); s != nil {
		s.log(ctx, LevelNotice, template, attrs)
	}
}

// Warn logs at LevelWarn; see Trace.
func Warn(ctx context.Context, template string, attrs ...slog.Attr) {
	if s := current.Load(); s != nil {
		s.log(ctx, LevelWarn, template, attrs)
	}
}

// Error logs at LevelError; see Trace. Exception logs an error value with its stack.
func Error(ctx context.Context, template string, attrs ...slog.Attr) {
	if s := current.Load(); s != nil {
		s.log(ctx, LevelError, template, attrs)
	}
}

// Fatal logs at LevelFatal; see Trace. It only logs: the program goes on.
func Fatal(ctx context.Context, template string, attrs ...slog.Attr) {
	if s := current.Load(); s != nil {
		s.log(ctx, LevelFatal, template, attrs)
	}
}

// Log logs at a level; see Trace.
func Log(ctx context.Context, level Level, template string, attrs ...slog.Attr) {
	if s := current.Load(); s != nil {
		s.log(ctx, level, template, attrs)
	}
}

// Exception logs at LevelError that err happened, with the stack of the call; see Trace. A nil err is none.
func Exception(ctx context.Context, err error, template string, attrs ...slog.Attr) {
	if s := current.Load(); s != nil {
		s.exception(ctx, err, template, attrs)
	}
}

func (s *state) log(ctx context.Context, level Level, template string, attrs []slog.Attr) {
	if level < s.minLevel {
		return
	}
	var d draft
	d.add(attrs)
	d.level = level
	s.emit(ctx, &d, entry{template: template, at: callerOf(1)})
}

func (s *state) exception(ctx context.Context, err error, template string, attrs []slog.Attr) {
	if LevelError < s.minLevel {
		return
	}
	var d draft
	d.add(attrs)
	d.level = LevelError
	s.emit(ctx, &d, entry{template: template, at: callerOf(1), err: err})
}

// entry is what is particular to a log.
type entry struct {
	template string
	literal  bool // the template has no fields: it is the message
	at       *location
	time     time.Time // zero for now
	err      error
}

// emit makes a log: a span without a duration.
func (s *state) emit(ctx context.Context, d *draft, e entry) {
	if e.literal {
		d.template, d.message = e.template, e.template
	} else {
		d.say(e.template, s.scrubber)
	}
	if d.name == "" {
		d.name = e.template
	}
	if e.time.IsZero() {
		e.time = time.Now()
	}
	_, span := s.tracer.Start(ctx, d.name, trace.WithTimestamp(e.time),
		trace.WithAttributes(d.attributes(ctx, spanTypeLog, e.at)...))
	if e.err != nil && span.IsRecording() {
		recordException(span, exception.OfError(e.err), d.level, false, e.time)
	}
	span.End(trace.WithTimestamp(e.time))
}
