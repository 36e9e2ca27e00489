// Command hearth keeps the telemetry of LLM applications and answers questions about it.
package main

import (
	"os"

	"github.com/hearth-dev/hearth/internal/cli"
)

// version is set by the linker.
var version = "dev"

func main() { os.Exit(cli.Main(version)) }
