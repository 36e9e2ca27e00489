package pgsql

import (
	"errors"
	"strings"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v6"
	"github.com/pganalyze/pg_query_go/v6/parser"
)

const (
	// maxText bounds a statement's text in bytes. The parser is C on a fixed stack: its depth grows with the text.
	maxText = 64 << 10
	// maxNesting bounds brackets inside brackets, for the same reason and because the analysis recurses.
	maxNesting = 100
)

// statement is a user's text, what was made of it for PostgreSQL's grammar, and the tree.
type statement struct {
	text   string // the user's
	sent   string // what the parser was given
	edits  []edit // from text to sent, ascending
	tokens []token
	root   *pg.SelectStmt

	// What the grammar has no place for, by the byte offset in text where its node starts.
	excluded map[int][]excludedColumn // * EXCEPT (…) and * EXCLUDE (…), by the start of the star's reference
	tryCast  map[int]bool             // TRY_CAST(…), by the start of the word CAST
}

// excludedColumn is a name in * EXCEPT (…).
type excludedColumn struct {
	name string
	at   int
}

// edit replaces remove bytes of the user's text at offset at.
type edit struct {
	at, remove int
	insert     string
}

// token is a word of the user's text, comments left out. Offsets are in bytes.
type token struct {
	start, end int
	kind       pg.Token
	reserved   bool
	word       string // lower case
}

// parse reads one SELECT statement. The error is *Error.
func parse(text string) (*statement, error) {
	st, err := scan(text)
	if err != nil {
		return nil, err
	}
	if len(st.tokens) == 0 {
		return nil, &Error{Message: "the statement is empty", Code: codeSyntax}
	}
	if err := st.checkFirstWord(); err != nil {
		return nil, err
	}
	st.adapt()
	result, err := pg.Parse(st.sent)
	if err != nil {
		return nil, st.parserError(err)
	}
	if len(result.Stmts) != 1 {
		at := 0
		if len(result.Stmts) > 1 {
			at = st.origin(int(result.Stmts[1].StmtLocation))
		}
		return nil, st.errorAt(at, codeNotSupported, "one statement at a time", "")
	}
	st.root = result.Stmts[0].Stmt.GetSelectStmt()
	if st.root == nil {
		return nil, st.errorAt(st.tokens[0].start, codeNotSupported, "only SELECT statements can be run", "")
	}
	return st, nil
}

// scan splits text into tokens and checks its size.
func scan(text string) (*statement, error) {
	if len(text) > maxText {
		return nil, &Error{Message: "the statement is longer than 64 KiB", Code: codeTooComplex}
	}
	if strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) {
		return nil, &Error{Message: "the statement is not valid UTF-8 text", Code: "22021"}
	}
	st := &statement{text: text, sent: text, excluded: map[int][]excludedColumn{}, tryCast: map[int]bool{}}
	scanned, err := pg.Scan(text)
	if err != nil {
		return nil, st.parserError(err)
	}
	for _, t := range scanned.Tokens {
		if t.Token == pg.Token_SQL_COMMENT || t.Token == pg.Token_C_COMMENT {
			continue
		}
		tok := token{start: int(t.Start), end: int(t.End), kind: t.Token, reserved: t.KeywordKind == pg.KeywordKind_RESERVED_KEYWORD}
		tok.word = strings.ToLower(text[tok.start:tok.end])
		st.tokens = append(st.tokens, tok)
	}
	if err := st.checkNesting(); err != nil {
		return nil, err
	}
	return st, nil
}

// checkNesting bounds brackets, and runs of prefix operators, before the parser sees them.
func (st *statement) checkNesting() error {
	depth, prefixes := 0, 0
	for _, t := range st.tokens {
		switch t.word {
		case "(", "[", "case":
			depth++
		case ")", "]", "end":
			depth--
		}
		switch t.word {
		case "not", "-", "+":
			prefixes++
		default:
			prefixes = 0
		}
		if depth+prefixes > maxNesting {
			return st.errorAt(t.start, codeTooComplex, "the statement is nested too deeply", "")
		}
	}
	return nil
}

// checkFirstWord refuses statements that are no question, with a better message than the grammar would give.
func (st *statement) checkFirstWord() error {
	first := st.tokens[0]
	switch first.word {
	case "select", "with", "values", "table", "(":
		return nil
	case "explain":
		return st.errorAt(first.start, codeNotSupported, "EXPLAIN is not part of the statement", "ask for the plan with the request's explain option")
	}
	if isWord(first.word) {
		hint := ""
		if best := closest(first.word, []string{"select", "with", "values"}); best != "" {
			hint = "did you mean " + strings.ToUpper(best) + "?"
		}
		return st.errorAt(first.start, codeNotSupported, "only SELECT statements can be run, not "+strings.ToUpper(first.word), hint)
	}
	return nil
}

func isWord(s string) bool {
	return s != "" && (s[0] >= 'a' && s[0] <= 'z' || s[0] == '_')
}

// adapt rewrites what DataFusion and DuckDB know and PostgreSQL's grammar does not.
func (st *statement) adapt() {
	for i := range st.tokens {
		switch t := &st.tokens[i]; t.word {
		case "try_cast":
			if st.word(i+1) == "(" {
				st.edit(t.start, len("try_"), "")
				st.tryCast[t.start+len("try_")] = true
			}
		case "except", "exclude":
			st.adaptStar(i)
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

// origin maps a byte offset in sent to one in text.
func (st *statement) origin(offset int) int {
	shift := 0 // what to add to an offset in sent
	for _, e := range st.edits {
		start := e.at - shift // where the insertion starts in sent
		if offset < start {
			break
		}
		if offset < start+len(e.insert) {
			return e.at
		}
		shift += e.remove - len(e.insert)
	}
	return offset + shift
}

// errorAt returns an error at a byte offset in text.
func (st *statement) errorAt(offset int, code, message, hint string) *Error {
	return &Error{Position: st.position(offset), Message: message, Hint: hint, Code: code}
}

// position returns the 1-based position in characters of a byte offset in text.
func (st *statement) position(offset int) int {
	offset = max(0, min(offset, len(st.text)))
	for offset < len(st.text) && (st.text[offset] == ' ' || st.text[offset] == '\n') {
		offset++
	}
	return utf8.RuneCountInString(st.text[:offset]) + 1
}

// parserError turns an error of the parser, whose position is in characters of sent, into ours.
func (st *statement) parserError(err error) error {
	var syntax *parser.Error
	if !errors.As(err, &syntax) {
		return &Error{Message: "the statement is nested too deeply", Code: codeTooComplex}
	}
	if strings.HasPrefix(syntax.Message, "memory exhausted") {
		return &Error{Message: "the statement is nested too deeply", Code: codeTooComplex}
	}
	message := syntax.Message
	if line, _, more := strings.Cut(message, "\n"); more {
		message = line + `…"`
	}
	if syntax.Cursorpos <= 0 {
		return &Error{Message: message, Code: codeSyntax}
	}
	at := st.origin(byteOffset(st.sent, syntax.Cursorpos-1))
	return st.errorAt(at, codeSyntax, message, st.syntaxHint(at))
}

func byteOffset(s string, characters int) int {
	for i := range s {
		if characters == 0 {
			return i
		}
		characters--
	}
	return len(s)
}

func (st *statement) hasBackticks() bool {
	for _, t := range st.tokens {
		if t.kind == pg.Token_Op && strings.Contains(t.word, "`") {
			return true
		}
	}
	return false
}

// syntaxHint knows the usual reasons why the grammar stops.
func (st *statement) syntaxHint(at int) string {
	rest := strings.ToLower(st.text[min(at, len(st.text)):])
	switch {
	case strings.HasPrefix(rest, "$"):
		return "variables such as $name are filled in by dashboards, not here"
	case st.hasBackticks():
		return `names are quoted with double quotes: "name"`
	case strings.HasPrefix(rest, "{"):
		return "struct literals are not supported"
	}
	return ""
}
