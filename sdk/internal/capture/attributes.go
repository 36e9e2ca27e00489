package capture

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// Side is one of the two messages of an exchange, as attributes name them.
type Side string

// The two sides.
const (
	Request  Side = "request"
	Response Side = "response"
)

// attributes are what was captured of one exchange, and the notes of what was done to it. The zero value is empty.
type attributes struct {
	list      []attribute.KeyValue
	json      []string // keys of texts that may hold JSON
	truncated []string // keys of texts that are not whole
	scrubbed  []scrubbed
}

// scrubbed is a note about a secret, in the shape of Logfire's clients.
type scrubbed struct {
	Path             []string `json:"path"`
	MatchedSubstring string   `json:"matched_substring"`
}

// note notes that secrets of these names were replaced in the text of the attribute key.
func (a *attributes) note(key string, names ...string) {
	for _, name := range names {
		a.scrubbed = append(a.scrubbed, scrubbed{Path: []string{"attributes", key}, MatchedSubstring: name})
	}
}

// headers adds an attribute for each header, in the order of their names, if the rules capture headers.
func (a *attributes) headers(r *Rules, side Side, headers http.Header) {
	if !r.Headers {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		lower := valid(strings.ToLower(name))
		key := "http." + string(side) + ".header." + lower
		if r.secretHeaders[lower] {
			a.list = append(a.list, attribute.StringSlice(key, []string{marker(lower)}))
			a.note(key, lower)
			continue
		}
		values := slices.Clone(headers[name])
		for i, value := range values {
			values[i] = valid(value)
		}
		a.list = append(a.list, attribute.StringSlice(key, values))
	}
}

// marker is what stands in the place of a secret.
func marker(name string) string { return "[Scrubbed due to '" + name + "']" }

// body adds the text of a body, its fields if it is a form, and its size. A nil body adds nothing.
func (a *attributes) body(r *Rules, side Side, b *Body) {
	if b == nil {
		return
	}
	prefix := "http." + string(side) + ".body."
	text, size, truncated, ok := b.text()
	a.list = append(a.list, attribute.Int64(prefix+"size", size))
	if !ok || text == "" {
		return
	}
	key := prefix + "text"
	if side == Request && b.mediaType == "application/x-www-form-urlencoded" {
		if form, secrets, ok := r.form(text, truncated); ok {
			key, text = prefix+"form", form
			for _, field := range secrets {
				a.scrubbed = append(a.scrubbed, scrubbed{Path: []string{"attributes", key, field}, MatchedSubstring: strings.ToLower(field)})
			}
		} else { // no form that can be read, but secrets may stand in it as they would in one
			text, secrets = r.Query(text)
			a.note(key, secrets...)
		}
	}
	a.list = append(a.list, attribute.String(key, text))
	a.json = append(a.json, key)
	if truncated {
		a.truncated = append(a.truncated, key)
	}
}

// form returns the fields of a form as a JSON object, and the names of those whose values were replaced, sorted. Of a form that
// was cut, the last field is left out.
func (r *Rules) form(text string, truncated bool) (object string, secrets []string, ok bool) {
	if truncated {
		text = text[:max(strings.LastIndexByte(text, '&'), 0)]
	}
	values, err := url.ParseQuery(text)
	if err != nil || len(values) == 0 {
		return "", nil, false
	}
	fields := make(map[string]any, len(values))
	for name, list := range values {
		key := strings.ToLower(name)
		switch {
		case r.secretParameters[key]:
			fields[name] = marker(key)
			secrets = append(secrets, name)
		case len(list) == 1:
			fields[name] = list[0]
		default:
			fields[name] = list
		}
	}
	slices.Sort(secrets)
	encoded, err := json.Marshal(fields)
	return string(encoded), secrets, err == nil
}

// all returns all attributes with the notes about them.
func (a *attributes) all() []attribute.KeyValue {
	if len(a.json) > 0 {
		a.list = append(a.list, attribute.String("logfire.json_schema", jsonSchema(a.json)))
	}
	if len(a.truncated) > 0 {
		a.list = append(a.list, attribute.StringSlice("logfire.truncated", a.truncated))
	}
	if len(a.scrubbed) > 0 {
		if notes, err := json.Marshal(a.scrubbed); err == nil {
			a.list = append(a.list, attribute.String("logfire.scrubbed", string(notes)))
		}
	}
	return a.list
}

// jsonSchema is the schema of attributes that are objects. The keys need no escaping.
func jsonSchema(keys []string) string {
	var s strings.Builder
	s.WriteString(`{"type":"object","properties":{`)
	for i, key := range keys {
		if i > 0 {
			s.WriteByte(',')
		}
		s.WriteString(`"` + key + `":{"type":"object"}`)
	}
	s.WriteString("}}")
	return s.String()
}
