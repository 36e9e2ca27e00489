package fallback_test

import (
	"context"
	"fmt"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/fallback"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

func ExampleNew() {
	overloaded := functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) {
		return nil, &agent.ModelHTTPError{Status: 529, Model: "first", Body: "overloaded"}
	})
	model := fallback.New(overloaded, functionmodel.Text("Here I am."))
	result, err := agent.NewText(model).Run(context.Background(), "Anybody?")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Output)
	// Output: Here I am.
}
