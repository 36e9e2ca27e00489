// Package mcp lets coding agents read a Hearth: a server of the Model Context Protocol, over streamable HTTP (NewHandler,
// the route /mcp) and over a program's own streams (ServeStdio, the command hearth mcp).
//
// Its tools do nothing themselves: each asks the public API with the caller's own Authorization, over a connection or, in
// the server, without one. So what a caller may see, every limit and every error is the API's, and there is no second way
// in. Tools have the names and arguments of Logfire's remote MCP server where Logfire has such a tool, and all only read.
//
// What applications recorded is hostile: a message can read like an instruction to the agent. Every result that holds
// recorded text fences it off and says that it is data, and no tool changes anything.
package mcp
