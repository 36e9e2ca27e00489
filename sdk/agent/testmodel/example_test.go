package testmodel_test

import (
	"context"
	"fmt"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/testmodel"
)

func ExampleNew() {
	type City struct {
		Name string `json:"name"`
	}
	population := agent.NewTool("population", "", func(_ context.Context, c City) (int, error) { return len(c.Name), nil })
	result, err := agent.NewText(testmodel.New(), agent.WithTools(population)).Run(context.Background(), "How many live in Paris?")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Output)
	// Output: {"population":1}
}
