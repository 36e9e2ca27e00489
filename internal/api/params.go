package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones are checked here, on machines without a zone database too

	"github.com/hearth-dev/hearth/internal/pgsql"
)

// Limits of the rows of an answer.
const (
	defaultRowsV1 = 500
	defaultRowsV2 = 100
	maxRows       = 10_000
)

// question is a query as a client asked it.
type question struct {
	project      string // id
	asker        string // as principal's
	sql          string
	min, max     time.Time // exclusive; zero is open
	limit        int
	timezone     string
	environments []string
	variables    pgsql.Variables
	explain      bool
	planOnly     bool      // with explain: no rows are wanted
	at           time.Time // what now() means; zero is the present
}

// of says who asks, and adds what the server knows of variables: whom the question is about.
func (q *question) of(who principal) {
	p := who.project
	q.project, q.asker = p.ID, who.asker
	if strings.IndexByte(q.sql, '$') < 0 {
		return // nearly every statement
	}
	all := pgsql.Variables{"__organization": {Text: p.Organization}, "__project": {Text: p.Name}}
	for name, value := range q.variables {
		if _, ours := all[name]; !ours {
			all[name] = value
		}
	}
	q.variables = all
}

// parameters reads the values of a request one by one and gathers what is wrong with them.
type parameters struct {
	where  string // body or query, as FastAPI says
	get    func(name string) (json.RawMessage, bool)
	naive  bool // timestamps without an offset are UTC rather than wrong
	faults []fieldProblem
}

func (p *parameters) fault(name, kind, format string, args ...any) {
	p.faults = append(p.faults, fieldProblem{Loc: []string{p.where, name}, Msg: fmt.Sprintf(format, args...), Type: kind})
}

// decode reads a value into dst and reports whether it did. A value that is wrong is a fault; so is one that is
// required and absent. null is as good as absent.
func (p *parameters) decode(name string, dst any, required bool, kind, want string) bool {
	raw, ok := p.get(name)
	if !ok || string(raw) == "null" {
		if required {
			p.fault(name, "missing", "Field required")
		}
		return false
	}
	if err := json.Unmarshal(raw, dst); err != nil {
		p.fault(name, kind, "Input should be %s", want)
		return false
	}
	return true
}

func (p *parameters) text(name string, required bool) string {
	var s string
	p.decode(name, &s, required, "string_type", "a valid string")
	return s
}

func (p *parameters) boolean(name string) bool {
	var b bool
	p.decode(name, &b, false, "bool_type", "a valid boolean")
	return b
}

func (p *parameters) limit(otherwise int) int { return p.count("limit", otherwise) }

// count reads a number of rows.
func (p *parameters) count(name string, otherwise int) int {
	n := otherwise
	if !p.decode(name, &n, false, "int_type", "a valid integer") {
		return otherwise
	}
	switch {
	case n < 1:
		p.fault(name, "greater_than_equal", "Input should be greater than or equal to 1")
	case n > maxRows:
		p.fault(name, "less_than_equal", "Input should be less than or equal to %d", maxRows)
	}
	return n
}

// timestampLayouts are the forms of ISO 8601 that clients send.
var timestampLayouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04Z07:00",
}

var naiveLayouts = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"}

func (p *parameters) timestamp(name string, required bool) time.Time {
	var text string
	if !p.decode(name, &text, required, "datetime_type", "a valid datetime") {
		return time.Time{}
	}
	at, aware, ok := parseTimestamp(text)
	switch {
	case !ok:
		p.fault(name, "datetime_parsing", "Input should be a valid datetime in ISO 8601, such as 2026-05-27T13:16:36Z")
	case !aware && !p.naive:
		p.fault(name, "timezone_aware", "Input should have timezone info")
	}
	return at
}

// parseTimestamp reads ISO 8601. A blank may stand for the T, and for the plus of an offset: that is what an
// unescaped plus becomes in a URL.
func parseTimestamp(text string) (at time.Time, aware, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) > len(dateLayout) && (text[len(dateLayout)] == ' ' || text[len(dateLayout)] == 't') {
		text = text[:len(dateLayout)] + "T" + text[len(dateLayout)+1:]
	}
	text = strings.Replace(text, " ", "+", 1)
	if strings.HasSuffix(text, "z") {
		text = text[:len(text)-1] + "Z"
	}
	if at, ok := parseLayouts(timestampLayouts, text); ok {
		return at, true, true
	}
	at, ok = parseLayouts(naiveLayouts, text)
	return at, false, ok
}

func parseLayouts(layouts []string, text string) (time.Time, bool) {
	for _, layout := range layouts {
		at, err := time.Parse(layout, text)
		// In UTC, the year may have left the range that can be written.
		if at = at.UTC(); err == nil && at.Year() >= 1 && at.Year() <= 9999 {
			return at, true
		}
	}
	return time.Time{}, false
}

func (p *parameters) timezone() string {
	name := p.text("timezone", false)
	if name == "" {
		return "UTC"
	}
	// Local is Go's name for the server's own zone, which no client can mean.
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		p.fault("timezone", "value_error", "Unknown time zone %q; use an IANA name such as Europe/Berlin", name)
	}
	return name
}

// environments reads one name or a list of them. nil means no filter.
func (p *parameters) environments() []string {
	raw, ok := p.get("deployment_environment")
	if !ok || string(raw) == "null" {
		return nil
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	many := []string{}
	if err := json.Unmarshal(raw, &many); err != nil {
		p.fault("deployment_environment", "list_type", "Input should be a list of strings")
	}
	return many
}

// variables reads an object of texts and lists of texts.
func (p *parameters) variables() pgsql.Variables {
	members := map[string]json.RawMessage{}
	p.decode("variables", &members, false, "dict_type", "an object")
	var all pgsql.Variables
	for _, name := range slices.Sorted(maps.Keys(members)) {
		raw := members[name]
		if string(raw) == "null" {
			continue
		}
		var value pgsql.Value
		if err := json.Unmarshal(raw, &value); err != nil {
			p.faults = append(p.faults, fieldProblem{Loc: []string{p.where, "variables", name}, Msg: "Input should be a string or a list of strings", Type: "value_error"})
			continue
		}
		if all == nil {
			all = pgsql.Variables{}
		}
		all[name] = value
	}
	return all
}

// question reads all values. The error is a problem that names every fault.
func (p *parameters) question(defaultRows int, minRequired bool) (question, error) {
	q := question{
		sql:          p.text("sql", true),
		limit:        p.limit(defaultRows),
		timezone:     p.timezone(),
		environments: p.environments(),
		variables:    p.variables(),
		explain:      p.boolean("explain"),
	}
	q.min = p.timestamp("min_timestamp", minRequired)
	q.max = p.timestamp("max_timestamp", false)
	if len(p.faults) > 0 {
		return question{}, invalid(p.faults...)
	}
	return q, nil
}

// bodyParameters reads the values from a JSON object. Unknown members are ignored.
func bodyParameters(r *http.Request) (*parameters, error) {
	members := map[string]json.RawMessage{}
	if err := decodeBody(r, &members); err != nil {
		return nil, err
	}
	return &parameters{where: "body", get: func(name string) (json.RawMessage, bool) {
		raw, ok := members[name]
		return raw, ok
	}}, nil
}

// decodeBody reads a JSON body into dst. An empty body leaves dst as it is.
func decodeBody(r *http.Request, dst any) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return err
		}
		return badRequest("The request body could not be read.")
	}
	if len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, dst); err != nil {
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
			return invalid(fieldProblem{Loc: append([]string{"body"}, strings.Split(e.Field, ".")...), Msg: "Input should be of another type than " + e.Value, Type: "type_error"})
		}
		return invalid(fieldProblem{Loc: []string{"body"}, Msg: "JSON decode error: " + err.Error(), Type: "json_invalid"})
	}
	return nil
}

// queryParameters reads the values from the URL.
func queryParameters(values url.Values) *parameters {
	return &parameters{where: "query", naive: true, get: func(name string) (json.RawMessage, bool) {
		list, ok := values[name]
		if !ok || len(list) == 0 {
			return nil, false
		}
		switch name {
		case "limit", "sample", "poll":
			if n, err := strconv.Atoi(list[0]); err == nil {
				return strconv.AppendInt(nil, int64(n), 10), true
			}
		case "variables":
			return nil, false // an address has no place for them
		case "explain", "revoked", "dry_run":
			if b, ok := parseFlag(list[0]); ok {
				return strconv.AppendBool(nil, b), true
			}
		case "deployment_environment":
			raw, err := json.Marshal(list)
			return raw, err == nil
		}
		return json.RawMessage(appendString(nil, list[0])), true
	}}
}

// parseFlag reads a boolean as FastAPI does.
func parseFlag(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "1", "yes", "on", "t", "y":
		return true, true
	case "false", "0", "no", "off", "f", "n":
		return false, true
	}
	return false, false
}
