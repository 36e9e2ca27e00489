package api

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/record"
)

func TestAppendJSON(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 27, 13, 16, 36, 517_321_000, time.UTC)
	cases := []struct {
		name string
		t    record.Type
		v    any
		want string
	}{
		{"null", record.TextType, nil, `null`},
		{"true", record.Bool, true, `true`},
		{"int", record.Int64, int64(math.MinInt64), `-9223372036854775808`},
		{"uint", record.Type{Kind: record.TypeUint64}, uint64(math.MaxUint64), `18446744073709551615`},
		{"a whole float stays a float", record.Float64, 1.0, `1.0`},
		{"zero float", record.Float64, 0.0, `0.0`},
		{"negative float", record.Float64, -0.25, `-0.25`},
		{"small float", record.Float64, 1e-7, `1e-07`},
		{"large float", record.Float64, 1e21, `1e+21`},
		{"large float in full", record.Float64, 123456789012345680.0, `123456789012345680.0`},
		{"NaN", record.Float64, math.NaN(), `null`},
		{"infinity", record.Float64, math.Inf(-1), `null`},
		{"text", record.TextType, "a<b> & \"c\"\\\n\r\t\x01 \u2028é😀", `"a<b> & \"c\"\\\n\r\t\u0001 ` + "\u2028é😀" + `"`},
		{"text that is no UTF-8", record.TextType, "a\xffb\xc3", `"a\ufffdb\ufffd"`},
		{"nested object", record.JSONType, `{"a":[1,2.50,"x"]}`, `{"a":[1,2.50,"x"]}`},
		{"nested scalar", record.JSONType, `"x"`, `"x"`},
		{"nested with line breaks", record.JSONType, "{\n\"a\": 1\r\n}", `{"a":1}`},
		{"JSON that is none", record.JSONType, `{a}`, `"{a}"`},
		{"empty JSON text", record.JSONType, ``, `""`},
		{"timestamp", record.Timestamp, at, `"2026-05-27T13:16:36.517321Z"`},
		{"timestamp of another zone", record.Timestamp, at.In(time.FixedZone("", 7200)), `"2026-05-27T13:16:36.517321Z"`},
		{"whole second", record.Timestamp, at.Truncate(time.Second), `"2026-05-27T13:16:36.000000Z"`},
		{"date", record.Date, at, `"2026-05-27"`},
		{"time", record.Type{Kind: record.TypeTime}, at, `"13:16:36.517321"`},
		{"interval", record.Type{Kind: record.TypeInterval}, interval{Months: 14, Days: 3, Micros: 14_706_500_000}, `"P1Y2M3DT4H5M6.5S"`},
		{"days", record.Type{Kind: record.TypeInterval}, interval{Days: 2}, `"P2D"`},
		{"negative interval", record.Type{Kind: record.TypeInterval}, interval{Months: -1, Micros: -1_500_000}, `"P-1MT-1.5S"`},
		{"less than a second", record.Type{Kind: record.TypeInterval}, interval{Micros: -42}, `"PT-0.000042S"`},
		{"no interval", record.Type{Kind: record.TypeInterval}, interval{}, `"PT0S"`},
		{"list", record.ListOf(record.TextType), []any{"a", nil}, `["a",null]`},
		{"empty list", record.ListOf(record.Int64), []any{}, `[]`},
		{"list of JSON", record.ListOf(record.JSONType), []any{`{"a":1}`}, `[{"a":1}]`},
		{"struct in order", structType, map[string]any{"b": int64(2), "a": []any{at}}, `{"b":2,"a":["2026-05-27T13:16:36.517321Z"]}`},
		{"struct without a field", structType, map[string]any{"b": int64(2)}, `{"b":2,"a":null}`},
	}
	for _, c := range cases {
		got, err := appendJSON([]byte("x"), c.t, c.v)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff("x"+c.want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if !json.Valid(got[1:]) {
			t.Errorf("%s: %s is no JSON", c.name, got[1:])
		}
	}
	if _, err := appendJSON(nil, record.Int64, int32(1)); err == nil {
		t.Error("a Go type that engines do not give is no error")
	}
}

var structType = record.Type{Kind: record.TypeStruct, Fields: []record.Field{
	{Name: "b", Type: record.Int64}, {Name: "a", Type: record.ListOf(record.Timestamp)},
}}

func FuzzAppendString(f *testing.F) {
	f.Add("a\"\\\x00\x7f\xff\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var want string
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%q reads back as %q, want %q", s, got, want)
		}
	})
}
