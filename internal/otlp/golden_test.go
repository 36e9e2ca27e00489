package otlp

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what the goldens in testdata say")

// TestGoldenRequests decodes the whole requests of testdata/golden, in OTLP's JSON, and compares their records. Each
// file says in its first line what it shows.
func TestGoldenRequests(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "golden", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := archive.Files[len(archive.Files)-1]
			var got strings.Builder
			for _, request := range archive.Files[:len(archive.Files)-1] {
				signal := signals[strings.TrimSuffix(request.Name, ".json")]
				batch, refused, err := NewDecoder(nil).Decode(&record.Request{
					Project: "p", Arrived: arrived, Signal: signal, Encoding: record.JSON, Body: request.Data,
				})
				if err != nil {
					t.Fatal(err)
				}
				render(&got, batch, refused)
			}
			if *update {
				archive.Files[len(archive.Files)-1].Data = []byte(got.String())
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(want.Data), got.String()); diff != "" && !*update {
				t.Errorf("records differ (-want +got):\n%s", diff)
			}
		})
	}
}

// render writes a batch for people: one line per column that is filled.
func render(w *strings.Builder, b *record.Batch, refused *Refused) {
	if refused != nil {
		fmt.Fprintf(w, "refused %d: %s\n", refused.Rejected, refused.Message)
	}
	for i := range b.Records {
		renderRecord(w, &b.Records[i])
	}
	for i := range b.Metrics {
		renderMetric(w, &b.Metrics[i])
	}
}

// columns writes "name value" lines.
type columns struct{ w *strings.Builder }

func (c columns) text(name string, t record.Text) {
	if t.Valid {
		fmt.Fprintf(c.w, "  %s %q\n", name, t.S)
	}
}

func (c columns) json(name string, raw []byte) {
	if raw != nil {
		fmt.Fprintf(c.w, "  %s %s\n", name, raw)
	}
}

func (c columns) float(name string, f record.Float) {
	if f.Valid {
		fmt.Fprintf(c.w, "  %s %v\n", name, f.F)
	}
}

func (c columns) int(name string, n record.Int) {
	if n.Valid {
		fmt.Fprintf(c.w, "  %s %d\n", name, n.N)
	}
}

func (c columns) time(name string, unixNano int64) {
	fmt.Fprintf(c.w, "  %s %s\n", name, time.Unix(0, unixNano).UTC().Format(time.RFC3339Nano))
}

func (c columns) list(name string, list any, n int) {
	if n > 0 {
		fmt.Fprintf(c.w, "  %s %v\n", name, list)
	}
}

func renderRecord(w *strings.Builder, r *record.Record) {
	c := columns{w}
	fmt.Fprintf(w, "%s %s %q\n", r.Kind, r.Level, r.SpanName)
	if r.Message != r.SpanName {
		c.text("message", record.Some(r.Message))
	}
	c.text("trace_id", record.Some(r.TraceID))
	c.text("span_id", record.Some(r.SpanID))
	c.text("parent_span_id", r.ParentSpanID)
	c.text("raw_span_id", r.RawSpanID)
	c.time("start", r.StartNano)
	if seconds, ok := r.Duration(); ok {
		fmt.Fprintf(w, "  duration %v\n", seconds)
	}
	if r.OTelKind != 0 {
		fmt.Fprintf(w, "  otel_kind %d\n", r.OTelKind)
	}
	c.text("log_body", r.LogBody)
	c.list("tags", r.Tags, len(r.Tags))
	c.json("attributes", r.Attributes)
	c.json("attributes_large", r.LargeAttributes)
	c.text("schema", r.AttributeSchema)
	for _, hot := range r.Hot {
		fmt.Fprintf(w, "  hot %s %q\n", record.HotAttributes[hot.Index], hot.Value)
	}
	if r.CostSource != record.CostNone {
		fmt.Fprintf(w, "  cost_source %s\n", r.CostSource)
	}
	if r.IsException {
		fmt.Fprintln(w, "  is_exception")
	}
	c.text("exception_type", r.ExceptionType)
	c.text("exception_message", r.ExceptionMessage)
	c.text("exception_stacktrace", r.ExceptionStacktrace)
	c.text("status", r.StatusCode)
	c.text("status_message", r.StatusMessage)
	c.json("events", r.Events)
	c.json("links", r.Links)
	if r.HTTPStatusCode != 0 {
		fmt.Fprintf(w, "  http_response_status_code %d\n", r.HTTPStatusCode)
	}
	c.text("http_method", r.HTTPMethod)
	c.text("http_route", r.HTTPRoute)
	c.text("url_full", r.URLFull)
	c.text("url_path", r.URLPath)
	c.text("url_query", r.URLQuery)
	c.json("extra", r.Extra)
	renderOrigin(c, r.Origin)
}

func renderMetric(w *strings.Builder, m *record.Metric) {
	c := columns{w}
	fmt.Fprintf(w, "%s %q\n", m.Type, m.Name)
	c.text("unit", record.Optional(m.Unit))
	c.text("description", m.Description)
	c.text("temporality", m.Temporality)
	if m.Monotonic {
		fmt.Fprintln(w, "  is_monotonic")
	}
	c.time("recorded", m.RecordedNano)
	if m.StartNano != 0 {
		c.time("start", m.StartNano)
	}
	c.float("scalar", m.Scalar)
	c.int("count", m.Count)
	c.float("sum", m.Sum)
	c.float("min", m.Min)
	c.float("max", m.Max)
	c.list("bucket_counts", m.BucketCounts, len(m.BucketCounts))
	c.list("explicit_bounds", m.ExplicitBounds, len(m.ExplicitBounds))
	c.int("scale", m.Scale)
	c.int("zero_count", m.ZeroCount)
	c.float("zero_threshold", m.ZeroThreshold)
	c.int("positive_offset", m.PositiveOffset)
	c.list("positive_counts", m.PositiveCounts, len(m.PositiveCounts))
	c.int("negative_offset", m.NegativeOffset)
	c.list("negative_counts", m.NegativeCounts, len(m.NegativeCounts))
	c.json("exemplars", m.Exemplars)
	c.json("attributes", m.Attributes)
	c.text("schema", m.AttributeSchema)
	c.json("extra", m.Extra)
	renderOrigin(c, m.Origin)
}

func renderOrigin(c columns, o *record.Origin) {
	c.text("service", record.Some(o.ServiceName))
	c.text("service_namespace", record.Optional(o.ServiceNamespace))
	c.text("service_version", o.ServiceVersion)
	c.text("service_instance_id", o.ServiceInstanceID)
	if o.ProcessPID != 0 {
		fmt.Fprintf(c.w, "  process_pid %d\n", o.ProcessPID)
	}
	c.text("sdk_name", o.SDKName)
	c.text("sdk_language", o.SDKLanguage)
	c.text("sdk_version", o.SDKVersion)
	c.text("environment", o.Environment)
	c.json("resource", o.Resource)
	c.text("scope", o.ScopeName)
	c.text("scope_version", o.ScopeVersion)
	c.json("scope_attributes", o.ScopeAttributes)
}
