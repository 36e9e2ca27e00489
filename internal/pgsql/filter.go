package pgsql

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/hearth-dev/hearth/internal/record"
)

// Columns that Source.RowIDs adds; CompileFilter may select them.
const (
	ColFile = "lf_file"
	ColRow  = "lf_row"
)

// CompileFilter makes a statement that selects columns of those rows of records_all for which filter holds, in no
// particular order. filter is what stands after WHERE; it may end in a comment. Empty, it keeps every row; a whole
// SELECT keeps the rows whose span_id it returns. columns are names of the catalogue, hidden ones too, or ColFile and
// ColRow. The error is an *Error.
func CompileFilter(filter string, columns []string, o Options) (bound *Bound, err error) {
	st, err := scan(filter)
	if err != nil {
		return nil, err
	}
	whole := len(st.tokens) > 0 && (st.word(0) == "select" || st.word(0) == "with")
	if whole {
		if st, err = parse(filter, o); err != nil {
			return nil, err
		}
	} else if err := st.parseCondition(o); err != nil {
		return nil, err
	}
	defer recoverFailure(&err)
	a := newAnalyzer(st, o)
	rel := a.table(&pg.RangeVar{Relname: record.RecordsAllTable.Name, Location: -1}, &scope{})
	s := &scope{}
	s.rels = []*relation{rel}
	q := &query{from: []from{rel}}
	switch {
	case whole:
		q.where = a.spanIn(a.query(st.root, nil, nil), rel, s)
	case st.root != nil:
		q.where = a.condition(st.root.WhereClause, s)
		a.tighten(q.where, s)
	}
	for _, name := range columns {
		q.items = append(q.items, &item{e: &column{rel: rel, col: rel.catalogueColumn(name)}, name: name})
	}
	uniqueRefs(q.items)
	for _, it := range q.items {
		it.notNull = neverNull(it.e)
	}
	q.cap(o.Limit)
	return a.render(q), nil
}

// catalogueColumn returns a column by its name in the catalogue, or one of the row's ids.
func (rel *relation) catalogueColumn(name string) *relColumn {
	for _, col := range rel.cols {
		if col.name == name {
			return col
		}
	}
	if name == ColFile || name == ColRow {
		return rel.storedColumn(name, integer)
	}
	if c := rel.table.Column(name); c != nil {
		return rel.storedColumn(name, typeOfRecord(c.Type).kind)
	}
	panic(failure{&Error{Message: "column \"" + name + "\" does not exist", Code: codeUnknownColumn}})
}

// spanIn makes span_id IN (q). Of a query of several columns it takes span_id.
func (a *analyzer) spanIn(q *query, rel *relation, s *scope) expr {
	columns := q.columns()
	id := a.column(s, "span_id", -1)
	if len(columns) == 1 {
		return &subquery{q: q, arg: id}
	}
	for _, col := range columns {
		if col.name != "span_id" {
			continue
		}
		sub := &relation{sub: q, cols: columns, ref: a.unique("spans")}
		only := &query{from: []from{sub}, items: []*item{{e: &column{rel: sub, col: col}, name: "span_id", ref: "span_id"}}}
		return &subquery{q: only, arg: id}
	}
	a.fail(-1, codeSyntax, "SELECT span_id FROM records WHERE …", "a SELECT used as a filter must return span_id")
	return nil
}

// parseCondition parses text as a condition. Of an empty text root stays nil.
func (st *statement) parseCondition(o Options) error {
	last := len(st.tokens) - 1
	if last >= 0 && st.word(last) == ";" {
		st.edit(st.tokens[last].start, 1, " ")
		last--
	}
	if last < 0 {
		return nil
	}
	depth := 0
	for i := range last + 1 {
		switch st.word(i) {
		case "(":
			depth++
		case ")":
			depth--
		case ";":
			return st.errorAt(st.tokens[i].start, codeNotSupported, "a filter is one condition", "")
		}
		if depth < 0 { // it would close the bracket that holds the condition
			return st.errorAt(st.tokens[i].start, codeSyntax, `syntax error at or near ")"`, "")
		}
	}
	st.edit(0, 0, "SELECT 1 WHERE (")
	if err := st.fill(o); err != nil {
		return err
	}
	st.edit(len(st.text), 0, "\n)") // after the newline, for the text may end in a comment
	st.adapt()
	result, err := st.parseSent()
	if err != nil {
		return err
	}
	st.root = result.Stmts[0].Stmt.GetSelectStmt()
	if len(result.Stmts) != 1 || st.root.GetWhereClause() == nil || strings.HasPrefix(st.word(0), ")") {
		return st.errorAt(0, codeSyntax, "a filter is one condition", "")
	}
	return nil
}
