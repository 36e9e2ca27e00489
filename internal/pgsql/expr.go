package pgsql

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// condition analyzes a boolean expression. JSON and text count when they say true or false.
func (a *analyzer) condition(n *pg.Node, s *scope) expr {
	e := a.expr(n, s)
	switch t := e.typeOf(); t.kind {
	case integer, float, level, timestamp, localTime, date, timeOfDay, interval, list, point:
		a.fail(locationOf(n), codeTypes, "", "a condition must be true or false, this is %s", t.describe())
	}
	if _, isRow := e.(*row); isRow {
		a.fail(locationOf(n), codeTypes, "", "a condition cannot be a list of expressions")
	}
	return asCondition(e)
}

func asCondition(e expr) expr {
	switch e.typeOf().kind {
	case jsonValue, textual:
		return lenientBool(e)
	}
	return e
}

// expr analyzes an expression.
func (a *analyzer) expr(n *pg.Node, s *scope) expr {
	if n == nil {
		a.fail(-1, codeSyntax, "", "an expression is missing")
	}
	switch v := n.Node.(type) {
	case *pg.Node_AExpr:
		a.enter(v.AExpr.Location)
		defer a.leave()
		return a.operator(v.AExpr, s)
	case *pg.Node_FuncCall:
		a.enter(v.FuncCall.Location)
		defer a.leave()
		return a.function(v.FuncCall, s)
	case *pg.Node_TypeCast:
		a.enter(v.TypeCast.Location)
		defer a.leave()
		return a.typeCast(v.TypeCast, s)
	}
	a.enter(-1)
	defer a.leave()
	switch v := n.Node.(type) {
	case *pg.Node_ColumnRef:
		return a.columnRef(v.ColumnRef, s)
	case *pg.Node_AConst:
		return a.constant(v.AConst)
	case *pg.Node_BoolExpr:
		return a.logic(v.BoolExpr, s)
	case *pg.Node_NullTest:
		what := "IS NULL"
		if v.NullTest.Nulltesttype == pg.NullTestType_IS_NOT_NULL {
			what = "IS NOT NULL"
		}
		return &test{arg: a.expr(v.NullTest.Arg, s), what: what}
	case *pg.Node_BooleanTest:
		return &test{arg: a.condition(v.BooleanTest.Arg, s), what: booleanTests[v.BooleanTest.Booltesttype]}
	case *pg.Node_CaseExpr:
		return a.caseExpr(v.CaseExpr, s)
	case *pg.Node_CoalesceExpr:
		return a.coalesce("coalesce", a.exprs(v.CoalesceExpr.Args, s))
	case *pg.Node_MinMaxExpr:
		name := "greatest"
		if v.MinMaxExpr.Op == pg.MinMaxOp_IS_LEAST {
			name = "least"
		}
		return a.coalesce(name, a.exprs(v.MinMaxExpr.Args, s))
	case *pg.Node_SubLink:
		return a.subLink(v.SubLink, s)
	case *pg.Node_AArrayExpr:
		return newArray(a.exprs(v.AArrayExpr.Elements, s))
	case *pg.Node_RowExpr:
		return &row{items: a.exprs(v.RowExpr.Args, s)}
	case *pg.Node_AIndirection:
		return a.indirection(v.AIndirection, s)
	case *pg.Node_SqlvalueFunction:
		return a.clock(v.SqlvalueFunction)
	case *pg.Node_GroupingFunc:
		return &call{name: "grouping", args: a.exprs(v.GroupingFunc.Args, s), t: typ{kind: integer}, aggregate: true}
	case *pg.Node_JsonIsPredicate:
		return &call{name: "json_valid", args: []expr{a.expr(v.JsonIsPredicate.Expr, s)}, t: typ{kind: boolean}}
	case *pg.Node_JsonObjectConstructor, *pg.Node_JsonArrayConstructor:
		return a.jsonConstructor(n, s)
	}
	a.refuse(n)
	return nil
}

// refuse fails on an expression that is not supported.
func (a *analyzer) refuse(n *pg.Node) {
	switch v := n.Node.(type) {
	case *pg.Node_ParamRef:
		a.fail(v.ParamRef.Location, codeNotSupported, "", "parameters such as $1 are not supported")
	case *pg.Node_SetToDefault:
		a.fail(v.SetToDefault.Location, codeSyntax, "", "DEFAULT is not allowed here")
	case *pg.Node_CollateClause:
		a.fail(v.CollateClause.Location, codeNotSupported, "", "COLLATE is not supported")
	}
	a.fail(locationOf(n), codeNotSupported, "", "this kind of expression is not supported (%s)", nodeName(n))
}

// locationOf returns where a node of the parser's tree starts, or -1.
func locationOf(n *pg.Node) int32 {
	m := n.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().Get(0))
	if field == nil || field.Message() == nil {
		return -1
	}
	location := field.Message().Fields().ByName("location")
	if location == nil {
		return -1
	}
	return int32(m.Get(field).Message().Get(location).Int())
}

// nodeName names a node of the parser's tree for a message.
func nodeName(n *pg.Node) string {
	fields := n.ProtoReflect().WhichOneof(n.ProtoReflect().Descriptor().Oneofs().Get(0))
	if fields == nil {
		return "unknown"
	}
	return strings.ReplaceAll(string(fields.Name()), "_", " ")
}

var booleanTests = map[pg.BoolTestType]string{
	pg.BoolTestType_IS_TRUE: "IS TRUE", pg.BoolTestType_IS_NOT_TRUE: "IS NOT TRUE",
	pg.BoolTestType_IS_FALSE: "IS FALSE", pg.BoolTestType_IS_NOT_FALSE: "IS NOT FALSE",
	pg.BoolTestType_IS_UNKNOWN: "IS NULL", pg.BoolTestType_IS_NOT_UNKNOWN: "IS NOT NULL",
}

func (a *analyzer) exprs(nodes []*pg.Node, s *scope) []expr {
	list := make([]expr, len(nodes))
	for i, n := range nodes {
		list[i] = a.expr(n, s)
	}
	return list
}

func (a *analyzer) columnRef(n *pg.ColumnRef, s *scope) expr {
	last := n.Fields[len(n.Fields)-1]
	if last.GetAStar() != nil {
		a.fail(n.Location, codeSyntax, "", "* can only stand in a select list or in count(*)")
	}
	parts := names(n.Fields)
	switch len(parts) {
	case 1:
		return a.column(s, parts[0], n.Location)
	case 2:
		return a.qualified(s, parts[0], parts[1], n.Location)
	}
	if parts[0] == "public" && len(parts) == 3 {
		return a.qualified(s, parts[1], parts[2], n.Location)
	}
	a.unknownQualifier(s, parts[0], strings.Join(parts[1:], "."), n.Location)
	return nil
}

func (a *analyzer) constant(n *pg.A_Const) expr {
	switch v := n.Val.(type) {
	case *pg.A_Const_Ival:
		return newInt(int64(v.Ival.Ival))
	case *pg.A_Const_Fval:
		return a.number(v.Fval.Fval, n.Location)
	case *pg.A_Const_Boolval:
		return &literal{t: typ{kind: boolean}, text: strconv.FormatBool(v.Boolval.Boolval)}
	case *pg.A_Const_Sval:
		return newText(v.Sval.Sval)
	}
	if n.Isnull {
		return &literal{t: typ{kind: untyped}, null: true}
	}
	a.fail(n.Location, codeNotSupported, "", "bit strings are not supported")
	return nil
}

func newInt(i int64) *literal {
	return &literal{t: typ{kind: integer}, text: strconv.FormatInt(i, 10)}
}

func newText(s string) *literal { return &literal{t: typ{kind: untyped}, text: s} }

// number makes a literal of digits that are no int32: a large integer, or a floating point number as in DataFusion.
func (a *analyzer) number(digits string, location int32) expr {
	digits = strings.ReplaceAll(digits, "_", "")
	if i, err := strconv.ParseInt(digits, 0, 64); err == nil {
		return newInt(i)
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		a.fail(location, "22003", "", "number %.40s is out of range", digits)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if len(text) > 20 {
		text = strconv.FormatFloat(f, 'e', -1, 64)
	} else {
		text += "e0" // makes it a DOUBLE and not a DECIMAL
	}
	return &literal{t: typ{kind: float}, text: text}
}

// stringOf returns the value of a string literal.
func stringOf(e expr) (string, bool) {
	if l, ok := e.(*literal); ok && l.t.kind == untyped && !l.null {
		return l.text, true
	}
	return "", false
}

// intOf returns the value of an integer literal.
func intOf(e expr) (int64, bool) {
	if l, ok := e.(*literal); ok && l.t.kind == integer {
		i, err := strconv.ParseInt(l.text, 10, 64)
		return i, err == nil
	}
	return 0, false
}

// logic analyzes AND, OR and NOT.
func (a *analyzer) logic(n *pg.BoolExpr, s *scope) expr {
	args := make([]expr, len(n.Args))
	for i, arg := range n.Args {
		args[i] = a.condition(arg, s)
	}
	switch n.Boolop {
	case pg.BoolExprType_AND_EXPR:
		return &logic{op: "AND", args: args}
	case pg.BoolExprType_OR_EXPR:
		return &logic{op: "OR", args: args}
	}
	return &operation{op: "NOT", right: args[0], t: typ{kind: boolean}}
}

func (a *analyzer) caseExpr(n *pg.CaseExpr, s *scope) expr {
	c := &choice{}
	if n.Arg != nil {
		c.arg = a.expr(n.Arg, s)
	}
	var results []expr
	for _, node := range n.Args {
		w := node.GetCaseWhen()
		var cond expr
		if c.arg == nil {
			cond = a.condition(w.Expr, s)
		} else {
			cond = a.expr(w.Expr, s)
			// A CASE of the level compares with names too.
			if _, right := a.comparable("=", c.arg, cond, w.Location); c.arg.typeOf().kind == level {
				cond = right
			}
		}
		result := a.expr(w.Result, s)
		results = append(results, result)
		c.whens = append(c.whens, when{cond: cond, result: result})
	}
	if n.Defresult != nil {
		c.other = a.expr(n.Defresult, s)
		results = append(results, c.other)
	}
	results = unify(results)
	for i := range c.whens {
		c.whens[i].result = results[i]
	}
	if c.other != nil {
		c.other = results[len(results)-1]
	}
	return newChoice(c.arg, c.whens, c.other)
}

// coalesce makes a call whose arguments share a type, which is the result's.
func (a *analyzer) coalesce(name string, args []expr) expr {
	args = unify(args)
	c := &call{name: name, args: args}
	for _, arg := range args {
		if c.t = arg.typeOf(); c.t.kind != untyped && c.t.kind != unknown {
			break
		}
	}
	if c.t.kind == untyped {
		c.t = typ{kind: textual}
	}
	return c
}

// unify gives the branches of COALESCE, CASE and their like one type where engines would refuse, or parse text as JSON:
// beside text everything is text, and JSON beside numbers is read as a number.
func unify(list []expr) []expr {
	var json, numbers, texts, literals, bools int
	for _, e := range list {
		switch t := e.typeOf(); {
		case t.kind == jsonValue:
			json++
		case t.numeric():
			numbers++
		case t.kind == boolean:
			bools++
		case t.kind == textual:
			texts++
		case t.kind == untyped && !isNull(e):
			literals++
		}
	}
	unified := make([]expr, len(list))
	for i, e := range list {
		t := e.typeOf()
		switch {
		case t.kind == jsonValue && texts+literals > 0:
			e = toText(e)
		case t.kind == jsonValue && numbers > 0:
			e = lenientFloat(e)
		case t.kind == jsonValue && bools > 0:
			e = lenientBool(e)
		case (t.numeric() || t.kind == boolean) && (texts > 0 || json > 0 && literals > 0):
			e = &cast{arg: e, to: castType{t: typ{kind: textual}}}
		}
		unified[i] = e
	}
	return unified
}

// toText returns JSON as the text that ->> gives, and other expressions as they are.
func toText(e expr) expr {
	if e.typeOf().kind != jsonValue {
		return e
	}
	if get, ok := e.(*jsonGet); ok && get.mode == jsonAsValue {
		return get.withMode(jsonAsText)
	}
	return &call{name: "json_unquote", args: []expr{e}, t: typ{kind: textual}}
}

// rawText returns JSON as its text, quotes and all: what a JSON column holds.
func rawText(e expr) expr {
	if e.typeOf().kind != jsonValue {
		return e
	}
	return &cast{arg: e, to: castType{t: typ{kind: textual}}}
}

func lenientFloat(e expr) expr {
	return &cast{arg: toText(e), to: castType{t: typ{kind: float}}, lenient: true}
}

func lenientInt(e expr) expr {
	return &cast{arg: &call{name: "lf_integer", args: []expr{toText(e)}, t: typ{kind: textual}}, to: castType{t: typ{kind: integer}}, lenient: true}
}

func lenientBool(e expr) expr {
	return newChoice(toText(e), []when{
		{newText("true"), &literal{t: typ{kind: boolean}, text: "true"}},
		{newText("false"), &literal{t: typ{kind: boolean}, text: "false"}},
	}, nil)
}

// newArray makes a list literal.
func newArray(items []expr) expr {
	var elem typ
	for _, e := range items {
		if elem = e.typeOf(); elem.kind != untyped {
			break
		}
	}
	if elem.kind == untyped {
		elem = typ{kind: textual}
	}
	return &array{items: items, t: listOf(elem)}
}

func (a *analyzer) subLink(n *pg.SubLink, s *scope) expr {
	q := a.query(n.Subselect.GetSelectStmt(), s, s.ctes)
	switch n.SubLinkType {
	case pg.SubLinkType_EXISTS_SUBLINK:
		return &subquery{q: q, exists: true}
	case pg.SubLinkType_EXPR_SUBLINK:
		a.width(q, 1, n.Location)
		return &subquery{q: q}
	case pg.SubLinkType_ARRAY_SUBLINK:
		a.width(q, 1, n.Location)
		return &call{name: "array_subquery", args: []expr{&subquery{q: q}}, t: listOf(q.columns()[0].t)}
	case pg.SubLinkType_ANY_SUBLINK, pg.SubLinkType_ALL_SUBLINK:
		arg := a.expr(n.Testexpr, s)
		if r, ok := arg.(*row); ok {
			a.width(q, len(r.items), n.Location)
		} else {
			a.width(q, 1, n.Location)
			arg = toText(arg)
			if k := arg.typeOf().kind; k == textual || k == untyped {
				q.unquote(0)
			}
		}
		if n.SubLinkType == pg.SubLinkType_ANY_SUBLINK && len(n.OperName) == 0 {
			return &subquery{q: q, arg: arg}
		}
		return &quantified{arg: arg, op: a.comparison(operatorName(n.OperName), n.Location), all: n.SubLinkType == pg.SubLinkType_ALL_SUBLINK, sub: q}
	}
	a.fail(n.Location, codeNotSupported, "", "this kind of subquery is not supported")
	return nil
}

func (a *analyzer) width(q *query, want int, location int32) {
	if got := len(q.columns()); got != want {
		a.fail(location, codeSyntax, "", "the subquery must return %d column(s), not %d", want, got)
	}
}

// indirection analyzes list[i], list[i:j]. Fields of structs are not for users.
func (a *analyzer) indirection(n *pg.A_Indirection, s *scope) expr {
	e := a.expr(n.Arg, s)
	if len(n.Indirection) > maxNesting {
		a.fail(locationOf(n.Arg), codeTooComplex, "", "too many subscripts")
	}
	for _, node := range n.Indirection {
		index := node.GetAIndices()
		if index == nil {
			a.fail(locationOf(n.Arg), codeNotSupported, "", "fields of a struct cannot be read with a dot")
		}
		if t := e.typeOf(); t.kind == jsonValue || t.kind == textual {
			hint := "use -> with an index that counts from 0"
			a.fail(locationOf(n.Arg), codeTypes, hint, "a subscript needs a list, this is %s", t.describe())
		}
		var from, to expr
		if index.Lidx != nil {
			from = a.expr(index.Lidx, s)
		}
		if index.Uidx != nil {
			to = a.expr(index.Uidx, s)
		}
		if index.IsSlice {
			e = newSlice(e, from, to)
		} else {
			e = newSubscript(e, to)
		}
	}
	return e
}

func (t typ) describe() string {
	switch t.kind {
	case boolean:
		return "a boolean"
	case integer:
		return "an integer"
	case float:
		return "a double"
	case untyped, textual:
		return "text"
	case jsonValue:
		return "JSON"
	case timestamp, localTime:
		return "a timestamp"
	case date:
		return "a date"
	case timeOfDay:
		return "a time"
	case interval:
		return "an interval"
	case list:
		return "a list"
	case point:
		return "a metric value"
	case level:
		return "a level"
	}
	return "another type"
}

// moment is what now() means: the engine's clock, or the time that the asker set in its place.
func (a *analyzer) moment() expr {
	if a.o.At.IsZero() {
		return &call{name: "now", t: typ{kind: timestamp}}
	}
	return &cast{arg: newText(a.o.At.UTC().Format("2006-01-02 15:04:05.000000+00")), to: castType{t: typ{kind: timestamp}}}
}

// today is what current_date means, in the session's time zone.
func (a *analyzer) today() expr {
	if a.o.At.IsZero() {
		return &call{name: "current_date", t: typ{kind: date}}
	}
	return &cast{arg: a.moment(), to: castType{t: typ{kind: date}}}
}

// clock analyzes current_timestamp and its like.
func (a *analyzer) clock(n *pg.SQLValueFunction) expr {
	switch n.Op {
	case pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP, pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N:
		return a.moment()
	case pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP, pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:
		return &cast{arg: a.moment(), to: castType{t: typ{kind: localTime}}}
	case pg.SQLValueFunctionOp_SVFOP_CURRENT_DATE:
		return a.today()
	case pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME, pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N,
		pg.SQLValueFunctionOp_SVFOP_LOCALTIME, pg.SQLValueFunctionOp_SVFOP_LOCALTIME_N:
		return &cast{arg: a.moment(), to: castType{t: typ{kind: timeOfDay}}}
	}
	a.fail(n.Location, codeNotSupported, "", "this function is not supported")
	return nil
}
