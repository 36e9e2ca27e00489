package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCmd struct{}

// Run prints the version of the program, of its commit and of the Go that built it.
func (versionCmd) Run(c *console, version build) error {
	commit := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				commit = " (commit " + setting.Value[:min(12, len(setting.Value))] + ")"
			}
		}
	}
	_, err := fmt.Fprintf(c.out, "hearth %s%s %s %s/%s\n", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
