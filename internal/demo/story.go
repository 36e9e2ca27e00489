package demo

import (
	"fmt"
	"strings"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// story is something that happens in the shop: the spans of one trace, or of several that belong together. Times in it
// count from its start.
type story struct {
	chance
	roots []*span
	seen  []*span // all spans, parents before their children
}

// Kinds of spans, short enough to be read in a scenario.
const (
	internal = tracepb.Span_SPAN_KIND_INTERNAL
	server   = tracepb.Span_SPAN_KIND_SERVER
	client   = tracepb.Span_SPAN_KIND_CLIENT
	producer = tracepb.Span_SPAN_KIND_PRODUCER
	consumer = tracepb.Span_SPAN_KIND_CONSUMER
)

// Levels.
const (
	levelTrace  = 1
	levelDebug  = 5
	levelInfo   = 9
	levelNotice = 10
	levelWarn   = 13
	levelError  = 17
	levelFatal  = 21
)

// span is a span, or a log of Logfire's SDK, which sends those as spans without length.
type span struct {
	service *service // the parent's when nil
	scope   scope
	kind    tracepb.Span_SpanKind
	name    string
	message string // logfire.msg; "" leaves it to the server
	level   int    // 0 leaves it to the server
	tags    []string
	begin   attrs // known at the start
	links   []*span
	// unfinished spans are announced and never end: their process died.
	unfinished bool

	// The rest is filled while the story is built.
	story      *story
	traceID    [16]byte
	id         [8]byte
	parent     *span
	start, end time.Duration
	clock      time.Duration // where the next child starts
	log        bool
	later      attrs // known at the end
	events     []event
	failed     bool
	failure    string // what the status says about it
	lines      []line
	measured   []measurement
}

// event is a span event.
type event struct {
	at    time.Duration
	name  string
	attrs attrs
}

// line is an OTLP log record.
type line struct {
	at    time.Duration
	level int // the severity
	body  any
	attrs attrs
	scope scope
}

// measurement is a value of a metric, taken when its span ends.
type measurement struct {
	metric *metric
	value  float64
	attrs  attrs
}

// trace starts a trace of the story at a time.
func (st *story) trace(at time.Duration, s span, body func(*span)) *span {
	root := &s
	root.traceID = st.traceID()
	st.add(root, at, body)
	st.roots = append(st.roots, root)
	return root
}

// add fills in what a span has of its place, and lets its body happen.
func (st *story) add(s *span, at time.Duration, body func(*span)) {
	s.story, s.id, s.start, s.clock = st, st.spanID(), at, at
	if s.kind == 0 {
		s.kind = internal
	}
	st.seen = append(st.seen, s)
	body(s)
	s.end = s.clock
}

// between is how long a program takes to get from one thing to the next.
const between = 60 * time.Microsecond

// in lets a child happen, from now until its body is over.
func (s *span) in(child span, body func(*span)) *span {
	c := s.adopt(&child)
	s.clock += s.story.around(between)
	s.story.add(c, s.clock, body)
	s.clock = c.end
	return c
}

// do lets a child without children happen, which takes about as long as is said.
func (s *span) do(child span, median time.Duration) *span {
	return s.in(child, func(c *span) { c.work(median) })
}

func (s *span) adopt(c *span) *span {
	c.parent, c.traceID = s, s.traceID
	if c.service == nil {
		c.service = s.service
	}
	return c
}

// work lets about as much time pass as is said.
func (s *span) work(median time.Duration) { s.clock += s.story.around(median) }

// together lets several things happen at the same time.
func (s *span) together(bodies ...func()) {
	start, latest := s.clock, s.clock
	for _, body := range bodies {
		s.clock = start
		body()
		latest = max(latest, s.clock)
	}
	s.clock = latest
}

// set tells attributes that are known when the span ends.
func (s *span) set(later ...attr) { s.later = append(s.later, later...) }

// get returns the value of an attribute, or nil.
func (s *span) get(key string) any {
	if value := s.later.get(key); value != nil {
		return value
	}
	return s.begin.get(key)
}

// measure adds a value to a metric when the span ends.
func (s *span) measure(m *metric, value float64, labels ...attr) {
	s.measured = append(s.measured, measurement{m, value, labels})
}

// happens adds a span event.
func (s *span) happens(name string, list ...attr) {
	s.events = append(s.events, event{s.clock, name, list})
}

// exception is what was raised.
type exception struct {
	kind, message string
	stack         string
}

// fails ends with an exception that nothing inside caught.
func (s *span) fails(e exception) {
	s.failed, s.failure = true, e.kind+": "+e.message
	s.records(e, true)
}

// records notes an exception, which by itself is no failure.
func (s *span) records(e exception, escaped bool) {
	s.happens("exception", kv("exception.type", e.kind), kv("exception.message", e.message),
		kv("exception.stacktrace", e.stack), kv("exception.escaped", map[bool]string{true: "True", false: "False"}[escaped]))
}

// say writes a log with Logfire's SDK: a template, and what fills it.
func (s *span) say(level int, template string, args ...attr) *span {
	return s.in(span{scope: logfireSDK, name: template, message: fill(template, args), level: level,
		begin: append(args, codeOf(s)...)}, func(c *span) { c.log = true })
}

// write writes an OTLP log record.
func (s *span) write(level int, body any, list ...attr) {
	s.lines = append(s.lines, line{s.clock, level, body, list, s.scope})
}

// fill puts values in the places of a template that are named like them.
func fill(template string, args []attr) string {
	for _, a := range args {
		value, ok := a.value.(string)
		if !ok {
			value = text(a.value)
		}
		template = strings.ReplaceAll(template, "{"+a.key+"}", value)
	}
	return template
}

// codeOf says from which line a log of a service comes: one that follows from where it stands.
func codeOf(s *span) attrs {
	return attrs{
		kv("code.filepath", strings.ReplaceAll(s.service.name, "-", "_")+"/app.py"),
		kv("code.function", "handle"), kv("code.lineno", 20+len(s.name)*3%180),
	}
}

// length is how long the story goes on.
func (st *story) length() time.Duration {
	var length time.Duration
	for _, s := range st.seen {
		length = max(length, s.end)
	}
	return length
}

func euros(cents int) string { return fmt.Sprintf("%d.%02d €", cents/100, cents%100) }
