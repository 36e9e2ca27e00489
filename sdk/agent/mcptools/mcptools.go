// Package mcptools gives agents the tools of a server that speaks the Model Context Protocol, over a session made with
// github.com/modelcontextprotocol/go-sdk. Any of its transports will do:
//
//	client := mcp.NewClient(&mcp.Implementation{Name: "shop", Version: "1.0"}, nil)
//	session, err := client.Connect(ctx, &mcp.CommandTransport{Command: exec.Command("weather-server")}, nil)
//	// or &mcp.StreamableClientTransport{Endpoint: "https://weather.example.com/mcp"}
//	…
//	defer session.Close()
//	guide := agent.NewText(model, agent.WithToolsets(mcptools.New(session)))
//
// The session is the caller's, who opens and closes it. To see the protocol's own requests as spans, give the client the
// middleware of package instrument/mcpx.
package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/propagation"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
)

// Toolset offers the tools of a server. It is safe for concurrent use.
type Toolset struct {
	session    *mcp.ClientSession
	prefix     string
	errorsStop bool
}

var _ agent.Toolset = (*Toolset)(nil)

// Option changes how tools are offered.
type Option func(*Toolset)

// WithPrefix puts a prefix and an underscore before the names of the tools, to tell several servers apart.
func WithPrefix(prefix string) Option { return func(t *Toolset) { t.prefix = prefix + "_" } }

// WithErrorsThatEndRuns has a run end with the error of a tool. By default the model is told of it, as by [agent.Retry], and
// may try again.
func WithErrorsThatEndRuns() Option { return func(t *Toolset) { t.errorsStop = true } }

// New returns the tools of the server at the other end of a session.
func New(session *mcp.ClientSession, opts ...Option) *Toolset {
	t := &Toolset{session: session}
	for _, option := range opts {
		option(t)
	}
	return t
}

// unfit is what providers of models do not take in the name of a tool.
var unfit = regexp.MustCompile(`[^a-zA-Z0-9_-]`)

// Tools asks the server for its tools. Their schemas are passed on as they are; characters of their names that models'
// providers do not take become underscores.
func (t *Toolset) Tools(ctx context.Context) ([]agent.Tool, error) {
	var tools []agent.Tool
	for found, err := range t.session.Tools(ctx, nil) {
		if err != nil {
			return nil, fmt.Errorf("list the tools of the MCP server: %w", err)
		}
		schema, err := json.Marshal(found.InputSchema)
		if err != nil {
			return nil, fmt.Errorf("schema of the MCP tool %s: %w", found.Name, err)
		}
		tools = append(tools, &tool{set: t, name: found.Name, definition: agent.ToolDefinition{
			Name: unfit.ReplaceAllString(t.prefix+found.Name, "_"), Description: found.Description, Schema: schema,
		}})
	}
	return tools, nil
}

// tool is a tool of a server.
type tool struct {
	set        *Toolset
	name       string // as the server calls it
	definition agent.ToolDefinition
}

// Definition returns what the server says of the tool.
func (t *tool) Definition() agent.ToolDefinition { return t.definition }

// Call has the server carry out a call. The trace's context travels with it, in _meta.
func (t *tool) Call(ctx context.Context, args json.RawMessage) (any, error) {
	params := &mcp.CallToolParams{Name: t.name, Arguments: provider.ArgumentsObject(args), Meta: mcp.Meta{}}
	propagation.TraceContext{}.Inject(ctx, carrier(params.Meta))
	result, err := t.set.session.CallTool(ctx, params)
	if err != nil {
		if refused, ok := errors.AsType[*jsonrpc.Error](err); ok {
			return nil, t.failed(refused.Message)
		}
		return nil, fmt.Errorf("MCP tool %s: %w", t.name, err)
	}
	if result.IsError {
		return nil, t.failed(texts(result.Content))
	}
	return value(result), nil
}

// failed is what a run makes of a tool's error.
func (t *tool) failed(message string) error {
	if message == "" {
		message = "MCP tool call failed"
	}
	if t.set.errorsStop {
		return fmt.Errorf("MCP tool %s: %w", t.name, errors.New(message))
	}
	return agent.Retry("%s", message)
}

// carrier carries the trace's context in a request's _meta.
type carrier mcp.Meta

func (c carrier) Get(key string) string {
	text, _ := c[key].(string)
	return text
}

func (c carrier) Set(key, value string) { c[key] = value }

func (c carrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for key := range c {
		keys = append(keys, key)
	}
	return keys
}

func texts(contents []mcp.Content) string {
	var all []string
	for _, content := range contents {
		if text, ok := content.(*mcp.TextContent); ok {
			all = append(all, text.Text)
		}
	}
	return strings.Join(all, "\n")
}
