package pgsql

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// outputName names a select item without alias after the user's own text, as DataFusion does: a plain column by its
// name, anything else by its text in one spelling, such as max(duration) or attributes ->> 'k'.
func (a *analyzer) outputName(n *pg.ResTarget, index int) string {
	if ref := n.Val.GetColumnRef(); ref != nil {
		return ref.Fields[len(ref.Fields)-1].GetString_().GetSval()
	}
	if f := n.Val.GetFuncCall(); f != nil && f.Over == nil && f.AggFilter == nil && len(f.Args) == 0 && operatorName(f.Funcname) == "count" {
		return "count(*)"
	}
	first := a.st.tokenFrom(a.st.origin(int(n.Location)))
	name := a.st.spell(first, a.st.itemEnd(first))
	if name == "" {
		return "column" + strconv.Itoa(index+1)
	}
	return name
}

// tokenFrom returns the index of the token at a byte offset, or of the last one before it.
func (st *statement) tokenFrom(offset int) int {
	i := 0
	for i+1 < len(st.tokens) && st.tokens[i+1].start <= offset {
		i++
	}
	return i
}

// itemEnd returns the index after the last token of the select item that starts at token i.
func (st *statement) itemEnd(i int) int {
	for depth := 0; i < len(st.tokens); i++ {
		switch st.word(i) {
		case "(", "[":
			depth++
		case ")", "]":
			depth--
		}
		if depth < 0 || depth == 0 && st.endsItem(i) {
			return i
		}
	}
	return len(st.tokens)
}

func (st *statement) endsItem(i int) bool {
	switch st.word(i) {
	case "group":
		return st.word(i-1) != "within"
	case ",", ";", "where", "having", "window", "union", "intersect", "except", "order", "limit", "offset", "fetch", "for", "qualify":
		return true
	case "from":
		return st.word(i-1) != "distinct" // IS DISTINCT FROM
	}
	return false
}

// spell writes tokens with words in lower case and single spaces around operators.
func (st *statement) spell(from, to int) string {
	var sb strings.Builder
	for i := from; i < to && i < len(st.tokens); i++ {
		if i > from && st.spaced(i) {
			sb.WriteByte(' ')
		}
		switch t := st.tokens[i]; t.kind {
		case pg.Token_SCONST:
			sb.WriteString(st.text[t.start:t.end])
		default:
			if strings.HasPrefix(t.word, `"`) {
				sb.WriteString(st.identifier(i))
			} else {
				sb.WriteString(t.word)
			}
		}
	}
	return sb.String()
}

// spaced tells whether a space goes between token i and the one before it.
func (st *statement) spaced(i int) bool {
	before, word := st.word(i-1), st.word(i)
	switch before {
	case "(", "[", ".", "::":
		return false
	case "-", "+", "~":
		return st.endsOperand(i-2) || st.word(i-2) == "end" || strings.HasPrefix(st.word(i-2), "current_") // else a sign
	}
	switch word {
	case ")", "]", ",", ".", "::":
		return false
	case "[":
		return !st.endsOperand(i - 1)
	case "(":
		return !st.callable(i - 1)
	}
	return true
}

// callable tells whether a bracket after token i opens arguments.
func (st *statement) callable(i int) bool {
	t := st.tokens[i]
	if !isWord(t.word) {
		return strings.HasPrefix(t.word, `"`)
	}
	switch t.word {
	case "in", "and", "or", "not", "then", "else", "when", "over", "filter", "group", "like", "ilike", "as", "between", "case", "is", "distinct":
		return false
	}
	return true
}
