package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
)

// attr is an attribute: a string, int, float64, bool or []string as itself, everything else as JSON text.
type attr struct {
	key   string
	value any
	// schema is the JSON schema of the value, for attributes that logfire.json_schema lists.
	schema string
}

type attrs []attr

// object is a JSON object.
type object = map[string]any

func kv(key string, value any) attr { return attr{key: key, value: value} }

// arg is an attribute that a call of the Logfire SDK was given.
func arg(key string, value any) attr {
	switch value.(type) {
	case string, int, float64, bool:
		return attr{key, value, "{}"}
	}
	return tree(key, value)
}

// tree is an attribute whose JSON text is meant to be read as what it says.
func tree(key string, value any) attr {
	schema := `{"type":"object"}`
	if strings.HasPrefix(text(value), "[") {
		schema = `{"type":"array"}`
	}
	return attr{key, value, schema}
}

// get returns the value of a key, or nil.
func (a attrs) get(key string) any {
	for _, one := range a {
		if one.key == key {
			return one.value
		}
	}
	return nil
}

// schema returns logfire.json_schema, or "" where no attribute is listed.
func (a attrs) schema() string {
	var sb strings.Builder
	for _, one := range a {
		if one.schema == "" {
			continue
		}
		if sb.Len() > 0 {
			sb.WriteByte(',')
		}
		sb.WriteString(text(one.key) + ":" + one.schema)
	}
	if sb.Len() == 0 {
		return ""
	}
	return `{"type":"object","properties":{` + sb.String() + `}}`
}

func (a attrs) encode() []*commonpb.KeyValue {
	list := make([]*commonpb.KeyValue, len(a))
	for i, one := range a {
		value := one.value
		switch value.(type) {
		case string, int, float64, bool, []string:
		default:
			value = text(value)
		}
		list[i] = &commonpb.KeyValue{Key: one.key, Value: anyValue(value)}
	}
	return list
}

// text returns a value as JSON.
func text(value any) string {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(fmt.Sprintf("%T is no JSON: %v", value, err)) // the values are constants of this package
	}
	return strings.TrimSuffix(buf.String(), "\n")
}

// anyValue returns a value as OTLP has it, objects as lists of keys and values.
func anyValue(value any) *commonpb.AnyValue {
	switch v := value.(type) {
	case nil:
		return nil
	case string:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: v}}
	case int:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: int64(v)}}
	case float64:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: v}}
	case bool:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: v}}
	case []string:
		return arrayValue(v)
	case []object:
		return arrayValue(v)
	case []any:
		return arrayValue(v)
	case object:
		list := &commonpb.KeyValueList{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			list.Values = append(list.Values, &commonpb.KeyValue{Key: key, Value: anyValue(v[key])})
		}
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_KvlistValue{KvlistValue: list}}
	}
	panic(fmt.Sprintf("no attribute can be a %T", value)) // the values are constants of this package
}

func arrayValue[T any](list []T) *commonpb.AnyValue {
	array := &commonpb.ArrayValue{}
	for _, one := range list {
		array.Values = append(array.Values, anyValue(one))
	}
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: array}}
}
