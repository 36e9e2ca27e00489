package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAStoppedDemoIsNoFailure(t *testing.T) {
	t.Parallel()
	taking := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // an empty answer is OTLP for everything taken
	}))
	defer taking.Close()
	ctx, stop := context.WithCancel(t.Context())
	var out bytes.Buffer
	err := writerFunc(func(text []byte) {
		if strings.Contains(string(text), "left. Ctrl-C ends it.") {
			stop()
		}
	})
	status := run(ctx, "v1", []string{"demo", "--base-url", taking.URL}, &console{in: strings.NewReader(""), out: &out, err: err, errTerminal: true})
	if status != exitOK || !strings.HasPrefix(out.String(), "Sent ") || !strings.HasSuffix(out.String(), "; 0 refused.\n") {
		t.Errorf("status %d, output %q", status, &out)
	}
}

// writerFunc is called with everything that is written.
type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}
