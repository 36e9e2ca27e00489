package ui

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func build(t *testing.T) http.Handler {
	t.Helper()
	h, err := newHandler(fstest.MapFS{
		".keep":                  {},
		"index.html":             {Data: []byte("<!doctype html>the app")},
		"theme.js":               {Data: []byte("theme")},
		"assets/main-1a.js.gz":   {Data: zipped(t, "main")},
		"assets/main-1a.js.br":   {Data: []byte("brotli")},
		"assets/picture-1b.webp": {Data: []byte("picture")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(t *testing.T, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPagesAreTheApp(t *testing.T) {
	t.Parallel()
	h := build(t)
	for _, path := range []string{"/", "/local/default", "/local/shop.v2", "/local/default/trace/5b8efff798038103d269b633813fc60c"} {
		w := get(t, h, path)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "the app") {
			t.Errorf("GET %s: %d %q", path, w.Code, w.Body)
		}
		if got := w.Header().Get("Content-Security-Policy"); got != Policy {
			t.Errorf("GET %s: policy %q", path, got)
		}
		if got := w.Header().Get("Cache-Control"); got != "no-cache" {
			t.Errorf("GET %s: Cache-Control %q", path, got)
		}
	}
}

func TestMissingFilesAreNotTheApp(t *testing.T) {
	t.Parallel()
	h := build(t)
	for _, path := range []string{"/assets/main-0f.js", "/favicon.ico", "/.keep"} {
		if w := get(t, h, path); w.Code != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, w.Code)
		}
	}
}

func TestAssetsComeInTheSmallestFormThatTheClientTakes(t *testing.T) {
	t.Parallel()
	h := build(t)
	for _, c := range []struct{ accept, encoding string }{
		{"gzip, deflate, br, zstd", "br"}, {"gzip", "gzip"}, {"br;q=0, gzip;q=0.5", "gzip"}, {"br; q=0.0, gzip;q=0", ""}, {"", ""},
	} {
		w := get(t, h, "/assets/main-1a.js", "Accept-Encoding", c.accept)
		if got := w.Header().Get("Content-Encoding"); got != c.encoding {
			t.Errorf("Accept-Encoding %q: got %q, want %q", c.accept, got, c.encoding)
		}
		if c.encoding == "" && w.Body.String() != "main" {
			t.Errorf("Accept-Encoding %q: body %q", c.accept, w.Body)
		}
		if got := w.Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("Cache-Control %q", got)
		}
		if got := w.Header().Get("Content-Type"); got != "text/javascript; charset=utf-8" {
			t.Errorf("Content-Type %q", got)
		}
	}
}

func TestAPageThatTheClientHasIsNotSentAgain(t *testing.T) {
	t.Parallel()
	h := build(t)
	first := get(t, h, "/theme.js")
	again := get(t, h, "/theme.js", "If-None-Match", first.Header().Get("ETag"))
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("got %d and %d bytes", again.Code, again.Body.Len())
	}
}

func TestABinaryWithoutTheAppIsWhole(t *testing.T) {
	t.Parallel()
	if _, err := Handler(); err != nil {
		t.Fatal(err)
	}
}
