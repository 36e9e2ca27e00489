package agent

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
)

// Stream is a run whose events are seen as they happen. It begins when it is consumed: by one of [Stream.Events],
// [Stream.Text] and [Stream.Result]. It runs in the goroutine that consumes it, and only as fast.
type Stream[Out any] struct {
	run    *run
	ctx    context.Context
	cancel context.CancelFunc

	mu     sync.Mutex // guards what follows
	begun  bool
	ended  bool
	closed bool
	result *Result[Out]
	err    error
}

// Stream is [Agent.Run] piece by piece. The caller closes the stream, or consumes it to the end.
func (a *Agent[Out]) Stream(ctx context.Context, prompt string, opts ...RunOption) *Stream[Out] {
	return a.StreamParts(ctx, textPrompt(prompt), opts...)
}

// StreamParts is [Agent.Stream] with a prompt of several parts.
func (a *Agent[Out]) StreamParts(ctx context.Context, prompt []Content, opts ...RunOption) *Stream[Out] {
	s := &Stream[Out]{}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.run, s.err = newRun(ctx, a.config, a.output, prompt, opts)
	if s.err != nil {
		s.begun, s.ended = true, true
		s.cancel()
	}
	return s
}

// Events returns what happens in the run, once. An error is the last thing in it; it is that of [Stream.Result]. When the
// consumer stops, the request under way is cancelled, tools are waited for, and the run ends with [ErrStreamClosed].
func (s *Stream[Out]) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		stopped := false
		err := s.consume(func(e Event) bool {
			stopped = !yield(e, nil)
			return !stopped
		})
		if err != nil && !stopped {
			yield(nil, err)
		}
	}
}

// Text returns the text of the responses as it comes, once; what the model says before it calls tools is part of it. Errors
// are as in [Stream.Events].
func (s *Stream[Out]) Text() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for event, err := range s.Events() {
			if err != nil {
				yield("", err)
				return
			}
			if text := textOf(event); text != "" && !yield(text, nil) {
				return
			}
		}
	}
}

func textOf(e Event) string {
	switch e := e.(type) {
	case PartStartEvent:
		if text, ok := e.Part.(Text); ok {
			return text.Text
		}
	case PartDeltaEvent:
		if delta, ok := e.Delta.(TextDelta); ok {
			return delta.Text
		}
	}
	return ""
}

// Result returns what the run came to. It consumes the stream when nothing has; it must not be called while the stream is
// being consumed.
func (s *Stream[Out]) Result() (*Result[Out], error) {
	s.mu.Lock()
	begun := s.begun
	s.mu.Unlock()
	if !begun {
		_ = s.consume(func(Event) bool { return true }) // it is s.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		return nil, errors.New("the stream is being consumed: ask for its result afterwards")
	}
	return s.result, s.err
}

// Close ends the run if it is under way, in the goroutine that consumes it; a stream that was not consumed never begins. It
// may be called at any time, several times, and from any goroutine.
func (s *Stream[Out]) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.begun {
		s.begun, s.ended, s.err = true, true, ErrStreamClosed
	}
	s.closed = true
	s.cancel()
	return nil
}

// consume carries out the run and tells of its events.
func (s *Stream[Out]) consume(emit func(Event) bool) error {
	s.mu.Lock()
	if s.begun {
		defer s.mu.Unlock()
		if s.err != nil {
			return s.err
		}
		return errors.New("the stream was consumed before")
	}
	s.begun = true
	s.mu.Unlock()
	defer s.cancel()

	s.run.emit = emit
	result, err := resultOf[Out](s.run, s.ctx)

	s.mu.Lock()
	defer s.mu.Unlock()
	if failed, ok := errors.AsType[*RunError](err); ok && s.closed {
		failed.Err = ErrStreamClosed // what Close cancelled says only that it was cancelled
	}
	s.ended, s.result, s.err = true, result, err
	return err
}

// requestStream asks the model piece by piece, and tells of the pieces. What had arrived when it fails, or when nobody listens
// any more, stays in the conversation.
func (r *run) requestStream(ctx context.Context, req *Request) (response *Response, err error) {
	deltas, err := r.model.Stream(ctx, req)
	if err != nil {
		return nil, err
	}
	t := teller{run: r, current: -1, begun: map[int]bool{}}
	defer func() {
		if err != nil {
			r.interrupted(t.collector.Response())
		}
	}()
	for delta, err := range identifiedDeltas(deltas) {
		if err != nil {
			return nil, err
		}
		if err := t.take(delta); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return t.collector.Response(), t.endPart()
}

// interrupted keeps what a response was until it broke off. Calls are left out: nobody answers them, and they may be
// incomplete.
func (r *run) interrupted(response *Response) {
	r.meter.add(response.Usage.Add(Usage{Requests: 1}))
	response.Parts = slices.DeleteFunc(response.Parts, func(part ResponsePart) bool {
		_, isCall := part.(ToolCall)
		return isCall
	})
	if len(response.Parts) > 0 {
		r.messages = append(r.messages, r.stamped(response))
	}
}

// teller makes events of deltas.
type teller struct {
	run       *run
	collector Collector
	current   int // index of the part that began last; -1 before the first
	begun     map[int]bool
}

func (t *teller) take(d Delta) error {
	t.collector.Add(d)
	index, ok := indexOf(d)
	if !ok {
		return nil
	}
	if t.begun[index] {
		return t.run.tell(PartDeltaEvent{Delta: d})
	}
	if err := t.endPart(); err != nil {
		return err
	}
	t.current, t.begun[index] = index, true
	return t.run.tell(PartStartEvent{Index: index, Part: t.collector.part(index)})
}

func (t *teller) endPart() error {
	if t.current < 0 {
		return nil
	}
	return t.run.tell(PartEndEvent{Index: t.current, Part: t.collector.part(t.current)})
}

// indexOf returns which part a delta is of, if it is of one.
func indexOf(d Delta) (int, bool) {
	switch d := d.(type) {
	case TextDelta:
		return d.Index, true
	case ThinkingDelta:
		return d.Index, true
	case ToolCallDelta:
		return d.Index, true
	case PartDelta:
		return d.Index, true
	default:
		return 0, false
	}
}
