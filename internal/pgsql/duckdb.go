package pgsql

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// duckDB renders for DuckDB 1.5.
type duckDB struct{}

func (duckDB) identifier(p *printer, name string) {
	p.text(`"`, strings.ReplaceAll(name, `"`, `""`), `"`)
}

// quote writes a text as a literal: the engine's and that of statements are the same.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func (duckDB) literal(p *printer, e *literal) {
	switch {
	case e.null:
		p.text("NULL")
	case e.t.kind == untyped || e.t.kind == textual:
		p.text(quote(e.text))
	case strings.HasPrefix(e.text, "-"):
		p.text("(", e.text, ")")
	default:
		p.text(e.text)
	}
}

func (duckDB) timestamp(p *printer, t time.Time) {
	p.text("TIMESTAMPTZ ", quote(t.UTC().Format("2006-01-02 15:04:05.999999")+"+00"))
}

// neighbours writes window functions, or NULL.
func (duckDB) neighbours(p *printer, n *neighbours, wanted bool) {
	write := func(as *column, parts ...string) {
		for i, part := range parts {
			if i > 0 {
				p.column(n.value)
			}
			p.text(part)
		}
		p.text(" AS ")
		p.id(as.col.ref)
	}
	if !wanted {
		write(n.before, "NULL")
		write(n.first, ", NULL")
		return
	}
	write(n.before, "lag(", ") OVER (PARTITION BY (", ").k ORDER BY (", ").ts)")
	write(n.first, ", min((", ").ts) OVER ()")
}

func (duckDB) plain(p *printer, value *column, levels bool) {
	p.text("(coalesce((")
	p.column(value)
	if levels {
		p.text(").c, 0) = 0)")
	} else {
		p.text(").c, 0) <> 1)")
	}
}

// column writes a column. The whole of attributes is put together from where its parts are stored.
func (d duckDB) column(p *printer, e *column) {
	if !e.merged() {
		p.id(e.rel.ref)
		p.text(".")
		p.id(e.col.ref)
		return
	}
	p.text("lf_merge(")
	for i, name := range []string{record.ColAttributes, record.ColLargeAttributes} {
		if i > 0 {
			p.text(", ")
		}
		p.id(e.rel.ref)
		p.text(".")
		p.id(name)
	}
	p.text(")")
}

var duckDBTypes = map[typeKind]string{
	boolean: "BOOLEAN", integer: "BIGINT", float: "DOUBLE", textual: "VARCHAR", jsonValue: "JSON", timestamp: "TIMESTAMPTZ",
	localTime: "TIMESTAMP", date: "DATE", timeOfDay: "TIME", interval: "INTERVAL", level: "INTEGER",
}

func (d duckDB) typeName(c castType) string {
	if c.precision > 0 {
		return fmt.Sprintf("DECIMAL(%d,%d)", c.precision, c.scale)
	}
	if c.small {
		return "INTEGER"
	}
	if c.t.kind == list {
		return d.typeName(castType{t: c.t.item()}) + "[]"
	}
	return duckDBTypes[c.t.kind]
}

func (d duckDB) cast(p *printer, e *cast) {
	if text, ok := stringOf(e.arg); ok && e.to.t.kind == interval {
		p.text("INTERVAL ", quote(text))
		return
	}
	if e.lenient {
		p.text("TRY_CAST(")
	} else {
		p.text("CAST(")
	}
	p.expr(e.arg)
	p.text(" AS ", d.typeName(e.to), ")")
}

func (duckDB) array(p *printer, e *array) {
	p.text("[")
	p.list(e.items)
	p.text("]")
	if len(e.items) == 0 {
		p.text("::VARCHAR[]")
	}
}

var duckDBOperators = map[string]string{"^": "**", "NOT": "NOT "}

func (duckDB) operation(p *printer, e *operation) {
	op := e.op
	if other := duckDBOperators[op]; other != "" {
		op = other
	}
	p.text("(")
	if e.left == nil {
		p.text(op)
		p.expr(e.right)
		p.text(")")
		return
	}
	p.expr(e.left)
	p.text(" ", op, " ")
	p.expr(e.right)
	p.text(")")
}

// json writes a read inside JSON. Columns of JSON hold valid JSON; any other text may not.
func (d duckDB) json(p *printer, e *jsonGet) {
	if k := splitAt(e.path); k > 0 {
		inner := &jsonGet{base: e.base, path: e.path[:k], mode: jsonAsValue}
		d.json(p, &jsonGet{base: inner, path: e.path[k:], mode: e.mode})
		return
	}
	valid := e.base.typeOf().kind == jsonValue
	unnests := contains(e, isUnnest) // which may not stand inside TRY, nor inside nullif
	function := map[jsonMode]string{jsonAsValue: "json_extract(", jsonAsText: "json_extract_string(", jsonExists: "json_exists("}[e.mode]
	before, after := "", ""
	if !valid && !unnests {
		before, after = "TRY(", ")"
	}
	switch {
	case e.mode == jsonExists:
		before, after = "coalesce("+before, after+", false)"
	case e.mode == jsonAsValue && !unnests:
		before, after = "nullif("+before, after+", 'null'::JSON)"
	}
	p.text(before, function)
	p.expr(e.base)
	p.text(", ")
	d.path(p, e.path)
	p.text(")", after)
}

// path writes the way to a JSON value: a JSON path, or a JSON pointer where DuckDB's paths have no way to say a key.
func (d duckDB) path(p *printer, path []jsonStep) {
	w := &pathWriter{p: p, pointer: needsPointer(path)}
	if !w.pointer {
		w.fixed = "$"
	}
	for _, step := range path {
		w.step(step)
	}
	w.flush()
}

// needsPointer tells whether a path holds a key that is empty, a star (a wildcard even in quotes) or computed, and so
// possibly one of these.
func needsPointer(path []jsonStep) bool {
	needs := false
	for _, step := range path {
		switch {
		case step.isIndex && step.index < 0:
			return false // a pointer cannot count from the end
		case step.dynamic != nil:
			needs = needs || !step.counts()
		case !step.isIndex:
			needs = needs || step.key == "" || step.key == "*"
		}
	}
	return needs
}

// splitAt returns where a path is cut in two because neither a JSON path nor a pointer can say it: a star or an empty
// key together with an index from the end. It returns 0 for any other path.
func splitAt(path []jsonStep) int {
	odd, negative := -1, false
	for i, step := range path {
		switch {
		case step.isIndex:
			negative = negative || step.index < 0
		case odd < 0 && step.dynamic == nil && (step.key == "" || step.key == "*"):
			odd = i
		}
	}
	switch {
	case odd < 0 || !negative:
		return 0
	case odd == 0:
		return 1
	}
	return odd
}

// counts tells whether a computed step is an index.
func (s jsonStep) counts() bool { k := s.dynamic.typeOf().kind; return k == integer || k == level }

// pathWriter writes a path as a literal, or as a concatenation where steps are computed.
type pathWriter struct {
	p       *printer
	pointer bool
	fixed   string // not yet written
	parts   int
}

func (w *pathWriter) step(s jsonStep) {
	switch {
	case s.dynamic != nil && s.counts():
		before, after := "[", "]"
		if w.pointer {
			before, after = "/", ""
		}
		w.fixed += before
		w.computed("CAST(", s.dynamic, " AS VARCHAR)")
		w.fixed = after
	case s.dynamic != nil && w.pointer:
		w.fixed += "/"
		w.computed("replace(replace(CAST(", s.dynamic, " AS VARCHAR), '~', '~0'), '/', '~1')")
	case s.dynamic != nil:
		w.fixed += `."`
		w.computed("replace(CAST(", s.dynamic, ` AS VARCHAR), '"', '\"')`)
		w.fixed = `"`
	case s.isIndex && w.pointer:
		w.fixed += "/" + strconv.FormatInt(s.index, 10)
	case s.isIndex:
		w.fixed += "[" + strconv.FormatInt(s.index, 10) + "]"
	case w.pointer:
		w.fixed += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(s.key)
	default:
		w.fixed += `."` + strings.ReplaceAll(s.key, `"`, `\"`) + `"`
	}
}

func (w *pathWriter) computed(before string, e expr, after string) {
	w.flush()
	if w.parts > 0 {
		w.p.text(" || ")
	}
	w.p.text(before)
	w.p.expr(e)
	w.p.text(after)
	w.parts++
}

func (w *pathWriter) flush() {
	if w.fixed == "" {
		return
	}
	if w.parts > 0 {
		w.p.text(" || ")
	}
	w.p.text(quote(w.fixed))
	w.fixed = ""
	w.parts++
}

// call writes a function call.
func (d duckDB) call(p *printer, e *call) {
	if write := duckDBCalls[e.name]; write != nil {
		write(p, e)
		return
	}
	name := e.name
	if other := duckDBNames[name]; other != "" {
		name = other
	}
	p.text(name, "(")
	if e.distinct {
		p.text("DISTINCT ")
	}
	if e.star || e.name == "count" && len(e.args) == 0 {
		p.text("*")
	}
	p.list(e.args)
	p.orderBy(e.order)
	if e.ignoreNulls {
		p.text(" IGNORE NULLS")
	}
	p.text(")")
	if e.filter != nil {
		p.text(" FILTER (WHERE ")
		p.expr(e.filter)
		p.text(")")
	}
	if e.over != nil {
		p.window(e.over)
	}
}

// duckDBNames are functions that DuckDB has under another name.
var duckDBNames = map[string]string{
	"approx_distinct": "approx_count_distinct", "approx_median": "median", "mean": "avg", "var": "var_samp", "covar": "covar_samp",
	"variance": "var_samp", "every": "bool_and", "arbitrary": "any_value", "max_by": "arg_max", "min_by": "arg_min",
	"btrim": "trim", "char_length": "length", "character_length": "length", "octet_length": "strlen",
	"ceiling": "ceil", "pow": "power", "instr": "strpos", "position": "strpos",
	"to_char": "strftime", "from_unixtime": "to_timestamp", "to_timestamp_seconds": "to_timestamp",
	"metric_increase": "lf_metric_increase", "metric_rate": "lf_metric_rate", "metric_quantile": "lf_metric_quantile", "metric_merge": "lf_metric_merge",
	"to_timestamp_micros": "make_timestamptz", "to_date": "date", "array_subquery": "ARRAY",
}

// duckDBCalls are functions that DuckDB has not, or that fail there where they should give NULL. What repeats an
// argument is written out here and not a macro, so that maxRendered counts it: macros multiply inside the engine.
var duckDBCalls map[string]func(*printer, *call)

func init() {
	duckDBCalls = map[string]func(*printer, *call){
		"level_num":            template("CASE lower($1) " + levelCases(true) + " ELSE TRY_CAST($1 AS INTEGER) END"),
		"level_name":           template("CASE $1 " + levelCases(false) + " ELSE CAST($1 AS VARCHAR) END"),
		"lf_integer":           template("regexp_extract($1, '^[+-]?[0-9]+$')"),
		"json_unquote":         template("json_extract_string($1, '$')"),
		"json_strings":         template("TRY_CAST($1 AS VARCHAR[])"),
		"json_length":          template("CASE json_type(" + parsed + ") WHEN 'ARRAY' THEN json_array_length(" + parsed + ") WHEN 'OBJECT' THEN len(json_keys(" + parsed + ")) END"),
		"json_object_keys":     template("CASE json_type(" + parsed + ") WHEN 'OBJECT' THEN json_keys(" + parsed + ") END"),
		"json_type":            template("json_type(" + parsed + ")"),
		"json_valid":           template("json_valid(CAST($1 AS VARCHAR))"),
		"ln":                   template("ln(nullif(greatest($1, 0), 0))"),
		"log2":                 template("log2(nullif(greatest($1, 0), 0))"),
		"log10":                template("log10(nullif(greatest($1, 0), 0))"),
		"log":                  writeLog,
		"sqrt":                 template("sqrt(CASE WHEN $1 >= 0 THEN $1 END)"),
		"acos":                 template("acos(CASE WHEN abs($1) <= 1 THEN $1 END)"),
		"asin":                 template("asin(CASE WHEN abs($1) <= 1 THEN $1 END)"),
		"iszero":               template("($1 = 0)"),
		"nanvl":                template("CASE WHEN isnan(CAST($1 AS DOUBLE)) THEN $2 ELSE $1 END"),
		"time_bucket":          writeTimeBucket,
		"date_bin":             writeDateBin,
		"to_timestamp_millis":  template("make_timestamptz(CAST($1 AS BIGINT) * 1000)"),
		"to_timestamp_micros":  template("make_timestamptz(CAST($1 AS BIGINT))"),
		"to_timestamp_nanos":   template("make_timestamptz(CAST($1 AS BIGINT) // 1000)"),
		"to_hex":               template("lower(to_hex($1))"),
		"initcap":              template("lf_initcap($1)"),
		"regexp_match":         writeRegexpMatch,
		"regexp_count":         template("len(regexp_extract_all($1, $2))"),
		"regexp_extract":       writeRegexpExtract,
		"empty":                template("(len($1) = 0)"),
		"array_union":          template("list_distinct(list_concat($1, $2))"),
		"array_except":         template("lf_array_except($1, $2)"),
		"array_remove_all":     template("lf_array_remove($1, $2)"),
		"array_replace":        template("lf_array_replace($1, $2, $3)"),
		"array_repeat":         template("lf_array_repeat($1, $2)"),
		"lf_weighted_quantile": template("lf_weighted_quantile(CAST($3 AS DOUBLE), list({'b': $1, 'w': $2}))"),
		"metric_series":        template("lf_metric_series($1)"),
		"metric_sum":           template("lf_metric_sum($1)"),
		"metric_count":         template("lf_metric_count($1)"),
		"metric_avg":           template("lf_metric_avg($1)"),
		"metric_min":           template("lf_metric_min($1)"),
		"metric_max":           template("lf_metric_max($1)"),
	}
}

// parsed is the first argument as JSON, NULL where it is none.
const parsed = "TRY_CAST($1 AS JSON)"

// template returns a writer of text in which $1 to $9 stand for the arguments.
func template(text string) func(*printer, *call) {
	return func(p *printer, e *call) {
		rest := text
		for {
			i := strings.IndexByte(rest, '$')
			if i < 0 || i+1 == len(rest) {
				break
			}
			n := int(rest[i+1] - '1')
			if n < 0 || n > 8 {
				p.text(rest[:i+1])
				rest = rest[i+1:]
				continue
			}
			p.text(rest[:i])
			p.expr(e.args[n])
			rest = rest[i+2:]
		}
		p.text(rest)
	}
}

// levelCases writes the level names, as WHEN … THEN ….
func levelCases(toNumber bool) string {
	var parts []string
	for n := record.Level(1); n <= 24; n++ {
		name := n.String()
		if l, ok := record.ParseLevel(name); !ok || l != n {
			continue
		}
		number := strconv.Itoa(int(n))
		if toNumber {
			parts = append(parts, "WHEN "+quote(name)+" THEN "+number)
		} else {
			parts = append(parts, "WHEN "+number+" THEN "+quote(name))
		}
	}
	if toNumber {
		parts = append(parts, "WHEN 'warning' THEN 13", "WHEN 'critical' THEN 21")
	}
	return strings.Join(parts, " ")
}

func writeLog(p *printer, e *call) {
	if len(e.args) == 1 {
		template("log10(nullif(greatest($1, 0), 0))")(p, e)
		return
	}
	template("(ln(nullif(greatest($2, 0), 0)) / nullif(ln(nullif(greatest($1, 0), 0)), 0))")(p, e)
}

const (
	// bucketOrigin is where the engine's time_bucket begins to count, in microseconds since 1970: 3 January 2000, a Monday.
	bucketOrigin = 946_857_600_000_000
	// firstMicro is before every record: what is earlier is no 64-bit number of nanoseconds.
	firstMicro = math.MinInt64 / 1000
)

// writeTimeBucket writes buckets of a fixed length of a stored time as arithmetic. The engine's own function asks a
// calendar for every row, also where that says nothing: 160 ns a row against 44.
func writeTimeBucket(p *printer, e *call) {
	width, ok := fixedWidth(e.args[0])
	of, stored := e.args[1].(*column)
	if !ok || !stored || of.rel.table == nil || of.typeOf().kind != timestamp || len(e.args) != 2 {
		p.text("time_bucket(")
		p.list(e.args)
		p.text(")")
		return
	}
	// An origin before every record keeps the division, which truncates, away from negative numbers.
	origin := bucketOrigin - ((bucketOrigin-firstMicro)/width+1)*width
	p.text("make_timestamptz((epoch_us(")
	p.expr(of)
	p.text(fmt.Sprintf(") - (%d)) // %d * %[2]d + (%[1]d))", origin, width))
}

// fixedWidth returns how many microseconds a literal interval is long. Days and months differ in length.
func fixedWidth(e expr) (micros int64, ok bool) {
	if c, is := e.(*cast); is {
		e = c.arg
	}
	text, ok := stringOf(e)
	if !ok {
		return 0, false
	}
	length, ok := parseInterval(text)
	if !ok || length.months != 0 || length.days != 0 || length.rest <= 0 || length.rest%time.Microsecond != 0 {
		return 0, false
	}
	return length.rest.Microseconds(), true
}

func writeDateBin(p *printer, e *call) {
	if len(e.args) == 3 {
		template("time_bucket($1, $2, $3)")(p, e)
		return
	}
	template("time_bucket($1, $2, TIMESTAMPTZ '1970-01-01 00:00:00+00')")(p, e)
}

// writeRegexpMatch writes the list of groups of the first match, NULL without a match.
func writeRegexpMatch(p *printer, e *call) {
	groups, _ := intOf(e.args[2])
	flags, _ := stringOf(e.args[3])
	p.text("CASE WHEN regexp_matches(")
	p.list(e.args[:2])
	p.text(", ", quote(flags), ") THEN [")
	for g := min(groups, 1); g <= groups; g++ {
		if g > 1 {
			p.text(", ")
		}
		p.text("regexp_extract(")
		p.list(e.args[:2])
		p.text(", ", strconv.FormatInt(g, 10), ", ", quote(flags), ")")
	}
	p.text("] END")
}

// writeRegexpExtract writes the match, NULL without one as in PostgreSQL.
func writeRegexpExtract(p *printer, e *call) {
	p.text("CASE WHEN regexp_matches(")
	p.list(e.args[:2])
	p.text(") THEN regexp_extract(")
	p.list(e.args)
	p.text(") END")
}
