package agent

import "context"

// Overriding is a part of [Override].
type Overriding func(*override)

type override struct{ model Model }

type overrideKey struct{}

// Override returns a context in which runs of every agent, nested ones included, go by what is given rather than by what the
// agents and their callers say. It is for tests of code that runs agents.
func Override(ctx context.Context, what ...Overriding) context.Context {
	o := overrideOf(ctx)
	for _, part := range what {
		part(&o)
	}
	return context.WithValue(ctx, overrideKey{}, o)
}

// OverrideModel runs with this model.
func OverrideModel(m Model) Overriding { return func(o *override) { o.model = m } }

func overrideOf(ctx context.Context) override {
	o, _ := ctx.Value(overrideKey{}).(override)
	return o
}
