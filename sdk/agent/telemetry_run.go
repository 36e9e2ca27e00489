package agent

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"
)

// runSpan is the span of a run of an agent. Its methods may be called on nil, which does nothing.
type runSpan struct {
	settings *InstrumentationSettings
	span     trace.Span
	history  int       // how many messages the run began with
	kept     fragments // of the run's messages

	mu           sync.Mutex // guards what follows
	asked        bool
	instructions string // of the last request
	varied       bool   // the instructions changed between requests
	own          Usage  // of the run's own requests, without those of runs inside of it
}

// runStart is what is known when a run begins.
type runStart struct {
	agent, description    string
	model                 Model // may be nil
	runID, conversationID string
	history               int // how many messages were passed in
}

// runEnd is what is known when a run ends.
type runEnd struct {
	err      error
	output   any       // the result; not looked at when err is set
	messages []Message // all, those of the history too
	usage    Usage     // with that of other runs which share it
	metadata map[string]any
}

// surroundings are what spans inside of a run take from it. They travel in the context: OpenTelemetry's baggage would be sent to
// model providers by instrumented HTTP clients.
type surroundings struct {
	run        *runSpan
	attributes []attribute.KeyValue
	inTool     bool // requests are not those of the run's own loop
}

type surroundingsKey struct{}

func surroundingsOf(ctx context.Context) *surroundings {
	s, _ := ctx.Value(surroundingsKey{}).(*surroundings)
	return s
}

// startRun begins the span of a run. With nil settings it returns the context that it was given and nil.
func startRun(ctx context.Context, settings *InstrumentationSettings, start runStart) (running context.Context, span *runSpan) {
	if settings == nil {
		return ctx, nil
	}
	running = ctx
	defer guard()
	identity := []attribute.KeyValue{
		attribute.String("gen_ai.agent.name", start.agent),
		attribute.String("gen_ai.agent.call.id", start.runID),
		attribute.String("gen_ai.conversation.id", start.conversationID),
	}
	model := "no-model"
	if start.model != nil {
		model = start.model.Name()
	}
	attributes := append([]attribute.KeyValue{
		attribute.String("gen_ai.operation.name", "invoke_agent"),
		attribute.String("model_name", model),
		attribute.String("agent_name", start.agent),
		attribute.String("logfire.msg", start.agent+" run"),
	}, identity...)
	if start.description != "" {
		attributes = append(attributes, attribute.String("gen_ai.agent.description", start.description))
	}
	name := "agent run"
	if settings.version() >= 3 {
		name = "invoke_agent " + start.agent
	}
	within, started := settings.instruments().tracer.Start(ctx, name, trace.WithAttributes(attributes...))
	run := &runSpan{settings: settings, span: started, history: start.history}
	if settings.PropagateBaggage {
		within = withBaggage(within, identity)
	}
	return context.WithValue(within, surroundingsKey{}, &surroundings{run: run, attributes: identity}), run
}

func withBaggage(ctx context.Context, identity []attribute.KeyValue) context.Context {
	bag := baggage.FromContext(ctx)
	for _, kv := range identity {
		member, err := baggage.NewMemberRaw(string(kv.Key), kv.Value.AsString())
		if err == nil {
			bag, err = bag.SetMember(member)
		}
		if err != nil {
			otel.Handle(err)
		}
	}
	return baggage.ContextWithBaggage(ctx, bag)
}

// asks remembers what the run's loop asks a model.
func (r *runSpan) asks(request *Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.varied = r.varied || r.asked && r.instructions != request.Instructions
	r.asked, r.instructions = true, request.Instructions
}

// answered adds what a request of the run's loop used.
func (r *runSpan) answered(u Usage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own = r.own.Add(u)
}

// end ends the span of a run.
func (r *runSpan) end(end runEnd) {
	if r == nil {
		return
	}
	now := trace.WithTimestamp(time.Now())
	if r.span.IsRecording() {
		guarded(func() { r.describe(end) })
		if end.err != nil && !errors.Is(end.err, ErrStreamClosed) { // who has heard enough has not failed
			guarded(func() { recordFailure(r.span, end.err, r.settings.says()) })
		}
	}
	guarded(func() { r.span.End(now) })
}

func (r *runSpan) describe(end runEnd) {
	s := r.settings
	r.mu.Lock()
	instructions, varied, own := r.instructions, r.varied, r.own
	r.mu.Unlock()

	attributes := usageAttributes("gen_ai.aggregated_usage.", own)
	if s.RunUsageAsStandardKeys {
		attributes = usageAttributes("gen_ai.usage.", end.usage)
	}
	said := r.said(end.messages, instructions)
	if s.version() > FormatEvents {
		if r.history > 0 {
			said = append(said, attribute.Int("pydantic_ai.new_message_index", r.history))
		}
		if varied {
			said = append(said, attribute.Bool("pydantic_ai.variable_instructions", true))
		}
	}
	if end.metadata != nil {
		said = append(said, attribute.String("metadata", toJSON(s.value(end.metadata))))
	}
	attributes = append(attributes, said...)
	if end.err == nil && s.says() {
		attributes = append(attributes, attribute.String("final_result", s.resultText(end.output)))
	}
	r.span.SetAttributes(append(attributes, attribute.String("logfire.json_schema", runSchema(said)))...)
}

// said are the attributes of a run's messages and of the instructions of its last request.
func (r *runSpan) said(messages []Message, instructions string) []attribute.KeyValue {
	s, key := r.settings, "pydantic_ai.all_messages"
	var all list
	if s.version() == FormatEvents {
		key = "all_messages_events"
		if instructions != "" {
			all.addEvent(event{eventSystem, s.spoken("system", instructions)}, "")
		}
	}
	all.addMessages(s, &r.kept, messages, "")
	text, cut := all.end(s.MaxAttributeBytes)
	if cut {
		recordCut(r.span, key)
	}
	said := []attribute.KeyValue{attribute.String(key, text)}
	if s.version() > FormatEvents && instructions != "" && s.says() {
		said = append(said, instructionsAttribute(instructions))
	}
	return said
}

// runSchema says what the attributes of a run hold, in PydanticAI's way: each text an array, whatever it is.
func runSchema(said []attribute.KeyValue) string {
	properties := object{}
	for _, kv := range said {
		holds := object{}
		if kv.Value.Type() == attribute.STRING {
			holds = schemaArray
		}
		properties = properties.with(string(kv.Key), holds)
	}
	return attributesSchema(properties.with("final_result", schemaObject))
}

// resultText is what a tool or a run returned: a string as it is, anything else as JSON.
func (s *InstrumentationSettings) resultText(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return toJSON(s.value(v))
}
