package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/zeebo/xxh3"
	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sent is a request of these tests: the body is its JSON.
type sent struct {
	Note    string // makes equal requests differ
	Records []row
	Points  []int // days of metric points
	Bytes   int   // memory that it claims
}

type row struct {
	Span string
	Kind record.Kind
	Day  int
}

func spans(day int, names ...string) sent {
	var s sent
	for _, name := range names {
		s.Records = append(s.Records, row{Span: name, Day: day})
	}
	return s
}

func (s sent) request(project string, arrived time.Time) *record.Request {
	body, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	req := &record.Request{Project: project, Arrived: arrived, Signal: record.Traces, Encoding: record.JSON, Body: body}
	if len(s.Points) > 0 {
		req.Signal = record.Metrics
	}
	return req
}

// decoder is the Decoder of these tests.
type decoder struct{ err error }

func (d decoder) Decode(req *record.Request) (*record.Batch, error) {
	if d.err != nil {
		return nil, d.err
	}
	var s sent
	if err := json.Unmarshal(req.Body, &s); err != nil {
		return nil, err
	}
	b := &record.Batch{Project: req.Project, Arrived: req.Arrived, Bytes: s.Bytes, Digest: xxh3.Hash128(req.Body).Bytes()}
	for _, r := range s.Records {
		b.Records = append(b.Records, record.Record{TraceID: "t", SpanID: r.Span, Kind: r.Kind, StartNano: day(r.Day), Origin: &record.Origin{}})
	}
	for i, d := range s.Points {
		b.Metrics = append(b.Metrics, record.Metric{Name: fmt.Sprint(i), RecordedNano: day(d), Origin: &record.Origin{}})
	}
	return b, nil
}

func day(d int) int64 { return int64(d) * int64(24*time.Hour) }

// dayFile is one file of memory. It keeps the highest Seq that it holds rows of, as the real ones do.
type dayFile struct {
	seq  uint64
	rows []string // "project/span/kind" or "project/metrics digest/index"
	ids  []identified
}

type identified struct {
	project string
	id      store.Identity
}

func (f dayFile) clone() dayFile {
	f.rows = append([]string(nil), f.rows...)
	f.ids = append([]identified(nil), f.ids...)
	return f
}

// memory is a store that loses what was not made durable when it crashes. Each day is a file of its own, and they
// become durable one by one, so that a crash may keep a part of a batch.
type memory struct {
	store.Store // what these tests do not call

	mu       sync.Mutex
	files    map[int]dayFile
	disk     map[int]dayFile // as after a crash
	applied  uint64
	durable  uint64
	fail     func([]*record.Batch) error // of Apply, before it does anything
	applies  int
	syncs    int
	changed  chan struct{} // capacity 1
	noSyncs  bool          // Sync does nothing
	lastSize int           // batches in the last Apply
}

func newMemory() *memory {
	return &memory{files: map[int]dayFile{}, disk: map[int]dayFile{}, changed: make(chan struct{}, 1)}
}

func (m *memory) Apply(ctx context.Context, batches []*record.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	m.applies++
	defer m.signal()
	if m.fail != nil {
		if err := m.fail(batches); err != nil {
			return err
		}
	}
	m.lastSize = len(batches)
	for _, b := range batches {
		m.applyOne(b)
	}
	return nil
}

func (m *memory) applyOne(b *record.Batch) {
	touched := map[int]dayFile{}
	add := func(nano int64, text string, id store.Identity) {
		d := int(nano / day(1))
		f, ok := touched[d]
		if !ok {
			if f = m.files[d]; f.seq >= b.Seq {
				return // it holds the batch
			}
		}
		f.rows = append(f.rows, text)
		f.ids = append(f.ids, identified{b.Project, id})
		touched[d] = f
	}
	for _, r := range b.Records {
		add(r.StartNano, fmt.Sprintf("%s/%s/%s", b.Project, r.SpanID, r.Kind), store.Identity{TraceID: r.TraceID, SpanID: r.SpanID, Kind: r.Kind, Arrived: b.Arrived})
	}
	for _, p := range b.Metrics {
		add(p.RecordedNano, fmt.Sprintf("%s/metrics %x/%s", b.Project, b.Digest[:4], p.Name), store.Identity{Digest: b.Digest, Arrived: b.Arrived})
	}
	for d, f := range touched {
		f.seq = b.Seq
		m.files[d] = f
	}
	m.applied = max(m.applied, b.Seq)
}

func (m *memory) signal() {
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

func (m *memory) Durable() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.durable
}

func (m *memory) Sync(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.syncs++
	if m.noSyncs {
		return nil
	}
	for d, f := range m.files {
		m.disk[d] = f.clone()
	}
	m.durable = m.applied
	return nil
}

// syncDay makes one day durable, which does not move Durable.
func (m *memory) syncDay(d int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.disk[d] = m.files[d].clone()
}

// crash returns the store as it is after a crash.
func (m *memory) crash() *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	after := newMemory()
	for d, f := range m.disk {
		after.files[d], after.disk[d] = f.clone(), f.clone()
	}
	after.applied, after.durable = m.durable, m.durable
	return after
}

func (m *memory) Identities(_ context.Context, since time.Time, fn func(string, store.Identity)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.files {
		for _, i := range f.ids {
			if !i.id.Arrived.Before(since) {
				fn(i.project, i.id)
			}
		}
	}
	return nil
}

// rows returns how often the store holds each row.
func (m *memory) rows() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string]int{}
	for _, f := range m.files {
		for _, r := range f.rows {
			all[r]++
		}
	}
	return all
}

// waitFor waits until the store, after some Apply, is as wanted.
func (m *memory) waitFor(t *testing.T, as func() bool) {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		m.mu.Lock()
		ok := as()
		m.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-m.changed:
		case <-timeout:
			t.Fatal("the store does not become as wanted")
		}
	}
}
