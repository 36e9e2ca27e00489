package prices

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"
)

//go:embed data.json.gz
var embedded []byte

// Options configure a Table. The zero value works.
type Options struct {
	// File names a file with an operator's own prices, which go before the embedded ones. Its shape is described in
	// docs/sql.md, "Cost". Empty is none.
	File string
}

// Table says what calls cost. It is safe for concurrent use.
type Table struct {
	version   string
	providers []*provider
	overrides []override

	mu    sync.Mutex // guards known
	known map[query]answer
}

// provider is who answers calls.
type provider struct {
	ID            string   `json:"id"`
	URL           string   `json:"url"` // regular expression for the start of the base URL
	ProviderMatch *clause  `json:"provider_match"`
	ModelMatch    *clause  `json:"model_match"` // names of models that are the provider's when nobody says whose they are
	Fallback      []string `json:"fallback"`    // providers whose models this one offers too
	Models        []*model `json:"models"`

	url *regexp.Regexp
}

type model struct {
	ID       string    `json:"id"`
	Match    *clause   `json:"match"`
	Prices   schedule  `json:"prices"`
	Variants []variant `json:"variants"`
}

// variant is other prices for a service tier. Where several hold, the first that has a price for a unit counts.
type variant struct {
	ServiceTier string      `json:"service_tier"`
	Constraint  *constraint `json:"constraint"`
	Prices      set         `json:"prices"`
}

// base is the embedded data, read once: reading it takes 20 ms.
var base = sync.OnceValues(func() (*Table, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(embedded))
	if err != nil {
		return nil, fmt.Errorf("read embedded prices: %w", err)
	}
	var data struct {
		Version   string      `json:"version"`
		Providers []*provider `json:"providers"`
	}
	if err := json.NewDecoder(unzipped).Decode(&data); err != nil {
		return nil, fmt.Errorf("read embedded prices: %w", err)
	}
	for _, p := range data.Providers {
		if p.url, err = regexp.Compile("^(?:" + p.URL + ")"); err != nil {
			return nil, fmt.Errorf("read embedded prices: provider %s: %w", p.ID, err)
		}
	}
	return &Table{version: data.Version, providers: data.Providers}, nil
})

// Open returns the table of the embedded prices and those of a file. An error says what is wrong with the file.
func Open(o Options) (*Table, error) {
	data, err := base()
	if err != nil {
		return nil, err
	}
	t := &Table{version: data.version, providers: data.providers, known: map[query]answer{}}
	if o.File == "" {
		return t, nil
	}
	text, err := os.ReadFile(o.File)
	if err != nil {
		return nil, fmt.Errorf("read prices: %w", err) // it names the file
	}
	if t.overrides, err = t.readOverrides(text); err != nil {
		return nil, fmt.Errorf("read prices from %s: %w", o.File, err)
	}
	return t, nil
}

// Version names the embedded prices, such as "genai-prices 0.2.3".
func (t *Table) Version() string { return t.version }

// Call is one call of a model. Texts may be empty.
type Call struct {
	// Providers are names of the provider as telemetry has them, such as "openai" or "gcp.vertex_ai", best first. One that
	// is the name of a framework is passed over.
	Providers [2]string
	URL       string // where the call went, such as "https://api.openai.com"
	// Models are names of the model, best first: that of the response, then that of the request.
	Models      [2]string
	ServiceTier string // as the response says
	Time        time.Time
	Usage       Usage
}

// Cost is what a call costs.
type Cost struct {
	NanoUSD  int64
	Provider string // id of the provider whose price it is; empty for an operator's price for any provider
	Model    string // id of the model
	Override bool   // the price is the operator's
}

// Cost returns what a call costs. It is not ok when there is no price for the call, or when its usage contradicts
// itself, as when more tokens were read from a cache than there were.
func (t *Table) Cost(c *Call) (Cost, bool) {
	provider := c.Providers[0]
	if c.Providers[1] != "" && (provider == "" || isGateway(provider)) {
		provider = c.Providers[1]
	}
	for _, name := range c.Models {
		if name == "" || len(name) > maxName || len(provider) > maxName || len(c.URL) > maxName {
			continue
		}
		found := t.find(query{provider, c.URL, name})
		if found.model == nil {
			continue
		}
		prices := found.model.prices(c.Time, c.ServiceTier, found.fallback)
		if prices.otherUnits && !prices.rates[Input].set && !prices.rates[Output].set {
			return Cost{}, false // priced by what no usage tells, such as hours
		}
		for _, n := range c.Usage {
			if n < 0 {
				return Cost{}, false
			}
		}
		nano, err := prices.cost(&c.Usage)
		return Cost{NanoUSD: nano, Provider: found.provider, Model: found.model.ID, Override: found.override}, err == nil
	}
	return Cost{}, false
}

// prices returns the prices at a time. Those of service tiers hold with the model's own provider alone.
func (m *model) prices(t time.Time, serviceTier string, fallback bool) *set {
	standard := m.Prices.at(t)
	if serviceTier == "" || fallback {
		return standard
	}
	var changed *set
	var isChanged [units]bool
	for i := range m.Variants {
		v := &m.Variants[i]
		if v.ServiceTier != serviceTier || !v.Constraint.holds(t) {
			continue
		}
		for unit := range v.Prices.rates {
			if !v.Prices.rates[unit].set || isChanged[unit] {
				continue
			}
			if changed == nil {
				copied := *standard
				changed = &copied
			}
			changed.rates[unit], isChanged[unit] = v.Prices.rates[unit], true
		}
	}
	if changed == nil {
		return standard
	}
	return changed
}

// query is a question for a model; answer is what is known about it.
type (
	query struct{ provider, url, model string }

	answer struct {
		model    *model // nil: there is no price
		provider string
		override bool
		fallback bool // the model is that of another provider
	}
)

// Bounds on what is remembered: names come from outside.
const (
	maxName  = 256
	maxKnown = 4096
)

// find looks a model up. It remembers what it found: going through the models of a provider takes up to 50 µs.
func (t *Table) find(q query) answer {
	t.mu.Lock()
	found, ok := t.known[q]
	t.mu.Unlock()
	if ok {
		return found
	}
	q = query{strings.Clone(q.provider), strings.Clone(q.url), strings.Clone(q.model)} // they may be views of a request
	found = t.search(q)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.known) >= maxKnown {
		clear(t.known)
	}
	t.known[q] = found
	return found
}

func (t *Table) search(q query) answer {
	name := strings.ToLower(strings.TrimSpace(q.model))
	providerName, gateway := canonical(q.provider)
	if gateway {
		providerName = ""
	}
	whose, named := t.providerNamed(providerName), providerName != ""
	if whose == nil {
		whose = t.providerAt(q.url)
	}
	if found, ok := t.overridden(whose, providerName, name); ok {
		return found
	}
	if whose != nil {
		return whose.find(t, name)
	}
	if named || q.url != "" && !gateway {
		return answer{} // some server of its own that offers the same models: its prices are not known
	}
	if gateway {
		if found := t.findPrefixed(name); found.model != nil {
			return found
		}
	}
	for _, p := range t.providers {
		if p.ModelMatch.accepts(name) {
			if found := p.find(t, name); found.model != nil {
				return found
			}
			break
		}
	}
	return t.findPrefixed(name)
}

// findPrefixed looks for a model that is named as in openai/gpt-4o.
func (t *Table) findPrefixed(name string) answer {
	prefix, rest, ok := strings.Cut(name, "/")
	if !ok || prefix == "" || rest == "" {
		return answer{}
	}
	prefix, _ = canonical(prefix)
	if p := t.providerNamed(prefix); p != nil {
		return p.find(t, rest)
	}
	return answer{}
}

// providerNamed returns the provider of a canonical name, or nil.
func (t *Table) providerNamed(name string) *provider {
	if name == "" {
		return nil
	}
	if p := t.providerOf(name); p != nil {
		return p
	}
	for _, p := range t.providers {
		if p.ProviderMatch.accepts(name) {
			return p
		}
	}
	return nil
}

// providerOf returns the provider of an id, or nil.
func (t *Table) providerOf(id string) *provider {
	for _, p := range t.providers {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// providerAt returns the provider that is called at a URL, or nil.
func (t *Table) providerAt(url string) *provider {
	if url == "" {
		return nil
	}
	for _, p := range t.providers {
		if p.url.MatchString(url) {
			return p
		}
	}
	return nil
}

// compactDate finds dates such as -20251211 at the end of a part of a name.
var compactDate = regexp.MustCompile(`-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(-|:|$)`)

// find returns the provider's model of a name in lower case.
func (p *provider) find(t *Table, name string) answer {
	if found := p.match(t, name); found.model != nil {
		return found
	}
	// Gateways write dates without dashes.
	dashed := compactDate.ReplaceAllStringFunc(name, func(date string) string {
		if _, err := time.Parse("20060102", date[1:9]); err != nil {
			return date
		}
		return date[:5] + "-" + date[5:7] + "-" + date[7:]
	})
	if dashed == name {
		return answer{}
	}
	return p.match(t, dashed)
}

func (p *provider) match(t *Table, name string) answer {
	for _, m := range p.Models {
		if m.Match.accepts(name) {
			return answer{model: m, provider: p.ID}
		}
	}
	for _, id := range p.Fallback {
		other := t.providerOf(id)
		if other == nil {
			continue
		}
		for _, m := range other.Models {
			if m.Match.accepts(name) {
				return answer{model: m, provider: p.ID, fallback: true}
			}
		}
	}
	return answer{}
}
