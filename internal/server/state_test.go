package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestTheDoorAsksToComeAgainUntilItIsOpen(t *testing.T) {
	t.Parallel()
	var d door
	get := func(path string) *http.Response {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w.Result()
	}
	if resp := get("/healthz"); resp.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %s", resp.Status)
	}
	for _, path := range []string{"/readyz", "/v1/traces", "/"} {
		resp := get(path)
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %s, retry after %q", path, resp.Status, resp.Header.Get("Retry-After"))
		}
		if resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: headers %v", path, resp.Header)
		}
	}
	d.open(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "inside") }))
	if text, _ := io.ReadAll(get("/readyz").Body); string(text) != "inside" {
		t.Errorf("an open door answers %q", text)
	}
}
