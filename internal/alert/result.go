package alert

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// Question is what an alert asks at one of its times.
type Question struct {
	Project      string // id
	SQL          string
	From, To     time.Time // of the window: From <= t < To
	At           time.Time // of the run: what now() means
	Environments []string  // empty keeps all
}

// Asker answers questions; the server makes it of package query.
type Asker interface {
	// Ask calls columns once and then row for each row until there are no more, or MaxCounted; values are JSON. An error
	// that is no *QueryError is one of ours, or ctx's.
	Ask(ctx context.Context, q Question, columns func([]Column), row func([]json.RawMessage)) error
	// Check tells whether the statement can be asked at all, with a *QueryError if it cannot.
	Check(ctx context.Context, q Question) error
}

// QueryError says why a statement has no answer.
type QueryError struct {
	Text string // a sentence for people
	// Mistake says that the statement is wrong: it will not work the next time either. Otherwise it took too long, or the
	// server had too much to do.
	Mistake bool
	Cause   error
}

// Error returns the sentence.
func (e *QueryError) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *QueryError) Unwrap() error { return e.Cause }

// Column is a column of a result.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // as GET /v1/schemas spells it
}

// Bounds of results.
const (
	MaxCounted = 10_000 // rows beyond these are not counted

	keptRows  = 100
	keptBytes = 256 << 10
)

// Result is the answer to a Question: its first rows, how many there are, and what tells it from another one.
type Result struct {
	Columns []Column            `json:"columns"`
	Rows    [][]json.RawMessage `json:"rows"` // at most keptRows, fewer where they are large

	Total int    `json:"-"` // all rows, up to MaxCounted
	Print string `json:"-"` // the same for the same rows, in whichever order
}

// gather asks and keeps what is to be kept.
func gather(ctx context.Context, a Asker, q Question) (*Result, error) {
	r := &Result{Columns: []Column{}, Rows: [][]json.RawMessage{}}
	room := keptBytes
	var hashes [][sha256.Size]byte
	err := a.Ask(ctx, q, func(columns []Column) { r.Columns = columns }, func(row []json.RawMessage) {
		r.Total++
		text := bytes.Join(rawOf(row), []byte{0})
		hashes = append(hashes, sha256.Sum256(text))
		if room -= len(text); len(r.Rows) == keptRows || room < 0 {
			room = -1 // what is kept has no holes
			return
		}
		kept := make([]json.RawMessage, len(row))
		for i, value := range row {
			kept[i] = bytes.Clone(value)
		}
		r.Rows = append(r.Rows, kept)
	})
	if err != nil {
		return nil, err
	}
	r.Print = fingerprint(hashes)
	return r, nil
}

func rawOf(row []json.RawMessage) [][]byte {
	raw := make([][]byte, len(row))
	for i, value := range row {
		raw[i] = value
	}
	return raw
}

// fingerprint is of the rows as a set: a statement without ORDER BY gives them in another order each time.
func fingerprint(rows [][sha256.Size]byte) string {
	slices.SortFunc(rows, func(a, b [sha256.Size]byte) int { return bytes.Compare(a[:], b[:]) })
	sum := sha256.New()
	for _, row := range rows {
		sum.Write(row[:])
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}
