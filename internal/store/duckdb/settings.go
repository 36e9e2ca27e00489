package duckdb

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/hearth-dev/hearth/internal/pgsql"
)

// settings returns the statements that turn a fresh instance into a project's: what statements mean, what they may
// use, and at last the lock. The order matters: after the lock only the time zone and the memory limit can change.
func (s *Store) settings(p *project) []string {
	statements := append([]string{}, dialectSettings...)
	statements = append(statements, pgsql.Prelude(pgsql.DuckDB)...)
	statements = append(statements,
		"SET memory_limit="+literal(s.memoryShare(s.open.Load()+1)),
		"SET threads="+strconv.Itoa(s.options.Threads),
		// Gives memory back to the system: without it a query that took 8 GB left the process at 3 GB for ever.
		"SET allocator_background_threads=true",
		// We checkpoint ourselves: by default every commit above 100 kB is a synchronous checkpoint, which costs twice
		// the CPU and fragments the file (day-files.md, "Checkpoints").
		"SET checkpoint_threshold='1TB'",
		"SET auto_checkpoint_skip_wal_threshold=1000000000000",
	)
	if p.dir == "" {
		statements = append(statements, "SET temp_directory=''")
	} else {
		statements = append(statements,
			"SET temp_directory="+literal(p.tempDir()),
			"SET max_temp_directory_size='"+strconv.FormatInt(s.options.TempLimit, 10)+"B'",
			// Day files are attached when they are needed. This also allows writing there; that no statement does is
			// pgsql's promise, and the transaction of a query is read-only.
			"SET allowed_directories=["+literal(p.dir)+"]",
		)
	}
	return append(statements, lockSettings...)
}

// minMemory is the least that an instance gets; a query over compressed wide rows needs about as much.
const minMemory = 256 << 20

// memoryShare returns the memory limit of one of n open instances, as a setting.
func (s *Store) memoryShare(n int64) string {
	return strconv.FormatInt(max(minMemory, s.options.MemoryLimit/max(1, n)), 10) + "B"
}

// dialectSettings make DuckDB mean what Postgres and Logfire mean.
var dialectSettings = []string{
	"SET GLOBAL TimeZone='UTC'",
	// Wide ORDER BY … LIMIT n fetches the rows after it has found them: 0.05 s against 0.40 s.
	"SET GLOBAL late_materialization_max_rows=10000",
}

var lockSettings = []string{
	"SET autoinstall_known_extensions=false",
	"SET autoload_known_extensions=false",
	"SET allow_community_extensions=false",
	"SET allow_persistent_secrets=false",
	"SET enable_external_access=false",
	"SET allowed_configs=['TimeZone', 'memory_limit']",
	"SET lock_configuration=true",
}

// defaultMemoryLimit returns 40 % of the memory that DuckDB sees, which minds control groups: its own default is 80 %.
func defaultMemoryLimit() (int64, error) {
	db, err := openDatabase(nil)
	if err != nil {
		return 0, err
	}
	defer db.close()
	c, err := db.connect()
	if err != nil {
		return 0, err
	}
	defer c.close()
	var limit int64
	err = c.queryAll(context.Background(), "SELECT current_setting('memory_limit')", func(row []any) error {
		limit, err = parseSize(row[0].(string))
		return err
	})
	return limit / 2, err
}

// parseSize reads a size as DuckDB prints it, such as 18.8 GiB.
func parseSize(text string) (int64, error) {
	number, unit, _ := strings.Cut(text, " ")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("size %q: %w", text, err)
	}
	for i, name := range []string{"bytes", "KiB", "MiB", "GiB", "TiB"} {
		if unit == name {
			return int64(n * float64(int64(1)<<(10*i))), nil
		}
	}
	return 0, fmt.Errorf("size %q has an unknown unit", text)
}
