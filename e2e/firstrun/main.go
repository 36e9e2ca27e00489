// An application that is told nothing: Hearth's SDK finds its project in the folder that it runs in.
package main

import (
	"context"
	"log"
	"log/slog"

	hearth "github.com/hearth-dev/hearth/sdk"
)

func main() {
	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithServiceName("first-run"))
	if err != nil {
		log.Fatal(err)
	}
	spanCtx, span := hearth.Span(ctx, "brew {what}", slog.String("what", "tea"))
	hearth.Info(spanCtx, "tea is ready")
	span.End()
	if err := shutdown(ctx); err != nil {
		log.Fatal(err)
	}
}
