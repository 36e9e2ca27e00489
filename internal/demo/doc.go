// Package demo plays a web shop for tea whose telemetry fills a Hearth: pages, orders across services, background jobs,
// and agents that talk to customers.
//
// A scenario builds a story: the spans and logs of one thing that happens in the shop, laid out in time from its start.
// Building it moves a clock, so that a child lies within its parent without anybody adding up offsets. A player deals
// scenarios from a shuffled deck and hands out what a story tells when its moment has come: a span when it ends, its
// announcement (a pending span) when it starts, a log when it is written. Moments of the past hour are over at once: that is the
// history. The rest happens in real time.
//
// What is sent is OTLP, made of protocol messages instead of with an SDK, since spans of the past, pending spans and ids
// that follow from a seed are wanted. Names and shapes are those of the libraries that the spans claim to come from.
package demo
