import { expect, test } from 'vitest'
import { ticksOf } from './ticks'
import { clock, day, parseTimestamp } from './time'

const minute = 60_000_000
const at = (text: string) => parseTimestamp(`2026-${text}:00Z`)
const clocks = (since: number, until: number, zone: string) => ticksOf(since, until, zone, 8).at.map((moment) => clock(moment, zone).slice(0, 5))

test('ticks are round, wherever the range begins', () => {
  expect(clocks(at('11-26T13:07'), at('11-26T14:07'), 'UTC')).toEqual(['13:10', '13:20', '13:30', '13:40', '13:50', '14:00'])
  expect(clocks(at('11-26T13:07'), at('11-26T13:22'), 'UTC')).toEqual(['13:08', '13:10', '13:12', '13:14', '13:16', '13:18', '13:20', '13:22'])
  expect(ticksOf(at('11-26T13:07'), at('11-26T13:07') + 10_000, 'UTC', 8)).toMatchObject({ step: 2000 })
})

test('hours and days are those of the zone', () => {
  expect(clocks(at('11-25T13:10'), at('11-26T13:10'), 'Asia/Kolkata')).toEqual(['21:00', '00:00', '03:00', '06:00', '09:00', '12:00', '15:00', '18:00'])
  const { step, at: days } = ticksOf(at('03-26T12:00'), at('04-01T12:00'), 'Europe/Berlin', 8)
  expect(step).toBe(1440 * minute)
  expect(days.map((moment) => day(moment, 'Europe/Berlin').slice(4, 10))).toEqual(['27 Mar', '28 Mar', '29 Mar', '30 Mar', '31 Mar', '1 Apr '])
  expect(days.map((moment) => clock(moment, 'Europe/Berlin'))).toEqual(days.map(() => '00:00:00.000'))
})

test('there are never more than asked for, give or take the one at the other end', () => {
  for (let length = 1000; length < 3e14; length *= 1.7) expect(ticksOf(1_780_000_123_456_789, 1_780_000_123_456_789 + length, 'Europe/Berlin', 8).at.length).toBeLessThanOrEqual(9)
})
