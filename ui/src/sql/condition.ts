// Conditions over records, written and read as SQL text: what menus and facets put into the search box.

import { literal } from '../api/client'
import { filterOf } from './filter'

/** A piece of a record that can be asked for: a column, or a key of the attributes. */
export interface Field {
  /** As it is shown: service_name, or the key of an attribute. */
  name: string
  /** As SQL reads it: service_name, attributes->>'http.route'. */
  expression: string
  /** Its values are lists; a condition asks for one element. */
  list?: boolean
}

export function column(name: string): Field {
  return name === 'tags' ? { name, expression: name, list: true } : { name, expression: name }
}

/** The field of a key of the attributes, or of the resource's or the scope's. */
export function attribute(key: string, within: 'attributes' | 'otel_resource_attributes' | 'otel_scope_attributes' = 'attributes'): Field {
  return { name: key, expression: `${within}->>${literal(key)}` }
}

function constant(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return literal(typeof value === 'string' ? value : JSON.stringify(value))
}

/** ->> gives text, whatever the attribute holds. */
function operand(field: Field, value: unknown): string {
  return field.expression.includes('->>') ? literal(typeof value === 'string' ? value : JSON.stringify(value)) : constant(value)
}

/** The condition that a field has a value. */
export function has(field: Field, value: unknown): string {
  if (value === null || value === undefined) return `${field.expression} IS NULL`
  if (field.list) return `${operand(field, value)} = ANY(${field.expression})`
  return `${field.expression} = ${operand(field, value)}`
}

/** The condition that a field has another value than this, or none. */
export function hasNot(field: Field, value: unknown): string {
  if (value === null || value === undefined) return `${field.expression} IS NOT NULL`
  if (field.list) return `NOT (${has(field, value)})`
  return `${field.expression} IS DISTINCT FROM ${operand(field, value)}`
}

/** The parts of a condition that AND joins, in their order. Text that nobody can split is one part. */
export function conjuncts(condition: string): string[] {
  const parts: string[] = []
  let depth = 0
  let between = false
  let from = 0
  const word = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|[()[\]]|\b(?:and|or|between|case|end)\b/gi
  for (const match of condition.matchAll(word)) {
    const text = match[0].toLowerCase()
    if (text === '(' || text === '[' || text === 'case') depth++
    else if (text === ')' || text === ']' || text === 'end') depth--
    else if (depth > 0) continue
    else if (text === 'or') return [condition.trim()]
    else if (text === 'between') between = true
    else if (text === 'and') {
      if (between) between = false
      else {
        parts.push(condition.slice(from, match.index).trim())
        from = match.index + match[0].length
      }
    }
  }
  return [...parts, condition.slice(from).trim()].filter((part) => part !== '')
}

/** Adds a condition to what stands in the search box, unless it is there already. Plain words become the condition they stand for. */
export function andAlso(q: string, condition: string): string {
  const before = filterOf(q).condition
  if (before === '') return condition
  const parts = conjuncts(before)
  if (parts.includes(condition)) return before
  const whole = splitAt(before, /^or$/i).length > 1 ? `(${before})` : before
  return `${whole} AND ${condition}`
}

/** Takes a condition out of what stands in the search box. */
export function without(q: string, condition: string): string {
  return conjuncts(filterOf(q).condition).filter((part) => part !== condition).join(' AND ')
}

/** What the search box says of a field's values: those that are asked for (none: all), and those that are left out. */
export interface Choice {
  only: Value[]
  not: Value[]
}

/** null: the field has no value. */
export type Value = string | null

const text = String.raw`'((?:[^']|'')*)'`

function unquoted(quoted: string): string {
  return quoted.replaceAll("''", "'")
}

/** The forms in which a condition chooses among a field's values: those that has, hasNot and choose write, and their like. */
function formsOf(field: Field): [RegExp, (found: RegExpExecArray) => Choice][] {
  const name = field.expression.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  const form = (pattern: string) => new RegExp(`^${pattern}$`, 'i')
  const only = (found: RegExpExecArray): Choice => ({ only: [unquoted(found[1]!)], not: [] })
  const not = (found: RegExpExecArray): Choice => ({ only: [], not: [unquoted(found[1]!)] })
  if (field.list) {
    const holds = String.raw`${text}\s*=\s*any\s*\(\s*${name}\s*\)`
    return [[form(holds), only], [form(String.raw`not\s*\(\s*${holds}\s*\)`), not]]
  }
  const many = String.raw`\(\s*(${text}(?:\s*,\s*${text})*)\s*\)`
  const values = (found: RegExpExecArray) => [...found[1]!.matchAll(new RegExp(text, 'g'))].map((m) => unquoted(m[1]!))
  return [
    [form(String.raw`${name}\s*=\s*${text}`), only],
    [form(String.raw`${name}\s*(?:<>|!=|\s+is\s+distinct\s+from)\s*${text}`), not],
    [form(String.raw`${name}\s+in\s*${many}`), (found) => ({ only: values(found), not: [] })],
    [form(String.raw`${name}\s+not\s+in\s*${many}`), (found) => ({ only: [], not: values(found) })],
    [form(String.raw`${name}\s+is\s+null`), () => ({ only: [null], not: [] })],
    [form(String.raw`${name}\s+is\s+not\s+null`), () => ({ only: [], not: [null] })],
  ]
}

/** Reads one part of a condition as a choice of a field; undefined when it is about something else, or says more. */
function choiceIn(part: string, field: Field): Choice | undefined {
  for (const [form, read] of formsOf(field)) {
    const found = form.exec(part)
    if (found) return read(found)
  }
  const alternatives = splitAt(/^\(([\s\S]*)\)$/.exec(part)?.[1] ?? '', /^or$/i)
  const choices = alternatives.map((alternative) => choiceIn(alternative, field))
  if (choices.length === 0 || choices.some((choice) => choice === undefined || choice.not.length > 0)) return undefined
  return { only: choices.flatMap((choice) => choice!.only), not: [] }
}

/** What the search box says of a field. */
export function chosen(q: string, field: Field): Choice {
  const choices = conjuncts(filterOf(q).condition).flatMap((part) => choiceIn(part, field) ?? [])
  return { only: [...new Set(choices.flatMap((choice) => choice.only))], not: [...new Set(choices.flatMap((choice) => choice.not))] }
}

/** The condition of the search box without what it says of a field. */
export function withoutField(q: string, field: Field): string {
  const { condition } = filterOf(q)
  const parts = conjuncts(condition)
  const rest = parts.filter((part) => choiceIn(part, field) === undefined)
  return rest.length === parts.length ? condition : rest.join(' AND ')
}

/** Makes the search box say this of a field, and nothing else of it. */
export function choose(q: string, field: Field, choice: Choice): string {
  let made = withoutField(q, field)
  if (choice.only.length > 0) made = andAlso(made, oneOf(field, choice.only))
  for (const value of choice.not) made = andAlso(made, hasNot(field, value))
  return made
}

function oneOf(field: Field, values: Value[]): string {
  const named = values.filter((value) => value !== null)
  const parts = field.list || named.length === 1
    ? named.map((value) => has(field, value))
    : named.length > 1 ? [`${field.expression} IN (${named.map(literal).join(', ')})`] : []
  if (named.length < values.length) parts.push(has(field, null))
  return parts.length === 1 ? parts[0]! : `(${parts.join(' OR ')})`
}

/** Takes a list of expressions apart at its commas; those in brackets and in quotes are not its own. */
export function splitList(list: string): string[] {
  return splitAt(list, /^,$/)
}

/** Joins what splitList takes apart. */
export function joinList(parts: readonly string[]): string {
  return parts.join(', ')
}

function splitAt(list: string, separator: RegExp): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (const match of list.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[()[\],]|\bor\b/gi)) {
    const token = match[0]
    if (token === '(' || token === '[') depth++
    else if (token === ')' || token === ']') depth--
    else if (depth === 0 && separator.test(token)) {
      parts.push(list.slice(from, match.index).trim())
      from = match.index + token.length
    }
  }
  return [...parts, list.slice(from).trim()].filter((part) => part !== '')
}
