package capture

import (
	"net/http"
	"slices"
)

var methods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions,
	http.MethodConnect, http.MethodTrace, "QUERY",
}

// OtherMethod stands for methods that OpenTelemetry's conventions do not know, so that spans have few names.
const OtherMethod = "HTTP"

// Method returns a request's method as the names of spans have it: GET for none, OtherMethod for one that is not known.
func Method(method string) string {
	switch {
	case method == "":
		return http.MethodGet
	case slices.Contains(methods, method):
		return method
	}
	return OtherMethod
}
