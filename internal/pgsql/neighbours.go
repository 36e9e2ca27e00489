package pgsql

import "github.com/hearth-dev/hearth/internal/record"

// What a point of a cumulative series says is how it differs from the point before. Where groups cut series in time, as
// GROUP BY time_bucket(…) does, the first point of a group has its predecessor in another group: what was counted between the
// two would be lost. Such a SELECT reads its rows with the point before beside each (docs/metrics.md, "In buckets of time").

// neighbours is what a SELECT over points reads beside its rows: value is a point, before the one before it in its series, first
// the time of the first point of all.
type neighbours struct {
	rel                  *relation
	value, before, first *column
	levels               bool // gauges and up-down counters need the point before too: their increase is asked for
}

// giveNeighbours gives the metric aggregates of a SELECT the point before each point, where their groups cut series in time. Over a join the
// point before is not known: there a series begins anew in each group.
func (a *analyzer) giveNeighbours(q *query) {
	if len(q.from) != 1 {
		return
	}
	rel, ok := q.from[0].(*relation)
	if !ok || rel.function != nil || rel.fixed != nil || rel.lateral {
		return
	}
	cut := q.cutsSeries()
	q.eachAggregate(func(c *call) {
		value, ok := c.point()
		if !ok || value.rel != rel || !(cut || c.filter != nil && contains(c.filter, isTime)) {
			return
		}
		if q.beside == nil {
			q.beside = newNeighbours(rel, value)
		}
		f := q.beside
		switch {
		case value.col != f.value.col: // another value of the same rows, which no table of ours has
			return
		case c.name == "metric_increase", c.name == "metric_rate":
			f.levels = true
		}
		c.args = append(c.args, f.before, f.first)
	})
}

func newNeighbours(rel *relation, value *column) *neighbours {
	return &neighbours{rel: rel, value: value,
		before: &column{rel: rel, col: rel.another("lf_before", typ{kind: point})},
		first:  &column{rel: rel, col: rel.another("lf_first", typ{kind: timestamp})}}
}

// another returns a column that stands beside a relation's own.
func (rel *relation) another(name string, t typ) *relColumn {
	for _, c := range rel.cols {
		if c.ref == name {
			return rel.another(name+"_", t)
		}
	}
	return &relColumn{name: name, ref: name, t: t}
}

// point returns the column that a metric aggregate reads, unless it has the point before already.
func (c *call) point() (*column, bool) {
	at := 0
	switch c.name {
	case "metric_quantile":
		at = 1
	case "metric_increase", "metric_rate", "metric_merge":
	default:
		return nil, false
	}
	if len(c.args) != at+1 {
		return nil, false
	}
	value, ok := c.args[at].(*column)
	return value, ok
}

// isTime tells whether e is a time of its row, or comes from one in a subquery.
func isTime(e expr) bool {
	c, ok := e.(*column)
	return ok && (c.typeOf().temporal() || c.col.item != nil && contains(c.col.item.e, isTime))
}

// cutsSeries tells whether points of one series may come into several groups because of their times.
func (q *query) cutsSeries() bool { return q.cutBy(q.group) }

func (q *query) cutBy(list []grouping) bool {
	for _, g := range list {
		e := g.e
		if o, ok := e.(*ordinal); ok {
			e = q.items[o.n-1].e
		}
		if contains(e, isTime) || q.cutBy(g.sets) {
			return true
		}
	}
	return false
}

// eachAggregate visits the aggregates of a SELECT once each.
func (q *query) eachAggregate(visit func(*call)) {
	seen := map[expr]bool{}
	look := func(e expr) {
		if e == nil {
			return
		}
		walk(&e, seen, func(place *expr) bool {
			if isAggregate(*place) && !seen[*place] {
				visit((*place).(*call))
			}
			return true
		})
	}
	for _, it := range q.items {
		look(it.e)
	}
	look(q.having)
	look(q.qualify)
	for _, k := range q.order {
		look(k.e)
	}
	for _, e := range q.distinctOn {
		look(e)
	}
}

// withNeighbours writes the rows of a SELECT with the point before each. Only points of cumulative series have one: the others go past the
// window function, which sorts all that it is given.
func (p *printer) withNeighbours(q *query) {
	p.text("(")
	p.neighbourSide(q, false)
	p.text(" UNION ALL ")
	p.neighbourSide(q, true)
	p.text(")")
	p.alias(q.beside.rel)
}

func (p *printer) neighbourSide(q *query, cumulative bool) {
	f := q.beside
	p.text("SELECT ")
	p.id(f.rel.ref)
	p.text(".*, ")
	p.d.neighbours(p, f, cumulative)
	p.text(" FROM ")
	p.relation(f.rel)
	p.clause(" WHERE ", q.where)
	if q.where == nil {
		p.text(" WHERE ")
	} else {
		p.text(" AND ")
	}
	if cumulative {
		p.text("NOT ")
	}
	p.plain(f)
}

// plain writes the condition that a row needs no point before it: it is of no cumulative series, or, where only
// distributions are asked for, of no histogram.
func (p *printer) plain(f *neighbours) {
	if f.rel.table != record.MetricsTable {
		p.d.plain(p, f.value, f.levels)
		return
	}
	p.text("(coalesce(")
	p.aside(f.rel, "aggregation_temporality")
	p.text(" = 'delta', false)")
	if !f.levels {
		p.text(" OR ")
		p.aside(f.rel, "metric_type")
		p.text(" IN ('gauge', 'sum')")
	}
	p.text(")")
}

// aside writes a column of a table that the statement itself need not name.
func (p *printer) aside(rel *relation, name string) {
	p.read(rel, name)
	p.id(rel.ref)
	p.text(".")
	p.id(name)
}
