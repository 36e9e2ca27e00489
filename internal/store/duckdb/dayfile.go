package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// Names of files in a project's directory.
const (
	daySuffix = ".duckdb"
	newSuffix = ".new" // a day file that is being made
)

// half says which rows of a day a file holds. All have the same tables; those of the other half are empty.
type half int

const (
	whole half = iota // everything, as files of earlier versions do; no new ones are made
	recordsHalf
	metricsHalf
	halves // how many there are
)

// halfNames stand between the day and the suffix in a file's name.
var halfNames = [halves]string{whole: "", recordsHalf: ".records", metricsHalf: ".metrics"}

// has tells whether a file of this half holds rows of another one.
func (h half) has(other half) bool { return h == whole || other == whole || h == other }

// place is where rows lie in a project.
type place struct {
	day  day
	half half
}

func (p place) String() string { return p.day.String() + halfNames[p.half] }

// dayFile is one project's rows of one UTC day, or half of them. Its fields are guarded by project.mu unless said otherwise.
type dayFile struct {
	project *project
	place
	alias string // name of the attached database; never used twice

	// writing is held by a transaction that writes and by a checkpoint: the engine refuses a checkpoint while one writes.
	// It is no field of project.mu, and may be held for a second.
	writing sync.Mutex

	attached bool
	retired  bool // deleted; goes away with its last user
	users    int

	// applied is the highest Seq in the file, known when attached. Written by Apply only.
	applied uint64
	columns map[string][]string // of each table, in the order on disk; known when attached
}

func (f *dayFile) path() string { return filepath.Join(f.project.dir, f.place.String()+daySuffix) }

// id is a number that no other file of the project has.
func (f *dayFile) id() int64 { return int64(f.day)*int64(halves) + int64(f.half) }

func (f *dayFile) table(name string) string { return f.alias + "." + name }

// attach opens the file, making it first if the day has none. project.mu is held: two must not attach one file.
func (f *dayFile) attach(ctx context.Context, c *conn) error {
	if f.attached {
		return nil
	}
	if _, err := os.Stat(f.path()); errors.Is(err, os.ErrNotExist) {
		if err := f.create(ctx, c); err != nil {
			return fmt.Errorf("create day file %s: %w", f.place, err)
		}
	}
	if err := c.exec(ctx, attachStatement(f.path(), f.alias)); err != nil {
		return fmt.Errorf("open day file %s: %w", f.place, err)
	}
	if err := f.open(ctx, c); err != nil {
		return errors.Join(fmt.Errorf("open day file %s: %w", f.place, err), c.exec(context.Background(), "DETACH "+f.alias))
	}
	f.attached = true
	return nil
}

// rowGroup is how many rows of a table are compressed together. DuckDB's own 122 880 made a checkpoint of LLM traffic
// hold hundreds of MB and write the same rows several times: 20 480 takes a third less CPU, a fifth less disk and
// 500 MB less memory there, and 4 % more disk for web traffic (bench/results/2026-11-23-row-groups.txt).
const rowGroup = 20_480

// attachStatement attaches a file without DuckDB's own write-ahead log: a commit stays in memory until a checkpoint
// writes it, rows and Seq together, and Hearth's log has the rest.
func attachStatement(path, alias string) string {
	return fmt.Sprintf("ATTACH %s AS %s (STORAGE_VERSION 'v1.5.0', ROW_GROUP_SIZE %d, RECOVERY_MODE no_wal_writes)", literal(path), alias, rowGroup)
}

// create makes the file complete under another name before it gets its own: a file with a day's name always has all
// tables, whenever the machine stops.
func (f *dayFile) create(ctx context.Context, c *conn) (err error) {
	if err := os.MkdirAll(f.project.dir, 0o700); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	path := f.path() + newSuffix
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	alias := f.alias + "_new"
	if err := c.exec(ctx, attachStatement(path, alias)); err != nil {
		return err
	}
	statements := []string{
		createTable(alias+"."+recordsTable, stored(record.RecordsTable)),
		createTable(alias+"."+pendingTable, stored(record.RecordsTable)),
		createTable(alias+"."+metricsTable, stored(record.MetricsTable)),
		createTable(alias+"."+requestsTable, requestColumns),
		fmt.Sprintf("CREATE TABLE %s.%s (seq UBIGINT)", alias, appliedTable),
		fmt.Sprintf("CREATE TABLE %s.%s (format INTEGER)", alias, metaTable),
		fmt.Sprintf("INSERT INTO %s.%s VALUES (%d)", alias, metaTable, formatVersion),
		"CHECKPOINT " + alias,
		"DETACH " + alias,
	}
	for i, statement := range statements {
		if err := c.exec(ctx, statement); err != nil {
			if i < len(statements)-1 {
				err = errors.Join(err, c.exec(context.Background(), "DETACH "+alias))
			}
			return err
		}
	}
	if err := os.Rename(path, f.path()); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return syncDir(f.project.dir)
}

// open reads what the file says of itself, and adds the columns that this version of Hearth has and the file has not.
func (f *dayFile) open(ctx context.Context, c *conn) error {
	format := int64(0)
	err := c.queryAll(ctx, fmt.Sprintf("SELECT format, (SELECT coalesce(max(seq), 0) FROM %s) FROM %s", f.table(appliedTable), f.table(metaTable)), func(row []any) error {
		format, f.applied = row[0].(int64), row[1].(uint64)
		return nil
	})
	if err != nil {
		return err
	}
	if format != formatVersion {
		return fmt.Errorf("%w: its format is %d, this version reads %d", store.ErrUnavailable, format, formatVersion)
	}
	if err := f.readColumns(ctx, c); err != nil {
		return err
	}
	for table, columns := range map[string][]record.Column{
		recordsTable: stored(record.RecordsTable), pendingTable: stored(record.RecordsTable), metricsTable: stored(record.MetricsTable),
	} {
		if err := f.addColumns(ctx, c, table, columns); err != nil {
			return err
		}
	}
	return nil
}

func (f *dayFile) readColumns(ctx context.Context, c *conn) error {
	f.columns = map[string][]string{}
	return c.queryAll(ctx, "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = "+literal(f.alias)+" ORDER BY table_name, column_index",
		func(row []any) error {
			table := row[0].(string)
			f.columns[table] = append(f.columns[table], row[1].(string))
			return nil
		})
}

func (f *dayFile) addColumns(ctx context.Context, c *conn, table string, columns []record.Column) error {
	has := map[string]bool{}
	for _, name := range f.columns[table] {
		has[strings.ToLower(name)] = true
	}
	for _, column := range columns {
		if has[strings.ToLower(column.Name)] {
			continue
		}
		if err := c.exec(ctx, fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s", f.table(table), columnDefinition(column))); err != nil {
			return fmt.Errorf("add column %s to %s: %w", column.Name, table, err)
		}
		f.columns[table] = append(f.columns[table], column.Name)
	}
	return nil
}

// syncDir makes names in a directory durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return nil
}

// parsePlace reads from a day file's name what it holds.
func parsePlace(name string) (place, bool) {
	date, ok := strings.CutSuffix(name, daySuffix)
	if !ok {
		return place{}, false
	}
	date, rest := date[:min(len(date), len(time.DateOnly))], date[min(len(date), len(time.DateOnly)):]
	h := slices.Index(halfNames[:], rest)
	t, err := time.Parse(time.DateOnly, date)
	if err != nil || h < 0 {
		return place{}, false
	}
	return place{dayOf(t.UnixNano()), half(h)}, true
}
