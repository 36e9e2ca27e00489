package hearth

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// collector is a sink that remembers the names of what it takes; those of pending spans with a ? behind.
type collector struct {
	mu    sync.Mutex
	names []string
}

func (c *collector) take(r *record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := r.name
	if r.spanType() == spanTypePending {
		name += "?"
	}
	c.names = append(c.names, name)
}

func (c *collector) took() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() { c.names = nil }()
	return strings.Join(c.names, " ")
}

// pipelineOf returns a tracer over a pipeline whose records are collected.
func pipelineOf(t *testing.T, p *pipeline, options ...sdktrace.TracerProviderOption) (trace.Tracer, *collector) {
	t.Helper()
	c := &collector{}
	p.resource = resource.Empty()
	p.sinks = append(p.sinks, sink{take: c.take, pending: true})
	provider := sdktrace.NewTracerProvider(append(options, sdktrace.WithSpanProcessor(p))...)
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return provider.Tracer("shop"), c
}

func TestTailSamplingKeepsWhatIsNoteworthy(t *testing.T) {
	t.Parallel()
	tracer, c := pipelineOf(t, &pipeline{tail: newTailSampler(LevelOrDuration(0))})
	begin := time.Now()
	at := func(after time.Duration) trace.SpanEventOption { return trace.WithTimestamp(begin.Add(after)) }
	level := func(level Level) trace.SpanStartOption {
		return trace.WithAttributes(attribute.Int(keyLevelNum, int(level)))
	}
	root := func(options ...trace.SpanStartOption) (context.Context, trace.Span) {
		return tracer.Start(t.Context(), "root", append(options, at(0))...)
	}
	check := func(what, want string) {
		t.Helper()
		if got := c.took(); got != want {
			t.Errorf("%s: took %q, want %q", what, got, want)
		}
	}

	ctx, span := root()
	_, child := tracer.Start(ctx, "child", at(time.Second))
	child.End(at(2 * time.Second))
	span.End(at(5 * time.Second))
	check("nothing noteworthy", "")

	ctx, span = root()
	_, child = tracer.Start(ctx, "child", at(time.Second))
	child.SetStatus(codes.Error, "bad")
	check("before the end of the failed child", "")
	child.End(at(2 * time.Second))
	check("after it", "root? child? child")
	_, late := tracer.Start(ctx, "late", at(3*time.Second))
	check("what follows in a kept trace", "late?")
	late.End(at(3 * time.Second))
	span.End(at(3 * time.Second))
	check("its ends", "late root")

	_, span = root(level(LevelNotice))
	check("a level at the start", "root?")
	span.End(at(0))
	check("its end", "root")

	ctx, span = root()
	_, child = tracer.Start(ctx, "child", at(6*time.Second))
	check("a span that starts late", "root? child?")
	child.End(at(6 * time.Second))
	span.End(at(6 * time.Second))
	check("and their ends", "child root")

	ctx, span = root()
	_, child = tracer.Start(ctx, "orphan", at(0))
	span.End(at(time.Second))
	child.SetAttributes(attribute.Int(keyLevelNum, int(LevelError)))
	child.End(at(2 * time.Second))
	check("a child that ends after its parent", "root? orphan? root orphan")

	elsewhere := trace.ContextWithRemoteSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled, Remote: true}))
	_, span = tracer.Start(elsewhere, "served")
	span.End()
	check("a trace that began elsewhere", "served? served")
}

func TestBackgroundRateKeepsAShareOfWhatTheSampleRateKeeps(t *testing.T) {
	t.Parallel()
	tracer, c := pipelineOf(t, &pipeline{tail: newTailSampler(TailSampling{Level: LevelError, BackgroundRate: 0.2})},
		sdktrace.WithSampler(parentBased(0.5)))
	sampled, kept := 0, 0
	for range 2000 {
		_, span := tracer.Start(t.Context(), "root")
		span.End()
		took := c.took() != ""
		if took {
			kept++
		}
		if span.SpanContext().IsSampled() {
			sampled++
		}
		if want := sdktrace.TraceIDRatioBased(0.2).ShouldSample(sdktrace.SamplingParameters{TraceID: span.SpanContext().TraceID()}).Decision == sdktrace.RecordAndSample; took != want {
			t.Fatalf("trace %s kept: %v; OpenTelemetry's sampler says %v", span.SpanContext().TraceID(), took, want)
		}
	}
	if sampled < 850 || sampled > 1150 || kept < 300 || kept > 500 {
		t.Errorf("of 2000 traces %d were sampled and %d kept; want about 1000 and 400", sampled, kept)
	}
}

func TestTailSamplingHoldsSoMuchAndNoMore(t *testing.T) {
	t.Parallel()
	sampler := newTailSampler(TailSampling{Level: LevelError, MaxSpans: 10})
	tracer, c := pipelineOf(t, &pipeline{tail: sampler})
	ctx, endless := tracer.Start(t.Context(), "endless")
	_, other := tracer.Start(t.Context(), "other")
	for range 3 {
		_, child := tracer.Start(ctx, "child")
		child.End()
	}
	if got := c.took(); got != "" {
		t.Errorf("took %q while there was room", got)
	}
	_, child := tracer.Start(ctx, "one-too-many")
	if got, want := c.took(), "endless? child? child? child? one-too-many? child child child"; got != want {
		t.Errorf("took %q, want the oldest trace: %q", got, want)
	}
	child.End()
	endless.End()
	if got, want := c.took(), "one-too-many endless"; got != want {
		t.Errorf("took %q, want %q", got, want)
	}
	other.End()
	if got := c.took(); got != "" || sampler.held != 0 || len(sampler.traces) != 0 || sampler.ages.Len() != 0 {
		t.Errorf("took %q; still held: %d in %d traces", got, sampler.held, len(sampler.traces))
	}
}

func TestTailSamplingIsChecked(t *testing.T) {
	t.Parallel()
	half := 0.5
	for _, s := range []TailSampling{{BackgroundRate: -0.1}, {BackgroundRate: 0.6}, {Duration: -1}, {MaxSpans: -1}} {
		if s.check(&half) == nil {
			t.Errorf("%+v is taken", s)
		}
	}
	if err := LevelOrDuration(0.5).check(&half); err != nil {
		t.Error(err)
	}
}

// Spans of many traces start and end at once: nothing is lost and nothing is held in the end.
func TestTailSamplingIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	sampler := newTailSampler(TailSampling{Level: LevelError, MaxSpans: 50})
	tracer, c := pipelineOf(t, &pipeline{tail: sampler})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 50 {
				ctx, root := tracer.Start(t.Context(), "root")
				_, child := tracer.Start(ctx, fmt.Sprint("child", i))
				child.SetStatus(codes.Error, "")
				child.End()
				root.End()
			}
		})
	}
	all.Wait()
	if got := len(strings.Fields(c.took())); got != 8*50*4 {
		t.Errorf("took %d records, want %d", got, 8*50*4)
	}
	if sampler.held != 0 || len(sampler.traces) != 0 {
		t.Errorf("still held: %d in %d traces", sampler.held, len(sampler.traces))
	}
}
