package otlp

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/prometheus/client_golang/prometheus"
)

// Sink makes batches durable.
type Sink interface {
	// Add returns nil once the batch is durable. It keeps req, and the bytes of its body, only until it returns; the
	// batch is its own. An error with a method RetryAfter() time.Duration means that the client shall try again.
	Add(ctx context.Context, req *record.Request, batch *record.Batch) error
}

// Authenticator knows who may write.
type Authenticator interface {
	// Writer returns who writes with the value of an Authorization header, with or without "Bearer", from an address;
	// "" is a request without one. An error that is ErrUnauthorized or ErrForbidden refuses the request with its text, a
	// TooFast asks to come again; any other error means that nobody could tell.
	Writer(ctx context.Context, authorization, remote string) (Writer, error)
}

// Writer is who writes: a token, by its id, and the project that it opens.
type Writer struct{ Project, Token string }

// Limits hold writers to what they may send. Safe for concurrent use.
type Limits interface {
	// Admit is asked before the body of a request is read. A TooFast or an OverQuota refuses the request.
	Admit(w Writer) error
	// Took tells what a request held: bytes, decompressed, and records and points that were taken.
	Took(w Writer, bytes, records int)
}

// TooFast is the error of a client who did something too often of late. The request is to be sent again, After so long.
type TooFast struct {
	Text  string // for the client
	After time.Duration
}

// Error returns the text for the client.
func (e TooFast) Error() string { return e.Text }

// RetryAfter returns how long to wait.
func (e TooFast) RetryAfter() time.Duration { return e.After }

// OverQuota is the error of a project that takes no more for a long time. Its text says why. Sending again does not help, and
// clients drop what they have.
type OverQuota string

// Error returns the text for the client.
func (e OverQuota) Error() string { return string(e) }

type noLimits struct{}

func (noLimits) Admit(Writer) error    { return nil }
func (noLimits) Took(Writer, int, int) {}

// ErrUnauthorized is what errors.Is finds in the errors of an Authenticator that refuses a token.
var ErrUnauthorized = errors.New("unauthorized")

// ErrForbidden is what errors.Is finds in the errors of an Authenticator that knows a token which may not write.
var ErrForbidden = errors.New("forbidden")

// What Logfire's ingest says to a client that may not write; clients print these texts.
var (
	ErrNoToken      error = refusedToken("Missing or invalid authorization header")
	ErrUnknownToken error = refusedToken("Unknown token")
)

type refusedToken string

func (t refusedToken) Error() string        { return string(t) }
func (t refusedToken) Is(target error) bool { return target == ErrUnauthorized }

// maxRequest is how many bytes a request may have, compressed and decompressed.
const maxRequest = 100 << 20

var errTooLarge = errors.New("Failed to buffer the request body: length limit exceeded") //nolint:staticcheck // Logfire's text

// undecodable is an error that the client made.
type undecodable struct{ error }

func (e undecodable) Unwrap() error { return e.error }

// allRefused is the error of a request of which nothing was taken. Sending it again would not help.
type allRefused string

func (e allRefused) Error() string { return string(e) }

// errContentType is the error of a body that is neither protobuf nor JSON.
var errContentType = errors.New("unsupported content type: use application/x-protobuf or application/json")

// interrupted is an error of the connection: the client has gone, or sent what is no request.
type interrupted struct{ error }

func (e interrupted) Unwrap() error { return e.error }

// busy is an error that asks the client to come back.
type busy struct {
	reason string
	after  time.Duration
}

func (e busy) Error() string             { return e.reason }
func (e busy) RetryAfter() time.Duration { return e.after }

// errBusy says that too many bytes of requests are in memory.
var errBusy = busy{"too many requests at once", 2 * time.Second}

// receiver is what the HTTP handler and the gRPC server have in common.
type receiver struct {
	decoder *Decoder
	auth    Authenticator
	sink    Sink
	memory  *memory
	counts  *counts
	journal *Journal
	limits  Limits
	log     *slog.Logger

	maxAge   func(project string, signal record.Signal) time.Duration // of Options
	maxAhead time.Duration                                            // of Options
}

func newReceiver(d *Decoder, a Authenticator, s Sink, o Options) *receiver {
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	journal := o.Journal
	if journal == nil {
		journal = NewJournal(time.Now)
	}
	limits := o.Limits
	if limits == nil {
		limits = noLimits{}
	}
	maxAge := o.MaxAge
	if maxAge == nil {
		maxAge = func(string, record.Signal) time.Duration { return 0 }
	}
	return &receiver{
		journal: journal, limits: limits, decoder: d, auth: a, sink: s, maxAge: maxAge, maxAhead: o.MaxAhead,
		memory: newMemory(maxInFlight), counts: newCounts(o.Registerer), log: log.With("component", "otlp"),
	}
}

// admit finds out whose attempt it is, and whether they may send now.
func (r *receiver) admit(ctx context.Context, a *attempt) (err error) {
	if a.writer, err = r.auth.Writer(ctx, a.authorization, a.remote); err != nil {
		return err
	}
	return r.limits.Admit(a.writer)
}

// take decodes a request and hands it to the sink. The error is one that statusOf knows. What was refused of it stands in
// the attempt.
func (r *receiver) take(ctx context.Context, a *attempt, req *record.Request) error {
	req.Project, req.Signal = a.writer.Project, a.signal
	req.MaxAge, req.MaxAhead = r.maxAge(req.Project, req.Signal), r.maxAhead
	defer func() { r.limits.Took(a.writer, len(req.Body), a.accepted) }()
	batch, refused, cut, err := r.decoder.decode(req)
	if errors.Is(err, errTooLarge) {
		return err
	}
	if err != nil {
		return undecodable{err}
	}
	r.counts.bytes.WithLabelValues(req.Signal.String()).Add(float64(len(req.Body)))
	if len(batch.Records)+len(batch.Metrics) > 0 {
		accepted := len(batch.Records) + len(batch.Metrics)
		if err := r.sink.Add(ctx, req, batch); err != nil {
			return err
		}
		a.accepted, a.cut = accepted, cut
	}
	if refused == nil {
		return nil
	}
	a.refused = refused
	a.accepted = max(0, a.accepted-len(refused.Reasons)) // a record tells of each reason
	for reason, n := range refused.Reasons {
		r.counts.refused.WithLabelValues(req.Signal.String(), reason).Add(float64(n))
	}
	if refused.All {
		return allRefused(refused.Message)
	}
	return nil
}

// arrival is the time of a request, in the precision that the write-ahead log and the columns keep.
func arrival() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// retryAfter returns how long a client shall wait. It is not ok for an error that does not say.
func retryAfter(err error) (after time.Duration, ok bool) {
	var later interface{ RetryAfter() time.Duration }
	if errors.As(err, &later) {
		return max(later.RetryAfter(), time.Second), true
	}
	return 0, false
}

// retryLater is how long clients wait after an error of ours that does not say.
const retryLater = 10 * time.Second

// textInternal is all that clients are told of an error of ours.
const textInternal = "cannot take the request now"

// counts are the metrics of ingest.
type counts struct {
	requests, refused, bytes *prometheus.CounterVec
}

// newCounts registers the metrics; the HTTP handler and the gRPC server share them.
func newCounts(registerer prometheus.Registerer) *counts {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		vec := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		if registerer == nil {
			return vec
		}
		var known prometheus.AlreadyRegisteredError
		if err := registerer.Register(vec); errors.As(err, &known) {
			return known.ExistingCollector.(*prometheus.CounterVec)
		} else if err != nil {
			panic(err) // two metrics of one name and different labels: a mistake in the program
		}
		return vec
	}
	return &counts{
		requests: counter("hearth_ingest_requests_total", "OTLP requests by outcome.", "signal", "transport", "status"),
		refused:  counter("hearth_ingest_refused_total", "Spans, logs and points that were refused.", "signal", "reason"),
		bytes:    counter("hearth_ingest_bytes_total", "Bytes of decoded OTLP requests, decompressed.", "signal"),
	}
}

// appendPartialSuccess appends an ExportXServiceResponse, which is alike for all signals, in protobuf.
func appendPartialSuccess(dst []byte, refused *Refused) []byte {
	if refused == nil {
		return dst
	}
	partial := appendVarintField(nil, 1, uint64(refused.Rejected))
	partial = appendBytesField(partial, 2, refused.Message)
	return appendBytesField(dst, 1, string(partial))
}
