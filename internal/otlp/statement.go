package otlp

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sizes in characters of the parts of a statement's summary.
const (
	maxStatement = 80
	maxColumns   = 20
	maxTable     = 25
	maxCondition = 25
	maxEnds      = 38
)

// maxSummarised is how many bytes of a statement are looked at for its summary.
const maxSummarised = 16 << 10

// statementMessage returns the message of a database span: its statement, or a summary of a long one, when the span's
// name is the bare operation, else the name.
func statementMessage(a *attributes, name, statement string) string {
	operation := a.text(dbOperationName, dbOperation)
	if operation == "" {
		operation, _, _ = strings.Cut(strings.TrimLeftFunc(statement, unicode.IsSpace), " ")
	}
	rest, ok := strings.CutPrefix(name, operation)
	if !ok || operation == "" {
		return name
	}
	if database := strings.TrimSpace(rest); database != "" && database != a.text(dbNamespace, dbName) {
		return name
	}
	return summary(statement)
}

var comments = regexp.MustCompile(`(?m)(?:^|\s)--.*$|/\*(?s:.*?)\*/`)

// summary shortens a statement to about maxStatement characters, keeping what tells statements apart.
func summary(statement string) string {
	statement = strings.ToValidUTF8(cut(statement, maxSummarised), "\uFFFD")
	statement = strings.TrimSpace(statement)
	if utf8.RuneCountInString(statement) <= maxStatement {
		return statement
	}
	statement = strings.Join(strings.Fields(comments.ReplaceAllString(statement, "")), " ")
	if utf8.RuneCountInString(statement) <= maxStatement {
		return statement
	}
	prefix, body := splitCTEs(statement)
	switch {
	case hasWord(body, "SELECT"):
		if s, ok := summariseSelect(body); ok {
			return prefix + s
		}
	case hasWord(body, "INSERT"):
		if s, ok := summariseInsert(body); ok {
			return prefix + s
		}
	}
	runes := []rune(statement)
	return string(runes[:maxEnds]) + " … " + string(runes[len(runes)-maxEnds:])
}

// hasWord tells whether s begins with the key word, in any case.
func hasWord(s, word string) bool {
	return len(s) > len(word) && strings.EqualFold(s[:len(word)], word) && s[len(word)] == ' '
}

// splitCTEs cuts the WITH clause off a statement and returns how a summary shows it: the whole name for one table
// expression, their number for several.
func splitCTEs(statement string) (prefix, body string) {
	if !hasWord(statement, "WITH") {
		return "", statement
	}
	rest, names := statement[len("WITH "):], []string(nil)
	for {
		name, after, ok := cutFold(rest, " AS (")
		if !ok {
			return "", statement
		}
		end := closing(after)
		if end < 0 {
			return "", statement
		}
		names = append(names, strings.TrimPrefix(name, "RECURSIVE "))
		rest = strings.TrimSpace(after[end+1:])
		if rest, ok = strings.CutPrefix(rest, ","); !ok {
			break
		}
		rest = strings.TrimSpace(rest)
	}
	if len(names) == 1 {
		return "WITH " + ellipsis(names[0], maxTable) + " AS (…) ", rest
	}
	return "WITH …[" + strconv.Itoa(len(names)) + " CTEs] ", rest
}

// closing returns the index of the parenthesis that closes the one before s, or -1.
func closing(s string) int {
	depth := 1
	for i, c := range []byte(s) {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// cutFold is strings.Cut for an ASCII separator in any case.
func cutFold(s, sep string) (before, after string, ok bool) {
	for i := 0; i+len(sep) <= len(s); i++ {
		if s[i] == sep[0] && strings.EqualFold(s[i:i+len(sep)], sep) {
			return s[:i], s[i+len(sep):], true
		}
	}
	return s, "", false
}

// clauses are the words that end a table expression or a condition.
var clauses = []string{" WHERE ", " GROUP BY ", " HAVING ", " ORDER BY ", " LIMIT ", " OFFSET ", " UNION ", " FOR UPDATE"}

// untilClause returns s up to the first of the clauses or extra words.
func untilClause(s string, extra ...string) string {
	for _, word := range slices.Concat(extra, clauses) {
		if before, _, ok := cutFold(s, word); ok {
			s = before
		}
	}
	return strings.TrimSpace(s)
}

// joinWords end the first table. JOIN is the last of them: it shares its space with the word before it.
var joinWords = []string{" LEFT ", " RIGHT ", " INNER ", " OUTER ", " FULL ", " CROSS ", " JOIN "}

func summariseSelect(body string) (string, bool) {
	columns, rest, ok := cutFold(body[len("SELECT "):], " FROM ")
	if !ok {
		return "", false
	}
	s := "SELECT " + ellipsis(columns, maxColumns) + " FROM " + ellipsis(untilClause(rest, joinWords...), maxTable)
	s += joins(rest)
	if _, where, ok := cutFold(rest, " WHERE "); ok {
		s += " WHERE " + ellipsis(untilClause(where), maxCondition)
	}
	if _, limit, ok := cutFold(rest, " LIMIT "); ok {
		s += " LIMIT " + ellipsis(untilClause(limit), maxColumns)
	}
	return s, true
}

// joins shows one join whole and several by their number.
func joins(rest string) string {
	var parts []string
	for {
		_, after, ok := cutFold(rest, " JOIN ")
		if !ok {
			break
		}
		parts, rest = append(parts, after), after
	}
	switch len(parts) {
	case 0:
		return ""
	case 1:
		table, on, ok := cutFold(untilClause(parts[0]), " ON ")
		if !ok {
			return " JOIN " + ellipsis(table, maxTable)
		}
		return " JOIN " + ellipsis(table, maxTable) + " ON " + ellipsis(on, maxTable)
	}
	return " …[" + strconv.Itoa(len(parts)) + " JOINs]"
}

func summariseInsert(body string) (string, bool) {
	head, values, ok := cutFold(body, " VALUES ")
	if !ok || !hasWord(body[len("INSERT "):], "INTO") {
		return "", false
	}
	table, columns, ok := strings.Cut(head[len("INSERT INTO "):], "(")
	s := "INSERT INTO " + ellipsis(strings.TrimSpace(table), maxTable)
	if ok {
		s += " (" + ellipsis(strings.TrimSuffix(strings.TrimSpace(columns), ")"), maxTable) + ")"
	}
	values = strings.TrimPrefix(values, "(")
	if end := closing(values); end >= 0 {
		values = values[:end]
	}
	return s + " VALUES (" + ellipsis(values, maxTable) + ")", true
}
