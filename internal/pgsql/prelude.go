package pgsql

// Prelude returns the statements that an engine runs once for each instance, before it is locked: settings and macros
// that compiled statements count on.
func Prelude(d Dialect) []string { return d.dialect().prelude() }

// ValueExpr returns the expression of the column metrics.value over the stored columns of metrics: the store computes
// it where it fills a hole. It carries the identity of the series: resource, scope, name and labels.
func ValueExpr(d Dialect) string { return d.dialect().value() }

func (duckDB) prelude() []string {
	return append([]string{
		"SET GLOBAL integer_division = true",
		"SET GLOBAL default_null_order = 'nulls_last'",
	}, duckDBMacros...)
}

// The fields of metrics.value, whose order package points of store/duckdb knows: t type (of 0 to 3), x scalar, c course
// (0 adds up: delta; 1 grows: cumulative; 2 a level: gauges, and cumulative sums that fall too), k series, ts recorded, st
// start, n count, s sum, mn minimum, mx maximum, mm whether these two hold for all observations, bc and eb buckets and their
// bounds, scale, zc and zt zero count and threshold, po pc and no nc offsets and counts of exponential buckets, pw the pairs
// of a merged value.
func (duckDB) value() string {
	return `CASE WHEN scalar_value IS NULL AND histogram_count IS NULL THEN NULL ELSE struct_pack(` +
		`t := CAST(CASE metric_type WHEN 'gauge' THEN 0 WHEN 'sum' THEN 1 WHEN 'histogram' THEN 2 WHEN 'exponential_histogram' THEN 3 END AS TINYINT), ` +
		`x := scalar_value, ` +
		`c := CAST(CASE WHEN aggregation_temporality = 'delta' THEN 0 WHEN metric_type = 'gauge' OR is_monotonic = false THEN 2 ELSE 1 END AS TINYINT), ` +
		`k := hash(coalesce(CAST(otel_resource_attributes AS VARCHAR), ''), coalesce(otel_scope_name, ''), metric_name, coalesce(CAST(attributes AS VARCHAR), '')), ` +
		`ts := recorded_timestamp, st := start_timestamp, n := CAST(histogram_count AS BIGINT), s := histogram_sum, ` +
		`mn := histogram_min, mx := histogram_max, mm := histogram_min IS NOT NULL AND histogram_max IS NOT NULL, ` +
		`bc := histogram_bucket_counts, eb := histogram_explicit_bounds, ` +
		`scale := exp_histogram_scale, zc := exp_histogram_zero_count, zt := exp_histogram_zero_threshold, ` +
		`po := exp_histogram_positive_bucket_counts_offset, pc := exp_histogram_positive_bucket_counts, ` +
		`no := exp_histogram_negative_bucket_counts_offset, nc := exp_histogram_negative_bucket_counts, ` +
		`pw := NULL::STRUCT(a DOUBLE, b DOUBLE, w DOUBLE, f TINYINT)[]) END`
}

// A macro comes after those that it calls. Macros that repeat an argument are given columns only (lf_metric_…) or bind
// it once (lambdas): see duckDBCalls.
var duckDBMacros = []string{
	`CREATE OR REPLACE MACRO lf_merge(small, large) AS CASE WHEN large IS NULL OR large::VARCHAR = '{}' THEN small::VARCHAR ` +
		`WHEN small IS NULL OR small::VARCHAR = '{}' THEN large::VARCHAR ELSE left(small::VARCHAR, -1) || ',' || substr(large::VARCHAR, 2) END`,
	`CREATE OR REPLACE MACRO lf_initcap(s) AS array_to_string(list_transform(string_split(lower(s), ' '), lambda w: upper(w[1]) || w[2:]), ' ')`,
	`CREATE OR REPLACE MACRO lf_array_remove(a, x) AS list_filter(a, lambda e: e IS DISTINCT FROM x)`,
	`CREATE OR REPLACE MACRO lf_array_except(a, b) AS list_filter(list_distinct(a), lambda e: NOT list_contains(b, e))`,
	`CREATE OR REPLACE MACRO lf_array_replace(a, x, y) AS list_transform(a, lambda e: CASE WHEN e = x THEN y ELSE e END)`,
	`CREATE OR REPLACE MACRO lf_array_repeat(x, n) AS list_transform(range(n), lambda i: x)`,

	`CREATE OR REPLACE MACRO lf_metric_series(v) AS lower(to_hex((v).k))`,
	`CREATE OR REPLACE MACRO lf_metric_sum(v) AS coalesce((v).x, (v).s)`,
	`CREATE OR REPLACE MACRO lf_metric_count(v) AS coalesce((v).n, CASE WHEN (v).x IS NOT NULL THEN 1 END)`,
	`CREATE OR REPLACE MACRO lf_metric_avg(v) AS coalesce((v).x, (v).s / nullif((v).n, 0))`,
	`CREATE OR REPLACE MACRO lf_metric_min(v) AS coalesce((v).x, (v).mn)`,
	`CREATE OR REPLACE MACRO lf_metric_max(v) AS coalesce((v).x, (v).mx)`,

	`CREATE OR REPLACE MACRO lf_weighted_quantile(p, l) AS (WITH a AS (SELECT u.b, u.w FROM (SELECT unnest(l) AS u) WHERE u.w > 0), ` +
		`c AS (SELECT b, sum(w) OVER (ORDER BY b) AS cw, sum(w) OVER () AS tw FROM a) SELECT min(b) FROM c WHERE cw >= p * tw)`,
}
