package api

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/query"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// memoryStore answers every query with one row of texts, as an engine does that knows no JSON type.
type memoryStore struct {
	store.Store // nothing else is called
	open        atomic.Int64
}

func (s *memoryStore) Query(_ context.Context, _ string, q *pgsql.Bound) (store.Rows, error) {
	s.open.Add(1)
	return &memoryRows{store: s, outputs: q.Columns}, nil
}

func (*memoryStore) Explain(context.Context, string, *pgsql.Bound) (string, error) {
	return "SCAN records", nil
}

type memoryRows struct {
	store   *memoryStore
	outputs []pgsql.Output
	done    bool
}

func (r *memoryRows) Columns() []store.Column {
	var columns []store.Column
	for _, output := range r.outputs {
		columns = append(columns, store.Column{Name: output.Name, Type: record.TextType})
	}
	return columns
}

func (r *memoryRows) Next(dst []any) bool {
	if r.done {
		return false
	}
	r.done = true
	for i := range dst {
		dst[i] = `{"a":1}`
	}
	return true
}

func (r *memoryRows) Err() error   { return nil }
func (r *memoryRows) Close() error { r.store.open.Add(-1); return nil }

// idleFeed has nothing to tell.
type idleFeed struct{}

func (idleFeed) Watch(string) query.Watcher { return idleWatcher{make(chan struct{})} }

type idleWatcher struct{ ready chan struct{} }

func (idleWatcher) Since() uint64                       { return 40 }
func (w idleWatcher) Ready() <-chan struct{}            { return w.ready }
func (idleWatcher) Take() ([]*record.Batch, record.Gap) { return nil, record.Gap{} }
func (idleWatcher) Close()                              {}

// The handler over the real engine: what it says of columns, plans and mistakes reaches the client.
func TestHandlerOverTheEngine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	memory := &memoryStore{}
	engine, err := query.New(memory, idleFeed{}, query.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	w.handler = New(Options{Meta: w.meta, Engine: engine, OTLP: w.server.OTLP, Local: true})

	const body = `{"sql":"SELECT message, attributes FROM records","min_timestamp":"2026-01-01T00:00:00Z"%}`
	got := w.expect(200, "POST", "/v2/query", strings.Replace(body, "%", "", 1))
	if text := got.Body.String(); !strings.HasSuffix(text, `"data":[{"message":"{\"a\":1}","attributes":{"a":1}}]}`) ||
		!strings.Contains(text, `{"name":"message","data_type":"Utf8","nullable":false}`) {
		t.Errorf("JSON columns are not nested, or columns are not described: %s", text)
	}
	got = w.expect(200, "POST", "/v2/query", strings.Replace(body, "%", `,"explain":true`, 1))
	if text := got.Body.String(); !strings.Contains(text, `"physical_plan":"SCAN records"`) || !strings.Contains(text, `"data":[{`) {
		t.Errorf("plan and rows belong into one answer: %s", text)
	}
	got = w.expect(400, "POST", "/v2/query", `{"sql":"SELECT messag FROM records","min_timestamp":"2026-01-01T00:00:00Z"}`)
	if text := got.Body.String(); !strings.Contains(text, `"position":8`) || !strings.Contains(text, "(at character 8)") {
		t.Errorf("the mistake's place is not told: %s", text)
	}
	w.expect(400, "GET", "/v1/live?q=nonsense+here+(", "")
	w.expect(400, "GET", "/v1/live?cursor=yesterday", "")
	if open := memory.open.Load(); open != 0 {
		t.Errorf("%d answers are not closed", open)
	}

	ctx, cancel := context.WithCancel(t.Context())
	out := &firstWrite{ResponseRecorder: httptest.NewRecorder(), written: cancel}
	stuck := time.AfterFunc(within, cancel)
	defer stuck.Stop()
	w.handler.ServeHTTP(out, httptest.NewRequestWithContext(ctx, "GET", "http://127.0.0.1:4318/v1/live", nil))
	if text := out.Body.String(); text != "id: 40\n: here\n\n" {
		t.Errorf("the tail begins with %q", text)
	}
}

// firstWrite calls written once something was written.
type firstWrite struct {
	*httptest.ResponseRecorder
	written func()
}

func (w *firstWrite) Write(p []byte) (int, error) {
	defer w.written()
	return w.ResponseRecorder.Write(p)
}
