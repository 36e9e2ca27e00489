package pgsql

import (
	"strconv"

	"github.com/hearth-dev/hearth/internal/record"
)

// expr writes an expression, in brackets wherever it could bind otherwise.
func (p *printer) expr(e expr) {
	switch e := e.(type) {
	case *literal:
		p.d.literal(p, e)
	case *column:
		p.column(e)
	case *jsonGet:
		p.d.json(p, e)
	case *call:
		p.d.call(p, e)
	case *cast:
		p.d.cast(p, e)
	case *operation:
		p.d.operation(p, e)
	case *array:
		p.d.array(p, e)
	case *logic:
		p.logic(e)
	case *test:
		p.text("(")
		p.expr(e.arg)
		p.text(" ", e.what, ")")
	case *like:
		p.like(e)
	case *between:
		p.between(e)
	case *membership:
		p.membership(e)
	case *quantified:
		p.quantified(e)
	case *choice:
		p.choice(e)
	case *subquery:
		p.subquery(e)
	case *row:
		p.text("(")
		p.list(e.items)
		p.text(")")
	case *subscript:
		p.subscript(e)
	case *unnest:
		p.text("unnest(")
		p.expr(e.arg)
		p.text(")")
	case *ordinal:
		p.text(strconv.Itoa(e.n))
	}
}

func (p *printer) column(e *column) {
	if e.rel.table != nil {
		p.read(e.rel, e.col.ref)
	}
	if e.merged() {
		p.read(e.rel, record.ColLargeAttributes)
	}
	p.d.column(p, e)
}

func (p *printer) logic(e *logic) {
	p.text("(")
	for i, arg := range e.args {
		if i > 0 {
			p.text(" ", e.op, " ")
		}
		p.expr(arg)
	}
	p.text(")")
}

func (p *printer) like(e *like) {
	p.text("(")
	p.expr(e.arg)
	if e.negate {
		p.text(" NOT")
	}
	if e.insensitive {
		p.text(" ILIKE ")
	} else {
		p.text(" LIKE ")
	}
	p.expr(e.pattern)
	if e.escape != "" {
		p.text(" ESCAPE ")
		p.d.literal(p, newText(e.escape))
	}
	p.text(")")
}

func (p *printer) between(e *between) {
	p.text("(")
	p.expr(e.arg)
	if e.negate {
		p.text(" NOT")
	}
	p.text(" BETWEEN ")
	p.expr(e.low)
	p.text(" AND ")
	p.expr(e.high)
	p.text(")")
}

func (p *printer) membership(e *membership) {
	p.text("(")
	p.expr(e.arg)
	if e.negate {
		p.text(" NOT")
	}
	p.text(" IN (")
	p.list(e.in)
	p.text("))")
}

func (p *printer) quantified(e *quantified) {
	p.text("(")
	p.expr(e.arg)
	p.text(" ", e.op)
	if e.all {
		p.text(" ALL(")
	} else {
		p.text(" ANY(")
	}
	if e.sub != nil {
		p.query(e.sub)
	} else {
		p.expr(e.list)
	}
	p.text("))")
}

func (p *printer) choice(e *choice) {
	p.text("CASE ")
	if e.arg != nil {
		p.expr(e.arg)
		p.text(" ")
	}
	for _, w := range e.whens {
		p.text("WHEN ")
		p.expr(w.cond)
		p.text(" THEN ")
		p.expr(w.result)
		p.text(" ")
	}
	if e.other != nil {
		p.text("ELSE ")
		p.expr(e.other)
		p.text(" ")
	}
	p.text("END")
}

func (p *printer) subquery(e *subquery) {
	if e.arg != nil {
		p.text("(")
		p.expr(e.arg)
		p.text(" IN (")
		p.query(e.q)
		p.text("))")
		return
	}
	if e.exists {
		p.text("EXISTS ")
	}
	p.text("(")
	p.query(e.q)
	p.text(")")
}

func (p *printer) subscript(e *subscript) {
	p.text("(")
	p.expr(e.arg)
	p.text(")[")
	if e.from != nil {
		p.expr(e.from)
	}
	if e.slice {
		p.text(":")
	}
	if e.to != nil {
		p.expr(e.to)
	}
	p.text("]")
}

// window writes an OVER clause.
func (p *printer) window(w *window) {
	p.text(" OVER (")
	if len(w.partition) > 0 {
		p.text("PARTITION BY ")
		p.list(w.partition)
	}
	p.orderBy(w.order)
	if f := w.frame; f != nil {
		p.text(" ", f.mode, " BETWEEN ")
		p.frameBound(f.start)
		p.text(" AND ")
		p.frameBound(f.end)
		if f.exclude != "" {
			p.text(" EXCLUDE ", f.exclude)
		}
	}
	p.text(")")
}

func (p *printer) frameBound(b frameBound) {
	if b.offset != nil {
		p.expr(b.offset)
		p.text(" ")
	}
	p.text(b.what)
}
