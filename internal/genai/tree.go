package genai

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/sdk/prices"
)

// node is a record in the tree of its trace.
type node struct {
	source   *Source
	logs     []*Source
	record   *Record // nil when it tells nothing of language models
	parent   *node
	children []*node // by start
}

// tree is a trace.
type tree struct {
	roots []*node
	byID  map[string]*node
	owner map[string]string // of logs that belong to a span: the span's id by the log's
}

// newTree joins the records of a trace. Records may be missing, come in any order, and point at each other in circles.
func newTree(sources []Source, table *prices.Table) *tree {
	t := &tree{byID: map[string]*node{}, owner: map[string]string{}}
	var all []*node
	var logs []*Source
	for i := range sources {
		s := &sources[i]
		switch {
		case s.Kind == record.KindSpanEvent || s.Kind == record.KindAnnotation:
		case s.Kind == record.KindLog && belongsToSpan(s), isHTTPReading(s):
			logs = append(logs, s)
		default:
			all = t.insert(all, s)
		}
	}
	all = t.attach(all, logs)
	for _, n := range all {
		if r, ok := Read(n.source, n.logs...); ok {
			n.record = r
			price(r, n.source.Start, table)
		}
	}
	all = t.pairStreams(all)
	countOnce(all)
	t.link(all)
	return t
}

// insert adds a record. A pending span gives way to the span that it announced; of any other id the first one stays.
func (t *tree) insert(all []*node, s *Source) []*node {
	if known := t.byID[s.SpanID]; known != nil {
		if known.source.Kind == record.KindPendingSpan && s.Kind == record.KindSpan {
			known.source = s
		}
		return all
	}
	n := &node{source: s}
	t.byID[s.SpanID] = n
	return append(all, n)
}

// belongsToSpan tells whether a log is a message, or another part, of the span that it was written in.
func belongsToSpan(s *Source) bool {
	if s.ParentSpanID == "" {
		return false
	}
	if isMessageEvent(s.Name) {
		return true
	}
	if !strings.Contains(s.Attributes, `"event.name"`) {
		return false
	}
	attributes, _ := decodeObject(s.Attributes)
	return isMessageEvent(textOf(attributes["event.name"]))
}

// attach gives logs to their spans. A span that has not come, or never will, is made up from them.
func (t *tree) attach(all []*node, logs []*Source) []*node {
	for _, log := range logs {
		owner := t.byID[log.ParentSpanID]
		if owner == nil {
			owner = &node{source: &Source{
				Kind: record.KindPendingSpan, TraceID: log.TraceID, SpanID: log.ParentSpanID,
				Start: log.Start, End: log.Start, Service: log.Service, Scope: log.Scope,
			}}
			t.byID[log.ParentSpanID] = owner
			all = append(all, owner)
		}
		owner.logs = append(owner.logs, log)
		t.owner[log.SpanID] = log.ParentSpanID
	}
	return all
}

// pairStreams joins the two records that Logfire's integrations make of a streamed answer: a span with the request,
// and after it a log with the same request and the answer.
func (t *tree) pairStreams(all []*node) []*node {
	type key struct{ parent, request string }
	waiting := map[key][]*node{}
	slices.SortStableFunc(all, byStart)
	for _, n := range all {
		if r := n.record; r != nil && r.pairKey != "" && n.source.Kind != record.KindLog && len(r.Output) == 0 {
			k := key{n.source.ParentSpanID, r.pairKey}
			waiting[k] = append(waiting[k], n)
		}
	}
	return slices.DeleteFunc(all, func(n *node) bool {
		if n.source.Kind != record.KindLog || n.record == nil || n.record.pairKey == "" {
			return false
		}
		k := key{n.source.ParentSpanID, n.record.pairKey}
		if len(waiting[k]) == 0 {
			return false
		}
		span := waiting[k][0]
		waiting[k] = waiting[k][1:]
		missing := span.record.ContentMissing && n.record.ContentMissing
		merge(span.record, n.record)
		span.record.ContentMissing = missing
		if span.record.UsageScope == ScopeNone {
			span.record.UsageScope = n.record.UsageScope
		}
		t.owner[n.source.SpanID] = span.source.SpanID
		delete(t.byID, n.source.SpanID)
		return true
	})
}

// countOnce takes the usage from logs that tell of calls which other records tell of too: those of Claude Code where it
// sends spans, and those of Gemini CLI where it sends semconv's events.
func countOnce(all []*node) {
	claudeSpans, geminiEvents := false, map[string]bool{}
	for _, n := range all {
		if n.kind() != KindChat {
			continue
		}
		if n.source.Kind != record.KindLog && slices.Contains(n.record.Dialects, "claude_code") {
			claudeSpans = true
		}
		if n.source.Kind == record.KindLog && slices.Contains(n.record.Dialects, "semconv_messages") {
			geminiEvents[n.record.RunID] = true
		}
	}
	for _, n := range all {
		if n.kind() != KindChat || n.source.Kind != record.KindLog {
			continue
		}
		dialect := n.record.Dialects[0]
		if dialect == "claude_code" && claudeSpans || dialect == "gemini_cli" && n.record.RunID != "" && geminiEvents[n.record.RunID] {
			n.record.Kind, n.record.Usage, n.record.UsageScope, n.record.Cost = KindOther, Usage{}, ScopeNone, nil
			n.record.Input, n.record.Output = nil, nil
		}
	}
}

func byStart(a, b *node) int {
	return cmp.Or(a.source.Start.Compare(b.source.Start), cmp.Compare(a.source.SpanID, b.source.SpanID))
}

// link gives each node its parent, and cuts circles open.
func (t *tree) link(all []*node) {
	slices.SortStableFunc(all, byStart)
	for _, n := range all {
		if parent := t.byID[n.source.ParentSpanID]; parent != nil && parent != n {
			n.parent = parent
		}
	}
	const walking, rooted = 1, 2
	state := map[*node]int{}
	for _, n := range all {
		var path []*node
		at := n
		for at != nil && state[at] == 0 {
			state[at] = walking
			path = append(path, at)
			at = at.parent
		}
		if at != nil && state[at] == walking {
			at.parent = nil
		}
		for _, walked := range path {
			state[walked] = rooted
		}
	}
	for _, n := range all {
		if n.parent == nil {
			t.roots = append(t.roots, n)
		} else {
			n.parent.children = append(n.parent.children, n)
		}
	}
}

// kind returns what the node tells of; other when it tells nothing.
func (n *node) kind() Kind {
	if n.record == nil {
		return KindOther
	}
	return n.record.Kind
}
