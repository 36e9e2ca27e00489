package main

import (
	"context"
	"fmt"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// answer is what the agent gives.
type answer struct {
	Advice    string `json:"support_advice" description:"Advice returned to the customer."`
	BlockCard bool   `json:"block_card" description:"Whether to block their card."`
	Risk      int    `json:"risk" description:"Risk level of the query." llm:"min=0,max=10"`
}

const instructions = "You are a support agent in our bank, give the customer support and judge the risk level of their query. " +
	"Reply using the customer's name."

type balanceQuery struct {
	IncludePending bool `json:"include_pending" description:"Whether payments that are under way count."`
}

// newAgent makes the agent. Who calls is in the context of a run.
func newAgent(llm agent.Model, bank *bank) *agent.Agent[answer] {
	return agent.New[answer](llm,
		agent.WithName("support_agent"),
		agent.WithInstructions(instructions),
		agent.WithInstructionsFunc(func(ctx context.Context) (string, error) {
			name, err := bank.name(ctx, customer(ctx))
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("The customer's name is %q.", name), nil
		}),
		agent.WithTools(agent.NewTool("customer_balance", "Returns the customer's current account balance.",
			func(ctx context.Context, in balanceQuery) (string, error) {
				cents, err := bank.balance(ctx, customer(ctx), in.IncludePending)
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("$%d.%02d", cents/100, cents%100), nil
			})),
	)
}

type customerKey struct{}

// withCustomer says who calls.
func withCustomer(ctx context.Context, id int) context.Context {
	return context.WithValue(ctx, customerKey{}, id)
}

func customer(ctx context.Context) int {
	id, _ := ctx.Value(customerKey{}).(int)
	return id
}
