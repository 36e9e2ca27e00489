package schema

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// unknownToOpenAI are the keywords that strict mode refuses.
var unknownToOpenAI = []string{
	"minLength", "maxLength", "patternProperties", "unevaluatedProperties", "propertyNames", "minProperties",
	"maxProperties", "unevaluatedItems", "contains", "minContains", "maxContains", "uniqueItems",
}

// formatsOfOpenAI are the formats of strings that strict mode knows.
var formatsOfOpenAI = []string{"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}

// OpenAI returns a schema as OpenAI wants it, and whether strict mode can be asked for. With force the schema is changed
// until strict mode accepts it: every property is required (a model writes the zero value or null for what it leaves
// out), further properties are forbidden, and keywords that it does not know become notes in descriptions. Without force
// nothing of the schema's meaning changes, and strict is true when it happens to fit. The rules are those of
// https://platform.openai.com/docs/guides/structured-outputs#supported-schemas.
func OpenAI(raw json.RawMessage, force bool) (out json.RawMessage, strict bool, err error) {
	root, err := parse(raw)
	if err != nil {
		return nil, false, err
	}
	t := openAI{force: force, strict: true}
	walk(root, t.change)
	if force && !t.strict {
		return nil, false, errors.New("strict mode needs to know the type of each array's items")
	}
	out, err = root.MarshalJSON()
	return out, t.strict, err
}

// openAI is one walk over a schema.
type openAI struct {
	force  bool
	strict bool // that the schema fits strict mode, as far as it was seen
}

func (t *openAI) change(o *object) {
	for _, key := range []string{"title", "$schema", "discriminator"} {
		o.take(key)
	}
	t.constraints(o)
	if ref, ok := o.get("$ref"); ok && len(o.keys) > 1 {
		// A reference has no siblings, but stands in an anyOf that may have some.
		o.take("$ref")
		o.set("anyOf", []any{&object{keys: []string{"$ref"}, values: map[string]any{"$ref": ref}}})
	}
	if oneOf, ok := o.get("oneOf"); ok {
		if t.force {
			o.take("oneOf")
			o.set("anyOf", oneOf)
		} else {
			t.strict = false
		}
	}
	if o.isType("object") {
		t.object(o)
	}
	if o.isType("array") && !typed(o) {
		t.strict = false
	}
}

// constraints deals with the keywords that strict mode does not know.
func (t *openAI) constraints(o *object) {
	var unknown []string
	for _, key := range unknownToOpenAI {
		if _, ok := o.get(key); ok {
			unknown = append(unknown, key)
		}
	}
	if format := o.text("format"); format != "" && !slices.Contains(formatsOfOpenAI, format) {
		unknown = append(unknown, "format")
	}
	if looksAround(o.text("pattern")) {
		unknown = append(unknown, "pattern")
	}
	_, hasDefault := o.get("default")
	if t.force {
		o.take("default")
		o.note(unknown)
	} else if hasDefault || len(unknown) > 0 {
		t.strict = false
	}
}

func (t *openAI) object(o *object) {
	properties, ok := o.values["properties"].(*object)
	if !ok { // OpenAI drops objects without them
		properties = &object{values: map[string]any{}}
		o.set("properties", properties)
	}
	if t.force {
		o.set("additionalProperties", false)
		o.set("required", names(properties.keys))
		return
	}
	if more, ok := o.get("additionalProperties"); ok && more != false {
		t.strict = false
		return
	}
	required, _ := o.values["required"].([]any)
	if len(required) < len(properties.keys) {
		t.strict = false
		return
	}
	o.set("additionalProperties", false)
	if required == nil {
		o.set("required", []any{})
	}
}

func names(keys []string) []any {
	all := make([]any, len(keys))
	for i, key := range keys {
		all[i] = key
	}
	return all
}

// typed tells whether an array says what its items are.
func typed(o *object) bool {
	if prefix, ok := o.values["prefixItems"].([]any); ok && len(prefix) > 0 {
		return true
	}
	items, ok := o.values["items"].(*object)
	return ok && slices.ContainsFunc([]string{"type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const"}, func(key string) bool {
		_, ok := items.get(key)
		return ok
	})
}

// looksAround tells whether a regular expression looks ahead or behind, which strict mode does not know.
func looksAround(pattern string) bool {
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '\\' {
			i++
			continue
		}
		for _, token := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
			if strings.HasPrefix(pattern[i:], token) {
				return true
			}
		}
	}
	return false
}
