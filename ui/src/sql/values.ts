// The values of an answer as text: in cells, in files, in an order.

import type { Answer, AnswerField } from '../api/client'
import { clock, parseTimestamp, rfc3339 } from '../lib/time'

export type Kind = 'time' | 'number' | 'boolean' | 'nested' | 'text'

/** What a column holds, from the type that the server names. */
export function kindOf(field: AnswerField): Kind {
  const type = typeof field.data_type === 'string' ? field.data_type : (Object.keys(field.data_type)[0] ?? '')
  if (type === 'Timestamp') return 'time'
  if (/^(U?Int|Float|Decimal)/.test(type)) return 'number'
  if (type === 'Boolean') return 'boolean'
  return type === 'List' || type === 'Struct' ? 'nested' : 'text'
}

const typeNames: Record<string, string> = { Utf8: 'text', Boolean: 'boolean', Timestamp: 'timestamp', Date32: 'date', Time64: 'time', Interval: 'interval', List: 'list', Struct: 'struct', Null: 'null' }

/** The type of a column in a word. */
export function typeOf(field: AnswerField): string {
  const type = typeof field.data_type === 'string' ? field.data_type : (Object.keys(field.data_type)[0] ?? '')
  return typeNames[type] ?? (type.startsWith('Float') ? 'double' : type.toLowerCase())
}

/** 2026-11-23 14:02:07.318, in a zone. */
export function moment(text: string, zone: string): string {
  const at = parseTimestamp(text)
  return Number.isNaN(at) ? text : `${rfc3339(at, zone).slice(0, 10)} ${clock(at, zone)}`
}

/** A value on one line. NULL is empty. */
export function cellText(value: unknown, kind: Kind, zone: string): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return kind === 'time' ? moment(value, zone) : value
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Orders two values of a column; NULL comes last. */
export function compare(a: unknown, b: unknown, kind: Kind): number {
  if (kind === 'number') {
    const [x, y] = [Number(a), Number(b)]
    return x < y ? -1 : x > y ? 1 : 0
  }
  const [x, y] = [sortText(a), sortText(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

function sortText(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : (JSON.stringify(value) ?? '')
}

export interface Order {
  column: number
  down: boolean
}

/** The places of the rows that hold a text somewhere, in an order. */
export function arranged(answer: Answer, order: Order | undefined, text: string): number[] {
  const wanted = text.trim().toLowerCase()
  const kinds = answer.fields.map(kindOf)
  let places = answer.rows.map((_, i) => i)
  if (wanted !== '') places = places.filter((i) => answer.rows[i]!.some((value, c) => cellText(value, kinds[c]!, 'UTC').toLowerCase().includes(wanted)))
  if (!order) return places
  const { column, down } = order
  const kind = kinds[column]!
  return places.toSorted((i, j) => {
    const [a, b] = [answer.rows[i]![column], answer.rows[j]![column]]
    const [noA, noB] = [a === null || a === undefined, b === null || b === undefined]
    if (noA || noB) return Number(noA) - Number(noB)
    return down ? compare(b, a, kind) : compare(a, b, kind)
  })
}

/** The names of columns that several columns share: only the last of each can be read from the answer. */
export function sharedNames(fields: AnswerField[]): string[] {
  const names = fields.map((field) => field.name)
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))]
}

/** A text that holds a list or an object, read; undefined for every other text. */
export function nestedIn(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return undefined
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

function quotedCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const plain = (value: unknown): string => cellText(value, 'text', 'UTC')

/** The ways in which a table is copied: of the rows that are shown, in their order. */
export const copies = {
  CSV: (fields: AnswerField[], rows: unknown[][]): string => [fields.map((field) => field.name), ...rows.map((row) => row.map(plain))].map((line) => line.map(quotedCell).join(',')).join('\n'),
  JSON: (fields: AnswerField[], rows: unknown[][]): string => JSON.stringify(rows.map((row) => Object.fromEntries(fields.map((field, i) => [field.name, row[i]]))), null, 2),
  Markdown: (fields: AnswerField[], rows: unknown[][]): string => {
    const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\r?\n/g, ' ')).join(' | ')} |`
    return [line(fields.map((field) => field.name)), line(fields.map((field) => (kindOf(field) === 'number' ? '---:' : '---'))), ...rows.map((row) => line(row.map(plain)))].join('\n')
  },
} as const

/** The name of a file of an answer: default-query-1-20261123-140207.csv, with the time in UTC. */
export function fileName(project: string, tab: string, at: Date, type: string): string {
  const slug = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')
  const time = at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  return [slug(project), slug(tab), time].filter((part) => part !== '').join('-') + `.${type}`
}
