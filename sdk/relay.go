package hearth

import (
	"context"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/log/embedded"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Libraries take their tracer and logger once and keep it. So that they go on after a second Configure, OpenTelemetry's
// global providers are made once for the process, and hand on to the state that is installed at the time. The tracer
// provider is OpenTelemetry's own: there are libraries that accept no other.

// installed is the state that the global providers hand on to; nil drops everything.
var installed atomic.Pointer[state]

var globalTracers struct {
	once     sync.Once
	provider *sdktrace.TracerProvider
}

// relayTracers returns the process's tracer provider. The resource is that of the first call; records carry that of
// their state.
func relayTracers(resource *resource.Resource) *sdktrace.TracerProvider {
	globalTracers.once.Do(func() {
		globalTracers.provider = sdktrace.NewTracerProvider(
			sdktrace.WithSampler(relaySampler{}), sdktrace.WithSpanProcessor(relayProcessor{}), sdktrace.WithResource(resource),
		)
	})
	return globalTracers.provider
}

type relaySampler struct{}

func (relaySampler) Description() string { return "HearthRelay" }

func (relaySampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if s := installed.Load(); s != nil {
		return s.sampler.ShouldSample(p)
	}
	return sdktrace.NeverSample().ShouldSample(p)
}

type relayProcessor struct{}

func (relayProcessor) OnStart(parent context.Context, span sdktrace.ReadWriteSpan) {
	if s := installed.Load(); s != nil {
		s.spans.OnStart(parent, span)
	}
}

func (relayProcessor) OnEnd(span sdktrace.ReadOnlySpan) {
	if s := installed.Load(); s != nil {
		s.spans.OnEnd(span)
	}
}

func (relayProcessor) ForceFlush(ctx context.Context) error {
	if s := installed.Load(); s != nil {
		return s.flush(ctx)
	}
	return nil
}

// Shutdown sends what is queued. To end the state is up to the function that Configure returned.
func (p relayProcessor) Shutdown(ctx context.Context) error { return p.ForceFlush(ctx) }

// relayLoggers is the process's logger provider.
type relayLoggers struct{ embedded.LoggerProvider }

func (relayLoggers) Logger(name string, options ...log.LoggerOption) log.Logger {
	return &relayLogger{name: name, options: options}
}

type relayLogger struct {
	embedded.Logger
	name    string
	options []log.LoggerOption
	latest  atomic.Pointer[stateLogger]
}

// stateLogger is the logger of one state.
type stateLogger struct {
	state  *state
	logger log.Logger
}

// logger returns the logger of the installed state, nil when there is none.
func (l *relayLogger) logger() log.Logger {
	s := installed.Load()
	if s == nil {
		return nil
	}
	if latest := l.latest.Load(); latest != nil && latest.state == s {
		return latest.logger
	}
	latest := &stateLogger{state: s, logger: s.loggers.Logger(l.name, l.options...)}
	l.latest.Store(latest)
	return latest.logger
}

func (l *relayLogger) Emit(ctx context.Context, record log.Record) {
	if logger := l.logger(); logger != nil {
		logger.Emit(ctx, record)
	}
}

func (l *relayLogger) Enabled(ctx context.Context, parameters log.EnabledParameters) bool {
	logger := l.logger()
	return logger != nil && logger.Enabled(ctx, parameters)
}
