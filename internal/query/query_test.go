package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
	"github.com/hearth-dev/hearth/internal/store/duckdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func expect(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// logs returns a batch of logs, one a message, a second apart.
func logs(seq uint64, messages ...string) *record.Batch {
	b := &record.Batch{Project: "demo", Seq: seq, Arrived: noon.Add(time.Duration(seq) * time.Microsecond), Bytes: 100 * len(messages)}
	for i, m := range messages {
		at := noon.Add(time.Duration(i) * time.Second).UnixNano()
		b.Records = append(b.Records, record.Record{
			Kind: record.KindLog, Level: record.LevelInfo, TraceID: strings.Repeat("a", 32), SpanID: fmt.Sprintf("%08x%08x", seq, i),
			StartNano: at, EndNano: at, SpanName: m, Message: m, Origin: &record.Origin{ServiceName: "svc"},
		})
	}
	return b
}

func openDuckDB(t *testing.T, batches ...*record.Batch) store.Store {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Apply(t.Context(), batches); err != nil {
		t.Fatal(err)
	}
	return s
}

func newEngine(t *testing.T, s store.Store, feed Feed, o Options) *Engine {
	t.Helper()
	e, err := New(s, feed, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// ask returns an answer as text: a line of columns, then a line a row.
func ask(t *testing.T, e *Engine, r Request) (string, error) {
	t.Helper()
	a, err := e.Run(t.Context(), r)
	if err != nil {
		return "", err
	}
	defer func() {
		if err := errors.Join(a.Close(), a.Close()); err != nil {
			t.Error(err)
		}
	}()
	var lines []string
	var names []string
	for _, c := range a.Columns {
		names = append(names, c.Name)
	}
	lines = append(lines, strings.Join(names, " "))
	row := make([]any, len(a.Columns))
	for a.Next(row) {
		lines = append(lines, strings.TrimSuffix(fmt.Sprintln(row...), "\n"))
	}
	return strings.Join(lines, "\n"), a.Err()
}

func TestNowIsTheTimeOfTheQuestion(t *testing.T) {
	t.Parallel()
	e := newEngine(t, openDuckDB(t, logs(1, "early", "late")), nil, Options{})
	got, err := ask(t, e, Request{
		Project: "demo", At: noon.Add(1500 * time.Millisecond),
		SQL: "SELECT message, EXTRACT(EPOCH FROM now() - start_timestamp) AS ago, current_date FROM records WHERE start_timestamp > now() - interval '1 second'",
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, got, "message ago current_date\nlate 0.5 2026-11-23 00:00:00 +0000 UTC")
}

func TestRunAnswersWithinItsScope(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	s := openDuckDB(t, logs(1, "one", "two", "three"))
	e := newEngine(t, s, nil, Options{Rows: 2, Registerer: registry})
	check := func(r Request, want string) {
		t.Helper()
		r.Project = "demo"
		got, err := ask(t, e, r)
		expect(t, err, nil)
		expect(t, got, want)
	}
	check(Request{SQL: "SELECT count(*) AS n FROM records"}, "n\n3")
	check(Request{SQL: "SELECT message FROM records ORDER BY start_timestamp", Limit: 1}, "message\none")
	check(Request{SQL: "SELECT message FROM records ORDER BY start_timestamp"}, "message\none\ntwo")
	check(Request{SQL: "SELECT message FROM records ORDER BY start_timestamp", Limit: 100}, "message\none\ntwo")
	check(Request{SQL: "SELECT message FROM records", MinTime: noon, MaxTime: noon.Add(2 * time.Second)}, "message\ntwo")
	check(Request{SQL: "SELECT message FROM records", Environments: []string{"prod"}}, "message")
	other, err := ask(t, e, Request{Project: "other", SQL: "SELECT message FROM records"})
	expect(t, err, nil)
	expect(t, other, "message")
	if families, err := registry.Gather(); err != nil || len(families) < 4 {
		t.Error(len(families), err)
	}
}

func TestColumnsKnowTheirTypes(t *testing.T) {
	t.Parallel()
	e := newEngine(t, openDuckDB(t, logs(1, "one")), nil, Options{})
	a, err := e.Run(t.Context(), Request{Project: "demo", SQL: "SELECT message, attributes, level, start_timestamp, duration FROM records"})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	expect(t, a.Columns, []Column{
		{Name: "message", Type: record.TextType, NotNull: true},
		{Name: "attributes", Type: record.JSONType, JSON: true},
		{Name: "level", Type: record.Int16, NotNull: true},
		{Name: "start_timestamp", Type: record.Timestamp, NotNull: true},
		{Name: "duration", Type: record.Float64},
	})
}

func TestExplainGivesAPlan(t *testing.T) {
	t.Parallel()
	e := newEngine(t, openDuckDB(t, logs(1, "one")), nil, Options{})
	a, err := e.Run(t.Context(), Request{Project: "demo", SQL: "SELECT message FROM records", Explain: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if a.Plan == "" || a.Next(nil) || a.Err() != nil {
		t.Errorf("plan %q, error %v", a.Plan, a.Err())
	}
}

func TestMistakesAreTheAskers(t *testing.T) {
	t.Parallel()
	e := newEngine(t, openDuckDB(t, logs(1, "one")), nil, Options{})
	_, err := ask(t, e, Request{Project: "demo", SQL: "SELECT mesage FROM records"})
	var mistake *pgsql.Error
	if !errors.As(err, &mistake) || mistake.Position == 0 {
		t.Errorf("%v", err)
	}
	_, err = ask(t, e, Request{Project: "demo", SQL: "SELECT message::int FROM records"})
	if !errors.Is(err, ErrInvalid) {
		t.Errorf("%v", err)
	}
}

func TestALargeAnswerIsCut(t *testing.T) {
	t.Parallel()
	e := newEngine(t, openDuckDB(t, logs(1, strings.Repeat("x", 600), strings.Repeat("y", 600))), nil, Options{AnswerBytes: 1000})
	got, err := ask(t, e, Request{Project: "demo", SQL: "SELECT message FROM records"})
	if !errors.Is(err, ErrTooExpensive) || strings.Count(got, "\n") != 1 {
		t.Error(err, got)
	}
}

func TestTheTimeLimitEndsAQuery(t *testing.T) {
	t.Parallel()
	e := newEngine(t, openDuckDB(t, logs(1, strings.Split(strings.Repeat("x", 300), "")...)), nil, Options{Timeout: 200 * time.Millisecond})
	_, err := ask(t, e, Request{Project: "demo", SQL: "SELECT count(*) FROM records a, records b, records c, records d WHERE a.message || b.message < c.message || d.message"})
	if !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
}

func TestCancellingEndsAQuery(t *testing.T) {
	t.Parallel()
	s := &slow{started: make(chan struct{}, 1)}
	e := newEngine(t, s, nil, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-s.started; cancel() }()
	if _, err := e.Run(ctx, Request{Project: "demo", SQL: "SELECT 1"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	expect(t, e.gate.running, map[party]int{})
}

// slow is a store whose queries last until they are cancelled.
type slow struct {
	store.Store
	started chan struct{}
}

func (s *slow) Query(ctx context.Context, _ string, _ *pgsql.Bound) (store.Rows, error) {
	s.started <- struct{}{}
	<-ctx.Done()
	return nil, errors.New("interrupted")
}

func TestTooManyQueriesWaitAndThenAreRefused(t *testing.T) {
	t.Parallel()
	g := gate{
		limits:  Options{Running: 3, RunningPerProject: 2, Waiting: 3, WaitingPerProject: 2},
		running: map[party]int{}, waiting: map[party]int{},
	}
	enter := func(project string) func() {
		t.Helper()
		leave, err := g.enter(t.Context(), party{project: project})
		if err != nil {
			t.Fatal(err)
		}
		return leave
	}
	a1, a2 := enter("a"), enter("a")
	waits := func(project string) *ticket {
		t.Helper()
		ticket, err := g.join(party{project: project})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-ticket.turn:
			t.Fatalf("%s runs although it must wait", project)
		default:
		}
		return ticket
	}
	a3, a4 := waits("a"), waits("a")
	b1 := enter("b") // a's queries wait, but not for this place
	b2 := waits("b")
	var busy *Busy
	if _, err := g.join(party{project: "a"}); !errors.As(err, &busy) || !busy.Project || busy.RetryAfter() <= 0 {
		t.Error(err)
	}
	if _, err := g.join(party{project: "c"}); !errors.As(err, &busy) || busy.Project {
		t.Error(err)
	}
	b1()
	<-b2.turn
	a1()
	<-a3.turn
	a2()
	a2() // twice is fine
	<-a4.turn
	running, waiting := g.counts()
	expect(t, []int{running, waiting}, []int{3, 0})

	b3 := waits("b")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.enter(ctx, party{project: "b"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	g.leave(party{project: "a"})
	<-b3.turn
	for _, project := range []string{"a", "b", "b"} {
		g.leave(party{project: project})
	}
	expect(t, g.running, map[party]int{})
	expect(t, g.waiting, map[party]int{})
}

func TestOneAskerLeavesRoomForOthers(t *testing.T) {
	t.Parallel()
	g := gate{
		limits:  Options{Running: 8, RunningPerProject: 3, RunningPerAsker: 2, Waiting: 8, WaitingPerProject: 4, WaitingPerAsker: 2},
		running: map[party]int{}, waiting: map[party]int{},
	}
	ada, bob, alert := party{"demo", "ada"}, party{"demo", "bob"}, party{"demo", ""}
	runs := func(ticket *ticket) bool {
		select {
		case <-ticket.turn:
			return true
		default:
			return false
		}
	}
	join := func(who party, now bool) *ticket {
		t.Helper()
		ticket, err := g.join(who)
		if err != nil {
			t.Fatal(err)
		}
		if runs(ticket) != now {
			t.Fatalf("%v runs at once: %v", who, !now)
		}
		return ticket
	}
	join(ada, true)
	join(ada, true)
	third, fourth := join(ada, false), join(ada, false)
	if _, err := g.join(ada); !errors.As(err, new(*Busy)) {
		t.Errorf("more than may wait: %v", err)
	}
	join(bob, true) // although others wait: they are at a limit of their own
	join(party{"other", "ada"}, true)
	bobs := join(bob, false)
	waits := join(alert, false)
	if _, err := g.join(alert); !errors.As(err, new(*Busy)) {
		t.Errorf("more than may wait of the project: %v", err)
	}
	g.leave(bob)
	if !runs(bobs) || runs(third) || runs(waits) {
		t.Error("the place did not go to who was first among those who may")
	}
	g.leave(ada)
	if !runs(third) || runs(fourth) || runs(waits) {
		t.Error("the place did not go to the first")
	}
	g.leave(ada)
	g.leave(bob)
	if !runs(fourth) || !runs(waits) {
		t.Error("the last do not run")
	}
	for _, who := range []party{ada, ada, alert, {"other", "ada"}} {
		g.leave(who)
	}
	expect(t, g.running, map[party]int{})
	expect(t, g.waiting, map[party]int{})
}

func TestAQueryThatNeverGetsItsTurnIsToldSo(t *testing.T) {
	t.Parallel()
	s := &slow{started: make(chan struct{}, 1)}
	e := newEngine(t, s, nil, Options{Running: 1, Timeout: 50 * time.Millisecond})
	leave, err := e.gate.enter(t.Context(), party{project: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	if _, err := e.Run(t.Context(), Request{Project: "demo", SQL: "SELECT 1"}); !errors.As(err, new(*Busy)) {
		t.Error(err)
	}
}

func TestARowIsWrittenAsTheQueryAPIWritesIt(t *testing.T) {
	t.Parallel()
	r := record.Record{
		Kind: record.KindSpan, Level: record.LevelWarn, TraceID: "t", SpanID: "s", ParentSpanID: record.Some("p"),
		StartNano: noon.UnixNano() + 1999, EndNano: noon.Add(1500*time.Millisecond).UnixNano() + 1999, SpanName: "n", Message: "<a> & \"b\"\n",
		Tags: []string{"x"}, IsException: true, ExceptionType: record.Some("E"), StatusCode: record.Some("ERROR"), HTTPStatusCode: 500,
		Hot: []record.HotValue{
			{Index: hotOperation, Value: "chat"}, {Index: hotRequestModel, Value: "m1"}, {Index: hotResponseModel, Value: "m2"},
			{Index: hotSystem, Value: "openai"}, {Index: hotInput, Value: "12"}, {Index: hotOutput, Value: "many"}, {Index: hotCost, Value: "0.0031"},
		},
		Origin: &record.Origin{ServiceName: "svc", Environment: record.Some("prod"), ScopeName: record.Some("scope"), ServiceInstanceID: record.Some("i1"), ProcessPID: 7},
	}
	got, err := encodeRow(&r, noon)
	expect(t, err, nil)
	expect(t, string(got), `{"created_at":"2026-11-23T12:00:00.000000Z","start_timestamp":"2026-11-23T12:00:00.000001Z",`+
		`"end_timestamp":"2026-11-23T12:00:01.500001Z","duration":1.5,"trace_id":"t","span_id":"s","parent_span_id":"p","kind":"span",`+
		`"level":13,"span_name":"n","message":"<a> & \"b\"\n","service_name":"svc","tags":["x"],"is_exception":true,"exception_type":"E",`+
		`"otel_scope_name":"scope","otel_status_code":"ERROR","http_response_status_code":500,"deployment_environment":"prod",`+
		`"service_instance_id":"i1","process_pid":7,`+
		`"gen_ai_operation_name":"chat","gen_ai_request_model":"m1","gen_ai_response_model":"m2","gen_ai_system":"openai",`+
		`"gen_ai_usage_input_tokens":12,"gen_ai_usage_output_tokens":null,"operation_cost":0.0031}`)
	got, err = encodeRow(&logs(1, "m").Records[0], noon)
	expect(t, err, nil)
	var fields map[string]any
	if err := json.Unmarshal(got, &fields); err != nil {
		t.Fatal(err)
	}
	expect(t, fields["duration"], nil)
	expect(t, fields["http_response_status_code"], nil)
	expect(t, fields["tags"], any([]any{}))
	expect(t, len(fields), 28)
}
