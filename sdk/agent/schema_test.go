package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// order has a field of each kind that a schema tells something about.
type order struct {
	Item     string            `json:"item" jsonschema:"what is ordered"`
	Size     string            `json:"size" description:"how large" llm:"enum=small|large"`
	Count    int               `json:"count" llm:"min=1,max=10"`
	Rating   *float64          `json:"rating" llm:"min=0,max=5"`
	Level    *int              `json:"level,omitempty" llm:"enum=1|2"`
	Code     string            `json:"code,omitempty" llm:"min=2,max=4"`
	Tags     []string          `json:"tags" llm:"min=1,max=3"`
	Lines    []line            `json:"lines,omitzero"`
	Extra    map[string][]line `json:"extra,omitempty"`
	Photo    []byte            `json:"photo,omitempty"`
	At       time.Time         `json:"at,omitzero"`
	Anything any               `json:"anything,omitempty"`
	Raw      json.RawMessage   `json:"raw,omitempty"`
	Nested   *line             `json:"nested,omitempty"`
	embedded
	Unnamed bool
	Dropped string `json:"-"`
}

type line struct {
	Text string `json:"text" llm:"min=1"`
}

type embedded struct {
	Inherited string `json:"inherited,omitempty" llm:"enum=a"`
}

func TestSchemasAreMadeOfTypes(t *testing.T) {
	t.Parallel()
	s, err := schemaOf(reflect.TypeFor[order]())
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, s.text, "", "  "); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/order.schema.json"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}

// invalidOf returns what is wrong with arguments, one line for each.
func invalidOf(t *testing.T, s *schema, args string, into any) string {
	t.Helper()
	text, err := arguments(json.RawMessage(args))
	if err == nil {
		err = s.decode(text, into)
	}
	var retry *RetryError
	if err != nil && !errors.As(err, &retry) {
		t.Fatalf("%s: %v", args, err)
	}
	if err == nil {
		return ""
	}
	var lines []string
	for _, v := range retry.Invalid {
		lines = append(lines, v.Type+" "+v.String())
	}
	return strings.Join(lines, "; ")
}

func TestArgumentsAreCheckedAgainstTheSchema(t *testing.T) {
	t.Parallel()
	s, err := schemaOf(reflect.TypeFor[order]())
	if err != nil {
		t.Fatal(err)
	}
	const rest = `,"item":"tea","Unnamed":true,"tags":["a"]}`
	for args, want := range map[string]string{
		`{"size":"small","count":1,"rating":null` + rest:                                               "",
		`"{\"size\":\"small\",\"count\":1,\"rating\":null` + strings.ReplaceAll(rest, `"`, `\"`) + `"`: "",
		``: "missing item: Field required; missing size: Field required; missing count: Field required; missing rating: Field required; missing tags: Field required; missing Unnamed: Field required",
		`{"size":"huge","count":0,"rating":5.5` + rest:                                             "greater_than_equal count: Input should be greater than or equal to 1; less_than_equal rating: Input should be less than or equal to 5; literal_error size: Input should be 'small' or 'large'",
		`{"size":1,"count":"1","rating":"x"` + rest:                                                "int_type count: Input should be a valid integer; float_type rating: Input should be a valid number; string_type size: Input should be a valid string",
		`{"size":"small","count":1.5,"rating":1,"level":3` + rest:                                  "int_from_float count: Input should be a valid integer, got a number with a fractional part; literal_error level: Input should be 1, 2 or None",
		`{"size":"small","count":1,"rating":1,"lines":[{"text":"a"},{"text":""},{"txt":1}]` + rest: "string_too_short lines.1.text: String should have at least 1 character; missing lines.2.text: Field required; extra_forbidden lines.2.txt: Extra inputs are not permitted",
		`{"size":"small","count":1,"rating":1,"code":"12345","extra":{"x":[{}]},"nested":3` + rest: "string_too_long code: String should have at most 4 characters; missing extra.x.0.text: Field required; dict_type nested: Input should be a valid dictionary",
		`{"size":"small","count":1,"rating":1,"item":"tea","Unnamed":0,"tags":[]}`:                 "bool_type Unnamed: Input should be a valid boolean; too_short tags: List should have at least 1 item after validation, not 0",
		`{"size":"small","count":1,"rating":1,"item":"tea","Unnamed":true,"tags":{}}`:              "list_type tags: Input should be a valid list",
		`{"size":"small","count":1,"rating":1,"at":"noon"` + rest:                                  `value_error Value error, parsing time "noon" as "2006-01-02T15:04:05Z07:00": cannot parse "noon" as "2006"`,
		`[1]`:     "dict_type Input should be a valid dictionary",
		`{"size"`: "json_invalid Invalid JSON: unexpected end of JSON input",
		`"{"`:     "json_invalid Invalid JSON: unexpected end of JSON input",
	} {
		var got order
		if invalid := invalidOf(t, s, args, &got); invalid != want {
			t.Errorf("%s\n got %s\nwant %s", args, invalid, want)
		}
	}
}

func TestNumbersThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	s, err := schemaOf(reflect.TypeFor[struct {
		Big int `json:"big"`
	}]())
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Big int `json:"big"`
	}
	if want, invalid := "value_error big: Value error, a number 1e30 is not a valid int", invalidOf(t, s, `{"big":1e30}`, &got); invalid != want {
		t.Errorf("%s, want %s", invalid, want)
	}
	if invalid := invalidOf(t, s, `{"big":9007199254740993}`, &got); invalid != "" || got.Big != 9007199254740993 {
		t.Errorf("%s, %d", invalid, got.Big)
	}
}

func TestKeywordsThatOnlyTheLibraryKnowsAreChecked(t *testing.T) {
	t.Parallel()
	s, err := parseSchema(json.RawMessage(`{"type":"object","properties":{"n":{"$ref":"#/$defs/even"},"s":{"pattern":"^a"}},"$defs":{"even":{"multipleOf":2}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var got any
	for args, want := range map[string]string{`{"n":2,"s":"ab"}`: "", `{"n":3}`: "multipleOf", `{"s":"b"}`: "pattern"} {
		if invalid := invalidOf(t, s, args, &got); (want == "") != (invalid == "") || !strings.Contains(invalid, want) {
			t.Errorf("%s: %s", args, invalid)
		}
	}
}

// What is told in our own words is never more than what the library refuses.
func FuzzCheck(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"type":["integer","null"],"minimum":1},"b":{"items":{"enum":["x"]}}},"required":["a"],"additionalProperties":false}`, `{"a":0,"b":["y"],"c":1}`)
	f.Add(`{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"$ref":"#/definitions/b","type":"string"}},"definitions":{"b":{"maxLength":2}}}`, `{"a":"abc"}`)
	f.Add(`{"prefixItems":[{"type":"null"}],"items":{"type":"boolean"},"minItems":1,"maxItems":2}`, `[null,1,true]`)
	f.Add(`{"additionalProperties":{"type":"object"},"patternProperties":{"^x":{"type":"string"}}}`, `{"x":1,"y":2}`)
	f.Fuzz(func(t *testing.T, schema, value string) {
		s, err := parseSchema(json.RawMessage(schema))
		if err != nil {
			return
		}
		var v any
		if json.Unmarshal([]byte(value), &v) != nil {
			return
		}
		if invalid := s.check(v); len(invalid) > 0 && s.resolved.Validate(v) == nil {
			t.Errorf("%s\n%s\nis valid, but: %v", schema, value, invalid)
		}
	})
}
