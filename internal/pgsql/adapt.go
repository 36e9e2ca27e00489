package pgsql

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// adapt rewrites what DataFusion and DuckDB know and PostgreSQL's grammar does not.
func (st *statement) adapt() {
	for i := range st.tokens {
		st.adaptLongName(i)
		switch t := &st.tokens[i]; t.word {
		case "try_cast":
			if st.word(i+1) == "(" {
				st.edit(t.start, len("try_"), "")
				st.tryCast[t.start+len("try_")] = true
			}
		case "except", "exclude":
			st.adaptStar(i)
		case "ignore", "respect":
			st.adaptNulls(i)
		case "qualify":
			st.adaptQualify(i)
		case ",":
			if st.word(i+1) == "from" {
				st.edit(t.start, 1, " ")
			}
		case "[":
			switch {
			case i == 0 || !st.endsOperand(i-1):
				st.adaptList(i)
			case st.word(i-1) == ")":
				st.adaptSubscript(i)
			}
		case "interval":
			st.adaptInterval(i)
		case "all":
			if st.word(i-1) == "by" && (i+1 == len(st.tokens) || st.endsClause(i+1)) {
				st.edit(t.start, len("all"), groupByAll)
			}
		case "as":
			st.adaptAlias(i)
		}
	}
	st.apply()
}

// groupByAll stands for ALL in GROUP BY ALL.
const groupByAll = "lf_all"

func (st *statement) word(i int) string {
	if i < 0 || i >= len(st.tokens) {
		return ""
	}
	return st.tokens[i].word
}

func (st *statement) edit(at, remove int, insert string) {
	st.edits = append(st.edits, edit{at: at, remove: remove, insert: insert})
}

// adaptStar takes EXCEPT (a, b) away after a star and remembers it.
func (st *statement) adaptStar(i int) {
	if st.word(i-1) != "*" || (st.word(i-2) != "." && st.word(i-2) != "," && !st.tokens[max(i-2, 0)].reserved) {
		return
	}
	var names []excludedColumn
	end := i + 1
	if st.word(end) == "(" {
		for end++; ; end++ {
			names = append(names, excludedColumn{st.identifier(end), st.offset(end)})
			end++
			if st.word(end) != "," {
				break
			}
		}
		if st.word(end) != ")" {
			return
		}
	} else {
		names = append(names, excludedColumn{st.identifier(end), st.offset(end)})
	}
	for _, n := range names {
		if n.name == "" {
			return
		}
	}
	start := i - 1
	for st.word(start-1) == "." {
		start -= 2
	}
	st.excluded[st.offset(start)] = names
	st.edit(st.tokens[i].start, st.tokens[end].end-st.tokens[i].start, "")
}

func (st *statement) offset(i int) int {
	if i < 0 || i >= len(st.tokens) {
		return len(st.text)
	}
	return st.tokens[i].start
}

// identifier returns the name that token i spells, folded as PostgreSQL does, or "".
func (st *statement) identifier(i int) string {
	if i < 0 || i >= len(st.tokens) {
		return ""
	}
	raw := st.text[st.tokens[i].start:st.tokens[i].end]
	if strings.HasPrefix(raw, `"`) && len(raw) > 1 {
		return strings.ReplaceAll(raw[1:len(raw)-1], `""`, `"`)
	}
	if isWord(st.tokens[i].word) && !st.tokens[i].reserved {
		return st.tokens[i].word
	}
	return ""
}

// qualifyName is the name of the window whose partition carries the QUALIFY condition through the grammar: the WINDOW
// clause stands where QUALIFY does.
const qualifyName = "lf_qualify"

func (st *statement) adaptQualify(i int) {
	t := st.tokens[i]
	next := st.word(i + 1)
	if t.kind != pg.Token_IDENT || next == "" || strings.ContainsAny(next[:1], ",);.=<>*/%") || st.word(i-1) == "." || st.word(i-1) == "as" || st.word(i-1) == "," || st.word(i-1) == "select" {
		return
	}
	end, depth := i+1, 0
	for ; end < len(st.tokens); end++ {
		w := st.word(end)
		if depth == 0 && (w == ")" || st.endsClause(end)) {
			break
		}
		switch w {
		case "(", "[":
			depth++
		case ")", "]":
			depth--
		}
	}
	if end == i+1 {
		return
	}
	st.edit(t.start, len("qualify"), "window "+qualifyName+" as (partition by (")
	st.edit(st.tokens[end-1].end, 0, "))")
}

// endsClause tells whether token i starts the next clause of a SELECT, or ends it.
func (st *statement) endsClause(i int) bool {
	switch st.word(i) {
	case ")", ";", "order", "limit", "offset", "fetch", "union", "intersect", "window", "having", "for":
		return true
	case "except":
		return st.word(i-1) != "*"
	}
	return false
}

// endsOperand tells whether a bracket after token i is a subscript rather than a list.
func (st *statement) endsOperand(i int) bool {
	if i < 0 {
		return false
	}
	t := st.tokens[i]
	switch t.word {
	case ")", "]":
		return true
	case "array":
		return true
	case "by", "like", "ilike", "between", "is", "similar", "escape", "values", "exists":
		return false // keywords that are not reserved
	}
	switch t.kind {
	case pg.Token_IDENT, pg.Token_SCONST, pg.Token_ICONST, pg.Token_FCONST, pg.Token_PARAM:
		return true
	}
	return isWord(t.word) && !t.reserved
}

var intervalUnits = map[string]bool{}

func init() {
	for _, unit := range strings.Fields("microsecond millisecond second minute hour day week month quarter year decade century") {
		intervalUnits[unit], intervalUnits[unit+"s"] = true, true
	}
}

// adaptNulls takes IGNORE NULLS and RESPECT NULLS away between a call and its OVER, and remembers the former.
func (st *statement) adaptNulls(i int) {
	if st.word(i-1) != ")" || st.word(i+1) != "nulls" || st.word(i+2) != "over" {
		return
	}
	open := st.matchingOpen(i - 1)
	if open < 1 {
		return
	}
	if st.word(i) == "ignore" {
		st.ignoreNulls[st.tokens[open-1].start] = true
	}
	st.edit(st.tokens[i].start, st.tokens[i+1].end-st.tokens[i].start, "")
}

// adaptList turns [1, 2] into (array[1, 2]), unless it is a list inside one.
func (st *statement) adaptList(i int) {
	depth := 0
	for end := i; end < len(st.tokens); end++ {
		switch st.word(end) {
		case "[":
			depth++
		case "]":
			depth--
		}
		if depth == 0 {
			st.edit(st.tokens[i].start, 0, "(array")
			st.edit(st.tokens[end].end, 0, ")")
			return
		}
	}
}

// adaptSubscript turns f(x)[1] into (f(x))[1].
func (st *statement) adaptSubscript(i int) {
	open := st.matchingOpen(i - 1)
	if open < 1 || st.tokens[open-1].reserved || !st.callable(open-1) {
		return
	}
	st.edit(st.tokens[open-1].start, 0, "(")
	st.edit(st.tokens[i].start, 0, ")")
}

// adaptInterval quotes INTERVAL 5 MINUTES.
func (st *statement) adaptInterval(i int) {
	if i+2 >= len(st.tokens) || !intervalUnits[st.word(i+2)] {
		return
	}
	if kind := st.tokens[i+1].kind; kind != pg.Token_ICONST && kind != pg.Token_FCONST {
		return
	}
	st.edit(st.tokens[i+1].start, 0, "'")
	st.edit(st.tokens[i+2].end, 0, "'")
}

// adaptAlias turns AS 'name' into AS "name".
func (st *statement) adaptAlias(i int) {
	if i+1 >= len(st.tokens) || st.tokens[i+1].kind != pg.Token_SCONST || st.word(i-2) == "cast" {
		return
	}
	t := st.tokens[i+1]
	raw := st.text[t.start:t.end]
	if len(raw) < 3 || raw[0] != '\'' {
		return
	}
	name := strings.ReplaceAll(raw[1:len(raw)-1], "''", "'")
	st.edit(t.start, t.end-t.start, `"`+strings.ReplaceAll(name, `"`, `""`)+`"`)
}

// apply makes sent from text and the edits, which must not overlap.
func (st *statement) apply() {
	if len(st.edits) == 0 {
		return
	}
	st.sortEdits()
	var sb strings.Builder
	at := 0
	kept := st.edits[:0]
	for _, e := range st.edits {
		if e.at < at {
			continue // inside text that another edit took away
		}
		kept = append(kept, e)
		sb.WriteString(st.text[at:e.at])
		sb.WriteString(e.insert)
		at = e.at + e.remove
	}
	st.edits = kept
	sb.WriteString(st.text[at:])
	st.sent = sb.String()
}

func (st *statement) sortEdits() {
	for i := 1; i < len(st.edits); i++ {
		for j := i; j > 0 && st.edits[j].at < st.edits[j-1].at; j-- {
			st.edits[j], st.edits[j-1] = st.edits[j-1], st.edits[j]
		}
	}
}

// maxName is where PostgreSQL cuts names off, in bytes.
const maxName = 63

// adaptLongName lets a short name stand for one that PostgreSQL would cut off.
func (st *statement) adaptLongName(i int) {
	t := st.tokens[i]
	if t.kind != pg.Token_IDENT || t.end-t.start <= maxName {
		return
	}
	name := st.identifier(i)
	if len(name) <= maxName {
		return
	}
	if st.long == nil {
		st.long = map[string]string{}
	}
	short := "lf_long_" + strconv.Itoa(i)
	st.long[short] = name
	st.edit(t.start, t.end-t.start, short)
}

// restore puts the long names back into the tree.
func (st *statement) restore(m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case field.IsList() && field.Message() != nil:
			for i := range v.List().Len() {
				st.restore(v.List().Get(i).Message())
			}
		case field.Message() != nil:
			st.restore(v.Message())
		case field.Kind() == protoreflect.StringKind && !field.IsList():
			if name, ok := st.long[v.String()]; ok {
				m.Set(field, protoreflect.ValueOfString(name))
			}
		}
		return true
	})
}
