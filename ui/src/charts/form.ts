// What a chart shows of an answer: chosen by the user, or guessed from the types of the columns.

import type { Answer } from '../api/client'
import { kindOf } from '../sql/values'

export const chartTypes = ['line', 'area', 'bars', 'ranking', 'pie'] as const
export type ChartType = (typeof chartTypes)[number]

/** Columns by their names. Bars are of time or numbers and stand on each other; a ranking has a bar for each category. */
export interface ChartForm {
  type: ChartType
  x: string
  y: string[]
  /** A column whose values make series of their own. */
  by?: string
  /** Lines and areas stand on each other. */
  stack?: boolean
}

/** Whether x is an axis and not a set of categories. */
export function isSeries(type: ChartType): boolean {
  return type === 'line' || type === 'area' || type === 'bars'
}

/** Writes a form for the address. */
export function writeForm(form: ChartForm): string {
  const parameters = new URLSearchParams({ type: form.type, x: form.x })
  for (const y of form.y) parameters.append('y', y)
  if (form.by !== undefined) parameters.set('by', form.by)
  if (form.stack) parameters.set('stack', '1')
  return parameters.toString()
}

/** Reads a form; undefined when the answer has not the columns that it names. */
export function readForm(text: string, answer: Answer): ChartForm | undefined {
  const parameters = new URLSearchParams(text)
  const type = chartTypes.find((name) => name === parameters.get('type'))
  const names = new Set(answer.fields.map((field) => field.name))
  const x = parameters.get('x') ?? ''
  const y = parameters.getAll('y').filter((name) => names.has(name))
  const by = parameters.get('by')
  if (!type || !names.has(x) || y.length === 0) return undefined
  return { type, x, y, ...(by !== null && names.has(by) ? { by } : {}), ...(parameters.get('stack') ? { stack: true } : {}) }
}

const fewSeries = 50

/** The chart that the columns suggest; undefined without a number. */
export function guess(answer: Answer): ChartForm | undefined {
  const kinds = answer.fields.map(kindOf)
  const names = (kind: string) => answer.fields.filter((_, i) => kinds[i] === kind).map((field) => field.name)
  const [times, numbers, texts] = [names('time'), names('number'), names('text')]
  if (numbers.length === 0) return undefined
  const few = (name: string) => distinct(answer, name, fewSeries) <= fewSeries
  const rowPerText = kinds[0] === 'text' && few(texts[0]!) && distinct(answer, texts[0]!, fewSeries) === answer.rows.length // the time is one more fact of each
  if (times.length > 0 && !rowPerText) {
    const split = texts.find(few)
    return { type: 'line', x: times[0]!, y: split ? [numbers[0]!] : numbers.slice(0, 4), ...(split ? { by: split } : {}) }
  }
  if (texts.length > 0) return { type: 'ranking', x: texts[0]!, y: [numbers[0]!] }
  return numbers.length > 1 ? { type: 'line', x: numbers[0]!, y: numbers.slice(1, 5) } : { type: 'ranking', x: answer.fields[0]!.name, y: [numbers[0]!] }
}

/** Another type of chart of the same columns: categories come from the column that split the series, or the other way round. */
export function turned(form: ChartForm, type: ChartType, answer: Answer): ChartForm {
  const next = { ...form, type }
  if (isSeries(type) === isSeries(form.type)) return next
  const { by, ...whole } = next
  if (!isSeries(type)) {
    const name = by ?? answer.fields.find((field) => kindOf(field) === 'text')?.name
    return name === undefined ? whole : { ...whole, x: name }
  }
  const time = answer.fields.find((field) => kindOf(field) === 'time')?.name
  return time === undefined || time === form.x ? whole : { ...whole, x: time, by: form.x }
}

/** How many values a column has; no more than one above a bound. */
function distinct(answer: Answer, name: string, bound: number): number {
  const column = answer.fields.findIndex((field) => field.name === name)
  const values = new Set<unknown>()
  for (const row of answer.rows) {
    values.add(row[column])
    if (values.size > bound) break
  }
  return values.size
}
