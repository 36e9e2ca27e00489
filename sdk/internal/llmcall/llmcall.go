// Package llmcall makes a model call of an HTTP request: the span that an instrumented model has, from the bodies that pass.
package llmcall

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/tap"
	"github.com/hearth-dev/hearth/sdk/wire"
)

// Bounds on the bodies that are read. Larger requests pass unseen; of larger responses nothing but that they came is told.
const (
	maxRequest  = 16 << 20
	maxResponse = 16 << 20
	maxRefusal  = 4 << 10 // as much as an agent.ModelHTTPError holds
)

// Do sends a request with next. If it calls a model, that happens in the span of agent.StartRequest, which ends with the
// response's body: when it is read to its end, breaks off or is closed. Requests that are no model calls, or are recorded
// by somebody above, go to next as they are. What the caller reads is what next gives.
func Do(settings *agent.InstrumentationSettings, req *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	endpoint, ok := wire.EndpointOf(req.Method, req.URL)
	if !ok || req.Body == nil || agent.InRequest(req.Context()) {
		return next(req)
	}
	body, out := readBody(req)
	asked := ask(endpoint, body)
	if asked == nil {
		return next(out)
	}
	messages := &asked.Request
	if endpoint.API == wire.OpenAIEmbeddings {
		messages = nil
	}
	ctx, span := agent.StartRequest(out.Context(), settings, agent.Target{
		Operation: endpoint.API.Operation(), Provider: endpoint.Provider, Name: asked.Model, BaseURL: endpoint.BaseURL,
	}, messages)
	describe(trace.SpanFromContext(ctx), settings, req, asked)
	resp, err := next(out.WithContext(ctx))
	switch {
	case err != nil:
		span.End(nil, err)
	case resp == nil || resp.Body == nil: // a mistake in next, which net/http reports
		span.End(nil, nil)
	default:
		resp.Request = req
		resp.Body = tap.Body(resp.Body, watch(span, endpoint, asked, resp))
		if resp.StatusCode >= http.StatusBadRequest && resp.ContentLength > 0 && resp.ContentLength <= maxRefusal {
			fetch(resp)
		}
	}
	return resp, err
}

// fetch reads the body of a refusal at once: clients that will try again close it unread, and with it what the provider
// says. A body whose length is known is on its way with the headers.
func fetch(resp *http.Response) {
	body, err := io.ReadAll(resp.Body)
	rest := io.Reader(resp.Body)
	if err != nil {
		rest = failed{err}
	}
	resp.Body = readCloser{io.MultiReader(bytes.NewReader(body), rest), resp.Body}
}

// ask returns what a body asks of a model, or nil if that is not known.
func ask(endpoint wire.Endpoint, body []byte) (asked *wire.Request) {
	defer func() {
		if p := recover(); p != nil { // the program that is looked at must not fail by being looked at
			otel.Handle(fmt.Errorf("reading the body of a model call: panic: %v", p))
			asked = nil
		}
	}()
	asked, err := endpoint.ReadRequest(body)
	if err != nil {
		return nil
	}
	return asked
}

// readBody returns the body of a request, or nothing if it is too large, and the request to send in its place.
func readBody(req *http.Request) (body []byte, out *http.Request) {
	if req.GetBody != nil {
		if again, err := req.GetBody(); err == nil {
			defer again.Close()
			body, err = io.ReadAll(io.LimitReader(again, maxRequest+1))
			if err == nil {
				return bounded(body), req
			}
		}
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, maxRequest+1))
	rest := io.Reader(req.Body)
	if err != nil {
		rest = failed{err}
	}
	out = req.WithContext(req.Context()) // a copy: the request is the caller's
	out.Body = readCloser{io.MultiReader(bytes.NewReader(body), rest), req.Body}
	return bounded(body), out
}

func bounded(body []byte) []byte {
	if len(body) > maxRequest {
		return nil
	}
	return body
}

type readCloser struct {
	io.Reader
	io.Closer
}

// failed is the rest of a body that could not be read.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// describe adds what StartRequest is not told.
func describe(span trace.Span, settings *agent.InstrumentationSettings, req *http.Request, asked *wire.Request) {
	if !span.IsRecording() {
		return
	}
	if n, err := strconv.Atoi(req.Header.Get("X-Stainless-Retry-Count")); err == nil && n > 0 {
		span.SetAttributes(attribute.Int("http.request.resend_count", n))
	}
	if len(asked.Inputs) == 0 {
		return
	}
	span.SetAttributes(attribute.Int("inputs_count", len(asked.Inputs)))
	if settings.Content != agent.ContentNone {
		span.SetAttributes(attribute.StringSlice("inputs", asked.Inputs))
	}
}

// watch returns what sees the body of a response and ends the span with it.
func watch(span *agent.RequestSpan, endpoint wire.Endpoint, asked *wire.Request, resp *http.Response) tap.Watcher {
	switch {
	case resp.StatusCode >= http.StatusBadRequest:
		return &refusal{span: span, status: resp.StatusCode, model: asked.Model}
	case isStream(endpoint, resp.Header):
		return &streamed{span: span, stream: endpoint.NewStream()}
	}
	return &whole{span: span, endpoint: endpoint}
}

// isStream tells whether a body comes in events. Google's streams may be one JSON list.
func isStream(endpoint wire.Endpoint, header http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return endpoint.Stream
	}
	switch mediaType {
	case "text/event-stream", "application/x-ndjson", "application/jsonl":
		return true
	}
	return endpoint.Stream
}

// failure returns the error with which a body ended, or nil if it was closed: readers close when they have what they want.
func failure(err error) error {
	if errors.Is(err, tap.ErrClosed) {
		return nil
	}
	return err
}

// whole is an answer in one document.
type whole struct {
	span     *agent.RequestSpan
	endpoint wire.Endpoint
	body     []byte
	tooLarge bool
}

// Saw keeps what passes.
func (w *whole) Saw(p []byte) {
	if w.tooLarge = w.tooLarge || len(w.body)+len(p) > maxResponse; w.tooLarge {
		w.body = nil
		return
	}
	w.body = append(w.body, p...)
}

// Ended reads it. What cannot be read was an answer all the same.
func (w *whole) Ended(err error) {
	response, unread := w.endpoint.ReadResponse(w.body)
	if unread != nil {
		response = &agent.Response{Provider: w.endpoint.Provider}
	}
	w.span.End(response, failure(err))
}

// streamed is an answer in events.
type streamed struct {
	span   *agent.RequestSpan
	stream *wire.Stream
	first  sync.Once
}

// Saw reads what passes.
func (s *streamed) Saw(p []byte) {
	s.stream.Write(p) //nolint:errcheck // it never fails
	if s.stream.Started() {
		s.first.Do(s.span.FirstChunk)
	}
}

// Ended ends the answer with what there is of it.
func (s *streamed) Ended(err error) {
	s.stream.Close()
	err = failure(err)
	if err == nil {
		err = s.stream.Err()
	}
	s.span.End(s.stream.Response(), err)
}

// refusal is an answer that is none.
type refusal struct {
	span   *agent.RequestSpan
	status int
	model  string
	body   []byte
}

// Saw keeps the beginning.
func (r *refusal) Saw(p []byte) {
	r.body = append(r.body, p[:min(len(p), maxRefusal-len(r.body))]...)
}

// Ended ends the call with what the provider said.
func (r *refusal) Ended(error) {
	r.span.End(nil, &agent.ModelHTTPError{Status: r.status, Model: r.model, Body: string(bytes.ToValidUTF8(r.body, nil))})
}
