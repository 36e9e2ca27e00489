//go:build !unix

package duckdb

import (
	"fmt"
	"math"
	"os"
)

// freeDisk does not know here: a full disk shows itself when a checkpoint fails.
func freeDisk(string) (uint64, error) { return math.MaxUint64, nil }

// lockDir only opens the file: DuckDB locks the day files against other processes.
func lockDir(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	return file, nil
}
