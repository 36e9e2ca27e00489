// Rows as series: what a chart draws. No data is no zero, so gaps stay gaps.

import type { Answer } from '../api/client'
import { parseTimestamp } from '../lib/time'
import { cellText, kindOf } from '../sql/values'
import type { ChartForm } from './form'

export interface Series {
  name: string
  /** One for each x; null where there is none. */
  values: (number | null)[]
}

/** Series over one axis. */
export interface Plot {
  /** Ascending; seconds since 1970 when it is time. */
  x: number[]
  time: boolean
  series: Series[]
}

/** Named amounts, the largest first. */
export interface Slice {
  name: string
  value: number
}

export const mostSeries = 20
export const mostSlices = 30

function columnOf(answer: Answer, name: string): number {
  return answer.fields.findIndex((field) => field.name === name)
}

/** A cell as a number; null where it holds none. */
export function numberOf(value: unknown): number | null {
  if (value === null || value === undefined || value === '' || typeof value === 'object') return null
  const n = Number(value)
  return Number.isFinite(n) ? n : null
}

/** The name of a series or a category. */
export const nameOf = (value: unknown): string => (value === null || value === undefined ? '(none)' : cellText(value, 'text', 'UTC') || '(empty)')

/** Shapes rows for an axis. Rows of the same x and series are added up. */
export function plot(answer: Answer, form: ChartForm): Plot {
  const at = columnOf(answer, form.x)
  const time = kindOf(answer.fields[at]!) === 'time'
  const read = (value: unknown) => (time ? (typeof value === 'string' ? parseTimestamp(value) / 1e6 : Number.NaN) : (numberOf(value) ?? Number.NaN))
  const by = form.by === undefined ? -1 : columnOf(answer, form.by)
  const found = new Map<string, Map<number, number>>()
  const places = new Set<number>()
  for (const row of answer.rows) {
    const x = read(row[at])
    if (Number.isNaN(x)) continue
    places.add(x)
    for (const y of form.y) {
      const name = by < 0 ? y : form.y.length > 1 ? `${nameOf(row[by])} · ${y}` : nameOf(row[by])
      const points = found.get(name) ?? new Map<number, number>()
      found.set(name, points)
      const value = numberOf(row[columnOf(answer, y)])
      if (value !== null) points.set(x, (points.get(x) ?? 0) + value)
    }
  }
  const x = withGaps([...places].toSorted((a, b) => a - b), time)
  const series = [...found].map(([name, points]) => ({ name, values: x.map((place) => points.get(place) ?? null) }))
  return { x, time, series: largest(series) }
}

/** Adds a place without values into each hole of an axis of equal steps, so that lines break there. */
function withGaps(x: number[], time: boolean): number[] {
  if (!time || x.length < 3) return x
  const steps = x.slice(1).map((place, i) => place - x[i]!)
  const step = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 4)]! // most steps are equal, or there is no grid
  if (steps.filter((s) => Math.abs(s - step) < step * 0.01).length < steps.length / 2) return x
  return x.flatMap((place, i) => (i > 0 && place - x[i - 1]! > step * 1.5 ? [x[i - 1]! + step, place] : [place]))
}

const area = (series: Series): number => series.values.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0)

/** The series that say most, and the others added up. */
function largest(series: Series[]): Series[] {
  if (series.length <= mostSeries) return series
  const sorted = series.map((one) => ({ one, area: area(one) })).toSorted((a, b) => b.area - a.area).map(({ one }) => one)
  const rest = sorted.slice(mostSeries)
  const sum = rest[0]!.values.map((_, i) => rest.reduce<number | null>((total, one) => (one.values[i] === null ? total : (total ?? 0) + one.values[i]!), null))
  return [...sorted.slice(0, mostSeries), { name: `other ${rest.length}`, values: sum }]
}

/**
 * The upper edges of series that stand on each other, the first at the bottom. Where a series has no value it adds nothing;
 * where none has one, there is a gap.
 */
export function stacked(series: Series[]): Series[] {
  const sum = series[0]?.values.map<number | null>((_, i) => (series.every((one) => one.values[i] === null) ? null : 0)) ?? []
  return series.map(({ name, values }) => ({
    name,
    values: values.map((value, i) => {
      const below = sum[i] ?? null
      if (below !== null) sum[i] = below + (value ?? 0)
      return sum[i] ?? null
    }),
  }))
}

/** What each series has of the sum at each place, in percent; nothing where the sum is not above zero. */
export function shares(series: Series[]): Series[] {
  const sums = series[0]?.values.map((_, i) => series.reduce((sum, one) => sum + Math.max(0, one.values[i] ?? 0), 0)) ?? []
  return series.map(({ name, values }) => ({ name, values: values.map((value, i) => (value === null || sums[i] === 0 ? null : (Math.max(0, value) / sums[i]!) * 100)) }))
}

/** Shapes rows for categories: amounts of the same name are added up. */
export function slices(answer: Answer, form: ChartForm): Slice[] {
  const [at, of] = [columnOf(answer, form.x), columnOf(answer, form.y[0]!)]
  const found = new Map<string, number>()
  for (const row of answer.rows) {
    const value = numberOf(row[of])
    if (value !== null) found.set(nameOf(row[at]), (found.get(nameOf(row[at])) ?? 0) + value)
  }
  const sorted = [...found].map(([name, value]) => ({ name, value })).toSorted((a, b) => b.value - a.value)
  if (sorted.length <= mostSlices) return sorted
  const rest = sorted.slice(mostSlices)
  return [...sorted.slice(0, mostSlices), { name: `other ${rest.length}`, value: rest.reduce((sum, slice) => sum + slice.value, 0) }]
}

/** A number of a chart for people: four digits that matter, thousands as k, M, G. */
export function short(n: number): string {
  const size = Math.abs(n)
  for (const [unit, sign] of [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e4, 'k']] as const) {
    if (size >= unit) return `${Number((n / (sign === 'k' ? 1000 : unit)).toPrecision(4))}${sign}`
  }
  return size !== 0 && size < 1e-4 ? n.toExponential(2) : String(Number(n.toPrecision(4)))
}
