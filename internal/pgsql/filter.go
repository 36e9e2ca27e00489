package pgsql

import (
	"errors"
	"fmt"
	"strconv"
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
func CompileFilter(filter string, columns []string, o Options) (*Bound, error) {
	return CompileFilterWith(filter, columns, nil, o)
}

// CompileFilterWith is CompileFilter that also selects expressions, after the columns: what a user wrote, each about one
// row. An error in one says which, counted from 1; its position is that in the expression.
func CompileFilterWith(filter string, columns, expressions []string, o Options) (bound *Bound, err error) {
	st, err := scan(filter)
	if err != nil {
		return nil, err
	}
	whole := len(st.tokens) > 0 && (st.word(0) == "select" || st.word(0) == "with")
	if whole {
		if st, err = parse(filter); err != nil {
			return nil, err
		}
	} else if err := st.parseCondition(); err != nil {
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
	for i, text := range expressions {
		e, err := a.rowExpression(text, s)
		if err != nil {
			return nil, &Error{Message: fmt.Sprintf("column %d: %s", i+1, err.Message), Hint: err.Hint, Code: err.Code, Position: err.Position}
		}
		q.items = append(q.items, &item{e: e, name: "column" + strconv.Itoa(i+1)})
	}
	uniqueRefs(q.items)
	for _, it := range q.items {
		it.notNull = neverNull(it.e)
	}
	q.cap(o.Limit)
	return a.render(q), nil
}

// rowExpression analyzes a text of its own that yields one value for each row.
func (a *analyzer) rowExpression(text string, s *scope) (_ expr, problem *Error) {
	whole := a.st
	defer func() { a.st = whole }()
	st, err := scan(text)
	if err == nil {
		err = st.parseExpression()
	}
	if err == nil {
		a.st = st
		var e expr
		if e, err = a.oneValue(st.root.TargetList[0].GetResTarget().GetVal(), s); err == nil {
			return e, nil
		}
	}
	var known *Error
	if !errors.As(err, &known) {
		known = &Error{Message: err.Error(), Code: codeInvalid}
	}
	return nil, known
}

func (a *analyzer) oneValue(n *pg.Node, s *scope) (e expr, err error) {
	defer recoverFailure(&err)
	e = a.expr(n, s)
	if _, isRow := e.(*row); isRow || contains(e, isManyRows) {
		a.fail(locationOf(n), codeTypes, "", "this is not one value for each row")
	}
	return e, nil
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
func (st *statement) parseCondition() error {
	const kind = "a filter is one condition"
	if empty, err := st.parseBracketed("SELECT 1 WHERE (", kind); empty || err != nil {
		return err
	}
	if st.root.GetWhereClause() == nil {
		return st.errorAt(0, codeSyntax, kind, "")
	}
	return nil
}

// parseExpression parses text as the only item of a select list.
func (st *statement) parseExpression() error {
	const kind = "a column is one expression"
	empty, err := st.parseBracketed("SELECT (", kind)
	if err != nil {
		return err
	}
	if empty || len(st.root.GetTargetList()) != 1 || st.root.GetTargetList()[0].GetResTarget().GetVal() == nil || st.root.GetFromClause() != nil {
		return st.errorAt(0, codeSyntax, kind, "")
	}
	return nil
}

// parseBracketed parses text after a beginning that opens a bracket, which nothing in the text may close. kind says what
// the text should be. It reports whether the text is empty; root stays nil then.
func (st *statement) parseBracketed(beginning, kind string) (empty bool, err error) {
	last := len(st.tokens) - 1
	if last >= 0 && st.word(last) == ";" {
		st.edit(st.tokens[last].start, 1, " ")
		last--
	}
	if last < 0 {
		return true, nil
	}
	depth := 0
	for i := range last + 1 {
		switch st.word(i) {
		case "(":
			depth++
		case ")":
			depth--
		case ";":
			return false, st.errorAt(st.tokens[i].start, codeNotSupported, kind, "")
		}
		if depth < 0 { // it would close the bracket that holds the text
			return false, st.errorAt(st.tokens[i].start, codeSyntax, `syntax error at or near ")"`, "")
		}
	}
	st.edit(0, 0, beginning)
	st.edit(len(st.text), 0, "\n)") // after the newline, for the text may end in a comment
	st.adapt()
	result, err := st.parseSent()
	if err != nil {
		return false, err
	}
	st.root = result.Stmts[0].Stmt.GetSelectStmt()
	if len(result.Stmts) != 1 || strings.HasPrefix(st.word(0), ")") {
		return false, st.errorAt(0, codeSyntax, kind, "")
	}
	return false, nil
}
