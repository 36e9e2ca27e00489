package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// hose is a Feed that the tests fill.
type hose struct {
	mu       sync.Mutex
	seq      uint64
	watchers []*tap
}

func (h *hose) Watch(string) Watcher {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := &tap{since: h.seq, ready: make(chan struct{}, 1)}
	h.watchers = append(h.watchers, w)
	return w
}

// publish sends logs with these messages as one batch.
func (h *hose) publish(messages ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq++
	for _, w := range h.watchers {
		w.give(logs(h.seq, messages...), record.Gap{})
	}
}

// lose makes the watchers miss a batch.
func (h *hose) lose(records int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq++
	for _, w := range h.watchers {
		w.give(nil, record.Gap{From: h.seq, To: h.seq, Records: records})
	}
}

func (h *hose) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range h.watchers {
		close(w.ready)
	}
}

// tap is a Watcher of a hose.
type tap struct {
	since uint64
	ready chan struct{}

	mu      sync.Mutex
	batches []*record.Batch
	gap     record.Gap
	closed  bool
}

func (w *tap) give(b *record.Batch, gap record.Gap) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b != nil {
		w.batches = append(w.batches, b)
	} else {
		w.gap = gap
	}
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

func (w *tap) Since() uint64          { return w.since }
func (w *tap) Ready() <-chan struct{} { return w.ready }
func (w *tap) Close()                 { w.mu.Lock(); w.closed = true; w.mu.Unlock() }

func (w *tap) Take() ([]*record.Batch, record.Gap) {
	w.mu.Lock()
	defer w.mu.Unlock()
	batches, gap := w.batches, w.gap
	w.batches, w.gap = nil, record.Gap{}
	return batches, gap
}

// reader is an open tail.
type reader struct {
	t      *testing.T
	frames chan Frame
	ended  chan error
	cancel context.CancelFunc
}

// follow opens a tail and waits for its first frame, which tells where it is, if it takes one.
func follow(t *testing.T, e *Engine, r TailRequest) (*reader, Frame) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	tail := &reader{t: t, frames: make(chan Frame), ended: make(chan error, 1), cancel: cancel}
	t.Cleanup(cancel)
	r.Project = "demo"
	go func() {
		tail.ended <- e.Tail(ctx, r, func(f Frame) error {
			select {
			case tail.frames <- f:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	return tail, tail.next()
}

// next returns the next frame.
func (r *reader) next() Frame {
	r.t.Helper()
	select {
	case f := <-r.frames:
		return f
	case err := <-r.ended:
		r.t.Fatalf("the tail ended: %v", err)
	case <-time.After(20 * time.Second):
		r.t.Fatal("no frame comes")
	}
	return Frame{}
}

// close ends the tail and returns its error.
func (r *reader) close() error {
	r.cancel()
	return <-r.ended
}

// messages returns what the frame holds.
func messages(f Frame) string {
	var all []string
	for _, r := range f.Records {
		var fields struct{ Message string }
		if err := json.Unmarshal(r, &fields); err != nil {
			return err.Error()
		}
		all = append(all, fields.Message)
	}
	return strings.Join(all, " ")
}

// counting is a store whose scratch tables count what runs on them.
type counting struct {
	store.Store
	loads, queries, open atomic.Int64
	fail                 atomic.Pointer[error] // what queries return
	block                atomic.Bool           // whether queries last until they are cancelled
}

func (c *counting) NewScratch(ctx context.Context) (store.Scratch, error) {
	s, err := c.Store.NewScratch(ctx)
	c.open.Add(1)
	return &countingScratch{s, c}, err
}

type countingScratch struct {
	store.Scratch
	c *counting
}

func (s *countingScratch) Load(ctx context.Context, b *record.Batch) error {
	s.c.loads.Add(1)
	return s.Scratch.Load(ctx, b)
}

func (s *countingScratch) Query(ctx context.Context, q *pgsql.Bound) (store.Rows, error) {
	s.c.queries.Add(1)
	if err := s.c.fail.Load(); err != nil {
		return nil, *err
	}
	if s.c.block.Load() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.Scratch.Query(ctx, q)
}

func (s *countingScratch) Close() error {
	s.c.open.Add(-1)
	return s.Scratch.Close()
}

func TestATailSendsWhatMatches(t *testing.T) {
	t.Parallel()
	h := &hose{}
	e := newEngine(t, openDuckDB(t), h, Options{Tail: TailOptions{Every: time.Millisecond}})
	tail, first := follow(t, e, TailRequest{Filter: "message LIKE '%ir%'"})
	expect(t, first, Frame{})
	everything, _ := follow(t, e, TailRequest{})
	h.publish("first", "second", "third")
	f := tail.next()
	expect(t, messages(f), "first third")
	expect(t, f.Cursor, "1")
	expect(t, messages(everything.next()), "first second third")
	h.publish("fourth")
	h.publish("a bird")
	f = tail.next()
	expect(t, messages(f), "a bird")
	expect(t, f.Cursor, "3")
	var rest []string
	for len(rest) < 3 {
		rest = append(rest, strings.Fields(messages(everything.next()))...)
	}
	expect(t, rest, []string{"fourth", "a", "bird"})
	if err := tail.close(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	e.Close()
	if err := <-everything.ended; !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	if err := e.Tail(t.Context(), TailRequest{Project: "demo"}, nil); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
}

func TestABadFilterIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	e := newEngine(t, openDuckDB(t), &hose{}, Options{})
	never := func(Frame) error { t.Error("a frame"); return nil }
	for _, filter := range []string{"lvl > 'info'", "message LIKE", "true; DROP TABLE records"} {
		if err := e.Tail(t.Context(), TailRequest{Project: "demo", Filter: filter}, never); !errors.As(err, new(*pgsql.Error)) {
			t.Errorf("%s: %v", filter, err)
		}
	}
	if err := e.Tail(t.Context(), TailRequest{Project: "demo", Cursor: "yesterday"}, never); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	expect(t, e.openTails(), 0)
}

func TestEqualFiltersRunOnce(t *testing.T) {
	t.Parallel()
	h, s := &hose{}, &counting{Store: openDuckDB(t)}
	e := newEngine(t, s, h, Options{})
	var tails []*reader
	for i := range 6 {
		tail, _ := follow(t, e, TailRequest{Filter: fmt.Sprintf("message <> '%d'", i%2)})
		tails = append(tails, tail)
	}
	h.publish("0", "1")
	for i, tail := range tails {
		expect(t, messages(tail.next()), fmt.Sprint(1-i%2))
	}
	expect(t, s.loads.Load(), int64(1))
	expect(t, s.queries.Load(), int64(2))
	e.Close()
	expect(t, s.open.Load(), int64(0))
	expect(t, h.watchers[0].closed, true)
}

func TestATailResumesAfterADroppedConnection(t *testing.T) {
	t.Parallel()
	h := &hose{}
	e := newEngine(t, openDuckDB(t), h, Options{Tail: TailOptions{Every: time.Millisecond}})
	request := TailRequest{Filter: "message <> 'not me'"}
	tail, _ := follow(t, e, request)
	h.publish("one")
	request.Cursor = tail.next().Cursor
	_ = tail.close()
	h.publish("two", "not me")
	h.publish("three")
	tail, f := follow(t, e, request)
	h.publish("four")
	var got []string
	for ; ; f = tail.next() {
		got = append(got, strings.Fields(messages(f))...)
		if f.Gap != nil {
			t.Fatalf("a gap: %+v", f.Gap)
		}
		if slices.Contains(got, "four") {
			break
		}
	}
	expect(t, got, []string{"two", "three", "four"})
}

func TestACursorThatIsTooOldIsAGap(t *testing.T) {
	t.Parallel()
	h := &hose{}
	e := newEngine(t, openDuckDB(t), h, Options{Tail: TailOptions{ReplayBytes: 2500, Every: time.Millisecond}}) // two batches
	tail, _ := follow(t, e, TailRequest{})
	for i := range 5 {
		h.publish(fmt.Sprint(i + 1))
		tail.next()
	}
	_, f := follow(t, e, TailRequest{Cursor: "1"})
	expect(t, f, Frame{Cursor: "3", Gap: &Gap{From: 2, To: 3, Reason: reasonOldCursor}})
	resumed, f := follow(t, e, TailRequest{Cursor: "3"})
	expect(t, messages(f), "4 5")
	expect(t, resumed.next(), Frame{Cursor: "5"})
	foreign, f := follow(t, e, TailRequest{Cursor: "1000"})
	expect(t, f.Gap, &Gap{Reason: reasonUnknownCursor})
	expect(t, foreign.next(), Frame{Cursor: "5"})
}

func TestASlowReaderGetsAGapAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	h := &hose{}
	e := newEngine(t, openDuckDB(t), h, Options{Tail: TailOptions{ReaderBytes: 2000, Every: time.Microsecond}})
	asleep, _ := follow(t, e, TailRequest{})
	awake, _ := follow(t, e, TailRequest{})
	const batches = 50
	for i := range batches {
		h.publish(fmt.Sprint(i + 1))
		if f := awake.next(); messages(f) != fmt.Sprint(i+1) {
			t.Fatalf("%+v", f)
		}
	}
	seen, missed := 0, 0
	for seen+missed < batches {
		f := asleep.next()
		seen += len(f.Records)
		if f.Gap != nil {
			expect(t, f.Gap.Reason, reasonSlowReader)
			expect(t, f.Gap.From, uint64(seen+missed+1))
			missed += f.Gap.Records
			expect(t, f.Gap.To, uint64(seen+missed))
		}
	}
	if missed == 0 || seen == 0 {
		t.Errorf("%d seen, %d missed", seen, missed)
	}
	h.publish("awake again")
	expect(t, messages(asleep.next()), "awake again")
}

func TestWhatTheFeedLosesIsAGap(t *testing.T) {
	t.Parallel()
	h := &hose{}
	e := newEngine(t, openDuckDB(t), h, Options{Tail: TailOptions{Every: time.Microsecond}})
	tail, _ := follow(t, e, TailRequest{})
	h.publish("one")
	tail.next()
	h.lose(7)
	expect(t, tail.next(), Frame{Cursor: "2", Gap: &Gap{From: 2, To: 2, Records: 7, Reason: reasonOverload}})
	_, f := follow(t, e, TailRequest{Cursor: "1"})
	expect(t, f.Gap, &Gap{From: 2, To: 2, Reason: reasonOldCursor})
}

func TestAFilterThatFailsIsAGap(t *testing.T) {
	t.Parallel()
	h := &hose{}
	e := newEngine(t, openDuckDB(t), h, Options{Tail: TailOptions{Every: time.Microsecond}})
	tail, _ := follow(t, e, TailRequest{Filter: "message::int > 1"})
	h.publish("not a number", "2")
	f := tail.next()
	if f.Gap == nil || f.Gap.Records != 2 || !strings.HasPrefix(f.Gap.Reason, reasonFilter) {
		t.Fatalf("%+v", f)
	}
	h.publish("1", "2")
	expect(t, messages(tail.next()), "2")
}

func TestAFilterThatIsAlwaysTooSlowEndsItsTails(t *testing.T) {
	t.Parallel()
	h, s := &hose{}, &counting{Store: openDuckDB(t)}
	s.block.Store(true)
	e := newEngine(t, s, h, Options{Tail: TailOptions{Every: time.Microsecond, FilterTimeout: time.Second / 20}})
	tail, _ := follow(t, e, TailRequest{Filter: "message <> ''"})
	for range failTimeouts {
		h.publish("x")
		if f := tail.next(); f.Gap == nil {
			t.Fatalf("%+v", f)
		}
	}
	if err := <-tail.ended; !errors.Is(err, ErrTooExpensive) {
		t.Error(err)
	}
}

func TestAQuietTailIsToldHowFarItIs(t *testing.T) {
	t.Parallel()
	h := &hose{}
	e := newEngine(t, openDuckDB(t), h, Options{Tail: TailOptions{Progress: time.Millisecond, Every: time.Microsecond}})
	tail, _ := follow(t, e, TailRequest{Filter: "false"})
	h.publish("x")
	expect(t, tail.next(), Frame{Cursor: "1"})
}

func TestTailsAreBounded(t *testing.T) {
	t.Parallel()
	e := newEngine(t, openDuckDB(t), &hose{}, Options{Tail: TailOptions{Tails: 1}})
	tail, _ := follow(t, e, TailRequest{})
	if err := e.Tail(t.Context(), TailRequest{Project: "demo"}, nil); !errors.As(err, new(*Busy)) {
		t.Error(err)
	}
	_ = tail.close()
	follow(t, e, TailRequest{})
}

func TestATailEndsWithItsFeedAndItsReader(t *testing.T) {
	t.Parallel()
	h := &hose{}
	e := newEngine(t, openDuckDB(t), h, Options{})
	broken := errors.New("broken pipe")
	if err := e.Tail(t.Context(), TailRequest{Project: "demo"}, func(Frame) error { return broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	tail, _ := follow(t, e, TailRequest{})
	h.end()
	if err := <-tail.ended; !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
}

func TestTheLoopEndsWhenNobodyWatches(t *testing.T) {
	t.Parallel()
	h := &hose{}
	e := newEngine(t, openDuckDB(t), h, Options{Tail: TailOptions{Linger: time.Millisecond}})
	tail, _ := follow(t, e, TailRequest{})
	_ = tail.close()
	e.loops.Wait()
	expect(t, len(e.tailers), 0)
	follow(t, e, TailRequest{}) // a new one begins
}

func TestPortionsHoldTogetherWhatArrivedTogether(t *testing.T) {
	t.Parallel()
	b := func(records int, second int) *record.Batch {
		return &record.Batch{Records: make([]record.Record, records), Arrived: noon.Add(time.Duration(second) * time.Second)}
	}
	var got []int
	for _, p := range portions([]*record.Batch{b(10, 0), b(20, 1), b(1, 3), b(portionRecords*2, 3), b(portionRecords-1, 3), b(1, 3), b(1, 3)}) {
		got = append(got, len(p))
	}
	expect(t, got, []int{2, 1, 1, 2, 1})
	expect(t, len(portions(nil)), 0)
}
