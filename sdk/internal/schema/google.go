package schema

import (
	"encoding/json"
	"fmt"
)

// Google returns a schema as Gemini wants it in parametersJsonSchema and responseJsonSchema: a constant is an enum of
// one, formats of strings are told in descriptions, and titles, examples and exclusive bounds are left out. With ordered,
// which only responseJsonSchema takes, objects say in which order their properties are to be written, because Google's SDK
// loses that of the keys. See https://ai.google.dev/gemini-api/docs/structured-output#json_schema_support.
func Google(raw json.RawMessage, ordered bool) (json.RawMessage, error) {
	root, err := parse(raw)
	if err != nil {
		return nil, err
	}
	walk(root, google)
	if ordered {
		walk(root, order)
	}
	return root.MarshalJSON()
}

func google(o *object) {
	for _, key := range []string{"$schema", "title", "discriminator", "examples", "exclusiveMinimum", "exclusiveMaximum"} {
		o.take(key)
	}
	if constant, ok := o.take("const"); ok && constant != nil {
		o.set("enum", []any{constant})
		if name := typeOf(constant); name != "" {
			if _, ok := o.get("type"); !ok {
				o.set("type", name)
			}
		}
	}
	if !o.isType("string") {
		return
	}
	format, ok := o.take("format")
	if !ok {
		return
	}
	if description := o.text("description"); description != "" {
		o.set("description", fmt.Sprintf("%s (format: %s)", description, plain(format)))
	} else {
		o.set("description", "Format: "+plain(format))
	}
}

func order(o *object) {
	if properties, ok := o.values["properties"].(*object); ok && len(properties.keys) > 1 {
		o.set("propertyOrdering", names(properties.keys))
	}
}

// typeOf returns the JSON type of a scalar, or "".
func typeOf(value any) string {
	switch v := value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return "integer"
		}
		return "number"
	}
	return ""
}
