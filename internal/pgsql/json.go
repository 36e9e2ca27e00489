package pgsql

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/hearth-dev/hearth/internal/record"
)

var isJSONOperator = map[string]bool{"->": true, "->>": true, "?": true, "?|": true, "?&": true, "#>": true, "#>>": true}

// jsonOperator analyzes -> ->> ? and their like.
//
// PostgreSQL gives || and -> the same precedence, so that 'a' || x->>'k' reads (('a' || x) ->> 'k'). Nobody means that:
// unless brackets say so, the JSON operator takes only what stands right before it.
func (a *analyzer) jsonOperator(n *pg.A_Expr, op string, s *scope) expr {
	if outer := n.Lexpr.GetAExpr(); a.bindsLooser(outer, n.Location) {
		inner := &pg.A_Expr{Kind: n.Kind, Name: n.Name, Lexpr: outer.Rexpr, Rexpr: n.Rexpr, Location: n.Location}
		left := a.expr(outer.Lexpr, s)
		return a.binary(operatorName(outer.Name), left, a.jsonOperator(inner, op, s), outer.Location)
	}
	base := a.expr(n.Lexpr, s)
	a.checkJSON(base, n.Location)
	switch op {
	case "?":
		return a.get(s, base, []jsonStep{a.step(a.expr(n.Rexpr, s), n.Location)}, jsonExists)
	case "?|", "?&":
		return a.anyKey(s, base, a.expr(n.Rexpr, s), op, n.Location)
	case "#>", "#>>":
		mode := jsonAsValue
		if op == "#>>" {
			mode = jsonAsText
		}
		return a.get(s, base, a.pathOf(a.expr(n.Rexpr, s), n.Location), mode)
	}
	mode := jsonAsValue
	if op == "->>" {
		mode = jsonAsText
	}
	if c := n.Rexpr.GetTypeCast(); c != nil && c.Arg.GetAConst() != nil {
		a.fail(c.Location, codeTypes, "put brackets around the read: (… "+op+" '…')::type", "the cast applies to the key")
	}
	a.checkKey(n, op)
	return a.get(s, base, []jsonStep{a.step(a.expr(n.Rexpr, s), n.Location)}, mode)
}

// checkKey explains why attributes->'n' + 1 fails: + binds tighter.
func (a *analyzer) checkKey(n *pg.A_Expr, op string) {
	sum := n.Rexpr.GetAExpr()
	if sum == nil || sum.Lexpr.GetAConst().GetSval() == nil || !strings.Contains("+-*/%", operatorName(sum.Name)) {
		return
	}
	a.fail(sum.Location, codeTypes, "put brackets around the read: (… "+op+" '…') "+operatorName(sum.Name)+" …", "operator %s binds tighter than %s", operatorName(sum.Name), op)
}

// bindsLooser tells whether the left operand of a JSON operator at location is an operator of the same precedence
// without brackets around it.
func (a *analyzer) bindsLooser(outer *pg.A_Expr, location int32) bool {
	if outer == nil || outer.Kind != pg.A_Expr_Kind_AEXPR_OP || outer.Lexpr == nil || isJSONOperator[operatorName(outer.Name)] {
		return false
	}
	at, operatorAt := a.st.origin(int(location)), a.st.origin(int(outer.Location))
	i := a.st.tokenAt(at)
	if i <= 0 || a.st.word(i-1) != ")" {
		return true
	}
	open := a.st.matchingOpen(i - 1)
	return open < 0 || a.st.tokens[open].start > operatorAt
}

// tokenAt returns the index of the token that starts at a byte offset, or -1.
func (st *statement) tokenAt(offset int) int {
	low, high := 0, len(st.tokens)
	for low < high {
		mid := (low + high) / 2
		if st.tokens[mid].start < offset {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < len(st.tokens) && st.tokens[low].start == offset {
		return low
	}
	return -1
}

// matchingOpen returns the index of the bracket that token i closes, or -1.
func (st *statement) matchingOpen(i int) int {
	depth := 0
	for ; i >= 0; i-- {
		switch st.tokens[i].word {
		case ")":
			depth++
		case "(":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

func (a *analyzer) checkJSON(base expr, location int32) {
	switch t := base.typeOf(); t.kind {
	case jsonValue, textual, untyped, unknown:
	default:
		a.fail(location, codeTypes, "", "JSON operators need JSON or text on the left, this is %s", t.describe())
	}
}

// step reads a key or index of a path.
func (a *analyzer) step(key expr, location int32) jsonStep {
	if text, ok := stringOf(key); ok {
		return jsonStep{key: text}
	}
	if i, ok := intOf(key); ok {
		return jsonStep{index: i, isIndex: true}
	}
	switch key.typeOf().kind {
	case integer, level, textual, jsonValue, unknown:
		return jsonStep{dynamic: toText(key)}
	}
	a.fail(location, codeTypes, "", "a JSON key is text or an integer, not %s", key.typeOf().describe())
	return jsonStep{}
}

// pathOf reads the list of keys of #> and of the json_ functions.
func (a *analyzer) pathOf(e expr, location int32) []jsonStep {
	keys, ok := e.(*array)
	if !ok || len(keys.items) == 0 {
		a.fail(location, codeNotSupported, "write #>> ARRAY['a', 'b']", "a JSON path must be a list of keys")
	}
	path := make([]jsonStep, len(keys.items))
	for i, key := range keys.items {
		path[i] = a.step(key, location)
		if n, err := strconv.ParseInt(path[i].key, 10, 64); err == nil && path[i].dynamic == nil {
			path[i] = jsonStep{index: n, isIndex: true} // in PostgreSQL a path is text, digits are indexes
		}
	}
	return path
}

func (a *analyzer) anyKey(s *scope, base, keys expr, op string, location int32) expr {
	items, ok := keys.(*array)
	if !ok || len(items.items) == 0 {
		a.fail(location, codeNotSupported, "", "%s needs a list of keys", op)
	}
	l := &logic{op: "OR"}
	if op == "?&" {
		l.op = "AND"
	}
	for _, key := range items.items {
		l.args = append(l.args, a.get(s, base, []jsonStep{a.step(key, location)}, jsonExists))
	}
	return l
}

// get reads inside JSON. Reads inside reads become one path where -> joins them; reads of attributes go to where the
// key is stored.
func (a *analyzer) get(s *scope, base expr, path []jsonStep, mode jsonMode) expr {
	if inner, ok := base.(*jsonGet); ok && inner.mode == jsonAsValue && !contains(inner, isUnnest) {
		return inner.extended(path, mode)
	}
	c, ok := base.(*column)
	if !ok || !c.col.attributes || s.wholeAttributes && !s.inAggregate {
		return &jsonGet{base: base, path: path, mode: mode}
	}
	return getAttribute(c, path, mode)
}

// getAttribute reads a key of the column attributes of records.
//
// A hot key's column is NULL both where the key is missing and where it is JSON null: attributes ? 'hot key' is false
// for a null, unlike for other keys. That is the price of not reading the JSON of every row.
func getAttribute(c *column, path []jsonStep, mode jsonMode) expr {
	first := path[0]
	whole := &jsonGet{base: c, path: path, mode: mode}
	if first.dynamic != nil {
		small, large := physical(c, record.ColAttributes, jsonValue), physical(c, record.ColLargeAttributes, jsonValue)
		if small == nil || large == nil || contains(first.dynamic, isUnnest) {
			return whole
		}
		parts := []expr{&jsonGet{base: small, path: path, mode: mode}, &jsonGet{base: large, path: path, mode: mode}}
		if mode == jsonExists {
			return &logic{op: "OR", args: parts}
		}
		return &call{name: "coalesce", args: parts, t: whole.typeOf()}
	}
	if first.isIndex {
		return whole
	}
	if _, hot := record.HotIndex(first.key); hot && len(path) == 1 && mode != jsonAsValue {
		if stored := physical(c, record.HotColumn(first.key), textual); stored != nil {
			if mode == jsonExists {
				return &test{arg: stored, what: "IS NOT NULL"}
			}
			return stored
		}
	}
	name := record.ColAttributes
	if record.Bulky(first.key) {
		name = record.ColLargeAttributes
	}
	if stored := physical(c, name, jsonValue); stored != nil {
		return &jsonGet{base: stored, path: path, mode: mode, attributes: c}
	}
	return whole
}

// physical returns the stored column of that name beside attributes, or nil when it cannot be reached. Queries between
// the table and c are made to pass it on.
func physical(c *column, name string, kind typeKind) expr {
	if c.rel.table != nil {
		return &column{rel: c.rel, col: c.rel.storedColumn(name, kind)}
	}
	q := c.rel.sub
	if c.rel.cte != nil && !c.rel.cte.working {
		q = c.rel.cte.q
	}
	if q == nil || q.op != "" || q.distinct || q.grouped || q.rows != nil || c.col.item == nil {
		return nil
	}
	inner, ok := c.col.item.e.(*column)
	if !ok || !inner.col.attributes {
		return nil
	}
	stored, ok := physical(inner, name, kind).(*column)
	if !ok {
		return nil
	}
	return &column{rel: c.rel, col: c.rel.exported(q, stored, c.col.item.ref, name, kind)}
}

// storedColumn returns a column of a table that no user sees.
func (rel *relation) storedColumn(name string, kind typeKind) *relColumn {
	if rel.hidden == nil {
		rel.hidden = map[string]*relColumn{}
	}
	if rel.hidden[name] == nil {
		rel.hidden[name] = &relColumn{name: name, ref: name, t: typ{kind: kind}}
	}
	return rel.hidden[name]
}

// exported makes q pass a stored column on to rel, which reads q, and returns it as rel's.
func (rel *relation) exported(q *query, stored *column, beside, name string, kind typeKind) *relColumn {
	ref := "lf_" + beside + "." + name
	known := false
	for _, it := range q.items {
		known = known || it.hidden && it.ref == ref
	}
	if !known {
		q.items = append(q.items, &item{e: stored, name: ref, ref: ref, hidden: true})
	}
	if rel.hidden == nil {
		rel.hidden = map[string]*relColumn{}
	}
	if rel.hidden[ref] == nil {
		rel.hidden[ref] = &relColumn{name: ref, ref: ref, t: typ{kind: kind}}
	}
	return rel.hidden[ref]
}

// extended returns a read further inside.
func (e *jsonGet) extended(path []jsonStep, mode jsonMode) expr {
	whole := append(append([]jsonStep{}, e.path...), path...)
	if e.attributes != nil {
		return getAttribute(e.attributes, whole, mode)
	}
	return &jsonGet{base: e.base, path: whole, mode: mode}
}

// withMode returns the same read in another mode, from where that mode is best read.
func (e *jsonGet) withMode(mode jsonMode) expr { return e.extended(nil, mode) }

// jsonConstructor analyzes json_object('a': 1) and json_array(1, 2).
func (a *analyzer) jsonConstructor(n *pg.Node, s *scope) expr {
	c := &call{t: typ{kind: jsonValue}}
	if o := n.GetJsonObjectConstructor(); o != nil {
		c.name = "json_object"
		for _, node := range o.Exprs {
			pair := node.GetJsonKeyValue()
			c.args = append(c.args, a.expr(pair.Key, s), quotable(a.expr(pair.Value.RawExpr, s)))
		}
		return c
	}
	c.name = "json_array"
	for _, node := range n.GetJsonArrayConstructor().Exprs {
		c.args = append(c.args, quotable(a.expr(node.GetJsonValueExpr().RawExpr, s)))
	}
	return c
}
