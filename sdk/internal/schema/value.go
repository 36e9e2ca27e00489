package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// object is a JSON object that keeps the order of its keys. Values are *object, []any, string, json.Number, bool or nil.
type object struct {
	keys   []string
	values map[string]any
}

func (o *object) get(key string) (any, bool) {
	value, ok := o.values[key]
	return value, ok
}

// text returns a string value, or "" when there is none.
func (o *object) text(key string) string {
	text, _ := o.values[key].(string)
	return text
}

// set replaces a value where it stands, or adds it at the end.
func (o *object) set(key string, value any) {
	if _, ok := o.values[key]; !ok {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

// take removes a key and returns what it held.
func (o *object) take(key string) (any, bool) {
	value, ok := o.values[key]
	if ok {
		delete(o.values, key)
		o.keys = slices.DeleteFunc(o.keys, func(k string) bool { return k == key })
	}
	return value, ok
}

// MarshalJSON writes the keys in their order.
func (o *object) MarshalJSON() ([]byte, error) { return encode(o) }

// encode is json.Marshal without the escapes that are for HTML.
func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	err := write(&out, value)
	return out.Bytes(), err
}

func write(out *bytes.Buffer, value any) error {
	switch v := value.(type) {
	case *object:
		return writeObject(out, v)
	case []any:
		return writeArray(out, v)
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1) // the line's end
	return nil
}

func writeObject(out *bytes.Buffer, o *object) error {
	out.WriteByte('{')
	for i, key := range o.keys {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := write(out, key); err != nil {
			return err
		}
		out.WriteByte(':')
		if err := write(out, o.values[key]); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}

func writeArray(out *bytes.Buffer, values []any) error {
	out.WriteByte('[')
	for i, value := range values {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := write(out, value); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	return nil
}

// maxDepth is how deep a schema may be nested; encoding/json itself stops at 10,000.
const maxDepth = 1000

// parse reads a schema, which must be an object. An empty text is the schema of an object without properties.
func parse(schema json.RawMessage) (*object, error) {
	if len(bytes.TrimSpace(schema)) == 0 {
		return &object{keys: []string{"type"}, values: map[string]any{"type": "object"}}, nil
	}
	d := json.NewDecoder(bytes.NewReader(schema))
	d.UseNumber()
	value, err := parseValue(d, 0)
	if err != nil {
		return nil, fmt.Errorf("schema is not valid JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("schema is not valid JSON: something follows the object")
	}
	o, ok := value.(*object)
	if !ok {
		return nil, errors.New("schema is not an object")
	}
	return o, nil
}

func parseValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return parseObject(d, depth+1)
	case json.Delim('['):
		return parseArray(d, depth+1)
	}
	return token, nil
}

func parseObject(d *json.Decoder, depth int) (*object, error) {
	o := &object{values: map[string]any{}}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		value, err := parseValue(d, depth)
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, fmt.Errorf("%v is no key", key)
		}
		o.set(name, value)
	}
	_, err := d.Token()
	return o, err
}

func parseArray(d *json.Decoder, depth int) ([]any, error) {
	values := []any{}
	for d.More() {
		value, err := parseValue(d, depth)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	_, err := d.Token()
	return values, err
}
