package pgsql

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/hearth-dev/hearth/internal/record"
)

// The builders of functions that need more than their name: rewriting, typing, or another meaning than in engines.

func buildSubstring(a *analyzer, c callSite) expr {
	if len(c.args) == 2 {
		if t := c.args[1].typeOf(); t.kind == textual || t.kind == untyped {
			return a.regexCall("regexp_extract", c, c.args[0], c.args[1]) // substring(x from 'pattern')
		}
	}
	return &call{name: "substring", args: c.args, t: typ{kind: textual}}
}

func buildDigest(a *analyzer, c callSite) expr {
	method, _ := stringOf(c.args[1])
	switch method = strings.ToLower(method); method {
	case "md5", "sha1", "sha256":
		return &call{name: method, args: c.args[:1], t: typ{kind: textual}}
	}
	a.fail(c.n.Location, codeInvalid, "", "digest knows 'md5', 'sha1' and 'sha256'")
	return nil
}

func buildLength(a *analyzer, c callSite) expr {
	if c.args[0].typeOf().kind == list {
		return &call{name: "len", args: c.args, t: typ{kind: integer}}
	}
	return &call{name: c.name, args: c.args, t: typ{kind: integer}}
}

func buildLevelNum(a *analyzer, c callSite) expr {
	if c.args[0].typeOf().kind == level {
		return c.args[0]
	}
	if _, ok := stringOf(c.args[0]); ok {
		return &cast{arg: a.levelOf(c.args[0], c.n.Location), to: castType{t: typ{kind: level}}}
	}
	return &call{name: "level_num", args: c.args, t: typ{kind: level}}
}

func buildLevelName(a *analyzer, c callSite) expr {
	if t := c.args[0].typeOf(); t.kind == textual || t.kind == untyped {
		a.fail(c.n.Location, codeTypes, "level_name(level)", "level_name takes a number, not text")
	}
	return &call{name: "level_name", args: c.args, t: typ{kind: textual}}
}

// buildOfInteger makes a function of one integer. Of text, to_hex would double the length at each turn.
func buildOfInteger(_ *analyzer, c callSite) expr {
	arg := c.args[0]
	if arg.typeOf().kind != integer {
		arg = &cast{arg: arg, to: castType{t: typ{kind: integer}}}
	}
	if c.name == "chr" {
		arg = &cast{arg: arg, to: castType{t: typ{kind: integer}, small: true}}
	}
	return &call{name: c.name, args: []expr{arg}, t: typ{kind: textual}}
}

func buildNVL2(_ *analyzer, c callSite) expr {
	results := unify(c.args[1:])
	return newChoice(nil, []when{{cond: &test{arg: c.args[0], what: "IS NOT NULL"}, result: results[0]}}, results[1])
}

// timeUnits are the fields of date_trunc and extract, by the name that engines know.
var timeUnits = func() map[string]string {
	units := map[string]string{
		"millennium": "millennium", "millennia": "millennium", "century": "century", "centuries": "century",
		"epoch": "epoch", "dow": "dow", "isodow": "isodow", "doy": "doy", "isoyear": "isoyear", "era": "era", "julian": "julian",
		"timezone": "timezone", "timezone_hour": "timezone_hour", "timezone_minute": "timezone_minute",
		"us": "microseconds", "microsecond": "microseconds", "microseconds": "microseconds",
		"ms": "milliseconds", "msec": "milliseconds", "millisecond": "milliseconds", "milliseconds": "milliseconds",
	}
	for _, unit := range strings.Fields("second minute hour day week month quarter year decade") {
		units[unit], units[unit+"s"] = unit, unit
	}
	units["s"], units["m"], units["h"], units["d"], units["sec"], units["min"] = "second", "minute", "hour", "day", "second", "minute"
	return units
}()

func (a *analyzer) timeUnit(e expr, c callSite) string {
	text, ok := stringOf(e)
	unit := timeUnits[strings.ToLower(text)]
	if !ok || unit == "" {
		a.fail(c.n.Location, codeInvalid, "use year, quarter, month, week, day, hour, minute, second, millisecond or epoch", "%s needs a known unit", c.name)
	}
	return unit
}

// asTime reads text as a timestamp: literals strictly, values of rows leniently.
func asTime(e expr) expr {
	switch e.typeOf().kind {
	case untyped:
		return &cast{arg: e, to: castType{t: typ{kind: timestamp}}}
	case textual, jsonValue:
		return &cast{arg: toText(e), to: castType{t: typ{kind: timestamp}}, lenient: true}
	}
	return e
}

func (a *analyzer) wantTime(e expr, c callSite) expr {
	if t := e.typeOf(); t.numeric() || t.kind == boolean || t.kind == list || t.kind == point {
		hint := ""
		if t.numeric() {
			hint = "duration is a number of seconds already; other numbers are converted with to_timestamp(…)"
		}
		a.fail(c.n.Location, codeTypes, hint, "%s needs a timestamp or an interval, not %s", c.name, t.describe())
	}
	return asTime(e)
}

func buildDateTrunc(a *analyzer, c callSite) expr {
	unit := a.timeUnit(c.args[0], c)
	arg := a.wantTime(c.args[1], c)
	return &call{name: "date_trunc", args: []expr{newText(unit), arg}, t: arg.typeOf()}
}

// buildDatePart makes extract and date_part. Seconds and milliseconds keep their fraction; of an interval they are
// the whole of it, as in DataFusion, not the part below the next unit.
func buildDatePart(a *analyzer, c callSite) expr {
	unit := a.timeUnit(c.args[0], c)
	arg := a.wantTime(c.args[1], c)
	part := func(unit string, t typeKind) expr {
		return &call{name: "date_part", args: []expr{newText(unit), arg}, t: typ{kind: t}}
	}
	scaled := func(e expr, op, factor string) expr {
		return &operation{op: op, left: e, right: &literal{t: typ{kind: float}, text: factor}, t: typ{kind: float}}
	}
	if text, ok := stringOf(c.args[1]); ok {
		if _, ok := parseInterval(text); ok { // extract(epoch from '1 minute'), as with dashboards' $resolution
			arg = &cast{arg: newText(text), to: castType{t: typ{kind: interval}}}
		}
	}
	isInterval := arg.typeOf().kind == interval
	switch {
	case unit == "epoch" || unit == "second" && isInterval:
		return &call{name: "epoch", args: []expr{arg}, t: typ{kind: float}}
	case unit == "milliseconds" && isInterval:
		return scaled(&call{name: "epoch", args: []expr{arg}, t: typ{kind: float}}, "*", "1000e0")
	case unit == "second" && arg.typeOf().kind != date:
		return scaled(part("microseconds", integer), "/", "1000000e0")
	case unit == "milliseconds" && arg.typeOf().kind != date:
		return scaled(part("microseconds", integer), "/", "1000e0")
	}
	return part(unit, integer)
}

func buildTimeField(a *analyzer, c callSite) expr {
	return &call{name: c.name, args: []expr{a.wantTime(c.args[0], c)}, t: functions[c.name].ret}
}

// asInterval reads a literal as an interval.
func (a *analyzer) asInterval(e expr, c callSite) expr {
	if text, ok := stringOf(e); ok {
		if _, ok := parseInterval(text); !ok {
			a.fail(c.n.Location, "22007", "for example '5 minutes'", "%q is no interval", text)
		}
		return &cast{arg: e, to: castType{t: typ{kind: interval}}}
	}
	if t := e.typeOf(); t.kind == textual || t.kind == jsonValue {
		return &cast{arg: toText(e), to: castType{t: typ{kind: interval}}, lenient: true}
	} else if t.kind != interval && t.kind != unknown {
		a.fail(c.n.Location, codeTypes, "for example '5 minutes'", "%s needs an interval, not %s", c.name, t.describe())
	}
	return e
}

func buildTimeBucket(a *analyzer, c callSite) expr {
	args := []expr{a.asInterval(c.args[0], c), a.wantTime(c.args[1], c)}
	if len(c.args) == 3 {
		args = append(args, a.wantTime(c.args[2], c))
	}
	return &call{name: c.name, args: args, t: args[1].typeOf()}
}

func buildToTimestamp(a *analyzer, c callSite) expr {
	arg := c.args[0]
	switch t := arg.typeOf(); {
	case t.temporal():
		return &cast{arg: arg, to: castType{t: typ{kind: timestamp}}}
	case (t.kind == textual || t.kind == untyped || t.kind == jsonValue) && (c.name == "to_timestamp" || c.name == "from_unixtime"):
		return asTime(arg)
	}
	return &call{name: c.name, args: []expr{a.toNumber(arg)}, t: typ{kind: timestamp}}
}

func buildToUnixtime(a *analyzer, c callSite) expr {
	epoch := &call{name: "epoch", args: []expr{a.wantTime(c.args[0], c)}, t: typ{kind: float}}
	return &cast{arg: &call{name: "floor", args: []expr{epoch}, t: typ{kind: float}}, to: castType{t: typ{kind: integer}}}
}

func buildToDate(a *analyzer, c callSite) expr {
	return a.castTo(c.args[0], castType{t: typ{kind: date}}, c.args[0].typeOf().kind == textual, c.n.Location)
}

func buildToChar(a *analyzer, c callSite) expr {
	format := c.args[1]
	text, ok := stringOf(format)
	if !ok || len(text) > maxGrowthText {
		a.fail(c.n.Location, codeLimit, "for example to_char(start_timestamp, '%%Y-%%m-%%d')", "the format must be a literal of at most %d bytes", maxGrowthText)
	}
	return &call{name: "to_char", args: []expr{a.wantTime(c.args[0], c), format}, t: typ{kind: textual}}
}

func buildAge(a *analyzer, c callSite) expr {
	for i := range c.args {
		c.args[i] = a.wantTime(c.args[i], c)
	}
	return &call{name: "age", args: c.args, t: typ{kind: interval}}
}

func buildDateDiff(a *analyzer, c callSite) expr {
	return &call{name: "date_diff", args: []expr{newText(a.timeUnit(c.args[0], c)), a.wantTime(c.args[1], c), a.wantTime(c.args[2], c)}, t: typ{kind: integer}}
}

// buildTimezone makes AT TIME ZONE.
func buildTimezone(a *analyzer, c callSite) expr {
	if t := c.args[0].typeOf(); t.kind != untyped && t.kind != textual {
		a.fail(c.n.Location, codeTypes, "for example AT TIME ZONE 'Europe/Berlin'", "a time zone is text, not %s", t.describe())
	}
	arg := a.wantTime(c.args[1], c)
	t := typ{kind: localTime}
	if arg.typeOf().kind == localTime {
		t.kind = timestamp
	}
	return &call{name: "timezone", args: []expr{c.args[0], arg}, t: t}
}

// asList reads JSON arrays as lists.
func asList(e expr) expr {
	switch e.typeOf().kind {
	case jsonValue, textual:
		return &cast{arg: rawText(e), to: castType{t: listOf(typ{kind: jsonValue})}, lenient: true}
	}
	return e
}

func (a *analyzer) wantList(e expr, c callSite) expr {
	if t := e.typeOf(); t.kind != list && t.kind != unknown && t.kind != jsonValue && t.kind != textual && !isNull(e) {
		a.fail(c.n.Location, codeTypes, "", "%s needs a list, not %s", c.name, t.describe())
	}
	return asList(e)
}

func isNull(e expr) bool {
	l, ok := e.(*literal)
	return ok && l.null
}

func buildListHas(a *analyzer, c callSite) expr {
	items := c.args[0]
	if t := items.typeOf(); t.kind == jsonValue || t.kind == textual {
		items = &call{name: "json_strings", args: []expr{asList(c.args[0])}, t: listOf(typ{kind: textual})}
	} else {
		items = a.wantList(items, c)
	}
	return &call{name: "list_contains", args: []expr{items, toText(c.args[1])}, t: typ{kind: boolean}}
}

// buildList returns a builder for a function of lists, of which the arguments that are JSON are read as lists.
func buildList(name string) func(*analyzer, callSite) expr {
	return func(a *analyzer, c callSite) expr {
		f := functions[c.name]
		e := &call{name: name, args: c.args, t: f.ret}
		listAt := 0
		if name == "list_prepend" {
			listAt = 1
		}
		e.args[listAt] = a.wantList(e.args[listAt], c)
		if f.same > 0 {
			e.t = e.args[f.same-1].typeOf()
		}
		return e
	}
}

func buildArrayLength(a *analyzer, c callSite) expr {
	if len(c.args) == 2 {
		if n, ok := intOf(c.args[1]); !ok || n != 1 {
			a.fail(c.n.Location, codeNotSupported, "", "array_length knows only the first dimension")
		}
	}
	return &call{name: "len", args: []expr{a.wantList(c.args[0], c)}, t: typ{kind: integer}}
}

func buildArrayElement(a *analyzer, c callSite) expr {
	return newSubscript(a.wantList(c.args[0], c), c.args[1])
}

func buildListAggregate(a *analyzer, c callSite) expr {
	arg := a.wantList(c.args[0], c)
	t := arg.typeOf().item()
	if c.name == "list_avg" {
		t = typ{kind: float}
	}
	return &call{name: strings.Replace(c.name, "array_", "list_", 1), args: []expr{arg}, t: t}
}

func buildFlatten(a *analyzer, c callSite) expr {
	arg := a.wantList(c.args[0], c)
	t := arg.typeOf()
	if inner := t.item(); inner.kind == list {
		t = inner
	}
	return &call{name: "flatten", args: []expr{arg}, t: t}
}

func buildUnnest(a *analyzer, c callSite) expr {
	return &unnest{arg: a.wantList(c.args[0], c)}
}

// buildJSONGet makes the json_ functions that read inside JSON.
func buildJSONGet(a *analyzer, c callSite) expr {
	a.checkJSON(c.args[0], c.n.Location)
	base := c.args[0]
	path := make([]jsonStep, 0, len(c.args)-1)
	for _, key := range c.args[1:] {
		if items, ok := key.(*array); ok {
			path = append(path, a.pathOf(items, c.n.Location)...)
			continue
		}
		path = append(path, a.step(key, c.n.Location))
	}
	switch c.name {
	case "json_contains", "json_exists":
		return a.get(c.s, base, path, jsonExists)
	case "json_get_int":
		return lenientInt(a.get(c.s, base, path, jsonAsValue))
	case "json_get_float":
		return lenientFloat(a.get(c.s, base, path, jsonAsValue))
	case "json_get_bool":
		return lenientBool(a.get(c.s, base, path, jsonAsValue))
	case "json_get_str":
		text := a.get(c.s, base, path, jsonAsText)
		if _, stored := text.(*column); stored {
			return text
		}
		kind := &call{name: "json_type", args: []expr{a.get(c.s, base, path, jsonAsValue)}, t: typ{kind: textual}}
		return newChoice(kind, []when{{newText("VARCHAR"), text}}, nil)
	case "json_get_array":
		value := a.get(c.s, base, path, jsonAsValue)
		texts := &cast{arg: value, to: castType{t: listOf(typ{kind: jsonValue})}, lenient: true}
		return &cast{arg: texts, to: castType{t: listOf(typ{kind: textual})}}
	case "json_as_text", "json_extract_path_text":
		return a.get(c.s, base, path, jsonAsText)
	}
	return a.get(c.s, base, path, jsonAsValue)
}

// buildJSONOf returns a builder for a function of one JSON value, which keys after it lead to.
func buildJSONOf(name string, t typ) func(*analyzer, callSite) expr {
	return func(a *analyzer, c callSite) expr {
		if c.args[0].typeOf().kind == list && name == "json_length" {
			return &call{name: "len", args: c.args[:1], t: t}
		}
		a.checkJSON(c.args[0], c.n.Location)
		arg := c.args[0]
		if len(c.args) > 1 {
			path := make([]jsonStep, 0, len(c.args)-1)
			for _, key := range c.args[1:] {
				path = append(path, a.step(key, c.n.Location))
			}
			arg = a.get(c.s, arg, path, jsonAsValue)
		}
		return &call{name: name, args: []expr{arg}, t: t}
	}
}

func buildNthValue(_ *analyzer, c callSite) expr {
	if c.n.Over != nil {
		return &call{name: "nth_value", args: c.args, t: c.args[0].typeOf()}
	}
	t := c.args[0].typeOf()
	return newSubscript(&call{name: "list", args: c.args[:1], t: listOf(t)}, c.args[1])
}

func buildArrayAgg(_ *analyzer, c callSite) expr {
	return &call{name: "list", args: c.args, t: listOf(c.args[0].typeOf())}
}

func buildStringAgg(a *analyzer, c callSite) expr {
	arg := c.args[0]
	if k := arg.typeOf().kind; k != textual && k != untyped {
		arg = &cast{arg: arg, to: castType{t: typ{kind: textual}}}
	}
	args := []expr{arg}
	if len(c.args) == 2 {
		args = append(args, a.separator(c.args[1], c))
	} else {
		args = append(args, newText(","))
	}
	return &call{name: "string_agg", args: args, t: typ{kind: textual}}
}

// withinGroup turns f(p) WITHIN GROUP (ORDER BY x) into f(x, p), and mode() WITHIN GROUP (ORDER BY x) into mode(x).
func (a *analyzer) withinGroup(c callSite, order []sortKey) ([]expr, []sortKey) {
	if len(order) != 1 {
		a.fail(c.n.Location, codeSyntax, "", "WITHIN GROUP needs ORDER BY with one expression")
	}
	key := order[0]
	if c.name == "mode" {
		return []expr{key.e}, nil
	}
	if !strings.Contains(c.name, "percentile") && !strings.Contains(c.name, "quantile") {
		a.fail(c.n.Location, codeTypes, "", "%s does not take WITHIN GROUP", c.name)
	}
	args := append([]expr{}, c.args...)
	if key.descending {
		at := len(args) - 1
		if c.name == "approx_percentile_cont" {
			at = 0
		}
		if at >= 0 {
			args[at] = &operation{op: "-", left: newInt(1), right: args[at], t: typ{kind: float}}
		}
	}
	return append([]expr{key.e}, args...), nil
}

// buildPercentile makes the percentiles, all exact: they are quick enough, and approximations of few rows are bad.
func buildPercentile(a *analyzer, c callSite) expr {
	if len(c.args) < 2 {
		a.fail(c.n.Location, codeUnknownFunction, "write "+c.name+"(duration, 0.95) or "+c.name+"(0.95) WITHIN GROUP (ORDER BY duration)", "%s needs an expression and a fraction", c.name)
	}
	if !isConstant(c.args[1]) {
		a.fail(c.n.Location, codeInvalid, "", "the fraction of %s must be a literal", c.name)
	}
	name := "quantile_cont"
	if strings.HasSuffix(c.name, "_disc") {
		name = "quantile_disc"
	}
	arg := c.args[0]
	if name == "quantile_cont" || arg.typeOf().kind == jsonValue {
		arg = a.toNumber(arg)
	}
	t := arg.typeOf()
	if name == "quantile_cont" && t.numeric() {
		t = typ{kind: float}
	}
	if c.args[1].typeOf().kind == list {
		t = listOf(t)
	}
	return &call{name: name, args: []expr{arg, c.args[1]}, t: t}
}

func buildTableOnly(a *analyzer, c callSite) expr {
	a.fail(c.n.Location, codeNotSupported, "FROM records, "+c.name+"(attributes)", "%s can only stand in FROM", c.name)
	return nil
}

// jsonTable makes json_each and json_tree, with DuckDB's columns.
func (a *analyzer) jsonTable(c callSite) (*call, []*relColumn) {
	a.checkArity(c.n, functions[c.name], c)
	a.checkJSON(c.args[0], c.n.Location)
	arg := &cast{arg: c.args[0], to: castType{t: typ{kind: jsonValue}}, lenient: true}
	e := &call{name: strings.Replace(c.name, "jsonb", "json", 1), args: []expr{arg}}
	var cols []*relColumn
	for _, name := range []string{"key", "value", "type", "atom", "id", "parent", "fullkey", "path"} {
		t := typ{kind: textual}
		switch name {
		case "value", "atom":
			t.kind = jsonValue
		case "id", "parent":
			t.kind = integer
		}
		cols = append(cols, &relColumn{name: name, ref: name, t: t})
	}
	return e, cols
}

// isConstant tells whether e is made of literals alone.
func isConstant(e expr) bool {
	switch e := e.(type) {
	case *literal:
		return true
	case *operation, *array, *cast:
		for _, child := range e.children() {
			if !isConstant(*child) {
				return false
			}
		}
		return true
	}
	return false
}

func buildWeightedPercentile(a *analyzer, c callSite) expr {
	args := c.args
	if c.n.AggWithinGroup { // f(w, p) WITHIN GROUP (ORDER BY x) came as x, w, p
		if len(args) < 3 {
			a.fail(c.n.Location, codeUnknownFunction, "", "%s needs a weight and a fraction", c.name)
		}
	} else if len(args) < 3 {
		a.fail(c.n.Location, codeUnknownFunction, "", "%s needs an expression, a weight and a fraction", c.name)
	}
	if !isConstant(args[2]) {
		a.fail(c.n.Location, codeInvalid, "", "the fraction of %s must be a literal", c.name)
	}
	return &call{name: "lf_weighted_quantile", args: []expr{a.toNumber(args[0]), a.toNumber(args[1]), args[2]}, t: typ{kind: float}}
}

// buildMetric makes the metric_ functions. They read the column value and nothing else; the macros of those that are no
// aggregates repeat it.
func buildMetric(a *analyzer, c callSite) expr {
	valueAt := 0
	if c.name == "metric_quantile" {
		valueAt = 1
	}
	if c.args[valueAt].typeOf().kind != point {
		a.fail(c.n.Location, codeTypes, "for example metric_sum(value), metric_quantile(0.95, value), metric_rate(value, recorded_timestamp)",
			"%s reads the column value of metrics, not %s", c.name, c.args[valueAt].typeOf().describe())
	}
	switch c.name {
	case "metric_quantile":
		if !isConstant(c.args[0]) {
			a.fail(c.n.Location, codeInvalid, "", "the fraction of metric_quantile must be a literal")
		}
		c.args[0] = &cast{arg: c.args[0], to: castType{t: typ{kind: float}}}
		// The quantile of a merged value is that of its points, and engines know no aggregates of aggregates.
		if merged, ok := c.args[1].(*call); ok && merged.name == "metric_merge" {
			c.args[1] = merged.args[0]
		}
	case "metric_rate", "metric_increase":
		if _, plain := c.args[1].(*column); !plain || !c.args[1].typeOf().temporal() {
			a.fail(c.n.Location, codeTypes, "", "%s needs the column %s as its second argument", c.name, record.ColRecorded)
		}
		c.args = c.args[:1] // the value knows its time
	}
	return &call{name: c.name, args: c.args, t: functions[c.name].ret}
}

// tableCall analyzes a function in FROM and returns it with its columns.
func (a *analyzer) tableCall(n *pg.FuncCall, s *scope) (*call, []*relColumn) {
	name := a.functionName(n)
	if n.AggStar || n.AggDistinct || n.AggFilter != nil || n.Over != nil || len(n.AggOrder) > 0 || n.FuncVariadic {
		a.fail(n.Location, codeSyntax, "", "%s cannot be called so in FROM", name)
	}
	c := callSite{n: n, name: name, s: s, args: a.exprs(n.Args, s)}
	one := func(e *call, t typ) (*call, []*relColumn) {
		return e, []*relColumn{{name: name, ref: "value", t: t}}
	}
	switch name {
	case "unnest":
		a.checkArity(n, functions[name], c)
		arg := a.wantList(c.args[0], c)
		return one(&call{name: "unnest", args: []expr{arg}}, arg.typeOf().item())
	case "generate_series", "range":
		a.checkArity(n, functions[name], c)
		e, t := a.series(c, true)
		return one(e, t)
	case "json_each", "jsonb_each", "json_tree":
		return a.jsonTable(c)
	case "json_object_keys", "json_keys", "jsonb_object_keys":
		arg := a.build(functions[name], c)
		return one(&call{name: "unnest", args: []expr{arg}}, typ{kind: textual})
	}
	a.fail(n.Location, codeUnknownFunction, "there are unnest, generate_series, range and json_each", "function %s cannot stand in FROM", name)
	return nil, nil
}
