package agent

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// toolSpan is the span of a tool's execution. Its methods may be called on nil, which does nothing.
type toolSpan struct {
	settings *InstrumentationSettings
	span     trace.Span
	start    toolStart
	info     RunInfo
}

// toolStart is what is known when a tool begins, or a function that makes an output.
type toolStart struct {
	name    string
	id      string          // of the call; empty for an output that no call asked for
	args    json.RawMessage // nil for an output that no call asked for
	output  bool            // it is a function that makes an output
	invalid bool            // the arguments are refused and the tool does not run; told from format 5 on
	unknown bool            // there is no such tool
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
	// retryCause returns validation_error or model_retry.
	retryCause() string
}

// startTool begins the span of a tool's execution. With nil settings it returns the context that it was given and nil.
func startTool(ctx context.Context, settings *InstrumentationSettings, start toolStart) (running context.Context, span *toolSpan) {
	if settings == nil || start.invalid && settings.version() < 5 {
		return ctx, nil
	}
	running = ctx
	defer guard()
	attributes := start.attributes(settings)
	info, _ := Info(ctx)
	inside := &surroundings{inTool: true}
	if outer := surroundingsOf(ctx); outer != nil {
		inside.run, inside.attributes = outer.run, outer.attributes
		attributes = append(attributes, outer.attributes...)
	}
	_, _, name := start.names(settings)
	within, started := settings.instruments().tracer.Start(ctx, name, trace.WithAttributes(attributes...))
	return context.WithValue(within, surroundingsKey{}, inside), &toolSpan{settings, started, start, info}
}

// names are the keys of arguments and result, and the span's name.
func (t toolStart) names(s *InstrumentationSettings) (arguments, result, span string) {
	switch {
	case s.version() >= 3:
		return "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "execute_tool " + t.name
	case t.output:
		return "tool_arguments", "tool_response", "running output function"
	}
	return "tool_arguments", "tool_response", "running tool"
}

func (t toolStart) message() string {
	switch {
	case t.invalid:
		return "invalid tool call: " + t.name
	case t.output:
		return "running output function: " + t.name
	}
	return "running tool: " + t.name
}

func (t toolStart) attributes(s *InstrumentationSettings) []attribute.KeyValue {
	arguments, result, _ := t.names(s)
	attributes := []attribute.KeyValue{
		attribute.String("gen_ai.operation.name", "execute_tool"),
		attribute.String("gen_ai.tool.name", t.name),
		attribute.String("logfire.msg", t.message()),
	}
	properties := object{}
	if s.says() {
		if t.args != nil || !t.output {
			attributes = append(attributes, attribute.String(arguments, argsText(t.args)))
		}
		properties = properties.with(arguments, schemaObject).with(result, schemaObject)
	}
	properties = properties.with("gen_ai.tool.name", object{})
	if t.id != "" {
		attributes = append(attributes, attribute.String("gen_ai.tool.call.id", t.id))
		properties = properties.with("gen_ai.tool.call.id", object{})
	}
	if t.invalid {
		attributes = append(attributes, attribute.String("pydantic_ai.tool.failure_stage", "validation"))
	}
	return append(attributes, attribute.String("logfire.json_schema", attributesSchema(properties)))
}

// end ends the span of a tool with what it returned or the error by which it failed.
func (t *toolSpan) end(result any, err error) {
	if t == nil {
		return
	}
	now := trace.WithTimestamp(time.Now())
	if t.span.IsRecording() {
		guarded(func() { t.describe(result, err) })
	}
	guarded(func() { t.span.End(now) })
}

func (t *toolSpan) describe(result any, err error) {
	s := t.settings
	_, resultKey, _ := t.start.names(s)
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
	if again, ok := errors.AsType[retrying](err); ok {
		if s.says() && !t.start.output {
			t.span.SetAttributes(attribute.String(resultKey, again.retryText()))
		}
		if s.version() >= 5 {
			t.span.SetAttributes(t.retry(again)...)
		}
	}
	recordException(t.span, err, s.says(), "True")
	t.span.SetStatus(codes.Error, "")
}

// retry says why the model has to try again, and the how-manieth try that is, unless there is none left.
func (t *toolSpan) retry(again retrying) []attribute.KeyValue {
	prefix, cause := "pydantic_ai.tool.retry.", again.retryCause()
	if t.start.id == "" {
		prefix = "pydantic_ai.output.retry."
	}
	if t.start.unknown {
		cause = "unknown_tool"
	}
	attributes := []attribute.KeyValue{attribute.String(prefix+"cause", cause)}
	if attempt := t.info.Retry + 1; attempt <= t.info.MaxRetries {
		attributes = append(attributes, attribute.Int(prefix+"attempt", attempt), attribute.Int(prefix+"max_retries", t.info.MaxRetries))
	}
	return attributes
}

// ToolSpan is the span of a tool that another library runs. Its methods may be called on nil, which does nothing.
type ToolSpan struct{ span *toolSpan }

// StartTool begins the span of a tool's execution, as an agent's tools have it. The context that it returns carries the span.
// With nil settings it returns the context that it was given and nil.
//
// Agents call it by themselves. It is for code that knows of tools in other ways, such as callbacks of other libraries.
func StartTool(ctx context.Context, settings *InstrumentationSettings, call ToolCall) (context.Context, *ToolSpan) {
	ctx, span := startTool(ctx, settings, toolStart{name: call.Name, id: call.ID, args: call.Args})
	if span == nil {
		return ctx, nil
	}
	return ctx, &ToolSpan{span}
}

// End ends the span with what the tool returned, or with the error by which it failed. It is called once.
func (t *ToolSpan) End(result any, err error) {
	if t != nil {
		t.span.end(result, err)
	}
}
