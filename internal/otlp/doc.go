// Package otlp turns OpenTelemetry's protocol into records: OTLP over HTTP (protobuf and JSON) and over gRPC.
//
// The way of a request: Handler or the gRPC server checks the token, reads the body within the limits of size and
// memory, and decompresses it. Decoder.Decode turns the body into a record.Batch. The Sink makes it durable. Then the
// client gets its answer, with OTLP's partial success when something was refused.
//
// Decode is a pure function of the request, so that the write-ahead log, which keeps the body as it came, gives the
// same batch again after a crash: ids that OTLP leaves out are derived from the content, "now" is the time of arrival.
//
// # How it decodes
//
// The protobuf body is walked once, field by field, without building messages (wire.go): values stay views of the
// body until they are written as JSON into the memory of the batch (arena.go). Decoding a span with 20 attributes into
// structs with the collector's pdata takes 3 µs, 62 allocations and 4 kB before any mapping; here decoding, mapping and
// JSON together take about that (see BenchmarkDecodeTraces). JSON bodies are rewritten to protobuf first
// (transcode.go), by the descriptors of the protocol itself, so that there is one mapping.
//
// # What becomes what
//
// spans.go, logs.go and metrics.go hold the mapping of each signal, origin.go that of resources and scopes,
// attributes.go and schema.go that of attributes, message.go and statement.go the texts that people read.
// What OTLP sent and no column has a place for goes to Extra: TestEveryFieldReachesTheBatch walks the protocol's
// descriptors and shows that no field is lost.
package otlp
