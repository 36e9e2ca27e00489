package govalue

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
)

type (
	Base struct {
		ID   int
		Name string `json:"name"`
	}
	Inner struct{ Name string }
	Mixed struct {
		Base
		*Inner
		Named   Inner  `json:"named"`
		Skipped string `json:"-"`
		None    []int  `json:"none,omitempty"`
		Zero    Base   `json:"zero,omitzero"`
		Kept    int    `json:"kept,string"`
		hidden  string
		Any     any
	}
	Page[T any] struct{ Items []T }
	State       int
	Opaque      struct{ n int }
	ByPointer   struct{ N int }
	Login       struct{ User, Password string }
	Panics      struct{}
	Fails       struct{}
	Bare        int
)

func (s State) String() string                    { return [...]string{"idle", "busy"}[s] }
func (o Opaque) String() string                   { return fmt.Sprint("opaque ", o.n) }
func (b *ByPointer) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `{ "n": %d }`, b.N), nil }
func (l Login) LogValue() slog.Value {
	return slog.GroupValue(slog.String("user", l.User), slog.Duration("age", time.Minute))
}
func (Panics) MarshalJSON() ([]byte, error) { panic("no") }
func (Fails) MarshalText() ([]byte, error)  { return nil, errors.New("cannot") }

func TestValuesAreWrittenAsTheirTypesSay(t *testing.T) {
	t.Parallel()
	u, err := url.Parse("https://me:secret@example.com/a?b=c")
	if err != nil {
		t.Fatal(err)
	}
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	for _, c := range []struct {
		in           any
		value        any
		schema, text string
	}{
		{Mixed{Base: Base{1, "a"}, Named: Inner{"x"}, hidden: "h", Any: State(1)},
			`{"ID":1,"name":"a","named":{"Name":"x"},"kept":0,"Any":"busy"}`,
			`{"type":"object","title":"Mixed","x-python-datatype":"dataclass","properties":{"named":{"type":"object","title":"Inner","x-python-datatype":"dataclass"},"Any":{"type":"string","title":"State","x-python-datatype":"Enum"}}}`, ""},
		{Page[Base]{}, `{"Items":[]}`, `{"type":"object","title":"Page[Base]","x-python-datatype":"dataclass"}`, ""},
		{struct{ A int }{1}, `{"A":1}`, `{"type":"object"}`, ""},
		{State(0), `"idle"`, `{"type":"string","title":"State","x-python-datatype":"Enum"}`, "idle"},
		{State(7), `"!PANIC: runtime error: index out of range [7] with length 2"`, `{}`, "!PANIC: runtime error: index out of range [7] with length 2"},
		{Bare(3), int64(3), `{}`, "3"},
		{Opaque{4}, `"opaque 4"`, `{"type":"string","title":"Opaque","x-python-datatype":"str"}`, "opaque 4"},
		{&ByPointer{5}, `{"n":5}`, `{"type":"object","title":"ByPointer","x-python-datatype":"dataclass"}`, ""},
		{ByPointer{5}, `{"N":5}`, `{"type":"object","title":"ByPointer","x-python-datatype":"dataclass"}`, ""},
		{Login{"ann", "pw"}, `{"user":"ann","age":60}`, `{"type":"object","properties":{"age":{"type":"string","x-python-datatype":"timedelta"}}}`, ""},
		{[]Login{{"ann", "pw"}}, `[{"user":"ann","age":60}]`, `{"type":"array","items":{"type":"object","properties":{"age":{"type":"string","x-python-datatype":"timedelta"}}}}`, ""},
		{Panics{}, `"!PANIC: no"`, `{}`, "!PANIC: no"},
		{[]any{Fails{}}, `["!ERROR: cannot"]`, `{"type":"array"}`, ""},
		{json.RawMessage(` {"a": [1, 2.50]} `), `{"a":[1,2.50]}`, `{"type":"object"}`, ""},
		{json.RawMessage(`{"a":`), `"{\"a\":"`, `{}`, `{"a":`},
		{map[string]json.RawMessage{"a": nil}, `{"a":""}`, `{"type":"object"}`, ""},
		{json.Number("1.50"), "1.50", `{}`, "1.50"},
		{huge, "123456789012345678901234567890", `{}`, "123456789012345678901234567890"},
		{big.NewInt(5), int64(5), `{}`, "5"},
		{big.NewFloat(1.5), `"1.5"`, decimal, "1.5"},
		{big.NewRat(1, 2), `"1/2"`, `{"type":"string","title":"Rat","x-python-datatype":"str"}`, "1/2"},
		{net.IPv4(10, 0, 0, 1), `"10.0.0.1"`, `{"type":"string","format":"ipv4"}`, "10.0.0.1"},
		{u, `"https://me:xxxxx@example.com/a?b=c"`, anyURL, "https://me:xxxxx@example.com/a?b=c"},
		{url.Values{"a": {"b"}}, `{"a":["b"]}`, `{"type":"object","x-python-datatype":"Mapping","title":"Values"}`, ""},
		{time.Second, "1", timedelta, "1s"},
		{noon.Add(789), `"2026-11-26T12:00:00+00:00"`, dateTime, "2026-11-26T12:00:00+00:00"},
		{(*Base)(nil), "null", null, "<nil>"},
		{[]any{(*Base)(nil), any(nil), (error)(nil)}, "[null,null,null]", array, ""},
		{[]float32{0.1}, "[0.1]", array, ""},
		{complex(1, 2), `"(1+2i)"`, `{}`, "(1+2i)"},
		{[]byte(nil), `""`, byteText, ""},
		{[2]byte{'a', 0}, `"a\\x00"`, byteText, `a\x00`},
		{"\xff", "\xff", `{}`, "\xff"},
		{[]string{"\xff<&>"}, "[\"\uFFFD<&>\"]", array, ""},
		{func() {}, `"func()"`, unknown, "func()"},
		{map[State]int{1: 2, 0: 1}, `{"idle":1,"busy":2}`, object, ""},
		{map[int]int{10: 1, 9: 2}, `{"9":2,"10":1}`, object, ""},
		{attribute.StringSliceValue([]string{"a"}), []string{"a"}, array, `["a"]`},
		{attribute.IntValue(3), int64(3), `{}`, "3"},
		{slog.GroupValue(slog.Int("a", 1), slog.Group("", slog.Int("b", 2)), slog.Group("none")), `{"a":1,"b":2}`, object, ""},
	} {
		got := Encode(slog.AnyValue(c.in))
		want := fmt.Sprint(c.value)
		if fmt.Sprint(got.Value.AsInterface()) != want || got.Schema != c.schema {
			t.Errorf("%T %v:\n got %v %s\nwant %v %s", c.in, c.in, got.Value.AsInterface(), got.Schema, want, c.schema)
		}
		if c.text == "" {
			c.text = want
			if want == `""` {
				continue
			}
		}
		if got.Text() != c.text {
			t.Errorf("%T: text %q, want %q", c.in, got.Text(), c.text)
		}
	}
}

func TestHugeValuesAreCut(t *testing.T) {
	t.Parallel()
	deep := any("bottom")
	for range 100 {
		deep = []any{deep}
	}
	wide := make([]int, 600_000)
	many := map[int]int{}
	for i := range maxKeys + 5 {
		many[i] = i
	}
	long := strings.Repeat("茶", maxBytes/2)
	for name, c := range map[string]struct {
		in   any
		want string
	}{
		"deep": {deep, `["..."]`}, "wide": {wide, `more"]`}, "many": {many, `"...":"5 more"}`},
		"long": {long, "茶...茶"}, "long in a list": {[]string{long, long}, "茶...茶"},
		"bytes": {make([]byte, 3*maxBytes), `...`},
		"raw":   {json.RawMessage(`["` + long + `"]`), "茶...茶"},
		"group": {slog.GroupValue(slog.String("a", long), slog.String("b", "x")), `"...":"1 more"}`},
	} {
		got := Encode(slog.AnyValue(c.in)).Value.AsString()
		if !strings.Contains(got, c.want) || len(got) > 2*maxBytes || !utf8.ValidString(got) {
			t.Errorf("%s: %d bytes, valid %v, without %q", name, len(got), utf8.ValidString(got), c.want)
		}
		if name != "long" && !json.Valid([]byte(got)) {
			t.Errorf("%s: no JSON", name)
		}
	}
}

// FuzzRaw checks that whatever a host calls JSON goes out as JSON, with a schema that is JSON.
func FuzzRaw(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `[`, ``, `"x"`, "\xff", `1e999`, `{"a":{"b":[null]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, v := range []any{json.RawMessage(text), []any{json.RawMessage(text), string(text), text}, map[string]any{string(text): text}, json.Number(text)} {
			got := Encode(slog.AnyValue(v))
			if !json.Valid([]byte(got.Value.AsString())) || !json.Valid([]byte(got.Schema)) {
				t.Errorf("%T of %q: %s with schema %s", v, text, got.Value.AsString(), got.Schema)
			}
			got.Text()
		}
	})
}

func BenchmarkEncodeStruct(b *testing.B) {
	order := Order{Number: "T-1", Lines: []*Line{{"sencha", 50}, {"oolong", 100}}, Placed: noon, Total: "4.20"}
	for b.Loop() {
		Encode(slog.AnyValue(&order))
	}
}
