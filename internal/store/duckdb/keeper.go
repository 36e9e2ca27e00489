package duckdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hearth-dev/hearth/internal/store"
)

// When a day file is saved.
const (
	// saveRows is a whole number of row groups: few rows are then compressed twice, because a checkpoint writes the
	// last, unfinished row group of a table again.
	saveRows = 6 * rowGroup
	// saveBytes bounds the memory that unsaved rows take.
	saveBytes = 300 << 20
	// saveAfter bounds what a crash leaves to replay when little arrives.
	saveAfter = 5 * time.Minute
	// saveIdle saves what a burst left, so that the write-ahead log gives its space back.
	saveIdle = 10 * time.Second
	// closeAfter is how long an instance stays open without use.
	closeAfter = 10 * time.Minute
	// keepEvery is how often the keeper looks.
	keepEvery = 2 * time.Second
	// complainEvery is how often it reports what goes on failing.
	complainEvery = time.Minute
)

// full tells whether a file has enough unsaved rows for a checkpoint.
func full(u unsaved) bool { return u.rows >= saveRows || u.bytes >= saveBytes }

// stale tells whether a file's unsaved rows have waited long enough for a checkpoint.
func stale(u unsaved, now time.Time) bool {
	return u.first != 0 && (now.Sub(u.last) >= saveIdle || now.Sub(u.since) >= saveAfter)
}

func (s *Store) wakeKeeper() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake
	}
}

// keep saves day files when they are due and closes idle projects, until ctx ends.
func (s *Store) keep(ctx context.Context) {
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	shared := int64(0)
	var complained time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-ticker.C:
		}
		err := s.save(ctx, func(u unsaved) bool { return full(u) || stale(u, s.options.now()) })
		if now := s.options.now(); err != nil && ctx.Err() == nil && now.Sub(complained) >= complainEvery {
			complained = now
			s.log.Error("saving a day file failed; free some disk space, or restart Hearth if the engine gave up on the file: the log has all of it", "error", err)
		}
		s.closeIdle()
		shared = s.shareMemory(shared)
	}
}

// shareMemory divides the memory anew when the number of open instances is no longer n, and returns the number.
func (s *Store) shareMemory(n int64) int64 {
	open := s.open.Load()
	if open == n {
		return n
	}
	for _, p := range s.known() {
		// An instance that uses more than its new share refuses, and keeps what it has until it is asked again.
		if err := p.setMemoryLimit(s.memoryShare(open)); err != nil {
			s.log.Debug("memory limit not changed", "project", p.id, "error", err)
		}
	}
	return open
}

// known returns the projects that were used since the store was opened.
func (s *Store) known() []*project {
	s.mu.Lock()
	defer s.mu.Unlock()
	projects := []*project{s.empty}
	for _, p := range s.projects {
		projects = append(projects, p)
	}
	return projects
}

// closeIdle closes the instances that nobody has used for a while.
func (s *Store) closeIdle() {
	unsavedOf := map[*project]bool{}
	for _, f := range s.ledger.dirty(func(unsaved) bool { return true }) {
		unsavedOf[f.project] = true
	}
	for _, p := range s.known() {
		if !unsavedOf[p] {
			p.closeIdle(s.options.now().Add(-closeAfter))
		}
	}
}

// save checkpoints the files that are due, one after the other. It goes on after an error.
func (s *Store) save(ctx context.Context, due func(unsaved) bool) error {
	var err error
	for _, f := range s.ledger.dirty(due) {
		if cancelled := ctx.Err(); cancelled != nil {
			return errors.Join(err, cancelled)
		}
		err = errors.Join(err, s.saveFile(ctx, f))
	}
	return err
}

// saveFile checkpoints one file.
func (s *Store) saveFile(ctx context.Context, f *dayFile) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	session, err := f.project.open()
	if err != nil {
		return err
	}
	f.writing.Lock()
	defer f.writing.Unlock()
	undo, needed := s.ledger.beginSave(f)
	if !needed {
		return session.close()
	}
	started := time.Now()
	if err = s.checkSpace(f, undo); err == nil {
		// Not to be interrupted: the engine gives up on a file whose checkpoint fails half way.
		err = session.conn.exec(context.WithoutCancel(ctx), "CHECKPOINT "+f.alias)
	}
	s.ledger.endSave(f, undo, err == nil)
	if err == nil {
		s.metrics.checkpoints.Observe(time.Since(started).Seconds())
		s.log.Debug("day file saved", "project", f.project.id, "day", f.place.String(), "records", undo.rows, "took_ms", time.Since(started).Milliseconds())
	} else {
		err = fmt.Errorf("save day %s of project %s: %w", f.place, f.project.id, unavailable(ctx, err))
	}
	return errors.Join(err, session.close())
}

// spareDisk is free disk space that no checkpoint may use.
const spareDisk = 32 << 20

// checkSpace refuses a checkpoint for which the disk has no room: one that fails half way leaves the file as it was
// before, but takes from the engine what it held in memory, until a restart replays it. Rows take less than half of
// their size in memory; web and LLM traffic take an eighth.
func (s *Store) checkSpace(f *dayFile, u unsaved) error {
	free, err := s.freeDisk(f.project.dir)
	if err != nil {
		return fmt.Errorf("%w: free space of %s: %w", store.ErrUnavailable, f.project.dir, err)
	}
	if need := uint64(spareDisk + u.bytes/2); free < need {
		return fmt.Errorf("%w: the disk has %d MB left, saving needs %d MB", store.ErrUnavailable, free>>20, need>>20)
	}
	return nil
}

// makeRoom waits until a file that takes rows faster than it is saved has been saved: unsaved rows are memory.
func (s *Store) makeRoom(ctx context.Context, f *dayFile) error {
	u, _ := s.ledger.pending(f)
	if u.rows < 2*saveRows && u.bytes < 2*saveBytes {
		return nil
	}
	if err := s.saveFile(ctx, f); err != nil {
		return fmt.Errorf("%w: no room for more unsaved rows: %w", store.ErrUnavailable, err)
	}
	return nil
}
