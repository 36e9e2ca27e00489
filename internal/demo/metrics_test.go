package demo

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestHistogramsCountEveryValueInItsBucket(t *testing.T) {
	t.Parallel()
	m := newMeters(zero)
	values := []float64{0.0004, 0.001, 0.25, 0.25, 1, 3.9, 45}
	for _, v := range values {
		m.add(&span{service: storefront}, measurement{requestDuration, v, attrs{kv("http.route", "/")}}, zero)
	}
	list, points := m.collect(newResources(1), zero.Add(time.Minute))
	if points != 1 {
		t.Fatalf("%d points", points)
	}
	point := list[0].ScopeMetrics[0].Metrics[0].GetExponentialHistogram().DataPoints[0]
	want := make([]uint64, len(point.Positive.BucketCounts))
	for _, v := range values {
		for i := range want {
			low := math.Exp2(float64(int(point.Positive.Offset)+i) / 8)
			if v > low*(1-1e-12) && v <= low*math.Exp2(1./8)*(1-1e-12) || v == low*math.Exp2(1./8) {
				want[i]++
				break
			}
		}
	}
	if !slices.Equal(point.Positive.BucketCounts, want) || point.Count != 7 || *point.Max != 45 {
		t.Errorf("got %v\nwant %v", point.Positive.BucketCounts, want)
	}
	if _, points := m.collect(newResources(1), zero.Add(2*time.Minute)); points != 0 {
		t.Errorf("%d points without a measurement", points)
	}
}

func TestTokensGoIntoTheBucketThatHoldsThem(t *testing.T) {
	t.Parallel()
	m := newMeters(zero)
	for _, v := range []float64{1, 2, 4, 5, 1 << 30} {
		m.add(&span{service: sommelier}, measurement{tokenUsage, v, nil}, zero)
	}
	list, _ := m.collect(newResources(1), zero)
	got := list[0].ScopeMetrics[0].Metrics[0].GetHistogram().DataPoints[0].BucketCounts
	if want := []uint64{1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCumulativeSeriesGoOnUntilARestart(t *testing.T) {
	t.Parallel()
	m := newMeters(zero)
	at := zero
	collect := func() (value float64, start time.Time) {
		at = at.Add(time.Minute)
		list, _ := m.collect(newResources(1), at)
		point := list[0].ScopeMetrics[0].Metrics[0].GetSum().DataPoints[0]
		return point.GetAsDouble(), time.Unix(0, int64(point.StartTimeUnixNano)).UTC()
	}
	charge := func() { m.add(&span{service: payments}, measurement{charges, 1, attrs{kv("accepted", true)}}, at) }
	charge()
	charge()
	if n, start := collect(); n != 2 || !start.Equal(zero) {
		t.Errorf("%v since %v", n, start)
	}
	if n, start := collect(); n != 2 || !start.Equal(zero) {
		t.Errorf("%v since %v without a measurement", n, start)
	}
	m.restart(payments, at)
	charge()
	if n, start := collect(); n != 1 || !start.Equal(zero.Add(2*time.Minute)) {
		t.Errorf("%v since %v after a restart", n, start)
	}
}

func TestExemplarsPointToTheirSpans(t *testing.T) {
	t.Parallel()
	m := newMeters(zero)
	for i, v := range []float64{2, 1, 7, 3} {
		s := &span{service: storefront, traceID: [16]byte{1, byte(i)}, id: [8]byte{2, byte(i)}}
		m.add(s, measurement{requestDuration, v, nil}, zero.Add(time.Duration(i)*time.Second))
	}
	list, _ := m.collect(newResources(1), zero.Add(time.Minute))
	got := list[0].ScopeMetrics[0].Metrics[0].GetExponentialHistogram().DataPoints[0].Exemplars
	if len(got) != 2 || got[0].GetAsDouble() != 2 || got[1].GetAsDouble() != 7 || got[1].TraceId[1] != 2 || got[1].SpanId[1] != 2 ||
		got[1].TimeUnixNano != uint64(zero.Add(2*time.Second).UnixNano()) {
		t.Errorf("got %v", got)
	}
}
