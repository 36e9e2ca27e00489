// Slog sends what a program logs with log/slog to Hearth, below the spans in which it happens, and prints it as well.
//
//	hearth serve &
//	HEARTH_BASE_URL=http://127.0.0.1:4318 go run ./slog
//
// Look at the trace that it names: logs stand below the work that they are about, with their attributes; the failed payment has
// its exception with the stack.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk"
)

func main() {
	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithServiceName("slog"))
	if err != nil {
		log.Fatal(err)
	}
	slog.SetDefault(slog.New(slog.NewMultiHandler(
		hearth.NewHandler(nil),
		slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}),
	)))
	order(ctx)
	if err := shutdown(ctx); err != nil {
		log.Fatal(err)
	}
}

// withoutTime leaves the time out of what is printed.
func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && len(groups) == 0 {
		return slog.Attr{}
	}
	return a
}

var errDeclined = errors.New("the card was declined")

// order is the work of a shop: it knows log/slog alone, but for the spans.
func order(ctx context.Context) {
	ctx, span := hearth.Span(ctx, "order {number}", hearth.Attr("number", "T-1041"))
	defer span.End()
	fmt.Println("trace", trace.SpanContextFromContext(ctx).TraceID())

	log := slog.With("customer", "ada")
	log.InfoContext(ctx, "order placed", slog.Group("basket", "items", 3, "total", 42.5), "took", 12*time.Millisecond)
	if err := pay(ctx, log); err != nil {
		log.ErrorContext(ctx, "payment failed", "error", err)
		log.WarnContext(ctx, "the order waits", "until", time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	}
}

func pay(ctx context.Context, log *slog.Logger) error {
	ctx, span := hearth.Span(ctx, "pay")
	defer span.End()
	log.DebugContext(ctx, "asking the bank", "api_key", "s3cret") // secrets do not leave the process
	return fmt.Errorf("pay with card 4242: %w", errDeclined)
}
