package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	engine "github.com/duckdb/duckdb-go-bindings"

	"github.com/hearth-dev/hearth/internal/record"
)

// portion is what one day file gets of an Apply.
type portion struct {
	file     *dayFile
	first    uint64 // Seq of the first batch that has rows here
	last     uint64
	records  []row[record.Record]
	pending  []row[record.Record]
	metrics  []row[record.Metric]
	requests []row[record.Batch]
	bytes    int64
}

func (p *portion) rows() int { return len(p.records) + len(p.pending) + len(p.metrics) }

// Apply implements store.Store.
func (s *Store) Apply(ctx context.Context, batches []*record.Batch) error {
	s.applying.Lock()
	defer s.applying.Unlock()
	var projects []string
	byProject := map[string][]*record.Batch{}
	last := uint64(0)
	for _, b := range batches {
		if b.Seq <= last {
			return fmt.Errorf("apply batch %d after batch %d: not in ascending order", b.Seq, last)
		}
		last = b.Seq
		if byProject[b.Project] == nil {
			projects = append(projects, b.Project)
		}
		byProject[b.Project] = append(byProject[b.Project], b)
	}
	for _, id := range projects {
		if err := s.applyProject(ctx, id, byProject[id]); err != nil {
			return fmt.Errorf("apply to project %s: %w", id, unavailable(ctx, err))
		}
	}
	s.ledger.completed(last)
	return nil
}

func (s *Store) applyProject(ctx context.Context, id string, batches []*record.Batch) (err error) {
	p, err := s.project(id)
	if err != nil || p.isDropped() { // nobody drops it meanwhile: s.applying is held
		return err
	}
	session, err := p.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.close()) }()
	portions, err := split(ctx, session, batches)
	if err != nil {
		return err
	}
	for _, portion := range portions {
		if err := s.makeRoom(ctx, portion.file); err != nil {
			return err
		}
		if err := portion.write(ctx, session.conn); err != nil {
			return fmt.Errorf("write day %s: %w", portion.file.place, err)
		}
		s.wrote(portion)
	}
	return nil
}

// wrote books a portion that was committed.
func (s *Store) wrote(p *portion) {
	p.file.applied = p.last
	s.metrics.applied.Add(float64(p.rows()))
	p.file.project.mu.Lock()
	defer p.file.project.mu.Unlock()
	if p.file.retired {
		return // deleted while it was written; nothing of it will ever be saved
	}
	s.ledger.wrote(p.file, p.first, p.rows(), p.bytes, s.options.now())
	if u, _ := s.ledger.pending(p.file); full(u) {
		s.wakeKeeper()
	}
}

// split sorts the rows of batches by day, leaving out what the day files already have.
func split(ctx context.Context, session *session, batches []*record.Batch) ([]*portion, error) {
	portions, found := map[*dayFile]*portion{}, map[place]*portion{}
	// of returns the portion of a time, or nil if its file has the batch already.
	of := func(b *record.Batch, h half, nano int64) (*portion, error) {
		at := place{dayOf(nano), h}
		p := found[at]
		if p == nil {
			file, err := session.file(ctx, at)
			if err != nil {
				return nil, err
			}
			if p = portions[file]; p == nil {
				p = &portion{file: file}
				portions[file] = p
			}
			found[at] = p
		}
		if b.Seq <= p.file.applied {
			return nil, nil
		}
		if p.first == 0 {
			p.first = b.Seq
		}
		p.last = b.Seq
		return p, nil
	}
	for _, b := range batches {
		if err := splitBatch(b, of); err != nil {
			return nil, err
		}
	}
	var ordered []*portion
	for _, p := range portions {
		if p.last != 0 {
			ordered = append(ordered, p)
		}
	}
	slices.SortFunc(ordered, func(a, b *portion) int { return byPlace(a.file, b.file) })
	return ordered, nil
}

func splitBatch(b *record.Batch, of func(*record.Batch, half, int64) (*portion, error)) error {
	arrived := b.Arrived.UnixMicro()
	for i := range b.Records {
		r := &b.Records[i]
		p, err := of(b, recordsHalf, r.StartNano)
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		p.bytes += int64(rowOverhead + recordLayout.bytes(r))
		if r.Kind == record.KindPendingSpan {
			p.pending = append(p.pending, row[record.Record]{r, arrived})
		} else {
			p.records = append(p.records, row[record.Record]{r, arrived})
		}
	}
	for i := range b.Metrics {
		m := &b.Metrics[i]
		p, err := of(b, metricsHalf, m.RecordedNano)
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		p.bytes += int64(rowOverhead + metricLayout.bytes(m))
		p.metrics = append(p.metrics, row[record.Metric]{m, arrived})
		if n := len(p.requests); n == 0 || p.requests[n-1].of != b {
			p.requests = append(p.requests, row[record.Batch]{b, arrived})
		}
	}
	return nil
}

// rowOverhead is about what a row takes in the engine's memory beside its large texts.
const rowOverhead = 600

// write commits the portion, rows and Seq together.
func (p *portion) write(ctx context.Context, c *conn) error {
	f := p.file
	f.writing.Lock()
	defer f.writing.Unlock()
	return c.inTransaction(ctx, func() error {
		if err := appendRows(c, f, recordsTable, recordLayout, p.records); err != nil {
			return err
		}
		if err := appendRows(c, f, pendingTable, recordLayout, p.pending); err != nil {
			return err
		}
		if err := appendRows(c, f, metricsTable, metricLayout, p.metrics); err != nil {
			return err
		}
		if err := appendRows(c, f, requestsTable, requestLayout, p.requests); err != nil {
			return err
		}
		// A row more instead of an UPDATE: the engine keeps a transaction that updated, and so refuses checkpoints, as
		// long as a reader runs that is older.
		return c.exec(ctx, fmt.Sprintf("INSERT INTO %s VALUES (%d)", f.table(appliedTable), p.last))
	})
}

// appendRows appends rows to one table inside the connection's transaction.
func appendRows[T any](c *conn, f *dayFile, table string, layout *layout[T], rows []row[T]) (err error) {
	if len(rows) == 0 {
		return nil
	}
	var appender engine.Appender
	defer func() { engine.AppenderDestroy(&appender) }()
	if engine.AppenderCreateExt(c.c, f.alias, "main", table, &appender) == engine.StateError {
		return fmt.Errorf("append to %s: %w", table, appenderError(appender))
	}
	chunk := newChunk(appender)
	defer chunk.close()
	plan := layout.planFor(f.columns[table])
	for len(rows) > 0 {
		n := plan.take(rows)
		if err := plan.fill(chunk, rows[:n]); err != nil {
			return fmt.Errorf("append to %s: %w", table, err)
		}
		if err := chunk.appendTo(appender, n); err != nil {
			return fmt.Errorf("append to %s: %w", table, err)
		}
		rows = rows[n:]
	}
	if engine.AppenderFlush(appender) == engine.StateError {
		err := appenderError(appender)
		engine.AppenderClear(appender) // or destroying it would try again
		return fmt.Errorf("append to %s: %w", table, err)
	}
	return nil
}
