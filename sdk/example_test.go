package hearth_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	hearth "github.com/hearth-dev/hearth/sdk"
)

// printer prints what a program sends: the level, where there is one, and the message.
type printer struct{}

func (printer) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, span := range spans {
		var level hearth.Level
		var message string
		for _, kv := range span.Attributes() {
			switch kv.Key {
			case "logfire.level_num":
				level = hearth.Level(kv.Value.AsInt64())
			case "logfire.msg":
				message = kv.Value.AsString()
			}
		}
		if level == 0 {
			fmt.Println("span", message)
		} else {
			fmt.Println(level, message)
		}
	}
	return nil
}

func (printer) Shutdown(context.Context) error { return nil }

func configure() func() {
	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithSpanProcessor(sdktrace.NewSimpleSpanProcessor(printer{})), hearth.WithoutGlobal())
	if err != nil {
		panic(err)
	}
	return func() { _ = shutdown(ctx) }
}

func ExampleSpan() {
	defer configure()()

	bake := func(ctx context.Context, loaves int) (err error) {
		ctx, span := hearth.Span(ctx, "bake {loaves} loaves", hearth.Attr("loaves", loaves))
		defer span.EndErr(&err)

		hearth.Info(ctx, "oven at {degrees=}", hearth.Attr("degrees", 230))
		if loaves > 100 {
			return errors.New("the oven is too small")
		}
		span.Set(hearth.Attr("sold", loaves-2))
		return nil
	}
	_ = bake(context.Background(), 12)
	_ = bake(context.Background(), 120)
	// Output:
	// info oven at degrees=230
	// span bake 12 loaves
	// info oven at degrees=230
	// error bake 120 loaves
}

func ExampleInfo() {
	defer configure()()
	type Order struct {
		Number string `json:"number"`
		Grams  int    `json:"grams"`
	}
	ctx := hearth.ContextWithTags(context.Background(), "shop")
	order := &Order{Number: "T-1", Grams: 250}
	hearth.Info(ctx, "order {number} placed", hearth.Attr("number", order.Number), hearth.Attr("order", order))
	hearth.Warn(ctx, "only {left:.1f} kg left", hearth.Attr("left", 1.25), hearth.Tags("stock"))
	hearth.Exception(ctx, errors.New("no such tea"), "order refused")
	// Output:
	// info order T-1 placed
	// warn only 1.2 kg left
	// error order refused
}

func ExampleNewHandler() {
	defer configure()()
	log := slog.New(hearth.NewHandler(nil)).With("shop", "north")
	log.InfoContext(context.Background(), "order placed", "number", "T-1")
	// Output:
	// info order placed
}

func ExampleNewCounter() {
	orders := hearth.NewCounter[int64]("shop.orders", metric.WithUnit("{order}"))
	orders.Add(context.Background(), 1, hearth.Attr("shop", "north"))
}
