package alert

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

// State is how an alert stands.
type State string

// The states.
const (
	Pending  State = "pending"  // it has not run since it was made or changed, or it is switched off
	OK       State = "ok"       // the last run met nothing to tell
	Firing   State = "firing"   // the last run met what the alert is for
	Flapping State = "flapping" // it went to and fro in its last runs
	NoData   State = "no_data"  // nothing at all was received in the window
	Broken   State = "broken"   // the statement has no answer
	Snoozed  State = "snoozed"  // nobody wants to hear of it now; it runs all the same
)

// An alert flaps when what it watches has changed at least flips times between its last remembered runs.
const (
	remembered = 8
	flips      = 4
)

// patience is how many runs in a row may fail without a mistake in the statement until somebody is told: a busy server is
// no broken alert.
const patience = 3

// Memory is what is remembered of an alert from one run to the next. The zero value is that of an alert that never ran.
type Memory struct {
	State  State     `json:"state,omitempty"`
	Reason string    `json:"reason,omitempty"` // a sentence
	Since  time.Time `json:"since,omitzero"`   // when it came into this state
	Error  string    `json:"error,omitempty"`  // of the last run

	LastRun  time.Time `json:"last_run,omitzero"`
	Rows     int       `json:"rows,omitempty"`     // of the last run that had an answer
	Print    string    `json:"print,omitempty"`    // of its rows
	Notified bool      `json:"notified,omitempty"` // whether the last run was to be told

	// Conditions of the last runs that had an answer, the newest last: 1 where there was something to tell.
	Conditions string `json:"conditions,omitempty"`
	// Told is the condition as people know it, ToldPrint the rows as they know them. What happens during a snooze, or while
	// there is no channel, is not told, and so is told after that if it still is so.
	Told      bool   `json:"told,omitempty"`
	ToldPrint string `json:"told_print,omitempty"`

	Failures   int  `json:"failures,omitempty"` // in a row
	ToldBroken bool `json:"told_broken,omitempty"`
}

// memoryOf reads what meta keeps. What cannot be read was written by another release, and is forgotten.
func memoryOf(a *meta.Alert) Memory {
	var m Memory
	if len(a.Memory) > 0 && json.Unmarshal(a.Memory, &m) != nil {
		return Memory{}
	}
	return m
}

// bytes is the opposite of memoryOf.
func (m *Memory) bytes() []byte {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // plain values
	}
	return text
}

// Standing is how an alert stands at a moment, for people.
type Standing struct {
	State      State
	Reason     string    // a sentence
	Since      time.Time // when it came into this state
	LastRun    time.Time // zero for never
	LastError  string
	HasMatches bool // whether the last run that had an answer had rows
	HasErrors  bool // whether the last run failed
	Fired      bool // whether the last run was to be told
	Rows       int
}

// StandingOf returns how an alert stands.
func StandingOf(a *meta.Alert, now time.Time) Standing {
	m := memoryOf(a)
	s := Standing{
		State: m.State, Reason: m.Reason, Since: m.Since, LastRun: m.LastRun, LastError: m.Error,
		HasMatches: m.Rows > 0, HasErrors: m.Error != "", Fired: m.Notified, Rows: m.Rows,
	}
	switch {
	case !a.Active:
		s.State, s.Reason, s.Since = Pending, "It is switched off.", a.UpdatedAt
	case a.Snoozed(now):
		s.State, s.Since = Snoozed, a.SnoozedAt
		s.Reason = strings.TrimSpace("Snoozed until " + clock(a.SnoozedUntil) + ". " + m.Reason)
	case m.State == "":
		s.State, s.Reason, s.Since = Pending, "It has not run yet.", a.UpdatedAt
	}
	return s
}

// outcome is what a run met.
type outcome struct {
	at      time.Time // its scheduled time
	now     time.Time // when it took place
	result  *Result
	failure *QueryError // result is nil then
	silent  bool        // nothing at all was received in the window
	unheard bool        // there is no channel to tell anything
}

// verdict is what follows from a run.
type verdict struct {
	memory  Memory
	changed bool // the rows are others than the run before had
	tell    Kind // what is told; empty for nothing
}

// judge compares a run with what is remembered. It is the whole of what an alert decides.
func judge(a *meta.Alert, m Memory, o outcome) verdict {
	v := verdict{memory: m}
	v.memory.LastRun, v.memory.Error = o.at, ""
	if o.failure != nil {
		v.fail(o)
	} else {
		v.weigh(a, o)
	}
	if a.Snoozed(o.now) || o.unheard {
		v.tell = ""
	}
	v.settle(a.NotifyWhen)
	v.memory.Notified = v.tell != ""
	if v.memory.State != m.State {
		v.memory.Since = o.at
	}
	return v
}

// fail is a run without an answer. It changes nothing of what is known of the rows.
func (v *verdict) fail(o outcome) {
	m := &v.memory
	m.Failures++
	m.Error = o.failure.Text
	m.State = Broken
	m.Reason = "The query fails: " + o.failure.Text
	if !m.ToldBroken && (o.failure.Mistake || m.Failures >= patience) {
		v.tell = KindBroken
	}
}

// weigh is a run with an answer.
func (v *verdict) weigh(a *meta.Alert, o outcome) {
	m, first := &v.memory, v.memory.Print == ""
	m.Failures, m.ToldBroken = 0, false
	v.changed = !first && m.Print != o.result.Print
	m.Rows, m.Print = o.result.Total, o.result.Print

	condition := holds(a.NotifyWhen, o.result.Total, v.changed)
	m.Conditions += map[bool]string{false: "0", true: "1"}[condition]
	m.Conditions = m.Conditions[max(0, len(m.Conditions)-remembered):]
	m.State, m.Reason = v.stand(a, o, condition)
	v.tell = told(a.NotifyWhen, m, condition)
}

// holds tells whether a run met what the alert is for.
func holds(rule meta.NotifyWhen, rows int, changed bool) bool {
	switch rule {
	case meta.NoMatches:
		return rows == 0
	case meta.MatchesChanged:
		return changed
	}
	return rows > 0
}

// told returns what a run has to tell, given what people know.
func told(rule meta.NotifyWhen, m *Memory, condition bool) Kind {
	switch rule {
	case meta.HasMatches:
		if condition {
			return KindFiring
		}
	case meta.StartsHavingMatches:
		if condition && !m.Told {
			return KindFiring
		}
	case meta.HasMatchesChanged, meta.NoMatches:
		if condition && !m.Told {
			return KindFiring
		}
		if !condition && m.Told {
			return KindResolved
		}
	case meta.MatchesChanged:
		if m.ToldPrint != "" && m.ToldPrint != m.Print {
			return KindChanged
		}
	}
	return ""
}

// settle brings what people know up to date with what they are told, and with what they need not be told.
func (v *verdict) settle(rule meta.NotifyWhen) {
	m := &v.memory
	switch v.tell {
	case KindFiring:
		m.Told = true
	case KindResolved:
		m.Told = false
	case KindChanged:
		m.ToldPrint = m.Print
	case KindBroken:
		m.ToldBroken = true
	}
	if m.Error != "" {
		return
	}
	if m.ToldPrint == "" {
		m.ToldPrint = m.Print // the first rows are what later ones are compared with
	}
	if rule == meta.StartsHavingMatches && m.Rows == 0 {
		m.Told = false // that it is over is not told
	}
}

// stand returns the state after a run with an answer.
func (v *verdict) stand(a *meta.Alert, o outcome, condition bool) (State, string) {
	rows := countOf(o.result.Total) + " in " + spanOf(a.Window) + " until " + clock(o.at.Add(-a.Watermark))
	switch n := changes(v.memory.Conditions); {
	case n >= flips:
		return Flapping, fmt.Sprintf("It changed %d times in its last %d runs; now %s.", n, len(v.memory.Conditions), rows)
	case condition && a.NotifyWhen == meta.MatchesChanged:
		return Firing, "The rows changed: " + rows + "."
	case condition:
		return Firing, capital(rows) + "."
	case o.silent:
		return NoData, "Nothing at all was received in " + spanOf(a.Window) + " until " + clock(o.at.Add(-a.Watermark)) + "."
	case a.NotifyWhen == meta.MatchesChanged:
		return OK, "The same rows as before: " + rows + "."
	}
	return OK, capital(rows) + "."
}

// changes counts how often neighbours differ.
func changes(conditions string) (n int) {
	for i := 1; i < len(conditions); i++ {
		if conditions[i] != conditions[i-1] {
			n++
		}
	}
	return n
}
