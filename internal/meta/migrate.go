package meta

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// provider returns what migrates a database. On PostgreSQL servers that start together do it one after the other.
func provider(db *sql.DB, e engine) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	// The registry is global state that another package might fill.
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if e == sqlite {
		return goose.NewProvider(goose.DialectSQLite3, db, files, options...)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, files, append(options, goose.WithSessionLocker(locker))...)
}

// migrate brings the schema up to date; beside others it only makes sure that it is.
func migrate(ctx context.Context, db *sql.DB, e engine, beside bool) error {
	provider, err := provider(db, e)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	switch {
	case current > target:
		return fmt.Errorf("schema version %d, this release knows %d: %w", current, target, ErrNewer)
	case current < target && beside:
		return fmt.Errorf("schema version %d, this release has %d: %w", current, target, ErrOlder)
	case beside:
		return nil
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate schema from version %d to %d: %w", current, target, err)
	}
	return nil
}
