package mcptools

import (
	"encoding/json"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// value returns what a tool returned. Structured content says it best, unless there are media beside it. Servers wrap what
// is no object in {"result": …}.
func value(r *mcp.CallToolResult) any {
	contents := make([]agent.Content, 0, len(r.Content))
	media := false
	for _, content := range r.Content {
		c := contentOf(content)
		_, isMedia := c.(agent.Media)
		media = media || isMedia
		contents = append(contents, c)
	}
	if object, ok := r.StructuredContent.(map[string]any); ok && !media && len(object) == 1 && object["result"] != nil {
		return object["result"]
	}
	switch {
	case r.StructuredContent != nil && !media:
		return r.StructuredContent
	case len(contents) == 0:
		return nil
	case len(contents) == 1:
		return single(contents[0])
	case media:
		return contents
	}
	values := make([]any, len(contents))
	for i, c := range contents {
		values[i] = single(c)
	}
	return values
}

// single returns a text as what it says, JSON where it is an object or an array, and media as they are.
func single(c agent.Content) any {
	text, ok := c.(agent.Text)
	if !ok {
		return c
	}
	if strings.HasPrefix(text.Text, "{") || strings.HasPrefix(text.Text, "[") {
		if raw := json.RawMessage(text.Text); json.Valid(raw) {
			return raw
		}
	}
	return text.Text
}

func contentOf(content mcp.Content) agent.Content {
	switch c := content.(type) {
	case *mcp.TextContent:
		return agent.Text{Text: c.Text}
	case *mcp.ImageContent:
		return agent.Media{Kind: agent.Image, Data: c.Data, Type: c.MIMEType}
	case *mcp.AudioContent:
		return agent.Media{Kind: agent.Audio, Data: c.Data, Type: c.MIMEType}
	case *mcp.ResourceLink:
		return agent.Text{Text: c.URI}
	case *mcp.EmbeddedResource:
		if c.Resource != nil {
			return resource(c.Resource)
		}
	}
	return agent.Text{}
}

func resource(r *mcp.ResourceContents) agent.Content {
	if r.Blob == nil {
		return agent.Text{Text: r.Text}
	}
	kind := agent.Document
	switch main, _, _ := strings.Cut(r.MIMEType, "/"); main {
	case "image", "audio", "video":
		kind = agent.MediaKind(main)
	}
	return agent.Media{Kind: kind, Data: r.Blob, Type: r.MIMEType}
}
