import { expect, test } from 'vitest'
import { clock, day, duration, formatUTC, offset, parseSpan, parseTimestamp, range, rfc3339 } from './time'

test('timestamps keep their microseconds both ways', () => {
  for (const text of ['2026-11-23T21:44:58.219792Z', '1970-01-01T00:00:00.000001Z', '1969-12-31T23:59:59.999999Z']) {
    expect(formatUTC(parseTimestamp(text))).toBe(text)
  }
  expect(parseTimestamp('2026-11-23T22:44:58.2+01:00')).toBe(parseTimestamp('2026-11-23T21:44:58.200000Z'))
  expect(parseTimestamp('2026-11-23T21:44:58Z') % 1_000_000).toBe(0)
  expect(parseTimestamp('yesterday')).toBeNaN()
})

test('durations have three digits', () => {
  const cases: [number, string][] = [
    [0, '0µs'], [152, '152µs'], [999.6, '1.00ms'], [2140, '2.14ms'], [21_400, '21.4ms'], [214_000, '214ms'], [999_600, '1.00s'],
    [1_400_000, '1.40s'], [59_949_999, '59.9s'], [59_960_000, '1m 00s'], [125_000_000, '2m 05s'], [11_520_000_000, '3h 12m'],
    [187_200_000_000, '2d 04h'], [-5000, '-5.00ms'],
  ]
  for (const [us, want] of cases) expect(duration(us)).toBe(want)
})

test('the repeated hour of a clock change is told apart by its offset', () => {
  const before = parseTimestamp('2026-10-25T00:30:00Z')
  const after = parseTimestamp('2026-10-25T01:30:00Z')
  expect(clock(before, 'Europe/Berlin')).toBe(clock(after, 'Europe/Berlin'))
  expect(offset(before, 'Europe/Berlin')).toBe('UTC+2')
  expect(offset(after, 'Europe/Berlin')).toBe('UTC+1')
  expect(rfc3339(before, 'Europe/Berlin')).toBe('2026-10-25T02:30:00.000000+02:00')
  expect(rfc3339(after, 'Europe/Berlin')).toBe('2026-10-25T02:30:00.000000+01:00')
  expect(offset(before, 'Asia/Kolkata')).toBe('UTC+5:30')
  expect(rfc3339(before, 'UTC')).toBe('2026-10-25T00:30:00.000000Z')
})

test('clocks and days are those of the zone, also where it is far from UTC or was uneven', () => {
  expect(clock(parseTimestamp('2026-11-23T20:00:01.002003Z'), 'Asia/Kolkata')).toBe('01:30:01.002')
  expect(day(parseTimestamp('2026-11-23T20:00:01Z'), 'Asia/Kolkata')).toBe('Tue 24 Nov 2026')
  expect(day(parseTimestamp('2026-11-23T02:00:01Z'), 'America/New_York')).toBe('Sun 22 Nov 2026')
  expect(rfc3339(parseTimestamp('2026-11-23T02:00:01.5Z'), 'America/New_York')).toBe('2026-11-22T21:00:01.500000-05:00')
  expect(rfc3339(parseTimestamp('2026-11-23T02:00:01.5Z'), 'Asia/Kathmandu')).toBe('2026-11-23T07:45:01.500000+05:45')
})

test('midnight is hour 0', () => {
  expect(clock(parseTimestamp('2026-11-23T00:00:01.002003Z'), 'UTC')).toBe('00:00:01.002')
})

test('absolute bounds win over a span', () => {
  const present = parseTimestamp('2026-11-23T12:00:00Z')
  expect(range({ last: '15m' }, present)).toEqual({ since: present - 900_000_000 })
  expect(range({ last: 'nonsense' }, present)).toEqual({ since: present - 3_600_000_000 })
  const since = '2026-11-22T00:00:00Z'
  const until = '2026-11-22T01:00:00Z'
  expect(range({ last: '15m', since, until }, present)).toEqual({ since: parseTimestamp(since), until: parseTimestamp(until) })
  expect(range({ last: '15m', until }, present)).toEqual({ since: parseTimestamp(until) - 900_000_000, until: parseTimestamp(until) })
  expect(parseSpan('0m')).toBeUndefined()
})
