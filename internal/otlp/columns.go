package otlp

import (
	"math"
	"net/url"
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
)

// storeHTTP fills the HTTP and URL columns. The attributes stay where they are; a value of the wrong type leaves its
// column empty.
func (d *decoding) storeHTTP(r *record.Record, a *attributes) {
	for _, c := range []class{httpResponseStatusCode, httpStatusCode} {
		if n, ok := intOf(a.get(c)); ok && n > 0 && n <= math.MaxInt16 {
			r.HTTPStatusCode = int16(n)
			break
		}
	}
	r.HTTPMethod = d.optional(a.text(httpRequestMethod, httpMethod))
	r.HTTPRoute = d.optional(a.text(httpRoute))
	r.URLFull = d.optional(a.text(urlFull, httpURL))
	path, query := a.text(urlPath), a.text(urlQuery)
	if target := a.text(httpTarget); target != "" && (path == "" || query == "") {
		targetPath, targetQuery := splitTarget(target)
		if path == "" {
			path = targetPath
		}
		if query == "" {
			query = targetQuery
		}
	}
	r.URLPath, r.URLQuery = d.optional(path), d.optional(query)
}

// splitTarget splits the target of an HTTP request, which may be a whole URL, into path and query.
func splitTarget(target string) (path, query string) {
	if strings.Contains(target, "://") {
		if u, err := url.Parse(target); err == nil {
			return u.EscapedPath(), u.RawQuery
		}
	}
	target, _, _ = strings.Cut(target, "#")
	path, query, _ = strings.Cut(target, "?")
	return path, query
}
