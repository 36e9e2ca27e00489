package hearth_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	hearth "github.com/hearth-dev/hearth/sdk"
)

func kv(key string, value any) attribute.KeyValue {
	switch value := value.(type) {
	case bool:
		return attribute.Bool(key, value)
	case int:
		return attribute.Int(key, value)
	}
	return attribute.String(key, fmt.Sprint(value))
}

func TestSpansStandAmongThoseOfOpenTelemetry(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	processor := sdktrace.NewSimpleSpanProcessor(exporter)
	record(t, hearth.WithSpanProcessor(processor))
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor)).Tracer("other")

	ctx, outer := tracer.Start(t.Context(), "GET /")
	ctx, span := hearth.Span(ctx, "bake", hearth.SpanKind(trace.SpanKindServer), hearth.Links(trace.LinkFromContext(ctx)))
	if trace.SpanFromContext(ctx) != span.OTel() {
		t.Error("the context does not carry the span")
	}
	_, inner := tracer.Start(ctx, "SELECT")
	inner.End()
	span.End()
	span.End()
	outer.End()

	spans := exporter.GetSpans()
	if len(spans) != 3 {
		t.Fatalf("%d spans, want three", len(spans))
	}
	if spans[0].Parent.SpanID() != spans[1].SpanContext.SpanID() || spans[1].Parent.SpanID() != spans[2].SpanContext.SpanID() {
		t.Errorf("parents: %v", spans)
	}
	if spans[1].SpanKind != trace.SpanKindServer || len(spans[1].Links) != 1 {
		t.Errorf("kind %v, links %v", spans[1].SpanKind, spans[1].Links)
	}
}

func TestBelowTheMinimumLevelNothingIsMade(t *testing.T) {
	exporter := record(t, hearth.WithMinLevel(hearth.LevelNotice))
	ctx := t.Context()
	same, span := hearth.Span(ctx, "low", hearth.AtLevel(hearth.LevelInfo))
	if span != nil || same != ctx {
		t.Error("a span below the minimum level was made")
	}
	hearth.Info(ctx, "low")
	hearth.Notice(ctx, "high")
	_, unleveled := hearth.Span(ctx, "unleveled")
	unleveled.End()
	_, high := hearth.Span(ctx, "high", hearth.AtLevel(hearth.LevelNotice))
	high.End()
	var names []string
	for _, s := range exporter.GetSpans() {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, ", "); got != "high, unleveled, high" {
		t.Errorf("made %s", got)
	}
}

func TestTemplateThatCannotBeFilledSaysWhy(t *testing.T) {
	exporter := record(t)
	for template, want := range map[string]string{
		"{missing}":      "The field {missing} is not defined.",
		"{a} {missing=}": "The field {missing} is not defined.",
		"{}":             "Empty curly brackets `{}` are not allowed. A field name is required.",
		"{=}":            "Empty curly brackets `{}` are not allowed. A field name is required.",
		"{a":             "expected '}' before end of string",
		"{a{b}}":         "expected '}' before end of string",
		"a}":             "Single '}' encountered in format string",
		"{a:d}":          `Error formatting field {a}: "d" is no verb of package fmt for it`,
		"{a:>10}":        `Error formatting field {a}: ">10" is no verb of package fmt for it`,
		"{a:99999d}":     `Error formatting field {a}: "99999d" is no verb of package fmt for it`,
	} {
		exporter.Reset()
		hearth.Info(t.Context(), template, hearth.Attr("a", "x"))
		said := attributesOf(exporter.GetSpans()[0])
		if said["logfire.msg"].AsString() != template || said["hearth.template_problem"].AsString() != want {
			t.Errorf("%s: message %q, problem %q, want %q", template, said["logfire.msg"].AsString(), said["hearth.template_problem"].AsString(), want)
		}
	}
}

func TestMessagesShowValuesAsOneReadsThem(t *testing.T) {
	exporter := record(t)
	loop := map[string]any{}
	loop["loop"] = loop
	for want, value := range map[string]any{
		"T-1": "T-1", "true": true, "1.5": 1.5, "1.5s": took, "<nil>": nil, "too hot": errBake,
		`{"Number":"T-1024","Grams":1250}`: &bag, `["a"]`: []string{"a"}, `{"loop":"<circular reference>"}`: loop, "warn": hearth.LevelWarn,
	} {
		exporter.Reset()
		hearth.Info(t.Context(), "{value}", hearth.Attr("value", value))
		if got := attributesOf(exporter.GetSpans()[0])["logfire.msg"].AsString(); got != want {
			t.Errorf("%v shows as %q, want %q", value, got, want)
		}
	}
	exporter.Reset()
	hearth.Info(t.Context(), "{user.name:q} {user.id:03d} {loop:s}", slog.Group("user", "name", "ann", "id", 7), hearth.Attr("loop", loop))
	if got, want := attributesOf(exporter.GetSpans()[0])["logfire.msg"].AsString(), `"ann" 007 {"loop":"<circular reference>"}`; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

func TestAttributesAreThoseOfSlog(t *testing.T) {
	exporter := record(t)
	hearth.Info(t.Context(), "x", slog.Attr{}, slog.Group("none"), slog.Group("", slog.Int("inlined", 1)), slog.Int("twice", 1), slog.Int("twice", 2))
	said := attributesOf(exporter.GetSpans()[0])
	if got, want := said["logfire.json_schema"].AsString(), `{"type":"object","properties":{"inlined":{},"twice":{}}}`; got != want {
		t.Errorf("schema %s, want %s", got, want)
	}
	if said["inlined"].AsInt64() != 1 || said["twice"].AsInt64() != 2 {
		t.Errorf("attributes %v", said)
	}
}

// failing returns an error from a place that the stack should name.
func failing(ctx context.Context) (err error) {
	_, span := hearth.Span(ctx, "fail")
	defer span.EndErr(&err)
	return fmt.Errorf("read menu: %w", &fs.PathError{Op: "open", Path: "menu", Err: syscall.ENOENT})
}

func TestErrorThatEndsASpanIsShown(t *testing.T) {
	exporter := record(t)
	err := failing(t.Context())
	if err == nil {
		t.Fatal("the error is gone")
	}
	s := exporter.GetSpans()[0]
	if s.Status.Code != codes.Error || s.Status.Description != "*fs.PathError: "+err.Error() {
		t.Errorf("status %v", s.Status)
	}
	if level := attributesOf(s)["logfire.level_num"].AsInt64(); level != int64(hearth.LevelError) {
		t.Errorf("level %d", level)
	}
	begin := "*fs.PathError: read menu: open menu: no such file or directory\n" +
		"\twraps *fs.PathError: open menu: no such file or directory\n" +
		"\twraps syscall.Errno: no such file or directory\n\n" +
		"github.com/hearth-dev/hearth/sdk_test.failing(...)\n\t"
	if got := stackOf(s); !strings.HasPrefix(got, begin) || !strings.Contains(got, "TestErrorThatEndsASpanIsShown(...)") {
		t.Errorf("stack\n%s\nwant it to begin\n%s", got, begin)
	}
}

func TestFingerprintIsOfTheKindAndTheWay(t *testing.T) {
	exporter := record(t)
	for range 2 {
		_ = failing(t.Context())
	}
	func() {
		hearth.Exception(t.Context(), syscall.ENOENT, "elsewhere")
	}()
	print := func(i int) string {
		return attributesOf(exporter.GetSpans()[i])["logfire.exception.fingerprint"].AsString()
	}
	if len(print(0)) != 64 || print(0) != print(1) || print(0) == print(2) {
		t.Errorf("fingerprints %s, %s, %s", print(0), print(1), print(2))
	}
}

type pit struct{ depth *int }

func TestPanicIsRecordedAndGoesOn(t *testing.T) {
	exporter := record(t)
	sentinel := errors.New("stop")
	for name, c := range map[string]struct {
		panics     func()
		kind, text string
	}{
		"text":  {func() { panic("too hot") }, "panic", "too hot"},
		"error": {func() { panic(sentinel) }, "*errors.errorString", "stop"},
		"nil":   {func() { *(&pit{}).depth = 1 }, "runtime.errorString", "runtime error: invalid memory address or nil pointer dereference"},
	} {
		for _, byErr := range []bool{false, true} {
			exporter.Reset()
			through := catch(func() {
				_, span := hearth.Span(t.Context(), "bake")
				if byErr {
					var err error
					defer span.EndErr(&err)
				} else {
					defer span.End()
				}
				c.panics()
			})
			if through == nil || fmt.Sprint(through) != c.text {
				t.Fatalf("%s: %v went on", name, through)
			}
			s := exporter.GetSpans()[0]
			if s.Status.Code != codes.Error || !strings.HasSuffix(s.Status.Description, ": "+c.text) {
				t.Errorf("%s: status %v", name, s.Status)
			}
			stack := stackOf(s)
			if first, _, _ := strings.Cut(stack, "\n"); !strings.HasSuffix(first, ": "+c.text) {
				t.Errorf("%s: the stack begins %q", name, first)
			}
			if _, frames, _ := strings.Cut(stack, "\n\n"); !strings.HasPrefix(frames, "github.com/hearth-dev/hearth/sdk_test.TestPanicIsRecordedAndGoesOn.func") {
				t.Errorf("%s: frames\n%s", name, frames)
			}
		}
	}
}

func catch(f func()) (through any) {
	defer func() { through = recover() }()
	f()
	return nil
}

func TestSpanThatIsNotThereDoesNothing(t *testing.T) {
	ctx, span := hearth.Span(t.Context(), "off")
	if span != nil || ctx != t.Context() {
		t.Error("a span was made without Configure")
	}
	span.Set(hearth.Attr("a", 1))
	span.SetMessage("m")
	span.SetLevel(hearth.LevelWarn)
	span.RecordError(errBake)
	span.OTel().AddEvent("none")
	span.EndErr(nil)
	span.End()
}

func TestSpanIsSafeForConcurrentUse(t *testing.T) {
	exporter := record(t)
	_, span := hearth.Span(t.Context(), "bake", hearth.Attr("n", 0))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			span.Set(hearth.Attr(fmt.Sprint("n", i), []int{i}), hearth.Tags(fmt.Sprint(i)))
			span.SetLevel(hearth.LevelNotice)
			span.RecordError(errBake)
		})
	}
	all.Wait()
	span.End()
	span.Set(hearth.Attr("late", true))
	said := attributesOf(exporter.GetSpans()[0])
	if schema := said["logfire.json_schema"].AsString(); strings.Count(schema, `"array"`) != 8 || strings.Contains(schema, "late") {
		t.Errorf("schema %s", schema)
	}
	if tags := said["logfire.tags"].AsStringSlice(); len(tags) != 8 {
		t.Errorf("tags %v", tags)
	}
}

// FuzzTemplate checks that no text that is given as a template makes a span fail.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"", "{a}", "{a=}", "{a:x}", "{{}}", "{a.b.c}", "{a:%s}", "\xff{", "{a:*d}"} {
		f.Add(seed, "value")
	}
	exporter := tracetest.NewInMemoryExporter()
	shutdown, err := hearth.Configure(context.Background(), hearth.WithSpanProcessor(sdktrace.NewSimpleSpanProcessor(exporter)), hearth.WithoutGlobal())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = shutdown(context.Background()) })
	f.Fuzz(func(t *testing.T, template, value string) {
		exporter.Reset()
		hearth.Info(t.Context(), template, hearth.Attr("a", value), slog.Group("a.b", "c", 1))
		if len(exporter.GetSpans()) != 1 {
			t.Errorf("%q made no log", template)
		}
	})
}
