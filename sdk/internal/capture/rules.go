// Package capture turns headers, bodies and addresses of HTTP requests and responses into attributes of spans, without
// their secrets. The names are those of Logfire's clients.
package capture

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// DefaultMaxBody is how many bytes of a body are kept unless a caller says otherwise.
const DefaultMaxBody = 1 << 20

// Rules say which requests are recorded, and what of them and of their responses is captured. They are made by NewRules, and
// not changed any more once used.
type Rules struct {
	Headers      bool
	RequestBody  bool
	ResponseBody bool
	MaxBody      int // bytes of a body; below 1, none

	filters          []func(*http.Request) bool
	secretHeaders    map[string]bool // in lower case
	secretParameters map[string]bool // in lower case, of queries and forms
}

// NewRules returns rules that capture nothing and know the names of common secrets.
func NewRules() Rules {
	return Rules{MaxBody: DefaultMaxBody, secretHeaders: defaultHeaders, secretParameters: defaultParameters}
}

// All has headers and bodies captured.
func (r *Rules) All() { r.Headers, r.RequestBody, r.ResponseBody = true, true, true }

// Filter adds a condition for requests to be recorded.
func (r *Rules) Filter(keep func(*http.Request) bool) { r.filters = append(r.filters, keep) }

// Record tells whether a request is recorded: it must meet all conditions.
func (r *Rules) Record(req *http.Request) bool {
	for _, keep := range r.filters {
		if !keep(req) {
			return false
		}
	}
	return true
}

// Redact adds names of headers and parameters whose values are secret.
func (r *Rules) Redact(names ...string) {
	r.secretHeaders, r.secretParameters = maps.Clone(r.secretHeaders), maps.Clone(r.secretParameters)
	for _, name := range names {
		name = strings.ToLower(name)
		r.secretHeaders[name], r.secretParameters[name] = true, true
	}
}

var defaultHeaders = set(
	"authorization", "proxy-authorization", "cookie", "set-cookie", "x-csrf-token", "x-xsrf-token",
	"api-key", "x-api-key", "x-goog-api-key", "ocp-apim-subscription-key", "x-functions-key",
	"x-amz-security-token", "x-auth-token", "x-access-token", "private-token", "x-vault-token",
)

// The signatures of signed addresses are those that OpenTelemetry's conventions name for url.full.
var defaultParameters = set(
	"key", "api_key", "api-key", "apikey", "access_token", "refresh_token", "id_token", "client_secret", "client_assertion",
	"password", "passwd", "sig", "signature", "awsaccesskeyid", "x-amz-signature", "x-amz-credential", "x-amz-security-token",
	"x-goog-signature", "x-goog-credential",
)

func set(names ...string) map[string]bool {
	all := make(map[string]bool, len(names))
	for _, name := range names {
		all[name] = true
	}
	return all
}

// redacted stands for a secret in an address, as OpenTelemetry's conventions want it for url.full.
const redacted = "REDACTED"

// URL returns an address as text without its secrets and without its fragment, which no server sees. secrets are the names
// of the parameters whose values were replaced, sorted, and "userinfo" if a name and a password were.
func (r *Rules) URL(u *url.URL) (text string, secrets []string) {
	query, secrets := r.Query(u.RawQuery)
	if len(secrets) == 0 && u.User == nil && u.Fragment == "" {
		return valid(u.String()), nil
	}
	clean := *u
	clean.RawQuery, clean.Fragment, clean.RawFragment = query, "", ""
	if u.User != nil {
		clean.User = url.UserPassword(redacted, redacted)
		secrets = append(secrets, "userinfo")
		slices.Sort(secrets)
	}
	return valid(clean.String()), secrets
}

// Query returns the query of an address without its secrets. secrets are the names of the parameters whose values were
// replaced, sorted.
func (r *Rules) Query(query string) (text string, secrets []string) {
	if query == "" {
		return "", nil
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if key := parameter(name); value != "" && r.secretParameters[key] {
			pairs[i] = name + "=" + redacted
			secrets = append(secrets, key)
		}
	}
	if len(secrets) == 0 {
		return valid(query), nil
	}
	slices.Sort(secrets)
	return valid(strings.Join(pairs, "&")), slices.Compact(secrets)
}

// parameter returns the name of a parameter as the rules spell it.
func parameter(escaped string) string {
	if name, err := url.QueryUnescape(escaped); err == nil {
		escaped = name
	}
	return strings.ToLower(escaped)
}

// valid returns s as valid UTF-8, which exporters insist on.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
