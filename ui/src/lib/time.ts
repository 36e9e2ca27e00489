// Moments are numbers of microseconds since 1970 (exact until the year 2255), as the columns of records are.

export type Micros = number

const second = 1_000_000

/** Reads a timestamp as the server writes it: RFC 3339 in UTC with up to six decimals. */
export function parseTimestamp(text: string): Micros {
  const match = /^(.*?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text)
  if (!match) return Number.NaN
  const decimals = (match[2] ?? '').padEnd(6, '0').slice(0, 6)
  return Date.parse(match[1]! + match[3]!) * 1000 + Number(decimals)
}

/** Writes a moment for the server, in UTC and with all six decimals. */
export function formatUTC(at: Micros): string {
  const seconds = Math.floor(at / second)
  const text = new Date(seconds * 1000).toISOString().slice(0, 19)
  return `${text}.${String(at - seconds * second).padStart(6, '0')}Z`
}

export function now(): Micros {
  return Date.now() * 1000
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options)
  let made = formats.get(key)
  if (!made) {
    made = new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options })
    formats.set(key, made)
  }
  return made
}

/** Clocks are changed at full quarters of an hour: within one, a zone's distance from UTC is the same. */
const quarter: Micros = 900 * second
const distances = new Map<string, Map<number, Micros>>()
const mostKept = 20_000

/** How far the clocks of a zone are ahead of UTC. Lists ask for each of their lines, and Intl is slow to answer. */
export function ahead(at: Micros, zone: string): Micros {
  let known = distances.get(zone)
  if (!known || known.size > mostKept) distances.set(zone, (known = new Map()))
  const key = Math.floor(at / quarter)
  let distance = known.get(key)
  if (distance === undefined) known.set(key, (distance = readDistance(at, zone)))
  return distance
}

/** Reads GMT, GMT+05:30 or GMT-00:01:15. */
function readDistance(at: Micros, zone: string): Micros {
  const parts = format(zone, { timeZoneName: 'longOffset' }).formatToParts(new Date(Math.floor(at / 1000)))
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(parts.find((part) => part.type === 'timeZoneName')?.value ?? '') ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * second
}

/** 14:02:07.318, in a zone. */
export function clock(at: Micros, zone: string): string {
  return new Date(Math.floor((at + ahead(at, zone)) / 1000)).toISOString().slice(-13, -1)
}

const days = new Map<number, string>()

/** Mon 23 Nov 2026, in a zone. */
export function day(at: Micros, zone: string): string {
  const key = Math.floor((at + ahead(at, zone)) / (86_400 * second))
  let name = days.get(key)
  if (name === undefined) {
    if (days.size > mostKept) days.clear()
    name = format('UTC', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(key * 86_400_000)).replace(',', '')
    days.set(key, name)
  }
  return name
}

/** The offset of a zone at a moment: UTC, UTC+1, UTC+5:30. */
export function offset(at: Micros, zone: string): string {
  const parts = format(zone, { timeZoneName: 'shortOffset' }).formatToParts(new Date(Math.floor(at / 1000)))
  return (parts.find((part) => part.type === 'timeZoneName')?.value ?? 'UTC').replace('GMT', 'UTC')
}

/** 2026-11-23T14:02:07.318123+01:00, in a zone. */
export function rfc3339(at: Micros, zone: string): string {
  const distance = ahead(at, zone)
  const minutes = Math.floor(Math.abs(distance) / (60 * second))
  const zoneOffset = distance === 0 ? 'Z' : `${distance < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`
  return `${formatUTC(at + distance).slice(0, -1)}${zoneOffset}`
}

/** A duration in microseconds to three digits: 152µs, 2.14ms, 1.40s, 2m 05s, 3h 12m, 2d 04h. */
export function duration(us: number): string {
  if (us < 0) return `-${duration(-us)}`
  if (us < 999.5) return `${Math.round(us)}µs`
  if (us < 999_500) return `${digits(us / 1000)}ms`
  if (us < 59_950_000) return `${digits(us / second)}s`
  const seconds = Math.round(us / second)
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)}d ${pad(hours % 24)}h`
}

function digits(n: number): string {
  return n < 9.995 ? n.toFixed(2) : n < 99.95 ? n.toFixed(1) : n.toFixed(0)
}

function pad(n: number): string {
  return String(n).padStart(2, '0')
}

/** How long ago a moment was, in words of one unit. */
export function ago(at: Micros, present: Micros): string {
  const seconds = Math.max(0, Math.round((present - at) / second))
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`
  return `${Math.round(seconds / 86_400)} days ago`
}

const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** Reads a span of time such as 15m, 24h or 7d; undefined when it is none. */
export function parseSpan(text: string): number | undefined {
  const match = /^(\d{1,6})\s*([smhdw])$/.exec(text.trim())
  const length = match ? Number(match[1]) * units[match[2]!]! * second : 0
  return length > 0 ? length : undefined
}

/** The end of a time range is open when until is missing. */
export interface Range {
  since: Micros
  until?: Micros
}

/** What the address says of time: absolute bounds win over a span that ends now. */
export function range(search: { last?: string | undefined; since?: string | undefined; until?: string | undefined }, present: Micros): Range {
  const since = search.since ? parseTimestamp(search.since) : Number.NaN
  const until = search.until ? parseTimestamp(search.until) : Number.NaN
  const length = parseSpan(search.last ?? '') ?? units['h']! * second
  const end = Number.isNaN(until) ? {} : { until }
  if (!Number.isNaN(since)) return { since, ...end }
  return { since: (end.until ?? present) - length, ...end }
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
}

export function isZone(zone: string): boolean {
  try {
    format(zone, {})
    return true
  } catch {
    return false
  }
}
