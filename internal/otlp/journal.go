package otlp

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// Journal counts what became of the requests of each project since the process began, and keeps the newest ones that were
// refused: it is what tells people why nothing arrives. Both transports share one. Its memory is bounded by the projects
// that exist: statuses and reasons are words of this package, and what clients send is cut.
type Journal struct {
	now   func() time.Time
	since time.Time

	mu    sync.Mutex // guards pages
	pages map[string]*page
}

// NoProject is the project of requests that nobody could assign to one, because their token was missing or unknown.
const NoProject = ""

// NewJournal returns an empty journal. now is usually time.Now.
func NewJournal(now func() time.Time) *Journal {
	return &Journal{now: now, since: now(), pages: map[string]*page{}}
}

// Report is what a journal holds of some projects.
type Report struct {
	Since    time.Time        // the counts begin here
	Requests []Requests       // by signal, transport, status and reason
	Refused  []RefusedRequest // newest first
	Records  []RefusedRecords // by signal and reason
	Minutes  []Minute         // of the last hour, by signal, oldest first; those in which nothing came are left out
}

// Minute is what became of one signal's telemetry in one minute.
type Minute struct {
	At     time.Time // its beginning
	Signal string

	// Records and points: taken, repeats included; refused while the rest of their requests was taken; taken, with something
	// cut off.
	Accepted, Refused, Cut int64
	// RefusedRequests counts requests that were refused whole. How many records they held is not known.
	RefusedRequests int64
}

// Requests counts requests with one outcome.
type Requests struct {
	Outcome

	Count  int64
	LastAt time.Time
}

// Outcome is what became of a request.
type Outcome struct {
	Signal    string // traces, logs or metrics
	Transport string // http or grpc
	Status    int    // HTTP's; of gRPC the one that its code means
	Reason    string // a stable word; empty for a request that was taken
}

// RefusedRequest is a request that was not taken.
type RefusedRequest struct {
	Outcome

	At          time.Time
	Text        string // what the client was told; it may quote what the client sent
	TokenSuffix string // the last characters of its token, to tell tokens apart; empty where that would tell too much
	Client      string // User-Agent
	Remote      string // the address, without the port; of a proxy where there is one
}

// RefusedRecords counts records of requests that were taken otherwise.
type RefusedRecords struct {
	Signal string
	Reason string // a stable word
	Text   string // the reason in words
	Count  int64
	LastAt time.Time
}

const (
	newestRefused = 20  // per project
	keptMinutes   = 60  // per project and signal
	maxNote       = 300 // bytes of a text
	maxClient     = 200
)

// page is a project's part of the journal.
type page struct {
	requests map[Outcome]*tally
	records  map[recordsKey]*tally
	refused  []RefusedRequest // oldest first
	minutes  map[string]*hour // by signal
}

// hour holds the last minutes; each has the place of its number, counted from 1970.
type hour [keptMinutes]Minute

// minute returns the minute of a time, to be counted in.
func (p *page) minute(signal string, at time.Time) *Minute {
	minutes := p.minutes[signal]
	if minutes == nil {
		minutes = &hour{}
		p.minutes[signal] = minutes
	}
	begin := at.Truncate(time.Minute)
	m := &minutes[begin.Unix()/60%keptMinutes]
	if !m.At.Equal(begin) {
		*m = Minute{At: begin, Signal: signal}
	}
	return m
}

func (m *Minute) add(other Minute) {
	m.Accepted += other.Accepted
	m.Refused += other.Refused
	m.Cut += other.Cut
	m.RefusedRequests += other.RefusedRequests
}

type recordsKey struct {
	signal string
	reason reason
}

type tally struct {
	count int64
	last  time.Time
}

func (t *tally) add(n int64, at time.Time) {
	t.count += n
	t.last = at
}

// attempt is a request on its way through a transport.
type attempt struct {
	signal        record.Signal
	transport     string
	authorization string
	client        string
	remote        string
	writer        Writer // zero, and so of NoProject, until it is known
	accepted, cut int    // records and points; cut are those that were shortened
	refused       *Refused
}

// note writes down how an attempt ended: err is nil when it was taken.
func (j *Journal) note(a *attempt, status int, err error) {
	at := j.now()
	outcome := Outcome{Signal: a.signal.String(), Transport: a.transport, Status: status, Reason: reasonOf(err)}
	j.mu.Lock()
	defer j.mu.Unlock()
	p := j.page(a.writer.Project)
	count(p.requests, outcome, 1, at)
	minute := p.minute(outcome.Signal, at)
	minute.Accepted += int64(a.accepted)
	minute.Cut += int64(a.cut)
	if a.refused != nil {
		for why, n := range a.refused.Reasons {
			count(p.records, recordsKey{outcome.Signal, reason(why)}, int64(n), at)
			minute.Refused += int64(n)
		}
	}
	if err != nil {
		minute.RefusedRequests++
	}
	if err == nil {
		return
	}
	if len(p.refused) == newestRefused {
		p.refused = slices.Delete(p.refused, 0, 1)
	}
	text := err.Error()
	if outcome.Reason == reasonInternal {
		text = textInternal
	}
	p.refused = append(p.refused, RefusedRequest{
		Outcome: outcome, At: at, TokenSuffix: suffix(a.authorization), Remote: a.remote,
		Text: cut(strings.ToValidUTF8(text, ""), maxNote), Client: cut(strings.ToValidUTF8(a.client, ""), maxClient),
	})
}

// tallied is what tallies are kept of.
type tallied interface{ Outcome | recordsKey }

func count[K tallied](tallies map[K]*tally, key K, n int64, at time.Time) {
	if tallies[key] == nil {
		tallies[key] = &tally{}
	}
	tallies[key].add(n, at)
}

func newPage() *page {
	return &page{requests: map[Outcome]*tally{}, records: map[recordsKey]*tally{}, minutes: map[string]*hour{}}
}

// page returns a project's page. The caller holds mu.
func (j *Journal) page(project string) *page {
	p := j.pages[project]
	if p == nil {
		p = newPage()
		j.pages[project] = p
	}
	return p
}

// Report returns what is known of projects together.
func (j *Journal) Report(projects ...string) Report {
	together, oldest := newPage(), j.now().Add(-keptMinutes*time.Minute)
	j.mu.Lock()
	for _, project := range projects {
		if p := j.pages[project]; p != nil {
			merge(together.requests, p.requests)
			merge(together.records, p.records)
			together.refused = append(together.refused, p.refused...)
			together.addMinutes(p, oldest)
		}
	}
	j.mu.Unlock()
	report := Report{Since: j.since, Requests: []Requests{}, Refused: together.refused, Records: []RefusedRecords{}, Minutes: []Minute{}}
	for outcome, t := range together.requests {
		report.Requests = append(report.Requests, Requests{outcome, t.count, t.last})
	}
	for key, t := range together.records {
		report.Records = append(report.Records, RefusedRecords{key.signal, string(key.reason), explanations[key.reason], t.count, t.last})
	}
	for _, minutes := range together.minutes {
		report.Minutes = append(report.Minutes, slices.DeleteFunc(minutes[:], func(m Minute) bool { return m.At.IsZero() })...)
	}
	report.sort()
	return report
}

// addMinutes adds the minutes of another page that are younger than oldest.
func (p *page) addMinutes(other *page, oldest time.Time) {
	for signal, minutes := range other.minutes {
		for _, m := range minutes {
			if m.At.After(oldest) {
				p.minute(signal, m.At).add(m)
			}
		}
	}
}

func (r *Report) sort() {
	slices.SortFunc(r.Requests, func(a, b Requests) int {
		return cmp.Or(cmp.Compare(a.Signal, b.Signal), cmp.Compare(a.Transport, b.Transport), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Reason, b.Reason))
	})
	slices.SortFunc(r.Records, func(a, b RefusedRecords) int {
		return cmp.Or(cmp.Compare(a.Signal, b.Signal), cmp.Compare(a.Reason, b.Reason))
	})
	slices.SortFunc(r.Minutes, func(a, b Minute) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Signal, b.Signal)) })
	slices.SortStableFunc(r.Refused, func(a, b RefusedRequest) int { return b.At.Compare(a.At) })
	r.Refused = r.Refused[:min(len(r.Refused), newestRefused)]
}

func merge[K tallied](into, from map[K]*tally) {
	for key, t := range from {
		last := t.last
		if known := into[key]; known != nil && known.last.After(last) {
			last = known.last
		}
		count(into, key, t.count, last)
	}
}

// Reasons for which whole requests are refused. Clients of the API read them: keep them stable.
var requestReasons = []struct {
	word string
	is   func(error) bool
}{
	{"interrupted", func(err error) bool { return isA[interrupted](err) || errors.Is(err, context.Canceled) }},
	{"unauthorized", func(err error) bool { return errors.Is(err, ErrUnauthorized) }},
	{"forbidden", func(err error) bool { return errors.Is(err, ErrForbidden) }},
	{"rate_limited", isA[TooFast]},
	{"over_quota", isA[OverQuota]},
	{"too_large", func(err error) bool { return errors.Is(err, errTooLarge) }},
	{"unsupported_type", func(err error) bool { return isA[unsupportedEncoding](err) || errors.Is(err, errContentType) }},
	{"undecodable", isA[undecodable]},
	{"all_refused", isA[allRefused]},
	{"busy", func(err error) bool { _, ok := retryAfter(err); return ok }},
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// reasonOf returns the word for an error; internal for one of ours.
func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	for _, r := range requestReasons {
		if r.is(err) {
			return r.word
		}
	}
	return reasonInternal
}

// reasonInternal stands for errors of ours. They are logged whole; clients are told nothing but when to come again.
const reasonInternal = "internal"

// suffix returns the end of a token: enough to tell which of one's own tokens it is, too little to guess it. What is
// short, or no token at all, may be somebody's password and stays unknown.
func suffix(authorization string) string {
	const shown, least = 3, 20
	token := strings.TrimSpace(authorization)
	if scheme, rest, ok := strings.Cut(token, " "); ok && strings.EqualFold(scheme, "bearer") {
		token = strings.TrimSpace(rest)
	}
	if len(token) < least || strings.Trim(token, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") != "" {
		return ""
	}
	return token[len(token)-shown:]
}
