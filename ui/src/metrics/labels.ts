// Labels: what a metric can be split and filtered by.

import { attribute, column, type Field } from '../sql/condition'

export interface Label {
  field: Field
  /** How many values it has in the time range. */
  values: number
}

/** What is asked once for a metric: how it is sent, and how many values the columns of its senders have. */
export interface Facts {
  points: number
  series: number
  first: string | null
  last: string | null
  /** How many seconds a delta point covers. */
  covers: number | null
  service_name: number
  service_instance_id: number
  deployment_environment: number
}

const senders = ['service_name', 'service_instance_id', 'deployment_environment'] as const

/** The labels of a metric: its own, then what is known of its senders. A sender's column that has no choice is left out. */
export function labelsOf(rows: readonly { key: string; values: number }[], facts: Facts | undefined): Label[] {
  const own = rows.map(({ key, values }) => ({ field: attribute(key), values }))
  const of = senders.map((name) => ({ field: column(name), values: facts?.[name] ?? 0 }))
  return [...own, ...of.filter(({ values, field }) => values > 1 || (field.name === 'service_name' && values > 0))]
}

/** The field that an expression of the address means. */
export function fieldOf(expression: string, labels: readonly Label[]): Field {
  const known = labels.find(({ field }) => field.expression === expression)?.field
  return known ?? { name: /->>\s*'((?:[^']|'')*)'$/.exec(expression)?.[1]?.replaceAll("''", "'") ?? expression, expression }
}

/** The seconds from one point of a series to the next: what a delta point covers, else the average; undefined where there are too few to tell. */
export function secondsApart({ points, series, first, last, covers }: Facts, seconds: (text: string) => number): number | undefined {
  if (covers !== null) return covers
  if (first === null || last === null || points < series * 2) return undefined
  const span = seconds(last) - seconds(first)
  return span > 0 ? span / (points / series - 1 || 1) : undefined
}
