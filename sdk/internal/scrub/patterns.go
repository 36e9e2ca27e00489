package scrub

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// defaults are the patterns of Logfire's Python SDK. Package regexp has no lookahead: "auth" must not match in "author"
// and "authors", so the rest of these words is captured, and such a match does not count.
var defaults = []string{
	`password`, `passwd`, `mysql_pwd`, `secret`, `auth(ors?\b)?`, `credential`,
	`private[._ -]?key`, `passphrase`, `(?:signing|hmac)[._ -]?key`, `api[._ -]?key`,
	`session`, `cookie`, `social[._ -]?security`, `credit[._ -]?card`, `logfire[._ -]?token`,
	`(?:access|refresh|bearer|(?:\b|_)id)[._ -]?token`, `pylf_v\d+_`,
	// Between word boundaries or underscores, so that they are not found in random characters such as base64.
	`(?:\b|_)csrf(?:\b|_)`, `(?:\b|_)xsrf(?:\b|_)`, `(?:\b|_)jwt(?:\b|_)`, `(?:\b|_)ssn(?:\b|_)`,
}

var defaultPattern = regexp.MustCompile(`(?is)` + strings.Join(defaults, "|"))

// bounded are the matches, in lower case and without underscores, that need a boundary on both sides.
var bounded = map[string]bool{"csrf": true, "xsrf": true, "jwt": true, "ssn": true}

// safe are keys whose values are never scrubbed: they hold no secrets, or what they hold is the point of the record.
var safe = func() map[string]bool {
	keys := map[string]bool{}
	for _, key := range []string{
		"logfire.msg", "logfire.msg_template", "logfire.json_schema", "logfire.tags", "logfire.level_name", "logfire.level_num",
		"logfire.span_type", "logfire.pending_parent_id", "logfire.sample_rate", "logfire.logger_name", Key,
		"logfire.config", "logfire.package_versions", "logfire.version",
		"code.filepath", "code.lineno", "code.function",
		"exception.stacktrace", "exception.type", "exception.message", "error.type",
		"http.method", "http.status_code", "http.scheme", "http.url", "http.target", "http.route",
		"db.statement", "db.query.text", "db.plan", "fastapi.route.name", "fastapi.route.operation_id",
		"url.full", "url.path", "url.query", "event.name", "agent_session_id", "do_not_scrub", "binary_content",
		"pydantic_ai.all_messages", "rpc.method", "model_request_parameters",
		"langsmith.metadata.session_id", "langsmith.trace.session_name",
		"gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions",
		"gen_ai.tool.name", "gen_ai.tool.call.id", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens",
		"gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.raw",
		"gen_ai.conversation.id", "gen_ai.system", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model",
	} {
		keys[key] = true
	}
	return keys
}()

// patterns finds the first sensitive part of a text.
type patterns struct {
	extra *regexp.Regexp // nil without extra patterns
}

func compile(extra []string) (patterns, error) {
	if len(extra) == 0 {
		return patterns{}, nil
	}
	for i, pattern := range extra {
		if _, err := regexp.Compile(pattern); err != nil {
			return patterns{}, fmt.Errorf("scrubbing pattern %d: %w", i+1, err)
		}
	}
	pattern, err := regexp.Compile(`(?is)(?:` + strings.Join(extra, `)|(?:`) + `)`)
	if err != nil {
		return patterns{}, fmt.Errorf("scrubbing patterns: %w", err)
	}
	return patterns{extra: pattern}, nil
}

// find returns the first match in text.
func (p patterns) find(text string) (start, end int, found bool) {
	start, end, found = findDefault(text)
	if p.extra == nil {
		return start, end, found
	}
	extra := p.extra.FindStringIndex(text)
	if extra != nil && (!found || extra[0] < start) {
		return extra[0], extra[1], true
	}
	return start, end, found
}

// findDefault returns the first match of the default patterns.
func findDefault(text string) (start, end int, found bool) {
	for from := firstCandidate(text, 0); from >= 0; from = firstCandidate(text, from) {
		at := defaultPattern.FindStringSubmatchIndex(text[from:])
		if at == nil {
			return 0, 0, false
		}
		start, end = from+at[0], from+at[1]
		isAuthor := at[2] >= 0
		switch {
		case isAuthor && wordFollows(text, end):
			return start, from + at[2], true // "authors" goes on with a letter that regexp does not take for one
		case isAuthor:
			from = end
		case !boundariesHold(text, start, end):
			from = start + 1
		default:
			return start, end, true
		}
	}
	return 0, 0, false
}

// boundariesHold checks the boundaries that a match needs: regexp's \b takes letters outside ASCII for no letters.
func boundariesHold(text string, start, end int) bool {
	matched := strings.ToLower(text[start:end])
	switch {
	case bounded[strings.Trim(matched, "_")]:
		return (matched[0] == '_' || !wordPrecedes(text, start)) && (matched[len(matched)-1] == '_' || !wordFollows(text, end))
	case strings.HasPrefix(matched, "id"):
		return !wordPrecedes(text, start)
	}
	return true
}

func wordPrecedes(text string, at int) bool {
	r, _ := utf8.DecodeLastRuneInString(text[:at])
	return isWord(r)
}

func wordFollows(text string, at int) bool {
	r, _ := utf8.DecodeRuneInString(text[at:])
	return isWord(r)
}

func isWord(r rune) bool {
	return r != utf8.RuneError && (r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r))
}

// stems are texts of which every match of the default patterns contains one: at its beginning, or after an underscore.
// Looking for them first is much faster than the pattern, and most texts have none.
var stems = func() []string {
	all := []string{"passw", "passphrase", "mysql_pwd", "secret", "auth", "credential", "session", "cookie", "pylf_v", "csrf", "xsrf", "jwt", "ssn"}
	for _, pair := range [][2]string{
		{"private", "key"}, {"signing", "key"}, {"hmac", "key"}, {"api", "key"}, {"social", "security"}, {"credit", "card"},
		{"logfire", "token"}, {"access", "token"}, {"refresh", "token"}, {"bearer", "token"}, {"id", "token"},
	} {
		for _, between := range []string{"", ".", "_", " ", "-"} {
			all = append(all, pair[0]+between+pair[1])
		}
	}
	return all
}()

// begins tells, by the first two letters in lower case, whether a stem begins with them.
var begins = func() (pairs [256][256]bool) {
	for _, stem := range stems {
		pairs[stem[0]][stem[1]] = true
	}
	return pairs
}()

// firstCandidate returns an offset, at least from, before which no match of the default patterns begins that does not
// begin before from; -1 when there is none.
func firstCandidate(text string, from int) int {
	for i := from; i < len(text)-1; i++ {
		if text[i] >= utf8.RuneSelf {
			if r, _ := utf8.DecodeRuneInString(text[i:]); r == 'ſ' || r == '\u212a' {
				return from // an s or k in disguise: rare enough to leave the rest to the pattern
			}
			continue
		}
		if !begins[lower(text[i])][lower(text[i+1])] && text[i+1] < utf8.RuneSelf {
			continue
		}
		if slices.ContainsFunc(stems, func(stem string) bool { return hasPrefix(text[i:], stem) }) {
			// Before it may stand the underscore that belongs to the match, or what decides about a boundary.
			_, width := utf8.DecodeLastRuneInString(text[from:i])
			return i - width
		}
	}
	return -1
}

// hasPrefix tells whether text begins with a stem, without regard to the case of ASCII.
func hasPrefix(text, stem string) bool {
	if len(text) < len(stem) {
		return false
	}
	for i := range len(stem) {
		if lower(text[i]) != stem[i] {
			return false
		}
	}
	return true
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}
