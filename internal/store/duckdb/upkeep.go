package duckdb

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// Identities implements store.Store.
func (s *Store) Identities(ctx context.Context, since time.Time, fn func(project string, id store.Identity)) error {
	projects, err := s.all()
	if err != nil {
		return err
	}
	for _, p := range projects {
		if err := s.identities(ctx, p, since, fn); err != nil {
			return fmt.Errorf("read identities of project %s: %w", p.id, err)
		}
	}
	return nil
}

func (s *Store) identities(ctx context.Context, p *project, since time.Time, fn func(project string, id store.Identity)) (err error) {
	changed := p.changedSince(since, s.ledger)
	if len(changed) == 0 {
		return nil
	}
	session, err := p.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.close()) }()
	for _, d := range changed {
		f, err := session.file(ctx, d)
		if err != nil {
			return err
		}
		if err := f.identities(ctx, session.conn, since, func(id store.Identity) { fn(p.id, id) }); err != nil {
			return fmt.Errorf("day %s: %w", d, err)
		}
	}
	return nil
}

// changedSince returns the days that may hold rows that arrived at or after a moment: a file that was not written
// since cannot.
func (p *project) changedSince(since time.Time, ledger *ledger) []day {
	p.mu.Lock()
	defer p.mu.Unlock()
	var days []day
	for d, f := range p.days {
		info, err := os.Stat(f.path())
		_, dirty := ledger.pending(f)
		if dirty || err != nil || !info.ModTime().Before(since) {
			days = append(days, d)
		}
	}
	return days
}

func (f *dayFile) identities(ctx context.Context, c *conn, since time.Time, fn func(store.Identity)) error {
	arrived := fmt.Sprintf("created_at >= make_timestamptz(%d)", since.UnixMicro())
	for _, table := range []string{recordsTable, pendingTable} {
		err := c.queryAll(ctx, fmt.Sprintf("SELECT trace_id, span_id, kind, created_at FROM %s WHERE %s", f.table(table), arrived), func(row []any) error {
			kind, err := parseKind(row[2].(string))
			if err != nil {
				return err
			}
			fn(store.Identity{TraceID: row[0].(string), SpanID: row[1].(string), Kind: kind, Arrived: row[3].(time.Time)})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return c.queryAll(ctx, fmt.Sprintf("SELECT digest, created_at FROM %s WHERE %s", f.table(requestsTable), arrived), func(row []any) error {
		digest, err := parseDigest(row[0].(string))
		if err != nil {
			return err
		}
		fn(store.Identity{Digest: digest, Arrived: row[1].(time.Time)})
		return nil
	})
}

func parseKind(name string) (record.Kind, error) {
	for kind := record.KindSpan; kind <= record.KindAnnotation; kind++ {
		if kind.String() == name {
			return kind, nil
		}
	}
	return 0, fmt.Errorf("record of unknown kind %q", name)
}

// Expire implements store.Store. Statements that read a deleted day finish on it.
func (s *Store) Expire(_ context.Context, id string, cutoff time.Time) (days int, err error) {
	p, err := s.project(id)
	if err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for d, f := range p.days {
		if (d + 1).start().After(cutoff) {
			continue
		}
		if err := os.Remove(f.path()); err != nil && !errors.Is(err, os.ErrNotExist) {
			return days, fmt.Errorf("%w: delete day %s of project %s: %w", store.ErrUnavailable, d, id, err)
		}
		delete(p.days, d)
		f.retired = true
		s.ledger.forget(f)
		days++
		if err := p.detachRetired(f); err != nil {
			return days, fmt.Errorf("delete day %s of project %s: %w", d, id, err)
		}
	}
	if days > 0 {
		s.log.Info("days expired", "project", id, "days", days, "cutoff", cutoff)
		return days, syncDir(p.dir)
	}
	return 0, nil
}

// Stats implements store.Store.
func (s *Store) Stats(ctx context.Context, id string) (stats store.Stats, err error) {
	p, err := s.project(id)
	if err != nil || !p.exists() {
		return store.Stats{}, err
	}
	session, err := p.open()
	if err != nil {
		return store.Stats{}, err
	}
	defer func() { err = errors.Join(err, session.close()) }()
	files, err := session.filesBetween(ctx, time.Time{}, time.Time{})
	if err != nil {
		return store.Stats{}, err
	}
	stats.Days = len(files)
	for i, f := range files {
		if i == 0 {
			stats.Oldest = f.day.start()
		}
		info, err := os.Stat(f.path())
		if err != nil {
			continue // deleted meanwhile
		}
		stats.DiskBytes += info.Size()
		count := "(SELECT count(*) FROM %s)"
		sql := fmt.Sprintf("SELECT "+count+" + "+count+", "+count, f.table(recordsTable), f.table(pendingTable), f.table(metricsTable))
		err = session.conn.queryAll(ctx, sql, func(row []any) error {
			stats.Records += row[0].(int64)
			stats.Metrics += row[1].(int64)
			return nil
		})
		if err != nil {
			return store.Stats{}, fmt.Errorf("count day %s: %w", f.day, err)
		}
	}
	return stats, nil
}

// tempDir is where a project's queries spill.
func (p *project) tempDir() string { return filepath.Join(p.dir, "tmp") }

// Disk is how much room files take and leave, in bytes.
type Disk struct {
	Project int64 // what the files of the project take
	Free    int64 // what the disk of the data folder has left; the highest number where nobody can tell
}

// Disk looks at the files of a project; it opens none of them.
func (s *Store) Disk(id string) (Disk, error) {
	p, err := s.project(id)
	if err != nil {
		return Disk{}, err
	}
	free, err := s.freeDisk(s.options.Dir)
	if err != nil {
		return Disk{}, fmt.Errorf("room on the disk: %w", err)
	}
	return Disk{Project: filesIn(p.dir), Free: int64(min(free, math.MaxInt64))}, nil
}
