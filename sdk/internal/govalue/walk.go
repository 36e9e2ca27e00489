package govalue

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"time"
)

const (
	// maxDepth is how deep structures go out. encoding/json gives up at 10 000; nobody reads that far.
	maxDepth = 32
	// maxKeys is how many entries of a map are looked at: they are sorted, so all of them have to be there first.
	maxKeys = 10_000
)

// walk writes one value as JSON and tells its schema.
type walk struct {
	json  []byte
	text  string // of a value that is one text: that text
	depth int
	above []place // pointers, maps and lists that the walk is in
}

// place is where something lies in memory, and what it is: a struct begins where its first field does.
type place struct {
	at reflect.Type
	to uintptr
}

// value appends v and returns its schema.
func (w *walk) value(v reflect.Value) string {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return w.put("null", null)
	}
	if w.isAbove(v) {
		return w.put(`"<circular reference>"`, plain)
	}
	if w.depth == maxDepth {
		return w.put(`"..."`, plain)
	}
	above := len(w.above)
	var schema string
	switch v.Kind() {
	case reflect.Pointer:
		w.above = append(w.above, placeOf(v))
		schema = w.value(v.Elem())
	case reflect.Map, reflect.Slice:
		w.above = append(w.above, placeOf(v))
		fallthrough
	default:
		w.depth++
		schema = w.write(v, typeOf(v))
		w.depth--
	}
	w.above = w.above[:above]
	return schema
}

func placeOf(v reflect.Value) place { return place{v.Type(), v.Pointer()} }

// isAbove tells whether the walk is inside of what v points to. What is empty has nothing inside.
func (w *walk) isAbove(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice:
		return v.Len() > 0 && slices.Contains(w.above, placeOf(v))
	case reflect.Pointer:
		return slices.Contains(w.above, placeOf(v))
	}
	return false
}

// put appends JSON that is ready and returns its schema.
func (w *walk) put(text, schema string) string {
	w.json = append(w.json, text...)
	return schema
}

// quote appends a text, cut to what is left of the attribute, and returns its schema.
func (w *walk) quote(text, schema string) string {
	text = cut(text, max(maxBytes-len(w.json), 64))
	if len(w.json) == 0 {
		w.text = text
	}
	w.json = appendString(w.json, text)
	return schema
}

func (w *walk) full() bool { return len(w.json) >= maxBytes }

func (w *walk) write(v reflect.Value, g *goType) string {
	switch g.form {
	case asBool:
		w.json = strconv.AppendBool(w.json, v.Bool())
		return plain
	case asInt:
		w.json = strconv.AppendInt(w.json, v.Int(), 10)
		return plain
	case asUint:
		w.json = strconv.AppendUint(w.json, v.Uint(), 10)
		return plain
	case asFloat:
		if name := notFinite(v.Float()); name != "" {
			return w.quote(name, plain)
		}
		w.json = appendFloat(w.json, v.Float(), v.Type().Bits())
		return plain
	case asComplex:
		return w.quote(strconv.FormatComplex(v.Complex(), 'g', -1, v.Type().Bits()), plain)
	case asString:
		return w.quote(v.String(), plain)
	case asBytes:
		return w.quote(pythonBytes(bytesOf(v)), bytesSchema(g))
	case asList:
		return w.list(v, g)
	case asMap:
		return w.mapping(v, g)
	case asStruct:
		return w.structure(v, g)
	case asNothing:
		return w.quote(v.Type().String(), unknown)
	}
	return w.own(v, g)
}

// own writes a value of a type that says itself how.
func (w *walk) own(v reflect.Value, g *goType) string {
	x, ok := interfaceOf(v, g)
	if !ok {
		return w.quote(v.Type().String(), unknown)
	}
	switch g.form {
	case asTime:
		return w.quote(isoTime(x.(time.Time)), dateTime)
	case asDuration:
		d := x.(time.Duration)
		if len(w.json) == 0 {
			w.text = d.String()
		}
		w.json = appendFloat(w.json, d.Seconds(), 64)
		return timedelta
	case asLogValuer:
		return w.logValue(x)
	case asError:
		return w.failure(x.(error))
	case asBigInt:
		n := x.(big.Int)
		w.json = n.Append(w.json, 10)
		return plain
	case asURL:
		u := x.(url.URL)
		return w.quote(u.Redacted(), anyURL)
	case asRaw:
		return w.raw(x.(json.RawMessage), g)
	case asNumber:
		return w.raw([]byte(x.(json.Number)), &goType{form: asRaw})
	case asMarshaler:
		return w.marshaled(x.(json.Marshaler), g)
	case asText:
		return w.asText(v, g, func() (string, error) {
			text, err := x.(encoding.TextMarshaler).MarshalText()
			return string(text), err
		})
	default:
		return w.asText(v, g, func() (string, error) { return x.(fmt.Stringer).String(), nil })
	}
}

// interfaceOf returns v, or its address if that has the method.
func interfaceOf(v reflect.Value, g *goType) (x any, ok bool) {
	if g.byAddr {
		v = v.Addr()
	}
	if !v.CanInterface() {
		return nil, false
	}
	return v.Interface(), true
}

func (w *walk) logValue(x any) string {
	v, ok := x.(slog.Value)
	if !ok {
		v = slog.AnyValue(x)
	}
	if v = v.Resolve(); v.Kind() == slog.KindGroup {
		return w.group(v.Group())
	}
	return w.value(reflect.ValueOf(v.Any()))
}

// asText writes what a method of the host's makes of v.
func (w *walk) asText(v reflect.Value, g *goType, method func() (string, error)) string {
	text, ok := survive(method)
	schema := g.schema
	if t := v.Type(); t == addrType || t == ipType || t == prefixType {
		schema = schemaOfAddress(t, text)
	}
	if !ok {
		schema = plain
	}
	return w.quote(text, schema)
}

// failure writes an error as its message.
func (w *walk) failure(err error) string {
	text, ok := survive(func() (string, error) { return err.Error(), nil })
	if !ok {
		return w.quote(text, plain)
	}
	return w.quote(text, titled("object", titleOf(TypeOfError(err)), "Exception"))
}

// raw appends JSON that somebody else wrote.
func (w *walk) raw(text []byte, g *goType) string {
	title := g.title
	if g.form == asRaw {
		title = ""
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil || compact.Len() == 0 || len(w.json)+compact.Len() > maxBytes {
		return w.quote(string(text), plain)
	}
	w.json = append(w.json, compact.Bytes()...)
	if first := compact.Bytes()[0]; first == '"' && len(w.json) == compact.Len() {
		if err := json.Unmarshal(compact.Bytes(), &w.text); err != nil {
			w.text = ""
		}
	}
	return schemaOfJSON(title, compact.Bytes())
}

func (w *walk) marshaled(x json.Marshaler, g *goType) string {
	text, ok := survive(func() (string, error) {
		text, err := x.MarshalJSON()
		return string(text), err
	})
	if !ok {
		return w.quote(text, plain)
	}
	return w.raw([]byte(text), g)
}

func (w *walk) list(v reflect.Value, g *goType) string {
	items := make([]string, 0, min(v.Len(), 64))
	w.json = append(w.json, '[')
	for i := range v.Len() {
		if i > 0 {
			w.json = append(w.json, ',')
		}
		if w.full() {
			w.json = fmt.Appendf(w.json, `"... %d more"`, v.Len()-i)
			break
		}
		items = append(items, w.value(v.Index(i)))
	}
	w.json = append(w.json, ']')
	return schemaOfList(g, items)
}

// mapping writes a map in the order of its keys, so that equal maps are equal texts.
func (w *walk) mapping(v reflect.Value, g *goType) string {
	entries := entriesOf(v)
	o := w.open()
	for i, e := range entries {
		if w.full() {
			entries = entries[:i]
			break
		}
		o.part(keyText(e.key), e.value)
	}
	o.close(v.Len() - len(entries))
	return schemaOfMap(g, o.properties)
}

type entry struct{ key, value reflect.Value }

// entriesOf returns a map's entries, maxKeys at most, in the order of their keys.
func entriesOf(v reflect.Value) []entry {
	entries := make([]entry, 0, min(v.Len(), maxKeys))
	for of := v.MapRange(); len(entries) < maxKeys && of.Next(); {
		entries = append(entries, entry{of.Key(), of.Value()})
	}
	switch key := v.Type().Key(); formOfKind(key) {
	case asInt:
		slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.key.Int(), b.key.Int()) })
	case asUint:
		slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.key.Uint(), b.key.Uint()) })
	case asString:
		slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.key.String(), b.key.String()) })
	default:
		slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(keyText(a.key), keyText(b.key)) })
	}
	return entries
}

// keyText returns a map's key as text, as encoding/json writes it where it can.
func keyText(key reflect.Value) string {
	if key.Kind() == reflect.String {
		return key.String()
	}
	var w walk
	w.value(key)
	if w.text != "" {
		return w.text
	}
	return string(w.json)
}

func (w *walk) structure(v reflect.Value, g *goType) string {
	o := w.open()
	for i := range g.fields {
		f := &g.fields[i]
		part := f.get(v)
		if f.left(part) {
			continue
		}
		if w.full() {
			o.close(len(g.fields) - i)
			return schemaOfStruct(g, o.properties)
		}
		o.part(f.name, part)
	}
	o.close(0)
	return schemaOfStruct(g, o.properties)
}

// group writes the attributes of a group, those of groups without a name among them.
func (w *walk) group(attrs []slog.Attr) string {
	if w.depth == maxDepth {
		return w.put(`"..."`, plain)
	}
	w.depth++
	o := w.open()
	o.group(attrs)
	o.close(0)
	w.depth--
	return schemaOfMap(&goType{}, o.properties)
}

// objectWriter writes the parts of one JSON object.
type objectWriter struct {
	*walk
	count      int
	properties []property
}

func (w *walk) open() *objectWriter {
	w.json = append(w.json, '{')
	return &objectWriter{walk: w}
}

func (o *objectWriter) name(name string) {
	if o.count > 0 {
		o.json = append(o.json, ',')
	}
	o.count++
	o.json = append(appendString(o.json, name), ':')
}

func (o *objectWriter) part(name string, v reflect.Value) {
	o.name(name)
	o.properties = append(o.properties, property{name, o.value(v)})
}

func (o *objectWriter) group(attrs []slog.Attr) {
	for i, a := range attrs {
		if o.full() {
			o.name("...")
			o.json = fmt.Appendf(o.json, `"%d more"`, len(attrs)-i)
			return
		}
		v := a.Value.Resolve()
		switch {
		case a.Equal(slog.Attr{}):
		case v.Kind() == slog.KindGroup && len(v.Group()) == 0:
		case v.Kind() == slog.KindGroup && a.Key == "":
			o.group(v.Group())
		case v.Kind() == slog.KindGroup:
			o.name(a.Key)
			o.properties = append(o.properties, property{a.Key, o.walk.group(v.Group())})
		default:
			o.part(a.Key, reflect.ValueOf(v.Any()))
		}
	}
}

// close ends the object, and says how many parts are left out.
func (o *objectWriter) close(left int) {
	if left > 0 {
		o.name("...")
		o.json = fmt.Appendf(o.json, `"%d more"`, left)
	}
	o.json = append(o.json, '}')
}

func bytesOf(v reflect.Value) []byte {
	if v.Kind() == reflect.Slice || v.CanAddr() {
		return v.Bytes()
	}
	copied := make([]byte, v.Len())
	for i := range copied {
		copied[i] = byte(v.Index(i).Uint())
	}
	return copied
}

func bytesSchema(g *goType) string {
	if g.title == "" {
		return byteText
	}
	return `{"type":"string","x-python-datatype":"bytes","title":` + Quote(g.title) + "}"
}
