package query

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

// serve starts a server that answers every request with a handler, and returns a client of it.
func serve(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &Client{BaseURL: server.URL, HTTPClient: server.Client()}
}

func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestQuerySendsWhatTheServerExpects(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body map[string]any
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(context.Background())
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		answer(200, "application/json", `{"schema":{"fields":[]},"data":[]}`)(w, r)
	})
	c.BaseURL += "/some/path/" // is thrown away: the API lives at the root
	c.Token, c.Project = "secret", "teahouse"
	_, err := c.Query(t.Context(), Request{
		SQL: "select 1", Limit: 7, Timezone: "Europe/Paris", Environments: []string{"prod", ""}, Explain: true,
		MinTime: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.FixedZone("", 3600)), MaxTime: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Method != http.MethodPost || got.URL.Path != "/v2/query" {
		t.Errorf("%s %s", got.Method, got.URL.Path)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer secret", "X-Hearth-Project": "teahouse", "Accept": "application/json", "Content-Type": "application/json",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Header.Get(name), want)
		}
	}
	want := map[string]any{
		"sql": "select 1", "limit": 7.0, "timezone": "Europe/Paris", "deployment_environment": []any{"prod", ""}, "explain": true,
		"min_timestamp": "2026-01-02T02:04:05.000006Z", "max_timestamp": "2026-02-01T00:00:00Z",
	}
	if !reflect.DeepEqual(body, want) {
		t.Errorf("body %v\nwant %v", body, want)
	}
}

func TestQueryWithoutBoundsAsksForAllTime(t *testing.T) {
	t.Parallel()
	var body string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		body = string(text)
		answer(200, "application/json", `{"schema":{"fields":[]},"data":[]}`)(w, r)
	})
	if _, err := c.Query(t.Context(), Request{SQL: "select 1"}); err != nil {
		t.Fatal(err)
	}
	if want := `{"sql":"select 1","min_timestamp":"1970-01-01T00:00:00Z"}`; body != want {
		t.Errorf("body %s, want %s", body, want)
	}
}

func TestQueryGivesValuesTheirTypes(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(200, "application/json; charset=utf-8", `{"schema":{"fields":[
		{"name":"big","data_type":"Int64","nullable":true},
		{"name":"huge","data_type":"UInt64","nullable":true},
		{"name":"ratio","data_type":"Float64","nullable":true},
		{"name":"whole","data_type":"Float64","nullable":true},
		{"name":"ok","data_type":"Boolean","nullable":true},
		{"name":"text","data_type":"Utf8","nullable":false},
		{"name":"at","data_type":{"Timestamp":["Microsecond","UTC"]},"nullable":true},
		{"name":"day","data_type":"Date32","nullable":true},
		{"name":"price","data_type":{"Decimal128":[38,10]},"nullable":true},
		{"name":"tags","data_type":{"List":{"name":"item","data_type":"Utf8","nullable":true}},"nullable":true},
		{"name":"nested","data_type":"Utf8","nullable":true},
		{"name":"none","data_type":"Int64","nullable":true}],"metadata":{}},
		"data":[{"big":9007199254740993,"huge":18446744073709551615,"ratio":0.25,"whole":2,"ok":true,"text":"a","at":"2026-05-27T13:16:36.517321Z",
		"day":"2026-05-27","price":1.10,"tags":["x",null],"nested":{"n":12345678901234567890},"none":null}]}`))
	result, err := c.Query(t.Context(), Request{SQL: "select 1"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"big": int64(9007199254740993), "huge": uint64(18446744073709551615), "ratio": 0.25, "whole": 2.0, "ok": true, "text": "a",
		"at": time.Date(2026, 5, 27, 13, 16, 36, 517321000, time.UTC), "day": "2026-05-27", "price": "1.10",
		"tags": []any{"x", nil}, "nested": map[string]any{"n": json.Number("12345678901234567890")}, "none": nil,
	}
	if len(result.Rows) != 1 || !reflect.DeepEqual(result.Rows[0], want) {
		t.Errorf("rows %#v\nwant %#v", result.Rows, want)
	}
	at := result.Columns[6]
	if at.Name != "at" || at.Type.String() != "Timestamp" || string(at.Type.Parameters) != `["Microsecond","UTC"]` || !at.Nullable {
		t.Errorf("column %+v", at)
	}
	if text := result.Columns[5]; text.Nullable || text.Type.Name != "Utf8" {
		t.Errorf("column %+v", text)
	}
}

func TestQueryReturnsThePlan(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(200, "application/json", `{"schema":{"fields":[]},"data":[],"logical_plan":"l","physical_plan":"p"}`))
	result, err := c.Query(t.Context(), Request{SQL: "select 1", Explain: true})
	if err != nil || result.Plan != "p" {
		t.Errorf("plan %+v, err %v", result, err)
	}
}

func TestErrorsTellStatusAndDetail(t *testing.T) {
	t.Parallel()
	const asJSON = "application/json"
	for name, c := range map[string]struct {
		status      int
		contentType string
		body        string
		want        Error
		temporary   bool
	}{
		"a mistake in SQL": {400, asJSON, `{"detail":"no such column (at character 8)","position":8,"hint":"write x","code":"42703"}`,
			Error{Status: 400, Detail: "no such column (at character 8)", Position: 8, Hint: "write x", Code: "42703"}, false},
		"a mistake elsewhere": {422, asJSON, `{"detail":[{"loc":["body","limit"],"msg":"too large","type":"x"},{"loc":[],"msg":"odd"}]}`,
			Error{Status: 422, Detail: "limit: too large; odd"}, false},
		"a token":       {401, asJSON, `{"detail":"Invalid token"}`, Error{Status: 401, Detail: "Invalid token"}, false},
		"busy":          {503, asJSON, `{"detail":"busy"}`, Error{Status: 503, Detail: "busy", RetryAfter: 7 * time.Second}, true},
		"plain text":    {500, "text/plain", "broken\n", Error{Status: 500, Detail: "broken"}, true},
		"a proxy":       {502, "text/html", "<html>Bad Gateway</html>", Error{Status: 502}, true},
		"another shape": {400, asJSON, `{"detail":{"a":1}}`, Error{Status: 400, Detail: `{"a":1}`}, false},
		"no body":       {404, asJSON, ``, Error{Status: 404}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if c.want.RetryAfter > 0 {
					w.Header().Set("Retry-After", "7")
				}
				answer(c.status, c.contentType, c.body)(w, r)
			})
			_, err := client.Query(t.Context(), Request{SQL: "select 1"})
			got, ok := errors.AsType[*Error](err)
			if !ok || *got != c.want {
				t.Fatalf("error %#v (%v), want %#v", got, err, c.want)
			}
			if got.Temporary() != c.temporary {
				t.Errorf("temporary = %v", got.Temporary())
			}
			if text := err.Error(); !strings.HasPrefix(text, "server answers ") || strings.HasSuffix(text, ": ") {
				t.Errorf("text %q", text)
			}
		})
	}
}

func TestBaseURLMustBeAnOrigin(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"127.0.0.1:4318", "localhost", "ftp://x", "http://"} {
		c := &Client{BaseURL: base}
		if _, err := c.Query(t.Context(), Request{SQL: "select 1"}); err == nil || !strings.Contains(err.Error(), "base URL") {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestRowsYieldsEachRowAsItWasWritten(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(200, "application/x-ndjson", `{"type":"schema","schema":{"fields":[]}}
{"type":"data","rows":[{"b":1,"a":2},{"b":3,"a":null}]}
{"type":"data","rows":[{"b":4,"a":5}]}
{"type":"end","row_count":3}
`))
	var rows []string
	for row, err := range c.Rows(t.Context(), Request{SQL: "select 1"}) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, string(row))
	}
	if want := []string{`{"b":1,"a":2}`, `{"b":3,"a":null}`, `{"b":4,"a":5}`}; !reflect.DeepEqual(rows, want) {
		t.Errorf("rows %q", rows)
	}
}

func TestRowsTellsHowAnAnswerEnded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, want string }{
		"an error of the server": {`{"type":"data","rows":[{}]}` + "\n" + `{"type":"error","message":"out of time"}`, "out of time"},
		"a broken connection":    {`{"type":"data","rows":[{}]}` + "\n", "unexpected EOF"},
		"half a line":            {`{"type":"data","rows":[{}]}` + "\n" + `{"type":"da`, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, answer(200, "application/x-ndjson", c.body))
			rows, ended := 0, error(nil)
			for _, err := range client.Rows(t.Context(), Request{SQL: "select 1"}) {
				if ended = err; err == nil {
					rows++
				}
			}
			if rows != 1 || ended == nil || !strings.Contains(ended.Error(), c.want) {
				t.Errorf("%d rows, then %v", rows, ended)
			}
		})
	}
}

func TestLeavingRowsStopsTheServer(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"type":"data","rows":[{"a":1}]}`+"\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		close(gone)
	})
	for row, err := range c.Rows(t.Context(), Request{SQL: "select 1"}) {
		if err != nil || string(row) != `{"a":1}` {
			t.Fatal(string(row), err)
		}
		break
	}
	<-gone
}

func TestStreamHandsOutTheBytes(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer(200, r.Header.Get("Accept"), "a,b\n1,\n")(w, r)
	})
	body, err := c.Stream(t.Context(), Request{SQL: "select 1"}, CSV)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if text, err := io.ReadAll(body); err != nil || string(text) != "a,b\n1,\n" {
		t.Errorf("%q, %v", text, err)
	}
}
