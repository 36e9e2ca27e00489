// Package retention decides for how long projects keep what they were sent, deletes what is older, and tells how much room it takes
// and where that is going. See docs/retention.md.
package retention

import (
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/store"
)

// day is how long every day of UTC is.
const day = 24 * time.Hour

// Keep is for how long a project keeps things after their time. 0 is for ever. Whole days of UTC are deleted, so that some things
// stay for a day longer.
type Keep struct{ Records, Metrics time.Duration }

// KeepOf returns for how long a project keeps things for which so much is set, on a server that keeps none for longer than longest (0
// is for ever).
func KeepOf(set meta.Retention, longest time.Duration) Keep {
	return Keep{within(set.RecordsDays, longest), within(set.MetricsDays, longest)}
}

func within(days int, longest time.Duration) time.Duration {
	keep := time.Duration(days) * day
	if keep == 0 || longest > 0 && keep > longest {
		return longest
	}
	return keep
}

// Before returns before which moments whole days are deleted.
func (k Keep) Before(now time.Time) store.Cutoffs {
	return store.Cutoffs{Records: cutoff(k.Records, now), Metrics: cutoff(k.Metrics, now)}
}

func cutoff(keep time.Duration, now time.Time) time.Time {
	if keep == 0 {
		return time.Time{}
	}
	return now.Add(-keep)
}

// Loss is what a deletion takes away.
type Loss struct {
	Days    int   // of which something goes
	Records int64 // pending spans included
	Metrics int64 // data points
	Bytes   int64 // on disk
	// The starts of the last days that go; zero where none does.
	LastRecords, LastMetrics time.Time
}

// LossOf returns what is deleted of the days that a project holds, given from the oldest on.
func LossOf(held []store.DayStats, before store.Cutoffs) Loss {
	var loss Loss
	for _, d := range held {
		end, gone := d.Day.Add(day), false
		if !end.After(before.Records) && d.Records > 0 {
			gone, loss.Records, loss.Bytes, loss.LastRecords = true, loss.Records+d.Records, loss.Bytes+d.RecordBytes, d.Day
		}
		if !end.After(before.Metrics) && d.Metrics > 0 {
			gone, loss.Metrics, loss.Bytes, loss.LastMetrics = true, loss.Metrics+d.Metrics, loss.Bytes+d.MetricBytes, d.Day
		}
		if gone {
			loss.Days++
		}
	}
	return loss
}
