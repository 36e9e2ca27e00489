package query

import (
	"cmp"
	"context"
	"encoding/json"
	"hash/maphash"
	"slices"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// framesEvery is the least time between two frames of a tail that samples. What comes in between becomes one frame.
const framesEvery = 50 * time.Millisecond

// sampler bounds how many records of a tail are sent. The nil sampler sends all. It belongs to the tailer's loop.
type sampler struct {
	perSecond float64
	left      float64 // how many may be sent now: what a second allows, at most
	at        time.Time
}

// newSampler returns a sampler of so many records a second; nil for 0.
func newSampler(perSecond int) *sampler {
	if perSecond <= 0 {
		return nil
	}
	return &sampler{perSecond: float64(perSecond), left: float64(perSecond), at: time.Now()}
}

// pick returns which of the matches are sent, in their order: all of them while there are few. It sends one of each
// portion at least, so that no count waits for the next.
func (s *sampler) pick(p *portion, matches []int) []int {
	if s == nil || len(matches) == 0 {
		return matches
	}
	now := time.Now()
	s.left = min(s.perSecond, s.left+s.perSecond*now.Sub(s.at).Seconds())
	s.at = now
	n := min(len(matches), max(1, int(s.left)))
	s.left -= float64(n)
	if n == len(matches) {
		return matches
	}
	return p.sample(matches, n)
}

var traceSeed = maphash.MakeSeed()

// sample chooses n of the matches: errors first, then the starts of traces, and of the others all of some traces rather
// than some of all. Those are the same traces in every portion.
func (p *portion) sample(matches []int, n int) []int {
	type candidate struct {
		index, rank int
		trace       uint64
	}
	candidates := make([]candidate, len(matches))
	for i, index := range matches {
		r := &p.records[index]
		rank := 2
		switch {
		case r.Level >= record.LevelError || r.IsException:
			rank = 0
		case !r.ParentSpanID.Valid:
			rank = 1
		}
		candidates[i] = candidate{index, rank, maphash.String(traceSeed, r.TraceID)}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.trace, b.trace))
	})
	chosen := make([]int, n)
	for i := range chosen {
		chosen[i] = candidates[i].index
	}
	slices.Sort(chosen)
	return chosen
}

// matched returns how many records matched of what a frame tells.
func (f *Frame) matched() int {
	if f.Of > 0 {
		return f.Of
	}
	return len(f.Records)
}

// join makes one frame of neighbours without a gap between them.
func join(frames []Frame) (all []Frame) {
	for _, f := range frames {
		last := len(all) - 1
		if last < 0 || all[last].Gap != nil || f.Gap != nil {
			all = append(all, f)
			continue
		}
		before := &all[last]
		of := before.matched() + f.matched()
		before.Cursor = f.Cursor
		before.Records = slices.Concat[[]json.RawMessage](before.Records, f.Records) // never in place: others share them
		before.Of = 0
		if of > len(before.Records) {
			before.Of = of
		}
	}
	return all
}

// pause waits until the next frame may be sent.
func pause(ctx context.Context) error {
	timer := time.NewTimer(framesEvery)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
