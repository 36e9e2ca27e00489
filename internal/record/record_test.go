package record

import (
	"strings"
	"testing"
)

func TestLevelsAreFoundByNameInAnyCase(t *testing.T) {
	t.Parallel()
	check := func(name string, want Level) {
		t.Helper()
		got, ok := ParseLevel(name)
		if !ok || got != want {
			t.Errorf("ParseLevel(%q) = %d, %v; want %d", name, got, ok, want)
		}
	}
	check("trace", 1)
	check("warn", 13)
	check("WARNING", 13)
	check("Error", 17)
	if _, ok := ParseLevel("loud"); ok {
		t.Error("ParseLevel accepted an unknown name")
	}
	if got := Level(11).String(); got != "11" {
		t.Errorf("a level without a name is written %q, want its number", got)
	}
}

func TestOnlySpansHaveADuration(t *testing.T) {
	t.Parallel()
	r := Record{Kind: KindSpan, StartNano: 1_000_000_000, EndNano: 2_500_000_000}
	if seconds, ok := r.Duration(); !ok || seconds != 1.5 {
		t.Errorf("duration = %v, %v; want 1.5 s", seconds, ok)
	}
	for _, kind := range []Kind{KindLog, KindSpanEvent, KindPendingSpan, KindAnnotation} {
		r.Kind = kind
		if _, ok := r.Duration(); ok {
			t.Errorf("a %s has a duration", kind)
		}
	}
}

func TestHotAttributesAreUniqueAndNeverBulky(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, key := range HotAttributes {
		if seen[key] {
			t.Errorf("%s is listed twice", key)
		}
		seen[key] = true
		if Bulky(key) {
			t.Errorf("%s is hot and bulky: SQL would not know where to read it", key)
		}
		if index, ok := HotIndex(key); !ok || int(index) != i {
			t.Errorf("HotIndex(%q) = %d, %v; want %d", key, index, ok, i)
		}
		if RecordsTable.Column(HotColumn(key)) == nil {
			t.Errorf("%s has no column", key)
		}
	}
}

func TestNumberedMessageAttributesAreBulky(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"events", "gen_ai.input.messages", "llm.input_messages.0.message.content", "gen_ai.prompt.3.content"} {
		if !Bulky(key) {
			t.Errorf("%s is not bulky", key)
		}
	}
	for _, key := range []string{"http.route", "event", "gen_ai.usage.input_tokens"} {
		if Bulky(key) {
			t.Errorf("%s is bulky", key)
		}
	}
}

func TestEveryTableHidesItsHiddenColumnsAtTheEnd(t *testing.T) {
	t.Parallel()
	for _, table := range []*Table{RecordsTable, RecordsAllTable, MetricsTable} {
		public := table.Public()
		names := map[string]bool{}
		for i, c := range table.Columns {
			if names[c.Name] {
				t.Errorf("%s.%s is listed twice", table.Name, c.Name)
			}
			names[c.Name] = true
			if c.Hidden != (i >= len(public)) {
				t.Errorf("%s.%s: hidden columns stand last", table.Name, c.Name)
			}
			if c.Description == "" {
				t.Errorf("%s.%s has no description", table.Name, c.Name)
			}
			if c.Name == "day" || c.Name == "project_id" {
				t.Errorf("%s.%s would shadow what people name their own columns", table.Name, c.Name)
			}
			if c.Hidden && !strings.HasPrefix(c.Name, "lf_") && !strings.HasPrefix(c.Name, "_lf_") {
				t.Errorf("%s.%s is hidden without the prefix lf_", table.Name, c.Name)
			}
		}
		if table.Column(table.TimeColumn) == nil {
			t.Errorf("%s has no time column %s", table.Name, table.TimeColumn)
		}
	}
}

func TestRecordsFullIsTheOldNameOfRecordsAll(t *testing.T) {
	t.Parallel()
	if Lookup("records_full") != RecordsAllTable || Lookup("records") != RecordsTable || Lookup("metrics") != MetricsTable {
		t.Error("a table is not found by its name")
	}
	if Lookup("users") != nil {
		t.Error("an unknown table is found")
	}
}
