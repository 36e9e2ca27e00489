package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/internal/board"
	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/pgsql"
)

// problem is an answer that tells the client what went wrong.
type problem struct {
	status     int
	detail     string
	fields     []fieldProblem // of a 422; takes the place of detail
	retryAfter time.Duration  // 0 for none
	challenge  string         // WWW-Authenticate of a 401
	sql        *pgsql.Error   // adds its parts to the body
	more       map[string]any // what else the body says
}

// fieldProblem is one wrong value, as FastAPI describes it.
type fieldProblem struct {
	Loc  []string `json:"loc"`
	Msg  string   `json:"msg"`
	Type string   `json:"type"`
}

// Error returns the text that the client sees.
func (p *problem) Error() string {
	if len(p.fields) == 0 {
		return p.detail
	}
	texts := make([]string, len(p.fields))
	for i, f := range p.fields {
		texts[i] = strings.Join(f.Loc, ".") + ": " + f.Msg
	}
	return strings.Join(texts, "; ")
}

// statusGone is nginx's status for a client that did not wait. Nobody receives it, but the access log shows it.
const statusGone = 499

func badRequest(format string, args ...any) *problem {
	return &problem{status: http.StatusBadRequest, detail: fmt.Sprintf(format, args...)}
}

func notFound(what string) *problem {
	return &problem{status: http.StatusNotFound, detail: what}
}

func invalid(fields ...fieldProblem) *problem {
	return &problem{status: http.StatusUnprocessableEntity, fields: fields}
}

// problemOf maps an error to what the client is told. ctx is the request's. It returns nil for an error of ours.
func problemOf(ctx context.Context, err error) *problem {
	switch {
	case ctx.Err() != nil:
		return &problem{status: statusGone, detail: "The client closed the request."}
	case errors.Is(err, context.Canceled):
		return &problem{status: http.StatusServiceUnavailable, detail: "The server is stopping.", retryAfter: time.Second}
	}
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*Throttled](err); ok {
		return &problem{status: http.StatusTooManyRequests, detail: e.Text, retryAfter: e.After}
	}
	if e, ok := errors.AsType[*pgsql.Error](err); ok {
		return sqlProblem(e)
	}
	if p := engineProblem(err); p != nil {
		return p
	}
	if fields := wrongFields(err); len(fields) > 0 {
		return invalid(fields...)
	}
	if e, ok := errors.AsType[*board.Error](err); ok {
		return definitionProblem(e)
	}
	if e, ok := errors.AsType[*meta.ChangedError](err); ok {
		return changedProblem(e)
	}
	if e, ok := errors.AsType[*meta.NotEmptyError](err); ok {
		return &problem{status: http.StatusConflict, detail: "The organisation has projects, which are to be deleted before it: " + strings.Join(e.Projects, ", ") + "."}
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &problem{status: http.StatusRequestEntityTooLarge, detail: fmt.Sprintf("The request body is larger than %d bytes.", e.Limit)}
	}
	switch {
	case errors.Is(err, meta.ErrExists):
		return &problem{status: http.StatusConflict, detail: "The name is already taken."}
	case errors.Is(err, meta.ErrPermanent):
		return &problem{status: http.StatusConflict, detail: "Every server has it: it cannot be deleted."}
	case errors.Is(err, meta.ErrLastAdmin):
		return &problem{status: http.StatusConflict, detail: "The organisation would have no admin left who may log in."}
	case errors.Is(err, meta.ErrForbidden):
		return &problem{status: http.StatusForbidden, detail: "It belongs to somebody else, who shares it."}
	case errors.Is(err, meta.ErrNotFound):
		return notFound("Not Found")
	}
	return nil
}

// wrongFields returns all wrong values of a request's body that an error tells of.
func wrongFields(err error) []fieldProblem {
	if joined, ok := err.(interface{ Unwrap() []error }); ok { // it takes the tree apart that errors.As would search
		var fields []fieldProblem
		for _, one := range joined.Unwrap() {
			fields = append(fields, wrongFields(one)...)
		}
		return fields
	}
	if one := errors.Unwrap(err); one != nil {
		return wrongFields(one)
	}
	if e, ok := errors.AsType[*meta.InvalidError](err); ok {
		return []fieldProblem{{Loc: []string{"body", e.Field}, Msg: e.Msg, Type: "value_error"}}
	}
	return nil
}

// definitionProblem tells everything that is wrong with a dashboard's definition.
func definitionProblem(e *board.Error) *problem {
	fields := make([]fieldProblem, len(e.Faults))
	for i, fault := range e.Faults {
		fields[i] = fieldProblem{Loc: []string{"body", "definition"}, Msg: fault.String(), Type: "value_error"}
	}
	return invalid(fields...)
}

// changedProblem tells who was faster.
func changedProblem(e *meta.ChangedError) *problem {
	return &problem{
		status: http.StatusConflict,
		detail: fmt.Sprintf("It has been changed by %s at %s, to version %d.", e.By, iso(e.At), e.Version),
		more:   map[string]any{"version": e.Version, "updated_at": iso(e.At), "updated_by_name": e.By},
	}
}

// sqlProblem tells a user's mistake in SQL with its position, and what to write instead.
func sqlProblem(e *pgsql.Error) *problem {
	detail := e.Message
	if e.Position > 0 {
		detail += fmt.Sprintf(" (at character %d)", e.Position)
	}
	if e.Hint != "" {
		detail += ". " + e.Hint
	}
	return &problem{status: http.StatusBadRequest, detail: detail, sql: e}
}

// fail answers a request with what its error deserves. Errors of ours are logged whole under an id, and the client is
// told the id only.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.problemFor(r, err).write(w, r)
}

// problemFor is problemOf for every error: one of ours is logged and becomes a 500.
func (s *server) problemFor(r *http.Request, err error) *problem {
	if p := problemOf(r.Context(), err); p != nil {
		return p
	}
	s.log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("request_id", requestID(r.Context())),
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Any("error", err))
	return internalError(r)
}

func internalError(r *http.Request) *problem {
	return &problem{status: http.StatusInternalServerError, detail: "Internal error. The server's log tells more under the id " + requestID(r.Context()) + "."}
}

// body is the simple answer: {"detail": …}.
func (p *problem) body() map[string]any {
	body := map[string]any{"detail": p.detail}
	if len(p.fields) > 0 {
		body["detail"] = p.fields
	}
	if p.sql != nil {
		for key, value := range map[string]string{"hint": p.sql.Hint, "code": p.sql.Code} {
			if value != "" {
				body[key] = value
			}
		}
		if p.sql.Position > 0 {
			body["position"] = p.sql.Position
		}
	}
	maps.Copy(body, p.more)
	return body
}

func (p *problem) write(w http.ResponseWriter, r *http.Request) {
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
	if p.challenge != "" {
		w.Header().Set("WWW-Authenticate", p.challenge)
	}
	if !wantsProblem(r) {
		writeJSON(w, p.status, p.body())
		return
	}
	// RFC 9457, as the SDK asks for it since 5.0; error_details is what it would have got without asking.
	body := map[string]any{
		"type": "about:blank", "title": http.StatusText(p.status), "status": p.status, "detail": p.Error(),
		"retryable": p.retryAfter > 0, "error_details": p.body(), "request_id": requestID(r.Context()),
	}
	if p.retryAfter > 0 {
		body["retry_after"] = p.retryAfter.Seconds()
	}
	writeBody(w, p.status, typeProblem, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	writeBody(w, status, typeJSON, body)
}

func writeBody(w http.ResponseWriter, status int, contentType string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // bodies are made of plain values by this package
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that has gone needs no answer
}
