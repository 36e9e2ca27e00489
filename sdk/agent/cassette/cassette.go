package cassette

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
)

// Mode is what a cassette does with requests.
type Mode int

// The modes.
const (
	Replay Mode = iota // answer from the file; what is not in it is an error
	Record             // let requests out, and write what came of them
)

// Environment is the variable that says what [Use] does: "record", or anything else for replaying.
const Environment = "HEARTH_CASSETTE"

// Option changes how a cassette records and matches.
type Option func(*Cassette)

// WithTransport is how requests go out when recording; http.DefaultTransport by default.
func WithTransport(transport http.RoundTripper) Option {
	return func(c *Cassette) { c.transport = transport }
}

// WithScrub changes bodies and URLs before they are recorded, in addition to what is done anyway, and the same way before a
// request is looked up.
func WithScrub(scrub func(text string) string) Option {
	return func(c *Cassette) { c.scrub = append(c.scrub, scrub) }
}

// IgnoringBodies answers requests by method and URL alone, in the order in which they were recorded.
func IgnoringBodies() Option { return func(c *Cassette) { c.ignoreBodies = true } }

// Cassette is an http.RoundTripper that records or replays. It is safe for concurrent use: a recorded answer is given once,
// to the first request that matches it.
type Cassette struct {
	name         string
	mode         Mode
	transport    http.RoundTripper
	scrub        []func(string) string
	ignoreBodies bool

	mu     sync.Mutex // guards what follows
	file   file
	closed bool
}

var _ http.RoundTripper = (*Cassette)(nil)

// Open opens a cassette. For replaying the file must be there; for recording it is written by [Cassette.Close].
func Open(name string, mode Mode, opts ...Option) (*Cassette, error) {
	c := &Cassette{name: name, mode: mode, transport: http.DefaultTransport}
	for _, option := range opts {
		option(c)
	}
	if mode == Record {
		return c, nil
	}
	recorded, err := readFile(name)
	if err != nil {
		return nil, fmt.Errorf("%w (record it with %s=record)", err, Environment)
	}
	c.file = *recorded
	return c, nil
}

// TB is what [Use] needs of a *testing.T.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Use opens a cassette for a test, in the mode that [Environment] says, and closes it at the test's end. A recorded answer
// that nobody asked for is an error of the test.
func Use(t TB, name string, opts ...Option) *Cassette {
	t.Helper()
	mode := Replay
	if os.Getenv(Environment) == "record" {
		mode = Record
	}
	c, err := Open(name, mode, opts...)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("%v", err)
		}
	})
	return c
}

// Client returns a client whose requests go to the cassette.
func (c *Cassette) Client() *http.Client { return &http.Client{Transport: c} }

// Close writes what was recorded, if anything was. After replaying, it is an error when an answer was not asked for.
// Closing twice is fine.
func (c *Cassette) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	if c.mode == Record {
		if len(c.file.Interactions) == 0 {
			return nil
		}
		return c.file.write(c.name)
	}
	var unused error
	for i, in := range c.file.Interactions {
		if !in.used {
			unused = errors.Join(unused, fmt.Errorf("cassette %s: nobody asked for answer %d, to %s %s", c.name, i+1, in.Request.Method, in.Request.URL))
		}
	}
	return unused
}

// RoundTrip answers a request.
func (c *Cassette) RoundTrip(r *http.Request) (*http.Response, error) {
	var content []byte
	if r.Body != nil {
		var err error
		content, err = io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			return nil, fmt.Errorf("cassette %s: read the request: %w", c.name, err)
		}
	}
	if c.mode == Record {
		return c.record(r, content)
	}
	return c.replay(r, content)
}

func (c *Cassette) record(r *http.Request, content []byte) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.Body = io.NopCloser(bytes.NewReader(content))
	answer, err := c.transport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	answered, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return nil, fmt.Errorf("cassette %s: read the answer: %w", c.name, err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(answered))
	clean := c.cleaner(r)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.file.Interactions = append(c.file.Interactions, &interaction{
		Request: asked(r, content, clean),
		Response: response{
			Status: answer.StatusCode, Headers: keep(answer.Header, responseHeaders),
			body: newBody(answer.Header.Get("Content-Type"), clean(answered)),
		},
	})
	return answer, nil
}

// asked returns a request as it is recorded.
func asked(r *http.Request, content []byte, clean func([]byte) []byte) request {
	return request{
		Method: r.Method, URL: string(clean([]byte(cleanURL(r.URL)))), Headers: keep(r.Header, requestHeaders),
		body: newBody(r.Header.Get("Content-Type"), clean(content)),
	}
}

func (c *Cassette) replay(r *http.Request, content []byte) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	want := asked(r, content, c.cleaner(r))
	c.mu.Lock()
	defer c.mu.Unlock()
	difference := "everything recorded was asked for already"
	found := false
	for i, in := range c.file.Interactions {
		if in.used {
			continue
		}
		d := c.difference(in.Request, want)
		if d == "" {
			in.used = true
			return in.Response.http(r)
		}
		if !found {
			found, difference = true, fmt.Sprintf("the next answer is to another request (%d): %s", i+1, d)
		}
	}
	return nil, fmt.Errorf("cassette %s has no answer to %s %s: %s", c.name, want.Method, want.URL, difference)
}

// http returns the recorded answer as if it had just come.
func (r response) http(to *http.Request) (*http.Response, error) {
	content, err := r.bytes()
	if err != nil {
		return nil, fmt.Errorf("recorded answer to %s %s: %w", to.Method, to.URL.Path, err)
	}
	header := http.Header{}
	for name, value := range r.Headers {
		header.Set(name, value)
	}
	return &http.Response{
		Status: strconv.Itoa(r.Status) + " " + http.StatusText(r.Status), StatusCode: r.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(content)), ContentLength: int64(len(content)), Request: to,
	}, nil
}
