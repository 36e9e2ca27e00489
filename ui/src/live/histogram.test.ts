import { expect, test } from 'vitest'
import { formatUTC } from '../lib/time'
import { axis, bars, Histogram, histogramSQL, shifted, stepFor, totals } from './histogram'
import { row } from './testing'

const minute = 60_000_000

test('each span of time has 100 to 200 buckets', () => {
  for (const minutes of [5, 15, 60, 360, 1440, 7 * 1440, 30 * 1440]) {
    const count = (minutes * minute) / stepFor(minutes * minute)
    expect(count, `${minutes} min`).toBeLessThanOrEqual(200)
    expect(count, `${minutes} min`).toBeGreaterThanOrEqual(90)
  }
  expect(stepFor(100_000)).toBe(1000)
})

test('the question is of the table that knows what the condition is about', () => {
  expect(histogramSQL('', minute)).toMatch(/FROM records WHERE kind <> 'annotation' GROUP BY/)
  expect(histogramSQL("kind = 'pending_span'", minute)).toMatch(/FROM records_all WHERE \(kind = 'pending_span'\n\)/)
  expect(histogramSQL("kind = 'annotation'", minute)).toMatch(/FROM records WHERE \(kind = 'annotation'\n\) GROUP BY/)
})

function answered(): Histogram {
  const histogram = new Histogram(minute)
  histogram.answer([{ bucket: 1, records: 10, errors: 2, warnings: 3, seen: formatUTC(500) }], 12)
  return histogram
}

test('the tail adds what the server has not counted, and what began before stands where it began', () => {
  const histogram = answered()
  histogram.add([
    row({ span: 'counted', start: minute, created: 500 }), row({ span: 'new', start: minute + 5, created: 501, level: 17 }),
    row({ span: 'next', start: 2 * minute, created: 502, level: 13 }), row({ span: 'runs', start: minute, created: 600, pending: true }),
  ], 1)
  expect([...histogram.snapshot().buckets]).toEqual([[1, { records: 11, errors: 3, warnings: 3 }], [2, { records: 1, errors: 0, warnings: 1 }]])
  expect(totals(histogram.snapshot(), { since: 0 })).toEqual({ records: 12, errors: 3, warnings: 4 })
  expect(totals(histogram.snapshot(), { since: 2 * minute })).toEqual({ records: 1, errors: 0, warnings: 1 })
  expect(totals(histogram.snapshot(), { since: 0, until: 2 * minute }).records).toBe(11)
})

test('a record stands for those that were left out', () => {
  const histogram = answered()
  histogram.add([row({ span: 'a', start: minute, created: 900 })], 12)
  expect(totals(histogram.snapshot(), { since: 0 }).records).toBe(22)
})

test('what comes before the answer waits for it', () => {
  const histogram = new Histogram(minute)
  histogram.add([row({ span: 'counted', start: minute, created: 400 }), row({ span: 'new', start: minute, created: 900 })], 1)
  expect(histogram.snapshot().buckets.size).toBe(0)
  histogram.answer([{ bucket: 1, records: 1, errors: 0, warnings: 0, seen: formatUTC(500) }], 3)
  expect(totals(histogram.snapshot(), { since: 0 }).records).toBe(2)
})

test('bars stand in the range, by the highest of them', () => {
  const histogram = answered()
  expect(bars(histogram.snapshot(), 0, 2 * minute, (bucket) => [0, bucket.records])).toBe('M0.54 1V0H0.96V1Z')
  expect(bars(histogram.snapshot(), 0, 2 * minute, (bucket) => [0, bucket.errors])).toBe('M0.54 1V0.8H0.96V1Z')
  expect(bars(histogram.snapshot(), 5 * minute, 6 * minute, (bucket) => [0, bucket.records])).toBe('')
})

test('the axis names round moments, and the day where another begins', () => {
  const since = Date.UTC(2026, 10, 25, 19, 7) * 1000
  expect(axis(since, since + 480 * minute, 'UTC').map(({ text }) => text)).toEqual(['20:00', '21:00', '22:00', '23:00', '26 Nov 00:00', '01:00', '02:00'])
  expect(axis(since, since + 5 * 1440 * minute, 'UTC').map(({ text }) => text)).toEqual(['26 Nov', '27 Nov', '28 Nov', '29 Nov', '30 Nov'])
  expect(axis(since, since + 100_000, 'UTC')[1]!.text).toBe('19:07:00.040')
})

test('a range moves as a whole, or at its end', () => {
  expect(shifted(10_000, 20_000, 500, true)).toEqual({ since: 10_500, until: 20_500 })
  expect(shifted(10_000, 20_000, 0.4, true)).toEqual({ since: 10_000, until: 20_000 })
  expect(shifted(10_000, 20_000, -500, false)).toEqual({ since: 10_000, until: 19_500 })
  expect(shifted(10_000, 20_000, -50_000, false)).toEqual({ since: 10_000, until: 11_000 })
})
