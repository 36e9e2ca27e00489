package retention

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// now is a quarter into a day, so that three quarters of it are to come.
var now = time.Date(2026, 5, 27, 6, 0, 0, 0, time.UTC)

// ago returns the start of the day that many days before now.
func ago(days int) time.Time { return now.Truncate(day).AddDate(0, 0, -days) }

func TestWhatIsSetIsKeptButNotLongerThanTheServerKeepsThings(t *testing.T) {
	t.Parallel()
	check := func(set meta.Retention, longest time.Duration, want Keep) {
		t.Helper()
		if got := KeepOf(set, longest); got != want {
			t.Errorf("%+v on a server of %v: %+v, want %+v", set, longest, got, want)
		}
	}
	check(meta.Retention{}, 0, Keep{})
	check(meta.Retention{}, 30*day, Keep{30 * day, 30 * day})
	check(meta.Retention{RecordsDays: 7}, 30*day, Keep{7 * day, 30 * day})
	check(meta.Retention{MetricsDays: 400}, 0, Keep{0, 400 * day})
	check(meta.Retention{RecordsDays: 7, MetricsDays: 400}, 30*day, Keep{7 * day, 30 * day}) // the operator has less than before
	check(meta.Retention{RecordsDays: 2}, 36*time.Hour, Keep{36 * time.Hour, 36 * time.Hour})
}

func TestLossIsWhatLiesWhollyBefore(t *testing.T) {
	t.Parallel()
	held := []store.DayStats{
		{DaySize: store.DaySize{Day: ago(9), RecordBytes: 100, MetricBytes: 10}, Records: 5, Metrics: 3},
		{DaySize: store.DaySize{Day: ago(8), MetricBytes: 10}, Metrics: 4},
		{DaySize: store.DaySize{Day: ago(7), RecordBytes: 200}, Records: 6},
		{DaySize: store.DaySize{Day: ago(0), RecordBytes: 400, MetricBytes: 40}, Records: 7, Metrics: 9},
	}
	check := func(keep Keep, want Loss) {
		t.Helper()
		if got := LossOf(held, keep.Before(now)); got != want {
			t.Errorf("%+v: %+v, want %+v", keep, got, want)
		}
	}
	check(Keep{}, Loss{})
	check(Keep{Records: day}, Loss{Days: 2, Records: 11, Bytes: 300, LastRecords: ago(7)})
	check(Keep{Metrics: day}, Loss{Days: 2, Metrics: 7, Bytes: 20, LastMetrics: ago(8)})
	check(Keep{Records: 7 * day, Metrics: 8 * day}, Loss{Days: 1, Records: 5, Metrics: 3, Bytes: 110, LastRecords: ago(9), LastMetrics: ago(9)})
	check(Keep{Records: 9 * day, Metrics: 9 * day}, Loss{}) // a part of the ninth day is younger
}

func TestSeriesOfAProject(t *testing.T) {
	t.Parallel()
	records, metrics := SeriesOf([]store.DaySize{{Day: ago(2), RecordBytes: 5}, {Day: ago(1), RecordBytes: 6, MetricBytes: 7}}, Keep{Records: day})
	if diff := cmp.Diff(Series{Days: []DayBytes{{ago(2), 5}, {ago(1), 6}}, Keep: day}, records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Series{Days: []DayBytes{{ago(1), 7}}}, metrics); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}
