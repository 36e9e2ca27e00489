package hearth

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/scrub"
)

// pipeline takes every span of one state: it announces spans that start, makes records of those that end, and hands
// them to those who want them. It is an OpenTelemetry span processor and safe for concurrent use.
type pipeline struct {
	resource   *resource.Resource
	scrubber   *scrub.Scrubber          // nil: nothing is scrubbed
	tail       *tailSampler             // nil: every trace is kept
	processors []sdktrace.SpanProcessor // the user's: they get the start of a span, and its record
	sinks      []sink
}

// sink takes records. take must not block and must not change them.
type sink struct {
	take    func(*record)
	pending bool // wants pending spans, too
}

// OnStart tells the processors of a span that has started, and announces it.
func (p *pipeline) OnStart(parent context.Context, span sdktrace.ReadWriteSpan) {
	defer survive("start of a span")
	for _, processor := range p.processors {
		func() {
			defer survive("start of a span")
			processor.OnStart(parent, span)
		}()
	}
	if p.tail != nil {
		p.tail.start(span, p)
		return
	}
	p.pend(span)
}

// OnEnd hands the record of a span that has ended on.
func (p *pipeline) OnEnd(span sdktrace.ReadOnlySpan) {
	defer survive("end of a span")
	if !span.SpanContext().IsSampled() {
		return // recorded for others, not for export
	}
	r := p.finish(span)
	if p.tail != nil {
		p.tail.end(r, p)
		return
	}
	p.push(r)
}

// pend announces a span, if anybody wants to know.
func (p *pipeline) pend(span sdktrace.ReadWriteSpan) {
	if !p.wantsPending() || !span.IsRecording() || !span.SpanContext().IsSampled() {
		return
	}
	if kind := text(span.Attributes(), keySpanType); kind != "" && kind != spanTypeSpan {
		return // logs are over when they start
	}
	p.pushPending(p.announce(span))
}

func (p *pipeline) wantsPending() bool {
	for _, sink := range p.sinks {
		if sink.pending {
			return true
		}
	}
	return false
}

func (p *pipeline) pushPending(r *record) {
	for _, sink := range p.sinks {
		if sink.pending {
			sink.take(r)
		}
	}
}

func (p *pipeline) push(r *record) {
	for _, processor := range p.processors {
		func() {
			defer survive("end of a span")
			processor.OnEnd(r)
		}()
	}
	for _, sink := range p.sinks {
		sink.take(r)
	}
}

// ForceFlush flushes the user's processors.
func (p *pipeline) ForceFlush(ctx context.Context) error {
	var errs []error
	for _, processor := range p.processors {
		errs = append(errs, processor.ForceFlush(ctx))
	}
	return errors.Join(errs...)
}

// Shutdown ends the user's processors.
func (p *pipeline) Shutdown(ctx context.Context) error {
	var errs []error
	for _, processor := range p.processors {
		errs = append(errs, processor.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

// survive keeps a panic of a processor, an exporter or a callback from the host's code.
func survive(doing string) {
	if problem := recover(); problem != nil {
		otel.Handle(fmt.Errorf("hearth: panic at the %s: %v", doing, problem))
	}
}

func randomSpanID() (id trace.SpanID) {
	for !id.IsValid() {
		binary.BigEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}

// withoutAnnounced leaves the pending spans out whose final spans are in the same batch.
func withoutAnnounced(batch []*record) []sdktrace.ReadOnlySpan {
	type id struct {
		trace trace.TraceID
		span  trace.SpanID
	}
	ended := make(map[id]bool, len(batch))
	for _, r := range batch {
		if r.spanType() != spanTypePending {
			ended[id{r.context.TraceID(), r.context.SpanID()}] = true
		}
	}
	spans := make([]sdktrace.ReadOnlySpan, 0, len(batch))
	for _, r := range batch {
		if r.spanType() != spanTypePending || !ended[id{r.parent.TraceID(), r.parent.SpanID()}] {
			spans = append(spans, r)
		}
	}
	return spans
}
