package api

import (
	"net/http"
	"strings"
)

// absent are the paths under which Logfire serves what Hearth does not have, and what that is. Its clients show the detail of an
// error to their users, but for a 404: the one of datasets makes of it that there is no such dataset.
var absent = []struct{ prefix, what string }{
	{"/v1/variables", "managed variables"},
	{"/v1/variable-updates", "managed variables"},
	{"/v1/variable-types", "managed variables"},
	{"/v1/ofrep", "feature flags"},
	{"/v1/datasets", "hosted datasets"},
	{"/v1/replay", "session replay"},
	{"/v1/braintrust", "Braintrust's API"},
	{"/proxy", "a gateway to models"},
}

// absentProblem tells that Hearth does not have what a canonical path is for; nil when the path means nothing to it either.
func absentProblem(path string) *problem {
	for _, one := range absent {
		if rest, ok := strings.CutPrefix(path, one.prefix); ok && (rest == "" || rest[0] == '/') {
			return &problem{
				status: http.StatusNotImplemented,
				detail: "Hearth does not have " + one.what + ": docs/logfire-compatibility.md lists what it has.",
			}
		}
	}
	return nil
}
