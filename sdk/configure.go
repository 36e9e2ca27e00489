package hearth

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/log"
	logglobal "go.opentelemetry.io/otel/log/global"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// scopeName is the instrumentation scope of the spans, logs and metrics that this package makes.
const scopeName = "github.com/hearth-dev/hearth/sdk"

// state is what one Configure built. Nothing of it changes after it is published in current.
type state struct {
	tracer   trace.Tracer // makes this package's spans and logs
	tracers  trace.TracerProvider
	meters   metric.MeterProvider
	loggers  log.LoggerProvider
	minLevel Level // spans and logs below it are not made

	flush func(context.Context) error // sends what is queued
	stop  func(context.Context) error // sends what is queued and ends everything; called once
}

// current is the state of the last Configure; nil before it and after its shutdown: nothing is configured.
var current atomic.Pointer[state]

// configuring lets one Configure or shutdown at a time change the globals.
var configuring sync.Mutex

// Configure sets the program's telemetry up and returns the function that ends it: it sends what is queued, within its
// context, and stops everything that Configure started. It may be called more than once. Until then, and again
// afterwards, the functions of this package do nothing.
//
// What the options do not say is taken from the environment. A second Configure replaces the first and shuts it down.
// Configure does not wait for the network.
func Configure(ctx context.Context, options ...Option) (shutdown func(context.Context) error, err error) {
	var c config
	for _, option := range options {
		option(&c)
	}
	next := build(&c)
	configuring.Lock()
	defer configuring.Unlock()
	if !c.withoutGlobal {
		otel.SetTracerProvider(next.tracers)
		otel.SetMeterProvider(next.meters)
		logglobal.SetLoggerProvider(next.loggers)
		otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	}
	if former := current.Swap(next); former != nil {
		if err := former.stop(ctx); err != nil {
			otel.Handle(err)
		}
	}
	return next.shutdown, nil
}

// build makes the state that a configuration asks for.
func build(c *config) *state {
	var traceOptions []sdktrace.TracerProviderOption
	for _, processor := range c.spanProcessors {
		traceOptions = append(traceOptions, sdktrace.WithSpanProcessor(processor))
	}
	var metricOptions []sdkmetric.Option
	for _, reader := range c.metricReaders {
		metricOptions = append(metricOptions, sdkmetric.WithReader(reader))
	}
	var logOptions []sdklog.LoggerProviderOption
	for _, processor := range c.logProcessors {
		logOptions = append(logOptions, sdklog.WithProcessor(processor))
	}
	tracers := sdktrace.NewTracerProvider(traceOptions...)
	meters := sdkmetric.NewMeterProvider(metricOptions...)
	loggers := sdklog.NewLoggerProvider(logOptions...)
	s := &state{tracer: tracers.Tracer(scopeName), tracers: tracers, meters: meters, loggers: loggers, minLevel: c.minLevel}
	s.flush = func(ctx context.Context) error {
		return errors.Join(tracers.ForceFlush(ctx), loggers.ForceFlush(ctx), meters.ForceFlush(ctx))
	}
	s.stop = once(func(ctx context.Context) error {
		return errors.Join(tracers.Shutdown(ctx), loggers.Shutdown(ctx), meters.Shutdown(ctx))
	})
	return s
}

// shutdown ends s and makes the package do nothing again, unless a later Configure has replaced s.
func (s *state) shutdown(ctx context.Context) error {
	current.CompareAndSwap(s, nil)
	return s.stop(ctx)
}

// once returns a function that runs stop at its first call; later calls wait for that one and return nil.
func once(stop func(context.Context) error) func(context.Context) error {
	var first sync.Once
	return func(ctx context.Context) (err error) {
		first.Do(func() { err = stop(ctx) })
		return err
	}
}

// Flush sends what is queued and returns when it is sent or ctx ends. Without Configure it does nothing.
func Flush(ctx context.Context) error {
	if s := current.Load(); s != nil {
		return s.flush(ctx)
	}
	return nil
}
