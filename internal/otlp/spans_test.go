package otlp

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hearth-dev/hearth/internal/record"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func TestLevelIsTheFirstThatIsStated(t *testing.T) {
	t.Parallel()
	check := func(what string, want record.Level, change func(*tracepb.Span), attributes ...*commonpb.KeyValue) {
		t.Helper()
		s := testSpan("x", attributes...)
		if change != nil {
			change(s)
		}
		r := decodeSpans(t, s)[0]
		if r.Level != want {
			t.Errorf("%s: level %d, want %d", what, r.Level, want)
		}
		if strings.Contains(string(r.Attributes), "level_num") && want != 9 {
			t.Errorf("%s: the level stays in the attributes: %s", what, r.Attributes)
		}
	}
	failed := func(s *tracepb.Span) { s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR} }
	ok := func(s *tracepb.Span) {
		s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_OK}
		s.Kind = tracepb.Span_SPAN_KIND_SERVER
	}
	server := func(s *tracepb.Span) { s.Kind = tracepb.Span_SPAN_KIND_SERVER }
	client := func(s *tracepb.Span) { s.Kind = tracepb.Span_SPAN_KIND_CLIENT }
	check("nothing stated", 9, nil)
	check("level_num", 13, failed, number("logfire.level_num", 13))
	check("level_num as text", 13, nil, text("logfire.level_num", "13"))
	check("level_num that is no number", 9, nil, text("logfire.level_num", "loud"))
	check("level_num beats level_name", 5, nil, text("logfire.level_name", "error"), number("logfire.level_num", 5))
	check("deprecated level_name", 17, nil, text("logfire.level_name", "error"))
	check("status ERROR", 17, failed)
	check("server 500", 17, server, number("http.response.status_code", 500))
	check("server 404", 13, server, number("http.status_code", 404))
	check("server 404 with status OK", 9, ok, number("http.status_code", 404))
	check("client 404", 17, client, number("http.status_code", 404))
	check("internal 500", 9, nil, number("http.status_code", 500))
	check("stated against HTTP", 9, server, number("http.status_code", 500), number("logfire.level_num", 9))
}

func TestLogfireAttributesAreTakenOutOrKept(t *testing.T) {
	t.Parallel()
	check := func(what, want string, attributes ...*commonpb.KeyValue) {
		t.Helper()
		got := string(decodeSpans(t, testSpan("name", attributes...))[0].Attributes)
		if got != want {
			t.Errorf("%s: attributes %s, want %s", what, got, want)
		}
	}
	check("message", "", text("logfire.msg", "m"))
	check("message that is no text", `{"logfire.msg":1}`, number("logfire.msg", 1))
	check("template equal to the name", "", text("logfire.msg_template", "name"))
	check("template of its own", `{"logfire.msg_template":"a {b}"}`, text("logfire.msg_template", "a {b}"))
	check("span type", "", text("logfire.span_type", "log"))
	check("unknown span type", `{"logfire.span_type":"spin"}`, text("logfire.span_type", "spin"))
	check("tags", "", kv("logfire.tags", anyTexts("a", "b")))
	check("tags that are none", `{"logfire.tags":"a"}`, text("logfire.tags", "a"))
	check("schema", "", text("logfire.json_schema", `{"type":"object"}`))
	check("schema that is none", `{"logfire.json_schema":"{oops"}`, text("logfire.json_schema", "{oops"))
	check("sample rate", `{"logfire.sample_rate":0.5}`, kv("logfire.sample_rate", anyDouble(0.5)))
	check("null arguments", `{"b":1,"a":null}`, number("b", 1), kv("logfire.null_args", anyTexts("a", "b")))
	check("a key that comes twice", `{"a":2}`, number("a", 1), number("a", 2))
}

func TestInvalidUTF8IsRepaired(t *testing.T) {
	t.Parallel()
	s := testSpan("name#", text("key#", "value#"), text("http.route", "route#"))
	req := requestOf(t, record.Traces, tracesOf(s))
	req.Body = bytes.ReplaceAll(req.Body, []byte("#"), []byte("\xff")) // protobuf's own encoder refuses to write this
	batch, _, err := NewDecoder(nil).Decode(req)
	if err != nil {
		t.Fatal(err)
	}
	r := batch.Records[0]
	if r.SpanName != "name\uFFFD" || r.HTTPRoute.S != "route\uFFFD" || r.Hot[0].Value != "route\uFFFD" {
		t.Errorf("name %q, route %q, hot %q", r.SpanName, r.HTTPRoute.S, r.Hot[0].Value)
	}
	if want := "{\"key\uFFFD\":\"value\uFFFD\",\"http.route\":\"route\uFFFD\"}"; string(r.Attributes) != want {
		t.Errorf("attributes %s, want %s", r.Attributes, want)
	}
}

func TestConsoleSwitchIsDropped(t *testing.T) {
	t.Parallel()
	r := decodeSpans(t, testSpan("x", kv("logfire.disable_console_log", anyBool(true))))[0]
	if r.Attributes != nil {
		t.Errorf("attributes %s, want none", r.Attributes)
	}
}

func TestSchemaSaysWhichTextsAreJSON(t *testing.T) {
	t.Parallel()
	check := func(property, value, want string) {
		t.Helper()
		schema := `{"type": "object", "properties": {"v": ` + property + `}}`
		got := string(decodeSpans(t, testSpan("x", text("v", value), text("logfire.json_schema", schema)))[0].Attributes)
		if got != `{"v":`+want+`}` {
			t.Errorf("%s holding %q became %s, want %s", property, value, got, want)
		}
	}
	check(`{"type":"object"}`, `{"a": [1, 2.50, "x y"]}`, `{"a":[1,2.50,"x y"]}`)
	check(`{"type":"array"}`, ` [ ] `, `[]`)
	check(`{"type":"array"}`, `{"a":1}`, `{"a":1}`)
	check(`{"type":"object"}`, `plain text`, `"plain text"`)
	check(`{"type":"object"}`, `42`, `"42"`)
	check(`{"type":"object"}`, `{"a":1`, `"{\"a\":1"`)
	check(`{"type":"object"}`, `{"a":1} x`, `"{\"a\":1} x"`)
	check(`{"type":"object"}`, `{"a":NaN}`, `"{\"a\":NaN}"`)
	check(`{"type":"object"}`, `{"big":123456789012345678901234567890}`, `{"big":123456789012345678901234567890}`)
	check(`{"type":"object"}`, `{"a":"caf\u00e9 \ud83d\ude00 \ud800 \" \/ \u0001"}`, `{"a":"café 😀 `+"\uFFFD"+` \" / \u0001"}`)
	check(`{}`, `null`, `null`)
	check(`{}`, `123`, `"123"`)
	check(`{}`, `true`, `"true"`)
	check(`{}`, `[1]`, `[1]`)
	check(`{"type":"string","format":"date-time"}`, `"2026-05-27"`, `"2026-05-27"`)
	check(`{"type":"string","x-python-datatype":"str"}`, `7`, `"7"`)
	check(`{"type":"integer"}`, `18446744073709551616`, `18446744073709551616`)
	check(`{"type":"boolean"}`, `true`, `true`)
	check(`{"x-python-datatype":"unknown"}`, `"q"`, `"q"`)
	check(`{"type":"object","title":"ValueError","x-python-datatype":"Exception"}`, `"no \"tea\""`, `"no \"tea\""`)
	check(`{"type":"object","x-python-datatype":"unknown"}`, `"<object at 0x1>"`, `"<object at 0x1>"`)
	check(`{"type":"object"}`, `"half`, `"\"half"`)
	if got := string(decodeSpans(t, testSpan("x", text("v", "[1]"), text("logfire.json_schema", `{"properties":[]}`)))[0].Attributes); got != `{"v":"[1]"}` {
		t.Errorf("a schema with odd properties gives %s", got)
	}
}

func TestSchemaIsStoredCompact(t *testing.T) {
	t.Parallel()
	r := decodeSpans(t, testSpan("x", text("logfire.json_schema", "{\n \"type\" : \"object\" }")))[0]
	if want := record.Some(`{"type":"object"}`); r.AttributeSchema != want {
		t.Errorf("schema %v, want %v", r.AttributeSchema, want)
	}
}

func TestPendingSpansTakeTheIdOfTheSpanTheyAnnounce(t *testing.T) {
	t.Parallel()
	pending := func(parent []byte, pendingParent string) record.Record {
		s := testSpan("x", text("logfire.span_type", "pending_span"), text("logfire.pending_parent_id", pendingParent))
		s.ParentSpanId = parent
		s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR}
		s.Events = []*tracepb.Span_Event{{Name: "early", TimeUnixNano: start}}
		records := decodeSpans(t, s)
		if len(records) != 1 {
			t.Errorf("%d records, want 1: events come with the final span", len(records))
		}
		return records[0]
	}
	type ids struct {
		SpanID           string
		Parent, Raw      record.Text
		Kind             record.Kind
		Level            record.Level
		KeepsPendingAttr bool
	}
	check := func(got record.Record, want ids) {
		t.Helper()
		want.Kind, want.Level, want.Raw = record.KindPendingSpan, record.LevelInfo, record.Some("1111111111111111")
		found := ids{got.SpanID, got.ParentSpanID, got.RawSpanID, got.Kind, got.Level, got.Attributes != nil}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("ids differ (-want +got):\n%s", diff)
		}
	}
	check(pending(id(0x22, 8), "0000000000000000"), ids{SpanID: "2222222222222222"})
	check(pending(id(0x22, 8), "ABCDEF0123456789"), ids{SpanID: "2222222222222222", Parent: record.Some("abcdef0123456789")})
	check(pending(id(0x22, 8), "nonsense"), ids{SpanID: "2222222222222222", KeepsPendingAttr: true})
	check(pending(nil, "0000000000000000"), ids{SpanID: "1111111111111111"})
}

func TestFirstExceptionFillsTheColumns(t *testing.T) {
	t.Parallel()
	exception := func(kind, message string) *tracepb.Span_Event {
		return &tracepb.Span_Event{Name: "exception", TimeUnixNano: start, Attributes: []*commonpb.KeyValue{text("exception.type", kind), text("exception.message", message)}}
	}
	s := testSpan("x")
	s.Events = []*tracepb.Span_Event{exception("A", ""), exception("B", "second"), {Name: "note", TimeUnixNano: start + 1}}
	records := decodeSpans(t, s)
	if len(records) != 2 {
		t.Fatalf("%d records, want the span and the note", len(records))
	}
	r := records[0]
	if !r.IsException || r.ExceptionType != record.Some("A") || r.ExceptionMessage != record.Some("") || r.ExceptionStacktrace.Valid {
		t.Errorf("exception %v %v %v %v", r.IsException, r.ExceptionType, r.ExceptionMessage, r.ExceptionStacktrace)
	}
	if r.Level != record.LevelInfo {
		t.Errorf("an exception alone makes level %v", r.Level)
	}
	if n := strings.Count(string(r.Events), "event_name"); n != 3 {
		t.Errorf("%d events in otel_events, want all 3", n)
	}
	note := records[1]
	if note.Kind != record.KindSpanEvent || note.ParentSpanID != record.Some(r.SpanID) || note.TraceID != r.TraceID || note.StartNano != int64(start+1) || note.StatusCode.Valid {
		t.Errorf("event record %+v", note)
	}
}

func TestEventsKeepTheirIdsInAnotherRequest(t *testing.T) {
	t.Parallel()
	s := testSpan("x")
	s.Events = []*tracepb.Span_Event{{Name: "a", TimeUnixNano: start}, {Name: "a", TimeUnixNano: start}}
	alone := decodeSpans(t, s)
	beside := decodeSpans(t, testSpan("other"), s)
	if alone[1].SpanID != beside[2].SpanID || alone[2].SpanID != beside[3].SpanID {
		t.Error("the id of an event depends on the request")
	}
	if alone[1].SpanID == alone[2].SpanID {
		t.Error("two events share an id")
	}
}

func TestColumnsAreCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 300)
	s := testSpan("n"+long, text("logfire.msg", "m"+long))
	s.Status = &tracepb.Status{Code: 2, Message: strings.Repeat("€", 20_000)}
	r := decodeSpans(t, s)[0]
	if want := "n" + strings.Repeat("é", 255); r.SpanName != want {
		t.Errorf("span name of %d bytes, want %d", len(r.SpanName), len(want))
	}
	if want := "m" + strings.Repeat("é", 255); r.Message != want {
		t.Errorf("message of %d bytes, want %d", len(r.Message), len(want))
	}
	if want := strings.Repeat("€", 10_666); r.StatusMessage.S != want {
		t.Errorf("status message of %d bytes, want %d", len(r.StatusMessage.S), len(want))
	}
	if extra := string(r.Extra); !strings.Contains(extra, `"span_name":"n`+long) || !strings.Contains(extra, `"message":"m`+long) {
		t.Error("what was cut is not in extra")
	}
}

func TestTimesThatAreMissingComeFromWhatIsThere(t *testing.T) {
	t.Parallel()
	check := func(sentStart, sentEnd uint64, wantStart, wantEnd int64) {
		t.Helper()
		s := testSpan("x")
		s.StartTimeUnixNano, s.EndTimeUnixNano = sentStart, sentEnd
		r := decodeSpans(t, s)[0]
		if r.StartNano != wantStart || r.EndNano != wantEnd {
			t.Errorf("%d to %d became %d to %d, want %d to %d", sentStart, sentEnd, r.StartNano, r.EndNano, wantStart, wantEnd)
		}
	}
	check(start, start+5, int64(start), int64(start+5))
	check(start, 0, int64(start), int64(start))
	check(0, start, int64(start), int64(start))
	check(0, 0, arrived.UnixNano(), arrived.UnixNano())
	check(start, start-5, int64(start), int64(start-5))
}

func TestSpansAreRefusedByReason(t *testing.T) {
	t.Parallel()
	at := func(when time.Time) *tracepb.Span {
		s := testSpan("late " + when.Format(time.DateOnly))
		s.StartTimeUnixNano, s.EndTimeUnixNano = uint64(when.UnixNano()), uint64(when.UnixNano())
		return s
	}
	noTrace, zeroSpan, ends, event := testSpan("no trace"), testSpan("zero span"), testSpan("ends"), testSpan("event")
	noTrace.TraceId, zeroSpan.SpanId = nil, make([]byte, 8)
	ends.EndTimeUnixNano = uint64(arrived.Add(48 * time.Hour).UnixNano())
	event.Events = []*tracepb.Span_Event{{Name: "old", TimeUnixNano: 1}}
	req := requestOf(t, record.Traces, tracesOf(
		testSpan("good"), noTrace, zeroSpan, at(arrived.Add(-25*time.Hour)), at(arrived.Add(-23*time.Hour)), at(arrived.Add(2*time.Hour)), ends, event))
	req.MaxAge, req.MaxAhead = 24*time.Hour, time.Hour
	batch, refused, err := NewDecoder(nil).Decode(req)
	if err != nil {
		t.Fatal(err)
	}
	want := &Refused{Rejected: 5, Reasons: map[string]int{"missing_id": 2, "too_old": 1, "in_the_future": 2, "event_time": 1}}
	message := refused.Message
	refused.Message = ""
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("refused differs (-want +got):\n%s", diff)
	}
	if !strings.Contains(message, "1 span refused: older than the retention period") {
		t.Errorf("message %q", message)
	}
	var names []string
	for _, r := range batch.Records {
		names = append(names, r.SpanName)
	}
	if diff := cmp.Diff([]string{"good", "late 2026-05-26", "event", "hearth ingest error", "hearth ingest error", "hearth ingest error", "hearth ingest error"}, names); diff != "" {
		t.Errorf("records differ (-want +got):\n%s", diff)
	}
	told := batch.Records[3]
	if told.Level != record.LevelWarn || told.Kind != record.KindLog || told.Origin.ServiceName != "hearth-ingest" || string(told.Attributes) != `{"signal":"traces","reason":"missing_id","count":2,"example":"no trace"}` {
		t.Errorf("the record of a refusal: %v %v %s %s", told.Level, told.Kind, told.Origin.ServiceName, told.Attributes)
	}
}

func TestTimesThatNoColumnHoldsAreRefused(t *testing.T) {
	t.Parallel()
	s := testSpan("x")
	s.StartTimeUnixNano = 1 << 63
	_, refused, err := NewDecoder(nil).Decode(requestOf(t, record.Traces, tracesOf(s)))
	if err != nil || refused == nil || !refused.All || refused.Reasons["in_the_future"] != 1 {
		t.Errorf("refused %+v, %v", refused, err)
	}
}

func TestHTTPColumnsFallBackToOldNames(t *testing.T) {
	t.Parallel()
	type columns struct {
		Status                           int16
		Method, Route, Full, Path, Query string
	}
	check := func(what string, want columns, attributes ...*commonpb.KeyValue) {
		t.Helper()
		r := decodeSpans(t, testSpan("x", attributes...))[0]
		got := columns{r.HTTPStatusCode, r.HTTPMethod.S, r.HTTPRoute.S, r.URLFull.S, r.URLPath.S, r.URLQuery.S}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: columns differ (-want +got):\n%s", what, diff)
		}
	}
	check("new names", columns{200, "GET", "/a/{b}", "http://h/a/1?q=2", "/a/1", "q=2"},
		number("http.response.status_code", 200), text("http.request.method", "GET"), text("http.route", "/a/{b}"),
		text("url.full", "http://h/a/1?q=2"), text("url.path", "/a/1"), text("url.query", "q=2"))
	check("old names", columns{404, "POST", "", "http://h/a", "/a/1", "q=2"},
		text("http.status_code", "404"), text("http.method", "POST"), text("http.url", "http://h/a"), text("http.target", "/a/1?q=2"))
	check("new before old", columns{Status: 201, Method: "PUT"},
		number("http.status_code", 500), number("http.response.status_code", 201), text("http.method", "GET"), text("http.request.method", "PUT"))
	check("wrong types", columns{}, text("http.status_code", "abc"), number("http.method", 1), number("http.response.status_code", 1<<20))
	check("target that is a URL", columns{Path: "/p", Query: "q"}, text("http.target", "http://h/p?q#f"))
}

func TestValuesKeepTheirTypesInJSON(t *testing.T) {
	t.Parallel()
	check := func(v *commonpb.AnyValue, want string) {
		t.Helper()
		got := string(decodeSpans(t, testSpan("x", kv("v", v)))[0].Attributes)
		if got != `{"v":`+want+`}` {
			t.Errorf("%v became %s, want %s", v, got, want)
		}
	}
	check(anyText("a\"\\\n\x01<é😀\x7f"), `"a\"\\\n\u0001<é😀`+"\x7f"+`"`)
	check(anyText("12345678\"2345678\\"), `"12345678\"2345678\\"`)
	check(anyText(""), `""`)
	check(anyInt(9007199254740993), `9007199254740993`)
	check(anyInt(-1<<63), `-9223372036854775808`)
	check(anyDouble(1), `1.0`)
	check(anyDouble(1e300), `1e+300`)
	check(anyDouble(0.1), `0.1`)
	check(anyBool(true), `true`)
	check(anyBool(false), `false`)
	check(anyBytes([]byte{0xff, 0}), `"/wA="`)
	check(anyArray(anyInt(1), anyText("a"), anyArray()), `[1,"a",[]]`)
	check(anyObject(text("a.b", "c"), kv("d", anyObject())), `{"a.b":"c","d":{}}`)
	check(&commonpb.AnyValue{}, `null`)
	check(nil, `null`)
}

func TestHotAttributesReadAsText(t *testing.T) {
	t.Parallel()
	schema := `{"properties":{"agent_name":{"type":"string"},"user_id":{"type":"object"}}}`
	r := decodeSpans(t, testSpan("x", text("user_id", `{"a": 1}`), number("http.status_code", 200), text("gen_ai.system", "a\"b"),
		text("agent_name", `"quoted"`), kv("operation.cost", anyDouble(2)), kv("session.id", nil), text("logfire.json_schema", schema)))[0]
	got := map[string]string{}
	last := -1
	for _, hot := range r.Hot {
		if int(hot.Index) <= last {
			t.Error("hot values are not in ascending order")
		}
		last = int(hot.Index)
		got[record.HotAttributes[hot.Index]] = hot.Value
	}
	want := map[string]string{"user_id": `{"a":1}`, "http.status_code": "200", "gen_ai.system": `a"b`, "agent_name": "quoted", "operation.cost": "2.0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hot values differ (-want +got):\n%s", diff)
	}
}
