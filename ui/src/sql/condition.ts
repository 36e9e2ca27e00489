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
  const whole = parts.length === 1 && /\bor\b/i.test(before) ? `(${before})` : before
  return `${whole} AND ${condition}`
}

/** Takes a condition out of what stands in the search box. */
export function without(q: string, condition: string): string {
  return conjuncts(filterOf(q).condition).filter((part) => part !== condition).join(' AND ')
}
