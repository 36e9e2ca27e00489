package testmodel_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/testmodel"
)

type args struct {
	City  string    `json:"city"`
	Unit  string    `json:"unit" llm:"enum=celsius|fahrenheit"`
	Days  int       `json:"days" llm:"min=1,max=7"`
	At    time.Time `json:"at,omitzero"`
	Tags  []string  `json:"tags"`
	Exact *bool     `json:"exact"`
}

func weather(called *args) agent.Tool {
	return agent.NewTool("weather", "", func(_ context.Context, in args) (map[string]int, error) {
		*called = in
		return map[string]int{"temp": 21}, nil
	})
}

func TestItCallsEveryToolAndTellsWhatTheyReturned(t *testing.T) {
	t.Parallel()
	var called args
	now := agent.NewTool("now", "", func(context.Context, struct{}) (string, error) { return "noon", nil })
	result, err := agent.NewText(testmodel.New(), agent.WithTools(weather(&called), now)).Run(t.Context(), "Weather?")
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"weather":{"temp":21},"now":"noon"}`; result.Output != want {
		t.Errorf("output %s, want %s", result.Output, want)
	}
	no := false
	if diff := cmp.Diff(args{City: "a", Unit: "celsius", Days: 1, Tags: []string{"a"}, Exact: &no}, called); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}

func TestOptionsChooseWhatItDoes(t *testing.T) {
	t.Parallel()
	type answer struct {
		Words []string `json:"words"`
		N     float64  `json:"n"`
	}
	run := func(opts ...testmodel.Option) (answer, error) {
		var called args
		result, err := agent.New[answer](testmodel.New(opts...), agent.WithTools(weather(&called))).Run(t.Context(), "?")
		if err != nil {
			return answer{}, err
		}
		return result.Output, nil
	}
	for _, c := range []struct {
		what string
		opts []testmodel.Option
		want answer
		err  string
	}{
		{"from the schema", nil, answer{[]string{"a"}, 0}, ""},
		{"a seed", []testmodel.Option{testmodel.Seed(3)}, answer{[]string{"d"}, 3}, ""},
		{"given", []testmodel.Option{testmodel.OutputArgs(answer{[]string{"x"}, 1})}, answer{[]string{"x"}, 1}, ""},
		{"no tool", []testmodel.Option{testmodel.CallTools()}, answer{[]string{"a"}, 0}, ""},
		{"an unknown tool", []testmodel.Option{testmodel.CallTools("nope")}, answer{}, `has no tool "nope"`},
		{"text", []testmodel.Option{testmodel.OutputText("hello")}, answer{}, "does not allow plain text"},
	} {
		got, err := run(c.opts...)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want %q", c.what, err, c.err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
}

func TestOutputsThatAreNoObjectsAreWrapped(t *testing.T) {
	t.Parallel()
	result, err := agent.New[[]int](testmodel.New(testmodel.OutputArgs([]int{1, 2}))).Run(t.Context(), "?")
	if err != nil || !cmp.Equal(result.Output, []int{1, 2}) {
		t.Errorf("%v, %v", result, err)
	}
	native, err := agent.New[[]int](testmodel.New(), agent.WithOutputMode(agent.OutputNative)).Run(t.Context(), "?")
	if err != nil || !cmp.Equal(native.Output, []int{0}) {
		t.Errorf("%v, %v", native, err)
	}
}

func TestItStreamsWords(t *testing.T) {
	t.Parallel()
	s := agent.NewText(testmodel.New(testmodel.OutputText("two words"))).Stream(t.Context(), "?")
	var got []string
	for text, err := range s.Text() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, text)
	}
	if diff := cmp.Diff([]string{"two ", "words"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestItIsKnownByName(t *testing.T) {
	t.Parallel()
	model, err := agent.ModelByName("test")
	if err != nil {
		t.Fatal(err)
	}
	result, err := agent.NewText(model).Run(t.Context(), "?")
	if err != nil || result.Output != "success (no tool calls)" {
		t.Errorf("%+v, %v", result, err)
	}
}

// Schemas of MCP servers come from anybody: whatever they say, the model answers or refuses.
func FuzzSchemas(f *testing.F) {
	for _, schema := range []string{
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"required":["a"],"$defs":{"A":{"anyOf":[{"type":"integer","exclusiveMinimum":3},{"type":"null"}]}}}`,
		`{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}`,
		`{"type":"object","properties":{"a":{"type":["null","string"],"minLength":2},"b":{"const":1},"c":{"prefixItems":[true],"items":{"examples":[5]},"type":"array","minItems":2,"uniqueItems":true}},"required":["a","b","c"]}`,
		`{"type":"object","additionalProperties":{"type":"number","maximum":-3}}`,
		`true`, `{"type":"spaceship"}`,
	} {
		f.Add(schema, uint8(1))
	}
	f.Fuzz(func(t *testing.T, schema string, seed uint8) {
		if strings.Contains(schema, "min") {
			return // billions of items are not what this looks for
		}
		tool := agent.ToolDefinition{Name: "t", Schema: json.RawMessage(schema)}
		response, err := testmodel.New(testmodel.Seed(uint(seed))).Request(t.Context(), &agent.Request{
			Messages: []agent.Message{&agent.Input{}}, Tools: []agent.ToolDefinition{tool},
		})
		if err == nil && !json.Valid(response.Parts[0].(agent.ToolCall).Args) {
			t.Errorf("%s: arguments %s", schema, response.Parts[0].(agent.ToolCall).Args)
		}
	})
}
