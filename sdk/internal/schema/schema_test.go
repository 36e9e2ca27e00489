package schema

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpenAIStrictIsAskedForWhereTheSchemaFits(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		in, want string
		strict   bool
	}{
		"a closed object with everything required": {
			in:     `{"type":"object","title":"In","properties":{"city":{"type":"string","title":"City"},"days":{"type":["null","integer"]}},"required":["city","days"],"additionalProperties":false}`,
			want:   `{"type":"object","properties":{"city":{"type":"string"},"days":{"type":["null","integer"]}},"required":["city","days"],"additionalProperties":false}`,
			strict: true,
		},
		"an open object is closed when nothing says otherwise": {
			in:     `{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"string"}},"required":["z","a"]}`,
			want:   `{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"string"}},"required":["z","a"],"additionalProperties":false}`,
			strict: true,
		},
		"an optional property": {
			in:   `{"type":"object","properties":{"city":{"type":"string"}},"additionalProperties":false}`,
			want: `{"type":"object","properties":{"city":{"type":"string"}},"additionalProperties":false}`,
		},
		"a dictionary": {
			in:   `{"type":"object","additionalProperties":{"type":"integer"}}`,
			want: `{"type":"object","additionalProperties":{"type":"integer"},"properties":{}}`,
		},
		"a length": {
			in:   `{"type":"object","properties":{"s":{"type":"string","minLength":1}},"required":["s"]}`,
			want: `{"type":"object","properties":{"s":{"type":"string","minLength":1}},"required":["s"],"additionalProperties":false}`,
		},
		"an untyped list": {
			in:   `{"type":"object","properties":{"l":{"type":"array","items":{}}},"required":["l"]}`,
			want: `{"type":"object","properties":{"l":{"type":"array","items":{}}},"required":["l"],"additionalProperties":false}`,
		},
		"nothing at all": {
			in: ``, want: `{"type":"object","properties":{},"additionalProperties":false,"required":[]}`, strict: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, strict, err := OpenAI(json.RawMessage(test.in), false)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Error(diff)
			}
			if strict != test.strict {
				t.Errorf("strict is %t", strict)
			}
		})
	}
}

func TestOpenAIForcesASchemaIntoStrictMode(t *testing.T) {
	t.Parallel()
	in := `{
		"type": "object",
		"properties": {
			"unit": {"type": "string", "enum": ["C", "F"], "default": "C"},
			"name": {"type": "string", "minLength": 1, "maxLength": 9, "description": "Who"},
			"url": {"type": "string", "format": "uri"},
			"shape": {"oneOf": [{"$ref": "#/$defs/Circle", "description": "round"}, {"type": "null"}]}
		},
		"required": ["name"],
		"$defs": {"Circle": {"type": "object", "properties": {"r": {"type": "number"}}}}
	}`
	want := `{"type":"object","properties":{` +
		`"unit":{"type":"string","enum":["C","F"]},` +
		`"name":{"type":"string","description":"Who (minLength=1, maxLength=9)"},` +
		`"url":{"type":"string","description":"format=uri"},` +
		`"shape":{"anyOf":[{"description":"round","anyOf":[{"$ref":"#/$defs/Circle"}]},{"type":"null"}]}},` +
		`"required":["unit","name","url","shape"],` +
		`"$defs":{"Circle":{"type":"object","properties":{"r":{"type":"number"}},"additionalProperties":false,"required":["r"]}},` +
		`"additionalProperties":false}`
	got, strict, err := OpenAI(json.RawMessage(in), true)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" || !strict {
		t.Error(strict, diff)
	}
	if _, _, err := OpenAI(json.RawMessage(`{"type":"object","properties":{"l":{"type":"array"}}}`), true); err == nil {
		t.Error("a list of anything was forced into strict mode")
	}
}

func TestGoogleSchema(t *testing.T) {
	t.Parallel()
	in := `{"$schema":"x","title":"T","type":"object","properties":{
		"kind":{"const":"cat"},"n":{"const":3},"x":{"const":1.5},"b":{"const":true},
		"when":{"type":"string","format":"date","description":"Day"},"u":{"type":"string","format":"uri"},
		"price":{"type":"number","exclusiveMinimum":0,"examples":[1]}}}`
	want := `{"type":"object","properties":{` +
		`"kind":{"enum":["cat"],"type":"string"},"n":{"enum":[3],"type":"integer"},"x":{"enum":[1.5],"type":"number"},"b":{"enum":[true],"type":"boolean"},` +
		`"when":{"type":"string","description":"Day (format: date)"},"u":{"type":"string","description":"Format: uri"},` +
		`"price":{"type":"number"}}}`
	got, err := Google(json.RawMessage(in), false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	got, err = Google(json.RawMessage(`{"type":"object","properties":{"z":{"type":"object","properties":{"one":{}}},"a":{}}}`), true)
	want = `{"type":"object","properties":{"z":{"type":"object","properties":{"one":{}}},"a":{}},"propertyOrdering":["z","a"]}`
	if err != nil || string(got) != want {
		t.Error(string(got), err)
	}
}

func TestAnthropicSchema(t *testing.T) {
	t.Parallel()
	in := `{"title":"T","type":"object","properties":{
		"n":{"type":"integer","minimum":0,"maximum":9,"description":"How many"},
		"l":{"type":"array","items":{"type":"string","format":"regex"},"minItems":2},
		"d":{"type":"object","additionalProperties":{"type":"string"}},
		"s":{"$ref":"#/$defs/S","description":"gone"},
		"o":{"oneOf":[{"type":"string"},{"type":"null"}]}},
		"$defs":{"S":{"type":"object"}}}`
	want := `{"type":"object","properties":{` +
		`"n":{"type":"integer","description":"How many (minimum=0, maximum=9)"},` +
		`"l":{"type":"array","items":{"type":"string","description":"format=regex"},"description":"minItems=2"},` +
		`"d":{"type":"object","additionalProperties":{"type":"string"}},` +
		`"s":{"$ref":"#/$defs/S"},` +
		`"o":{"anyOf":[{"type":"string"},{"type":"null"}]}},` +
		`"$defs":{"S":{"type":"object","properties":{},"additionalProperties":false}},"additionalProperties":false}`
	got, err := Anthropic(json.RawMessage(in))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoSchemaIsAnError(t *testing.T) {
	t.Parallel()
	for _, in := range []string{`[]`, `"x"`, `{`, `{"a":}`, `{} {}`, `null`} {
		if out, err := Google(json.RawMessage(in), false); err == nil {
			t.Errorf("%s became %s", in, out)
		}
	}
}

// FuzzTransform checks that every schema that parses comes out as valid JSON, and that a second pass changes nothing.
func FuzzTransform(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"type":["null","array"],"items":{"type":"string","pattern":"(?=x)"}}}}`)
	f.Add(`{"$ref":"#/$defs/A","$defs":{"A":{"oneOf":[{"const":1},true]}},"description":"<&>"}`)
	f.Fuzz(func(t *testing.T, in string) {
		for name, transform := range map[string]func(json.RawMessage) (json.RawMessage, error){
			"openai": func(raw json.RawMessage) (json.RawMessage, error) {
				out, _, err := OpenAI(raw, false)
				return out, err
			},
			"google": func(raw json.RawMessage) (json.RawMessage, error) { return Google(raw, true) }, "anthropic": Anthropic,
		} {
			once, err := transform(json.RawMessage(in))
			if err != nil {
				continue
			}
			twice, err := transform(once)
			if err != nil {
				t.Fatalf("%s: its own output %s: %v", name, once, err)
			}
			if string(once) != string(twice) {
				t.Errorf("%s: %s became %s", name, once, twice)
			}
		}
	})
}
