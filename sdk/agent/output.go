package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// The output tool, as PydanticAI calls it.
const (
	outputToolName        = "final_result"
	outputToolDescription = "The final response which ends this conversation"
)

// promptedOutput asks for JSON in the instructions.
const promptedOutput = `
Always respond with a JSON object that's compatible with this schema:

%s

Don't include any text or Markdown fencing before or after.
`

// Variant is one of the types that an output may have.
type Variant struct {
	typ         reflect.Type // of the output
	name        string       // of the type or function
	description string
	function    bool // the output is made by a function of the application
	schema      *schema
	wrapped     bool // in {"response": …}, because only objects can be arguments
	decode      func(json.RawMessage) (func(context.Context) (any, error), error)
	err         error
}

// VariantOf is an output of type T. The description tells the model when to choose it; it may be empty. The model chooses
// among several by their tools: final_result_Name, with the name of the type. A variant of type string is free text.
func VariantOf[T any](description string) Variant {
	return newVariant(description, func(_ context.Context, value T) (T, error) { return value, nil })
}

// VariantFunc is an output that a function of the application makes of what the model gives. It may ask the model to try
// again by [Retry]. The model sees the tool final_result_name.
func VariantFunc[In, Out any](name, description string, make func(context.Context, In) (Out, error)) Variant {
	v := newVariant(description, make)
	v.name, v.function = name, true
	return v
}

func newVariant[In, Out any](description string, call func(context.Context, In) (Out, error)) Variant {
	in := reflect.TypeFor[In]()
	v := Variant{typ: reflect.TypeFor[Out](), name: typeName(in), description: description}
	if v.schema, v.err = schemaOf(in); v.err != nil {
		return v
	}
	if !v.schema.isObject() {
		v.wrapped = true
		if v.schema, v.err = schemaOf(reflect.TypeFor[response[In]]()); v.err != nil {
			return v
		}
	}
	v.decode = func(text json.RawMessage) (func(context.Context) (any, error), error) {
		var value response[In]
		into := any(&value.Response)
		if v.wrapped {
			into = &value
		}
		if err := v.schema.decode(text, into); err != nil {
			return nil, err
		}
		return func(ctx context.Context) (any, error) { return call(ctx, value.Response) }, nil
	}
	return v
}

// response wraps outputs that are no objects.
type response[T any] struct {
	Response T `json:"response"`
}

var notInName = regexp.MustCompile(`[^a-zA-Z0-9_-]`)

// typeName returns what is left of a type's name when everything is taken out that a tool's name may not have.
func typeName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return notInName.ReplaceAllString(cmp.Or(t.Name(), t.Kind().String()), "")
}

func (v *Variant) isText() bool {
	return v.typ.Kind() == reflect.String && !v.function && v.decode != nil
}

// output is what an agent's outputs look like, and how they are read.
type output struct {
	definition OutputDefinition
	byTool     map[string]*Variant
	structured *Variant // that a text may hold as JSON
	text       reflect.Type
	validators []func(context.Context, any) (any, error)
}

// newOutput makes the output of a type, or of its variants.
func newOutput(t reflect.Type, own Variant, c *config) *output {
	variants := c.variants
	if len(variants) == 0 {
		variants = []Variant{own}
	}
	o := &output{byTool: map[string]*Variant{}}
	o.definition.Mode = OutputTool
	if len(variants) == 1 && variants[0].isText() {
		o.definition.Mode = OutputText
	}
	if c.outputMode != nil {
		o.definition.Mode = *c.outputMode
	}
	for i := range variants {
		o.add(&variants[i], t, len(variants) > 1, c)
	}
	return o
}

func (o *output) add(v *Variant, t reflect.Type, several bool, c *config) {
	switch {
	case v.err != nil:
		c.fail("the output: %w", v.err)
	case !v.typ.AssignableTo(t):
		c.fail("the output: %s is not assignable to %s", v.typ, t)
	case v.isText() && o.definition.Mode != OutputNative && o.definition.Mode != OutputPrompted:
		o.text, o.definition.AllowText = v.typ, true
	case o.definition.Mode == OutputTool:
		o.addTool(v, several, c)
		if !several && c.outputMode == nil {
			o.structured = v // a model that writes what it should call is understood all the same
		}
	case o.definition.Mode == OutputText:
		c.fail("the output: %s is not text", v.typ)
	case several:
		c.fail("the output: one of several types needs the output mode tool")
	default:
		o.structured, o.definition.AllowText = v, true
		o.definition.Name = cmp.Or(c.outputName, v.name)
		o.definition.Description = cmp.Or(c.outputText, v.description)
		o.definition.Schema = v.schema.text
	}
}

func (o *output) addTool(v *Variant, several bool, c *config) {
	name := cmp.Or(c.outputName, outputToolName)
	description := cmp.Or(v.description, c.outputText)
	if several {
		name += "_" + v.name
		description = cmp.Or(description, v.name+": "+outputToolDescription)
	}
	unique := name
	for i := 2; o.byTool[unique] != nil; i++ {
		unique = fmt.Sprintf("%s_%d", name, i)
	}
	o.byTool[unique] = v
	o.definition.Tools = append(o.definition.Tools, ToolDefinition{
		Name: unique, Description: cmp.Or(description, outputToolDescription), Schema: v.schema.text,
	})
}

// takesText tells whether a text may be the output, whatever models are told.
func (o *output) takesText() bool { return o.text != nil || o.structured != nil }

// instructions returns what models are told in the mode prompted.
func (o *output) instructions() string {
	if o.definition.Mode != OutputPrompted || o.structured == nil {
		return ""
	}
	return fmt.Sprintf(promptedOutput, o.structured.schema.text)
}

// fromText makes an output of a text, as far as the model's part goes.
func (o *output) fromText(text string) (func(context.Context) (any, error), error) {
	if o.structured != nil {
		return o.structured.decode(json.RawMessage(withoutFences(text)))
	}
	value := reflect.New(o.text).Elem()
	value.SetString(text)
	return func(context.Context) (any, error) { return value.Interface(), nil }, nil
}

// withoutFences takes off the Markdown fence that models put around JSON though they are asked not to.
func withoutFences(text string) string {
	text = strings.TrimSpace(text)
	body, fenced := strings.CutPrefix(text, "```")
	if !fenced {
		return text
	}
	_, body, _ = strings.Cut(body, "\n")
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(body), "```"))
}
