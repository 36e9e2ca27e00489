package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// replay applies the entries of the log that the store does not hold durably, and fills the window so that repeats
// are recognised, within these entries and later.
//
// The store may hold a part of an entry already, because its files are not written as one; it skips that by itself.
// The window must not take that part for a repeat: of records that would be harmless, since only those that are stored
// are dropped, but a metrics request has one identity for all its points.
func (p *Pipeline) replay(ctx context.Context, w *window) error {
	began := time.Now()
	from := p.options.Store.Durable() + 1
	since, err := p.oldestArrival(from)
	if err != nil {
		return err
	}
	r := replayer{p: p, window: w, stored: map[identityHash]int64{}}
	if err := p.options.Store.Identities(ctx, since.Add(-p.options.DedupWindow), r.seed); err != nil {
		return fmt.Errorf("read identities from the store: %w", err)
	}
	err = p.log.Replay(from, func(seq uint64, payload []byte) error { return r.entry(ctx, seq, payload) })
	if err == nil {
		err = r.flush(ctx)
	}
	if err != nil {
		return err
	}
	for id := range r.stored {
		w.seen(id, w.started)
	}
	if r.entries > 0 {
		p.logger.Info("write-ahead log replayed", "requests", r.entries, "records", r.records, "took_ms", time.Since(began).Milliseconds())
	}
	p.makeRoomInLog(ctx)
	return nil
}

// oldestArrival returns when the first entry from the sequence number from on arrived, or now.
func (p *Pipeline) oldestArrival(from uint64) (time.Time, error) {
	oldest, found := time.Now(), errors.New("found")
	err := p.log.Replay(from, func(_ uint64, payload []byte) error {
		if req, err := parseEntry(payload); err == nil && req.Arrived.Before(oldest) {
			oldest = req.Arrived
		}
		return found
	})
	if err != nil && !errors.Is(err, found) {
		return time.Time{}, err
	}
	return oldest, nil
}

// replayer is the state of one replay.
type replayer struct {
	p      *Pipeline
	window *window
	stored map[identityHash]int64 // metrics requests that the store holds, wholly or in part, and when they arrived in µs

	items            []*item
	waiting          int // records in items
	bytes            int64
	entries, records int
}

// seed takes an identity that the store holds.
func (r *replayer) seed(project string, id store.Identity) {
	if id.Digest != (record.Digest{}) {
		r.stored[hashMetrics(project, id.Digest)] = id.Arrived.UnixMicro()
		return
	}
	r.window.seen(hashRecord(project, id.TraceID, id.SpanID, id.Kind), r.window.started)
}

// entry takes one entry of the log.
func (r *replayer) entry(ctx context.Context, seq uint64, payload []byte) error {
	it := &item{room: int64(len(payload))}
	req, err := parseEntry(payload)
	if err == nil {
		it.batch, err = r.p.options.Decoder.Decode(req)
	}
	if err != nil {
		// It was decoded once, so this is a fault of this version.
		if err := r.p.quarantineEntry(seq, fmt.Errorf("decode: %w", err)); err != nil {
			return err
		}
		it.batch = &record.Batch{}
	}
	it.batch.Seq = seq
	it.identify()
	r.dropRepeats(it)
	r.items = append(r.items, it)
	r.entries++
	r.waiting += it.count()
	r.bytes += max(it.room, int64(it.batch.Bytes))
	if r.waiting >= r.p.options.ApplyRecords || r.bytes >= applyMostBytes {
		return r.flush(ctx)
	}
	return nil
}

// dropRepeats drops what the window knows, and a metrics request that the store holds from an earlier arrival.
func (r *replayer) dropRepeats(it *item) {
	b := it.batch
	records := len(b.Records)
	it.dropRepeats(r.window)
	if len(b.Metrics) == 0 {
		return
	}
	if arrived, ok := r.stored[it.keys[records]]; ok && arrived != b.Arrived.UnixMicro() {
		b.Metrics = nil
	}
}

// flush applies what has gathered.
func (r *replayer) flush(ctx context.Context) error {
	batches := make([]*record.Batch, len(r.items))
	for i, it := range r.items {
		batches[i] = it.batch
	}
	r.records += r.waiting
	r.items, r.waiting, r.bytes = nil, 0, 0
	if len(batches) == 0 {
		return nil
	}
	return r.p.apply(ctx, batches)
}
