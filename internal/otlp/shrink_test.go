package otlp

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hearth-dev/hearth/internal/record"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func TestLargeTextsKeepTheirEnds(t *testing.T) {
	t.Parallel()
	large := "<" + strings.Repeat("é", 3<<20) + ">"
	r := decodeSpans(t, testSpan("x", text("small", "s"), text("events", large), text("a", large)))[0]
	attributes := parse(t, r.Attributes)
	got, _ := attributes["a"].(string)
	if len(got) > keptText || len(got) < keptText-4 || !strings.HasPrefix(got, "<é") || !strings.HasSuffix(got, "é>") || !strings.Contains(got, "é...é") {
		t.Errorf("a is cut to %d bytes", len(got))
	}
	if attributes["small"] != "s" || fmt.Sprint(attributes["logfire.truncated"]) != "[a events]" {
		t.Errorf("small %v, truncated %v", attributes["small"], attributes["logfire.truncated"])
	}
	if len(r.LargeAttributes) > 2*keptText {
		t.Errorf("%d bytes of large attributes are left", len(r.LargeAttributes))
	}
}

func TestWhatTheSDKHasCutIsNamedToo(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", maxRecord)
	r := decodeSpans(t, testSpan("x", kv("logfire.truncated", anyArray(anyText("http.request.body.text"), anyText("a"))), text("a", large)))[0]
	if got := strings.Count(string(r.Attributes), "logfire.truncated"); got != 1 {
		t.Errorf("logfire.truncated is there %d times", got)
	}
	if got := fmt.Sprint(parse(t, r.Attributes)["logfire.truncated"]); got != "[a http.request.body.text]" {
		t.Errorf("truncated %s", got)
	}
}

func TestListsAreCutBeforeAttributesAreLeftOut(t *testing.T) {
	t.Parallel()
	var array []*commonpb.AnyValue
	var object []*commonpb.KeyValue
	for i := range 2000 {
		array = append(array, anyText(strings.Repeat("x", 3000)))
		object = append(object, text(fmt.Sprint(i), strings.Repeat("y", 3000)))
	}
	r := decodeSpans(t, testSpan("x", kv("array", anyArray(array...)), kv("object", anyObject(object...))))[0]
	attributes := parse(t, r.Attributes)
	if n := len(attributes["array"].([]any)); n != keptElements {
		t.Errorf("%d elements are left, want %d", n, keptElements)
	}
	if n := len(attributes["object"].(map[string]any)); n != keptProperties {
		t.Errorf("%d properties are left, want %d", n, keptProperties)
	}
}

func TestLargestAttributesGoWhenCuttingIsNotEnough(t *testing.T) {
	t.Parallel()
	attributes := []*commonpb.KeyValue{text("small", "s")}
	for i := range 500 {
		attributes = append(attributes, text(fmt.Sprintf("k%03d", i), strings.Repeat("x", 31_000)))
	}
	r := decodeSpans(t, testSpan("x", attributes...))[0]
	left := parse(t, r.Attributes)
	if len(r.Attributes) > maxRecord+64<<10 || len(r.Attributes) < maxRecord-64<<10 {
		t.Errorf("%d bytes are left, want about %d", len(r.Attributes), maxRecord)
	}
	if left["small"] != "s" || len(left)+len(left["logfire.truncated"].([]any)) != 502 {
		t.Errorf("%d attributes are left, %d are named as cut", len(left), len(left["logfire.truncated"].([]any)))
	}
}

func TestEventsAndBodiesAreCutToo(t *testing.T) {
	t.Parallel()
	s := testSpan("x")
	for range 100 {
		s.Events = append(s.Events, &tracepb.Span_Event{Name: "exception", TimeUnixNano: start, Attributes: []*commonpb.KeyValue{text("big", strings.Repeat("x", 150_000))}})
	}
	r := decodeSpans(t, s)[0]
	if n := strings.Count(string(r.Events), "event_name"); n != keptElements || !json.Valid(r.Events) {
		t.Errorf("%d events are left, want %d", n, keptElements)
	}
	if got := string(r.Attributes); got != `{"logfire.truncated":["otel_events"]}` {
		t.Errorf("attributes %s", got)
	}
	batch, _, err := NewDecoder(nil).Decode(requestOf(t, record.Logs, logsOf(&logspb.LogRecord{Body: anyText(strings.Repeat("x", maxRecord+1))})))
	if err != nil {
		t.Fatal(err)
	}
	if body := batch.Records[0].LogBody.S; len(body) > maxRecord || !strings.Contains(body, "x...x") {
		t.Errorf("the body has %d bytes", len(body))
	}
}

// parse returns the properties of an object.
func parse(t *testing.T, object []byte) map[string]any {
	t.Helper()
	var properties map[string]any
	if err := json.Unmarshal(object, &properties); err != nil {
		t.Fatal(err)
	}
	return properties
}
