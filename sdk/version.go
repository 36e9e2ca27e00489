package hearth

import "github.com/hearth-dev/hearth/sdk/internal/version"

// Version returns the version of this SDK that is in the program, such as v0.3.0; "devel" when the build does not know.
func Version() string {
	if v := version.SDK(); v != "" {
		return v
	}
	return "devel"
}
