package hearth

import (
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Option changes what Configure sets up.
type Option func(*config)

// config is what the options of one Configure say.
type config struct {
	spanProcessors []sdktrace.SpanProcessor
	logProcessors  []sdklog.Processor
	metricReaders  []sdkmetric.Reader
	minLevel       Level
	withoutGlobal  bool
}

// WithSpanProcessor adds a processor that gets every span. It may be given several times.
func WithSpanProcessor(processor sdktrace.SpanProcessor) Option {
	return func(c *config) { c.spanProcessors = append(c.spanProcessors, processor) }
}

// WithLogProcessor adds a processor that gets every log record. It may be given several times.
func WithLogProcessor(processor sdklog.Processor) Option {
	return func(c *config) { c.logProcessors = append(c.logProcessors, processor) }
}

// WithMetricReader adds a reader of the metrics. It may be given several times.
func WithMetricReader(reader sdkmetric.Reader) Option {
	return func(c *config) { c.metricReaders = append(c.metricReaders, reader) }
}

// WithMinLevel makes this package's functions create no spans and logs below a level.
func WithMinLevel(level Level) Option {
	return func(c *config) { c.minLevel = level }
}

// WithoutGlobal leaves OpenTelemetry's global providers and propagators as they are: only the functions of this package
// use what Configure sets up.
func WithoutGlobal() Option {
	return func(c *config) { c.withoutGlobal = true }
}
