package genai

import (
	"math"
	"time"

	"github.com/hearth-dev/hearth/sdk/prices"
)

// costKeys are the attributes that hold a cost in USD, in order of preference; those of input and output may be empty.
// A key with a JSON object holds total, input and output in it.
var costKeys = []struct{ total, input, output string }{
	{"operation.cost", "", ""},
	{"langfuse.observation.cost_details", "", ""},
	{"llm.cost.total", "llm.cost.prompt", "llm.cost.completion"},
	{"gen_ai.usage.cost", "", ""},
	{"gen_ai.usage.cost_usd", "", ""},
	{"gen_ai.usage.total_cost", "", ""},
	{"gen_ai.cost.total_cost", "gen_ai.cost.input_cost", "gen_ai.cost.output_cost"},
	{"litellm.cost.total", "", ""},
	{"mlflow.llm.cost", "", ""},
	{"llm.usage.total_cost", "", ""},
	{"cost_usd", "", ""},
}

// costOf reads the cost of the operator's own prices, or else the one that was reported, or else the one that the store
// computed. One of 0 is as good as none: reporters that know no price write it.
func costOf(v *view) *Cost {
	stored := moneyOf(v.Cost)
	if stored != nil && v.CostSource == "override" {
		return &Cost{Total: stored, Source: v.CostSource}
	}
	for _, keys := range costKeys {
		var cost Cost
		if details := v.object(keys.total); details != nil {
			cost = costOfObject(details)
		} else {
			cost = Cost{Total: moneyOf(v.get(keys.total)), Input: moneyOf(v.get(keys.input)), Output: moneyOf(v.get(keys.output))}
		}
		if cost.Total != nil && *cost.Total > 0 {
			cost.Source = "reported"
			return &cost
		}
	}
	if stored != nil && *stored > 0 {
		return &Cost{Total: stored, Source: firstText(v.CostSource, "computed")}
	}
	return nil
}

// price works out what a call at a time cost that is known by the bodies of its request alone. Every other call has a cost from
// the store, which reads usage as it arrives, or none.
func price(r *Record, at time.Time, table *prices.Table) {
	if table == nil || r.Cost != nil || r.Usage.none() || r.Dialects[0] != httpDialect {
		return
	}
	cost, ok := table.Cost(&prices.Call{
		Providers: [2]string{r.Provider}, Models: [2]string{r.ResponseModel, r.RequestModel}, ServiceTier: r.tier, Time: at, Usage: priced(&r.Usage),
	})
	if !ok {
		return
	}
	total, source := Money(cost.NanoUSD), "computed"
	if cost.Override {
		source = "override"
	}
	r.Cost = &Cost{Total: &total, Source: source}
}

// priced is usage as prices count it.
func priced(u *Usage) prices.Usage {
	return prices.Usage{
		prices.Input: count(u.Input), prices.Output: count(u.Output), prices.CacheRead: count(u.CacheRead),
		prices.CacheWrite: count(u.CacheWrite), prices.CacheWrite1h: count(u.CacheWrite1h), prices.Reasoning: count(u.Reasoning),
		prices.InputAudio: count(u.InputAudio), prices.OutputAudio: count(u.OutputAudio), prices.CacheAudioRead: count(u.CacheReadAudio),
	}
}

// costOfObject reads {"total","input","output"}, MLflow's names for them, or a sum of buckets.
func costOfObject(o object) Cost {
	cost := Cost{
		Total: moneyOf(first(o, "total", "total_cost")), Input: moneyOf(first(o, "input", "input_cost")), Output: moneyOf(first(o, "output", "output_cost")),
	}
	if cost.Total != nil {
		return cost
	}
	var sum Money
	for _, v := range o {
		if m := moneyOf(v); m != nil {
			sum += *m
		}
	}
	cost.Total = &sum
	return cost
}

// maxUSD bounds a cost: more than that for one call is no cost.
const maxUSD = 1e6

func moneyOf(v any) *Money {
	usd, ok := numberOf(v)
	if !ok || usd < 0 || usd > maxUSD {
		return nil
	}
	m := Money(math.Round(usd * 1e9))
	return &m
}

// add adds another cost. Totals of both are known; parts only where both know them.
func (c *Cost) add(other *Cost) {
	sum := func(a, b *Money) *Money {
		if a == nil || b == nil {
			return nil
		}
		m := *a + *b
		return &m
	}
	c.Total, c.Input, c.Output = sum(c.Total, other.Total), sum(c.Input, other.Input), sum(c.Output, other.Output)
	if c.Source != other.Source {
		c.Source = "computed"
	}
}

func firstCost(costs ...*Cost) *Cost {
	for _, cost := range costs {
		if cost != nil {
			return cost
		}
	}
	return nil
}

func sumCost(sum, cost *Cost) *Cost {
	if cost == nil {
		return sum
	}
	if sum == nil {
		added := *cost
		return &added
	}
	sum.add(cost)
	return sum
}
