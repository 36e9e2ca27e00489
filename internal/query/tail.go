package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
)

// Feed tells of fresh records.
type Feed interface {
	Watch(project string) Watcher
}

// Watcher follows the fresh records of one project; *ingest.Watch is one. Batches come in ascending order of Seq and
// may not be changed.
type Watcher interface {
	// Since returns the sequence number after which the watcher sees everything.
	Since() uint64
	// Ready yields a value when there may be something to take. It is closed when nothing more comes.
	Ready() <-chan struct{}
	// Take returns what has come since the last Take, and what was dropped before it.
	Take() ([]*record.Batch, record.Gap)
	Close()
}

// TailOptions bound live tails. The zero value of each field means its default.
type TailOptions struct {
	// Tails bounds the tails that are open at once; more get a *Busy. Default 256.
	Tails int
	// Every is the least time between two looks at fresh records: while they pour in, they are gathered for so long.
	// The first after a quiet time are not delayed. Default 100 ms.
	Every time.Duration
	// ReplayBytes bounds the recent batches of a project that are kept for tails that resume. Default 16 MiB.
	ReplayBytes int64
	// Linger is how long they are kept, and gathered, after the last tail has gone. Default 1 min.
	Linger time.Duration
	// ReaderBytes bounds the frames that wait for one reader; what does not fit becomes a gap. Default 8 MiB.
	ReaderBytes int
	// FilterTimeout is how long a condition may take over one portion of fresh records. Default 2 s.
	FilterTimeout time.Duration
	// Progress is how often a reader whose condition matches nothing is told how far it is. Default 15 s.
	Progress time.Duration
}

func (o *TailOptions) setDefaults() {
	setDefault(&o.Tails, 256)
	setDefault(&o.Every, 100*time.Millisecond)
	setDefault(&o.ReplayBytes, 16<<20)
	setDefault(&o.Linger, time.Minute)
	setDefault(&o.ReaderBytes, 8<<20)
	setDefault(&o.FilterTimeout, 2*time.Second)
	setDefault(&o.Progress, 15*time.Second)
}

// TailRequest says what to follow.
type TailRequest struct {
	Project string // id
	// Filter is what follows WHERE, over the columns of records_all; empty takes every record. It sees fresh records
	// only, those that arrived within about the same 100 ms, so a subquery finds nothing older.
	Filter string
	// Cursor is the Cursor of the last frame that the reader has: what came after it is sent first. Empty starts now.
	Cursor       string
	Timezone     string   // IANA name; empty is UTC
	Environments []string // as in Request
	// Sample is how many records a second are sent at most, about; of more, a part is sent with the true number. There are
	// then at most 20 frames a second. 0 sends all.
	Sample int
}

// Frame is a portion of a tail. Exactly one of Records and Gap is set, or none: then it tells only how far the tail is.
// The first frame comes at once.
type Frame struct {
	// Cursor resumes after this frame. It is empty only where there is nothing to resume from.
	Cursor string
	// Records are JSON objects with the columns of lists, in the order of arrival. They are shared: nobody may change
	// them.
	Records []json.RawMessage
	// Of is how many records matched, where Records are a part of them; 0 where they are all.
	Of  int
	Gap *Gap
}

// Gap says that records may be missing from a tail.
type Gap struct {
	From    uint64 `json:"from"`    // first and last position that is missing, both included;
	To      uint64 `json:"to"`      // both 0 when they are not known
	Records int    `json:"records"` // how many records were not sent, matching or not; 0 when not known
	Reason  string `json:"reason"`  // in plain words
}

// Reasons of gaps.
const (
	reasonOldCursor     = "the cursor is older than what is kept for tails that resume"
	reasonUnknownCursor = "the cursor is not from this log"
	reasonSlowReader    = "the reader is too slow"
	reasonOverload      = "records arrive faster than they can be filtered"
	reasonFilter        = "the filter failed: " // and how
)

// cursor writes a position. Position 0 is before the first record: there is nothing to resume from.
func cursor(position uint64) string {
	if position == 0 {
		return ""
	}
	return strconv.FormatUint(position, 10)
}

// Tail calls fn for each frame until ctx ends or fn fails, and returns that error. A bad filter is a *pgsql.Error
// before the first call. fn is called by one goroutine at a time and may block: the reader then gets a gap, and nobody
// else is held up.
func (e *Engine) Tail(ctx context.Context, r TailRequest, fn func(Frame) error) error {
	s, err := e.newSubscriber(r)
	if err != nil {
		return err
	}
	t, err := e.join(r.Project)
	if err != nil {
		return err
	}
	defer e.part(t)
	if !t.do(func() { t.add(s) }) { // it runs in the loop, whose context ends what it starts
		return ErrUnavailable
	}
	defer t.do(func() { t.remove(s) })
	for {
		frames, err := s.take(ctx)
		if err != nil {
			return err
		}
		if s.sampler != nil {
			frames = join(frames)
		}
		for _, f := range frames {
			if err := fn(f); err != nil {
				return err
			}
		}
		if s.sampler != nil {
			if err := pause(ctx); err != nil {
				return err
			}
		}
	}
}

// newSubscriber compiles the request.
func (e *Engine) newSubscriber(r TailRequest) (*subscriber, error) {
	s := &subscriber{most: e.options.Tail.ReaderBytes, sampler: newSampler(r.Sample), metrics: e.metrics, ready: make(chan struct{}, 1)}
	if r.Cursor != "" {
		position, err := strconv.ParseUint(r.Cursor, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: %q is no cursor", ErrInvalid, r.Cursor)
		}
		s.from = position
	}
	s.filter = &filter{key: strings.Join(append([]string{r.Filter, r.Timezone, fmt.Sprint(r.Environments == nil)}, r.Environments...), "\x00")}
	if strings.TrimSpace(r.Filter) == "" && r.Environments == nil {
		return s, nil
	}
	bound, err := pgsql.CompileFilter(r.Filter, []string{pgsql.ColRow}, pgsql.Options{Timezone: r.Timezone, Environments: r.Environments})
	s.filter.bound = bound
	return s, err
}

// join returns the running tailer of the project, and counts the tail.
func (e *Engine) join(project string) (*tailer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, ErrUnavailable
	}
	if e.tails >= e.options.Tail.Tails {
		return nil, &Busy{After: 5 * time.Second}
	}
	t := e.tailers[project]
	if t == nil {
		t = newTailer(e, project)
		e.tailers[project] = t
		e.loops.Go(t.run)
	}
	t.tails++
	e.tails++
	return t, nil
}

// part is the opposite of join.
func (e *Engine) part(t *tailer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tails--
	t.tails--
	t.parted = time.Now()
}

// forget makes the tailer's end known, and reports false when somebody joined.
func (e *Engine) forget(t *tailer, anyway bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !anyway && (t.tails > 0 || time.Since(t.parted) < e.options.Tail.Linger) {
		return false
	}
	if e.tailers[t.project] == t {
		delete(e.tailers, t.project)
	}
	return true
}

func (e *Engine) openTails() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.tails
}

// filter is a compiled condition. Subscribers with equal ones share it.
type filter struct {
	key      string
	bound    *pgsql.Bound // nil takes every record
	timeouts int          // in a row
}

// subscriber is one open tail: a queue of frames between the tailer, which never waits, and the reader.
type subscriber struct {
	filter  *filter
	sampler *sampler
	from    uint64 // to resume after; 0 starts now
	most    int    // bytes in frames
	metrics *metrics
	ready   chan struct{} // capacity 1: something changed

	mu      sync.Mutex
	frames  []Frame
	bytes   int    // that they take
	lagging bool   // since a frame did not fit; nothing but the gap at the end grows until the reader takes them
	told    uint64 // the position that the reader knows when it has taken them
	err     error
}

// frameBytes is what a frame takes beside its records.
const frameBytes = 100

// offer queues records of a portion that match; of is how many did.
func (s *subscriber) offer(p *portion, records []json.RawMessage, of int) {
	if of == 0 {
		return
	}
	size := frameBytes
	for _, r := range records {
		size += len(r)
	}
	if of == len(records) {
		of = 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lagging || s.bytes+size > s.most && len(s.frames) > 0 {
		s.lag(Gap{From: p.first, To: p.last, Records: len(p.records), Reason: reasonSlowReader})
		return
	}
	s.push(Frame{Cursor: cursor(p.last), Records: records, Of: of}, size, p.last)
}

// offerGap queues a gap.
func (s *subscriber) offerGap(g Gap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if size := frameBytes + len(g.Reason); !s.lagging && s.bytes+size <= s.most {
		s.metrics.missed(g)
		s.push(Frame{Cursor: cursor(g.To), Gap: &g}, size, g.To)
		return
	}
	g.Reason = reasonSlowReader
	s.lag(g)
}

// lag begins or widens the gap at the end of the queue. The caller holds mu.
func (s *subscriber) lag(g Gap) {
	s.metrics.missed(g)
	if !s.lagging {
		s.lagging = true
		s.push(Frame{Cursor: cursor(g.To), Gap: &g}, frameBytes, g.To)
		return
	}
	end := &s.frames[len(s.frames)-1]
	end.Gap.To = g.To
	end.Gap.Records += g.Records
	end.Cursor = cursor(g.To)
	s.told = g.To
}

// progress tells the reader how far it is, if it does not know.
func (s *subscriber) progress(position uint64, anyway bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.lagging && (anyway || s.told < position) {
		s.push(Frame{Cursor: cursor(position)}, frameBytes, position)
	}
}

// push queues a frame. The caller holds mu.
func (s *subscriber) push(f Frame, size int, position uint64) {
	s.frames = append(s.frames, f)
	s.bytes += size
	s.told = position
	s.signal()
}

// fail ends the tail after what is queued.
func (s *subscriber) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	s.signal()
}

func (s *subscriber) signal() {
	select {
	case s.ready <- struct{}{}:
	default: // the reader is told already
	}
}

// take waits for frames.
func (s *subscriber) take(ctx context.Context) ([]Frame, error) {
	for {
		frames, err := s.queued()
		if len(frames) > 0 || err != nil {
			return frames, errors.Join(ctx.Err(), err)
		}
		select {
		case <-s.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *subscriber) queued() ([]Frame, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	frames := s.frames
	s.frames, s.bytes, s.lagging = nil, 0, false
	if len(frames) > 0 {
		return frames, nil
	}
	return nil, s.err
}
