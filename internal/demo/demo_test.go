package demo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/prototext"
)

var zero = time.Date(2026, 5, 27, 13, 43, 16, 0, time.UTC)

// every lets a test look at each scenario with many seeds.
func every(t *testing.T, check func(t *testing.T, st *story)) {
	for _, sc := range append(append([]scenario{}, scenarios...), crash) {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(12) {
				check(t, newDeck(seed).play(sc))
				if t.Failed() {
					t.Fatalf("with seed %d", seed)
				}
			}
		})
	}
}

func TestEveryStoryIsMadeOfWholeTraces(t *testing.T) {
	t.Parallel()
	every(t, func(t *testing.T, st *story) {
		known := map[[8]byte]*span{}
		for _, s := range st.seen {
			if known[s.id] != nil {
				t.Errorf("%s has the id of %s", s.name, known[s.id].name)
			}
			if p := s.parent; p != nil && (known[p.id] != p || p.traceID != s.traceID) {
				t.Errorf("%s comes before its parent %s or is in another trace", s.name, p.name)
			}
			for _, to := range s.links {
				if known[to.id] != to || to.traceID == s.traceID {
					t.Errorf("%s links to nothing outside of its trace", s.name)
				}
			}
			if s.service == nil || s.scope.name == "" || s.name == "" {
				t.Errorf("%q of %v in scope %v lacks something", s.name, s.service, s.scope)
			}
			known[s.id] = s
		}
		if len(st.roots) == 0 {
			t.Error("nothing happens")
		}
	})
}

func TestTimesLieWithinTheParents(t *testing.T) {
	t.Parallel()
	every(t, func(t *testing.T, st *story) {
		for _, s := range st.seen {
			p := s.parent
			if s.start < 0 || s.end < s.start || s.log && s.end != s.start || !s.log && s.end == s.start {
				t.Errorf("%s lasts from %v to %v", s.name, s.start, s.end)
			}
			for _, e := range s.events {
				if e.at < s.start || e.at > s.end {
					t.Errorf("event %s of %s is at %v, outside of %v to %v", e.name, s.name, e.at, s.start, s.end)
				}
			}
			switch {
			case p == nil || p.unfinished:
			case s.scope == logfireHTTP: // Logfire's SDK reads bodies after the span of their request
				if s.start < p.end || s.end > p.parent.end {
					t.Errorf("%s is not between its request's end and that of the caller", s.name)
				}
			case s.start < p.start || s.end > p.end:
				t.Errorf("%s (%v to %v) is outside of %s (%v to %v)", s.name, s.start, s.end, p.name, p.start, p.end)
			}
		}
		if length := st.length(); length > 2*time.Minute {
			t.Errorf("takes %v: longer than anybody watches", length)
		}
	})
}

func TestTheSameSeedTellsTheSame(t *testing.T) {
	t.Parallel()
	tell := func(seed uint64) string {
		var sb strings.Builder
		d, r := newDeck(seed), newResources(seed)
		for range 40 {
			for _, s := range d.deal(0).seen {
				fmt.Fprintln(&sb, r.of(s.service), s.final(zero), s.pending(zero))
				for _, l := range s.lines {
					fmt.Fprintln(&sb, s.record(l, zero))
				}
			}
		}
		return strings.ReplaceAll(sb.String(), "  ", " ") // prototext varies its spaces on purpose
	}
	if diff := cmp.Diff(tell(7), tell(7)); diff != "" {
		t.Errorf("two demos with one seed differ: %s", diff[:min(len(diff), 2000)])
	}
	if tell(7) == tell(8) {
		t.Error("another seed makes no difference")
	}
}

func TestADeckHoldsEveryScenario(t *testing.T) {
	t.Parallel()
	d, cards := newDeck(3), 0
	d.deal(0)
	seen := map[string]int{}
	for _, s := range scenarios {
		cards += s.cards
	}
	if len(d.cards) != cards-1 {
		t.Fatalf("%d cards are left, want %d", len(d.cards), cards-1)
	}
	for _, s := range d.cards {
		seen[s.name]++
	}
	missing := 0
	for _, s := range scenarios {
		missing += s.cards - seen[s.name]
	}
	if missing != 1 {
		t.Errorf("%d cards are missing, one was dealt", missing)
	}
	if historyStories < cards {
		t.Errorf("a history of %d stories may miss a scenario: the deck has %d", historyStories, cards)
	}
}

func TestAnAnnouncementNamesTheRealSpan(t *testing.T) {
	t.Parallel()
	st := newDeck(1).play(scenario{build: giftBox})
	child := st.seen[1]
	pending, final := child.pending(zero), child.final(zero)
	if string(pending.ParentSpanId) != string(final.SpanId) || string(pending.SpanId) == string(final.SpanId) {
		t.Errorf("pending %s\nfinal %s", prototext.Format(pending), prototext.Format(final))
	}
	if pending.StartTimeUnixNano != final.StartTimeUnixNano || pending.EndTimeUnixNano != pending.StartTimeUnixNano {
		t.Error("the announcement does not stand where the span starts")
	}
	attributes := map[string]string{}
	for _, a := range pending.Attributes {
		attributes[a.Key] = a.Value.GetStringValue()
	}
	if want := fmt.Sprintf("%x", child.parent.id); attributes["logfire.pending_parent_id"] != want {
		t.Errorf("the parent is %s, want %s", attributes["logfire.pending_parent_id"], want)
	}
	if _, ok := attributes["pydantic_ai.all_messages"]; ok {
		t.Error("the announcement knows how it ends")
	}
}

func TestDialoguesCallToolsThatExist(t *testing.T) {
	t.Parallel()
	offered := map[string]bool{}
	for _, a := range []*agent{sommelierAgent, serviceAgent, giftAgent, pairingAgent, mailAgent, reviewAgent, analystAgent, buyerAgent, triageAgent} {
		for _, tool := range a.tools {
			offered[a.name+" "+tool.name] = true
		}
	}
	every(t, func(t *testing.T, st *story) {
		for _, s := range st.seen {
			name, ok := s.get("gen_ai.tool.name").(string)
			if agent := s.get("gen_ai.agent.name"); ok && !offered[fmt.Sprint(agent)+" "+name] {
				t.Errorf("agent %v has no tool %s", agent, name)
			}
		}
	})
}

func TestTheGiftPlannerAddsUp(t *testing.T) {
	t.Parallel()
	got := sums([]tea{{name: "A", cents: 1000}, {name: "B", cents: 2000}}, 60)
	if !strings.Contains(got, "B is 20.00 € for 100 g, so 10.00 € for 50 g. That makes 15.00 € so far.") ||
		!strings.Contains(got, "All together that is 28.50 € of 60 €") {
		t.Error(got)
	}
}
