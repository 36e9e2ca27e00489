package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is what an encoder writes: columns, then rows until next reports false.
type answer struct {
	columns []column
	next    func(dst []any) bool
	err     func() error // what ended the rows
	plan    string       // the engine's plan; empty when nobody asked
	close   func() error
}

// format is one way to write an answer.
type format struct {
	contentType string
	filename    string // of a download; may be empty
	encode      func(w io.Writer, a *answer) error
}

// Media types that a client can ask for.
const (
	typeJSON    = "application/json"
	typeNDJSON  = "application/x-ndjson"
	typeCSV     = "text/csv"
	typeArrow   = "application/vnd.apache.arrow.stream"
	typeProblem = "application/problem+json"
)

// negotiate returns the first of the offers that the Accept header likes best, or "" when it likes none. No header
// likes everything.
func negotiate(accept string, offers ...string) string {
	if strings.TrimSpace(accept) == "" {
		return offers[0]
	}
	best, bestQuality := "", 0.0
	for _, offer := range offers {
		if q := quality(accept, offer); q > bestQuality {
			best, bestQuality = offer, q
		}
	}
	return best
}

// quality returns how much an Accept header likes a media type, from 0 (not at all) to 1. The most specific range counts.
func quality(accept, mediaType string) float64 {
	result, specificity := 0.0, -1
	for item := range strings.SplitSeq(accept, ",") {
		name, parameters, err := mime.ParseMediaType(item)
		if err != nil {
			continue
		}
		level := -1
		switch {
		case name == mediaType:
			level = 2
		case strings.HasSuffix(name, "/*") && strings.HasPrefix(mediaType, strings.TrimSuffix(name, "*")):
			level = 1
		case name == "*/*":
			level = 0
		}
		if level <= specificity {
			continue
		}
		specificity, result = level, 1
		if q, ok := parameters["q"]; ok {
			if result, err = strconv.ParseFloat(q, 64); err != nil || result < 0 || result > 1 {
				result = 0
			}
		}
	}
	return result
}

// wantsProblem tells whether a client asked for RFC 9457 bodies by name.
func wantsProblem(r *http.Request) bool {
	return strings.Contains(strings.ToLower(r.Header.Get("Accept")), typeProblem)
}

// commitBytes is how much of an answer is held back before its status goes out: an error within the first part of an
// answer still becomes a proper status.
const commitBytes = 256 << 10

// heldWriter holds the beginning of a body back. The caller commits the rest, or drops it and answers otherwise.
type heldWriter struct {
	w         patientWriter
	header    func(http.Header)
	held      []byte
	committed bool
}

func (h *heldWriter) Write(p []byte) (int, error) {
	if h.committed {
		return h.w.Write(p)
	}
	h.held = append(h.held, p...)
	if len(h.held) >= commitBytes {
		if err := h.commit(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (h *heldWriter) commit() error {
	if h.committed {
		return nil
	}
	h.committed = true
	h.header(h.w.Header())
	h.w.WriteHeader(http.StatusOK)
	_, err := h.w.Write(h.held)
	h.held = nil
	return err
}

// patientWriter gives up on a client that takes nothing for a while. Without it, a client that does not read its answer
// would keep its query's turn for ever.
type patientWriter struct {
	http.ResponseWriter
	patience time.Duration
}

func (p patientWriter) Write(text []byte) (int, error) {
	err := http.NewResponseController(p.ResponseWriter).SetWriteDeadline(time.Now().Add(p.patience))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return p.ResponseWriter.Write(text)
}

func (p patientWriter) flush() error { return http.NewResponseController(p.ResponseWriter).Flush() }
