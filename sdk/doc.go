// Package hearth is the Go SDK of Hearth: it configures OpenTelemetry to send traces, logs and metrics to a Hearth or
// Logfire project or to any OTLP backend, and makes spans and logs that their live views show well.
//
// Configure is called once, at the start of a program. It reads what it is not told from the environment and from the
// credentials file, installs OpenTelemetry's global providers, and returns what ends them:
//
//	shutdown, err := hearth.Configure(ctx, hearth.WithServiceName("shop"))
//	if err != nil {
//		return err
//	}
//	defer shutdown(context.Background())
//
// A program that never calls Configure pays next to nothing for the calls that it makes of this package.
//
// # How it is made
//
// Configure builds a state, which does not change afterwards, and puts it into one atomic pointer. Everything else of
// the package begins with one load of that pointer and ends there when it is nil: nothing is configured. A second
// Configure builds the next state, swaps the pointer, and shuts the former state down.
package hearth
