package record

// Type is the type of a column or of a value in an answer, free of any engine.
type Type struct {
	Kind   TypeKind
	Elem   *Type   // of a List
	Fields []Field // of a Struct, in order
}

// Field is one field of a Struct.
type Field struct {
	Name string
	Type Type
}

// TypeKind is the kind of a Type.
type TypeKind uint8

// The kinds of types. How each is written in answers is in the api package.
const (
	TypeNull TypeKind = iota
	TypeBool
	TypeInt16
	TypeInt32
	TypeInt64
	TypeUint64
	TypeFloat64
	TypeText
	TypeJSON      // text that holds one JSON value
	TypeTimestamp // with time zone, microseconds
	TypeDate
	TypeTime
	TypeInterval
	TypeList
	TypeStruct
)

// Simple types.
var (
	Bool      = Type{Kind: TypeBool}
	Int16     = Type{Kind: TypeInt16}
	Int32     = Type{Kind: TypeInt32}
	Int64     = Type{Kind: TypeInt64}
	Float64   = Type{Kind: TypeFloat64}
	TextType  = Type{Kind: TypeText}
	JSONType  = Type{Kind: TypeJSON}
	Timestamp = Type{Kind: TypeTimestamp}
	Date      = Type{Kind: TypeDate}
)

// ListOf returns the type of a list of elem.
func ListOf(elem Type) Type { return Type{Kind: TypeList, Elem: &elem} }

// Column is one column of a table.
type Column struct {
	Name        string
	Type        Type
	NotNull     bool
	Hidden      bool // not part of SELECT *, of SHOW COLUMNS or of the schema endpoint, and not readable by that name
	Zstd        bool // bulky: engines compress it with zstd
	Description string
}

// Table is a table or view that users may query.
type Table struct {
	Name        string
	Description string
	Columns     []Column // in the order of SELECT *; hidden columns last
	TimeColumn  string   // what min_timestamp and max_timestamp bound
}

// Column returns the column of that name, hidden ones too, or nil.
func (t *Table) Column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Public returns the columns that users see, in order.
func (t *Table) Public() []Column {
	for i := range t.Columns {
		if t.Columns[i].Hidden {
			return t.Columns[:i]
		}
	}
	return t.Columns
}

// Names of columns that the code speaks of.
const (
	ColStart           = "start_timestamp"
	ColRecorded        = "recorded_timestamp"
	ColCreated         = "created_at"
	ColLevel           = "level"
	ColAttributes      = "attributes"
	ColLargeAttributes = "lf_attributes_large" // hidden
	ColCostSource      = "lf_cost_source"      // hidden; SQL reads it as "_lf_cost_source"
	ColValue           = "value"               // of metrics; computed, not stored
)

// Tables of the catalogue. records hides pending spans; records_full is the older name of records_all.
var (
	RecordsTable    = &Table{Name: "records", Description: "Spans, logs, span events and annotations.", Columns: recordColumns, TimeColumn: ColStart}
	RecordsAllTable = &Table{Name: "records_all", Description: "As records, and pending spans.", Columns: recordColumns, TimeColumn: ColStart}
	MetricsTable    = &Table{Name: "metrics", Description: "One row per metric data point.", Columns: metricColumns, TimeColumn: ColRecorded}
)

// Lookup returns the table of a lower-case name, with the alias records_full, or nil.
func Lookup(name string) *Table {
	switch name {
	case "records":
		return RecordsTable
	case "records_all", "records_full":
		return RecordsAllTable
	case "metrics":
		return MetricsTable
	}
	return nil
}

// originColumns are the columns of a record's Origin, in records and metrics alike.
func originColumns() []Column {
	return []Column{
		text("otel_scope_name", "Name of the instrumentation scope."),
		text("otel_scope_version", "Version of the instrumentation scope."),
		column("otel_scope_attributes", JSONType, "Attributes of the instrumentation scope."),
		column("otel_resource_attributes", JSONType, "Attributes of the resource.").zstd(),
		text("service_namespace", "service.namespace of the resource."),
		text("service_name", "service.name of the resource, else unknown_service.").notNull(),
		text("service_version", "service.version of the resource."),
		text("service_instance_id", "service.instance.id of the resource."),
		column("process_pid", Int32, "process.pid of the resource."),
		text("telemetry_sdk_name", "telemetry.sdk.name of the resource."),
		text("telemetry_sdk_language", "telemetry.sdk.language of the resource."),
		text("telemetry_sdk_version", "telemetry.sdk.version of the resource."),
		text("deployment_environment", "deployment.environment.name of the resource, else deployment.environment."),
	}
}

func text(name, description string) Column {
	return Column{Name: name, Type: TextType, Description: description}
}

func column(name string, t Type, description string) Column {
	return Column{Name: name, Type: t, Description: description}
}

func (c Column) notNull() Column { c.NotNull = true; return c }
func (c Column) zstd() Column    { c.Zstd = true; return c }

var recordColumns = func() []Column {
	columns := []Column{
		column(ColCreated, Timestamp, "When the server received the record.").notNull(),
		column(ColStart, Timestamp, "When the span started, or the log was written.").notNull(),
		column("end_timestamp", Timestamp, "When the span ended; the start for everything else.").notNull(),
		column("duration", Float64, "Seconds from start to end; NULL for all but spans."),
		text("trace_id", "32 hex digits.").notNull(),
		text("span_id", "16 hex digits; of a pending span the id of the span it announces.").notNull(),
		text("parent_span_id", "The span above this record; NULL for a root."),
		text("kind", "span, log, span_event, pending_span or annotation.").notNull(),
		column(ColLevel, Int16, "Severity number; compare it with names: level >= 'warn'.").notNull(),
		text("span_name", "Name of low cardinality, usually the message template.").notNull(),
		text("message", "The text that people read.").notNull(),
		column("is_exception", Bool, "Whether an exception was recorded on this record."),
		text("exception_type", "Type of the first recorded exception."),
		text("exception_message", "Message of the first recorded exception."),
		text("exception_stacktrace", "Stack trace of the first recorded exception.").zstd(),
		column("tags", ListOf(TextType), "Tags; an empty list when there are none.").notNull(),
		column(ColAttributes, JSONType, "Attributes, one flat JSON object; keys contain dots.").zstd(),
		text("attributes_json_schema", "JSON schema of the attributes as the SDK sent it.").zstd(),
		text("log_body", "Body of an OTLP log; JSON text when it is structured.").zstd(),
		text("otel_status_code", "UNSET, OK or ERROR."),
		text("otel_status_message", "Description of the status."),
		column("otel_events", JSONType, "Span events, a JSON array.").zstd(),
		column("otel_links", JSONType, "Span links, a JSON array.").zstd(),
	}
	columns = append(columns, originColumns()...)
	columns = append(columns,
		column("http_response_status_code", Int16, "HTTP status code."),
		text("http_method", "HTTP method."),
		text("http_route", "HTTP route template."),
		text("url_full", "Full URL.").zstd(),
		text("url_path", "Path of the URL.").zstd(),
		text("url_query", "Query of the URL.").zstd(),
	)
	hidden := []Column{
		column(ColLargeAttributes, JSONType, "The bulky attributes.").zstd(),
		column("lf_otel_kind", Int16, "OpenTelemetry's span kind, 0 to 5.").notNull(),
		text("lf_raw_span_id", "Id under which a pending span was sent."),
		column("lf_extra", JSONType, "What OTLP sent and no other column has a place for.").zstd(),
		text(ColCostSource, "Where operation.cost comes from: reported, computed or override; NULL without a cost."),
	}
	for _, key := range HotAttributes {
		hidden = append(hidden, text(HotColumn(key), "attributes->>'"+key+"'"))
	}
	for _, c := range hidden {
		c.Hidden = true
		columns = append(columns, c)
	}
	return columns
}()

var metricColumns = append([]Column{
	column(ColRecorded, Timestamp, "When the point was recorded: the time axis."),
	column(ColStart, Timestamp, "Start of the period that the point covers."),
	column(ColCreated, Timestamp, "When the server received the point.").notNull(),
	text("metric_name", "Name of the metric.").notNull(),
	text("metric_type", "gauge, sum, histogram or exponential_histogram.").notNull(),
	text("unit", "Unit as sent, in UCUM; empty when absent.").notNull(),
	text("metric_description", "Description of the metric."),
	text("aggregation_temporality", "delta or cumulative; NULL for gauges."),
	column("is_monotonic", Bool, "Whether a sum only grows."),
	column(ColValue, Type{Kind: TypeStruct}, "The point, for the metric_ functions."),
	column("scalar_value", Float64, "Value of a gauge or a sum."),
	column("histogram_count", Int32, "Number of observations."),
	column("histogram_sum", Float64, "Sum of the observations."),
	column("histogram_min", Float64, "Smallest observation."),
	column("histogram_max", Float64, "Largest observation."),
	column("histogram_bucket_counts", ListOf(Int32), "Observations per bucket."),
	column("histogram_explicit_bounds", ListOf(Float64), "Upper bounds of the buckets, one fewer than buckets."),
	column("exp_histogram_scale", Int32, "Scale: buckets grow by 2^(2^-scale)."),
	column("exp_histogram_zero_count", Int32, "Observations in the zero bucket."),
	column("exp_histogram_zero_threshold", Float64, "Half width of the zero bucket."),
	column("exp_histogram_positive_bucket_counts", ListOf(Int32), "Observations per positive bucket."),
	column("exp_histogram_positive_bucket_counts_offset", Int32, "Index of the first positive bucket."),
	column("exp_histogram_negative_bucket_counts", ListOf(Int32), "Observations per negative bucket."),
	column("exp_histogram_negative_bucket_counts_offset", Int32, "Index of the first negative bucket."),
	column("exemplars", JSONType, "Exemplars, a JSON array."),
	column(ColAttributes, JSONType, "Labels of the point.").zstd(),
	text("attributes_json_schema", "JSON schema of the attributes."),
}, append(originColumns(),
	Column{Name: "lf_extra", Type: JSONType, Hidden: true, Description: "What OTLP sent and no other column has a place for."},
)...)
