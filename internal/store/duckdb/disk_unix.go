//go:build unix

package duckdb

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/hearth-dev/hearth/internal/store"
)

// freeDisk returns how many bytes the file system of a directory has left for us.
func freeDisk(dir string) (uint64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, err
	}
	return fs.Bavail * uint64(fs.Bsize), nil
}

// lockDir keeps other stores away from a directory until the file is closed. DuckDB's own locks do not see a second
// instance in the same process, which would read stale data without a word.
func lockDir(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: another Hearth uses the data directory (%s is locked)", store.ErrUnavailable, path), file.Close())
	}
	return file, nil
}
