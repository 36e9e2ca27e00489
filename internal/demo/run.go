package demo

import (
	"container/heap"
	"context"
	"errors"
	"time"
)

// Options say where a demo goes and how long it lasts.
type Options struct {
	BaseURL string // the server's origin
	Token   string // write token; "" in local mode
	Project string // the project's name, in local mode; "" is the default
	// Duration is how long live traffic goes on after the history.
	Duration time.Duration
	// Rate is how many stories begin in a second of live traffic.
	Rate float64
	// Once sends the history and ends.
	Once bool
	// Seed makes ids and texts: the same seed gives the same ones. A server takes what it has seen lately for a repeat.
	Seed uint64
	// Progress is told now and then what was sent so far; may be nil. left is how long the demo goes on.
	Progress func(sent Sent, left time.Duration)
}

const (
	// history is how far back a demo begins.
	history = time.Hour
	// historyStories is how many stories happened in it: an afternoon in a small shop.
	historyStories = 420
	// restarted is how long ago the payment service was restarted: its counters began again.
	restarted = 23 * time.Minute
	// tick is how long telemetry is collected before it is sent, as the SDKs do.
	tick = 250 * time.Millisecond
	// collectEvery is how often metrics are sent.
	collectEvery = 30 * time.Second
	// announceFrom is how long a span takes at least that is announced. An SDK would send the announcement of a shorter one
	// together with the span, and so leaves it out.
	announceFrom = 500 * time.Millisecond
	// lastWord is how long the sending of what is left over may take after a stop.
	lastWord = 20 * time.Second
)

// Run plays the demo against a server until it is over or ctx ends, which is no error: what has begun is then ended and
// sent. It returns what was sent, also with an error.
func Run(ctx context.Context, o Options) (Sent, error) {
	p := newPlayer(o, time.Now())
	err := p.play(ctx)
	if ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())) {
		err = p.stop(ctx)
	}
	return p.out.sent, err
}

// player hands out what stories tell when its moment has come.
type player struct {
	options  Options
	out      *sender
	meters   *meters
	collect  time.Time // when metrics are sent next
	deck     *deck
	due      moments
	next     time.Time // when the next story of live traffic begins
	from, to time.Time // live traffic
}

func newPlayer(o Options, now time.Time) *player {
	p := &player{options: o, deck: newDeck(o.Seed), from: now, to: now.Add(o.Duration), next: now}
	p.out = &sender{options: &p.options, resources: newResources(o.Seed)}
	p.collect, p.meters = now.Add(-history+collectEvery), newMeters(now.Add(-history))
	if o.Once {
		p.to = now
	}
	p.remember()
	return p
}

// remember fills the past hour.
func (p *player) remember() {
	for range historyStories {
		ago := time.Duration(p.deck.Float64() * float64(history))
		st := p.deck.deal(ago)
		start := p.from.Add(-ago)
		if p.options.Once && ago < st.length() {
			start = p.from.Add(-st.length()) // all of it is history
		}
		p.schedule(st, start)
	}
	p.schedule(p.deck.play(crash), p.from.Add(-31*time.Minute))
}

// schedule lets a story happen.
func (p *player) schedule(st *story, zero time.Time) {
	for _, s := range st.seen {
		if s.unfinished || s.service.logfire && s.end-s.start >= announceFrom {
			p.due.add(moment{at: zero.Add(s.start), zero: zero, span: s, pending: true})
		}
		if !s.unfinished {
			p.due.add(moment{at: zero.Add(s.end), zero: zero, span: s})
		}
		for i := range s.lines {
			p.due.add(moment{at: zero.Add(s.lines[i].at), zero: zero, span: s, line: &s.lines[i]})
		}
	}
}

func (p *player) play(ctx context.Context) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for now := p.from; ; {
		if err := p.advance(ctx, now); err != nil {
			return err
		}
		if p.options.Progress != nil {
			p.options.Progress(p.out.sent, p.to.Sub(now))
		}
		if !now.Before(p.to) {
			return p.end(ctx, now)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now = <-ticker.C:
		}
	}
}

// advance begins the stories that begin until now, and sends everything that has happened.
func (p *player) advance(ctx context.Context, now time.Time) error {
	for p.next.Before(now) && p.next.Before(p.to) {
		start := p.next
		p.next = start.Add(time.Duration(p.deck.ExpFloat64() / p.options.Rate * float64(time.Second)))
		if st := p.deck.deal(0); !start.Add(st.length()).After(p.to) {
			p.schedule(st, start) // others would not end in time
		}
	}
	for len(p.due) > 0 && !p.due[0].at.After(now) {
		p.collectUntil(p.due[0].at)
		p.tell(heap.Pop(&p.due).(moment))
		if p.out.full() {
			if err := p.out.flush(ctx); err != nil {
				return err
			}
		}
	}
	p.collectUntil(now)
	return p.out.flush(ctx)
}

// tell hands one moment to the sender.
func (p *player) tell(m moment) {
	switch {
	case m.line != nil:
		p.out.addLog(m.span, *m.line, m.span.record(*m.line, m.zero))
	case m.pending:
		p.out.addSpan(m.span, m.span.pending(m.zero), true)
	default:
		p.out.addSpan(m.span, m.span.final(m.zero), false)
		for _, one := range m.span.measured {
			p.meters.add(m.span, one, m.at)
		}
	}
}

// collectUntil hands the metrics of the intervals that are over to the sender.
func (p *player) collectUntil(now time.Time) {
	for ; !p.collect.After(now); p.collect = p.collect.Add(collectEvery) {
		p.out.addMetrics(p.meters.collect(p.out.resources, p.collect))
		if at := p.from.Add(-restarted); !p.collect.Before(at) && p.collect.Before(at.Add(collectEvery)) {
			p.meters.restart(payments, p.collect)
		}
	}
}

// end sends what has happened until now, ends what is still open, and sends the last metrics, as a process does that is
// stopped.
func (p *player) end(ctx context.Context, now time.Time) error {
	if err := p.advance(ctx, now); err != nil {
		return err
	}
	for _, m := range p.due {
		if m.line == nil && !m.pending && m.zero.Add(m.span.start).Before(now) {
			p.out.addSpan(m.span, m.span.cut(m.zero, now), false)
		}
	}
	p.due = nil
	p.out.addMetrics(p.meters.collect(p.out.resources, now))
	return p.out.flush(ctx)
}

// stop is end after ctx has ended.
func (p *player) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
	defer cancel()
	p.to = time.Now() // nothing begins any more
	return p.end(ctx, p.to)
}

// moment is when something of a story is sent.
type moment struct {
	at, zero time.Time // zero is when the story starts
	span     *span
	pending  bool
	line     *line
}

// moments is a heap, the earliest first.
type moments []moment

func (m *moments) add(one moment) { heap.Push(m, one) }

func (m moments) Len() int           { return len(m) }
func (m moments) Less(i, j int) bool { return m[i].at.Before(m[j].at) }
func (m moments) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }

// Push and Pop are for package heap.
func (m *moments) Push(x any) { *m = append(*m, x.(moment)) }

// Pop removes the last.
func (m *moments) Pop() any {
	last := (*m)[len(*m)-1]
	*m = (*m)[:len(*m)-1]
	return last
}
