package retention

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/store"
)

// every is how often days are looked at for their age. They are deleted whole, so once a day would do; hourly gives space back soon after
// midnight UTC.
const every = time.Hour

// Store is the part of a store.Store that a Keeper needs.
type Store interface {
	Expire(ctx context.Context, project string, before store.Cutoffs) (days int, err error)
	Stats(ctx context.Context, project string) ([]store.DayStats, error)
	Sizes(ctx context.Context, project string) ([]store.DaySize, error)
}

// Book is where projects stand, and what people set for them: *meta.DB.
type Book interface {
	Projects(ctx context.Context) ([]meta.Project, error)
	Retentions(ctx context.Context) (map[string]meta.Retention, error)
	SetRetention(ctx context.Context, projectID string, to meta.Retention) error
}

// Options are what a Keeper needs. Book, Store and Free are required.
type Options struct {
	Book  Book
	Store Store
	// Free returns how many bytes the disk has left.
	Free func() (int64, error)
	// Longest is for how long the server keeps things at most, and where nothing is set. 0 is for ever.
	Longest time.Duration
	Logger  *slog.Logger     // nil discards
	Now     func() time.Time // nil is time.Now
}

// Keeper knows for how long each project keeps what it was sent, and deletes what is older. Safe for concurrent use.
type Keeper struct {
	Options

	mu  sync.RWMutex              // guards set
	set map[string]meta.Retention // by project; as it was read last
}

// New returns a keeper that knows what is set.
func New(ctx context.Context, o Options) (*Keeper, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	k := &Keeper{Options: o}
	return k, k.read(ctx)
}

// read reads what is set for all projects.
func (k *Keeper) read(ctx context.Context) error {
	set, err := k.Book.Retentions(ctx)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.set = set
	return nil
}

// Set reads what is set for a project.
func (k *Keeper) Set(ctx context.Context, project string) (meta.Retention, error) {
	if err := k.read(ctx); err != nil {
		return meta.Retention{}, err
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.set[project], nil
}

// Keep returns for how long a project keeps things, as it was known when it was read last: within the last hour. It is fast.
func (k *Keeper) Keep(project string) Keep {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return KeepOf(k.set[project], k.Longest)
}

// Run deletes at once and then every hour, until ctx ends. A project whose deletion fails is tried again the next time.
func (k *Keeper) Run(ctx context.Context) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		k.once(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// once deletes of every project the days that lie wholly before what is kept.
func (k *Keeper) once(ctx context.Context) {
	err := k.read(ctx)
	var projects []meta.Project
	if err == nil {
		projects, err = k.Book.Projects(ctx)
	}
	if err != nil {
		if ctx.Err() == nil {
			k.Logger.ErrorContext(ctx, "expired days are not deleted: the projects cannot be read", "error", err)
		}
		return
	}
	for _, project := range projects {
		if ctx.Err() != nil {
			return
		}
		k.expire(ctx, project.ID)
	}
}

// expire deletes what a project does not keep any more. The store logs what it deletes.
func (k *Keeper) expire(ctx context.Context, project string) {
	if _, err := k.Store.Expire(ctx, project, k.Keep(project).Before(k.Now())); err != nil && ctx.Err() == nil {
		k.Logger.ErrorContext(ctx, "expired days are not deleted; the next try is in an hour", "project", project, "error", err)
	}
}

// Preview returns what Change would delete now. It changes nothing. The error is a *meta.InvalidError for what Change would refuse.
func (k *Keeper) Preview(ctx context.Context, project string, to meta.Retention) (Loss, error) {
	if err := k.check(to); err != nil {
		return Loss{}, err
	}
	held, err := k.Store.Stats(ctx, project)
	if err != nil {
		return Loss{}, err
	}
	return LossOf(held, KeepOf(to, k.Longest).Before(k.Now())), nil
}

// Change sets how long a project keeps things, deletes what is older, and returns what that was. Where the deletion fails, the log tells
// and it is tried again within the hour. The error is a *meta.InvalidError for a time that is longer than the server keeps things.
func (k *Keeper) Change(ctx context.Context, project string, to meta.Retention) (Loss, error) {
	loss, err := k.Preview(ctx, project, to)
	if err != nil {
		return Loss{}, err
	}
	if err := k.Book.SetRetention(ctx, project, to); err != nil {
		return Loss{}, err
	}
	if err := k.read(ctx); err != nil {
		return Loss{}, err
	}
	k.expire(ctx, project)
	return loss, nil
}

// check returns an *meta.InvalidError for what cannot be set, such as a time that is longer than the server keeps things.
func (k *Keeper) check(to meta.Retention) error {
	if err := to.Validate(); err != nil {
		return err
	}
	for _, one := range []struct {
		field string
		days  int
	}{{"records_days", to.RecordsDays}, {"metrics_days", to.MetricsDays}} {
		if k.Longest > 0 && time.Duration(one.days)*day > k.Longest {
			return &meta.InvalidError{Field: one.field, Msg: fmt.Sprintf("must be at most %g: so long this server keeps things (--retention)", DaysOf(k.Longest))}
		}
	}
	return nil
}

// DaysOf returns how many days a time has, to two digits after the point.
func DaysOf(keep time.Duration) float64 { return float64(keep.Round(day/100)) / float64(day) }

// Held returns what a project holds, by day from the oldest on.
func (k *Keeper) Held(ctx context.Context, project string) ([]store.DayStats, error) {
	return k.Store.Stats(ctx, project)
}

// Outlook returns where a project is going, apart from all others and from the disk.
func (k *Keeper) Outlook(ctx context.Context, project string) (Outlook, error) {
	series, err := k.series(ctx, project)
	if err != nil {
		return Outlook{}, err
	}
	return OutlookOf(series, k.Now(), unbounded), nil
}

// unbounded is more room than there is on any disk.
const unbounded = 1 << 62

// ServerOutlook returns where all projects together are going, and how many bytes the disk has left.
func (k *Keeper) ServerOutlook(ctx context.Context) (o Outlook, free int64, err error) {
	projects, err := k.Book.Projects(ctx)
	if err != nil {
		return Outlook{}, 0, err
	}
	var all []Series
	for _, project := range projects {
		series, err := k.series(ctx, project.ID)
		if err != nil {
			return Outlook{}, 0, err
		}
		all = append(all, series...)
	}
	if free, err = k.Free(); err != nil {
		return Outlook{}, 0, err
	}
	return OutlookOf(all, k.Now(), free), free, nil
}

func (k *Keeper) series(ctx context.Context, project string) ([]Series, error) {
	sizes, err := k.Store.Sizes(ctx, project)
	if err != nil {
		return nil, err
	}
	records, metrics := SeriesOf(sizes, k.Keep(project))
	return []Series{records, metrics}, nil
}
