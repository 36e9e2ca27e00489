import { describe, expect, test } from 'vitest'
import type { Answer } from '../api/client'
import { attribute } from '../sql/condition'
import { exemplarsOf, spread } from './exemplars'
import { aggregationOf, metricsOf, unitWord, type Metric, type NameRow } from './kinds'
import { fieldOf, labelsOf, secondsApart, type Facts } from './labels'
import { found, groupsOf } from './names'
import { panelOf } from './panel'
import { boundAbove, gapsOf, shapeOf } from './shape'
import { alertSQL, bucketOf, chartSQL, dashboardBucket, resetsSQL } from './sql'

const row = (name: string, more: Partial<NameRow> = {}): NameRow => ({
  name, type: 'gauge', temporality: null, monotonic: null, unit: '1', description: null, last_seen: '2026-11-26T10:00:00.000000Z', points: 1, ...more,
})

const metric = (name: string, more: Partial<NameRow> = {}): Metric => metricsOf([row(name, more)])[0]!

describe('names', () => {
  const names = (list: string[]) => groupsOf(list.map((name) => metric(name))).map(({ prefix, metrics }) => [prefix, ...metrics.map((one) => one.name)])

  test('stand under the longest beginning that they share, single ones last', () => {
    expect(names(['alone', 'db.pool.size', 'http.client.duration', 'http.server.active', 'http.server.duration'])).toEqual([
      ['http.', 'http.client.duration'],
      ['http.server.', 'http.server.active', 'http.server.duration'],
      ['', 'alone', 'db.pool.size'],
    ])
  })

  test('of OpenTelemetry keep their underscores, those of Prometheus are taken apart at them', () => {
    expect(names(['gen_ai.client.cost', 'gen_ai.client.tokens', 'go_gc_cycles', 'go_gc_duration', 'shop'])).toEqual([
      ['gen_ai.client.', 'gen_ai.client.cost', 'gen_ai.client.tokens'],
      ['go_gc_', 'go_gc_cycles', 'go_gc_duration'],
      ['', 'shop'],
    ])
  })

  test('are found by all words, in the name and the description', () => {
    const all = [metric('http.duration', { description: 'How long requests take' }), metric('http.size')]
    expect(found(all, ' HTTP long ').map(({ name }) => name)).toEqual(['http.duration'])
  })
})

test('a name that clients send in several ways is what its newest point says', () => {
  const [one] = metricsOf([
    row('n', { type: 'sum', temporality: 'delta', monotonic: true, points: 3 }),
    row('n', { type: 'histogram', temporality: 'cumulative', points: 4, last_seen: '2026-11-26T11:00:00.000000Z' }),
  ])
  expect(one).toMatchObject({ kind: 'histogram', cumulative: true, points: 7, mixed: true })
})

test('kinds: what only rises is a counter, and so is what deltas add', () => {
  expect(metric('a', { type: 'sum', temporality: 'cumulative', monotonic: true })).toMatchObject({ kind: 'counter', word: 'counter' })
  expect(metric('a', { type: 'sum', temporality: 'cumulative', monotonic: false })).toMatchObject({ kind: 'level', word: 'up-down counter' })
  expect(metric('a', { type: 'sum', temporality: 'delta', monotonic: false }).kind).toBe('counter')
  expect(aggregationOf('counter', 'p95')).toBe('rate')
  expect([unitWord('By'), unitWord('{order}'), unitWord('1')]).toEqual(['bytes', 'order', ''])
})

describe('statements', () => {
  const minute = bucketOf(60)
  const counter = metric("o'clock", { type: 'sum', temporality: 'cumulative', monotonic: true })

  test('of a gauge', () => {
    expect(chartSQL({ metric: metric('stock'), aggregation: 'avg', where: '' }, bucketOf(7200))).toBe(`SELECT time_bucket(INTERVAL '2 hours', recorded_timestamp) AS time,
  avg(scalar_value) AS avg
FROM metrics
WHERE metric_name = 'stock'
GROUP BY time
ORDER BY time`)
  })

  test('of percentiles, split and filtered', () => {
    expect(chartSQL({ metric: metric('d', { type: 'histogram', temporality: 'delta' }), aggregation: 'percentiles', by: attribute('http.route'), where: "service_name = 'api' OR true" }, minute)).toBe(`SELECT time_bucket(INTERVAL '1 minute', recorded_timestamp) AS time, attributes->>'http.route' AS series,
  metric_quantile(0.5, value) AS p50,
  metric_quantile(0.9, value) AS p90,
  metric_quantile(0.95, value) AS p95,
  metric_quantile(0.99, value) AS p99
FROM metrics
WHERE metric_name = 'd' AND (service_name = 'api' OR true)
GROUP BY time, series
ORDER BY time`)
  })

  test('of a counter add what it grew by, in the width of a dashboard too', () => {
    expect(chartSQL({ metric: counter, aggregation: 'rate', where: '' }, dashboardBucket)).toBe(`SELECT time_bucket($resolution, recorded_timestamp) AS time,
  metric_increase(value, recorded_timestamp) / extract(epoch FROM $resolution) AS rate
FROM metrics
WHERE metric_name = 'o''clock'
GROUP BY time
ORDER BY time`)
    expect(resetsSQL({ metric: counter, aggregation: 'rate', where: '' })).toContain('WHERE held < before OR')
  })

  test('of the sum add the latest value of each series', () => {
    expect(chartSQL({ metric: metric('stock'), aggregation: 'sum', by: attribute('tea'), where: '' }, minute)).toBe(`SELECT time, series, sum(latest) AS sum
FROM (
  SELECT time_bucket(INTERVAL '1 minute', recorded_timestamp) AS time, attributes->>'tea' AS series, last(scalar_value ORDER BY recorded_timestamp) AS latest
  FROM metrics
  WHERE metric_name = 'stock'
  GROUP BY time, series, metric_series(value)
) AS latest_values
GROUP BY time, series
ORDER BY time`)
    expect(alertSQL({ metric: metric('stock', { unit: '' }), aggregation: 'sum', where: '' }, 5)).toBe(`SELECT sum(latest) AS value
FROM (
  SELECT last(scalar_value ORDER BY recorded_timestamp) AS latest
  FROM metrics
  WHERE metric_name = 'stock'
  GROUP BY metric_series(value)
) AS latest_values
HAVING sum(latest) > 5`)
  })

  test('of an alert compare the whole window with a bound', () => {
    expect(alertSQL({ metric: { ...counter, unit: '{tick}' }, aggregation: 'rate', by: attribute('zone'), where: '' }, 3)).toBe(`SELECT attributes->>'zone' AS series, metric_rate(value, recorded_timestamp) AS value
FROM metrics
WHERE metric_name = 'o''clock'
GROUP BY series
HAVING metric_rate(value, recorded_timestamp) > 3 -- {tick}`)
    expect(alertSQL({ metric: metric('d', { type: 'histogram', unit: '' }), aggregation: 'percentiles', where: '' }, 3)).toContain('metric_quantile(0.95, value) > 3')
  })
})

test('a chart becomes a panel, in the width of its dashboard', () => {
  const duration = metric('d', { type: 'histogram', temporality: 'delta', unit: 's' })
  expect(panelOf({ metric: duration, aggregation: 'percentiles', where: '' })).toMatchObject({ name: 'd, percentiles (s)', kind: 'TimeSeriesChart', metrics: ['p50', 'p90', 'p95', 'p99'] })
  const split = panelOf({ metric: duration, aggregation: 'percentiles', by: attribute('route'), where: '' })
  expect(split).toMatchObject({ name: 'd, p95 by route (s)', groupBy: 'series', metrics: ['p95'] })
  expect(split.sql).toContain('time_bucket($resolution, recorded_timestamp)')
})

describe('labels', () => {
  const facts: Facts = { points: 40, series: 4, first: '0', last: '90', covers: null, service_name: 1, service_instance_id: 2, deployment_environment: 1 }

  test("are the points' own, then those of senders among whom one can choose", () => {
    expect(labelsOf([{ key: 'route', values: 3 }], facts).map(({ field, values }) => [field.expression, values])).toEqual([["attributes->>'route'", 3], ['service_name', 1], ['service_instance_id', 2]])
  })

  test('of an address have the name of their key', () => {
    expect(fieldOf("attributes->>'it''s'", [])).toEqual({ name: "it's", expression: "attributes->>'it''s'" })
    expect(fieldOf('lower(service_name)', []).name).toBe('lower(service_name)')
  })

  test('points are as far apart as those of one series, or as long as what they cover', () => {
    expect(secondsApart(facts, Number)).toBe(10)
    expect(secondsApart({ ...facts, covers: 30 }, Number)).toBe(30)
    expect(secondsApart({ ...facts, points: 5 }, Number)).toBeUndefined()
    expect(secondsApart({ ...facts, first: null }, Number)).toBeUndefined()
  })
})

describe('exemplars', () => {
  const one = (trace: unknown, value: unknown, at = '2026-11-26T10:00:01.000000Z') => ({ trace_id: trace, span_id: 'beef', value, timestamp: at })

  test('are read from JSON and from text; what names no trace is left out', () => {
    const time = '2026-11-26T10:00:00.000000Z'
    expect(exemplarsOf([
      { time, exemplars: [one('ab', 2), one('../evil', 2), one('cd', 'x'), null] },
      { time, exemplars: JSON.stringify([one('ef', '3', 'nonsense'), { trace_id: 'ef', value: 4 }]) },
      { time, exemplars: '{' }, { time, exemplars: null },
    ])).toEqual([
      { at: Date.parse('2026-11-26T10:00:01Z') / 1000, value: 2, trace: 'ab', span: 'beef' },
      { at: Date.parse('2026-11-26T10:00:00Z') / 1000, value: 4, trace: 'ef', span: undefined },
    ])
  })

  test('of those that are too close the larger stays', () => {
    const at = (seconds: number, value: number) => ({ at: seconds, value, trace: `${seconds}`, span: undefined })
    expect(spread([at(70, 1), at(10, 1), at(20, 3), at(30, 2), at(44, 1)], (one) => one.at, 24).map((one) => one.at)).toEqual([20, 44, 70])
  })
})

describe('shapes', () => {
  const field = (name: string, data_type: string | Record<string, unknown>) => ({ name, data_type, nullable: true })
  const fields = [field('time', { Timestamp: ['Microsecond', 'UTC'] }), field('series', 'Utf8'), field('max', 'Float64')]
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 26, 10, minute)).toISOString()

  test('of many series that cannot be added the largest are drawn, and the others counted', () => {
    const answer: Answer = { fields, rows: Array.from({ length: 23 }, (_, i) => [at(0), `s${i}`, i]) }
    const { plot, left } = shapeOf(answer, 'max', true)
    expect([plot.series.length, left]).toEqual([20, 3])
    expect(plot.series.map(({ name }) => name)).not.toContain('s2')
  })

  test('where nothing came there is a gap', () => {
    const answer: Answer = { fields: [fields[0]!, fields[2]!], rows: [0, 1, 2, 3, 6, 7].map((minute) => [at(minute), 1]) }
    const { plot } = shapeOf(answer, 'max', false)
    expect(gapsOf(plot)).toEqual([{ from: Date.parse(at(3)) / 1000, to: Date.parse(at(6)) / 1000 }])
  })

  test('a bound is a little above the peak, in two digits', () => {
    expect([boundAbove(undefined), boundAbove(0.1), boundAbove(873), boundAbove(1)]).toEqual([0, 0.11, 970, 1.1])
  })
})
