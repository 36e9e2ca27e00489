// Package record is the domain of Hearth: what one row of telemetry is.
//
// A Record is a span, a log, a span event, a pending span or an annotation; a Metric is one data point. A Batch is
// what one OTLP request became. The column catalogue (catalogue.go) says how records and metrics look in SQL and is
// the only place where a column is named, typed and described.
//
// The package imports nothing of ours and knows no protocol and no engine.
package record

import "time"

// Kind says what a record is. It is the column kind, not OpenTelemetry's span kind (that is OTelKind).
type Kind uint8

// The kinds, in the order of their numbers in storage. Never renumber.
const (
	KindSpan Kind = iota
	KindLog
	KindSpanEvent
	KindPendingSpan
	KindAnnotation
)

var kindNames = [...]string{"span", "log", "span_event", "pending_span", "annotation"}

// String returns the name as it stands in the column kind.
func (k Kind) String() string { return kindNames[k] }

// Text is a string that may be absent. The empty string and absence differ (exception_message may be empty).
type Text struct {
	S     string
	Valid bool
}

// Some returns a Text that holds s.
func Some(s string) Text { return Text{S: s, Valid: true} }

// Optional returns a Text that is absent when s is empty.
func Optional(s string) Text { return Text{S: s, Valid: s != ""} }

// HotValue is the value of one hot attribute: HotAttributes[Index], as the text that attributes->>'key' yields.
type HotValue struct {
	Index uint16
	Value string
}

// CostSource says where a record's cost, the hot attribute operation.cost, comes from.
type CostSource uint8

// The sources of costs.
const (
	CostNone     CostSource = iota // there is no cost
	CostReported                   // the sender says so
	CostComputed                   // from the embedded prices
	CostOverride                   // from the operator's own prices
)

var costSourceNames = [...]string{"", "reported", "computed", "override"}

// String returns the name as it stands in the column lf_cost_source; empty for none.
func (s CostSource) String() string { return costSourceNames[s] }

// Record is one row of records_all. Strings hold valid UTF-8 and may share memory with the batch they came in.
// JSON fields hold one compact JSON text.
type Record struct {
	Kind     Kind
	OTelKind uint8 // OpenTelemetry's span kind, 0 (unspecified) to 5 (consumer)
	Level    Level

	TraceID      string // 32 lower-case hex digits
	SpanID       string // 16 lower-case hex digits; of a pending span: the real span's id
	ParentSpanID Text   // 16 lower-case hex digits
	RawSpanID    Text   // of a pending span: the id it was sent under

	StartNano int64 // Unix time in nanoseconds; columns hold microseconds
	EndNano   int64

	SpanName string
	Message  string
	LogBody  Text
	Tags     []string

	Attributes      []byte     // JSON object without the bulky attributes; nil means none
	LargeAttributes []byte     // JSON object of the bulky attributes (Bulky); nil means none
	AttributeSchema Text       // attributes_json_schema
	Hot             []HotValue // ascending by Index, each at most once
	CostSource      CostSource // operation.cost among Hot is in Attributes too only if it was sent under that name

	IsException         bool
	ExceptionType       Text
	ExceptionMessage    Text
	ExceptionStacktrace Text

	StatusCode    Text // UNSET, OK or ERROR; absent for OTLP logs and span events
	StatusMessage Text
	Events        []byte // JSON array; nil means []
	Links         []byte // JSON array; nil means []

	HTTPStatusCode int16 // 0 means absent
	HTTPMethod     Text
	HTTPRoute      Text
	URLFull        Text
	URLPath        Text
	URLQuery       Text

	// Extra holds what OTLP sent and no other field has a place for, one JSON object: trace_state, flags, dropped
	// counts, severity text, observed time, schema URLs. nil means nothing.
	Extra []byte

	Origin *Origin // shared by the records of one scope; never nil
}

// Duration returns the duration in seconds. Only spans have one.
func (r *Record) Duration() (seconds float64, ok bool) {
	if r.Kind != KindSpan {
		return 0, false
	}
	return float64(r.EndNano-r.StartNano) / 1e9, true
}

// Origin is where records come from: a resource and an instrumentation scope.
type Origin struct {
	ServiceName       string // unknown_service when the resource does not say
	ServiceNamespace  string // empty, not NULL, when absent
	ServiceVersion    Text
	ServiceInstanceID Text
	ProcessPID        int32 // 0 means absent
	SDKName           Text
	SDKLanguage       Text
	SDKVersion        Text
	Environment       Text   // deployment_environment
	Resource          []byte // JSON object of all resource attributes; nil means none
	ScopeName         Text
	ScopeVersion      Text
	ScopeAttributes   []byte // JSON object; nil means {}
}

// MetricType says which columns of a metric are filled.
type MetricType uint8

// The metric types, in the order of their numbers in storage. Never renumber.
const (
	Gauge MetricType = iota
	Sum
	Histogram
	ExponentialHistogram
)

var metricTypeNames = [...]string{"gauge", "sum", "histogram", "exponential_histogram"}

// String returns the name as it stands in the column metric_type.
func (t MetricType) String() string { return metricTypeNames[t] }

// Optional numbers of a metric.
type (
	// Int is an int32 that may be absent.
	Int struct {
		N     int32
		Valid bool
	}
	// Float is a float64 that may be absent.
	Float struct {
		F     float64
		Valid bool
	}
)

// Metric is one OTLP data point. A point without a recorded value has every number absent.
type Metric struct {
	Type        MetricType
	Name        string
	Unit        string
	Description Text
	Temporality Text // delta or cumulative; absent for gauges
	Monotonic   bool // sums only

	RecordedNano int64 // Unix time in nanoseconds
	StartNano    int64 // 0 means absent

	Scalar Float

	Count          Int
	Sum, Min, Max  Float
	BucketCounts   []int32 // len == len(ExplicitBounds)+1, or both nil
	ExplicitBounds []float64

	Scale                          Int
	ZeroCount                      Int
	ZeroThreshold                  Float
	PositiveOffset, NegativeOffset Int
	PositiveCounts, NegativeCounts []int32

	Exemplars       []byte // JSON array; nil means none
	Attributes      []byte // JSON object; nil means none
	AttributeSchema Text
	Extra           []byte // as Record.Extra: flags, metadata, schema URLs
	Origin          *Origin
}

// Signal is the kind of an OTLP request. The numbers are written to disk.
type Signal uint8

// The signals.
const (
	Traces Signal = 1 + iota
	Logs
	Metrics
)

var signalNames = [...]string{"", "traces", "logs", "metrics"}

// String returns the last segment of the signal's path: traces, logs or metrics.
func (s Signal) String() string { return signalNames[s] }

// Encoding is how an OTLP request body is written. The numbers are written to disk.
type Encoding uint8

// The encodings.
const (
	Protobuf Encoding = 1 + iota
	JSON
)

// Request is an OTLP request as it arrived and as the write-ahead log keeps it: from it alone a Batch can be made
// again, with the same ids.
type Request struct {
	Project  string // project id
	Arrived  time.Time
	Signal   Signal
	Encoding Encoding
	Body     []byte // decompressed

	// MaxAge and MaxAhead are how far before and after Arrived a record's time may lie; 0 is any distance. They are part
	// of the request because it is judged again when the log is replayed, maybe under other settings.
	MaxAge, MaxAhead time.Duration
}

// Batch is what one Request became. Whoever receives a batch owns it.
type Batch struct {
	Project string
	Arrived time.Time // becomes created_at
	Seq     uint64    // position in the write-ahead log, ascending; 0 before it is logged
	Bytes   int       // memory that the batch holds on to, about

	Records []Record
	Metrics []Metric
	// Digest identifies the request's content. A metrics request is recognised as repeated by it; records by their ids.
	Digest Digest
}

// Digest is a 128-bit hash of a request body.
type Digest [16]byte

// Gap is a stretch of the write-ahead log that someone who follows fresh batches did not get.
type Gap struct {
	From, To uint64 // Seq of the first and the last batch that is missing
	Records  int    // how many records they held
}
