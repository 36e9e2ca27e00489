// Package cli holds the commands of the program hearth: serve, which runs a server, and the others, which talk to one
// over its public API.
package cli
