package hearth_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	hearth "github.com/hearth-dev/hearth/sdk"
)

// A program configures the SDK once. Where to send is usually left to the environment: HEARTH_BASE_URL for a Hearth on
// this machine, with HEARTH_TOKEN for one elsewhere.
func ExampleConfigure() {
	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithServiceName("shop"), hearth.WithEnvironment("production"),
		hearth.WithSendMode(hearth.SendNever)) // this example sends nothing
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		if err := shutdown(ctx); err != nil {
			fmt.Println(err)
		}
	}()
	hearth.Info(ctx, "the shop is open")
	fmt.Println("configured")
	// Output: configured
}

// Records can be printed, too, as they happen.
func ExampleWithConsole() {
	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithSendMode(hearth.SendNever),
		hearth.WithConsole(hearth.ConsoleOptions{Output: os.Stdout, HideTimestamps: true}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = shutdown(ctx) }()

	ctx, span := hearth.Span(ctx, "bake {loaves} loaves", hearth.Attr("loaves", 12))
	defer span.End()
	hearth.Info(ctx, "the oven is hot")
	_, library := otel.Tracer("library").Start(ctx, "SELECT flour")
	library.End()
	hearth.Debug(ctx, "not worth printing")
	// Output:
	// bake 12 loaves
	//   the oven is hot
	//   SELECT flour
}

// What looks sensitive is redacted; a program adds what is sensitive in its own world and keeps what is not.
func ExampleWithScrubbing() {
	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithSendMode(hearth.SendNever), hearth.WithSpanProcessor(sdktrace.NewSimpleSpanProcessor(attributes{})),
		hearth.WithScrubbing(hearth.ScrubbingOptions{
			ExtraPatterns: []string{"customer[ _]?number"},
			Callback: func(match hearth.ScrubMatch) (any, bool) {
				return match.Value, match.Value == "the secret of good bread" // this one may be told
			},
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = shutdown(ctx) }()

	_, span := otel.Tracer("shop").Start(ctx, "order", trace.WithAttributes(
		attribute.String("customer_number", "4711"), attribute.String("title", "the secret of good bread"),
		attribute.String("form", `{"password": "1234", "loaves": 2}`)))
	span.End()
	// Output:
	// customer_number: [Scrubbed due to 'customer_number']
	// title: the secret of good bread
	// form: {"password":"[Scrubbed due to 'password']","loaves":2}
}

// attributes prints the attributes of spans, but for those of the SDK.
type attributes struct{}

func (attributes) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, span := range spans {
		for _, kv := range span.Attributes() {
			if kv.Key != "logfire.span_type" && kv.Key != "logfire.scrubbed" {
				fmt.Printf("%s: %s\n", kv.Key, kv.Value.String())
			}
		}
	}
	return nil
}

func (attributes) Shutdown(context.Context) error { return nil }

// Of many traces that are alike, those in which something happens are worth keeping.
func ExampleWithTailSampling() {
	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithSendMode(hearth.SendNever), hearth.WithTailSampling(hearth.LevelOrDuration(0)),
		hearth.WithSpanProcessor(sdktrace.NewSimpleSpanProcessor(printer{})))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = shutdown(ctx) }()

	for _, weight := range []int{500, 3} {
		ctx, span := hearth.Span(ctx, "weigh a loaf")
		if weight < 100 {
			hearth.Error(ctx, "only {grams} grams", hearth.Attr("grams", weight))
		}
		span.End()
	}
	// Output:
	// error only 3 grams
	// span weigh a loaf
}
