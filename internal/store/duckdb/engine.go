package duckdb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	engine "github.com/duckdb/duckdb-go-bindings"
)

// database is one DuckDB instance in memory, to which day files are attached.
type database struct {
	db engine.Database
}

// openDatabase starts an instance and runs the settings, each a SET statement, in order.
func openDatabase(settings []string) (*database, error) {
	var config engine.Config
	if engine.CreateConfig(&config) == engine.StateError {
		return nil, errors.New("create DuckDB configuration")
	}
	defer engine.DestroyConfig(&config)
	d := &database{}
	var message string
	if engine.OpenExt("", &d.db, config, &message) == engine.StateError {
		engine.Close(&d.db)
		return nil, engineError(message)
	}
	conn, err := d.connect()
	if err != nil {
		d.close()
		return nil, err
	}
	defer conn.close()
	for _, setting := range settings {
		if err := conn.exec(context.Background(), setting); err != nil {
			d.close()
			return nil, fmt.Errorf("apply setting %q: %w", setting, err)
		}
	}
	return d, nil
}

// close releases the instance. Every connection must be closed before.
func (d *database) close() { engine.Close(&d.db) }

func (d *database) connect() (*conn, error) {
	c := &conn{}
	if engine.Connect(d.db, &c.c) == engine.StateError {
		return nil, errors.New("connect to DuckDB instance")
	}
	return c, nil
}

// conn is a connection. It is used by one goroutine at a time.
type conn struct {
	c engine.Connection
	// stuck, if set, is called once when a statement has not stopped for stuckAfter although it was interrupted.
	stuck func()
}

func (c *conn) close() { engine.Disconnect(&c.c) }

// interruptEvery is how often an interrupt is repeated until the engine's call returns: the engine forgets an
// interrupt that comes just before a statement starts.
const interruptEvery = 20 * time.Millisecond

// stuckAfter is how long an interrupted statement may go on before it is reported. DuckDB looks for interrupts between
// vectors only; what one scalar function does is bounded by what pgsql lets through.
const stuckAfter = 30 * time.Second

// interruptOn interrupts whatever runs on the connection when ctx ends, until stop is called. stop returns after the
// last interrupt.
func (c *conn) interruptOn(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	done := make(chan struct{})
	ended := make(chan struct{})
	start := context.AfterFunc(ctx, func() {
		defer close(ended)
		ticker := time.NewTicker(interruptEvery)
		defer ticker.Stop()
		for n := 0; ; n++ {
			engine.Interrupt(c.c)
			if c.stuck != nil && n == int(stuckAfter/interruptEvery) {
				c.stuck()
			}
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	})
	return func() {
		close(done)
		if !start() {
			<-ended
		}
	}
}

// exec runs statements whose rows nobody wants.
func (c *conn) exec(ctx context.Context, sql string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer c.interruptOn(ctx)()
	var result engine.Result
	defer engine.DestroyResult(&result)
	if engine.Query(c.c, sql, &result) == engine.StateError {
		return orCancelled(ctx, engineError(engine.ResultError(&result)))
	}
	return nil
}

// query starts one statement and streams its rows. The caller closes the rows, and keeps ctx alive until then.
func (c *conn) query(ctx context.Context, sql string) (*rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	stop := c.interruptOn(ctx)
	var statement engine.PreparedStatement
	if engine.Prepare(c.c, sql, &statement) == engine.StateError {
		err := engineError(engine.PrepareError(statement))
		engine.DestroyPrepare(&statement)
		stop()
		return nil, orCancelled(ctx, err)
	}
	r := &rows{ctx: ctx, stop: stop, statement: statement}
	if engine.ExecutePreparedStreaming(statement, &r.result) == engine.StateError {
		err := engineError(engine.ResultError(&r.result))
		return nil, errors.Join(orCancelled(ctx, err), r.release())
	}
	if err := r.describe(); err != nil {
		return nil, errors.Join(err, r.release())
	}
	return r, nil
}

// queryAll runs one statement and calls fn with each row. The row is overwritten by the next.
func (c *conn) queryAll(ctx context.Context, sql string, fn func(row []any) error) (err error) {
	r, err := c.query(ctx, sql)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	row := make([]any, len(r.columns))
	for r.Next(row) {
		if err := fn(row); err != nil {
			return err
		}
	}
	return r.Err()
}

// inTransaction runs fn between BEGIN and COMMIT, or ROLLBACK when it fails.
func (c *conn) inTransaction(ctx context.Context, fn func() error) error {
	if err := c.exec(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	if err := fn(); err != nil {
		return errors.Join(err, c.exec(context.Background(), "ROLLBACK"))
	}
	if err := c.exec(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		// A commit that failed may have ended the transaction; rolling back nothing is an error that says nothing.
		_ = c.exec(context.Background(), "ROLLBACK")
		return err
	}
	return nil
}

// quote writes a name as an SQL identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// literal writes text as an SQL string.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
