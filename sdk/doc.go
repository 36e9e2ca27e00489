// Package hearth is the Go SDK of Hearth: it configures OpenTelemetry to send traces, logs and metrics to a Hearth or
// Logfire project or to any OTLP backend, and makes spans and logs that their live views show well.
//
//	import hearth "github.com/hearth-dev/hearth/sdk"
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
// # Spans, logs and metrics
//
//	func bake(ctx context.Context, order *Order) (err error) {
//		ctx, span := hearth.Span(ctx, "bake {loaves} loaves", hearth.Attr("loaves", order.Loaves), hearth.Attr("order", order))
//		defer span.EndErr(&err)
//		hearth.Info(ctx, "oven at {degrees=}", hearth.Attr("degrees", 230))
//		...
//
// Span, Info and its like, and Exception take a template and the attributes that fill it; they are structured, and show
// as what they are in Go. NewHandler does the same for log/slog. NewCounter and its like make metrics.
//
// # Where it goes
//
//   - To the projects of the write tokens in HEARTH_TOKEN or LOGFIRE_TOKEN, at HEARTH_BASE_URL or LOGFIRE_BASE_URL; or of
//     the file .logfire/logfire_credentials.json, which "hearth projects use" and "logfire projects use" write.
//   - To a Hearth on this machine, without a token: HEARTH_BASE_URL=http://127.0.0.1:4318.
//   - To any OTLP backend over HTTP: OTEL_EXPORTER_OTLP_ENDPOINT and its kin; or to exporters and processors of
//     OpenTelemetry's SDK, with WithSpanExporter and the like.
//
// Each of them gets everything. Without any, nothing is sent, and Configure says so once. The options name the
// environment variables that say the same as they do.
//
// # What it costs the host
//
// What is recorded waits in bounded queues and is sent by goroutines of the SDK: no call waits for the network. While a
// server is away it is tried again until it is back. What finds no room meanwhile, or is refused, is dropped; Stats
// counts it and otel.Handle tells of it, at most once a minute. A span that the server finds too large leaves a log of level
// error in its place, which says what it was. The function that Configure returns waits until what is
// queued is sent, but not for a server that is away.
//
// # What is sent
//
// Spans are announced when they start (pending spans), so that Hearth shows what runs. Values that look like passwords
// or tokens are redacted before they leave the process, as Logfire's Python SDK does; see WithScrubbing. A span that
// failed has the level error. Counters and histograms are sent as deltas, histograms with exponential buckets.
//
// # One module
//
// The agents, their models and all instrumentation are packages of this one module, so that one go get brings them and their
// versions fit. A binary holds only what the program imports: none of the providers' SDKs without their packages. Versions
// are another matter: go.mod names what all packages need, and so a program gets those versions or newer ones of modules
// that it uses itself. invopop/jsonschema, which Anthropic's SDK imports, is one that changed in ways that its users
// notice: Genkit's Go SDK, which wants an older one, does not build beside this module. Models as modules of their own
// would cure that, and cost every user a version to keep in step for each; without them, and without the instrumentation of
// other libraries, 101 of 219 modules would remain.
//
// # How it is made
//
// Configure builds a state, which does not change afterwards, and puts it into one atomic pointer. Everything else of
// the package begins with one load of that pointer and ends there when it is nil: nothing is configured. A second
// Configure builds the next state, swaps the pointer, and shuts the former state down.
package hearth
