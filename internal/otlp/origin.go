package otlp

import (
	"math"
	"strconv"

	"github.com/hearth-dev/hearth/internal/record"
)

// unknownService is the name of a service that does not say its name.
const unknownService = "unknown_service"

// readResource maps a Resource to the part of an origin that scopes share, and sets d.resourceExtra.
func (d *decoding) readResource(message, schemaURL []byte) (*record.Origin, error) {
	var attributes, entities [][]byte
	var dropped uint64
	f := walk(message)
	for f.next() {
		switch f.num {
		case 1:
			attributes = f.attribute(attributes)
		case 2:
			dropped = f.uint()
		case 3:
			entities = d.collect(entities, &f)
		}
	}
	if f.err != nil {
		return nil, f.err
	}
	a := &d.attributes
	if err := d.readAttributes(a, attributes); err != nil {
		return nil, err
	}
	origin, err := d.originOf(a)
	if err != nil {
		return nil, err
	}
	if len(attributes) > 0 {
		if d.scratch, err = d.attributeObject(d.scratch[:0], attributes, nil); err != nil {
			return nil, err
		}
		origin.Resource = d.arena.clone(d.scratch)
	}
	return origin, d.keepResourceExtra(view(schemaURL), dropped, entities)
}

func (d *decoding) originOf(a *attributes) (*record.Origin, error) {
	origin := &record.Origin{ServiceName: unknownService}
	var err error
	text := func(of ...class) record.Text {
		for _, c := range of {
			value, failed := d.asText(a.get(c))
			if failed != nil {
				err = failed
			}
			if value.S != "" {
				value.S = cut(value.S, maxName)
				return value
			}
		}
		return record.Text{}
	}
	if name := text(serviceName); name.Valid {
		origin.ServiceName = name.S
	}
	origin.ServiceNamespace = text(serviceNamespace).S
	origin.ServiceVersion = text(serviceVersion)
	origin.ServiceInstanceID = text(serviceInstanceID)
	origin.SDKName, origin.SDKLanguage, origin.SDKVersion = text(sdkName), text(sdkLanguage), text(sdkVersion)
	origin.Environment = text(environmentName, environment)
	if pid, ok := intOf(a.get(processPID)); ok && pid > 0 && pid <= math.MaxInt32 {
		origin.ProcessPID = int32(pid)
	}
	return origin, err
}

func (d *decoding) keepResourceExtra(schemaURL string, dropped uint64, entities [][]byte) (err error) {
	d.resourceExtra = nil
	o := newObject(d.extra[:0])
	o.text("schema_url", schemaURL)
	o.uint("dropped_attributes_count", dropped)
	if len(entities) > 0 {
		if d.scratch, err = appendEntities(d.scratch[:0], entities); err != nil {
			return err
		}
		o.json("entity_refs", d.scratch)
	}
	if !o.empty() {
		d.extra = o.end()
		d.resourceExtra = d.arena.clone(d.extra)
	}
	return nil
}

// appendEntities appends EntityRef messages as a JSON array.
func appendEntities(dst []byte, entities [][]byte) ([]byte, error) {
	dst = append(dst, '[')
	for i, message := range entities {
		if i > 0 {
			dst = append(dst, ',')
		}
		var schemaURL, kind string
		var idKeys, descriptionKeys []string
		f := walk(message)
		for f.next() {
			switch f.num {
			case 1:
				schemaURL = f.text()
			case 2:
				kind = f.text()
			case 3:
				idKeys = f.texts(idKeys)
			case 4:
				descriptionKeys = f.texts(descriptionKeys)
			}
		}
		if f.err != nil {
			return dst, f.err
		}
		o := newObject(dst)
		o.text("schema_url", schemaURL)
		o.text("type", kind)
		o.texts("id_keys", idKeys)
		o.texts("description_keys", descriptionKeys)
		dst = o.end()
	}
	return append(dst, ']'), nil
}

// texts appends a text to a list of bounded length.
func (f *fields) texts(list []string) []string {
	if len(list) == maxAttributes {
		f.err = errTooManyAttributes
		return list
	}
	return append(list, f.text())
}

// addScope adds an InstrumentationScope to an origin, and sets d.scopeExtra.
func (d *decoding) addScope(origin *record.Origin, message, schemaURL []byte) (err error) {
	var name, version string
	var attributes [][]byte
	var dropped uint64
	f := walk(message)
	for f.next() {
		switch f.num {
		case 1:
			name = f.text()
		case 2:
			version = f.text()
		case 3:
			attributes = f.attribute(attributes)
		case 4:
			dropped = f.uint()
		}
	}
	if f.err != nil {
		return f.err
	}
	origin.ScopeName = record.Optional(d.arena.capped(name, maxName))
	origin.ScopeVersion = record.Optional(d.arena.capped(version, maxName))
	if len(attributes) > 0 {
		if d.scratch, err = d.attributeObject(d.scratch[:0], attributes, nil); err != nil {
			return err
		}
		origin.ScopeAttributes = d.arena.clone(d.scratch)
	}
	d.scopeExtra = nil
	o := newObject(d.extra[:0])
	o.text("schema_url", view(schemaURL))
	o.uint("dropped_attributes_count", dropped)
	if !o.empty() {
		d.extra = o.end()
		d.scopeExtra = d.arena.clone(d.extra)
	}
	return nil
}

// texts adds an array of texts unless it is empty.
func (o *object) texts(name string, texts []string) {
	if len(texts) == 0 {
		return
	}
	o.key(name)
	for i, text := range texts {
		o.dst = append(o.dst, "[,"[min(i, 1)])
		o.dst = appendString(o.dst, text)
	}
	o.dst = append(o.dst, ']')
}

// int adds a property unless n is 0.
func (o *object) int(name string, n int64) {
	if n != 0 {
		o.key(name)
		o.dst = strconv.AppendInt(o.dst, n, 10)
	}
}
