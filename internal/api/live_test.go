package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/query"
)

// subscribe opens a live stream over a real connection.
func subscribe(t *testing.T, w *world, target string, headers ...string) *http.Response {
	t.Helper()
	server := httptest.NewServer(w.handler)
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), within)
	t.Cleanup(cancel) // before the server closes: cleanups run in reverse
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// nextEvent reads up to the next blank line.
func nextEvent(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var text strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("after %q: %v", text.String(), err)
		}
		if line == "\n" {
			return text.String()
		}
		text.WriteString(line)
	}
}

func TestLiveStreamsFrames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	asked := make(chan tailQuestion, 1)
	w.engine.tails = func(ctx context.Context, q tailQuestion, fn func(query.Frame) error) error {
		asked <- q
		for _, f := range []query.Frame{
			{Cursor: "40"},
			{Cursor: "41", Records: []json.RawMessage{[]byte(`{"message":"a"}`), []byte(`{"message":"b"}`)}},
			{Cursor: "50", Gap: &query.Gap{From: 42, To: 50, Records: 7, Reason: "the reader is too slow"}},
			{Cursor: "51", Records: []json.RawMessage{[]byte(`{"message":"c"}`)}, Of: 12},
			{},
		} {
			if err := fn(f); err != nil {
				return err
			}
		}
		<-ctx.Done()
		return ctx.Err()
	}
	response := subscribe(t, w, "/v1/live/?project=other&q=level+%3E%3D+'warn'&timezone=Europe/Berlin&deployment_environment=prod&sample=500&cursor=3", "Last-Event-ID", "40")
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "Cache-Control": "no-store", "Content-Encoding": "", "X-Logfire-Context": "local/other",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	reader := bufio.NewReader(response.Body)
	for _, want := range []string{
		"id: 40\n: here\n",
		"id: 41\nevent: records\ndata: {\"rows\":[{\"message\":\"a\"},{\"message\":\"b\"}]}\n",
		"id: 50\nevent: gap\ndata: {\"from\":42,\"to\":50,\"records\":7,\"reason\":\"the reader is too slow\"}\n",
		"id: 51\nevent: records\ndata: {\"rows\":[{\"message\":\"c\"}],\"of\":12}\n",
		": here\n",
	} {
		if diff := cmp.Diff(want, nextEvent(t, reader)); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff(tailQuestion{project: w.other.ID, filter: "level >= 'warn'", cursor: "40", timezone: "Europe/Berlin", environments: []string{"prod"}, sample: 500}, <-asked, cmp.AllowUnexported(tailQuestion{})); diff != "" {
		t.Errorf("question (-want +got):\n%s", diff)
	}
}

func TestLiveAnswersALongPollWithAnEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.engine.tails = func(ctx context.Context, q tailQuestion, fn func(query.Frame) error) error {
		if err := fn(query.Frame{Cursor: "40"}); err != nil {
			return err
		}
		if q.filter == "" {
			if err := fn(query.Frame{Cursor: "41", Records: []json.RawMessage{[]byte(`{"message":"a"}`)}}); err != nil {
				return err
			}
		}
		<-ctx.Done()
		return ctx.Err()
	}
	for target, want := range map[string]string{
		"/v1/live?poll=60":        "id: 40\n: here\n\nid: 41\nevent: records\ndata: {\"rows\":[{\"message\":\"a\"}]}\n\n",
		"/v1/live?poll=1&q=false": "id: 40\n: here\n\n: nothing came\n\n",
	} {
		body, err := io.ReadAll(subscribe(t, w, target).Body)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", target, diff)
		}
	}
	w.expect(422, "GET", "/v1/live?poll=61", "")
}

func TestLiveTakesTheCursorFromTheURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var got tailQuestion
	w.engine.tails = func(_ context.Context, q tailQuestion, _ func(query.Frame) error) error {
		got = q
		return badRequest("enough")
	}
	w.expect(422, "GET", "/v1/live?timezone=Mars", "")
	w.expect(422, "GET", "/v1/live?sample=0", "")
	w.expect(400, "GET", "/v1/live?cursor=17", "")
	if got.cursor != "17" || got.filter != "" || got.sample != 0 {
		t.Errorf("question %+v", got)
	}
}

func TestLiveRefusesABadFilterBeforeTheStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.engine.tails = func(context.Context, tailQuestion, func(query.Frame) error) error {
		return &pgsql.Error{Position: 3, Message: "syntax error"}
	}
	got := w.expect(400, "GET", "/v1/live?q=a+b", "", "Accept", "text/event-stream")
	if got.Header().Get("Content-Type") != "application/json" || !strings.Contains(got.Body.String(), "syntax error (at character 3)") {
		t.Errorf("%v %s", got.Header(), got.Body)
	}
}

func TestLiveTellsWhyItEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.engine.tails = func(_ context.Context, _ tailQuestion, fn func(query.Frame) error) error {
		if err := fn(query.Frame{}); err != nil {
			return err
		}
		return &pgsql.Error{Message: "division by zero"}
	}
	body := w.expect(200, "GET", "/v1/live", "").Body.String()
	if want := ": here\n\nevent: error\ndata: {\"detail\":\"division by zero\"}\n\n"; body != want {
		t.Errorf("%q, want %q", body, want)
	}
}

func TestLiveJustEndsWhenTheEngineStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.engine.tails = func(_ context.Context, _ tailQuestion, fn func(query.Frame) error) error {
		if err := fn(query.Frame{}); err != nil {
			return err
		}
		return query.ErrUnavailable
	}
	if body := w.expect(200, "GET", "/v1/live", "").Body.String(); body != ": here\n\n" {
		t.Errorf("%q; an error event would make clients give up", body)
	}
}

func TestLiveSurvivesAPanicOfTheTail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.engine.tails = func(context.Context, tailQuestion, func(query.Frame) error) error { panic("boom") }
	w.expect(500, "GET", "/v1/live", "")
	if log := w.log.String(); !strings.Contains(log, "boom") || !strings.Contains(log, "live_test.go") {
		t.Errorf("the log does not tell the panic:\n%s", log)
	}
}

func TestLiveStopsItsTailWhenTheClientGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ended := make(chan error, 1)
	w.engine.tails = func(ctx context.Context, _ tailQuestion, fn func(query.Frame) error) error {
		err := fn(query.Frame{})
		for err == nil { // without an end: the back-pressure of fn must stop it
			err = fn(query.Frame{Cursor: "1", Records: []json.RawMessage{[]byte(`{}`)}})
		}
		ended <- err
		return err
	}
	response := subscribe(t, w, "/v1/live")
	nextEvent(t, bufio.NewReader(response.Body))
	_ = response.Body.Close()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the tail ended with %v", err)
		}
	case <-time.After(within):
		t.Error("the tail goes on without a client")
	}
}

func TestLiveEndsWhenTheServerDrains(t *testing.T) {
	t.Parallel()
	draining := make(chan struct{})
	w := newWorld(t, func(o *Options) { o.Draining = draining })
	w.engine.tails = func(ctx context.Context, _ tailQuestion, fn func(query.Frame) error) error {
		if err := fn(query.Frame{}); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	}
	response := subscribe(t, w, "/v1/live")
	reader := bufio.NewReader(response.Body)
	nextEvent(t, reader)
	close(draining)
	if rest, err := io.ReadAll(reader); err != nil || len(rest) != 0 {
		t.Errorf("the stream ends with %q, %v; want a clean end", rest, err)
	}
	got := w.expect(503, "GET", "/v1/live", "")
	if got.Header().Get("Retry-After") == "" {
		t.Errorf("headers %v", got.Header())
	}
}

// flushed records when each write came.
type flushed struct {
	*httptest.ResponseRecorder
	at []time.Duration
	t0 time.Time
}

func (f *flushed) Write(p []byte) (int, error) {
	f.at = append(f.at, time.Since(f.t0))
	return f.ResponseRecorder.Write(p)
}

func TestLiveHeartbeats(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.engine.tails = func(ctx context.Context, _ tailQuestion, _ func(query.Frame) error) error {
		<-ctx.Done()
		return ctx.Err()
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
		defer cancel()
		out := &flushed{ResponseRecorder: httptest.NewRecorder(), t0: time.Now()}
		s := w.server
		ended := make(chan error, 1)
		s.stream(httptest.NewRequestWithContext(ctx, "GET", "/v1/live", nil), &eventStream{w: patientWriter{out, s.patience}}, following{ended: ended, may: func() bool { return true }})
		if got, want := out.Body.String(), strings.Repeat(": heartbeat\n\n", 3); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if diff := cmp.Diff([]time.Duration{15 * time.Second, 30 * time.Second, 45 * time.Second}, out.at); diff != "" {
			t.Errorf("times (-want +got):\n%s", diff)
		}
	})
}

func TestLiveAsksAgainWhetherItMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	synctest.Test(t, func(t *testing.T) {
		began, asked := time.Now(), 0
		w.server.changes = bell{} // of this bubble
		out := &flushed{ResponseRecorder: httptest.NewRecorder(), t0: began}
		go func() {
			time.Sleep(7 * time.Second)
			w.server.changes.ring()
		}()
		w.server.stream(httptest.NewRequestWithContext(t.Context(), "GET", "/v1/live", nil), &eventStream{w: patientWriter{out, w.server.patience}}, following{may: func() bool {
			asked++
			return asked < 5
		}})
		if got, want := time.Since(began), 20*time.Second; got != want || asked != 5 { // at 5, 7, 10, 15 and 20
			t.Errorf("ended after %v, asked %d times", got, asked)
		}
		if got := out.Body.String(); got != ": heartbeat\n\n" {
			t.Errorf("%q", got)
		}
	})
}

func TestLiveEndsWithWhatOpenedIt(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *world, browser []string, member meta.User){
		"logging out": func(w *world, browser []string, _ meta.User) {
			w.expect(204, "POST", "/api/v1/logout/", "", browser...)
		},
		"the person's removal": func(w *world, _ []string, member meta.User) {
			w.expect(204, "DELETE", "/api/v1/members/"+member.ID+"/", "", w.logIn()...)
		},
		"the person's disabling": func(w *world, _ []string, member meta.User) {
			w.expect(204, "PATCH", "/api/v1/users/"+member.ID+"/", `{"active":false}`, w.logIn()...)
		},
		"the token's revocation": func(w *world, _ []string, _ meta.User) {
			list, err := w.meta.Tokens(w.t.Context(), w.meta.DefaultProject().ID, meta.ReadToken)
			if err != nil {
				w.t.Fatal(err)
			}
			w.expect(204, "DELETE", "/api/v1/projects/"+list[0].ProjectID+"/read-tokens/"+list[0].ID+"/", "", w.logIn()...)
		},
		"the project's deletion": func(w *world, _ []string, _ meta.User) {
			w.expect(204, "DELETE", "/api/v1/projects/"+w.other.ID+"/", "", w.logIn()...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, nil)
			w.server.recheck = time.Hour // what this server changes is told at once
			w.engine.tails = func(ctx context.Context, _ tailQuestion, fn func(query.Frame) error) error {
				if err := fn(query.Frame{}); err != nil {
					return err
				}
				<-ctx.Done()
				return ctx.Err()
			}
			member := w.person(meta.ReadOnlyRole)
			browser := w.browser(member)
			headers := browser[:2]
			if name == "the token's revocation" {
				headers = []string{"Authorization", w.read}
			}
			path := "/v1/live"
			if name == "the project's deletion" {
				path += "?project=" + w.other.Name
			}
			reader := bufio.NewReader(subscribe(t, w, path, headers...).Body)
			nextEvent(t, reader)
			w.expect(204, "POST", "/api/v1/logout/", "", w.logIn()...) // somebody else's
			end(w, browser, member)
			if rest, err := io.ReadAll(reader); err != nil || strings.Contains(string(rest), "event:") {
				t.Errorf("the stream ends with %q, %v; want a clean end", rest, err)
			}
		})
	}
}
