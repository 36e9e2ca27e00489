// Package store is the seam between Hearth and the engines that hold records: one small interface, its answer type and
// its errors. The engines live in sub-packages and must pass package storetest.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
)

// Errors that callers decide by.
var (
	// ErrUnavailable means that the store cannot serve now but may later: it is closing, or its disk is full.
	ErrUnavailable = errors.New("store unavailable")
	// ErrTooExpensive means that a query ran into a limit of memory or size; the text wrapped around it says which.
	ErrTooExpensive = errors.New("query exceeds a resource limit")
	// ErrInvalid means that the engine refused a statement for a mistake in it, such as a cast of bad text.
	ErrInvalid = errors.New("statement is not valid")
)

// Store holds the records of many projects. All methods are safe for concurrent use.
type Store interface {
	// Apply adds batches, given in ascending order of Seq, and makes them visible to queries before it returns. What
	// the store already holds of a batch is skipped, so that applying a batch again after a crash changes nothing.
	// The batches stay the caller's, unchanged; the store keeps no reference to them.
	// Apply is called by one goroutine at a time.
	Apply(ctx context.Context, batches []*record.Batch) error

	// Durable returns the highest Seq for which it and every batch before it would survive a crash without being
	// applied again. The write-ahead log may be deleted up to it.
	Durable() uint64

	// Sync makes everything that was applied durable.
	Sync(ctx context.Context) error

	// Query runs a statement over the records of one project. An unknown project has no records; that is no error.
	// Cancelling ctx stops the engine. The caller closes Rows.
	Query(ctx context.Context, project string, q *pgsql.Bound) (Rows, error)

	// Explain returns the engine's plan of a statement as text.
	Explain(ctx context.Context, project string, q *pgsql.Bound) (string, error)

	// Identities calls fn for every record that arrived at or after since, and for the digest of every metrics
	// request, in no particular order. It serves to recognise repeats after a restart.
	Identities(ctx context.Context, since time.Time, fn func(project string, id Identity)) error

	// Expire deletes the records and the metric points of one project whose day lies wholly before their cutoff, gives the
	// space back, and returns of how many days it deleted something.
	Expire(ctx context.Context, project string, before Cutoffs) (days int, err error)

	// Drop deletes all records of a project for good and gives the space back. What is applied to the project afterwards is
	// skipped until the store is closed; whoever applies such batches again after that drops the project first. Statements
	// that read the records finish, or fail. Dropping a project again changes nothing, nor does an unknown one.
	Drop(ctx context.Context, project string) error

	// Stats returns what the store holds of a project, by day from the oldest on. Days without anything are left out.
	Stats(ctx context.Context, project string) ([]DayStats, error)

	// Sizes returns what Stats does, but for the counts, and is fast: it looks at no rows.
	Sizes(ctx context.Context, project string) ([]DaySize, error)

	// NewScratch returns an empty table in memory on which compiled statements can run, apart from all projects.
	NewScratch(ctx context.Context) (Scratch, error)

	// Close makes everything durable and releases the files. Queries that run are cancelled. Close twice is fine.
	Close() error
}

// Identity is what makes a record one of a kind inside a project.
type Identity struct {
	TraceID, SpanID string // empty for a metrics request
	Kind            record.Kind
	Digest          record.Digest // of a metrics request; zero for records
	// Arrived is when its request arrived (created_at). A replay needs it to tell a repeated metrics request from the
	// same request that a crash left applied in part.
	Arrived time.Time
}

// Cutoffs are the moments before which whole days are deleted. The zero time deletes nothing.
type Cutoffs struct {
	Records time.Time // for spans, logs and what else stands in the table records
	Metrics time.Time
}

// DaySize is how much of the disk a project's UTC day takes. What arrived within the last minutes may not count yet.
type DaySize struct {
	Day time.Time // its start
	// Bytes of the files. A file that holds both counts as one of records: the store of an earlier version made such.
	RecordBytes, MetricBytes int64
}

// DayStats is what a store holds of a project's UTC day.
type DayStats struct {
	DaySize
	Records int64 // pending spans included
	Metrics int64 // data points
}

// Scratch is a small table in memory with the columns of records_all. It is used by one goroutine at a time.
type Scratch interface {
	// Load replaces the rows by these records. Each gets its index as lf_row.
	Load(ctx context.Context, batch *record.Batch) error
	// Query runs a statement over the loaded rows.
	Query(ctx context.Context, q *pgsql.Bound) (Rows, error)
	Close() error
}

// Column is a column of an answer.
type Column struct {
	Name    string
	Type    record.Type
	NotNull bool
}

// Rows is an answer, read once from front to back by one goroutine.
type Rows interface {
	// Columns returns the columns in order; known before the first Next.
	Columns() []Column
	// Next reads the next row into dst, which has one place per column, and reports false at the end or on an error.
	// The values are nil, bool, int64, uint64, float64, string (text, JSON text, times of day), time.Time (timestamps in UTC, dates
	// at midnight UTC), Interval, []any (lists) or map[string]any (structs, maps). The row's values stay valid.
	Next(dst []any) bool
	// Err returns the error that ended the rows, or nil.
	Err() error
	Close() error
}

// Interval is a span of calendar time.
type Interval struct {
	Months, Days int32
	Micros       int64
}
