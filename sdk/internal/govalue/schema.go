package govalue

import (
	"net/netip"
	"reflect"
	"strings"
)

// The schemas that say nothing beyond what JSON shows. Below the top they are left out.
const (
	object = `{"type":"object"}`
	array  = `{"type":"array"}`
	null   = `{"type":"null"}`
)

func obvious(schema string) bool {
	return schema == plain || schema == object || schema == array || schema == null
}

const (
	dateTime  = `{"type":"string","format":"date-time","x-python-datatype":"datetime"}`
	timedelta = `{"type":"string","x-python-datatype":"timedelta"}`
	decimal   = `{"type":"string","format":"decimal","x-python-datatype":"Decimal"}`
	byteText  = `{"type":"string","x-python-datatype":"bytes"}`
	anyURL    = `{"type":"string","x-python-datatype":"AnyUrl"}`
	unknown   = `{"type":"object","x-python-datatype":"unknown"}`
)

// titled returns the schema of a value that shows as Title(value).
func titled(jsonType, title, datatype string) string {
	schema := `{"type":"` + jsonType + `","title":` + Quote(title)
	return schema + `,"x-python-datatype":"` + datatype + `"}`
}

// schemaOfType returns what the schemas of all values of a type have in common.
func schemaOfType(t reflect.Type, g *goType) string {
	switch g.form {
	case asTime:
		return dateTime
	case asDuration:
		return timedelta
	case asError:
		return titled("object", g.title, "Exception")
	case asURL:
		return anyURL
	case asText, asStringer:
		return schemaOfText(t, g)
	case asBytes:
		return byteText
	case asStruct:
		if g.title != "" {
			return titled("object", g.title, "dataclass")
		}
		return object
	case asNothing:
		return unknown
	}
	return plain
}

// schemaOfText returns the schema of a type that writes itself as a text.
func schemaOfText(t reflect.Type, g *goType) string {
	switch {
	case t == regexpType:
		return `{"type":"string","format":"regex"}`
	case t == bigFloatType || g.title == "Decimal":
		return decimal
	case g.title == "UUID":
		return `{"type":"string","format":"uuid"}`
	case t == addrType || t == ipType || t == prefixType:
		return plain // the value says which version it is of
	case g.title == "":
		return plain
	case g.form == asStringer && t.Kind() != reflect.Struct && t.Kind() != reflect.Slice && t.Kind() != reflect.Array:
		return titled("string", g.title, "Enum")
	}
	return titled("string", g.title, "str")
}

// schemaOfAddress returns the schema of an IP address or network, given its text.
func schemaOfAddress(t reflect.Type, text string) string {
	suffix := ""
	if t == prefixType {
		suffix = "network"
		text, _, _ = strings.Cut(text, "/")
	}
	version := "ipv6"
	if addr, err := netip.ParseAddr(text); err == nil && addr.Is4() {
		version = "ipv4"
	}
	return `{"type":"string","format":"` + version + suffix + `"}`
}

// schemaOfJSON returns the schema of a type that wrote itself as JSON.
func schemaOfJSON(title string, text []byte) string {
	if title == "" {
		switch text[0] {
		case '{':
			return object
		case '[':
			return array
		case 'n':
			return null
		}
		return plain
	}
	switch text[0] {
	case '{':
		return titled("object", title, "dataclass")
	case '[':
		return titled("array", title, "Sequence")
	case '"':
		if title == "Decimal" {
			return decimal
		}
		return titled("string", title, "str")
	case 'n':
		return null
	case 't', 'f':
		return titled("boolean", title, "int")
	}
	return titled("number", title, "float")
}

// property is the schema of a part of an object.
type property struct{ name, schema string }

// propertiesOf returns the schemas of an object's parts that say something, as the keyword properties and what precedes
// it, "" if none does.
func propertiesOf(parts []property) string {
	var b []byte
	for _, p := range parts {
		if obvious(p.schema) {
			continue
		}
		if b == nil {
			b = append(b, `,"properties":{`...)
		} else {
			b = append(b, ',')
		}
		b = append(append(appendString(b, p.name), ':'), p.schema...)
	}
	if b == nil {
		return ""
	}
	return string(append(b, '}'))
}

// schemaOfStruct returns a struct's schema.
func schemaOfStruct(g *goType, parts []property) string {
	if properties := propertiesOf(parts); properties != "" {
		return strings.TrimSuffix(g.schema, "}") + properties + "}"
	}
	return g.schema
}

// Large maps say in one schema what all their values are, or nothing.
const (
	fewKeys   = 10
	manyKeys  = 100
	longKeyAt = 100 // characters
)

// schemaOfMap returns a map's schema.
func schemaOfMap(g *goType, properties []property) string {
	long := false
	for _, p := range properties {
		long = long || len(p.name) > longKeyAt
	}
	schema := `{"type":"object"`
	if len(properties) <= fewKeys && !long {
		schema += propertiesOf(properties)
	} else if common, same := commonSchema(properties); same && !obvious(common) {
		schema += `,"additionalProperties":` + common
	} else if len(properties) <= manyKeys && !long {
		schema += propertiesOf(properties)
	}
	if g.title != "" {
		schema += `,"x-python-datatype":"Mapping","title":` + Quote(g.title)
	}
	return schema + "}"
}

func commonSchema(properties []property) (common string, same bool) {
	for i, p := range properties {
		if i == 0 {
			common = p.schema
		} else if p.schema != common {
			return common, false
		}
	}
	return common, true
}

// schemaOfList returns the schema of a list whose items have these schemas.
func schemaOfList(g *goType, items []string) string {
	schema := `{"type":"array"`
	if g.title != "" {
		schema += `,"title":` + Quote(g.title) + `,"x-python-datatype":"Sequence"`
	}
	same, telling := true, false
	for _, item := range items {
		same = same && item == items[0]
		telling = telling || !obvious(item)
	}
	switch {
	case !telling:
	case same:
		schema += `,"items":` + items[0]
	default:
		schema += `,"prefixItems":[` + strings.Join(items, ",") + "]"
	}
	return schema + "}"
}
