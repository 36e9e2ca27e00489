package meta

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// engine is what keeps the database.
type engine int

const (
	sqlite engine = iota
	postgres
)

const (
	// sqliteReaders is how many reads of a file run at a time. They take tens of microseconds each.
	sqliteReaders = 4
	// postgresConnections is how many connections one server opens at most.
	postgresConnections = 8
)

// open opens the pools of a place, and returns a name of it to be shown: without its password.
func (db *DB) open(place string) (name string, err error) {
	if strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://") {
		db.engine = postgres
		return db.openPostgres(place)
	}
	db.engine = sqlite
	if place, err = filepath.Abs(place); err != nil {
		return place, err
	}
	if err := createPrivate(place); err != nil {
		return place, err
	}
	if db.write, err = openSQLite(place, 1); err != nil {
		return place, err
	}
	if db.read, err = openSQLite(place, sqliteReaders); err != nil {
		return place, errors.Join(err, db.write.Close())
	}
	return place, nil
}

func (db *DB) openPostgres(place string) (name string, err error) {
	config, err := pgx.ParseConfig(place) // its errors do not hold the password
	if err != nil {
		return "of PostgreSQL", err
	}
	db.write = stdlib.OpenDB(*config)
	db.write.SetMaxOpenConns(postgresConnections)
	db.write.SetMaxIdleConns(postgresConnections)
	db.read = db.write
	return config.Host + "/" + config.Database, nil
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

// openSQLite returns a pool of at most n connections. Transactions take the write lock when they begin, because one that
// took it half-way could fail without a retry.
func openSQLite(path string, n int) (*sql.DB, error) {
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

// isolation is that of transactions. One writer at a time is serializable.
func (e engine) isolation() sql.IsolationLevel {
	if e == postgres {
		return sql.LevelSerializable
	}
	return sql.LevelDefault
}

// What PostgreSQL says to a transaction that is to be done again (documentation, appendix A).
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
)

// conflict tells whether a transaction failed because of others that ran at the same time.
func conflict(err error) bool {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (refused.Code == serializationFailure || refused.Code == deadlockDetected)
}
