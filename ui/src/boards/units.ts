// Numbers with their units, short enough for an axis. Units are those that Perses names, and those that people write.

import { short } from '../charts/series'
import { duration } from '../lib/time'

export interface Format {
  unit?: string
  /** Digits after the point. */
  decimals?: number
  /** false: every digit. */
  short?: boolean
}

/** Reads a format from a definition. */
export function readFormat(value: unknown): Format {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  return {
    ...(typeof given['unit'] === 'string' ? { unit: given['unit'] } : {}),
    ...(typeof given['decimalPlaces'] === 'number' ? { decimals: given['decimalPlaces'] } : {}),
    ...(given['shortValues'] === false ? { short: false } : {}),
  }
}

/** Units of time, in microseconds. */
const times: Record<string, number> = {
  nanoseconds: 0.001, ns: 0.001, microseconds: 1, us: 1, µs: 1, milliseconds: 1000, ms: 1000, seconds: 1e6, s: 1e6, sec: 1e6, minutes: 60e6, hours: 3600e6, days: 86_400e6, weeks: 604_800e6,
}

/** Units of data, in bytes. */
const sizes: Record<string, number> = { bytes: 1, b: 1, decbytes: 1, kilobytes: 1e3, kb: 1e3, megabytes: 1e6, mb: 1e6, gigabytes: 1e9, gb: 1e9, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 }

const rates: Record<string, string> = {
  'counts/sec': '/s', 'events/sec': ' events/s', 'messages/sec': ' msg/s', 'ops/sec': ' ops/s', 'packets/sec': ' pkt/s', 'reads/sec': ' reads/s', 'records/sec': ' records/s',
  'requests/sec': ' req/s', 'rows/sec': ' rows/s', 'writes/sec': ' writes/s', 'bits/sec': ' bit/s', 'decbits/sec': ' bit/s',
}

const currencies: Record<string, string> = { usd: '$', '$': '$', dollars: '$', eur: '€', gbp: '£' }

function bytes(n: number): string {
  const size = Math.abs(n)
  for (const [limit, unit] of [[1e12, 'TB'], [1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB']] as const) if (size >= limit) return `${Number((n / limit).toPrecision(3))} ${unit}`
  return `${Number(n.toPrecision(3))} B`
}

function money(n: number, sign: string): string {
  const size = Math.abs(n)
  if (size >= 10_000) return `${sign}${short(n)}`
  return `${n < 0 ? '-' : ''}${sign}${size === 0 ? '0' : size < 0.01 ? Number(size.toPrecision(2)).toString() : size.toFixed(2)}`
}

function plain(n: number, format: Format): string {
  if (format.decimals !== undefined) return n.toLocaleString('en', { minimumFractionDigits: format.decimals, maximumFractionDigits: format.decimals })
  if (format.short === false) return n.toLocaleString('en', { maximumSignificantDigits: 15 })
  const size = Math.abs(n)
  if (size >= 100_000 || (size !== 0 && size < 1e-4)) return short(n)
  return size >= 1000 ? n.toLocaleString('en', { maximumFractionDigits: 0 }) : String(Number(n.toPrecision(size >= 100 ? 4 : 3)))
}

/** A number as people read it: 1.2k, 350ms, 12 MB, 3.4 %, $0.02. A unit that is not known stands behind it. */
export function formatted(n: number, format: Format): string {
  const unit = format.unit?.trim() ?? ''
  const name = unit.toLowerCase()
  if (unit === '' || name === 'decimal' || name === 'short' || name === 'none' || name === 'number') return plain(n, format)
  const time = times[name]
  if (time !== undefined) return n === 0 ? '0' : duration(n * time)
  if (name.endsWith('/sec') && sizes[name.slice(0, -4)] !== undefined) return `${bytes(n * sizes[name.slice(0, -4)]!)}/s`
  const size = sizes[name]
  if (size !== undefined) return bytes(n * size)
  if (name === 'percent' || name === '%') return `${format.decimals === undefined ? Number(n.toPrecision(3)) : n.toFixed(format.decimals)} %`
  if (name === 'percent-decimal' || name === 'percentunit') return `${format.decimals === undefined ? Number((n * 100).toPrecision(3)) : (n * 100).toFixed(format.decimals)} %`
  const currency = currencies[name]
  if (currency !== undefined) return money(n, currency)
  return `${plain(n, format)}${rates[name] ?? ` ${unit}`}`
}

/** The format for an axis, where a unit in words would stand at every tick. */
export function onAxis(format: Format): Format {
  const name = format.unit?.trim().toLowerCase() ?? ''
  const short = times[name] ?? sizes[name] ?? sizes[name.replace(/\/sec$/, '')] ?? currencies[name]
  if (short !== undefined || name.startsWith('percent') || name === '%') return format
  const { unit: _, ...rest } = format
  return rest
}

/** The units that the editor offers. */
export const knownUnits = ['', 'seconds', 'milliseconds', 'microseconds', 'nanoseconds', 'bytes', 'bytes/sec', 'percent', 'percent-decimal', 'requests/sec', 'records/sec', 'usd', 'tokens']
