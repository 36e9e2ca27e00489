// Time ranges as people write them, and what one does with them. All words are English; all times are in the zone that
// the reader has chosen.

import { clock, day, formatUTC, offset, parseSpan, parseTimestamp, type Micros, type Range } from './time'

/** A range that ends now, whenever that is, or one between two moments. */
export type When = { last: string } | Range

const second = 1_000_000
const minute = 60 * second
const hour = 60 * minute

/** What is shown around a single moment. */
const around = 5 * minute

/** A wall clock's reading, which a zone makes a moment. */
interface Wall {
  year: number
  /** From 1. */
  month: number
  day: number
  hour?: number
  minute?: number
  /** With decimals. */
  second?: number
}

const walls = new Map<string, Intl.DateTimeFormat>()

/** The reading of the wall clock at a moment, as if the zone were UTC. */
function wallAsUTC(at: Micros, zone: string): Micros {
  let format = walls.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    })
    walls.set(zone, format)
  }
  const whole = Math.floor(at / second)
  const parts: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(whole * 1000)) parts[type] = Number(value)
  const { year, month, day: date, hour: h, minute: m, second: s } = parts as { year: number; month: number; day: number; hour: number; minute: number; second: number }
  return utc({ year, month, day: date, hour: h, minute: m, second: s }) + (at - whole * second)
}

function utc(wall: Wall): Micros {
  const seconds = wall.second ?? 0
  const whole = Math.floor(seconds)
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour ?? 0, wall.minute ?? 0, whole) * 1000 + Math.round((seconds - whole) * second)
}

/**
 * The moment at which the wall clock of a zone reads so. Of an hour that comes twice, the first; a reading that never
 * comes is as long after the change as it would have been without one.
 */
export function momentOf(wall: Wall, zone: string): Micros {
  const reading = utc(wall)
  const offsetAt = (at: Micros) => wallAsUTC(at, zone) - at
  const before = offsetAt(reading - 24 * hour)
  const after = offsetAt(reading + 24 * hour)
  const fitting = [before, after].map((shift) => reading - shift).filter((at) => at + offsetAt(at) === reading)
  return fitting.length > 0 ? Math.min(...fitting) : reading - before
}

/** The moment as fields for date and time have it: 2026-11-23T14:02:07. */
export function fieldOf(at: Micros, zone: string): string {
  return formatUTC(wallAsUTC(at, zone)).slice(0, 19)
}

/** Reads a date as fields have it and a time as people type it; NaN when one of them is none. */
export function momentOfFields(date: string, time: string, zone: string): Micros {
  const wall = readDate(date)
  const reading = readClock(time.trim().toLowerCase())
  return wall && reading ? clockOn(wall, reading, zone) : Number.NaN
}

function wallDay(at: Micros, zone: string): Wall {
  const date = new Date(wallAsUTC(at, zone) / 1000)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

function addDays(wall: Wall, days: number): Wall {
  const date = new Date(Date.UTC(wall.year, wall.month - 1, wall.day + days))
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

function exists(wall: Wall): boolean {
  const date = new Date(Date.UTC(wall.year, wall.month - 1, wall.day))
  return date.getUTCMonth() + 1 === wall.month && (wall.hour ?? 0) < 24 && (wall.minute ?? 0) < 60 && (wall.second ?? 0) < 60
}

const isoPattern = /^(\d{4})-(\d\d?)-(\d\d?)[t ](\d\d?):(\d\d)(?::(\d\d(?:\.\d+)?))?$/

/** A moment in full: ISO 8601 with an offset or in the zone, or seconds, milli-, micro- or nanoseconds since 1970. */
function readMoment(text: string, zone: string): Micros | undefined {
  const unix = /^(\d{9,10}(?:\.\d+)?|\d{12,13}|\d{15,16}|\d{18,19})$/.exec(text)
  if (unix) return readUnix(text)
  const zoned = /^(\d{4}-\d\d-\d\d)[t ](\d\d:\d\d)(:\d\d(?:\.\d+)?)? ?(z|[+-]\d\d:?\d\d)$/.exec(text.toLowerCase())
  if (zoned) {
    const shift = zoned[4] === 'z' ? 'Z' : zoned[4]!.replace(/^(...)(\d\d)$/, '$1:$2')
    const at = parseTimestamp(`${zoned[1]}T${zoned[2]}${zoned[3] ?? ':00'}${shift}`)
    return Number.isNaN(at) ? undefined : at
  }
  const iso = isoPattern.exec(text.toLowerCase())
  if (!iso) return undefined
  const wall = { year: +iso[1]!, month: +iso[2]!, day: +iso[3]!, hour: +iso[4]!, minute: +iso[5]!, second: +(iso[6] ?? 0) }
  return exists(wall) ? momentOf(wall, zone) : undefined
}

function readUnix(text: string): Micros {
  const digits = text.split('.')[0]!.length
  if (digits <= 10) return Math.round(Number(text) * second)
  if (digits <= 13) return Number(text) * 1000
  if (digits <= 16) return Number(text)
  return Number(BigInt(text) / 1000n)
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** today, yesterday, a day of the past week, or a date. */
function readDay(text: string, today: Wall): Wall | undefined {
  if (text === 'today') return today
  if (text === 'yesterday') return addDays(today, -1)
  const weekday = text.length >= 3 ? weekdays.findIndex((name) => name.startsWith(text)) : -1
  if (weekday >= 0) {
    const back = (new Date(utc(today) / 1000).getUTCDay() - weekday + 7) % 7
    return addDays(today, -(back || 7))
  }
  return readDate(text)
}

function readDate(text: string): Wall | undefined {
  const date = /^(\d{4})-(\d\d?)-(\d\d?)$/.exec(text)
  const wall = date && { year: +date[1]!, month: +date[2]!, day: +date[3]! }
  return wall && exists(wall) ? wall : undefined
}

type ClockTime = Pick<Wall, 'hour' | 'minute' | 'second'>

/** 9, 9:30, 09:30:15, 9am, 12:30 pm. 24 is the end of the day. */
function readClock(text: string): ClockTime | undefined {
  const match = /^(\d\d?)(?::(\d\d))?(?::(\d\d(?:\.\d+)?))? ?(am|pm)?$/.exec(text)
  if (!match) return undefined
  let h = Number(match[1])
  if (match[4]) {
    if (h < 1 || h > 12) return undefined
    h = (h % 12) + (match[4] === 'pm' ? 12 : 0)
  }
  const read = { hour: h, minute: Number(match[2] ?? 0), second: Number(match[3] ?? 0) }
  const end = h === 24 && read.minute === 0 && read.second === 0
  return end || (h < 24 && read.minute < 60 && read.second < 60) ? read : undefined
}

function clockOn(date: Wall, time: ClockTime, zone: string): Micros {
  return time.hour === 24 ? momentOf(addDays(date, 1), zone) : momentOf({ ...date, ...time }, zone)
}

/** What a part of the text means: a moment, or a stretch of time such as a day. */
interface Stretch {
  from: Micros
  to: Micros
  day?: Wall
}

class Reader {
  private readonly today: Wall

  constructor(
    private readonly zone: string,
    private readonly present: Micros,
  ) {
    this.today = wallDay(present, zone)
  }

  read(text: string): When | undefined {
    const span = readSpan(text)
    if (span) return { last: span }
    const open = /^(?:since|from) (.+)$/.exec(text)
    if (open) {
      const stretch = this.stretch(open[1]!)
      return stretch && stretch.from < this.present ? { since: stretch.from } : undefined
    }
    return this.between(text) ?? this.single(text)
  }

  private single(text: string): When | undefined {
    const stretch = this.stretch(text)
    if (!stretch) return undefined
    if (stretch.from === stretch.to) return { since: stretch.from - around, until: stretch.to + around }
    return ranged(stretch.from, stretch.to)
  }

  /** Two moments, or a day and two readings of the clock. */
  private between(text: string): When | undefined {
    for (const divider of text.matchAll(/ (?:-|–|—|to|until) | ?\.\. ?|\/|-|–/g)) {
      const from = this.stretch(text.slice(0, divider.index))
      if (!from) continue
      const end = text.slice(divider.index + divider[0].length)
      const to = end === 'now' ? { to: this.present } : this.stretch(end, from.day)
      if (!to) continue
      const overnight = to.to <= from.from && readClock(end) && from.day
      return ranged(from.from, overnight ? clockOn(addDays(from.day!, 1), readClock(end)!, this.zone) : to.to)
    }
    return undefined
  }

  private stretch(text: string, defaultDay: Wall = this.today): Stretch | undefined {
    const at = text === 'now' ? this.present : readMoment(text, this.zone)
    if (at !== undefined) return { from: at, to: at, day: wallDay(at, this.zone) }
    const whole = readDay(text, this.today)
    if (whole) return { from: momentOf(whole, this.zone), to: momentOf(addDays(whole, 1), this.zone), day: whole }
    const time = readClock(text)
    if (time) return this.moment(defaultDay, time)
    for (const space of text.matchAll(/ /g)) {
      const date = readDay(text.slice(0, space.index), this.today)
      const onDay = readClock(text.slice(space.index + 1).replace(/^at /, ''))
      if (date && onDay) return this.moment(date, onDay)
    }
    return undefined
  }

  private moment(date: Wall, time: ClockTime): Stretch {
    const at = clockOn(date, time, this.zone)
    return { from: at, to: at, day: date }
  }
}

function ranged(since: Micros, until: Micros): Range | undefined {
  return until > since ? { since, until } : undefined
}

/** 2h, 90 min, last 3 days, last hour: as the address has it. */
function readSpan(text: string): string | undefined {
  const match = /^(?:last )?(\d{1,6})? ?(s|sec|secs|second|seconds|m|min|mins|minute|minutes|h|hr|hrs|hour|hours|d|day|days|w|week|weeks)$/.exec(text)
  if (!match || (match[1] === undefined && match[2]!.length < 3)) return undefined
  const span = `${Number(match[1] ?? 1)}${match[2]![0]}`
  return parseSpan(span) === undefined ? undefined : span
}

/** Reads a time range as people type it; undefined when it means none. */
export function parseWhen(text: string, zone: string, present: Micros): When | undefined {
  const plain = text.trim().toLowerCase().replaceAll(/\s+/g, ' ')
  return new Reader(zone, present).read(plain)
}

/** What of the address says a time range. Live goes on where the range is open. */
export function searchOf(when: When): { last: string | undefined; since: string | undefined; until: string | undefined; live: undefined } {
  if ('last' in when) return { last: when.last, since: undefined, until: undefined, live: undefined }
  return { last: undefined, since: formatUTC(when.since), until: when.until === undefined ? undefined : formatUTC(when.until), live: undefined }
}

const steps: [string, number][] = [['w', 7 * 24 * hour], ['d', 24 * hour], ['h', hour], ['m', minute], ['s', second]]

/** A length of time as the address has it, in the largest unit that says it whole. */
function spanText(length: number): string {
  const [unit, size] = steps.find(([, size]) => length >= size && Math.abs(length / size - Math.round(length / size)) < 1e-9) ?? ['s', second]
  return `${Math.max(1, Math.round(length / size))}${unit}`
}

/** The range one window earlier (-1) or later (1). What would reach beyond the present ends at it. */
export function shifted(range: Range, direction: -1 | 1, present: Micros): When {
  const until = range.until ?? present
  const length = until - range.since
  const end = until + direction * length
  if (end >= present) return { last: spanText(Math.round(length / second) * second) }
  return { since: end - length, until: end }
}

/** The range twice (2) or half (0.5) as long, around its middle; one that ends now goes on ending now. */
export function zoomed(range: Range, factor: number, present: Micros): When {
  const until = range.until ?? present
  const length = Math.min(Math.max(second, (until - range.since) * factor), 366 * 24 * hour)
  if (range.until === undefined) return { last: spanText(Math.max(1, Math.round(length / second)) * second) }
  const middle = (range.since + until) / 2
  const end = Math.round(middle + length / 2)
  if (end >= present) return { since: Math.round(present - length), until: present }
  return { since: Math.round(end - length), until: end }
}

const unitWords: Record<string, string> = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' }

/** A span in words: 15 minutes, hour, 7 days. */
export function spanWords(span: string): string {
  const match = /^(\d+)\s*([smhdw])$/.exec(span.trim())
  if (!match) return span
  const word = unitWords[match[2]!]!
  return match[1] === '1' ? word : `${Number(match[1])} ${word}s`
}

/** A range in words, as its button has it. */
export function whenLabel(when: When, zone: string, present: Micros): string {
  if ('last' in when) return when.last === 'all' ? 'No time range' : `Last ${spanWords(when.last)}`
  const { since, until } = when
  const dayOf = (at: Micros) => {
    const name = day(at, zone)
    return name.endsWith(` ${day(present, zone).slice(-4)}`) ? name.slice(0, -5) : name
  }
  const time = (at: Micros) => clock(at, zone).slice(0, 8).replace(/:00$/, '')
  const today = dayOf(present)
  const from = dayOf(since)
  if (until === undefined) return `Since ${from === today ? '' : `${from} `}${time(since)}`
  const wholeDay = fieldOf(since, zone).endsWith('T00:00:00') && momentOf(addDays(wallDay(since, zone), 1), zone) === until
  if (wholeDay) return from === today ? 'Today' : from
  const to = dayOf(until)
  const shift = offset(since, zone) === offset(until, zone) ? '' : ` ${offset(since, zone)}`
  const end = shift && ` ${offset(until, zone)}`
  return `${from === today && to === today ? '' : `${from} `}${time(since)}${shift} – ${to === from ? '' : `${to} `}${time(until)}${end}`
}
