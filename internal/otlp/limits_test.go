package otlp

import (
	"errors"
	"strings"
	"testing"

	"github.com/hearth-dev/hearth/internal/record"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
)

// TestMemoryIsBoundedByTheBody decodes bodies that are made to take much more memory than they have bytes.
func TestMemoryIsBoundedByTheBody(t *testing.T) {
	t.Parallel()
	field := func(number protowire.Number, content string) string {
		return string(appendBytesField(nil, number, content))
	}
	request := func(signal record.Signal, body string) error {
		batch, _, err := NewDecoder(nil).Decode(&record.Request{Arrived: arrived, Signal: signal, Encoding: record.Protobuf, Body: []byte(body)})
		if err == nil && batch.Bytes > 20*len(body) {
			t.Errorf("a batch of %d bytes for a body of %d", batch.Bytes, len(body))
		}
		return err
	}
	refused := func(what string, signal record.Signal, body string) {
		t.Helper()
		if err := request(signal, body); !errors.Is(err, errTooLarge) {
			t.Errorf("%s: %v, want too large", what, err)
		}
	}
	span := func(content string) string {
		s := testSpan("x")
		return field(1, field(2, field(2, string(marshal(t, s))+content)))
	}
	refused("resources", record.Traces, strings.Repeat(field(1, ""), maxParts+1))
	refused("scopes", record.Traces, field(1, strings.Repeat(field(2, ""), maxParts+1)))
	refused("events", record.Traces, span(strings.Repeat(field(11, ""), maxParts)))
	refused("links", record.Traces, span(strings.Repeat(field(13, ""), maxParts)))
	refused("attributes of an event", record.Traces, span(field(11, strings.Repeat(field(3, ""), maxAttributes+1))))
	refused("attributes of a resource", record.Traces, field(1, field(1, strings.Repeat(field(1, ""), maxAttributes+1))))
	histogram := func(content string) string { return field(1, field(2, field(2, field(9, field(1, content))))) }
	refused("buckets", record.Metrics, histogram(field(6, strings.Repeat("12345678", maxBuckets+1))))
	refused("exemplars", record.Metrics, histogram(strings.Repeat(field(8, ""), maxParts)))

	many := strings.Repeat(field(2, string(marshal(t, testSpan("x")))), 500)
	shared := field(1, field(1, "")+field(2, many)+field(3, strings.Repeat("u", 100_000)))
	if err := request(record.Traces, shared); err != nil {
		t.Errorf("a long schema URL: %v", err)
	}
}

func TestSchemasBeyondTheLimitAreNotParsed(t *testing.T) {
	t.Parallel()
	withSchema := func(padding int) *tracepb.Span {
		return testSpan("x", text("a", "[1]"), text("logfire.json_schema", `{"properties":{"a":{"type":"array"}}}`+strings.Repeat(" ", padding)))
	}
	records := decodeSpans(t, withSchema(0), withSchema(maxSchemas), withSchema(0))
	for i, want := range []string{`{"a":[1]}`, `{"a":"[1]",`, `{"a":[1]}`} {
		if got := string(records[i].Attributes); !strings.HasPrefix(got, want) {
			t.Errorf("record %d: %.40s, want %s", i, got, want)
		}
	}
}
