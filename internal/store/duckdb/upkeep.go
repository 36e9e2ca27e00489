package duckdb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
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
	for _, f := range changed {
		if there, err := session.attach(ctx, f); err != nil {
			return err
		} else if !there {
			continue
		}
		if err := f.identities(ctx, session.conn, since, func(id store.Identity) { fn(p.id, id) }); err != nil {
			return fmt.Errorf("day %s: %w", f.place, err)
		}
	}
	return nil
}

// changedSince returns the files that may hold rows that arrived at or after a moment: a file that was not written
// since cannot.
func (p *project) changedSince(since time.Time, ledger *ledger) []*dayFile {
	p.mu.Lock()
	defer p.mu.Unlock()
	var files []*dayFile
	for _, f := range p.files {
		info, err := os.Stat(f.path())
		_, dirty := ledger.pending(f)
		if dirty || err != nil || !info.ModTime().Before(since) {
			files = append(files, f)
		}
	}
	return files
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
func (s *Store) Expire(_ context.Context, id string, before store.Cutoffs) (days int, err error) {
	p, err := s.project(id)
	if err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	gone := map[day]bool{}
	for at, f := range p.files {
		if !at.expired(before) {
			continue
		}
		if err := os.Remove(f.path()); err != nil && !errors.Is(err, os.ErrNotExist) {
			return len(gone), fmt.Errorf("%w: delete day %s of project %s: %w", store.ErrUnavailable, at, id, err)
		}
		p.retire(f)
		if err := p.detachRetired(f); err != nil {
			return len(gone), fmt.Errorf("delete day %s of project %s: %w", at, id, err)
		}
		gone[at.day] = true
	}
	if len(gone) > 0 {
		s.log.Info("days expired", "project", id, "days", len(gone), "records_before", before.Records, "metrics_before", before.Metrics)
		return len(gone), syncDir(p.dir)
	}
	return 0, nil
}

// expired tells whether everything that lies at a place is from days wholly before its cutoff.
func (p place) expired(before store.Cutoffs) bool {
	end := (p.day + 1).start()
	return (p.half == metricsHalf || !end.After(before.Records)) && (p.half == recordsHalf || !end.After(before.Metrics))
}

// retire takes a file out of the project: nothing reads or saves it any more but those who do so already. mu is held.
func (p *project) retire(f *dayFile) {
	delete(p.files, f.place)
	f.retired = true
	p.store.ledger.forget(f)
}

// Drop implements store.Store. A statement that reads a deleted day finishes on it, unless it has to spill to the disk.
func (s *Store) Drop(ctx context.Context, id string) error {
	p, err := s.project(id)
	if err != nil {
		return err
	}
	s.applying.Lock()
	defer s.applying.Unlock()
	s.saving.Lock() // a checkpoint would go on writing
	defer s.saving.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	files, err := p.drop()
	if err != nil {
		return fmt.Errorf("%w: delete project %s: %w", store.ErrUnavailable, id, err)
	}
	if files > 0 {
		s.log.Info("project deleted", "project", id, "files", files)
	}
	return nil
}

// drop deletes the project's folder, and returns how many files were known to be in it. What a crash or an error leaves of it, the
// next drop deletes. Its instance is closed, by its last user if there are any: the engine would save a file that is detached,
// for which the folder is missing.
func (p *project) drop() (files int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dropped = true
	files = len(p.files)
	for _, f := range p.files {
		p.retire(f)
	}
	p.closeDropped()
	if _, err := os.Lstat(p.dir); errors.Is(err, os.ErrNotExist) {
		return files, nil
	}
	return files, errors.Join(os.RemoveAll(p.dir), syncDir(filepath.Dir(p.dir)))
}

// Stats implements store.Store.
func (s *Store) Stats(ctx context.Context, id string) (days []store.DayStats, err error) {
	p, err := s.project(id)
	if err != nil || !p.exists() {
		return nil, err
	}
	session, err := p.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.close()) }()
	files, err := session.filesBetween(ctx, whole, time.Time{}, time.Time{})
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if start := f.day.start(); len(days) == 0 || !days[len(days)-1].Day.Equal(start) {
			days = append(days, store.DayStats{DaySize: store.DaySize{Day: start}})
		}
		if err := f.addTo(ctx, session.conn, &days[len(days)-1]); err != nil {
			return nil, fmt.Errorf("count day %s: %w", f.place, err)
		}
	}
	return days, nil
}

// addTo adds what a file holds to what its day does.
func (f *dayFile) addTo(ctx context.Context, c *conn, to *store.DayStats) error {
	f.addSize(&to.DaySize)
	count := "(SELECT count(*) FROM %s)"
	sql := fmt.Sprintf("SELECT "+count+" + "+count+", "+count, f.table(recordsTable), f.table(pendingTable), f.table(metricsTable))
	return c.queryAll(ctx, sql, func(row []any) error {
		to.Records += row[0].(int64)
		to.Metrics += row[1].(int64)
		return nil
	})
}

func (f *dayFile) addSize(to *store.DaySize) {
	info, err := os.Stat(f.path())
	switch {
	case err != nil: // deleted meanwhile
	case f.half == metricsHalf:
		to.MetricBytes += info.Size()
	default:
		to.RecordBytes += info.Size()
	}
}

// Sizes implements store.Store. It opens no files.
func (s *Store) Sizes(_ context.Context, id string) ([]store.DaySize, error) {
	p, err := s.project(id)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	files := slices.SortedFunc(maps.Values(p.files), byPlace)
	p.mu.Unlock()
	var days []store.DaySize
	for _, f := range files {
		if start := f.day.start(); len(days) == 0 || !days[len(days)-1].Day.Equal(start) {
			days = append(days, store.DaySize{Day: start})
		}
		f.addSize(&days[len(days)-1])
	}
	return days, nil
}

// tempDir is where a project's queries spill.
func (p *project) tempDir() string { return filepath.Join(p.dir, "tmp") }

// Disk is how much room files take and leave, in bytes.
type Disk struct {
	Project int64 // what the files of the project take
	Free    int64 // as of Store.Free
}

// Disk looks at the files of a project; it opens none of them.
func (s *Store) Disk(id string) (Disk, error) {
	p, err := s.project(id)
	if err != nil {
		return Disk{}, err
	}
	free, err := s.Free()
	return Disk{Project: filesIn(p.dir), Free: free}, err
}

// Free returns how many bytes the disk of the data folder has left; the highest number where nobody can tell.
func (s *Store) Free() (int64, error) {
	free, err := s.freeDisk(s.options.Dir)
	if err != nil {
		return 0, fmt.Errorf("room on the disk: %w", err)
	}
	return int64(min(free, math.MaxInt64)), nil
}
