package pgsql

import (
	"slices"
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
)

// scope is where names are looked up: the relations of one SELECT, and around it those of the statements that it
// stands in.
type scope struct {
	parent *scope
	ctes   *cteScope
	namespace
	items       []*item // the select list, once known: aliases may be used after it
	windows     map[string]*window
	inAggregate bool
	// wholeAttributes says that attributes is grouped by, so that outside aggregates it must be read as a whole.
	wholeAttributes bool
}

// namespace is the columns that a FROM element offers.
type namespace struct {
	rels []*relation
	// suppressed are the right sides of USING, which only a qualified name reaches; merged says what stands for the
	// left sides where that is not the left side itself.
	suppressed map[*relColumn]bool
	merged     map[*relColumn]expr
}

func (n *namespace) add(other namespace) {
	n.rels = append(n.rels, other.rels...)
	for col := range other.suppressed {
		n.suppress(col)
	}
	for col, e := range other.merged {
		n.merge(col, e)
	}
}

func (n *namespace) suppress(col *relColumn) {
	if n.suppressed == nil {
		n.suppressed = map[*relColumn]bool{}
	}
	n.suppressed[col] = true
}

func (n *namespace) merge(col *relColumn, e expr) {
	if n.merged == nil {
		n.merged = map[*relColumn]expr{}
	}
	n.merged[col] = e
}

// cteScope is the common table expressions in sight, innermost first.
type cteScope struct {
	parent *cteScope
	cte    *cte
}

func (s *cteScope) find(name string) *cte {
	for ; s != nil; s = s.parent {
		if s.cte.name == name {
			return s.cte
		}
	}
	return nil
}

// lookup returns what an unqualified name means in this namespace: one expression for each match.
func (n *namespace) lookup(name string) []expr {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		var found []expr
		for _, rel := range n.rels {
			for _, col := range rel.cols {
				if same(col.name, name) && !n.suppressed[col] {
					found = append(found, n.read(rel, col))
				}
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// read returns the expression that an unqualified reference to a column means.
func (n *namespace) read(rel *relation, col *relColumn) expr {
	if e := n.merged[col]; e != nil {
		return e
	}
	return &column{rel: rel, col: col}
}

// relation returns the relation of a name, or nil.
func (n *namespace) relation(name string) *relation {
	for _, rel := range n.rels {
		if rel.alias == name {
			return rel
		}
	}
	for _, rel := range n.rels {
		if strings.EqualFold(rel.alias, name) {
			return rel
		}
	}
	return nil
}

// column resolves an unqualified name, in this scope and then in those around it.
func (a *analyzer) column(s *scope, name string, location int32) expr {
	for at := s; at != nil; at = at.parent {
		found := at.lookup(name)
		if len(found) > 1 {
			a.fail(location, codeAmbiguous, "put the table's name or alias in front of it", "column %q is ambiguous", name)
		}
		if len(found) == 1 {
			return found[0]
		}
		if e := at.alias(name); e != nil && at == s {
			return e
		}
	}
	if key, ok := strings.CutPrefix(name, record.HotColumn("")); ok && key != "" {
		base := a.column(s, record.ColAttributes, location)
		return a.get(s, base, []jsonStep{{key: key}}, jsonAsText)
	}
	if name == costSource && len(s.lookup(record.ColAttributes)) == 1 {
		if e := a.costSource(s, a.column(s, record.ColAttributes, location)); e != nil {
			return e
		}
	}
	a.unknownColumn(s, nil, name, location)
	return nil
}

// costSource is the name by which users read the hidden column that tells where operation.cost comes from.
const costSource = "_" + record.ColCostSource

// costSource returns the stored column beside attributes, or nil when it cannot be reached.
func (a *analyzer) costSource(s *scope, attributes expr) expr {
	c, ok := attributes.(*column)
	if !ok || !c.col.attributes || s.wholeAttributes && !s.inAggregate {
		return nil
	}
	return physical(c, record.ColCostSource, textual)
}

// alias returns the select item of that alias.
func (s *scope) alias(name string) expr {
	for _, it := range s.items {
		if it.name == name && !it.hidden {
			return it.e
		}
	}
	return nil
}

// qualified resolves relation.name.
func (a *analyzer) qualified(s *scope, qualifier, name string, location int32) expr {
	rel := a.findRelation(s, qualifier)
	if rel == nil {
		a.unknownQualifier(s, qualifier, name, location)
	}
	var match *relColumn
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, col := range rel.cols {
			if same(col.name, name) {
				if match != nil {
					a.fail(location, codeAmbiguous, "", "column %q is ambiguous", qualifier+"."+name)
				}
				match = col
			}
		}
		if match != nil {
			return &column{rel: rel, col: match}
		}
	}
	if key, ok := strings.CutPrefix(name, record.HotColumn("")); ok && key != "" {
		base := a.qualified(s, qualifier, record.ColAttributes, location)
		return a.get(s, base, []jsonStep{{key: key}}, jsonAsText)
	}
	if name == costSource && slices.Contains(rel.columnNames(), record.ColAttributes) {
		if e := a.costSource(s, a.qualified(s, qualifier, record.ColAttributes, location)); e != nil {
			return e
		}
	}
	a.unknownColumn(s, rel, name, location)
	return nil
}

func (a *analyzer) findRelation(s *scope, name string) *relation {
	for at := s; at != nil; at = at.parent {
		if rel := at.relation(name); rel != nil {
			return rel
		}
	}
	return nil
}

func (a *analyzer) unknownQualifier(s *scope, qualifier, name string, location int32) {
	hint := "tables in scope: " + strings.Join(s.relationNames(), ", ")
	if len(s.relationNames()) == 0 {
		hint = "the statement reads no table"
	}
	if len(s.lookup(record.ColAttributes)) > 0 && len(s.lookup(name)) == 0 && name != "*" {
		hint = "attributes are read with attributes->>'" + qualifier + "." + name + "'"
	}
	a.fail(location, codeUnknownTable, hint, "no table or alias %q in this FROM clause", qualifier)
}

func (s *scope) relationNames() []string {
	var names []string
	for at := s; at != nil; at = at.parent {
		for _, rel := range at.rels {
			names = append(names, rel.alias)
		}
	}
	return names
}

// otherNames are columns that people look for under another name.
var otherNames = map[string][]string{
	"timestamp":   {record.ColRecorded, record.ColStart},
	"time":        {record.ColRecorded, record.ColStart},
	"ts":          {record.ColRecorded, record.ColStart},
	"service":     {"service_name"},
	"name":        {"span_name", "metric_name"},
	"environment": {"deployment_environment"},
	"env":         {"deployment_environment"},
	"severity":    {record.ColLevel},
	"status":      {"otel_status_code"},
	"status_code": {"http_response_status_code", "otel_status_code"},
	"trace":       {"trace_id"},
	"parent_id":   {"parent_span_id"},
	"body":        {"log_body"},
	"resource":    {"otel_resource_attributes"},
	"duration_ms": {"duration"},
	"stacktrace":  {"exception_stacktrace"},
	"events":      {"otel_events"},
	"links":       {"otel_links"},
}

func (a *analyzer) unknownColumn(s *scope, rel *relation, name string, location int32) {
	var names []string
	if rel != nil {
		names = rel.columnNames()
	} else {
		for _, r := range s.rels {
			names = append(names, r.columnNames()...)
		}
	}
	message := "column \"" + name + "\" does not exist"
	if rel != nil {
		message = "column \"" + rel.alias + "." + name + "\" does not exist"
	}
	a.fail(location, codeUnknownColumn, columnHint(name, names), "%s", message)
}

func (rel *relation) columnNames() []string {
	names := make([]string, len(rel.cols))
	for i, col := range rel.cols {
		names[i] = col.name
	}
	return names
}

// columnHint says which of names may have been meant.
func columnHint(name string, names []string) string {
	lower := strings.ToLower(name)
	for _, other := range otherNames[lower] {
		if slices.Contains(names, other) {
			return "did you mean " + other + "?"
		}
	}
	if best := closest(lower, names); best != "" {
		return "did you mean " + best + "?"
	}
	if slices.Contains(names, record.ColAttributes) {
		return "attributes are read with attributes->>'" + strings.ReplaceAll(name, "'", "''") + "'"
	}
	return ""
}

// closest returns the name that differs least from want, or "" when none is near.
func closest(want string, names []string) string {
	best, bestDistance := "", 1+len(want)/3
	for _, name := range names {
		if d := editDistance(want, name, bestDistance); d < bestDistance || d == bestDistance && best == "" && d <= 2 {
			best, bestDistance = name, d
		}
	}
	return best
}

// editDistance returns the Levenshtein distance in bytes, or something above limit when it is above.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	previous, current := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := range len(a) {
		current[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			current[j+1] = min(previous[j]+cost, previous[j+1]+1, current[j]+1)
		}
		previous, current = current, previous
	}
	return previous[len(b)]
}
