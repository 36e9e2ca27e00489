package otlp

import (
	"strconv"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// exceptionEvent is the name of the span events that tell of an exception. They feed the exception columns of their
// span and get no record of their own.
const exceptionEvent = "exception"

// eventMessage is a span event.
type eventMessage struct {
	time              uint64
	name              string
	attributes        [][]byte
	droppedAttributes uint64
}

func readEvent(message []byte) (e eventMessage, err error) {
	f := walk(message)
	for f.next() {
		switch f.num {
		case 1:
			e.time = f.fixed64()
		case 2:
			e.name = f.text()
		case 3:
			e.attributes = f.attribute(e.attributes)
		case 4:
			e.droppedAttributes = f.uint()
		}
	}
	return e, f.err
}

// storeEvents fills otel_events, and the exception columns from the first exception.
func (d *decoding) storeEvents(r *record.Record) (err error) {
	if len(d.eventMessages) == 0 {
		return nil
	}
	d.events = append(d.events[:0], '[')
	for i, message := range d.eventMessages {
		e, err := readEvent(message)
		if err != nil {
			return err
		}
		if i > 0 {
			d.events = append(d.events, ',')
		}
		if d.events, err = d.appendEvent(d.events, e, nil); err != nil {
			return err
		}
		if e.name == exceptionEvent && !r.IsException {
			if err := d.readAttributes(&d.eventAttributes, e.attributes); err != nil {
				return err
			}
			r.IsException = true
			if err := d.storeException(r, &d.eventAttributes); err != nil {
				return err
			}
		}
	}
	d.events = append(d.events, ']')
	r.Events = d.arena.clone(d.events)
	return nil
}

// readAttributes fills a with attributes.
func (d *decoding) readAttributes(a *attributes, messages [][]byte) error {
	d.begin(a)
	for _, message := range messages {
		if err := d.add(a, message); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoding) appendEvent(dst []byte, e eventMessage, cuts *cutter) (_ []byte, err error) {
	dst = append(dst, `{"event_name":`...)
	dst = appendString(dst, cuts.text(e.name))
	dst = append(dst, `,"event_timestamp":`...)
	dst = appendTime(dst, e.time)
	dst = append(dst, `,"attributes":`...)
	if dst, err = d.attributeObject(dst, e.attributes, cuts); err != nil {
		return dst, err
	}
	if e.droppedAttributes != 0 {
		dst = append(dst, `,"dropped_attributes_count":`...)
		dst = strconv.AppendUint(dst, e.droppedAttributes, 10)
	}
	return append(dst, '}'), nil
}

// appendTime appends a time as JSON: microseconds as in answers to queries, nanoseconds where they say more. A time
// that no calendar holds is appended as its number.
func appendTime(dst []byte, unixNano uint64) []byte {
	if int64(unixNano) < 0 {
		return strconv.AppendUint(dst, unixNano, 10)
	}
	layout := `"2006-01-02T15:04:05.000000Z"`
	if unixNano%1000 != 0 {
		layout = `"2006-01-02T15:04:05.000000000Z"`
	}
	return time.Unix(0, int64(unixNano)).UTC().AppendFormat(dst, layout)
}

// storeException fills the exception columns from attributes.
func (d *decoding) storeException(r *record.Record, a *attributes) (err error) {
	if r.ExceptionType, err = d.exceptionText(a.get(exceptionType)); err != nil {
		return err
	}
	if r.ExceptionMessage, err = d.exceptionText(a.get(exceptionMessage)); err != nil {
		return err
	}
	r.ExceptionStacktrace, err = d.exceptionText(a.get(exceptionStacktrace))
	return err
}

func (d *decoding) exceptionText(v value) (record.Text, error) {
	if v.isText() {
		return record.Some(d.arena.capped(v.text(), maxException)), nil
	}
	text, err := d.asText(v)
	text.S = cut(text.S, maxException)
	return text, err
}

// spanEvents adds a record for each event of a span but exceptions. Pending spans are left out: the events come again
// with the final span.
func (d *decoding) spanEvents(span record.Record, events int) error {
	if span.Kind == record.KindPendingSpan {
		return nil
	}
	for i := range events {
		e, err := readEvent(d.eventMessages[i])
		if err != nil {
			return err
		}
		if e.name == exceptionEvent {
			continue
		}
		if err := d.spanEvent(&span, i, e); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoding) spanEvent(span *record.Record, index int, e eventMessage) error {
	at, reason := span.StartNano, reason("")
	if e.time != 0 {
		at, reason = d.checkTime(e.time)
	}
	if reason != "" {
		d.refuse(reasonEventTime, 0, e.name) // the event stays in otel_events of its span
		return nil
	}
	a := &d.eventAttributes
	if err := d.readAttributes(a, e.attributes); err != nil {
		return err
	}
	r := d.newRecord()
	r.Kind = record.KindSpanEvent
	r.TraceID, r.ParentSpanID = span.TraceID, record.Some(span.SpanID)
	r.SpanID = d.eventID(span, index)
	r.StartNano, r.EndNano = at, at
	d.storeHTTP(r, a)
	d.storeTags(r, a)
	longs := d.nameEvent(r, a, e.name)
	r.Level = explicitLevel(a, record.LevelInfo)
	if err := d.storeAttributes(r, a); err != nil {
		return err
	}
	o := newObject(d.extra[:0])
	o.uint("dropped_attributes_count", e.droppedAttributes)
	longs.add(&o)
	r.Extra = d.keepExtra(o)
	return nil
}

// eventID returns the id of an event's record. It depends on the span and not on the request, so that a span that is
// sent again in another batch, as collectors do, does not double its events.
func (d *decoding) eventID(span *record.Record, index int) string {
	d.scratch = append(append(append(d.scratch[:0], span.TraceID...), span.SpanID...), '/')
	d.scratch = strconv.AppendInt(d.scratch, int64(index), 10)
	return d.hexID(d.scratch, 2*spanIDLength)
}
