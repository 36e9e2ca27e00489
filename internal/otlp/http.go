package otlp

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
)

// Handler serves POST /v1/traces, /v1/logs and /v1/metrics, with or without a slash at the end. Its statuses and
// texts are those of Logfire's ingest, on which its SDK decides what to send again: see logfire-protocol.md §2.3–2.5.
type Handler struct{ *receiver }

// NewHandler returns a Handler that is safe for concurrent use.
func NewHandler(d *Decoder, a Authenticator, s Sink, o Options) *Handler {
	return &Handler{newReceiver(d, a, s, o)}
}

var signals = map[string]record.Signal{
	"traces": record.Traces, "logs": record.Logs, "metrics": record.Metrics,
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimRight(r.URL.Path, "/")
	signal, ok := signals[path[strings.LastIndexByte(path, '/')+1:]]
	if !ok {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"detail":"Not Found"}`))
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuseHTTP(w, http.StatusMethodNotAllowed, "use POST")
		return
	}
	a := &attempt{signal: signal, transport: "http", authorization: r.Header.Get("Authorization"), client: r.UserAgent(), remote: hostOf(r.RemoteAddr)}
	status := http.StatusOK
	err := h.serve(w, r, a)
	if err != nil {
		status = h.fail(w, r, err)
	}
	h.journal.note(a, status, err)
	h.counts.requests.WithLabelValues(signal.String(), a.transport, strconv.Itoa(status)).Inc()
}

// serve answers a request that is taken; one that is not is an error.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, a *attempt) error {
	if err := h.admit(r.Context(), a); err != nil {
		return err
	}
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	encoding, ok := encodings[mediaType]
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || !ok {
		return errContentType
	}
	if err := h.receive(w, r, a, &record.Request{Encoding: encoding}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", mediaType)
	if encoding == record.JSON {
		_, _ = w.Write(jsonResponse(a.signal, a.refused))
	} else {
		response := appendPartialSuccess(nil, a.refused)
		w.Header().Set("Content-Length", strconv.Itoa(len(response)))
		_, _ = w.Write(response)
	}
	return nil
}

// hostOf is an address without its port.
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

var encodings = map[string]record.Encoding{
	"application/x-protobuf": record.Protobuf,
	"application/protobuf":   record.Protobuf,
	"application/json":       record.JSON,
}

// receive reads the body and takes the request. The body's buffer goes back to the pool when the sink is done with it.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request, a *attempt, req *record.Request) error {
	if r.ContentLength > maxRequest {
		return errTooLarge
	}
	lease, err := h.memory.lease(r.Context(), firstBuffer)
	if err != nil {
		return err
	}
	defer lease.release()
	body, done, err := readBody(w, r, lease)
	defer done()
	if err != nil {
		return err
	}
	if err := lease.grow(decodeMemory(req.Encoding, body)); err != nil {
		return err
	}
	req.Body, req.Arrived = body, arrival()
	return h.take(r.Context(), a, req)
}

// fail answers with the status that an error means, and returns it. The server around this handler has named the request in
// the answer's header.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) int {
	status := statusOf(err)
	text := err.Error()
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		after, ok := retryAfter(err)
		if !ok {
			after, text = retryLater, textInternal
			if r.Context().Err() == nil {
				h.log.Error("request not stored; the client will send it again", "error", err, "request_id", w.Header().Get("X-Request-Id"))
			}
		}
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
	}
	return refuseHTTP(w, status, text)
}

// statusOf maps errors to statuses. Clients send again what got a 429 or a 503, some of them for ever, and drop what got
// another 4xx.
func statusOf(err error) int {
	var mistake undecodable
	var all allRefused
	var encoding unsupportedEncoding
	switch {
	case errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable
	case errors.Is(err, ErrUnauthorized):
		return http.StatusUnauthorized
	case errors.Is(err, ErrForbidden):
		return http.StatusForbidden
	case isA[TooFast](err):
		return http.StatusTooManyRequests
	case isA[OverQuota](err):
		return http.StatusPaymentRequired
	case errors.Is(err, errTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.As(err, &encoding), errors.Is(err, errContentType):
		return http.StatusUnsupportedMediaType
	case errors.As(err, &mistake), errors.As(err, &all):
		return http.StatusBadRequest
	}
	return http.StatusServiceUnavailable
}

func refuseHTTP(w http.ResponseWriter, status int, text string) int {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff") // the text may quote what the client sent
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
	return status
}

// rejectedNames are the names of the counters in OTLP's partial success in JSON.
var rejectedNames = map[record.Signal]string{
	record.Traces: "rejectedSpans", record.Logs: "rejectedLogRecords", record.Metrics: "rejectedDataPoints",
}

func jsonResponse(signal record.Signal, refused *Refused) []byte {
	if refused == nil {
		return []byte("{}")
	}
	partial := map[string]string{"errorMessage": refused.Message}
	if refused.Rejected > 0 {
		partial[rejectedNames[signal]] = strconv.Itoa(refused.Rejected) // 64-bit numbers are texts in protobuf's JSON
	}
	response, err := json.Marshal(map[string]any{"partialSuccess": partial})
	if err != nil {
		panic(err) // a map of strings always marshals
	}
	return response
}
