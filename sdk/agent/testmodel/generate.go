package testmodel

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// deepest bounds schemas that contain themselves: one that demands itself has no finite value.
const deepest = 50

// generator makes the smallest value that a schema allows, as PydanticAI's test model does.
type generator struct {
	root any
	seed int
}

// generate makes a value from a schema.
func generate(schema json.RawMessage, seed int) (json.RawMessage, error) {
	g := generator{seed: seed}
	if err := json.Unmarshal(schema, &g.root); err != nil {
		return nil, fmt.Errorf("the schema: %w", err)
	}
	value, err := g.value(g.root, 0)
	if err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

func (g *generator) value(schema any, depth int) (any, error) {
	s, ok := schema.(map[string]any)
	if !ok {
		return g.letters(), nil // true: anything
	}
	if depth > deepest {
		return nil, errors.New("the schema demands that a value contains itself")
	}
	if constant, ok := s["const"]; ok {
		return constant, nil
	}
	for _, key := range []string{"enum", "examples"} {
		if list, ok := s[key].([]any); ok && len(list) > 0 {
			return list[g.seed%len(list)], nil
		}
	}
	if ref, ok := s["$ref"].(string); ok {
		target, err := g.referred(ref)
		if err != nil {
			return nil, err
		}
		return g.value(target, depth+1)
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if list, ok := s[key].([]any); ok && len(list) > 0 {
			return g.value(list[g.seed%len(list)], depth+1)
		}
	}
	return g.typed(s, depth)
}

// referred follows a reference within the schema.
func (g *generator) referred(ref string) (any, error) {
	path, ok := strings.CutPrefix(ref, "#")
	target := g.root
	for step := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if step == "" {
			continue
		}
		object, _ := target.(map[string]any)
		next, known := object[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
		target, ok = next, ok && known
	}
	if !ok {
		return nil, fmt.Errorf("the schema refers to %q, which is not in it", ref)
	}
	return target, nil
}

func (g *generator) typed(s map[string]any, depth int) (any, error) {
	kind, _ := s["type"].(string)
	if kinds, ok := s["type"].([]any); ok { // the first that is not null
		for _, k := range slices.Backward(kinds) {
			if k != "null" {
				kind, _ = k.(string)
			}
		}
	}
	switch kind {
	case "":
		return g.letters(), nil
	case "object":
		return g.object(s, depth)
	case "array":
		return g.array(s, depth)
	case "string":
		return g.text(s), nil
	case "integer", "number":
		return g.number(s), nil
	case "boolean":
		return g.seed%2 == 1, nil
	case "null":
		return nil, nil
	default:
		return nil, fmt.Errorf("the schema has the unknown type %q", kind)
	}
}

// object has the required properties, and one more if any are allowed.
func (g *generator) object(s map[string]any, depth int) (any, error) {
	object := map[string]any{}
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range required {
		name, _ := name.(string)
		value, err := g.value(properties[name], depth+1)
		if err != nil {
			return nil, err
		}
		object[name] = value
	}
	additional := s["additionalProperties"]
	if additional == nil || additional == false {
		return object, nil
	}
	name := "additionalProperty"
	for object[name] != nil {
		name += "_"
	}
	value, err := g.value(additional, depth+1)
	object[name] = value
	return object, err
}

// array has as many items as it must, and one if it may.
func (g *generator) array(s map[string]any, depth int) (any, error) {
	array := []any{}
	add := func(schema any) error {
		value, err := g.value(schema, depth+1)
		array = append(array, value)
		if s["uniqueItems"] == true {
			g.seed++
		}
		return err
	}
	first, _ := s["prefixItems"].([]any)
	for _, schema := range first {
		if err := add(schema); err != nil {
			return nil, err
		}
	}
	wanted := int(floatOr(s["minItems"], 0))
	most := int(floatOr(s["maxItems"], float64(len(array)+1)))
	if s["items"] != nil && s["items"] != false && wanted <= len(array) && len(array) < most {
		wanted = len(array) + 1
	}
	for len(array) < wanted {
		if err := add(s["items"]); err != nil {
			return nil, err
		}
	}
	return array, nil
}

func (g *generator) text(s map[string]any) string {
	switch {
	case s["minLength"] != nil:
		return strings.Repeat(g.letters(), int(floatOr(s["minLength"], 0)))
	case s["maxLength"] == 0.0:
		return ""
	case s["format"] == "date":
		return g.day().Format(time.DateOnly)
	case s["format"] == "date-time":
		return g.day().Format(time.RFC3339)
	default:
		return g.letters()
	}
}

func (g *generator) day() time.Time {
	return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, g.seed)
}

func (g *generator) number(s map[string]any) int {
	least, hasLeast := s["minimum"].(float64)
	if n, ok := s["exclusiveMinimum"].(float64); ok && !hasLeast {
		least, hasLeast = n+1, true
	}
	most, hasMost := s["maximum"].(float64)
	if n, ok := s["exclusiveMaximum"].(float64); ok && !hasMost {
		most, hasMost = n-1, true
	}
	switch {
	case hasLeast && hasMost && most > least:
		return int(least) + g.seed%int(max(1, most-least))
	case hasLeast:
		return int(least) + g.seed
	case hasMost:
		return int(most) - g.seed
	default:
		return g.seed
	}
}

// alphabet is Python's string.ascii_letters + string.digits + string.punctuation.
const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

// letters counts as the columns of a spreadsheet do: a to ~, then aa.
func (g *generator) letters() string {
	var text strings.Builder
	for rest := g.seed / len(alphabet); rest > 0; rest /= len(alphabet) {
		text.WriteByte(alphabet[(rest-1)%len(alphabet)])
	}
	text.WriteByte(alphabet[g.seed%len(alphabet)])
	return text.String()
}

func floatOr(value any, otherwise float64) float64 {
	if n, ok := value.(float64); ok {
		return n
	}
	return otherwise
}
