package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// TailOptions are the settings of a tail. The zero value works.
type TailOptions struct {
	// Cursor is where to go on: Frame.Cursor of the last frame that was seen. Empty begins with what arrives from now on.
	Cursor string
	// OnConnect is called each time the stream is open, before its first frame.
	OnConnect func()
	// OnDisconnect is called when an open stream has broken off, or could not be opened again, with the reason and how
	// long the client waits before it tries (again). nil means that nobody wants to know.
	OnDisconnect func(err error, wait time.Duration)
}

// Frame is some records that arrived together, or a gap. It is never empty.
type Frame struct {
	// Cursor resumes a tail after this frame.
	Cursor string
	// Records are new and pending spans, logs and span events, in the order of their arrival.
	Records []Record
	// Gap is set instead of Records where some are missing: the client read too slowly, or was away for too long.
	Gap *Gap
}

// Gap is a stretch of the stream that a tail did not get. A query finds the records.
type Gap struct {
	// Records is how many were not sent, whether they match the filter or not; 0 when unknown.
	Records int `json:"records"`
	// Reason says why, in plain words.
	Reason string `json:"reason"`
}

// Record is one record of a tail.
type Record struct {
	Kind          string    `json:"kind"` // span, log, span_event or pending_span: one that runs
	TraceID       string    `json:"trace_id"`
	SpanID        string    `json:"span_id"`
	ParentSpanID  string    `json:"parent_span_id"` // empty at a root
	Start         time.Time `json:"start_timestamp"`
	Duration      *float64  `json:"duration"` // seconds; nil for what is no finished span
	Level         int       `json:"level"`    // OpenTelemetry's severity number: 9 info, 13 warn, 17 error
	ServiceName   string    `json:"service_name"`
	SpanName      string    `json:"span_name"`
	Message       string    `json:"message"`
	Tags          []string  `json:"tags"`
	IsException   bool      `json:"is_exception"`
	ExceptionType string    `json:"exception_type"` // empty where there is none

	// JSON is all that the server tells of the record, one object with more columns than these.
	JSON json.RawMessage `json:"-"`
}

// UnmarshalJSON reads a record and keeps the text. A column that the server leaves out or null stays zero.
func (r *Record) UnmarshalJSON(text []byte) error {
	type plain Record // without this method
	if err := json.Unmarshal(text, (*plain)(r)); err != nil {
		return err
	}
	r.JSON = append(json.RawMessage(nil), text...)
	return nil
}

const (
	// silence is how long a stream may say nothing before it counts as broken: three heartbeats of the server.
	silence = 45 * time.Second

	firstRetry = 250 * time.Millisecond
	maxRetry   = 10 * time.Second
)

// errSilent ends a stream on which not even heartbeats come.
var errSilent = errors.New("the server has said nothing for too long")

// Tail follows the records that match a filter, the text after WHERE; an empty one takes all. When the connection
// breaks, it connects again and goes on where it was. It ends with an error when the first connection fails, when the
// server refuses (an *Error that is not Temporary), and with ctx's when that is done. Leaving the loop ends it too.
func (c *Client) Tail(ctx context.Context, filter string, o TailOptions) iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		t := &tail{client: c, filter: filter, options: o, cursor: o.Cursor, yield: yield}
		if err := t.run(ctx); err != nil && !t.stopped {
			yield(Frame{}, err)
		}
	}
}

type tail struct {
	client  *Client
	filter  string
	options TailOptions
	yield   func(Frame, error) bool

	cursor    string        // of the last frame that was handed out, or later where nothing matched
	retry     time.Duration // what the server wants between connections; 0 when it did not say
	connected bool          // once at least
	stopped   bool          // yield wants no more
}

// run follows one stream after the other.
func (t *tail) run(ctx context.Context) error {
	wait := firstRetry
	for {
		opened, err := t.stream(ctx)
		if t.stopped {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		answer, refused := errors.AsType[*Error](err)
		if !t.connected || refused && !answer.Temporary() || errors.Is(err, errFinal) {
			return err
		}
		if opened {
			wait = firstRetry
		}
		pause := max(t.retry, jitter(wait))
		if refused {
			pause = max(pause, answer.RetryAfter)
		}
		if t.options.OnDisconnect != nil {
			t.options.OnDisconnect(err, pause)
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		wait = min(2*wait, maxRetry)
	}
}

// jitter spreads the clients of a server that was restarted.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2) }

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// stream connects and hands frames out until the stream ends, for whatever reason: the error is never nil unless yield
// wants no more. opened tells whether the server took the request.
func (t *tail) stream(ctx context.Context) (opened bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer watchdog.Stop()

	values := url.Values{}
	if t.filter != "" {
		values.Set("q", t.filter)
	}
	header := http.Header{"Accept": {"text/event-stream"}}
	if t.cursor != "" {
		header.Set("Last-Event-ID", t.cursor)
	}
	resp, err := t.client.do(ctx, http.MethodGet, "/v1/live", values, header, nil)
	if err != nil {
		return false, orSilent(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }() // the stream has ended or is given up
	t.connected = true
	if t.options.OnConnect != nil {
		t.options.OnConnect()
	}
	events := newEventReader(resp.Body, t.cursor, func() { watchdog.Reset(silence) })
	for {
		e, err := events.next()
		t.retry, t.cursor = events.retry, events.lastID
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("the server ended the stream")
			}
			return true, orSilent(ctx, err)
		}
		watchdog.Stop() // a slow reader is not a silent server
		if err := t.handle(e, events.lastID); err != nil || t.stopped {
			return true, err
		}
		watchdog.Reset(silence)
	}
}

// orSilent returns the reason why a stream was given up, when it was, instead of what came of that.
func orSilent(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errSilent) {
		return errSilent
	}
	return err
}

// errFinal marks what connecting again would not help: the server gave the tail up and said why, or says what this
// client does not understand.
var errFinal = errors.New("live stream")

// handle hands one event out. Events of other names are for other clients.
func (t *tail) handle(e event, id string) error {
	frame := Frame{Cursor: id}
	var target any
	var rows struct {
		Rows []Record `json:"rows"`
	}
	var failure struct {
		Detail string `json:"detail"`
	}
	switch e.name {
	case "records":
		target = &rows
	case "gap":
		frame.Gap = &Gap{}
		target = frame.Gap
	case "error":
		target = &failure
	default:
		return nil
	}
	if err := json.Unmarshal(e.data, target); err != nil {
		return fmt.Errorf("%w: event %s: %w", errFinal, e.name, err)
	}
	if e.name == "error" {
		return fmt.Errorf("%w: %s", errFinal, failure.Detail)
	}
	frame.Records = rows.Rows
	if len(frame.Records) > 0 || frame.Gap != nil {
		t.stopped = !t.yield(frame, nil)
	}
	return nil
}
