package agent

import (
	"context"
	"encoding/json"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// toolSpan is the span of a tool's execution. Its methods may be called on nil, which does nothing.
type toolSpan struct {
	settings *InstrumentationSettings
	span     trace.Span
}

// toolStart is what is known when a tool begins.
type toolStart struct {
	name, id string
	args     json.RawMessage
	invalid  bool // the arguments are refused and the tool does not run
}

// deferring is an error by which a tool says that its result comes later, or after an approval.
type deferring interface {
	error
	// deferral returns CallDeferred or ApprovalRequired, and what the tool tells about it, or nil.
	deferral() (name string, metadata any)
}

// retrying is an error that asks the model to call again.
type retrying interface {
	error
	// retryText returns what the model is told.
	retryText() string
}

// startTool begins the span of a tool's execution. With nil settings it returns the context that it was given and nil.
func startTool(ctx context.Context, settings *InstrumentationSettings, start toolStart) (running context.Context, span *toolSpan) {
	if settings == nil {
		return ctx, nil
	}
	running = ctx
	defer guard()
	arguments, result, name := toolNames(settings, start.name)
	attributes := []attribute.KeyValue{
		attribute.String("gen_ai.operation.name", "execute_tool"),
		attribute.String("gen_ai.tool.name", start.name),
		attribute.String("gen_ai.tool.call.id", start.id),
	}
	properties := object{}
	if settings.says() {
		attributes = append(attributes, attribute.String(arguments, argsText(start.args)))
		properties = properties.with(arguments, schemaObject).with(result, schemaObject)
	}
	if start.invalid {
		attributes = append(attributes, attribute.String("logfire.msg", "invalid tool call: "+start.name),
			attribute.String("pydantic_ai.tool.failure_stage", "validation"))
	} else {
		attributes = append(attributes, attribute.String("logfire.msg", "running tool: "+start.name))
	}
	properties = properties.with("gen_ai.tool.name", object{}).with("gen_ai.tool.call.id", object{})
	attributes = append(attributes, attribute.String("logfire.json_schema", attributesSchema(properties)))

	inside := &surroundings{inTool: true}
	if outer := surroundingsOf(ctx); outer != nil {
		inside.run, inside.attributes = outer.run, outer.attributes
		attributes = append(attributes, outer.attributes...)
	}
	within, started := settings.instruments().tracer.Start(ctx, name, trace.WithAttributes(attributes...))
	return context.WithValue(within, surroundingsKey{}, inside), &toolSpan{settings, started}
}

// toolNames are the keys of arguments and result, and the span's name.
func toolNames(s *InstrumentationSettings, tool string) (arguments, result, span string) {
	if s.version() < 3 {
		return "tool_arguments", "tool_response", "running tool"
	}
	return "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "execute_tool " + tool
}

// end ends the span of a tool with what it returned or the error by which it failed.
func (t *toolSpan) end(result any, err error) {
	if t == nil {
		return
	}
	if t.span.IsRecording() {
		guarded(func() { t.describe(result, err) })
	}
	guarded(func() { t.span.End() })
}

func (t *toolSpan) describe(result any, err error) {
	s := t.settings
	_, resultKey, _ := toolNames(s, "")
	if err == nil {
		if s.says() {
			t.span.SetAttributes(attribute.String(resultKey, s.resultText(result)))
		}
		return
	}
	if later, ok := errors.AsType[deferring](err); ok {
		name, metadata := later.deferral()
		t.span.SetAttributes(attribute.String("pydantic_ai.tool.deferral.name", name))
		if s.says() && metadata != nil {
			t.span.SetAttributes(attribute.String("pydantic_ai.tool.deferral.metadata", toJSON(s.value(metadata))))
		}
		if s.version() >= 5 {
			return // waiting is no failure
		}
	}
	if again, ok := errors.AsType[retrying](err); ok && s.says() {
		t.span.SetAttributes(attribute.String(resultKey, again.retryText()))
	}
	recordException(t.span, err, s.says(), true)
	t.span.SetStatus(codes.Error, "")
}
