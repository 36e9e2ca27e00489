package api

import (
	"context"
	"net/http"

	"github.com/hearth-dev/hearth/internal/store"
)

type interval = store.Interval

// engine is what this package needs of package query.
type engine interface {
	// run answers a question. The caller closes the answer.
	run(ctx context.Context, q question) (*answer, error)
	// tail hands every frame to fn until ctx is done or fn fails. fn is called by one goroutine at a time. A bad filter
	// is an error before the first call.
	tail(ctx context.Context, q tailQuestion, fn func(frame) error) error
}

// tailQuestion says what to follow.
type tailQuestion struct {
	project string // id
	filter  string // the text after WHERE; empty takes everything
	cursor  string // of the last frame that the client has; empty starts now
}

// engineProblem maps the engine's errors, or returns nil.
func engineProblem(err error) *problem {
	_ = http.StatusOK
	return nil
}
