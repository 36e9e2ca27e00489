package otlp

import (
	"github.com/valyala/fastjson"
)

// schema is a parsed logfire.json_schema: which text attributes hold JSON, and what kind of JSON.
type schema struct {
	text  string // compact, in the memory of the batch
	types map[string]jsonType
}

// jsonType is the type that a schema gives to an attribute.
type jsonType uint8

const (
	unlisted  jsonType = iota
	untyped            // listed without a type: a plain scalar or null, or of unknown type
	composite          // object or array
	stringType
	numberType
	booleanType
	otherType
)

// accepts tells whether JSON text that begins with first is what a property of the type holds. Otherwise it is a plain
// text that happens to look like JSON: SDKs send scalars as they are and list them all the same, so the text "123" of
// an untyped argument is no number.
func (t jsonType) accepts(first byte) bool {
	switch first {
	case '{', '[':
		return t == untyped || t == composite || t == otherType
	case 'n':
		return t != unlisted
	case '"': // an error, or what only its repr() tells of, is listed as an object and sent as the JSON of a text
		return t == stringType || t == composite || t == otherType
	case 't', 'f':
		return t == booleanType || t == otherType
	default:
		return t == numberType || t == otherType
	}
}

// schemaOf returns the schema that text holds, or nil if it holds none: a wrong schema never refuses a record.
func (d *decoding) schemaOf(text string) *schema {
	if known, ok := d.schemas[text]; ok {
		return known
	}
	var s *schema
	if d.parsedBytes+len(text) <= maxSchemas {
		s = d.parseSchema(text)
	}
	d.schemas[text] = s // the key is a view of the body: the map is emptied at the end of the request
	return s
}

func (d *decoding) parseSchema(text string) *schema {
	d.parsedBytes += len(text)
	compact, err := appendCompact(d.scratch[:0], text)
	if d.scratch = compact[:0]; err != nil {
		return nil
	}
	parsed, err := d.jsonParser.ParseBytes(compact)
	if err != nil || parsed.Type() != fastjson.TypeObject {
		return nil
	}
	s := &schema{text: view(d.arena.clone(compact)), types: map[string]jsonType{}}
	parsed.GetObject("properties").Visit(func(name []byte, property *fastjson.Value) {
		s.types[string(name)] = typeOf(property)
	})
	return s
}

func typeOf(property *fastjson.Value) jsonType {
	t := property.Get("type")
	if t == nil {
		if property.Exists("x-python-datatype") {
			return otherType
		}
		return untyped
	}
	switch view(t.GetStringBytes()) {
	case "object", "array":
		return composite
	case "string":
		return stringType
	case "number", "integer":
		return numberType
	case "boolean":
		return booleanType
	}
	return otherType
}
