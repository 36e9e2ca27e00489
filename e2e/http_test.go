package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestHTTPManners holds the answers that clients decide by: statuses, bodies and the absence of redirects.
func TestHTTPManners(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	spans := spansRequest("manners", 1, 1, time.Now())
	question := []byte(`{"sql": "select 1 as one", "min_timestamp": "2020-01-01T00:00:00Z"}`)
	packed := zipped(t, bytes.NewReader(spans))

	for _, c := range []struct {
		name, method, path string
		body               []byte
		header             string // "Name: value" lines
		want               int
		says               string // in the body
	}{
		{"protobuf", "POST", "/v1/traces", spans, "Content-Type: application/x-protobuf", 200, ""},
		{"both slash forms", "POST", "/v1/traces/", spans, "Content-Type: application/x-protobuf", 200, ""},
		{"double slashes", "POST", "//v2/query", question, "Content-Type: application/json", 200, `"one"`},
		{"parameters of the type", "POST", "/v1/logs", []byte("{}"), "Content-Type: application/json; charset=utf-8", 200, "{}"},
		{"gzip", "POST", "/v1/traces", packed, "Content-Type: application/x-protobuf\nContent-Encoding: gzip", 200, ""},
		{"not gzip after all", "POST", "/v1/traces", spans, "Content-Type: application/x-protobuf\nContent-Encoding: gzip", 400, ""},
		{"an unknown encoding", "POST", "/v1/traces", spans, "Content-Type: application/x-protobuf\nContent-Encoding: br", 415, ""},
		{"an unknown type", "POST", "/v1/traces", spans, "Content-Type: text/plain", 415, ""},
		{"not protobuf", "POST", "/v1/metrics", []byte("\xff\xff\xff"), "Content-Type: application/x-protobuf", 400, ""},
		{"not JSON", "POST", "/v1/traces", []byte(`{"resourceSpans": [`), "Content-Type: application/json", 400, ""},
		{"an unknown token", "POST", "/v1/traces", spans, "Content-Type: application/x-protobuf\nAuthorization: pylf_v1_local_x", 401, "nknown token"},
		{"an unknown token, for the query", "POST", "/v2/query", question, "Content-Type: application/json\nAuthorization: pylf_v1_local_x", 401, `"detail"`},
		{"an unknown path", "GET", "/v1/no-such-thing", nil, "", 404, `"detail"`},
		{"no statement", "POST", "/v2/query", []byte("{}"), "Content-Type: application/json", 422, `"detail"`},
		{"another page's host", "POST", "/v2/query", question, "Content-Type: application/json\nHost: evil.example", 0, ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, h.url+c.path, bytes.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(c.header) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			if name == "Host" {
				req.Host = value
			}
			req.Header.Set(name, value)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.want == 0 { // refused, one way or another
			if resp.StatusCode < 400 || resp.StatusCode >= 500 {
				t.Errorf("%s: HTTP %d, want it refused", c.name, resp.StatusCode)
			}
			continue
		}
		if resp.StatusCode != c.want || !strings.Contains(string(body), c.says) {
			t.Errorf("%s: HTTP %d %q, want %d with %q", c.name, resp.StatusCode, body, c.want, c.says)
		}
	}
}

// TestBombIsStoppedEarly sends little that unpacks to a lot.
func TestBombIsStoppedEarly(t *testing.T) {
	t.Parallel()
	const unpacked = 1 << 30
	h := start(t, t.TempDir())
	bomb := zipped(t, io.LimitReader(zeros{}, unpacked))
	watch := watchMemory(t, h.cmd.Process.Pid)
	before := watch()
	for range 3 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/v1/traces", bytes.NewReader(bomb))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", protobufType)
		req.Header.Set("Content-Encoding", "gzip")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("HTTP %d, want 413", resp.StatusCode)
		}
	}
	if grown := watch() - before; grown > unpacked/2 {
		t.Errorf("memory grew by %d MiB", grown>>20)
	}
	h.sendSpans(t, "", spansRequest("after-the-bomb", 1, 1, time.Now()))
	h.waitCount(t, 1, "select count(*) from records where service_name = 'after-the-bomb'")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func zipped(t *testing.T, r io.Reader) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.Copy(w, r); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestPasswordClosesLocalMode: with a password nobody comes in without a token, and tokens are made with the password.
func TestPasswordClosesLocalMode(t *testing.T) {
	t.Parallel()
	const password = "correct horse battery staple"
	h, err := launchWith(t, cleanEnv("HEARTH_PASSWORD="+password), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.waitReady(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, h.log)
	}
	spans := spansRequest("closed", 1, requestSize, time.Now())
	question := []byte(`{"sql": "select count(*) as n from records", "min_timestamp": "2020-01-01T00:00:00Z"}`)
	for _, token := range []string{"", localToken} {
		if status, body, err := h.post(t.Context(), "/v1/traces", protobufType, token, spans); err != nil || status != http.StatusUnauthorized {
			t.Errorf("spans with token %q: HTTP %d, %v: %s", token, status, err, body)
		}
		if status, body, err := h.post(t.Context(), "/v2/query", "application/json", token, question); err != nil || status != http.StatusUnauthorized {
			t.Errorf("a question with token %q: HTTP %d, %v: %s", token, status, err, body)
		}
	}

	manage := func(method, path, password string, body any, answer any) int {
		t.Helper()
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), method, h.url+path, bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if password != "" {
			req.SetBasicAuth("admin", password)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if answer != nil {
			if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
				t.Fatalf("%s %s: HTTP %d: %v", method, path, resp.StatusCode, err)
			}
		}
		return resp.StatusCode
	}
	for _, wrong := range []string{"", "guess"} {
		if status := manage(http.MethodGet, "/api/v1/projects/", wrong, nil, nil); status != http.StatusUnauthorized {
			t.Errorf("projects with password %q: HTTP %d", wrong, status)
		}
	}
	var projects []struct {
		ID   string
		Name string `json:"project_name"`
	}
	if status := manage(http.MethodGet, "/api/v1/projects/", password, nil, &projects); status != http.StatusOK || len(projects) == 0 || projects[0].Name != "default" {
		t.Fatalf("projects: HTTP %d, %v", status, projects)
	}
	tokens := map[string]string{}
	for _, kind := range []string{"write", "read"} {
		var made struct{ Token string }
		status := manage(http.MethodPost, "/api/v1/projects/"+projects[0].ID+"/"+kind+"-tokens/", password, map[string]any{}, &made)
		if status != http.StatusCreated || !tokenText.MatchString(made.Token) {
			t.Fatalf("%s token: HTTP %d, %q", kind, status, made.Token)
		}
		tokens[kind] = made.Token
	}
	h.sendSpans(t, tokens["write"], spans)
	if !eventually(t, func() bool {
		a, err := h.ask(t.Context(), tokens["read"], "select count(*) as n from records")
		return err == nil && len(a.rows) == 1 && a.rows[0]["n"] == float64(requestSize)
	}) {
		t.Error("what was sent with the write token is not there for the read token")
	}
}
