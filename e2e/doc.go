// Package e2e tests Hearth as a black box: the built binary, started as a person starts it, spoken to by the real clients of
// OpenTelemetry and Logfire, and asked by SQL what it holds. The Python clients are tested in python/, the JavaScript ones
// in node/, the Go ones and everything that needs to kill, fill or attack the process here. Package identity is the provider of single
// sign-on for the tests here and for those of the web app.
//
// It is a module of its own, so that the clients do not become dependencies of the server, and `go test ./...` at the root
// needs no binary. Run it with `make e2e`.
package e2e
