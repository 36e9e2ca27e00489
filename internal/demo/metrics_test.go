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
		m.add(storefront, measurement{requestDuration, v, attrs{kv("http.route", "/")}})
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
		m.add(sommelier, measurement{tokenUsage, v, nil})
	}
	list, _ := m.collect(newResources(1), zero)
	got := list[0].ScopeMetrics[0].Metrics[0].GetHistogram().DataPoints[0].BucketCounts
	if want := []uint64{1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
