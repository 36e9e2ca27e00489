// Package query is the read path: it compiles a question, runs it in bounds (time, rows, bytes, how many at once), and
// follows fresh records through a condition (tail.go).
//
// Errors say whose fault it is: *pgsql.Error and ErrInvalid are the asker's mistake; ErrTooExpensive and ErrTimeout
// mean that a limit was reached; *Busy and ErrUnavailable that it may work later. Anything else is ours.
package query

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// Errors that callers decide by, beside *pgsql.Error and *Busy.
var (
	ErrInvalid      = store.ErrInvalid      // the engine found a mistake in the statement while it ran
	ErrTooExpensive = store.ErrTooExpensive // memory, or the size of the answer
	ErrUnavailable  = store.ErrUnavailable  // the server is stopping, or its disk is full
	ErrTimeout      = errors.New("query exceeds the time limit")
)

// Interval is a span of calendar time in an answer.
type Interval = store.Interval

// Busy says that too many queries run or wait already.
type Busy struct {
	Project bool // whether it is this project's own queries, or this asker's, that are too many
	After   time.Duration
}

// Error says which limit was reached.
func (b *Busy) Error() string {
	if b.Project {
		return "too many queries of this project, or of yours in it, are running or waiting"
	}
	return "too many queries are running or waiting"
}

// RetryAfter returns how long the client should wait.
func (b *Busy) RetryAfter() time.Duration { return b.After }

// Options bound the read path. The zero value of each field means its default.
type Options struct {
	// Timeout is how long one query may take, waiting included. Default 30 s.
	Timeout time.Duration
	// Running bounds the queries that run at once, RunningPerProject those of one project, RunningPerAsker those of one
	// asker in it, so that there is room for others. Defaults 8, 4 and 3: each query uses all cores when it can, so
	// that more of them only take memory from each other.
	Running, RunningPerProject, RunningPerAsker int
	// Waiting bounds the queries that wait for their turn, WaitingPerProject those of one project, WaitingPerAsker those
	// of one asker in it; more get a *Busy. Defaults 128, 32 and 28: a large dashboard asks that much at once.
	Waiting, WaitingPerProject, WaitingPerAsker int
	// Rows bounds the rows of one answer, whatever the request says. Default 10 000.
	Rows int
	// AnswerBytes bounds the size of one answer, about. Default 256 MiB.
	AnswerBytes int64

	Tail TailOptions

	Registerer prometheus.Registerer // nil registers nothing
}

func (o *Options) setDefaults() {
	setDefault(&o.Timeout, 30*time.Second)
	setDefault(&o.Running, 8)
	setDefault(&o.RunningPerProject, 4)
	setDefault(&o.RunningPerAsker, 3)
	setDefault(&o.Waiting, 128)
	setDefault(&o.WaitingPerProject, 32)
	setDefault(&o.WaitingPerAsker, 28)
	setDefault(&o.Rows, 10_000)
	setDefault(&o.AnswerBytes, 256<<20)
	o.Tail.setDefaults()
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Engine answers questions. All methods are safe for concurrent use.
type Engine struct {
	store   store.Store
	feed    Feed
	options Options
	gate    gate
	metrics *metrics

	mu      sync.Mutex // guards tailers and closed
	tailers map[string]*tailer
	tails   int
	closed  bool
	loops   sync.WaitGroup // of the tailers; grows only under mu while not closed
}

// New returns an engine over a store. feed tells of fresh records.
func New(s store.Store, feed Feed, o Options) (*Engine, error) {
	o.setDefaults()
	e := &Engine{
		store: s, feed: feed, options: o, tailers: map[string]*tailer{},
		gate: gate{limits: o, running: map[party]int{}, waiting: map[party]int{}},
	}
	e.metrics = newMetrics(e)
	if err := e.metrics.register(o.Registerer); err != nil {
		return nil, err
	}
	return e, nil
}

// Request is a question.
type Request struct {
	Project          string // id
	Asker            string // who asks, such as the id of a token; empty for nobody in particular, whom no limit of one asker binds
	SQL              string
	MinTime, MaxTime time.Time // bound each table's time column, both exclusive; zero is open
	// Limit is the most rows wanted; 0, or more than Options.Rows, means Options.Rows.
	Limit        int
	Timezone     string   // IANA name; empty is UTC
	Environments []string // keeps records of these environments; "" stands for records without one. nil keeps all
	Variables    pgsql.Variables
	// At is what now() means, where the question is of another time than the present. Zero is the present.
	At time.Time
	// Explain asks for the engine's plan instead of rows.
	Explain bool
}

// Run answers a question. The caller closes the Answer, which may only be read while ctx lives.
func (e *Engine) Run(ctx context.Context, r Request) (*Answer, error) {
	began := time.Now()
	a, err := e.run(ctx, r)
	if err != nil {
		e.metrics.observe(began, err)
	}
	return a, err
}

func (e *Engine) run(parent context.Context, r Request) (*Answer, error) {
	a := &Answer{engine: e, began: time.Now(), parent: parent, limit: r.Limit, bytesLeft: e.options.AnswerBytes}
	if a.limit <= 0 || a.limit > e.options.Rows {
		a.limit = e.options.Rows
	}
	bound, err := pgsql.Compile(r.SQL, pgsql.Options{
		MinTime: r.MinTime, MaxTime: r.MaxTime, Environments: r.Environments, Timezone: r.Timezone, Limit: a.limit, At: r.At, Variables: r.Variables,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(parent, e.options.Timeout)
	a.ctx, a.cancel = ctx, cancel
	leave, err := e.gate.enter(ctx, party{r.Project, r.Asker})
	if err != nil {
		if ctx.Err() != nil && parent.Err() == nil { // it never got its turn
			err = &Busy{After: time.Second}
		}
		cancel()
		return nil, err
	}
	a.leave = leave
	if r.Explain {
		a.Plan, err = e.store.Explain(ctx, r.Project, bound)
	} else {
		a.rows, err = e.store.Query(ctx, r.Project, bound)
	}
	if err != nil {
		err = a.explain(err)
		leave()
		cancel()
		return nil, err
	}
	a.Columns = columns(a.rows, bound)
	return a, nil
}

// Column is a column of an answer.
type Column struct {
	Name    string
	Type    record.Type
	NotNull bool
	JSON    bool // holds JSON text, to be shown nested where the format can
}

// columns joins what the store knows of the answer's columns, which is their types, with what the compiler knows.
func columns(rows store.Rows, bound *pgsql.Bound) []Column {
	if rows == nil {
		return nil
	}
	told := rows.Columns()
	all := make([]Column, len(told))
	for i, c := range told {
		all[i] = Column{Name: c.Name, Type: c.Type, NotNull: c.NotNull, JSON: c.Type.Kind == record.TypeJSON}
		if i < len(bound.Columns) {
			all[i].NotNull = all[i].NotNull || bound.Columns[i].NotNull
			all[i].JSON = all[i].JSON || bound.Columns[i].JSON
		}
	}
	return all
}

// Answer is the answer to a Request, read once from front to back by one goroutine.
type Answer struct {
	Columns []Column // in order; nil for a plan
	Plan    string   // of Request.Explain; there are no rows then

	engine    *Engine
	began     time.Time
	parent    context.Context // an Answer lives no longer than the call that it belongs to
	ctx       context.Context // with the timeout
	cancel    context.CancelFunc
	leave     func()     // the gate
	rows      store.Rows // nil for a plan
	limit     int        // rows that may still come
	bytesLeft int64
	err       error
	closed    bool
}

// Next reads the next row into dst, which has one place per column, and reports false at the end or on an error. The
// values are as those of store.Rows.
func (a *Answer) Next(dst []any) bool {
	if a.rows == nil || a.err != nil || a.limit == 0 {
		return false
	}
	if !a.rows.Next(dst) {
		if err := a.rows.Err(); err != nil {
			a.err = a.explain(err)
		}
		return false
	}
	a.limit--
	for _, v := range dst {
		a.bytesLeft -= sizeOf(v)
	}
	if a.bytesLeft < 0 {
		a.err = fmt.Errorf("%w: the answer is larger than %d MiB; select fewer columns or rows", ErrTooExpensive, a.engine.options.AnswerBytes>>20)
		return false
	}
	return true
}

// Err returns the error that ended the rows, or nil.
func (a *Answer) Err() error { return a.err }

// Close stops the query and gives its turn to another one. Close twice is fine.
func (a *Answer) Close() error {
	if a.closed {
		return nil
	}
	a.closed = true
	var err error
	if a.rows != nil {
		err = a.rows.Close()
	}
	a.cancel()
	a.leave()
	a.engine.metrics.observe(a.began, a.err)
	return err
}

// explain turns the error of a cancelled engine into the reason of the cancellation.
func (a *Answer) explain(err error) error {
	switch {
	case a.parent.Err() != nil:
		return a.parent.Err()
	case a.ctx.Err() != nil:
		return fmt.Errorf("%w of %v", ErrTimeout, a.engine.options.Timeout)
	}
	return err
}

// sizeOf returns about how many bytes a value takes in an answer.
func sizeOf(v any) int64 {
	switch v := v.(type) {
	case string:
		return 2 + int64(len(v))
	case []any:
		n := int64(2)
		for _, element := range v {
			n += sizeOf(element)
		}
		return n
	case map[string]any:
		n := int64(2)
		for name, element := range v {
			n += int64(len(name)) + sizeOf(element)
		}
		return n
	}
	return 8
}

// Close ends all tails and waits for their loops. Tails that run return ErrUnavailable. Close twice is fine.
func (e *Engine) Close() {
	e.mu.Lock()
	e.closed = true
	for _, t := range e.tailers {
		t.cancel()
	}
	e.mu.Unlock()
	e.loops.Wait()
}
