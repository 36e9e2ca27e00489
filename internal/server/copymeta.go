package server

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/hearth-dev/hearth/internal/meta"
)

// CopyMeta copies what people made from the file in a data folder into a database of PostgreSQL, which must be empty, for a
// server that is to run with Config.MetaDSN from then on. No server may use the folder meanwhile. It returns how many rows
// were copied.
func CopyMeta(ctx context.Context, dataDir, dsn string) (rows int, err error) {
	config, err := Config{DataDir: dataDir}.withDefaults()
	if err != nil {
		return 0, err
	}
	if !isPostgres(dsn) {
		return 0, errors.New("the database must be named as postgres://USER:PASSWORD@HOST/DATABASE")
	}
	lock, err := lockFolder(config.DataDir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	if _, err := os.Stat(config.metaPlace()); err != nil {
		return 0, fmt.Errorf("data folder: %w", err)
	}
	return meta.Copy(ctx, config.metaPlace(), dsn)
}
