package duckdb

import (
	"context"
	"fmt"
	"strings"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// scratch is a table of its own in an instance of its own. It implements store.Scratch.
type scratch struct {
	db     *database
	conn   *conn
	file   *dayFile // stands for the table; never on disk
	closed bool
}

// scratchTable is the name of the table, in the instance's own memory.
const scratchTable = "records"

// NewScratch implements store.Store.
func (s *Store) NewScratch(ctx context.Context) (store.Scratch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	db, err := s.openInstance(s.empty)
	if err != nil {
		return nil, fmt.Errorf("open scratch: %w", err)
	}
	c, err := db.connect()
	if err != nil {
		db.close()
		return nil, fmt.Errorf("open scratch: %w", err)
	}
	x := &scratch{db: db, conn: c, file: &dayFile{alias: "memory", columns: map[string][]string{}}}
	for _, column := range stored(record.RecordsTable) {
		x.file.columns[scratchTable] = append(x.file.columns[scratchTable], column.Name)
	}
	return x, nil
}

// Load implements store.Scratch.
func (x *scratch) Load(ctx context.Context, batch *record.Batch) error {
	rows := make([]row[record.Record], len(batch.Records))
	for i := range batch.Records {
		rows[i] = row[record.Record]{&batch.Records[i], batch.Arrived.UnixMicro()}
	}
	// A new table rather than DELETE: deleted rows would stay in memory, and row ids would go on counting.
	create := strings.Replace(createTable(x.file.table(scratchTable), stored(record.RecordsTable)), "CREATE TABLE", "CREATE OR REPLACE TABLE", 1)
	return x.conn.inTransaction(ctx, func() error {
		if err := x.conn.exec(ctx, create); err != nil {
			return err
		}
		return appendRows(x.conn, x.file, scratchTable, recordLayout, rows)
	})
}

// Query implements store.Scratch.
func (x *scratch) Query(ctx context.Context, q *pgsql.Bound) (store.Rows, error) {
	c, err := x.db.connect()
	if err != nil {
		return nil, err
	}
	rows, err := x.run(ctx, c, q)
	if err != nil {
		c.close()
		return nil, err
	}
	rows.onClose = func() error { c.close(); return nil }
	rows.bind(q)
	return rows, nil
}

func (x *scratch) run(ctx context.Context, c *conn, q *pgsql.Bound) (_ *rows, err error) {
	if err := c.begin(ctx, q.Timezone); err != nil {
		return nil, err
	}
	var picked picks
	text := func(q *pgsql.Bound) string {
		return q.SQL(func(source pgsql.Source) string { return scratchSource(source, x.file.table(scratchTable), picked) })
	}
	if q.Pick != nil {
		if picked, err = c.pick(ctx, text(q.Pick)); err != nil {
			return nil, err
		}
	}
	return c.query(ctx, text(q))
}

// Close implements store.Scratch.
func (x *scratch) Close() error {
	if x.closed {
		return nil
	}
	x.closed = true
	x.conn.close()
	x.db.close()
	return nil
}
