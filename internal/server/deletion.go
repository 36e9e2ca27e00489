package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// deleteEvery is how often the server asks which projects were deleted, perhaps by another server that shares the database.
const deleteEvery = time.Minute

// deletion deletes what the server holds of projects that were deleted. When one is deleted, nobody sees it any more, and a list names
// it for ever; what that list names goes at the next look, and at the next start before anything of the write-ahead log is applied.
// A crash in between leaves it for then.
type deletion struct {
	projects func(ctx context.Context) (ids []string, err error) // the list
	drop     func(ctx context.Context, project string) error
	log      *slog.Logger
	wake     chan struct{}   // holds one: more would say nothing new
	done     map[string]bool // whose records are gone; of run alone
}

func newDeletion(projects func(context.Context) ([]string, error), drop func(context.Context, string) error, log *slog.Logger) *deletion {
	return &deletion{projects: projects, drop: drop, log: log, wake: make(chan struct{}, 1), done: map[string]bool{}}
}

// poke makes run look now.
func (d *deletion) poke() {
	select {
	case d.wake <- struct{}{}:
	default: // it is told already
	}
}

// run looks at once, then every so often and when it is poked, until ctx ends. What could not be deleted is tried again.
func (d *deletion) run(ctx context.Context) {
	ticker := time.NewTicker(deleteEvery)
	defer ticker.Stop()
	for {
		d.once(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-d.wake:
		}
	}
}

func (d *deletion) once(ctx context.Context) {
	ids, err := d.projects(ctx)
	if err != nil {
		if ctx.Err() == nil {
			d.log.ErrorContext(ctx, "records of deleted projects are not deleted now: the list of them cannot be read", "error", err)
		}
		return
	}
	for _, id := range ids {
		if d.done[id] {
			continue
		}
		err := d.drop(ctx, id)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			d.log.ErrorContext(ctx, "records of a deleted project are not deleted now; the next try is in a minute", "project", id, "error", err)
			continue
		}
		d.done[id] = true
	}
}

// dropDeleted deletes the records of deleted projects before the write-ahead log is applied, from which they do not come back then. Files that
// cannot be deleted are no reason not to start: nobody sees them.
func (s *Server) dropDeleted(ctx context.Context) error {
	ids, err := s.meta.DeletedProjects(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.store.Drop(ctx, id); err != nil {
			if ctx.Err() != nil {
				return fmt.Errorf("delete what is left of deleted projects: %w", err)
			}
			s.log.ErrorContext(ctx, "records of a deleted project are not deleted now; the next try is in a minute", "project", id, "error", err)
		}
	}
	return nil
}

// drop deletes everything that this server holds of a project.
func (s *Server) drop(ctx context.Context, project string) error {
	return errors.Join(s.store.Drop(ctx, project), s.pipeline.Forget(project))
}
