package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/internal/alert"
	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/query"
	"github.com/hearth-dev/hearth/internal/retention"
	"github.com/hearth-dev/hearth/sdk/prices"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testPassword = "correct horse"

// fakeEngine answers with what the test gives it, and remembers what it was asked.
type fakeEngine struct {
	mu        sync.Mutex // guards questions
	questions []question
	answers   func(q question) (*answer, error)
	tails     func(ctx context.Context, q tailQuestion, fn func(query.Frame) error) error
}

func (e *fakeEngine) run(ctx context.Context, q question) (*answer, error) {
	e.mu.Lock()
	e.questions = append(e.questions, q)
	e.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if e.answers == nil {
		return everyType().answer(), nil
	}
	return e.answers(q)
}

func (e *fakeEngine) tail(ctx context.Context, q tailQuestion, fn func(query.Frame) error) error {
	if e.tails == nil {
		return fn(query.Frame{Records: []json.RawMessage{[]byte(`{}`)}})
	}
	return e.tails(ctx, q, fn)
}

// world is a handler with its stores.
type world struct {
	t       *testing.T
	meta    *meta.DB
	place   string // of meta
	engine  *fakeEngine
	held    heldDays // of every project
	server  *server
	handler http.Handler
	log     bytes.Buffer // everything, from debug on

	write, read, otherRead string // tokens; otherRead opens the project other
	other                  meta.Project
}

// otlpHandler stands in for package otlp: it authorises and echoes what reached it.
type otlpHandler struct{ auth *Auth }

func (h *otlpHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who, err := h.auth.Writer(r.Context(), r.Header.Get("Authorization"), r.RemoteAddr)
	if err != nil {
		status := http.StatusUnauthorized
		if e, ok := errors.AsType[*AuthError](err); ok && e.Forbidden {
			status = http.StatusForbidden
		}
		http.Error(w, err.Error(), status)
		return
	}
	w.Header().Set("X-Project-Id", who.ProjectID)
	_, _ = io.WriteString(w, r.URL.Path)
}

func newWorld(t *testing.T, change func(*Options)) *world {
	t.Helper()
	return newWorldAt(t, nil, change)
}

// newWorldAt is newWorld at a time that the test moves; nil is the present.
func newWorldAt(t *testing.T, at *time.Time, change func(*Options)) *world {
	t.Helper()
	now := time.Now
	if at != nil {
		now = func() time.Time { return *at }
	}
	place := filepath.Join(t.TempDir(), "meta.db")
	db, err := meta.Open(t.Context(), place, meta.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, meta: db, place: place, engine: &fakeEngine{}}
	alerts := alert.New(alert.Options{Meta: db, Ask: asker{w.engine}, Origin: func() string { return "http://127.0.0.1:4318" }})
	keeper, err := retention.New(t.Context(), retention.Options{Book: db, Store: &w.held, Free: func() (int64, error) { return 1e9, nil }, Longest: 30 * 24 * time.Hour, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Meta: db, Alerts: alerts, Retention: keeper, Local: true, Now: now, Password: testPassword, Logger: slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&o)
	}
	if o.OTLP == nil {
		o.OTLP = &otlpHandler{NewAuth(db, o.Local)}
	}
	w.server = newServer(o, w.engine)
	w.handler = w.server.handler()

	if w.other, err = db.CreateProject(t.Context(), meta.NewProject{Organization: "local", Name: "other"}); err != nil {
		t.Fatal(err)
	}
	w.write = w.token(db.DefaultProject().ID, meta.WriteToken)
	w.read = w.token(db.DefaultProject().ID, meta.ReadToken)
	w.otherRead = w.token(w.other.ID, meta.ReadToken)
	return w
}

func remote(o *Options) { o.Local = false }

func (w *world) token(project string, kind meta.Kind) string {
	w.t.Helper()
	_, text, err := w.meta.CreateToken(w.t.Context(), meta.NewToken{ProjectID: project, Kind: kind})
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// user returns a new user token of a person.
func (w *world) user(owner string) string {
	w.t.Helper()
	_, text, err := w.meta.CreateToken(w.t.Context(), meta.NewToken{Kind: meta.UserToken, Owner: owner, Description: "laptop"})
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// do sends a request. headers are pairs.
func (w *world) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, "http://127.0.0.1:4318/", strings.NewReader(body))
	path, query, _ := strings.Cut(target, "?")
	r.URL.Path, r.URL.RawQuery = path, query // as a server parses it: //v2/query is a path, not a host
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	return recorder
}

// expect sends a request and checks its status.
func (w *world) expect(status int, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	got := w.do(method, target, body, headers...)
	if got.Code != status {
		w.t.Errorf("%s %s = %d %s, want %d", method, target, got.Code, got.Body, status)
	}
	return got
}

func decode[T any](t *testing.T, r *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(r.Body.Bytes(), &v); err != nil {
		t.Fatalf("%s: %v", r.Body, err)
	}
	return v
}

const goodQuery = `{"sql":"SELECT 1","min_timestamp":"2026-01-01T00:00:00+00:00"}`

func TestEverySpellingOfAPathIsServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{"/v2/query", "/v2/query/", "//v2/query", "//v2//query//"} {
		w.expect(200, "POST", path, goodQuery)
	}
	for _, path := range []string{"/v1/traces", "/v1/traces/", "//v1/traces"} {
		if got := w.expect(200, "POST", path, "x"); got.Body.String() != "/v1/traces" {
			t.Errorf("%s reaches the OTLP handler as %s", path, got.Body)
		}
	}
	w.expect(200, "GET", "/api/v1/projects/", "")
	w.expect(200, "GET", "/api/v1/projects", "")
	w.expect(200, "POST", "/v1/organizations/local/projects/default/write-tokens/", "")
	w.expect(200, "POST", "/v1/organizations/local/projects/default/write-tokens", "")
}

func TestUnknownPathsOfProtocolsAreJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{"/v1", "/v1/unknown", "/v1/variablesx", "/v2/x", "/api/x/", "/api/v1/alerts/", "/ui-api/x", "/mcp/x", "/.well-known/oauth-authorization-server", "/v1development/profiles"} {
		got := w.expect(404, "GET", path, "")
		if got.Header().Get("Content-Type") != "application/json" || got.Body.String() != `{"detail":"Not Found"}` {
			t.Errorf("%s = %s %s", path, got.Header(), got.Body)
		}
	}
	got := w.expect(405, "GET", "/v2/query", "")
	if got.Body.String() != `{"detail":"Method Not Allowed"}` || got.Header().Get("Allow") != "POST" {
		t.Errorf("wrong method = %v %s", got.Header(), got.Body)
	}
	if got := w.expect(405, "PUT", "/api/v1/projects/", "").Header().Values("Allow"); !slices.Equal(got, []string{"GET", "HEAD", "POST"}) {
		t.Errorf("allowed methods %v", got)
	}
	w.expect(404, "POST", "/local/default", "")
}

func TestWhatHearthDoesNotHaveIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	for path, what := range map[string]string{
		"/v1/variables/": "managed variables", "/v1/variables/theme/": "managed variables", "/v1/variable-updates/": "managed variables",
		"/v1/variable-types/": "managed variables", "/v1/ofrep/v1/evaluate/flags/dark": "feature flags", "/v1/datasets/": "hosted datasets",
		"/v1/datasets/teas/cases/": "hosted datasets", "/v1/replay/1?seq=0": "session replay", "/v1/braintrust/project": "Braintrust's API",
		"/proxy/anthropic/v1/messages": "a gateway to models",
	} {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			got := w.expect(501, method, path, "")
			want := `{"detail":"Hearth does not have ` + what + `: docs/logfire-compatibility.md lists what it has."}`
			if got.Header().Get("Content-Type") != "application/json" || got.Body.String() != want {
				t.Errorf("%s %s = %s %s", method, path, got.Header(), got.Body)
			}
		}
	}
}

func TestHomePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{"/", "/local/default", "/v1x"} {
		got := w.expect(200, "GET", path, "")
		if !strings.Contains(got.Body.String(), "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318") {
			t.Errorf("%s does not tell the endpoint: %s", path, got.Body)
		}
		policy := got.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("policy %q", policy)
		}
	}
	w.expect(404, "GET", "/favicon.ico", "")
	const approve = "curl -X POST http://127.0.0.1:4318/api/v1/device-logins/BCDF-GHJK/approve/"
	if got := w.expect(200, "GET", "/auth/device?code=BCDF-GHJK", ""); !strings.Contains(got.Body.String(), approve) {
		t.Errorf("the page does not tell how to approve a login: %s", got.Body)
	}
	for _, path := range []string{"/auth/device", "/auth/device?code=BCDF-GHJK;rm", "/local/default?code=BCDF-GHJK"} {
		if got := w.expect(200, "GET", path, ""); strings.Contains(got.Body.String(), "device-logins") {
			t.Errorf("%s tells how to approve a login: %s", path, got.Body)
		}
	}
	if got := w.expect(200, "GET", "/", ""); !strings.Contains(got.Body.String(), LocalToken) {
		t.Errorf("the page does not tell the token of local mode: %s", got.Body)
	}
	if got := newWorld(t, remote).expect(200, "GET", "/", ""); strings.Contains(got.Body.String(), LocalToken) {
		t.Errorf("the page tells a token that opens nothing: %s", got.Body)
	}
	named := newWorld(t, func(o *Options) { o.PublicOrigin = "https://hearth.example.com/" })
	if got := named.expect(200, "GET", "/", ""); !strings.Contains(got.Body.String(), "ENDPOINT=https://hearth.example.com\n") {
		t.Errorf("the page does not tell the public origin: %s", got.Body)
	}
	ui := newWorld(t, func(o *Options) {
		o.UI = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "ui "+r.URL.Path) })
	})
	if got := ui.expect(200, "GET", "/local/default/", ""); got.Body.String() != "ui /local/default" {
		t.Errorf("the UI got %s", got.Body)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	reasons := []string{"replaying the write-ahead log"}
	w := newWorld(t, func(o *Options) { o.Health = func() []string { return reasons } })
	w.expect(200, "GET", "/healthz", "", "Host", "10.1.2.3:4318")
	got := w.expect(503, "GET", "/readyz", "", "Host", "10.1.2.3:4318")
	if !strings.Contains(got.Body.String(), reasons[0]) || got.Header().Get("Retry-After") == "" {
		t.Errorf("not ready = %s %s", got.Header(), got.Body)
	}
	reasons = nil
	w.expect(200, "GET", "/readyz", "")
	w.expect(200, "HEAD", "/readyz", "")
}

func TestPanicsAreAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.engine.answers = func(question) (*answer, error) { panic("boom") }
	got := w.expect(500, "POST", "/v2/query", goodQuery)
	detail := decode[map[string]string](t, got)["detail"]
	_, id, ok := strings.Cut(detail, "under the id ")
	if !ok || strings.Contains(detail, "boom") {
		t.Errorf("detail %q", detail)
	}
	if log := w.log.String(); !strings.Contains(log, strings.TrimSuffix(id, ".")) || !strings.Contains(log, "boom") || !strings.Contains(log, "api_test.go") {
		t.Errorf("the log does not tell the panic under its id:\n%s", log)
	}
}

// The id that a user reads on the screen is the one that the operator looks for.
func TestErrorsAreFoundInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.engine.answers = func(question) (*answer, error) { return nil, errors.New("the disk is gone") }
	got := w.expect(500, "POST", "/v2/query", goodQuery, "Accept", "application/json, "+typeProblem)
	id := got.Header().Get("X-Request-Id")
	if body := decode[map[string]any](t, got); len(id) != 16 || body["request_id"] != id || !strings.Contains(body["detail"].(string), id) {
		t.Errorf("id %q, body %v", id, body)
	}
	if log := w.log.String(); !strings.Contains(log, "level=ERROR msg=\"request failed\" request_id="+id) || !strings.Contains(log, "level=DEBUG msg=request request_id="+id) {
		t.Errorf("log without %s:\n%s", id, log)
	}

	w.engine.answers = func(question) (*answer, error) { return nil, query.ErrUnavailable }
	got = w.expect(503, "POST", "/v2/query", goodQuery)
	if log := w.log.String(); !strings.Contains(log, "level=WARN msg=request request_id="+got.Header().Get("X-Request-Id")) {
		t.Errorf("nothing warns of the 503:\n%s", log)
	}
	other := w.expect(403, "GET", "/v1/query", "", "Sec-Fetch-Site", "cross-site").Header().Get("X-Request-Id")
	if other == "" || other == id {
		t.Errorf("a refused request has the id %q", other)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	table, err := prices.Open(prices.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(o *Options) { o.Version, o.Prices = "v1.2.3", table })
	if got, want := w.expect(200, "GET", "/v1/version", "").Body.String(), `{"prices":"`+table.Version()+`","version":"v1.2.3"}`; got != want {
		t.Errorf("version %s, want %s", got, want)
	}
}

func TestTokensAreNeverLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	w.expect(200, "POST", "/v2/query", goodQuery, "Authorization", w.read)
	w.expect(200, "POST", "/v1/traces", "", "Authorization", "Bearer "+w.write)
	w.expect(401, "POST", "/v1/traces", "", "Authorization", w.read+"x")
	w.expect(401, "GET", "/v1/query?sql=secretsql", "")
	w.expect(401, "GET", "/api/v1/projects/", "", "Authorization", w.read)
	log := w.log.String()
	if !strings.Contains(log, "path=/v2/query") || !strings.Contains(log, "status=401") {
		t.Errorf("no access log:\n%s", log)
	}
	for _, secret := range []string{w.read[19:], w.write[19:], "secretsql", testPassword} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestProjectURLs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	info := decode[map[string]any](t, w.expect(200, "GET", "/v1/info", ""))
	if info["project_url"] != "http://127.0.0.1:4318/local/default" {
		t.Errorf("project_url %v", info["project_url"])
	}
	named := newWorld(t, func(o *Options) { o.PublicOrigin = "https://hearth.example.com/" })
	info = decode[map[string]any](t, named.expect(200, "GET", "/v1/info", ""))
	if info["project_url"] != "https://hearth.example.com/local/default" {
		t.Errorf("project_url %v", info["project_url"])
	}
}

// within fails a test that waits for ever.
const within = 10 * time.Second
