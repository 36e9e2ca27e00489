package duckdb

import (
	"context"
	"errors"
	"fmt"
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

// Explain implements store.Store.
func (s *Store) Explain(ctx context.Context, project string, q *pgsql.Bound) (string, error) {
	rows, err := s.query(ctx, project, q, "EXPLAIN ")
	if err != nil {
		return "", err
	}
	var plan strings.Builder
	row := make([]any, len(rows.columns))
	for rows.Next(row) {
		fmt.Fprintln(&plan, row[len(row)-1])
	}
	return plan.String(), errors.Join(rows.Err(), rows.Close())
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
	var err error
	text := q.SQL(func(source pgsql.Source) string {
		files, fileErr := s.filesBetween(ctx, source.Min, source.Max)
		err = errors.Join(err, fileErr)
		return fill(source, files)
	})
	if err != nil {
		return nil, orCancelled(ctx, err)
	}
	if err := s.conn.exec(ctx, "SET TimeZone="+literal(q.Timezone)+"; BEGIN TRANSACTION READ ONLY"); err != nil {
		return nil, err
	}
	return s.conn.query(ctx, prefix+text)
}

// part is one table of one file that a source reads.
type part struct {
	table string // as it stands after FROM
	id    int64  // lf_file
}

// fill returns the text that stands for a source: the day files' tables, one after the other.
func fill(source pgsql.Source, files []*dayFile) string {
	var parts []part
	for _, f := range files {
		for i, table := range tablesOf(source.Table) {
			parts = append(parts, part{f.table(table), int64(f.day)*2 + int64(i)})
		}
	}
	return union(source, parts)
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

func union(source pgsql.Source, parts []part) string {
	if len(parts) == 0 {
		return emptySource(source)
	}
	columns := selectList(source.Table)
	var sb strings.Builder
	sb.WriteString("(")
	for i, p := range parts {
		if i > 0 {
			sb.WriteString(" UNION ALL ")
		}
		sb.WriteString("SELECT " + columns)
		if source.RowIDs {
			fmt.Fprintf(&sb, ", %d::BIGINT AS lf_file, rowid AS lf_row", p.id)
		}
		sb.WriteString(" FROM " + p.table)
		if source.Only != "" {
			fmt.Fprintf(&sb, " WHERE rowid IN (SELECT lf_row FROM %s WHERE lf_file = %d)", quote(source.Only), p.id)
		}
	}
	sb.WriteString(")")
	return sb.String()
}

// selectList lists the columns of a table by name: files that were made by other versions have them in other orders.
func selectList(t *record.Table) string {
	names := make([]string, 0, len(t.Columns))
	for _, c := range t.Columns {
		if computed(t, c.Name) {
			names = append(names, metricValue()+" AS "+quote(c.Name))
		} else {
			names = append(names, quote(c.Name))
		}
	}
	return strings.Join(names, ", ")
}

// emptySource has the columns and types of a source, and no rows.
func emptySource(source pgsql.Source) string {
	names := make([]string, 0, len(source.Table.Columns))
	for _, c := range stored(source.Table) {
		names = append(names, fmt.Sprintf("NULL::%s AS %s", sqlType(c.Type), quote(c.Name)))
	}
	inner := "SELECT " + strings.Join(names, ", ") + " WHERE false"
	ids := ""
	if source.RowIDs {
		ids = ", NULL::BIGINT AS lf_file, NULL::BIGINT AS lf_row"
	}
	return "(SELECT " + selectList(source.Table) + ids + " FROM (" + inner + "))"
}
