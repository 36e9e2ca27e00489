package googlemodel_test

import (
	"context"
	"fmt"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/cassette"
	"github.com/hearth-dev/hearth/sdk/agent/googlemodel"
)

// The answers were recorded; without WithHTTPClient they would come from Google.
func ExampleNew() {
	recorded, err := cassette.Open("testdata/weather.json", cassette.Replay)
	if err != nil {
		fmt.Println(err)
		return
	}
	type place struct {
		City string `json:"city"`
	}
	weather := agent.NewTool("get_weather", "The weather of a city.", func(_ context.Context, p place) (map[string]any, error) {
		return map[string]any{"city": p.City, "celsius": 21}, nil
	})
	model := googlemodel.New("gemini-2.5-flash", googlemodel.WithHTTPClient(recorded.Client()), googlemodel.WithAPIKey("…"))
	guide := agent.NewText(model, agent.WithInstructions("Be brief."), agent.WithTools(weather))
	result, err := guide.Run(context.Background(), "What is the weather in Paris and in Rome?")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Output)
	fmt.Println(result.Usage().Requests, "requests,", result.Usage().TotalTokens(), "tokens")
	// Output:
	// It is 21 °C in Paris and 21 °C in Rome.
	// 2 requests, 345 tokens
}
