package cli

import (
	"cmp"
	"container/list"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/sdk/query"
)

// tree remembers how deep the spans stand that were seen, so that a child can be indented under its parent. It forgets
// the span that was used longest ago when there are too many: its later children then start at the margin.
type tree struct {
	most  int
	spans map[string]*list.Element // of spot, by trace and span id
	used  *list.List               // the latest used in front
}

// spot is where a span stands.
type spot struct {
	key   string
	depth int
}

// maxSpots is how many spans a tail remembers, at about 200 bytes each.
const maxSpots = 20_000

// maxDepth is how far a line is indented at most: deeper, little room would be left for its text.
const maxDepth = 12

func newTree(most int) *tree {
	return &tree{most: most, spans: map[string]*list.Element{}, used: list.New()}
}

// place returns the depth of a record, and remembers it for its children. A span that was pending stays in its place.
func (t *tree) place(r *query.Record) int {
	depth := 0
	if r.ParentSpanID != "" {
		if parent, ok := t.find(r.TraceID + r.ParentSpanID); ok {
			depth = parent + 1
		}
	}
	if r.Kind != "span" && r.Kind != "pending_span" {
		return depth // has no children
	}
	key := r.TraceID + r.SpanID
	if known, ok := t.find(key); ok {
		return known
	}
	t.spans[key] = t.used.PushFront(spot{key, depth})
	if t.used.Len() > t.most {
		oldest := t.used.Back()
		delete(t.spans, t.used.Remove(oldest).(spot).key)
	}
	return depth
}

func (t *tree) find(key string) (depth int, ok bool) {
	element, ok := t.spans[key]
	if !ok {
		return 0, false
	}
	t.used.MoveToFront(element)
	return element.Value.(spot).depth, true
}

// tailPrinter writes records as lines of a tree:
//
//	14:02:07.318  info   api        POST /pay                     running
//	14:02:07.402  warn   api          card was declined
//	14:02:12.710  info   api        POST /pay                     5.392s
type tailPrinter struct {
	c       *console
	tree    *tree
	zone    *time.Location
	service int // width of the service column; grows with the names that come
}

// maxService is how wide the service column gets.
const maxService = 20

func newTailPrinter(c *console, zone *time.Location) *tailPrinter {
	return &tailPrinter{c: c, tree: newTree(maxSpots), zone: zone, service: minColumn}
}

// print writes the records of one frame. What arrived together is put in the order in which it began: a span that ends
// is sent after its children, and should stand above them.
func (p *tailPrinter) print(records []query.Record) error {
	ordered := slices.Clone(records)
	slices.SortStableFunc(ordered, func(a, b query.Record) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(rank(&a), rank(&b)))
	})
	var lines strings.Builder
	for i := range ordered {
		lines.WriteString(p.line(&ordered[i]))
		lines.WriteByte('\n')
	}
	_, err := p.c.out.Write([]byte(lines.String()))
	return err
}

// rank orders what begins at the same time: spans before what happens in them.
func rank(r *query.Record) int {
	switch r.Kind {
	case "pending_span":
		return 0
	case "span":
		return 1
	}
	return 2
}

func (p *tailPrinter) line(r *query.Record) string {
	depth := min(p.tree.place(r), maxDepth)
	service := clean(r.ServiceName)
	p.service = min(maxService, max(p.service, textWidth(service)))
	service = cut(service, p.service)
	level, colour := levelOf(r.Level)

	left := []string{
		p.c.paint(dim, r.Start.In(p.zone).Format("15:04:05.000")),
		p.c.paint(colour, level+strings.Repeat(" ", max(0, 6-len(level)))),
		p.c.paint(serviceColour(service), service) + strings.Repeat(" ", p.service-textWidth(service)),
	}
	used := len("15:04:05.000") + len(gutter) + 6 + len(gutter) + p.service + len(gutter)
	return strings.Join(left, gutter) + gutter + p.rest(r, depth, colour, p.c.width-used)
}

// rest is the line from the message on, within so many columns on a terminal.
func (p *tailPrinter) rest(r *query.Record, depth int, colour string, room int) string {
	message := clean(cmp.Or(r.Message, r.SpanName))
	if r.IsException && r.ExceptionType != "" {
		message += " (" + clean(r.ExceptionType) + ")"
	}
	for _, tag := range r.Tags {
		message += " [" + clean(tag) + "]"
	}
	took, tookColour := durationOf(r)
	indent := strings.Repeat("  ", depth)
	if p.c.width > 0 {
		room -= len(indent)
		if took != "" {
			room -= len(gutter) + textWidth(took)
		}
		message = cut(message, max(room, minColumn))
	}
	if r.Level < 13 { // info and below: the message stays plain
		colour = ""
	}
	line := indent + p.c.paint(colour, message)
	if took != "" {
		line += gutter + p.c.paint(tookColour, took)
	}
	return line
}

// durationOf returns how long a span took, or that it runs.
func durationOf(r *query.Record) (text, colour string) {
	switch {
	case r.Kind == "pending_span":
		return "running", cyan
	case r.Duration == nil:
		return "", ""
	}
	d := time.Duration(*r.Duration * float64(time.Second))
	switch {
	case d < time.Millisecond:
		d = d.Round(time.Microsecond)
	case d < time.Second:
		d = d.Round(100 * time.Microsecond)
	default:
		d = d.Round(time.Millisecond)
	}
	return d.String(), dim
}

// levelOf returns the name of a severity number and its colour.
func levelOf(level int) (name, colour string) {
	switch {
	case level >= 21:
		return "fatal", boldRed
	case level >= 17:
		return "error", red
	case level >= 13:
		return "warn", yellow
	case level == 10:
		return "notice", blue
	case level >= 9:
		return "info", blue
	case level >= 5:
		return "debug", dim
	case level >= 1:
		return "trace", dim
	}
	return strconv.Itoa(level), ""
}

// serviceColours are easy to tell apart and stand for no level.
var serviceColours = []string{cyan, magenta, "36;1", "35;1", "32", "32;1"}

// serviceColour gives a service its colour, the same one in every run.
func serviceColour(service string) string {
	sum := 0
	for _, b := range []byte(service) {
		sum = sum*31 + int(b)
	}
	return serviceColours[uint(sum)%uint(len(serviceColours))]
}
