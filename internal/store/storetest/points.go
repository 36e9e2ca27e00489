package storetest

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// pointKinds are the metrics of metricFunctions: the names say what their points are.
var pointKinds = []struct {
	name      string
	of        record.MetricType
	delta     bool
	monotonic bool
}{
	{"gauge", record.Gauge, false, false},
	{"counter delta", record.Sum, true, true},
	{"counter cumulative", record.Sum, false, true},
	{"up-down delta", record.Sum, true, false},
	{"up-down cumulative", record.Sum, false, false},
	{"histogram delta", record.Histogram, true, false},
	{"histogram cumulative", record.Histogram, false, false},
	{"exponential delta", record.ExponentialHistogram, true, false},
	{"exponential cumulative", record.ExponentialHistogram, false, false},
}

// grouping is a way to put points together, in SQL and as the reference does it.
type grouping struct {
	sql  string
	cuts bool // series, in time
	of   func(m *record.Metric) string
}

var groupings = []grouping{
	{"'all'", false, func(*record.Metric) string { return "all" }},
	{"attributes->>'label'", false, labelOf},
	{"(extract(epoch FROM time_bucket('2 minutes', recorded_timestamp))::bigint)::text", true, func(m *record.Metric) string {
		return fmt.Sprint(time.Unix(0, m.RecordedNano).Truncate(2 * time.Minute).Unix())
	}},
	{"CASE WHEN attributes->>'label' = 'a' THEN 'a' ELSE 'others' END", false, func(m *record.Metric) string {
		if labelOf(m) == "a" {
			return "a"
		}
		return "others"
	}},
}

// metricFunctions compares the aggregates over metrics with a reference that works them out point by point.
func metricFunctions(t *testing.T, e Engine) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			g := &pointGenerator{Rand: rand.New(rand.NewPCG(seed, 11))}
			s := e.open(t)
			points := g.points()
			for i, chunk := 0, 0; i < len(points); i += chunk {
				chunk = min(1+g.IntN(200), len(points)-i)
				apply(t, s, &record.Batch{Project: "p", Seq: uint64(i + 1), Arrived: Base, Metrics: points[i : i+chunk]})
			}
			ask := func(sql string) [][]any { return e.ask(t, s, "p", sql) }
			for _, kind := range pointKinds {
				all := &reference{}
				for i := range points {
					if points[i].Name == kind.name {
						all.points = append(all.points, &points[i])
					}
				}
				if kind.delta {
					merged := number(ask(fmt.Sprintf(mergedQuery, kind.name))[0][0])
					all.distribution().holds(t, kind.name+" merged", 0.9, merged)
				}
				for _, by := range groupings {
					all.compareGroups(t, kind.name, by, ask)
				}
			}
		})
	}
}

// compareGroups compares the groups of the points of a kind.
func (r *reference) compareGroups(t *testing.T, kind string, by grouping, ask func(string) [][]any) {
	t.Helper()
	groups := map[string]*reference{}
	for _, m := range r.points {
		name := by.of(m)
		if groups[name] == nil {
			groups[name] = &reference{}
			if by.cuts {
				groups[name].rows = r.points
			}
		}
		groups[name].points = append(groups[name].points, m)
	}
	for _, query := range pointQueries {
		rows := ask(fmt.Sprintf(query, by.sql, kind))
		if len(rows) != len(groups) {
			t.Errorf("%s by %s: %d groups, want %d", kind, by.sql, len(rows), len(groups))
		}
		for _, row := range rows {
			name, _ := row[0].(string)
			groups[name].compare(t, fmt.Sprintf("%s by %s, %s", kind, by.sql, name), row[1:])
		}
	}
}

// fractions are the quantiles that pointColumns asks for.
var fractions = []float64{0, 0.1, 0.5, 0.9, 0.99, 1}

const pointColumns = `
metric_increase(value, recorded_timestamp), metric_rate(value, recorded_timestamp),
  metric_count(metric_merge(value)), metric_sum(metric_merge(value)),
  metric_quantile(0, value), metric_quantile(0.1, value), metric_quantile(0.5, value), metric_quantile(0.9, value), metric_quantile(0.99, value), metric_quantile(1, value),
  metric_quantile(0.9, value) FILTER (WHERE attributes->>'label' IS NOT NULL),
  metric_quantile(0.9, value) FILTER (WHERE false)
`

// pointQueries are the same statement over the table and over a subquery.
var pointQueries = []string{
	"SELECT %s AS g, " + pointColumns + " FROM metrics WHERE metric_name = '%s' GROUP BY g",
	"SELECT g, " + pointColumns + " FROM (SELECT %s AS g, * FROM metrics) AS m WHERE metric_name = '%s' GROUP BY g",
}

// mergedQuery has the quantile of values that are merged already.
const mergedQuery = `
SELECT metric_quantile(0.9, v) FROM (
  SELECT metric_merge(value) AS v FROM metrics WHERE metric_name = '%s' GROUP BY attributes->>'label', date_trunc('hour', recorded_timestamp)
) AS m`

// compare holds a row of pointQueries to the reference.
func (r *reference) compare(t *testing.T, where string, row []any) {
	t.Helper()
	near := func(what string, got any, want float64) {
		t.Helper()
		if x := number(got); math.IsNaN(x) != math.IsNaN(want) || math.Abs(x-want) > 1e-9*max(1, math.Abs(want)) {
			t.Errorf("%s: %s is %v, want %v", where, what, got, want)
		}
	}
	total, seconds := r.increase()
	near("increase", row[0], total)
	if seconds > 0 {
		near("rate", row[1], total/seconds)
	}
	d := r.distribution()
	near("count", row[2], d.n)
	near("sum", row[3], d.sum)
	for i, fraction := range fractions {
		d.holds(t, where, fraction, number(row[4+i]))
	}
	d.holds(t, where+" filtered", 0.9, number(row[10]))
	if row[11] != nil {
		t.Errorf("%s: the quantile of nothing is %v", where, row[11])
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

func labelOf(m *record.Metric) string {
	var labels struct{ Label string }
	if err := json.Unmarshal(m.Attributes, &labels); err != nil {
		panic(err) // the generator's own
	}
	return labels.Label
}

// pointGenerator makes series that restart, with starts that are known and not.
type pointGenerator struct{ *rand.Rand }

// points makes the points of all kinds, in no order.
func (g *pointGenerator) points() (all []record.Metric) {
	for i := range pointKinds {
		for n := range 1 + g.IntN(5) {
			all = append(all, g.series(i, string(rune('a'+n)))...)
		}
	}
	g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// series makes the points of one series. Some series begin late.
func (g *pointGenerator) series(kind int, label string) (points []record.Metric) {
	k := pointKinds[kind]
	template := record.Metric{Name: k.name, Type: k.of, Monotonic: k.monotonic, Origin: origin, Attributes: []byte(`{"label":"` + label + `"}`)}
	if k.delta {
		template.Temporality = record.Some("delta")
	} else if k.of != record.Gauge {
		template.Temporality = record.Some("cumulative")
	}
	shape := g.shape(k.of)
	at := Base.Add(time.Duration(g.IntN(1200)) * time.Second)
	start := at.Add(-time.Duration(g.IntN(90)) * time.Second)
	known := g.IntN(3) > 0
	for range 1 + g.IntN(40) {
		restarts := g.IntN(12) == 0
		if restarts {
			shape = g.shape(k.of)
			start = at.Add(-time.Duration(1+g.IntN(20)) * time.Second)
			if g.IntN(4) == 0 {
				start = at // its sender does not know when it began
			}
		}
		m := template
		m.RecordedNano = at.UnixNano()
		if known && k.of != record.Gauge {
			m.StartNano = start.UnixNano()
		}
		shape.observe(g, &m)
		if k.delta {
			start = at
			shape.empty()
		}
		points = append(points, m)
		at = at.Add(time.Duration(21+g.IntN(40)) * time.Second)
	}
	return points
}

// pointShape holds what a series has counted.
type pointShape struct {
	of                 record.MetricType
	bounds             []float64
	ranged             bool // sends minimum and maximum
	scale, offset      int32
	positive, negative []int32
	zero               int32
	sum, low, high     float64
	count              int32
}

func (g *pointGenerator) shape(of record.MetricType) *pointShape {
	s := &pointShape{of: of, ranged: g.IntN(3) > 0, scale: int32(g.IntN(6) - 1), offset: int32(g.IntN(9) - 4)}
	s.bounds = [][]float64{{0, 5, 10}, {0, 5, 10}, {-10, 20}, {1}, {0.5, 1, 2, 4, 8}, {-3, -1}}[g.IntN(6)]
	s.positive, s.negative = make([]int32, 1+g.IntN(8)), make([]int32, g.IntN(4))
	s.empty()
	return s
}

func (s *pointShape) empty() {
	s.sum, s.count, s.zero, s.low, s.high = 0, 0, 0, math.Inf(1), math.Inf(-1)
	if s.of == record.Histogram {
		s.positive = make([]int32, len(s.bounds)+1)
		return
	}
	s.positive, s.negative = make([]int32, len(s.positive)), make([]int32, len(s.negative))
}

// observe counts something, and writes down what is counted by now.
func (s *pointShape) observe(g *pointGenerator, m *record.Metric) {
	switch m.Type {
	case record.Gauge, record.Sum:
		step := float64(g.IntN(40)) / 4
		if !m.Monotonic && g.IntN(2) == 0 {
			step = -step
		}
		s.sum += step
		m.Scalar = record.Float{F: s.sum, Valid: true}
		return
	}
	for range g.IntN(30) {
		s.count++
		s.sum += float64(g.IntN(9))
		switch i := g.IntN(len(s.positive) + len(s.negative) + 1); {
		case i < len(s.positive):
			s.positive[i]++
		case i < len(s.positive)+len(s.negative):
			s.negative[i-len(s.positive)]++
		case s.of == record.Histogram:
			s.positive[0]++
		default:
			s.zero++
		}
	}
	s.write(g, m)
}

func (s *pointShape) write(g *pointGenerator, m *record.Metric) {
	m.Count = record.Int{N: s.count, Valid: true}
	m.Sum = record.Float{F: s.sum, Valid: true}
	low, high := -12.0, 25.0
	if m.Type == record.Histogram {
		m.ExplicitBounds, m.BucketCounts = s.bounds, append([]int32(nil), s.positive...)
	} else {
		if s.scale > -1 && g.IntN(6) == 0 && m.Temporality.S == "cumulative" {
			s.coarser()
		}
		m.Scale, m.ZeroCount = record.Int{N: s.scale, Valid: true}, record.Int{N: s.zero, Valid: true}
		m.PositiveOffset, m.NegativeOffset = record.Int{N: s.offset, Valid: true}, record.Int{N: s.offset, Valid: true}
		m.PositiveCounts, m.NegativeCounts = append([]int32(nil), s.positive...), append([]int32(nil), s.negative...)
		high = math.Exp2(float64(int(s.offset)+len(s.positive)+4) / math.Exp2(float64(s.scale)))
		low = -high
	}
	if s.ranged {
		m.Min, m.Max = record.Float{F: low - float64(g.IntN(9)), Valid: true}, record.Float{F: high + float64(g.IntN(9)), Valid: true}
	}
}

// coarser halves the resolution, as senders do when the range grows.
func (s *pointShape) coarser() {
	from := s.offset
	s.scale, s.offset = s.scale-1, s.offset>>1
	halve := func(counts []int32) []int32 {
		if len(counts) == 0 {
			return counts
		}
		to := make([]int32, (int(from)+len(counts)-1)>>1-int(s.offset)+1)
		for i, n := range counts {
			to[(int(from)+i)>>1-int(s.offset)] += n
		}
		return to
	}
	s.positive, s.negative = halve(s.positive), halve(s.negative)
}
