package duckdb

import (
	"context"
	"fmt"

	engine "github.com/duckdb/duckdb-go-bindings"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// rows is a streaming answer of the engine. It implements store.Rows.
type rows struct {
	ctx       context.Context // of the query; lives no longer than the rows
	stop      func()          // ends the watch over ctx
	onClose   func() error    // gives back what the query held; may be nil
	statement engine.PreparedStatement
	result    engine.Result

	columns  []store.Column
	decoders []decoder
	limit    int // rows that may still be read; negative is no limit

	chunk   engine.DataChunk
	vectors []vector
	next    int // index in chunk
	size    int // of chunk
	err     error
	closed  bool
}

// describe reads the answer's columns.
func (r *rows) describe() error {
	r.limit = -1
	n := int(engine.ColumnCount(&r.result))
	r.columns = make([]store.Column, n)
	r.decoders = make([]decoder, n)
	r.vectors = make([]vector, n)
	for i := range n {
		name := engine.ColumnName(&r.result, engine.IdxT(i))
		t := engine.ColumnLogicalType(&r.result, engine.IdxT(i))
		d, err := newDecoder(t)
		engine.DestroyLogicalType(&t)
		if err != nil {
			return fmt.Errorf("%w: column %q: %w", store.ErrInvalid, name, err)
		}
		r.columns[i] = store.Column{Name: name, Type: d.typ}
		r.decoders[i] = d
	}
	return nil
}

// Columns implements store.Rows.
func (r *rows) Columns() []store.Column { return r.columns }

// Next implements store.Rows.
func (r *rows) Next(dst []any) bool {
	if r.err != nil || r.closed || r.limit == 0 {
		return false
	}
	if r.next == r.size && !r.fetch() {
		return false
	}
	for i := range r.decoders {
		dst[i] = r.decoders[i].value(&r.vectors[i], r.next)
	}
	r.next++
	if r.limit > 0 {
		r.limit--
	}
	return true
}

// fetch gets the next chunk that has rows and reports whether there was one.
func (r *rows) fetch() bool {
	for {
		engine.DestroyDataChunk(&r.chunk)
		if r.err = r.ctx.Err(); r.err != nil {
			return false
		}
		r.chunk = engine.FetchChunk(r.result)
		if r.chunk.Ptr == nil {
			if message := engine.ResultError(&r.result); message != "" {
				r.err = orCancelled(r.ctx, engineError(message))
			}
			return false
		}
		r.next, r.size = 0, int(engine.DataChunkGetSize(r.chunk))
		if r.size > 0 {
			for i := range r.vectors {
				r.vectors[i].load(engine.DataChunkGetVector(r.chunk, engine.IdxT(i)), &r.decoders[i])
			}
			return true
		}
	}
}

// Err implements store.Rows.
func (r *rows) Err() error { return r.err }

// Close implements store.Rows.
func (r *rows) Close() error {
	if r.closed {
		return nil
	}
	return r.release()
}

func (r *rows) release() error {
	r.closed = true
	engine.DestroyDataChunk(&r.chunk)
	engine.DestroyResult(&r.result)
	engine.DestroyPrepare(&r.statement)
	r.stop()
	if r.onClose != nil {
		return r.onClose()
	}
	return nil
}

// bind takes over what a statement says of its answer beyond the engine's types.
func (r *rows) bind(q *pgsql.Bound) {
	if q.Limit > 0 {
		r.limit = q.Limit
	}
	for i, output := range q.Columns[:min(len(q.Columns), len(r.columns))] {
		c := &r.columns[i]
		c.Name, c.NotNull = output.Name, output.NotNull
		if output.JSON && c.Type.Kind == record.TypeText {
			c.Type = record.JSONType
		}
	}
}
