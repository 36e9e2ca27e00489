package einox_test

import (
	"github.com/cloudwego/eino/callbacks"

	"github.com/hearth-dev/hearth/sdk/instrument/einox"
)

func ExampleHandler() {
	callbacks.AppendGlobalHandlers(einox.Handler(nil)) // at the start of the program
}
