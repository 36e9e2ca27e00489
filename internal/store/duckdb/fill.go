package duckdb

import (
	"encoding/hex"
	"fmt"
	"time"
	"unsafe"

	"github.com/hearth-dev/hearth/internal/record"
)

// row is a record or a metric with what its batch knows of it. It is not kept beyond Apply.
type row[T any] struct {
	of      *T
	arrived int64 // microseconds
}

// filler writes one column of a chunk from rows; len(rows) is at most vectorSize.
type filler[T any] func(c *column, rows []row[T]) error

// layout says how the rows of one table get into chunks.
type layout[T any] struct {
	columns map[string]filler[T]
	bytes   func(*T) int // about how much text a row holds
	// hot, if set, fills the columns of hot attributes, all at once. hotColumns are their places in the chunk.
	hot func(columns []column, hotColumns []int, rows []row[T])
}

// plan is a layout for one table's columns in their order on disk.
type plan[T any] struct {
	layout     *layout[T]
	fillers    []filler[T] // nil for hot columns
	hotColumns []int
}

// planFor fits a layout to the columns that a table has. A column that the layout does not know stays NULL: a newer
// version of Hearth has written to the file.
func (l *layout[T]) planFor(columns []string) *plan[T] {
	p := &plan[T]{layout: l, fillers: make([]filler[T], len(columns)), hotColumns: make([]int, len(record.HotAttributes))}
	hot := map[string]int{}
	for i, key := range record.HotAttributes {
		hot[record.HotColumn(key)] = i
		p.hotColumns[i] = -1
	}
	for i, name := range columns {
		if k, ok := hot[name]; ok && l.hot != nil {
			p.hotColumns[k] = i
			continue
		}
		fill, ok := l.columns[name]
		if !ok {
			fill = func(c *column, rows []row[T]) error { c.setAllNull(len(rows)); return nil }
		}
		p.fillers[i] = fill
	}
	return p
}

// take returns how many of the rows go into the next chunk; at least one.
func (p *plan[T]) take(rows []row[T]) int {
	n, bytes := 0, 0
	for n < len(rows) && n < vectorSize && (n == 0 || bytes < chunkBytes) {
		bytes += p.layout.bytes(rows[n].of)
		n++
	}
	return n
}

// fill writes the rows into the chunk.
func (p *plan[T]) fill(c *chunk, rows []row[T]) error {
	c.reset()
	for i, fill := range p.fillers {
		if fill == nil {
			continue
		}
		if err := fill(&c.columns[i], rows); err != nil {
			return err
		}
	}
	if p.layout.hot != nil {
		p.layout.hot(c.columns, p.hotColumns, rows)
	}
	return nil
}

func fixed[T, V any](get func(*T) V) filler[T] {
	return func(c *column, rows []row[T]) error {
		for i := range rows {
			put(c, i, get(rows[i].of))
		}
		return nil
	}
}

func optional[T, V any](get func(*T) (V, bool)) filler[T] {
	return func(c *column, rows []row[T]) error {
		for i := range rows {
			if value, ok := get(rows[i].of); ok {
				put(c, i, value)
			} else {
				c.setNull(i)
			}
		}
		return nil
	}
}

func text[T any](get func(*T) string) filler[T] {
	return func(c *column, rows []row[T]) error {
		for i := range rows {
			c.setText(i, get(rows[i].of))
		}
		return nil
	}
}

func optionalText[T any](get func(*T) record.Text) filler[T] {
	return func(c *column, rows []row[T]) error {
		for i := range rows {
			if value := get(rows[i].of); value.Valid {
				c.setText(i, value.S)
			} else {
				c.setNull(i)
			}
		}
		return nil
	}
}

// jsonText writes JSON; absent gets the text absent, or NULL when that is empty.
func jsonText[T any](absent string, get func(*T) []byte) filler[T] {
	return func(c *column, rows []row[T]) error {
		for i := range rows {
			switch value := get(rows[i].of); {
			case value != nil:
				c.setBytes(i, value)
			case absent != "":
				c.setText(i, absent)
			default:
				c.setNull(i)
			}
		}
		return nil
	}
}

// list writes lists; a nil one is NULL if nullable, else empty.
func list[T, V any](nullable bool, get func(*T) []V, set func(*column, int, V)) filler[T] {
	return func(c *column, rows []row[T]) error {
		elements := 0
		for i := range rows {
			elements += len(get(rows[i].of))
		}
		child, err := c.growList(elements)
		if err != nil {
			return err
		}
		next := 0
		for i := range rows {
			values := get(rows[i].of)
			if values == nil && nullable {
				c.setNull(i)
			}
			put(c, i, listEntry{uint64(next), uint64(len(values))})
			for _, value := range values {
				set(&child, next, value)
				next++
			}
		}
		return nil
	}
}

func arrived[T any](c *column, rows []row[T]) error {
	for i := range rows {
		put(c, i, rows[i].arrived)
	}
	return nil
}

// micros turns nanoseconds into the microseconds of columns, rounding down.
func micros(nano int64) int64 {
	m := nano / 1000
	if nano%1000 < 0 {
		m--
	}
	return m
}

// originColumns are the columns of where a row comes from, the same in every table.
func originColumns[T any](of func(*T) *record.Origin, into map[string]filler[T]) map[string]filler[T] {
	optText := func(get func(*record.Origin) record.Text) filler[T] {
		return optionalText(func(t *T) record.Text { return get(of(t)) })
	}
	into["otel_scope_name"] = optText(func(o *record.Origin) record.Text { return o.ScopeName })
	into["otel_scope_version"] = optText(func(o *record.Origin) record.Text { return o.ScopeVersion })
	into["otel_scope_attributes"] = jsonText("{}", func(t *T) []byte { return of(t).ScopeAttributes })
	into["otel_resource_attributes"] = jsonText("", func(t *T) []byte { return of(t).Resource })
	into["service_namespace"] = text(func(t *T) string { return of(t).ServiceNamespace })
	into["service_name"] = text(func(t *T) string { return of(t).ServiceName })
	into["service_version"] = optText(func(o *record.Origin) record.Text { return o.ServiceVersion })
	into["service_instance_id"] = optText(func(o *record.Origin) record.Text { return o.ServiceInstanceID })
	into["process_pid"] = optional(func(t *T) (int32, bool) { return of(t).ProcessPID, of(t).ProcessPID != 0 })
	into["telemetry_sdk_name"] = optText(func(o *record.Origin) record.Text { return o.SDKName })
	into["telemetry_sdk_language"] = optText(func(o *record.Origin) record.Text { return o.SDKLanguage })
	into["telemetry_sdk_version"] = optText(func(o *record.Origin) record.Text { return o.SDKVersion })
	into["deployment_environment"] = optText(func(o *record.Origin) record.Text { return o.Environment })
	return into
}

// recordLayout fills the tables records and pending.
var recordLayout = &layout[record.Record]{
	bytes: func(r *record.Record) int {
		return len(r.Attributes) + len(r.LargeAttributes) + len(r.LogBody.S) + len(r.Events) + len(r.ExceptionStacktrace.S) + len(r.Origin.Resource)
	},
	hot: fillHot,
	columns: originColumns(func(r *record.Record) *record.Origin { return r.Origin }, map[string]filler[record.Record]{
		record.ColCreated:           arrived[record.Record],
		record.ColStart:             fixed(func(r *record.Record) int64 { return micros(r.StartNano) }),
		"end_timestamp":             fixed(func(r *record.Record) int64 { return micros(r.EndNano) }),
		"duration":                  optional((*record.Record).Duration),
		"trace_id":                  text(func(r *record.Record) string { return r.TraceID }),
		"span_id":                   text(func(r *record.Record) string { return r.SpanID }),
		"parent_span_id":            optionalText(func(r *record.Record) record.Text { return r.ParentSpanID }),
		"kind":                      text(func(r *record.Record) string { return r.Kind.String() }),
		record.ColLevel:             fixed(func(r *record.Record) int16 { return int16(r.Level) }),
		"span_name":                 text(func(r *record.Record) string { return r.SpanName }),
		"message":                   text(func(r *record.Record) string { return r.Message }),
		"is_exception":              fixed(func(r *record.Record) bool { return r.IsException }),
		"exception_type":            optionalText(func(r *record.Record) record.Text { return r.ExceptionType }),
		"exception_message":         optionalText(func(r *record.Record) record.Text { return r.ExceptionMessage }),
		"exception_stacktrace":      optionalText(func(r *record.Record) record.Text { return r.ExceptionStacktrace }),
		"tags":                      list(false, func(r *record.Record) []string { return r.Tags }, (*column).setText),
		record.ColAttributes:        jsonText("", func(r *record.Record) []byte { return r.Attributes }),
		"attributes_json_schema":    optionalText(func(r *record.Record) record.Text { return r.AttributeSchema }),
		"log_body":                  optionalText(func(r *record.Record) record.Text { return r.LogBody }),
		"otel_status_code":          optionalText(func(r *record.Record) record.Text { return r.StatusCode }),
		"otel_status_message":       optionalText(func(r *record.Record) record.Text { return r.StatusMessage }),
		"otel_events":               jsonText("[]", func(r *record.Record) []byte { return r.Events }),
		"otel_links":                jsonText("[]", func(r *record.Record) []byte { return r.Links }),
		"http_response_status_code": optional(func(r *record.Record) (int16, bool) { return r.HTTPStatusCode, r.HTTPStatusCode != 0 }),
		"http_method":               optionalText(func(r *record.Record) record.Text { return r.HTTPMethod }),
		"http_route":                optionalText(func(r *record.Record) record.Text { return r.HTTPRoute }),
		"url_full":                  optionalText(func(r *record.Record) record.Text { return r.URLFull }),
		"url_path":                  optionalText(func(r *record.Record) record.Text { return r.URLPath }),
		"url_query":                 optionalText(func(r *record.Record) record.Text { return r.URLQuery }),
		record.ColLargeAttributes:   jsonText("", func(r *record.Record) []byte { return r.LargeAttributes }),
		"lf_otel_kind":              fixed(func(r *record.Record) int16 { return int16(r.OTelKind) }),
		"lf_raw_span_id":            optionalText(func(r *record.Record) record.Text { return r.RawSpanID }),
		"lf_extra":                  jsonText("", func(r *record.Record) []byte { return r.Extra }),
		record.ColCostSource:        optionalText(func(r *record.Record) record.Text { return record.Optional(r.CostSource.String()) }),
	}),
}

// fillHot writes the columns of hot attributes. Most are absent from most records: all start as NULL.
func fillHot(columns []column, hotColumns []int, rows []row[record.Record]) {
	for _, at := range hotColumns {
		if at >= 0 {
			columns[at].setAllNull(len(rows))
		}
	}
	for i := range rows {
		for _, hot := range rows[i].of.Hot {
			if at := hotColumns[hot.Index]; at >= 0 {
				columns[at].setValid(i)
				columns[at].setText(i, hot.Value)
			}
		}
	}
}

func optionalInt(get func(*record.Metric) record.Int) filler[record.Metric] {
	return optional(func(m *record.Metric) (int32, bool) { n := get(m); return n.N, n.Valid })
}

func optionalFloat(get func(*record.Metric) record.Float) filler[record.Metric] {
	return optional(func(m *record.Metric) (float64, bool) { f := get(m); return f.F, f.Valid })
}

// metricLayout fills the table metrics.
var metricLayout = &layout[record.Metric]{
	bytes: func(m *record.Metric) int {
		return len(m.Attributes) + len(m.Exemplars) + len(m.Origin.Resource) + 8*(len(m.BucketCounts)+len(m.PositiveCounts)+len(m.NegativeCounts))
	},
	columns: originColumns(func(m *record.Metric) *record.Origin { return m.Origin }, map[string]filler[record.Metric]{
		record.ColRecorded:                     fixed(func(m *record.Metric) int64 { return micros(m.RecordedNano) }),
		record.ColStart:                        optional(func(m *record.Metric) (int64, bool) { return micros(m.StartNano), m.StartNano != 0 }),
		record.ColCreated:                      arrived[record.Metric],
		"metric_name":                          text(func(m *record.Metric) string { return m.Name }),
		"metric_type":                          text(func(m *record.Metric) string { return m.Type.String() }),
		"unit":                                 text(func(m *record.Metric) string { return m.Unit }),
		"metric_description":                   optionalText(func(m *record.Metric) record.Text { return m.Description }),
		"aggregation_temporality":              optionalText(func(m *record.Metric) record.Text { return m.Temporality }),
		"is_monotonic":                         optional(func(m *record.Metric) (bool, bool) { return m.Monotonic, m.Type == record.Sum }),
		"scalar_value":                         optionalFloat(func(m *record.Metric) record.Float { return m.Scalar }),
		"histogram_count":                      optionalInt(func(m *record.Metric) record.Int { return m.Count }),
		"histogram_sum":                        optionalFloat(func(m *record.Metric) record.Float { return m.Sum }),
		"histogram_min":                        optionalFloat(func(m *record.Metric) record.Float { return m.Min }),
		"histogram_max":                        optionalFloat(func(m *record.Metric) record.Float { return m.Max }),
		"histogram_bucket_counts":              list(true, func(m *record.Metric) []int32 { return m.BucketCounts }, put[int32]),
		"histogram_explicit_bounds":            list(true, func(m *record.Metric) []float64 { return m.ExplicitBounds }, put[float64]),
		"exp_histogram_scale":                  optionalInt(func(m *record.Metric) record.Int { return m.Scale }),
		"exp_histogram_zero_count":             optionalInt(func(m *record.Metric) record.Int { return m.ZeroCount }),
		"exp_histogram_zero_threshold":         optionalFloat(func(m *record.Metric) record.Float { return m.ZeroThreshold }),
		"exp_histogram_positive_bucket_counts": list(true, func(m *record.Metric) []int32 { return m.PositiveCounts }, put[int32]),
		"exp_histogram_positive_bucket_counts_offset": optionalInt(func(m *record.Metric) record.Int { return m.PositiveOffset }),
		"exp_histogram_negative_bucket_counts":        list(true, func(m *record.Metric) []int32 { return m.NegativeCounts }, put[int32]),
		"exp_histogram_negative_bucket_counts_offset": optionalInt(func(m *record.Metric) record.Int { return m.NegativeOffset }),
		"exemplars":              jsonText("", func(m *record.Metric) []byte { return m.Exemplars }),
		record.ColAttributes:     jsonText("", func(m *record.Metric) []byte { return m.Attributes }),
		"attributes_json_schema": optionalText(func(m *record.Metric) record.Text { return m.AttributeSchema }),
		"lf_extra":               jsonText("", func(m *record.Metric) []byte { return m.Extra }),
	}),
}

// requestLayout fills the table requests.
var requestLayout = &layout[record.Batch]{
	bytes: func(*record.Batch) int { return 2 * len(record.Digest{}) },
	columns: map[string]filler[record.Batch]{
		record.ColCreated: arrived[record.Batch],
		"digest":          text(func(b *record.Batch) string { return hex.EncodeToString(b.Digest[:]) }),
	},
}

func parseDigest(text string) (digest record.Digest, err error) {
	if len(text) != 2*len(digest) {
		return digest, fmt.Errorf("digest of %d digits", len(text))
	}
	_, err = hex.Decode(digest[:], unsafe.Slice(unsafe.StringData(text), len(text)))
	return digest, err
}

// day is a UTC day: days since 1970-01-01.
type day int32

const dayNanos = int64(24 * time.Hour)

func dayOf(nano int64) day {
	d := nano / dayNanos
	if nano%dayNanos < 0 {
		d--
	}
	return day(d)
}

func (d day) start() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d day) String() string { return d.start().Format(time.DateOnly) }
