package agent

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

// schema is what arguments or an output must look like.
type schema struct {
	text     json.RawMessage // as models are sent it
	resolved *jsonschema.Resolved
}

func (s *schema) root() *jsonschema.Schema { return s.resolved.Schema() }

// schemaOf makes the schema of a type, of its tags json, jsonschema or description, and llm; see [NewTool].
func schemaOf(t reflect.Type) (*schema, error) {
	root, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[[]byte]():          {Type: "string", ContentEncoding: "base64"}, // as encoding/json writes it
		reflect.TypeFor[json.RawMessage](): {},
		reflect.TypeFor[time.Time]():       {Type: "string", Format: "date-time"},
		reflect.TypeFor[json.Number]():     {Type: "number"},
	}})
	if err != nil {
		return nil, fmt.Errorf("the schema of %s: %w", t, err)
	}
	if err := refine(root, t); err != nil {
		return nil, fmt.Errorf("the schema of %s: %w", t, err)
	}
	return newSchema(root)
}

// parseSchema reads a schema that was written by hand.
func parseSchema(text json.RawMessage) (*schema, error) {
	var root jsonschema.Schema
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("the schema: %w", err)
	}
	s, err := newSchema(&root)
	if err != nil {
		return nil, err
	}
	s.text = text
	return s, nil
}

func newSchema(root *jsonschema.Schema) (*schema, error) {
	resolved, err := root.Resolve(nil)
	if err != nil {
		return nil, fmt.Errorf("the schema: %w", err)
	}
	text, err := json.Marshal(root)
	if err != nil {
		return nil, fmt.Errorf("the schema: %w", err)
	}
	return &schema{text: text, resolved: resolved}, nil
}

// isObject tells whether only objects are allowed, which is what the arguments of a call are.
func (s *schema) isObject() bool { return typeOf(s.root()) == "object" }

// refine adds to an inferred schema what the tags of our own say, and takes away that slices may be null: a model should
// give an empty list.
func refine(s *jsonschema.Schema, t reflect.Type) error {
	if t.Kind() == reflect.Slice && slices.Equal(s.Types, []string{"null", "array"}) {
		s.Type, s.Types = "array", nil
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		if s.Items != nil {
			return refine(s.Items, t.Elem())
		}
	case reflect.Map:
		if s.AdditionalProperties != nil {
			return refine(s.AdditionalProperties, t.Elem())
		}
	case reflect.Struct:
		return refineFields(s, t)
	}
	return nil
}

func refineFields(s *jsonschema.Schema, t reflect.Type) error {
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		property := s.Properties[cmp.Or(name, field.Name)]
		if property == nil || field.Anonymous || !field.IsExported() {
			continue
		}
		if text := field.Tag.Get("description"); text != "" {
			property.Description = text
		}
		if err := refine(property, field.Type); err != nil {
			return err
		}
		if err := constrain(property, field.Tag.Get("llm")); err != nil {
			return fmt.Errorf("field %s: tag llm: %w", field.Name, err)
		}
	}
	return nil
}

// constrain reads a tag such as "enum=low|high" or "min=0,max=10". The bounds are those of the value of a number, of the
// length of a string, and of the number of items of an array.
func constrain(s *jsonschema.Schema, tag string) error {
	for word := range strings.SplitSeq(tag, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		key, value, _ := strings.Cut(word, "=")
		var err error
		switch key {
		case "enum":
			err = constrainEnum(s, strings.Split(value, "|"))
		case "min", "max":
			err = constrainBound(s, key, value)
		default:
			err = errors.New("the words are enum, min and max")
		}
		if err != nil {
			return fmt.Errorf("%q: %w", word, err)
		}
	}
	return nil
}

func constrainEnum(s *jsonschema.Schema, words []string) error {
	for _, word := range words {
		switch kind := typeOf(s); kind {
		case "string":
			s.Enum = append(s.Enum, word)
		case "integer", "number":
			n, err := strconv.ParseFloat(word, 64)
			if err != nil {
				return err
			}
			s.Enum = append(s.Enum, n)
		default:
			return fmt.Errorf("a value of type %q is not one of a list of words", kind)
		}
	}
	if slices.Contains(s.Types, "null") {
		s.Enum = append(s.Enum, nil)
	}
	return nil
}

func constrainBound(s *jsonschema.Schema, key, value string) error {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return err
	}
	length := int(n)
	switch kind := typeOf(s); {
	case kind == "integer" || kind == "number":
		if key == "min" {
			s.Minimum = &n
		} else {
			s.Maximum = &n
		}
	case kind == "string" && key == "min":
		s.MinLength = &length
	case kind == "string":
		s.MaxLength = &length
	case kind == "array" && key == "min":
		s.MinItems = &length
	case kind == "array":
		s.MaxItems = &length
	default:
		return fmt.Errorf("a value of type %q has no bounds", kind)
	}
	return nil
}

// typeOf returns the type that a schema asks for besides null, or nothing when it leaves the choice.
func typeOf(s *jsonschema.Schema) string {
	kinds := slices.DeleteFunc(slices.Clone(s.Types), func(t string) bool { return t == "null" })
	switch {
	case s.Type != "":
		return s.Type
	case len(kinds) == 1:
		return kinds[0]
	default:
		return ""
	}
}

// arguments returns the object of a call's arguments, which some providers give as a string that holds it.
func arguments(raw json.RawMessage) (json.RawMessage, error) {
	text := bytes.TrimSpace(raw)
	if len(text) > 0 && text[0] == '"' {
		var inner string
		if err := json.Unmarshal(text, &inner); err != nil {
			return nil, invalidJSON(err, string(text))
		}
		text = bytes.TrimSpace([]byte(inner))
	}
	if len(text) == 0 || string(text) == "null" {
		return json.RawMessage("{}"), nil
	}
	return text, nil
}

func invalidJSON(err error, input string) error {
	return &RetryError{Invalid: []InvalidValue{{Type: "json_invalid", Path: []any{}, Message: "Invalid JSON: " + err.Error(), Input: input}}}
}

// decode reads JSON text that must keep to the schema into a value. What the model can mend is the error of [Retry].
func (s *schema) decode(text json.RawMessage, into any) error {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return invalidJSON(err, string(text))
	}
	if invalid := s.check(value); len(invalid) > 0 {
		return &RetryError{Invalid: invalid}
	}
	if err := json.Unmarshal(text, into); err != nil {
		return &RetryError{Invalid: []InvalidValue{undecoded(err, value)}}
	}
	return nil
}

// undecoded describes what the schema allows and the Go type does not hold.
func undecoded(err error, value any) InvalidValue {
	invalid := InvalidValue{Type: "value_error", Path: []any{}, Message: "Value error, " + err.Error(), Input: value}
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) && wrongType.Field != "" {
		for step := range strings.SplitSeq(wrongType.Field, ".") {
			invalid.Path = append(invalid.Path, step)
		}
		invalid.Message = fmt.Sprintf("Value error, a %s is not a valid %s", wrongType.Value, wrongType.Type)
	}
	return invalid
}
