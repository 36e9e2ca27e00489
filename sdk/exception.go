package hearth

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/govalue"
)

const (
	keyFingerprint = "logfire.exception.fingerprint"

	maxFrames = 64 // of a stack; those nearest to the error are kept
	maxCauses = 16 // of an error's tree
)

// thrown is an error or panic on its way into a span.
type thrown struct {
	kind    string // exception.type
	message string
	causes  []string // kind and message of the errors wrapped in it, the outermost first
	frames  []runtime.Frame
}

// thrownError returns an error with the stack of the call: Go's errors know none of their own.
func thrownError(err error) *thrown {
	t := &thrown{kind: govalue.TypeOfError(err).String(), message: textOf(err), frames: framesHere()}
	for inner := govalue.Unwrap(err); len(inner) > 0 && len(t.causes) < maxCauses; {
		cause := inner[0]
		t.causes = append(t.causes, reflect.TypeOf(cause).String()+": "+textOf(cause))
		inner = append(govalue.Unwrap(cause), inner[1:]...)
	}
	return t
}

// thrownPanic returns what recover returned, with the stack of the panic.
func thrownPanic(r any) *thrown {
	if err, ok := r.(error); ok {
		return thrownError(err)
	}
	return &thrown{kind: "panic", message: textOf(r), frames: framesHere()}
}

// textOf returns a value's text, also of one whose method panics: package fmt survives that.
func textOf(v any) string { return fmt.Sprint(v) }

// ownFrames are the functions of this package; its tests are users of it.
const ownFrames = "github.com/hearth-dev/hearth/sdk."

// framesHere returns the frames of the caller's stack, the innermost first, from the host's on: where a panic is under
// way from the frame that panicked, else from that which called this package.
func framesHere() []runtime.Frame {
	pcs := make([]uintptr, maxFrames+16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var stack []runtime.Frame
	for {
		frame, more := frames.Next()
		switch {
		case frame.Function == "runtime.gopanic":
			stack = nil // what is above ran because of the panic
		case len(stack) == 0 && !isHosts(frame):
		case frame.Function != "":
			stack = append(stack, frame)
		}
		if !more || len(stack) == maxFrames {
			break
		}
	}
	for len(stack) > 0 && strings.HasPrefix(stack[len(stack)-1].Function, "runtime.") {
		stack = stack[:len(stack)-1] // what began the goroutine
	}
	return stack
}

// isHosts tells whether a frame is of the program, rather than of this package, of log/slog, or of the runtime that
// carries a panic.
func isHosts(frame runtime.Frame) bool {
	own := strings.HasPrefix(frame.Function, ownFrames) && !strings.HasSuffix(frame.File, "_test.go")
	return !own && !strings.HasPrefix(frame.Function, "runtime.") && !strings.HasPrefix(frame.Function, "log/slog.")
}

// record adds the exception to a span. One that escapes from the span makes it fail.
func (o *OpenSpan) record(t *thrown, escaped bool) {
	if !o.span.IsRecording() {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if escaped {
		o.level = LevelError
		o.span.SetAttributes(attribute.Int(keyLevelNum, int(LevelError)))
	}
	t.record(o.span, o.level, escaped, time.Now())
}

// record adds the exception to a span that has this level, 0 for none, as Logfire's SDK does: an event, the error status
// where the level says so, and where the span begins what happens in this process the fingerprint by which equal
// exceptions are counted together.
func (t *thrown) record(span trace.Span, level Level, escaped bool, at time.Time) {
	if level >= LevelError {
		span.SetStatus(codes.Error, t.kind+": "+t.message)
	}
	if (level == 0 || level >= LevelError) && beginsHere(span) {
		span.SetAttributes(attribute.String(keyFingerprint, t.fingerprint()))
	}
	span.AddEvent("exception", trace.WithTimestamp(at), trace.WithAttributes(
		attribute.String("exception.type", t.kind),
		attribute.String("exception.message", t.message),
		attribute.String("exception.stacktrace", t.stack()),
		attribute.String("exception.escaped", pythonBool(escaped)),
	))
}

func pythonBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// beginsHere tells whether a span has no parent in this process.
func beginsHere(span trace.Span) bool {
	known, ok := span.(sdktrace.ReadOnlySpan)
	return ok && (!known.Parent().IsValid() || known.Parent().IsRemote())
}

// stack returns the exception as text: what it is, what it wraps, and the frames as the Go runtime prints them.
func (t *thrown) stack() string {
	var b strings.Builder
	b.WriteString(t.kind + ": " + t.message + "\n")
	for _, cause := range t.causes {
		b.WriteString("\twraps " + cause + "\n")
	}
	for _, frame := range t.frames {
		b.WriteString("\n" + frame.Function + "(...)\n\t" + frame.File + ":" + strconv.Itoa(frame.Line))
	}
	return b.String()
}

// fingerprint is equal for exceptions of one kind that took one way through the program, whatever their messages and
// the lines of the code.
func (t *thrown) fingerprint() string {
	var b strings.Builder
	b.WriteString(t.kind + "\n----")
	for _, cause := range t.causes {
		kind, _, _ := strings.Cut(cause, ":")
		b.WriteString("\nwraps " + kind)
	}
	seen := map[string]bool{}
	for _, frame := range t.frames {
		if !seen[frame.Function] {
			seen[frame.Function] = true
			b.WriteString("\n" + frame.Function)
		}
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}
