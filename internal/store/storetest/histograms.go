package storetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// observed is what a data point says of single observations: each as the middle of its bucket.
type observed struct {
	values []float64
	sum    float64
}

// quantiles compares the quantiles of random data points, as they are and merged, with those of their observations one
// by one.
func quantiles(t *testing.T, e Engine) {
	s := e.open(t)
	g := rand.New(rand.NewPCG(3, 5))
	b := &record.Batch{Project: "p", Seq: 1, Arrived: Base}
	want := map[string]*observed{}
	for _, kind := range []struct {
		name  string
		point func(*rand.Rand) (record.Metric, observed)
	}{{"scalars", scalar}, {"explicit", explicit}, {"exponential", exponential}} {
		name := kind.name
		want[name] = &observed{}
		for i := range 50 {
			m, o := kind.point(g)
			m.Name, m.Origin = name, origin
			m.RecordedNano = Base.Add(time.Duration(i) * time.Hour).UnixNano()
			b.Metrics = append(b.Metrics, m)
			want[name].values = append(want[name].values, o.values...)
			want[name].sum += o.sum
		}
	}
	apply(t, s, b)
	for name, want := range want {
		slices.Sort(want.values)
		n := float64(len(want.values))
		for _, p := range []float64{0, 0.25, 0.5, 0.95, 1} {
			at := 0
			for float64(at+1) < p*n {
				at++
			}
			points := "(SELECT value AS v FROM metrics WHERE metric_name = '" + name + "')"
			merged := "(SELECT metric_merge(value) AS v FROM metrics WHERE metric_name = '" + name + "'"
			for _, from := range []string{points, merged + ")", merged + " GROUP BY date_trunc('day', recorded_timestamp))"} {
				row := e.ask(t, s, "p", fmt.Sprintf("SELECT metric_quantile(%v, v), metric_sum(metric_merge(v)), metric_count(metric_merge(v)) FROM %s x", p, from))[0]
				for i, want := range []float64{want.values[at], want.sum, n} {
					if got := number(row[i]); !(math.Abs(got-want) <= 1e-9*math.Max(1, math.Abs(want))) { // NaN differs
						t.Errorf("p %v of %s, column %d: got %v, want %v", p, from, i, got, want)
					}
				}
			}
		}
	}
}

func number(value any) float64 {
	switch v := value.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	default:
		return math.NaN()
	}
}

func scalar(g *rand.Rand) (record.Metric, observed) {
	x := float64(g.IntN(100)) / 4
	return record.Metric{Type: record.Gauge, Scalar: record.Float{F: x, Valid: true}}, observed{[]float64{x}, x}
}

// explicit makes a histogram whose outer buckets end at its minimum and maximum, where it has these.
func explicit(g *rand.Rand) (m record.Metric, o observed) {
	bounds := [][]float64{{0, 5, 10}, {0, 5, 10}, {-10, 20}, {1}}[g.IntN(4)]
	m = record.Metric{Type: record.Histogram, Temporality: record.Some("delta"), ExplicitBounds: bounds}
	low, high := bounds[0], bounds[len(bounds)-1]
	if g.IntN(2) == 0 {
		low, high = low-float64(g.IntN(9)), high+float64(g.IntN(9))
		m.Min, m.Max = record.Float{F: low, Valid: true}, record.Float{F: high, Valid: true}
	}
	edges := slices.Concat([]float64{low}, bounds, []float64{high})
	for i := range len(edges) - 1 {
		m.BucketCounts = append(m.BucketCounts, o.add(g, (edges[i]+edges[i+1])/2))
	}
	return o.total(m), o
}

func exponential(g *rand.Rand) (m record.Metric, o observed) {
	scale, offset := g.IntN(5)-1, g.IntN(9)-4
	m = record.Metric{Type: record.ExponentialHistogram, Temporality: record.Some("delta"), Scale: record.Int{N: int32(scale), Valid: true}}
	middle := func(i int) float64 { return math.Pow(2, (float64(offset+i)+0.5)/math.Pow(2, float64(scale))) }
	m.ZeroCount = record.Int{N: o.add(g, 0), Valid: true}
	m.PositiveOffset, m.NegativeOffset = record.Int{N: int32(offset), Valid: true}, record.Int{N: int32(offset), Valid: true}
	for i := range g.IntN(5) {
		m.PositiveCounts = append(m.PositiveCounts, o.add(g, middle(i)))
	}
	for i := range g.IntN(3) {
		m.NegativeCounts = append(m.NegativeCounts, o.add(g, -middle(i)))
	}
	return o.total(m), o
}

// add makes observations of one value and returns how many.
func (o *observed) add(g *rand.Rand, value float64) int32 {
	n := g.IntN(4)
	for range n {
		o.values = append(o.values, value)
		o.sum += value
	}
	return int32(n)
}

func (o *observed) total(m record.Metric) record.Metric {
	m.Count = record.Int{N: int32(len(o.values)), Valid: true}
	m.Sum = record.Float{F: o.sum, Valid: true}
	return m
}
