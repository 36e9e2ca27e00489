package wire_test

import (
	"fmt"
	"net/url"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/wire"
)

func ExampleEndpoint_NewStream() {
	u, _ := url.Parse("https://api.openai.com/v1/chat/completions")
	endpoint, ok := wire.EndpointOf("POST", u)
	if !ok {
		return
	}
	stream := endpoint.NewStream()
	fmt.Fprint(stream, `data: {"model":"gpt-4o-2024-08-06","choices":[{"delta":{"content":"Hello "}}]}`+"\n\n")
	fmt.Fprint(stream, `data: {"choices":[{"delta":{"content":"there"},"finish_reason":"stop"}]}`+"\n\n")
	response := stream.Response()
	fmt.Println(response.Parts[0].(agent.Text).Text, response.Model, response.FinishReason)
	// Output: Hello there gpt-4o-2024-08-06 stop
}
