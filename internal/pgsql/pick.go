package pgsql

import "slices"

// A wide statement that keeps few rows becomes two: the first finds the rows, from the columns of WHERE and ORDER BY
// alone, the second reads the rest of those rows. See Bound.Pick.

// wideColumns is how many columns beyond those that find the rows make two statements worth it.
const wideColumns = 8

// maxPicked bounds the rows that are found first: each one's id stands in the second statement's text.
const maxPicked = 10_001

// picking renders q as two statements, or returns nil where that is not right or not worth it. Both sort by the same
// keys, and by the rows' ids where those tie, so that the second gives the order by which the first chose.
func (a *analyzer) picking(q *query) *Bound {
	if !q.pickable() {
		return nil
	}
	rel := q.from[0].(*relation)
	file, row := &column{rel, rel.catalogueColumn(ColFile)}, &column{rel, rel.catalogueColumn(ColRow)}
	find := &query{ctes: q.ctes, recursive: q.recursive, from: q.from, where: q.where, limit: q.limit, offset: q.offset}
	find.items = []*item{{e: file, name: ColFile, ref: ColFile}, {e: row, name: ColRow, ref: ColRow}}
	read := &query{ctes: q.ctes, recursive: q.recursive, from: q.from, items: q.items}
	if len(q.order) > 0 {
		ids := []sortKey{{e: file}, {e: row}}
		find.order = slices.Concat(q.sortExpressions(), ids)
		read.order = slices.Concat(q.order, ids)
	}
	b := a.print(read, rel)
	b.Pick = a.print(find, nil)
	if !b.wide() {
		return nil
	}
	return b
}

// pickable tells whether q gives one row for each of a few rows of one table, which two statements choose and sort
// alike.
func (q *query) pickable() bool {
	if q.op != "" || q.rows != nil || q.distinct || q.distinctOn != nil || q.grouped || q.having != nil || q.qualify != nil || len(q.from) != 1 {
		return false
	}
	if rel, ok := q.from[0].(*relation); !ok || rel.table == nil {
		return false
	}
	if limit, ok := intOf(q.limit); !ok || limit > maxPicked {
		return false
	}
	for _, it := range q.items {
		if contains(it.e, isManyRows) {
			return false
		}
	}
	for _, k := range q.sortExpressions() {
		if contains(k.e, isManyRows) || contains(k.e, isUnsteady) {
			return false
		}
	}
	return true
}

// isManyRows tells whether e makes rows, or depends on rows other than its own.
func isManyRows(e expr) bool {
	c, ok := e.(*call)
	return isUnnest(e) || isAggregate(e) || ok && c.over != nil
}

// isUnsteady tells whether e may have another value in another statement of the transaction. The rows of a subquery may
// come in another order.
func isUnsteady(e expr) bool {
	switch e := e.(type) {
	case *call:
		return e.name == "random"
	case *subquery:
		return true
	case *quantified:
		return e.sub != nil
	}
	return false
}

// sortExpressions returns the keys of ORDER BY with the select items for which positions stand, constants left out: an
// engine would take them for positions.
func (q *query) sortExpressions() []sortKey {
	keys := make([]sortKey, 0, len(q.order))
	for _, k := range q.order {
		if o, ok := k.e.(*ordinal); ok {
			k.e = q.items[o.n-1].e
		}
		if _, constant := k.e.(*literal); !constant {
			keys = append(keys, k)
		}
	}
	return keys
}

// wide tells whether a statement reads enough more of the rows that are picked than what finds them.
func (b *Bound) wide() bool {
	find := b.Pick.Sources[slices.IndexFunc(b.Pick.Sources, func(s Source) bool { return s.RowIDs })]
	read := b.Sources[slices.IndexFunc(b.Sources, func(s Source) bool { return s.Picked })]
	extra := 0
	for _, name := range read.Columns {
		if slices.Contains(find.Columns, name) {
			continue
		}
		if read.Table.Column(name).Zstd {
			return true
		}
		extra++
	}
	return extra >= wideColumns
}
