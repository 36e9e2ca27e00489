package hearth

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// stuck is an exporter that does not return until it is released.
type stuck chan struct{}

func (s stuck) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { <-s; return nil }
func (stuck) Shutdown(context.Context) error                               { return nil }

func TestPendingSpansDoNotCrowdOutSpans(t *testing.T) {
	t.Parallel()
	release := make(stuck)
	b := &backend{pending: true}
	b.sendSpans(release)
	add := func(records int, spanType string) {
		for range records {
			b.spans.Add(&record{size: 1, attributes: []attribute.KeyValue{attribute.String(keySpanType, spanType)}})
		}
	}
	add(20_000, spanTypePending)
	add(8_000, spanTypeSpan)
	if dropped := b.spanCount.Dropped.Load(); dropped != 0 {
		t.Errorf("%d dropped, want none: pending spans leave room", dropped)
	}
	close(release)
	if err := b.close(t.Context()); err != nil {
		t.Error(err)
	}
	if sent := b.spanCount.Sent.Load(); sent < 8_000 || sent >= 20_000 {
		t.Errorf("%d sent, want all spans and some pending spans", sent)
	}
}
