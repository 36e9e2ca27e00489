package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

// request is one export request of the crash test, and what became of it.
type request struct {
	n     uint64
	round int
	kind  signal
	body  []byte
	acked bool
}

// signal is one of the three kinds of telemetry, with where it goes and how to count what arrived.
type signal struct {
	name, path, table string
	make              func(service string, n uint64, size int, at time.Time) []byte
	size              int // spans, logs or points of a request: all of them arrive or none
}

// requestSize is the size of a request where the number does not matter.
const requestSize = 25

// Spans come in large requests, so that the test fills row groups and kills land in checkpoints too.
var signals = []signal{
	{"spans", "/v1/traces", "records", spansRequest, 250},
	{"logs", "/v1/logs", "records", logsRequest, requestSize},
	{"metrics", "/v1/metrics", "metrics", metricsRequest, requestSize},
}

// service names what a round sends of a signal, so that a round can be counted with few rows.
func (r *request) service() string { return fmt.Sprintf("%s-%d", r.kind.name, r.round) }

// TestNothingAcknowledgedIsLostOrDoubled kills the process at random moments under load, again and again over the same
// data. What a dying process left without an answer is sent again to the next one, as every client does; so each request
// must be there exactly once in the end, and one that was acknowledged must be there although nobody sent it again.
//
// Some processes are killed while they start and replay, and some while they close and save.
func TestNothingAcknowledgedIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	const rounds = 22
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	dataDir := t.TempDir()

	load := &crashLoad{}
	var pending []*request // sent, not acknowledged
	for round := range rounds {
		if random.IntN(3) == 0 {
			killWhileStarting(t, dataDir, time.Duration(random.IntN(200))*time.Millisecond)
		}
		h := start(t, dataDir)
		life := time.Duration(50+random.IntN(900)) * time.Millisecond
		closing := time.Duration(0)
		if random.IntN(3) == 0 {
			closing = time.Duration(1+random.IntN(300)) * time.Millisecond
		}
		pending = load.run(t, h, round, pending, life, closing)
	}

	// The last one lives, and takes what is left.
	h := start(t, dataDir)
	for _, r := range pending {
		if !h.acked(t.Context(), r.kind.path, r.body) {
			t.Fatalf("the last process did not take %s", r.service())
		}
		r.acked = true
	}
	if load.ackedInFlight() < rounds {
		t.Errorf("only %d requests were acknowledged before a kill: the test proves little", load.ackedInFlight())
	}
	load.check(t, h, rounds)

	// And once more from the disk alone.
	if code := h.stop(t); code != 0 {
		t.Errorf("exit status %d after SIGTERM", code)
	}
	load.check(t, start(t, dataDir), rounds)
}

// killWhileStarting gives a process no time to become ready, or hardly.
func killWhileStarting(t *testing.T, dataDir string, life time.Duration) {
	t.Helper()
	h, err := launch(t, dataDir)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-time.After(life):
	case <-h.exited:
		t.Fatalf("a start ended by itself: %v\n%s", h.err, tail(h.log.String()))
	}
	h.kill()
}

// crashLoad sends and remembers.
type crashLoad struct {
	mu       sync.Mutex
	requests []*request // guarded by mu
	early    int        // acknowledged by a process that was killed later; guarded by mu
}

func (l *crashLoad) ackedInFlight() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.early
}

// run loads h over several connections until it is killed after life, and returns what has no answer. With closing, it
// is asked to end first, and killed so much later, if it still lives then.
func (l *crashLoad) run(t *testing.T, h *hearth, round int, again []*request, life, closing time.Duration) []*request {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	var unanswered []*request
	queue := make(chan *request, len(again))
	for _, r := range again {
		queue <- r
	}
	close(queue)

	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			for ctx.Err() == nil {
				r, ok := <-queue
				if !ok {
					r = l.next(round)
				}
				acked := h.acked(ctx, r.kind.path, r.body)
				l.mu.Lock()
				r.acked = acked
				if acked {
					l.early++
				}
				l.mu.Unlock()
				if !acked {
					mu.Lock()
					unanswered = append(unanswered, r)
					mu.Unlock()
					return // it has been killed
				}
			}
		})
	}
	select {
	case <-time.After(life): // the load itself: how long the process is let live
	case <-h.exited:
		t.Fatalf("round %d: the process ended by itself: %v\n%s", round, h.err, tail(h.log.String()))
	}
	if closing > 0 {
		h.terminate(t)
		select {
		case <-time.After(closing):
		case <-h.exited:
		}
	}
	h.kill()
	cancel()
	senders.Wait()
	for r := range queue { // not sent this time
		unanswered = append(unanswered, r)
	}
	return unanswered
}

func (l *crashLoad) next(round int) *request {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := uint64(len(l.requests))
	r := &request{n: n, round: round, kind: signals[n%uint64(len(signals))]}
	r.body = r.kind.make(r.service(), n, r.kind.size, time.Now())
	l.requests = append(l.requests, r)
	return r
}

// check compares what was sent with what is there, round by round and signal by signal.
func (l *crashLoad) check(t *testing.T, h *hearth, rounds int) {
	t.Helper()
	byService := map[string][]*request{}
	totals := map[string]int{}
	for _, r := range l.requests {
		byService[r.service()] = append(byService[r.service()], r)
		totals[r.kind.table] += r.kind.size
	}
	for table, total := range totals {
		h.waitCount(t, total, "select count(*) from "+table)
		if got := h.count(t, "select count(*) from "+table); got != total {
			t.Errorf("%s: sent %d, found %d", table, total, got)
		}
	}
	for service, requests := range byService {
		found := map[string]float64{}
		table := requests[0].kind.table
		rows := h.rows(t, "select attributes->>'batch' as batch, count(*) as n from "+table+
			" where service_name = '"+service+"' group by batch limit 10000")
		for _, row := range rows {
			found[row["batch"].(string)] = row["n"].(float64)
		}
		var wrong []string
		for _, r := range requests {
			if n := found[fmt.Sprint(r.n)]; n != float64(r.kind.size) {
				wrong = append(wrong, fmt.Sprintf("request %d: %v of %d", r.n, n, r.kind.size))
			}
		}
		if len(wrong) > 0 {
			sort.Strings(wrong)
			t.Errorf("%s: %d of %d requests are lost, torn or double: %s", service, len(wrong), len(requests),
				strings.Join(wrong[:min(5, len(wrong))], "; "))
		}
	}
	double := h.rows(t, "select trace_id, span_id, kind, count(*) as n from records_all group by trace_id, span_id, kind having count(*) > 1 limit 5")
	if len(double) > 0 {
		t.Errorf("double records: %v", double)
	}
	t.Logf("%d requests over %d kills, %d acknowledged before one; %v", len(l.requests), rounds, l.ackedInFlight(), totals)
}

// TestTornTailIsCutWithAWarning leaves half a record at the end of the write-ahead log, as a power cut does.
func TestTornTailIsCutWithAWarning(t *testing.T) {
	t.Parallel()
	dataDir := t.TempDir()
	h := start(t, dataDir)
	for n := range uint64(5) {
		h.sendSpans(t, "", spansRequest("torn", n, requestSize, time.Now()))
	}
	h.kill()

	segment := newestSegment(t, dataDir)
	file, err := os.OpenFile(segment, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	// A length that promises more than there is, and some bytes of it.
	if _, err := file.Write([]byte{0x00, 0x10, 0x00, 0x00, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 5, 6, 7}); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}

	h = start(t, dataDir)
	if log := h.log.String(); !strings.Contains(log, "WARN") || !strings.Contains(log, "torn") {
		t.Errorf("no warning about the torn tail:\n%s", log)
	}
	h.waitCount(t, 5*requestSize, "select count(*) from records where service_name = 'torn'")
	// What comes after the cut is kept too.
	h.sendSpans(t, "", spansRequest("torn", 5, requestSize, time.Now()))
	h.kill()
	h = start(t, dataDir)
	h.waitCount(t, 6*requestSize, "select count(*) from records where service_name = 'torn'")
	if got := h.count(t, "select count(*) from records where service_name = 'torn'"); got != 6*requestSize {
		t.Errorf("want %d records, got %d", 6*requestSize, got)
	}
}

// newestSegment returns the last segment of the write-ahead log; their names sort.
func newestSegment(t *testing.T, dataDir string) string {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(dataDir, "wal", "*.wal"))
	if err != nil || len(segments) == 0 {
		t.Fatalf("no segment of the write-ahead log in %s (%v)", dataDir, err)
	}
	return slices.Max(segments)
}
