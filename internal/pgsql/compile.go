package pgsql

import (
	"strconv"
	"time"
	_ "time/tzdata" // time zones are checked where no zone files are installed, too
)

func (o Options) now() time.Time {
	if o.Now.IsZero() {
		return time.Now()
	}
	return o.Now
}

func (o Options) timezone() string {
	if o.Timezone == "" {
		return "UTC"
	}
	return o.Timezone
}

// Compile checks a statement and makes it ready to run. The error is an *Error: the user's mistake.
func Compile(sql string, o Options) (*Bound, error) {
	st, err := scan(sql)
	if err != nil {
		return nil, err
	}
	if shown, ok, err := st.show(); err != nil {
		return nil, err
	} else if ok {
		sql = shown
	}
	if st, err = parse(sql, o); err != nil {
		return nil, err
	}
	return compile(st, o)
}

// compile analyzes and renders a parsed statement. Failures of the analysis end here.
func compile(st *statement, o Options) (bound *Bound, err error) {
	defer recoverFailure(&err)
	if _, err := time.LoadLocation(o.timezone()); err != nil || o.Timezone == "Local" {
		return nil, &Error{Message: "unknown time zone " + strconv.Quote(o.Timezone), Hint: "use an IANA name such as Europe/Berlin", Code: codeInvalid}
	}
	a := newAnalyzer(st, o)
	q := a.query(st.root, nil, nil)
	q.cap(o.Limit)
	return a.render(q), nil
}

func newAnalyzer(st *statement, o Options) *analyzer {
	return &analyzer{st: st, o: o, names: map[string]bool{}, ctes: map[string]bool{}}
}

// recoverFailure turns a failure of the analysis into an error.
func recoverFailure(err *error) {
	switch r := recover().(type) {
	case nil:
	case failure:
		*err = r.err
	default:
		panic(r)
	}
}

// cap makes the statement's own limit at most n, so that engines can stop early.
func (q *query) cap(n int) {
	if n <= 0 {
		return
	}
	switch own, ok := intOf(q.limit); {
	case q.limit == nil, ok && own > int64(n):
		q.limit = newInt(int64(n))
	}
}

// render makes the Bound of a top-level query.
func (a *analyzer) render(q *query) *Bound {
	b := a.picking(q)
	if b == nil {
		b = a.print(q, nil)
	}
	b.Limit = a.o.Limit
	return b
}

// print makes the Bound of a query as it stands. Of picked, which may be nil, only rows that are found first are read.
func (a *analyzer) print(q *query, picked *relation) *Bound {
	p := a.printer()
	p.picked = picked
	p.query(q)
	b := &Bound{Sources: p.finish(), Timezone: a.o.timezone(), text: append(p.segments, p.sb.String())}
	for _, c := range q.columns() {
		b.Columns = append(b.Columns, Output{Name: c.ref, NotNull: c.notNull, JSON: c.t.kind == jsonValue})
	}
	return b
}

func (a *analyzer) printer() *printer {
	return &printer{d: a.o.Dialect.dialect(), o: a.o, reads: map[*relation]columnSet{}}
}

// fingerprint returns the text of an expression, to tell equal ones.
func (a *analyzer) fingerprint(e expr) string {
	p := a.printer()
	p.expr(e)
	return p.sb.String()
}
