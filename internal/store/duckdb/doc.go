// Package duckdb is the embedded engine: records in native DuckDB files, two for each project and UTC day: one of
// spans and logs, one of metrics.
//
// A project in use has one DuckDB instance in memory, to which its day files are attached when they are first needed.
// Projects share no instance and no file: what a statement can reach ends at its project.
//
// Writing. Apply sorts rows by file (split), fills data chunks column by column (fill.go, chunk.go) and commits each
// file's rows together with the highest Seq among them. The files are attached without DuckDB's own write-ahead log, so
// that a commit is in memory until a checkpoint (keeper.go) writes the file, rows and Seq in one step. Hearth's log has
// the rest: after a crash it is applied again, and each file skips what it has. The ledger knows from which Seq on that
// would be needed, which is what Durable tells the log. A transaction and a checkpoint of one file exclude each other.
//
// Reading. A statement runs on a connection of its own in a read-only transaction, on a snapshot. Where it reads a
// table, the day files within its time bounds stand, united (source.go). The answer is streamed and decoded from
// DuckDB's vectors (rows.go, decode.go). Readers block nobody and nobody blocks readers.
//
// Walls. pgsql is the wall that keeps users' statements harmless. Behind it stand settings that are locked when an
// instance opens (settings.go): no files but the project's own, no extensions, limits of memory, threads and temporary
// files; then the read-only transaction, and the interrupt when a query's context ends. What DuckDB does inside one
// scalar function, it does outside of its memory limit and deaf to interrupts; a statement that does not stop is logged
// and keeps its thread. The last wall is the operating system's limit on the process.
//
// The format on disk is described in docs/format/day-files.md. The package uses DuckDB's C interface through
// duckdb-go-bindings, without database/sql: it needs streams, chunks and interrupts.
package duckdb
