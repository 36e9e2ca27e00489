package retention

import (
	"math"
	"time"

	"github.com/hearth-dev/hearth/internal/store"
)

// What an outlook rests on.
const (
	growthDays = 7 // whole days of which the mean is taken
	leastDays  = 2 // with fewer nobody can tell
	// Horizon is how many days an outlook looks ahead: ten years, longer than anything goes on as it is.
	Horizon = 3650
	// settled is how near to its last value a size counts as settled.
	settled = 0.05
)

// Series is what one signal of a project takes, by day from the oldest on; days without anything are left out.
type Series struct {
	Days []DayBytes
	Keep time.Duration // 0 is for ever
}

// DayBytes is the size of a UTC day.
type DayBytes struct {
	Day   time.Time // its start
	Bytes int64
}

// SeriesOf returns what each signal of a project takes that keeps things for so long.
func SeriesOf(sizes []store.DaySize, keep Keep) (records, metrics Series) {
	records.Keep, metrics.Keep = keep.Records, keep.Metrics
	for _, s := range sizes {
		if s.RecordBytes > 0 {
			records.Days = append(records.Days, DayBytes{s.Day, s.RecordBytes})
		}
		if s.MetricBytes > 0 {
			metrics.Days = append(metrics.Days, DayBytes{s.Day, s.MetricBytes})
		}
	}
	return records, metrics
}

// Bytes returns how much is held.
func (s Series) Bytes() (sum int64) {
	for _, d := range s.Days {
		sum += d.Bytes
	}
	return sum
}

// Growth is how much comes in a day, before anything is deleted.
type Growth struct {
	Days  int     // whole days of which it is the mean: at most seven
	Bytes float64 // a day; 0 unless Known
}

// Known tells whether there are enough days to say anything.
func (g Growth) Known() bool { return g.Days >= leastDays }

// Growth returns the mean of the last whole days. The first day of a series is not whole, unless older ones were deleted; today is not,
// either. A day in between on which nothing came counts as nothing.
func (s Series) Growth(now time.Time) Growth {
	if len(s.Days) == 0 {
		return Growth{}
	}
	today, first := now.UTC().Truncate(day), s.Days[0].Day
	if s.Keep == 0 || first.After(now.Add(-s.Keep)) {
		first = first.Add(day)
	}
	g := Growth{Days: max(0, min(growthDays, int(today.Sub(first)/day)))}
	if !g.Known() {
		return g
	}
	for _, d := range s.Days {
		if d.Day.Before(today) && !d.Day.Before(today.Add(-time.Duration(g.Days)*day)) {
			g.Bytes += float64(d.Bytes) / float64(g.Days)
		}
	}
	return g
}

// Outlook is where sizes are going if each day brings as much as the mean of the last whole days did.
type Outlook struct {
	Bytes    int64 // held now
	Growth   int64 // bytes that come in a day, before anything is deleted
	TooYoung int   // series that are younger than two whole days: they are taken to stay as they are
	// Settles tells that deletion keeps up with what comes: about SettlesAt bytes are held from SettlesIn days on.
	Settles   bool
	SettlesAt int64
	SettlesIn int
	// Full tells that the room is used up within Horizon, in FullIn days.
	Full   bool
	FullIn int
}

// OutlookOf looks ahead. room is how many bytes may be added to what is held.
func OutlookOf(all []Series, now time.Time, room int64) Outlook {
	var o Outlook
	f := newForecast(all, now)
	o.Bytes, o.TooYoung, o.Growth = f.bytes, f.tooYoung, int64(math.Round(f.growth))
	sizes := f.sizes()
	if o.Settles = f.settles; o.Settles {
		o.SettlesAt, o.SettlesIn = settling(sizes)
	}
	for n, size := range sizes {
		if over := size - float64(f.bytes) - float64(room); over > 0 {
			o.Full, o.FullIn = true, int(math.Max(0, float64(n)+f.rest-over/f.growth))
			break
		}
	}
	return o
}

// settling returns the last of some sizes, and after how many days they stay near to it.
func settling(sizes []float64) (at int64, in int) {
	last := sizes[len(sizes)-1]
	in = len(sizes)
	for in > 0 && math.Abs(sizes[in-1]-last) <= settled*last {
		in--
	}
	return int64(math.Round(last)), in
}

// forecast goes from midnight to midnight of UTC.
type forecast struct {
	bytes    int64   // held now
	growth   float64 // bytes that come in a day
	rest     float64 // of today, in days
	tooYoung int
	settles  bool
	// deleted is how much is deleted at each midnight: 0 stands for now, 1 for the end of today.
	deleted []float64
}

func newForecast(all []Series, now time.Time) *forecast {
	today := now.UTC().Truncate(day)
	f := &forecast{settles: true, rest: 1 - float64(now.Sub(today))/float64(day)}
	days := 0 // until every day that is held now, and the first that comes, would be deleted
	for _, s := range all {
		f.bytes += s.Bytes()
		g := s.Growth(now)
		if len(s.Days) > 0 && !g.Known() {
			f.tooYoung++
			continue
		}
		f.growth += g.Bytes
		if keep := daysOf(s.Keep); keep > 0 && keep+2 <= Horizon {
			days = max(days, keep+2)
		} else if g.Bytes > 0 {
			f.settles = false
		}
	}
	if !f.settles {
		days = Horizon
	}
	f.deleted = make([]float64, max(1, days))
	for _, s := range all {
		if g := s.Growth(now); g.Known() && s.Keep > 0 {
			f.delete(s, g.Bytes, today)
		}
	}
	return f
}

// daysOf returns after how many midnights something is deleted.
func daysOf(keep time.Duration) int { return int((keep + day - 1) / day) }

// delete notes when what is held of a series goes, and what comes.
func (f *forecast) delete(s Series, growth float64, today time.Time) {
	note := func(end int, bytes float64) { // end is the midnight at which the day is over, counted from that before now
		if at := max(0, end+daysOf(s.Keep)); at < len(f.deleted) {
			f.deleted[at] += bytes
		}
	}
	for _, d := range s.Days {
		note(int(d.Day.Sub(today)/day)+1, float64(d.Bytes))
	}
	note(1, growth*f.rest)
	for n := 1; n < len(f.deleted); n++ {
		note(n+1, growth)
	}
}

// sizes returns how much is held before each midnight from the next one on: when it is most, just before days are deleted.
func (f *forecast) sizes() []float64 {
	sizes := make([]float64, len(f.deleted))
	size, come := float64(f.bytes), f.growth*f.rest
	for n := range sizes {
		size += come - f.deleted[n]
		sizes[n], come = size, f.growth
	}
	return sizes
}
