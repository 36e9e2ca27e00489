package retention

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// series makes one that holds bytes on each day, the last of them today; 0 is a day without anything.
func series(keep time.Duration, bytes ...int64) Series {
	s := Series{Keep: keep}
	for i, n := range bytes {
		if n > 0 {
			s.Days = append(s.Days, DayBytes{ago(len(bytes) - 1 - i), n})
		}
	}
	return s
}

func TestGrowthIsTheMeanOfWholeDays(t *testing.T) {
	t.Parallel()
	check := func(s Series, want Growth) {
		t.Helper()
		if got := s.Growth(now); got != want {
			t.Errorf("%v: %+v, want %+v", s.Days, got, want)
		}
	}
	check(series(0), Growth{})
	check(series(0, 50), Growth{})                                                      // today alone
	check(series(0, 50, 50), Growth{})                                                  // yesterday began in the middle
	check(series(0, 50, 100, 50), Growth{Days: 1})                                      // one whole day
	check(series(0, 1, 100, 200, 50), Growth{Days: 2, Bytes: 150})                      // two
	check(series(0, 1, 0, 0, 300, 50), Growth{Days: 3, Bytes: 100})                     // nothing came on two of them
	check(series(0, 900, 900, 900, 7, 7, 7, 7, 7, 7, 7, 50), Growth{Days: 7, Bytes: 7}) // no more than seven
	check(series(2*day, 100, 200, 50), Growth{Days: 2, Bytes: 150})                     // older ones were deleted, so that the first is whole
	check(series(3*day, 100, 200, 50), Growth{Days: 1})                                 // they would not have been yet
	check(Series{Days: []DayBytes{{ago(-3), 5}}}, Growth{})                             // clocks that are ahead
}

func TestOutlook(t *testing.T) {
	t.Parallel()
	steady := []int64{100, 100, 100, 100, 25} // a quarter of today is over
	check := func(name string, room int64, want Outlook, all ...Series) {
		t.Helper()
		if got := OutlookOf(all, now, room); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	check("nothing", 1000, Outlook{Settles: true})
	check("too early", 1000, Outlook{Bytes: 75, TooYoung: 1, Settles: true, SettlesAt: 75}, series(0, 50, 25))
	check("for ever", 1050, Outlook{Bytes: 425, Growth: 100, Full: true, FullIn: 10}, series(0, steady...))
	check("soon", 10, Outlook{Bytes: 425, Growth: 100, Full: true}, series(0, steady...))
	check("longer than ten years", 100*Horizon, Outlook{Bytes: 425, Growth: 100}, series(0, steady...))
	check("for so long that it is for ever", 1050, Outlook{Bytes: 425, Growth: 100, Full: true, FullIn: 10}, series(Horizon*day, steady...))
	check("deletion keeps up", 80, Outlook{Bytes: 425, Growth: 100, Settles: true, SettlesAt: 500}, series(4*day, steady...))
	check("but not before it is full", 74, Outlook{Bytes: 425, Growth: 100, Settles: true, SettlesAt: 500, Full: true}, series(4*day, steady...))
	check("it grows first", 1000, Outlook{Bytes: 425, Growth: 100, Settles: true, SettlesAt: 1100, SettlesIn: 6}, series(10*day, steady...))
	check("full before it settles", 300, Outlook{Bytes: 425, Growth: 100, Settles: true, SettlesAt: 1100, SettlesIn: 6, Full: true, FullIn: 3}, series(10*day, steady...))
	check("it shrinks", 1000, Outlook{Bytes: 10_725, Growth: 100, Settles: true, SettlesAt: 1100, SettlesIn: 3},
		series(10*day, 3000, 3000, 4000, 100, 100, 100, 100, 100, 100, 100, 25))
	check("nothing comes any more", 1000, Outlook{Bytes: 500, Settles: true, SettlesAt: 500}, series(0, 500, 0, 0, 0, 0, 0, 0, 0, 0))
	check("two signals", 1000, Outlook{Bytes: 526, Growth: 125, Settles: true, SettlesAt: 775, SettlesIn: 5},
		series(4*day, steady...), series(10*day, 25, 25, 25, 25, 1)) // 5·100 + 11·25
	check("one of them for ever", 475, Outlook{Bytes: 525, Growth: 125, Full: true, FullIn: 16}, series(4*day, steady...), series(0, 25, 25, 25, 25, 0))
	check("one of them too young", 1000, Outlook{Bytes: 432, Growth: 100, TooYoung: 1, Settles: true, SettlesAt: 507}, series(4*day, steady...), series(0, 7))
}

// TestOutlookIsWhatWouldHappen lives through the days one by one, each with files of its own.
func TestOutlookIsWhatWouldHappen(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var all []Series
		for range 1 + random.IntN(4) {
			bytes := make([]int64, 2+random.IntN(12))
			for i := range bytes {
				bytes[i] = random.Int64N(1000)
			}
			keep := time.Duration(random.IntN(20)) * day
			if random.IntN(4) == 0 {
				keep += 5 * time.Hour
			}
			all = append(all, series(keep, bytes...))
		}
		f := newForecast(all, now)
		sizes := f.sizes()
		for n := 0; n < min(len(sizes), 40); n++ {
			if want := lived(all, n); math.Abs(sizes[n]-want) > 1e-6 {
				t.Fatalf("%+v: after %d midnights %v bytes, want %v", all, n, sizes[n], want)
			}
		}
		if last := sizes[len(sizes)-1]; f.settles && math.Abs(lived(all, len(sizes)+5)-last) > 1e-6 {
			t.Errorf("%+v: %v bytes do not last", all, last)
		}
	}
}

// lived returns what is held just before the midnight that comes after that many others.
func lived(all []Series, midnights int) (bytes float64) {
	last := ago(-midnights) // the last midnight at which anything was deleted
	for _, s := range all {
		growth := s.Growth(now)
		files := map[time.Time]float64{}
		for _, d := range s.Days {
			files[d.Day] = float64(d.Bytes)
		}
		if growth.Known() {
			files[ago(0)] += growth.Bytes * 0.75
			for n := 1; n <= midnights; n++ {
				files[ago(-n)] = growth.Bytes
			}
		}
		for d, size := range files {
			if gone := s.Keep > 0 && growth.Known() && !d.Add(day).After(last.Add(-s.Keep)); !gone {
				bytes += size
			}
		}
	}
	return bytes
}

func ExampleOutlookOf() {
	now := time.Date(2026, 5, 27, 12, 0, 0, 0, time.UTC)
	week := Series{Keep: 30 * 24 * time.Hour}
	for n := range 8 { // 1 GB on each of the last whole days, half of it today
		week.Days = append(week.Days, DayBytes{time.Date(2026, 5, 20+n, 0, 0, 0, 0, time.UTC), 1e9})
	}
	week.Days[7].Bytes = 5e8
	o := OutlookOf([]Series{week}, now, 100e9)
	fmt.Println("holds", o.Bytes, "and comes to stay at", o.SettlesAt, "in", o.SettlesIn, "days; full:", o.Full)
	o = OutlookOf([]Series{week}, now, 10e9)
	fmt.Println("with less room: full in", o.FullIn, "days")
	// Output:
	// holds 7500000000 and comes to stay at 31000000000 in 22 days; full: false
	// with less room: full in 10 days
}
