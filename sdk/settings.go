package hearth

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// settings are what options, environment and credentials file come to.
type settings struct {
	disabled     bool // OTEL_SDK_DISABLED
	destinations []destination
	silentReason string // why there are no destinations; empty when that was asked for
	otlp         otlpSignals

	serviceName, serviceVersion, environment string
	resourceAttributes                       []attribute.KeyValue // of the environment, then of the options

	minLevel     Level
	sampler      sdktrace.Sampler
	pendingSpans bool
	console      *ConsoleOptions
	notices      io.Writer
}

// destination is a project of Hearth or Logfire.
type destination struct {
	base       *url.URL
	token      string // empty in local mode
	projectURL string // of the credentials file; empty when it does not tell
}

// environment reads environment variables. It collects what is wrong with them, so that all is told at once.
type environment struct {
	get    func(string) string
	errors []error
}

// text returns the first of the variables that is not empty.
func (e *environment) text(names ...string) string {
	_, value := e.first(names...)
	return value
}

func (e *environment) first(names ...string) (name, value string) {
	for _, name := range names {
		if value := strings.TrimSpace(e.get(name)); value != "" {
			return name, value
		}
	}
	return "", ""
}

// ours returns a setting's variable of Hearth, else of Logfire.
func (e *environment) ours(setting string) string {
	return e.text("HEARTH_"+setting, "LOGFIRE_"+setting)
}

func (e *environment) wrong(name, value, want string) {
	e.errors = append(e.errors, fmt.Errorf("%s=%q: want %s", name, value, want))
}

// truth returns the first of the variables that is not empty as a boolean, or otherwise.
func (e *environment) truth(otherwise bool, names ...string) bool {
	name, value := e.first(names...)
	switch strings.ToLower(value) {
	case "":
		return otherwise
	case "1", "t", "true":
		return true
	case "0", "f", "false":
		return false
	}
	e.wrong(name, value, "true or false")
	return otherwise
}

func (e *environment) level(names ...string) Level {
	name, value := e.first(names...)
	if value == "" {
		return 0
	}
	level, err := ParseLevel(value)
	if err != nil {
		e.wrong(name, value, "a level such as info")
	}
	return level
}

// resolve works out the settings. It reads the environment through get, and the credentials file.
func resolve(c *config, get func(string) string) (*settings, error) {
	env := &environment{get: get}
	s := &settings{
		disabled:           strings.EqualFold(env.text("OTEL_SDK_DISABLED"), "true"),
		serviceName:        or(c.serviceName, env.text("HEARTH_SERVICE_NAME", "LOGFIRE_SERVICE_NAME", "OTEL_SERVICE_NAME")),
		serviceVersion:     or(c.serviceVersion, env.text("HEARTH_SERVICE_VERSION", "LOGFIRE_SERVICE_VERSION", "OTEL_SERVICE_VERSION")),
		environment:        or(c.environment, env.ours("ENVIRONMENT")),
		resourceAttributes: append(pairs(env.ours("RESOURCE_ATTRIBUTES")), c.resourceAttributes...),
		pendingSpans:       env.truth(true, "HEARTH_PENDING_SPANS", "LOGFIRE_PENDING_SPANS"),
		minLevel:           env.level("HEARTH_MIN_LEVEL", "LOGFIRE_MIN_LEVEL"),
		console:            env.console(),
		notices:            os.Stderr,
		otlp:               env.otlp(),
	}
	if c.pendingSpans != nil {
		s.pendingSpans = *c.pendingSpans
	}
	if c.minLevel != nil {
		s.minLevel = *c.minLevel
	}
	if c.console != nil {
		s.console = c.console
	}
	if !env.truth(true, "HEARTH_CONSOLE_SHOW_PROJECT_LINK", "LOGFIRE_CONSOLE_SHOW_PROJECT_LINK", "LOGFIRE_SHOW_SUMMARY") {
		s.notices = nil
	}
	if c.noticesSet {
		s.notices = c.notices
	}
	s.sampler = env.sampler(c)
	mode := env.sendMode(c)
	if !s.disabled && len(env.errors) == 0 {
		if err := s.findDestinations(c, env, mode); err != nil {
			env.errors = append(env.errors, err)
		}
	}
	return s, errors.Join(env.errors...)
}

// or returns the first text that is not empty.
func or(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// pairs reads key=value between commas; what has no = is skipped, as the Python SDK does.
func pairs(text string) []attribute.KeyValue {
	var attributes []attribute.KeyValue
	for item := range strings.SplitSeq(text, ",") {
		if key, value, ok := strings.Cut(item, "="); ok {
			attributes = append(attributes, attribute.String(strings.TrimSpace(key), strings.TrimSpace(value)))
		}
	}
	return attributes
}

func (e *environment) sendMode(c *config) SendMode {
	if c.sendMode != nil {
		return *c.sendMode
	}
	name, value := e.first("HEARTH_SEND", "LOGFIRE_SEND_TO_LOGFIRE")
	switch strings.ToLower(value) {
	case "", "if-token-present":
		return SendIfToken
	}
	if e.truth(false, name) {
		return SendAlways
	}
	return SendNever
}

// findDestinations works out which projects are sent to.
func (s *settings) findDestinations(c *config, env *environment, mode SendMode) error {
	if mode == SendNever {
		return nil
	}
	tokens := slices.DeleteFunc(slices.Clone(c.tokens), func(token string) bool { return token == "" })
	if len(tokens) == 0 {
		tokens = splitList(env.ours("TOKEN"))
	}
	file, err := readCredentials(or(c.credentialsDir, env.ours("CREDENTIALS_DIR"), ".logfire"))
	if err != nil && len(tokens) == 0 {
		return err // with a token from elsewhere a broken file does not matter
	}
	base := or(c.baseURL, env.ours("BASE_URL"))
	if file != nil {
		base = or(base, file.BaseURL)
		if len(tokens) == 0 {
			tokens = []string{file.Token}
		}
	}
	if len(tokens) == 0 {
		return s.withoutToken(base, mode)
	}
	for _, token := range tokens {
		d, err := destinationOf(token, base)
		if err != nil {
			return err
		}
		if file != nil && file.Token == token {
			d.projectURL = file.ProjectURL
		}
		s.destinations = append(s.destinations, d)
	}
	return nil
}

// withoutToken sends to a Hearth in local mode, which is what a base URL on this machine means.
func (s *settings) withoutToken(base string, mode SendMode) error {
	if base != "" {
		u, err := parseBaseURL(base)
		if err != nil {
			return err
		}
		if isLoopback(u) {
			s.destinations = []destination{{base: u}}
			return nil
		}
	}
	s.silentReason = "there is no token; set HEARTH_TOKEN, or HEARTH_BASE_URL=http://127.0.0.1:4318 for a Hearth on this machine"
	if mode == SendAlways {
		return errors.New(s.silentReason)
	}
	return nil
}

func destinationOf(token, base string) (destination, error) {
	if base == "" {
		region, err := regionURL(token)
		if err != nil {
			return destination{}, err
		}
		base = region
	}
	u, err := parseBaseURL(base)
	return destination{base: u, token: token}, err
}

// splitList splits a text at its commas.
func splitList(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// sampler works out the head sampling.
func (e *environment) sampler(c *config) sdktrace.Sampler {
	if c.sampler != nil {
		return c.sampler
	}
	if c.sampleRate != nil {
		if *c.sampleRate < 0 || *c.sampleRate > 1 {
			e.errors = append(e.errors, fmt.Errorf("sample rate %v is not between 0 and 1", *c.sampleRate))
		}
		return parentBased(*c.sampleRate)
	}
	if name, value := e.first("HEARTH_TRACE_SAMPLE_RATE", "LOGFIRE_TRACE_SAMPLE_RATE"); value != "" {
		return parentBased(e.rate(name, value))
	}
	return e.otelSampler()
}

// otelSampler does what OpenTelemetry's variables say. As in Logfire's SDK the argument counts without a name, too.
func (e *environment) otelSampler() sdktrace.Sampler {
	rate := 1.0
	if name, value := e.first("OTEL_TRACES_SAMPLER_ARG"); value != "" {
		rate = e.rate(name, value)
	}
	name, value := e.first("OTEL_TRACES_SAMPLER")
	switch strings.ToLower(value) {
	case "", "parentbased_traceidratio":
		return parentBased(rate)
	case "traceidratio":
		return sdktrace.TraceIDRatioBased(rate)
	case "always_on":
		return sdktrace.AlwaysSample()
	case "always_off":
		return sdktrace.NeverSample()
	case "parentbased_always_on":
		return sdktrace.ParentBased(sdktrace.AlwaysSample())
	case "parentbased_always_off":
		return sdktrace.ParentBased(sdktrace.NeverSample())
	}
	e.wrong(name, value, "a sampler such as parentbased_traceidratio")
	return nil
}

func parentBased(rate float64) sdktrace.Sampler {
	return sdktrace.ParentBased(sdktrace.TraceIDRatioBased(rate))
}

func (e *environment) rate(name, value string) float64 {
	rate, err := strconv.ParseFloat(value, 64)
	if err != nil || rate < 0 || rate > 1 {
		e.wrong(name, value, "a number between 0 and 1")
	}
	return rate
}

// console works out whether and how records are printed.
func (e *environment) console() *ConsoleOptions {
	if !e.truth(false, "HEARTH_CONSOLE", "LOGFIRE_CONSOLE") {
		return nil
	}
	both := func(setting string) []string {
		return []string{"HEARTH_CONSOLE_" + setting, "LOGFIRE_CONSOLE_" + setting}
	}
	options := &ConsoleOptions{
		HideTimestamps: !e.truth(true, both("INCLUDE_TIMESTAMP")...),
		HideTags:       !e.truth(true, both("INCLUDE_TAGS")...),
		Verbose:        e.truth(false, both("VERBOSE")...),
		MinLevel:       e.level(both("MIN_LOG_LEVEL")...),
	}
	switch name, value := e.first(both("COLORS")...); value {
	case "", "auto":
	case "always":
		options.Colors = ColorsAlways
	case "never":
		options.Colors = ColorsNever
	default:
		e.wrong(name, value, "auto, always or never")
	}
	switch name, value := e.first(both("SPAN_STYLE")...); value {
	case "", "indented", "show-parents":
	case "simple":
		options.Flat = true
	default:
		e.wrong(name, value, "simple, indented or show-parents")
	}
	return options
}

// otlpSignals says which signals go to the backend of OpenTelemetry's own variables.
type otlpSignals struct{ traces, metrics, logs bool }

// otlp works out what OTEL_EXPORTER_OTLP_ENDPOINT and its kin ask for. The exporters read the addresses, headers and
// encodings themselves.
func (e *environment) otlp() otlpSignals {
	asked := func(signal string) bool {
		endpoint, _ := e.first("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
		exporters := splitList(strings.ToLower(e.text("OTEL_" + signal + "_EXPORTER")))
		if endpoint == "" || (len(exporters) > 0 && !slices.Contains(exporters, "otlp")) {
			return false
		}
		name, protocol := e.first("OTEL_EXPORTER_OTLP_"+signal+"_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
		if protocol == "grpc" {
			e.wrong(name, protocol, "http/protobuf or http/json; for gRPC give an exporter of otlptracegrpc to WithSpanExporter")
		}
		return true
	}
	return otlpSignals{traces: asked("TRACES"), metrics: asked("METRICS"), logs: asked("LOGS")}
}
