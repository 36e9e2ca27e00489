package scrub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// object is a JSON object in the order in which it was written.
type object []member

type member struct {
	key   string
	value any
}

// maxDepth bounds how deep a JSON text is followed. Deeper ones are redacted as plain text.
const maxDepth = 500

// parseJSON reads a text that is one JSON value: object, []any, string, json.Number, bool or nil.
func parseJSON(text string) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	value, err := parseValue(decoder, 0)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the JSON value")
	}
	return value, nil
}

func parseValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth == maxDepth {
		return nil, fmt.Errorf("JSON deeper than %d", maxDepth)
	}
	if delim == '[' {
		return parseArray(decoder, depth+1)
	}
	return parseObject(decoder, depth+1)
}

func parseArray(decoder *json.Decoder, depth int) (any, error) {
	array := []any{}
	for decoder.More() {
		value, err := parseValue(decoder, depth)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, err := decoder.Token()
	return array, err
}

func parseObject(decoder *json.Decoder, depth int) (any, error) {
	o := object{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if !ok {
			return nil, fmt.Errorf("JSON key %v", token)
		}
		value, err := parseValue(decoder, depth)
		if err != nil {
			return nil, err
		}
		o = append(o, member{key, value})
	}
	_, err := decoder.Token()
	return o, err
}

// appendJSON writes a value of parseJSON, or one that a callback put there. What JSON cannot say is written as the text
// of it.
func appendJSON(dst []byte, value any) []byte {
	switch value := value.(type) {
	case object:
		dst = append(dst, '{')
		for i, m := range value {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendJSON(dst, m.key), ':')
			dst = appendJSON(dst, m.value)
		}
		return append(dst, '}')
	case []any:
		dst = append(dst, '[')
		for i, element := range value {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, element)
		}
		return append(dst, ']')
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return appendJSON(dst, fmt.Sprint(value))
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// exposed returns a parsed value in a form that others can use: see Match.Value.
func exposed(value any) any {
	switch value.(type) {
	case object, []any:
		return json.RawMessage(appendJSON(nil, value))
	}
	return value
}
