package govalue

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The Go twins of the classes in testdata/golden.py.
type (
	Line struct {
		Tea   string `json:"tea"`
		Grams int    `json:"grams"`
	}
	Order struct {
		Number string    `json:"number"`
		Lines  []*Line   `json:"lines"`
		Placed time.Time `json:"placed"`
		Total  Decimal   `json:"total"`
		Note   *string   `json:"note"`
		secret string
	}
	Empty struct{}
	Tree  struct {
		Name string  `json:"name"`
		Kids []*Tree `json:"kids"`
	}
	Header map[string][]string
)

// Decimal is a number in a type of its own, as the libraries for money have it.
type Decimal string

func (d Decimal) MarshalText() ([]byte, error) { return []byte(d), nil }

// UUID is what the libraries call it.
type UUID [16]byte

func (u UUID) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]), nil
}

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// twins are the values of testdata/golden.py, in Go.
func twins() map[string]any {
	loop := map[string]any{"name": "loop"}
	loop["self"] = loop
	circle := &Tree{Name: "root"}
	circle.Kids = append(circle.Kids, circle)
	large := func(n, digits int, value func(i int) any) map[string]any {
		m := map[string]any{}
		for i := range n {
			m[fmt.Sprintf("k%0*d", digits, i)] = value(i)
		}
		return m
	}
	everySecond := func(i int) any {
		if i%2 == 1 {
			return noon
		}
		return i
	}
	long := strings.Repeat("k", 101)
	twins := map[string]any{
		"nil": nil, "true": true, "int": 42, "negative": int8(-7), "int64": int64(math.MaxInt64), "uint64": uint64(math.MaxUint64),
		"float": 1.5, "whole float": float32(3), "small float": 1e-7, "large float": 1e300, "nan": math.NaN(), "inf": math.Inf(1), "-inf": float32(math.Inf(-1)),
		"text": "tea", "empty text": "", "quotes": "\"x\" \\ \n\t\u0001 é 茶 🍵",
		"bytes": []byte("tea\x00\xff\n"), "bytes with quotes": []byte(`it's "so"`), "bytes with apostrophe": []byte("it's"),
		"time": noon, "time with fraction": noon.Add(250 * time.Millisecond), "time in zone": noon.In(time.FixedZone("", 19800)),
		"duration": 90*time.Second + 500*time.Millisecond, "negative duration": -time.Second,
		"decimal": Decimal("1.10"), "uuid": UUID{0x3f, 0x2b, 0x1c, 0x1e, 6: 0x40, 8: 0x80}, "regexp": regexp.MustCompile("a+"),
		"ipv4": netip.MustParseAddr("10.0.0.1"), "ipv6": netip.MustParseAddr("::1"),
		"ipv4 network": netip.MustParsePrefix("10.0.0.0/8"), "ipv6 network": netip.MustParsePrefix("2001:db8::/32"),
		"error":      &fs.PathError{Op: "open", Path: "menu", Err: fmt.Errorf("no such file")},
		"empty list": []int(nil), "ints": []int{1, 2, 3}, "texts": [2]string{"a", "b"}, "times": []time.Time{noon, noon},
		"mixed": []any{1, "a", nil, noon}, "nested lists": [][]int{{1}, {2, 3}},
		"lists of durations": [][]time.Duration{{time.Second}, {2 * time.Second}}, "floats in a list": []float64{1.5, math.NaN(), math.Inf(1)},
		"map": map[string]any{"a": 1, "b": "x"}, "map of times": map[string]any{"a": noon, "b": 1}, "empty map": map[string]int(nil),
		"map with numbers as keys": map[int]string{1: "a", 2: "b"},
		"large map of times":       large(12, 2, func(int) any { return noon }),
		"large map of ints":        large(12, 2, func(i int) any { return i }),
		"large mixed map":          large(12, 2, everySecond), "huge mixed map": large(101, 3, everySecond),
		"map with a long key": map[string]any{long: noon}, "map with a long key, mixed": map[string]any{long: noon, "l": 1},
		"named map": Header{"Accept": {"text/html"}},
		"struct":    Line{"sencha", 50}, "empty struct": &Empty{},
		"nested struct":  Order{Number: "T-1", Lines: []*Line{{"sencha", 50}, {"oolong", 100}}, Placed: noon, Total: "4.20", secret: "x"},
		"structs":        []Line{{"sencha", 50}, {"oolong", 100}},
		"map of structs": map[string]Line{"first": {"sencha", 50}},
		"circular map":   loop, "circular struct": circle,
		"enum": time.March, "struct with enum": map[string]any{"month": time.March, "raw": []byte{0}},
	}
	return twins
}

// TestValuesGoOutAsThoseOfThePythonSDK compares with what Logfire's SDK sent for the same values: testdata/golden.py.
func TestValuesGoOutAsThoseOfThePythonSDK(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]struct {
		Value  any
		Schema string
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&golden); err != nil {
		t.Fatal(err)
	}
	twins := twins()
	if len(twins) != len(golden) {
		t.Errorf("%d values here, %d in Python", len(twins), len(golden))
	}
	// Go does not know which values an enumeration has.
	members := regexp.MustCompile(`,"enum":\[[^]]*\]`)
	for name, want := range golden {
		got := Encode(slog.AnyValue(twins[name]))
		if diff := cmp.Diff(members.ReplaceAllString(want.Schema, ""), got.Schema); diff != "" {
			t.Errorf("%s: schema (-Python +Go)\n%s", name, diff)
		}
		if diff := cmp.Diff(meaning(t, want.Value), meaning(t, got.Value.AsInterface())); diff != "" {
			t.Errorf("%s: value (-Python +Go)\n%s", name, diff)
		}
	}
}

// meaning returns what a value says, whatever the spelling of the numbers in it: 1.0 in Python is 1 in Go.
func meaning(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			t.Fatal(err)
		}
		return f
	case int64:
		return float64(v)
	case string:
		var parsed any
		if err := json.Unmarshal([]byte(v), &parsed); err == nil {
			return []any{"JSON", parsed}
		}
	}
	return v
}

func TestErrorsAreOfTheTypeThatSaysMost(t *testing.T) {
	t.Parallel()
	path := &fs.PathError{Op: "open", Path: "menu", Err: syscall.ENOENT}
	for err, want := range map[error]string{
		path:                              `{"type":"object","title":"PathError","x-python-datatype":"Exception"}`,
		fmt.Errorf("read menu: %w", path): `{"type":"object","title":"PathError","x-python-datatype":"Exception"}`,
		fmt.Errorf("%w and %w", path, os.ErrExist): `{"type":"object","title":"PathError","x-python-datatype":"Exception"}`,
		fmt.Errorf("plain"):                        `{"type":"object","title":"errorString","x-python-datatype":"Exception"}`,
		syscall.ENOENT:                             `{"type":"object","title":"Errno","x-python-datatype":"Exception"}`,
	} {
		if got := Encode(slog.AnyValue(err)); got.Schema != want || got.Text() != err.Error() {
			t.Errorf("%v: %s, %s", err, got.Schema, got.Text())
		}
	}
}
