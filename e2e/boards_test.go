package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestDashboardsAndSearchesSurviveAKill makes them, kills the process, and finds them as they were, for readers of their
// project alone.
func TestDashboardsAndSearchesSurviveAKill(t *testing.T) {
	t.Parallel()
	dataDir := t.TempDir()
	h := start(t, dataDir)
	h.run(t, "projects", "new", "east")
	h.run(t, "projects", "new", "west")
	read, stranger := h.newToken(t, "east", "read"), h.newToken(t, "west", "read")
	base := "/api/v1/projects/" + h.projectID(t, read)

	definition := `{"kind":"Dashboard","spec":{"panels":{"a":{"kind":"Panel","spec":{"plugin":{"kind":"Table"}}}},"layouts":[],"own":[1.50]}}`
	h.call(t, http.StatusOK, "POST", base+"/dashboards/", "", `{"name":"Tea","slug":"tea","definition":`+definition+`}`)
	changed := h.call(t, http.StatusOK, "PUT", base+"/dashboards/tea/", "", `{"name":"Green tea","version":1}`)
	h.call(t, http.StatusConflict, "PUT", base+"/dashboards/tea/", "", `{"name":"Black tea","version":1}`)
	h.call(t, http.StatusCreated, "POST", base+"/searches/", read, `{"name":"slow","kind":"live","query":"duration > 1"}`)

	h.kill()
	h = start(t, dataDir)
	board := h.call(t, http.StatusOK, "GET", base+"/dashboards/tea/", read, "")
	for _, want := range []string{`"dashboard":` + definition, `"dashboard_name":"Green tea"`, `"version":2`} {
		if !strings.Contains(board, want) {
			t.Errorf("%s lacks %s; it was %s", board, want, changed)
		}
	}
	if searches := h.call(t, http.StatusOK, "GET", base+"/searches/", read, ""); !strings.Contains(searches, "duration \\u003e 1") {
		t.Errorf("searches %s", searches)
	}
	for _, path := range []string{"/dashboards/", "/dashboards/tea/", "/dashboards/overview/", "/searches/"} {
		h.call(t, http.StatusForbidden, "GET", base+path, stranger, "")
	}
}

// TestHostileValuesComeBackAsTheyWent asks for the value of a variable, in many ways, and gets what was sent.
func TestHostileValuesComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	values := []string{"", "'", "''", `\`, `\'`, `'; DROP TABLE records; --`, "') OR (true", "$v", "${v}", "$$", "--", "/*", "*/", "\n'x'", "E'\\n'", `"`, "é’‘", "?", "$1", ":v", "%s"}
	for _, value := range values {
		body, err := json.Marshal(map[string]any{
			"sql":           "SELECT $v AS text, ${v}::text AS cast, $l[1] AS first, $v = ANY($l) AS any, $v IN ('', $l) AS in, array_has($l, $v) AS has, length($v) AS length -- $v",
			"min_timestamp": "2020-01-01T00:00:00Z",
			"variables":     map[string]any{"v": value, "l": []string{value, "other"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Data []map[string]any }
		if err := json.Unmarshal([]byte(h.call(t, http.StatusOK, "POST", "/v2/query", "", string(body))), &answer); err != nil {
			t.Fatal(err)
		}
		if len(answer.Data) != 1 {
			t.Fatalf("%q: %v", value, answer.Data)
		}
		row := answer.Data[0]
		if row["text"] != value || row["cast"] != value || row["first"] != value || row["any"] != true || row["in"] != true || row["has"] != true ||
			row["length"] != float64(len([]rune(value))) {
			t.Errorf("%q came back as %v", value, row)
		}
	}
}

// call sends a request, checks its status and returns its body.
func (h *hearth) call(t *testing.T, want int, method, path, token, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, h.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", token)
	}
	client := http.Client{Timeout: time.Minute}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != want {
		t.Errorf("%s %s = %d %s, want %d", method, path, response.StatusCode, text, want)
	}
	return string(text)
}
