package pgsql

import (
	"errors"
	"slices"
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
	// ignoreNulls are the calls with IGNORE NULLS, by the start of the function's name.
	ignoreNulls map[int]bool
	long        map[string]string // names above PostgreSQL's limit, by what stands for them in sent
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
	variable   string // the name in $name and ${name}
}

// parse reads one SELECT statement and fills in its variables. The error is *Error.
func parse(text string, o Options) (*statement, error) {
	st, err := scan(text)
	if err != nil {
		return nil, err
	}
	if err := st.fill(o); err != nil {
		return nil, err
	}
	if len(st.tokens) == 0 {
		return nil, &Error{Message: "the statement is empty", Code: codeSyntax}
	}
	if err := st.checkFirstWord(); err != nil {
		return nil, err
	}
	st.adapt()
	result, err := st.parseSent()
	if err != nil {
		return nil, err
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

// parseSent parses what was made of the text.
func (st *statement) parseSent() (*pg.ParseResult, error) {
	result, err := pg.Parse(st.sent)
	if err != nil {
		return nil, st.parserError(err)
	}
	if len(st.long) > 0 {
		st.restore(result.ProtoReflect())
	}
	return result, nil
}

// scan splits text into tokens and checks its size.
func scan(text string) (*statement, error) {
	if len(text) > maxText {
		return nil, &Error{Message: "the statement is longer than 64 KiB", Code: codeTooComplex}
	}
	if strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) {
		return nil, &Error{Message: "the statement is not valid UTF-8 text", Code: "22021"}
	}
	st := &statement{text: text, sent: text, excluded: map[int][]excludedColumn{}, tryCast: map[int]bool{}, ignoreNulls: map[int]bool{}}
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

// isVariable tells whether a variable begins at a byte offset.
func (st *statement) isVariable(at int) bool {
	return slices.ContainsFunc(st.tokens, func(t token) bool { return t.start == at && t.variable != "" })
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
	case st.isVariable(at):
		return "a variable stands for a text or a list of texts, which cannot be written here"
	case strings.HasPrefix(rest, "$"):
		return "a variable is written $name or ${name}"
	case st.hasBackticks():
		return `names are quoted with double quotes: "name"`
	case strings.HasPrefix(rest, "{"):
		return "struct literals are not supported"
	}
	return ""
}
