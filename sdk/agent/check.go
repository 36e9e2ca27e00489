package agent

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/jsonschema-go/jsonschema"
)

// check returns every place where a value, as encoding/json decodes it, does not keep to the schema; nothing when it does.
// The library decides; as it tells only the first mistake, and that in its own way, the usual ones are looked for first.
func (s *schema) check(value any) []InvalidValue {
	var c checker
	c.check(s.root(), value, nil)
	if len(c.invalid) > 0 {
		return c.invalid
	}
	if err := s.resolved.Validate(value); err != nil {
		return []InvalidValue{{Type: "value_error", Path: []any{}, Message: "Value error, " + err.Error(), Input: value}}
	}
	return nil
}

// checker looks for the usual mistakes: the keywords that are made from Go types.
type checker struct{ invalid []InvalidValue }

func (c *checker) add(kind, message string, input any, path []any) {
	c.invalid = append(c.invalid, InvalidValue{Type: kind, Path: append([]any{}, path...), Message: message, Input: input})
}

func (c *checker) check(s *jsonschema.Schema, value any, path []any) {
	if s == nil || s.Ref != "" { // the library follows references
		return
	}
	if kind, message := wrongType(s, value); kind != "" {
		c.add(kind, message, value, path)
		return
	}
	if s.Enum != nil && !slices.ContainsFunc(s.Enum, func(e any) bool { return reflect.DeepEqual(e, value) }) {
		c.add("literal_error", "Input should be "+choices(s.Enum), value, path)
		return
	}
	switch value := value.(type) {
	case float64:
		c.checkNumber(s, value, path)
	case string:
		c.checkString(s, value, path)
	case []any:
		c.checkArray(s, value, path)
	case map[string]any:
		c.checkObject(s, value, path)
	}
}

// wrongType names the mistake when a value is not of the schema's type.
func wrongType(s *jsonschema.Schema, value any) (kind, message string) {
	want := typeOf(s)
	if want == "" || value == nil && slices.Contains(s.Types, "null") {
		return "", ""
	}
	number, isNumber := value.(float64)
	_, isString := value.(string)
	_, isBool := value.(bool)
	_, isArray := value.([]any)
	_, isObject := value.(map[string]any)
	switch {
	case want == "string" && !isString:
		return "string_type", "Input should be a valid string"
	case want == "integer" && isNumber && number != math.Trunc(number):
		return "int_from_float", "Input should be a valid integer, got a number with a fractional part"
	case want == "integer" && !isNumber:
		return "int_type", "Input should be a valid integer"
	case want == "number" && !isNumber:
		return "float_type", "Input should be a valid number"
	case want == "boolean" && !isBool:
		return "bool_type", "Input should be a valid boolean"
	case want == "array" && !isArray:
		return "list_type", "Input should be a valid list"
	case want == "object" && !isObject:
		return "dict_type", "Input should be a valid dictionary"
	case want == "null" && value != nil:
		return "none_required", "Input should be None"
	}
	return "", ""
}

// choices lists values as Pydantic does: 'a', 'b' or 'c'.
func choices(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case string:
			words[i] = "'" + v + "'"
		case nil:
			words[i] = "None"
		default:
			words[i] = fmt.Sprint(v)
		}
	}
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + " or " + words[last]
	}
	return strings.Join(words, "")
}

func (c *checker) checkNumber(s *jsonschema.Schema, n float64, path []any) {
	switch {
	case s.Minimum != nil && n < *s.Minimum:
		c.add("greater_than_equal", fmt.Sprintf("Input should be greater than or equal to %v", *s.Minimum), n, path)
	case s.Maximum != nil && n > *s.Maximum:
		c.add("less_than_equal", fmt.Sprintf("Input should be less than or equal to %v", *s.Maximum), n, path)
	}
}

func (c *checker) checkString(s *jsonschema.Schema, text string, path []any) {
	n := utf8.RuneCountInString(text)
	switch {
	case s.MinLength != nil && n < *s.MinLength:
		c.add("string_too_short", fmt.Sprintf("String should have at least %s", count(*s.MinLength, "character")), text, path)
	case s.MaxLength != nil && n > *s.MaxLength:
		c.add("string_too_long", fmt.Sprintf("String should have at most %s", count(*s.MaxLength, "character")), text, path)
	}
}

func (c *checker) checkArray(s *jsonschema.Schema, items []any, path []any) {
	switch {
	case s.MinItems != nil && len(items) < *s.MinItems:
		c.add("too_short", fmt.Sprintf("List should have at least %s after validation, not %d", count(*s.MinItems, "item"), len(items)), items, path)
	case s.MaxItems != nil && len(items) > *s.MaxItems:
		c.add("too_long", fmt.Sprintf("List should have at most %s after validation, not %d", count(*s.MaxItems, "item"), len(items)), items, path)
	}
	if s.Items == nil || s.PrefixItems != nil {
		return
	}
	for i, item := range items {
		c.check(s.Items, item, append(path, i))
	}
}

func (c *checker) checkObject(s *jsonschema.Schema, object map[string]any, path []any) {
	for _, name := range s.Required {
		if _, given := object[name]; !given {
			c.add("missing", "Field required", object, append(path, name))
		}
	}
	for _, name := range sortedKeys(object) {
		property, known := s.Properties[name]
		switch {
		case known:
			c.check(property, object[name], append(path, name))
		case isFalse(s.AdditionalProperties) && s.PatternProperties == nil:
			c.add("extra_forbidden", "Extra inputs are not permitted", object[name], append(path, name))
		case s.AdditionalProperties != nil && s.PatternProperties == nil:
			c.check(s.AdditionalProperties, object[name], append(path, name))
		}
	}
}

// isFalse tells whether a schema allows nothing: false is read and inferred as the negation of the empty schema.
func isFalse(s *jsonschema.Schema) bool {
	return s != nil && s.Not != nil && reflect.ValueOf(*s.Not).IsZero()
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
