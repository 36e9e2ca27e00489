package agent

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func FuzzTextIsJSON(f *testing.F) {
	for _, s := range []string{"", "plain", "21 °C — “très bien”", "a\"b\\c\n\r\t\x00\x1f\x7f", "<b>&</b>", "\xff\xc3(", "\u2028😀"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		reference, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var want, got string
		if err := json.Unmarshal(reference, &want); err != nil {
			t.Fatal(err)
		}
		text := toJSON(s)
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if got != want {
			t.Errorf("%q is read as %q, encoding/json's as %q", text, got, want)
		}
	})
}

type stubborn struct{}

func (stubborn) MarshalJSON() ([]byte, error) { return nil, errors.New("no") }

type explosive struct{}

func (explosive) MarshalJSON() ([]byte, error) { panic("bang") }

func TestJSONOfAnything(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"fields keep their order", object{{"b", 1}, {"a", []any{true, nil, 1.5}}}, `{"b":1,"a":[true,null,1.5]}`},
		{"raw text loses its white space", json.RawMessage(" {\n \"a\" : [ 1 ] }"), `{"a":[1]}`},
		{"no text is null", json.RawMessage(nil), `null`},
		{"what is no JSON is a string", json.RawMessage(`{"a":`), `"{\"a\":"`},
		{"no escapes for HTML", struct{ A string }{"<a&b>"}, `{"A":"<a&b>"}`},
		{"a channel has no JSON", struct{ C chan int }{}, `"{C:\u003cnil\u003e}"`},
		{"a type that refuses", stubborn{}, `"{}"`},
		{"a type that panics", explosive{}, `"Unable to serialize: bang"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := toJSON(test.value)
			var decoded, want any
			if err := json.Unmarshal([]byte(got), &decoded); err != nil {
				t.Fatalf("%s: %v", got, err)
			}
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, decoded); diff != "" {
				t.Errorf("%s\n%s", got, diff)
			}
		})
	}
}
