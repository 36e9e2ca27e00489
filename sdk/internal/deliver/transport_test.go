package deliver

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// pipes is a listener whose connections live in memory, so that synctest knows when everybody waits.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.connections:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	p.connections <- server
	return client, nil
}

// serve starts a server in memory and returns a transport that reaches it; both end with the test.
func serve(t *testing.T, handler http.HandlerFunc) *Transport {
	t.Helper()
	listener := &pipes{connections: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(listener) }()
	transport := NewTransport(&http.Transport{DialContext: listener.dial}, AttemptTimeout, &Reporter{})
	t.Cleanup(func() {
		transport.Close()
		_ = server.Close()
	})
	return transport
}

func post(ctx context.Context, client *http.Client) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://hearth/v1/traces", strings.NewReader("batch"))
	if err != nil {
		return nil, err
	}
	return client.Do(request)
}

func TestRequestsAreTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers  []int // one after the other, the last for ever
		header   string
		attempts int
		status   int
		least    time.Duration // how long it waits at least and at most
		most     time.Duration
	}{
		"accepted":              {answers: []int{200}, attempts: 1, status: 200},
		"busy, then accepted":   {answers: []int{503, 429, 408, 200}, attempts: 4, status: 200, least: 3500 * time.Millisecond, most: 10500 * time.Millisecond},
		"says when to come":     {answers: []int{503, 200}, header: "7", attempts: 2, status: 200, least: 7 * time.Second, most: 7 * time.Second},
		"asks for a day":        {answers: []int{503, 200}, header: "86400", attempts: 2, status: 200, least: longestWait, most: longestWait},
		"fails on this request": {answers: []int{500}, attempts: 3, status: 500, least: 1500 * time.Millisecond, most: 4500 * time.Millisecond},
		"does not know how":     {answers: []int{501}, attempts: 1, status: 501},
		"refuses the token":     {answers: []int{401}, attempts: 1, status: 401},
		"is too large":          {answers: []int{413}, attempts: 1, status: 413},
		"is elsewhere":          {answers: []int{302}, attempts: 1, status: 302},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				attempts := 0
				transport := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if body, err := io.ReadAll(r.Body); err != nil || string(body) != "batch" {
						t.Errorf("attempt %d brought %q, %v", attempts, body, err)
					}
					status := c.answers[min(attempts, len(c.answers)-1)]
					attempts++
					if c.header != "" {
						w.Header().Set("Retry-After", c.header)
					}
					w.Header().Set("Location", "http://elsewhere/")
					w.WriteHeader(status)
				})
				start := time.Now()
				response, err := post(t.Context(), transport.Client())
				if err != nil {
					t.Fatal(err)
				}
				took := time.Since(start)
				if response.StatusCode != c.status || attempts != c.attempts || took < c.least || took > c.most {
					t.Errorf("status %d after %d attempts and %v; want %d, %d, %v to %v", response.StatusCode, attempts, took, c.status, c.attempts, c.least, c.most)
				}
			})
		})
	}
}

func TestAnAbsentServerIsWaitedForUntilItIsThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		transport := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
		reach, there := transport.base.DialContext, time.Now().Add(10*time.Minute)
		transport.base.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if time.Now().Before(there) {
				return nil, errors.New("connection refused")
			}
			return reach(ctx, network, address)
		}
		response, err := post(t.Context(), transport.Client())
		if err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("got %v, %v", response, err)
		}
		if late := time.Since(there); late < 0 || late > 45*time.Second {
			t.Errorf("sent %v after the server was there", late)
		}
	})
}

func TestAServerThatHangsIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := true
		transport := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if first {
				first = false
				_, _ = io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
				return
			}
			w.WriteHeader(http.StatusOK)
		})
		start := time.Now()
		if _, err := post(t.Context(), transport.Client()); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took < AttemptTimeout || took > AttemptTimeout+2*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestHurryAndContextsEndTheWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var attempts atomic.Int64
		transport := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			attempts.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		if response, err := post(ctx, transport.Client()); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, %v", response, err)
		}
		if took := time.Since(start); took != time.Minute {
			t.Errorf("took %v, want 1m", took)
		}
		start = time.Now()
		time.AfterFunc(time.Second/4, func() { attempts.Store(0); transport.Hurry() })
		for i := range 2 {
			if response, err := post(t.Context(), transport.Client()); err != nil || response.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("got %v, %v", response, err)
			}
			if attempts.Load() != int64(i+1) {
				t.Errorf("%d attempts after Hurry, want %d", attempts.Load(), i+1)
			}
		}
		if took := time.Since(start); took != time.Second/4 {
			t.Errorf("took %v, want 250ms", took)
		}
	})
}

func TestItemsThatTheServerRejectsAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		transport := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			answer, err := proto.Marshal(&collector.ExportTraceServiceResponse{PartialSuccess: &collector.ExportTracePartialSuccess{RejectedSpans: 2, ErrorMessage: "too old"}})
			if err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Type", "application/x-protobuf")
			_, _ = w.Write(answer)
		})
		s := &sink{answer: func(ctx context.Context, _ []int) error {
			if _, err := post(ctx, transport.Client()); err != nil {
				return err
			}
			return errors.New("2 rejected: too old")
		}}
		b, count := newBatcher(s, nil)
		for i := range 5 {
			b.Add(i)
		}
		_ = b.Shutdown(t.Context())
		if count.Sent.Load() != 3 || count.Dropped.Load() != 2 {
			t.Errorf("sent %d, dropped %d; want 3 and 2", count.Sent.Load(), count.Dropped.Load())
		}
	})
}

func TestABatchThatIsTooLargeGoesInHalves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		transport := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > 2 {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
			}
		})
		s := &sink{}
		s.answer = func(ctx context.Context, batch []int) error {
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://hearth/", strings.NewReader(strings.Repeat("x", sum(batch))))
			if err != nil {
				return err
			}
			response, err := transport.Client().Do(request)
			if err == nil && response.StatusCode != http.StatusOK {
				err = errors.New(response.Status)
			}
			return err
		}
		b, count := newBatcher(s, nil)
		for _, size := range []int{1, 1, 3, 1, 1} {
			b.Add(size)
		}
		err := b.Flush(t.Context())
		if err == nil || !strings.Contains(err.Error(), "413") {
			t.Errorf("flush: %v, want that one was too large", err)
		}
		if count.Sent.Load() != 4 || count.Dropped.Load() != 1 || count.Queued.Load() != 0 {
			t.Errorf("sent %d, dropped %d, queued %d; want 4, 1 and 0", count.Sent.Load(), count.Dropped.Load(), count.Queued.Load())
		}
		_ = b.Shutdown(t.Context())
	})
}

func TestAStandInGoesWhereAnItemIsTooLarge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{answer: func(ctx context.Context, batch []int) error {
			if sum(batch) <= 2 {
				return nil
			}
			ctx.Value(outcomeKey{}).(*Outcome).TooLarge = true
			return errors.New("413")
		}}
		b, count := newBatcher(s, nil)
		b.options.StandIn = func(size int) (int, bool) { return size - 10, size != 5 }
		for _, size := range []int{1, 11, 5, 100} { // the stand-in of 11 is small enough, 5 has none, that of 100 is too large itself
			b.Add(size)
		}
		if err := b.Flush(t.Context()); err == nil {
			t.Error("flush tells nothing of what was lost")
		}
		want := [][]int{{1, 11, 5, 100}, {1, 11}, {1}, {11}, {1}, {5, 100}, {5}, {100}, {90}}
		if !slices.EqualFunc(s.batches, want, slices.Equal) {
			t.Errorf("sent %v, want %v", s.batches, want)
		}
		if count.Sent.Load() != 1 || count.Dropped.Load() != 3 || count.Queued.Load() != 0 {
			t.Errorf("sent %d, dropped %d, queued %d; want 1, 3 and 0", count.Sent.Load(), count.Dropped.Load(), count.Queued.Load())
		}
		_ = b.Shutdown(t.Context())
	})
}

func sum(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}
	return total
}
