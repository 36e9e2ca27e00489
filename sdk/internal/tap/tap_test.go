package tap

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

type notes struct {
	text  strings.Builder
	ended []error
	panic bool
}

func (n *notes) Saw(p []byte) {
	if n.panic {
		panic("watcher")
	}
	n.text.Write(p)
}
func (n *notes) Ended(err error) { n.ended = append(n.ended, err) }

func (n *notes) check(t *testing.T, text string, ended error) {
	t.Helper()
	if n.text.String() != text {
		t.Errorf("watcher saw %q, want %q", n.text.String(), text)
	}
	if len(n.ended) != 1 || !errors.Is(n.ended[0], ended) {
		t.Errorf("watcher was told of %v, want once %v", n.ended, ended)
	}
}

func TestWatcherSeesWhatIsRead(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	for name, c := range map[string]struct {
		body  io.Reader
		read  int64
		want  string
		ended error
	}{
		"to the end":               {strings.NewReader("hello"), 100, "hello", nil},
		"byte for byte":            {iotest.OneByteReader(strings.NewReader("hello")), 100, "hello", nil},
		"data and end in one read": {iotest.DataErrReader(strings.NewReader("hello")), 100, "hello", nil},
		"closed early":             {strings.NewReader("hello"), 3, "hel", ErrClosed},
		"never read":               {strings.NewReader("hello"), 0, "", ErrClosed},
		"broken":                   {io.MultiReader(strings.NewReader("he"), iotest.ErrReader(broken)), 100, "he", broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := &notes{}
			body := Body(io.NopCloser(c.body), seen)
			got, err := io.ReadAll(io.LimitReader(body, c.read))
			if string(got) != c.want || (err != nil && !errors.Is(err, c.ended)) {
				t.Fatalf("read %q, %v", got, err)
			}
			for range 2 {
				if err := body.Close(); err != nil {
					t.Fatal(err)
				}
			}
			seen.check(t, c.want, c.ended)
		})
	}
}

func TestPanicOfAWatcherDoesNotReachTheReader(t *testing.T) {
	t.Parallel()
	body := Body(io.NopCloser(strings.NewReader("hello")), &notes{panic: true})
	got, err := io.ReadAll(body)
	if string(got) != "hello" || err != nil {
		t.Fatalf("read %q, %v", got, err)
	}
}

// A body that waits for data is closed by another goroutine, as a cancelled stream is.
func TestCloseDoesNotWaitForARead(t *testing.T) {
	t.Parallel()
	seen := &notes{}
	pipe, _ := io.Pipe()
	body := Body(pipe, seen)
	var reader sync.WaitGroup
	reader.Go(func() {
		if _, err := body.Read(make([]byte, 1)); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("read after Close: %v", err)
		}
	})
	if err := body.Close(); err != nil {
		t.Fatal(err)
	}
	reader.Wait()
	seen.check(t, "", ErrClosed)
}

func TestBodyThatWritesStillWrites(t *testing.T) {
	t.Parallel()
	var sent strings.Builder
	body := Body(struct {
		io.ReadCloser
		io.Writer
	}{io.NopCloser(strings.NewReader("")), &sent}, &notes{})
	if _, err := io.WriteString(body.(io.ReadWriteCloser), "ping"); err != nil || sent.String() != "ping" {
		t.Fatalf("wrote %q, %v", sent.String(), err)
	}
	if _, ok := Body(io.NopCloser(strings.NewReader("")), &notes{}).(io.Writer); ok {
		t.Fatal("a body that only reads got to write")
	}
}

func TestReadsFromSeveralGoroutinesAreAllSeen(t *testing.T) {
	t.Parallel()
	seen := &notes{}
	body := Body(&locked{r: strings.NewReader(strings.Repeat("abcd", 100))}, seen)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 100 { // single bytes, so that reads alternate
				if _, err := io.ReadFull(body, make([]byte, 1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	readers.Wait()
	if err := body.Close(); err != nil {
		t.Fatal(err)
	}
	if seen.text.Len() != 400 || len(seen.ended) != 1 {
		t.Errorf("watcher saw %d bytes and %d ends", seen.text.Len(), len(seen.ended))
	}
}

// locked is a body that may be read from several goroutines.
type locked struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *locked) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}

func (l *locked) Close() error { return nil }
