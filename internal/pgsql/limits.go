package pgsql

import (
	"math"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// Engines ignore cancellation and memory limits inside a scalar function, and fold constants while they plan. So
// nothing that a statement computes for one row may be large: sizes that are literals are refused above these bounds,
// computed ones are cut to them.
const (
	maxSeries         = 10_000  // elements of generate_series as a list
	maxCopies         = 1_000   // elements of array_repeat, and of the lists whose difference is taken
	maxRepeated       = 10_000  // characters that repeat, lpad and rpad make
	maxGrown          = 1 << 20 // characters that replace and regexp_replace make
	maxGrowthText     = 1_000   // bytes of a literal that replaces or separates, and of formats
	maxGrowthComputed = 64      // characters of a computed text that replaces or separates
	maxQuotedText     = 100_000 // characters that become a JSON string, which doubles quotes and backslashes
	maxConcatenated   = 64      // operands of concat and of a chain of ||
	maxEditText       = 256     // characters that levenshtein compares
	maxPattern        = 1_000   // bytes of a regular expression
	maxProgram        = 2_000   // instructions that a regular expression compiles to
)

// atMost bounds a computed number; a literal is checked.
func (a *analyzer) atMost(e expr, most int64, c callSite, what string) expr {
	e = a.toNumber(e)
	if n, ok := intOf(e); ok {
		if n > most {
			a.fail(c.n.Location, codeLimit, "", "%s of %s is limited to %d", what, c.name, most)
		}
		return e
	}
	least := &call{name: "least", args: []expr{&cast{arg: e, to: castType{t: typ{kind: integer}}}, newInt(most)}, t: typ{kind: integer}}
	return &cast{arg: least, to: castType{t: typ{kind: integer}, small: true}}
}

// shortened bounds the length of a computed text; a literal of that length is left alone.
func shortened(e expr, most int64) expr {
	if text, ok := stringOf(e); ok && int64(len(text)) <= most {
		return e
	}
	if isNull(e) {
		return e
	}
	return &call{name: "left", args: []expr{e, newInt(most)}, t: typ{kind: textual}}
}

func buildRepeat(a *analyzer, c callSite) expr {
	length := int64(256)
	if text, ok := stringOf(c.args[0]); ok {
		length = max(1, int64(len(text)))
	}
	times := a.atMost(c.args[1], max(1, maxRepeated/length), c, "the count")
	return &call{name: "repeat", args: []expr{shortened(c.args[0], length), times}, t: typ{kind: textual}}
}

func buildPad(a *analyzer, c callSite) expr {
	pad := expr(newText(" "))
	if len(c.args) == 3 {
		pad = shortened(c.args[2], maxRepeated)
	}
	return &call{name: c.name, args: []expr{c.args[0], a.atMost(c.args[1], maxRepeated, c, "the length"), pad}, t: typ{kind: textual}}
}

// growing bounds a text whose parts are replaced by replacement, so that the result stays below maxGrown.
func (a *analyzer) growing(text, replacement expr, c callSite) (expr, expr) {
	factor := int64(maxGrowthComputed)
	if literal, ok := stringOf(replacement); ok {
		if len(literal) > maxGrowthText {
			a.fail(c.n.Location, codeLimit, "", "the replacement of %s is limited to %d bytes", c.name, maxGrowthText)
		}
		if len(literal) <= 1 {
			return text, replacement
		}
		factor = int64(len(literal))
	} else {
		replacement = shortened(replacement, maxGrowthComputed)
	}
	return shortened(text, maxGrown/factor), replacement
}

func buildReplace(a *analyzer, c callSite) expr {
	text, replacement := a.growing(c.args[0], c.args[2], c)
	return &call{name: "replace", args: []expr{text, c.args[1], replacement}, t: typ{kind: textual}}
}

func buildLevenshtein(_ *analyzer, c callSite) expr {
	return &call{name: "levenshtein", args: []expr{shortened(c.args[0], maxEditText), shortened(c.args[1], maxEditText)}, t: typ{kind: integer}}
}

func buildArrayRepeat(a *analyzer, c callSite) expr {
	e := c.args[0]
	switch t := e.typeOf(); t.kind {
	case list, unknown, point:
		a.fail(c.n.Location, codeNotSupported, "", "array_repeat repeats plain values, not %s", t.describe())
	case textual, jsonValue, untyped:
		e = shortened(rawText(e), maxGrowthComputed)
	}
	return &call{name: "array_repeat", args: []expr{e, a.atMost(c.args[1], maxCopies, c, "the count")}, t: listOf(e.typeOf())}
}

// separator checks the text that aggregation puts between others.
func (a *analyzer) separator(e expr, c callSite) expr {
	if text, ok := stringOf(e); !ok || len(text) > maxGrowthText {
		a.fail(c.n.Location, codeLimit, "", "the separator of %s must be a literal of at most %d bytes", c.name, maxGrowthText)
	}
	return e
}

func buildConcat(a *analyzer, c callSite) expr {
	if len(c.args) > maxConcatenated {
		a.fail(c.n.Location, codeLimit, "", "%s is limited to %d arguments", c.name, maxConcatenated)
	}
	if c.name == "concat_ws" {
		c.args[0] = shortened(c.args[0], maxGrowthText)
	}
	return &call{name: c.name, args: c.args, t: typ{kind: textual}}
}

// buildJSONOfValues makes the functions that write JSON.
func buildJSONOfValues(_ *analyzer, c callSite) expr {
	name := map[string]string{"json_object": "json_object", "json_build_object": "json_object", "jsonb_build_object": "json_object",
		"json_array": "json_array", "json_build_array": "json_array", "jsonb_build_array": "json_array"}[c.name]
	if name == "" {
		name = "to_json"
	}
	for i, arg := range c.args {
		c.args[i] = quotable(arg)
	}
	return &call{name: name, args: c.args, t: typ{kind: jsonValue}}
}

// quotable bounds what becomes a JSON string.
func quotable(e expr) expr {
	switch e.typeOf().kind {
	case textual, untyped, unknown:
		if _, ok := e.(*literal); !ok {
			return shortened(&cast{arg: e, to: castType{t: typ{kind: textual}}}, maxQuotedText)
		}
	}
	return e
}

func buildArrayExcept(a *analyzer, c callSite) expr {
	few := func(e expr) expr {
		return newSlice(a.wantList(e, c), newInt(1), newInt(maxCopies))
	}
	return &call{name: "array_except", args: []expr{few(c.args[0]), few(c.args[1])}, t: c.args[0].typeOf()}
}

func buildArrayToString(a *analyzer, c callSite) expr {
	return &call{name: "array_to_string", args: []expr{a.wantList(c.args[0], c), a.separator(c.args[1], c)}, t: typ{kind: textual}}
}

// pattern checks a regular expression and returns it. It must be a literal: the cost of a pattern shows only when it
// is compiled. Go's syntax is that of RE2, which DuckDB uses.
func (a *analyzer) pattern(e expr, c callSite) *syntax.Regexp {
	text, ok := stringOf(e)
	if !ok {
		a.fail(c.n.Location, codeNotSupported, "", "a regular expression must be a literal")
	}
	if len(text) > maxPattern {
		a.fail(c.n.Location, codeLimit, "", "a regular expression is limited to %d bytes", maxPattern)
	}
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		a.fail(c.n.Location, "2201B", "", "%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	program, err := syntax.Compile(re.Simplify())
	if err != nil || len(program.Inst) > maxProgram {
		a.fail(c.n.Location, codeLimit, "use smaller repeat counts", "the regular expression is too complex")
	}
	return re
}

// regexFlags reads the flags of a regular expression: i, and for regexp_replace g.
func (a *analyzer) regexFlags(e expr, c callSite, known string) string {
	text, ok := stringOf(e)
	if !ok || strings.Trim(text, known) != "" {
		a.fail(c.n.Location, codeInvalid, "", "the flags of %s are a literal of %s", c.name, strings.Join(strings.Split(known, ""), ", "))
	}
	return text
}

// regexCall makes a call on a text and a checked pattern, with more arguments after them.
func (a *analyzer) regexCall(name string, c callSite, text, pattern expr, more ...expr) expr {
	a.pattern(pattern, c)
	return &call{name: name, args: append([]expr{text, pattern}, more...), t: typ{kind: textual}}
}

func buildRegexpLike(a *analyzer, c callSite) expr {
	e := a.regexCall("regexp_matches", c, c.args[0], c.args[1]).(*call)
	e.t = typ{kind: boolean}
	if len(c.args) == 3 {
		if flags := a.regexFlags(c.args[2], c, "icsmg"); flags != "" {
			e.args = append(e.args, newText(strings.ReplaceAll(flags, "g", "")))
		}
	}
	return e
}

// regexOperator makes ~ and its like, which search and do not match the whole.
func (a *analyzer) regexOperator(op string, l, r expr, location int32) expr {
	c := callSite{name: op, n: funcAt(location)}
	var more []expr
	if strings.HasSuffix(op, "*") {
		more = append(more, newText("i"))
	}
	e := a.regexCall("regexp_matches", c, toText(l), toText(r), more...).(*call)
	e.t = typ{kind: boolean}
	if op[0] == '!' {
		return &operation{op: "NOT", right: e, t: typ{kind: boolean}}
	}
	return e
}

// buildRegexpMatch makes the list of groups of the first match, or of the whole match when there are no groups.
func buildRegexpMatch(a *analyzer, c callSite) expr {
	re := a.pattern(c.args[1], c)
	args := c.args[:2:2]
	groups := re.MaxCap()
	if groups > 50 {
		a.fail(c.n.Location, codeLimit, "", "regexp_match is limited to 50 groups")
	}
	flags := ""
	if len(c.args) == 3 {
		flags = a.regexFlags(c.args[2], c, "ic")
	}
	return &call{name: "regexp_match", args: append(args, newInt(int64(groups)), newText(flags)), t: listOf(typ{kind: textual})}
}

func buildRegexpReplace(a *analyzer, c callSite) expr {
	a.pattern(c.args[1], c)
	text, replacement := a.growing(c.args[0], c.args[2], c)
	args := []expr{text, c.args[1], replacement}
	if len(c.args) == 4 {
		if flags := a.regexFlags(c.args[3], c, "gics"); flags != "" {
			args = append(args, newText(flags))
		}
	}
	return &call{name: "regexp_replace", args: args, t: typ{kind: textual}}
}

func buildRegexpCount(a *analyzer, c callSite) expr {
	e := a.regexCall("regexp_count", c, c.args[0], c.args[1]).(*call)
	e.t = typ{kind: integer}
	return e
}

func buildRegexpExtract(a *analyzer, c callSite) expr {
	if len(c.args) == 3 {
		if n, ok := intOf(c.args[2]); !ok || n < 0 || n > 50 {
			a.fail(c.n.Location, codeInvalid, "", "the group of %s is a literal number", c.name)
		}
		return a.regexCall("regexp_extract", c, c.args[0], c.args[1], c.args[2])
	}
	return a.regexCall("regexp_extract", c, c.args[0], c.args[1])
}

// buildSeries makes generate_series and range as a list.
func buildSeries(a *analyzer, c callSite) expr {
	e, t := a.series(c, false)
	e.t = listOf(t)
	return e
}

// series makes a bounded generate_series or range. As a table function it is not bounded: engines stream it and can
// cancel it.
func (a *analyzer) series(c callSite, streamed bool) (*call, typ) {
	args := append([]expr{}, c.args...)
	if len(args) == 1 {
		args = []expr{newInt(0), args[0]}
	}
	if t := args[0].typeOf(); t.temporal() || args[1].typeOf().temporal() || len(args) == 3 && args[2].typeOf().kind == interval {
		return a.timeSeries(args, c, streamed)
	}
	for i, arg := range args {
		args[i] = a.toNumber(arg)
		switch args[i].typeOf().kind {
		case integer, level, unknown:
		case float:
			args[i] = &cast{arg: args[i], to: castType{t: typ{kind: integer}}}
		default:
			a.fail(c.n.Location, codeTypes, "", "%s needs integers or timestamps, not %s", c.name, arg.typeOf().describe())
		}
	}
	e := &call{name: c.name, args: args}
	if streamed || a.literalSeries(args, c) {
		return e, typ{kind: integer}
	}
	step := expr(newInt(1))
	if len(args) == 3 {
		step = args[2]
	}
	// Between start - cap*|step| and start + cap*|step|, whichever way the step goes.
	reach := &operation{op: "*", left: newInt(maxSeries), right: &call{name: "abs", args: []expr{step}, t: typ{kind: integer}}, t: typ{kind: integer}}
	if n, ok := intOf(step); ok && n > 0 && n < math.MaxInt32 {
		args[1] = &call{name: "least", args: []expr{args[1], &operation{op: "+", left: args[0], right: newInt(maxSeries * n), t: typ{kind: integer}}}, t: typ{kind: integer}}
		return e, typ{kind: integer}
	}
	args[1] = &call{name: "greatest", t: typ{kind: integer}, args: []expr{
		&call{name: "least", t: typ{kind: integer}, args: []expr{args[1], &operation{op: "+", left: args[0], right: reach, t: typ{kind: integer}}}},
		&operation{op: "-", left: args[0], right: reach, t: typ{kind: integer}},
	}}
	return e, typ{kind: integer}
}

// literalSeries tells whether all bounds are literals, and refuses too many elements.
func (a *analyzer) literalSeries(args []expr, c callSite) bool {
	numbers := []int64{0, 0, 1}
	for i, arg := range args {
		n, ok := intOf(arg)
		if !ok {
			return false
		}
		numbers[i] = n
	}
	if numbers[2] == 0 {
		a.fail(c.n.Location, codeInvalid, "", "the step of %s is zero", c.name)
	}
	if count := (float64(numbers[1]) - float64(numbers[0])) / float64(numbers[2]); count > maxSeries {
		a.fail(c.n.Location, codeLimit, "", "%s is limited to %s elements", c.name, strconv.Itoa(maxSeries))
	}
	return true
}

// timeSeries makes a series of timestamps, whose step must be a literal so that its length can be bounded.
func (a *analyzer) timeSeries(args []expr, c callSite, streamed bool) (*call, typ) {
	if len(args) != 3 {
		a.fail(c.n.Location, codeTypes, "generate_series(start, stop, interval '1 hour')", "%s over timestamps needs a step", c.name)
	}
	start, stop, step := a.wantTime(args[0], c), a.wantTime(args[1], c), a.asInterval(args[2], c)
	if start.typeOf().kind == date { // a series of dates and an interval is one of timestamps
		start = &cast{arg: start, to: castType{t: typ{kind: timestamp}}}
	}
	t := start.typeOf()
	if stop.typeOf().kind != t.kind {
		stop = &cast{arg: stop, to: castType{t: t}}
	}
	e := &call{name: c.name, args: []expr{start, stop, step}}
	if streamed {
		return e, t
	}
	literal, ok := step.(*cast)
	var length span
	if ok {
		text, isText := stringOf(literal.arg)
		length, ok = parseInterval(text)
		ok = ok && isText
	}
	if !ok || length == (span{}) {
		a.fail(c.n.Location, codeNotSupported, "in FROM it may be any interval", "the step of %s must be a literal interval", c.name)
	}
	reach := &operation{op: "*", left: step, right: newInt(maxSeries), t: typ{kind: interval}}
	end := &operation{op: "+", left: start, right: reach, t: t}
	limit := "least"
	if length.months < 0 || length.days < 0 || length.rest < 0 {
		limit = "greatest"
	}
	e.args[1] = &call{name: limit, args: []expr{stop, end}, t: t}
	return e, t
}

func funcAt(location int32) *pg.FuncCall { return &pg.FuncCall{Location: location} }

// similar analyzes SIMILAR TO as a match of the whole text with the regular expression that its pattern means.
func (a *analyzer) similar(n *pg.A_Expr, negate bool, s *scope) expr {
	f := n.Rexpr.GetFuncCall()
	if f == nil || operatorName(f.Funcname) != "similar_to_escape" || len(f.Args) != 1 {
		a.fail(n.Location, codeNotSupported, "", "SIMILAR TO with ESCAPE is not supported")
	}
	c := callSite{name: "SIMILAR TO", n: funcAt(n.Location)}
	text, ok := stringOf(a.expr(f.Args[0], s))
	if !ok {
		a.fail(n.Location, codeNotSupported, "", "the pattern of SIMILAR TO must be a literal")
	}
	e := a.regexCall("regexp_full_match", c, toText(a.expr(n.Lexpr, s)), newText(similarPattern(text))).(*call)
	e.t = typ{kind: boolean}
	if negate {
		return &operation{op: "NOT", right: e, t: typ{kind: boolean}}
	}
	return e
}

// similarPattern turns the pattern of SIMILAR TO into a regular expression.
func similarPattern(pattern string) string {
	var sb strings.Builder
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			sb.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == '\\':
			escaped = true
		case r == '%':
			sb.WriteString("(?s:.*)")
		case r == '_':
			sb.WriteString("(?s:.)")
		case r == '.' || r == '^' || r == '$':
			sb.WriteString(`\` + string(r))
		default:
			sb.WriteRune(r)
		}
	}
	return sb.String()
}
