package hearth

import (
	"io"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Option changes what Configure sets up. An option goes before the environment variables that say the same; those are
// named with each option, the first that is set and not empty counts.
type Option func(*config)

// config is what the options of one Configure say. Zero values and nils were not said.
type config struct {
	tokens         []string
	baseURL        string
	credentialsDir string
	sendMode       *SendMode

	serviceName, serviceVersion, environment string
	resourceAttributes                       []attribute.KeyValue
	resourceDetectors                        []resource.Detector
	codeSource                               *CodeSource

	minLevel       *Level
	sampleRate     *float64
	sampler        sdktrace.Sampler
	tail           *TailSampling
	pendingSpans   *bool
	scrubbing      ScrubbingOptions
	withoutScrub   bool
	withoutMetrics bool
	withoutGlobal  bool
	console        *ConsoleOptions
	notices        io.Writer
	noticesSet     bool

	spanProcessors []sdktrace.SpanProcessor
	spanExporters  []sdktrace.SpanExporter
	logProcessors  []sdklog.Processor
	logExporters   []sdklog.Exporter
	metricReaders  []sdkmetric.Reader
}

// WithToken sends to the projects of these write tokens. Without it: HEARTH_TOKEN or LOGFIRE_TOKEN, which may list
// several between commas, else the token of the credentials file.
func WithToken(tokens ...string) Option {
	return func(c *config) { c.tokens = append(c.tokens, tokens...) }
}

// WithBaseURL says which Hearth or Logfire to send to, such as https://hearth.example.com; a path is ignored. Without
// it: HEARTH_BASE_URL or LOGFIRE_BASE_URL, else that of the credentials file, else Logfire's in the region that a token
// names. A Hearth on this machine (a loopback address) in local mode needs no token.
func WithBaseURL(url string) Option {
	return func(c *config) { c.baseURL = url }
}

// WithCredentialsDir names the folder of logfire_credentials.json, the file that "logfire projects use" writes. Without
// it: HEARTH_CREDENTIALS_DIR or LOGFIRE_CREDENTIALS_DIR, else .logfire in the working directory. The file is only read.
func WithCredentialsDir(dir string) Option {
	return func(c *config) { c.credentialsDir = dir }
}

// SendMode says when telemetry is sent to Hearth or Logfire. Other exporters do not depend on it.
type SendMode int

const (
	// SendIfToken sends when there is a token, or when the base URL leads to this machine, and otherwise does not.
	SendIfToken SendMode = iota
	// SendAlways makes Configure fail where SendIfToken would not send.
	SendAlways
	// SendNever does not send, whatever the environment says.
	SendNever
)

// WithSendMode says when to send to Hearth or Logfire. Without it: HEARTH_SEND or LOGFIRE_SEND_TO_LOGFIRE (true is
// SendAlways, false SendNever, if-token-present SendIfToken), else SendIfToken.
func WithSendMode(mode SendMode) Option {
	return func(c *config) { c.sendMode = &mode }
}

// WithServiceName names the program (service.name). Without it: HEARTH_SERVICE_NAME, LOGFIRE_SERVICE_NAME,
// OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, else unknown_service: and the name of the executable.
func WithServiceName(name string) Option {
	return func(c *config) { c.serviceName = name }
}

// WithServiceVersion names the program's version (service.version). Without it: HEARTH_SERVICE_VERSION,
// LOGFIRE_SERVICE_VERSION, OTEL_SERVICE_VERSION, OTEL_RESOURCE_ATTRIBUTES, else the git revision that the program was
// built from, else the version of its module.
func WithServiceVersion(version string) Option {
	return func(c *config) { c.serviceVersion = version }
}

// WithEnvironment says where the program runs, such as production (deployment.environment.name). Without it:
// HEARTH_ENVIRONMENT or LOGFIRE_ENVIRONMENT.
func WithEnvironment(name string) Option {
	return func(c *config) { c.environment = name }
}

// WithResourceAttributes describes the program further. They go before what is found out about it and before the
// environment, behind the name, version and environment of their own options. It may be given several times. Without it:
// HEARTH_RESOURCE_ATTRIBUTES or LOGFIRE_RESOURCE_ATTRIBUTES, as key=value between commas.
func WithResourceAttributes(attributes ...attribute.KeyValue) Option {
	return func(c *config) { c.resourceAttributes = append(c.resourceAttributes, attributes...) }
}

// WithResourceDetectors lets detectors describe the program. They go before OTEL_RESOURCE_ATTRIBUTES and behind
// WithResourceAttributes. A detector that fails is told of through otel.Handle.
func WithResourceDetectors(detectors ...resource.Detector) Option {
	return func(c *config) { c.resourceDetectors = append(c.resourceDetectors, detectors...) }
}

// CodeSource says where the program's source code is published, so that records lead to their line of code.
type CodeSource struct {
	// Repository is its address, such as https://github.com/acme/shop.
	Repository string
	// Revision is the commit, tag or branch; empty is the git revision that the program was built from.
	Revision string
	// RootPath is the folder of the program's module in the repository; empty is the repository's root.
	RootPath string
}

// WithCodeSource says where the source code is published.
func WithCodeSource(source CodeSource) Option {
	return func(c *config) { c.codeSource = &source }
}

// WithMinLevel makes no spans and logs below a level. Without it: HEARTH_MIN_LEVEL or LOGFIRE_MIN_LEVEL, else all are
// made. It does not concern spans of other packages.
func WithMinLevel(level Level) Option {
	return func(c *config) { c.minLevel = &level }
}

// WithSampleRate keeps a share of the traces, 0 to 1, decided by their ids when they begin; parts of a trace that
// another program began are kept as it decided. Without it: HEARTH_TRACE_SAMPLE_RATE, LOGFIRE_TRACE_SAMPLE_RATE or
// OTEL_TRACES_SAMPLER with OTEL_TRACES_SAMPLER_ARG, else 1.
func WithSampleRate(rate float64) Option {
	return func(c *config) { c.sampleRate = &rate }
}

// WithSampler decides with an OpenTelemetry sampler which spans are recorded, in place of WithSampleRate.
func WithSampler(sampler sdktrace.Sampler) Option {
	return func(c *config) { c.sampler = sampler }
}

// TailSampling keeps the traces in which something noteworthy happens. A trace that begins in this program is held in
// memory until one of its spans meets a condition, and is dropped when all of them have ended without. A kept trace is
// kept whole, with what follows; pending spans appear when it is decided to keep it.
type TailSampling struct {
	// Level keeps traces with a span or log of at least this level; 0 does not look at levels.
	Level Level
	// Duration keeps traces that last longer; 0 does not look at durations.
	Duration time.Duration
	// BackgroundRate keeps this share of the other traces, 0 to 1, decided by their ids. It is a share of all traces,
	// not of those that WithSampleRate leaves, and must not be greater than the sample rate.
	BackgroundRate float64
	// MaxSpans bounds how many spans are held at once; 0 is 50000. Beyond it the oldest undecided trace is kept.
	MaxSpans int
}

// LevelOrDuration is the tail sampling that Logfire recommends: traces with a notice or worse, traces of more than five
// seconds, and the given share of the rest.
func LevelOrDuration(backgroundRate float64) TailSampling {
	return TailSampling{Level: LevelNotice, Duration: 5 * time.Second, BackgroundRate: backgroundRate}
}

// WithTailSampling decides about traces by what happens in them. It applies to what the sample rate leaves.
func WithTailSampling(sampling TailSampling) Option {
	return func(c *config) { c.tail = &sampling }
}

// WithPendingSpans says whether spans are announced when they start, so that they show while they run. Only Hearth and
// Logfire are told of them. Without it: HEARTH_PENDING_SPANS or LOGFIRE_PENDING_SPANS, else they are.
func WithPendingSpans(on bool) Option {
	return func(c *config) { c.pendingSpans = &on }
}

// ScrubMatch is a value that looks sensitive.
type ScrubMatch struct {
	// Path leads to the value: keys (string) and indices (int), beginning with attributes, otel_events, links, log_body
	// or message.
	Path []any
	// Value is what would be redacted: a string, or whatever stands under a key that matched.
	Value any
	// Matched is the part of the text or of the key that matched a pattern.
	Matched string
}

// ScrubbingOptions changes how sensitive values are redacted.
type ScrubbingOptions struct {
	// ExtraPatterns are regular expressions of what is sensitive besides the default patterns, matched in keys and
	// values without regard to case.
	ExtraPatterns []string
	// Callback decides about a match: when it returns true, the value that it returns stands instead of the redaction.
	// It is called by the goroutines that end spans and must be safe for concurrent use. nil redacts all.
	Callback func(ScrubMatch) (instead any, keep bool)
}

// WithScrubbing changes how sensitive values, such as passwords and tokens, are redacted before they leave the process.
func WithScrubbing(options ScrubbingOptions) Option {
	return func(c *config) { c.scrubbing = options }
}

// WithoutScrubbing sends everything as it is.
func WithoutScrubbing() Option {
	return func(c *config) { c.withoutScrub = true }
}

// ConsoleColors says when the console is coloured.
type ConsoleColors int

const (
	// ColorsAuto colours terminals, unless the environment has NO_COLOR.
	ColorsAuto ConsoleColors = iota
	// ColorsAlways colours.
	ColorsAlways
	// ColorsNever does not.
	ColorsNever
)

// ConsoleOptions says how records are printed. The zero value prints to standard error.
type ConsoleOptions struct {
	// Output is what is printed to; nil is standard error. Writes come one at a time, by the goroutines that make the
	// records.
	Output io.Writer
	// Colors says whether levels show as colours.
	Colors ConsoleColors
	// Flat prints without indentation; else what happens in a span is indented, and where work overlaps the parents are
	// repeated.
	Flat bool
	// HideTimestamps and HideTags leave these out.
	HideTimestamps, HideTags bool
	// Verbose adds the place in the code, the level and the attributes.
	Verbose bool
	// MinLevel is the least level that is printed; 0 is LevelInfo.
	MinLevel Level
}

// WithConsole prints spans as they start, and logs. Without it: HEARTH_CONSOLE or LOGFIRE_CONSOLE (true or false) and
// the variables _COLORS (auto, always, never), _SPAN_STYLE (simple, indented, show-parents), _INCLUDE_TIMESTAMP,
// _INCLUDE_TAGS, _VERBOSE and _MIN_LOG_LEVEL after either; else nothing is printed.
func WithConsole(options ConsoleOptions) Option {
	return func(c *config) { c.console = &options }
}

// WithNotices says where Configure writes what a user wants to know once: the project's URL, or that nothing is sent
// and why. nil is nowhere. Without it they go to standard error, unless HEARTH_CONSOLE_SHOW_PROJECT_LINK,
// LOGFIRE_CONSOLE_SHOW_PROJECT_LINK or LOGFIRE_SHOW_SUMMARY is false.
func WithNotices(w io.Writer) Option {
	return func(c *config) { c.notices, c.noticesSet = w, true }
}

// WithSpanProcessor adds a processor that gets every sampled span, scrubbed, when it has ended. It may be given several
// times.
func WithSpanProcessor(processor sdktrace.SpanProcessor) Option {
	return func(c *config) { c.spanProcessors = append(c.spanProcessors, processor) }
}

// WithSpanExporter adds an exporter that gets every span in batches, without pending spans. It may be given several
// times.
func WithSpanExporter(exporter sdktrace.SpanExporter) Option {
	return func(c *config) { c.spanExporters = append(c.spanExporters, exporter) }
}

// WithLogProcessor adds a processor that gets every OpenTelemetry log record, scrubbed. It may be given several times.
func WithLogProcessor(processor sdklog.Processor) Option {
	return func(c *config) { c.logProcessors = append(c.logProcessors, processor) }
}

// WithLogExporter adds an exporter that gets every OpenTelemetry log record in batches. It may be given several times.
func WithLogExporter(exporter sdklog.Exporter) Option {
	return func(c *config) { c.logExporters = append(c.logExporters, exporter) }
}

// WithMetricReader adds a reader of the metrics. It may be given several times. A reader serves one Configure.
func WithMetricReader(reader sdkmetric.Reader) Option {
	return func(c *config) { c.metricReaders = append(c.metricReaders, reader) }
}

// WithoutMetrics neither collects nor sends metrics.
func WithoutMetrics() Option {
	return func(c *config) { c.withoutMetrics = true }
}

// WithoutGlobal leaves OpenTelemetry's global providers and propagators as they are: only the functions of this package
// use what Configure sets up.
func WithoutGlobal() Option {
	return func(c *config) { c.withoutGlobal = true }
}
