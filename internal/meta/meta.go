// Package meta keeps people and what they made: users, organisations, projects, tokens, dashboards, searches, channels, alerts with
// their history, and a log of who did what. Records are elsewhere, in package store.
//
// It is one SQLite file, or a database of PostgreSQL that several servers may share. The statements are plain SQL over
// database/sql that both engines take; what differs is in engine.go. In SQLite all writes go through one connection, so
// that they queue here instead of failing with "database is locked"; reads have connections of their own and never wait
// for a write. In PostgreSQL transactions are serializable, and are done again when the server asks for that.
package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// Names that exist from the first open on.
const (
	LocalOrganization = "local"
	DefaultProject    = "default"
)

// The project of what the server tells of itself, as ServerProject makes it. Its id is the same everywhere, so that it is
// told from a project of that name that somebody made.
const (
	ServerProjectName = "hearth"
	ServerProjectID   = "00000000-0000-8000-8000-686561727468"
)

// Errors that callers decide by.
var (
	// ErrNotFound means that no such thing exists.
	ErrNotFound = errors.New("not found")
	// ErrExists means that the name is taken.
	ErrExists = errors.New("already exists")
	// ErrNewer means that a newer release wrote the database, so that this one must not touch it.
	ErrNewer = errors.New("the database was written by a newer release")
	// ErrOlder means that an older release wrote the database, so that one of its servers may be running with it.
	ErrOlder = errors.New("the database was written by an older release: start the server with this one first")
)

// InvalidError says what is wrong with a value that a person chose.
type InvalidError struct {
	Field string // the value's name on the wire, such as project_name
	Msg   string // what is wrong, to be shown as it is
}

// Error returns the field and what is wrong with it.
func (e *InvalidError) Error() string { return e.Field + ": " + e.Msg }

// Options are the settings of a DB. The zero value works.
type Options struct {
	Now    func() time.Time // nil is time.Now
	Logger *slog.Logger     // nil discards
	// MinFrequency is how often an alert may run at most. 0 is a minute.
	MinFrequency time.Duration
	// Beside opens a database that a running server may have open: its schema stays as it is.
	Beside bool
}

// DB is the store of what people made. It is safe for concurrent use.
type DB struct {
	engine engine
	write  *sql.DB // one connection, for SQLite
	read   *sql.DB
	now    func() time.Time
	log    *slog.Logger

	minFrequency time.Duration // of alerts

	organization Organization // local
	project      Project      // default; neither is ever renamed

	tokens tokenCache
	uses   usesWriter

	closeOnce sync.Once
	closeErr  error
}

// Open opens the database at a place and brings its schema up to date. The place is the path of a SQLite file, which is
// created when it is absent in a folder that exists, or a URL that begins with postgres:// or postgresql://, of a
// database that exists. ErrNewer means that the schema is newer than this code; ErrOlder, with Options.Beside, that it is older.
func Open(ctx context.Context, place string, o Options) (_ *DB, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.MinFrequency == 0 {
		o.MinFrequency = time.Minute
	}
	db := &DB{now: o.Now, log: o.Logger, minFrequency: o.MinFrequency}
	name, err := db.open(place)
	if err != nil {
		return nil, fmt.Errorf("meta database %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("meta database %s: %w", name, err), db.closePools())
		}
	}()
	if err := migrate(ctx, db.write, db.engine, o.Beside); err != nil {
		return nil, err
	}
	if err := db.ensureDefaults(ctx); err != nil {
		return nil, err
	}
	db.tokens.shared = db.engine == postgres
	db.uses.start(db)
	return db, nil
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return fmt.Errorf("meta database: %w", err)
	}
	return nil
}

// Close writes what is pending and closes the connections. Close twice is fine.
func (db *DB) Close() error {
	db.closeOnce.Do(func() {
		db.uses.stop()
		db.closeErr = db.closePools()
	})
	return db.closeErr
}

func (db *DB) closePools() error {
	if db.read == db.write {
		return db.write.Close()
	}
	return errors.Join(db.read.Close(), db.write.Close())
}

// A transaction is tried maxAttempts times, with random pauses between, so that those that run at the same time do not meet again.
const (
	maxAttempts = 20
	firstPause  = 2 * time.Millisecond // at most; the next ones may be twice as long each, up to maxPause
	maxPause    = 100 * time.Millisecond
)

// inTx runs fn in a transaction, which sees the database as if it were alone. Fn may run more than once: what it did
// before the last time is undone.
func (db *DB) inTx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := db.tryTx(ctx, fn)
		if err == nil || attempt == maxAttempts || !conflict(err) {
			return err
		}
		select {
		case <-time.After(rand.N(pause)):
		case <-ctx.Done():
			return err
		}
		pause = min(2*pause, maxPause)
	}
}

func (db *DB) tryTx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, &sql.TxOptions{Isolation: db.engine.isolation()})
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) { // a cancelled ctx has rolled back already
			err = errors.Join(err, undo)
		}
		return err
	}
	return tx.Commit()
}

// Times are stored as Unix microseconds, NULL for the zero time.

func micros(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}

func timeOf(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}

// timestamp is now, as precise as it is stored.
func (db *DB) timestamp() time.Time { return db.now().UTC().Truncate(time.Microsecond) }
