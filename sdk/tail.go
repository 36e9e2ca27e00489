package hearth

import (
	"container/list"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// heldSpans is how many spans undecided traces may hold unless TailSampling says otherwise.
const heldSpans = 50_000

// tailSampler holds the records of traces that begin in this program until it is known whether the trace is kept. What
// has no held trace goes through: its trace is kept, or began elsewhere. It is safe for concurrent use.
type tailSampler struct {
	sampling TailSampling

	mu     sync.Mutex // guards what follows; nothing is handed on while it is held
	traces map[trace.TraceID]*list.Element
	ages   *list.List // of *heldTrace, the oldest in front
	held   int        // records in all traces, and the traces
}

// heldTrace is a trace that is not decided about yet.
type heldTrace struct {
	id      trace.TraceID
	start   time.Time
	open    int       // spans that have not ended
	pending []*record // in the order in which the spans started
	ended   []*record
}

func newTailSampler(sampling TailSampling) *tailSampler {
	if sampling.MaxSpans == 0 {
		sampling.MaxSpans = heldSpans
	}
	return &tailSampler{sampling: sampling, traces: map[trace.TraceID]*list.Element{}, ages: list.New()}
}

// check tells what is wrong with a TailSampling.
func (s TailSampling) check(sampleRate *float64) error {
	if s.BackgroundRate < 0 || s.BackgroundRate > 1 || (sampleRate != nil && s.BackgroundRate > *sampleRate) {
		return errors.New("tail sampling: the background rate must be between 0 and the sample rate")
	}
	if s.Duration < 0 || s.MaxSpans < 0 {
		return errors.New("tail sampling: neither duration nor number of spans can be negative")
	}
	return nil
}

// start takes note of a span that has started.
func (t *tailSampler) start(span sdktrace.ReadWriteSpan, p *pipeline) {
	var pending *record
	kind := text(span.Attributes(), keySpanType)
	if p.wantsPending() && (kind == "" || kind == spanTypeSpan) {
		pending = p.announce(span)
	}
	level := levelOf(span.Attributes())
	kept, held := t.hold(span, pending, level)
	p.release(kept)
	if !held && pending != nil {
		p.pushPending(pending)
	}
}

// hold remembers a started span. It returns the traces that it decides to keep, and whether the span's trace is held:
// then its pending span goes with the trace.
func (t *tailSampler) hold(span sdktrace.ReadWriteSpan, pending *record, level Level) (kept []*heldTrace, held bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := span.SpanContext().TraceID()
	element, known := t.traces[id]
	if !known {
		if span.Parent().IsValid() {
			return nil, false
		}
		element = t.ages.PushBack(&heldTrace{id: id, start: span.StartTime()})
		t.traces[id] = element
		t.held++
	}
	h := element.Value.(*heldTrace)
	h.open++
	if pending != nil {
		h.pending = append(h.pending, pending)
		t.held++
	}
	if t.keeps(h, level, span.StartTime()) {
		t.remove(element)
		return []*heldTrace{h}, true
	}
	return t.makeRoom(), true
}

// end takes the record of a span that has ended.
func (t *tailSampler) end(r *record, p *pipeline) {
	kept, held := t.holdEnded(r)
	p.release(kept)
	if !held {
		p.push(r)
	}
}

func (t *tailSampler) holdEnded(r *record) (kept []*heldTrace, held bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	element, known := t.traces[r.context.TraceID()]
	if !known {
		return nil, false
	}
	h := element.Value.(*heldTrace)
	h.open--
	h.ended = append(h.ended, r)
	t.held++
	switch {
	case t.keeps(h, r.level(), r.end):
		t.remove(element)
		return []*heldTrace{h}, true
	case h.open <= 0:
		t.remove(element) // nothing noteworthy: dropped
		return nil, true
	}
	return t.makeRoom(), true
}

// keeps tells whether a trace is kept because of a span of it with this level that starts or ends at this time.
func (t *tailSampler) keeps(h *heldTrace, level Level, now time.Time) bool {
	if t.sampling.Level > 0 && level >= t.sampling.Level {
		return true
	}
	if t.sampling.Duration > 0 && now.Sub(h.start) > t.sampling.Duration {
		return true
	}
	return inShare(h.id, t.sampling.BackgroundRate)
}

// makeRoom decides to keep the oldest traces while too much is held. The caller holds mu.
func (t *tailSampler) makeRoom() (kept []*heldTrace) {
	for t.held > t.sampling.MaxSpans {
		oldest := t.ages.Front()
		kept = append(kept, oldest.Value.(*heldTrace))
		t.remove(oldest)
	}
	return kept
}

// remove forgets a trace. The caller holds mu.
func (t *tailSampler) remove(element *list.Element) {
	h := element.Value.(*heldTrace)
	t.held -= 1 + len(h.pending) + len(h.ended)
	t.ages.Remove(element)
	delete(t.traces, h.id)
}

// release hands on what was held of traces that are kept.
func (p *pipeline) release(traces []*heldTrace) {
	for _, h := range traces {
		for _, r := range h.pending {
			p.pushPending(r)
		}
		for _, r := range h.ended {
			p.push(r)
		}
	}
}

// inShare decides about a trace as OpenTelemetry's ratio sampler does: a share contains every smaller share.
func inShare(id trace.TraceID, share float64) bool {
	return share > 0 && (share >= 1 || binary.BigEndian.Uint64(id[8:16])>>1 < uint64(share*(1<<63)))
}

func levelOf(attributes []attribute.KeyValue) Level {
	r := record{attributes: attributes}
	return r.level()
}
