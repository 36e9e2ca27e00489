package query

import (
	"context"
	"slices"
	"sync"
	"time"
)

// gate lets so many queries run at once, in all and of one project, and so many wait. Who waits gets a turn in the
// order of arrival, except that a project which is at its own limit does not hold up the others.
type gate struct {
	limits Options

	mu      sync.Mutex
	all     int            // running
	running map[string]int // by project; only those above 0
	queue   []*ticket
	waiting map[string]int // in queue, by project; only those above 0
}

// ticket is a query that waits. Its channel is closed when it may run.
type ticket struct {
	project string
	turn    chan struct{}
}

// enter waits for a turn. leave ends it; calling it twice is fine. The error is a *Busy, or ctx's.
func (g *gate) enter(ctx context.Context, project string) (leave func(), err error) {
	t, err := g.join(project)
	if err != nil {
		return nil, err
	}
	select {
	case <-t.turn:
	case <-ctx.Done():
		if g.abandon(t) {
			return nil, ctx.Err()
		}
		// The turn came at the same moment; the query will see for itself that it is cancelled.
	}
	return sync.OnceFunc(func() { g.leave(project) }), nil
}

// join returns a ticket whose turn may have come at once.
func (g *gate) join(project string) (*ticket, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := &ticket{project: project, turn: make(chan struct{})}
	if g.free(project) {
		g.start(t)
		return t, nil
	}
	if g.waiting[project] >= g.limits.WaitingPerProject {
		return nil, &Busy{Project: true, After: time.Second}
	}
	if len(g.queue) >= g.limits.Waiting {
		return nil, &Busy{After: time.Second}
	}
	g.queue = append(g.queue, t)
	g.waiting[project]++
	return t, nil
}

func (g *gate) free(project string) bool {
	return g.all < g.limits.Running && g.running[project] < g.limits.RunningPerProject
}

func (g *gate) start(t *ticket) {
	g.all++
	g.running[t.project]++
	close(t.turn)
}

// abandon removes a ticket and reports false when its turn has come already.
func (g *gate) abandon(t *ticket) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.queue, t)
	if i < 0 {
		return false
	}
	g.remove(i)
	return true
}

// remove takes a ticket out of the queue. The caller holds mu.
func (g *gate) remove(i int) {
	decrement(g.waiting, g.queue[i].project)
	g.queue = slices.Delete(g.queue, i, i+1)
}

func (g *gate) leave(project string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all--
	decrement(g.running, project)
	for i := 0; i < len(g.queue) && g.all < g.limits.Running; {
		t := g.queue[i]
		if !g.free(t.project) {
			i++
			continue
		}
		g.remove(i)
		g.start(t)
	}
}

func decrement(counts map[string]int, key string) {
	if counts[key]--; counts[key] == 0 {
		delete(counts, key)
	}
}

// counts returns how many queries run and wait.
func (g *gate) counts() (running, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.all, len(g.queue)
}
