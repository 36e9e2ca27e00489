package pgsql

import (
	"strings"
	"time"
)

// tighten narrows the time ranges that tables must be read in, by what a WHERE condition says of their time columns.
// A range may be too wide, never too narrow. It holds for outer joins too: a condition on a column is not true for the
// NULLs that a missing row would give.
func (a *analyzer) tighten(where expr, s *scope) {
	switch e := where.(type) {
	case *logic:
		if e.op == "AND" {
			for _, arg := range e.args {
				a.tighten(arg, s)
			}
		}
	case *between:
		if !e.negate {
			a.tightenBy(">=", e.arg, e.low, s)
			a.tightenBy("<=", e.arg, e.high, s)
		}
	case *operation:
		if e.left == nil {
			return
		}
		if !a.tightenBy(e.op, e.left, e.right, s) {
			a.tightenBy(mirrored[e.op], e.right, e.left, s)
		}
	}
}

var mirrored = map[string]string{"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}

// tightenBy narrows by column op bound and reports whether the left side is a time column.
func (a *analyzer) tightenBy(op string, left, bound expr, s *scope) bool {
	c, ok := left.(*column)
	if !ok || c.rel.table == nil || c.col.ref != c.rel.table.TimeColumn || s.relationOf(c.rel) == nil {
		return false
	}
	at, moving, ok := a.instant(bound)
	if !ok {
		return true
	}
	const tick = time.Microsecond // of the columns; bounds are exclusive
	switch op {
	case ">":
		c.rel.min = latest(c.rel.min, at)
	case ">=", "=":
		c.rel.min = latest(c.rel.min, at.Add(-tick))
	}
	if moving {
		return true // now() is later when the statement runs
	}
	switch op {
	case "<":
		c.rel.max = earliest(c.rel.max, at)
	case "<=", "=":
		c.rel.max = earliest(c.rel.max, at.Add(tick))
	}
	return true
}

// relationOf returns rel when it belongs to this scope itself.
func (s *scope) relationOf(rel *relation) *relation {
	for _, r := range s.rels {
		if r == rel {
			return r
		}
	}
	return nil
}

// instant returns the time that an expression means. moving says that it depends on when the statement runs.
func (a *analyzer) instant(e expr) (at time.Time, moving, ok bool) {
	switch e := e.(type) {
	case *literal:
		if text, isText := stringOf(e); isText {
			at, ok = a.parseTime(text)
		}
	case *cast:
		if k := e.to.t.kind; k == timestamp || k == localTime {
			return a.instant(e.arg)
		}
	case *call:
		if e.name == "now" {
			return a.o.now(), true, true
		}
	case *operation:
		if e.left == nil || e.op != "-" && e.op != "+" {
			return
		}
		at, moving, ok = a.instant(e.left)
		distance, isInterval := intervalOf(e.right)
		if !ok || !isInterval {
			return at, moving, false
		}
		sign := 1
		if e.op == "-" {
			sign = -1
		}
		// A day more: months and days are counted in the session's time zone by engines, in UTC here.
		at = distance.from(at, sign)
		if distance.months != 0 || distance.days != 0 {
			return at.AddDate(0, 0, -1), true, true
		}
	}
	return at, moving, ok
}

func intervalOf(e expr) (span, bool) {
	c, ok := e.(*cast)
	if !ok || c.to.t.kind != interval {
		return span{}, false
	}
	text, ok := stringOf(c.arg)
	if !ok {
		return span{}, false
	}
	return parseInterval(text)
}

var timeLayouts = []string{
	"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999-07",
	"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
}

// parseTime reads a timestamp literal; without a zone it is in the session's.
func (a *analyzer) parseTime(text string) (time.Time, bool) {
	zone, err := time.LoadLocation(a.o.timezone())
	if err != nil {
		return time.Time{}, false
	}
	for _, layout := range timeLayouts {
		if at, err := time.ParseInLocation(layout, strings.TrimSpace(text), zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
