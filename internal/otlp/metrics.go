package otlp

import (
	"math"
	"slices"

	"github.com/hearth-dev/hearth/internal/record"
	"google.golang.org/protobuf/encoding/protowire"
)

// metrics maps an ExportMetricsServiceRequest.
func (d *decoding) metrics(body []byte) error {
	return d.scopes(body, func(metrics [][]byte) error {
		for _, message := range metrics {
			if err := d.metric(message); err != nil {
				return err
			}
		}
		return nil
	})
}

// The numbers of the fields of Metric that hold data points.
const (
	dataGauge       = 5
	dataSum         = 7
	dataHistogram   = 9
	dataExponential = 10
	dataSummary     = 11
)

// metricMessage is a Metric.
type metricMessage struct {
	name, description, unit string
	metadata                [][]byte
	dataField               int32
	data                    []byte
}

func readMetric(message []byte) (m metricMessage, err error) {
	f := walk(message)
	for f.next() {
		switch f.num {
		case 1:
			m.name = f.text()
		case 2:
			m.description = f.text()
		case 3:
			m.unit = f.text()
		case dataGauge, dataSum, dataHistogram, dataExponential, dataSummary:
			if f.num != m.dataField {
				m.dataField, m.data = f.num, nil
			}
			m.data = f.message(m.data)
		case 12:
			m.metadata = f.attribute(m.metadata)
		}
	}
	return m, f.err
}

// pointsMessage is a Gauge, Sum, Histogram, ExponentialHistogram or Summary: they are built alike.
type pointsMessage struct {
	points      [][]byte
	temporality uint64
	monotonic   bool
}

func (d *decoding) readPoints(message []byte) (p pointsMessage, err error) {
	f := walk(message)
	for f.next() {
		switch f.num {
		case 1:
			p.points = d.collect(p.points, &f)
		case 2:
			p.temporality = f.uint()
		case 3:
			p.monotonic = f.uint() != 0
		}
	}
	return p, f.err
}

// metric maps the points of one Metric.
func (d *decoding) metric(message []byte) error {
	m, err := readMetric(message)
	if err != nil {
		return err
	}
	points, err := d.readPoints(m.data)
	if err != nil {
		return err
	}
	shared, err := d.sharedMetric(&m, &points)
	if err != nil {
		return err
	}
	switch {
	case m.dataField == dataSummary:
		d.refuse(reasonSummary, len(points.points), m.name)
		return nil
	case m.dataField == 0:
		d.refuse(reasonNoData, 0, m.name)
		return nil
	case m.dataField != dataGauge && points.temporality >= uint64(len(temporalities)):
		d.refuse(reasonTemporality, len(points.points), m.name)
		return nil
	}
	d.batch.Metrics = slices.Grow(d.batch.Metrics, len(points.points))
	for _, point := range points.points {
		if err := d.point(point, m.dataField, &shared); err != nil {
			return err
		}
	}
	return nil
}

// temporalities are the texts of aggregation_temporality. An unspecified one is absent.
var temporalities = [...]record.Text{{}, record.Some("delta"), record.Some("cumulative")}

var metricTypes = map[int32]record.MetricType{
	dataGauge: record.Gauge, dataSum: record.Sum, dataHistogram: record.Histogram, dataExponential: record.ExponentialHistogram,
}

// sharedPoint is what the points of a metric have in common.
type sharedPoint struct {
	metric   record.Metric
	metadata []byte // part of Extra
}

func (d *decoding) sharedMetric(m *metricMessage, points *pointsMessage) (s sharedPoint, err error) {
	s.metric = record.Metric{
		Type: metricTypes[m.dataField], Origin: d.origin,
		Name: d.arena.capped(m.name, maxName), Unit: d.arena.capped(m.unit, maxName),
		Description: record.Optional(d.arena.capped(m.description, maxName)),
	}
	if m.dataField != dataGauge && points.temporality < uint64(len(temporalities)) {
		s.metric.Temporality = temporalities[points.temporality]
	}
	s.metric.Monotonic = m.dataField == dataSum && points.monotonic
	if len(m.metadata) > 0 {
		if d.scratch, err = d.attributeObject(d.scratch[:0], m.metadata, nil); err != nil {
			return s, err
		}
		s.metadata = d.arena.clone(d.scratch)
	}
	return s, nil
}

// pointMessage is a data point of any type. What the types number differently is read by readPoint.
type pointMessage struct {
	start, time, flags  uint64
	scalar              record.Float
	inexact             int64 // the scalar as it was sent, if it is a whole number that no double holds
	count, zeroCount    uint64
	sum, min, max       record.Float
	buckets             []uint64
	bounds              []float64
	scale               int64
	zeroThreshold       float64
	positive, negative  bucketsMessage
	exemplars           [][]byte
	hasPositive, hasNeg bool
}

// bucketsMessage is one side of an exponential histogram.
type bucketsMessage struct {
	offset int64
	counts []uint64
}

// point maps one data point.
func (d *decoding) point(message []byte, dataField int32, shared *sharedPoint) error {
	d.begin(&d.attributes)
	var p pointMessage
	var err error
	switch dataField {
	case dataGauge, dataSum:
		err = d.readNumber(&p, message)
	case dataHistogram:
		err = d.readHistogram(&p, message)
	default:
		err = d.readExponential(&p, message)
	}
	if err != nil {
		return err
	}
	m := shared.metric
	why := d.pointTimes(&m, &p)
	if why == "" {
		why = fillPoint(&m, &p)
	}
	if why != "" {
		d.refuse(why, 1, m.Name)
		return nil
	}
	if err := d.storeLabels(&m, &p, shared.metadata); err != nil {
		return err
	}
	shared.metadata = sharedOnce(shared.metadata)
	d.batch.Metrics = append(d.batch.Metrics, m)
	return nil
}

func (d *decoding) readNumber(p *pointMessage, message []byte) error {
	f := walk(message)
	for f.next() {
		switch f.num {
		case 2:
			p.start = f.fixed64()
		case 3:
			p.time = f.fixed64()
		case 4:
			p.scalar, p.inexact = record.Float{F: f.double(), Valid: true}, 0
		case 5:
			p.exemplars = d.collect(p.exemplars, &f)
		case 6:
			p.setInt(int64(f.fixed64()))
		case 7:
			if err := d.add(&d.attributes, f.bytes()); err != nil {
				return err
			}
		case 8:
			p.flags = f.uint()
		}
	}
	return f.err
}

func (p *pointMessage) setInt(n int64) {
	p.scalar, p.inexact = record.Float{F: float64(n), Valid: true}, 0
	if n > 1<<53 || n < -1<<53 {
		p.inexact = n
	}
}

func (d *decoding) readHistogram(p *pointMessage, message []byte) error {
	var bounds []uint64
	f := walk(message)
	for f.next() {
		switch f.num {
		case 2:
			p.start = f.fixed64()
		case 3:
			p.time = f.fixed64()
		case 4:
			p.count = f.fixed64()
		case 5:
			p.sum = record.Float{F: f.double(), Valid: true}
		case 6:
			p.buckets = f.appendUints(p.buckets, protowire.Fixed64Type)
		case 7:
			bounds = f.appendUints(bounds, protowire.Fixed64Type)
		case 8:
			p.exemplars = d.collect(p.exemplars, &f)
		case 9:
			if err := d.add(&d.attributes, f.bytes()); err != nil {
				return err
			}
		case 10:
			p.flags = f.uint()
		case 11:
			p.min = record.Float{F: f.double(), Valid: true}
		case 12:
			p.max = record.Float{F: f.double(), Valid: true}
		}
	}
	for _, bits := range bounds {
		p.bounds = append(p.bounds, math.Float64frombits(bits))
	}
	return f.err
}

func (d *decoding) readExponential(p *pointMessage, message []byte) (err error) {
	var positive, negative []byte
	f := walk(message)
	for f.next() {
		switch f.num {
		case 1:
			if err := d.add(&d.attributes, f.bytes()); err != nil {
				return err
			}
		case 2:
			p.start = f.fixed64()
		case 3:
			p.time = f.fixed64()
		case 4:
			p.count = f.fixed64()
		case 5:
			p.sum = record.Float{F: f.double(), Valid: true}
		case 6:
			p.scale = f.sint()
		case 7:
			p.zeroCount = f.fixed64()
		case 8:
			positive, p.hasPositive = f.message(positive), true
		case 9:
			negative, p.hasNeg = f.message(negative), true
		case 10:
			p.flags = f.uint()
		case 11:
			p.exemplars = d.collect(p.exemplars, &f)
		case 12:
			p.min = record.Float{F: f.double(), Valid: true}
		case 13:
			p.max = record.Float{F: f.double(), Valid: true}
		case 14:
			p.zeroThreshold = f.double()
		}
	}
	if f.err != nil {
		return f.err
	}
	if p.positive, err = readBuckets(positive); err != nil {
		return err
	}
	p.negative, err = readBuckets(negative)
	return err
}

func readBuckets(message []byte) (b bucketsMessage, err error) {
	f := walk(message)
	for f.next() {
		switch f.num {
		case 1:
			b.offset = f.sint()
		case 2:
			b.counts = f.appendUints(b.counts, protowire.VarintType)
		}
	}
	return b, f.err
}

// pointTimes fills the times. The start of a period may be as old as it likes: cumulative ones begin with the process.
func (d *decoding) pointTimes(m *record.Metric, p *pointMessage) (why reason) {
	if m.RecordedNano, why = d.checkTime(p.time); why != "" {
		return why
	}
	if p.start > uint64(d.latest) {
		return reasonFuture
	}
	m.StartNano = int64(p.start)
	return ""
}

// noRecordedValue is the flag of a point that says that there is nothing to say.
const noRecordedValue = 1

// fillPoint fills the numbers of a point, or says why it is refused. A point without a recorded value has none.
func fillPoint(m *record.Metric, p *pointMessage) reason {
	if p.flags&noRecordedValue != 0 {
		return ""
	}
	switch m.Type {
	case record.Gauge, record.Sum:
		m.Scalar = p.scalar
		return ""
	case record.Histogram:
		return fillHistogram(m, p)
	}
	return fillExponential(m, p)
}

func fillHistogram(m *record.Metric, p *pointMessage) reason {
	if len(p.buckets) > 0 && len(p.buckets) != len(p.bounds)+1 || len(p.buckets) == 0 && len(p.bounds) > 0 {
		return reasonBuckets
	}
	count, ok := int32Of(p.count)
	counts, countsOK := int32sOf(p.buckets)
	if !ok || !countsOK {
		return reasonCount
	}
	m.Count, m.Sum, m.Min, m.Max = count, p.sum, p.min, p.max
	m.BucketCounts, m.ExplicitBounds = counts, p.bounds
	if len(p.buckets) > 0 && p.bounds == nil {
		m.ExplicitBounds = []float64{}
	}
	return ""
}

func fillExponential(m *record.Metric, p *pointMessage) reason {
	count, ok := int32Of(p.count)
	zero, zeroOK := int32Of(p.zeroCount)
	positive, positiveOK := int32sOf(p.positive.counts)
	negative, negativeOK := int32sOf(p.negative.counts)
	if !ok || !zeroOK || !positiveOK || !negativeOK {
		return reasonCount
	}
	m.Count, m.Sum, m.Min, m.Max = count, p.sum, p.min, p.max
	m.Scale = record.Int{N: int32(p.scale), Valid: true}
	m.ZeroCount = zero
	m.ZeroThreshold = record.Float{F: p.zeroThreshold, Valid: true}
	m.PositiveCounts, m.NegativeCounts = positive, negative
	if p.hasPositive {
		m.PositiveOffset = record.Int{N: int32(p.positive.offset), Valid: true}
	}
	if p.hasNeg {
		m.NegativeOffset = record.Int{N: int32(p.negative.offset), Valid: true}
	}
	return ""
}

func int32Of(n uint64) (record.Int, bool) {
	return record.Int{N: int32(n), Valid: true}, n <= math.MaxInt32
}

func int32sOf(counts []uint64) ([]int32, bool) {
	if len(counts) == 0 {
		return nil, true
	}
	narrow := make([]int32, len(counts))
	for i, n := range counts {
		if n > math.MaxInt32 {
			return nil, false
		}
		narrow[i] = int32(n)
	}
	return narrow, true
}

// storeLabels fills the columns of a point that are JSON.
func (d *decoding) storeLabels(m *record.Metric, p *pointMessage, metadata []byte) (err error) {
	w := writing{schema: d.schemaFrom(&d.attributes)}
	if w.schema != nil {
		m.AttributeSchema = record.Some(w.schema.text)
	}
	if _, _, err := d.writeAttributes(&d.attributes, w); err != nil {
		return err
	}
	d.small = append(d.small, d.large...) // a label is a label: metrics have no column for bulky ones
	m.Attributes = d.keepObject(d.small)
	if len(p.exemplars) > 0 {
		if d.events, err = d.appendExemplars(d.events[:0], p.exemplars); err != nil {
			return err
		}
		m.Exemplars = d.arena.clone(d.events)
	}
	o := newObject(d.extra[:0])
	o.uint("flags", p.flags)
	o.int("as_int", p.inexact)
	o.json("metadata", metadata)
	m.Extra = d.keepExtra(o)
	return nil
}

// appendExemplars appends Exemplar messages as a JSON array.
func (d *decoding) appendExemplars(dst []byte, exemplars [][]byte) ([]byte, error) {
	dst = append(dst, '[')
	for i, message := range exemplars {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = d.appendExemplar(dst, message); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func (d *decoding) appendExemplar(dst, message []byte) (_ []byte, err error) {
	var at uint64
	var traceID, spanID []byte
	var attributes [][]byte
	var v value
	f := walk(message)
	for f.next() {
		switch f.num {
		case 2:
			at = f.fixed64()
		case 3:
			v = value{kind: doubleValue, n: f.fixed64()}
		case 4:
			spanID = f.bytes()
		case 5:
			traceID = f.bytes()
		case 6:
			v = value{kind: intValue, n: f.fixed64()}
		case 7:
			attributes = f.attribute(attributes)
		}
	}
	if f.err != nil {
		return dst, f.err
	}
	o := newObject(dst)
	o.key("timestamp")
	o.dst = appendTime(o.dst, at)
	o.key("value")
	if o.dst, err = appendValue(o.dst, v, nil); err != nil {
		return o.dst, err
	}
	o.hex("trace_id", traceID)
	o.hex("span_id", spanID)
	o.key("attributes")
	if o.dst, err = d.attributeObject(o.dst, attributes, nil); err != nil {
		return o.dst, err
	}
	return o.end(), nil
}
