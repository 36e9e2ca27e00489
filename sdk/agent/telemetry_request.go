package agent

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/trace"
)

// Target is whom a request goes to.
type Target struct {
	Operation string // gen_ai.operation.name; empty is chat
	Provider  string // as [Model].Provider
	Name      string // of the model
	BaseURL   string // where it is, or empty
}

// targetOf is the target of a model.
func targetOf(m Model) Target {
	return Target{Provider: m.Provider(), Name: m.Name(), BaseURL: m.BaseURL()}
}

func (t Target) operation() string {
	if t.Operation == "" {
		return "chat"
	}
	return t.Operation
}

func (t Target) spanName() string { return t.operation() + " " + t.Name }

func (t Target) attributes() []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		attribute.String("gen_ai.operation.name", t.operation()),
		attribute.String("gen_ai.provider.name", t.Provider),
		attribute.String("gen_ai.system", t.Provider),
		attribute.String("gen_ai.request.model", t.Name),
	}
	address, err := url.Parse(t.BaseURL)
	if err != nil || address.Hostname() == "" {
		return attributes
	}
	attributes = append(attributes, attribute.String("server.address", address.Hostname()))
	if port, err := strconv.Atoi(address.Port()); err == nil {
		attributes = append(attributes, attribute.Int("server.port", port))
	}
	return attributes
}

// RequestSpan is the span of one request to a model. Its methods may be called on nil, which does nothing, and are safe
// for concurrent use.
type RequestSpan struct {
	settings *InstrumentationSettings
	in       *instruments
	ctx      context.Context // of the span, for what is emitted at its end
	span     trace.Span
	run      *runSpan // of whose loop the request is a step, or nil
	request  *Request // may be nil
	start    time.Time

	mu         sync.Mutex // guards what follows
	target     Target
	firstChunk *float64 // seconds
	ended      bool
}

type requestKey struct{}

// StartRequest begins the span of a request to a model. The context that it returns carries the span. With nil settings
// it returns the context that it was given and nil.
//
// An instrumented [Model] calls it by itself. It is for code that knows of requests in other ways, such as transports and
// callbacks of other libraries; for them the request may be nil or hold what is known. The request must not be changed
// until the span has ended.
func StartRequest(ctx context.Context, settings *InstrumentationSettings, target Target, request *Request) (within context.Context, span *RequestSpan) {
	if settings == nil {
		return ctx, nil
	}
	within = ctx
	defer guard()
	within, span = startRequest(ctx, settings, target, request)
	return within, span
}

func startRequest(ctx context.Context, settings *InstrumentationSettings, target Target, request *Request) (context.Context, *RequestSpan) {
	r := &RequestSpan{settings: settings, in: settings.instruments(), request: request, start: time.Now(), target: target}
	attributes := target.attributes()
	if around := surroundingsOf(ctx); around != nil {
		attributes = append(attributes, around.attributes...)
		if !around.inTool && around.run.settings == settings {
			r.run = around.run
		}
	}
	if request != nil {
		attributes = append(attributes, settingAttributes(request.Settings)...)
	}
	if settings.Pricer == nil {
		readPrices()
	}
	ctx, r.span = r.in.tracer.Start(ctx, target.spanName(), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	if r.span.IsRecording() {
		r.span.SetAttributes(r.parameters()...)
	}
	if r.run != nil && request != nil {
		r.run.asks(request)
	}
	r.ctx = context.WithValue(ctx, requestKey{}, r)
	return r.ctx, r
}

// InRequest tells whether ctx comes from [StartRequest]: the request is recorded already. Transports and middleware ask, so
// that what happens below an instrumented model is not told twice.
func InRequest(ctx context.Context) bool {
	_, in := ctx.Value(requestKey{}).(*RequestSpan)
	return in
}

// AnsweredBy tells the span of the request in ctx, if there is one, that another model answers it than was asked. Models
// that choose among others call it once they have chosen.
func AnsweredBy(ctx context.Context, model Model) {
	r, _ := ctx.Value(requestKey{}).(*RequestSpan)
	if r == nil {
		return
	}
	defer guard()
	target := targetOf(model)
	r.mu.Lock()
	defer r.mu.Unlock()
	target.Operation = r.target.Operation
	if r.target.BaseURL != "" && target.BaseURL == "" { // what was told cannot be taken back
		r.span.SetAttributes(attribute.String("server.address", ""), attribute.Int("server.port", 0))
	}
	r.target = target
	r.span.SetAttributes(target.attributes()...)
	r.span.SetName(target.spanName())
}

// FirstChunk says that the first piece of a streamed response is there. Further calls do nothing.
func (r *RequestSpan) FirstChunk() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.firstChunk == nil {
		seconds := time.Since(r.start).Seconds()
		r.firstChunk = &seconds
	}
}

// End ends the span with the response, or with the error because of which there is none. Both may be given: a stream that
// breaks off has an error and what had arrived. Further calls do nothing.
func (r *RequestSpan) End(response *Response, err error) {
	if r == nil {
		return
	}
	now := trace.WithTimestamp(time.Now()) // what follows takes its time, which is not the model's
	r.mu.Lock()
	ended, target, firstChunk := r.ended, r.target, r.firstChunk
	r.ended = true
	r.mu.Unlock()
	if ended {
		return
	}
	var cost *float64
	if response != nil {
		guarded(func() { cost = r.settings.price(target, response) })
	}
	if r.span.IsRecording() {
		if response != nil {
			guarded(func() { r.describe(target, response, cost, firstChunk) })
		}
		if err != nil {
			guarded(func() { recordFailure(r.span, err, r.settings.says()) })
		}
	}
	guarded(func() { r.span.End(now) })
	if response == nil {
		return
	}
	if r.run != nil {
		r.run.answered(response.Usage)
	}
	// After the end, so that whoever counts by spans does not count twice.
	guarded(func() { r.in.measure(r.ctx, response.Usage, cost, firstChunk, labels(target, response)) })
}

// labels are the dimensions of a request's metrics.
func labels(target Target, response *Response) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("gen_ai.provider.name", target.Provider),
		attribute.String("gen_ai.system", target.Provider),
		attribute.String("gen_ai.operation.name", target.operation()),
		attribute.String("gen_ai.request.model", target.Name),
		attribute.String("gen_ai.response.model", responseModel(target, response)),
	}
}

func responseModel(target Target, response *Response) string {
	if response.Model == "" {
		return target.Name
	}
	return response.Model
}

// describe writes the messages of a request and what is known of its response.
func (r *RequestSpan) describe(target Target, response *Response, cost, firstChunk *float64) {
	switch {
	case r.request == nil:
	case r.settings.version() == FormatEvents:
		r.describeEvents(target, response)
	default:
		r.describeMessages(target, response)
	}
	attributes := append(usageAttributes("gen_ai.usage.", response.Usage), attribute.String("gen_ai.response.model", responseModel(target, response)))
	if cost != nil {
		attributes = append(attributes, attribute.Float64("operation.cost", *cost))
	}
	if response.ID != "" {
		attributes = append(attributes, attribute.String("gen_ai.response.id", response.ID))
	}
	if response.FinishReason != "" {
		attributes = append(attributes, attribute.StringSlice("gen_ai.response.finish_reasons", []string{string(response.FinishReason)}))
	}
	if firstChunk != nil {
		attributes = append(attributes, attribute.Float64("gen_ai.client.operation.time_to_first_chunk", *firstChunk))
	}
	r.span.SetAttributes(attributes...)
}

// kept is where the JSON of the run's messages is kept.
func (r *RequestSpan) kept() *fragments {
	if r.run == nil {
		return nil
	}
	return &r.run.kept
}

func (r *RequestSpan) describeEvents(target Target, response *Response) {
	s := r.settings
	choice := event{eventChoice, object{{"index", 0}, {"message", s.responseBody(response)}}}
	instructions := event{eventSystem, s.spoken("system", r.request.Instructions)}
	if s.EventMode == EventModeLogs {
		var events []numbered
		if r.request.Instructions != "" {
			events = append(events, numbered{instructions, -1})
		}
		for index, m := range r.request.Messages {
			for _, e := range s.events(m) {
				events = append(events, numbered{e, index})
			}
		}
		emitEvents(r.ctx, r.in.logger, append(events, numbered{choice, -1}), target.Provider)
		return
	}
	var all list
	if r.request.Instructions != "" {
		all.addEvent(instructions, target.Provider)
	}
	all.addMessages(s, r.kept(), r.request.Messages, target.Provider)
	all.addEvent(choice, target.Provider)
	text, cut := all.end(s.MaxAttributeBytes)
	r.span.SetAttributes(
		attribute.String("events", text),
		attribute.String("logfire.json_schema", r.schema(object{{"events", schemaArray}})),
	)
	if cut {
		recordCut(r.span, "events")
	}
}

func (r *RequestSpan) describeMessages(target Target, response *Response) {
	s := r.settings
	if s.EventMode == EventModeLogs {
		r.emitDetails(target, response)
		return
	}
	var asked, answered list
	asked.addMessages(s, r.kept(), r.request.Messages, "")
	answered.addMessages(s, nil, []Message{response}, "")
	input, inputCut := asked.end(s.MaxAttributeBytes)
	output, outputCut := answered.end(s.MaxAttributeBytes)
	properties := object{{"gen_ai.input.messages", schemaArray}, {"gen_ai.output.messages", schemaArray}}
	r.span.SetAttributes(attribute.String("gen_ai.input.messages", input), attribute.String("gen_ai.output.messages", output))
	if r.request.Instructions != "" && s.says() {
		r.span.SetAttributes(instructionsAttribute(r.request.Instructions))
		properties = properties.with("gen_ai.system_instructions", schemaArray)
	}
	r.span.SetAttributes(attribute.String("logfire.json_schema", r.schema(properties)))
	switch {
	case inputCut && outputCut:
		recordCut(r.span, "gen_ai.input.messages", "gen_ai.output.messages")
	case inputCut:
		recordCut(r.span, "gen_ai.input.messages")
	case outputCut:
		recordCut(r.span, "gen_ai.output.messages")
	}
}

// emitDetails sends the messages as one event with structured attributes, as OpenTelemetry's conventions have it since
// version 1.37.
func (r *RequestSpan) emitDetails(target Target, response *Response) {
	s := r.settings
	var input []object
	for _, m := range r.request.Messages {
		input = append(input, s.chatMessages(m)...)
	}
	var record log.Record
	record.SetTimestamp(time.Now())
	record.SetSeverity(log.SeverityInfo)
	record.SetEventName("gen_ai.client.inference.operation.details")
	record.AddAttributes(labels(target, response)...)
	record.AddAttributes(
		attribute.String("event.name", "gen_ai.client.inference.operation.details"),
		attribute.KeyValue{Key: "gen_ai.input.messages", Value: toAttribute(input)},
		attribute.KeyValue{Key: "gen_ai.output.messages", Value: toAttribute(s.chatMessages(response))},
	)
	if r.request.Instructions != "" && s.says() {
		record.AddAttributes(attribute.KeyValue{Key: "gen_ai.system_instructions", Value: toAttribute(instructionParts(r.request.Instructions))})
	}
	r.in.logger.Emit(r.ctx, record)
}

func instructionParts(text string) []object {
	return []object{{{"type", "text"}, {"content", text}}}
}

func instructionsAttribute(text string) attribute.KeyValue {
	return attribute.String("gen_ai.system_instructions", toJSON(instructionParts(text)))
}

// recordCut says which attributes lack messages, as servers say it of what they cut.
func recordCut(span trace.Span, keys ...string) {
	span.SetAttributes(attribute.StringSlice("logfire.truncated", keys))
}

// What logfire.json_schema says of an attribute that holds JSON text.
var (
	schemaArray  = object{{"type", "array"}}
	schemaObject = object{{"type", "object"}}
)

func attributesSchema(properties object) string {
	return toJSON(object{{"type", "object"}, {"properties", properties}})
}

// schema is that of a request's attributes.
func (r *RequestSpan) schema(properties object) string {
	if r.request != nil && !r.settings.OmitModelRequestParameters {
		properties = properties.with("model_request_parameters", schemaObject)
	}
	return attributesSchema(properties)
}

// parameters are what the request offers to the model: tools and the kind of answer that is wanted.
func (r *RequestSpan) parameters() []attribute.KeyValue {
	attributes := []attribute.KeyValue{attribute.String("logfire.json_schema", r.schema(object{}))}
	if r.request == nil {
		return attributes
	}
	if !r.settings.OmitModelRequestParameters {
		attributes = append(attributes, attribute.String("model_request_parameters", toJSON(requestParameters(r.request, r.settings.says()))))
	}
	var tools []object
	for _, list := range [][]ToolDefinition{r.request.Tools, r.request.Output.Tools} {
		for _, t := range list {
			tools = append(tools, toolForModel(t))
		}
	}
	if tools != nil {
		attributes = append(attributes, attribute.String("gen_ai.tool.definitions", toJSON(tools)))
	}
	return attributes
}

func toolForModel(t ToolDefinition) object {
	o := object{{"type", "function"}, {"name", t.Name}}
	if t.Description != "" {
		o = o.with("description", t.Description)
	}
	if len(t.Schema) > 0 {
		o = o.with("parameters", t.Schema)
	}
	return o
}

// requestParameters are PydanticAI's ModelRequestParameters, as far as a [Request] has them.
func requestParameters(request *Request, says bool) object {
	output := request.Output
	var outputObject any
	if len(output.Schema) > 0 {
		outputObject = object{{"json_schema", output.Schema}, {"name", orNull(output.Name)}, {"description", orNull(output.Description)}}
	}
	var instructions any
	if request.Instructions != "" {
		part := object{{"part_kind", "instruction"}}
		if says {
			part = part.with("content", request.Instructions)
		}
		instructions = []object{part}
	}
	return object{
		{"function_tools", toolParameters(request.Tools, "function")},
		{"output_mode", output.Mode.String()},
		{"output_object", outputObject},
		{"output_tools", toolParameters(output.Tools, "output")},
		{"allow_text_output", output.AllowText || output.Mode == OutputText},
		{"instruction_parts", instructions},
		{"thinking", orNull(request.Settings.Thinking)},
	}
}

func toolParameters(tools []ToolDefinition, kind string) []object {
	all := make([]object, 0, len(tools))
	for _, t := range tools {
		var strict any
		if t.Strict {
			strict = true
		}
		all = append(all, object{
			{"name", t.Name}, {"parameters_json_schema", t.Schema}, {"description", orNull(t.Description)}, {"strict", strict}, {"kind", kind},
		})
	}
	return all
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func settingAttributes(s Settings) []attribute.KeyValue {
	var attributes []attribute.KeyValue
	integer := func(key string, n *int) {
		if n != nil {
			attributes = append(attributes, attribute.Int("gen_ai.request."+key, *n))
		}
	}
	number := func(key string, f *float64) {
		if f != nil {
			attributes = append(attributes, attribute.Float64("gen_ai.request."+key, *f))
		}
	}
	integer("max_tokens", s.MaxTokens)
	number("top_p", s.TopP)
	integer("seed", s.Seed)
	number("temperature", s.Temperature)
	number("presence_penalty", s.PresencePenalty)
	number("frequency_penalty", s.FrequencyPenalty)
	return attributes
}

// argsText is a tool call's arguments as one JSON text.
func argsText(args json.RawMessage) string {
	if len(args) == 0 {
		return "{}"
	}
	var text string
	if args[0] == '"' && json.Unmarshal(args, &text) == nil {
		return text
	}
	return string(appendRaw(nil, args))
}
