package version

import (
	"runtime/debug"
	"testing"
)

func TestVersionIsThatOfTheBuild(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dependencies []*debug.Module
		want         string
	}{
		"a release":           {[]*debug.Module{{Path: "example.com/other", Version: "v9.0.0"}, {Path: module, Version: "v0.3.0"}}, "v0.3.0"},
		"a working copy":      {[]*debug.Module{{Path: module, Version: "v0.0.0", Replace: &debug.Module{Path: "../sdk"}}}, ""},
		"the module's own":    {nil, ""},
		"another with a like": {[]*debug.Module{{Path: module + "/extra", Version: "v0.3.0"}}, ""},
	} {
		if got := of(&debug.BuildInfo{Deps: c.dependencies}); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := SDK(); got != "" {
		t.Errorf("this test has version %q", got)
	}
}
