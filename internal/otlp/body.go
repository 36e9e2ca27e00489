package otlp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/semaphore"
)

// maxInFlight is how many bytes of request bodies are in memory at once, per transport. It leaves room for one
// request of the largest size, held twice, beside ordinary ones.
const maxInFlight = 256 << 20

// maxWait is how long a request waits for memory before it is sent away.
const maxWait = 2 * time.Second

// memory bounds the bytes of request bodies that are held at once.
type memory struct{ free *semaphore.Weighted }

func newMemory(bytes int64) *memory { return &memory{semaphore.NewWeighted(bytes)} }

// lease is the memory of one request. It grows and is given back whole.
type lease struct {
	of   *memory
	held int64
}

// lease waits a little for the first bytes of a request, and returns errBusy if there are none.
func (m *memory) lease(ctx context.Context, bytes int64) (*lease, error) {
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	if err := m.free.Acquire(ctx, bytes); err != nil {
		return nil, errBusy
	}
	return &lease{m, bytes}, nil
}

// grow takes memory until the lease holds that many bytes. It never waits: requests that wait for each other while
// they hold memory would wait for ever.
func (l *lease) grow(bytes int64) error {
	if more := bytes - l.held; more > 0 {
		if !l.of.free.TryAcquire(more) {
			return errBusy
		}
		l.held = bytes
	}
	return nil
}

func (l *lease) release() {
	l.of.free.Release(l.held)
	l.held = 0
}

// buffers are reused for bodies of ordinary size.
var buffers = sync.Pool{New: func() any { return new(make([]byte, 0, firstBuffer)) }}

const (
	firstBuffer   = 64 << 10
	maxKeptBuffer = 4 << 20
)

// readBody reads the body of a request into a pooled buffer, decompressed. done gives the buffer and its memory back;
// it is never nil.
func readBody(w http.ResponseWriter, r *http.Request, lease *lease) (body []byte, done func(), err error) {
	buffer := buffers.Get().(*[]byte)
	done = func() {
		if cap(*buffer) <= maxKeptBuffer {
			buffers.Put(buffer)
		}
	}
	decompressed, closeReader, err := decompressor(r.Header.Get("Content-Encoding"), http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		return nil, done, readError(err)
	}
	defer closeReader()
	want := firstBuffer
	if r.Header.Get("Content-Encoding") == "" && r.ContentLength > 0 {
		want = int(min(r.ContentLength+1, 1<<20)) // a claim: larger bodies must come before memory is taken
	}
	*buffer, err = readAll((*buffer)[:0], decompressed, want, lease)
	if err != nil {
		return nil, done, readError(err)
	}
	return *buffer, done, nil
}

// readAll appends what r holds to b, within the limit on requests and the memory of the lease.
func readAll(b []byte, r io.Reader, want int, lease *lease) ([]byte, error) {
	for {
		if len(b) == cap(b) || cap(b) < want {
			size := min(max(grown(cap(b)), want), maxRequest+1)      // one more, to notice what is too large
			if err := lease.grow(int64(size + len(b))); err != nil { // both exist while one is copied
				return b, err
			}
			b = append(make([]byte, 0, size), b...)
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if len(b) > maxRequest {
			return b, errTooLarge
		}
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// grown is the next size of a buffer. Large ones are not used again: they grow by more, so that fewer are left to the
// collector. Memory that is not written to is not taken from the machine.
func grown(size int) int {
	if size < maxKeptBuffer {
		return 2 * size
	}
	return 4 * size
}

// readError sorts the errors of reading a body: too much, busy, or damaged.
func readError(err error) error {
	var tooMuch *http.MaxBytesError
	var unsupported unsupportedEncoding
	switch {
	case errors.As(err, &tooMuch), errors.Is(err, errTooLarge), errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return errTooLarge
	case errors.Is(err, errBusy), errors.As(err, &unsupported):
		return err
	}
	return undecodable{fmt.Errorf("read request body: %w", err)}
}

// unsupportedEncoding is a Content-Encoding that we do not know.
type unsupportedEncoding string

func (e unsupportedEncoding) Error() string {
	return fmt.Sprintf("unsupported content encoding %q: use gzip, deflate, zstd or none", string(e))
}

var (
	gzipReaders sync.Pool // of *gzip.Reader
	zstdReaders sync.Pool // of *zstd.Decoder, which without concurrency have no goroutines to stop
)

// maxWindow is the window that every zstd decoder should offer; a larger one is memory at the client's wish.
const maxWindow = 8 << 20

func zstdReader(r io.Reader) (io.Reader, func(), error) {
	z, ok := zstdReaders.Get().(*zstd.Decoder)
	if !ok {
		var err error
		z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, fmt.Errorf("zstd: %w", err)
		}
	}
	if err := z.Reset(r); err != nil {
		return nil, nil, fmt.Errorf("zstd: %w", err)
	}
	return z, func() {
		if z.Reset(nil) == nil { // lets go of r
			zstdReaders.Put(z)
		}
	}, nil
}

// decompressor returns a reader of what r holds, decompressed, and a function that ends its use.
func decompressor(encoding string, r io.Reader) (io.Reader, func(), error) {
	switch encoding {
	case "", "identity":
		return r, func() {}, nil
	case "gzip", "x-gzip":
		return gzipReader(r)
	case "deflate":
		return deflateReader(r)
	case "zstd":
		return zstdReader(r)
	}
	return nil, nil, unsupportedEncoding(encoding)
}

func gzipReader(r io.Reader) (io.Reader, func(), error) {
	z, ok := gzipReaders.Get().(*gzip.Reader)
	if !ok {
		z = new(gzip.Reader)
	}
	if err := z.Reset(r); err != nil {
		return nil, nil, fmt.Errorf("gzip: %w", err)
	}
	return z, func() { gzipReaders.Put(z) }, nil
}

// deflateReader reads what HTTP calls deflate: zlib's format, or, from clients that took the name at its word, a bare
// deflate stream. The first two bytes tell them apart.
func deflateReader(r io.Reader) (io.Reader, func(), error) {
	buffered := bufio.NewReader(r)
	head, err := buffered.Peek(2)
	if err != nil {
		return nil, nil, fmt.Errorf("deflate: %w", err)
	}
	if head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		z, err := zlib.NewReader(buffered)
		if err != nil {
			return nil, nil, fmt.Errorf("deflate: %w", err)
		}
		return z, func() { _ = z.Close() }, nil
	}
	z := flate.NewReader(buffered)
	return z, func() { _ = z.Close() }, nil
}

// decodeMemory is how many bytes a body takes while it is decoded: JSON becomes protobuf first, which is shorter but in
// odd cases.
func decodeMemory(encoding record.Encoding, body []byte) int64 {
	if encoding == record.JSON {
		return 2 * int64(len(body))
	}
	return int64(len(body))
}
