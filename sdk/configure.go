package hearth

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/scrub"
)

// scopeName is the instrumentation scope of the spans, logs and metrics that this package makes.
const scopeName = "github.com/hearth-dev/hearth/sdk"

const (
	flushTime    = 30 * time.Second // for a Flush whose context has no deadline
	shutdownTime = 10 * time.Second // likewise
)

// state is what one Configure built. Nothing of it changes after it is published in current.
type state struct {
	tracer   trace.Tracer // makes this package's spans and logs
	meters   metric.MeterProvider
	loggers  log.LoggerProvider
	minLevel Level           // spans and logs below it are not made
	scrubber *scrub.Scrubber // nil: nothing is scrubbed

	sampler  sdktrace.Sampler
	spans    *pipeline
	backends []*backend

	flushers   []func(context.Context) error
	closers    []func(context.Context) error // called one after the other
	background sync.WaitGroup                // what runs beside the host until cancel
	cancel     context.CancelFunc
	stopped    sync.Once
	stopErr    error
}

// current is the state of the last Configure; nil before it and after its shutdown: nothing is configured.
var current atomic.Pointer[state]

// configuring lets one Configure or shutdown at a time change the globals.
var configuring sync.Mutex

// Configure sets the program's telemetry up and returns the function that ends it: it sends what is queued, within its
// context (10 seconds when that has no deadline), stops everything that Configure started, and returns an error that
// says how much was dropped. It may be called more than once. Until Configure, and again afterwards, the functions of
// this package do nothing.
//
// What the options do not say is taken from the environment and from the credentials file; all that is wrong with
// these is told in one error, and then nothing is changed. A second Configure replaces the first and shuts it down;
// tracers and loggers of OpenTelemetry's global providers go on, meters have to be taken anew.
//
// Configure does not wait for the network, except to send what a former Configure has queued. A server that cannot be
// reached, or does not know the token, is told of through otel.Handle.
func Configure(ctx context.Context, options ...Option) (shutdown func(context.Context) error, err error) {
	var c config
	for _, option := range options {
		if option != nil {
			option(&c)
		}
	}
	s, err := resolve(&c, os.Getenv)
	if err != nil {
		return nil, fmt.Errorf("configure hearth: %w", err)
	}
	if s.disabled {
		return func(context.Context) error { return nil }, nil
	}
	next, err := build(ctx, &c, s)
	if err != nil {
		return nil, fmt.Errorf("configure hearth: %w", err)
	}
	former := publish(next, !c.withoutGlobal)
	if former != nil {
		if err := former.stop(ctx); err != nil {
			otel.Handle(fmt.Errorf("hearth: end the former configuration: %w", err))
		}
	}
	if s.silentReason != "" && !goesElsewhere(&c, s) {
		notice(s.notices, "nothing is sent: "+s.silentReason)
	}
	return next.shutdown, nil
}

// publish makes a state the current one and returns the former.
func publish(next *state, global bool) (former *state) {
	configuring.Lock()
	defer configuring.Unlock()
	if global {
		installed.Store(next)
		otel.SetTracerProvider(globalTracers.provider)
		otel.SetMeterProvider(next.meters)
		otel.SetLoggerProvider(relayLoggers{})
		otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	} else {
		installed.Store(nil)
	}
	return current.Swap(next)
}

// build makes the state that the settings ask for and starts what belongs to it.
func build(ctx context.Context, c *config, settings *settings) (_ *state, err error) {
	if c.tail != nil {
		if err := c.tail.check(c.sampleRate); err != nil {
			return nil, err
		}
	}
	s := &state{minLevel: settings.minLevel, sampler: settings.sampler}
	if !c.withoutScrub {
		if s.scrubber, err = newScrubber(c.scrubbing); err != nil {
			return nil, err
		}
	}
	if err := s.openBackends(ctx, c, settings); err != nil {
		for _, b := range s.backends {
			err = errors.Join(err, b.abandon(ctx))
		}
		return nil, err
	}
	about := describe(ctx, c, settings)
	s.spans = &pipeline{resource: about, scrubber: s.scrubber, processors: c.spanProcessors}
	logs := &logPipeline{scrubber: s.scrubber, minLevel: s.minLevel, processors: c.logProcessors}
	if c.tail != nil {
		s.spans.tail = newTailSampler(*c.tail)
	}
	s.connect(settings, logs)
	s.provide(c, about, logs)
	background, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.checkTokens(background, settings.destinations, settings.notices)
	return s, nil
}

func newScrubber(options ScrubbingOptions) (*scrub.Scrubber, error) {
	if options.Callback == nil {
		return scrub.New(options.ExtraPatterns, nil)
	}
	return scrub.New(options.ExtraPatterns, func(match scrub.Match) (any, bool) { return options.Callback(ScrubMatch(match)) })
}

// openBackends starts to send to everybody who is to be sent to.
func (s *state) openBackends(ctx context.Context, c *config, settings *settings) error {
	for _, d := range settings.destinations {
		b, err := openDestination(ctx, d, settings.pendingSpans, !c.withoutMetrics)
		if err != nil {
			return err
		}
		s.backends = append(s.backends, b)
	}
	if settings.otlp != (otlpSignals{}) {
		b, err := openOTLP(ctx, settings.otlp, !c.withoutMetrics, os.Getenv)
		if err != nil {
			return err
		}
		s.backends = append(s.backends, b)
	}
	for _, exporter := range c.spanExporters {
		b := &backend{}
		b.sendSpans(exporter)
		s.backends = append(s.backends, b)
	}
	for _, exporter := range c.logExporters {
		b := &backend{}
		b.sendLogs(exporter)
		s.backends = append(s.backends, b)
	}
	return nil
}

// connect lets the console and the backends take what the pipelines hand on.
func (s *state) connect(settings *settings, logs *logPipeline) {
	if settings.console != nil {
		console := newConsole(*settings.console)
		s.spans.sinks = append(s.spans.sinks, sink{take: console.span, pending: true})
		logs.sinks = append(logs.sinks, console.log)
	}
	for _, b := range s.backends {
		if b.spans != nil {
			s.spans.sinks = append(s.spans.sinks, sink{take: b.spans.Add, pending: b.pending})
		}
		if b.logs != nil {
			logs.sinks = append(logs.sinks, func(r *sdklog.Record) { b.logs.Add(r.Clone()) })
		}
	}
}

// provide makes the providers and says how they are flushed and closed.
func (s *state) provide(c *config, about *resource.Resource, logs *logPipeline) {
	if c.withoutGlobal {
		tracers := sdktrace.NewTracerProvider(sdktrace.WithSampler(s.sampler), sdktrace.WithSpanProcessor(s.spans), sdktrace.WithResource(about))
		s.tracer = tracers.Tracer(scopeName, trace.WithInstrumentationVersion(Version()))
	} else {
		s.tracer = relayTracers(about).Tracer(scopeName, trace.WithInstrumentationVersion(Version()))
	}
	loggers := sdklog.NewLoggerProvider(sdklog.WithProcessor(logs), sdklog.WithResource(about))
	s.loggers = loggers
	meters := sdkmetric.NewMeterProvider(s.meterOptions(c, about)...)
	s.meters = meters

	s.flushers = []func(context.Context) error{s.spans.ForceFlush, loggers.ForceFlush, meters.ForceFlush}
	for _, b := range s.backends {
		s.flushers = append(s.flushers, b.flush)
	}
	s.closers = []func(context.Context) error{s.spans.Shutdown, loggers.Shutdown, func(ctx context.Context) error {
		ends := []func(context.Context) error{meters.Shutdown}
		for _, b := range s.backends {
			ends = append(ends, b.close)
		}
		return atOnce(ctx, ends...)
	}}
}

// meterOptions says how metrics are collected. Without a reader nothing is.
func (s *state) meterOptions(c *config, about *resource.Resource) []sdkmetric.Option {
	options := []sdkmetric.Option{sdkmetric.WithResource(about), sdkmetric.WithView(views()...)}
	if c.withoutMetrics {
		return options
	}
	for _, reader := range c.metricReaders {
		options = append(options, sdkmetric.WithReader(reader))
	}
	for _, b := range s.backends {
		if b.metrics != nil {
			options = append(options, sdkmetric.WithReader(b.metrics))
		}
	}
	return options
}

// goesElsewhere tells whether telemetry goes anywhere but to Hearth and Logfire.
func goesElsewhere(c *config, s *settings) bool {
	own := len(c.spanProcessors) + len(c.spanExporters) + len(c.logProcessors) + len(c.logExporters) + len(c.metricReaders)
	return own > 0 || s.console != nil || s.otlp != otlpSignals{}
}

// shutdown ends s and makes the package do nothing again, unless a later Configure has replaced s.
func (s *state) shutdown(ctx context.Context) error {
	configuring.Lock()
	installed.CompareAndSwap(s, nil)
	current.CompareAndSwap(s, nil)
	configuring.Unlock()
	return s.stop(ctx)
}

// stop sends what is queued and ends what belongs to s. A second call waits for the first and returns the same.
func (s *state) stop(ctx context.Context) error {
	s.stopped.Do(func() {
		ctx, cancel := within(ctx, shutdownTime)
		defer cancel()
		s.cancel()
		for _, b := range s.backends {
			b.hurry()
		}
		var errs []error
		for _, end := range s.closers {
			errs = append(errs, end(ctx))
		}
		s.background.Wait()
		s.stopErr = errors.Join(errs...)
	})
	return s.stopErr
}

// within bounds a context that has no deadline.
func within(ctx context.Context, time time.Duration) (context.Context, context.CancelFunc) {
	if _, bounded := ctx.Deadline(); bounded {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time)
}

// Flush sends what is queued now. It returns when that is accepted or refused, or when ctx ends (after 30 seconds when
// that has no deadline), with what went wrong. Without Configure it does nothing.
func Flush(ctx context.Context) error {
	s := current.Load()
	if s == nil {
		return nil
	}
	return s.flush(ctx)
}

func (s *state) flush(ctx context.Context) error {
	ctx, cancel := within(ctx, flushTime)
	defer cancel()
	return atOnce(ctx, slices.Clone(s.flushers)...)
}
