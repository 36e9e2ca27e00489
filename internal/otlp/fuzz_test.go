package otlp

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/hearth-dev/hearth/internal/record"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// fuzzDecode checks what holds for every body that decodes: the JSON of its records is valid, texts are UTF-8, and the
// same body gives the same batch.
func fuzzDecode(f *testing.F, signal record.Signal, encoding record.Encoding) {
	decoder := NewDecoder(testPrices(f))
	f.Fuzz(func(t *testing.T, body []byte) {
		req := &record.Request{Project: "p", Arrived: arrived, Signal: signal, Encoding: encoding, Body: body}
		batch, _, err := decoder.Decode(req)
		if err != nil {
			return
		}
		for i := range batch.Records {
			checkRecord(t, &batch.Records[i])
		}
		for i := range batch.Metrics {
			m := &batch.Metrics[i]
			checkJSON(t, m.Attributes, m.Exemplars, m.Extra, m.Origin.Resource, m.Origin.ScopeAttributes)
			checkTexts(t, m.Name, m.Unit, m.Description.S, m.Origin.ServiceName)
			if m.BucketCounts != nil && len(m.BucketCounts) != len(m.ExplicitBounds)+1 {
				t.Errorf("%d buckets, %d bounds", len(m.BucketCounts), len(m.ExplicitBounds))
			}
		}
		again, _, err := decoder.Decode(req)
		if err != nil || !cmp.Equal(batch, again, cmp.Comparer(sameFloat)) {
			t.Errorf("the second time it is different: %v\n%s", err, cmp.Diff(batch, again))
		}
	})
}

// sameFloat takes NaN for equal to itself.
func sameFloat(a, b float64) bool { return a == b || a != a && b != b }

func checkRecord(t *testing.T, r *record.Record) {
	checkJSON(t, r.Attributes, r.LargeAttributes, r.Events, r.Links, r.Extra, r.Origin.Resource, r.Origin.ScopeAttributes)
	checkTexts(t, r.SpanName, r.Message, r.LogBody.S, r.ExceptionMessage.S, r.URLFull.S, r.AttributeSchema.S, r.Origin.ServiceName)
	for _, hot := range r.Hot {
		checkTexts(t, hot.Value)
	}
	if len(r.TraceID) != 32 || len(r.SpanID) != 16 || len(r.SpanName) > maxName || len(r.Message) > maxName {
		t.Errorf("ids %q %q, name of %d bytes, message of %d", r.TraceID, r.SpanID, len(r.SpanName), len(r.Message))
	}
}

func checkJSON(t *testing.T, all ...[]byte) {
	for _, text := range all {
		if text != nil && !json.Valid(text) {
			t.Errorf("no valid JSON: %q", text)
		}
	}
}

func checkTexts(t *testing.T, texts ...string) {
	for _, text := range texts {
		if !utf8.ValidString(text) {
			t.Errorf("no valid UTF-8: %q", text)
		}
	}
}

func FuzzDecodeTracesProto(f *testing.F) {
	f.Add(marshal(f, fullTraces()))
	f.Add(marshal(f, tracesOf(webSpans(2)...)))
	f.Add(marshal(f, tracesOf(testSpan("chat model", call(number("gen_ai.usage.cache_read.input_tokens", 7))...))))
	fuzzDecode(f, record.Traces, record.Protobuf)
}

func FuzzDecodeTracesJSON(f *testing.F) {
	f.Add(otlpJSON(f, marshal(f, fullTraces()), &tracepb.TracesData{}))
	fuzzDecode(f, record.Traces, record.JSON)
}

func FuzzDecodeLogsProto(f *testing.F) {
	f.Add(marshal(f, fullLogs()))
	fuzzDecode(f, record.Logs, record.Protobuf)
}

func FuzzDecodeLogsJSON(f *testing.F) {
	f.Add(otlpJSON(f, marshal(f, fullLogs()), &logspb.LogsData{}))
	fuzzDecode(f, record.Logs, record.JSON)
}

func FuzzDecodeMetricsProto(f *testing.F) {
	for _, data := range fullMetricData() {
		f.Add(marshal(f, fullMetrics(data)))
	}
	fuzzDecode(f, record.Metrics, record.Protobuf)
}

func FuzzDecodeMetricsJSON(f *testing.F) {
	for _, data := range fullMetricData() {
		f.Add(otlpJSON(f, marshal(f, fullMetrics(data)), &metricspb.MetricsData{}))
	}
	fuzzDecode(f, record.Metrics, record.JSON)
}

// FuzzCompressedBody checks that no compressed body makes the handler panic or answer with a status of its own making.
func FuzzCompressedBody(f *testing.F) {
	for encoding, body := range compressions(f, marshal(f, tracesOf(webSpans(1)...))) {
		f.Add(encoding[:4], body)
	}
	handler := NewHandler(NewDecoder(nil), door{}, &shelf{err: errBusy}, Options{})
	f.Fuzz(func(t *testing.T, encoding string, body []byte) {
		switch encoding {
		case "gzip", "zstd":
		default:
			encoding = "deflate"
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, post("/v1/traces", body, "Content-Encoding", encoding))
		if w.Code != 503 && w.Code != 200 && w.Code != 400 && w.Code != 413 {
			t.Errorf("status %d", w.Code)
		}
	})
}

// FuzzCompactJSON compares with encoding/json.
func FuzzCompactJSON(f *testing.F) {
	f.Add(`{"a": [1, -2.5e+3, "x\u00e9\\", null, true]}`)
	f.Add("\"\\ud83d\\ude00\" ")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := appendCompact(nil, text)
		if valid := json.Valid([]byte(text)); (err == nil) != valid && !bytes.Contains([]byte(text), bytes.Repeat([]byte("["), 20)) {
			t.Fatalf("%q: %v, encoding/json says valid is %v", text, err, valid)
		}
		if err != nil {
			return
		}
		var before, after any
		if json.Unmarshal([]byte(text), &before) != nil {
			return // a number beyond float64
		}
		if err := json.Unmarshal(got, &after); err != nil || !cmp.Equal(before, after) {
			t.Errorf("%q became %q: %v", text, got, err)
		}
	})
}
