package mcp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
)

// errBrokeOff is a handler that ended in the middle of its answer.
var errBrokeOff = errors.New("the answer broke off")

// inside hands requests to a handler in this process as if they came from whoever sent the caller's request. An answer is
// read while it is written. Safe for concurrent use.
type inside struct {
	api    http.Handler
	caller *http.Request
}

// RoundTrip implements http.RoundTripper. The handler runs until it returns or the body is closed, which waits for it.
func (t *inside) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	asked := req.Clone(ctx)
	asked.Host, asked.RemoteAddr, asked.TLS = t.caller.Host, t.caller.RemoteAddr, t.caller.TLS
	for _, name := range []string{"Authorization", "User-Agent"} {
		if value := t.caller.Header.Get(name); value != "" {
			asked.Header.Set(name, value)
		}
	}
	reader, writer := io.Pipe()
	out := &pipedAnswer{header: http.Header{}, body: writer, begun: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { out.end(recover()) }() // the API's own handler has logged and answered what it could
		t.api.ServeHTTP(out, asked)
	}()
	<-out.begun
	if out.status == 0 {
		cancel()
		<-done
		return nil, errBrokeOff
	}
	return &http.Response{
		Status: http.StatusText(out.status), StatusCode: out.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: out.sent, ContentLength: -1, Request: req,
		Body: &pipedBody{PipeReader: reader, cancel: cancel, done: done},
	}, nil
}

// pipedAnswer is the handler's end of an answer.
type pipedAnswer struct {
	header http.Header
	body   *io.PipeWriter

	once   sync.Once // guards what follows; begun is closed after it is set
	begun  chan struct{}
	status int         // 0 when there was no answer
	sent   http.Header // as it was when the status went out
}

func (a *pipedAnswer) Header() http.Header { return a.header }

func (a *pipedAnswer) WriteHeader(status int) {
	a.once.Do(func() {
		a.status, a.sent = status, a.header.Clone()
		close(a.begun)
	})
}

func (a *pipedAnswer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// end ends the answer; panicked is what the handler panicked with.
func (a *pipedAnswer) end(panicked any) {
	if panicked != nil {
		a.once.Do(func() { close(a.begun) })
		_ = a.body.CloseWithError(errBrokeOff) // never fails
		return
	}
	a.WriteHeader(http.StatusOK)
	_ = a.body.Close() // never fails
}

// pipedBody is the reader's end.
type pipedBody struct {
	*io.PipeReader
	cancel context.CancelFunc
	done   <-chan struct{}
}

// Close stops the handler and waits for its end.
func (b *pipedBody) Close() error {
	b.cancel() // first, so that the handler knows why it cannot write
	err := b.PipeReader.Close()
	<-b.done
	return err
}
