// Package deliver brings telemetry from the host's goroutines to a server without holding the host up.
//
// A Batcher takes spans or log records one by one, never blocks, and hands them over in batches from a goroutine of its
// own. A Transport sends the requests that exporters make of the batches, again and again while the server is away. What
// waits is bounded in number and size; what finds no room, or what the server refuses, is dropped, counted and told.
package deliver
