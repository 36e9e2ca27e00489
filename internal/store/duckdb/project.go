package duckdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hearth-dev/hearth/internal/store"
)

// project is one project's data: an instance of DuckDB, open while in use, and its day files. Projects share no
// instance, so that a statement cannot reach another project's rows whatever it says.
type project struct {
	id  string
	dir string // empty for the project that has no data

	store *Store

	// mu guards all below. It is held while the instance opens and while files are attached (about 1 ms each): whoever
	// waits for it needs the same.
	mu         sync.Mutex
	db         *database // nil while closed
	files      map[place]*dayFile
	generation int // makes aliases unique
	users      int
	lastUsed   time.Time
	dropped    bool // deleted for good; set while Store.applying is held, too
}

// newProject lists the day files of a directory. The directory need not exist.
func newProject(id, dir string, s *Store) (*project, error) {
	p := &project{id: id, dir: dir, store: s, files: map[place]*dayFile{}, lastUsed: s.options.now()}
	if dir == "" {
		return p, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: list project %s: %w", store.ErrUnavailable, id, err)
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), newSuffix) {
			if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
				return nil, fmt.Errorf("%w: %w", store.ErrUnavailable, err)
			}
			continue
		}
		if at, ok := parsePlace(entry.Name()); ok {
			p.addFile(at)
		}
	}
	return p, nil
}

// addFile makes the entry of a file. mu is held, or the project is not shared yet.
func (p *project) addFile(at place) *dayFile {
	p.generation++
	f := &dayFile{project: p, place: at, alias: fmt.Sprintf("day_%d_%d", at.day, p.generation)}
	p.files[at] = f
	return f
}

// fileFor returns the file in which rows of a place lie, nil if there is none. A day that an earlier version began goes on in the
// file that it made, which knows what it holds of the log. mu is held.
func (p *project) fileFor(at place) *dayFile {
	if f := p.files[place{at.day, whole}]; f != nil {
		return f
	}
	return p.files[at]
}

// session is the use of a project's instance by one caller: a connection, and files that stay attached meanwhile.
type session struct {
	project *project
	conn    *conn
	files   []*dayFile
}

// open starts a session. The caller closes it.
func (p *project) open() (*session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.db == nil {
		db, err := p.store.openInstance(p)
		if err != nil {
			return nil, fmt.Errorf("open project %s: %w", p.id, err)
		}
		p.db = db
		p.store.open.Add(1)
	}
	c, err := p.db.connect()
	if err != nil {
		return nil, fmt.Errorf("open project %s: %w", p.id, err)
	}
	p.users++
	return &session{project: p, conn: c}, nil
}

// file returns the file for the rows of a place, attached, made if need be. It stays until the session closes.
func (s *session) file(ctx context.Context, at place) (*dayFile, error) {
	p := s.project
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.fileFor(at); f != nil {
		return f, s.use(ctx, f)
	}
	f := p.addFile(at)
	if err := s.use(ctx, f); err != nil {
		delete(p.files, at) // or every query would try to make it
		return nil, err
	}
	return f, nil
}

// attach attaches a file that was found before, and reports whether it is still there.
func (s *session) attach(ctx context.Context, f *dayFile) (bool, error) {
	s.project.mu.Lock()
	defer s.project.mu.Unlock()
	if f.retired {
		return false, nil
	}
	return true, s.use(ctx, f)
}

// filesBetween returns the files with rows of a half that may hold times t with after < t < before, oldest first.
func (s *session) filesBetween(ctx context.Context, h half, after, before time.Time) ([]*dayFile, error) {
	p := s.project
	p.mu.Lock()
	defer p.mu.Unlock()
	var files []*dayFile
	for at, f := range p.files {
		if at.half.has(h) && (before.IsZero() || at.day.start().Before(before)) && (after.IsZero() || (at.day + 1).start().After(after)) {
			files = append(files, f)
		}
	}
	slices.SortFunc(files, byPlace)
	for _, f := range files {
		if err := s.use(ctx, f); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// byPlace orders files from the oldest day on.
func byPlace(a, b *dayFile) int {
	return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.half, b.half))
}

// use attaches a file for the session. p.mu is held.
func (s *session) use(ctx context.Context, f *dayFile) error {
	if slices.Contains(s.files, f) {
		return nil
	}
	if err := f.attach(ctx, s.conn); err != nil {
		return err
	}
	f.users++
	s.files = append(s.files, f)
	return nil
}

// close gives the session's files back and detaches those that were deleted meanwhile.
func (s *session) close() error {
	p := s.project
	p.mu.Lock()
	defer p.mu.Unlock()
	s.conn.close()
	var err error
	for _, f := range s.files {
		f.users--
		err = errors.Join(err, p.detachRetired(f))
	}
	p.users--
	p.lastUsed = p.store.options.now()
	p.closeDropped()
	return err
}

// closeDropped closes the instance of a deleted project that nobody uses. mu is held.
func (p *project) closeDropped() {
	if p.dropped && p.db != nil && p.users == 0 {
		p.closeLocked()
	}
}

// isDropped tells whether the project was deleted.
func (p *project) isDropped() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dropped
}

// detachRetired detaches a deleted file that nobody uses, but not of a deleted project. p.mu is held.
func (p *project) detachRetired(f *dayFile) error {
	if p.dropped || !f.retired || !f.attached || f.users > 0 {
		return nil
	}
	f.attached = false
	return p.do(func(c *conn) error { return c.exec(context.Background(), "DETACH "+f.alias) })
}

// do runs fn on a connection of its own. p.mu is held and the instance is open.
func (p *project) do(fn func(*conn) error) error {
	c, err := p.db.connect()
	if err != nil {
		return err
	}
	defer c.close()
	return fn(c)
}

// closeIdle closes the instance if nobody has used it since a moment, and reports whether it is closed. The caller
// knows that nothing is unsaved.
func (p *project) closeIdle(since time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.db == nil {
		return true
	}
	if p.users > 0 || p.lastUsed.After(since) {
		return false
	}
	p.closeLocked()
	return true
}

func (p *project) closeLocked() {
	p.db.close()
	p.db = nil
	p.store.open.Add(-1)
	for _, f := range p.files {
		f.attached = false
	}
}

// close closes the instance. Nobody uses it any more.
func (p *project) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.db != nil {
		p.closeLocked()
	}
}

// exists tells whether the project has data.
func (p *project) exists() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.files) > 0
}

// setMemoryLimit gives the open instance its share of the memory.
func (p *project) setMemoryLimit(limit string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.db == nil {
		return nil
	}
	return p.do(func(c *conn) error { return c.exec(context.Background(), "SET memory_limit="+literal(limit)) })
}
