package pgsql

import (
	"regexp"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/hearth-dev/hearth/internal/record"
)

func operatorName(nodes []*pg.Node) string {
	if len(nodes) == 0 {
		return ""
	}
	return nodes[len(nodes)-1].GetString_().GetSval()
}

// operator analyzes everything that PostgreSQL's grammar calls an A_Expr.
func (a *analyzer) operator(n *pg.A_Expr, s *scope) expr {
	op := operatorName(n.Name)
	if len(n.Name) > 1 {
		a.fail(n.Location, codeNotSupported, "", "OPERATOR(…) is not supported")
	}
	switch n.Kind {
	case pg.A_Expr_Kind_AEXPR_OP:
		return a.plainOperator(n, op, s)
	case pg.A_Expr_Kind_AEXPR_OP_ANY, pg.A_Expr_Kind_AEXPR_OP_ALL:
		return a.anyAll(n, op, s)
	case pg.A_Expr_Kind_AEXPR_DISTINCT:
		return a.compare("IS DISTINCT FROM", a.expr(n.Lexpr, s), a.expr(n.Rexpr, s), n.Location)
	case pg.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		return a.compare("IS NOT DISTINCT FROM", a.expr(n.Lexpr, s), a.expr(n.Rexpr, s), n.Location)
	case pg.A_Expr_Kind_AEXPR_NULLIF:
		l, r := a.comparable("=", a.expr(n.Lexpr, s), a.expr(n.Rexpr, s), n.Location)
		return &call{name: "nullif", args: []expr{l, r}, t: l.typeOf()}
	case pg.A_Expr_Kind_AEXPR_IN:
		return a.in(n, op == "<>", s)
	case pg.A_Expr_Kind_AEXPR_LIKE:
		return a.like(n, op == "!~~", false, s)
	case pg.A_Expr_Kind_AEXPR_ILIKE:
		return a.like(n, op == "!~~*", true, s)
	case pg.A_Expr_Kind_AEXPR_SIMILAR:
		return a.similar(n, op == "!~", s)
	case pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN,
		pg.A_Expr_Kind_AEXPR_BETWEEN_SYM, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		return a.between(n, s)
	}
	a.fail(n.Location, codeNotSupported, "", "operator %s is not supported", op)
	return nil
}

// plainOperator analyzes a unary or binary operator.
func (a *analyzer) plainOperator(n *pg.A_Expr, op string, s *scope) expr {
	if n.Lexpr == nil {
		return a.prefix(n, op, s)
	}
	if isJSONOperator[op] {
		return a.jsonOperator(n, op, s)
	}
	l, r := a.expr(n.Lexpr, s), a.expr(n.Rexpr, s)
	return a.binary(op, l, r, n.Location)
}

func (a *analyzer) binary(op string, l, r expr, location int32) expr {
	switch op {
	case "=", "<>", "<", "<=", ">", ">=":
		return a.compare(op, l, r, location)
	case "==":
		return a.compare("=", l, r, location)
	case "<=>":
		return a.compare("IS NOT DISTINCT FROM", l, r, location)
	case "+", "-", "*", "/", "%", "^", "//":
		return a.arithmetic(op, l, r, location)
	case "||":
		return a.concat(l, r, location)
	case "~", "~*", "!~", "!~*":
		return a.regexOperator(op, l, r, location)
	case "~~", "!~~", "~~*", "!~~*":
		return newLike(toText(l), toText(r), strings.HasSuffix(op, "*"), op[0] == '!', "")
	case "&", "|", "<<", ">>":
		return &operation{op: op, left: l, right: r, t: typ{kind: integer}}
	case "#":
		return &call{name: "xor", args: []expr{l, r}, t: typ{kind: integer}}
	case "&&":
		return &call{name: "list_has_any", args: []expr{l, r}, t: typ{kind: boolean}}
	case "@>", "<@":
		if op == "<@" {
			l, r = r, l
		}
		if l.typeOf().kind == jsonValue {
			a.fail(location, codeNotSupported, "read the keys with ->> and compare them", "operator %s on JSON is not supported", op)
		}
		return &call{name: "list_has_all", args: []expr{l, r}, t: typ{kind: boolean}}
	case "^@":
		return &call{name: "starts_with", args: []expr{toText(l), toText(r)}, t: typ{kind: boolean}}
	}
	a.fail(location, codeUnknownFunction, "", "operator %s is not supported", op)
	return nil
}

func (a *analyzer) prefix(n *pg.A_Expr, op string, s *scope) expr {
	e := a.expr(n.Rexpr, s)
	switch op {
	case "-":
		if l, ok := e.(*literal); ok && l.t.numeric() && !strings.HasPrefix(l.text, "-") {
			return &literal{t: l.t, text: "-" + l.text}
		}
		e = a.toNumber(e)
		return &operation{op: "-", right: e, t: e.typeOf()}
	case "+":
		return a.toNumber(e)
	case "~":
		return &operation{op: "~", right: e, t: typ{kind: integer}}
	case "@":
		return &call{name: "abs", args: []expr{a.toNumber(e)}, t: e.typeOf()}
	}
	a.fail(n.Location, codeUnknownFunction, "", "operator %s is not supported", op)
	return nil
}

// toNumber reads text and JSON as numbers, NULL where they are none. A string that spells a number is that number, as it
// is in PostgreSQL.
func (a *analyzer) toNumber(e expr) expr {
	switch e.typeOf().kind {
	case jsonValue, textual:
		return lenientFloat(e)
	case untyped:
		if text, ok := stringOf(e); ok && spellsNumber.MatchString(text) {
			return a.number(text, -1)
		}
	}
	return e
}

var spellsNumber = regexp.MustCompile(`^-?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?$`)

// comparison checks that an operator compares, and returns it.
func (a *analyzer) comparison(op string, location int32) string {
	switch op {
	case "=", "<>", "<", "<=", ">", ">=":
		return op
	case "":
		return "="
	}
	a.fail(location, codeUnknownFunction, "", "operator %s is not supported with ANY or ALL", op)
	return ""
}

// compare makes a comparison, with both sides made comparable.
func (a *analyzer) compare(op string, l, r expr, location int32) expr {
	l, r = a.comparable(op, l, r, location)
	return &operation{op: op, left: l, right: r, t: typ{kind: boolean}}
}

// comparable converts the sides of a comparison where engines would refuse, fail on bad rows, or compare wrongly.
func (a *analyzer) comparable(op string, l, r expr, location int32) (expr, expr) {
	if lr, ok := l.(*row); ok {
		if rr, ok := r.(*row); ok && len(lr.items) == len(rr.items) {
			for i := range lr.items {
				lr.items[i], rr.items[i] = a.comparable(op, lr.items[i], rr.items[i], location)
			}
		}
		return l, r
	}
	a.refuseDuration(l, r, location)
	a.refuseList(l, r, location)
	return a.fit(l, r, location), a.fit(r, l, location)
}

// refuseDuration explains the commonest mistake about durations.
func (a *analyzer) refuseDuration(l, r expr, location int32) {
	lt, rt := l.typeOf(), r.typeOf()
	if lt.kind == interval && rt.numeric() || rt.kind == interval && lt.numeric() {
		a.fail(location, codeTypes, "duration is a number of seconds: duration > 1.5", "a number cannot be compared with an interval")
	}
	if lt.temporal() && rt.numeric() || rt.temporal() && lt.numeric() {
		a.fail(location, codeTypes, "convert the number with to_timestamp(…)", "a timestamp cannot be compared with a number")
	}
}

// refuseList explains the commonest mistake about variables: one that stands for several values is compared as one.
func (a *analyzer) refuseList(l, r expr, location int32) {
	if isList(l) == isList(r) {
		return
	}
	one := l
	if isList(l) {
		one = r
	}
	switch t := one.typeOf(); {
	case t.kind == textual, t.kind == boolean, t.numeric(), t.temporal():
		a.fail(location, codeTypes, "write column = ANY(list), or column IN (list)", "one value cannot be compared with a list")
	}
}

func isList(e expr) bool { return e.typeOf().kind == list }

// fit converts e so that it compares with other.
func (a *analyzer) fit(e, other expr, location int32) expr {
	et, ot := e.typeOf(), other.typeOf()
	if ot.kind == level {
		return a.levelOf(e, location)
	}
	switch {
	case et.kind == jsonValue && ot.kind == jsonValue:
		return e
	case et.kind == jsonValue || et.kind == textual:
		switch {
		case ot.numeric():
			return fitNumber(e, other)
		case ot.kind == boolean:
			return lenientBool(e)
		case ot.temporal():
			return &cast{arg: toText(e), to: castType{t: ot}, lenient: true}
		case ot.kind == interval:
			return &cast{arg: toText(e), to: castType{t: ot}, lenient: true}
		}
		return toText(e)
	case et.kind == untyped && ot.kind == interval:
		return &cast{arg: e, to: castType{t: ot}}
	}
	return e
}

// fitNumber reads text as the number it is compared with: exactly where a DOUBLE would round.
func fitNumber(e, other expr) expr {
	if i, ok := intOf(other); ok && (i > 1<<53 || i < -1<<53) {
		return &cast{arg: toText(e), to: castType{t: typ{kind: integer}}, lenient: true}
	}
	return lenientFloat(e)
}

// levelOf converts what a level is compared with: names become numbers.
func (a *analyzer) levelOf(e expr, location int32) expr {
	if name, ok := stringOf(e); ok {
		if l, known := record.ParseLevel(name); known {
			return newInt(int64(l))
		}
		if i, err := strconv.ParseInt(strings.TrimSpace(name), 10, 16); err == nil {
			return newInt(i)
		}
		a.fail(location, codeInvalid, "levels are trace, debug, info, notice, warn, error and fatal", "%q is no level", name)
	}
	switch e.typeOf().kind {
	case textual, jsonValue:
		return &call{name: "level_num", args: []expr{toText(e)}, t: typ{kind: level}}
	}
	return e
}

// arithmetic makes + - * / % ^.
func (a *analyzer) arithmetic(op string, l, r expr, location int32) expr {
	lt, rt := l.typeOf(), r.typeOf()
	if lt.temporal() || rt.temporal() || lt.kind == interval || rt.kind == interval {
		return a.timeArithmetic(op, l, r, location)
	}
	if lt.kind == list || rt.kind == list || lt.kind == boolean || rt.kind == boolean || lt.kind == point || rt.kind == point {
		a.fail(location, codeTypes, "", "operator %s is not defined for %s and %s", op, lt.describe(), rt.describe())
	}
	l, r = a.toNumber(l), a.toNumber(r)
	t := typ{kind: integer}
	switch {
	case l.typeOf().kind == float || r.typeOf().kind == float || op == "^":
		t.kind = float
	case l.typeOf().kind == unknown || r.typeOf().kind == unknown || l.typeOf().kind == untyped || r.typeOf().kind == untyped:
		t.kind = unknown
	}
	if op == "^" {
		return &call{name: "power", args: []expr{l, r}, t: t}
	}
	return &operation{op: op, left: l, right: r, t: t}
}

// timeArithmetic makes + and - on timestamps, dates and intervals, and intervals times numbers.
func (a *analyzer) timeArithmetic(op string, l, r expr, location int32) expr {
	lt, rt := l.typeOf(), r.typeOf()
	if lt.kind == interval && rt.numeric() || rt.kind == interval && lt.numeric() {
		if op == "+" || op == "-" {
			a.fail(location, codeTypes, "duration is a number of seconds", "operator %s is not defined for %s and %s", op, lt.describe(), rt.describe())
		}
		return &operation{op: op, left: l, right: r, t: typ{kind: interval}}
	}
	if lt.kind == interval && rt.kind == interval && op == "/" {
		seconds := func(e expr) expr { return &call{name: "epoch", args: []expr{e}, t: typ{kind: float}} }
		return &operation{op: op, left: seconds(l), right: seconds(r), t: typ{kind: float}}
	}
	l, r = a.timeOperand(op, l, rt), a.timeOperand(op, r, lt)
	lt, rt = l.typeOf(), r.typeOf()
	t := typ{kind: unknown}
	switch {
	case lt.temporal() && rt.temporal():
		t.kind = interval
		if lt.kind == date && rt.kind == date {
			t.kind = integer
		}
	case lt.kind == timestamp || rt.kind == timestamp:
		t.kind = timestamp
	case lt.kind == date && rt.kind == integer:
		t.kind = date
	case lt.temporal() || rt.temporal():
		t.kind = localTime
	case lt.kind == interval && rt.kind == interval:
		t.kind = interval
	}
	if lt.kind == timestamp && rt.numeric() || rt.kind == timestamp && lt.numeric() {
		a.fail(location, codeTypes, "add an interval: … + interval '1 second' * n", "operator %s is not defined for %s and %s", op, lt.describe(), rt.describe())
	}
	return &operation{op: op, left: l, right: r, t: t}
}

// timeOperand types a string literal beside a time: an interval where it reads as one, else a timestamp.
func (a *analyzer) timeOperand(op string, e expr, other typ) expr {
	text, ok := stringOf(e)
	if !ok {
		return e
	}
	if _, isInterval := parseInterval(text); isInterval || op == "+" || other.kind == interval && op == "*" {
		return &cast{arg: e, to: castType{t: typ{kind: interval}}}
	}
	return &cast{arg: e, to: castType{t: typ{kind: timestamp}}}
}

// concat makes ||, for text and for lists. Constants are folded, so that patterns made of them stay constants.
func (a *analyzer) concat(l, r expr, location int32) expr {
	if concatenated(l)+concatenated(r) > maxConcatenated {
		a.fail(location, codeLimit, "", "|| is limited to %d operands", maxConcatenated)
	}
	if ls, ok := stringOf(l); ok {
		if rs, ok := stringOf(r); ok {
			return newText(ls + rs)
		}
	}
	if l.typeOf().kind == list || r.typeOf().kind == list {
		t := l.typeOf()
		if t.kind != list {
			t = r.typeOf()
		}
		return &operation{op: "||", left: l, right: r, t: t}
	}
	return &operation{op: "||", left: rawText(l), right: rawText(r), t: typ{kind: textual}}
}

// concatenated counts the operands of a chain of ||.
func concatenated(e expr) int {
	o, ok := e.(*operation)
	if !ok || o.op != "||" {
		return 1
	}
	return concatenated(o.left) + concatenated(o.right)
}

func (a *analyzer) anyAll(n *pg.A_Expr, op string, s *scope) expr {
	arg, listExpr := a.expr(n.Lexpr, s), a.expr(n.Rexpr, s)
	isAll := n.Kind == pg.A_Expr_Kind_AEXPR_OP_ALL
	if items, ok := listExpr.(*array); ok {
		if len(items.items) > 0 && (op == "=" && !isAll || op == "<>" && isAll) { // engines look for members sooner than into lists
			return a.member(arg, items.items, isAll, n.Location)
		}
		for i := range items.items {
			items.items[i] = a.fit(items.items[i], arg, n.Location)
		}
	}
	switch op {
	case "~~", "~~*", "!~~", "!~~*", "~", "~*", "!~", "!~*":
		return a.anyPattern(arg, listExpr, op, isAll, n.Location)
	}
	return &quantified{arg: toText(arg), op: a.comparison(op, n.Location), all: isAll, list: listExpr}
}

// anyPattern spells x LIKE ANY (list literal) out.
func (a *analyzer) anyPattern(arg, listExpr expr, op string, isAll bool, location int32) expr {
	items, ok := listExpr.(*array)
	if !ok || len(items.items) == 0 {
		a.fail(location, codeNotSupported, "", "%s with ANY or ALL needs a list of literals", op)
	}
	l := &logic{op: "OR"}
	if isAll {
		l.op = "AND"
	}
	for _, pattern := range items.items {
		l.args = append(l.args, a.binary(op, arg, pattern, location))
	}
	return l
}

func (a *analyzer) in(n *pg.A_Expr, negate bool, s *scope) expr {
	arg := a.expr(n.Lexpr, s)
	items := a.exprs(n.Rexpr.GetList().GetItems(), s)
	if len(items) == 0 {
		a.fail(n.Location, codeSyntax, "", "IN needs a list")
	}
	return a.member(arg, items, negate, n.Location)
}

// member makes arg [NOT] IN (items).
func (a *analyzer) member(arg expr, items []expr, negate bool, location int32) expr {
	m := &membership{arg: arg, negate: negate}
	for _, item := range items {
		left, right := a.comparable("=", arg, item, location)
		m.in = append(m.in, right)
		if _, isRow := arg.(*row); !isRow {
			m.arg = left
		}
	}
	return m
}

func (a *analyzer) between(n *pg.A_Expr, s *scope) expr {
	bounds := n.Rexpr.GetList().GetItems()
	arg := a.expr(n.Lexpr, s)
	low, high := a.expr(bounds[0], s), a.expr(bounds[1], s)
	if n.Kind == pg.A_Expr_Kind_AEXPR_BETWEEN_SYM || n.Kind == pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM {
		low, high = &call{name: "least", args: []expr{low, high}, t: low.typeOf()}, &call{name: "greatest", args: []expr{low, high}, t: low.typeOf()}
	}
	b := &between{negate: n.Kind == pg.A_Expr_Kind_AEXPR_NOT_BETWEEN || n.Kind == pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM}
	_, b.high = a.comparable("<=", arg, high, n.Location)
	b.arg, b.low = a.comparable(">=", arg, low, n.Location)
	return b
}

// like analyzes LIKE and ILIKE, whose escape character is the backslash unless ESCAPE says otherwise.
func (a *analyzer) like(n *pg.A_Expr, negate, insensitive bool, s *scope) expr {
	escape := ""
	pattern := n.Rexpr
	if f := pattern.GetFuncCall(); f != nil && operatorName(f.Funcname) == "like_escape" && len(f.Funcname) == 2 {
		pattern = f.Args[0]
		text, ok := stringOf(a.expr(f.Args[1], s))
		if !ok || len(text) > 1 {
			a.fail(n.Location, codeInvalid, "", "ESCAPE takes a literal of one character")
		}
		escape = text
	}
	return newLike(rawText(a.expr(n.Lexpr, s)), rawText(a.expr(pattern, s)), insensitive, negate, escape)
}

func newLike(arg, pattern expr, insensitive, negate bool, escape string) expr {
	text, isLiteral := stringOf(pattern)
	if escape == "" && (!isLiteral || strings.Contains(text, `\`)) {
		escape = `\`
	}
	return &like{arg: arg, pattern: pattern, insensitive: insensitive, negate: negate, escape: escape}
}
