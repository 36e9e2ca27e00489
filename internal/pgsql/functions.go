package pgsql

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// function is an entry of the allow-list: what is not in functions does not exist.
type function struct {
	kind     functionKind
	min, max int // number of arguments; max < 0 is any number
	ret      typ
	same     int  // when > 0, the result has the type of this argument, counted from 1
	text     bool // JSON arguments are read as text
	number   bool // text and JSON arguments are read as numbers, leniently
	build    func(a *analyzer, c callSite) expr
}

type functionKind uint8

const (
	scalar functionKind = iota
	aggregate
	windowOnly
)

// callSite is a call whose arguments are analyzed.
type callSite struct {
	n    *pg.FuncCall
	name string
	args []expr
	s    *scope
}

// functions is the allow-list, by name.
var functions = map[string]function{}

// define puts names, separated by spaces, into the allow-list.
func define(names string, f function) {
	for _, name := range strings.Fields(names) {
		functions[name] = f
	}
}

func init() {
	defineText()
	defineNumbers()
	defineTimes()
	defineLists()
	defineJSON()
	defineAggregates()
	defineMetrics()
}

func defineText() {
	define("upper lower reverse initcap md5 sha1 sha256 url_encode url_decode", function{min: 1, max: 1, ret: typ{kind: textual}, text: true})
	define("trim btrim ltrim rtrim", function{min: 1, max: 2, ret: typ{kind: textual}, text: true})
	define("left right", function{min: 2, max: 2, ret: typ{kind: textual}, text: true})
	define("split_part translate", function{min: 3, max: 3, ret: typ{kind: textual}, text: true})
	define("substr substring", function{min: 2, max: 3, ret: typ{kind: textual}, text: true, build: buildSubstring})
	define("concat", function{min: 1, max: -1, ret: typ{kind: textual}, text: true, build: buildConcat})
	define("concat_ws", function{min: 2, max: -1, ret: typ{kind: textual}, text: true, build: buildConcat})
	define("digest", function{min: 2, max: 2, ret: typ{kind: textual}, text: true, build: buildDigest})
	define("to_hex chr", function{min: 1, max: 1, ret: typ{kind: textual}, number: true, build: buildOfInteger})
	define("length char_length character_length octet_length bit_length ascii unicode", function{min: 1, max: 1, ret: typ{kind: integer}, text: true, build: buildLength})
	define("strpos instr position", function{min: 2, max: 2, ret: typ{kind: integer}, text: true})
	define("starts_with ends_with contains prefix suffix", function{min: 2, max: 2, ret: typ{kind: boolean}, text: true})
	define("repeat", function{min: 2, max: 2, ret: typ{kind: textual}, text: true, build: buildRepeat})
	define("lpad rpad", function{min: 2, max: 3, ret: typ{kind: textual}, text: true, build: buildPad})
	define("replace", function{min: 3, max: 3, ret: typ{kind: textual}, text: true, build: buildReplace})
	define("levenshtein", function{min: 2, max: 2, ret: typ{kind: integer}, text: true, build: buildLevenshtein})
	define("regexp_like regexp_matches", function{min: 2, max: 3, ret: typ{kind: boolean}, text: true, build: buildRegexpLike})
	define("regexp_match", function{min: 2, max: 3, ret: listOf(typ{kind: textual}), text: true, build: buildRegexpMatch})
	define("regexp_replace", function{min: 3, max: 4, ret: typ{kind: textual}, text: true, build: buildRegexpReplace})
	define("regexp_count", function{min: 2, max: 2, ret: typ{kind: integer}, text: true, build: buildRegexpCount})
	define("regexp_extract regexp_substr", function{min: 2, max: 3, ret: typ{kind: textual}, text: true, build: buildRegexpExtract})
	define("arrow_typeof typeof pg_typeof", function{min: 1, max: 1, ret: typ{kind: textual}, build: renamed("typeof")})
	define("level_num", function{min: 1, max: 1, ret: typ{kind: level}, text: true, build: buildLevelNum})
	define("level_name", function{min: 1, max: 1, ret: typ{kind: textual}, build: buildLevelName})
}

func defineNumbers() {
	define("abs", function{min: 1, max: 1, same: 1, number: true})
	define("ceil ceiling floor cbrt exp sin cos tan asin acos atan sinh cosh tanh cot degrees radians", function{min: 1, max: 1, ret: typ{kind: float}, number: true})
	define("ln log2 log10 sqrt", function{min: 1, max: 1, ret: typ{kind: float}, number: true})
	define("log", function{min: 1, max: 2, ret: typ{kind: float}, number: true})
	define("round trunc", function{min: 1, max: 2, ret: typ{kind: float}, number: true})
	define("power pow atan2", function{min: 2, max: 2, ret: typ{kind: float}, number: true})
	define("mod gcd lcm", function{min: 2, max: 2, same: 1, number: true})
	define("sign signum", function{min: 1, max: 1, ret: typ{kind: integer}, number: true, build: renamed("sign")})
	define("pi random", function{ret: typ{kind: float}})
	define("isnan isinf isfinite iszero", function{min: 1, max: 1, ret: typ{kind: boolean}, number: true})
	define("nanvl", function{min: 2, max: 2, ret: typ{kind: float}, number: true})
	define("xor", function{min: 2, max: 2, ret: typ{kind: integer}})
	define("nvl ifnull", function{min: 2, max: 2, build: func(a *analyzer, c callSite) expr { return a.coalesce("coalesce", c.args) }})
	define("nvl2", function{min: 3, max: 3, build: buildNVL2})
}

func defineTimes() {
	define("now current_timestamp transaction_timestamp statement_timestamp", function{ret: typ{kind: timestamp}, build: func(a *analyzer, _ callSite) expr { return a.moment() }})
	define("today current_date", function{ret: typ{kind: date}, build: func(a *analyzer, _ callSite) expr { return a.today() }})
	define("date_trunc datetrunc", function{min: 2, max: 2, same: 2, build: buildDateTrunc})
	define("date_part datepart extract", function{min: 2, max: 2, ret: typ{kind: float}, build: buildDatePart})
	define("year month day hour minute quarter week dayofweek dayofyear isodow", function{min: 1, max: 1, ret: typ{kind: integer}, build: buildTimeField})
	define("dayname monthname", function{min: 1, max: 1, ret: typ{kind: textual}, build: buildTimeField})
	define("last_day", function{min: 1, max: 1, ret: typ{kind: date}, build: buildTimeField})
	define("time_bucket", function{min: 2, max: 3, same: 2, build: buildTimeBucket})
	define("date_bin", function{min: 2, max: 3, same: 2, build: buildTimeBucket})
	define("to_timestamp to_timestamp_seconds from_unixtime", function{min: 1, max: 1, ret: typ{kind: timestamp}, build: buildToTimestamp})
	define("to_timestamp_millis to_timestamp_micros to_timestamp_nanos", function{min: 1, max: 1, ret: typ{kind: timestamp}, build: buildToTimestamp})
	define("to_unixtime", function{min: 1, max: 1, ret: typ{kind: integer}, build: buildToUnixtime})
	define("epoch", function{min: 1, max: 1, ret: typ{kind: float}, build: buildTimeField})
	define("epoch_ms epoch_us", function{min: 1, max: 1, ret: typ{kind: integer}, build: buildTimeField})
	define("to_date date", function{min: 1, max: 1, ret: typ{kind: date}, build: buildToDate})
	define("to_char strftime", function{min: 2, max: 2, ret: typ{kind: textual}, build: buildToChar})
	define("make_date", function{min: 3, max: 3, ret: typ{kind: date}})
	define("age", function{min: 1, max: 2, ret: typ{kind: interval}, build: buildAge})
	define("date_diff datediff", function{min: 3, max: 3, ret: typ{kind: integer}, build: buildDateDiff})
	define("timezone", function{min: 2, max: 2, build: buildTimezone})
}

func defineLists() {
	define("array_has list_has array_contains list_contains", function{min: 2, max: 2, ret: typ{kind: boolean}, build: buildListHas})
	define("array_has_any list_has_any", function{min: 2, max: 2, ret: typ{kind: boolean}, build: buildList("list_has_any")})
	define("array_has_all list_has_all", function{min: 2, max: 2, ret: typ{kind: boolean}, build: buildList("list_has_all")})
	define("array_length list_length len cardinality", function{min: 1, max: 2, ret: typ{kind: integer}, build: buildArrayLength})
	define("empty array_empty", function{min: 1, max: 1, ret: typ{kind: boolean}, build: buildList("empty")})
	define("array_append list_append array_push_back", function{min: 2, max: 2, same: 1, build: buildList("list_append")})
	define("array_prepend list_prepend array_push_front", function{min: 2, max: 2, same: 2, build: buildList("list_prepend")})
	define("array_concat array_cat list_concat list_cat", function{min: 2, max: 2, same: 1, build: buildList("list_concat")})
	define("array_union list_union", function{min: 2, max: 2, same: 1, build: buildList("array_union")})
	define("array_except list_except", function{min: 2, max: 2, same: 1, build: buildArrayExcept})
	define("array_intersect list_intersect", function{min: 2, max: 2, same: 1, build: buildList("list_intersect")})
	define("array_distinct list_distinct", function{min: 1, max: 1, same: 1, build: buildList("list_distinct")})
	define("array_sort list_sort", function{min: 1, max: 1, same: 1, build: buildList("list_sort")})
	define("array_reverse list_reverse", function{min: 1, max: 1, same: 1, build: buildList("list_reverse")})
	define("array_pop_back", function{min: 1, max: 1, same: 1, build: buildList("array_pop_back")})
	define("array_pop_front", function{min: 1, max: 1, same: 1, build: buildList("array_pop_front")})
	define("array_position list_position array_indexof", function{min: 2, max: 2, ret: typ{kind: integer}, build: buildList("list_position")})
	define("array_slice list_slice", function{min: 3, max: 3, same: 1, build: buildList("list_slice")})
	define("array_remove_all array_remove list_remove_all", function{min: 2, max: 2, same: 1, build: buildList("array_remove_all")})
	define("array_replace array_replace_all", function{min: 3, max: 3, same: 1, build: buildList("array_replace")})
	define("array_repeat", function{min: 2, max: 2, build: buildArrayRepeat})
	define("array_element list_element list_extract array_extract", function{min: 2, max: 2, build: buildArrayElement})
	define("array_to_string array_join list_to_string", function{min: 2, max: 2, ret: typ{kind: textual}, build: buildArrayToString})
	define("string_to_array string_to_list string_split", function{min: 2, max: 2, ret: listOf(typ{kind: textual}), text: true, build: renamed("string_split")})
	define("array_max list_max array_min list_min list_sum list_avg", function{min: 1, max: 1, build: buildListAggregate})
	define("flatten", function{min: 1, max: 1, build: buildFlatten})
	define("make_array list_value", function{min: 0, max: -1, build: func(_ *analyzer, c callSite) expr { return newArray(c.args) }})
	define("generate_series range", function{min: 1, max: 3, build: buildSeries})
	define("unnest", function{min: 1, max: 1, build: buildUnnest})
	define("json_each jsonb_each json_tree", function{min: 1, max: 1, build: buildTableOnly})
}

func defineJSON() {
	define("json_get", function{min: 2, max: -1, ret: typ{kind: jsonValue}, build: buildJSONGet})
	define("json_get_json json_extract", function{min: 2, max: -1, ret: typ{kind: jsonValue}, build: buildJSONGet})
	define("json_as_text json_extract_path_text json_get_str json_get_int json_get_float json_get_bool json_get_array json_contains json_exists",
		function{min: 2, max: -1, build: buildJSONGet})
	define("json_extract_path", function{min: 2, max: -1, build: buildJSONGet})
	define("json_length json_array_length jsonb_array_length", function{min: 1, max: -1, ret: typ{kind: integer}, build: buildJSONOf("json_length", typ{kind: integer})})
	define("json_object_keys json_keys jsonb_object_keys", function{min: 1, max: -1, build: buildJSONOf("json_object_keys", listOf(typ{kind: textual}))})
	define("json_typeof json_type jsonb_typeof", function{min: 1, max: -1, build: buildJSONOf("json_type", typ{kind: textual})})
	define("json_from_scalar scalar_to_json to_json to_jsonb", function{min: 1, max: 1, ret: typ{kind: jsonValue}, build: buildJSONOfValues})
	define("json_union_to_text", function{min: 1, max: 1, build: func(_ *analyzer, c callSite) expr { return toText(c.args[0]) }})
	define("json_valid", function{min: 1, max: 1, ret: typ{kind: boolean}})
	define("json_object json_build_object jsonb_build_object", function{min: 0, max: -1, ret: typ{kind: jsonValue}, build: buildJSONOfValues})
	define("json_array json_build_array jsonb_build_array", function{min: 0, max: -1, ret: typ{kind: jsonValue}, build: buildJSONOfValues})
}

func defineAggregates() {
	define("count", function{kind: aggregate, min: 0, max: 1, ret: typ{kind: integer}})
	define("count_if", function{kind: aggregate, min: 1, max: 1, ret: typ{kind: integer}})
	define("sum", function{kind: aggregate, min: 1, max: 1, same: 1, number: true})
	define("avg mean median approx_median", function{kind: aggregate, min: 1, max: 1, ret: typ{kind: float}, number: true})
	define("stddev stddev_pop stddev_samp var var_pop var_samp variance kurtosis skewness", function{kind: aggregate, min: 1, max: 1, ret: typ{kind: float}, number: true})
	define("corr covar covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy",
		function{kind: aggregate, min: 2, max: 2, ret: typ{kind: float}, number: true})
	define("min max any_value arbitrary mode", function{kind: aggregate, min: 1, max: 1, same: 1, text: true})
	define("first last", function{kind: aggregate, min: 1, max: 1, same: 1})
	define("first_value last_value", function{kind: aggregate, min: 1, max: 1, same: 1})
	define("nth_value", function{kind: aggregate, min: 2, max: 2, same: 1, build: buildNthValue})
	define("arg_max arg_min max_by min_by", function{kind: aggregate, min: 2, max: 2, same: 1})
	define("bool_and bool_or every", function{kind: aggregate, min: 1, max: 1, ret: typ{kind: boolean}})
	define("bit_and bit_or bit_xor", function{kind: aggregate, min: 1, max: 1, ret: typ{kind: integer}})
	define("array_agg list", function{kind: aggregate, min: 1, max: 1, build: buildArrayAgg})
	define("string_agg group_concat listagg", function{kind: aggregate, min: 1, max: 2, ret: typ{kind: textual}, text: true, build: buildStringAgg})
	define("approx_distinct approx_count_distinct", function{kind: aggregate, min: 1, max: 1, ret: typ{kind: integer}})
	define("approx_percentile_cont percentile_cont quantile_cont percentile_disc quantile_disc approx_quantile", function{kind: aggregate, min: 1, max: 3, build: buildPercentile})
	define("approx_percentile_cont_with_weight", function{kind: aggregate, min: 2, max: 4, build: buildWeightedPercentile})
	define("row_number rank dense_rank", function{kind: windowOnly, ret: typ{kind: integer}})
	define("percent_rank cume_dist", function{kind: windowOnly, ret: typ{kind: float}})
	define("ntile", function{kind: windowOnly, min: 1, max: 1, ret: typ{kind: integer}})
	define("lag lead", function{kind: windowOnly, min: 1, max: 3, same: 1})
}

func defineMetrics() {
	define("metric_sum metric_avg metric_min metric_max", function{min: 1, max: 1, ret: typ{kind: float}, build: buildMetric})
	define("metric_series", function{min: 1, max: 1, ret: typ{kind: textual}, build: buildMetric})
	define("metric_count", function{min: 1, max: 1, ret: typ{kind: integer}, build: buildMetric})
	define("metric_quantile", function{kind: aggregate, min: 2, max: 2, ret: typ{kind: float}, build: buildMetric})
	define("metric_rate metric_increase", function{kind: aggregate, min: 2, max: 2, ret: typ{kind: float}, build: buildMetric})
	define("metric_merge", function{kind: aggregate, min: 1, max: 1, ret: typ{kind: point}, build: buildMetric})
}

func isAggregate(e expr) bool {
	c, ok := e.(*call)
	return ok && c.over == nil && c.aggregate
}

func isUnnest(e expr) bool { _, ok := e.(*unnest); return ok }

// functionName returns the name of a function without the schema that the grammar itself adds.
func (a *analyzer) functionName(n *pg.FuncCall) string {
	parts := names(n.Funcname)
	if len(parts) == 2 && parts[0] == "pg_catalog" && n.Funcformat == pg.CoercionForm_COERCE_SQL_SYNTAX {
		parts = parts[1:]
	}
	name := strings.ToLower(strings.Join(parts, "."))
	if _, ok := functions[name]; !ok {
		a.fail(n.Location, codeUnknownFunction, functionHint(name), "function %s does not exist", name)
	}
	return name
}

func functionHint(name string) string {
	all := make([]string, 0, len(functions))
	for known := range functions {
		all = append(all, known)
	}
	best := ""
	for limit := 1; limit <= 2 && best == ""; limit++ {
		for _, known := range all {
			if editDistance(name, known, limit) <= limit && (best == "" || known < best) {
				best = known
			}
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return ""
}

// function analyzes a function call.
func (a *analyzer) function(n *pg.FuncCall, s *scope) expr {
	name := a.functionName(n)
	f := functions[name]
	if n.FuncVariadic {
		a.fail(n.Location, codeNotSupported, "", "VARIADIC is not supported")
	}
	outer := s.inAggregate
	s.inAggregate = outer || f.kind == aggregate
	c := callSite{n: n, name: name, s: s, args: a.exprs(n.Args, s)}
	var order []sortKey
	for _, node := range n.AggOrder {
		by := node.GetSortBy()
		order = append(order, a.sortKey(by, a.expr(by.Node, s)))
	}
	var filter expr
	if n.AggFilter != nil {
		filter = a.condition(n.AggFilter, s)
	}
	s.inAggregate = outer
	a.checkCall(n, f, c)
	if n.AggWithinGroup {
		c.args, order = a.withinGroup(c, order)
	}
	a.checkArity(n, f, c)
	c.convert(f)
	e := a.build(f, c)
	return a.decorate(e, f, c, order, filter)
}

func (a *analyzer) checkCall(n *pg.FuncCall, f function, c callSite) {
	switch {
	case n.AggStar && c.name != "count":
		a.fail(n.Location, codeSyntax, "", "%s(*) is not a function, only count(*) is", c.name)
	case f.kind == scalar && (n.AggDistinct || len(n.AggOrder) > 0 || n.AggFilter != nil || n.Over != nil):
		a.fail(n.Location, codeTypes, "", "%s is no aggregate: DISTINCT, ORDER BY, FILTER and OVER do not go with it", c.name)
	case f.kind == windowOnly && n.Over == nil:
		a.fail(n.Location, "42809", "", "%s needs an OVER clause", c.name)
	}
}

func (a *analyzer) checkArity(n *pg.FuncCall, f function, c callSite) {
	if len(c.args) >= f.min && (f.max < 0 || len(c.args) <= f.max) {
		return
	}
	a.fail(n.Location, codeUnknownFunction, "", "%s does not take %d argument(s)", c.name, len(c.args))
}

// convert makes arguments of JSON and text what the function reads.
func (c callSite) convert(f function) {
	for i, arg := range c.args {
		switch {
		case f.text:
			c.args[i] = toText(arg)
		case f.number && (arg.typeOf().kind == jsonValue || arg.typeOf().kind == textual):
			c.args[i] = lenientFloat(arg)
		}
	}
}

// build makes the call's expression.
func (a *analyzer) build(f function, c callSite) expr {
	if f.build != nil {
		return f.build(a, c)
	}
	e := &call{name: c.name, args: c.args, t: f.ret, star: c.n.AggStar}
	if f.same > 0 {
		e.t = c.args[f.same-1].typeOf()
	}
	return e
}

// renamed returns a builder that only changes the name.
func renamed(name string) func(*analyzer, callSite) expr {
	return func(_ *analyzer, c callSite) expr {
		f := functions[c.name]
		e := &call{name: name, args: c.args, t: f.ret}
		if f.same > 0 {
			e.t = c.args[f.same-1].typeOf()
		}
		return e
	}
}

// ignoresNulls tells whether a window function is called with IGNORE NULLS.
func (a *analyzer) ignoresNulls(c callSite) bool {
	if !a.st.ignoreNulls[a.st.origin(int(c.n.Location))] {
		return false
	}
	switch c.name {
	case "first_value", "last_value", "nth_value", "lag", "lead":
		return true
	}
	a.fail(c.n.Location, codeSyntax, "", "%s does not take IGNORE NULLS", c.name)
	return false
}

// decorate adds DISTINCT, ORDER BY, FILTER and OVER to the aggregate that a builder made.
func (a *analyzer) decorate(e expr, f function, c callSite, order []sortKey, filter expr) expr {
	if f.kind == scalar {
		return e
	}
	target, ok := e.(*call)
	if sub, wrapped := e.(*subscript); wrapped {
		target, ok = sub.arg.(*call)
	}
	if !ok {
		return e
	}
	target.aggregate = f.kind == aggregate
	switch {
	case target.name == "lf_weighted_quantile" && (c.n.AggDistinct || filter != nil || c.n.Over != nil || len(order) > 0):
		a.fail(c.n.Location, codeNotSupported, "put the condition into WHERE", "DISTINCT, ORDER BY, FILTER and OVER do not go with %s", c.name)
	case strings.HasPrefix(c.name, "metric_") && (c.n.Over != nil || len(order) > 0):
		a.fail(c.n.Location, codeNotSupported, "group by time_bucket", "ORDER BY and OVER do not go with %s", c.name)
	}
	target.distinct, target.filter = c.n.AggDistinct, filter
	target.order = append(target.order, order...)
	if c.n.Over != nil {
		base := c.n.Over.Refname
		if base == "" {
			base = c.n.Over.Name
		}
		target.over = a.window(c.n.Over, base, c.s)
		target.ignoreNulls = a.ignoresNulls(c)
	} else if target.name == "first_value" || target.name == "last_value" {
		target.name = strings.TrimSuffix(target.name, "_value")
	}
	return e
}
