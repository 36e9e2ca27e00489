package hearth

import (
	"context"
	"log/slog"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Number is what a metric counts in.
type Number interface{ int64 | float64 }

// Counter adds up what only grows: requests, bytes sent. It is safe for concurrent use.
type Counter[N Number] struct{ instrument[adder[N]] }

// UpDownCounter adds up what grows and shrinks: requests under way, items queued. It is safe for concurrent use.
type UpDownCounter[N Number] struct{ instrument[adder[N]] }

// Histogram counts values by their size: durations, sizes of requests. It is safe for concurrent use.
type Histogram[N Number] struct{ instrument[recorder[N]] }

// Gauge holds the last value: a temperature, a share of memory. It is safe for concurrent use.
type Gauge[N Number] struct{ instrument[recorder[N]] }

// NewCounter returns a counter of that name. Options are metric.WithUnit, with a unit in UCUM notation ("s", "By",
// "{order}"), and metric.WithDescription.
//
//	var orders = hearth.NewCounter[int64]("shop.orders", metric.WithUnit("{order}"))
//
// Instruments may be made before Configure, as variables of a package: each counts for the configuration that is
// current when it is used, and what it is told where nothing is configured is not kept. A name that OpenTelemetry
// refuses is reported to otel.Handle at first use.
func NewCounter[N Number](name string, options ...metric.InstrumentOption) *Counter[N] {
	return &Counter[N]{instrument[adder[N]]{make: func(m metric.Meter) (adder[N], error) {
		if isFloat[N]() {
			return as[adder[N]](m.Float64Counter(name, each[metric.Float64CounterOption](options)...))
		}
		return as[adder[N]](m.Int64Counter(name, each[metric.Int64CounterOption](options)...))
	}}}
}

// NewUpDownCounter returns a counter of that name that may shrink; see NewCounter.
func NewUpDownCounter[N Number](name string, options ...metric.InstrumentOption) *UpDownCounter[N] {
	return &UpDownCounter[N]{instrument[adder[N]]{make: func(m metric.Meter) (adder[N], error) {
		if isFloat[N]() {
			return as[adder[N]](m.Float64UpDownCounter(name, each[metric.Float64UpDownCounterOption](options)...))
		}
		return as[adder[N]](m.Int64UpDownCounter(name, each[metric.Int64UpDownCounterOption](options)...))
	}}}
}

// NewHistogram returns a histogram of that name; see NewCounter.
func NewHistogram[N Number](name string, options ...metric.InstrumentOption) *Histogram[N] {
	return &Histogram[N]{instrument[recorder[N]]{make: func(m metric.Meter) (recorder[N], error) {
		if isFloat[N]() {
			return as[recorder[N]](m.Float64Histogram(name, each[metric.Float64HistogramOption](options)...))
		}
		return as[recorder[N]](m.Int64Histogram(name, each[metric.Int64HistogramOption](options)...))
	}}}
}

// NewGauge returns a gauge of that name; see NewCounter.
func NewGauge[N Number](name string, options ...metric.InstrumentOption) *Gauge[N] {
	return &Gauge[N]{instrument[recorder[N]]{make: func(m metric.Meter) (recorder[N], error) {
		if isFloat[N]() {
			return as[recorder[N]](m.Float64Gauge(name, each[metric.Float64GaugeOption](options)...))
		}
		return as[recorder[N]](m.Int64Gauge(name, each[metric.Int64GaugeOption](options)...))
	}}}
}

// Add adds n, which is not negative, to the series of these attributes. Each combination of their values is a series of
// its own: they should be few.
func (c *Counter[N]) Add(ctx context.Context, n N, attrs ...slog.Attr) {
	if s := current.Load(); s != nil {
		c.on(s).Add(ctx, n, labels(attrs))
	}
}

// Add adds n to the series of these attributes; see Counter.Add.
func (c *UpDownCounter[N]) Add(ctx context.Context, n N, attrs ...slog.Attr) {
	if s := current.Load(); s != nil {
		c.on(s).Add(ctx, n, labels(attrs))
	}
}

// Record adds an observation to the series of these attributes; see Counter.Add.
func (h *Histogram[N]) Record(ctx context.Context, value N, attrs ...slog.Attr) {
	if s := current.Load(); s != nil {
		h.on(s).Record(ctx, value, labels(attrs))
	}
}

// Record replaces the value of the series of these attributes; see Counter.Add.
func (g *Gauge[N]) Record(ctx context.Context, value N, attrs ...slog.Attr) {
	if s := current.Load(); s != nil {
		g.on(s).Record(ctx, value, labels(attrs))
	}
}

// adder and recorder are what OpenTelemetry's instruments of a number have in common.
type (
	adder[N Number] interface {
		Add(ctx context.Context, n N, options ...metric.AddOption)
	}
	recorder[N Number] interface {
		Record(ctx context.Context, value N, options ...metric.RecordOption)
	}
)

// instrument makes OpenTelemetry's instrument T anew for each configuration. OpenTelemetry's own instruments made before
// a provider is set stay with the first one for ever.
type instrument[T any] struct {
	make  func(metric.Meter) (T, error)
	bound atomic.Pointer[bound[T]]
}

type bound[T any] struct {
	of *state
	to T
}

// on returns the instrument of a configuration.
func (i *instrument[T]) on(s *state) T {
	if b := i.bound.Load(); b != nil && b.of == s {
		return b.to
	}
	made, err := i.make(s.meters.Meter(scopeName, metric.WithInstrumentationVersion(Version())))
	if err != nil {
		otel.Handle(err) // what is made works all the same: OpenTelemetry then makes one that does nothing
	}
	i.bound.Store(&bound[T]{s, made})
	return made
}

func isFloat[N Number]() bool {
	_, ok := any(*new(N)).(float64)
	return ok
}

// as returns an instrument of int64 or float64 as that of N, which is the same.
func as[T any](made any, err error) (T, error) { return made.(T), err }

// each returns options, which are those of every instrument, as those of one.
func each[T any](options []metric.InstrumentOption) []T {
	own := make([]T, len(options))
	for i, option := range options {
		own[i] = any(option).(T)
	}
	return own
}

// labels returns a series' attributes.
func labels(attrs []slog.Attr) metric.MeasurementOption {
	var d draft
	d.add(attrs)
	keyValues := make([]attribute.KeyValue, len(d.arguments))
	for i, arg := range d.arguments {
		keyValues[i] = attribute.KeyValue{Key: attribute.Key(arg.key), Value: arg.encoded.Value}
	}
	return metric.WithAttributeSet(attribute.NewSet(keyValues...))
}
