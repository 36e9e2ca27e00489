package agent

import (
	"fmt"
	"reflect"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/version"
	"github.com/hearth-dev/hearth/sdk/prices"
)

// ScopeName is the instrumentation scope of all spans, log events and metrics that this package emits.
const ScopeName = "github.com/hearth-dev/hearth/sdk/agent"

// EventMode says where [FormatEvents] puts the messages of a request.
type EventMode int

// The modes.
const (
	EventModeAttributes EventMode = iota // into an attribute of the request's span
	EventModeLogs                        // into log records below the request's span
)

// Format is a version of PydanticAI's data format, 1 to 6. The zero value is [DefaultFormat].
type Format int

// The formats that have names. Those between are PydanticAI's steps from the one to the other: 2 puts messages into
// attributes of their own, 3 renames the spans of runs and tools, 4 describes media as OpenTelemetry's conventions do, 5
// no longer counts deferred tools as errors.
const (
	// FormatEvents tells of messages as events: one JSON array in the attribute events, or one log record each. Runs are
	// named "agent run", tools "running tool". Of tools that the provider runs itself, events say nothing.
	FormatEvents Format = 1
	// FormatMessages tells of messages as OpenTelemetry's conventions do since version 1.37, in gen_ai.input.messages and
	// gen_ai.output.messages. Runs are named "invoke_agent NAME", tools "execute_tool NAME".
	FormatMessages Format = 6

	DefaultFormat = FormatEvents
)

// ContentMode says how much of what is said is recorded.
type ContentMode int

// The modes.
const (
	ContentAll      ContentMode = iota // everything
	ContentNoBinary                    // no bytes of images, sounds, videos and documents
	ContentNone                        // no texts, arguments, results and URLs either: roles, kinds of parts, names and ids remain
)

// InstrumentationSettings say what is emitted about runs and requests, and where to. The zero value emits [DefaultFormat]
// with all content to OpenTelemetry's global providers. Settings are shared by pointer, must not be changed or copied
// after their first use, and are safe for concurrent use. In this package a nil pointer means off.
type InstrumentationSettings struct {
	EventMode EventMode
	Format    Format
	Content   ContentMode

	// The providers. One that is nil is OpenTelemetry's global one of the moment at which something is emitted.
	TracerProvider trace.TracerProvider
	LoggerProvider log.LoggerProvider
	MeterProvider  metric.MeterProvider

	// OmitModelRequestParameters leaves the attribute model_request_parameters away, which can be large.
	OmitModelRequestParameters bool
	// RunUsageAsStandardKeys has the usage of runs under gen_ai.usage.*, with that of the runs inside which share it, as
	// PydanticAI had it before version 2. By default it is that of the run's own requests, under gen_ai.aggregated_usage.*,
	// so that whoever adds up requests or runs counts each token once.
	RunUsageAsStandardKeys bool
	// MaxAttributeBytes bounds the attributes that hold messages; 0 is no bound. The oldest messages are left out until the
	// rest fits, and logfire.truncated names the attribute. JSON is never cut. What a log record holds is not bounded.
	MaxAttributeBytes int
	// PropagateBaggage puts the agent's name and the ids of run and conversation into OpenTelemetry's baggage as well.
	// Instrumented HTTP clients send baggage to whomever they talk to, model providers included.
	PropagateBaggage bool
	// Pricer says what a call of a model costs; nil is the embedded prices of [prices.Open]. It is called at the end of
	// each request, from many goroutines.
	Pricer func(*prices.Call) (prices.Cost, bool)

	made atomic.Pointer[instruments]
}

// everywhere are the settings of [InstrumentAll]; nil is off.
var everywhere atomic.Pointer[InstrumentationSettings]

// InstrumentAll instruments every agent that does not say otherwise for itself, also those made before the call, from
// their next run on. Without an argument, or with nil, it is with the zero settings; of several the last counts.
func InstrumentAll(settings ...*InstrumentationSettings) {
	chosen := &InstrumentationSettings{}
	for _, s := range settings {
		if s != nil {
			chosen = s
		}
	}
	everywhere.Store(chosen)
}

// InstrumentAllOff takes [InstrumentAll] back.
func InstrumentAllOff() { everywhere.Store(nil) }

// instrumentation is what an agent says of its own instrumentation. The zero value leaves it to [InstrumentAll].
type instrumentation struct {
	chosen   bool
	settings *InstrumentationSettings // nil is off
}

// resolve returns the settings for a run with a model, nil for off: the model's own if it is instrumented already, else
// the agent's, else those of [InstrumentAll].
func resolve(own instrumentation, model Model) *InstrumentationSettings {
	if already := instrumentedIn(model); already != nil {
		return already.settings
	}
	if own.chosen {
		return own.settings
	}
	return everywhere.Load()
}

// version is the format's number, within 1 to 6.
func (s *InstrumentationSettings) version() Format {
	if s.Format == 0 {
		return DefaultFormat
	}
	return min(max(s.Format, FormatEvents), FormatMessages)
}

func (s *InstrumentationSettings) says() bool { return s.Content != ContentNone }

// instruments are what emits, made from the providers of a moment.
type instruments struct {
	tracers trace.TracerProvider
	loggers log.LoggerProvider
	meters  metric.MeterProvider

	tracer trace.Tracer
	logger log.Logger
	*histograms
}

// instruments returns those of the providers in force. They are kept until a global provider is replaced.
func (s *InstrumentationSettings) instruments() *instruments {
	tracers, loggers, meters := s.TracerProvider, s.LoggerProvider, s.MeterProvider
	if tracers == nil {
		tracers = otel.GetTracerProvider()
	}
	if loggers == nil {
		loggers = otel.GetLoggerProvider()
	}
	if meters == nil {
		meters = otel.GetMeterProvider()
	}
	in := s.made.Load()
	if in != nil && same(in.tracers, tracers) && same(in.loggers, loggers) && same(in.meters, meters) {
		return in
	}
	in = &instruments{
		tracers: tracers, loggers: loggers, meters: meters,
		tracer:     tracers.Tracer(ScopeName, trace.WithInstrumentationVersion(version.SDK())),
		logger:     loggers.Logger(ScopeName, log.WithInstrumentationVersion(version.SDK())),
		histograms: newHistograms(meters.Meter(ScopeName, metric.WithInstrumentationVersion(version.SDK()))),
	}
	s.made.Store(in)
	return in
}

// same tells whether two providers are one. Those that cannot be compared are not.
func same(a, b any) bool {
	return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.ValueOf(a).Comparable() && a == b
}

// guard ends a panic of the instrumentation, or of what it calls, and reports it to OpenTelemetry's error handler: the
// program that is looked at must not fail by being looked at. It is called by defer.
func guard() {
	if p := recover(); p != nil {
		otel.Handle(fmt.Errorf("agent instrumentation: panic: %v", p))
	}
}

// guarded runs f under a [guard].
func guarded(f func()) {
	defer guard()
	f()
}
