package query

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestEventReaderFollowsTheStandard(t *testing.T) {
	t.Parallel()
	stream := ": open\n\n" +
		"id: 1\nevent: records\ndata: {\"a\":\ndata: 1}\n\n" +
		"data:no space\r\n\r\n" + // lines may end in CRLF, and no name is the name message
		"id: 3\n\n" + // an id alone counts
		"retry: 40\nunknown: x\nevent: gap\nid\ndata\n\n" +
		"id: 9\nevent: cut\ndata: off\n" // no blank line: dropped
	lines := 0
	r := newEventReader(strings.NewReader(stream), "0", func() { lines++ })
	type got struct{ name, data, id string }
	var all []got
	for {
		e, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, got{e.name, string(e.data), r.lastID})
	}
	want := []got{{"records", "{\"a\":\n1}", "1"}, {"message", "no space", "1"}, {"gap", "", ""}}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("events %q\nwant %q", all, want)
	}
	if r.retry != 40*time.Millisecond {
		t.Errorf("retry %v", r.retry)
	}
	if r.lastID != "" || lines != strings.Count(stream, "\n") {
		t.Errorf("last id %q after %d lines", r.lastID, lines)
	}
}

func TestEventReaderKeepsAnIDWithoutData(t *testing.T) {
	t.Parallel()
	r := newEventReader(strings.NewReader("id: 5\n\n"), "4", func() {})
	if _, err := r.next(); !errors.Is(err, io.EOF) || r.lastID != "5" {
		t.Errorf("last id %q, %v", r.lastID, err)
	}
}

// stream writes server-sent events and flushes them.
func stream(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = io.WriteString(w, text)
	_ = http.NewResponseController(w).Flush()
}

func event1(id, rows string) string {
	return fmt.Sprintf("id: %s\nevent: records\ndata: {\"rows\":[%s]}\n\n", id, rows)
}

func TestTailGoesOnWhereTheConnectionBroke(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	cursors := make(chan string, 3)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cursors <- r.Header.Get("Last-Event-ID")
		if r.URL.Path != "/v1/live" || r.URL.Query().Get("q") != "level >= 'warn'" {
			t.Errorf("asked for %s", r.URL)
		}
		switch connections.Add(1) {
		case 1:
			stream(w, ": open\n\n"+event1("7", `{"message":"first","level":13,"duration":null,"parent_span_id":null,"tags":["x"],"start_timestamp":"2026-05-27T13:16:36.517321Z"}`)+
				"event: records\nid: 8\ndata: {\"rows\":[]}\n\n") // tells only how far it is
		case 2:
			answer(503, "application/json", `{"detail":"starting"}`)(w, r)
		default:
			stream(w, event1("9", `{"message":"second","duration":0.5,"other":{"deep":1}}`)+
				"id: 12\nevent: gap\ndata: {\"from\":10,\"to\":12,\"records\":4,\"reason\":\"slow\"}\n\n")
			<-r.Context().Done()
		}
	})
	var breaks []error
	var frames []Frame
	for frame, err := range c.Tail(t.Context(), "level >= 'warn'", TailOptions{OnDisconnect: func(err error, _ time.Duration) { breaks = append(breaks, err) }}) {
		if err != nil {
			t.Fatal(err)
		}
		if frames = append(frames, frame); len(frames) == 3 {
			break
		}
	}
	first := frames[0].Records[0]
	if first.Message != "first" || first.Level != 13 || first.Duration != nil || first.ParentSpanID != "" || first.Tags[0] != "x" ||
		!first.Start.Equal(time.Date(2026, 5, 27, 13, 16, 36, 517321000, time.UTC)) || frames[0].Cursor != "7" {
		t.Errorf("first frame %+v", frames[0])
	}
	second := frames[1].Records[0]
	if *second.Duration != 0.5 || !strings.Contains(string(second.JSON), `"deep"`) || frames[1].Cursor != "9" {
		t.Errorf("second frame %+v", frames[1])
	}
	if want := (&Gap{Records: 4, Reason: "slow"}); !reflect.DeepEqual(frames[2].Gap, want) || frames[2].Cursor != "12" {
		t.Errorf("third frame %+v", frames[2])
	}
	close(cursors)
	var sent []string
	for cursor := range cursors {
		sent = append(sent, cursor)
	}
	if want := []string{"", "8", "8"}; !reflect.DeepEqual(sent, want) {
		t.Errorf("cursors %q, want %q", sent, want)
	}
	if len(breaks) != 2 {
		t.Errorf("disconnects %v", breaks)
	}
}

func TestTailEndsWhenTheServerRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"a bad filter":        {answer(400, "application/json", `{"detail":"no such column","position":1}`), "no such column"},
		"busy from the first": {answer(503, "application/json", `{"detail":"too many tails"}`), "too many tails"},
		"a filter that fails": {func(w http.ResponseWriter, _ *http.Request) {
			stream(w, "event: error\ndata: {\"detail\":\"the filter takes too long\"}\n\n")
		}, "the filter takes too long"},
		"nonsense": {func(w http.ResponseWriter, _ *http.Request) { stream(w, "event: records\ndata: nonsense\n\n") }, "event records"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			frames := 0
			var ended error
			for _, err := range serve(t, c.handler).Tail(t.Context(), "x", TailOptions{}) {
				if ended = err; err == nil {
					frames++
				}
			}
			if frames != 0 || ended == nil || !strings.Contains(ended.Error(), c.want) {
				t.Errorf("%d frames, then %v", frames, ended)
			}
		})
	}
}

func TestTailFailsWhenNobodyListens(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(200, "", ""))
	c.BaseURL = "http://127.0.0.1:1" // a port that no server has
	for _, err := range c.Tail(t.Context(), "", TailOptions{}) {
		if err == nil {
			t.Fatal("a frame from nobody")
		}
		return
	}
	t.Fatal("no error")
}

func TestTailEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		stream(w, event1("1", `{"message":"m"}`))
		<-r.Context().Done()
	})
	var ended error
	for frame, err := range c.Tail(ctx, "", TailOptions{}) {
		if err != nil {
			ended = err
			break
		}
		if frame.Records[0].Message != "m" {
			t.Errorf("frame %+v", frame)
		}
		cancel()
	}
	if !errors.Is(ended, context.Canceled) {
		t.Errorf("ended with %v", ended)
	}
}
