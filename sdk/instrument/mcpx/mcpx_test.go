package mcpx_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/instrument/mcpx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type city struct {
	City string `json:"city"`
}

// connect returns a session with a server that has a tool, both instrumented, and the spans that they make.
func connect(t *testing.T, settings *agent.InstrumentationSettings) (*mcp.ClientSession, *tracetest.SpanRecorder) {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	settings.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	server := mcp.NewServer(&mcp.Implementation{Name: "weather", Version: "1"}, nil)
	server.AddReceivingMiddleware(mcpx.Receiving(settings))
	mcp.AddTool(server, &mcp.Tool{Name: "weather"}, func(_ context.Context, _ *mcp.CallToolRequest, in city) (*mcp.CallToolResult, any, error) {
		if in.City == "Atlantis" {
			return nil, nil, errors.New("no such city")
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "21 degrees in " + in.City}}}, nil, nil
	})
	clientSide, serverSide := mcp.NewInMemoryTransports()
	if _, err := server.Connect(t.Context(), serverSide, nil); err != nil {
		t.Fatal(err)
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	client.AddSendingMiddleware(mcpx.Sending(settings))
	session, err := client.Connect(t.Context(), clientSide, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session, spans
}

// named returns the ended spans of a name, the server's first.
func named(spans *tracetest.SpanRecorder, name string) (found []sdktrace.ReadOnlySpan) {
	for _, s := range spans.Ended() {
		if s.Name() == name {
			found = append(found, s)
		}
	}
	return found
}

func attributesOf(span sdktrace.ReadOnlySpan) map[string]any {
	all := map[string]any{}
	for _, a := range span.Attributes() {
		all[string(a.Key)] = a.Value.AsInterface()
	}
	return all
}

func check(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestBothSidesOfACallAreOneTrace(t *testing.T) {
	t.Parallel()
	settings := &agent.InstrumentationSettings{}
	session, spans := connect(t, settings)
	ctx, root := settings.TracerProvider.Tracer("test").Start(t.Context(), "root")
	params := &mcp.CallToolParams{Name: "weather", Arguments: city{"Paris"}, Meta: mcp.Meta{"mine": true}}
	if _, err := session.CallTool(ctx, params); err != nil {
		t.Fatal(err)
	}
	root.End()
	calls := named(spans, "tools/call weather")
	if len(calls) != 2 {
		t.Fatalf("%d spans, want 2", len(calls))
	}
	server, client := calls[0], calls[1]
	check(t, []trace.SpanKind{server.SpanKind(), client.SpanKind()}, []trace.SpanKind{trace.SpanKindServer, trace.SpanKindClient})
	check(t, client.Parent().SpanID(), root.SpanContext().SpanID())
	check(t, server.Parent().SpanID(), client.SpanContext().SpanID())
	for _, span := range calls {
		got := attributesOf(span)
		delete(got, "logfire.json_schema")
		check(t, got, map[string]any{
			"mcp.method.name": "tools/call", "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "weather",
			"gen_ai.tool.call.arguments": `{"city":"Paris"}`, "gen_ai.tool.call.result": "21 degrees in Paris",
		})
	}
	if params.Meta["mine"] != true {
		t.Errorf("_meta of the caller became %v", params.Meta)
	}
}

func TestToolThatFailsIsAnError(t *testing.T) {
	t.Parallel()
	session, spans := connect(t, &agent.InstrumentationSettings{})
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "weather", Arguments: city{"Atlantis"}})
	if err != nil || !result.IsError {
		t.Fatal(result, err)
	}
	for _, span := range named(spans, "tools/call weather") {
		check(t, span.Status(), sdktrace.Status{Code: codes.Error, Description: "no such city"})
		check(t, attributesOf(span)["error.type"], any("tool_error"))
	}
}

func TestRefusedRequestIsAnError(t *testing.T) {
	t.Parallel()
	session, spans := connect(t, &agent.InstrumentationSettings{})
	if _, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "unknown"}); err == nil {
		t.Fatal("the server knows an unknown tool")
	}
	for _, span := range named(spans, "tools/call unknown") {
		check(t, span.Status().Code, codes.Error)
		check(t, attributesOf(span)["error.type"], any("-32602"))
	}
}

func TestOtherRequests(t *testing.T) {
	t.Parallel()
	session, spans := connect(t, &agent.InstrumentationSettings{})
	if _, err := session.ListTools(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	check(t, len(named(spans, "tools/list")), 2)
}

func TestWithoutContentNothingIsSaid(t *testing.T) {
	t.Parallel()
	session, spans := connect(t, &agent.InstrumentationSettings{Content: agent.ContentNone})
	if _, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "weather", Arguments: city{"Paris"}}); err != nil {
		t.Fatal(err)
	}
	for _, span := range named(spans, "tools/call weather") {
		for _, a := range span.Attributes() {
			if a.Key == attribute.Key("gen_ai.tool.call.arguments") || a.Key == attribute.Key("gen_ai.tool.call.result") {
				t.Errorf("%s holds %s", a.Key, a.Value.String())
			}
		}
	}
}
