package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hearth-dev/hearth/internal/query"
)

// longestPoll is how many seconds a client may wait in one request, where it asks to be answered with an end.
const longestPoll = 60

// heartbeatEvery is how often an idle stream shows that it lives; proxies close what is silent for a minute.
const heartbeatEvery = 15 * time.Second

// recheckEvery is how often an open stream asks again whether its client may have it. What is changed by this server ends it at
// once; this is for what other servers change, and for tokens that expire.
const recheckEvery = 5 * time.Second

// live serves GET /v1/live: records that match a filter, as they arrive, as server-sent events. q is what follows
// WHERE. Each event carries a cursor as its id, with which a client that was cut off goes on: EventSource sends it
// by itself as Last-Event-ID.
func (s *server) live(w http.ResponseWriter, r *http.Request) {
	who, err := s.reader(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q, wait, err := tailQuestionOf(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q.project = who.project.ID
	w.Header().Set("X-Logfire-Context", who.project.Organization+"/"+who.project.Name)

	ctx, cancel := context.WithCancel(r.Context())
	frames := make(chan query.Frame) // without a buffer: a slow client slows the tail, which knows how to tell of gaps
	ended := make(chan error, 1)
	var tail sync.WaitGroup
	defer tail.Wait()
	defer cancel()
	tail.Go(func() {
		ended <- s.tail(ctx, q, func(f query.Frame) error {
			select {
			case frames <- f:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	s.stream(r, &eventStream{w: patientWriter{w, s.patience}}, following{frames, ended, wait, func() bool {
		_, err := s.reader(r)
		return err == nil
	}})
}

// following is what a stream tells of, and until when.
type following struct {
	frames <-chan query.Frame
	ended  <-chan error
	wait   time.Duration // 0 is without an end
	may    func() bool   // tells whether the client may still have it
}

// tailQuestionOf reads the parameters, and how long a long poll waits; 0 follows without an end. The header is newer
// than the URL, which a reconnecting client cannot change.
func tailQuestionOf(r *http.Request) (tailQuestion, time.Duration, error) {
	p := queryParameters(r.URL.Query())
	q := tailQuestion{
		filter: p.text("q", false), cursor: p.text("cursor", false), timezone: p.timezone(), environments: p.environments(),
		sample: p.count("sample", 0),
	}
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		q.cursor = id
	}
	seconds := p.count("poll", 0)
	if seconds > longestPoll {
		p.fault("poll", "less_than_equal", "Input should be less than or equal to %d", longestPoll)
	}
	if len(p.faults) > 0 {
		return tailQuestion{}, 0, invalid(p.faults...)
	}
	return q, time.Duration(seconds) * time.Second, nil
}

// tail runs the engine's tail outside of the request's goroutine, where a panic would end the process.
func (s *server) tail(ctx context.Context, q tailQuestion, fn func(query.Frame) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic in a live tail: %v\n%s", v, debug.Stack())
		}
	}()
	return s.engine.tail(ctx, q, fn)
}

// stream writes frames and heartbeats until the tail ends, the client goes or the server stops. Nothing is sent before
// the tail's first frame or the first heartbeat, so that a bad filter still gets its own status. A stream that waits for
// so long ends with the first records, or after that time: where something on the way holds back what has no end. One whose client
// may not have it any more just ends: the client comes again, and is told.
func (s *server) stream(r *http.Request, out *eventStream, f following) {
	heartbeat, recheck := time.NewTicker(heartbeatEvery), time.NewTicker(s.recheck)
	defer heartbeat.Stop()
	defer recheck.Stop()
	var waited <-chan time.Time
	if f.wait > 0 {
		waited = time.After(f.wait)
	}
	changed := s.changes.next()
	for {
		var err error
		select {
		case frame := <-f.frames:
			err = out.write(event(frame))
			if f.wait > 0 && (len(frame.Records) > 0 || frame.Gap != nil) {
				return
			}
		case <-changed:
			changed = s.changes.next()
			if !f.may() {
				return
			}
		case <-recheck.C:
			if !f.may() {
				return
			}
		case <-waited:
			_ = out.write(": nothing came\n\n") // the client comes again either way
			return
		case <-heartbeat.C:
			err = out.write(": heartbeat\n\n")
		case err := <-f.ended:
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

// endStream tells why a stream ends: as a status when nothing is out yet, as an event otherwise. A stream that the
// server ends for reasons of its own just ends: clients come again.
func (s *server) endStream(r *http.Request, out *eventStream, err error) {
	if err == nil {
		err = context.Canceled
	}
	if !out.started {
		s.fail(out.w, r, err)
		return
	}
	if p := s.problemFor(r, err); p.retryAfter == 0 && p.status != statusGone {
		_ = out.write("event: error\ndata: {\"detail\":" + string(appendString(nil, p.Error())) + "}\n\n") // it ends either way
	}
}

// event writes a frame as a server-sent event: records with rows, and of when they are a sample of so many; or gap. A frame that only tells how far the tail is
// becomes an id without an event, which EventSource remembers silently.
func event(f query.Frame) string {
	var text strings.Builder
	if f.Cursor != "" {
		text.WriteString("id: " + f.Cursor + "\n")
	}
	switch {
	case f.Gap != nil:
		data, err := json.Marshal(f.Gap)
		if err != nil {
			panic(err) // it is made of plain values
		}
		text.WriteString("event: gap\ndata: ")
		text.Write(data)
		text.WriteString("\n\n")
	case len(f.Records) > 0:
		text.WriteString(`event: records` + "\n" + `data: {"rows":[`)
		for i, row := range f.Records {
			if i > 0 {
				text.WriteByte(',')
			}
			text.Write(row)
		}
		text.WriteByte(']')
		if f.Of > 0 {
			text.WriteString(`,"of":` + strconv.Itoa(f.Of))
		}
		text.WriteString("}\n\n")
	default:
		text.WriteString(": here\n\n")
	}
	return text.String()
}

// eventStream writes server-sent events.
type eventStream struct {
	w       patientWriter
	started bool
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
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.w.flush()
}
