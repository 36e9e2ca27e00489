// The variables of a dashboard: what can be chosen, what is chosen, and what the server is given for their names in SQL.

import { lex, parameterName } from '../sql/lex'
import type { ListVariable, Variable } from './definition'

/** What is chosen; a variable that takes several has a list. */
export type Value = string | string[]

/** Perses' word for every option. */
export const everything = '$__all'

export interface Option {
  value: string
  label: string
}

/** The names after $ in a statement, also as ${name}; not those in strings and comments. */
export function namesIn(sql: string): Set<string> {
  return new Set(lex(sql).flatMap((token) => parameterName(token) ?? []))
}

/** The variables that somebody can set or that statements can use: resolution is the server's and the width's. */
export function usable(variables: readonly Variable[] | null | undefined): Variable[] {
  return (variables ?? []).filter((one) => one.spec.name !== 'resolution' && !(one.kind === 'ListVariable' && one.spec.plugin.kind === 'TimeBucketVariable'))
}

/** A panel's own variables stand before the dashboard's of the same name. */
export function shadowed(board: readonly Variable[] | null | undefined, panel: readonly Variable[] | null | undefined): Variable[] {
  const own = usable(panel)
  const names = new Set(own.map((one) => one.spec.name))
  return [...usable(board).filter((one) => !names.has(one.spec.name)), ...own]
}

export function labelOf(variable: Variable): string {
  return variable.spec.display?.name || variable.spec.name
}

/** Whether a variable has a control in the bar. */
export function isShown(variable: Variable): boolean {
  return variable.spec.display?.hidden !== true && !(variable.kind === 'TextVariable' && variable.spec.constant)
}

/** The statement whose first column is what can be chosen; undefined where the options are in the definition. */
export function optionsQuery(variable: Variable): string | undefined {
  if (variable.kind !== 'ListVariable') return undefined
  const { query } = variable.spec.plugin.spec
  return typeof query === 'string' ? query : undefined
}

/** The options that the definition lists. */
export function listed(variable: Variable): Option[] {
  const values = variable.kind === 'ListVariable' ? variable.spec.plugin.spec['values'] : undefined
  return Array.isArray(values) ? values.map(optionOf) : []
}

function optionOf(value: unknown): Option {
  if (typeof value !== 'object' || value === null) return { value: String(value), label: String(value) }
  const { value: is, label } = value as { value?: unknown; label?: unknown }
  return { value: String(is ?? ''), label: String(label ?? is ?? '') }
}

/** Writes a choice for the address: several with commas between them. */
export function writeValue(value: Value): string {
  return typeof value === 'string' ? value : value.map((one) => one.replace(/[\\,]/g, String.raw`\$&`)).join(',')
}

/** Reads a choice from the address. */
export function readValue(text: string, multiple: boolean): Value {
  if (!multiple || text === everything) return text
  if (text === '') return []
  return [...text.matchAll(/(?:^|,)((?:\\.|[^\\,])*)/g)].map((match) => match[1]!.replace(/\\(.)/g, '$1'))
}

/** What is chosen: what the address says, else the default, else the first that there is. */
export function chosen(variable: Variable, address: string | undefined, options: readonly Option[]): Value {
  if (variable.kind !== 'ListVariable') return variable.spec.constant ? variable.spec.value : (address ?? variable.spec.value)
  const { allowMultiple, allowAllValue } = variable.spec
  const read = address === undefined ? firstChoice(variable, options) : readValue(address, allowMultiple === true)
  if (read === everything || (Array.isArray(read) && read.includes(everything))) return allowAllValue ? everything : allowMultiple ? options.map((one) => one.value) : (options[0]?.value ?? '')
  if (Array.isArray(read) && read.length === 0 && allowAllValue) return everything
  return read
}

function firstChoice({ spec }: ListVariable, options: readonly Option[]): Value {
  const given = spec.defaultValue
  const several = spec.allowMultiple === true
  if (Array.isArray(given) && given.length > 0) return several ? given : given[0]!
  if (typeof given === 'string' && given !== '') return several && given !== everything ? [given] : given
  if (spec.allowAllValue) return everything
  const first = options[0]?.value
  return several ? (first === undefined ? [] : [first]) : (first ?? '')
}

/** What the server is given: everything is the value that stands for it, or each of the options. */
export function sent(variable: Variable, value: Value, options: readonly Option[]): Value {
  if (variable.kind !== 'ListVariable' || value !== everything) return value
  return variable.spec.customAllValue || options.map((one) => one.value)
}

/** A choice in words. */
export function choiceWords(value: Value, options: readonly Option[]): string {
  if (value === everything) return 'all'
  const label = (one: string) => options.find((option) => option.value === one)?.label ?? one
  if (typeof value === 'string') return label(value) || 'none'
  return value.length === 0 ? 'none' : value.length <= 2 ? value.map(label).join(', ') : `${value.length} chosen`
}

/** An order in which each variable comes after those that its statement names. */
export function inOrder(variables: readonly Variable[]): Variable[] {
  const names = new Map(variables.map((one) => [one.spec.name, one]))
  const done = new Set<Variable>()
  const visit = (one: Variable, above: Variable[]) => {
    if (done.has(one) || above.includes(one)) return
    for (const name of namesIn(optionsQuery(one) ?? '')) {
      const other = names.get(name)
      if (other) visit(other, [...above, one])
    }
    done.add(one)
  }
  for (const one of variables) visit(one, [])
  return [...done]
}
