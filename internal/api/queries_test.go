package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/query"
)

func TestQueryV2ReadsEveryField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.expect(200, "POST", "/v2/query", `{"sql":"SELECT ä","min_timestamp":"2026-05-27T15:16:36.5+02:00","max_timestamp":"2026-05-28T00:00:00Z",
		"limit":10000,"timezone":"Europe/Berlin","deployment_environment":["prod",""],"explain":true,"include_schema":false,"unknown":{}}`)
	w.expect(200, "POST", "/v2/query", `{"sql":"SELECT 1","min_timestamp":"2020-01-01T00:00:00+00:00","max_timestamp":null,"limit":null,"timezone":null,
		"deployment_environment":null,"explain":null}`)
	w.expect(200, "POST", "/v2/query", `{"sql":"SELECT 1","min_timestamp":"2020-01-01 00:00:00+0000","deployment_environment":[]}`)
	want := []question{
		{
			sql: "SELECT ä", min: time.Date(2026, 5, 27, 13, 16, 36, 5e8, time.UTC), max: time.Date(2026, 5, 28, 0, 0, 0, 0, time.UTC),
			limit: 10000, timezone: "Europe/Berlin", environments: []string{"prod", ""}, explain: true,
		},
		{sql: "SELECT 1", min: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), limit: 100, timezone: "UTC"},
		{sql: "SELECT 1", min: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), limit: 100, timezone: "UTC", environments: []string{}},
	}
	for i := range want {
		want[i].project = w.meta.DefaultProject().ID
	}
	if diff := cmp.Diff(want, w.engine.questions, cmp.AllowUnexported(question{})); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
}

func TestQueryV1ReadsEveryField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	values := url.Values{
		"sql": {"SELECT 1"}, "min_timestamp": {"2026-05-27T15:16:36+02:00"}, "max_timestamp": {"2026-05-28T00:00:00"}, "limit": {"7"},
		"timezone": {"America/New_York"}, "deployment_environment": {"a", "b"}, "explain": {"1"}, "json_rows": {"true"},
	}
	w.expect(200, "GET", "/v1/query?"+values.Encode(), "")
	w.expect(200, "GET", "/v1/query?sql=SELECT+1&min_timestamp=2026-05-27T15:16:36+02:00", "") // a plus that nobody escaped
	want := []question{
		{
			sql: "SELECT 1", min: time.Date(2026, 5, 27, 13, 16, 36, 0, time.UTC), max: time.Date(2026, 5, 28, 0, 0, 0, 0, time.UTC), limit: 7,
			timezone: "America/New_York", environments: []string{"a", "b"}, explain: true,
		},
		{sql: "SELECT 1", min: time.Date(2026, 5, 27, 13, 16, 36, 0, time.UTC), limit: 500, timezone: "UTC"},
	}
	for i := range want {
		want[i].project = w.meta.DefaultProject().ID
	}
	if diff := cmp.Diff(want, w.engine.questions, cmp.AllowUnexported(question{})); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
}

func TestVariablesReachTheEngineWithWhatTheServerKnows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const min = `"min_timestamp":"2020-01-01T00:00:00Z"`
	w.expect(200, "POST", "/v2/query", `{"sql":"SELECT $a, $__project",`+min+`,"variables":{"a":"x","b":["y"],"c":[],"d":null,"__project":"mine","__envs":["z"]}}`)
	w.expect(200, "POST", "/v2/query", `{"sql":"SELECT 1",`+min+`,"variables":{"a":"x"}}`, "X-Hearth-Project", "other")
	w.expect(200, "GET", "/v1/query?sql=SELECT+$__project&variables=x", "", "X-Hearth-Project", "other")
	want := []pgsql.Variables{
		{"a": {Text: "x"}, "b": {List: []string{"y"}}, "c": {List: []string{}}, "__envs": {List: []string{"z"}}, "__organization": {Text: "local"}, "__project": {Text: "default"}},
		{"a": {Text: "x"}},
		{"__organization": {Text: "local"}, "__project": {Text: "other"}},
	}
	var got []pgsql.Variables
	for _, q := range w.engine.questions {
		got = append(got, q.variables)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	for variables, want := range map[string][]string{
		`[]`: {"body.variables dict_type"}, `"a"`: {"body.variables dict_type"},
		`{"a":1,"b":["x",2],"c":"x","d":{"e":"f"},"g":[null]}`: {"body.variables.a value_error", "body.variables.b value_error", "body.variables.d value_error", "body.variables.g value_error"},
	} {
		body := `{"sql":"SELECT 1",` + min + `,"variables":` + variables + `}`
		faults(t, w.expect(422, "POST", "/v2/query", body), body, want)
	}
}

func TestRenderFillsVariablesIn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 27, 13, 0, 0, 0, time.UTC)
	w := newWorld(t, func(o *Options) { o.Now = func() time.Time { return now } })
	for _, c := range []struct{ body, want string }{
		{`{"sql":"SELECT 1"}`, "SELECT 1"},
		{`{"sql":"SELECT time_bucket($resolution, start_timestamp) FROM records WHERE a IN ($l) OR b = $v","variables":{"resolution":"1 minute","l":["x","y's"],"v":"z"}}`,
			"SELECT time_bucket(INTERVAL '1 minute', start_timestamp) FROM records WHERE a IN ('x', 'y''s') OR b = 'z'"},
		{`{"sql":"SELECT $__project, $__range_s, $__envs","min_timestamp":"2026-05-27T12:00:00Z","deployment_environment":"prod"}`, "SELECT 'default', 3600, ARRAY['prod']"},
		{`{"sql":"SELEC $v","variables":{"v":"<b>"}}`, "SELEC '<b>'"},
	} {
		if got := decode[map[string]string](t, w.expect(200, "POST", "/v1/render", c.body)); got["sql"] != c.want {
			t.Errorf("%s = %v, want %s", c.body, got, c.want)
		}
	}
	got := decode[map[string]any](t, w.expect(400, "POST", "/v1/render", `{"sql":"SELECT 'é', $nme","variables":{"name":"x"}}`))
	if got["position"] != 13.0 || got["hint"] != "did you mean $name?" || got["code"] != "42P02" || got["detail"] != "there is no variable $nme (at character 13). did you mean $name?" {
		t.Errorf("an unknown variable: %v", got)
	}
	faults(t, w.expect(422, "POST", "/v1/render", `{"variables":{"a":1}}`), "render", []string{"body.sql missing", "body.variables.a value_error"})
	if len(w.engine.questions) != 0 {
		t.Error("the statement was run")
	}
}

func TestWrongValuesAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const min = `"min_timestamp":"2026-01-01T00:00:00Z"`
	for body, want := range map[string][]string{
		``:                                    {"body.sql missing", "body.min_timestamp missing"},
		`{}`:                                  {"body.sql missing", "body.min_timestamp missing"},
		`{"sql":"x"}`:                         {"body.min_timestamp missing"},
		`{"sql":"x","min_timestamp":null}`:    {"body.min_timestamp missing"},
		`{` + min + `}`:                       {"body.sql missing"},
		`{"sql":1,` + min + `}`:               {"body.sql string_type"},
		`{"sql":"x","min_timestamp":5}`:       {"body.min_timestamp datetime_type"},
		`{"sql":"x","min_timestamp":"today"}`: {"body.min_timestamp datetime_parsing"},
		`{"sql":"x","min_timestamp":"2026-01-01T00:00:00"}`:              {"body.min_timestamp timezone_aware"},
		`{"sql":"x","max_timestamp":"2026-13-01T00:00:00Z",` + min:       {"body json_invalid"},
		`{"sql":"x","max_timestamp":"2026-13-01T00:00:00Z",` + min + `}`: {"body.max_timestamp datetime_parsing"},
		`{"sql":"x","limit":10001,` + min + `}`:                          {"body.limit less_than_equal"},
		`{"sql":"x","limit":0,` + min + `}`:                              {"body.limit greater_than_equal"},
		`{"sql":"x","limit":1.5,` + min + `}`:                            {"body.limit int_type"},
		`{"sql":"x","limit":"ten",` + min + `}`:                          {"body.limit int_type"},
		`{"sql":"x","timezone":"Mars/Base",` + min + `}`:                 {"body.timezone value_error"},
		`{"sql":"x","timezone":"Local",` + min + `}`:                     {"body.timezone value_error"},
		`{"sql":"x","timezone":"../etc/passwd",` + min + `}`:             {"body.timezone value_error"},
		`{"sql":"x","deployment_environment":[1],` + min + `}`:           {"body.deployment_environment list_type"},
		`{"sql":"x","explain":"maybe",` + min + `}`:                      {"body.explain bool_type"},
		`{"sql":"x","limit":-1,"timezone":"x"}`:                          {"body.limit greater_than_equal", "body.timezone value_error", "body.min_timestamp missing"},
		`[]`:                                                             {"body json_invalid"},
	} {
		faults(t, w.expect(422, "POST", "/v2/query", body), body, want)
	}
	for query, want := range map[string][]string{
		"":                               {"query.sql missing"},
		"?sql=x&limit=10001":             {"query.limit less_than_equal"},
		"?sql=x&limit=many":              {"query.limit int_type"},
		"?sql=x&min_timestamp=yesterday": {"query.min_timestamp datetime_parsing"},
		"?sql=x&explain=2":               {"query.explain bool_type"},
	} {
		faults(t, w.expect(422, "GET", "/v1/query"+query, ""), query, want)
	}
	if len(w.engine.questions) != 0 {
		t.Errorf("the engine was asked %v", w.engine.questions)
	}
}

func faults(t *testing.T, got *httptest.ResponseRecorder, input string, want []string) {
	t.Helper()
	body := decode[struct{ Detail []fieldProblem }](t, got)
	var list []string
	for _, f := range body.Detail {
		if f.Msg == "" {
			t.Errorf("%s: a fault without a message", input)
		}
		list = append(list, strings.Join(f.Loc, ".")+" "+f.Type)
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("%s (-want +got):\n%s", input, diff)
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	v1 := "/v1/query?sql=SELECT+1"
	for _, c := range []struct{ method, target, accept, contentType, golden string }{
		{"POST", "/v2/query", "", "application/json", "v2.json"},
		{"POST", "/v2/query", "*/*", "application/json", "v2.json"},
		{"POST", "/v2/query", "application/json, application/problem+json;q=0.9", "application/json", "v2.json"},
		{"POST", "/v2/query", "text/csv, application/problem+json;q=0.9", "text/csv; charset=utf-8", "rows.csv"},
		{"GET", v1, "", "application/json", "v1-columns.json"},
		{"GET", v1 + "&json_rows=true", "application/json", "application/json", "v1-rows.json"},
		{"GET", v1 + "&row_oriented=1", "application/json", "application/json", "v1-rows.json"},
		{"GET", v1 + "&json_rows=false", "application/json", "application/json", "v1-columns.json"},
		{"GET", v1, "text/csv", "text/csv; charset=utf-8", "rows.csv"},
	} {
		got := w.expect(200, c.method, c.target, goodQuery, "Accept", c.accept)
		if got.Header().Get("Content-Type") != c.contentType || got.Header().Get("X-Logfire-Context") != "local/default" {
			t.Errorf("%s %s: headers %v", c.target, c.accept, got.Header())
		}
		golden(t, c.golden, got.Body.Bytes())
	}
	got := w.expect(200, "POST", "/v2/query", goodQuery, "Accept", "application/vnd.apache.arrow.stream")
	golden(t, "arrow.txt", describeArrow(t, got.Body.Bytes()))
	got = w.expect(200, "POST", "/v2/query", goodQuery, "Accept", "application/x-ndjson")
	if got.Header().Get("Content-Type") != "application/x-ndjson" || !strings.HasSuffix(got.Body.String(), `{"type":"end","row_count":2}`+"\n") {
		t.Errorf("NDJSON: %v %s", got.Header(), got.Body)
	}
	w.expect(406, "POST", "/v2/query", goodQuery, "Accept", "image/png")
	got = w.expect(200, "GET", v1, "", "Accept", "text/csv")
	if got.Header().Get("Content-Disposition") != `attachment; filename="query_results.csv"` {
		t.Errorf("disposition %q", got.Header().Get("Content-Disposition"))
	}
	if rows, err := csv.NewReader(got.Body).ReadAll(); err != nil || len(rows) != 3 || rows[1][15] != "two\nlines, \"quoted\"" {
		t.Errorf("CSV reads back as %q, %v", rows, err)
	}
}

func TestErrorsOfTheEngine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	answers := func(err error) { w.engine.answers = func(question) (*answer, error) { return nil, err } }
	answers(fmt.Errorf("compile: %w", &pgsql.Error{Position: 8, Message: `column "x" does not exist`, Hint: `Perhaps you meant "y"`, Code: "42703"}))
	got := w.expect(400, "POST", "/v2/query", goodQuery)
	want := map[string]any{"detail": `column "x" does not exist (at character 8). Perhaps you meant "y"`, "position": 8.0, "hint": `Perhaps you meant "y"`, "code": "42703"}
	if diff := cmp.Diff(want, decode[map[string]any](t, got)); diff != "" {
		t.Errorf("SQL error (-want +got):\n%s", diff)
	}

	problem := w.expect(400, "POST", "/v2/query", goodQuery, "Accept", "application/json, application/problem+json;q=0.9")
	if problem.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("headers %v", problem.Header())
	}
	body := decode[map[string]any](t, problem)
	if diff := cmp.Diff(any(want), body["error_details"]); diff != "" || body["retryable"] != false || body["status"] != 400.0 || body["detail"] != want["detail"] {
		t.Errorf("problem %v (-want +got error_details):\n%s", body, diff)
	}

	for _, c := range []struct {
		err        error
		status     int
		retryAfter string
		text       string
	}{
		{fmt.Errorf("%w of 30s", query.ErrTimeout), 400, "", "Query exceeds the time limit of 30s. Ask for a shorter"},
		{fmt.Errorf("%w: out of memory", query.ErrTooExpensive), 400, "", "out of memory."},
		{fmt.Errorf("%w: cannot cast", query.ErrInvalid), 400, "", "cannot cast."},
		{query.ErrUnavailable, 503, "1", "Store unavailable."},
		{&query.Busy{After: 1500 * time.Millisecond}, 503, "2", "Too many queries are running"},
		{&query.Busy{Project: true}, 429, "1", "Too many queries of this project"},
	} {
		answers(c.err)
		got := w.expect(c.status, "POST", "/v2/query", goodQuery)
		if got.Header().Get("Retry-After") != c.retryAfter || !strings.Contains(decode[map[string]string](t, got)["detail"], c.text) {
			t.Errorf("%v = %v %s", c.err, got.Header(), got.Body)
		}
	}
	answers(fmt.Errorf("scan: %w", context.Canceled))
	if got := w.expect(503, "POST", "/v2/query", goodQuery); got.Header().Get("Retry-After") != "1" {
		t.Errorf("headers %v", got.Header())
	}
	answers(errors.New("secret internals"))
	if got := w.expect(500, "POST", "/v2/query", goodQuery); strings.Contains(got.Body.String(), "secret") || !strings.Contains(w.log.String(), "secret internals") {
		t.Errorf("an error of ours is told to the client or not logged: %s", got.Body)
	}
}

func TestGoneClientIsNoErrorOfOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	w.engine.answers = func(question) (*answer, error) {
		cancel()
		return nil, errors.New("interrupted")
	}
	r := httptest.NewRequestWithContext(ctx, "POST", "http://127.0.0.1:4318/v2/query", strings.NewReader(goodQuery))
	got := httptest.NewRecorder()
	w.handler.ServeHTTP(got, r)
	if got.Code != statusGone || strings.Contains(w.log.String(), "level=ERROR") {
		t.Errorf("status %d, log:\n%s", got.Code, w.log.String())
	}
}

// An answer that breaks before its beginning is out becomes a proper status; later, the reader can tell.
func TestAnswersThatBreak(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var current *table
	w.engine.answers = func(question) (*answer, error) { return current.answer(), nil }
	server := httptest.NewServer(w.handler)
	defer server.Close()
	post := func(accept string) (*http.Response, []byte, error) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/v2/query", strings.NewReader(goodQuery))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", accept)
		r.Header.Set("Accept-Encoding", "identity")
		response, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		return response, body, err
	}
	broken := &pgsql.Error{Message: "division by zero"}
	for _, accept := range []string{typeJSON, typeCSV, typeArrow, typeNDJSON} {
		current = manyRows(10)
		current.err = broken
		response, body, err := post(accept)
		if err != nil || response.StatusCode != 400 || string(body) != `{"detail":"division by zero"}` || current.closed != 1 {
			t.Errorf("%s, early: %v %s %v, closed %d times", accept, response.Status, body, err, current.closed)
		}
		if got := response.Header.Get("Content-Disposition"); got != "" {
			t.Errorf("%s: an error is a download: %s", accept, got)
		}

		current = manyRows(9_999)
		current.err = broken
		response, body, err = post(accept)
		if response.StatusCode != 200 || current.closed != 1 {
			t.Errorf("%s, late: %v, closed %d times", accept, response.Status, current.closed)
		}
		if accept == typeNDJSON {
			if err != nil || !bytes.HasSuffix(body, []byte(`{"type":"error","message":"division by zero"}`+"\n")) {
				t.Errorf("NDJSON ends in %s, %v", body[len(body)-100:], err)
			}
		} else if err == nil {
			t.Errorf("%s: the reader cannot tell that the answer is incomplete", accept)
		}
	}
}

// A client that asks and does not read must not keep its query's turn.
func TestClientThatReadsNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.server.patience = 20 * time.Millisecond
	closed := make(chan struct{})
	w.engine.answers = func(question) (*answer, error) {
		a := manyRows(1).answer()
		a.next = func(dst []any) bool { // without an end
			dst[0], dst[1] = int64(1), strings.Repeat("x", 1<<16)
			return true
		}
		a.close = func() error { close(closed); return nil }
		return a, nil
	}
	server := httptest.NewServer(w.handler)
	defer server.Close()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if _, err := fmt.Fprintf(connection, "POST /v2/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", len(goodQuery), goodQuery); err != nil {
		t.Fatal(err)
	}
	select {
	case <-closed:
	case <-time.After(within):
		t.Error("the answer is still open")
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.engine.answers = func(question) (*answer, error) { return manyRows(500).answer(), nil }
	plain := w.expect(200, "POST", "/v2/query", goodQuery).Body.Bytes()
	for encoding, open := range map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	} {
		for _, accept := range []string{typeJSON, typeCSV, typeNDJSON, typeArrow} {
			got := w.expect(200, "POST", "/v2/query", goodQuery, "Accept-Encoding", encoding, "Accept", accept)
			if got.Header().Get("Content-Encoding") != encoding || !slices.Contains(got.Header().Values("Vary"), "Accept-Encoding") {
				t.Errorf("%s %s: headers %v", encoding, accept, got.Header())
				continue
			}
			reader, err := open(got.Body)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(reader)
			if err != nil || accept == typeJSON && !bytes.Equal(body, plain) {
				t.Errorf("%s %s: %d bytes, %v", encoding, accept, len(body), err)
			}
		}
	}
}

func TestLargeRequestsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.expect(200, "POST", "/v2/query", strings.Replace(goodQuery, "SELECT 1", "SELECT "+strings.Repeat("1", 1<<19), 1))
	w.expect(413, "POST", "/v2/query", strings.Replace(goodQuery, "SELECT 1", strings.Repeat("x", 1<<20), 1))
	w.expect(413, "POST", "/api/v1/projects/", `{"project_name":"`+strings.Repeat("x", 1<<16)+`"}`)
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	type columnSchema struct {
		DataType    string `json:"data_type"`
		Nullable    *bool
		Description *string
		IsJSON      *bool `json:"is_json"`
		Position    int
	}
	body := decode[struct {
		Tables []struct {
			Name   string
			Schema map[string]columnSchema
		}
		Functions []struct{ Name, Kind, Signature, Description string }
	}](t, w.expect(200, "GET", "/v1/schemas", ""))
	tables := map[string]map[string]columnSchema{}
	for _, table := range body.Tables {
		tables[table.Name] = table.Schema
		for name, c := range table.Schema {
			if c.Nullable == nil || c.Description == nil || c.IsJSON == nil || c.DataType == "" || strings.HasPrefix(name, "lf_") || strings.HasPrefix(name, "_lf_") {
				t.Errorf("%s.%s: %+v", table.Name, name, c)
			}
		}
	}
	for _, want := range []struct {
		table, column, dataType string
		nullable, json          bool
	}{
		{"records", "attributes", "TEXT", true, true},
		{"records", "start_timestamp", "TIMESTAMP WITH TIME ZONE", false, false},
		{"records", "level", "INTEGER", false, false},
		{"records", "duration", "DOUBLE PRECISION", true, false},
		{"records", "tags", "TEXT[]", false, false},
		{"records", "is_exception", "BOOLEAN", true, false},
		{"metrics", "histogram_bucket_counts", "INTEGER[]", true, false},
		{"metrics", "histogram_explicit_bounds", "DOUBLE PRECISION[]", true, false},
	} {
		c := tables[want.table][want.column]
		if c.DataType != want.dataType || c.Nullable == nil || *c.Nullable != want.nullable || *c.IsJSON != want.json {
			t.Errorf("%+v: %+v", want, c)
		}
	}
	if at := tables["records"]["start_timestamp"].Position; at != 2 {
		t.Errorf("start_timestamp stands at %d", at)
	}
	if !slices.ContainsFunc(body.Functions, func(f struct{ Name, Kind, Signature, Description string }) bool {
		return f.Name == "level_name" && f.Kind == "scalar" && f.Signature == "level_name(level) → text" && f.Description != ""
	}) {
		t.Errorf("no level_name among %d functions", len(body.Functions))
	}
}

func TestTokenInfo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	for path, token := range map[string]string{"/v1/info": w.write, "/v1/read-token-info": w.read, "/api/read-token-info": w.read} {
		info := decode[map[string]any](t, w.expect(200, "GET", path, "", "Authorization", token))
		for _, key := range []string{"token_id", "organization_id", "project_id", "organization_name", "project_name", "project_url"} {
			if text, ok := info[key].(string); !ok || text == "" {
				t.Errorf("%s: %s = %v", path, key, info[key])
			}
		}
		if expires, there := info["expires_at"]; !there || expires != nil {
			t.Errorf("%s: expires_at = %v, %v", path, expires, there)
		}
	}
	info := decode[map[string]any](t, w.expect(200, "GET", "/v1/read-token-info", "", "Authorization", w.read))
	if plan, ok := info["organization_subscription_plan"].(string); !ok || plan == "" {
		t.Errorf("subscription plan = %v; clients insist on a text", info["organization_subscription_plan"])
	}
}

func TestTimestamps(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 5, 27, 13, 16, 36, 0, time.UTC)
	for _, text := range []string{
		"2026-05-27T13:16:36Z", "2026-05-27T13:16:36z", "2026-05-27t13:16:36Z", "2026-05-27 13:16:36Z", "2026-05-27T15:16:36+02:00", "2026-05-27T15:16:36 02:00",
		"2026-05-27 15:16:36+02:00", "2026-05-27 15:16:36 02:00", "2026-05-27T08:16:36-0500", "2026-05-27T15:16:36+02", "2026-05-27T13:16:36.000000000Z",
	} {
		if at, aware, ok := parseTimestamp(text); !ok || !aware || !at.Equal(want) {
			t.Errorf("%s = %v, %v, %v", text, at, aware, ok)
		}
	}
	for _, text := range []string{"2026-05-27T13:16:36", "2026-05-27 13:16:36", "2026-05-27T13:16:36.000"} {
		if at, aware, ok := parseTimestamp(text); !ok || aware || !at.Equal(want) {
			t.Errorf("%s = %v, %v, %v", text, at, aware, ok)
		}
	}
	for _, text := range []string{"", "now", "1779887796", "2026-02-30T00:00:00Z", "2026-05-27T25:00:00Z"} {
		if at, _, ok := parseTimestamp(text); ok {
			t.Errorf("%q = %v, want a refusal", text, at)
		}
	}
}

func FuzzParseTimestamp(f *testing.F) {
	f.Add("2026-05-27T15:16:36 02:00")
	f.Fuzz(func(t *testing.T, text string) {
		at, _, ok := parseTimestamp(text)
		if !ok {
			return
		}
		if again, aware, ok := parseTimestamp(at.Format(time.RFC3339Nano)); !ok || !aware || !again.Equal(at) {
			t.Errorf("%q = %v, which reads back as %v", text, at, again)
		}
	})
}

func FuzzQueryBody(f *testing.F) {
	f.Add(goodQuery)
	f.Add(`{"deployment_environment":"x","limit":1e3,"timezone":"\u0000"}`)
	f.Fuzz(func(t *testing.T, body string) {
		p, err := bodyParameters(httptest.NewRequestWithContext(t.Context(), "POST", "/v2/query", strings.NewReader(body)))
		if err == nil {
			_, err = p.question(defaultRowsV2, true)
		}
		if err == nil && !json.Valid([]byte(body)) {
			t.Errorf("%q is accepted", body)
		}
	})
}

// A token and a person are held to their own places; those who cannot be told apart are not.
func TestWhoSharesThePlacesForQuestions(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	token, err := w.meta.LookupToken(t.Context(), w.read)
	if err != nil {
		t.Fatal(err)
	}
	key := w.apiKeyWith(w.meta.DefaultProject().ID, meta.ReadRecords)
	keyToken, err := w.meta.LookupToken(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	person := w.person(meta.ReadOnlyRole)
	for _, c := range []struct {
		who     string
		want    string
		headers []string
	}{
		{"a read token", token.ID, []string{"Authorization", w.read}},
		{"an API key", keyToken.ID, []string{"Authorization", "Bearer " + key}},
		{"a person", person.ID, w.browser(person)},
	} {
		w.engine.questions = nil
		w.expect(200, "POST", "/v2/query", goodQuery, c.headers...)
		w.do("GET", "/v1/traces/5b8efff798038103d269b633813fc60c/conversation", "", c.headers...) // of which there is nothing
		if len(w.engine.questions) < 2 {
			t.Fatalf("%s: %d questions", c.who, len(w.engine.questions))
		}
		for _, q := range w.engine.questions {
			if q.asker != c.want {
				t.Errorf("%s asks as %q, want %q", c.who, q.asker, c.want)
			}
		}
	}
	local := newWorld(t, nil)
	local.expect(200, "POST", "/v2/query", goodQuery)
	if q := local.engine.questions[0]; q.asker != "" {
		t.Errorf("in local mode %q asks", q.asker)
	}
}
