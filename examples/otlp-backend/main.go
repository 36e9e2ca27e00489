// Otlp-backend sends an agent's telemetry to any OpenTelemetry backend, such as a Jaeger of one's own, in two ways.
//
// With the SDK, which needs to be told nothing but where to:
//
//	docker run --rm -p 16686:16686 -p 4318:4318 jaegertracing/jaeger
//	OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 go run ./otlp-backend
//
// And without it, by OpenTelemetry's own SDK, whose providers the agent is given:
//
//	OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 go run ./otlp-backend --plain
//
// Hearth is such a backend as well: http://127.0.0.1:4318 is where it listens. The messages of the conversation are in the
// attributes of the agent's spans, as OpenTelemetry's conventions for generative AI have them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/hearth-dev/hearth/sdk"
	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/testmodel"
)

func main() {
	plain := flag.Bool("plain", false, "use OpenTelemetry's SDK in place of Hearth's")
	flag.Parse()
	ctx := context.Background()
	configure := withHearth
	if *plain {
		configure = withOpenTelemetry
	}
	settings, shutdown, err := configure(ctx)
	if err != nil {
		log.Fatal(err)
	}
	if err := errors.Join(run(ctx, settings), shutdown(ctx)); err != nil {
		log.Fatal(err)
	}
}

type shutdown func(context.Context) error

// withHearth configures Hearth's SDK, which sets OpenTelemetry's global providers: settings need none.
func withHearth(ctx context.Context) (*agent.InstrumentationSettings, shutdown, error) {
	stop, err := hearth.Configure(ctx, hearth.WithServiceName("otlp-backend"), hearth.WithSendMode(hearth.SendNever))
	return &agent.InstrumentationSettings{Format: agent.FormatMessages}, stop, err
}

// withOpenTelemetry configures OpenTelemetry's SDK, and leaves the global providers alone.
func withOpenTelemetry(ctx context.Context) (*agent.InstrumentationSettings, shutdown, error) {
	exporter, err := otlptracehttp.New(ctx) // reads OTEL_EXPORTER_OTLP_ENDPOINT
	if err != nil {
		return nil, nil, err
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewWithAttributes(semconv.SchemaURL, semconv.ServiceName("otlp-backend-plain"))),
	)
	return &agent.InstrumentationSettings{Format: agent.FormatMessages, TracerProvider: provider}, provider.Shutdown, nil
}

type dice struct {
	Sides int `json:"sides" description:"How many sides the dice has." llm:"min=2,max=20"`
}

// run lets the model that tests use play: it calls each tool once, with made-up arguments.
func run(ctx context.Context, settings *agent.InstrumentationSettings) error {
	gambler := agent.NewText(testmodel.New(),
		agent.WithName("gambler"),
		agent.WithInstrumentation(settings),
		agent.WithTools(agent.NewTool("roll", "Roll a dice.", func(_ context.Context, in dice) (int, error) { return in.Sides, nil })),
	)
	result, err := gambler.Run(ctx, "Roll the dice.")
	if err != nil {
		return err
	}
	fmt.Println(result.Output)
	return nil
}
