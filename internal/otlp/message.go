package otlp

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hearth-dev/hearth/internal/record"
)

// longTexts are names and messages that their column cut. They are kept whole in Extra.
type longTexts struct{ name, message string }

func (l longTexts) add(o *object) {
	o.text("span_name", l.name)
	o.text("message", l.message)
}

// setTexts stores the name and the message of a record, and returns what did not fit.
func (d *decoding) setTexts(r *record.Record, name, message string) (longs longTexts) {
	r.SpanName = d.arena.capped(name, maxName)
	if len(name) > maxName {
		longs.name = name
	}
	if message == name {
		r.Message = r.SpanName
		return longs
	}
	r.Message = d.arena.capped(message, maxName)
	if len(message) > maxName {
		longs.message = message
	}
	return longs
}

// nameSpan fills span_name and message of a span: what Logfire's SDK sent as message, else its name. Names that other
// SDKs give to HTTP requests and statements are made to say what Logfire's would.
func (d *decoding) nameSpan(r *record.Record, a *attributes, name string) longTexts {
	message, stated := d.statedMessage(a, name)
	if stated {
		return d.setTexts(r, name, message)
	}
	name, message = foreignTexts(r, a, name)
	return d.setTexts(r, name, message)
}

// statedMessage takes logfire.msg and a template that says no more than the name out of the attributes. It is stated
// when the SDK made it; a message equal to the name without a template is what a mere default looks like.
func (d *decoding) statedMessage(a *attributes, name string) (message string, stated bool) {
	message = a.text(logfireMsg)
	template := a.text(logfireMsgTemplate)
	if template == name {
		a.consume(logfireMsgTemplate)
	}
	if message == "" {
		return name, template != ""
	}
	a.consume(logfireMsg)
	return message, template != "" || message != name
}

// foreignTexts returns name and message of a span for which no message was made.
func foreignTexts(r *record.Record, a *attributes, name string) (newName, message string) {
	if event := a.text(asgiEventType); event != "" {
		return name, name + " " + strings.TrimPrefix(strings.TrimPrefix(event, "http."), "websocket.")
	}
	if statement := a.text(dbQueryText, dbStatement); statement != "" {
		return name, statementMessage(a, name, statement)
	}
	return httpTexts(r, a, name)
}

// httpTexts returns "METHOD route" and "METHOD target" for a span whose name is made of these parts alone.
func httpTexts(r *record.Record, a *attributes, name string) (newName, message string) {
	method, route := r.HTTPMethod.S, r.HTTPRoute.S
	fullURL := r.URLFull.S
	target := a.text(httpTarget, urlPath)
	if method == "" && route == "" && target == "" && fullURL == "" {
		return name, name
	}
	parsed, _ := url.Parse(fullURL)
	if parsed == nil {
		parsed = &url.URL{}
	}
	if target == "" {
		target = parsed.EscapedPath()
	}
	if !madeOf(name, method, route, target) {
		return name, name
	}
	newName = join(method, route)
	if route == "" {
		newName = name
	}
	query := r.URLQuery.S
	if query == "" {
		query = parsed.RawQuery
	}
	if r.OTelKind == kindClient {
		target = clientHost(a, parsed) + target
	}
	message = join(method, target)
	if query != "" && !strings.Contains(target, "?") {
		message += queryText(query)
	}
	if message == "" || message == method {
		return newName, newName
	}
	return newName, message
}

// madeOf tells whether name consists of the given parts and the word HTTP, in any order.
func madeOf(name string, parts ...string) bool {
	for word := range strings.FieldsSeq(name) {
		if word != "HTTP" && !slices.Contains(parts, word) {
			return false
		}
	}
	return true
}

func join(words ...string) string {
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	return strings.Join(words, " ")
}

// clientHost returns the host that a client called.
func clientHost(a *attributes, full *url.URL) string {
	if host := a.text(serverAddress, httpServerName, httpHost); host != "" {
		return host
	}
	return full.Hostname()
}

// maxQueryPart is how many characters of a key or value of a URL's query a message shows.
const maxQueryPart = 20

// maxQuery is how many bytes of a URL's query are looked at for a message.
const maxQuery = 4 << 10

// queryText renders the query of a URL for a message, shortest pairs first: ` ? page='2' & q='shoes'`.
func queryText(query string) string {
	type pair struct{ key, value string }
	var pairs []pair
	query = cut(query, maxQuery)
	for part := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(part, "=")
		if part != "" {
			pairs = append(pairs, pair{unescape(key), unescape(value)})
		}
	}
	if len(pairs) == 0 {
		return ""
	}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		return len(a.key) + len(a.value) - len(b.key) - len(b.value)
	})
	var text strings.Builder
	for i, p := range pairs {
		if i == 0 {
			text.WriteString(" ? ")
		} else {
			text.WriteString(" & ")
		}
		if text.Len() > maxName { // the message shows no more
			break
		}
		text.WriteString(ellipsis(p.key, maxQueryPart) + "='" + ellipsis(p.value, maxQueryPart) + "'")
	}
	return text.String()
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// ellipsis returns s with its middle replaced by … if it has more than limit characters; both ends stay.
func ellipsis(s string, limit int) string {
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes := []rune(s)
	half := (limit - 1) / 2
	return string(runes[:limit-1-half]) + "…" + string(runes[len(runes)-half:])
}

// nameEvent fills span_name and message of a span event.
func (d *decoding) nameEvent(r *record.Record, a *attributes, name string) longTexts {
	message, _ := d.statedMessage(a, name)
	return d.setTexts(r, name, message)
}
