package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

func open(t *testing.T, o Options) *Pipeline {
	t.Helper()
	if o.Decoder == nil {
		o.Decoder = decoder{}
	}
	if o.ApplyEvery == 0 {
		o.ApplyEvery = time.Millisecond
	}
	p, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // what is left is of no interest any more
		_ = p.Close(ctx)
	})
	return p
}

// first returns the sequence number of the first request.
func first(p *Pipeline) uint64 { return p.log.Stats().Oldest }

func add(t *testing.T, p *Pipeline, s sent, arrived time.Time) {
	t.Helper()
	if err := try(t, p, s, arrived); err != nil {
		t.Fatal(err)
	}
}

func try(t *testing.T, p *Pipeline, s sent, arrived time.Time) error {
	t.Helper()
	req := s.request("p", arrived)
	batch, err := decoder{}.Decode(req)
	if err != nil {
		t.Fatal(err)
	}
	return p.Add(t.Context(), req, batch)
}

func shut(t *testing.T, p *Pipeline) {
	t.Helper()
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWhatIsAddedIsAppliedOnce(t *testing.T) {
	t.Parallel()
	m, registry := newMemory(), prometheus.NewRegistry()
	p := open(t, Options{Dir: t.TempDir(), Store: m, Registerer: registry})
	base, now := first(p), time.Now()
	add(t, p, spans(1, "a", "b"), now)
	add(t, p, spans(1, "a", "b"), now) // a retry
	add(t, p, spans(1, "b", "c", "c"), now)
	add(t, p, sent{Records: []row{{Span: "a", Kind: record.KindPendingSpan, Day: 1}, {Span: "a", Kind: record.KindPendingSpan, Day: 1}}}, now)
	add(t, p, sent{Points: []int{1, 2}}, now)
	add(t, p, sent{Points: []int{1, 2}}, now)
	add(t, p, sent{Points: []int{1, 2}, Note: "another"}, now)
	shut(t, p)
	rows := m.rows()
	for r, n := range rows {
		if n != 1 {
			t.Errorf("%s is there %d times", r, n)
		}
	}
	expect(t, len(rows), 8)
	expect(t, rows["p/a/pending_span"], 1)
	expect(t, value(t, p.metrics.duplicates.WithLabelValues("traces")), 5.0)
	expect(t, value(t, p.metrics.duplicates.WithLabelValues("metrics")), 2.0)
	expect(t, value(t, p.metrics.records.WithLabelValues("traces")), 4.0)
	expect(t, value(t, p.metrics.queueBytes), 0.0)
	expect(t, m.Durable(), base+6)
	if families, err := registry.Gather(); err != nil || len(families) < 10 {
		t.Error(len(families), err)
	}
}

// value returns the value of a counter or a gauge.
func value(t *testing.T, c prometheus.Collector) float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(c); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	metric := families[0].Metric[0]
	return metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
}

func TestAnEmptyBatchWritesNothing(t *testing.T) {
	t.Parallel()
	p := open(t, Options{Dir: t.TempDir(), Store: newMemory()})
	before := p.log.Stats()
	add(t, p, sent{}, time.Now())
	expect(t, p.log.Stats(), before)
}

func TestRepeatsAreRecognisedAfterARestart(t *testing.T) {
	t.Parallel()
	dir, m, now := t.TempDir(), newMemory(), time.Now()
	p := open(t, Options{Dir: dir, Store: m})
	add(t, p, spans(1, "a"), now)
	add(t, p, sent{Points: []int{1}}, now)
	shut(t, p)
	m = m.crash()
	p = open(t, Options{Dir: dir, Store: m})
	add(t, p, spans(1, "a", "b"), now.Add(time.Second))
	add(t, p, sent{Points: []int{1}}, now.Add(time.Second))
	shut(t, p)
	expect(t, slices.Sorted(maps.Values(m.rows())), []int{1, 1, 1})
}

// TestAReplayCompletesAMetricsRequest crashes when one day of a request is on disk and the other is not.
func TestAReplayCompletesAMetricsRequest(t *testing.T) {
	t.Parallel()
	dir, m, now := t.TempDir(), newMemory(), time.Now()
	p := open(t, Options{Dir: dir, Store: m})
	base := first(p)
	add(t, p, sent{Points: []int{1, 2}, Records: []row{{Span: "a", Day: 1}, {Span: "b", Day: 2}}}, now)
	add(t, p, sent{Points: []int{1, 2}, Records: []row{{Span: "a", Day: 1}, {Span: "b", Day: 2}}}, now.Add(time.Second)) // a retry
	m.waitFor(t, func() bool { return m.applied == base+1 })
	m.syncDay(1)
	after := m.crash()
	expect(t, len(after.rows()), 2)
	p = open(t, Options{Dir: copyDir(t, dir), Store: after})
	for r, n := range after.rows() {
		if n != 1 {
			t.Errorf("%s is there %d times", r, n)
		}
	}
	expect(t, len(after.rows()), 4)
	// And a repeat that follows one that the store held before the log begins is still one.
	add(t, p, sent{Points: []int{1, 2}, Records: []row{{Span: "a", Day: 1}, {Span: "b", Day: 2}}}, now.Add(2*time.Second))
	shut(t, p)
	expect(t, slices.Max(slices.Collect(maps.Values(after.rows()))), 1)
}

func TestAReplayDropsARepeatOfWhatTheStoreHolds(t *testing.T) {
	t.Parallel()
	dir, m, now := t.TempDir(), newMemory(), time.Now()
	p := open(t, Options{Dir: dir, Store: m})
	base := first(p)
	add(t, p, sent{Points: []int{1}}, now)
	m.waitFor(t, func() bool { return m.applied == base })
	_ = m.Sync(t.Context())
	add(t, p, sent{Points: []int{1}}, now.Add(time.Second))
	m.waitFor(t, func() bool { return m.applied == base+1 })
	after := m.crash()
	open(t, Options{Dir: copyDir(t, dir), Store: after})
	expect(t, slices.Collect(maps.Values(after.rows())), []int{1})
}

// copyDir copies the data folder as it is at some moment, as a crash would leave it.
func copyDir(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.MkdirAll(filepath.Join(to, "wal"), 0o700); err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(filepath.Join(dir, "wal"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, "wal", name.Name()))
		if errors.Is(err, os.ErrNotExist) {
			continue // truncated meanwhile
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, "wal", name.Name()), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// TestCrashesLoseNothingAndDoubleNothing adds from many clients, which retry, while the store becomes durable day by
// day; it copies the log at random moments and opens the copy over what the store would have kept.
func TestCrashesLoseNothingAndDoubleNothing(t *testing.T) {
	t.Parallel()
	dir, m := t.TempDir(), newMemory()
	p := open(t, Options{Dir: dir, Store: m})
	var mu sync.Mutex
	acked := map[string]bool{}
	ctx, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	for c := range 4 {
		clients.Go(func() {
			for i := 0; ctx.Err() == nil && i < 300; i++ {
				span := fmt.Sprintf("%d-%d", c, i)
				s := sent{Records: []row{{Span: span, Day: i % 3}, {Span: span + "x", Day: (i + 1) % 3}}, Points: []int{0, i % 3}, Note: span}
				for range 1 + i%2 {
					add(t, p, s, time.Now())
				}
				mu.Lock()
				acked["p/"+span+"/span"], acked["p/"+span+"x/span"] = true, true
				mu.Unlock()
			}
		})
	}
	for range 12 {
		m.waitFor(t, func() bool { return true })
		if rand.IntN(3) == 0 {
			_ = m.Sync(t.Context())
		}
		m.syncDay(rand.IntN(3))
		mu.Lock()
		want := maps.Clone(acked)
		mu.Unlock()
		after, dir := m.crash(), copyDir(t, dir) // in this order: what is in no log any more is in the store
		if after.durable < m.Durable() {
			continue // the log was truncated between the two, which a crash cannot do
		}
		open(t, Options{Dir: dir, Store: after})
		rows := after.rows()
		for r := range want {
			if rows[r] == 0 {
				t.Fatalf("%s was acknowledged and is missing", r)
			}
		}
		points := map[string]int{}
		for r, n := range rows {
			if n != 1 {
				t.Fatalf("%s is there %d times", r, n)
			}
			if request, _, ok := strings.Cut(strings.TrimPrefix(r, "p/metrics "), "/"); ok && strings.Contains(r, "metrics") {
				points[request]++
			}
		}
		for request, n := range points {
			if n != 2 {
				t.Fatalf("metrics request %s has %d of 2 points", request, n)
			}
		}
	}
	stop()
	clients.Wait()
}

func TestAFullQueueSaysWhenToRetry(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.fail = func([]*record.Batch) error { return store.ErrUnavailable }
	p := open(t, Options{Dir: t.TempDir(), Store: m, QueueBytes: 1000, AdmitWait: time.Millisecond})
	big := spans(1, "a")
	big.Bytes = 900
	add(t, p, big, time.Now())
	err := try(t, p, spans(1, strings.Repeat("b", 200)), time.Now())
	var unavailable interface{ RetryAfter() time.Duration }
	if !errors.As(err, &unavailable) || unavailable.RetryAfter() <= 0 {
		t.Fatal(err)
	}
	expect(t, value(t, p.metrics.refused.WithLabelValues(reasonQueueFull)), 1.0)
	m.mu.Lock()
	m.fail = nil
	m.mu.Unlock()
	m.waitFor(t, func() bool { return m.applied > 0 })
	huge := spans(1, "larger than the queue")
	huge.Bytes = 5000
	add(t, p, huge, time.Now())
	shut(t, p)
	expect(t, len(m.rows()), 2)
}

func TestAFullLogMakesTheStoreDurable(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.noSyncs = true
	p := open(t, Options{Dir: t.TempDir(), Store: m, LogBytes: 2000})
	var unavailable *Unavailable
	for i := 0; ; i++ {
		if err := try(t, p, spans(1, fmt.Sprint(i)), time.Now()); err != nil {
			if !errors.As(err, &unavailable) || unavailable.Reason != reasonLogFull {
				t.Fatal(err)
			}
			break
		}
	}
	m.mu.Lock()
	m.noSyncs = false
	m.mu.Unlock()
	for try(t, p, spans(1, "last"), time.Now()) != nil {
		m.waitFor(t, func() bool { return m.syncs > 0 })
	}
	shut(t, p)
	expect(t, m.rows()["p/last/span"], 1)
}

func TestARefusedBatchGoesToQuarantine(t *testing.T) {
	t.Parallel()
	dir, m := t.TempDir(), newMemory()
	m.fail = func(batches []*record.Batch) error {
		for _, b := range batches {
			for _, r := range b.Records {
				if r.SpanID == "poison" {
					return errors.New("value out of range")
				}
			}
		}
		return nil
	}
	p := open(t, Options{Dir: dir, Store: m, ApplyEvery: 50 * time.Millisecond})
	base := first(p)
	add(t, p, spans(1, "before"), time.Now())
	add(t, p, spans(1, "poison"), time.Now())
	add(t, p, spans(1, "after"), time.Now())
	shut(t, p)
	expect(t, m.rows(), map[string]int{"p/before/span": 1, "p/after/span": 1})
	expect(t, m.Durable(), base+2)
	expect(t, value(t, p.metrics.quarantined), 1.0)
	body, err := os.ReadFile(filepath.Join(dir, "quarantine", fmt.Sprintf("%020d.body.json", base+1)))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, string(body), string(spans(1, "poison").request("", time.Time{}).Body))
	var info quarantined
	text, err := os.ReadFile(filepath.Join(dir, "quarantine", fmt.Sprintf("%020d.json", base+1)))
	if err := errors.Join(err, json.Unmarshal(text, &info)); err != nil {
		t.Fatal(err)
	}
	info.Arrived = time.Time{}
	expect(t, info, quarantined{Seq: base + 1, Project: "p", Signal: "traces", ContentType: "application/json", Error: "value out of range"})
}

func TestQuarantineForgetsAProject(t *testing.T) {
	t.Parallel()
	dir, m := t.TempDir(), newMemory()
	m.fail = func(batches []*record.Batch) error {
		for _, b := range batches {
			if len(b.Records)+len(b.Metrics) > 0 {
				return errors.New("value out of range")
			}
		}
		return nil
	}
	p := open(t, Options{Dir: dir, Store: m, ApplyEvery: time.Millisecond})
	if err := p.Forget("p"); err != nil { // there is no folder yet
		t.Error(err)
	}
	for _, project := range []string{"p", "q"} {
		request := spans(1, "a").request(project, time.Now())
		batch, err := decoder{}.Decode(request)
		if err := errors.Join(err, p.Add(t.Context(), request, batch)); err != nil {
			t.Fatal(err)
		}
	}
	shut(t, p)
	files := func() (projects []string) {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(dir, "quarantine", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			var info quarantined
			text, err := os.ReadFile(name)
			if err := errors.Join(err, json.Unmarshal(text, &info)); err != nil {
				t.Fatal(err)
			}
			projects = append(projects, info.Project)
		}
		return projects
	}
	expect(t, files(), []string{"", "p", "", "q"}) // a body and its note each
	if err := p.Forget("p"); err != nil {
		t.Error(err)
	}
	expect(t, files(), []string{"", "q"})
}

func TestAnEntryThatCannotBeDecodedGoesToQuarantine(t *testing.T) {
	t.Parallel()
	dir, m := t.TempDir(), newMemory()
	p := open(t, Options{Dir: dir, Store: m})
	add(t, p, spans(1, "a"), time.Now())
	after := m.crash()
	copied := copyDir(t, dir)
	p = open(t, Options{Dir: copied, Store: after, Decoder: decoder{err: errors.New("unknown field")}})
	expect(t, value(t, p.metrics.quarantined), 1.0)
	shut(t, p)
	names, _ := os.ReadDir(filepath.Join(copied, "quarantine"))
	expect(t, len(names), 2)
}

func TestCloseKeepsWhatCannotBeApplied(t *testing.T) {
	t.Parallel()
	dir, m := t.TempDir(), newMemory()
	m.fail = func([]*record.Batch) error { return store.ErrUnavailable }
	p := open(t, Options{Dir: dir, Store: m})
	add(t, p, spans(1, "a"), time.Now())
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := p.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if err := p.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := try(t, p, spans(1, "b"), time.Now()); !errors.As(err, new(*Unavailable)) {
		t.Fatal(err)
	}
	m.fail = nil
	open(t, Options{Dir: dir, Store: m})
	expect(t, m.rows(), map[string]int{"p/a/span": 1})
}

func TestTheLogIsEmptyAfterClose(t *testing.T) {
	t.Parallel()
	dir, m := t.TempDir(), newMemory()
	p := open(t, Options{Dir: dir, Store: m})
	base := first(p)
	add(t, p, spans(1, "a"), time.Now())
	shut(t, p)
	expect(t, p.log.Stats().Oldest, base+1)
	p = open(t, Options{Dir: dir, Store: m.crash()})
	expect(t, p.log.Stats().Next, base+1)
}

// TestALostLogLosesNothingNew deletes the log. The store must not take what comes then for what it holds.
func TestALostLogLosesNothingNew(t *testing.T) {
	t.Parallel()
	dir, m := t.TempDir(), newMemory()
	p := open(t, Options{Dir: dir, Store: m})
	add(t, p, spans(1, "a"), time.Now())
	shut(t, p)
	if err := os.RemoveAll(filepath.Join(dir, "wal")); err != nil {
		t.Fatal(err)
	}
	m = m.crash()
	m.applied, m.durable = 0, 0 // it knows them only of each file
	p = open(t, Options{Dir: dir, Store: m})
	add(t, p, spans(1, "b"), time.Now())
	shut(t, p)
	expect(t, m.rows(), map[string]int{"p/a/span": 1, "p/b/span": 1})
}

func TestAWatchSeesWhatIsFresh(t *testing.T) {
	t.Parallel()
	p := open(t, Options{Dir: t.TempDir(), Store: newMemory(), WatchBytes: 100})
	base := first(p)
	w, other := p.Watch("p"), p.Watch("other")
	defer w.Close()
	add(t, p, spans(1, "a"), time.Now())
	<-w.Ready()
	batches, gap := w.Take()
	expect(t, len(batches), 1)
	expect(t, batches[0].Records[0].SpanID, "a")
	expect(t, gap, record.Gap{})
	for _, name := range []string{"b", "a", "c", "d"} { // a is a repeat
		s := spans(1, name)
		s.Bytes = 60
		add(t, p, s, time.Now())
	}
	<-w.Ready()
	batches, gap = w.Take()
	expect(t, len(batches), 1)
	expect(t, batches[0].Records[0].SpanID, "d")
	expect(t, gap, record.Gap{From: base + 1, To: base + 3, Records: 2})
	expect(t, w.Since(), base-1)
	later := p.Watch("p")
	expect(t, later.Since(), base+4)
	later.Close()
	if batches, _ := other.Take(); len(batches) > 0 {
		t.Error("another project's records")
	}
	other.Close()
	other.Close()
	if _, open := <-other.Ready(); open {
		t.Error("a closed watch is not told")
	}
	shut(t, p)
	for range w.Ready() { // ends
	}
	if _, open := <-p.Watch("p").Ready(); open {
		t.Error("a watch of a closed pipeline is not told")
	}
}

func TestARequestHeaderComesBack(t *testing.T) {
	t.Parallel()
	req := &record.Request{Project: strings.Repeat("p", 200), Arrived: time.Unix(1, 999).UTC(), Signal: record.Logs, Encoding: record.Protobuf, Body: []byte("body"), MaxAge: 24 * time.Hour, MaxAhead: time.Hour}
	payload := append(requestHeader(req), req.Body...)
	got, err := parseEntry(payload)
	expect(t, err, nil)
	expect(t, got, req)
	for n := range len(payload) - len(req.Body) {
		if _, err := parseEntry(payload[:n]); err == nil {
			t.Errorf("%d bytes were believed", n)
		}
	}
}
