// Package query is a client for Hearth's query API: SQL in, rows out, and the live tail.
package query
