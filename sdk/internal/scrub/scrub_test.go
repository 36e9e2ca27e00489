package scrub

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
)

// golden is what Logfire's Python SDK does: testdata/golden.py writes it.
type golden struct {
	Default       []goldenCase `json:"default"`
	ExtraPatterns []string     `json:"extra_patterns"`
	Extra         []goldenCase `json:"extra"`
}

type goldenCase struct {
	In    map[string]any `json:"in"`
	Out   map[string]any `json:"out"`
	Notes []Note         `json:"notes"`
}

func readGolden(t *testing.T) golden {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Default) < 100 || len(g.Extra) == 0 {
		t.Fatalf("golden.json has %d and %d cases", len(g.Default), len(g.Extra))
	}
	return g
}

func TestScrubsAsThePythonSDK(t *testing.T) {
	t.Parallel()
	g := readGolden(t)
	for name, cases := range map[string][]goldenCase{"default": g.Default, "extra": g.Extra} {
		var patterns []string
		if name == "extra" {
			patterns = g.ExtraPatterns
		}
		scrubber, err := New(patterns, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			pass := scrubber.Pass()
			out := pass.Attributes([]any{"attributes"}, attributes(c.In))
			if got, want := plain(out), understood(c.Out); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v\n got %v\nwant %v", name, c.In, got, want)
			}
			if got, want := text(t, pass.Notes), text(t, c.Notes); got != want && (len(pass.Notes) > 0 || len(c.Notes) > 0) {
				t.Errorf("%s: notes of %v\n got %s\nwant %s", name, c.In, got, want)
			}
		}
	}
}

// text returns the notes as JSON, in an order that does not depend on that of the attributes.
func text(t *testing.T, notes []Note) string {
	t.Helper()
	notes = slices.Clone(notes)
	slices.SortFunc(notes, func(a, b Note) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return NotesValue(notes).AsString()
}

// attributes makes attributes of JSON, in no order.
func attributes(in map[string]any) []attribute.KeyValue {
	var out []attribute.KeyValue
	for key, value := range in {
		out = append(out, attribute.KeyValue{Key: attribute.Key(key), Value: attributeValue(value)})
	}
	return out
}

func attributeValue(value any) attribute.Value {
	switch value := value.(type) {
	case []any:
		texts := make([]string, 0, len(value))
		values := make([]attribute.Value, 0, len(value))
		for _, element := range value {
			if s, ok := element.(string); ok {
				texts = append(texts, s)
			}
			values = append(values, attributeValue(element))
		}
		if len(texts) == len(value) {
			return attribute.StringSliceValue(texts)
		}
		return attribute.SliceValue(values...)
	case map[string]any:
		return attribute.MapValue(attributes(value)...)
	case nil:
		return attribute.Value{}
	}
	return attributeOf(value)
}

// plain returns attributes as JSON has them, with texts that are JSON parsed: the SDKs space JSON differently.
func plain(attributes []attribute.KeyValue) map[string]any {
	out := map[string]any{}
	for _, kv := range attributes {
		out[string(kv.Key)] = plainValue(kv.Value)
	}
	return out
}

func plainValue(value attribute.Value) any {
	switch value.Type() {
	case attribute.MAP:
		return plain(value.AsMap())
	case attribute.SLICE:
		out := []any{}
		for _, element := range value.AsSlice() {
			out = append(out, plainValue(element))
		}
		return out
	case attribute.STRINGSLICE:
		out := []any{}
		for _, element := range value.AsStringSlice() {
			out = append(out, understood(element))
		}
		return out
	case attribute.EMPTY:
		return nil
	}
	return understood(value.AsInterface())
}

func understood(value any) any {
	switch value := value.(type) {
	case string:
		var parsed any
		if json.Unmarshal([]byte(value), &parsed) != nil {
			return value
		}
		if again, isText := parsed.(string); isText {
			return again // not further: a text that says 1 stays a text
		}
		return understood(parsed)
	case []any:
		out := []any{}
		for _, element := range value {
			out = append(out, understood(element))
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, element := range value {
			out[key] = understood(element)
		}
		return out
	}
	return value
}

func TestCallbackDecides(t *testing.T) {
	t.Parallel()
	scrubber, err := New(nil, func(m Match) (any, bool) {
		switch m.Value {
		case "the secret of life":
			return m.Value, true
		case "secret 7":
			return 7, true
		}
		return nil, false
	})
	if err != nil {
		t.Fatal(err)
	}
	pass := scrubber.Pass()
	in := []attribute.KeyValue{attribute.String("kept", "the secret of life")}
	if out := pass.Attributes([]any{"attributes"}, in); out[0].Value.AsString() != "the secret of life" || pass.Changed {
		t.Errorf("kept became %v, changed %v", out, pass.Changed)
	}
	in = []attribute.KeyValue{attribute.String("number", "secret 7"), attribute.String("password", "p"), attribute.ByteSlice("bytes", []byte("a secret"))}
	out := pass.Attributes([]any{"attributes"}, in)
	want := []attribute.KeyValue{
		attribute.Int("number", 7), attribute.String("password", "[Scrubbed due to 'password']"), attribute.String("bytes", "[Scrubbed due to 'secret']"),
	}
	if !reflect.DeepEqual(out, want) || len(pass.Notes) != 2 {
		t.Errorf("got %v with notes %v, want %v with 2 notes", out, pass.Notes, want)
	}
	if in[1].Value.AsString() != "p" {
		t.Error("the given attributes changed")
	}
}

func TestAnnotateKeepsEarlierNotes(t *testing.T) {
	t.Parallel()
	earlier := []Note{{Path: []any{"message", "password"}, Matched: "password"}}
	later := []Note{{Path: []any{"attributes", "x", 0}, Matched: "secret"}}
	out := Annotate(Annotate(nil, earlier), later)
	want := `[{"path":["message","password"],"matched_substring":"password"},{"path":["attributes","x",0],"matched_substring":"secret"}]`
	if len(out) != 1 || out[0].Value.AsString() != want {
		t.Errorf("got %v, want one attribute %s", out, want)
	}
}

func TestNewRefusesABadPattern(t *testing.T) {
	t.Parallel()
	if _, err := New([]string{"fine", "("}, nil); err == nil || !strings.Contains(err.Error(), "pattern 2") {
		t.Errorf("error %v, want one that tells of pattern 2", err)
	}
}

// The search for stems is a shortcut: it must never hide what the pattern alone would find.
func FuzzStemsFindWhatThePatternFinds(f *testing.F) {
	for _, seed := range []string{"my password", "authors auth", "é_id token", "a_csrf", "paſſword", "x jwt y", "api  key api_key"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := defaultPattern.FindStringSubmatchIndex(text)
		found := firstCandidate(text, 0)
		if at != nil && (found < 0 || found > at[0]) {
			t.Errorf("%q: the pattern matches at %d, the first candidate is at %d", text, at[0], found)
		}
		start, end, ok := findDefault(text)
		if ok && (start >= end || end > len(text)) {
			t.Errorf("%q: match [%d:%d]", text, start, end)
		}
		scrubber, err := New(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		value, changed := scrubber.Pass().Value(nil, attribute.StringValue(text))
		if !changed && value.AsString() != text {
			t.Errorf("%q became %q, unsaid", text, value.AsString())
		}
		if utf8.ValidString(text) && !utf8.ValidString(value.AsString()) {
			t.Errorf("%q became invalid UTF-8", text)
		}
	})
}

func BenchmarkTextWithoutSecrets(b *testing.B) {
	text := strings.Repeat("The provider answers that apples are sold in boxes of twelve; id 42, total 17.25. ", 1200)
	scrubber, err := New(nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		scrubber.Pass().Value(nil, attribute.StringValue(text))
	}
}
