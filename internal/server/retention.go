package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/store"
)

// retentionEvery is how often records are looked at for their age. Days are deleted whole, so once a day would do; hourly
// gives space back soon after midnight UTC.
const retentionEvery = time.Hour

// retention deletes what is older than it keeps.
type retention struct {
	keep     time.Duration
	projects func(ctx context.Context) ([]meta.Project, error)
	expire   func(ctx context.Context, project string, before store.Cutoffs) (days int, err error)
	log      *slog.Logger
}

// run deletes at once and then every hour, until ctx ends. A project whose deletion fails is tried again the next time.
func (r *retention) run(ctx context.Context) {
	ticker := time.NewTicker(retentionEvery)
	defer ticker.Stop()
	for {
		r.once(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// once deletes of every project the days that lie wholly before what is kept.
func (r *retention) once(ctx context.Context, now time.Time) {
	projects, err := r.projects(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.log.ErrorContext(ctx, "expired days are not deleted: the projects cannot be read", "error", err)
		}
		return
	}
	for _, project := range projects {
		cutoff := now.Add(-r.keep)
		_, err := r.expire(ctx, project.ID, store.Cutoffs{Records: cutoff, Metrics: cutoff}) // the store logs what it deletes
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			r.log.ErrorContext(ctx, "expired days are not deleted; the next try is in an hour", "project", project.Name, "error", err)
		}
	}
}
