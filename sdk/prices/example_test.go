package prices_test

import (
	"fmt"
	"time"

	"github.com/hearth-dev/hearth/sdk/prices"
)

func ExampleTable_Cost() {
	table, err := prices.Open(prices.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var used prices.Usage
	used[prices.Input], used[prices.CacheRead], used[prices.Output] = 1000, 400, 200
	cost, ok := table.Cost(&prices.Call{
		Providers: [2]string{"openai"},
		Models:    [2]string{"gpt-4o-2024-08-06"},
		Time:      time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		Usage:     used,
	})
	fmt.Println(cost.NanoUSD, cost.Model, ok)
	// Output: 4000000 gpt-4o true
}
