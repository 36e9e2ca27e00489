package hearth

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestCheckToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status  int
		body    string
		project string
		err     string
	}{
		"known":              {status: 200, body: `{"project_name":"p","project_url":"http://h/o/p","more":1}`, project: "http://h/o/p"},
		"unknown":            {status: 401, body: `{"detail":"Invalid token"}`, err: "401 Unauthorized: Invalid token"},
		"blocked":            {status: 402, body: `{"detail":"Token has been blocked"}`, err: "402 Payment Required: Token has been blocked"},
		"something else":     {status: 200, body: `<html>`, err: "200 OK"},
		"a broken proxy":     {status: 502, body: `oops`, err: "502 Bad Gateway"},
		"a list of problems": {status: 422, body: `{"detail":[{"msg":"no"}]}`, err: "422 Unprocessable Entity: [map[msg:no]]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v1/info" || r.Header.Get("Authorization") != "secret" {
					t.Errorf("asked for %s with token %q", r.URL.Path, r.Header.Get("Authorization"))
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer server.Close()
			base, err := url.Parse(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			project, err := checkToken(t.Context(), server.Client(), destination{base: base, token: "secret"})
			if project != c.project || (c.err == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), c.err)) {
				t.Errorf("project %q, error %v; want %q, %q", project, err, c.project, c.err)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells the token: %v", err)
			}
		})
	}
	t.Run("unreachable", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.NotFoundHandler())
		base, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		server.Close()
		if _, err := checkToken(t.Context(), http.DefaultClient, destination{base: base}); err == nil || !strings.Contains(err.Error(), "cannot be reached") {
			t.Errorf("error %v", err)
		}
	})
}

func TestNotice(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	notice(&b, "project x")
	notice(nil, "nobody reads this")
	notice(brokenWriter{}, "nor this")
	if b.String() != "hearth: project x\n" {
		t.Errorf("wrote %q", b.String())
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("closed") }
