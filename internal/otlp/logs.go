package otlp

import (
	"slices"
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
)

// logs maps an ExportLogsServiceRequest.
func (d *decoding) logs(body []byte) error {
	return d.scopes(body, func(records [][]byte) error {
		d.batch.Records = slices.Grow(d.batch.Records, len(records))
		for _, message := range records {
			if err := d.log(message); err != nil {
				return err
			}
		}
		return nil
	})
}

// logMessage is a LogRecord, its fields views of the body. The attributes are in the state.
type logMessage struct {
	time, observed    uint64
	severity          int32
	severityText      string
	body              value
	droppedAttributes uint64
	flags             uint32
	traceID, spanID   []byte
	eventName         string
}

func (d *decoding) readLog(message []byte) (l logMessage, err error) {
	d.begin(&d.attributes)
	d.eventMessages, d.linkMessages = d.eventMessages[:0], d.linkMessages[:0]
	var body []byte
	f := walk(message)
	for f.next() {
		switch f.num {
		case 1:
			l.time = f.fixed64()
		case 2:
			l.severity = int32(f.uint())
		case 3:
			l.severityText = f.text()
		case 5:
			body = f.message(body)
		case 6:
			if err := d.add(&d.attributes, f.bytes()); err != nil {
				return l, err
			}
		case 7:
			l.droppedAttributes = f.uint()
		case 8:
			l.flags = f.fixed32()
		case 9:
			l.traceID = f.bytes()
		case 10:
			l.spanID = f.bytes()
		case 11:
			l.observed = f.fixed64()
		case 12:
			l.eventName = f.text()
		}
	}
	if f.err != nil {
		return l, f.err
	}
	l.body, err = readValue(body)
	return l, err
}

// log maps one LogRecord to a record.
func (d *decoding) log(message []byte) error {
	l, err := d.readLog(message)
	if err != nil {
		return err
	}
	sent := l.time
	if sent == 0 {
		sent = l.observed
	}
	at, reason := d.checkTime(sent)
	if reason != "" {
		d.refuse(reason, 1, logExample(l))
		return nil
	}
	a := &d.attributes
	d.addEventName(a, l.eventName)
	r := d.newRecord()
	r.Kind = record.KindLog
	r.StartNano, r.EndNano = at, at
	if validID(l.traceID, traceIDLength) {
		r.TraceID = d.traceID(l.traceID)
	} else {
		r.TraceID = d.mint(2 * traceIDLength)
	}
	r.SpanID, r.ParentSpanID = d.mint(2*spanIDLength), d.spanID(l.spanID)
	if a.get(exceptionType).kind != noValue || a.get(exceptionMessage).kind != noValue {
		r.IsException = true
		if err := d.storeException(r, a); err != nil {
			return err
		}
	}
	d.storeHTTP(r, a)
	d.storeTags(r, a)
	longs, err := d.nameLog(r, a, &l)
	if err != nil {
		return err
	}
	severity := severityLevel(&l)
	r.Level = explicitLevel(a, severity)
	if err := d.storeAttributes(r, a); err != nil {
		return err
	}
	r.Extra = d.logExtra(&l, r.Level, longs)
	return nil
}

// addEventName keeps the event's name as an attribute too, as older SDKs sent it.
func (d *decoding) addEventName(a *attributes, name string) {
	if name == "" || a.get(eventName).kind != noValue {
		return
	}
	a.list = append(a.list, attribute{d.keys.lookup("event.name"), value{kind: textValue, b: []byte(name)}})
	a.at[eventName] = int32(len(a.list))
}

// logExample tells people which log was refused.
func logExample(l logMessage) string {
	if l.eventName != "" {
		return l.eventName
	}
	return l.body.nonEmptyText()
}

// severityLevel returns the level of a log by its severity number, else by its severity's name, else info.
func severityLevel(l *logMessage) record.Level {
	if l.severity > 0 && l.severity <= 24 {
		return record.Level(l.severity)
	}
	if level, ok := record.ParseLevel(l.severityText); ok {
		return level
	}
	if level, ok := severityNames[strings.ToLower(l.severityText)]; ok {
		return level
	}
	return record.LevelInfo
}

// nameLog fills log_body, span_name and message.
func (d *decoding) nameLog(r *record.Record, a *attributes, l *logMessage) (longs longTexts, err error) {
	var body string // of an unstructured log
	name := a.text(eventName)
	switch l.body.kind {
	case noValue:
	case textValue:
		r.LogBody = record.Some(d.arena.text(l.body.text()))
		body = l.body.text()
	default:
		if d.scratch, err = appendValue(d.scratch[:0], l.body, nil); err != nil {
			return longs, err
		}
		if l.body.kind == bytesValue {
			d.scratch = d.scratch[1 : len(d.scratch)-1] // base64 needs no quotes: it is a text
		}
		r.LogBody = record.Some(view(d.arena.clone(d.scratch)))
		if name == "" {
			body = r.LogBody.S
		}
	}
	if body != "" {
		name = body
	}
	message := name
	if stated := a.text(logfireMsg); stated != "" {
		a.consume(logfireMsg)
		message = stated
	}
	if a.text(logfireMsgTemplate) == name && name != "" {
		a.consume(logfireMsgTemplate)
	}
	longs = d.setTexts(r, name, message)
	if longs.name == body {
		longs.name = "" // log_body has the whole
	}
	return longs, nil
}

// logExtra keeps what has no column. The severity number has one unless an attribute states another level.
func (d *decoding) logExtra(l *logMessage, level record.Level, longs longTexts) []byte {
	o := newObject(d.extra[:0])
	o.text("severity_text", l.severityText)
	if record.Level(l.severity) != level || l.severity != int32(level) {
		o.int("severity_number", int64(l.severity))
	}
	if l.time != 0 {
		o.uint("observed_time_unix_nano", l.observed)
	}
	o.uint("flags", uint64(l.flags))
	o.uint("dropped_attributes_count", l.droppedAttributes)
	if len(l.traceID) != 0 && len(l.traceID) != traceIDLength {
		o.hex("trace_id", l.traceID)
	}
	if len(l.spanID) != 0 && len(l.spanID) != spanIDLength {
		o.hex("span_id", l.spanID)
	}
	longs.add(&o)
	return d.keepExtra(o)
}
