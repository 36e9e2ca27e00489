package pgsql

import (
	"strings"
	"time"
)

// maxRendered bounds the text for the engine. Rewriting repeats operands, and nested repeats multiply.
const maxRendered = 512 << 10

// dialect is what differs between engines. Each method writes to the printer.
type dialect interface {
	identifier(p *printer, name string)
	literal(p *printer, e *literal)
	column(p *printer, e *column)
	call(p *printer, e *call)
	cast(p *printer, e *cast)
	json(p *printer, e *jsonGet)
	operation(p *printer, e *operation)
	array(p *printer, e *array)
	timestamp(p *printer, t time.Time)
	// neighbours writes two select items: the point before a point in its series, and the time of the first point of all;
	// or NULL for both.
	neighbours(p *printer, n *neighbours, wanted bool)
	// plain writes the condition that a point needs no point before it; see printer.plain.
	plain(p *printer, value *column, levels bool)
	prelude() []string
	value() string
}

func (d Dialect) dialect() dialect {
	return duckDB{}
}

// printer renders the checked tree: what all dialects share. Text collects in segments around the holes.
type printer struct {
	d        dialect
	o        Options
	sb       strings.Builder
	size     int
	segments []string
	sources  []Source
	tables   []*relation             // of each source
	reads    map[*relation]columnSet // what is read of each table, hidden columns too
	picked   *relation               // the table of which only rows that are found first are read, or nil
}

// columnSet is stored columns by name.
type columnSet map[string]bool

func (p *printer) text(parts ...string) {
	for _, s := range parts {
		p.size += len(s)
		if p.size > maxRendered {
			panic(failure{&Error{Message: "the statement is too complex", Hint: "nest fewer functions", Code: codeTooComplex}})
		}
		p.sb.WriteString(s)
	}
}

func (p *printer) id(name string) { p.d.identifier(p, name) }

// hole ends a segment of the text where a source is read.
func (p *printer) hole(rel *relation, s Source) {
	p.segments = append(p.segments, p.sb.String())
	p.sources = append(p.sources, s)
	p.tables = append(p.tables, rel)
	p.sb.Reset()
}

// read notes that the text reads a stored column.
func (p *printer) read(rel *relation, name string) {
	if p.reads[rel] == nil {
		p.reads[rel] = columnSet{}
	}
	p.reads[rel][name] = true
}

// finish returns the sources with what the text, now whole, reads of them.
func (p *printer) finish() []Source {
	for i, rel := range p.tables {
		source, reads := &p.sources[i], p.reads[rel]
		source.RowIDs = reads[ColFile] || reads[ColRow]
		for _, c := range rel.table.Columns {
			if reads[c.Name] {
				source.Columns = append(source.Columns, c.Name)
			}
		}
	}
	return p.sources
}

// list writes expressions separated by commas.
func (p *printer) list(list []expr) {
	for i, e := range list {
		if i > 0 {
			p.text(", ")
		}
		p.expr(e)
	}
}

// query writes a query expression.
func (p *printer) query(q *query) {
	p.with(q.ctes, q.recursive)
	if len(q.ctes) > 0 {
		p.text(" ")
	}
	switch {
	case q.op != "":
		p.side(q.left)
		p.text(" ", q.op, " ")
		p.side(q.right)
	case q.rows != nil:
		p.values(q)
	default:
		p.selectBody(q)
	}
	p.orderBy(q.order)
	p.limits(q)
}

func (p *printer) with(ctes []*cte, recursive bool) {
	for i, c := range ctes {
		switch {
		case i > 0:
			p.text(", ")
		case recursive:
			p.text("WITH RECURSIVE ")
		default:
			p.text("WITH ")
		}
		p.id(c.ref)
		if c.q.op != "" { // the right side's names do not count, but a recursive reference needs them
			p.text(" (")
			for j, col := range c.cols {
				if j > 0 {
					p.text(", ")
				}
				p.id(col.ref)
			}
			p.text(")")
		}
		p.text(" AS ")
		if c.hint != "" {
			p.text(c.hint, " ")
		}
		p.text("(")
		p.query(c.q)
		p.text(")")
	}
}

// side writes one side of a set operation, in brackets where it has clauses of its own.
func (p *printer) side(q *query) {
	if q.op == "" && len(q.ctes) == 0 && len(q.order) == 0 && q.limit == nil && q.offset == nil {
		p.query(q)
		return
	}
	p.text("(")
	p.query(q)
	p.text(")")
}

func (p *printer) values(q *query) {
	p.text("SELECT * FROM (VALUES ")
	for i, cells := range q.rows {
		if i > 0 {
			p.text(", ")
		}
		p.text("(")
		p.list(cells)
		p.text(")")
	}
	p.text(") AS lf_values(")
	for i, it := range q.items {
		if i > 0 {
			p.text(", ")
		}
		p.id(it.ref)
	}
	p.text(")")
}

func (p *printer) selectBody(q *query) {
	p.text("SELECT ")
	switch {
	case q.distinct:
		p.text("DISTINCT ")
	case q.distinctOn != nil:
		p.text("DISTINCT ON (")
		p.list(q.distinctOn)
		p.text(") ")
	}
	p.items(q.items)
	if q.beside != nil {
		p.text(" FROM ")
		p.withNeighbours(q)
	} else {
		p.rows(q)
	}
	p.groupBy(q)
	p.clause(" HAVING ", q.having)
	p.clause(" QUALIFY ", q.qualify)
}

// rows writes where the rows of a SELECT come from.
func (p *printer) rows(q *query) {
	for i, f := range q.from {
		if i == 0 {
			p.text(" FROM ")
		} else {
			p.text(", ")
		}
		p.from(f)
	}
	p.clause(" WHERE ", q.where)
}

func (p *printer) items(items []*item) {
	for i, it := range items {
		if i > 0 {
			p.text(", ")
		}
		p.expr(it.e)
		if c, ok := it.e.(*column); ok && c.col.ref == it.ref && !c.merged() {
			continue
		}
		p.text(" AS ")
		p.id(it.ref)
	}
}

// merged tells whether e is the column attributes as a whole, read from the table: an expression, not a column.
func (e *column) merged() bool { return e.col.attributes && e.rel.table != nil }

func (p *printer) clause(word string, e expr) {
	if e != nil {
		p.text(word)
		p.expr(e)
	}
}

func (p *printer) groupBy(q *query) {
	if !q.grouped || len(q.group) == 0 {
		return
	}
	p.text(" GROUP BY ")
	p.groupings(q.group)
}

func (p *printer) groupings(list []grouping) {
	for i, g := range list {
		if i > 0 {
			p.text(", ")
		}
		if g.sets == nil {
			p.expr(g.e)
			continue
		}
		p.text(g.set, "(")
		p.groupings(g.sets)
		p.text(")")
	}
}

func (p *printer) orderBy(keys []sortKey) {
	for i, k := range keys {
		if i == 0 {
			p.text(" ORDER BY ")
		} else {
			p.text(", ")
		}
		p.expr(k.e)
		p.direction(k)
	}
}

func (p *printer) direction(k sortKey) {
	if k.descending {
		p.text(" DESC")
	}
	if k.nulls != "" {
		p.text(" NULLS ", k.nulls)
	}
}

func (p *printer) limits(q *query) {
	p.clause(" LIMIT ", q.limit)
	p.clause(" OFFSET ", q.offset)
}

func (p *printer) from(f from) {
	switch f := f.(type) {
	case *relation:
		p.relation(f)
	case *join:
		p.text("(")
		p.from(f.left)
		p.text(" ", f.kind, " ")
		p.from(f.right)
		if f.on != nil {
			p.text(" ON ")
			p.expr(f.on)
		} else if f.kind != "CROSS JOIN" {
			p.text(" ON true")
		}
		p.text(")")
	}
}

func (p *printer) relation(rel *relation) {
	switch {
	case rel.table != nil:
		p.table(rel)
	case rel.cte != nil:
		p.id(rel.cte.ref)
		p.alias(rel)
	case rel.sub != nil:
		if rel.lateral {
			p.text("LATERAL ")
		}
		p.text("(")
		p.query(rel.sub)
		p.text(")")
		p.alias(rel)
	case rel.function != nil:
		p.expr(rel.function)
		p.alias(rel)
		p.text("(")
		for i, col := range rel.cols {
			if i > 0 {
				p.text(", ")
			}
			p.id(col.ref)
		}
		p.text(")")
	case rel.fixed != nil:
		p.fixed(rel)
	}
}

func (p *printer) alias(rel *relation) {
	p.text(" AS ")
	p.id(rel.ref)
}

// table writes a read of a table: a hole, with the scope from outside as a condition around it.
func (p *printer) table(rel *relation) {
	source := Source{Table: rel.table, Min: latest(p.o.MinTime, rel.min), Max: earliest(p.o.MaxTime, rel.max)}
	source.Picked = rel == p.picked
	scoped := p.o.scoped() && !source.Picked // what is picked was in scope
	if scoped {
		p.text("(SELECT * FROM ")
	}
	p.hole(rel, source)
	if scoped {
		p.scope(rel)
		p.text(")")
	}
	p.alias(rel)
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func (o Options) scoped() bool {
	return !o.MinTime.IsZero() || !o.MaxTime.IsZero() || o.Environments != nil
}

// scope writes the time range and the environments as a condition on a table.
func (p *printer) scope(rel *relation) {
	word := " WHERE "
	next := func(column string) {
		p.read(rel, column)
		p.text(word)
		word = " AND "
	}
	clock := rel.table.TimeColumn
	if !p.o.MinTime.IsZero() {
		next(clock)
		p.id(clock)
		p.text(" > ")
		p.d.timestamp(p, p.o.MinTime)
	}
	if !p.o.MaxTime.IsZero() {
		next(clock)
		p.id(clock)
		p.text(" < ")
		p.d.timestamp(p, p.o.MaxTime)
	}
	if p.o.Environments == nil {
		return
	}
	next("deployment_environment")
	p.text("(")
	p.environments()
	p.text(")")
}

func (p *printer) environments() {
	if len(p.o.Environments) == 0 {
		p.text("false")
		return
	}
	for i, name := range p.o.Environments {
		if i > 0 {
			p.text(" OR ")
		}
		p.id("deployment_environment")
		if name == "" {
			p.text(" IS NULL OR ")
			p.id("deployment_environment")
		}
		p.text(" = ")
		p.d.literal(p, newText(name))
	}
}

// fixed writes a relation whose rows are part of the text.
func (p *printer) fixed(rel *relation) {
	p.text("(VALUES ")
	for i, cells := range rel.fixed {
		if i > 0 {
			p.text(", ")
		}
		p.text("(")
		for j, cell := range cells {
			if j > 0 {
				p.text(", ")
			}
			p.d.literal(p, newText(cell))
		}
		p.text(")")
	}
	p.text(")")
	p.alias(rel)
	p.text("(")
	for i, col := range rel.cols {
		if i > 0 {
			p.text(", ")
		}
		p.id(col.ref)
	}
	p.text(")")
}
