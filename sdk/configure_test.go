package hearth_test

import (
	"testing"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	hearth "github.com/hearth-dev/hearth/sdk"
)

// Configure changes what belongs to the whole process: its tests do not run in parallel.
func TestConfigureSetsTheGlobalProvider(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	shutdown, err := hearth.Configure(t.Context(), hearth.WithSpanProcessor(sdktrace.NewSimpleSpanProcessor(exporter)))
	if err != nil {
		t.Fatal(err)
	}
	_, span := otel.Tracer("shop").Start(t.Context(), "checkout")
	span.End()
	if spans := exporter.GetSpans(); len(spans) != 1 || spans[0].Name != "checkout" {
		t.Errorf("exported %v, want the span checkout", spans)
	}
	for range 2 {
		if err := shutdown(t.Context()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	}
}
