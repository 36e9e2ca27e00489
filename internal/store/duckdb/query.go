package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// Query implements store.Store.
func (s *Store) Query(ctx context.Context, project string, q *pgsql.Bound) (store.Rows, error) {
	rows, err := s.query(ctx, project, q, "")
	if err != nil {
		return nil, err
	}
	rows.bind(q)
	return rows, nil
}

// Explain implements store.Store. The plan of a statement that picks rows first is two plans.
func (s *Store) Explain(ctx context.Context, project string, q *pgsql.Bound) (string, error) {
	var plan strings.Builder
	if q.Pick != nil {
		if err := s.explain(ctx, project, q.Pick, &plan); err != nil {
			return "", err
		}
	}
	err := s.explain(ctx, project, q, &plan)
	return plan.String(), err
}

func (s *Store) explain(ctx context.Context, project string, q *pgsql.Bound, plan *strings.Builder) error {
	rows, err := s.query(ctx, project, q, "EXPLAIN ")
	if err != nil {
		return err
	}
	row := make([]any, len(rows.columns))
	for rows.Next(row) {
		fmt.Fprintln(plan, row[len(row)-1])
	}
	return errors.Join(rows.Err(), rows.Close())
}

// query runs a statement, after a prefix, in a session of its own.
func (s *Store) query(ctx context.Context, id string, q *pgsql.Bound, prefix string) (*rows, error) {
	p, err := s.project(id)
	if err != nil {
		return nil, err
	}
	if !p.exists() {
		p = s.empty
	}
	if !s.enter() {
		return nil, errClosed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(s.lifetime, func() { cancel(errClosed) })
	leave := func() { unhook(); cancel(nil); s.sessions.Done() }
	session, err := p.open()
	if err != nil {
		leave()
		return nil, err
	}
	session.conn.stuck = func() {
		s.log.Error("a statement ignores that it was cancelled and keeps its thread; restart Hearth if it does not end", "project", id)
	}
	rows, err := session.run(ctx, q, prefix)
	if err != nil {
		err = errors.Join(err, session.close())
		leave()
		s.metrics.queries.WithLabelValues("refused").Inc()
		return nil, err
	}
	s.metrics.queries.WithLabelValues("started").Inc()
	rows.onClose = func() error { defer leave(); return session.close() }
	return rows, nil
}

// enter counts a query in, unless the store is closed. Close waits for those that are in.
func (s *Store) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.sessions.Add(1)
	return true
}

// run starts a statement in a read-only transaction.
func (s *session) run(ctx context.Context, q *pgsql.Bound, prefix string) (*rows, error) {
	// All files are attached before the transaction begins, which could not do it.
	bound, err := s.bind(ctx, q)
	if err != nil {
		return nil, orCancelled(ctx, err)
	}
	if err := s.conn.begin(ctx, q.Timezone); err != nil {
		return nil, err
	}
	var picked picks
	if bound.pick != nil {
		if picked, err = s.conn.pick(ctx, bound.pick.text(nil)); err != nil {
			return nil, err
		}
	}
	return s.conn.query(ctx, prefix+bound.text(picked))
}

// begin starts a transaction that reads one snapshot of each file, with the statement's time zone.
func (c *conn) begin(ctx context.Context, timezone string) error {
	return c.exec(ctx, "SET TimeZone="+literal(timezone)+"; BEGIN TRANSACTION READ ONLY")
}

// boundStatement is a statement with the files that each of its sources reads.
type boundStatement struct {
	*pgsql.Bound
	pick  *boundStatement // nil without
	files [][]*dayFile    // of each source
}

// bind attaches the files that a statement reads.
func (s *session) bind(ctx context.Context, q *pgsql.Bound) (*boundStatement, error) {
	b := &boundStatement{Bound: q}
	if q.Pick != nil {
		pick, err := s.bind(ctx, q.Pick)
		if err != nil {
			return nil, err
		}
		b.pick = pick
	}
	for _, source := range q.Sources {
		if source.Picked {
			// Not by time again: a file may have come or gone since.
			b.files = append(b.files, b.pick.pickedFrom())
			continue
		}
		files, err := s.filesBetween(ctx, halfOf(source.Table), source.Min, source.Max)
		if err != nil {
			return nil, err
		}
		b.files = append(b.files, files)
	}
	return b, nil
}

// pickedFrom returns the files that the rows which a Pick finds may be in.
func (b *boundStatement) pickedFrom() []*dayFile {
	return b.files[slices.IndexFunc(b.Sources, func(s pgsql.Source) bool { return s.RowIDs })]
}

// text renders the statement.
func (b *boundStatement) text(picked picks) string {
	next := 0
	return b.SQL(func(source pgsql.Source) string {
		var parts []part
		for _, f := range b.files[next] {
			for i, table := range tablesOf(source.Table) {
				parts = append(parts, part{f.table(table), f.id()*2 + int64(i)})
			}
		}
		next++
		return union(source, parts, picked)
	})
}

// halfOf returns the half of a day that has the rows of a catalogue's table.
func halfOf(t *record.Table) half {
	if t == record.MetricsTable {
		return metricsHalf
	}
	return recordsHalf
}

// tablesOf returns the tables of a day file that hold the rows of a catalogue's table.
func tablesOf(t *record.Table) []string {
	switch t {
	case record.MetricsTable:
		return []string{metricsTable}
	case record.RecordsAllTable:
		return []string{recordsTable, pendingTable}
	default:
		return []string{recordsTable}
	}
}
