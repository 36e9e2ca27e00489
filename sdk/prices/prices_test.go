package prices

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// usageUnits are the units by the names that genai-prices has for them in a usage.
var usageUnits = map[string]Unit{
	"input_tokens": Input, "output_tokens": Output, "cache_read_tokens": CacheRead, "cache_write_tokens": CacheWrite,
	"cache_write_1h_tokens": CacheWrite1h, "input_audio_tokens": InputAudio, "output_audio_tokens": OutputAudio,
	"cache_audio_read_tokens": CacheAudioRead, "input_image_tokens": InputImage, "output_image_tokens": OutputImage,
	"cache_image_read_tokens": CacheImageRead, "input_video_tokens": InputVideo, "output_video_tokens": OutputVideo,
	"output_reasoning_tokens": Reasoning, "output_citation_tokens": Citation, "web_searches": WebSearches,
}

type golden struct {
	Provider, URL, Model, Tier, Time string
	Usage                            map[string]int64
	NanoUSD                          *int64 `json:"nano_usd"`
	PriceOf                          string `json:"price_of"`
}

func readGoldens(t *testing.T) (goldens []golden) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "goldens.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(unzipped).Decode(&goldens); err != nil {
		t.Fatal(err)
	}
	return goldens
}

func openTable(t testing.TB, file string) *Table {
	t.Helper()
	o := Options{}
	if file != "" {
		o.File = filepath.Join(t.TempDir(), "prices.json")
		if err := os.WriteFile(o.File, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	table, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// What the package genai-prices answers is in the goldens; gen/goldens.py asked it.
func TestCostsAreThoseOfGenaiPrices(t *testing.T) {
	t.Parallel()
	table := openTable(t, "")
	goldens := readGoldens(t)
	priced, unpriced := 0, 0
	for _, g := range goldens {
		at, err := time.Parse("2006-01-02T15:04:05", g.Time)
		if err != nil {
			t.Fatal(err)
		}
		call := &Call{Providers: [2]string{g.Provider}, URL: g.URL, Models: [2]string{g.Model}, ServiceTier: g.Tier, Time: at}
		for name, n := range g.Usage {
			unit, ok := usageUnits[name]
			if !ok {
				t.Fatalf("unit %s is not known", name)
			}
			call.Usage[unit] = n
		}
		cost, ok := table.Cost(call)
		switch {
		case g.NanoUSD == nil && ok:
			t.Errorf("%+v costs %+v, want no price", *call, cost)
		case g.NanoUSD == nil:
			unpriced++
		case !ok || cost.NanoUSD != *g.NanoUSD || cost.Provider+"/"+cost.Model != g.PriceOf:
			t.Errorf("%+v costs %+v %t, want %d by %s", *call, cost, ok, *g.NanoUSD, g.PriceOf)
		default:
			priced++
		}
	}
	if priced < 500 || unpriced < 10 {
		t.Errorf("%d calls have a price and %d have none: too few to prove anything", priced, unpriced)
	}
}

// november is a time at which all prices of these tests hold.
var november = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestProvidersAreKnownByTheNamesOfTelemetry(t *testing.T) {
	t.Parallel()
	table := openTable(t, "")
	check := func(provider, url, model, want string) {
		t.Helper()
		cost, ok := table.Cost(&Call{Providers: [2]string{provider}, URL: url, Models: [2]string{model}, Time: november, Usage: Usage{Input: 1000, Output: 10}})
		got := ""
		if ok {
			got = cost.Provider + "/" + cost.Model
		}
		if got != want {
			t.Errorf("%q at %q, model %q: price of %q, want %q", provider, url, model, got, want)
		}
	}
	check("openai", "", "gpt-4o", "openai/gpt-4o")
	check(" OpenAI ", "", "GPT-4o", "openai/gpt-4o")
	check("openai.chat", "", "gpt-4o", "openai/gpt-4o")
	check("azure.ai.openai", "", "gpt-4o", "azure/gpt-4o") // contains "openai"
	check("azure-openai.responses", "", "gpt-4o", "azure/gpt-4o")
	check("gcp.gen_ai", "", "gemini-2.5-pro", "google/gemini-2.5-pro")
	check("gcp.vertex_ai", "", "gemini-2.5-pro", "google/gemini-2.5-pro")
	check("aws.bedrock", "", "nobody-made-this", "")
	check("x_ai", "", "grok-4.5", "x-ai/grok-4.5")
	check("mistral_ai", "", "mistral-large-latest", "mistral/mistral-large")
	// Frameworks name themselves; then where the call went tells, then the model.
	check("langchain", "", "gpt-4o", "openai/gpt-4o")
	check("langchain", "https://me.openai.azure.com", "gpt-4o", "azure/gpt-4o")
	check("gcp.vertex.agent", "", "gemini-2.5-pro", "google/gemini-2.5-pro")
	check("litellm", "", "openai/gpt-4o", "openai/gpt-4o")
	check("litellm", "", "azure/gpt-4o", "azure/gpt-4o")
	check("", "", "openai/gpt-4o", "openai/gpt-4o")
	check("", "", "gpt-4o", "openai/gpt-4o")
	// A server of one's own has models of the same names, and no price.
	check("ollama", "", "gpt-4o", "")
	check("ollama", "https://api.openai.com/v1", "gpt-4o", "openai/gpt-4o")
	check("", "https://llm.example.com", "gpt-4o", "")
	check("litellm", "https://llm.example.com", "openai/gpt-4o", "openai/gpt-4o")
	check("", "", "", "")
	check("openai", "", strings.Repeat("gpt", 200), "")
}

func TestAFrameworkIsNoProvider(t *testing.T) {
	t.Parallel()
	table := openTable(t, "")
	check := func(first, second, want string) {
		t.Helper()
		cost, _ := table.Cost(&Call{Providers: [2]string{first, second}, Models: [2]string{"gpt-4o"}, Time: november, Usage: Usage{Input: 1}})
		if cost.Provider != want {
			t.Errorf("%q, then %q: price of %q, want %q", first, second, cost.Provider, want)
		}
	}
	check("LangChain", "azure", "azure")
	check("", "azure", "azure")
	check("openai", "azure", "openai")
	check("langchain", "", "openai") // by the model
}

func TestTheModelOfTheResponseGoesFirst(t *testing.T) {
	t.Parallel()
	table := openTable(t, "")
	check := func(response, request, want string) {
		t.Helper()
		cost, ok := table.Cost(&Call{Providers: [2]string{"openai"}, Models: [2]string{response, request}, Time: november, Usage: Usage{Input: 1}})
		if cost.Model != want || !ok {
			t.Errorf("response %q, request %q: price of %q, want %q", response, request, cost.Model, want)
		}
	}
	check("gpt-4o-mini", "gpt-4o", "gpt-4o-mini")
	check("", "gpt-4o", "gpt-4o")
	check("my-deployment", "gpt-4o", "gpt-4o")
}

// The units of a price set have the parts that they have in genai-prices, so that none is counted twice.
func TestEachUnitIsCountedOnce(t *testing.T) {
	t.Parallel()
	one := func(of ...Unit) *set {
		s := &set{}
		for _, unit := range of {
			s.rates[unit] = rate{set: true, price: 1e9} // a nano-dollar each
		}
		return s
	}
	check := func(s *set, usage Usage, want int64) {
		t.Helper()
		got, err := s.cost(&usage)
		if err != nil || got != want {
			t.Errorf("%v costs %d, %v; want %d", usage, got, err, want)
		}
	}
	full := Usage{Input: 100, CacheRead: 40, CacheWrite: 30, CacheWrite1h: 20, InputAudio: 10, CacheAudioRead: 5, Output: 50, Reasoning: 20}
	check(one(Input, Output), full, 150)
	check(one(Input, CacheRead, CacheWrite, CacheWrite1h, Output, Reasoning), full, 150)
	check(one(Input, CacheRead, InputAudio, CacheAudioRead), full, 100)
	check(one(Input), Usage{}, 0)
	check(one(requests), Usage{}, 1)

	dear := one(Input, CacheRead)
	dear.rates[CacheRead].price = 0
	check(dear, full, 60)

	huge := one(Input)
	huge.rates[Input].price = 1e18
	usage := Usage{Input: 1 << 62}
	if n, err := huge.cost(&usage); err == nil {
		t.Errorf("a cost beyond int64 is %d", n)
	}
	for _, wrong := range []Usage{{Input: 1, CacheRead: 2}, {Input: 1, InputAudio: 1, CacheRead: 1}} {
		if n, err := one(Input, CacheRead, InputAudio).cost(&wrong); err == nil {
			t.Errorf("%v costs %d, want an error", wrong, n)
		}
	}
	if cost, ok := openTable(t, "").Cost(&Call{Providers: [2]string{"openai"}, Models: [2]string{"gpt-4o"}, Usage: Usage{Input: 1, Output: -1}}); ok {
		t.Errorf("negative usage costs %v", cost)
	}
}

func TestCostIsRoundedOnce(t *testing.T) {
	t.Parallel()
	s := &set{}
	s.rates[Input], s.rates[Output] = rate{set: true, price: 4e8}, rate{set: true, price: 4e8} // 0.4 nano-dollars
	for usage, want := range map[Usage]int64{{Input: 1}: 0, {Input: 1, Output: 1}: 1, {Input: 3, Output: 2}: 2} {
		if got, err := s.cost(&usage); err != nil || got != want {
			t.Errorf("%v costs %d, %v; want %d", usage, got, err, want)
		}
	}
}

func TestPricesHoldAtTheirTimes(t *testing.T) {
	t.Parallel()
	table := openTable(t, `{"models": [
		{"match": "dated", "prices": [{"prices": {"input_mtok": 1}}, {"constraint": {"start_date": "2026-06-01"}, "prices": {"input_mtok": 2}}]},
		{"match": "nightly", "prices": [{"prices": {"input_mtok": 1}}, {"constraint": {"start_time": "16:30:00", "end_time": "00:30:00"}, "prices": {"input_mtok": 2}}]},
		{"match": "daily", "prices": [{"prices": {"input_mtok": 1}}, {"constraint": {"start_time": "09:00:00", "end_time": "10:00:00"}, "prices": {"input_mtok": 2}}]},
		{"match": "late", "prices": [{"constraint": {"start_date": "2030-01-01"}, "prices": {"input_mtok": 3}}]}
	]}`)
	check := func(model, at string, want int64) {
		t.Helper()
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		cost, ok := table.Cost(&Call{Models: [2]string{model}, Time: when, Usage: Usage{Input: 1}})
		if !ok || !cost.Override || cost.NanoUSD != want*1000 {
			t.Errorf("%s at %s costs %+v %t, want %d", model, at, cost, ok, want*1000)
		}
	}
	check("dated", "2026-05-31T23:59:59Z", 1)
	check("dated", "2026-06-01T00:00:00Z", 2)
	check("dated", "2026-06-01T01:00:00+02:00", 1) // still May in UTC
	check("nightly", "2026-11-23T16:29:59Z", 1)
	check("nightly", "2026-11-23T16:30:00Z", 2)
	check("nightly", "2026-11-23T00:29:59Z", 2)
	check("nightly", "2026-11-23T00:30:00Z", 1)
	check("daily", "2026-11-23T09:00:00Z", 2)
	check("daily", "2026-11-23T10:00:00Z", 1)
	check("late", "2026-11-23T10:00:00Z", 3) // the first, where none holds
}

func TestAnOperatorsPricesGoFirst(t *testing.T) {
	t.Parallel()
	table := openTable(t, `{"models": [
		{"provider": "azure", "match": "Our-Deployment", "same_as": "openai/gpt-4o"},
		{"provider": "azure.ai.openai", "match": "gpt-4o", "prices": {"input_mtok": 100}},
		{"provider": "ollama", "match": {"starts_with": "llama"}, "prices": {"input_mtok": {"base": 1, "tiers": [{"start": 10, "price": 2}]}}},
		{"match": {"or": [{"contains": "inhouse"}, {"regex": "^x-\\d+$"}]}, "prices": {"requests_kcount": 3}}
	]}`)
	check := func(provider, model string, usage Usage, nano int64, override bool) {
		t.Helper()
		cost, ok := table.Cost(&Call{Providers: [2]string{provider}, Models: [2]string{model}, Time: november, Usage: usage})
		if !ok || cost.NanoUSD != nano || cost.Override != override {
			t.Errorf("%s %s: %+v %t, want %d, override %t", provider, model, cost, ok, nano, override)
		}
	}
	check("azure", "our-deployment", Usage{Input: 1}, 2500, true)
	check("azure", "gpt-4o", Usage{Input: 1}, 100_000, true)
	check("openai", "gpt-4o", Usage{Input: 1}, 2500, false)
	check("ollama", "llama3.1:70b", Usage{Input: 10}, 10_000, true)
	check("ollama", "llama3.1:70b", Usage{Input: 11}, 22_000, true)
	check("", "inhouse-7", Usage{Input: 5}, 3_000_000, true)
	check("whoever", "X-12", Usage{}, 3_000_000, true)
}

func TestTheExampleInTheDocumentationWorks(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "sql.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "`hearth serve --prices FILE`")
	_, rest, _ = strings.Cut(rest, "\n\n")
	example, _, _ := strings.Cut(rest, "\n\n")
	table := openTable(t, example)
	if len(table.overrides) != 3 {
		t.Fatalf("%d entries in\n%s", len(table.overrides), example)
	}
	cost, ok := table.Cost(&Call{Models: [2]string{"our-inhouse-model"}, Time: november.AddDate(1, 0, 0), Usage: Usage{Input: 200_001, Output: 1}})
	if !ok || cost.NanoUSD != 200_001*4000+8000 {
		t.Errorf("cost %+v %t", cost, ok)
	}
}

func TestAWrongFileIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	check := func(file, want string) {
		t.Helper()
		name := filepath.Join(t.TempDir(), "prices.json")
		if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(Options{File: name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", file, err, want)
		}
	}
	check(`{`, "unexpected EOF")
	check(`{"modles": []}`, "modles")
	check(`{"models": [{"match": "a", "prices": {}}, {"prices": {}}]}`, "models[1]: needs match")
	check(`{"models": [{"match": "a"}]}`, "models[0]: needs prices or same_as")
	check(`{"models": [{"match": "a", "same_as": "openai/gpt-4o", "prices": {}}]}`, "needs prices or same_as")
	check(`{"models": [{"match": "a", "same_as": "gpt-4o"}]}`, "PROVIDER/MODEL")
	check(`{"models": [{"match": "a", "prices": {"input_mtoks": 1}}]}`, "input_mtoks")
	check(`{"models": [{"match": "a", "prices": {"input_mtok": -1}}]}`, "-1 is not a price")
	check(`{"models": [{"match": "a", "prices": {"input_mtok": "1"}}]}`, "input_mtok: must be a number")
	check(`{"models": [{"match": "a", "prices": []}]}`, "empty list")
	check(`{"models": [{"match": "a", "prices": [{"constraint": {"start_date": "May"}, "prices": {}}]}]}`, "May")
	check(`{"models": [{"match": "a", "prices": [{"constraint": {"start_time": "10:00:00"}, "prices": {}}]}]}`, "end_time")
	check(`{"models": [{"match": {"like": "a"}, "prices": {}}]}`, "like")
	check(`{"models": [{"match": {"regex": "("}, "prices": {}}]}`, "regex")
	check(`{"models": [{"match": {}, "prices": {}}]}`, "one key")
	if _, err := Open(Options{File: filepath.Join(t.TempDir(), "absent")}); err == nil {
		t.Error("a file that is not there is taken")
	}
}

// Models that are priced by what no usage tells have no cost, rather than none to pay.
func TestModelsOfOtherUnitsHaveNoPrice(t *testing.T) {
	t.Parallel()
	if cost, ok := openTable(t, "").Cost(&Call{Providers: [2]string{"groq"}, Models: [2]string{"whisper-large-v3"}, Time: november, Usage: Usage{Input: 10}}); ok {
		t.Errorf("an hour of sound costs %+v", cost)
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	t.Parallel()
	table := openTable(t, "")
	call := &Call{Providers: [2]string{"openai"}, Usage: Usage{Input: 1}}
	for i := range maxKnown + 10 {
		call.Models[0] = strings.Repeat("m", i%200) + strings.Repeat("n", i/200)
		table.Cost(call)
	}
	if n := len(table.known); n > maxKnown {
		t.Errorf("%d names are remembered", n)
	}
}

func BenchmarkCost(b *testing.B) {
	table := openTable(b, "")
	call := &Call{Providers: [2]string{"anthropic"}, Models: [2]string{"claude-sonnet-4-5-20250929"}, Time: november, Usage: Usage{Input: 1000, CacheRead: 500, Output: 100}}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := table.Cost(call); !ok {
			b.Fatal("no price")
		}
	}
}
