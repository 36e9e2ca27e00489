package otlp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hearth-dev/hearth/internal/record"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func benchmarkDecode(b *testing.B, req *record.Request, records int) {
	decoder := NewDecoder(testPrices(b))
	b.SetBytes(int64(len(req.Body)))
	b.ReportAllocs()
	for b.Loop() {
		batch, _, err := decoder.Decode(req)
		if err != nil || len(batch.Records)+len(batch.Metrics) != records {
			b.Fatalf("%d records, %v; want %d", len(batch.Records), err, records)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(records), "ns/record")
}

func BenchmarkDecodeTraces(b *testing.B) {
	benchmarkDecode(b, requestOf(b, record.Traces, tracesOf(webSpans(500)...)), 500)
}

// The JSON body is written without a library: ids and numbers in OTLP's form.
func BenchmarkDecodeTracesJSON(b *testing.B) {
	req := requestOf(b, record.Traces, tracesOf(webSpans(500)...))
	req.Encoding, req.Body = record.JSON, otlpJSON(b, req.Body, &tracepb.TracesData{})
	benchmarkDecode(b, req, 500)
}

func BenchmarkDecodeLLM(b *testing.B) {
	messages := `[{"role":"user","parts":[{"type":"text","content":"` + strings.Repeat("What do you know about \\\"hearths\\\", then? ", 130) + `"}]}]`
	spans := make([]*tracepb.Span, 100)
	for i := range spans {
		spans[i] = proto.CloneOf(webSpans(1)[0])
		spans[i].SpanId = []byte(fmt.Sprintf("s%07d", i))
		spans[i].Attributes = append(spans[i].Attributes, text("gen_ai.input.messages", messages), text("gen_ai.request.model", "gpt-5"),
			text("logfire.json_schema", `{"type":"object","properties":{"gen_ai.input.messages":{"type":"array"}}}`))
	}
	benchmarkDecode(b, requestOf(b, record.Traces, tracesOf(spans...)), 100)
}

// Model calls that report no cost: each is looked up in the table of prices.
func BenchmarkDecodeCalls(b *testing.B) {
	spans := make([]*tracepb.Span, 500)
	for i := range spans {
		spans[i] = testSpan("chat model", call()...)
		spans[i].SpanId = []byte(fmt.Sprintf("s%07d", i))
	}
	benchmarkDecode(b, requestOf(b, record.Traces, tracesOf(spans...)), 500)
}
