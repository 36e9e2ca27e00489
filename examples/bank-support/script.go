package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/hearth-dev/hearth/examples/internal/script"
	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

// scriptedModel answers the two questions that the program asks.
func scriptedModel() agent.Model {
	return functionmodel.New(func(_ context.Context, request *agent.Request) (*agent.Response, error) {
		output := request.Output.Tools[0].Name
		if strings.Contains(script.Question(request), "balance") {
			returns := script.Returns(request)
			if len(returns) == 0 {
				return script.Call("customer_balance", balanceQuery{IncludePending: true}), nil
			}
			return script.Call(output, answer{
				Advice: fmt.Sprintf("Hello John, your current account balance, including pending transactions, is %v.", returns[0].Content), Risk: 1,
			}), nil
		}
		lost := answer{Advice: "I'm sorry to hear that, John. We are blocking your card for now, so that nobody else can pay with it.", BlockCard: true, Risk: 80}
		if len(request.Messages) > 1 { // it was told that a risk of 80 is too much
			lost.Risk = 8
		}
		return script.Call(output, lost), nil
	}, functionmodel.Name("scripted"))
}
