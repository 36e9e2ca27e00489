package otlp

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
)

// traces maps an ExportTraceServiceRequest.
func (d *decoding) traces(body []byte) error {
	return d.scopes(body, func(spans [][]byte) error {
		d.batch.Records = slices.Grow(d.batch.Records, len(spans))
		for _, message := range spans {
			if err := d.span(message); err != nil {
				return err
			}
		}
		return nil
	})
}

// spanMessage is a Span, its fields views of the body. Attributes, events and links are in the state.
type spanMessage struct {
	traceID, spanID, parentID []byte
	name, traceState          string
	kind                      uint64
	start, end                uint64
	flags                     uint32
	droppedAttributes         uint64
	droppedEvents             uint64
	droppedLinks              uint64
	statusMessage             string
	statusCode                uint64
}

func (d *decoding) readSpan(message []byte) (s spanMessage, err error) {
	d.begin(&d.attributes)
	d.eventMessages, d.linkMessages = d.eventMessages[:0], d.linkMessages[:0]
	var status []byte
	f := walk(message)
	for f.next() {
		switch f.num {
		case 1:
			s.traceID = f.bytes()
		case 2:
			s.spanID = f.bytes()
		case 3:
			s.traceState = f.text()
		case 4:
			s.parentID = f.bytes()
		case 5:
			s.name = f.text()
		case 6:
			s.kind = f.uint()
		case 7:
			s.start = f.fixed64()
		case 8:
			s.end = f.fixed64()
		case 9:
			if err := d.add(&d.attributes, f.bytes()); err != nil {
				return s, err
			}
		case 10:
			s.droppedAttributes = f.uint()
		case 11:
			d.eventMessages = d.collect(d.eventMessages, &f)
		case 12:
			s.droppedEvents = f.uint()
		case 13:
			d.linkMessages = d.collect(d.linkMessages, &f)
		case 14:
			s.droppedLinks = f.uint()
		case 15:
			status = f.message(status)
		case 16:
			s.flags = f.fixed32()
		}
	}
	if f.err != nil {
		return s, f.err
	}
	return s, s.readStatus(status)
}

func (s *spanMessage) readStatus(message []byte) error {
	f := walk(message)
	for f.next() {
		switch f.num {
		case 2:
			s.statusMessage = f.text()
		case 3:
			s.statusCode = f.uint()
		}
	}
	return f.err
}

// span maps one Span to a record, and its events to more.
func (d *decoding) span(message []byte) error {
	s, err := d.readSpan(message)
	if err != nil {
		return err
	}
	if !validID(s.traceID, traceIDLength) || !validID(s.spanID, spanIDLength) {
		d.refuse(reasonNoID, 1, s.name)
		return nil
	}
	start, end, reason := d.spanTimes(&s)
	if reason != "" {
		d.refuse(reason, 1, s.name)
		return nil
	}
	a := &d.attributes
	r := d.newRecord()
	r.TraceID, r.StartNano, r.EndNano = d.traceID(s.traceID), start, end
	r.Kind = kindOf(a)
	r.OTelKind = uint8(min(s.kind, 255))
	if s.kind > 5 {
		r.OTelKind = 0
	}
	d.spanIDs(r, &s)
	r.StatusCode = record.Some(statusNames[min(s.statusCode, uint64(len(statusNames)-1))])
	r.StatusMessage = record.Optional(d.arena.capped(s.statusMessage, maxException))
	if err := d.storeEvents(r); err != nil {
		return err
	}
	if err := d.storeLinks(r); err != nil {
		return err
	}
	d.storeHTTP(r, a)
	d.storeTags(r, a)
	longs := d.nameSpan(r, a, s.name)
	r.Level = spanLevel(r, a, s.statusCode)
	if err := d.storeAttributes(r, a); err != nil {
		return err
	}
	if a.parts&costBits != 0 {
		if err := d.storeCost(r, a); err != nil {
			return err
		}
	}
	r.Extra = d.spanExtra(&s, longs)
	return d.spanEvents(*r, len(d.eventMessages))
}

// newRecord adds a record of the current origin to the batch. It may move when another is added.
func (d *decoding) newRecord() *record.Record {
	d.batch.Records = append(d.batch.Records, record.Record{Origin: d.origin})
	return &d.batch.Records[len(d.batch.Records)-1]
}

// statusNames are the names of status codes. Codes that OTLP does not define count as unset; see spanExtra.
var statusNames = [...]string{"UNSET", "OK", "ERROR", "UNSET"}

const statusError = 2

// spanTimes returns the times of a span, and why it is refused if it is. Times that are missing are taken from what
// is there.
func (d *decoding) spanTimes(s *spanMessage) (start, end int64, reason reason) {
	sentStart, sentEnd := s.start, s.end
	if sentStart == 0 {
		sentStart = sentEnd
	}
	if sentEnd == 0 {
		sentEnd = sentStart
	}
	start, reason = d.checkTime(sentStart)
	if reason != "" {
		return 0, 0, reason
	}
	if sentEnd == 0 {
		return start, start, ""
	}
	if sentEnd > uint64(d.latest) {
		return 0, 0, reasonFuture
	}
	return start, int64(sentEnd), ""
}

// checkTime returns a sent time, the time of arrival if it is 0, and why its record is refused if it is.
func (d *decoding) checkTime(sent uint64) (unixNano int64, reason reason) {
	switch {
	case sent == 0:
		return d.req.Arrived.UnixNano(), ""
	case sent > math.MaxInt64 || int64(sent) > d.latest:
		return 0, reasonFuture
	case int64(sent) < d.earliest:
		return 0, reasonTooOld
	}
	return int64(sent), ""
}

// kindOf reads logfire.span_type. A type that Logfire does not know stays an attribute.
func kindOf(a *attributes) record.Kind {
	kind := record.KindSpan
	switch a.text(logfireSpanType) {
	case "span":
	case "log":
		kind = record.KindLog
	case "pending_span":
		kind = record.KindPendingSpan
	case "annotation":
		kind = record.KindAnnotation
	default:
		return record.KindSpan
	}
	a.consume(logfireSpanType)
	return kind
}

// spanIDs fills the ids. A pending span is sent as a child of the span that it announces: the real span's id is in the
// parent id, and the real parent in an attribute.
func (d *decoding) spanIDs(r *record.Record, s *spanMessage) {
	r.SpanID = d.arena.hex(s.spanID)
	r.ParentSpanID = d.spanID(s.parentID)
	if r.Kind != record.KindPendingSpan {
		return
	}
	r.RawSpanID = record.Some(r.SpanID)
	if r.ParentSpanID.Valid {
		r.SpanID = r.ParentSpanID.S
	}
	r.ParentSpanID = record.Text{}
	if parent, ok := parseSpanID(d.attributes.text(logfirePendingParent)); ok {
		d.attributes.consume(logfirePendingParent)
		r.ParentSpanID = record.Optional(d.arena.text(parent))
	}
}

// parseSpanID reads 16 hex digits; all zero means none and gives "".
func parseSpanID(s string) (id string, ok bool) {
	if len(s) != 2*spanIDLength {
		return "", false
	}
	zero := true
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return "", false
		}
		zero = zero && c == '0'
	}
	if zero {
		return "", true
	}
	return strings.ToLower(s), true
}

// storeTags fills tags from logfire.tags, if it is an array of texts.
func (d *decoding) storeTags(r *record.Record, a *attributes) {
	tags := a.get(logfireTags)
	if tags.kind != arrayValue {
		return
	}
	texts, ok := textElements(tags.b)
	if !ok {
		return
	}
	a.consume(logfireTags)
	for i := range texts {
		texts[i] = d.arena.text(texts[i])
	}
	r.Tags = texts
}

// spanExtra keeps what has no column.
func (d *decoding) spanExtra(s *spanMessage, longs longTexts) []byte {
	o := newObject(d.extra[:0])
	o.text("trace_state", s.traceState)
	o.uint("flags", uint64(s.flags))
	o.uint("dropped_attributes_count", s.droppedAttributes)
	o.uint("dropped_events_count", s.droppedEvents)
	o.uint("dropped_links_count", s.droppedLinks)
	if s.kind > 5 {
		o.uint("kind", s.kind)
	}
	if s.statusCode > statusError {
		o.uint("status_code", s.statusCode)
	}
	if len(s.parentID) != 0 && len(s.parentID) != spanIDLength {
		o.hex("parent_span_id", s.parentID)
	}
	longs.add(&o)
	return d.keepExtra(o)
}

// maxSharedExtra is how many bytes of a resource, scope or metric are repeated in the Extra of each of its records.
// Beyond it only the first record has them: a request must not grow by the product of its parts.
const maxSharedExtra = 1 << 10

// sharedOnce returns what is left for the next record of something that records share.
func sharedOnce(extra []byte) []byte {
	if len(extra) > maxSharedExtra {
		return nil
	}
	return extra
}

// keepExtra adds what the resource and the scope have no column for, and returns the whole, nil for nothing.
func (d *decoding) keepExtra(o object) []byte {
	o.json("resource", d.resourceExtra)
	o.json("scope", d.scopeExtra)
	d.resourceExtra, d.scopeExtra = sharedOnce(d.resourceExtra), sharedOnce(d.scopeExtra)
	if o.empty() {
		return nil
	}
	d.extra = o.end()
	return d.arena.clone(d.extra)
}

// linkMessage is a Link.
type linkMessage struct {
	traceID, spanID   []byte
	traceState        string
	attributes        [][]byte
	droppedAttributes uint64
	flags             uint32
}

func readLink(message []byte) (l linkMessage, err error) {
	f := walk(message)
	for f.next() {
		switch f.num {
		case 1:
			l.traceID = f.bytes()
		case 2:
			l.spanID = f.bytes()
		case 3:
			l.traceState = f.text()
		case 4:
			l.attributes = f.attribute(l.attributes)
		case 5:
			l.droppedAttributes = f.uint()
		case 6:
			l.flags = f.fixed32()
		}
	}
	return l, f.err
}

// storeLinks fills otel_links.
func (d *decoding) storeLinks(r *record.Record) (err error) {
	if len(d.linkMessages) == 0 {
		return nil
	}
	d.links, err = d.appendLinks(d.links[:0], nil)
	r.Links = d.arena.clone(d.links)
	return err
}

func (d *decoding) appendLinks(dst []byte, cuts *cutter) ([]byte, error) {
	dst = append(dst, '[')
	for i, message := range d.linkMessages {
		if cuts.beyond(i+1, keptElements) {
			break
		}
		l, err := readLink(message)
		if err != nil {
			return dst, err
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"context":`...)
		context := newObject(dst)
		context.hex("trace_id", l.traceID)
		context.hex("span_id", l.spanID)
		context.text("trace_state", l.traceState)
		context.uint("flags", uint64(l.flags))
		dst = append(context.end(), `,"attributes":`...)
		if dst, err = d.attributeObject(dst, l.attributes, cuts); err != nil {
			return dst, err
		}
		if l.droppedAttributes != 0 {
			dst = append(dst, `,"dropped_attributes_count":`...)
			dst = strconv.AppendUint(dst, l.droppedAttributes, 10)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']'), nil
}
