package httpclient_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/iotest"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/hearth-dev/hearth/sdk/httpclient"
)

// Whatever a body is, however it is read and wherever it ends, both sides get what they would get without capture.
func FuzzBodiesPassUnchanged(f *testing.F) {
	f.Add([]byte("hello"), "text/plain", "", 3, 2, 100, false)
	f.Add([]byte("data: 1\n\ndata: 2\n\n"), "text/event-stream", "", 1<<20, 1, 9, true)
	f.Add([]byte("\x1f\x8b\x08\x00"), "text/plain", "gzip", 2, 3, 100, false)
	f.Add([]byte("caf\xc3"), "application/json", "br", 4, 8, 100, true)
	f.Add([]byte{}, "image/png", "", 0, 1, 0, true)
	provider := sdktrace.NewTracerProvider()
	broken := errors.New("connection reset")
	f.Fuzz(func(t *testing.T, data []byte, contentType, encoding string, limit, chunk, readTo int, breaks bool) {
		chunk = 1 + max(chunk, 0)%64
		var arrived []byte
		var base roundTripper = func(req *http.Request) (*http.Response, error) {
			got, err := io.ReadAll(req.Body)
			arrived = got
			body := iotest.HalfReader(bytes.NewReader(data))
			if breaks {
				body = io.MultiReader(body, iotest.ErrReader(broken))
			}
			header := http.Header{"Content-Type": {contentType}, "Content-Encoding": {encoding}}
			return &http.Response{StatusCode: 200, Header: header, Body: io.NopCloser(body)}, err
		}
		exchange := func(rt http.RoundTripper) (got []byte, err error) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://h/", io.MultiReader(bytes.NewReader(data)))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", contentType)
			resp, err := rt.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, chunk)
			for err == nil && len(got) < max(readTo, 0) {
				var n int
				n, err = resp.Body.Read(buf)
				got = append(got, buf[:n]...)
			}
			return got, errors.Join(err, resp.Body.Close())
		}
		want, wantErr := exchange(base)
		got, err := exchange(httpclient.NewTransport(base, httpclient.CaptureAll(), httpclient.MaxBodyBytes(limit), httpclient.TracerProvider(provider)))
		if !bytes.Equal(arrived, data) {
			t.Errorf("server got %q, want %q", arrived, data)
		}
		if !bytes.Equal(got, want) || (err == nil) != (wantErr == nil) || errors.Is(err, broken) != errors.Is(wantErr, broken) {
			t.Errorf("caller read %q, %v; want %q, %v", got, err, want, wantErr)
		}
	})
}
