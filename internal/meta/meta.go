// Package meta keeps what people made: organisations, projects, tokens, dashboards, searches, channels, and alerts with
// their history. Records are elsewhere, in package store.
//
// It is one SQLite file in WAL mode. All writes go through one connection, so that they queue here instead of failing
// with "database is locked"; reads have connections of their own and never wait for a write. The statements are plain
// SQL over database/sql, so that another engine needs another Open, not another package.
package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
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
	// ErrNewer means that a newer release wrote the file, so that this one must not touch it.
	ErrNewer = errors.New("the database was written by a newer release")
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
}

// DB is the store of what people made. It is safe for concurrent use.
type DB struct {
	write *sql.DB // one connection
	read  *sql.DB
	now   func() time.Time
	log   *slog.Logger

	minFrequency time.Duration // of alerts

	organization Organization // local
	project      Project      // default; neither is ever renamed

	tokens tokenCache
	uses   usesWriter

	closeOnce sync.Once
	closeErr  error
}

// readers is how many reads run at a time. They take tens of microseconds each.
const readers = 4

// Open opens the database in the file path, which is created when it is absent, and brings its schema up to date. The
// folder must exist. ErrNewer means that the schema is newer than this code.
func Open(ctx context.Context, path string, o Options) (_ *DB, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("meta database: %w", err)
	}
	if err := createPrivate(path); err != nil {
		return nil, fmt.Errorf("meta database: %w", err)
	}
	if o.MinFrequency == 0 {
		o.MinFrequency = time.Minute
	}
	db := &DB{now: o.Now, log: o.Logger, minFrequency: o.MinFrequency}
	db.tokens.init()
	if db.write, err = open(path, 1); err != nil {
		return nil, fmt.Errorf("meta database %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("meta database %s: %w", path, err), db.closeFiles())
		}
	}()
	if err := migrate(ctx, db.write); err != nil {
		return nil, err
	}
	if err := db.ensureDefaults(ctx); err != nil {
		return nil, err
	}
	if db.read, err = open(path, readers); err != nil {
		return nil, err
	}
	db.uses.start(db)
	return db, nil
}

// createPrivate makes the file readable by its owner alone before SQLite creates it for everyone. SQLite gives the
// files beside it the same permissions.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// open returns a pool of at most n connections. Transactions take the write lock when they begin, because one that
// took it half-way could fail without a retry.
func open(path string, n int) (*sql.DB, error) {
	query := url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"},
		"_txlock": {"immediate"},
	}
	dsn := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
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

// Close writes what is pending and closes the file. Close twice is fine.
func (db *DB) Close() error {
	db.closeOnce.Do(func() {
		db.uses.stop()
		db.closeErr = db.closeFiles()
	})
	return db.closeErr
}

func (db *DB) closeFiles() error {
	var errs []error
	for _, c := range []io.Closer{closer(db.read), closer(db.write)} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// closer keeps a nil pool from becoming an interface that is not nil.
func closer(db *sql.DB) io.Closer {
	if db == nil {
		return nil
	}
	return db
}

// inTx runs fn in a transaction of the one writer.
func (db *DB) inTx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
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
