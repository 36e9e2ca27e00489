import { describe, expect, test } from 'vitest'
import { formatUTC, parseTimestamp, rfc3339 } from './time'
import { fieldOf, momentOf, momentOfFields, parseWhen, searchOf, shifted, spanWords, whenLabel, zoomed, type When } from './when'

const berlin = 'Europe/Berlin'
const utc = parseTimestamp

/** Thursday 26 November 2026, 12:00 in Berlin. */
const present = utc('2026-11-26T11:00:00Z')

function said(when: When | undefined, zone = berlin): string | undefined {
  if (!when) return undefined
  if ('last' in when) return `last ${when.last}`
  const text = (at: number) => rfc3339(at, zone).replace('.000000', '')
  return `${text(when.since)} ${when.until === undefined ? '…' : text(when.until)}`
}

describe('what people type', () => {
  const cases: [string, string | undefined][] = [
    ['2h', 'last 2h'],
    [' 90 min ', 'last 90m'],
    ['last 3 days', 'last 3d'],
    ['Last Hour', 'last 1h'],
    ['15 seconds', 'last 15s'],
    ['2 w', 'last 2w'],
    ['0h', undefined],
    ['h', undefined],
    ['today', '2026-11-26T00:00:00+01:00 2026-11-27T00:00:00+01:00'],
    ['yesterday', '2026-11-25T00:00:00+01:00 2026-11-26T00:00:00+01:00'],
    ['yesterday 9-17', '2026-11-25T09:00:00+01:00 2026-11-25T17:00:00+01:00'],
    ['yesterday 9:30 - 17:15', '2026-11-25T09:30:00+01:00 2026-11-25T17:15:00+01:00'],
    ['yesterday 22-6', '2026-11-25T22:00:00+01:00 2026-11-26T06:00:00+01:00'],
    ['9-11', '2026-11-26T09:00:00+01:00 2026-11-26T11:00:00+01:00'],
    ['9am to 11:30am', '2026-11-26T09:00:00+01:00 2026-11-26T11:30:00+01:00'],
    ['20-24', '2026-11-26T20:00:00+01:00 2026-11-27T00:00:00+01:00'],
    ['monday', '2026-11-23T00:00:00+01:00 2026-11-24T00:00:00+01:00'],
    ['thu', '2026-11-19T00:00:00+01:00 2026-11-20T00:00:00+01:00'],
    ['tue 9-17', '2026-11-24T09:00:00+01:00 2026-11-24T17:00:00+01:00'],
    ['2026-11-23', '2026-11-23T00:00:00+01:00 2026-11-24T00:00:00+01:00'],
    ['2026-11-23 9-17', '2026-11-23T09:00:00+01:00 2026-11-23T17:00:00+01:00'],
    ['2026-11-23 to 2026-11-24', '2026-11-23T00:00:00+01:00 2026-11-25T00:00:00+01:00'],
    ['2026-11-23/2026-11-24', '2026-11-23T00:00:00+01:00 2026-11-25T00:00:00+01:00'],
    ['2026-11-23T14:02', '2026-11-23T13:57:00+01:00 2026-11-23T14:07:00+01:00'],
    ['2026-11-23T14:02:07Z', '2026-11-23T14:57:07+01:00 2026-11-23T15:07:07+01:00'],
    ['2026-11-23T14:02:00+0100 to 2026-11-23T14:03:00+01:00', '2026-11-23T14:02:00+01:00 2026-11-23T14:03:00+01:00'],
    ['2026-11-23 14:02 – 15:30', '2026-11-23T14:02:00+01:00 2026-11-23T15:30:00+01:00'],
    ['yesterday at 14:02', '2026-11-25T13:57:00+01:00 2026-11-25T14:07:00+01:00'],
    ['since yesterday', '2026-11-25T00:00:00+01:00 …'],
    ['since 9', '2026-11-26T09:00:00+01:00 …'],
    ['since 23:00', undefined],
    ['9 - now', '2026-11-26T09:00:00+01:00 2026-11-26T12:00:00+01:00'],
    ['1795687200', '2026-11-26T10:55:00+01:00 2026-11-26T11:05:00+01:00'],
    ['1795687200000', '2026-11-26T10:55:00+01:00 2026-11-26T11:05:00+01:00'],
    ['1795687200000000', '2026-11-26T10:55:00+01:00 2026-11-26T11:05:00+01:00'],
    ['1795687200000000000', '2026-11-26T10:55:00+01:00 2026-11-26T11:05:00+01:00'],
    ['1795687200 - 1795690800', '2026-11-26T11:00:00+01:00 2026-11-26T12:00:00+01:00'],
    ['2026-02-30', undefined],
    ['2026-11-23T25:00', undefined],
    ['13pm', undefined],
    ['2026-11-24 to 2026-11-22', undefined],
    ['soon', undefined],
    ['', undefined],
  ]
  test.each(cases)('%s', (text, want) => expect(said(parseWhen(text, berlin, present))).toBe(want))
})

describe('the days on which clocks change', () => {
  const cases: [string, string, string][] = [
    // On 25 October 2026 the hour from 2 to 3 comes twice in Berlin; the first is meant.
    [berlin, '2026-10-25', '2026-10-25T00:00:00+02:00 2026-10-26T00:00:00+01:00'],
    [berlin, '2026-10-25 2-4', '2026-10-25T02:00:00+02:00 2026-10-25T04:00:00+01:00'],
    [berlin, '2026-10-25 1:00 - 2:30', '2026-10-25T01:00:00+02:00 2026-10-25T02:30:00+02:00'],
    // On 29 March 2026 the hour from 2 to 3 never comes.
    [berlin, '2026-03-29', '2026-03-29T00:00:00+01:00 2026-03-30T00:00:00+02:00'],
    [berlin, '2026-03-29 1 - 2:30', '2026-03-29T01:00:00+01:00 2026-03-29T03:30:00+02:00'],
    ['America/New_York', '2026-03-08', '2026-03-08T00:00:00-05:00 2026-03-09T00:00:00-04:00'],
    ['America/New_York', '2026-11-01 1-3', '2026-11-01T01:00:00-04:00 2026-11-01T03:00:00-05:00'],
    // Lord Howe moves by half an hour, and Santiago at midnight.
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-05T00:00:00+11:00 2026-04-06T00:00:00+10:30'],
    ['America/Santiago', '2026-09-06', '2026-09-06T01:00:00-03:00 2026-09-07T00:00:00-03:00'],
    ['Asia/Kolkata', '2026-11-23 9-17', '2026-11-23T09:00:00+05:30 2026-11-23T17:00:00+05:30'],
  ]
  test.each(cases)('%s: %s', (zone, text, want) => expect(said(parseWhen(text, zone, present), zone)).toBe(want))
})

test('fields for date and time go both ways', () => {
  for (const zone of ['UTC', berlin, 'America/New_York', 'Asia/Kolkata']) {
    const at = utc('2026-11-23T21:44:58Z')
    const [date, time] = fieldOf(at, zone).split('T') as [string, string]
    expect(momentOfFields(date, time, zone)).toBe(at)
  }
  expect(fieldOf(utc('2026-11-23T21:44:58.5Z'), berlin)).toBe('2026-11-23T22:44:58')
  expect(momentOfFields('2026-11-23', ' 10:44 pm', berlin)).toBe(utc('2026-11-23T21:44:00Z'))
  expect(momentOfFields('', '9', berlin)).toBeNaN()
  expect(momentOfFields('2026-11-23', '25', berlin)).toBeNaN()
  expect(momentOfFields('2026-11-23', '24', berlin)).toBe(utc('2026-11-23T23:00:00Z'))
  expect(momentOf({ year: 2026, month: 1, day: 1 }, 'UTC')).toBe(utc('2026-01-01T00:00:00Z'))
})

test('a window moves by its own length, and back to the present', () => {
  const window = { since: utc('2026-11-26T10:00:00Z'), until: utc('2026-11-26T10:15:00Z') }
  expect(said(shifted(window, -1, present), 'UTC')).toBe('2026-11-26T09:45:00Z 2026-11-26T10:00:00Z')
  expect(said(shifted(window, 1, present), 'UTC')).toBe('2026-11-26T10:15:00Z 2026-11-26T10:30:00Z')
  expect(shifted({ since: utc('2026-11-26T10:40:00Z'), until: utc('2026-11-26T10:55:00Z') }, 1, present)).toEqual({ last: '15m' })
  expect(said(shifted({ since: present - 3_600_000_000 }, -1, present), 'UTC')).toBe('2026-11-26T09:00:00Z 2026-11-26T10:00:00Z')
})

test('a window grows and shrinks around its middle, and one that ends now goes on doing so', () => {
  const window = { since: utc('2026-11-26T10:00:00Z'), until: utc('2026-11-26T10:20:00Z') }
  expect(said(zoomed(window, 0.5, present), 'UTC')).toBe('2026-11-26T10:05:00Z 2026-11-26T10:15:00Z')
  expect(said(zoomed(window, 2, present), 'UTC')).toBe('2026-11-26T09:50:00Z 2026-11-26T10:30:00Z')
  expect(said(zoomed({ since: utc('2026-11-26T10:00:00Z'), until: present }, 2, present), 'UTC')).toBe('2026-11-26T09:00:00Z 2026-11-26T11:00:00Z')
  expect(zoomed({ since: present - 900_000_000 }, 2, present)).toEqual({ last: '30m' })
  expect(zoomed({ since: present - 3_600_000_000 }, 0.5, present)).toEqual({ last: '30m' })
  expect(zoomed({ since: present - 1_000_000 }, 0.5, present)).toEqual({ last: '1s' })
})

test('labels say as much as is needed', () => {
  const between = (since: string, until: string): When => ({ since: utc(since), until: utc(until) })
  const cases: [When, string][] = [
    [{ last: '15m' }, 'Last 15 minutes'],
    [{ last: '1h' }, 'Last hour'],
    [between('2026-11-26T09:00:00Z', '2026-11-26T10:30:00Z'), '10:00 – 11:30'],
    [between('2026-11-26T09:00:07Z', '2026-11-26T10:30:00Z'), '10:00:07 – 11:30'],
    [between('2026-11-25T08:00:00Z', '2026-11-25T16:00:00Z'), 'Wed 25 Nov 09:00 – 17:00'],
    [between('2025-11-25T08:00:00Z', '2025-11-26T16:00:00Z'), 'Tue 25 Nov 2025 09:00 – Wed 26 Nov 2025 17:00'],
    [between('2026-11-24T23:00:00Z', '2026-11-25T23:00:00Z'), 'Wed 25 Nov'],
    [between('2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'), 'Sun 25 Oct 02:30 UTC+2 – 02:30 UTC+1'],
    [{ since: utc('2026-11-25T08:00:00Z') }, 'Since Wed 25 Nov 09:00'],
  ]
  for (const [when, want] of cases) expect(whenLabel(when, berlin, present)).toBe(want)
  expect(spanWords('7d')).toBe('7 days')
})

test('the address says the same', () => {
  expect(searchOf({ last: '2h' })).toEqual({ last: '2h', since: undefined, until: undefined, live: undefined })
  const since = utc('2026-11-25T08:00:00Z')
  expect(searchOf({ since })).toEqual({ last: undefined, since: formatUTC(since), until: undefined, live: undefined })
})
