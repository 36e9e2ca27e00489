package cli

import (
	"context"

	"github.com/hearth-dev/hearth/internal/mcp"
)

type mcpCmd struct{ readFlags }

// Help is the long help.
func (mcpCmd) Help() string {
	return `Speaks the Model Context Protocol, for clients that start a program rather than ask an address. It passes on what the agent asks to a server that runs; the same tools are at the server's /mcp, over streamable HTTP.

Examples:

    claude mcp add hearth -- hearth mcp
    claude mcp add --env HEARTH_READ_TOKEN=pylf_v1_local_… --transport stdio hearth -- hearth mcp --base-url https://hearth.example.com
    codex mcp add hearth -- hearth mcp --project teahouse`
}

// Run serves until the client closes stdin.
func (cmd *mcpCmd) Run(ctx context.Context, c *console, version build) error {
	return mcp.ServeStdio(ctx, cmd.client(), string(version), c.in, c.out)
}
