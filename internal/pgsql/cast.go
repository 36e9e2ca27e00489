package pgsql

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// castNames are the type names of casts.
var castNames = map[string]typ{
	"bool": {kind: boolean}, "boolean": {kind: boolean},
	"int": {kind: integer}, "int2": {kind: integer}, "int4": {kind: integer}, "int8": {kind: integer}, "integer": {kind: integer},
	"bigint": {kind: integer}, "smallint": {kind: integer}, "tinyint": {kind: integer}, "int64": {kind: integer}, "int32": {kind: integer}, "int16": {kind: integer},
	"float4": {kind: float}, "float8": {kind: float}, "float": {kind: float}, "double": {kind: float}, "real": {kind: float},
	"numeric": {kind: float}, "decimal": {kind: float}, "float64": {kind: float}, "float32": {kind: float},
	"text": {kind: textual}, "varchar": {kind: textual}, "string": {kind: textual}, "bpchar": {kind: textual}, "char": {kind: textual}, "utf8": {kind: textual},
	"json": {kind: jsonValue}, "jsonb": {kind: jsonValue},
	"timestamptz": {kind: timestamp}, "timestamp": {kind: localTime}, "datetime": {kind: localTime},
	"date": {kind: date}, "time": {kind: timeOfDay}, "interval": {kind: interval},
}

// typeCast analyzes CAST, :: and TRY_CAST, and typed literals such as interval '5 minutes'.
func (a *analyzer) typeCast(n *pg.TypeCast, s *scope) expr {
	to := a.castType(n.TypeName)
	arg := a.expr(n.Arg, s)
	lenient := a.st.tryCast[a.st.origin(int(n.Location))]
	if to.t.kind == interval {
		if text, ok := stringOf(arg); ok {
			return a.intervalLiteral(text, n)
		}
	}
	return a.castTo(arg, to, lenient, n.Location)
}

func (a *analyzer) castType(n *pg.TypeName) castType {
	parts := names(n.Names)
	name := strings.ToLower(parts[len(parts)-1])
	t, ok := castNames[name]
	if !ok || len(parts) > 2 || len(parts) == 2 && parts[0] != "pg_catalog" || n.Setof || n.PctType {
		a.fail(n.Location, "42704", "there are int, bigint, double, numeric, text, boolean, date, time, timestamp, timestamptz, interval and json", "type %q does not exist", strings.Join(parts, "."))
	}
	to := castType{t: t}
	if (name == "numeric" || name == "decimal") && len(n.Typmods) > 0 {
		to.precision, to.scale = a.precision(n)
	}
	for range n.ArrayBounds {
		to = castType{t: listOf(to.t)}
	}
	return to
}

func (a *analyzer) precision(n *pg.TypeName) (precision, scale int) {
	digits := make([]int, 2)
	for i, m := range n.Typmods {
		if c, ok := m.GetAConst().GetVal().(*pg.A_Const_Ival); ok && i < 2 {
			digits[i] = int(c.Ival.Ival)
		}
	}
	if digits[0] < 1 || digits[0] > 38 || digits[1] < 0 || digits[1] > digits[0] {
		a.fail(n.Location, codeInvalid, "", "numeric takes a precision of 1 to 38 and a scale up to it")
	}
	return digits[0], digits[1]
}

// castTo makes a cast. Reads of JSON are cast leniently: one bad row must not spoil a whole answer.
func (a *analyzer) castTo(arg expr, to castType, lenient bool, location int32) expr {
	from := arg.typeOf()
	if get, ok := arg.(*jsonGet); ok && get.mode == jsonAsText || isHot(arg) {
		lenient = true
	}
	switch from.kind {
	case jsonValue:
		return a.castJSON(arg, to)
	case point:
		a.fail(location, codeTypes, "read it with metric_sum(value), metric_quantile(0.95, value) and so on", "a metric value cannot be cast")
	case interval:
		if to.t.numeric() {
			a.fail(location, codeTypes, "use extract(epoch from …)", "an interval cannot be cast to a number")
		}
	case level:
		if to.t.kind == textual {
			return &cast{arg: arg, to: to}
		}
	}
	if to.t.kind == list && to.t.item().kind == textual && from.kind == list && from.item().kind == jsonValue {
		return &cast{arg: arg, to: to, lenient: true}
	}
	return &cast{arg: arg, to: to, lenient: lenient}
}

// isHot tells whether e reads the column of a hot attribute.
func isHot(e expr) bool {
	c, ok := e.(*column)
	return ok && strings.HasPrefix(c.col.name, "_lf_attributes/") || ok && strings.Contains(c.col.name, "._lf_attributes/")
}

// castJSON reads JSON as a type: NULL where the value is not of it.
func (a *analyzer) castJSON(arg expr, to castType) expr {
	_, isGet := arg.(*jsonGet)
	switch to.t.kind {
	case jsonValue:
		return arg
	case textual:
		if isGet {
			return toText(arg)
		}
		return &cast{arg: arg, to: to}
	case integer:
		return lenientInt(arg)
	case float:
		return &cast{arg: toText(arg), to: to, lenient: true}
	case boolean:
		return lenientBool(arg)
	case list:
		return &cast{arg: arg, to: to, lenient: true}
	}
	return &cast{arg: toText(arg), to: to, lenient: true}
}

// intervalLiteral checks the text of an interval, with the unit of interval '5' minute added.
func (a *analyzer) intervalLiteral(text string, n *pg.TypeCast) expr {
	if mods := n.TypeName.Typmods; len(mods) > 0 {
		bits, ok := mods[0].GetAConst().GetVal().(*pg.A_Const_Ival)
		unit := ""
		if ok {
			unit, ok = intervalFields[bits.Ival.GetIval()]
		}
		if !ok {
			a.fail(n.TypeName.Location, codeNotSupported, "write interval '1 day 2 hours'", "interval fields with TO are not supported")
		}
		if _, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
			text = strings.TrimSpace(text) + " " + unit
		}
	}
	if _, ok := parseInterval(text); !ok {
		a.fail(n.Location, "22007", "write for example interval '5 minutes' or interval '1 day 2 hours'", "%q is no interval", text)
	}
	return &cast{arg: newText(text), to: castType{t: typ{kind: interval}}}
}

// intervalFields are PostgreSQL's bits of the units after an interval literal.
var intervalFields = map[int32]string{1 << 2: "years", 1 << 1: "months", 1 << 3: "days", 1 << 10: "hours", 1 << 11: "minutes", 1 << 12: "seconds"}

// span is an interval: calendar months and days, and time.
type span struct {
	months, days int
	rest         time.Duration
}

func (s span) from(t time.Time, sign int) time.Time {
	return t.AddDate(0, sign*s.months, sign*s.days).Add(time.Duration(sign) * s.rest)
}

var (
	intervalPart = regexp.MustCompile(`^\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*([A-Za-zµ]+)\s*`)
	intervalTime = regexp.MustCompile(`^\s*([+-]?)([0-9]{1,6}):([0-9]{2})(?::([0-9]{2}(?:\.[0-9]+)?))?\s*$`)
)

// intervalWords are the units as PostgreSQL and DuckDB know them.
var intervalWords = func() map[string]span {
	words := map[string]span{}
	add := func(s span, list string) {
		for _, w := range strings.Fields(list) {
			words[w] = s
		}
	}
	add(span{rest: time.Microsecond}, "us usec usecs microsecond microseconds")
	add(span{rest: time.Millisecond}, "ms msec msecs millisecond milliseconds")
	add(span{rest: time.Second}, "s sec secs second seconds")
	add(span{rest: time.Minute}, "m min mins minute minutes")
	add(span{rest: time.Hour}, "h hr hrs hour hours")
	add(span{days: 1}, "d day days")
	add(span{days: 7}, "w week weeks")
	add(span{months: 1}, "mon mons month months")
	add(span{months: 3}, "quarter quarters")
	add(span{months: 12}, "y yr yrs year years")
	add(span{months: 120}, "decade decades")
	add(span{months: 1200}, "c century centuries")
	return words
}()

// parseInterval reads an interval such as '1 day 2 hours', '5m' or '01:30:00'.
func parseInterval(text string) (span, bool) {
	var total span
	rest := strings.ToLower(text)
	found := false
	for rest != "" {
		if m := intervalTime.FindStringSubmatch(rest); m != nil {
			h, _ := strconv.Atoi(m[2])
			minutes, _ := strconv.Atoi(m[3])
			seconds, _ := strconv.ParseFloat("0"+m[4], 64)
			d := time.Duration(h)*time.Hour + time.Duration(minutes)*time.Minute + time.Duration(seconds*float64(time.Second))
			if m[1] == "-" {
				d = -d
			}
			total.rest += d
			return total, true
		}
		m := intervalPart.FindStringSubmatch(rest)
		if m == nil {
			return span{}, false
		}
		unit, known := intervalWords[m[2]]
		n, err := strconv.ParseFloat(m[1], 64)
		if !known || err != nil || math.Abs(n) > 1e7 || math.Abs(n)*float64(unit.rest) > math.MaxInt64/2 {
			return span{}, false
		}
		total.months += int(n * float64(unit.months))
		total.days += int(n * float64(unit.days))
		if fraction := n - float64(int(n)); unit.days > 0 {
			total.rest += time.Duration(fraction * float64(unit.days) * 24 * float64(time.Hour))
		}
		total.rest += time.Duration(n * float64(unit.rest))
		rest = rest[len(m[0]):]
		found = true
		if ago, ok := strings.CutPrefix(rest, "ago"); ok && ago == "" {
			return span{-total.months, -total.days, -total.rest}, true
		}
	}
	return total, found
}
