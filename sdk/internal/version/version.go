// Package version says which version of this module a program has.
package version

import (
	"runtime/debug"
	"sync"
)

const module = "github.com/hearth-dev/hearth/sdk"

// SDK returns the version of this module in the program, such as v0.3.0; empty when the build does not know, as in the
// module's own working copy.
func SDK() string { return sdk() }

var sdk = sync.OnceValue(func() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return of(build)
})

func of(build *debug.BuildInfo) string {
	for _, dependency := range build.Deps {
		if dependency.Path == module && dependency.Replace == nil {
			return dependency.Version
		}
	}
	return ""
}
