package ingest

import (
	"sync"

	"github.com/hearth-dev/hearth/internal/record"
)

// item is a batch on its way through the pipeline.
type item struct {
	batch  *record.Batch
	signal record.Signal
	room   int64          // that it takes of QueueBytes
	keys   []identityHash // of the records, in order, then of the metrics request, if any; nil once used
}

// identify computes the keys.
func (it *item) identify() {
	b := it.batch
	it.keys = make([]identityHash, 0, len(b.Records)+1)
	for i := range b.Records {
		r := &b.Records[i]
		it.keys = append(it.keys, hashRecord(b.Project, r.TraceID, r.SpanID, r.Kind))
	}
	if len(b.Metrics) > 0 {
		it.keys = append(it.keys, hashMetrics(b.Project, b.Digest))
	}
}

// dropRepeats removes from the batch what the window knows.
func (it *item) dropRepeats(w *window) {
	b := it.batch
	kept := b.Records[:0]
	for i := range b.Records {
		if !w.seen(it.keys[i], b.Arrived) {
			kept = append(kept, b.Records[i])
		}
	}
	clear(b.Records[len(kept):])
	if len(b.Metrics) > 0 && w.seen(it.keys[len(b.Records)], b.Arrived) {
		b.Metrics = nil
	}
	b.Records = kept
}

// order puts items that come from many goroutines back into the order of their sequence numbers, which have no gaps.
type order struct {
	mu    sync.Mutex
	next  uint64
	early map[uint64]*item // bounded by the Adds under way
	then  func(*item)      // called under mu, in order
}

func (o *order) init(next uint64, then func(*item)) {
	o.next, o.then, o.early = next, then, map[uint64]*item{}
}

// put hands the item on, and those that waited for it; or lets it wait for one before it, whose goroutine then hands
// it on.
func (o *order) put(it *item) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.early[it.batch.Seq] = it
	for {
		it, ok := o.early[o.next]
		if !ok {
			return
		}
		delete(o.early, o.next)
		o.next++
		o.then(it)
	}
}
