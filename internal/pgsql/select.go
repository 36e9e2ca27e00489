package pgsql

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/hearth-dev/hearth/internal/record"
)

// analyzer turns the parser's tree into a checked one. It serves one statement.
type analyzer struct {
	st    *statement
	o     Options
	names map[string]bool // of relations, in lower case
	ctes  map[string]bool
	depth int
}

// maxDepth bounds how deep expressions and queries nest. DuckDB's own bound is 1000, and rewriting adds levels.
const maxDepth = 300

func (a *analyzer) enter(location int32) {
	a.depth++
	if a.depth > maxDepth {
		a.fail(location, codeTooComplex, "", "the statement is nested too deeply")
	}
}

func (a *analyzer) leave() { a.depth-- }

// query analyzes a query expression. around is the scope it may be correlated with, or nil.
func (a *analyzer) query(n *pg.SelectStmt, around *scope, ctes *cteScope) *query {
	a.enter(-1)
	defer a.leave()
	if n == nil {
		a.fail(-1, codeNotSupported, "", "only SELECT can stand here")
	}
	switch {
	case n.IntoClause != nil:
		a.fail(n.IntoClause.GetRel().GetLocation(), codeNotSupported, "", "SELECT INTO is not supported: statements only read")
	case len(n.LockingClause) > 0:
		a.fail(-1, codeNotSupported, "", "FOR UPDATE and FOR SHARE are not supported: statements only read")
	case n.LimitOption == pg.LimitOption_LIMIT_OPTION_WITH_TIES:
		a.fail(-1, codeNotSupported, "", "WITH TIES is not supported")
	}
	q := &query{}
	ctes = a.with(q, n.WithClause, around, ctes)
	switch {
	case n.Op != pg.SetOperation_SETOP_NONE:
		q.op = setOperator(n)
		q.left = a.query(n.Larg, around, ctes)
		q.right = a.query(n.Rarg, around, ctes)
		a.finishSet(q, n, around, ctes)
	case len(n.ValuesLists) > 0:
		a.values(q, n, around, ctes)
		a.finishSet(q, n, around, ctes)
	default:
		a.simple(q, n, around, ctes)
	}
	return q
}

func setOperator(n *pg.SelectStmt) string {
	op := map[pg.SetOperation]string{
		pg.SetOperation_SETOP_UNION: "UNION", pg.SetOperation_SETOP_INTERSECT: "INTERSECT", pg.SetOperation_SETOP_EXCEPT: "EXCEPT",
	}[n.Op]
	if n.All {
		op += " ALL"
	}
	return op
}

// with analyzes the common table expressions of a query and returns the scope that holds them.
func (a *analyzer) with(q *query, n *pg.WithClause, around *scope, ctes *cteScope) *cteScope {
	if n == nil {
		return ctes
	}
	q.recursive = n.Recursive
	for _, node := range n.Ctes {
		t := node.GetCommonTableExpr()
		if t.SearchClause != nil || t.CycleClause != nil {
			a.fail(t.Location, codeNotSupported, "", "SEARCH and CYCLE are not supported")
		}
		for _, other := range q.ctes {
			if other.name == t.Ctename {
				a.fail(t.Location, codeDuplicateAlias, "", "WITH name %q is given twice", t.Ctename)
			}
		}
		c := &cte{name: t.Ctename, ref: a.uniqueCTE(t.Ctename)}
		switch t.Ctematerialized {
		case pg.CTEMaterialize_CTEMaterializeAlways:
			c.hint = "MATERIALIZED"
		case pg.CTEMaterialize_CTEMaterializeNever:
			c.hint = "NOT MATERIALIZED"
		}
		body := t.Ctequery.GetSelectStmt()
		if body == nil {
			a.fail(t.Location, codeNotSupported, "", "WITH can only hold SELECT: statements only read")
		}
		if n.Recursive && body.Op == pg.SetOperation_SETOP_UNION {
			a.recursiveCTE(c, t, body, around, ctes)
		} else {
			c.q = a.query(body, around, ctes)
			a.nameCTE(c, t)
		}
		q.ctes = append(q.ctes, c)
		ctes = &cteScope{parent: ctes, cte: c}
	}
	return ctes
}

// uniqueCTE returns the text's name for a common table expression: one that no table of a store has.
func (a *analyzer) uniqueCTE(name string) string {
	name = "lf_" + strings.ToLower(name)
	base := name
	for i := 2; a.ctes[name]; i++ {
		name = base + "_" + strconv.Itoa(i)
	}
	a.ctes[name] = true
	return name
}

func (a *analyzer) nameCTE(c *cte, n *pg.CommonTableExpr) {
	first := c.q
	for first.op != "" {
		first = first.left
	}
	c.cols = first.columns()
	if len(n.Aliascolnames) > len(c.cols) {
		a.fail(n.Location, "42P10", "", "WITH %q has %d columns, but %d names are given", c.name, len(c.cols), len(n.Aliascolnames))
	}
	for i, alias := range n.Aliascolnames {
		c.cols[i].name = alias.GetString_().GetSval()
	}
}

// recursiveCTE analyzes a UNION whose right side may read the expression itself.
func (a *analyzer) recursiveCTE(c *cte, n *pg.CommonTableExpr, body *pg.SelectStmt, around *scope, ctes *cteScope) {
	c.q = &query{op: setOperator(body)}
	c.working = true
	inner := a.with(c.q, body.WithClause, around, ctes)
	c.q.left = a.query(body.Larg, around, inner)
	a.nameCTE(c, n)
	c.q.right = a.query(body.Rarg, around, &cteScope{parent: inner, cte: c})
	a.finishSet(c.q, body, around, inner)
	for _, col := range c.cols {
		col.notNull = false
	}
}

// values analyzes VALUES (…), (…).
func (a *analyzer) values(q *query, n *pg.SelectStmt, around *scope, ctes *cteScope) {
	s := &scope{parent: around, ctes: ctes}
	for _, list := range n.ValuesLists {
		var cells []expr
		for _, cell := range list.GetList().GetItems() {
			cells = append(cells, a.expr(cell, s))
		}
		if len(q.rows) > 0 && len(cells) != len(q.rows[0]) {
			a.fail(-1, codeSyntax, "", "VALUES lists must all be of the same length")
		}
		q.rows = append(q.rows, cells)
	}
	for i, e := range q.rows[0] {
		name := "column" + strconv.Itoa(i+1)
		q.items = append(q.items, &item{e: e, name: name, ref: name})
	}
}

// finishSet analyzes ORDER BY and LIMIT of a set operation or VALUES, which know only the output columns.
func (a *analyzer) finishSet(q *query, n *pg.SelectStmt, around *scope, ctes *cteScope) {
	columns := q.columns()
	if q.op != "" && len(q.right.columns()) != len(columns) {
		a.fail(-1, codeSyntax, "", "each side of %s must have the same number of columns", q.op)
	}
	if q.op != "" {
		q.alignJSON()
		columns = q.columns()
	}
	for _, node := range n.SortClause {
		by := node.GetSortBy()
		i := a.outputIndex(by.Node, columns)
		if i < 0 {
			a.fail(by.Location, codeNotSupported, "wrap it: SELECT * FROM (…) ORDER BY …", "ORDER BY after %s takes the names or positions of output columns", "UNION, INTERSECT, EXCEPT or VALUES")
		}
		q.order = append(q.order, a.sortKey(by, &ordinal{n: i + 1, t: columns[i].t}))
	}
	a.limits(q, n, &scope{parent: around, ctes: ctes})
}

// alignJSON makes columns text on both sides of a set operation where only one side is JSON: engines would instead
// parse the other side's text as JSON.
func (q *query) alignJSON() {
	right := q.right.columns()
	for i, left := range q.left.columns() {
		switch {
		case left.t.kind == jsonValue && right[i].t.kind == textual:
			q.left.unquote(i)
		case left.t.kind == textual && right[i].t.kind == jsonValue:
			q.right.unquote(i)
		}
	}
}

// unquote makes output column i text where it is JSON.
func (q *query) unquote(i int) {
	if q.op != "" {
		q.left.unquote(i)
		q.right.unquote(i)
		return
	}
	for _, it := range q.items {
		if it.hidden {
			continue
		}
		if i == 0 && it.e.typeOf().kind == jsonValue {
			// Not ->> in place of ->: GROUP BY may name the expression as it is.
			it.e = &call{name: "json_unquote", args: []expr{it.e}, t: typ{kind: textual}}
		}
		i--
	}
}

// outputIndex returns which output column a bare name or a position means, or -1.
func (a *analyzer) outputIndex(n *pg.Node, columns []*relColumn) int {
	if c := n.GetAConst(); c != nil {
		if i, ok := c.Val.(*pg.A_Const_Ival); ok {
			at := int(i.Ival.Ival)
			if at < 1 || at > len(columns) {
				a.fail(c.Location, "42P10", "", "position %d is not in the select list", at)
			}
			return at - 1
		}
		return -1
	}
	if ref := n.GetColumnRef(); ref != nil && len(ref.Fields) == 1 && ref.Fields[0].GetString_() != nil {
		for i, c := range columns {
			if strings.EqualFold(c.name, ref.Fields[0].GetString_().Sval) {
				return i
			}
		}
	}
	return -1
}

// simple analyzes a SELECT without set operation.
func (a *analyzer) simple(q *query, n *pg.SelectStmt, around *scope, ctes *cteScope) {
	s := &scope{parent: around, ctes: ctes}
	for _, node := range n.FromClause {
		element, ns := a.fromItem(node, s)
		for _, rel := range ns.rels {
			if rel.alias != "" && s.relation(rel.alias) != nil {
				a.fail(-1, codeDuplicateAlias, "give one of them an alias", "table name %q is used twice", rel.alias)
			}
		}
		q.from = append(q.from, element)
		s.add(ns)
	}
	s.wholeAttributes = groupsByAttributes(n.GroupClause)
	qualify := a.windows(s, n.WindowClause)
	for i, node := range n.TargetList {
		a.target(q, node.GetResTarget(), i, s)
	}
	if len(q.items) == 0 {
		a.fail(-1, codeSyntax, "", "the select list is empty")
	}
	uniqueRefs(q.items)
	s.items = q.items
	if n.WhereClause != nil {
		q.where = a.condition(n.WhereClause, s)
		a.tighten(q.where, s)
	}
	a.groupBy(q, n, s)
	if n.HavingClause != nil {
		q.having = a.condition(n.HavingClause, s)
	}
	if qualify != nil {
		q.qualify = a.condition(qualify, s)
	}
	a.distinct(q, n, s)
	for _, node := range n.SortClause {
		q.order = append(q.order, a.orderBy(q, node.GetSortBy(), s))
	}
	a.limits(q, n, s)
	a.liftUnnest(q)
	a.giveNeighbours(q)
}

// groupsByAttributes tells whether GROUP BY names the column attributes itself.
func groupsByAttributes(nodes []*pg.Node) bool {
	for _, n := range nodes {
		if ref := n.GetColumnRef(); ref != nil && ref.Fields[len(ref.Fields)-1].GetString_().GetSval() == record.ColAttributes {
			return true
		}
	}
	return false
}

// maxColumns bounds the columns of one SELECT.
const maxColumns = 2000

// target analyzes one select item, which a star makes several.
func (a *analyzer) target(q *query, n *pg.ResTarget, index int, s *scope) {
	if len(q.items) > maxColumns {
		a.fail(n.Location, codeTooComplex, "", "the select list has more than %d columns", maxColumns)
	}
	if len(n.Indirection) > 0 {
		a.fail(n.Location, codeSyntax, "", "this is not a select item")
	}
	if ref := n.Val.GetColumnRef(); ref != nil && ref.Fields[len(ref.Fields)-1].GetAStar() != nil {
		a.star(q, ref, s)
		return
	}
	e := a.expr(n.Val, s)
	name := n.Name
	if name == "" {
		name = a.outputName(n, index)
	}
	q.items = append(q.items, &item{e: e, name: name, notNull: neverNull(e)})
}

// neverNull tells what the catalogue and the nature of count promise.
func neverNull(e expr) bool {
	switch e := e.(type) {
	case *column:
		return e.col.notNull && !e.rel.nullable
	case *call:
		return e.name == "count" && e.over == nil
	}
	return false
}

// star expands * and relation.*.
func (a *analyzer) star(q *query, ref *pg.ColumnRef, s *scope) {
	rels := s.rels
	if len(ref.Fields) == 2 {
		name := ref.Fields[0].GetString_().GetSval()
		rel := a.findRelation(s, name)
		if rel == nil {
			a.unknownQualifier(s, name, "*", ref.Location)
		}
		rels = []*relation{rel}
	}
	if len(ref.Fields) > 2 || len(rels) == 0 {
		a.fail(ref.Location, codeSyntax, "", "* needs a table in FROM")
	}
	excluded := a.st.excluded[a.st.origin(int(ref.Location))]
	used := map[string]bool{}
	for _, rel := range rels {
		for _, col := range rel.cols {
			if len(ref.Fields) == 1 && s.suppressed[col] {
				continue
			}
			if isExcluded(excluded, col.name) {
				used[strings.ToLower(col.name)] = true
				continue
			}
			e := s.read(rel, col)
			q.items = append(q.items, &item{e: e, name: col.name, notNull: neverNull(e)})
		}
	}
	for _, x := range excluded {
		if !used[strings.ToLower(x.name)] {
			panic(failure{a.st.errorAt(x.at, codeUnknownColumn, "column \""+x.name+"\" is not in *", "")})
		}
	}
}

func isExcluded(excluded []excludedColumn, name string) bool {
	for _, x := range excluded {
		if strings.EqualFold(x.name, name) {
			return true
		}
	}
	return false
}

// uniqueRefs gives each item a name of its own in the text.
func uniqueRefs(items []*item) {
	taken := map[string]bool{}
	repeats := map[string]int{}
	for _, it := range items {
		ref := it.name
		for taken[strings.ToLower(ref)] {
			repeats[it.name]++
			ref = it.name + "_" + strconv.Itoa(repeats[it.name])
		}
		taken[strings.ToLower(ref)] = true
		it.ref = ref
	}
}

// groupBy analyzes GROUP BY.
func (a *analyzer) groupBy(q *query, n *pg.SelectStmt, s *scope) {
	if n.GroupDistinct {
		a.fail(-1, codeNotSupported, "", "GROUP BY DISTINCT is not supported")
	}
	for _, node := range n.GroupClause {
		if ref := node.GetColumnRef(); ref != nil && len(n.GroupClause) == 1 && ref.Fields[0].GetString_().GetSval() == groupByAll {
			q.grouped = true
			for i, it := range q.items {
				if !contains(it.e, isAggregate) {
					q.group = append(q.group, grouping{e: &ordinal{n: i + 1, t: it.e.typeOf()}})
				}
			}
			return
		}
	}
	for _, node := range n.GroupClause {
		q.grouped = true
		q.group = append(q.group, a.groupElement(q, node, s))
	}
}

func (a *analyzer) groupElement(q *query, node *pg.Node, s *scope) grouping {
	a.enter(-1)
	defer a.leave()
	var content []*pg.Node
	g := grouping{}
	switch {
	case node.GetGroupingSet() != nil:
		set := node.GetGroupingSet()
		content = set.Content
		switch set.Kind {
		case pg.GroupingSetKind_GROUPING_SET_ROLLUP:
			g.set = "ROLLUP"
		case pg.GroupingSetKind_GROUPING_SET_CUBE:
			g.set = "CUBE"
		case pg.GroupingSetKind_GROUPING_SET_SETS:
			g.set = "GROUPING SETS"
		}
	case node.GetRowExpr() != nil:
		content = node.GetRowExpr().Args
	default:
		return grouping{e: a.groupKey(q, node, s)}
	}
	g.sets = []grouping{}
	for _, n := range content {
		g.sets = append(g.sets, a.groupElement(q, n, s))
	}
	return g
}

// groupKey analyzes one expression of GROUP BY: a position, a column, an alias, or any expression. A column goes before
// an alias of the same name.
func (a *analyzer) groupKey(q *query, node *pg.Node, s *scope) expr {
	ref := node.GetColumnRef()
	isColumn := ref != nil && len(ref.Fields) == 1 && len(s.lookup(ref.Fields[0].GetString_().GetSval())) > 0
	if !isColumn {
		if i := a.outputIndex(node, visible(q.items)); i >= 0 {
			return &ordinal{n: i + 1, t: q.items[i].e.typeOf()}
		}
	}
	return a.expr(node, s)
}

// visible returns the items as columns, in order.
func visible(items []*item) []*relColumn {
	columns := make([]*relColumn, len(items))
	for i, it := range items {
		columns[i] = &relColumn{name: it.name, ref: it.ref, t: it.e.typeOf()}
	}
	return columns
}

// distinct analyzes DISTINCT and DISTINCT ON.
func (a *analyzer) distinct(q *query, n *pg.SelectStmt, s *scope) {
	if len(n.DistinctClause) == 0 {
		return
	}
	if n.DistinctClause[0].GetNode() == nil {
		q.distinct = true
		return
	}
	for _, node := range n.DistinctClause {
		if i := a.outputIndex(node, visible(q.items)); i >= 0 {
			q.distinctOn = append(q.distinctOn, q.items[i].e)
			continue
		}
		q.distinctOn = append(q.distinctOn, a.expr(node, s))
	}
}

// orderBy analyzes one key of ORDER BY: an alias or position, which goes before a column, or any expression.
func (a *analyzer) orderBy(q *query, n *pg.SortBy, s *scope) sortKey {
	if i := a.outputIndex(n.Node, visible(q.items)); i >= 0 {
		return a.sortKey(n, &ordinal{n: i + 1, t: q.items[i].e.typeOf()})
	}
	if c := n.Node.GetAConst(); c.GetSval() != nil { // engines refuse it or ignore it
		a.fail(c.Location, codeSyntax, "to choose by a variable: CASE $by WHEN 'name' THEN name END", "a text orders nothing")
	}
	return a.sortKey(n, a.expr(n.Node, s))
}

func (a *analyzer) sortKey(n *pg.SortBy, e expr) sortKey {
	if len(n.UseOp) > 0 {
		a.fail(n.Location, codeNotSupported, "", "ORDER BY USING is not supported")
	}
	key := sortKey{e: e, descending: n.SortbyDir == pg.SortByDir_SORTBY_DESC}
	switch n.SortbyNulls {
	case pg.SortByNulls_SORTBY_NULLS_FIRST:
		key.nulls = "FIRST"
	case pg.SortByNulls_SORTBY_NULLS_LAST:
		key.nulls = "LAST"
	}
	return key
}

// limits analyzes LIMIT and OFFSET.
func (a *analyzer) limits(q *query, n *pg.SelectStmt, s *scope) {
	inner := &scope{parent: s.parent, ctes: s.ctes}
	if n.LimitCount != nil {
		if c := n.LimitCount.GetAConst(); c == nil || !c.Isnull { // LIMIT ALL is NULL
			q.limit = a.expr(n.LimitCount, inner)
		}
	}
	if n.LimitOffset != nil {
		q.offset = a.expr(n.LimitOffset, inner)
	}
}

// liftUnnest moves the unnest calls of a grouped SELECT into FROM: engines unnest after grouping, people mean before.
func (a *analyzer) liftUnnest(q *query) {
	if !q.grouped && !q.aggregates() {
		return
	}
	lifted := map[string]*relation{}
	replace := func(place *expr) { a.lift(q, place, lifted) }
	for _, it := range q.items {
		replace(&it.e)
	}
	for i := range q.group {
		if q.group[i].e != nil {
			replace(&q.group[i].e)
		}
	}
	for i := range q.order {
		replace(&q.order[i].e)
	}
}

func (q *query) aggregates() bool {
	for _, it := range q.items {
		if contains(it.e, isAggregate) {
			return true
		}
	}
	return q.having != nil
}

func (a *analyzer) lift(q *query, place *expr, lifted map[string]*relation) {
	walk(place, map[expr]bool{}, func(at *expr) bool {
		u, ok := (*at).(*unnest)
		if !ok || contains(u.arg, isAggregate) { // unnest(array_agg(x)) is meant after grouping
			return true
		}
		key := a.fingerprint(u.arg)
		rel := lifted[key]
		if rel == nil {
			rel = &relation{alias: "lf_unnest", lateral: true, function: &call{name: "unnest", args: []expr{u.arg}}}
			rel.cols = []*relColumn{{name: "value", ref: "value", t: u.typeOf()}}
			rel.ref = a.unique(rel.alias)
			lifted[key] = rel
			q.from = append(q.from, rel)
		}
		*at = &column{rel: rel, col: rel.cols[0]}
		return false
	})
}
