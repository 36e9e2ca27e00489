package deliver

import (
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
)

// Count counts what became of the items of one signal. It is safe for concurrent use.
type Count struct {
	Queued  atomic.Int64 // waits to be sent, or is being sent
	Sent    atomic.Int64 // was accepted
	Dropped atomic.Int64 // found no room in the queue, was refused, or was given up at the end
}

// quiet is how long the same kind of trouble is told only once.
const quiet = time.Minute

// Reporter tells of trouble through otel.Handle, each kind at most once a minute. The zero value is ready for use; it is
// safe for concurrent use.
type Reporter struct {
	mu sync.Mutex // guards what follows
	at map[string]time.Time
}

// Report tells of err unless the same kind was told within the last minute.
func (r *Reporter) Report(kind string, err error) {
	if r.due(kind) {
		otel.Handle(err)
	}
}

func (r *Reporter) due(kind string) bool {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, told := r.at[kind]; told && now.Sub(last) < quiet {
		return false
	}
	if r.at == nil {
		r.at = map[string]time.Time{}
	}
	r.at[kind] = now
	return true
}
