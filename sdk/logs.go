package hearth

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"

	"github.com/hearth-dev/hearth/sdk/internal/scrub"
)

// logPipeline takes every OpenTelemetry log record of one state, scrubs it, and hands it to those who want it. It is a
// log processor and safe for concurrent use.
type logPipeline struct {
	scrubber   *scrub.Scrubber // nil: nothing is scrubbed
	minLevel   Level
	processors []sdklog.Processor     // the user's
	sinks      []func(*sdklog.Record) // must neither block nor change or keep the record
}

// Enabled tells whether a record of this kind would be taken.
func (p *logPipeline) Enabled(_ context.Context, parameters sdklog.EnabledParameters) bool {
	return p.takes(Level(parameters.Severity))
}

// takes tells whether a level is taken; 0, which says nothing, is.
func (p *logPipeline) takes(level Level) bool { return level == 0 || level >= p.minLevel }

// OnEmit hands a record on.
func (p *logPipeline) OnEmit(ctx context.Context, r *sdklog.Record) error {
	defer survive("emission of a log record")
	if !p.takes(Level(r.Severity())) {
		return nil
	}
	p.scrub(r)
	var errs []error
	for _, processor := range p.processors {
		errs = append(errs, processor.OnEmit(ctx, r))
	}
	for _, take := range p.sinks {
		take(r)
	}
	return errors.Join(errs...)
}

func (p *logPipeline) scrub(r *sdklog.Record) {
	if p.scrubber == nil {
		return
	}
	pass := p.scrubber.Pass()
	scrubbed := pass.Attributes([]any{"attributes"}, attributesOf(r))
	if body, changed := pass.Value([]any{"log_body"}, r.Body()); changed {
		r.SetBody(body)
	}
	if pass.Changed {
		r.SetAttributes(scrub.Annotate(scrubbed, pass.Notes)...)
	}
}

func attributesOf(r *sdklog.Record) []attribute.KeyValue {
	attributes := make([]attribute.KeyValue, 0, r.AttributesLen())
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		attributes = append(attributes, kv)
		return true
	})
	return attributes
}

// ForceFlush flushes the user's processors.
func (p *logPipeline) ForceFlush(ctx context.Context) error {
	var errs []error
	for _, processor := range p.processors {
		errs = append(errs, processor.ForceFlush(ctx))
	}
	return errors.Join(errs...)
}

// Shutdown ends the user's processors.
func (p *logPipeline) Shutdown(ctx context.Context) error {
	var errs []error
	for _, processor := range p.processors {
		errs = append(errs, processor.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

func sizeOfLog(r sdklog.Record) int {
	size := 150 + sizeOfValue(r.Body())
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		size += 10 + len(kv.Key) + sizeOfValue(kv.Value)
		return true
	})
	return size
}
