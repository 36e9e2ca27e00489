package pgsql

import (
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// The checked tree: what a statement means, free of any engine. The analyzer makes it, the printer renders it.

// typ is what the analysis knows of an expression's type.
type typ struct {
	kind typeKind
	elem *typ // of a list; nil when unknown
}

type typeKind uint8

const (
	unknown   typeKind = iota
	untyped            // a string literal or NULL: takes the type of its surroundings
	boolean            //
	integer            //
	float              //
	textual            //
	jsonValue          // text that holds one JSON value
	timestamp          // with time zone
	localTime          // timestamp without time zone
	date               //
	timeOfDay          //
	interval           //
	list               //
	point              // metrics.value
	level              // the column level: a number that compares with names
)

func (t typ) numeric() bool { return t.kind == integer || t.kind == float || t.kind == level }
func (t typ) temporal() bool {
	return t.kind == timestamp || t.kind == localTime || t.kind == date
}

func listOf(elem typ) typ { return typ{kind: list, elem: &elem} }

// item returns the type of a list's elements.
func (t typ) item() typ {
	if t.kind == list && t.elem != nil {
		return *t.elem
	}
	return typ{}
}

// typeOfColumn is the type of a catalogue column.
func typeOfColumn(c record.Column) typ {
	if c.Name == record.ColLevel {
		return typ{kind: level}
	}
	return typeOfRecord(c.Type)
}

func typeOfRecord(t record.Type) typ {
	switch t.Kind {
	case record.TypeBool:
		return typ{kind: boolean}
	case record.TypeInt16, record.TypeInt32, record.TypeInt64, record.TypeUint64:
		return typ{kind: integer}
	case record.TypeFloat64:
		return typ{kind: float}
	case record.TypeText:
		return typ{kind: textual}
	case record.TypeJSON:
		return typ{kind: jsonValue}
	case record.TypeTimestamp:
		return typ{kind: timestamp}
	case record.TypeDate:
		return typ{kind: date}
	case record.TypeTime:
		return typ{kind: timeOfDay}
	case record.TypeInterval:
		return typ{kind: interval}
	case record.TypeList:
		return listOf(typeOfRecord(*t.Elem))
	case record.TypeStruct:
		return typ{kind: point}
	}
	return typ{}
}

// expr is an expression of the checked tree.
type expr interface {
	typeOf() typ
	children() []*expr // the places of the direct operands, nil operands left out; not the inside of subqueries
}

type (
	// literal is a constant. text is the string's value or the number's digits; NULL has null set.
	literal struct {
		t    typ
		text string
		null bool
	}
	// column reads a column of a relation in scope.
	column struct {
		rel *relation
		col *relColumn
	}
	// jsonGet reads inside JSON. path has at least one step.
	jsonGet struct {
		base expr
		path []jsonStep
		mode jsonMode
		// attributes is the column that the user named, when base is the stored column that holds the key.
		attributes *column
	}
	// call is a function call by its name in our dialect; the printer knows the engine's.
	call struct {
		name      string
		args      []expr
		t         typ
		aggregate bool
		star      bool // count(*)
		distinct  bool
		order     []sortKey
		filter    expr
		over      *window
		// ignoreNulls skips NULLs in the window.
		ignoreNulls bool
	}
	// cast converts arg. A lenient cast gives NULL where the value does not fit.
	cast struct {
		arg     expr
		to      castType
		lenient bool
	}
	// operation is a binary operator, or a unary one when left is nil.
	operation struct {
		op          string
		left, right expr
		t           typ
	}
	// logic is AND or OR of two or more operands.
	logic struct {
		op   string
		args []expr
	}
	// test is IS [NOT] NULL, TRUE, FALSE and the like.
	test struct {
		arg  expr
		what string
	}
	// like is [NOT] LIKE and ILIKE. escape is the escape character, empty for none.
	like struct {
		arg, pattern        expr
		insensitive, negate bool
		escape              string
	}
	// between is arg [NOT] BETWEEN low AND high.
	between struct {
		arg, low, high expr
		negate         bool
	}
	// membership is [NOT] IN a list of expressions.
	membership struct {
		arg    expr
		in     []expr
		negate bool
	}
	// quantified is x op ANY (list or subquery) or ALL.
	quantified struct {
		arg  expr
		op   string
		all  bool
		list expr
		sub  *query
	}
	// choice is CASE.
	choice struct {
		arg   expr // nil for a searched CASE
		whens []when
		other expr // nil for none
		t     typ
	}
	when struct{ cond, result expr }
	// subquery is a scalar subquery, EXISTS or [NOT] IN (subquery).
	subquery struct {
		q      *query
		exists bool
		arg    expr // of IN; rows are a row expression
	}
	// array is a list literal.
	array struct {
		items []expr
		t     typ
	}
	// row is a row expression.
	row struct{ items []expr }
	// subscript is list[i] or list[from:to].
	subscript struct {
		arg      expr
		from, to expr
		slice    bool
		t        typ
	}
	// unnest turns a list into rows; only as (part of) a select item.
	unnest struct{ arg expr }
	// ordinal is the position of a select item, in GROUP BY and ORDER BY.
	ordinal struct {
		n int
		t typ
	}
)

type jsonMode uint8

const (
	jsonAsValue jsonMode = iota // ->
	jsonAsText                  // ->>
	jsonExists                  // ?
)

// jsonStep is one key or index of a path.
type jsonStep struct {
	key     string // a literal key
	index   int64  // a literal index; negative counts from the end
	isIndex bool
	dynamic expr // a computed key or index, instead
}

// castType is the target of a cast.
type castType struct {
	t                typ
	precision, scale int  // of DECIMAL(precision, scale); zero for none
	small            bool // an integer of 32 bits
}

// window is the OVER clause.
type window struct {
	partition []expr
	order     []sortKey
	frame     *frame
}

type frame struct {
	mode       string // ROWS, RANGE or GROUPS
	start, end frameBound
	exclude    string
}

type frameBound struct {
	what   string // UNBOUNDED PRECEDING, CURRENT ROW, PRECEDING and so on
	offset expr
}

type sortKey struct {
	e          expr
	descending bool
	nulls      string // FIRST, LAST or empty
}

func (e *literal) typeOf() typ    { return e.t }
func (e *column) typeOf() typ     { return e.col.t }
func (e *call) typeOf() typ       { return e.t }
func (e *cast) typeOf() typ       { return e.to.t }
func (e *operation) typeOf() typ  { return e.t }
func (e *logic) typeOf() typ      { return typ{kind: boolean} }
func (e *test) typeOf() typ       { return typ{kind: boolean} }
func (e *like) typeOf() typ       { return typ{kind: boolean} }
func (e *between) typeOf() typ    { return typ{kind: boolean} }
func (e *choice) typeOf() typ     { return e.t }
func (e *subscript) typeOf() typ  { return e.t }
func (e *membership) typeOf() typ { return typ{kind: boolean} }
func (e *quantified) typeOf() typ { return typ{kind: boolean} }
func (e *array) typeOf() typ      { return e.t }
func (e *row) typeOf() typ        { return typ{} }
func (e *unnest) typeOf() typ     { return e.arg.typeOf().item() }
func (e *ordinal) typeOf() typ    { return e.t }

func (e *jsonGet) typeOf() typ {
	switch e.mode {
	case jsonAsText:
		return typ{kind: textual}
	case jsonExists:
		return typ{kind: boolean}
	}
	return typ{kind: jsonValue}
}

// newChoice makes a CASE. Its type is that of the first branch that has one.
func newChoice(arg expr, whens []when, other expr) *choice {
	e := &choice{arg: arg, whens: whens, other: other, t: typ{kind: untyped}}
	for _, w := range whens {
		if e.t.kind == untyped {
			e.t = w.result.typeOf()
		}
	}
	if e.t.kind == untyped && other != nil {
		e.t = other.typeOf()
	}
	return e
}

// newSubscript makes arg[at].
func newSubscript(arg, at expr) *subscript {
	return &subscript{arg: arg, from: at, t: arg.typeOf().item()}
}

// newSlice makes arg[from:to].
func newSlice(arg, from, to expr) *subscript {
	return &subscript{arg: arg, from: from, to: to, slice: true, t: arg.typeOf()}
}

func (e *subquery) typeOf() typ {
	if e.exists || e.arg != nil {
		return typ{kind: boolean}
	}
	return e.q.columns()[0].t
}

func (e *literal) children() []*expr { return nil }
func (e *column) children() []*expr  { return nil }
func (e *ordinal) children() []*expr { return nil }
func (e *jsonGet) children() []*expr {
	places := []*expr{&e.base}
	for i := range e.path {
		places = appendPlace(places, &e.path[i].dynamic)
	}
	return places
}

func (e *call) children() []*expr {
	places := appendPlaces(nil, e.args)
	places = appendSort(places, e.order)
	places = appendPlace(places, &e.filter)
	if e.over != nil {
		places = appendPlaces(places, e.over.partition)
		places = appendSort(places, e.over.order)
	}
	return places
}

func (e *cast) children() []*expr      { return []*expr{&e.arg} }
func (e *operation) children() []*expr { return appendPlace(appendPlace(nil, &e.left), &e.right) }
func (e *logic) children() []*expr     { return appendPlaces(nil, e.args) }
func (e *test) children() []*expr      { return []*expr{&e.arg} }
func (e *like) children() []*expr      { return []*expr{&e.arg, &e.pattern} }
func (e *between) children() []*expr   { return []*expr{&e.arg, &e.low, &e.high} }
func (e *membership) children() []*expr {
	return appendPlaces([]*expr{&e.arg}, e.in)
}
func (e *quantified) children() []*expr { return appendPlace([]*expr{&e.arg}, &e.list) }
func (e *choice) children() []*expr {
	places := appendPlace(nil, &e.arg)
	for i := range e.whens {
		places = append(places, &e.whens[i].cond, &e.whens[i].result)
	}
	return appendPlace(places, &e.other)
}
func (e *subquery) children() []*expr { return appendPlace(nil, &e.arg) }
func (e *array) children() []*expr    { return appendPlaces(nil, e.items) }
func (e *row) children() []*expr      { return appendPlaces(nil, e.items) }
func (e *subscript) children() []*expr {
	return appendPlace(appendPlace([]*expr{&e.arg}, &e.from), &e.to)
}
func (e *unnest) children() []*expr { return []*expr{&e.arg} }

func appendPlace(places []*expr, place *expr) []*expr {
	if *place == nil {
		return places
	}
	return append(places, place)
}

func appendPlaces(places []*expr, list []expr) []*expr {
	for i := range list {
		places = append(places, &list[i])
	}
	return places
}

func appendSort(places []*expr, keys []sortKey) []*expr {
	for i := range keys {
		places = append(places, &keys[i].e)
	}
	return places
}

// contains tells whether e or an operand of it, not inside subqueries, is as asked.
func contains(e expr, is func(expr) bool) bool {
	found := false
	if e != nil {
		walk(&e, map[expr]bool{}, func(place *expr) bool {
			found = found || is(*place)
			return !found
		})
	}
	return found
}

// walk visits the place of an expression and those of its operands, outermost first, as long as visit says true.
// Rewriting uses operands more than once, so that a tree may hold a node at many places: below it is walked once.
func walk(place *expr, seen map[expr]bool, visit func(*expr) bool) {
	if !visit(place) || seen[*place] {
		return
	}
	seen[*place] = true
	for _, child := range (*place).children() {
		walk(child, seen, visit)
	}
}

// query is one query expression: a SELECT, a set operation or VALUES, with what may stand around it.
type query struct {
	ctes      []*cte
	recursive bool

	// A SELECT.
	distinct   bool
	distinctOn []expr
	items      []*item
	from       []from
	where      expr
	grouped    bool
	group      []grouping
	having     expr
	qualify    expr
	beside     *neighbours // nil where each group has whole series

	// A set operation, when op is not empty.
	op          string
	left, right *query

	rows [][]expr // VALUES

	order         []sortKey
	limit, offset expr
}

// item is one output column of a SELECT.
type item struct {
	e       expr
	name    string // as the user sees it
	ref     string // as the text calls it: unique in its query
	hidden  bool   // exported for the query around it; no user sees it
	notNull bool
}

// grouping is an element of GROUP BY: an expression, or a set of them.
type grouping struct {
	e    expr
	set  string // ROLLUP, CUBE, GROUPING SETS, or empty for a plain list in parentheses
	sets []grouping
}

// columns returns the output columns: those of the leftmost SELECT in a set operation.
func (q *query) columns() []*relColumn {
	for q.op != "" {
		q = q.left
	}
	columns := make([]*relColumn, 0, len(q.items))
	for _, it := range q.items {
		if it.hidden {
			continue
		}
		c, plain := it.e.(*column)
		columns = append(columns, &relColumn{
			name: it.name, ref: it.ref, t: settled(it.e), notNull: it.notNull,
			item: it, attributes: plain && c.col.attributes,
		})
	}
	return columns
}

// settled is the type of e as a column: a string literal there is text.
func settled(e expr) typ {
	switch t := e.typeOf(); {
	case isNull(e):
		return typ{}
	case t.kind == untyped:
		return typ{kind: textual}
	default:
		return t
	}
}

// cte is a common table expression.
type cte struct {
	name    string // as the user calls it
	ref     string // as the text calls it
	q       *query
	cols    []*relColumn
	hint    string // MATERIALIZED, NOT MATERIALIZED or empty
	working bool   // inside its own definition
}

// from is an element of FROM: *relation or *join.
type from interface{ fromClause() }

// relation is something that has columns: a table, a common table expression, a subquery, or a function.
type relation struct {
	alias string // as the user calls it
	ref   string // as the text calls it: unique in the statement
	cols  []*relColumn

	table    *record.Table // a table of the catalogue
	min, max time.Time     // what the statement itself says of the table's time column
	hidden   map[string]*relColumn
	cte      *cte
	sub      *query
	function *call // with one column, or those of json_each
	fixed    [][]string
	lateral  bool
	nullable bool // on the side of an outer join that may be missing
}

// relColumn is a column of a relation.
type relColumn struct {
	name    string // as the user calls it
	ref     string // as the text calls it
	t       typ
	notNull bool
	item    *item // where it is computed, for the columns of queries
	// attributes marks the catalogue's column attributes of records, which is stored in three places.
	attributes bool
}

// join joins two elements. on is nil for a cross join.
type join struct {
	kind        string
	left, right from
	on          expr
}

func (*relation) fromClause() {}
func (*join) fromClause()     {}
