package otlp

import (
	"strings"
	"testing"

	"github.com/hearth-dev/hearth/internal/record"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func TestMessagesOfSpans(t *testing.T) {
	t.Parallel()
	const server, client, internal = tracepb.Span_SPAN_KIND_SERVER, tracepb.Span_SPAN_KIND_CLIENT, tracepb.Span_SPAN_KIND_INTERNAL
	check := func(kind tracepb.Span_SpanKind, name, wantName, wantMessage string, attributes ...*commonpb.KeyValue) {
		t.Helper()
		s := testSpan(name, attributes...)
		s.Kind = kind
		r := decodeSpans(t, s)[0]
		if r.SpanName != wantName || r.Message != wantMessage {
			t.Errorf("%q became %q: %q, want %q: %q", name, r.SpanName, r.Message, wantName, wantMessage)
		}
	}
	get := func(more ...*commonpb.KeyValue) []*commonpb.KeyValue {
		return append(more, text("http.request.method", "GET"))
	}

	check(internal, "plain", "plain", "plain")
	check(internal, "name", "name", "said", text("logfire.msg", "said"))
	check(server, "GET", "GET", "GET", get(text("url.path", "/a"), text("logfire.msg_template", "GET"))...)
	check(server, "GET", "GET", "other", get(text("url.path", "/a"), text("logfire.msg", "other"))...)

	check(server, "GET", "GET /a/{b}", "GET /a/1", get(text("http.route", "/a/{b}"), text("url.path", "/a/1"))...)
	check(server, "GET /a/{b}", "GET /a/{b}", "GET /a/1", get(text("http.route", "/a/{b}"), text("url.path", "/a/1"), text("logfire.msg", "GET /a/{b}"))...)
	check(server, "/a/{b}", "GET /a/{b}", "GET /a/1", get(text("http.route", "/a/{b}"), text("url.path", "/a/1"))...)
	check(server, "HTTP GET", "HTTP GET", "GET /a", get(text("url.path", "/a"))...)
	check(server, "my handler", "my handler", "my handler", get(text("http.route", "/a"), text("url.path", "/a"))...)
	check(client, "GET", "GET", "GET h/a", get(text("url.full", "http://h:80/a"))...)
	check(client, "GET", "GET", "GET api.example.com/a", get(text("url.full", "http://10.0.0.1/a"), text("server.address", "api.example.com"))...)
	check(client, "GET", "GET", "GET h/a ? b='2' & key='long value'", get(text("url.full", "http://h/a?key=long%20value&b=2"))...)
	check(server, "GET", "GET", "GET /a?b=1", get(text("http.target", "/a?b=1"))...)
	check(server, "GET", "GET", "GET /a ? q='abcdefghij…rstuvwxyz'", get(text("url.path", "/a"), text("url.query", "q=abcdefghijklmnopqrstuvwxyz"))...)
	check(server, "GET", "GET", "GET", get()...)
	check(client, "GET", "GET", "GET", get(text("url.full", "http://[bad"))...)

	check(internal, "GET / http send", "GET / http send", "GET / http send response.body", text("asgi.event.type", "http.response.body"))
	check(internal, "ws receive", "ws receive", "ws receive receive", text("asgi.event.type", "websocket.receive"))

	check(client, "SELECT", "SELECT", "SELECT 1", text("db.statement", " SELECT 1 "))
	check(client, "SELECT shop", "SELECT shop", "SELECT 1", text("db.query.text", "SELECT 1"), text("db.namespace", "shop"))
	check(client, "SELECT users", "SELECT users", "SELECT users", text("db.query.text", "SELECT 1 FROM users"))
	check(client, "my query", "my query", "my query", text("db.query.text", "SELECT 1"))
	check(client, "HMSET", "HMSET", "HMSET key value", text("db.statement", "HMSET key value"))
	check(client, "SELECT", "SELECT", "other", text("db.statement", "SELECT 1"), text("logfire.msg", "other"))
}

func TestLongStatementsAreSummarised(t *testing.T) {
	t.Parallel()
	check := func(statement, want string) {
		t.Helper()
		if got := summary(statement); got != want {
			t.Errorf("summary of\n%s\nis   %q\nwant %q", statement, got, want)
		}
	}
	columns := "id, name, email, created_at, updated_at, deleted_at, status, total_cents"
	check("  SELECT 1\n", "SELECT 1")
	check("SELECT "+columns[:40]+"\n\t FROM   users -- the users\n /* all\nof them */ WHERE id = 1 AND x", "SELECT "+columns[:40]+" FROM users WHERE id = 1 AND x")
	check("SELECT "+columns+" FROM users", "SELECT id, name, …tal_cents FROM users")
	check("select "+columns+" from users where id = $1 limit 10", "SELECT id, name, …tal_cents FROM users WHERE id = $1 LIMIT 10")
	check("SELECT "+columns+" FROM users JOIN plans ON plans.id = users.plan GROUP BY 1", "SELECT id, name, …tal_cents FROM users JOIN plans ON plans.id = users.plan")
	check("SELECT "+columns+" FROM a LEFT JOIN b ON a.x = b.x JOIN c ON b.y = c.y", "SELECT id, name, …tal_cents FROM a …[2 JOINs]")
	check("WITH recent AS (SELECT * FROM orders WHERE (a) > 1) SELECT "+columns+" FROM recent", "WITH recent AS (…) SELECT id, name, …tal_cents FROM recent")
	check("WITH a AS (SELECT 1), b AS (SELECT 2) SELECT "+columns+" FROM a, b", "WITH …[2 CTEs] SELECT id, name, …tal_cents FROM a, b")
	check("INSERT INTO users ("+columns+") VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id", "INSERT INTO users (id, name, em… total_cents) VALUES (%s, %s, %s, …, %s, %s, %s)")
	check("UPDATE users SET name = 'a', email = 'b', created_at = now(), status = 'c' WHERE id = 12345",
		"UPDATE users SET name = 'a', email = ' … = now(), status = 'c' WHERE id = 12345")
	check("SELECT "+strings.Repeat("x", 90), "SELECT "+strings.Repeat("x", 31)+" … "+strings.Repeat("x", 38))
	check("WITH broken AS (SELECT "+strings.Repeat("(", 90), "WITH broken AS (SELECT ((((((((((((((("+" … "+strings.Repeat("(", 38))
}

func TestMessagesOfLogs(t *testing.T) {
	t.Parallel()
	type names struct{ Name, Message, Body string }
	check := func(what string, l *logspb.LogRecord, want names) {
		t.Helper()
		l.TimeUnixNano = start
		batch, _, err := NewDecoder(nil).Decode(requestOf(t, record.Logs, logsOf(l)))
		if err != nil {
			t.Fatal(err)
		}
		r := batch.Records[0]
		if got := (names{r.SpanName, r.Message, r.LogBody.S}); got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	check("text", &logspb.LogRecord{Body: anyText("b")}, names{"b", "b", "b"})
	check("text and event", &logspb.LogRecord{Body: anyText("b"), EventName: "e"}, names{"b", "b", "b"})
	check("object", &logspb.LogRecord{Body: anyObject(number("a", 1))}, names{`{"a":1}`, `{"a":1}`, `{"a":1}`})
	check("object and event", &logspb.LogRecord{Body: anyObject(number("a", 1)), EventName: "e"}, names{"e", "e", `{"a":1}`})
	check("object and old event", &logspb.LogRecord{Body: anyArray(), Attributes: []*commonpb.KeyValue{text("event.name", "e")}}, names{"e", "e", `[]`})
	check("event alone", &logspb.LogRecord{EventName: "e"}, names{"e", "e", ""})
	check("nothing", &logspb.LogRecord{}, names{})
	check("bytes", &logspb.LogRecord{Body: anyBytes([]byte{1})}, names{"AQ==", "AQ==", "AQ=="})
	check("number", &logspb.LogRecord{Body: anyInt(5)}, names{"5", "5", "5"})
	long := strings.Repeat("x", 600)
	check("long", &logspb.LogRecord{Body: anyText(long)}, names{long[:512], long[:512], long})
	check("logfire's message", &logspb.LogRecord{Body: anyText("b {c}"), Attributes: []*commonpb.KeyValue{text("logfire.msg", "b 1")}}, names{"b {c}", "b 1", "b {c}"})
}

func TestLevelsOfLogs(t *testing.T) {
	t.Parallel()
	check := func(want record.Level, l *logspb.LogRecord) {
		t.Helper()
		batch, _, err := NewDecoder(nil).Decode(requestOf(t, record.Logs, logsOf(l)))
		if err != nil {
			t.Fatal(err)
		}
		if got := batch.Records[0].Level; got != want {
			t.Errorf("%v has level %d, want %d", l, got, want)
		}
	}
	check(9, &logspb.LogRecord{})
	check(14, &logspb.LogRecord{SeverityNumber: 14, SeverityText: "error"})
	check(17, &logspb.LogRecord{SeverityText: "ERROR"})
	check(13, &logspb.LogRecord{SeverityText: "Warning"})
	check(9, &logspb.LogRecord{SeverityText: "chatty"})
	check(9, &logspb.LogRecord{SeverityNumber: 99})
	check(5, &logspb.LogRecord{SeverityNumber: 17, Attributes: []*commonpb.KeyValue{number("logfire.level_num", 5)}})
}
