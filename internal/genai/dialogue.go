package genai

import (
	"slices"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/sdk/prices"
)

// Dialogue is a conversation that goes on over several traces: all that has its id, or that of its session.
type Dialogue struct {
	ID              string     `json:"id"`
	Start           *time.Time `json:"start,omitempty"`
	DurationSeconds *float64   `json:"duration_seconds,omitempty"` // until the last run has ended; absent while one goes on
	Running         bool       `json:"running,omitempty"`

	// Runs are the outermost agents' runs, calls and other records with the id, by start. The first turn of each has only
	// what no run of the same agent before it tells; its break says when its history is another one.
	Runs []*Conversation `json:"runs"`

	Providers     []string `json:"providers"`
	Models        []string `json:"models"`
	Usage         Usage    `json:"usage,omitzero"` // of all runs
	Cost          *Cost    `json:"cost,omitempty"`
	Calls         int      `json:"calls"`
	UnpricedCalls int      `json:"unpriced_calls"`
}

// IdentityKeys are the attributes that may hold the id of a conversation or a session.
func IdentityKeys() []string { return slices.Concat(conversationKeys, sessionKeys) }

// Join joins the records of all traces in which an id occurs. ok is false when it is in none of them. table is as for Build.
func Join(sources []Source, id string, table *prices.Table) (_ *Dialogue, ok bool) {
	b := &builder{counted: map[string]*node{}}
	var found, logs []*node
	for _, trace := range traces(sources) {
		for _, n := range newTree(trace, table).named(id) {
			if n.source.Kind == record.KindLog && n.parent == nil {
				logs = append(logs, n)
			} else {
				found = append(found, n)
			}
		}
	}
	if len(found)+len(logs) == 0 {
		return nil, false
	}
	d := &Dialogue{ID: id, Providers: []string{}, Models: []string{}}
	for _, n := range found {
		d.Runs = append(d.Runs, b.conversation(n, 0))
	}
	if len(logs) > 0 {
		d.Runs = append(d.Runs, b.logged(logs))
	}
	slices.SortStableFunc(d.Runs, func(a, b *Conversation) int { return startOf(a.Start).Compare(startOf(b.Start)) })
	d.sum()
	d.tellOnce()
	return d, true
}

// traces groups records by trace, in the order in which the traces come.
func traces(sources []Source) [][]Source {
	at := map[string]int{}
	var groups [][]Source
	for _, s := range sources {
		i, known := at[s.TraceID]
		if !known {
			i = len(groups)
			at[s.TraceID], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], s)
	}
	return groups
}

// named returns the outermost records with the id of a conversation or a session.
func (t *tree) named(id string) (found []*node) {
	var walk func(*node)
	walk = func(n *node) {
		if r := n.record; r != nil && (r.ConversationID == id || r.SessionID == id) {
			found = append(found, n)
			return
		}
		for _, child := range n.children {
			walk(child)
		}
	}
	for _, root := range t.roots {
		walk(root)
	}
	return found
}

// logged builds one conversation of logs that belong to no trace: command-line agents write such ones.
func (b *builder) logged(logs []*node) *Conversation {
	slices.SortStableFunc(logs, byStart)
	g := &gathering{builder: b, out: newConversation()}
	g.out.TraceID = logs[0].source.TraceID
	g.out.Start, _, _ = times(logs[0].source)
	for _, n := range logs {
		told := len(g.out.Turns)
		g.visit(n, nil)
		for i := range g.out.Turns[told:] {
			g.out.Turns[told+i].TraceID = n.source.TraceID
		}
	}
	took := logs[len(logs)-1].source.Start.Sub(logs[0].source.Start).Seconds()
	g.out.DurationSeconds = &took
	return g.close(nil)
}

// sum adds up the runs.
func (d *Dialogue) sum() {
	var end time.Time
	d.Start = d.Runs[0].Start
	for _, run := range d.Runs {
		d.Running = d.Running || run.Running
		if run.Start != nil && run.DurationSeconds != nil {
			if at := run.Start.Add(time.Duration(*run.DurationSeconds * float64(time.Second))); at.After(end) {
				end = at
			}
		}
		d.Providers, d.Models = addMissing(d.Providers, run.Providers...), addMissing(d.Models, run.Models...)
		d.Usage.add(run.Usage)
		d.Cost = sumCost(d.Cost, run.Cost)
		d.Calls += run.Calls
		d.UnpricedCalls += run.UnpricedCalls
	}
	if d.Start != nil && !end.IsZero() && !d.Running {
		seconds := end.Sub(*d.Start).Seconds()
		d.DurationSeconds = &seconds
	}
}

// tellOnce takes from the first turn of each run what the runs of the same agent before it have told.
func (d *Dialogue) tellOnce() {
	said := map[string]*thread{}
	for _, run := range d.Runs {
		t := said[run.Agent.Name]
		if t == nil {
			t = &thread{}
			said[run.Agent.Name] = t
		}
		for i := range run.Turns {
			if turn := &run.Turns[i]; i == 0 {
				t.begin(turn)
			} else {
				t.goOn(turn)
			}
		}
	}
}

// begin goes on with the first turn of a run, whose request shows all that it was handed.
func (t *thread) begin(turn *Turn) {
	added, why := t.add(turn.Input, turn.Output)
	turn.Break = why
	if why == breakAgain {
		return // it may be asked once more, but it is asked in this run
	}
	turn.Input, turn.Earlier = orEmpty(added), 0
	if why != "" {
		turn.Earlier = saidBefore(added)
	}
}

// goOn goes on with a later turn, which has only what it adds.
func (t *thread) goOn(turn *Turn) {
	if turn.Break == "" {
		t.said = append(t.said, flat(turn.Input)...)
	} else {
		t.said = flat(turn.Input)
	}
	t.lastAnswer = len(t.said)
	if len(turn.Output) > 0 {
		t.said = append(t.said, flat(turn.Output[:1])...)
	}
}
