package ingest

import (
	"slices"
	"sync"

	"github.com/hearth-dev/hearth/internal/record"
)

// Watch follows the fresh records of one project. Batches come in order of Seq, without repeats, right after they are
// on disk and before they are in the store. They are shared: nobody may change them.
//
// At most Options.WatchBytes wait to be taken; then the oldest are dropped and told as a gap.
type Watch struct {
	project string
	watches *watches
	since   uint64
	ready   chan struct{} // capacity 1

	mu      sync.Mutex
	batches []*record.Batch
	bytes   int64
	gap     record.Gap
	closed  bool
}

// Watch begins to follow a project. The caller closes the Watch.
func (p *Pipeline) Watch(project string) *Watch {
	w := &Watch{project: project, watches: &p.watches, ready: make(chan struct{}, 1)}
	p.watches.add(w)
	return w
}

// Since returns the sequence number after which the Watch sees everything of its project.
func (w *Watch) Since() uint64 { return w.since }

// Ready yields a value when there may be something to take. It is closed when the Watch or the pipeline is closed.
func (w *Watch) Ready() <-chan struct{} { return w.ready }

// Take returns what has come since the last Take, in order. A gap with Records > 0 says what was dropped before these
// batches.
func (w *Watch) Take() (batches []*record.Batch, gap record.Gap) {
	w.mu.Lock()
	defer w.mu.Unlock()
	batches, gap = w.batches, w.gap
	w.batches, w.bytes, w.gap = nil, 0, record.Gap{}
	return batches, gap
}

// Close ends the Watch. Close twice is fine.
func (w *Watch) Close() {
	w.watches.remove(w)
	w.end()
}

func (w *Watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.closed = true
		close(w.ready)
	}
}

// offer adds a batch.
func (w *Watch) offer(b *record.Batch, most int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	w.batches = append(w.batches, b)
	w.bytes += int64(b.Bytes)
	for w.bytes > most && len(w.batches) > 1 {
		w.dropOldest()
	}
	select {
	case w.ready <- struct{}{}:
	default: // it is told already
	}
}

func (w *Watch) dropOldest() {
	oldest := w.batches[0]
	w.batches[0] = nil
	w.batches = w.batches[1:]
	w.bytes -= int64(oldest.Bytes)
	if w.gap.Records == 0 {
		w.gap.From = oldest.Seq
	}
	w.gap.To = oldest.Seq
	w.gap.Records += len(oldest.Records)
}

// watches are the watches of all projects.
type watches struct {
	most int64

	mu        sync.Mutex
	byProject map[string][]*Watch
	published uint64 // the last Seq that was published, of any project
	closed    bool
}

func (ws *watches) init(most int64, published uint64) {
	ws.most, ws.byProject, ws.published = most, map[string][]*Watch{}, published
}

func (ws *watches) add(w *Watch) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.closed {
		w.end()
		return
	}
	w.since = ws.published
	ws.byProject[w.project] = append(ws.byProject[w.project], w)
}

func (ws *watches) remove(w *Watch) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	rest := slices.DeleteFunc(ws.byProject[w.project], func(other *Watch) bool { return other == w })
	if len(rest) == 0 {
		delete(ws.byProject, w.project)
		return
	}
	ws.byProject[w.project] = rest
}

// publish offers a batch to whoever watches its project. Metrics are not watched.
func (ws *watches) publish(b *record.Batch) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.published = b.Seq
	if len(b.Records) == 0 {
		return
	}
	for _, w := range ws.byProject[b.Project] {
		w.offer(b, ws.most)
	}
}

func (ws *watches) close() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.closed = true
	for _, list := range ws.byProject {
		for _, w := range list {
			w.end()
		}
	}
	clear(ws.byProject)
}
