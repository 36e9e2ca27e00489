package schema

import (
	"fmt"
	"slices"
)

// walk applies a change to a schema and to every schema in it, the inner ones first.
func walk(o *object, change func(*object)) {
	each(o, func(inner *object) { walk(inner, change) })
	change(o)
}

// each calls a function with every schema directly inside a schema.
func each(o *object, visit func(*object)) {
	for _, key := range o.keys {
		switch value := o.values[key]; key {
		case "properties", "patternProperties", "$defs", "definitions":
			if members, ok := value.(*object); ok {
				for _, name := range members.keys {
					visitSchema(members.values[name], visit)
				}
			}
		case "prefixItems", "anyOf", "oneOf", "allOf":
			if members, ok := value.([]any); ok {
				for _, member := range members {
					visitSchema(member, visit)
				}
			}
		case "items", "additionalProperties", "not", "contains":
			visitSchema(value, visit)
		}
	}
}

// visitSchema leaves out the schemas true and false, in which there is nothing to change.
func visitSchema(value any, visit func(*object)) {
	if o, ok := value.(*object); ok {
		visit(o)
	}
}

// isType tells whether a schema allows a type, by its own "type" or as one of several.
func (o *object) isType(name string) bool {
	switch types := o.values["type"].(type) {
	case string:
		return types == name
	case []any:
		return slices.Contains(types, any(name))
	}
	return false
}

// note moves keywords that a provider does not know into the description, for the model to read.
func (o *object) note(keys []string) {
	notes := ""
	for _, key := range keys {
		value, ok := o.take(key)
		if !ok {
			continue
		}
		if notes != "" {
			notes += ", "
		}
		notes += fmt.Sprintf("%s=%s", key, plain(value))
	}
	if notes == "" {
		return
	}
	if description := o.text("description"); description != "" {
		notes = fmt.Sprintf("%s (%s)", description, notes)
	}
	o.set("description", notes)
}

// plain returns a value as one would say it: a string without quotes, anything else as JSON.
func plain(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	encoded, err := encode(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}
