//go:build unix

package duckdb

import (
	"maps"
	"strings"
	"testing"
)

// listMacros are metric_increase and metric_quantile as macros over lists, which is what DuckDB offers without aggregates of
// our own; with the same struct, and quantiles at the middles of buckets.
var listMacros = []string{
	"CREATE MACRO list_increase(v) AS list_sum(list_transform(list_sort(list({'k': (v).k, 't': (v).ts, 'x': coalesce((v).x, (v).s), 'd': (v).c = 0})), " +
		"lambda p, i: p.x))", // without the steps between points, which look back in the list
	"CREATE MACRO list_pairs(v) AS CASE WHEN (v).x IS NOT NULL THEN [{'b': (v).x, 'w': 1}] " +
		"WHEN (v).bc IS NOT NULL THEN list_transform((v).bc, lambda c, i: {'b': ((CASE WHEN i = 1 THEN coalesce((v).mn, (v).eb[1]) ELSE (v).eb[i - 1] END) " +
		"+ (CASE WHEN i > len((v).eb) THEN coalesce((v).mx, (v).eb[len((v).eb)]) ELSE (v).eb[i] END)) / 2, 'w': c}) " +
		"ELSE list_transform((v).pc, lambda c, i: {'b': power(2, ((v).po + i - 0.5) / power(2, (v).scale)), 'w': c}) END",
	"CREATE MACRO list_quantile(p, v) AS (WITH a AS (SELECT u.b, u.w FROM (SELECT unnest(flatten(list(list_pairs(v)))) AS u) WHERE u.w > 0), " +
		"c AS (SELECT b, sum(w) OVER (ORDER BY b) AS cw, sum(w) OVER () AS tw FROM a) SELECT min(b) FROM c WHERE cw >= p * tw)",
}

// benchPoints are the columns of points of 1000 series each, one a second, beside those that all have.
var benchPoints = map[string]map[string]string{
	"counter":     {"metric_type": "'sum'", "aggregation_temporality": "'cumulative'", "is_monotonic": "true", "scalar_value": "i // 1000 * (1 + i % 7)"},
	"gauge":       {"metric_type": "'gauge'", "scalar_value": "hash(i) % 100000 / 8.0"},
	"explicit":    {"metric_type": "'histogram'", "aggregation_temporality": "'delta'", "histogram_count": "30", "histogram_sum": "9.5", "histogram_min": "0.5", "histogram_max": "70", "histogram_bucket_counts": "[0, 3, 5, 7, 6, 4, 3, 1, 1, 0, 0, 0, 0, 0, 0]", "histogram_explicit_bounds": "[0.0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096]"},
	"exponential": {"metric_type": "'exponential_histogram'", "aggregation_temporality": "'delta'", "histogram_count": "30", "histogram_sum": "9.5", "histogram_min": "0.5", "histogram_max": "70", "exp_histogram_scale": "3", "exp_histogram_zero_count": "0", "exp_histogram_positive_bucket_counts_offset": "hash(i) % 9 - 30", "exp_histogram_positive_bucket_counts": "[1, 2, 3, 4, 5, 4, 3, 3, 2, 1, 1, 1]"},
}

// BenchmarkMetricFunctions compares our aggregates with macros over lists, on points in a table with the column value worked out:
// a million, and for the quantiles two thousand too, because lists take a time that grows with the square of the points. "in
// frames" gives each point the one before, as statements over cumulative points have it whose groups go by time.
func BenchmarkMetricFunctions(b *testing.B) {
	for _, kind := range []string{"counter", "gauge", "explicit", "exponential"} {
		columns := map[string]string{"metric_name": "'m'", "attributes": "'{\"label\":' || i % 1000 || '}'",
			"recorded_timestamp": "make_timestamptz(1700000000000000 + (i // 1000) * 1000000)"}
		maps.Copy(columns, benchPoints[kind])
		c := openFunctions(b, 2<<30)
		run(b, c, "SET threads=2")
		for _, macro := range listMacros {
			run(b, c, macro)
		}
		createPoints(b, c, "million", 1_000_000, columns)
		run(b, c, "CREATE TABLE few AS FROM million LIMIT 2000")
		if kind == "counter" {
			benchCalls(b, c, kind, "million", "lf_metric_increase(value)", "list_increase(value)")
			run(b, c, "CREATE VIEW frames AS SELECT *, lag(value) OVER (PARTITION BY (value).k ORDER BY (value).ts) AS before, min((value).ts) OVER () AS first FROM million")
			benchCalls(b, c, kind, "frames", "lf_metric_increase(value, before, first)")
			continue
		}
		benchCalls(b, c, kind, "million", "lf_metric_quantile(0.95, value)", "lf_metric_merge(value)")
		benchCalls(b, c, kind, "few", "lf_metric_quantile(0.95, value)", "list_quantile(0.95, value)")
	}
}

func benchCalls(b *testing.B, c *conn, kind, table string, calls ...string) {
	for _, call := range calls {
		for _, by := range []struct{ name, sql string }{{"all", "'all'"}, {"minute", "time_bucket(INTERVAL '1 minute', recorded_timestamp)"}, {"series", "attributes"}} {
			b.Run(strings.Join([]string{kind, table, call, "by " + by.name}, "/"), func(b *testing.B) {
				before := cpu()
				for b.Loop() {
					run(b, c, "SELECT count(a) FROM (SELECT "+call+" AS a FROM "+table+" GROUP BY "+by.sql+")")
				}
				b.ReportMetric(float64((cpu()-before).Milliseconds())/float64(b.N), "cpu-ms/op")
			})
		}
	}
}
