// The facets of the live list: which there are, what is asked for their counts, and how a click changes the search box.
// They keep nothing: what is chosen stands in the box and is read from there.

import { andAlso, choose, chosen, column, conjuncts, withoutField, without, type Choice, type Field, type Value } from '../sql/condition'
import { filterOf } from '../sql/filter'
import { levelField } from './fields'
import { tableFor } from './histogram'
import { allOf, ownRecords } from './own'
import { running } from './pages'

export interface Facet {
  title: string
  field: Field
}

export const facets: Facet[] = [
  { title: 'Level', field: levelField },
  { title: 'Service', field: column('service_name') },
  { title: 'Scope', field: column('otel_scope_name') },
  { title: 'Tags', field: column('tags') },
  { title: 'Environment', field: column('deployment_environment') },
  { title: 'Kind', field: column('kind') },
]

export const errorsOnly = "level >= 'error'"

/** How many values a facet shows at first, and when more are asked for. */
export const valuesShown = [8, 50, 500] as const

/** Counts the values of a facet over what the rest of the box asks for. */
export function facetSQL(q: string, field: Field, limit: number): string {
  const rest = withoutField(q, field)
  const value = field.list ? `unnest(${field.expression})` : field.expression
  const all = field.expression === 'kind' // where annotations are found
  const where = allOf(rest && `(${rest}\n)`, all ? '' : ownRecords(q))
  return `SELECT ${value} AS value, count(*) AS records FROM ${tableFor(rest)} ${where && `WHERE ${where}`} GROUP BY 1 ORDER BY records DESC, value LIMIT ${limit}`
}

export function runningSQL(q: string): string {
  const rest = withoutAll(q, running)
  return `SELECT count(*) AS records FROM records_all WHERE ${running} ${rest && `AND (${rest}\n)`}`
}

/** A click on a value: it joins those that are asked for, or leaves them. */
export function toggle(q: string, field: Field, value: Value): string {
  const { only, not } = chosen(q, field)
  const next: Choice = only.includes(value) ? { only: only.filter((one) => one !== value), not } : { only: [...only, value], not: not.filter((one) => one !== value) }
  return choose(q, field, next)
}

/** The sign − at a value: it is left out, or no longer. */
export function exclude(q: string, field: Field, value: Value): string {
  const { only, not } = chosen(q, field)
  const next: Choice = not.includes(value) ? { only, not: not.filter((one) => one !== value) } : { only: only.filter((one) => one !== value), not: [...not, value] }
  return choose(q, field, next)
}

export function onlyThis(q: string, field: Field, value: Value): string {
  return choose(q, field, { only: [value], not: [] })
}

/** Whether the box asks for all parts of a condition. */
export function asks(q: string, condition: string): boolean {
  const parts = conjuncts(filterOf(q).condition)
  return conjuncts(condition).every((part) => parts.includes(part))
}

function withoutAll(q: string, condition: string): string {
  return conjuncts(condition).reduce((rest, part) => without(rest, part), filterOf(q).condition)
}

/** Adds a condition to the box, or takes it out. */
export function switched(q: string, condition: string): string {
  return asks(q, condition) ? withoutAll(q, condition) : conjuncts(condition).reduce((box, part) => andAlso(box, part), q)
}
