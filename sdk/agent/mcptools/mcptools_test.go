package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

// asServer has the test's binary speak MCP over its standard input and output.
const asServer = "MCPTOOLS_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		if err := server().Run(context.Background(), &mcp.StdioTransport{}); err != nil {
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

type place struct {
	City string `json:"city" jsonschema:"the name of a city"`
}

type weather struct {
	City    string `json:"city"`
	Celsius int    `json:"celsius"`
}

// server has a tool for each kind of result.
func server() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "weather", Version: "1"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "weather.get", Description: "The weather of a city."}, func(_ context.Context, _ *mcp.CallToolRequest, in place) (*mcp.CallToolResult, weather, error) {
		if in.City == "Atlantis" {
			return nil, weather{}, errors.New("no such city: Atlantis")
		}
		return nil, weather{in.City, 21}, nil
	})
	raw := func(name string, result func(*mcp.CallToolRequest) *mcp.CallToolResult) {
		s.AddTool(&mcp.Tool{Name: name, InputSchema: map[string]any{"type": "object"}}, func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return result(r), nil
		})
	}
	contents := func(contents ...mcp.Content) func(*mcp.CallToolRequest) *mcp.CallToolResult {
		return func(*mcp.CallToolRequest) *mcp.CallToolResult { return &mcp.CallToolResult{Content: contents} }
	}
	raw("text", contents(&mcp.TextContent{Text: "noon"}))
	raw("json", contents(&mcp.TextContent{Text: `{"b": 1, "a": 2}`}))
	raw("texts", contents(&mcp.TextContent{Text: "one"}, &mcp.TextContent{Text: "[2]"}))
	raw("nothing", contents())
	raw("picture", contents(&mcp.TextContent{Text: "A map:"}, &mcp.ImageContent{Data: []byte("png"), MIMEType: "image/png"}))
	raw("sound", contents(&mcp.AudioContent{Data: []byte("wav"), MIMEType: "audio/wav"}))
	raw("link", contents(&mcp.ResourceLink{URI: "https://example.com/a", Name: "a"}))
	raw("file", contents(&mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: "f:a", MIMEType: "application/pdf", Blob: []byte("%PDF")}}))
	raw("note", contents(&mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: "f:b", MIMEType: "text/plain", Text: "note"}}))
	raw("wrapped", func(*mcp.CallToolRequest) *mcp.CallToolResult {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "[1]"}}, StructuredContent: map[string]any{"result": []int{1}}}
	})
	raw("traced", func(r *mcp.CallToolRequest) *mcp.CallToolResult {
		parent, _ := r.Params.Meta["traceparent"].(string)
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: parent}}}
	})
	raw("broken", func(*mcp.CallToolRequest) *mcp.CallToolResult { return &mcp.CallToolResult{IsError: true} })
	return s
}

// connect returns a session over a transport, which the test's end closes.
func connect(t *testing.T, transport mcp.Transport) *mcp.ClientSession {
	t.Helper()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// inMemory returns a session with [server] in this process.
func inMemory(t *testing.T) *mcp.ClientSession {
	t.Helper()
	near, far := mcp.NewInMemoryTransports()
	serving, err := server().Connect(t.Context(), far, nil)
	if err != nil {
		t.Fatal(err)
	}
	session := connect(t, near)
	t.Cleanup(func() { serving.Wait() })
	t.Cleanup(func() { session.Close() })
	return session
}

func toolNamed(t *testing.T, set *Toolset, name string) agent.Tool {
	t.Helper()
	tools, err := set.Tools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range tools {
		if tool.Definition().Name == name {
			return tool
		}
	}
	t.Fatalf("there is no tool %s", name)
	return nil
}

func TestDefinitionsArePassedOn(t *testing.T) {
	t.Parallel()
	session := inMemory(t)
	for prefix, name := range map[string]string{"": "weather_get", "eu": "eu_weather_get"} {
		var opts []Option
		if prefix != "" {
			opts = append(opts, WithPrefix(prefix))
		}
		got := toolNamed(t, New(session, opts...), name).Definition()
		var schema map[string]any
		if err := json.Unmarshal(got.Schema, &schema); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"type": "object", "additionalProperties": false, "required": []any{"city"},
			"properties": map[string]any{"city": map[string]any{"type": "string", "description": "the name of a city"}},
		}
		if diff := cmp.Diff(want, schema); diff != "" || got.Description != "The weather of a city." {
			t.Error(got.Description, diff)
		}
	}
}

func TestResults(t *testing.T) {
	t.Parallel()
	set := New(inMemory(t))
	for name, want := range map[string]any{
		"text": "noon", "json": json.RawMessage(`{"b": 1, "a": 2}`), "texts": []any{"one", json.RawMessage("[2]")}, "nothing": nil,
		"picture": []agent.Content{agent.Text{Text: "A map:"}, agent.Media{Kind: agent.Image, Data: []byte("png"), Type: "image/png"}},
		"sound":   agent.Media{Kind: agent.Audio, Data: []byte("wav"), Type: "audio/wav"},
		"file":    agent.Media{Kind: agent.Document, Data: []byte("%PDF"), Type: "application/pdf"},
		"link":    "https://example.com/a", "note": "note", "wrapped": []any{1.0}, "traced": "",
	} {
		got, err := toolNamed(t, set, name).Call(t.Context(), nil)
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	got, err := toolNamed(t, set, "weather_get").Call(t.Context(), json.RawMessage(`"{\"city\":\"Paris\"}"`))
	if diff := cmp.Diff(any(map[string]any{"city": "Paris", "celsius": 21.0}), got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestTheTraceTravelsWithTheCall(t *testing.T) {
	t.Parallel()
	ctx, span := sdktrace.NewTracerProvider().Tracer("test").Start(t.Context(), "run")
	defer span.End()
	got, err := toolNamed(t, New(inMemory(t)), "traced").Call(ctx, nil)
	want := "00-" + span.SpanContext().TraceID().String() + "-" + span.SpanContext().SpanID().String() + "-01"
	if got != want || err != nil {
		t.Errorf("%v, not %s: %v", got, want, err)
	}
}

func TestAToolsErrorIsTheModelsToCorrect(t *testing.T) {
	t.Parallel()
	session := inMemory(t)
	asked := func(_ context.Context, req *agent.Request) (*agent.Response, error) {
		if retry, ok := lastPart(req).(agent.RetryPrompt); ok {
			if !strings.Contains(retry.Prompt(), "no such city: Atlantis") {
				t.Error(retry.Prompt())
			}
			return call(`{"city":"Paris"}`), nil
		}
		if returned, ok := lastPart(req).(agent.ToolReturn); ok {
			text, err := json.Marshal(returned.Content)
			return &agent.Response{Parts: []agent.ResponsePart{agent.Text{Text: string(text)}}}, err
		}
		return call(`{"city":"Atlantis"}`), nil
	}
	model := functionmodel.New(asked)
	result, err := agent.NewText(model, agent.WithToolsets(New(session))).Run(t.Context(), "Weather?")
	if err != nil {
		t.Fatal(err)
	}
	if result.Output != `{"celsius":21,"city":"Paris"}` {
		t.Error(result.Output)
	}
	_, err = agent.NewText(model, agent.WithToolsets(New(session, WithErrorsThatEndRuns()))).Run(t.Context(), "Weather?")
	if failed, ok := errors.AsType[*agent.ToolError](err); !ok || !strings.Contains(failed.Error(), "no such city: Atlantis") {
		t.Errorf("%T %v", err, err)
	}
}

func lastPart(req *agent.Request) agent.InputPart {
	in, _ := req.Messages[len(req.Messages)-1].(*agent.Input)
	return in.Parts[len(in.Parts)-1]
}

func call(args string) *agent.Response {
	return &agent.Response{Parts: []agent.ResponsePart{agent.ToolCall{ID: "c", Name: "weather_get", Args: json.RawMessage(args)}}}
}

func TestOtherErrors(t *testing.T) {
	t.Parallel()
	session := inMemory(t)
	set := New(session)
	if _, err := toolNamed(t, set, "broken").Call(t.Context(), nil); err == nil || err.Error() != "MCP tool call failed" {
		t.Error(err)
	}
	gone := &tool{set: set, name: "gone"}
	if _, err := gone.Call(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Error(err)
	}
	weather := toolNamed(t, set, "weather_get")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := weather.Call(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := session.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := set.Tools(t.Context()); err == nil || !strings.Contains(err.Error(), "list the tools of the MCP server") {
		t.Error(err)
	}
}

func TestOverStandardInputAndOutput(t *testing.T) {
	t.Parallel()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), asServer+"=1")
	got, err := toolNamed(t, New(connect(t, &mcp.CommandTransport{Command: command})), "text").Call(t.Context(), nil)
	if got != "noon" || err != nil {
		t.Error(got, err)
	}
}

func TestOverStreamableHTTP(t *testing.T) {
	t.Parallel()
	serving := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server() }, nil))
	transport := &http.Transport{}
	t.Cleanup(serving.Close)
	t.Cleanup(transport.CloseIdleConnections)
	session := connect(t, &mcp.StreamableClientTransport{Endpoint: serving.URL, HTTPClient: &http.Client{Transport: transport}})
	got, err := toolNamed(t, New(session), "text").Call(t.Context(), nil)
	if got != "noon" || err != nil {
		t.Error(got, err)
	}
}
