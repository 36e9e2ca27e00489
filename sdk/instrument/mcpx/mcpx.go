// Package mcpx tells of the requests of the Model Context Protocol that a client or a server made with
// github.com/modelcontextprotocol/go-sdk sends and answers:
//
//	client.AddSendingMiddleware(mcpx.Sending(nil))
//	server.AddReceivingMiddleware(mcpx.Receiving(nil))
//
// Each request has a span on either side, "tools/call NAME" for a tool, named and described as OpenTelemetry's conventions for
// MCP say. The context of the trace travels in the request's _meta, so that both sides are one trace, whatever the transport.
package mcpx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// ScopeName is the instrumentation scope of the spans.
const ScopeName = "github.com/hearth-dev/hearth/sdk/instrument/mcpx"

// Sending returns a middleware for the requests that a client or a server sends. It writes traceparent and tracestate into
// their _meta. Of the settings the content and the tracer provider count; nil settings are the zero settings. Notifications
// pass without a span.
func Sending(settings *agent.InstrumentationSettings) mcp.Middleware {
	return middleware(settings, trace.SpanKindClient)
}

// Receiving returns a middleware for the requests that a server or a client answers. What it does happens below the span whose
// context the request's _meta holds. Settings are as those of [Sending].
func Receiving(settings *agent.InstrumentationSettings) mcp.Middleware {
	return middleware(settings, trace.SpanKindServer)
}

func middleware(settings *agent.InstrumentationSettings, kind trace.SpanKind) mcp.Middleware {
	if settings == nil {
		settings = &agent.InstrumentationSettings{}
	}
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			if strings.HasPrefix(method, "notifications/") {
				return next(ctx, method, req)
			}
			ctx, c := begin(ctx, settings, kind, method, req)
			result, err := next(ctx, method, req)
			c.end(result, err)
			return result, err
		}
	}
}

// call is a request that is under way.
type call struct {
	settings *agent.InstrumentationSettings
	span     trace.Span
}

// traceContext is what travels: baggage does not, for servers may be strangers.
var traceContext = propagation.TraceContext{}

// begin starts the span of a request.
func begin(ctx context.Context, settings *agent.InstrumentationSettings, kind trace.SpanKind, method string, req mcp.Request) (within context.Context, c *call) {
	within = ctx
	defer guard()
	params := paramsOf(req)
	if kind == trace.SpanKindServer && params != nil {
		ctx = traceContext.Extract(ctx, meta(params.GetMeta()))
	}
	tracers := settings.TracerProvider
	if tracers == nil {
		tracers = otel.GetTracerProvider()
	}
	target, attributes := describe(settings, params)
	attributes = append(attributes, attribute.String("mcp.method.name", method))
	if session := req.GetSession(); session != nil && session.ID() != "" {
		attributes = append(attributes, attribute.String("mcp.session.id", session.ID()))
	}
	ctx, span := tracers.Tracer(ScopeName).Start(ctx, strings.TrimSpace(method+" "+target), trace.WithSpanKind(kind), trace.WithAttributes(attributes...))
	if kind == trace.SpanKindClient && params != nil && span.SpanContext().IsValid() {
		carrier := meta(maps.Clone(params.GetMeta()))
		if carrier == nil {
			carrier = meta{}
		}
		traceContext.Inject(ctx, carrier)
		params.SetMeta(carrier)
	}
	return ctx, &call{settings, span}
}

// paramsOf returns the parameters of a request, or nil; the library may have a nil pointer for none.
func paramsOf(req mcp.Request) mcp.Params {
	if req == nil {
		return nil
	}
	params := req.GetParams()
	if v := reflect.ValueOf(params); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil
	}
	return params
}

// describe returns what a request is about, and its attributes.
func describe(settings *agent.InstrumentationSettings, params mcp.Params) (target string, attributes []attribute.KeyValue) {
	switch p := params.(type) {
	case *mcp.CallToolParams:
		return p.Name, tool(settings, p.Name, p.Arguments)
	case *mcp.CallToolParamsRaw:
		return p.Name, tool(settings, p.Name, p.Arguments)
	case *mcp.GetPromptParams:
		return p.Name, []attribute.KeyValue{attribute.String("gen_ai.prompt.name", p.Name)}
	case *mcp.ReadResourceParams:
		return "", []attribute.KeyValue{attribute.String("mcp.resource.uri", p.URI)}
	case *mcp.InitializeParams:
		return "", []attribute.KeyValue{attribute.String("mcp.protocol.version", p.ProtocolVersion)}
	}
	return "", nil
}

// The attributes of a tool's call, of which logfire.json_schema says that they hold JSON.
const (
	argumentsKey = "gen_ai.tool.call.arguments"
	resultKey    = "gen_ai.tool.call.result"
	toolSchema   = `{"type":"object","properties":{"` + argumentsKey + `":{"type":"object"},"` + resultKey + `":{"type":"object"}}}`
)

func tool(settings *agent.InstrumentationSettings, name string, arguments any) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		attribute.String("gen_ai.operation.name", "execute_tool"), attribute.String("gen_ai.tool.name", name),
	}
	if settings.Content == agent.ContentNone {
		return attributes
	}
	if text, err := json.Marshal(arguments); err == nil && arguments != nil {
		attributes = append(attributes, attribute.String(argumentsKey, string(text)))
	}
	return append(attributes, attribute.String("logfire.json_schema", toolSchema))
}

// end ends the span with what came of the request.
func (c *call) end(result mcp.Result, err error) {
	if c == nil {
		return
	}
	defer c.span.End()
	defer guard()
	if err != nil {
		c.fail(err)
		return
	}
	came, ok := result.(*mcp.CallToolResult)
	if !ok || came == nil {
		return
	}
	text := textOf(came)
	if c.settings.Content != agent.ContentNone {
		c.span.SetAttributes(attribute.String(resultKey, text))
	}
	if came.IsError {
		c.span.SetAttributes(attribute.String("error.type", "tool_error"))
		if c.settings.Content == agent.ContentNone {
			text = "the tool failed"
		}
		c.span.SetStatus(codes.Error, text)
	}
}

func (c *call) fail(err error) {
	kind := fmt.Sprintf("%T", err)
	var refused *jsonrpc.Error
	if errors.As(err, &refused) {
		kind = fmt.Sprint(refused.Code)
		c.span.SetAttributes(attribute.String("rpc.response.status_code", kind))
	}
	c.span.SetAttributes(attribute.String("error.type", kind))
	c.span.RecordError(err)
	c.span.SetStatus(codes.Error, err.Error())
}

// textOf returns what a tool returned: its structured content, its texts, or whatever else it is, as JSON.
func textOf(result *mcp.CallToolResult) string {
	if result.StructuredContent != nil {
		if text, err := json.Marshal(result.StructuredContent); err == nil {
			return string(text)
		}
	}
	var texts []string
	for _, content := range result.Content {
		text, ok := content.(*mcp.TextContent)
		if !ok {
			encoded, _ := json.Marshal(result.Content) // what cannot be written is left out
			return string(encoded)
		}
		texts = append(texts, text.Text)
	}
	return strings.Join(texts, "\n")
}

// meta carries context in a request's _meta.
type meta map[string]any

// Get implements propagation.TextMapCarrier.
func (m meta) Get(key string) string {
	text, _ := m[key].(string)
	return text
}

// Set implements propagation.TextMapCarrier.
func (m meta) Set(key, value string) { m[key] = value }

// Keys implements propagation.TextMapCarrier.
func (m meta) Keys() []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	return keys
}

// guard ends a panic: the program that is looked at must not fail by being looked at. It is called by defer.
func guard() {
	if p := recover(); p != nil {
		otel.Handle(fmt.Errorf("MCP instrumentation: panic: %v", p))
	}
}
