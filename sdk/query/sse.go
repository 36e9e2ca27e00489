package query

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// event is one server-sent event, as the HTML standard defines them.
type event struct {
	name string // "message" when the server gives none
	data []byte // lines joined by a newline
}

// maxLine bounds one line of a stream. A frame is one line of data and holds hundreds of records at most.
const maxLine = 64 << 20

// eventReader reads server-sent events.
type eventReader struct {
	lines *bufio.Scanner
	// lastID is the id that the latest complete event carried or inherited; it is what Last-Event-ID is made of.
	lastID string
	// retry is how long the server wants a client to wait before it connects again; 0 when it did not say.
	retry time.Duration
	// alive is called for every line, heartbeats included.
	alive func()

	pendingID string
}

func newEventReader(r io.Reader, lastID string, alive func()) *eventReader {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	return &eventReader{lines: lines, lastID: lastID, pendingID: lastID, alive: alive}
}

// next returns the next event. io.EOF means that the server ended the stream; what came of an event after the last
// blank line is dropped, as the standard wants.
func (r *eventReader) next() (event, error) {
	var e event
	var data [][]byte
	for r.lines.Scan() {
		r.alive()
		line := r.lines.Bytes()
		if len(line) == 0 {
			r.lastID = r.pendingID
			if data == nil {
				e.name = ""
				continue
			}
			if e.name == "" {
				e.name = "message"
			}
			e.data = bytes.Join(data, []byte("\n"))
			return e, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "event":
			e.name = string(value)
		case "data":
			data = append(data, bytes.Clone(value))
		case "id":
			if !bytes.ContainsRune(value, 0) {
				r.pendingID = string(value)
			}
		case "retry":
			if ms, err := strconv.Atoi(string(value)); err == nil && ms >= 0 {
				r.retry = time.Duration(ms) * time.Millisecond
			}
		} // a comment has no name; unknown fields mean nothing
	}
	if err := r.lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return event{}, fmt.Errorf("a line of the stream is longer than %d MiB", maxLine>>20)
		}
		return event{}, err
	}
	return event{}, io.EOF
}
