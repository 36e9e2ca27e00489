package otlp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
)

// reason says why something was refused. The texts are labels of metrics and attributes of records: keep them stable.
type reason string

const (
	reasonNoID        reason = "missing_id"
	reasonTooOld      reason = "too_old"
	reasonFuture      reason = "in_the_future"
	reasonSummary     reason = "summary_metric"
	reasonTemporality reason = "bad_temporality"
	reasonCount       reason = "count_too_large"
	reasonBuckets     reason = "bad_buckets"
	reasonEventTime   reason = "event_time"
	reasonNoData      reason = "unknown_metric_type"
)

// explanations say the reasons in words.
var explanations = map[reason]string{
	reasonNoID:        "trace id or span id is missing, zero or of the wrong length",
	reasonTooOld:      "older than the retention period",
	reasonFuture:      "too far in the future",
	reasonSummary:     "summary metrics are not supported",
	reasonTemporality: "aggregation temporality is not defined by OTLP",
	reasonCount:       "a count exceeds 2147483647",
	reasonBuckets:     "number of buckets and of bounds do not match",
	reasonEventTime:   "time out of bounds; the event has no record of its own and stays in its span",
	reasonNoData:      "metric without a known type of data",
}

// refusal counts what was refused for one reason.
type refusal struct {
	reason  reason
	count   int    // records, points or events
	example string // name of the first
}

// Refused says what of a request was not taken.
type Refused struct {
	// Rejected counts what OTLP's partial success counts: spans, log records or data points. Span events whose
	// record was refused are not among them, since they stay in their span.
	Rejected int
	// Reasons counts everything that was refused, by a stable word for the reason.
	Reasons map[string]int
	// All is true when nothing else of the request was taken.
	All bool
	// Message tells people what was refused and why.
	Message string
}

// refuse notes that something was refused; rejected is how many spans, log records or points it was.
func (d *decoding) refuse(why reason, rejected int, example string) {
	d.rejected += rejected
	count := max(rejected, 1)
	i := slices.IndexFunc(d.refusals, func(r refusal) bool { return r.reason == why })
	if i < 0 {
		d.refusals = append(d.refusals, refusal{reason: why, example: d.arena.capped(example, maxName)})
		i = len(d.refusals) - 1
	}
	d.refusals[i].count += count
}

// ingestErrorName is the name of the records that tell of refusals.
const (
	ingestErrorName    = "hearth ingest error"
	ingestErrorService = "hearth-ingest"
)

// refusedSummary adds one record per reason to the batch, so that people see in their project what did not arrive.
func (d *decoding) refusedSummary() *Refused {
	if len(d.refusals) == 0 {
		return nil
	}
	refused := &Refused{Rejected: d.rejected, Reasons: map[string]int{}}
	refused.All = len(d.batch.Records)+len(d.batch.Metrics) == 0
	d.origin = &record.Origin{ServiceName: ingestErrorService}
	var texts []string
	for _, f := range d.refusals {
		refused.Reasons[string(f.reason)] = f.count
		text := fmt.Sprintf("%d %s refused: %s", f.count, d.noun(f), explanations[f.reason])
		texts = append(texts, text)
		d.ingestError(f, text)
	}
	refused.Message = strings.Join(texts, "; ")
	return refused
}

// noun returns what was refused, in singular or plural.
func (d *decoding) noun(f refusal) string {
	noun := map[record.Signal]string{record.Traces: "span", record.Logs: "log record", record.Metrics: "data point"}[d.req.Signal]
	switch f.reason {
	case reasonEventTime:
		noun = "span event"
	case reasonNoData:
		noun = "metric"
	}
	if f.count != 1 {
		noun += "s"
	}
	return noun
}

func (d *decoding) ingestError(f refusal, text string) {
	r := d.newRecord()
	r.Kind, r.Level = record.KindLog, record.LevelWarn
	r.TraceID, r.SpanID = d.mint(2*traceIDLength), d.mint(2*spanIDLength)
	r.StartNano = d.req.Arrived.UnixNano()
	r.EndNano = r.StartNano
	r.SpanName = ingestErrorName
	r.Message = ingestErrorName + ": " + text
	o := newObject(d.scratch[:0])
	o.text("signal", d.req.Signal.String())
	o.text("reason", string(f.reason))
	o.key("count")
	o.dst = strconv.AppendInt(o.dst, int64(f.count), 10)
	o.text("example", f.example)
	d.scratch = o.end()
	r.Attributes = d.arena.clone(d.scratch)
}
