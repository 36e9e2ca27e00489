package ingest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

const (
	// applyMost bounds one Apply in multiples of ApplyRecords, for when the loop is behind.
	applyMost = 4
	// applyMostBytes bounds it in bytes.
	applyMostBytes = 64 << 20
	// lookEvery is how often the loop looks for what became durable by itself.
	lookEvery = 2 * time.Second
	// refusedTries is how often a batch that the store refuses is tried.
	refusedTries = 3
)

// queue holds the items that wait for the apply loop, in order of Seq. It is bounded by QueueBytes, through room.
type queue struct {
	wake chan struct{} // capacity 1: something changed

	mu      sync.Mutex
	items   []*item
	records int       // in items, metrics included
	since   time.Time // when the oldest was pushed
}

func (q *queue) init() { q.wake = make(chan struct{}, 1) }

func (q *queue) push(it *item) {
	q.mu.Lock()
	if len(q.items) == 0 {
		q.since = time.Now()
	}
	q.items = append(q.items, it)
	q.records += it.count()
	q.mu.Unlock()
	q.poke()
}

func (it *item) count() int { return len(it.batch.Records) + len(it.batch.Metrics) }

// poke makes the apply loop look.
func (q *queue) poke() {
	select {
	case q.wake <- struct{}{}:
	default: // it is told already
	}
}

// due tells how long the loop shall wait until it takes what is queued: 0 is now, negative is nothing queued.
func (q *queue) due(every time.Duration, records int) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case len(q.items) == 0:
		return -1
	case q.records >= records:
		return 0
	}
	return max(0, every-time.Since(q.since))
}

// take removes the oldest items: at least one if there is any, and no more than the bounds.
func (q *queue) take(records int, bytes int64) []*item {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for n < len(q.items) && (n == 0 || records > 0 && bytes > 0) {
		records -= q.items[n].count()
		bytes -= q.items[n].room
		q.records -= q.items[n].count()
		n++
	}
	taken := q.items[:n:n]
	q.items = append([]*item(nil), q.items[n:]...)
	return taken
}

// applyLoop applies what is queued until stop is closed and the queue is empty, or ctx ends.
func (p *Pipeline) applyLoop(ctx context.Context) {
	defer close(p.done)
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	stop := p.stop
	stopping := false
	for ctx.Err() == nil {
		wait := p.queue.due(p.options.ApplyEvery, p.options.ApplyRecords)
		if wait < 0 && stopping {
			return
		}
		if wait == 0 || wait > 0 && stopping {
			p.applyQueued(ctx)
			continue
		}
		if wait < 0 {
			p.makeRoomInLog(ctx)
			wait = lookEvery
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-p.queue.wake:
		case <-stop:
			stopping, stop = true, nil
		case <-ctx.Done():
		}
	}
}

// applyQueued applies one portion of the queue.
func (p *Pipeline) applyQueued(ctx context.Context) {
	items := p.queue.take(applyMost*p.options.ApplyRecords, applyMostBytes)
	batches := make([]*record.Batch, len(items))
	for i, it := range items {
		batches[i] = it.batch
	}
	if err := p.apply(ctx, batches); err != nil {
		return // ctx ended: the log keeps the batches for the next Open
	}
	now := time.Now()
	for _, it := range items {
		p.metrics.visible.Observe(now.Sub(it.batch.Arrived).Seconds())
		p.release(it.room)
	}
	p.makeRoomInLog(ctx)
}

// apply gives batches to the store and does not return before it has taken them, or they are in quarantine, or ctx
// ends, which is the only error.
func (p *Pipeline) apply(ctx context.Context, batches []*record.Batch) error {
	began := time.Now()
	err := p.applyOnce(ctx, batches)
	if err == nil {
		p.metrics.apply.Observe(time.Since(began).Seconds())
		p.quarantinedRow = 0
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// One of them is bad. The store skips what it already took of the others.
	for _, b := range batches {
		if err := p.applyOrQuarantine(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// applyOnce waits for as long as the store is unavailable, and returns its other errors.
func (p *Pipeline) applyOnce(ctx context.Context, batches []*record.Batch) error {
	for try := 0; ; try++ {
		err := p.options.Store.Apply(ctx, batches)
		if !errors.Is(err, store.ErrUnavailable) {
			return err
		}
		if try == 0 {
			p.logger.Warn("store unavailable, requests queue up", "error", err)
		}
		p.metrics.applyRetries.Inc()
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

// applyOrQuarantine tries one batch a few times and then puts it into quarantine. When batch after batch is refused it
// is the store that is bad, more likely than they, so each further one waits longer: the queue fills and clients are
// told to retry, rather than everything going to quarantine.
func (p *Pipeline) applyOrQuarantine(ctx context.Context, b *record.Batch) error {
	for try := 0; ; try++ {
		err := p.applyOnce(ctx, []*record.Batch{b})
		if err == nil {
			p.quarantinedRow = 0
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.metrics.applyRetries.Inc()
		if try+1 >= refusedTries {
			// The store gets an empty batch in its place, so that Durable moves on.
			if qerr := p.quarantineEntry(b.Seq, err); qerr == nil {
				b.Records, b.Metrics = nil, nil
				p.quarantinedRow++
				return p.applyEmpty(ctx, b)
			} else if try+1 == refusedTries {
				p.logger.Error("batch refused by the store and not saved in quarantine; it is tried again", "seq", b.Seq, "error", errors.Join(err, qerr))
			}
		}
		if err := pause(ctx, try+p.quarantinedRow); err != nil {
			return err
		}
	}
}

// applyEmpty applies a batch without records. A store that refuses even that learns of the number with the next one.
func (p *Pipeline) applyEmpty(ctx context.Context, b *record.Batch) error {
	_ = p.applyOnce(ctx, []*record.Batch{b})
	return ctx.Err()
}

// pause waits before try number try+1: 100 ms, doubling up to 30 s. It returns ctx's error if that ends first.
func pause(ctx context.Context, try int) error {
	timer := time.NewTimer(min(100*time.Millisecond<<min(try, 10), 30*time.Second))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// makeRoomInLog deletes what the store holds durably. When the log is more than half full the store is made durable
// first, out of its own schedule.
func (p *Pipeline) makeRoomInLog(ctx context.Context) {
	if p.log.Stats().Bytes > p.options.LogBytes/2 {
		if err := p.options.Store.Sync(ctx); err != nil && ctx.Err() == nil {
			p.logger.Warn("store not made durable although the write-ahead log fills up", "error", err)
		}
	}
	durable := p.options.Store.Durable()
	if durable <= p.truncated {
		return
	}
	if err := p.log.Truncate(durable); err != nil {
		p.logger.Warn("write-ahead log not truncated", "through_seq", durable, "error", err)
		return
	}
	p.truncated = durable
}
