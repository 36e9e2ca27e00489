package prices

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// override is an operator's own price.
type override struct {
	provider string // canonical; empty is any
	match    clause
	model    *model
}

// readOverrides reads a file of prices. An error says which entry is wrong.
func (t *Table) readOverrides(text []byte) ([]override, error) {
	var file struct {
		Models []json.RawMessage `json:"models"`
	}
	if err := strict(text, &file); err != nil {
		return nil, err
	}
	overrides := make([]override, 0, len(file.Models))
	var problems []error
	for i, entry := range file.Models {
		o, err := t.readOverride(entry)
		if err != nil {
			problems = append(problems, fmt.Errorf("models[%d]: %w", i, err))
			continue
		}
		overrides = append(overrides, o)
	}
	return overrides, errors.Join(problems...)
}

func (t *Table) readOverride(text []byte) (o override, err error) {
	var sent struct {
		Provider string   `json:"provider"`
		Match    *clause  `json:"match"`
		Prices   schedule `json:"prices"`
		SameAs   string   `json:"same_as"`
	}
	if err := strict(text, &sent); err != nil {
		return o, err
	}
	if sent.Match == nil {
		return o, errors.New("needs match")
	}
	o.match = *sent.Match
	o.provider, _ = canonical(sent.Provider)
	if p := t.providerNamed(o.provider); p != nil {
		o.provider = p.ID
	}
	switch {
	case sent.Prices != nil && sent.SameAs == "":
		o.model = &model{ID: o.match.name(), Prices: sent.Prices}
		return o, nil
	case sent.Prices == nil && sent.SameAs != "":
		same := t.findPrefixed(strings.ToLower(sent.SameAs))
		if same.model == nil {
			return o, fmt.Errorf("same_as %q: there is no such model; it must be PROVIDER/MODEL, such as openai/gpt-4o", sent.SameAs)
		}
		o.model = same.model
		return o, nil
	}
	return o, errors.New("needs prices or same_as, one of them")
}

// name names a condition.
func (c *clause) name() string {
	if c.text != "" {
		return c.text
	}
	return c.op
}

// overridden returns the first of the operator's prices for a model. whose is nil when the provider is not known.
func (t *Table) overridden(whose *provider, providerName, name string) (answer, bool) {
	id := providerName
	if whose != nil {
		id = whose.ID
	}
	for i := range t.overrides {
		o := &t.overrides[i]
		if (o.provider == "" || o.provider == id) && o.match.accepts(name) {
			return answer{model: o.model, provider: o.provider, override: true}, true
		}
	}
	return answer{}, false
}
