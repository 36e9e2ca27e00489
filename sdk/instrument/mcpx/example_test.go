package mcpx_test

import (
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/hearth-dev/hearth/sdk/instrument/mcpx"
)

func ExampleSending() {
	client := mcp.NewClient(&mcp.Implementation{Name: "app", Version: "1"}, nil)
	client.AddSendingMiddleware(mcpx.Sending(nil))
}

func ExampleReceiving() {
	server := mcp.NewServer(&mcp.Implementation{Name: "weather", Version: "1"}, nil)
	server.AddReceivingMiddleware(mcpx.Receiving(nil))
}
