package httpclient

import (
	"net/http"

	"github.com/hearth-dev/hearth/sdk/internal/capture"
)

// Instrument returns a copy of client whose requests are recorded; client itself stays as it is. A nil client is
// http.DefaultClient.
func Instrument(client *http.Client, opts ...Option) *http.Client {
	if client == nil {
		client = http.DefaultClient
	}
	instrumented := *client
	instrumented.Transport = NewTransport(client.Transport, opts...)
	return &instrumented
}

// NewTransport returns a transport that sends requests through base, which is http.DefaultTransport if nil, and records
// them. Each request that base is given has a span of its own: those of a redirect, and those that a client sends again.
// What other instrumentation around it or below it records is in the same trace; below otelhttp.NewTransport there is a
// span from each.
//
// The transport is safe for concurrent use if base is. It passes on what callers read and write, errors and the bodies of
// protocol switches as they are, and never reads ahead.
func NewTransport(base http.RoundTripper, opts ...Option) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	c := newConfig(opts)
	t := &transport{base: base, rules: &c.capture, recording: newRecorder(base, c)}
	for _, wrap := range c.around {
		t.recording = wrap(t.recording)
	}
	return t
}

// transport chooses between recording a request and letting it pass.
type transport struct {
	base      http.RoundTripper
	recording http.RoundTripper
	rules     *capture.Rules
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL == nil { // a mistake, about which base knows what to say
		return t.base.RoundTrip(req)
	}
	if !t.rules.Record(req) {
		return t.base.RoundTrip(req)
	}
	return t.recording.RoundTrip(req)
}

// CloseIdleConnections is what http.Client.CloseIdleConnections looks for.
func (t *transport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}
