// Package telemetrytest holds the tests of what agents emit, as a stranger sees it: whole runs, printed span by span.
package telemetrytest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

var update = flag.Bool("update", false, "write the goldens")

// turn is what a scripted model says: parts after a while, or an error.
type turn struct {
	parts []agent.ResponsePart
	err   error
}

func says(parts ...agent.ResponsePart) turn { return turn{parts: parts} }

func text(s string) agent.Text { return agent.Text{Text: s} }

func call(name, id, args string) agent.ToolCall {
	return agent.ToolCall{Name: name, ID: id, Args: json.RawMessage(args)}
}

var used = agent.Usage{
	InputTokens: 1000, CacheReadTokens: 400, OutputTokens: 200, ReasoningTokens: 64, Details: map[string]int64{"accepted_prediction_tokens": 3},
}

// scripted is a model of OpenAI that says its turns one after the other. A stream's first piece takes a quarter of a second.
func scripted(turns ...turn) agent.Model {
	next := func() turn {
		if len(turns) == 0 {
			return turn{err: errors.New("the script is over")}
		}
		now := turns[0]
		turns = turns[1:]
		return now
	}
	return openai{functionmodel.New(
		func(context.Context, *agent.Request) (*agent.Response, error) {
			now := next()
			time.Sleep(time.Second)
			return &agent.Response{Parts: now.parts, Usage: used, ID: "resp_1", FinishReason: agent.FinishStop}, now.err
		},
		functionmodel.Stream(func(context.Context, *agent.Request) iter.Seq2[agent.Delta, error] {
			now := next()
			return func(yield func(agent.Delta, error) bool) {
				time.Sleep(250 * time.Millisecond)
				for delta := range agent.Deltas(&agent.Response{Parts: now.parts, Usage: used, FinishReason: agent.FinishStop}) {
					if !yield(delta, nil) {
						return
					}
				}
				if now.err != nil {
					yield(nil, now.err)
				}
			}
		}),
		functionmodel.Name("gpt-4o"))}
}

type openai struct{ *functionmodel.Model }

func (openai) Provider() string { return "openai" }
func (openai) BaseURL() string  { return "https://api.openai.com:443/v1" }

func (m openai) Request(ctx context.Context, req *agent.Request) (*agent.Response, error) {
	response, err := m.Model.Request(ctx, req)
	if err == nil {
		response.Provider, response.Model = "openai", "gpt-4o-2024-08-06"
		response.At = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	}
	return response, err
}

// scenario is something that an agent does.
type scenario func(context.Context, *testing.T, agent.Option)

func run[Out any](ctx context.Context, t *testing.T, a *agent.Agent[Out], prompt string, opts ...agent.RunOption) *agent.Result[Out] {
	t.Helper()
	result, err := a.Run(ctx, prompt, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// fails runs an agent whose run must fail.
func fails(ctx context.Context, t *testing.T, a *agent.Agent[string]) {
	t.Helper()
	if _, err := a.Run(ctx, "Go."); err == nil {
		t.Fatal("the run did not fail")
	}
}

type place struct {
	City string `json:"city"`
}

// weatherTool refuses Atlantis, fails for Nowhere, panics for Hell, and defers the Moon.
func weatherTool() agent.Tool {
	return agent.NewTool("weather", "The weather in a city.", func(_ context.Context, in place) (map[string]any, error) {
		time.Sleep(time.Second)
		switch in.City {
		case "Atlantis":
			return nil, agent.Retry("no such city")
		case "Nowhere":
			return nil, errors.New("the service is down")
		case "Hell":
			panic("too hot")
		case "Moon":
			return nil, agent.Deferred(map[string]any{"job": 7})
		}
		return map[string]any{"celsius": 21, "city": in.City}, nil
	})
}

func weather(ctx context.Context, t *testing.T, on agent.Option) {
	temperature, maxTokens := 0.5, 100
	a := agent.NewText(
		scripted(
			says(text("Let me look."), call("weather", "call_1", `{"city":"Paris"}`), call("weather", "call_2", `{"city":"<Rome>"}`)),
			says(text("Warm in both.")),
		),
		on, agent.WithName("forecaster"), agent.WithDescription("Knows the weather."), agent.WithInstructions("Use the tool."),
		agent.WithSystemPrompt("Be brief."), agent.WithTools(weatherTool()), agent.WithMetadata(map[string]any{"customer": "Ada"}),
		agent.WithSettings(agent.Settings{Temperature: &temperature, MaxTokens: &maxTokens}),
	)
	run(ctx, t, a, "Paris or Rome?", agent.ConversationID("trip"))
}

type tea struct {
	Tea  string `json:"tea"`
	Cups int    `json:"cups"`
}

func structured(ctx context.Context, t *testing.T, on agent.Option) {
	a := agent.New[tea](scripted(
		says(text("Tea?")),
		says(call("final_result", "call_1", `{"tea":"Assam"}`)),
		says(call("final_result", "call_2", `{"tea":"Assam","cups":2}`)),
	), on, agent.WithName("waiter"), agent.WithRetries(3))
	run(ctx, t, a, "Tea for two.")
}

func outputFunction(ctx context.Context, t *testing.T, on agent.Option) {
	pour := agent.VariantFunc("pour", "Pours tea.", func(_ context.Context, in tea) (string, error) {
		if in.Cups == 0 {
			return "", agent.Retry("no cups")
		}
		return fmt.Sprintf("%d × %s", in.Cups, in.Tea), nil
	})
	a := agent.New[string](scripted(
		says(call("final_result", "call_1", `{"tea":"Assam","cups":0}`)), says(call("final_result", "call_2", `{"tea":"Assam","cups":2}`)),
	), on, agent.WithName("waiter"), agent.WithRetries(2), agent.WithVariants(pour))
	run(ctx, t, a, "Tea for two.")
}

func retry(ctx context.Context, t *testing.T, on agent.Option) {
	a := agent.NewText(scripted(
		says(call("weather", "call_1", `{"city":"Atlantis"}`)),
		says(call("weather", "call_2", `{"town":"Paris"}`), call("wether", "call_3", `{}`)),
		says(text("I give up.")),
	), on, agent.WithName("forecaster"), agent.WithTools(weatherTool()), agent.WithRetries(2))
	run(ctx, t, a, "How is Atlantis?")
}

func toolError(ctx context.Context, t *testing.T, on agent.Option) {
	fails(ctx, t, agent.NewText(scripted(says(call("weather", "call_1", `{"city":"Nowhere"}`))), on, agent.WithName("forecaster"), agent.WithTools(weatherTool())))
}

func deferred(ctx context.Context, t *testing.T, on agent.Option) {
	fails(ctx, t, agent.NewText(scripted(says(call("weather", "call_1", `{"city":"Moon"}`))), on, agent.WithName("forecaster"), agent.WithTools(weatherTool())))
}

func modelError(ctx context.Context, t *testing.T, on agent.Option) {
	refusal := &agent.ModelHTTPError{Status: 503, Model: "gpt-4o", Body: "overloaded"}
	fails(ctx, t, agent.NewText(scripted(turn{err: refusal}), on, agent.WithName("unlucky")))
}

func streaming(ctx context.Context, t *testing.T, on agent.Option) {
	a := agent.NewText(scripted(
		says(agent.Thinking{Text: "Hm."}, call("weather", "call_1", `{"city":"Paris"}`)), says(text("Warm.")),
	), on, agent.WithName("streamer"), agent.WithTools(weatherTool()))
	stream := a.Stream(ctx, "Paris?")
	if _, err := stream.Result(); err != nil {
		t.Fatal(err)
	}
}

func earlyBreak(ctx context.Context, t *testing.T, on agent.Option) {
	a := agent.NewText(scripted(says(text("One."), text("Two."))), on, agent.WithName("streamer"))
	for _, err := range a.Stream(ctx, "Count.").Text() {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
}

func brokenStream(ctx context.Context, t *testing.T, on agent.Option) {
	a := agent.NewText(scripted(turn{[]agent.ResponsePart{text("One.")}, errors.New("connection reset")}), on, agent.WithName("streamer"))
	if _, err := a.Stream(ctx, "Count.").Result(); err == nil {
		t.Fatal("the run did not fail")
	}
}

func thinking(ctx context.Context, t *testing.T, on agent.Option) {
	run(ctx, t, agent.NewText(scripted(says(agent.Thinking{Text: "17 × 3"}, text("51"))), on, agent.WithName("thinker")), "17 × 3?")
}

func media(ctx context.Context, t *testing.T, on agent.Option) {
	pixel := agent.Media{Kind: agent.Image, Data: []byte("\x89PNG"), Type: "image/png"}
	photograph := agent.NewTool("photograph", "", func(context.Context, struct{}) ([]agent.Content, error) {
		return []agent.Content{text("Here."), pixel}, nil
	})
	a := agent.NewText(scripted(says(call("photograph", "call_1", `"{}"`)), says(text("A cup."), pixel)), on, agent.WithName("viewer"), agent.WithTools(photograph))
	_, err := a.RunParts(ctx, []agent.Content{
		text("What is this?"), pixel,
		agent.Media{Kind: agent.Image, URL: "https://example.com/cup.png?size=1"},
		agent.Media{Kind: agent.Document, URL: "https://example.com/menu.pdf"},
		agent.Media{Kind: agent.Audio, FileID: "file_1", Type: "audio/mpeg"},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func history(ctx context.Context, t *testing.T, on agent.Option) {
	a := agent.NewText(scripted(says(text("Hello, Ada.")), says(text("Ada."))), on, agent.WithName("listener"), agent.WithSystemPrompt("Remember names."))
	first := run(ctx, t, a, "I am Ada.")
	run(ctx, t, a, "Who am I?", agent.History(first.AllMessages()))
}

// instructions that change from one request to the next.
func instructions(ctx context.Context, t *testing.T, on agent.Option) {
	step := func(ctx context.Context) (string, error) {
		info, _ := agent.Info(ctx)
		return fmt.Sprintf("This is step %d.", info.Step), nil
	}
	a := agent.NewText(scripted(says(call("weather", "call_1", `{"city":"Paris"}`)), says(text("Warm."))), on,
		agent.WithName("stepper"), agent.WithInstructionsFunc(step), agent.WithTools(weatherTool()))
	run(ctx, t, a, "Paris?")
}

func nested(ctx context.Context, t *testing.T, on agent.Option) {
	joker := agent.NewText(scripted(says(text("Tea-hee."))), on, agent.WithName("joker"))
	joke := agent.NewTool("joke", "", func(ctx context.Context, _ struct{}) (string, error) {
		result, err := joker.Run(ctx, "A joke.", agent.ShareUsage())
		if err != nil {
			return "", err
		}
		return result.Output, nil
	})
	run(ctx, t, agent.NewText(scripted(says(call("joke", "call_1", `{}`)), says(text("Here it is."))), on, agent.WithName("host"), agent.WithTools(joke)), "Amuse me.")
}

// chooser asks the second of its models, as a fallback does when the first is down.
type chooser struct {
	agent.Model
	second agent.Model
}

func (c chooser) Request(ctx context.Context, req *agent.Request) (*agent.Response, error) {
	response, err := c.second.Request(ctx, req)
	if err == nil {
		agent.AnsweredBy(ctx, c.second)
	}
	return response, err
}

func fallback(ctx context.Context, t *testing.T, on agent.Option) {
	second := functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) {
		return &agent.Response{Parts: []agent.ResponsePart{text("Hello.")}, Usage: agent.Usage{InputTokens: 3, OutputTokens: 2}}, nil
	}, functionmodel.Name("second"))
	run(ctx, t, agent.NewText(chooser{scripted(), second}, on, agent.WithName("safe")), "Hello?")
}

func panicking(ctx context.Context, t *testing.T, on agent.Option) {
	fails(ctx, t, agent.NewText(scripted(says(call("weather", "call_1", `{"city":"Hell"}`))), on, agent.WithName("forecaster"), agent.WithTools(weatherTool())))
}

func TestWhatAgentsEmit(t *testing.T) {
	t.Parallel()
	events, messages := &agent.InstrumentationSettings{}, &agent.InstrumentationSettings{Format: agent.FormatMessages}
	logs := &agent.InstrumentationSettings{EventMode: agent.EventModeLogs}
	format := func(n agent.Format) *agent.InstrumentationSettings { return &agent.InstrumentationSettings{Format: n} }
	tests := []struct {
		name     string
		does     scenario
		settings *agent.InstrumentationSettings
	}{
		{"weather_events", weather, events},
		{"weather_logs", weather, logs},
		{"weather_messages", weather, messages},
		{"weather_messages_logs", weather, &agent.InstrumentationSettings{Format: agent.FormatMessages, EventMode: agent.EventModeLogs}},
		{"weather_format_2", weather, format(2)},
		{"weather_format_3", weather, format(3)},
		{"weather_format_5", weather, format(5)},
		{"weather_standard_usage", weather, &agent.InstrumentationSettings{RunUsageAsStandardKeys: true, OmitModelRequestParameters: true}},
		{"weather_bounded", weather, &agent.InstrumentationSettings{Format: agent.FormatMessages, MaxAttributeBytes: 400}},
		{"weather_no_content_events", weather, &agent.InstrumentationSettings{Content: agent.ContentNone}},
		{"weather_no_content_messages", weather, &agent.InstrumentationSettings{Content: agent.ContentNone, Format: agent.FormatMessages}},
		{"structured_events", structured, events},
		{"structured_messages", structured, messages},
		{"output_function_events", outputFunction, events},
		{"output_function_messages", outputFunction, messages},
		{"retry_events", retry, events},
		{"retry_messages", retry, messages},
		{"tool_error_events", toolError, events},
		{"tool_error_no_content", toolError, &agent.InstrumentationSettings{Content: agent.ContentNone}},
		{"panic_messages", panicking, messages},
		{"deferred_format_4", deferred, format(4)},
		{"deferred_messages", deferred, messages},
		{"model_error_events", modelError, events},
		{"streaming_events", streaming, events},
		{"streaming_messages", streaming, messages},
		{"early_break_logs", earlyBreak, logs},
		{"early_break_messages", earlyBreak, messages},
		{"broken_stream_messages", brokenStream, messages},
		{"thinking_events", thinking, events},
		{"thinking_messages", thinking, messages},
		{"media_events", media, events},
		{"media_format_3", media, format(3)},
		{"media_messages", media, messages},
		{"media_no_binary_events", media, &agent.InstrumentationSettings{Content: agent.ContentNoBinary}},
		{"media_no_binary_messages", media, &agent.InstrumentationSettings{Content: agent.ContentNoBinary, Format: agent.FormatMessages}},
		{"media_no_content_messages", media, &agent.InstrumentationSettings{Content: agent.ContentNone, Format: agent.FormatMessages}},
		{"history_events", history, events},
		{"history_messages", history, messages},
		{"instructions_events", instructions, events},
		{"instructions_messages", instructions, messages},
		{"nested_events", nested, events},
		{"nested_messages", nested, messages},
		{"fallback_messages", fallback, messages},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // so that durations are exact
				var told recorder
				settings := told.record(test.settings)
				test.does(t.Context(), t, agent.WithInstrumentation(settings))
				golden(t, filepath.Join("testdata", test.name+".golden"), told.String())
			})
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); go test -update writes it\n%s", file, diff)
	}
}

// recorder keeps what is emitted, and prints it as a tree.
type recorder struct {
	spans   *tracetest.InMemoryExporter
	logs    *logRecorder
	metrics *metric.ManualReader
}

type logRecorder struct{ records []sdklog.Record }

func (l *logRecorder) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }

func (l *logRecorder) OnEmit(_ context.Context, record *sdklog.Record) error {
	l.records = append(l.records, record.Clone())
	return nil
}

func (l *logRecorder) Shutdown(context.Context) error { return nil }

func (l *logRecorder) ForceFlush(context.Context) error { return nil }

// record returns settings like those given which emit to the recorder.
func (r *recorder) record(like *agent.InstrumentationSettings) *agent.InstrumentationSettings {
	r.spans, r.logs, r.metrics = tracetest.NewInMemoryExporter(), &logRecorder{}, metric.NewManualReader()
	return &agent.InstrumentationSettings{
		EventMode: like.EventMode, Format: like.Format, Content: like.Content,
		OmitModelRequestParameters: like.OmitModelRequestParameters, RunUsageAsStandardKeys: like.RunUsageAsStandardKeys,
		MaxAttributeBytes: like.MaxAttributeBytes, PropagateBaggage: like.PropagateBaggage, Pricer: like.Pricer,
		TracerProvider: trace.NewTracerProvider(trace.WithSyncer(r.spans)),
		LoggerProvider: sdklog.NewLoggerProvider(sdklog.WithProcessor(r.logs)),
		MeterProvider:  metric.NewMeterProvider(metric.WithReader(r.metrics)),
	}
}

var (
	uuids  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	frames = regexp.MustCompile(`(?s)goroutine \d+.*`)
)

// String is the whole story: spans below their parents in the order of their starts, logs below their spans, and metrics.
func (r *recorder) String() string {
	var b strings.Builder
	r.print(&b, oteltrace.SpanID{}, "")
	r.printMetrics(&b)
	ids := map[string]string{}
	return uuids.ReplaceAllStringFunc(b.String(), func(id string) string {
		if ids[id] == "" {
			ids[id] = fmt.Sprintf("<uuid %d>", len(ids)+1)
		}
		return ids[id]
	})
}

func (r *recorder) print(b *strings.Builder, parent oteltrace.SpanID, indent string) {
	var children []tracetest.SpanStub
	for _, span := range r.spans.GetSpans() {
		if span.Parent.SpanID() == parent {
			children = append(children, span)
		}
	}
	slices.SortStableFunc(children, func(a, b tracetest.SpanStub) int {
		return cmp.Or(a.StartTime.Compare(b.StartTime), strings.Compare(callOf(a), callOf(b)))
	})
	for _, span := range children {
		fmt.Fprintf(b, "%s%s (%s)", indent, span.Name, span.SpanKind)
		if span.Status.Code != codes.Unset {
			fmt.Fprintf(b, " %s %q", span.Status.Code, span.Status.Description)
		}
		b.WriteString("\n")
		printAttributes(b, indent+"    ", span.Attributes)
		for _, e := range span.Events {
			fmt.Fprintf(b, "%s  ! %s\n", indent, e.Name)
			printAttributes(b, indent+"    ", e.Attributes)
		}
		for _, record := range r.logs.records {
			if record.SpanID() == span.SpanContext.SpanID() {
				printLog(b, indent+"  ", record)
			}
		}
		r.print(b, span.SpanContext.SpanID(), indent+"  ")
	}
}

// callOf puts tools that run at the same time into the order of their calls, and before the next request.
func callOf(span tracetest.SpanStub) string {
	for _, kv := range span.Attributes {
		if kv.Key == "gen_ai.tool.call.id" {
			return kv.Value.AsString()
		}
	}
	return "~"
}

func printLog(b *strings.Builder, indent string, record sdklog.Record) {
	fmt.Fprintf(b, "%s> %s (%s) %s\n", indent, record.EventName(), record.Severity(), valueText(record.Body()))
	var attributes []attribute.KeyValue
	record.WalkAttributes(func(kv attribute.KeyValue) bool {
		attributes = append(attributes, kv)
		return true
	})
	printAttributes(b, indent+"  ", attributes)
}

func printAttributes(b *strings.Builder, indent string, attributes []attribute.KeyValue) {
	slices.SortFunc(attributes, func(a, b attribute.KeyValue) int { return strings.Compare(string(a.Key), string(b.Key)) })
	for _, kv := range attributes {
		value := valueText(kv.Value)
		if kv.Key == "exception.stacktrace" {
			value = frames.ReplaceAllString(value, "goroutine …")
		}
		fmt.Fprintf(b, "%s%s = %s\n", indent, kv.Key, strings.ReplaceAll(value, "\n", "\n"+indent+"  "))
	}
}

// valueText is a value as text; that of strings without quotes, so that JSON can be read.
func valueText(v attribute.Value) string {
	switch v.Type() {
	case attribute.STRING:
		return v.AsString()
	case attribute.EMPTY:
		return "nothing"
	}
	return fmt.Sprintf("%s %s", strings.ToLower(v.Type().String()), v.String())
}

func (r *recorder) printMetrics(b *strings.Builder) {
	var all metricdata.ResourceMetrics
	if err := r.metrics.Collect(context.Background(), &all); err != nil {
		fmt.Fprintln(b, err)
	}
	var lines []string
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[int64]:
				lines = append(lines, pointLines(m, data.DataPoints)...)
			case metricdata.Histogram[float64]:
				lines = append(lines, pointLines(m, data.DataPoints)...)
			}
		}
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, ""))
}

func pointLines[N int64 | float64](m metricdata.Metrics, points []metricdata.HistogramDataPoint[N]) (lines []string) {
	for _, p := range points {
		var labels strings.Builder
		printAttributes(&labels, "    ", p.Attributes.ToSlice())
		lines = append(lines, fmt.Sprintf("# %s %s: count %d, sum %v\n%s", m.Name, m.Unit, p.Count, p.Sum, labels.String()))
	}
	return lines
}
