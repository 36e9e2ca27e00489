package anthropicsdk_test

import (
	"github.com/anthropics/anthropic-sdk-go"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/instrument/anthropicsdk"
)

func ExampleOptions() {
	settings := &agent.InstrumentationSettings{Content: agent.ContentNoBinary}
	client := anthropic.NewClient(anthropicsdk.Options(settings)...)
	_ = client
}

func ExampleNative() {
	client := anthropic.NewClient(anthropicsdk.Native(true)...)
	_ = client
}
