// The statements of the metrics pages. docs/metrics.md says why they are as they are; whoever opens one in Explore reads it.

import { literal } from '../api/client'
import type { Field } from '../sql/condition'
import type { Aggregation, Metric } from './kinds'

/** The names of a project, over all that is kept: one row for each way in which a name is sent. */
export const namesSQL = `SELECT metric_name AS name, metric_type AS type, aggregation_temporality AS temporality, is_monotonic AS monotonic, unit,
  any_value(metric_description) AS description, max(recorded_timestamp) AS last_seen, count(*) AS points
FROM metrics
GROUP BY metric_name, metric_type, aggregation_temporality, is_monotonic, unit`

const seriesKey = 'metric_series(value)'

/** How many series of each name sent something. */
export const seriesCountsSQL = `SELECT metric_name AS name, count(DISTINCT ${seriesKey}) AS series, count(*) AS points
FROM metrics
GROUP BY metric_name`

/** What is asked of a metric. */
export interface Asked {
  metric: Metric
  aggregation: Aggregation
  /** Splits the series. */
  by?: Field | undefined
  /** A condition; empty for all points. */
  where: string
}

/** The width of the points of a chart, as SQL: an interval, and its seconds. */
export interface Bucket {
  interval: string
  seconds: string
}

const words: [number, string][] = [[86_400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']]

/** 90 seconds, 1 minute. */
export function stepWords(seconds: number): string {
  const [size, word] = words.find(([n]) => seconds % n === 0) ?? [1, 'second']
  const count = seconds / size
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

/** A bucket of so many seconds. */
export function bucketOf(seconds: number): Bucket {
  return { interval: `INTERVAL '${stepWords(seconds)}'`, seconds: String(seconds) }
}

/** The width that a dashboard sets. */
export const dashboardBucket: Bucket = { interval: '$resolution', seconds: 'extract(epoch FROM $resolution)' }

/** Where a name is sent in several ways, those points that are as the newest: histograms of two types cannot be merged. */
function conditions({ metric, where }: Pick<Asked, 'metric' | 'where'>): string {
  const type = metric.mixed ? ` AND metric_type = ${literal(metric.type)}` : ''
  return `metric_name = ${literal(metric.name)}${type}${where === '' ? '' : ` AND (${where})`}`
}

const ofScalars: Partial<Record<Aggregation, string>> = {
  avg: 'avg(scalar_value)', min: 'min(scalar_value)', max: 'max(scalar_value)', last: 'last(scalar_value ORDER BY recorded_timestamp)',
}

const fractions: Partial<Record<Aggregation, string[]>> = { p50: ['0.5'], p90: ['0.9'], p95: ['0.95'], p99: ['0.99'], percentiles: ['0.5', '0.9', '0.95', '0.99'] }

function quantiles(aggregation: Aggregation): string[] {
  return (fractions[aggregation] ?? []).map((fraction) => `metric_quantile(${fraction}, value) AS p${Number(fraction) * 100}`)
}

/** The statement of a chart: time, series where the metric is split, and the values. */
export function chartSQL(asked: Asked, bucket: Bucket): string {
  const { metric, aggregation } = asked
  if (aggregation === 'sum') return latestSQL(asked, bucket)
  if (aggregation === 'rate') return plainSQL(asked, bucket, [`metric_increase(value, recorded_timestamp) / ${bucket.seconds} AS rate`])
  if (metric.kind === 'histogram' && (aggregation === 'percentiles' || aggregation in fractions)) return plainSQL(asked, bucket, quantiles(aggregation))
  return plainSQL(asked, bucket, [`${windowValue(asked)} AS ${aggregation}`])
}

function plainSQL(asked: Asked, bucket: Bucket, values: string[]): string {
  const { by } = asked
  return `SELECT time_bucket(${bucket.interval}, recorded_timestamp) AS time,${by ? ` ${by.expression} AS series,` : ''}
  ${values.join(',\n  ')}
FROM metrics
WHERE ${conditions(asked)}
GROUP BY time${by ? ', series' : ''}
ORDER BY time`
}

/** The latest value of each series, added up. */
function latestSQL(asked: Asked, bucket: Bucket): string {
  const series = asked.by ? ', series' : ''
  return `SELECT time${series}, sum(latest) AS sum
FROM ${latestOf(asked, bucket.interval)}
GROUP BY time${series}
ORDER BY time`
}

/** The latest value of each series; within each bucket, if there is one. */
function latestOf(asked: Asked, interval: string): string {
  const { by } = asked
  const columns = [interval && `time_bucket(${interval}, recorded_timestamp) AS time`, by && `${by.expression} AS series`, 'last(scalar_value ORDER BY recorded_timestamp) AS latest']
  const groups = [interval && 'time', by && 'series', seriesKey]
  return `(
  SELECT ${columns.filter(Boolean).join(', ')}
  FROM metrics
  WHERE ${conditions(asked)}
  GROUP BY ${groups.filter(Boolean).join(', ')}
) AS latest_values`
}

/** When the series of a cumulative metric began anew: it holds less than before, or says that it starts later. */
export function resetsSQL(asked: Asked): string {
  const series = `OVER (PARTITION BY ${seriesKey} ORDER BY recorded_timestamp)`
  return `SELECT recorded_timestamp AS time, service_name, attributes
FROM (
  SELECT recorded_timestamp, start_timestamp, service_name, attributes, metric_sum(value) AS held,
    lag(metric_sum(value)) ${series} AS before, lag(recorded_timestamp) ${series} AS seen
  FROM metrics
  WHERE ${conditions(asked)}
) AS points
WHERE held < before OR (start_timestamp > seen AND start_timestamp < recorded_timestamp)
ORDER BY time
LIMIT 200`
}

/** How a metric is sent in a time range, and how many values its columns have. */
export function factsSQL(asked: Pick<Asked, 'metric' | 'where'>): string {
  return `SELECT count(*) AS points, count(DISTINCT ${seriesKey}) AS series, min(recorded_timestamp) AS first, max(recorded_timestamp) AS last,
  avg(extract(epoch FROM recorded_timestamp - start_timestamp)) FILTER (WHERE aggregation_temporality = 'delta') AS covers,
  count(DISTINCT service_name) AS service_name, count(DISTINCT service_instance_id) AS service_instance_id, count(DISTINCT deployment_environment) AS deployment_environment
FROM metrics
WHERE ${conditions(asked)}`
}

/** The labels of a metric and how many values each has. */
export function labelsSQL(metric: Metric): string {
  return `SELECT key, count(DISTINCT value) AS values, count(*) AS points
FROM (
  SELECT key, attributes->>key AS value
  FROM (SELECT unnest(jsonb_object_keys(attributes)) AS key, attributes FROM metrics WHERE metric_name = ${literal(metric.name)}) AS keys
) AS labels
GROUP BY key
ORDER BY values DESC, key
LIMIT 100`
}

/** The values of a label, the most frequent first. */
export function valuesSQL(asked: Pick<Asked, 'metric' | 'where'>, field: Field): string {
  return `SELECT ${field.expression} AS value, count(*) AS points
FROM metrics
WHERE ${conditions(asked)}
GROUP BY 1
ORDER BY points DESC, value
LIMIT 51`
}

/** Points that name traces. */
export function exemplarsSQL(asked: Asked): string {
  return `SELECT recorded_timestamp AS time, exemplars
FROM metrics
WHERE ${conditions(asked)} AND exemplars IS NOT NULL
ORDER BY recorded_timestamp DESC
LIMIT 300`
}

/** A value of the window that an alert looks at, for each series, where it is above a bound. */
export function alertSQL(asked: Asked, bound: number): string {
  const { metric, by, aggregation } = asked
  const latest = aggregation === 'sum'
  const value = latest ? 'sum(latest)' : windowValue(asked)
  const unit = metric.unit === '' ? '' : ` -- ${metric.unit.replaceAll(/\s+/g, ' ')}`
  return `SELECT ${by ? `${latest ? 'series' : `${by.expression} AS series`}, ` : ''}${value} AS value
FROM ${latest ? latestOf(asked, '') : `metrics
WHERE ${conditions(asked)}`}${by ? '\nGROUP BY series' : ''}
HAVING ${value} > ${bound}${unit}`
}

/** All points of a group as one value; of several percentiles the one that most look at. */
function windowValue({ metric, aggregation }: Asked): string {
  if (aggregation === 'rate') return 'metric_rate(value, recorded_timestamp)'
  if (aggregation === 'increase') return 'metric_increase(value, recorded_timestamp)'
  if (aggregation === 'count') return 'metric_count(metric_merge(value))'
  if (metric.kind === 'histogram' && aggregation === 'avg') return 'metric_avg(metric_merge(value))'
  if (metric.kind === 'histogram') return `metric_quantile(${fractions[aggregation]?.at(-2) ?? fractions[aggregation]?.[0] ?? '0.95'}, value)`
  return ofScalars[aggregation] ?? 'avg(scalar_value)'
}
