package hearth

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/scrub"
)

// BenchmarkPipeline is what a span of another package costs the host from start to end: OpenTelemetry's SDK alone, with
// the record that is scrubbed and queued, and with the pending span, too.
func BenchmarkPipeline(b *testing.B) {
	scrubber, err := scrub.New(nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	queue := func(*record) {}
	for name, p := range map[string]*pipeline{
		"alone":   {},
		"record":  {resource: resource.Empty(), scrubber: scrubber, sinks: []sink{{take: queue}}},
		"pending": {resource: resource.Empty(), scrubber: scrubber, sinks: []sink{{take: queue, pending: true}}},
	} {
		b.Run(name, func(b *testing.B) {
			var options []sdktrace.TracerProviderOption
			if name != "alone" {
				options = append(options, sdktrace.WithSpanProcessor(p))
			} else {
				options = append(options, sdktrace.WithSpanProcessor(onEnd(func(sdktrace.ReadOnlySpan) {})))
			}
			tracer := sdktrace.NewTracerProvider(options...).Tracer("shop")
			b.ReportAllocs()
			for b.Loop() {
				_, span := tracer.Start(b.Context(), "GET /cart", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
					attribute.String("http.request.method", "GET"), attribute.String("url.path", "/cart/7"), attribute.String("http.route", "/cart/{id}"),
					attribute.String("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)")))
				span.SetAttributes(attribute.Int("http.response.status_code", 200))
				span.End()
			}
		})
	}
}
