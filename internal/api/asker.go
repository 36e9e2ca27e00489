package api

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/hearth-dev/hearth/internal/alert"
	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/query"
)

// NewAsker returns what package alert asks, over the engine that answers people: an alert's statement is a statement
// like any other, in the same bounds, and its values are written the same way.
func NewAsker(e *query.Engine) alert.Asker { return asker{queryEngine{e}} }

type asker struct{ engine engine }

// Ask implements alert.Asker.
func (a asker) Ask(ctx context.Context, q alert.Question, columns func([]alert.Column), row func([]json.RawMessage)) (err error) {
	answer, err := a.engine.run(ctx, questionOf(q, alert.MaxCounted))
	if err != nil {
		return queryError(ctx, err)
	}
	defer func() { err = errors.Join(err, answer.close()) }()
	told := make([]alert.Column, len(answer.columns))
	for i, c := range answer.columns {
		told[i] = alert.Column{Name: c.Name, Type: postgresName(c.Type)}
	}
	columns(told)
	values, texts := make([]any, len(told)), make([]json.RawMessage, len(told))
	for answer.next(values) {
		for i, c := range answer.columns {
			if texts[i], err = appendJSON(texts[i][:0], c.Type, values[i]); err != nil {
				return err
			}
		}
		row(texts)
	}
	return queryError(ctx, answer.err())
}

// Check implements alert.Asker: the engine plans the statement and runs nothing.
func (a asker) Check(ctx context.Context, q alert.Question) error {
	question := questionOf(q, 1)
	question.explain, question.planOnly = true, true
	answer, err := a.engine.run(ctx, question)
	if err != nil {
		return queryError(ctx, err)
	}
	return answer.close()
}

// questionOf is an alert's question as a client would ask it. Bounds of clients are exclusive at both ends, and the window
// of an alert begins where the one before ended: a microsecond, the resolution of times, makes the beginning inclusive.
func questionOf(q alert.Question, limit int) question {
	asked := question{project: q.Project, sql: q.SQL, min: q.From.Add(-time.Microsecond), max: q.To, at: q.At, limit: limit, timezone: "UTC"}
	if len(q.Environments) > 0 {
		asked.environments = q.Environments
	}
	return asked
}

// queryError tells which errors are the statement's, or the load's, and says them as the query API does.
func queryError(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	if e, ok := errors.AsType[*pgsql.Error](err); ok {
		return &alert.QueryError{Text: sqlProblem(e).detail, Mistake: true, Cause: err}
	}
	if p := engineProblem(err); p != nil {
		return &alert.QueryError{Text: p.detail, Mistake: errors.Is(err, query.ErrInvalid), Cause: err}
	}
	return err
}
