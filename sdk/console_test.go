package hearth

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// noon is when the records of these tests are made, in the zone that the console prints.
var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.Local)

// printing returns a tracer and a logger over a console, and what that prints.
func printing(options ConsoleOptions) (trace.Tracer, log.Logger, *strings.Builder) {
	var b strings.Builder
	options.Output = &b
	c := newConsole(options)
	p := &pipeline{resource: resource.Empty(), sinks: []sink{{take: c.span, pending: true}}}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	loggers := sdklog.NewLoggerProvider(sdklog.WithProcessor(&logPipeline{sinks: []func(*sdklog.Record){c.log}}))
	return tracers.Tracer("shop"), loggers.Logger("shop"), &b
}

func begin(ctx context.Context, tracer trace.Tracer, name string, after time.Duration, attributes ...attribute.KeyValue) (context.Context, trace.Span) {
	return tracer.Start(ctx, name, trace.WithTimestamp(noon.Add(after)), trace.WithAttributes(attributes...))
}

// note makes a log as this package does: a span of its own kind.
func note(ctx context.Context, tracer trace.Tracer, message string, after time.Duration, attributes ...attribute.KeyValue) {
	_, span := begin(ctx, tracer, message, after, append(attributes, attribute.String(keySpanType, spanTypeLog), attribute.String(keyMessage, message))...)
	span.End()
}

func checkPrinted(t *testing.T, b *strings.Builder, want string) {
	t.Helper()
	if got := b.String(); got != strings.TrimPrefix(want, "\n") {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
}

func TestConsolePrintsATree(t *testing.T) {
	t.Parallel()
	tracer, logger, b := printing(ConsoleOptions{})
	root, span := begin(t.Context(), tracer, "GET /cart", 0, attribute.String(keyMessage, "GET /cart/7"))
	child, childSpan := begin(root, tracer, "load", time.Millisecond, attribute.StringSlice(keyTags, []string{"db", "slow"}))
	note(child, tracer, "read 3 rows", 2*time.Millisecond)
	note(child, tracer, "too detailed", 2*time.Millisecond, attribute.Int(keyLevelNum, int(LevelDebug)))
	childSpan.End()
	note(root, tracer, "done", 3*time.Millisecond)
	other, otherSpan := begin(t.Context(), tracer, "GET /other", 4*time.Millisecond)
	note(root, tracer, "still here", 5*time.Millisecond)
	note(other, tracer, "here too", 6*time.Millisecond)
	var r log.Record
	r.SetTimestamp(noon.Add(7 * time.Millisecond))
	r.SetEventName("cart.closed")
	r.SetBody(attribute.MapValue(attribute.String("cart", "7")))
	logger.Emit(root, r)
	otherSpan.End()
	span.End()
	note(t.Context(), tracer, "alone", 8*time.Millisecond)
	checkPrinted(t, b, `
12:00:00.000 GET /cart/7
12:00:00.001   load [db,slow]
12:00:00.002     read 3 rows
12:00:00.003   done
12:00:00.004 GET /other
             GET /cart/7
12:00:00.005   still here
             GET /other
12:00:00.006   here too
             GET /cart/7
12:00:00.007   cart.closed: {"cart":"7"}
12:00:00.008 alone
`)
}

func TestConsoleOptionsChangeWhatIsPrinted(t *testing.T) {
	t.Parallel()
	record := func(options ConsoleOptions) *strings.Builder {
		tracer, _, b := printing(options)
		ctx, span := begin(t.Context(), tracer, "load", 0)
		note(ctx, tracer, "slow", 0, attribute.Int(keyLevelNum, int(LevelWarn)), attribute.StringSlice(keyTags, []string{"db"}),
			attribute.String("code.filepath", "db.go"), attribute.Int("code.lineno", 7), attribute.String("rows", "1\n2"))
		note(ctx, tracer, "hidden", 0, attribute.Bool("logfire.disable_console_log", true))
		span.End()
		return b
	}
	checkPrinted(t, record(ConsoleOptions{Flat: true, HideTimestamps: true, HideTags: true}), "load\nslow\n")
	checkPrinted(t, record(ConsoleOptions{MinLevel: LevelWarn}), "12:00:00.000   slow [db]\n")
	checkPrinted(t, record(ConsoleOptions{Verbose: true, HideTimestamps: true}), `
load
  slow [db]
  │ db.go:7 warn
  │ rows=1
  │      2
`)
	checkPrinted(t, record(ConsoleOptions{Colors: ColorsAlways}),
		"\x1b[32m12:00:00.000\x1b[0m load\n\x1b[32m12:00:00.000\x1b[0m   \x1b[33mslow\x1b[0m \x1b[36m[db]\x1b[0m\n")
}

func TestConsolePrintsExceptions(t *testing.T) {
	t.Parallel()
	tracer, logger, b := printing(ConsoleOptions{HideTimestamps: true})
	_, span := begin(t.Context(), tracer, "pay", 0, attribute.String(keySpanType, spanTypeLog), attribute.Int(keyLevelNum, int(LevelError)))
	span.AddEvent("exception", trace.WithAttributes(attribute.String("exception.type", "*pay.Error"), attribute.String("exception.message", "no money\nat all"),
		attribute.String("exception.stacktrace", "main.main\n\tmain.go:3\n")))
	span.End()
	var r log.Record
	r.SetSeverity(log.SeverityError)
	r.SetErr(errors.New("lost"))
	logger.Emit(t.Context(), r)
	if got, want := b.String(), "pay\n│ *pay.Error: no money\n│ at all\n│ main.main\n│ \tmain.go:3\n"; !strings.HasPrefix(got, want) {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(b.String(), "│ *errors.errorString: lost\n") {
		t.Errorf("the error of the log record is missing in\n%s", b)
	}
}

// A program may start spans that never end: the console does not remember them for ever.
func TestConsoleRemembersSoMuchAndNoMore(t *testing.T) {
	t.Parallel()
	c := newConsole(ConsoleOptions{Output: &strings.Builder{}})
	p := &pipeline{resource: resource.Empty(), sinks: []sink{{take: c.span, pending: true}}}
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p)).Tracer("shop")
	ctx := t.Context()
	for range consoleSpans + 5 {
		ctx, _ = tracer.Start(t.Context(), "endless")
	}
	if len(c.running) > consoleSpans || len(c.stack) > consoleSpans {
		t.Errorf("the console remembers %d spans, %d on the stack", len(c.running), len(c.stack))
	}
	note(ctx, tracer, "fine", 0)
}
