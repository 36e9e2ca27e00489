package schema

import (
	"encoding/json"
	"fmt"
)

// Google returns a schema as Gemini wants it in parametersJsonSchema and responseJsonSchema: a constant is an enum of
// one, formats of strings are told in descriptions, and titles, examples and exclusive bounds are left out. See
// https://ai.google.dev/gemini-api/docs/structured-output#json_schema_support.
func Google(raw json.RawMessage) (json.RawMessage, error) {
	root, err := parse(raw)
	if err != nil {
		return nil, err
	}
	walk(root, google)
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
