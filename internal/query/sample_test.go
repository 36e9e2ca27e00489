package query

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// traces is a batch of traces of one root with children below it; the last child of every fifth trace is an error.
func traces(seq uint64, n, children int) *record.Batch {
	b := logs(seq)
	b.Bytes = 100 * n * (children + 1)
	for i := range n {
		trace := fmt.Sprintf("%016x%016x", seq, i)
		root := fmt.Sprintf("%016x", i<<8)
		for child := range children + 1 {
			r := record.Record{
				Kind: record.KindSpan, Level: record.LevelInfo, TraceID: trace, SpanID: fmt.Sprintf("%016x", i<<8+child), Message: "child",
				ParentSpanID: record.Some(root), StartNano: noon.UnixNano(), EndNano: noon.UnixNano(), Origin: &record.Origin{ServiceName: "svc"},
			}
			if child == 0 {
				r.ParentSpanID, r.Message = record.Text{}, "root"
			}
			if child == children && i%5 == 0 {
				r.Level, r.Message = record.LevelError, "error"
			}
			b.Records = append(b.Records, r)
		}
	}
	return b
}

func (h *hose) publishBatch(b *record.Batch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq = b.Seq
	for _, w := range h.watchers {
		w.give(b, record.Gap{})
	}
}

// counts tells how many records of each message a frame has.
func counts(f Frame) map[string]int {
	n := map[string]int{}
	for _, message := range strings.Fields(messages(f)) {
		n[message]++
	}
	return n
}

func TestASampleTellsWhatItIsASampleOf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hose{}
		e := newEngine(t, nil, h, Options{})
		defer e.Close()
		tail, _ := follow(t, e, TailRequest{Sample: 100})
		all, _ := follow(t, e, TailRequest{})

		h.publishBatch(traces(1, 20, 2))
		f := tail.next()
		expect(t, len(f.Records), 60) // what a second allows goes whole
		expect(t, f.Of, 0)
		expect(t, len(all.next().Records), 60)

		h.publishBatch(traces(2, 50, 3)) // 200 at once, when 40 and what a look took are left
		f = tail.next()
		expect(t, f.Of, 200)
		expect(t, f.Cursor, "2")
		if n := counts(f); n["error"] != 10 || n["root"]+n["error"] != len(f.Records) || len(f.Records) > 60 {
			t.Errorf("a sample of %v", n)
		}
		f = all.next()
		expect(t, len(f.Records), 200)
		expect(t, f.Of, 0)

		h.publishBatch(traces(3, 50, 3))
		if f = tail.next(); len(f.Records) == 0 || len(f.Records) > 20 || f.Of != 200 {
			t.Errorf("%d of %d records with an empty allowance", len(f.Records), f.Of)
		}
		time.Sleep(time.Minute) // of the bubble's own clock
		h.publishBatch(traces(4, 50, 0))
		f = tail.next()
		for f.Records == nil { // a tail without matches tells where it is
			f = tail.next()
		}
		expect(t, len(f.Records), 50)
		expect(t, f.Of, 0)
		tail.cancel()
		all.cancel()
	})
}

// What a sample leaves out of a portion is whole traces, as far as it can be.
func TestASampleHasWholeTraces(t *testing.T) {
	t.Parallel()
	p := newPortion([]*record.Batch{traces(1, 100, 4)})
	chosen := p.sample(p.all(), 100+20+40)
	children := map[string]int{}
	last := -1
	for _, i := range chosen {
		if i <= last {
			t.Fatalf("%d after %d: not in the order of arrival", i, last)
		}
		last = i
		if r := &p.records[i]; r.ParentSpanID.Valid && r.Level < record.LevelError {
			children[r.TraceID]++
		}
	}
	parts := 0
	for i := range p.records {
		r := &p.records[i]
		if r.ParentSpanID.Valid || children[r.TraceID] == 0 {
			continue
		}
		if all := children[r.TraceID]; all < 3 {
			parts++
		}
	}
	if len(children) > 14 || parts > 1 {
		t.Errorf("children of %d traces, %d of them in part", len(children), parts)
	}
}

func TestASampleComesInFewFrames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hose{}
		e := newEngine(t, nil, h, Options{Tail: TailOptions{Every: time.Millisecond}})
		defer e.Close()
		tail, _ := follow(t, e, TailRequest{Sample: 500})
		const batches = 400
		go func() {
			for seq := uint64(1); seq <= batches; seq++ {
				h.publishBatch(logs(seq, fmt.Sprint("log ", seq)))
				time.Sleep(5 * time.Millisecond) // of the bubble's own clock: 200 a second
			}
		}()
		began, frames, records := time.Now(), 0, 0
		for last := ""; last != fmt.Sprint(batches); frames++ {
			f := tail.next()
			last = f.Cursor
			records += f.matched()
			expect(t, f.Of, 0)
		}
		if seconds := time.Since(began).Seconds(); records != batches || float64(frames) > 20*seconds+1 {
			t.Errorf("%d records in %d frames in %.1f s", records, frames, seconds)
		}
		tail.cancel()
	})
}

func TestJoinedFramesTellTheSame(t *testing.T) {
	t.Parallel()
	rows := func(texts ...string) (all []json.RawMessage) {
		for _, text := range texts {
			all = append(all, json.RawMessage(text))
		}
		return all
	}
	shared := append(make([]json.RawMessage, 0, 8), rows("1")...)
	gap := &Gap{From: 4, To: 5, Records: 2}
	got := join([]Frame{
		{Cursor: "1", Records: shared}, {Cursor: "2", Records: rows("2", "3"), Of: 9}, {Cursor: "3"},
		{Cursor: "5", Gap: gap}, {Cursor: "6"}, {Cursor: "7", Records: rows("4")},
	})
	expect(t, got, []Frame{
		{Cursor: "3", Records: rows("1", "2", "3"), Of: 10}, {Cursor: "5", Gap: gap}, {Cursor: "7", Records: rows("4")},
	})
	if len(shared[:2][1]) > 0 {
		t.Error("a slice that others share was written to")
	}
}
