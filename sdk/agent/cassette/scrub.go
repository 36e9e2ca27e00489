package cassette

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The headers that are recorded. All others are left out: what is not known to be harmless may be a secret.
var (
	requestHeaders  = []string{"Content-Type", "Accept", "Anthropic-Version", "Anthropic-Beta", "Mcp-Protocol-Version"}
	responseHeaders = []string{"Content-Type", "Retry-After", "Retry-After-Ms", "X-Should-Retry", "X-Gemini-Service-Tier"}
)

// scrubbed stands in place of secrets.
const scrubbed = "SCRUBBED"

// secretHeaders hold what must not be recorded, not even where a body repeats it.
var secretHeaders = []string{
	"Authorization", "Proxy-Authorization", "X-Api-Key", "Api-Key", "X-Goog-Api-Key", "X-Amz-Security-Token", "Cookie",
}

// secretParameters are the parameters of URLs that hold such things.
var secretParameters = []string{"key", "api_key", "apikey", "access_token", "token", "sig", "signature"}

func keep(from http.Header, names []string) map[string]string {
	kept := map[string]string{}
	for _, name := range names {
		if value := from.Get(name); value != "" {
			kept[name] = value
		}
	}
	return kept
}

// cleanURL returns a URL without its secrets, its parameters in order.
func cleanURL(u *url.URL) string {
	clean := *u
	clean.User = nil
	query := clean.Query()
	for name := range query {
		if slices.Contains(secretParameters, strings.ToLower(name)) {
			query.Set(name, scrubbed)
		}
	}
	clean.RawQuery = query.Encode()
	return clean.String()
}

// cleaner returns what takes the secrets of a request out of a text.
func (c *Cassette) cleaner(r *http.Request) func([]byte) []byte {
	var secrets []string
	for _, name := range secretHeaders {
		for _, value := range r.Header.Values(name) {
			_, token, found := strings.Cut(value, " ")
			if !found {
				token = value
			}
			secrets = append(secrets, token)
		}
	}
	for name, values := range r.URL.Query() {
		if slices.Contains(secretParameters, strings.ToLower(name)) {
			secrets = append(secrets, values...)
		}
	}
	return func(text []byte) []byte {
		clean := string(text)
		for _, secret := range secrets {
			if len(secret) > 3 { // shorter ones are no secrets, and occur everywhere
				clean = strings.ReplaceAll(clean, secret, scrubbed)
			}
		}
		for _, scrub := range c.scrub {
			clean = scrub(clean)
		}
		return []byte(clean)
	}
}
