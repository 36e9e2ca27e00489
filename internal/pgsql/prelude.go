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

// The fields of metrics.value: t type, x scalar, d delta, k series, st start, n count, s sum, mn minimum, mx maximum,
// bc and eb buckets and their bounds, scale, zc zero count, po pc and no nc offsets and counts of exponential buckets,
// pw the pairs of merged points.
func (duckDB) value() string {
	return `CASE WHEN scalar_value IS NULL AND histogram_count IS NULL THEN NULL ELSE struct_pack(` +
		`t := metric_type, x := scalar_value, d := coalesce(aggregation_temporality = 'delta', false), ` +
		`k := hash(coalesce(CAST(otel_resource_attributes AS VARCHAR), ''), coalesce(otel_scope_name, ''), metric_name, coalesce(CAST(attributes AS VARCHAR), '')), ` +
		`st := start_timestamp, n := histogram_count, s := histogram_sum, mn := histogram_min, mx := histogram_max, ` +
		`bc := histogram_bucket_counts, eb := histogram_explicit_bounds, scale := exp_histogram_scale, zc := exp_histogram_zero_count, ` +
		`po := exp_histogram_positive_bucket_counts_offset, pc := exp_histogram_positive_bucket_counts, ` +
		`no := exp_histogram_negative_bucket_counts_offset, nc := exp_histogram_negative_bucket_counts, pw := ` + noPairs + `) END`
}

// noPairs is the field pw of a point that is not merged.
const noPairs = "NULL::STRUCT(b DOUBLE, w BIGINT)[]"

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

	// The steps of a counter: points in the order of series and time; a fall is a restart from zero.
	`CREATE OR REPLACE MACRO lf_metric_points(v, ts) AS list_sort(list({'k': (v).k, 't': ts, 'x': coalesce((v).x, (v).s), 'd': (v).d}))`,
	`CREATE OR REPLACE MACRO lf_metric_steps(l) AS list_sum(list_transform(l, lambda p, i: CASE WHEN struct_extract(p, 'd') THEN struct_extract(p, 'x') ` +
		`WHEN i = 1 OR struct_extract(l[i - 1], 'k') <> struct_extract(p, 'k') THEN 0 ` +
		`WHEN struct_extract(p, 'x') < struct_extract(l[i - 1], 'x') THEN struct_extract(p, 'x') ` +
		`ELSE struct_extract(p, 'x') - struct_extract(l[i - 1], 'x') END))`,
	`CREATE OR REPLACE MACRO lf_metric_increase(v, ts) AS lf_metric_steps(lf_metric_points(v, ts))`,
	`CREATE OR REPLACE MACRO lf_metric_rate(v, ts) AS lf_metric_steps(lf_metric_points(v, ts)) / nullif(epoch(max(ts) - min(ts)), 0)`,

	// A point as pairs of value b and weight w: itself, or the middles of its buckets.
	`CREATE OR REPLACE MACRO lf_metric_pairs(v) AS CASE WHEN (v).pw IS NOT NULL THEN (v).pw WHEN (v).x IS NOT NULL THEN [{'b': (v).x, 'w': 1}] ` +
		`WHEN (v).bc IS NOT NULL THEN list_transform((v).bc, lambda c, i: {'b': coalesce(((CASE WHEN i = 1 THEN coalesce((v).mn, (v).eb[1]) ELSE (v).eb[i - 1] END) ` +
		`+ (CASE WHEN i > len((v).eb) THEN coalesce((v).mx, (v).eb[len((v).eb)]) ELSE (v).eb[i] END)) / 2, lf_metric_avg(v)), 'w': c}) ` +
		`WHEN (v).scale IS NOT NULL THEN list_concat(list_concat(` +
		`list_transform(coalesce((v).nc, []), lambda c, i: {'b': -power(2, ((v).no + i - 0.5) / power(2, (v).scale)), 'w': c}), ` +
		`[{'b': 0.0, 'w': coalesce((v).zc, 0)}]), ` +
		`list_transform(coalesce((v).pc, []), lambda c, i: {'b': power(2, ((v).po + i - 0.5) / power(2, (v).scale)), 'w': c})) END`,
	`CREATE OR REPLACE MACRO lf_metric_sum_pairs(l) AS (WITH a AS (SELECT u.b, sum(u.w)::BIGINT AS w FROM (SELECT unnest(l) AS u) GROUP BY u.b) ` +
		`SELECT list({'b': b, 'w': w} ORDER BY b) FROM a WHERE w > 0)`,
	`CREATE OR REPLACE MACRO lf_weighted_quantile(p, l) AS (WITH a AS (SELECT u.b, u.w FROM (SELECT unnest(l) AS u) WHERE u.w > 0), ` +
		`c AS (SELECT b, sum(w) OVER (ORDER BY b) AS cw, sum(w) OVER () AS tw FROM a) SELECT min(b) FROM c WHERE cw >= p * tw)`,

	`CREATE OR REPLACE MACRO lf_metric_mixed(v) AS coalesce(bool_or((v).t = 'histogram') AND bool_or((v).t = 'exponential_histogram'), false)`,
	`CREATE OR REPLACE MACRO lf_metric_refuse() AS error('explicit and exponential histograms cannot be merged: group by metric_type too')`,
	`CREATE OR REPLACE MACRO lf_metric_quantile(p, v) AS CASE WHEN lf_metric_mixed(v) THEN lf_metric_refuse() ` +
		`ELSE lf_weighted_quantile(p, flatten(list(lf_metric_pairs(v)))) END`,

	// A merged value is the distribution of what was merged: it has no buckets but the pairs of all points, so that its
	// quantiles are those of the points whatever bounds and scales these have. Scalars are observations too.
	`CREATE OR REPLACE MACRO lf_metric_merge(v) AS CASE WHEN lf_metric_mixed(v) THEN lf_metric_refuse() ELSE ` +
		`{'t': coalesce(max(CASE WHEN (v).n IS NOT NULL THEN (v).t END), max((v).t)), 'x': NULL::DOUBLE, 'd': bool_and((v).d), 'k': any_value((v).k), 'st': min((v).st), ` +
		`'n': sum(lf_metric_count(v)), 's': sum(lf_metric_sum(v)), 'mn': min(lf_metric_min(v)), 'mx': max(lf_metric_max(v)), ` +
		`'bc': NULL::INTEGER[], 'eb': NULL::DOUBLE[], 'scale': NULL::INTEGER, 'zc': NULL::INTEGER, 'po': NULL::INTEGER, 'pc': NULL::INTEGER[], ` +
		`'no': NULL::INTEGER, 'nc': NULL::INTEGER[], 'pw': lf_metric_sum_pairs(flatten(list(lf_metric_pairs(v))))} END`,
}
