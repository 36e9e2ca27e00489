package server

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hearth-dev/hearth/internal/api"
)

// state is how far a server's life has come.
type state int32

const (
	starting state = iota // the log is replayed; nothing but probes is answered
	ready
	stopping // what is under way ends; nothing new should come
)

// health tells whether the server serves. Safe for concurrent use.
type health struct {
	state atomic.Int32
	// broken returns why nothing can be written any more, or nil. Set before the state becomes ready.
	broken func() error
}

func (h *health) set(s state) { h.state.Store(int32(s)) }

// reasons returns why the server is not ready, for people; nil when it is.
func (h *health) reasons() []string {
	switch state(h.state.Load()) {
	case starting:
		return []string{"Hearth is starting: what the write-ahead log holds is applied."}
	case stopping:
		return []string{"Hearth is stopping."}
	}
	if err := h.broken(); err != nil {
		return []string{"Nothing can be stored until a restart: " + err.Error()}
	}
	return nil
}

// door is the HTTP handler from the moment the port is open. It asks clients to come again until open is called.
type door struct{ inside atomic.Pointer[http.Handler] }

func (d *door) open(h http.Handler) { d.inside.Store(&h) }

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := d.inside.Load(); h != nil {
		boundBody(w, r)
		(*h).ServeHTTP(w, r)
		return
	}
	api.SetSecurityHeaders(w.Header())
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/healthz" {
		_, _ = w.Write([]byte(`{"status":"alive"}`)) // a client that has gone needs no answer
		return
	}
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte(`{"detail":"Hearth is starting.","status":"not ready"}`))
}

// bodyWithin is how long a client may take to send a request. The slow line of an agent is no attack, and requests are
// bounded in bytes; a client that stopped half-way must not hold its memory for ever.
const bodyWithin = 2 * time.Minute

// boundBody sets the deadline for reading a body. http.Server.ReadTimeout would also end live tails, which read nothing.
func boundBody(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 {
		return
	}
	// A connection that knows no deadlines is one of a test.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin))
}
