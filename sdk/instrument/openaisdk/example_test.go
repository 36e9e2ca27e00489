package openaisdk_test

import (
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/instrument/openaisdk"
)

func ExampleMiddleware() {
	settings := &agent.InstrumentationSettings{Content: agent.ContentNoBinary}
	client := openai.NewClient(option.WithMiddleware(openaisdk.Middleware(settings)))
	_ = client
}
