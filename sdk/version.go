package hearth

import (
	"runtime/debug"
	"sync"
)

const modulePath = "github.com/hearth-dev/hearth/sdk"

// Version returns the version of this SDK that is in the program, such as v0.3.0; "devel" when the build does not know.
func Version() string { return version() }

var version = sync.OnceValue(func() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	for _, dependency := range build.Deps {
		if dependency.Path == modulePath && dependency.Replace == nil && dependency.Version != "" {
			return dependency.Version
		}
	}
	return "devel"
})
