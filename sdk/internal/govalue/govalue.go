// Package govalue turns Go values into what an attribute holds, and tells what they were in the words of
// logfire.json_schema: a structure is sent as JSON, with its type's name, so that a live view can draw it again as
// Order(number='T-1', total=Decimal('4.20')).
//
// The JSON, the schema and the text of a message come out of one walk of the value. The form is that of Logfire's
// Python SDK (its json_encoder.py and json_schema.py, version 5.4); golden_test.go compares the two. A Go type goes out
// as the Python type that is nearest: a struct as a dataclass, a time.Duration as a timedelta, []byte as bytes, an
// error as an exception, a type with a String method over a plain one as an Enum.
//
// The values are the host's: they may be cyclic or huge, and their methods may panic. Nothing of that reaches the
// caller.
package govalue

import (
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
)

// maxBytes bounds what one attribute holds, before JSON escapes it: of a longer text its ends are kept, of a longer
// structure the beginning.
const maxBytes = 1 << 20

// Encoded is what goes out for one value.
type Encoded struct {
	// Value is a boolean, number or text as it is, and JSON text for everything else.
	Value attribute.Value
	// Schema is the value's entry in logfire.json_schema, a JSON object: {} for a value that went out as it is.
	Schema string
	// text is what a message shows, where that is neither Value as it is nor its JSON.
	text string
}

// Text returns the value as a message shows it: texts, errors and what has a String method without quotes, structures
// as JSON.
func (e Encoded) Text() string {
	switch {
	case e.text != "":
		return e.text
	case e.Value.Type() == attribute.FLOAT64:
		return strconv.FormatFloat(e.Value.AsFloat64(), 'g', -1, 64)
	}
	return e.Value.String()
}

// plain is the schema of a value that OpenTelemetry can hold as it is.
const plain = "{}"

// Encode returns what goes out for v. What it points to is read during the call and not kept.
func Encode(v slog.Value) Encoded {
	switch v = v.Resolve(); v.Kind() {
	case slog.KindBool:
		return Encoded{Value: attribute.BoolValue(v.Bool()), Schema: plain}
	case slog.KindInt64:
		return Encoded{Value: attribute.Int64Value(v.Int64()), Schema: plain}
	case slog.KindUint64:
		return Encoded{Value: unsigned(v.Uint64()), Schema: plain}
	case slog.KindFloat64:
		return Encoded{Value: float(v.Float64()), Schema: plain}
	case slog.KindString:
		return Encoded{Value: attribute.StringValue(cut(v.String(), maxBytes)), Schema: plain}
	case slog.KindDuration:
		return duration(v.Duration())
	case slog.KindTime:
		return moment(v.Time())
	case slog.KindGroup:
		var w walk
		schema := w.group(v.Group())
		return Encoded{Value: attribute.StringValue(string(w.json)), Schema: schema}
	}
	if own, ok := v.Any().(attribute.Value); ok {
		return openTelemetry(own)
	}
	return encode(reflect.ValueOf(v.Any()))
}

// encode returns what goes out for a value that log/slog has no kind for.
func encode(v reflect.Value) (e Encoded) {
	defer func() {
		if r := recover(); r != nil { // a fault of this package's, which is no reason to fail its host
			e = Encoded{Value: attribute.StringValue(fmt.Sprintf("!PANIC: %v", r)), Schema: plain}
		}
	}()
	top := v
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		v = v.Elem()
	}
	if !v.IsValid() {
		return Encoded{Value: attribute.StringValue("null"), Schema: null, text: "<nil>"}
	}
	switch typeOf(v).form {
	case asBool:
		return Encoded{Value: attribute.BoolValue(v.Bool()), Schema: plain}
	case asInt:
		return Encoded{Value: attribute.Int64Value(v.Int()), Schema: plain}
	case asUint:
		return Encoded{Value: unsigned(v.Uint()), Schema: plain}
	case asFloat:
		return Encoded{Value: float(shortest(v)), Schema: plain}
	case asString:
		return Encoded{Value: attribute.StringValue(cut(v.String(), maxBytes)), Schema: plain}
	case asBigInt:
		if n := v.Interface().(big.Int); n.IsInt64() {
			return Encoded{Value: attribute.Int64Value(n.Int64()), Schema: plain}
		}
	}
	var w walk
	schema := w.value(top)
	return Encoded{Value: attribute.StringValue(string(w.json)), Schema: schema, text: w.text}
}

// unsigned returns a number that OTLP can hold: what is above its largest goes out as text.
func unsigned(n uint64) attribute.Value {
	if n > math.MaxInt64 {
		return attribute.StringValue(strconv.FormatUint(n, 10))
	}
	return attribute.Int64Value(int64(n))
}

// float returns a number, or the text by which Python calls one that JSON has no word for.
func float(f float64) attribute.Value {
	if name := notFinite(f); name != "" {
		return attribute.StringValue(name)
	}
	return attribute.Float64Value(f)
}

// notFinite returns Python's word for what is no finite number, "" for what is.
func notFinite(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	return ""
}

// shortest returns the number that the shortest text of a float reads as: a float32 of 0.1 is 0.1, not 0.10000000149.
func shortest(v reflect.Value) float64 {
	if v.Kind() != reflect.Float32 {
		return v.Float()
	}
	f, err := strconv.ParseFloat(strconv.FormatFloat(v.Float(), 'g', -1, 32), 64)
	if err != nil {
		return v.Float()
	}
	return f
}

// duration is a number of seconds.
func duration(d time.Duration) Encoded {
	seconds := string(appendFloat(nil, d.Seconds(), 64))
	return Encoded{Value: attribute.StringValue(seconds), Schema: timedelta, text: d.String()}
}

func moment(t time.Time) Encoded {
	text := isoTime(t)
	return Encoded{Value: attribute.StringValue(`"` + text + `"`), Schema: dateTime, text: text}
}

// isoTime writes a time to the microsecond, as Python's isoformat does and the readers of its values expect.
func isoTime(t time.Time) string {
	if t.Nanosecond() < 1000 {
		return t.Format("2006-01-02T15:04:05-07:00")
	}
	return t.Format("2006-01-02T15:04:05.000000-07:00")
}

// openTelemetry returns a value of OpenTelemetry's own, unchanged. Its lists and maps show as such.
func openTelemetry(v attribute.Value) Encoded {
	switch v.Type() {
	case attribute.BOOL, attribute.INT64, attribute.FLOAT64, attribute.STRING:
		return Encoded{Value: v, Schema: plain}
	case attribute.EMPTY:
		return Encoded{Value: attribute.StringValue("null"), Schema: null, text: "<nil>"}
	case attribute.MAP:
		return Encoded{Value: v, Schema: object}
	case attribute.BYTESLICE:
		return encode(reflect.ValueOf(v.AsByteSlice()))
	}
	return Encoded{Value: v, Schema: array}
}

// cut keeps a text below max bytes by leaving its middle out, between runes.
func cut(text string, max int) string {
	const gap = "..."
	if len(text) <= max {
		return text
	}
	half := (max - len(gap)) / 2
	head, tail := half, len(text)-half
	for head > 0 && !utf8.RuneStart(text[head]) {
		head--
	}
	for tail < len(text) && !utf8.RuneStart(text[tail]) {
		tail++
	}
	return text[:head] + gap + text[tail:]
}

// survive calls a method of the host's. If it panics, the text says so in the words of log/slog.
func survive(method func() (string, error)) (text string, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			text, ok = fmt.Sprintf("!PANIC: %v", r), false
		}
	}()
	text, err := method()
	if err != nil {
		return "!ERROR: " + err.Error(), false
	}
	return text, true
}
