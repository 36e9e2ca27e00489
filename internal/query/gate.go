package query

import (
	"context"
	"slices"
	"sync"
	"time"
)

// gate lets so many queries run at once, in all, of one project, and of one asker of it, and so many wait. Who waits gets a turn in
// the order of arrival, except that who is at a limit of their own does not hold up the others.
type gate struct {
	limits Options

	mu      sync.Mutex
	all     int           // running
	running map[party]int // only those above 0
	queue   []*ticket
	waiting map[party]int // in queue; only those above 0
}

// party is a project, or with an asker one of those who ask about it.
type party struct{ project, asker string }

// ticket is a query that waits. Its channel is closed when it may run.
type ticket struct {
	party
	turn chan struct{}
}

// enter waits for a turn. leave ends it; calling it twice is fine. The error is a *Busy, or ctx's.
func (g *gate) enter(ctx context.Context, who party) (leave func(), err error) {
	t, err := g.join(who)
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
	return sync.OnceFunc(func() { g.leave(who) }), nil
}

// join returns a ticket whose turn may have come at once.
func (g *gate) join(who party) (*ticket, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := &ticket{party: who, turn: make(chan struct{})}
	if g.free(who) {
		g.start(t)
		return t, nil
	}
	switch {
	case !below(g.waiting, who, g.limits.WaitingPerProject, g.limits.WaitingPerAsker):
		return nil, &Busy{Project: true, After: time.Second}
	case len(g.queue) >= g.limits.Waiting:
		return nil, &Busy{After: time.Second}
	}
	g.queue = append(g.queue, t)
	add(g.waiting, who, 1)
	return t, nil
}

func (g *gate) free(who party) bool {
	return g.all < g.limits.Running && below(g.running, who, g.limits.RunningPerProject, g.limits.RunningPerAsker)
}

func (g *gate) start(t *ticket) {
	g.all++
	add(g.running, t.party, 1)
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
	add(g.waiting, g.queue[i].party, -1)
	g.queue = slices.Delete(g.queue, i, i+1)
}

func (g *gate) leave(who party) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all--
	add(g.running, who, -1)
	for i := 0; i < len(g.queue) && g.all < g.limits.Running; {
		t := g.queue[i]
		if !g.free(t.party) {
			i++
			continue
		}
		g.remove(i)
		g.start(t)
	}
}

// below tells whether one more of a party stays within the limits of its project and of its asker, where there is one.
func below(counts map[party]int, who party, ofProject, ofAsker int) bool {
	return counts[party{project: who.project}] < ofProject && (who.asker == "" || counts[who] < ofAsker)
}

// add changes the count of a party's project, and of its asker where there is one.
func add(counts map[party]int, who party, n int) {
	parties := []party{{project: who.project}, who}
	if who.asker == "" {
		parties = parties[:1]
	}
	for _, one := range parties {
		if counts[one] += n; counts[one] == 0 {
			delete(counts, one)
		}
	}
}

// counts returns how many queries run and wait.
func (g *gate) counts() (running, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.all, len(g.queue)
}
