import { expect, test } from 'vitest'
import type { Ingest } from '../../api/client'
import { byDay, byMinute, clockOf, total } from './minutes'

const minute = (at: string, signal: Ingest['minutes'][number]['signal'], accepted: number, refused = 0) => ({ at, signal, accepted, refused, cut: 0, refused_requests: 0 })

test('the last hour has a value for each minute and signal', () => {
  const now = Date.parse('2026-05-27T13:16:36Z') / 1000
  const minutes = [minute('2026-05-27T12:00:00.000000Z', 'traces', 99), minute('2026-05-27T12:17:00.000000Z', 'logs', 3, 1), minute('2026-05-27T13:16:00.000000Z', 'traces', 5)]
  const plot = byMinute(minutes, 'accepted', now)
  expect(plot.x).toHaveLength(60)
  expect(plot.x.at(-1)).toBe(Date.parse('2026-05-27T13:16:00Z') / 1000)
  expect(plot.series.map(({ name }) => name)).toEqual(['traces', 'logs', 'metrics'])
  expect(plot.series[0]!.values.filter(Boolean)).toEqual([5])
  expect(plot.series[0]!.values.at(-1)).toBe(5)
  expect(plot.series[1]!.values[0]).toBe(3)
  expect(byMinute(minutes, 'refused', now).series[1]!.values[0]).toBe(1)
  expect(total(minutes, 'refused')).toBe(1)
})

test('the last month has a value for each day', () => {
  const now = Date.parse('2026-05-27T13:16:36Z') / 1000
  const plot = byDay([{ day: '2026-04-01', bytes: 1, records: 1 }, { day: '2026-05-24', bytes: 7, records: 1 }, { day: '2026-05-26', bytes: 9, records: 1 }], now)
  expect(plot.x).toHaveLength(30)
  expect(plot.series[0]!.values.slice(-4)).toEqual([7, 0, 9, 0])
  expect(plot.series[0]!.values.filter(Boolean)).toEqual([7, 9])
})

test('clocks', () => {
  expect([-7200, -90, -1.234, -0.1, 0.2, 45, 90, 600].map(clockOf)).toEqual([
    'at least 2 h ahead', 'at least 90 s ahead', 'at least 1.2 s ahead', 'in step', 'in step', 'in step',
    'up to 90 s behind, or its records come late', 'up to 10 min behind, or its records come late',
  ])
})
