package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

const (
	// AttemptTimeout is how long one attempt may take unless told otherwise; servers acknowledge within it.
	AttemptTimeout = 10 * time.Second

	firstWait     = time.Second
	longestWait   = 30 * time.Second
	errorAttempts = 3       // of requests that make the server fail: the request may be the reason
	answerBytes   = 1 << 20 // of a response that are read
)

// Transport sends the requests of OTLP exporters, again and again while the server cannot be reached or asks to come
// again: until it answers, the request's context ends, or Hurry is called. It is safe for concurrent use.
//
// Nobody instruments it: telemetry about sending telemetry would never end.
type Transport struct {
	base     *http.Transport
	timeout  time.Duration
	reporter *Reporter
	hurry    chan struct{}
	hurried  sync.Once
}

// NewTransport returns a transport whose attempts take at most timeout each, and that tells of trouble. base does the
// requests and belongs to the transport; nil is one that is fit for servers on the internet.
func NewTransport(base *http.Transport, timeout time.Duration, reporter *Reporter) *Transport {
	if base == nil {
		base = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: 3, // one for each signal
			IdleConnTimeout:     90 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second,
		}
	}
	return &Transport{base: base, timeout: timeout, reporter: reporter, hurry: make(chan struct{})}
}

// Client returns an HTTP client of the transport. It does not follow redirects: they turn a POST into a GET.
func (t *Transport) Client() *http.Client {
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Plain returns an HTTP client of the same connections that tries once.
func (t *Transport) Plain() *http.Client { return &http.Client{Transport: t.base, Timeout: t.timeout} }

// Hurry ends all waiting: what waits is tried once more at once, and from now on each request is tried once.
func (t *Transport) Hurry() { t.hurried.Do(func() { close(t.hurry) }) }

// Close closes the connections that are not in use.
func (t *Transport) Close() { t.base.CloseIdleConnections() }

// RoundTrip sends a request until it is answered; see Transport. The response's body is read already.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	defer closeBody(request)
	for attempt := 1; ; attempt++ {
		response, err := t.attempt(request)
		if !again(response, err, attempt) || !repeatable(request) || request.Context().Err() != nil {
			t.note(request, response)
			return response, err
		}
		reason := reasonOf(response, err)
		t.reporter.Report("waiting", fmt.Errorf("hearth: %s does not take telemetry, trying again: %w", request.URL.Host, reason))
		if !t.wait(request.Context(), waitOf(response, attempt)) {
			return response, err
		}
	}
}

// attempt sends the request once and reads the answer.
func (t *Transport) attempt(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(request.Context(), t.timeout)
	defer cancel()
	once := request.Clone(ctx)
	if request.GetBody != nil {
		body, err := request.GetBody()
		if err != nil {
			return nil, fmt.Errorf("read the request again: %w", err)
		}
		once.Body = body
	}
	response, err := t.base.RoundTrip(once)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, answerBytes))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(answer))
	return response, nil
}

// closeBody closes the body that attempt does not use, as a RoundTripper has to.
func closeBody(request *http.Request) {
	if request.GetBody != nil && request.Body != nil {
		_ = request.Body.Close() // nothing was read from it
	}
}

// repeatable tells whether the request's body can be sent another time.
func repeatable(request *http.Request) bool {
	return request.GetBody != nil || request.Body == nil || request.Body == http.NoBody
}

// again tells whether another attempt may have another result.
func again(response *http.Response, err error, attempt int) bool {
	if err != nil {
		return true
	}
	switch status := response.StatusCode; status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	default:
		return status >= 500 && attempt < errorAttempts
	}
}

func reasonOf(response *http.Response, err error) error {
	if err != nil {
		return err
	}
	return errors.New(response.Status)
}

// waitOf returns how long to wait before the next attempt: what the server asks for, within bounds, or twice as long
// each time, a little different for each program.
func waitOf(response *http.Response, attempt int) time.Duration {
	if response != nil {
		if seconds, err := strconv.Atoi(strings.TrimSpace(response.Header.Get("Retry-After"))); err == nil && seconds >= 0 {
			return min(time.Duration(seconds)*time.Second, longestWait)
		}
	}
	wait := min(firstWait<<min(attempt-1, 10), longestWait)
	return wait/2 + rand.N(wait)
}

// wait returns true after a duration, or when Hurry is called meanwhile; false when there is no time to wait.
func (t *Transport) wait(ctx context.Context, duration time.Duration) bool {
	select {
	case <-t.hurry:
		return false
	default:
	}
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-t.hurry:
		return true
	case <-ctx.Done():
		return false
	}
}

// note tells the sender of the request what the server said besides the status.
func (t *Transport) note(request *http.Request, response *http.Response) {
	if response == nil {
		return
	}
	if warning := response.Header.Get("X-Logfire-Warning"); warning != "" {
		t.reporter.Report("warning", fmt.Errorf("hearth: %s says: %s", request.URL.Host, warning))
	}
	outcome, asked := request.Context().Value(outcomeKey{}).(*Outcome)
	if !asked {
		return
	}
	outcome.TooLarge = response.StatusCode == http.StatusRequestEntityTooLarge
	outcome.Accepted = response.StatusCode < 300
	if !outcome.Accepted {
		return
	}
	answer, err := io.ReadAll(response.Body)
	response.Body = io.NopCloser(bytes.NewReader(answer))
	// The responses of all signals have the same form.
	var parsed collector.ExportTraceServiceResponse
	if err == nil && response.Header.Get("Content-Type") == "application/x-protobuf" && proto.Unmarshal(answer, &parsed) == nil {
		outcome.Rejected = parsed.GetPartialSuccess().GetRejectedSpans()
	}
}

// Outcome is what a server said of a request besides the status.
type Outcome struct {
	Accepted bool  // the request as a whole was
	Rejected int64 // items of it that were not
	TooLarge bool  // less in one request might have been accepted
}

// Dropped returns how many of a request's items the server does not have, given the exporter's error.
func (o *Outcome) Dropped(items int64, err error) int64 {
	switch {
	case err == nil:
		return 0
	case o.Accepted:
		return min(o.Rejected, items)
	}
	return items
}

type outcomeKey struct{}

// WithOutcome returns a context in which a Transport leaves what the server said.
func WithOutcome(ctx context.Context) (context.Context, *Outcome) {
	outcome := &Outcome{}
	return context.WithValue(ctx, outcomeKey{}, outcome), outcome
}
