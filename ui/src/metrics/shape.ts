// An answer as what the chart draws, and what is said of it.

import type { Answer } from '../api/client'
import { plot, type Plot } from '../charts/series'
import { adds, valueColumns, type Aggregation } from './kinds'

/** How many series one can tell apart. */
const most = 20

export interface Shape {
  plot: Plot
  /** How many series there are beside those that are drawn. */
  left: number
}

/** Lines of an answer. Series that can be added are gathered in "other" by the charts; of others the largest are drawn. */
export function shapeOf(answer: Answer, aggregation: Aggregation, split: boolean): Shape {
  const y = valueColumns(aggregation)
  const form = { type: 'line' as const, x: 'time', y: split ? [valueFor(aggregation)] : y, ...(split ? { by: 'series' } : {}) }
  if (!split || adds(aggregation)) return { plot: plot(answer, form), left: 0 }
  const kept = largest(answer, valueFor(aggregation))
  const at = column(answer, 'series')
  const rows = answer.rows.filter((row) => kept.names.has(String(row[at])))
  return { plot: plot({ ...answer, rows }, form), left: kept.left }
}

/** The one value that is drawn where the chart is split: of percentiles the one that most look at. */
export function valueFor(aggregation: Aggregation): string {
  return aggregation === 'percentiles' ? 'p95' : aggregation
}

function column(answer: Answer, name: string): number {
  return answer.fields.findIndex((field) => field.name === name)
}

function largest(answer: Answer, value: string): { names: Set<string>; left: number } {
  const [at, of] = [column(answer, 'series'), column(answer, value)]
  const peaks = new Map<string, number>()
  for (const row of answer.rows) peaks.set(String(row[at]), Math.max(peaks.get(String(row[at])) ?? 0, Math.abs(Number(row[of] ?? 0))))
  const names = [...peaks].toSorted((a, b) => b[1] - a[1]).map(([name]) => name)
  return { names: new Set(names.slice(0, most)), left: Math.max(0, names.length - most) }
}

/** The parts of the axis in which no series has a value: seconds since 1970. */
export function gapsOf({ x, series }: Plot): { from: number; to: number }[] {
  return x.flatMap((_, i) => {
    const empty = series.every((one) => one.values[i] === null)
    const [before, after] = [x[i - 1], x[i + 1]]
    return empty && before !== undefined && after !== undefined ? [{ from: before, to: after }] : []
  })
}

/** The largest value that is drawn; undefined where there is none. */
export function peakOf({ series }: Plot): number | undefined {
  const values = series.flatMap((one) => one.values.filter((value) => value !== null))
  return values.length === 0 ? undefined : values.reduce((a, b) => Math.max(a, b))
}

/** A bound that is a little above what there was, in two digits. */
export function boundAbove(peak: number | undefined): number {
  if (peak === undefined || peak <= 0) return 0
  const digit = 10 ** (Math.floor(Math.log10(peak)) - 1)
  return Number((Math.ceil(Number(((peak * 1.1) / digit).toPrecision(9))) * digit).toPrecision(2))
}
