package storetest

import (
	"math"
	"slices"
	"testing"

	"github.com/hearth-dev/hearth/internal/record"
)

// reference works out the metric functions over a group of points by the book: docs/metrics.md.
type reference struct {
	points []*record.Metric
	rows   []*record.Metric // of the whole statement, where its groups cut series in time; else nil
}

// before returns the point before a point of a series, if the statement has one.
func (r *reference) before(m *record.Metric) (found *record.Metric) {
	for _, other := range r.rows {
		if string(other.Attributes) == string(m.Attributes) && other.RecordedNano < m.RecordedNano && (found == nil || other.RecordedNano > found.RecordedNano) {
			found = other
		}
	}
	return found
}

func cumulative(m *record.Metric) bool { return m.Temporality.S != "delta" }

// grows tells whether a series only grows while it goes on.
func grows(m *record.Metric) bool {
	return cumulative(m) && m.Type != record.Gauge && (m.Type != record.Sum || m.Monotonic)
}

// observed is what a point counts observations by, and what it adds up.
func observed(m *record.Metric) (count, sum float64) {
	if m.Type == record.Gauge || m.Type == record.Sum {
		return m.Scalar.F, m.Scalar.F
	}
	return float64(m.Count.N), m.Sum.F
}

// series returns the points of each series in the order of time.
func (r *reference) series() map[string][]*record.Metric {
	all := map[string][]*record.Metric{}
	for _, m := range r.points {
		all[string(m.Attributes)] = append(all[string(m.Attributes)], m)
	}
	for _, points := range all {
		slices.SortFunc(points, func(a, b *record.Metric) int { return int(a.RecordedNano - b.RecordedNano) })
	}
	return all
}

func (r *reference) first() int64 {
	first := int64(math.MaxInt64)
	rows := r.rows
	if rows == nil {
		rows = r.points
	}
	for _, m := range rows {
		first = min(first, m.RecordedNano)
	}
	return first
}

// run is a stretch of a series without a restart: what it holds at its end, less what it held before.
type run struct {
	before, end *record.Metric // before is nil where it began with nothing
}

// runs cuts a cumulative series where it restarted. alone says that a series of one point stands for all that it holds.
func (r *reference) runs(points []*record.Metric, alone bool) (runs []run) {
	fromZero := func(m *record.Metric) bool { return m.StartNano == 0 || m.StartNano < m.RecordedNano }
	now := run{before: points[0], end: points[0]}
	if m := r.before(points[0]); m != nil {
		now = run{before: m, end: m}
		points = append([]*record.Metric{m}, points...)
	} else if m := points[0]; grows(m) && (m.StartNano != 0 && m.StartNano >= r.first() && fromZero(m) || alone && r.rows == nil && len(points) == 1) {
		now.before = nil
	}
	for _, m := range points[1:] {
		countBefore, _ := observed(now.end)
		count, _ := observed(m)
		restarted := m.StartNano != 0 && now.end.StartNano != 0 && m.StartNano > now.end.StartNano && m.StartNano >= now.end.RecordedNano
		if grows(m) && (count < countBefore || restarted || !slices.Equal(m.ExplicitBounds, now.end.ExplicitBounds)) {
			runs = append(runs, now)
			now = run{before: m}
			if fromZero(m) {
				now.before = nil
			}
		}
		now.end = m
	}
	return append(runs, now)
}

// increase returns the increase and the seconds in which it came together.
func (r *reference) increase() (total, seconds float64) {
	begin, end, counted := int64(math.MaxInt64), int64(math.MinInt64), false
	for _, points := range r.series() {
		for _, m := range points {
			end = max(end, m.RecordedNano)
			if _, sum := observed(m); !cumulative(m) {
				total, counted = total+sum, true
				begin = min(begin, m.RecordedNano)
				if m.StartNano != 0 {
					begin = min(begin, m.StartNano)
				}
			}
		}
		if !cumulative(points[0]) {
			continue
		}
		runs := r.runs(points, false)
		begin = min(begin, points[0].RecordedNano)
		if m := r.before(points[0]); m != nil {
			begin = min(begin, m.RecordedNano)
		} else if runs[0].before == nil {
			begin = min(begin, points[0].StartNano)
		}
		for _, now := range runs {
			counted = counted || now.before != now.end
			_, sum := observed(now.end)
			total += sum
			if now.before != nil {
				_, before := observed(now.before)
				total -= before
			}
		}
	}
	if !counted {
		return math.NaN(), 0
	}
	return total, float64(end-begin) / 1e9
}

// piece is a part of a distribution: a weight over a range.
type piece struct {
	lo, hi, w float64
	geometric bool
}

// observations are what a distribution is made of.
type observations struct {
	pieces    []piece
	n, sum    float64
	low, high float64 // of all, if bounded
	unbounded bool
}

func (r *reference) distribution() *observations {
	d := &observations{n: math.NaN(), sum: math.NaN(), low: math.Inf(1), high: math.Inf(-1)}
	for _, points := range r.series() {
		if points[0].Type == record.Gauge || points[0].Type == record.Sum || !cumulative(points[0]) {
			for _, m := range points {
				d.add(run{end: m})
			}
			continue
		}
		for _, now := range r.runs(points, true) {
			if now.before != now.end {
				d.add(now)
			}
		}
	}
	return d
}

// add adds what a run observed.
func (d *observations) add(now run) {
	m := now.end
	if math.IsNaN(d.n) {
		d.n, d.sum = 0, 0
	}
	if m.Type == record.Gauge || m.Type == record.Sum {
		d.pieces = append(d.pieces, piece{m.Scalar.F, m.Scalar.F, 1, false})
		d.n, d.sum = d.n+1, d.sum+m.Scalar.F
		d.low, d.high = min(d.low, m.Scalar.F), max(d.high, m.Scalar.F)
		return
	}
	d.n, d.sum = d.n+float64(m.Count.N), d.sum+m.Sum.F
	if now.before != nil {
		d.n, d.sum = d.n-float64(now.before.Count.N), d.sum-now.before.Sum.F
	}
	if m.Min.Valid {
		d.low, d.high = min(d.low, m.Min.F), max(d.high, m.Max.F)
	}
	d.unbounded = d.unbounded || !m.Min.Valid
	if m.Type == record.Histogram {
		d.addExplicit(now)
	} else {
		d.addExponential(now)
	}
}

func (d *observations) addExplicit(now run) {
	m := now.end
	for i, n := range m.BucketCounts {
		p := piece{w: float64(n)}
		if now.before != nil {
			p.w -= float64(now.before.BucketCounts[i])
		}
		last := len(m.ExplicitBounds)
		if i < last {
			p.hi = m.ExplicitBounds[i]
		}
		switch {
		case i > 0:
			p.lo = m.ExplicitBounds[i-1]
		case m.Min.Valid:
			p.lo = m.Min.F
		default:
			p.lo = min(0, p.hi)
		}
		switch {
		case i == last && m.Max.Valid:
			p.hi = m.Max.F
		case i == last:
			p.hi = p.lo
		}
		d.pieces = append(d.pieces, p)
	}
}

// addExponential takes the earlier counts from the later ones at the coarser of their scales.
func (d *observations) addExponential(now run) {
	scale := now.end.Scale.N
	if now.before != nil {
		scale = min(scale, now.before.Scale.N)
	}
	positive, negative, zero := map[int]float64{}, map[int]float64{}, 0.0
	count := func(m *record.Metric, sign float64) {
		for i, n := range m.PositiveCounts {
			positive[(int(m.PositiveOffset.N)+i)>>(m.Scale.N-scale)] += sign * float64(n)
		}
		for i, n := range m.NegativeCounts {
			negative[(int(m.NegativeOffset.N)+i)>>(m.Scale.N-scale)] += sign * float64(n)
		}
		zero += sign * float64(m.ZeroCount.N)
	}
	count(now.end, 1)
	if now.before != nil {
		count(now.before, -1)
	}
	end := func(i int) float64 { return math.Pow(2, float64(i)/math.Pow(2, float64(scale))) }
	for i, w := range positive {
		d.pieces = append(d.pieces, piece{end(i), end(i + 1), w, true})
	}
	for i, w := range negative {
		d.pieces = append(d.pieces, piece{-end(i + 1), -end(i), w, true})
	}
	d.pieces = append(d.pieces, piece{0, 0, zero, false})
}

// below returns the weight up to and including x.
func (d *observations) below(x float64) (w float64) {
	total := 0.0
	for _, p := range d.pieces {
		total += p.w
		switch {
		case x >= p.hi:
			w += p.w
		case x <= p.lo:
		case p.geometric:
			w += p.w * math.Log(x/p.lo) / math.Log(p.hi/p.lo)
		default:
			w += p.w * (x - p.lo) / (p.hi - p.lo)
		}
	}
	switch {
	case d.unbounded:
		return w
	case x < d.low:
		return 0
	case x >= d.high:
		return total
	}
	return w
}

// holds checks that x is the quantile: no less than a fraction lies up to x, and no more below.
func (d *observations) holds(t *testing.T, where string, fraction, x float64) {
	t.Helper()
	total := d.below(math.Inf(1))
	if total == 0 {
		if !math.IsNaN(x) {
			t.Errorf("%s: quantile %v of nothing is %v", where, fraction, x)
		}
		return
	}
	width, slack := 1e-9*max(1, math.Abs(x)), 1e-6*total
	if up := d.below(x + width); !(up >= fraction*total-slack) {
		t.Errorf("%s: quantile %v is %v, but only %v of %v lie up to there", where, fraction, x, up, total)
	}
	if down := d.below(x - width); !(down <= fraction*total+slack) {
		t.Errorf("%s: quantile %v is %v, but %v of %v lie below", where, fraction, x, down, total)
	}
}
