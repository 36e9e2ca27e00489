package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/internal/query"
	"github.com/hearth-dev/hearth/internal/record"
)

type interval = query.Interval

// engine is package query as this package sees it; tests have another one.
type engine interface {
	// run answers a question. The caller closes the answer.
	run(ctx context.Context, q question) (*answer, error)
	// tail hands every frame to fn until ctx is done or fn fails; the first one comes at once. fn is called by one
	// goroutine at a time. A bad filter is an error before the first call.
	tail(ctx context.Context, q tailQuestion, fn func(query.Frame) error) error
}

// tailQuestion says what to follow.
type tailQuestion struct {
	project      string // id
	filter       string // the text after WHERE; empty takes everything
	cursor       string // of the last frame that the client has; empty starts now
	timezone     string
	environments []string
	sample       int // records a second, at most; 0 sends all
}

type queryEngine struct{ *query.Engine }

// run asks for the rows, and for the plan before them when it is wanted: clients expect both in one answer.
func (e queryEngine) run(ctx context.Context, q question) (*answer, error) {
	request := query.Request{
		Project: q.project, Asker: q.asker, SQL: q.sql, MinTime: q.min, MaxTime: q.max, Limit: q.limit, Timezone: q.timezone, Environments: q.environments, At: q.at,
		Variables: q.variables,
	}
	plan := ""
	if q.explain {
		request.Explain = true
		explained, err := e.Run(ctx, request)
		if err != nil {
			return nil, err
		}
		plan = explained.Plan
		if err := explained.Close(); err != nil {
			return nil, err
		}
		if q.planOnly {
			return &answer{plan: plan, close: func() error { return nil }}, nil
		}
		request.Explain = false
	}
	rows, err := e.Run(ctx, request)
	if err != nil {
		return nil, err
	}
	return &answer{columns: columnsOf(rows.Columns), next: rows.Next, err: rows.Err, close: rows.Close, plan: plan}, nil
}

func columnsOf(columns []query.Column) []column {
	all := make([]column, len(columns))
	for i, c := range columns {
		all[i] = column{Name: c.Name, Type: c.Type, NotNull: c.NotNull}
		if c.JSON && c.Type.Kind == record.TypeText {
			all[i].Type = record.JSONType
		}
	}
	return all
}

func (e queryEngine) tail(ctx context.Context, q tailQuestion, fn func(query.Frame) error) error {
	return e.Tail(ctx, query.TailRequest{
		Project: q.project, Filter: q.filter, Cursor: q.cursor, Timezone: q.timezone, Environments: q.environments, Sample: q.sample,
	}, fn)
}

// engineProblem maps the engine's errors, or returns nil for one of ours.
func engineProblem(err error) *problem {
	if busy, ok := errors.AsType[*query.Busy](err); ok {
		p := &problem{status: http.StatusServiceUnavailable, detail: sentence(busy.Error()), retryAfter: max(busy.RetryAfter(), time.Second)}
		if busy.Project {
			p.status = http.StatusTooManyRequests
		}
		return p
	}
	switch {
	case errors.Is(err, query.ErrTimeout):
		return badRequest("%s Ask for a shorter time range, or for less of each record.", sentence(err.Error()))
	case slices.ContainsFunc([]error{query.ErrInvalid, query.ErrTooExpensive}, func(target error) bool { return errors.Is(err, target) }):
		return badRequest("%s", sentence(err.Error()))
	case errors.Is(err, query.ErrUnavailable):
		return &problem{status: http.StatusServiceUnavailable, detail: sentence(err.Error()), retryAfter: time.Second}
	}
	return nil
}

// sentence makes an error's text one for people.
func sentence(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
