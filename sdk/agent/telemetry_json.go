package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
)

// object is a JSON object whose fields have an order: the same message is always the same text.
type object []field

type field struct {
	key   string
	value any // object, []object, []any, json.RawMessage, or what encoding/json takes
}

// with returns the object with a field more.
func (o object) with(key string, value any) object { return append(o, field{key, value}) }

// toJSON is compact JSON text of a value. It never fails: what cannot be said in JSON is said as a string.
func toJSON(v any) string { return string(appendJSON(nil, v)) }

func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case object:
		b = append(b, '{')
		for i, f := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, f.key), ':')
			b = appendJSON(b, f.value)
		}
		return append(b, '}')
	case []object:
		return appendList(b, v)
	case []any:
		return appendList(b, v)
	case string:
		return appendText(b, v)
	case json.RawMessage:
		return appendRaw(b, v)
	case nil:
		return append(b, "null"...)
	}
	return append(b, marshal(v)...)
}

func appendList[T any](b []byte, list []T) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, v)
	}
	return append(b, ']')
}

// appendRaw appends JSON text without its white space, or as a string if it is no JSON.
func appendRaw(b []byte, raw json.RawMessage) []byte {
	if len(raw) == 0 {
		return append(b, "null"...)
	}
	buffer := bytes.NewBuffer(b)
	if err := json.Compact(buffer, raw); err != nil {
		return appendText(b, string(raw))
	}
	return buffer.Bytes()
}

const hexDigits = "0123456789abcdef"

// appendText appends a JSON string. Only what must be escaped is, so that text stays readable. Bytes that are no UTF-8
// become U+FFFD.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[from:i]...), "\ufffd"...)
				from = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

// marshal is encoding/json without its escapes for HTML. A value that it does not take, or whose methods panic, is said as
// a string.
func marshal(v any) (text []byte) {
	defer func() {
		if p := recover(); p != nil {
			text = appendText(nil, fmt.Sprintf("Unable to serialize: %v", p))
		}
	}()
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return appendText(nil, fmt.Sprintf("%+v", v))
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
}

// toAttribute is a value as an attribute with structure, as the bodies of log records have it.
func toAttribute(v any) attribute.Value {
	switch v := v.(type) {
	case object:
		fields := make([]attribute.KeyValue, len(v))
		for i, f := range v {
			fields[i] = attribute.KeyValue{Key: attribute.Key(f.key), Value: toAttribute(f.value)}
		}
		return attribute.MapValue(fields...)
	case map[string]any:
		fields := make([]attribute.KeyValue, 0, len(v))
		for key, value := range v {
			fields = append(fields, attribute.KeyValue{Key: attribute.Key(key), Value: toAttribute(value)})
		}
		return attribute.MapValue(fields...)
	case []object:
		return listAttribute(v)
	case []any:
		return listAttribute(v)
	case string:
		return attribute.StringValue(v)
	case bool:
		return attribute.BoolValue(v)
	case int:
		return attribute.IntValue(v)
	case json.Number:
		return numberAttribute(v)
	case nil:
		return attribute.Value{}
	}
	return decoded(appendJSON(nil, v))
}

func listAttribute[T any](list []T) attribute.Value {
	values := make([]attribute.Value, len(list))
	for i, v := range list {
		values[i] = toAttribute(v)
	}
	return attribute.SliceValue(values...)
}

func numberAttribute(n json.Number) attribute.Value {
	if i, err := n.Int64(); err == nil {
		return attribute.Int64Value(i)
	}
	if f, err := n.Float64(); err == nil && !math.IsInf(f, 0) {
		return attribute.Float64Value(f)
	}
	return attribute.StringValue(n.String())
}

// decoded is the attribute of a JSON text.
func decoded(text []byte) attribute.Value {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return attribute.StringValue(string(text))
	}
	return toAttribute(v)
}
