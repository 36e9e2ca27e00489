package otlp

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hearth-dev/hearth/internal/record"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func decodeJSON(t testing.TB, signal record.Signal, body string) (*record.Batch, error) {
	t.Helper()
	batch, _, err := NewDecoder(nil).Decode(&record.Request{Project: "p", Arrived: arrived, Signal: signal, Encoding: record.JSON, Body: []byte(body)})
	return batch, err
}

func TestJSONAndProtobufGiveTheSameBatch(t *testing.T) {
	t.Parallel()
	check := func(signal record.Signal, m, empty proto.Message) {
		t.Helper()
		want := comparable(t, signal, m)
		got, err := decodeJSON(t, signal, string(otlpJSON(t, marshal(t, m), empty)))
		if err != nil {
			t.Fatal(err)
		}
		got.Digest, got.Bytes = record.Digest{}, 0
		for i := range got.Records {
			if signal == record.Logs {
				got.Records[i].SpanID = ""
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: batches differ (-protobuf +json):\n%s", signal, diff)
		}
	}
	check(record.Traces, fullTraces(), &tracepb.TracesData{})
	check(record.Traces, tracesOf(webSpans(20)...), &tracepb.TracesData{})
	check(record.Logs, fullLogs(), &logspb.LogsData{})
	for _, data := range fullMetricData() {
		check(record.Metrics, fullMetrics(data), &metricspb.MetricsData{})
	}
}

func TestJSONIsReadLeniently(t *testing.T) {
	t.Parallel()
	spanWith := func(fields string) record.Record {
		t.Helper()
		batch, err := decodeJSON(t, record.Traces, `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0AAAaaaaaaaaaaaaaaaaaaaaaaaaaaaa","spanId":"1111111111111111",`+fields+`}]}]}]}`)
		if err != nil {
			t.Fatalf("%s: %v", fields, err)
		}
		return batch.Records[0]
	}
	kind := func(fields string, want uint8) {
		t.Helper()
		if got := spanWith(fields).OTelKind; got != want {
			t.Errorf("%s: kind %d, want %d", fields, got, want)
		}
	}
	kind(`"kind":3`, 3)
	kind(`"kind":"3"`, 3)
	kind(`"kind":"SPAN_KIND_CLIENT"`, 3)
	kind(`"kind":null`, 0)
	attributes := func(value, want string) {
		t.Helper()
		if got := string(spanWith(`"attributes":[{"key":"v","value":` + value + `}]`).Attributes); got != `{"v":`+want+`}` {
			t.Errorf("%s became %s, want %s", value, got, want)
		}
	}
	attributes(`{"intValue":"9007199254740993"}`, `9007199254740993`)
	attributes(`{"intValue":-5}`, `-5`)
	attributes(`{"intValue":1e3}`, `1000`)
	attributes(`{"int_value":7}`, `7`)
	attributes(`{"doubleValue":3}`, `3.0`)
	attributes(`{"doubleValue":"NaN"}`, `"NaN"`)
	attributes(`{"doubleValue":"-Infinity"}`, `"-Infinity"`)
	attributes(`{"boolValue":true}`, `true`)
	attributes(`{"bytesValue":"-_8"}`, `"+/8="`)
	attributes(`{"bytesValue":"+/8="}`, `"+/8="`)
	attributes(`{"stringValue":"a\u00e9\ud83d\ude00\ud800\/\n"}`, `"aé😀`+"\uFFFD"+`/\n"`)
	attributes(`{"arrayValue":{"values":[{"intValue":1},{}]}}`, `[1,null]`)
	attributes(`{"futureValue":{"a":[1,{"b":null}]},"intValue":1}`, `1`)
	attributes(`{ "intValue" : 1 , "futureValue" : "x\"y" }`, `1`)
	r := spanWith(`"start_time_unix_nano":5000,"unknown":[[],{},"a",1.5e-3,true]`)
	if r.StartNano != 5000 || r.TraceID != "0aaa"+strings.Repeat("a", 28) {
		t.Errorf("start %d, trace id %s", r.StartNano, r.TraceID)
	}
}

func TestDamagedJSONIsRefused(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"arrayValue":{"values":[`, 200) + strings.Repeat(`]}}`, 200)
	for _, body := range []string{
		``, `null`, `[]`, `{`, `{}x`, `{"resourceSpans":{}}`, `{"resourceSpans":[1]}`, `{"resourceSpans":[{]}`, `{"a":"b}`, `{"a":"\x"}`, `{"a":"\u12"}`, "{\"a\":\"\n\"}", `{"a":}`, `{"a"}`, `{"a":1,}`,
		`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz"}]}]}]}`,
		`{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_ODD"}]}]}]}`,
		`{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"-1"}]}]}]}`,
		`{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":1.5}]}]}]}`,
		`{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]}`,
		`{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":` + deep + `}]}}]}`,
		`{"unknown":` + strings.Repeat("[", 100_000),
	} {
		if batch, err := decodeJSON(t, record.Traces, body); err == nil {
			t.Errorf("%.80s was decoded: %+v", body, batch)
		}
	}
}

func TestDeepValuesInProtobufAreRefused(t *testing.T) {
	t.Parallel()
	nested := func(levels int) *record.Request {
		v := anyText("x")
		for range levels {
			v = anyArray(v)
		}
		return requestOf(t, record.Traces, tracesOf(testSpan("x", kv("v", v))))
	}
	if _, _, err := NewDecoder(nil).Decode(nested(maxDepth)); err != nil {
		t.Errorf("%d levels: %v", maxDepth, err)
	}
	if _, _, err := NewDecoder(nil).Decode(nested(maxDepth + 1)); err == nil {
		t.Errorf("%d levels were decoded", maxDepth+1)
	}
}

func TestDecodeIsPure(t *testing.T) {
	t.Parallel()
	decoder := NewDecoder(nil)
	for _, req := range []*record.Request{requestOf(t, record.Traces, fullTraces()), requestOf(t, record.Logs, fullLogs()), requestOf(t, record.Logs, logsOf(&logspb.LogRecord{}, &logspb.LogRecord{}))} {
		req.MaxAge, req.MaxAhead = 1, 1
		first, _, err := decoder.Decode(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := decoder.Decode(requestOf(t, record.Traces, tracesOf(webSpans(5)...))); err != nil {
			t.Fatal(err)
		}
		second, _, err := decoder.Decode(req)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("the same request gives another batch (-first +second):\n%s", diff)
		}
		other := *req
		other.Body = append(other.Body[:len(other.Body):len(other.Body)], 0xf8, 0x7f, 0) // a field that nobody knows
		if changed, _, err := decoder.Decode(&other); err != nil || changed.Digest == first.Digest {
			t.Errorf("another body has the same digest, %v", err)
		}
	}
}

func TestMessagesInPartsAreMerged(t *testing.T) {
	t.Parallel()
	one := marshal(t, tracesOf(testSpan("a")))
	two := marshal(t, tracesOf(testSpan("b")))
	batch, _, err := NewDecoder(nil).Decode(&record.Request{Arrived: arrived, Signal: record.Traces, Encoding: record.Protobuf, Body: append(one, two...)})
	if err != nil || len(batch.Records) != 2 {
		t.Fatalf("%d records, %v; want 2", len(batch.Records), err)
	}
	// A resource that comes after its scopes, and in two parts.
	scope := appendBytesField(nil, 2, string(marshal(t, &tracepb.ScopeSpans{Spans: []*tracepb.Span{testSpan("a")}})))
	late := scope
	for _, kv := range everyService() {
		late = appendBytesField(late, 1, string(appendBytesField(nil, 1, string(marshal(t, kv)))))
	}
	batch, _, err = NewDecoder(nil).Decode(&record.Request{Arrived: arrived, Signal: record.Traces, Encoding: record.Protobuf, Body: appendBytesField(nil, 1, string(late))})
	if err != nil {
		t.Fatal(err)
	}
	if o := batch.Records[0].Origin; o.ServiceName != "api" || o.ServiceVersion != record.Some("2") {
		t.Errorf("origin %+v", o)
	}
}

func everyService() []proto.Message {
	return []proto.Message{text("service.name", "api"), text("service.version", "2")}
}
