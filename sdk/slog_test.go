package hearth_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	hearth "github.com/hearth-dev/hearth/sdk"
)

// attributesOf returns a span's attributes by their names.
func attributesOf(s tracetest.SpanStub) map[string]attribute.Value {
	attributes := map[string]attribute.Value{}
	for _, kv := range s.Attributes {
		attributes[string(kv.Key)] = kv.Value
	}
	return attributes
}

// timeless tells the test below which records had no time: a span always has one.
type timeless struct {
	slog.Handler
	last *bool
}

func (h timeless) Handle(ctx context.Context, r slog.Record) error {
	*h.last = r.Time.IsZero()
	return h.Handler.Handle(ctx, r)
}

func (h timeless) WithAttrs(attrs []slog.Attr) slog.Handler {
	return timeless{h.Handler.WithAttrs(attrs), h.last}
}

func (h timeless) WithGroup(name string) slog.Handler {
	return timeless{h.Handler.WithGroup(name), h.last}
}

func TestHandlerKeepsTheContractOfSlog(t *testing.T) {
	exporter := record(t)
	var noTime bool
	slogtest.Run(t, func(*testing.T) slog.Handler {
		exporter.Reset()
		return timeless{hearth.NewHandler(nil), &noTime}
	}, func(t *testing.T) map[string]any {
		spans := exporter.GetSpans()
		if len(spans) != 1 {
			t.Fatalf("%d spans, want one", len(spans))
		}
		said := map[string]any{}
		attributes := attributesOf(spans[0])
		var schema struct {
			Properties map[string]struct{ Type string }
		}
		if text := attributes["logfire.json_schema"].AsString(); text != "" {
			if err := json.Unmarshal([]byte(text), &schema); err != nil {
				t.Fatal(err)
			}
		}
		for key, property := range schema.Properties {
			said[key] = attributes[key].AsInterface()
			if property.Type == "object" {
				var group map[string]any
				if err := json.Unmarshal([]byte(attributes[key].AsString()), &group); err != nil {
					t.Fatal(err)
				}
				said[key] = group
			}
		}
		said[slog.LevelKey] = slog.Level(attributes["logfire.level_num"].AsInt64() - int64(hearth.LevelInfo))
		said[slog.MessageKey] = attributes["logfire.msg"].AsString()
		if !noTime {
			said[slog.TimeKey] = spans[0].StartTime
		}
		return said
	})
}

func TestHandlerMakesLogs(t *testing.T) {
	exporter := record(t)
	log := slog.New(hearth.NewHandler(&hearth.HandlerOptions{Level: slog.LevelInfo})).With("shop", "north").WithGroup("order")
	ctx, span := hearth.Span(t.Context(), "outer")
	log.Debug("too low")
	log.WarnContext(ctx, "lost {order}", slog.Int("number", 7), slog.Any("err", errors.New("gone")), hearth.Tags("late"))
	log.InfoContext(ctx, "kept")
	span.End()

	spans := exporter.GetSpans()
	if len(spans) != 3 {
		t.Fatalf("%d spans, want two logs and the span: %v", len(spans), spans)
	}
	warned := spans[0]
	for key, want := range map[string]any{
		"logfire.span_type": "log", "logfire.level_num": int64(hearth.LevelWarn), "logfire.msg": "lost {order}", "logfire.msg_template": "lost {order}",
		"shop": "north", "order": `{"number":7,"err":"gone"}`, "code.filepath": "slog_test.go", "code.function": "sdk_test.TestHandlerMakesLogs",
		"logfire.json_schema": `{"type":"object","properties":{"shop":{},"order":{"type":"object","properties":{"err":{"type":"object","title":"errorString","x-python-datatype":"Exception"}}}}}`,
	} {
		if got := attributesOf(warned)[key].AsInterface(); got != want {
			t.Errorf("%s = %v, want %v", key, got, want)
		}
	}
	if warned.Name != "lost {order}" || warned.Parent.SpanID() != span.OTel().SpanContext().SpanID() || !warned.StartTime.Equal(warned.EndTime) {
		t.Errorf("%q below %s from %v to %v", warned.Name, warned.Parent.SpanID(), warned.StartTime, warned.EndTime)
	}
	if tags := attributesOf(warned)["logfire.tags"].AsStringSlice(); len(tags) != 1 || tags[0] != "late" {
		t.Errorf("tags %v", tags)
	}
	if len(warned.Events) != 1 || !strings.Contains(stackOf(warned), "TestHandlerMakesLogs(...)") || strings.Contains(stackOf(warned), "log/slog") {
		t.Errorf("exception %v with the stack\n%s", warned.Events, stackOf(warned))
	}
	if _, has := attributesOf(spans[1])["order"]; has {
		t.Error("an empty group went out")
	}
}

func TestHandlerTakesTheTimeOfTheRecord(t *testing.T) {
	exporter := record(t)
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	if err := hearth.NewHandler(nil).Handle(t.Context(), slog.NewRecord(at, slog.LevelInfo, "late", 0)); err != nil {
		t.Fatal(err)
	}
	if got := exporter.GetSpans()[0].StartTime; !got.Equal(at) {
		t.Errorf("made at %v, want %v", got, at)
	}
}

func TestHandlerIsOffWithoutConfigure(t *testing.T) {
	h := hearth.NewHandler(nil)
	if h.Enabled(t.Context(), slog.LevelError) {
		t.Error("it is enabled")
	}
	if err := h.Handle(t.Context(), slog.Record{Message: "lost"}); err != nil {
		t.Error(err)
	}
	record(t, hearth.WithMinLevel(hearth.LevelWarn))
	if h.Enabled(t.Context(), slog.LevelInfo) || !h.Enabled(t.Context(), slog.LevelWarn) {
		t.Error("the minimum level does not count")
	}
}

// stackOf returns the stack of a span's first exception.
func stackOf(s tracetest.SpanStub) string {
	for _, e := range s.Events {
		for _, kv := range e.Attributes {
			if kv.Key == "exception.stacktrace" {
				return kv.Value.AsString()
			}
		}
	}
	return ""
}
