package otlp

import (
	"slices"
	"strconv"

	"github.com/hearth-dev/hearth/internal/record"
)

// attribute is one attribute, its value a view of the body.
type attribute struct {
	key   *key
	value value
}

// attributes are the attributes of one span, log, event, point, resource or scope, in the order in which they came.
type attributes struct {
	set      uint64 // number of the set, see key.seen
	list     []attribute
	at       [classes]int32 // 1 + the index in list of the attribute of a class
	consumed uint64         // bit per class: went to a column and is not kept in the JSON

	parts  uint32           // bit per costPart: there is one
	partAt [costParts]int32 // index in list of the attribute of a part, if there is one
}

// begin empties a for the next record.
func (d *decoding) begin(a *attributes) {
	d.sets++
	a.set, a.list = d.sets, a.list[:0]
	a.consumed = 1 << logfireDisableConsole // concerns the sender alone
	a.at = [classes]int32{}
	a.parts = 0
}

// release drops all references to the body.
func (a *attributes) release() {
	a.list = forget(a.list)
}

// add reads a KeyValue message. Of a key that comes twice, which OTLP forbids, the last value counts.
func (d *decoding) add(a *attributes, message []byte) error {
	name, v, err := readKeyValue(message)
	if err != nil {
		return err
	}
	k := d.keys.lookup(view(name))
	if k.seen == a.set && k.at < len(a.list) && a.list[k.at].key == k {
		a.list[k.at].value = v
		return nil
	}
	if len(a.list) == maxAttributes {
		return errTooManyAttributes
	}
	k.seen, k.at = a.set, len(a.list)
	a.list = append(a.list, attribute{k, v})
	if k.class != ordinary {
		a.at[k.class] = int32(len(a.list))
	} else if k.part != noPart {
		a.addPart(k)
	}
	return nil
}

// get returns the attribute of a class; its kind is noValue when there is none.
func (a *attributes) get(c class) value {
	if i := a.at[c]; i > 0 {
		return a.list[i-1].value
	}
	return value{}
}

// text returns the first text that is not empty among the attributes of these classes.
func (a *attributes) text(of ...class) string {
	for _, c := range of {
		if s := a.get(c).nonEmptyText(); s != "" {
			return s
		}
	}
	return ""
}

// consume marks that the attribute of a class went to a column and is not kept in the JSON.
func (a *attributes) consume(c class) { a.consumed |= 1 << c }

func (a *attributes) isConsumed(k *key) bool {
	return a.consumed&(1<<k.class) != 0 && k.class != ordinary
}

// Classes are bits of a uint64.
const _ = uint(63 - classes)

// asText returns what attributes->>'key' yields for v: texts as they are, everything else as JSON; absent for null.
func (d *decoding) asText(v value) (record.Text, error) {
	switch v.kind {
	case noValue:
		return record.Text{}, nil
	case textValue:
		return record.Some(d.arena.text(v.text())), nil
	}
	json, err := appendValue(d.scratch[:0], v, nil)
	d.scratch = json[:0]
	if err != nil {
		return record.Text{}, err
	}
	return d.jsonText(json), nil
}

// jsonText returns what ->> yields for a JSON value: texts unquoted, absent for null.
func (d *decoding) jsonText(json []byte) record.Text {
	switch {
	case string(json) == "null":
		return record.Text{}
	case json[0] == '"':
		quoted := jsonReader{src: json}
		if unquoted, err := quoted.string(); err == nil {
			return record.Some(d.arena.text(view(unquoted)))
		}
	}
	return record.Some(view(d.arena.clone(json)))
}

// writing is how the attributes of one record are written.
type writing struct {
	schema  *schema       // nil: no text is JSON
	cuts    *cutter       // nil: whole
	dropped map[*key]bool // left out because the record would be too large
}

// writeAttributes writes the attributes that are kept to d.small and d.large, and the hot ones to d.hot. It returns
// the keys whose values were cut, and how many bytes each attribute takes if cuts are made.
func (d *decoding) writeAttributes(a *attributes, w writing) (sizes map[*key]int, cut []*key, err error) {
	d.small, d.large, d.hot = d.small[:0], d.large[:0], d.hot[:0]
	if w.cuts != nil {
		sizes = make(map[*key]int, len(a.list))
	}
	for i := range a.list {
		k, v := a.list[i].key, a.list[i].value
		if a.isConsumed(k) || w.dropped[k] {
			continue
		}
		to := &d.small
		if k.bulky {
			to = &d.large
		}
		before, cutsBefore := len(*to), 0
		if w.cuts != nil {
			cutsBefore = w.cuts.cuts
		}
		*to = append(*to, k.json...)
		at := len(*to)
		if *to, err = d.writeValue(*to, k, v, w); err != nil {
			return nil, nil, err
		}
		if w.cuts != nil {
			sizes[k] = len(*to) - before
			if w.cuts.cuts > cutsBefore {
				cut = append(cut, k)
			}
		}
		if k.hot >= 0 {
			d.addHot(k, v, (*to)[at:])
		}
	}
	return sizes, cut, nil
}

// writeValue appends one value. A text that the schema lists is JSON, if it is valid.
func (d *decoding) writeValue(dst []byte, k *key, v value, w writing) ([]byte, error) {
	if w.schema != nil && v.isText() && len(v.b) > 0 && (w.cuts == nil || len(v.b) <= keptText) {
		if t := w.schema.types[k.name]; t != unlisted {
			at := len(dst)
			written, err := appendCompact(dst, v.text())
			if err == nil && t.accepts(written[at]) {
				return written, nil
			}
			dst = written[:at]
		}
	}
	return appendValue(dst, v, w.cuts)
}

// addHot notes the value of a hot attribute, in ascending order of index.
func (d *decoding) addHot(k *key, v value, json []byte) {
	var text record.Text
	if v.isText() && json[0] == '"' && len(json) == len(v.b)+2 { // nothing was escaped, cut or repaired
		text = record.Some(d.arena.text(v.text()))
	} else {
		text = d.jsonText(json)
	}
	if !text.Valid {
		return
	}
	hot := record.HotValue{Index: uint16(k.hot), Value: text.S}
	i := len(d.hot)
	for i > 0 && d.hot[i-1].Index > hot.Index {
		i--
	}
	d.hot = slices.Insert(d.hot, i, hot)
}

// storeAttributes fills the columns that hold attributes. r.Events, r.Links and r.LogBody must be set before, since
// they count towards the size of the record.
func (d *decoding) storeAttributes(r *record.Record, a *attributes) error {
	w := writing{schema: d.schemaFrom(a)}
	if w.schema != nil {
		r.AttributeSchema = record.Some(w.schema.text)
	}
	d.addNullArguments(a)
	if _, _, err := d.writeAttributes(a, w); err != nil {
		return err
	}
	if size := len(d.small) + len(d.large) + len(r.Events) + len(r.Links); size > maxRecord || len(r.LogBody.S) > maxRecord {
		if err := d.shrink(r, a, w); err != nil {
			return err
		}
	}
	r.Attributes, r.LargeAttributes = d.keepObject(d.small), d.keepObject(d.large)
	r.Hot = d.arena.hotValues(d.hot)
	return nil
}

// schemaFrom returns the schema among the attributes and takes it out of them. A wrong one stays an attribute.
func (d *decoding) schemaFrom(a *attributes) *schema {
	text := a.text(logfireJSONSchema)
	if text == "" {
		return nil
	}
	s := d.schemaOf(text)
	if s != nil {
		a.consume(logfireJSONSchema)
	}
	return s
}

// keepObject copies properties, which each begin with a comma, as an object.
func (d *decoding) keepObject(properties []byte) []byte {
	if len(properties) == 0 {
		return nil
	}
	kept := d.arena.reserve(len(properties) + 1)
	copy(kept, properties)
	kept[0], kept[len(properties)] = '{', '}'
	return kept
}

// addNullArguments adds the arguments that SDKs name because OTLP cannot say null.
func (d *decoding) addNullArguments(a *attributes) {
	names := a.get(logfireNullArgs)
	if names.kind != arrayValue {
		return
	}
	texts, ok := textElements(names.b)
	if !ok || len(a.list)+len(texts) > maxAttributes {
		return
	}
	a.consume(logfireNullArgs)
	d.sets++ // other sets were read since, so that the marks are made again
	a.set = d.sets
	for i := range a.list {
		a.list[i].key.seen = a.set
	}
	for _, name := range texts {
		if k := d.keys.lookup(name); k.seen != a.set {
			k.seen = a.set
			a.list = append(a.list, attribute{k, value{}})
		}
	}
}

// textElements returns the elements of an array of texts, views of the body. It is not ok if there are others.
func textElements(array []byte) (texts []string, ok bool) {
	f := walk(array)
	for f.next() {
		if f.num != 1 {
			continue
		}
		v, err := readValue(f.bytes())
		if err != nil || !v.isText() || len(texts) == maxAttributes {
			return nil, false
		}
		texts = append(texts, v.text())
	}
	return texts, f.err == nil
}

// attributeObject appends the attributes as one JSON object, bulky or not, as they were sent.
func (d *decoding) attributeObject(dst []byte, messages [][]byte, cuts *cutter) ([]byte, error) {
	o := newObject(dst)
	for _, message := range messages {
		name, v, err := readKeyValue(message)
		if err != nil {
			return o.dst, err
		}
		if o.empty() {
			o.dst = append(o.dst, '{')
		} else {
			o.dst = append(o.dst, ',')
		}
		o.dst = append(appendString(o.dst, view(name)), ':')
		if o.dst, err = appendValue(o.dst, v, cuts); err != nil {
			return o.dst, err
		}
	}
	return o.end(), nil
}

// intOf returns a whole number that came as an int, as a double without a fraction, or as text.
func intOf(v value) (n int64, ok bool) {
	switch v.kind {
	case intValue:
		return int64(v.n), true
	case doubleValue:
		n = int64(v.double())
		return n, float64(n) == v.double()
	case textValue:
		n, err := strconv.ParseInt(v.text(), 10, 64)
		return n, err == nil
	}
	return 0, false
}
