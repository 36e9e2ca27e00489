package duckdb

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
)

// openFunctions starts an instance with the metric functions and no settings, with four threads.
func openFunctions(t testing.TB, memory int64) *conn {
	t.Helper()
	db, err := openDatabase(append(pgsql.Prelude(pgsql.DuckDB), "SET threads=4"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.close)
	if err := db.addFunctions(memory); err != nil {
		t.Fatal(err)
	}
	c, err := db.connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

// createPoints makes the table points with a column value and the columns that expressions are given for; the others are
// NULL. The expressions may use i, which counts rows.
func createPoints(t testing.TB, c *conn, name string, rows int, columns map[string]string) {
	t.Helper()
	var list []string
	for _, column := range stored(record.MetricsTable) {
		expression := "NULL"
		if given, ok := columns[column.Name]; ok {
			expression = given
		}
		list = append(list, fmt.Sprintf("CAST(%s AS %s) AS %s", expression, sqlType(column.Type), quote(column.Name)))
	}
	run(t, c, fmt.Sprintf("CREATE TABLE %s AS SELECT *, %s AS value, metric_name AS g FROM (SELECT %s FROM range(%d) AS r(i))",
		name, pgsql.ValueExpr(pgsql.DuckDB), strings.Join(list, ", "), rows))
}

func run(t testing.TB, c *conn, sql string) {
	t.Helper()
	if err := c.exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func askFloats(t testing.TB, c *conn, sql string) (all []float64) {
	t.Helper()
	err := c.queryAll(t.Context(), sql, func(row []any) error {
		for _, v := range row {
			x, ok := v.(float64)
			if !ok {
				x = math.NaN()
			}
			all = append(all, x)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return all
}

// counters has 300 series of 1000 points each, of which every 97th point begins anew, as they come from exporters: all series at
// one time, then all at the next.
var counters = map[string]string{
	"metric_name": "'counter ' || i % 3", "metric_type": "'sum'", "aggregation_temporality": "'cumulative'", "is_monotonic": "true",
	"recorded_timestamp": "make_timestamptz(1700000000000000 + (i // 300) * 1000000)", "attributes": "'{\"label\":' || i % 300 || '}'",
	"scalar_value": "((i // 300) % 97) * (1 + i % 300 % 7)",
}

// TestIncreaseInManyThreads compares with window functions, over enough rows for several threads, in order and not.
func TestIncreaseInManyThreads(t *testing.T) {
	t.Parallel()
	c := openFunctions(t, 1<<30)
	createPoints(t, c, "points", 300_000, counters)
	run(t, c, "CREATE TABLE shuffled AS SELECT * FROM points ORDER BY hash(recorded_timestamp, attributes)")
	const steps = "SELECT *, CASE WHEN before IS NULL THEN 0 WHEN scalar_value < before THEN scalar_value ELSE scalar_value - before END AS step " +
		"FROM (SELECT *, lag(scalar_value) OVER (PARTITION BY metric_name, attributes ORDER BY recorded_timestamp) AS before FROM points)"
	for _, by := range []string{"'one'", "metric_name", "attributes", "metric_name, attributes", "'x' || metric_name"} {
		grouping := "GROUP BY " + by
		if by != "'one'" {
			grouping += " ORDER BY " + by
		}
		want := askFloats(t, c, "SELECT sum(step)::DOUBLE FROM ("+steps+") "+grouping)
		for _, table := range []string{"points", "shuffled", "(SELECT * FROM shuffled WHERE scalar_value >= 0)"} {
			got := askFloats(t, c, "SELECT lf_metric_increase(value) FROM "+table+" "+grouping)
			equalFloats(t, by+" of "+table, got, want)
		}
	}
	filtered := askFloats(t, c, "SELECT lf_metric_increase(value) FILTER (WHERE metric_name = 'counter 1') FROM shuffled")
	equalFloats(t, "filtered", filtered, askFloats(t, c, "SELECT sum(step)::DOUBLE FROM ("+steps+") WHERE metric_name = 'counter 1'"))
	equalFloats(t, "distinct", askFloats(t, c, "SELECT lf_metric_increase(DISTINCT value) FROM (FROM points UNION ALL FROM points)"),
		askFloats(t, c, "SELECT sum(step)::DOUBLE FROM ("+steps+")"))
}

func equalFloats(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%s: %d answers, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-9*math.Abs(want[i])) {
			t.Errorf("%s: answer %d is %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

// TestQuantileOfScalarsIsExact compares with DuckDB's own, over enough rows for several threads.
func TestQuantileOfScalarsIsExact(t *testing.T) {
	t.Parallel()
	c := openFunctions(t, 1<<30)
	createPoints(t, c, "points", 300_000, map[string]string{"metric_name": "'g' || i % 5", "metric_type": "'gauge'", "scalar_value": "hash(i) % 100000 / 8.0"})
	for _, fraction := range []string{"0", "0.001", "0.5", "0.95", "1"} {
		got := askFloats(t, c, "SELECT lf_metric_quantile("+fraction+", value) FROM points GROUP BY g ORDER BY g")
		equalFloats(t, fraction, got, askFloats(t, c, "SELECT quantile_disc(scalar_value, "+fraction+") FROM points GROUP BY g ORDER BY g"))
		got = askFloats(t, c, "SELECT lf_metric_quantile("+fraction+", m) FROM (SELECT lf_metric_merge(value) AS m FROM points GROUP BY hash(recorded_timestamp, scalar_value) % 7)")
		equalFloats(t, "merged "+fraction, got, askFloats(t, c, "SELECT quantile_disc(scalar_value, "+fraction+") FROM points"))
	}
}

// odd picks one of several expressions for each row, by a hash of its own.
func odd(column string, expressions ...string) string {
	var sb strings.Builder
	fmt.Fprintf(&sb, "CASE hash(i, '%s') %% %d", column, len(expressions))
	for n, e := range expressions {
		fmt.Fprintf(&sb, " WHEN %d THEN %s", n, e)
	}
	return sb.String() + " END"
}

// hostile are points that no honest sender makes.
var hostile = map[string]string{
	"metric_name": "'m' || i % 50", "attributes": "'{\"label\":' || hash(i) % 90 || '}'",
	"metric_type":             odd("type", "'gauge'", "'sum'", "'histogram'", "'exponential_histogram'", "'else'"),
	"aggregation_temporality": odd("temporality", "NULL", "'delta'", "'cumulative'", "'odd'"),
	"is_monotonic":            odd("monotonic", "NULL", "true", "false"),
	"recorded_timestamp":      odd("recorded", "NULL", "make_timestamptz(i)", "'infinity'::TIMESTAMPTZ", "'-infinity'::TIMESTAMPTZ", "make_timestamptz((hash(i) % 1000)::BIGINT)"),
	"start_timestamp":         odd("start", "NULL", "make_timestamptz(i - 5)", "'infinity'::TIMESTAMPTZ", "make_timestamptz(0)"),
	"scalar_value":            odd("scalar", "NULL", "'nan'::DOUBLE", "'inf'::DOUBLE", "'-inf'::DOUBLE", "1e308", "-1e308", "0", "-0.0", "5e-324", "i"),
	"histogram_count":         odd("count", "NULL", "0", "-1", "2147483647", "i"),
	"histogram_sum":           odd("sum", "NULL", "'nan'::DOUBLE", "'inf'::DOUBLE", "1e308", "i"),
	"histogram_min":           odd("min", "NULL", "'nan'::DOUBLE", "'-inf'::DOUBLE", "1e308", "-1e308", "1"),
	"histogram_max":           odd("max", "NULL", "'nan'::DOUBLE", "'inf'::DOUBLE", "1e308", "-1e308", "9"),
	"histogram_bucket_counts": odd("buckets", "NULL", "[]", "[1]", "[2147483647, 2147483647, -2147483648]", "[0, 0, 0]", "[1, 2, 3, 4, 5, 6]", "[NULL, 5]"),
	"histogram_explicit_bounds": odd("bounds", "NULL", "[]", "[1.0, 2.0]", "['nan'::DOUBLE, 3]", "['-inf'::DOUBLE, 'inf'::DOUBLE]", "[9.0, 1.0]",
		"[1e308, -1e308]", "[NULL, 5.0]"),
	"exp_histogram_scale":                         odd("scale", "NULL", "0", "20", "-10", "2147483647", "-2147483648"),
	"exp_histogram_zero_count":                    odd("zero", "NULL", "0", "-7", "2147483647"),
	"exp_histogram_zero_threshold":                odd("threshold", "NULL", "0", "'nan'::DOUBLE", "'inf'::DOUBLE", "-3", "1e308"),
	"exp_histogram_positive_bucket_counts_offset": odd("offset", "NULL", "0", "2147483647", "-2147483648", "i % 9"),
	"exp_histogram_positive_bucket_counts":        odd("positive", "NULL", "[]", "[1, 2]", "[2147483647]", "[-5, NULL, 5]"),
	"exp_histogram_negative_bucket_counts_offset": odd("negative offset", "NULL", "0", "2147483647", "-2147483648"),
	"exp_histogram_negative_bucket_counts":        odd("negative", "NULL", "[]", "[1, 2]", "[2147483647]"),
}

// TestHostilePointsHarmNothing asks for everything of points that make no sense: any answer or error will do, and the honest
// group beside them has its own.
func TestHostilePointsHarmNothing(t *testing.T) {
	t.Parallel()
	c := openFunctions(t, 1<<30)
	createPoints(t, c, "points", 6_000, hostile)
	createPoints(t, c, "honest", 900, counters)
	run(t, c, "CREATE TABLE framed AS SELECT *, lag(value) OVER (PARTITION BY attributes ORDER BY recorded_timestamp) AS before, recorded_timestamp AS first FROM points")
	for _, call := range []string{
		"lf_metric_increase(value)", "lf_metric_rate(value)", "lf_metric_quantile(0.5, value)", "lf_metric_quantile(1, value)", "lf_metric_quantile(NULL, value)",
		"lf_metric_quantile('nan'::DOUBLE, value)", "lf_metric_merge(value)", "lf_metric_merge(DISTINCT value)",
		"lf_metric_increase(value, before, first)", "lf_metric_quantile(0.5, value, before, first)", "lf_metric_merge(value, before, first)",
	} {
		for _, by := range []string{"'all'", "g", "rowid"} {
			for _, kinds := range []string{"metric_type <> 'histogram'", "metric_type <> 'exponential_histogram'", "true"} {
				sql := "SELECT " + call + " AS answer FROM framed WHERE " + kinds + " GROUP BY " + by
				err := c.exec(t.Context(), sql)
				if err != nil && !strings.Contains(err.Error(), "cannot be merged") {
					t.Errorf("%s: %v", sql, err)
				}
			}
		}
		if err := c.exec(t.Context(), "SELECT "+call+" FROM framed WHERE metric_name = ''"); err != nil {
			t.Errorf("%s of nothing: %v", call, err)
		}
	}
	got := askFloats(t, c, "SELECT lf_metric_increase(value) FROM (SELECT value, 'hostile' AS g FROM points UNION ALL SELECT value, 'honest' FROM honest) GROUP BY g ORDER BY g DESC")
	equalFloats(t, "beside hostile points", got[1:], askFloats(t, c, "SELECT lf_metric_increase(value) FROM honest"))
}

// TestMemoryOfMetricFunctionsIsBounded has more points than there is memory for, and then few enough.
func TestMemoryOfMetricFunctionsIsBounded(t *testing.T) {
	t.Parallel()
	c := openFunctions(t, 1<<20)
	createPoints(t, c, "points", 300_000, counters)
	for _, call := range []string{"lf_metric_increase(value)", "lf_metric_quantile(0.5, value)", "lf_metric_merge(value)"} {
		for range 2 {
			for _, by := range []string{"'all'", "attributes"} {
				if err := c.exec(t.Context(), "SELECT "+call+" FROM points GROUP BY "+by); err == nil || !strings.Contains(err.Error(), "need more memory") {
					t.Errorf("%s by %s: %v", call, by, err)
				}
			}
			if err := c.exec(t.Context(), "SELECT "+call+" FROM points WHERE attributes->>'label' = '7'"); err != nil {
				t.Errorf("%s after that: %v", call, err)
			}
		}
	}
}

func TestMetricFunctionsAreCancelled(t *testing.T) {
	t.Parallel()
	c := openFunctions(t, 1<<30)
	createPoints(t, c, "points", 100_000, counters)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := c.exec(ctx, "SELECT lf_metric_merge(value) FROM points, range(1000000)")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
