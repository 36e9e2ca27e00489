// Package pgsql is the question: Postgres-flavoured SQL over the tables of package record, parsed with PostgreSQL's
// own grammar, checked against an allow-list, scoped, rewritten where engines differ, and rendered for one engine.
//
// User SQL is untrusted. Nothing of the user's text reaches an engine: the engine's text is rendered from the checked
// tree. The package knows no engine's library and no storage: where a table is read, the rendered text has a hole that
// the store fills (Bound.SQL).
package pgsql

import (
	"strings"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// Dialect is the SQL that a statement is rendered in.
type Dialect uint8

// The dialects.
const (
	DuckDB Dialect = iota
)

// Options scope a statement from outside its text.
type Options struct {
	Dialect Dialect
	// MinTime and MaxTime bound each table's time column: MinTime < t (exclusive, as Logfire does), t < MaxTime. Zero is open.
	MinTime, MaxTime time.Time
	// Environments keeps rows whose deployment_environment is one of these; "" stands for rows without one. nil keeps all.
	Environments []string
	// Variables are what $name stands for.
	Variables Variables
	// Timezone is the IANA name of the session's time zone; empty is UTC.
	Timezone string
	// Limit is the most rows wanted; 0 is no limit. It bounds the answer together with the statement's own LIMIT.
	Limit int
	// Now is when the statement is compiled: what now() is at least. Zero is the current time. It only narrows
	// Source.Min; now() itself is the engine's.
	Now time.Time
	// At is what now(), current_date and their like mean, where the question is of another time than the present. Zero
	// leaves them to the engine.
	At time.Time
}

// Bound is a statement that is ready to run: checked, scoped, rendered. It is immutable and safe for concurrent use.
type Bound struct {
	Columns  []Output // the answer's columns, in order
	Sources  []Source // where the text reads tables; one for each hole
	Timezone string   // IANA name, never empty
	Limit    int      // the most rows to read, 0 for no limit
	// Pick, if not nil, finds the rows that the sources marked Picked want: its answer has the columns lf_file and
	// lf_row. The store runs it first, in the same snapshot, and reads nothing else of those sources. It is for a wide
	// statement that keeps few rows: in one statement, the engine decompresses wide columns of rows that nobody wants
	// (docs/format/day-files.md).
	Pick *Bound

	text []string // the text around the holes: len(Sources)+1
}

// Output is a column of the answer.
type Output struct {
	Name    string
	NotNull bool // by the catalogue; false when unknown
	JSON    bool // holds JSON, to be shown nested where the format can
}

// Source is one place where a statement reads a table.
type Source struct {
	Table    *record.Table
	Min, Max time.Time // rows outside (Min, Max) need not be read; zero is open
	// Columns are the columns that the statement reads, in the order of the catalogue, hidden ones too. Naming only
	// these saves the engine up to 0.35 ms of planning for each day.
	Columns []string
	// RowIDs asks for two more columns that together identify a row in the store: lf_file and lf_row, both integers.
	RowIDs bool
	// Picked says that only the rows that Bound.Pick finds are needed.
	Picked bool
}

// SQL renders the statement. fill returns the text that stands for a source after FROM: a table or a parenthesised
// subquery, without an alias, that has the Source.Columns, and those of Source.RowIDs, by their names. The tables that
// it reads must not have names that begin with lf_: those are the statement's common table expressions.
func (b *Bound) SQL(fill func(Source) string) string {
	var sb strings.Builder
	for i, source := range b.Sources {
		sb.WriteString(b.text[i])
		sb.WriteString(fill(source))
	}
	sb.WriteString(b.text[len(b.Sources)])
	return sb.String()
}

// Error says what is wrong with a statement. It is the user's mistake, never ours.
type Error struct {
	Position int    // 1-based offset in characters into the user's text; 0 when unknown
	Message  string // what is wrong
	Hint     string // what to write instead; may be empty
	Code     string // PostgreSQL's SQLSTATE, such as 42601; may be empty
}

// Error returns the message with its position and hint.
func (e *Error) Error() string {
	var sb strings.Builder
	sb.WriteString(e.Message)
	if e.Hint != "" {
		sb.WriteString(". ")
		sb.WriteString(e.Hint)
	}
	return sb.String()
}
