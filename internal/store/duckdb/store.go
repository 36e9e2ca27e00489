package duckdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hearth-dev/hearth/internal/store"
)

// Options say where the store keeps its data and what it may use. Zero values work, but for Dir.
type Options struct {
	// Dir is the data directory. Project p lies in Dir/projects/p.
	Dir string
	// MemoryLimit is how many bytes the engine may use over all open projects; 0 is 40 % of the machine's memory.
	// Small allocations and some aggregates are outside of it: leave room.
	MemoryLimit int64
	// Threads is how many threads one project's queries share; 0 is one for each CPU.
	Threads int
	// TempLimit is how many bytes one project's queries may spill to disk; 0 is 2 GiB.
	TempLimit int64
	// Logger is where the store reports; nil is slog's default.
	Logger *slog.Logger
	// Registerer gets the store's metrics; nil is none.
	Registerer prometheus.Registerer

	now func() time.Time // for tests
}

// Store is the embedded engine. It implements store.Store.
type Store struct {
	options Options
	log     *slog.Logger
	metrics *metrics
	ledger  *ledger
	lock    *os.File

	applying sync.Mutex // held by Apply: one at a time
	saving   sync.Mutex // held by a checkpoint: one at a time, each wants all CPUs

	mu       sync.Mutex // guards projects and closed
	projects map[string]*project
	closed   bool

	empty    *project     // answers for projects that have no data
	open     atomic.Int64 // open instances of projects
	freeDisk func(dir string) (uint64, error)
	lifetime context.Context
	end      context.CancelFunc // cancels queries and the keeper
	keeper   sync.WaitGroup
	wake     chan struct{} // tells the keeper that a file may be due; holds one, more are the same
	sessions sync.WaitGroup
}

var _ store.Store = (*Store)(nil)

// Open opens the store in a data directory, which it makes if need be. Day files are opened when they are needed.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Dir == "" {
		return nil, errors.New("store: Dir is not set")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.now == nil {
		o.now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Threads == 0 {
		o.Threads = runtime.NumCPU()
	}
	if o.TempLimit == 0 {
		o.TempLimit = 2 << 30
	}
	if o.MemoryLimit == 0 {
		limit, err := defaultMemoryLimit()
		if err != nil {
			return nil, fmt.Errorf("find the machine's memory: %w", err)
		}
		o.MemoryLimit = limit
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	o.Dir = dir
	if err := os.MkdirAll(filepath.Join(dir, projectsDir), 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	lock, err := lockDir(filepath.Join(dir, projectsDir, "lock"))
	if err != nil {
		return nil, err
	}
	s := &Store{lock: lock, options: o, log: o.Logger.With("component", "store"), ledger: newLedger(), projects: map[string]*project{}, wake: make(chan struct{}, 1), freeDisk: freeDisk}
	if s.empty, err = newProject("", "", s); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	s.metrics = newMetrics(o.Registerer, s)
	s.lifetime, s.end = context.WithCancel(context.Background())
	s.keeper.Go(func() { s.keep(s.lifetime) })
	return s, nil
}

// projectsDir is the directory of all projects in the data directory.
const projectsDir = "projects"

// projectName is what may stand for a project in a path.
var projectName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

var errClosed = fmt.Errorf("%w: it is closed", store.ErrUnavailable)

// project returns a project by its id, known from disk or not.
func (s *Store) project(id string) (*project, error) {
	if !projectName.MatchString(id) {
		return nil, fmt.Errorf("project id %q is not made of letters, digits, - and _", id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	if p := s.projects[id]; p != nil {
		return p, nil
	}
	p, err := newProject(id, filepath.Join(s.options.Dir, projectsDir, id), s)
	if err != nil {
		return nil, err
	}
	s.projects[id] = p
	return p, nil
}

// all returns the projects on disk and those in use.
func (s *Store) all() ([]*project, error) {
	entries, err := os.ReadDir(filepath.Join(s.options.Dir, projectsDir))
	if err != nil {
		return nil, fmt.Errorf("%w: list projects: %w", store.ErrUnavailable, err)
	}
	var projects []*project
	for _, entry := range entries {
		if !entry.IsDir() || !projectName.MatchString(entry.Name()) {
			continue
		}
		p, err := s.project(entry.Name())
		if err != nil {
			return nil, err
		}
		projects = append(projects, p)
	}
	return projects, nil
}

// Durable implements store.Store.
func (s *Store) Durable() uint64 { return s.ledger.durable() }

// Sync implements store.Store.
func (s *Store) Sync(ctx context.Context) error {
	return s.save(ctx, func(unsaved) bool { return true })
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	projects := s.projects
	s.mu.Unlock()

	s.applying.Lock() // let a running Apply end
	defer s.applying.Unlock()
	s.end()
	s.keeper.Wait()
	s.awaitQueries()
	err := s.save(context.Background(), func(unsaved) bool { return true })
	for _, p := range projects {
		p.close()
	}
	s.empty.close()
	s.metrics.unregister()
	return errors.Join(err, s.lock.Close())
}

// closeGrace is how long Close waits for the readers of cancelled queries to close their rows.
const closeGrace = 10 * time.Second

// awaitQueries waits until no query runs. Rows that were never closed are a bug of their reader, and no reason not to
// save what is unsaved.
func (s *Store) awaitQueries() {
	idle := make(chan struct{})
	go func() { s.sessions.Wait(); close(idle) }()
	select {
	case <-idle:
	case <-time.After(closeGrace):
		s.log.Error("queries did not end; their rows were not closed")
	}
}
