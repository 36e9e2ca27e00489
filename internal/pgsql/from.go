package pgsql

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/hearth-dev/hearth/internal/record"
)

// fromItem analyzes an element of FROM. s holds the elements before it, which lateral elements may read.
func (a *analyzer) fromItem(n *pg.Node, s *scope) (from, namespace) {
	a.enter(-1)
	defer a.leave()
	switch v := n.Node.(type) {
	case *pg.Node_RangeVar:
		rel := a.table(v.RangeVar, s)
		return rel, namespace{rels: []*relation{rel}}
	case *pg.Node_RangeSubselect:
		rel := a.derived(v.RangeSubselect, s)
		return rel, namespace{rels: []*relation{rel}}
	case *pg.Node_RangeFunction:
		rel := a.tableFunction(v.RangeFunction, s)
		return rel, namespace{rels: []*relation{rel}}
	case *pg.Node_JoinExpr:
		return a.join(v.JoinExpr, s)
	}
	a.fail(-1, codeNotSupported, "", "this kind of FROM element is not supported")
	return nil, namespace{}
}

// table resolves a name in FROM: a common table expression or a table of the catalogue.
func (a *analyzer) table(n *pg.RangeVar, s *scope) *relation {
	name := n.Relname
	if n.Catalogname != "" || (n.Schemaname != "" && n.Schemaname != "information_schema" && n.Schemaname != "public") {
		a.fail(n.Location, codeUnknownTable, tablesHint, "table %q does not exist", strings.Trim(n.Catalogname+"."+n.Schemaname+"."+name, "."))
	}
	rel := &relation{alias: name}
	switch {
	case n.Schemaname == "information_schema":
		if !rel.information(name) {
			a.fail(n.Location, codeUnknownTable, "there are information_schema.tables and information_schema.columns", "table \"information_schema.%s\" does not exist", name)
		}
	case n.Schemaname == "" && s.ctes.find(name) != nil:
		c := s.ctes.find(name)
		rel.cte = c
		rel.cols = copyColumns(c.cols)
	default:
		rel.table = record.Lookup(strings.ToLower(name))
		if rel.table == nil {
			a.fail(n.Location, codeUnknownTable, a.tableHint(name, s.ctes), "table %q does not exist", name)
		}
		for _, c := range rel.table.Public() {
			rel.cols = append(rel.cols, &relColumn{
				name: c.Name, ref: c.Name, t: typeOfColumn(c), notNull: c.NotNull,
				attributes: c.Name == record.ColAttributes && rel.table.Column(record.ColLargeAttributes) != nil,
			})
		}
	}
	a.named(rel, n.Alias, n.Location)
	return rel
}

const tablesHint = "the tables are records, records_all and metrics"

func (a *analyzer) tableHint(name string, ctes *cteScope) string {
	names := []string{"records", "records_all", "metrics"}
	for c := ctes; c != nil; c = c.parent {
		names = append(names, c.cte.name)
	}
	if best := closest(strings.ToLower(name), names); best != "" {
		return "did you mean " + best + "?"
	}
	return tablesHint
}

// copyColumns returns columns of a relation's own: their identity tells relations apart.
func copyColumns(cols []*relColumn) []*relColumn {
	own := make([]*relColumn, len(cols))
	for i, c := range cols {
		fresh := *c
		own[i] = &fresh
	}
	return own
}

// named gives a relation its alias and column aliases, and the name that the text calls it by.
func (a *analyzer) named(rel *relation, alias *pg.Alias, location int32) {
	if alias != nil {
		rel.alias = alias.Aliasname
		if len(alias.Colnames) > len(rel.cols) {
			a.fail(location, "42P10", "", "table %q has %d columns, but %d column aliases are given", rel.alias, len(rel.cols), len(alias.Colnames))
		}
		for i, n := range alias.Colnames {
			rel.cols[i].name = n.GetString_().GetSval()
		}
	}
	rel.ref = a.unique(rel.alias)
}

// maxRelations bounds the tables, subqueries and functions in FROM of one statement.
const maxRelations = 200

// unique returns a name for a relation that no other relation of the statement has.
func (a *analyzer) unique(name string) string {
	if len(a.names) >= maxRelations {
		a.fail(-1, codeTooComplex, "", "the statement reads more than %d tables and subqueries", maxRelations)
	}
	if name == "" {
		name = "t"
	}
	base := strings.ToLower(name)
	for i := 2; a.names[strings.ToLower(name)]; i++ {
		name = base + "_" + strconv.Itoa(i)
	}
	a.names[strings.ToLower(name)] = true
	return name
}

// derived analyzes a subquery in FROM.
func (a *analyzer) derived(n *pg.RangeSubselect, s *scope) *relation {
	around := s.parent
	if n.Lateral {
		around = s
	}
	rel := &relation{lateral: n.Lateral}
	rel.sub = a.query(n.Subquery.GetSelectStmt(), around, s.ctes)
	rel.cols = rel.sub.columns()
	a.named(rel, n.Alias, -1)
	return rel
}

// tableFunction analyzes a function in FROM; it may read the elements before it.
func (a *analyzer) tableFunction(n *pg.RangeFunction, s *scope) *relation {
	if n.Ordinality || n.IsRowsfrom || len(n.Coldeflist) > 0 || len(n.Functions) != 1 {
		a.fail(-1, codeNotSupported, "", "WITH ORDINALITY, ROWS FROM and column definitions are not supported")
	}
	fn := n.Functions[0].GetList().GetItems()[0].GetFuncCall()
	if fn == nil {
		a.fail(-1, codeNotSupported, "", "only functions can stand here")
	}
	rel := &relation{lateral: true, alias: a.functionName(fn)}
	rel.function, rel.cols = a.tableCall(fn, s)
	if n.Alias != nil && len(rel.cols) == 1 && len(n.Alias.Colnames) == 0 {
		rel.cols[0].name = n.Alias.Aliasname // as PostgreSQL: the alias names the one column too
	}
	a.named(rel, n.Alias, fn.Location)
	return rel
}

// join analyzes a JOIN.
func (a *analyzer) join(n *pg.JoinExpr, s *scope) (from, namespace) {
	if n.Alias != nil || n.JoinUsingAlias != nil {
		a.fail(-1, codeNotSupported, "", "an alias for a join is not supported")
	}
	j := &join{kind: joinKinds[n.Jointype]}
	if j.kind == "" {
		a.fail(-1, codeNotSupported, "", "this kind of join is not supported")
	}
	var left, right namespace
	j.left, left = a.fromItem(n.Larg, s)
	inner := &scope{parent: s.parent, ctes: s.ctes}
	inner.add(s.namespace)
	inner.add(left)
	j.right, right = a.fromItem(n.Rarg, inner)
	if n.Jointype == pg.JoinType_JOIN_LEFT || n.Jointype == pg.JoinType_JOIN_FULL {
		right.makeNullable()
	}
	if n.Jointype == pg.JoinType_JOIN_RIGHT || n.Jointype == pg.JoinType_JOIN_FULL {
		left.makeNullable()
	}
	using := names(n.UsingClause)
	if n.IsNatural {
		using = left.commonNames(&right)
	}
	var both namespace
	both.add(left)
	both.add(right)
	if len(using) > 0 {
		j.on = a.using(&both, left, right, using, n.Jointype)
	}
	if n.Quals != nil {
		on := &scope{parent: s.parent, ctes: s.ctes}
		on.add(both)
		j.on = a.condition(n.Quals, on)
	}
	if j.on == nil && j.kind == "JOIN" {
		j.kind = "CROSS JOIN"
	}
	return j, both
}

var joinKinds = map[pg.JoinType]string{
	pg.JoinType_JOIN_INNER: "JOIN",
	pg.JoinType_JOIN_LEFT:  "LEFT JOIN",
	pg.JoinType_JOIN_RIGHT: "RIGHT JOIN",
	pg.JoinType_JOIN_FULL:  "FULL JOIN",
}

func (n *namespace) makeNullable() {
	for _, rel := range n.rels {
		rel.nullable = true
	}
}

func (n *namespace) commonNames(other *namespace) []string {
	var common []string
	for _, rel := range n.rels {
		for _, col := range rel.cols {
			if !n.suppressed[col] && len(other.lookup(col.name)) > 0 {
				common = append(common, col.name)
			}
		}
	}
	return common
}

// using makes the condition of USING and hides one of each pair of columns.
func (a *analyzer) using(both *namespace, left, right namespace, using []string, kind pg.JoinType) expr {
	var conditions []expr
	for _, name := range using {
		l, r := left.lookup(name), right.lookup(name)
		if len(l) != 1 || len(r) != 1 {
			a.fail(-1, codeUnknownColumn, "", "column %q of USING must be in both tables, once", name)
		}
		conditions = append(conditions, &operation{op: "=", left: l[0], right: r[0], t: typ{kind: boolean}})
		lc, lok := l[0].(*column)
		rc, rok := r[0].(*column)
		if !lok || !rok {
			a.fail(-1, codeNotSupported, "write the conditions with ON", "column %q is merged twice by USING", name)
		}
		both.suppress(rc.col)
		switch kind {
		case pg.JoinType_JOIN_RIGHT:
			both.merge(lc.col, rc)
		case pg.JoinType_JOIN_FULL:
			both.merge(lc.col, &call{name: "coalesce", args: []expr{lc, rc}, t: lc.typeOf()})
		}
	}
	return all(conditions)
}

// all joins conditions with AND.
func all(conditions []expr) expr {
	if len(conditions) == 1 {
		return conditions[0]
	}
	return &logic{op: "AND", args: conditions}
}

func names(nodes []*pg.Node) []string {
	var list []string
	for _, n := range nodes {
		list = append(list, n.GetString_().GetSval())
	}
	return list
}
