package agent

import (
	"context"
	"iter"
	"sync/atomic"
)

// Instrumented returns a model whose requests are recorded, for use with or without an agent. Nil settings are the zero
// settings. A model that is instrumented already is returned as it is.
func Instrumented(model Model, settings *InstrumentationSettings) Model {
	if instrumentedIn(model) != nil {
		return model
	}
	if settings == nil {
		settings = &InstrumentationSettings{}
	}
	return &instrumentedModel{model, settings}
}

type instrumentedModel struct {
	Model
	settings *InstrumentationSettings
}

// Unwrap returns the model without its instrumentation.
func (m *instrumentedModel) Unwrap() Model { return m.Model }

// instrumentedIn returns the instrumentation among a model and those that it wraps, or nil.
func instrumentedIn(model Model) *instrumentedModel {
	for model != nil {
		if m, ok := model.(*instrumentedModel); ok {
			return m
		}
		wrapper, ok := model.(WrapperModel)
		if !ok {
			return nil
		}
		model = wrapper.Unwrap()
	}
	return nil
}

// Request asks the model inside of a span.
func (m *instrumentedModel) Request(ctx context.Context, req *Request) (response *Response, err error) {
	ctx, span := StartRequest(ctx, m.settings, targetOf(m.Model), req)
	defer func() { span.End(response, err) }()
	response, err = m.Model.Request(ctx, req)
	return identified(response), err
}

// Stream asks the model inside of a span, which ends with the sequence: when it is exhausted, fails or is left early, and
// when the context ends before it is looked at.
func (m *instrumentedModel) Stream(ctx context.Context, req *Request) (iter.Seq2[Delta, error], error) {
	ctx, span := StartRequest(ctx, m.settings, targetOf(m.Model), req)
	deltas, err := m.Model.Stream(ctx, req)
	if err != nil {
		span.End(nil, err)
		return nil, err
	}
	var begun atomic.Bool
	stop := context.AfterFunc(ctx, func() {
		if begun.CompareAndSwap(false, true) {
			span.End(nil, context.Cause(ctx))
		}
	})
	return func(yield func(Delta, error) bool) {
		stop()
		begun.Store(true)
		passOn(span, identifiedDeltas(deltas), yield)
	}, nil
}

// passOn passes deltas on and ends the span with what they make.
func passOn(span *RequestSpan, deltas iter.Seq2[Delta, error], yield func(Delta, error) bool) {
	var collector Collector
	var failure error
	defer func() { span.End(collector.Response(), failure) }()
	for delta, err := range deltas {
		if err != nil {
			failure = err
		} else {
			if _, about := delta.(ResponseDelta); !about { // that the model begins is no answer yet
				span.FirstChunk()
			}
			collector.Add(delta)
		}
		if !yield(delta, err) {
			return
		}
	}
}
