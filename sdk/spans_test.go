package hearth_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	hearth "github.com/hearth-dev/hearth/sdk"
)

// record configures the package for one test and returns where its spans are. The configuration is the process's, so
// these tests do not run in parallel.
func record(t *testing.T, options ...hearth.Option) *tracetest.InMemoryExporter {
	t.Helper()
	exporter := tracetest.NewInMemoryExporter()
	options = append(options, hearth.WithSpanProcessor(sdktrace.NewSimpleSpanProcessor(exporter)), hearth.WithoutGlobal())
	shutdown, err := hearth.Configure(t.Context(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shutdown(context.Background()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return exporter
}

// written is a span in the form of testdata/spans.json.
type written struct {
	Name       string         `json:"name"`
	Parent     string         `json:"parent"`
	Kind       string         `json:"kind"`
	Status     string         `json:"status"`
	Described  bool           `json:"described"`
	Point      bool           `json:"point"`
	Located    bool           `json:"located"`
	Attributes map[string]any `json:"attributes"`
	Events     []writtenEvent `json:"events"`
}

type writtenEvent struct {
	Name       string         `json:"name"`
	Attributes map[string]any `json:"attributes"`
}

// inWriting returns what was recorded, in the form of testdata/spans.json.
func inWriting(t *testing.T, stubs tracetest.SpanStubs) []written {
	t.Helper()
	names := map[string]string{"0000000000000000": ""}
	for _, s := range stubs {
		names[s.SpanContext.SpanID().String()] = s.Name
	}
	var all []written
	for _, s := range stubs {
		attributes := map[string]any{}
		for _, kv := range s.Attributes {
			attributes[string(kv.Key)] = kv.Value.AsInterface()
		}
		one := written{
			Name: s.Name, Parent: names[s.Parent.SpanID().String()], Kind: s.SpanKind.String(), Status: strings.ToLower(s.Status.Code.String()),
			Described: s.Status.Description != "", Point: s.StartTime.Equal(s.EndTime),
			Located:    attributes["code.filepath"] == "spans_test.go" && attributes["code.lineno"] != nil && strings.HasPrefix(attributes["code.function"].(string), "sdk_test."),
			Attributes: attributes, Events: []writtenEvent{},
		}
		for _, e := range s.Events {
			event := writtenEvent{Name: e.Name, Attributes: map[string]any{}}
			for _, kv := range e.Attributes {
				event.Attributes[string(kv.Key)] = kv.Value.AsInterface()
			}
			hideOther(event.Attributes)
			one.Events = append(one.Events, event)
		}
		hideOther(attributes)
		all = append(all, one)
	}
	var same []written // as JSON has it, so that numbers and lists compare
	text, err := json.Marshal(all)
	if err == nil {
		err = json.Unmarshal(text, &same)
	}
	if err != nil {
		t.Fatal(err)
	}
	return same
}

// hideOther hides what depends on the language and leaves out what testdata/spans.py does.
func hideOther(attributes map[string]any) {
	for key := range attributes {
		switch {
		case strings.HasPrefix(key, "code."), key == "hearth.template_problem":
			delete(attributes, key)
		case key == "exception.type", key == "exception.stacktrace", key == "logfire.exception.fingerprint":
			attributes[key] = "..."
		case key == "logfire.scrubbed":
			attributes[key] = json.RawMessage(attributes[key].(string))
		}
	}
}

// twins make what testdata/spans.py lets Logfire's SDK make.
var twins = map[string]func(ctx context.Context){
	"a span": func(ctx context.Context) {
		_, span := hearth.Span(ctx, "bake {loaves} loaves", hearth.Attr("loaves", 12), hearth.Attr("oven", "left"),
			hearth.Tags("a", "b", "a"), hearth.AtLevel(hearth.LevelNotice))
		span.End()
	},
	"a span without attributes": func(ctx context.Context) {
		_, span := hearth.Span(ctx, "bake")
		span.End()
	},
	"a span with another name": func(ctx context.Context) {
		_, span := hearth.Span(ctx, "bake {loaves}", hearth.SpanName("bake"), hearth.Attr("loaves", 12))
		span.End()
	},
	"what is set later": func(ctx context.Context) {
		_, span := hearth.Span(ctx, "bake {loaves}", hearth.Attr("loaves", 12))
		defer span.End()
		span.Set(hearth.Attr("loaves", 13))
		span.Set(hearth.Attr("burnt", []int{1, 2}), hearth.Tags("late"))
		span.SetMessage("baked")
		span.SetLevel(hearth.LevelWarn)
	},
	"logs of every level": func(ctx context.Context) {
		ctx, span := hearth.Span(ctx, "bake")
		defer span.End()
		hearth.Trace(ctx, "trace {n}", hearth.Attr("n", 1))
		hearth.Debug(ctx, "debug")
		hearth.Info(ctx, "info", hearth.Tags("t"))
		hearth.Notice(ctx, "notice")
		hearth.Warn(ctx, "warn")
		hearth.Error(ctx, "error")
		hearth.Fatal(ctx, "fatal")
		hearth.Log(ctx, 11, "eleven")
	},
	"tags of a context": func(ctx context.Context) {
		ctx = hearth.ContextWithTags(ctx, "outer", "b")
		ctx, span := hearth.Span(ctx, "bake", hearth.Tags("b", "c"))
		defer span.End()
		hearth.Info(ctx, "baked")
	},
	"templates": func(ctx context.Context) {
		for _, template := range []string{
			"{name}", "{name=}", "a {name=} b", "{price:.2f}", "{n:03d}", "{n:x}", "{{{name}}}", "{{}}", "none", "{a.b}", "{name:}",
			"{long}", "{wide}", "{name", "name}", "{}", "{missing}", "{name} {missing}", "{none=}{{",
		} {
			hearth.Info(ctx, template, hearth.Attr("name", "tea"), hearth.Attr("price", 1.239), hearth.Attr("n", 42), hearth.Attr("a.b", "dotted"),
				hearth.Attr("long", strings.Repeat("x", 64)+strings.Repeat("y", 65)), hearth.Attr("wide", strings.Repeat("茶", 128)), hearth.Attr("none", "x"))
		}
	},
	"what should not go out": func(ctx context.Context) {
		ctx, span := hearth.Span(ctx, "{a} {password} {auth} {url.full}", hearth.Attr("a", "my password=123"), hearth.Attr("password", "hunter2"),
			hearth.Attr("auth", "x"), hearth.Attr("url.full", "http://x/?password=1"))
		defer span.End()
		hearth.Info(ctx, "{text}", hearth.Attr("text", "cookie: abc"))
	},
	"an error that escapes": func(ctx context.Context) {
		inner := func(ctx context.Context) (err error) {
			_, span := hearth.Span(ctx, "inner")
			defer span.EndErr(&err)
			return errors.New("too hot")
		}
		var err error
		ctx, span := hearth.Span(ctx, "outer")
		defer span.EndErr(&err)
		err = inner(ctx)
	},
	"an error that is recorded": func(ctx context.Context) {
		outer, span := hearth.Span(ctx, "outer")
		_, inner := hearth.Span(outer, "inner")
		inner.RecordError(errors.New("too hot"))
		inner.End()
		span.End()
		for _, attrs := range []struct {
			name  string
			level hearth.Level
		}{{"alone", 0}, {"at a level", hearth.LevelWarn}, {"at an error", hearth.LevelError}} {
			_, span := hearth.Span(ctx, attrs.name)
			if attrs.level != 0 {
				span.SetLevel(attrs.level)
			}
			span.RecordError(errors.New("too hot"))
			span.End()
		}
	},
	"an exception that is logged": func(ctx context.Context) {
		hearth.Exception(ctx, errors.New("too hot"), "baking failed", hearth.Attr("oven", "left"))
		ctx, span := hearth.Span(ctx, "outer")
		defer span.End()
		hearth.Exception(ctx, errors.New("too hot"), "baking failed")
	},
}

// TestSpansAndLogsAreThoseOfThePythonSDK compares with what Logfire's SDK made: testdata/spans.py.
func TestSpansAndLogsAreThoseOfThePythonSDK(t *testing.T) {
	text, err := os.ReadFile("testdata/spans.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string][]written
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden) != len(twins) {
		t.Errorf("%d cases here, %d in Python", len(twins), len(golden))
	}
	exporter := record(t)
	for name, want := range golden {
		exporter.Reset()
		twins[name](t.Context())
		if diff := cmp.Diff(want, inWriting(t, exporter.GetSpans())); diff != "" {
			t.Errorf("%s (-Python +Go)\n%s", name, diff)
		}
	}
}
