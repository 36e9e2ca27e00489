package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

const (
	// portionRecords is how many records are filtered at once, unless a single batch holds more.
	portionRecords = 5000
	// portionSpread is how far apart the arrivals of one portion may lie: filters see all of it as having arrived with
	// its last batch.
	portionSpread = time.Second
	// loadWithin is how long a portion may take into the scratch table, which is no filter's fault.
	loadWithin = 10 * time.Second
	// failTimeouts is how often in a row a filter may time out before its tails end.
	failTimeouts = 3
)

// tailer follows the fresh records of one project for all tails of it. One goroutine owns everything but what the
// engine guards; others hand it functions to run (do).
type tailer struct {
	engine  *Engine
	project string
	options TailOptions
	ctx     context.Context // of the loop, ended by Engine.Close; the loop outlives every call
	cancel  context.CancelFunc
	calls   chan func()
	done    chan struct{}

	tails  int       // guarded by Engine.mu
	parted time.Time // when a tail last went; guarded by Engine.mu

	watch       Watcher
	subscribers map[*subscriber]bool
	scratch     store.Scratch // nil until a filter needs it

	// recent are the last batches, for tails that resume: all of the project's with floor < Seq <= position.
	recent          []*record.Batch
	recentBytes     int64
	floor, position uint64
}

func newTailer(e *Engine, project string) *tailer {
	t := &tailer{
		engine: e, project: project, options: e.options.Tail,
		calls: make(chan func()), done: make(chan struct{}),
		subscribers: map[*subscriber]bool{}, watch: e.feed.Watch(project),
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.floor = t.watch.Since()
	t.position = t.floor
	return t
}

// do runs fn in the loop and reports false if the loop has ended.
func (t *tailer) do(fn func()) bool {
	ran := make(chan struct{})
	select {
	case t.calls <- func() { fn(); close(ran) }:
		<-ran
		return true
	case <-t.done:
		return false
	}
}

// run is the loop.
func (t *tailer) run() {
	defer close(t.done)
	defer t.end()
	gather := time.NewTimer(0)
	defer gather.Stop()
	progress := time.NewTicker(t.options.Progress)
	defer progress.Stop()
	linger := time.NewTicker(max(t.options.Linger/2, time.Millisecond))
	defer linger.Stop()
	ready := t.watch.Ready()
	for {
		select {
		case fn := <-t.calls:
			fn()
		case _, open := <-ready:
			if !open {
				return
			}
			t.look()
			// What comes in the next moment is gathered.
			ready = nil
			gather.Reset(t.options.Every)
		case <-gather.C:
			ready = t.watch.Ready()
		case <-progress.C:
			for s := range t.subscribers {
				s.progress(t.position, false)
			}
		case <-linger.C:
			if t.engine.forget(t, false) {
				return
			}
		case <-t.ctx.Done():
			return
		}
	}
}

// end gives everything back. Tails that still run fail.
func (t *tailer) end() {
	t.engine.forget(t, true)
	t.cancel()
	t.watch.Close()
	for s := range t.subscribers {
		s.fail(ErrUnavailable)
	}
	t.closeScratch()
}

func (t *tailer) closeScratch() {
	if t.scratch != nil {
		_ = t.scratch.Close() // it is only memory
		t.scratch = nil
	}
}

// add begins a tail: what it missed since its cursor, then a frame that says how far it is.
func (t *tailer) add(s *subscriber) {
	for other := range t.subscribers {
		if other.filter.key == s.filter.key {
			s.filter = other.filter
			break
		}
	}
	t.subscribers[s] = true
	if s.from == 0 {
		s.progress(t.position, true)
		return
	}
	switch {
	case s.from > t.position:
		s.offerGap(Gap{Reason: reasonUnknownCursor})
	case s.from < t.floor:
		s.offerGap(Gap{From: s.from + 1, To: t.floor, Reason: reasonOldCursor})
	}
	var missed []*record.Batch
	for i, b := range t.recent {
		if b.Seq > s.from {
			missed = t.recent[i:]
			break
		}
	}
	if s.from <= t.position {
		for _, portion := range portions(missed) {
			t.send(portion, map[*subscriber]bool{s: true})
		}
	}
	s.progress(t.position, true)
}

func (t *tailer) remove(s *subscriber) { delete(t.subscribers, s) }

// look takes what is fresh, sends it and keeps it for a while.
func (t *tailer) look() {
	batches, gap := t.watch.Take()
	if gap.Records > 0 {
		for s := range t.subscribers {
			s.offerGap(Gap{From: gap.From, To: gap.To, Records: gap.Records, Reason: reasonOverload})
		}
		t.recent, t.recentBytes = nil, 0
		t.floor, t.position = gap.To, gap.To
	}
	for _, portion := range portions(batches) {
		t.send(portion, t.subscribers)
		t.keep(portion)
	}
}

// keep adds batches to the recent ones and forgets the oldest.
func (t *tailer) keep(batches []*record.Batch) {
	for _, b := range batches {
		t.recent = append(t.recent, b)
		t.recentBytes += size(b)
		t.position = b.Seq
	}
	n := 0
	for t.recentBytes > t.options.ReplayBytes {
		t.recentBytes -= size(t.recent[n])
		t.floor = t.recent[n].Seq
		n++
	}
	t.recent = append([]*record.Batch(nil), t.recent[n:]...)
}

// size returns about how much memory a batch takes; small ones have a price too.
func size(b *record.Batch) int64 { return max(int64(b.Bytes), 1<<10) }

// portions splits batches into runs that are filtered at once.
func portions(batches []*record.Batch) (all [][]*record.Batch) {
	begin, records := 0, 0
	for i, b := range batches {
		apart := b.Arrived.Sub(batches[begin].Arrived).Abs() > portionSpread
		if i > begin && (records+len(b.Records) > portionRecords || apart) {
			all = append(all, batches[begin:i])
			begin, records = i, 0
		}
		records += len(b.Records)
	}
	if begin < len(batches) {
		all = append(all, batches[begin:])
	}
	return all
}

// send filters a portion and queues what matches for each subscriber. Equal filters run once.
func (t *tailer) send(batches []*record.Batch, to map[*subscriber]bool) {
	if len(to) == 0 {
		return
	}
	p := newPortion(batches)
	byFilter := map[*filter][]*subscriber{}
	for s := range to {
		byFilter[s.filter] = append(byFilter[s.filter], s)
	}
	loaded := false
	for f, subscribers := range byFilter {
		matches, err := p.all(), error(nil)
		if f.bound != nil {
			if !loaded {
				err = t.load(p)
				loaded = err == nil
			}
			if err == nil {
				matches, err = t.filter(p, f)
			}
		}
		for _, s := range subscribers {
			t.deliver(s, p, matches, err)
		}
	}
}

// deliver queues what matched, or says why nothing is known of what did.
func (t *tailer) deliver(s *subscriber, p *portion, matches []int, err error) {
	var records []json.RawMessage
	if err == nil {
		records, err = p.encode(s.sampler.pick(p, matches))
	}
	switch {
	case err == nil:
		s.offer(p, records, len(matches))
	case t.ctx.Err() != nil: // the loop is about to end
	default:
		s.offerGap(Gap{From: p.first, To: p.last, Records: len(p.records), Reason: reasonFilter + err.Error()})
		if s.filter.timeouts >= failTimeouts {
			s.fail(fmt.Errorf("%w: the filter is too slow", ErrTooExpensive))
		}
	}
}

// load puts a portion into the scratch table.
func (t *tailer) load(p *portion) error {
	ctx, cancel := context.WithTimeout(t.ctx, loadWithin)
	defer cancel()
	if t.scratch == nil {
		scratch, err := t.engine.store.NewScratch(ctx)
		if err != nil {
			return err
		}
		t.scratch = scratch
	}
	err := t.scratch.Load(ctx, &record.Batch{Project: t.project, Seq: p.last, Arrived: p.arrived[len(p.arrived)-1], Records: p.records})
	if err != nil {
		t.closeScratch() // the next one gets a new table
	}
	return err
}

// filter returns the indexes of the records of the loaded portion that match, in order.
func (t *tailer) filter(p *portion, f *filter) (matches []int, err error) {
	ctx, cancel := context.WithTimeout(t.ctx, t.options.FilterTimeout)
	defer cancel()
	defer func() {
		if err != nil && ctx.Err() != nil {
			f.timeouts++
			err = fmt.Errorf("%w of %v", ErrTimeout, t.options.FilterTimeout)
			return
		}
		f.timeouts = 0
	}()
	rows, err := t.scratch.Query(ctx, f.bound)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var dst [1]any
	for rows.Next(dst[:]) {
		i, ok := dst[0].(int64)
		if !ok || i < 0 || i >= int64(len(p.records)) {
			return nil, fmt.Errorf("row number %v of a table with %d rows", dst[0], len(p.records))
		}
		matches = append(matches, int(i))
	}
	slices.Sort(matches)
	return matches, rows.Err()
}

// portion is a run of batches that is filtered at once.
type portion struct {
	first, last uint64 // Seq
	records     []record.Record
	arrived     []time.Time       // of each record
	encoded     []json.RawMessage // of each record, nil until somebody wants it
}

func newPortion(batches []*record.Batch) *portion {
	p := &portion{first: batches[0].Seq, last: batches[len(batches)-1].Seq}
	for _, b := range batches {
		p.records = append(p.records, b.Records...)
		for range b.Records {
			p.arrived = append(p.arrived, b.Arrived)
		}
	}
	p.encoded = make([]json.RawMessage, len(p.records))
	return p
}

// all are the indexes of all records.
func (p *portion) all() []int {
	indexes := make([]int, len(p.records))
	for i := range indexes {
		indexes[i] = i
	}
	return indexes
}

// encode returns records by their indexes.
func (p *portion) encode(indexes []int) (all []json.RawMessage, err error) {
	for _, i := range indexes {
		if p.encoded[i] == nil {
			if p.encoded[i], err = encodeRow(&p.records[i], p.arrived[i]); err != nil {
				return nil, err
			}
		}
		all = append(all, p.encoded[i])
	}
	return all, nil
}
