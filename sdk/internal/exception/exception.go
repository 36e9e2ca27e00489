// Package exception writes Go's errors and panics into spans as Logfire's clients write Python's exceptions.
package exception

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
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/govalue"
)

const (
	maxFrames = 64 // of a stack; those nearest to the error are kept
	maxCauses = 16 // of an error's tree
)

// Exception is an error or panic on its way into a span.
type Exception struct {
	Kind    string // exception.type
	Message string
	causes  []string // kind and message of the errors wrapped in it, the outermost first
	frames  []runtime.Frame
}

// OfError returns an error with the stack of the call: Go's errors know none of their own.
func OfError(err error) *Exception {
	e := &Exception{Kind: govalue.TypeOfError(err).String(), Message: textOf(err), frames: framesHere()}
	for inner := govalue.Unwrap(err); len(inner) > 0 && len(e.causes) < maxCauses; {
		cause := inner[0]
		e.causes = append(e.causes, reflect.TypeOf(cause).String()+": "+textOf(cause))
		inner = append(govalue.Unwrap(cause), inner[1:]...)
	}
	return e
}

// OfPanic returns what recover returned, with the stack of the panic. It is called by the function that is deferred, or below
// it.
func OfPanic(r any) *Exception {
	if err, ok := r.(error); ok {
		return OfError(err)
	}
	return &Exception{Kind: "panic", Message: textOf(r), frames: framesHere()}
}

// textOf returns a value's text, also of one whose method panics: package fmt survives that. Exporters insist on UTF-8.
func textOf(v any) string { return strings.ToValidUTF8(fmt.Sprint(v), "\uFFFD") }

// ownFrames begin the functions of the packages that call this one on behalf of the host; their tests are users of them.
var ownFrames = []string{"github.com/hearth-dev/hearth/sdk.", "github.com/hearth-dev/hearth/sdk/internal/exception."}

// framesHere returns the frames of the caller's stack, the innermost first, from the host's on: where a panic is under
// way from the frame that panicked, else from that which called the SDK.
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

// isHosts tells whether a frame is of the program, rather than of the SDK, of log/slog, or of the runtime that carries a
// panic.
func isHosts(frame runtime.Frame) bool {
	if strings.HasPrefix(frame.Function, "runtime.") || strings.HasPrefix(frame.Function, "log/slog.") {
		return false
	}
	for _, own := range ownFrames {
		if strings.HasPrefix(frame.Function, own) && !strings.HasSuffix(frame.File, "_test.go") {
			return false
		}
	}
	return true
}

// Fail sets the status of a span to the exception.
func (e *Exception) Fail(span trace.Span) { span.SetStatus(codes.Error, e.Kind+": "+e.Message) }

// Print adds the fingerprint by which equal exceptions are counted together, to a span that begins what happens in this
// process.
func (e *Exception) Print(span trace.Span) {
	if beginsHere(span) {
		span.SetAttributes(attribute.String("logfire.exception.fingerprint", e.fingerprint()))
	}
}

// Record adds the event to a span. escaped tells whether the exception went on beyond it.
func (e *Exception) Record(span trace.Span, escaped bool, at time.Time) {
	span.AddEvent("exception", trace.WithTimestamp(at), trace.WithAttributes(
		attribute.String("exception.type", e.Kind),
		attribute.String("exception.message", e.Message),
		attribute.String("exception.stacktrace", e.stack()),
		attribute.String("exception.escaped", pythonBool(escaped)),
	))
}

func pythonBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// beginsHere tells whether a span has no parent in this process. OpenTelemetry's API does not tell of parents; the spans of
// its SDK do.
func beginsHere(span trace.Span) bool {
	known, ok := span.(interface{ Parent() trace.SpanContext })
	return ok && (!known.Parent().IsValid() || known.Parent().IsRemote())
}

// stack returns the exception as text: what it is, what it wraps, and the frames as the Go runtime prints them.
func (e *Exception) stack() string {
	var b strings.Builder
	b.WriteString(e.Kind + ": " + e.Message + "\n")
	for _, cause := range e.causes {
		b.WriteString("\twraps " + cause + "\n")
	}
	for _, frame := range e.frames {
		b.WriteString("\n" + frame.Function + "(...)\n\t" + frame.File + ":" + strconv.Itoa(frame.Line))
	}
	return b.String()
}

// fingerprint is equal for exceptions of one kind that took one way through the program, whatever their messages and
// the lines of the code.
func (e *Exception) fingerprint() string {
	var b strings.Builder
	b.WriteString(e.Kind + "\n----")
	for _, cause := range e.causes {
		kind, _, _ := strings.Cut(cause, ":")
		b.WriteString("\nwraps " + kind)
	}
	seen := map[string]bool{}
	for _, frame := range e.frames {
		if !seen[frame.Function] {
			seen[frame.Function] = true
			b.WriteString("\n" + frame.Function)
		}
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}
