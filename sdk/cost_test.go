package hearth_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	hearth "github.com/hearth-dev/hearth/sdk"
)

type order struct {
	Number string
	Grams  int
}

// What the benchmarks pass: variables, so that the compiler cannot prepare the attributes.
var (
	number  = "T-1024"
	grams   = 1250
	price   = 12.5
	took    = 1500 * time.Millisecond
	placed  = time.Now()
	express = true
	bag     = order{Number: number, Grams: grams}
	errBake = errors.New("too hot")
)

// off are the calls that a program makes everywhere, and that must cost it nothing where nothing is configured.
var off = map[string]func(ctx context.Context){
	"Span": func(ctx context.Context) {
		_, span := hearth.Span(ctx, "bake")
		span.End()
	},
	"Span deferred": func(ctx context.Context) {
		_, span := hearth.Span(ctx, "bake")
		defer span.End()
	},
	"Span with attributes": func(ctx context.Context) {
		_, span := hearth.Span(ctx, "bake {number} {grams}", hearth.Attr("number", number), hearth.Attr("grams", grams))
		span.End()
	},
	"Span with attributes of every kind": func(ctx context.Context) {
		_, span := hearth.Span(ctx, "bake", hearth.AtLevel(hearth.LevelWarn), slog.String("number", number), hearth.Attr("price", price),
			hearth.Attr("took", took), hearth.Attr("placed", placed), hearth.Attr("express", express), hearth.Attr("order", &bag))
		span.Set(hearth.Attr("grams", grams))
		span.SetLevel(hearth.LevelInfo)
		span.RecordError(errBake)
		err := errBake
		span.EndErr(&err)
	},
	"Info": func(ctx context.Context) { hearth.Info(ctx, "baked") },
	"Info with attributes": func(ctx context.Context) {
		hearth.Info(ctx, "baked {number} in {took}", hearth.Attr("number", number), hearth.Attr("took", took))
	},
	"Exception": func(ctx context.Context) {
		hearth.Exception(ctx, errBake, "baking failed", hearth.Attr("grams", grams))
	},
}

// It counts the allocations of the whole process, so nothing may run beside it.
func TestNothingIsAllocatedWhereNothingIsConfigured(t *testing.T) {
	ctx := t.Context()
	for name, call := range off {
		if allocated := testing.AllocsPerRun(100, func() { call(ctx) }); allocated != 0 {
			t.Errorf("%s: %v allocations", name, allocated)
		}
	}
}

func BenchmarkSpanOff(b *testing.B) {
	ctx := context.Background()
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, span := hearth.Span(ctx, "bake")
			span.End()
		}
	})
	b.Run("attributes=2", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, span := hearth.Span(ctx, "bake {number} {grams}", hearth.Attr("number", number), hearth.Attr("grams", grams))
			span.End()
		}
	})
}

func BenchmarkLogOff(b *testing.B) {
	ctx := context.Background()
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			hearth.Info(ctx, "baked")
		}
	})
	b.Run("attributes=2", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			hearth.Info(ctx, "baked {number} {grams}", hearth.Attr("number", number), hearth.Attr("grams", grams))
		}
	})
	b.Run("attributes=2,slog", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			hearth.Info(ctx, "baked {number} {grams}", slog.String("number", number), slog.Int("grams", grams))
		}
	})
}

// nowhere takes spans and forgets them.
type nowhere struct{}

func (nowhere) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (nowhere) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (nowhere) Shutdown(context.Context) error                  { return nil }
func (nowhere) ForceFlush(context.Context) error                { return nil }

// forget configures the package so that spans are made whole, scrubbed and then forgotten.
func forget(b *testing.B) context.Context {
	b.Helper()
	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithSpanProcessor(nowhere{}), hearth.WithSendMode(hearth.SendNever), hearth.WithoutGlobal())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = shutdown(ctx) })
	return ctx
}

func BenchmarkSpanOn(b *testing.B) {
	ctx := forget(b)
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, span := hearth.Span(ctx, "bake")
			span.End()
		}
	})
	b.Run("attributes=2", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, span := hearth.Span(ctx, "bake {number} {grams}", hearth.Attr("number", number), hearth.Attr("grams", grams))
			span.End()
		}
	})
	b.Run("struct", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, span := hearth.Span(ctx, "bake", hearth.Attr("order", &bag))
			span.End()
		}
	})
}

func BenchmarkLogOn(b *testing.B) {
	ctx := forget(b)
	b.Run("attributes=2", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			hearth.Info(ctx, "baked {number} {grams}", hearth.Attr("number", number), hearth.Attr("grams", grams))
		}
	})
	b.Run("slog", func(b *testing.B) {
		b.ReportAllocs()
		log := slog.New(hearth.NewHandler(nil))
		for b.Loop() {
			log.LogAttrs(ctx, slog.LevelInfo, "baked", slog.String("number", number), slog.Int("grams", grams))
		}
	})
	b.Run("exception", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			hearth.Exception(ctx, errBake, "baking failed")
		}
	})
}
