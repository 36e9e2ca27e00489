package schema

import (
	"encoding/json"
	"slices"
)

// knownToAnthropic are the keywords that structured outputs take; "format" only as in formatsOfAnthropic, and "minItems"
// only up to 1.
var knownToAnthropic = []string{
	"type", "description", "enum", "const", "$ref", "$defs", "anyOf", "allOf",
	"properties", "required", "additionalProperties", "items", "format", "pattern", "minItems",
}

// formatsOfAnthropic are the formats of strings that structured outputs know.
var formatsOfAnthropic = []string{
	"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid",
}

// Anthropic returns a schema as Anthropic's structured outputs and strict tools want it: objects are closed, oneOf is
// anyOf, and keywords that they refuse become notes in descriptions. See
// https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations.
func Anthropic(raw json.RawMessage) (json.RawMessage, error) {
	root, err := parse(raw)
	if err != nil {
		return nil, err
	}
	walk(root, anthropic)
	return root.MarshalJSON()
}

func anthropic(o *object) {
	if ref, ok := o.get("$ref"); ok { // which may have no siblings
		*o = object{keys: []string{"$ref"}, values: map[string]any{"$ref": ref}}
		return
	}
	o.take("title")
	o.take("$schema")
	if oneOf, ok := o.take("oneOf"); ok {
		o.set("anyOf", oneOf)
	}
	if o.isType("object") {
		closeObject(o)
	}
	var unknown []string
	for _, key := range o.keys {
		if !slices.Contains(knownToAnthropic, key) {
			unknown = append(unknown, key)
		}
	}
	if format := o.text("format"); format != "" && !slices.Contains(formatsOfAnthropic, format) {
		unknown = append(unknown, "format")
	}
	if least, ok := o.values["minItems"].(json.Number); ok && least != "0" && least != "1" {
		unknown = append(unknown, "minItems")
	}
	o.note(unknown)
}

// closeObject forbids further properties, except for a dictionary, which has no others.
func closeObject(o *object) {
	_, hasProperties := o.get("properties")
	if _, dictionary := o.values["additionalProperties"].(*object); dictionary && !hasProperties {
		return
	}
	if !hasProperties {
		o.set("properties", &object{values: map[string]any{}})
	}
	o.set("additionalProperties", false)
}
