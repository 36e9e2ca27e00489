package mcptools_test

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/mcptools"
	"github.com/hearth-dev/hearth/sdk/agent/testmodel"
)

// A server in the same process stands for one that is a command or a URL.
func ExampleNew() {
	ctx := context.Background()
	server := mcp.NewServer(&mcp.Implementation{Name: "clock", Version: "1.0"}, nil)
	type nothing struct{}
	mcp.AddTool(server, &mcp.Tool{Name: "now", Description: "The time."}, func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "noon"}}}, nil, nil
	})
	here, there := mcp.NewInMemoryTransports()
	serving, err := server.Connect(ctx, there, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer serving.Wait()

	session, err := mcp.NewClient(&mcp.Implementation{Name: "shop", Version: "1.0"}, nil).Connect(ctx, here, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Close()

	guide := agent.NewText(testmodel.New(), agent.WithToolsets(mcptools.New(session, mcptools.WithPrefix("clock"))))
	result, err := guide.Run(ctx, "What time is it?")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Output)
	// Output: {"clock_now":"noon"}
}
