package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

const (
	// heartbeatEvery is how often an idle stream shows that it lives; proxies close what is silent for a minute.
	heartbeatEvery = 15 * time.Second
	// liveWriteWithin is how long a write may take. A client that reads nothing for that long is given up.
	liveWriteWithin = 30 * time.Second
)

// live serves GET /v1/live: records that match a filter, as they arrive, as server-sent events. q is what follows
// WHERE. Each event carries a cursor as its id, with which a client that was cut off goes on: EventSource sends it
// by itself as Last-Event-ID.
func (s *server) live(w http.ResponseWriter, r *http.Request) {
	who, err := s.auth.principal(r, meta.ReadToken)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q := tailQuestion{project: who.project.ID, filter: r.URL.Query().Get("q"), cursor: r.Header.Get("Last-Event-ID")}
	if q.cursor == "" {
		q.cursor = r.URL.Query().Get("cursor")
	}
	w.Header().Set("X-Logfire-Context", who.project.Organization+"/"+who.project.Name)

	ctx, cancel := context.WithCancel(r.Context())
	frames := make(chan frame) // without a buffer: a slow client slows the tail, which knows how to tell of gaps
	ended := make(chan error, 1)
	var tail sync.WaitGroup
	defer tail.Wait()
	defer cancel()
	tail.Go(func() {
		ended <- s.tail(ctx, q, func(f frame) error {
			select {
			case frames <- f:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	s.stream(r, &eventStream{w: w, control: http.NewResponseController(w)}, frames, ended)
}

// tail runs the engine's tail outside of the request's goroutine, where a panic would end the process.
func (s *server) tail(ctx context.Context, q tailQuestion, fn func(frame) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic in a live tail: %v\n%s", v, debug.Stack())
		}
	}()
	return s.engine.tail(ctx, q, fn)
}

// stream writes frames and heartbeats until the tail ends, the client goes or the server stops. Nothing is sent before
// the tail's first frame or the first heartbeat, so that a bad filter still gets its own status.
func (s *server) stream(r *http.Request, out *eventStream, frames <-chan frame, ended <-chan error) {
	heartbeat := time.NewTicker(s.heartbeat)
	defer heartbeat.Stop()
	for {
		var err error
		select {
		case f := <-frames:
			err = out.frame(f)
		case <-heartbeat.C:
			err = out.write(": heartbeat\n\n")
		case err := <-ended:
			s.endStream(r, out, err)
			return
		case <-s.Draining:
			s.endStream(r, out, context.Canceled)
			return
		case <-r.Context().Done():
			return
		}
		if err != nil {
			return // the client has gone, or reads nothing
		}
	}
}

// endStream tells why a stream ends: as a status when nothing is out yet, as an event otherwise. Clients that were
// served until now come again.
func (s *server) endStream(r *http.Request, out *eventStream, err error) {
	if err == nil {
		err = context.Canceled
	}
	if !out.started {
		s.fail(out.w, r, err)
		return
	}
	if errors.Is(err, context.Canceled) {
		return
	}
	data := append([]byte(`{"detail":`), appendString(nil, s.problemFor(r, err).Error())...)
	_ = out.frame(frame{event: "error", data: append(data, '}')}) // the stream ends either way
}

// frame is one event of a live stream.
type frame struct {
	event  string // records or gap; empty only opens the stream
	cursor string
	data   []byte // one JSON object, without line breaks
}

// eventStream writes server-sent events.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	started bool
}

func (e *eventStream) frame(f frame) error {
	if f.event == "" {
		return e.write(": open\n\n")
	}
	text := make([]byte, 0, len(f.data)+len(f.cursor)+64)
	if f.cursor != "" {
		text = fmt.Appendf(text, "id: %s\n", f.cursor)
	}
	text = fmt.Appendf(text, "event: %s\ndata: ", f.event)
	text = append(text, f.data...)
	return e.write(string(append(text, "\n\n"...)))
}

// write sends text at once. The first one sends the headers before it.
func (e *eventStream) write(text string) error {
	if !e.started {
		e.started = true
		header := e.w.Header()
		header.Set("Content-Type", "text/event-stream")
		header.Set("X-Accel-Buffering", "no") // nginx would gather events
		e.w.WriteHeader(http.StatusOK)
	}
	err := e.control.SetWriteDeadline(time.Now().Add(liveWriteWithin))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.control.Flush()
}
