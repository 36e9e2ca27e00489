// Package tap shows the bytes that pass through a body to a watcher, and leaves them as they are.
package tap

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"go.opentelemetry.io/otel"
)

// ErrClosed is what a watcher is told of a body that was closed before its end. It is no failure: readers of event streams
// close when they have seen the last event, and a JSON decoder stops at the end of the document.
var ErrClosed = errors.New("body closed before its end")

// Watcher sees a body pass. Calls come one after the other, from the goroutines that read and close the body. A panic is
// caught and reported to OpenTelemetry's error handler; the watcher is then not called again.
type Watcher interface {
	// Saw is given the bytes of one read, never none. They are the reader's own: valid during the call, and not to be
	// changed.
	Saw(p []byte)
	// Ended is called once, after the last Saw and before the body is closed: with nil at the end of the body, with
	// ErrClosed when it is closed before, and otherwise with the error that a read returned.
	Ended(err error)
}

// Body returns a body that behaves as the given one and shows what is read from it to w. It writes too if the given one
// does. It may be read and closed from several goroutines if the given one may; w is not shown what one of them reads while
// another meets the end.
func Body(body io.ReadCloser, w Watcher) io.ReadCloser {
	t := &tapped{body: body, watcher: w}
	if writer, ok := body.(io.Writer); ok {
		return struct {
			io.ReadCloser
			io.Writer
		}{t, writer}
	}
	return t
}

type tapped struct {
	body io.ReadCloser

	mu      sync.Mutex // guards the watcher and its calls
	watcher Watcher    // nil once it has been told of the end
}

// Read reads from the body. The lock is not held meanwhile: a read may wait for long, and Close must not.
func (t *tapped) Read(p []byte) (int, error) {
	n, err := t.body.Read(p)
	if n > 0 || err != nil {
		t.tell(p[:max(n, 0)], err)
	}
	return n, err
}

// Close tells the watcher before it closes the body, which may wait.
func (t *tapped) Close() error {
	t.tell(nil, ErrClosed)
	return t.body.Close()
}

func (t *tapped) tell(p []byte, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.watcher
	if w == nil {
		return
	}
	if err != nil {
		t.watcher = nil
	}
	defer func() {
		if p := recover(); p != nil {
			t.watcher = nil
			otel.Handle(fmt.Errorf("watching a body: panic: %v", p))
		}
	}()
	if len(p) > 0 {
		w.Saw(p)
	}
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		w.Ended(nil)
	default:
		w.Ended(err)
	}
}
