import { expect, test } from 'vitest'
import type { Outlook } from '../../api/retention'
import { dayName, full, future, growth, kept, losing, plotOf } from './held'

const o = (more: Partial<Outlook> = {}): Outlook => ({ bytes: 11e9, bytes_per_day: 4e8, too_young: 0, settles_at_bytes: 12e9, settles_in_days: 20, ...more })

test('for how long something is kept', () => {
  expect(kept(null, 30)).toBe('30 days, as long as this server keeps things')
  expect(kept(null, null)).toBe('for ever, as long as this server keeps things')
  expect(kept(1, 1)).toBe('1 day')
  expect(kept(90, 30)).toBe('30 days: 90 days are set, which is longer than this server keeps things')
})

test('what comes in a day is said when it is known', () => {
  expect(growth(o())).toBe('about 400 MB, the mean of the last whole days, seven at most')
  expect(growth(o({ bytes: 0, bytes_per_day: 0 }))).toBe('nothing yet')
  expect(growth(o({ bytes_per_day: 0, too_young: 1 }))).toBe('too early to tell: it takes two whole days')
  expect(growth(o({ bytes_per_day: 0 }))).toBe('nothing came in the last whole days')
})

test('where sizes are going', () => {
  expect(future(o())).toBe('stays at about 12 GB: as much is deleted as comes')
  expect(future(o({ bytes: 5e9 }))).toBe('grows to about 12 GB in about 20 days, and stays there: as much is deleted then as comes')
  expect(future(o({ bytes: 30e9, settles_in_days: 1 }))).toBe('shrinks to about 12 GB in about 1 day, and stays there: as much is deleted then as comes')
  expect(future(o({ settles_at_bytes: null, settles_in_days: null }))).toBe('goes on growing: not all that comes is deleted in the next ten years')
  expect(future(o({ too_young: 1 }))).toBe('stays at about 12 GB: as much is deleted as comes; without the signal that is younger than two whole days')
  expect(future(o({ bytes_per_day: 0, too_young: 1 }))).toBe('too early to tell: it takes two whole days')
  expect(future(o({ bytes_per_day: 0 }))).toBe('does not grow')
  expect(future(o({ bytes: 0, bytes_per_day: 0 }))).toBe('nothing to tell yet')
})

test('when the disk is full', () => {
  const server = (more: Partial<Outlook> & { full_in_days?: number | null } = {}) => ({ ...o(more), disk_free_bytes: 1e11, full_in_days: more.full_in_days ?? null })
  expect(full(server({ full_in_days: 41 }))).toBe('in about 41 days, as it goes now')
  expect(full(server({ full_in_days: 0 }))).toBe('within a day, as it goes now')
  expect(full(server({ too_young: 2 }))).toBe('not as it goes now: all projects come to about 12 GB; 2 signals of projects younger than two whole days not counted in')
  expect(full(server({ settles_at_bytes: null, settles_in_days: null }))).toBe('not in the next ten years, as it goes now')
  expect(full(server({ bytes_per_day: 0, too_young: 1 }))).toBe('too early to tell: it takes two whole days')
  expect(full(server({ bytes_per_day: 0 }))).toBe('not by Hearth: nothing comes')
})

test('what a change deletes', () => {
  const all = { days: 12, records: 1_200_000, metrics: 1, bytes: 5e8, records_through: '2026-11-14', metrics_through: '2026-10-01' }
  expect(losing(all)).toBe('1,200,000 spans and logs up to 14 November 2026, and 1 data point of metrics up to 1 October 2026: 500 MB of 12 days')
  expect(losing({ ...all, days: 1, metrics: 0, metrics_through: null })).toBe('1,200,000 spans and logs up to 14 November 2026: 500 MB of 1 day')
  expect(dayName('2026-01-02')).toBe('2 January 2026')
})

test('the chart has every day from the oldest to today', () => {
  const now = Date.parse('2026-05-27T13:16:36Z') / 1000
  const day = (day: string, records_bytes: number, metrics_bytes: number) => ({ day, records: 1, metrics: 1, records_bytes, metrics_bytes })
  const plot = plotOf([day('2026-05-19', 5, 1), day('2026-05-26', 7, 0)], now)
  expect(plot.x.map((at) => new Date(at * 1000).toISOString().slice(0, 10))).toEqual(['2026-05-19', '2026-05-20', '2026-05-21', '2026-05-22', '2026-05-23', '2026-05-24', '2026-05-25', '2026-05-26', '2026-05-27'])
  expect(plot.series.map(({ name, values }) => [name, values])).toEqual([['spans and logs', [5, 0, 0, 0, 0, 0, 0, 7, 0]], ['metrics', [1, 0, 0, 0, 0, 0, 0, 0, 0]]])
  expect(plotOf([day('2026-05-28', 5, 1)], now).x).toHaveLength(8) // of a clock that is ahead
  expect(plotOf([], now).x).toHaveLength(7)
})
