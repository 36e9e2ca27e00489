// What a panel draws of an answer: which columns are time, names and numbers.

import type { Answer } from '../api/client'
import type { Threshold } from '../charts/TimeSeries'
import { mostSlices, nameOf, numberOf, plot, type Plot, type Slice } from '../charts/series'
import { kindOf } from '../sql/values'
import type { Panel } from './definition'

/** The columns of a panel, by name. */
export interface Columns {
  time?: string
  /** Whose values make series, or are the categories. */
  by?: string
  values: string[]
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : typeof value === 'string' ? [value] : [])

/**
 * The columns: what the query names, else the first that is a time, the first that is a text, and all numbers. undefined where
 * there is no number.
 */
export function columnsOf(answer: Answer, panel: Panel): Columns | undefined {
  const spec = panel.spec.queries?.[0]?.spec.plugin.spec ?? {}
  const names = answer.fields.map((field) => field.name)
  const kinds = answer.fields.map(kindOf)
  const first = (kind: string) => names[kinds.indexOf(kind as 'text')]
  const time = first('time')
  const given = texts(spec['groupBy']).find((name) => names.includes(name))
  const by = given ?? first('text')
  const metrics = texts(spec['metrics']).filter((name) => names.includes(name))
  const values = metrics.length > 0 ? metrics : names.filter((name, i) => kinds[i] === 'number' && name !== by)
  if (values.length === 0) return undefined
  return { ...(time === undefined ? {} : { time }), ...(by === undefined ? {} : { by }), values }
}

/** The answer as series over time. Series come in the order of their names, so that each keeps its colour from one answer to the next. */
export function seriesOf(answer: Answer, columns: Columns & { time: string }): Plot {
  const shaped = plot(answer, { type: 'line', x: columns.time, y: columns.values, ...(columns.by === undefined ? {} : { by: columns.by }) })
  if (columns.by === undefined) return shaped
  const rank = (name: string) => (/^other \d+$/.test(name) ? 1 : 0)
  return { ...shaped, series: shaped.series.toSorted((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name, 'en', { numeric: true })) }
}

/** The series or categories of a panel, without one. */
export function namesBut(answer: Answer, panel: Panel, name: string): string[] {
  const columns = columnsOf(answer, panel)
  if (!columns) return []
  const { time } = columns
  const all = panel.spec.plugin.kind === 'TimeSeriesChart' && time !== undefined ? seriesOf(answer, { ...columns, time }).series : amountsOf(answer, columns, 'last', '')
  return all.map((one) => one.name).filter((other) => other !== name)
}

export type Calculation = 'last' | 'first' | 'mean' | 'sum' | 'min' | 'max'

/** One number of several. */
export function calculated(values: readonly (number | null)[], calculation: string): number | null {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return null
  switch (calculation.replace('-number', '')) {
    case 'first': return known[0]!
    case 'mean': case 'avg': return known.reduce((sum, value) => sum + value, 0) / known.length
    case 'sum': return known.reduce((sum, value) => sum + value, 0)
    case 'min': return Math.min(...known)
    case 'max': return Math.max(...known)
    default: return known.at(-1)!
  }
}

/** A number with its name, and how it went where that is known. */
export interface Figure {
  name: string
  value: number | null
  line: (number | null)[]
}

/** The numbers of a panel that shows numbers. */
export function figuresOf(answer: Answer, columns: Columns, calculation: string): Figure[] {
  if (columns.time !== undefined) {
    return seriesOf(answer, { ...columns, time: columns.time }).series.map(({ name, values }) => ({ name, value: calculated(values, calculation), line: values }))
  }
  const at = (name: string) => answer.fields.findIndex((field) => field.name === name)
  return answer.rows.flatMap((row) => columns.values.map((name) => ({ name: columns.by === undefined ? name : labelOf(columns, row[at(columns.by)], name), value: numberOf(row[at(name)]), line: [] })))
}

/** The name of a number of a group, as plot makes it. */
function labelOf(columns: Columns, group: unknown, metric: string): string {
  return columns.values.length > 1 ? `${nameOf(group)} · ${metric}` : nameOf(group)
}

/** What the name of a series stands for; undefined for what is added up of others. */
export function meaningOf(answer: Answer, columns: Columns, name: string): { group?: { column: string; value: unknown }; metric: string } | undefined {
  const { by } = columns
  if (by === undefined) return columns.values.includes(name) ? { metric: name } : undefined
  const at = answer.fields.findIndex((field) => field.name === by)
  for (const metric of columns.values) {
    const row = answer.rows.find((one) => labelOf(columns, one[at], metric) === name)
    if (row) return { group: { column: by, value: row[at] }, metric }
  }
  return undefined
}

/** Named amounts, each made of the numbers of its name. sort: asc or desc; else as the answer has them. */
export function amountsOf(answer: Answer, columns: Columns, calculation: string, sort: string): Slice[] {
  const at = (name: string) => answer.fields.findIndex((field) => field.name === name)
  const found = new Map<string, (number | null)[]>()
  for (const row of answer.rows) {
    for (const metric of columns.values) {
      const name = columns.by === undefined ? metric : labelOf(columns, row[at(columns.by)], metric)
      const values = found.get(name) ?? []
      values.push(numberOf(row[at(metric)]))
      found.set(name, values)
    }
  }
  const all = [...found].flatMap(([name, values]) => {
    const value = calculated(values, calculation)
    return value === null ? [] : [{ name, value }]
  })
  const down = all.toSorted((a, b) => b.value - a.value)
  const most = down.length <= mostSlices ? down : [...down.slice(0, mostSlices), { name: `other ${down.length - mostSlices}`, value: down.slice(mostSlices).reduce((sum, one) => sum + one.value, 0) }]
  if (sort.startsWith('asc')) return most.toReversed()
  return sort.startsWith('desc') || down.length > mostSlices ? most : all
}

/** How much a number has changed, as a part of what it was; undefined where that says nothing. */
export function changeOf(value: number | null, before: number | null | undefined): number | undefined {
  if (value === null || before === null || before === undefined || before === 0) return undefined
  return (value - before) / Math.abs(before)
}

const colourNames: Record<string, string> = {
  green: 'var(--state-live)', yellow: 'var(--state-wait)', amber: 'var(--state-wait)', orange: 'var(--series-12)', red: 'var(--state-lost)', blue: 'var(--series-2)', purple: 'var(--series-1)', grey: 'var(--text-dim)', gray: 'var(--text-dim)',
}

/** A colour of a definition as one of the app's; what is no colour is red, which is what most limits mean. */
function colourOf(value: unknown): string {
  if (typeof value !== 'string') return 'var(--state-lost)'
  return colourNames[value.toLowerCase()] ?? (/^#[0-9a-f]{3,8}$/i.test(value) ? value : 'var(--state-lost)')
}

/** The thresholds of a definition, the lowest first. most is what percentages are of. */
export function thresholdsOf(value: unknown, most?: number): Threshold[] {
  const given = (typeof value === 'object' && value !== null ? value : {}) as { mode?: unknown; steps?: unknown }
  const steps = Array.isArray(given.steps) ? (given.steps as { value?: unknown; color?: unknown; name?: unknown }[]) : []
  const scale = String(given.mode).toLowerCase() === 'percent' || given.mode === 'percentage' ? (most ?? 100) / 100 : 1
  return steps
    .filter((step) => typeof step.value === 'number')
    .map((step) => ({ value: (step.value as number) * scale, color: colourOf(step.color), ...(typeof step.name === 'string' ? { name: step.name } : {}) }))
    .toSorted((a, b) => a.value - b.value)
}

/** The colour of a number: that of the last threshold it has reached. */
export function colourAt(value: number | null, thresholds: readonly Threshold[]): string | undefined {
  return value === null ? undefined : thresholds.findLast((one) => value >= one.value)?.color
}
